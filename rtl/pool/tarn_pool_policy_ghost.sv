// What the replacement policy remembers of evicted segments: tags with the time of their eviction in a set-associative
// table, two places for each slot. Time is counted in evictions remembered, in units of a 32nd of the memory. The table
// serves `Areas` memories of the same size, each with a time of its own.
//
// One request at a time. Take: answered 2 cycles later whether the segment is among about the last `limit_i` units;
// it is forgotten. Remember: 5 cycles; takes the place of the same tag, else of nothing, else of the oldest, and sweeps one
// set in turn, so that no entry is there when its stamp's number comes again. After reset, and on `clear_i`, the table is
// cleared, a set a cycle.
`include "tarn_assert.svh"
module tarn_pool_policy_ghost #(
  parameter int unsigned Areas    = 1,
  parameter int unsigned SlotsMax = 4096,  // of one memory; a power of two
  parameter bit          Ecc      = 1'b1,
  localparam int unsigned AreaBits = Areas > 1 ? $clog2(Areas) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_i,
  input  logic                valid_i,
  output logic                ready_o,
  input  logic                take_i,         // else: remember
  input  logic [AreaBits-1:0] area_i,
  input  logic [31:0]         fingerprint_i,
  input  logic [5:0]          limit_i,        // of take
  output logic                answer_valid_o, // of take
  output logic                remembered_o,
  input  tarn_pool_pkg::inject_t       inject_i,
  output tarn_pool_pkg::table_report_t report_o
);
  localparam int unsigned Ways      = 4;
  localparam int unsigned TagBits   = 12;
  localparam int unsigned StampBits = 7;
  localparam int unsigned Sets      = 2 * SlotsMax > Ways ? 2 * SlotsMax / Ways : 1;
  localparam int unsigned SetBits   = $clog2(Sets);
  localparam int unsigned SetWidth  = Sets > 1 ? SetBits : 1;
  localparam int unsigned UnitShift = SlotsMax > 32 ? $clog2(SlotsMax) - 5 : 0;
  localparam int unsigned TimeBits  = UnitShift + StampBits;
  localparam int unsigned Depth     = Areas * Sets;
  localparam int unsigned AddrBits  = Depth > 1 ? $clog2(Depth) : 1;
  // No entry grows older: 1.5 times the memory in units, and one sweep more is less than a stamp wraps.
  localparam logic [StampBits-1:0] AgeMax = 7'd48;

  `TARN_ASSERT_INIT(SlotsAllowed, SlotsMax >= 2 && SlotsMax == 2 ** $clog2(SlotsMax),
                    "tarn_pool_policy_ghost: SlotsMax must be a power of two, 2 or more")

  typedef struct packed {
    logic                 valid;
    logic [StampBits-1:0] stamp;
    logic [TagBits-1:0]   tag;
  } way_t;
  typedef enum logic [2:0] {Clear, Idle, Take, SweepRead, Sweep, PlaceRead, Place} state_e;

  state_e state_q, state_d;
  logic [AddrBits-1:0] clear_q, addr, base;
  logic [AreaBits-1:0] area_q;
  logic [31:0] fingerprint_q;
  logic [5:0] limit_q;
  logic [TimeBits-1:0] time_q[Areas], now;
  logic [SetWidth-1:0] sweep_q[Areas], set;
  logic [StampBits-1:0] stamp;
  logic [TagBits-1:0] tag;
  logic re, cleared;
  logic [Ways-1:0] mask, match, old;
  way_t [Ways-1:0] set_read, set_write;
  logic [StampBits-1:0] age[Ways];

  assign now     = time_q[area_q];
  assign stamp   = now[TimeBits-1:UnitShift];
  assign tag     = TagBits'(fingerprint_q >> SetBits);
  assign cleared = clear_q == AddrBits'(Depth - 1);
  assign ready_o = state_q == Idle && !clear_i;

  // The set that is read, or written a cycle later.
  assign base = AddrBits'(32'(area_q) * 32'(Sets));
  always_comb begin
    set = Sets > 1 ? SetWidth'(fingerprint_q) : '0;
    if (state_q inside {SweepRead, Sweep}) set = sweep_q[area_q];
    addr = base + AddrBits'(set);
  end
  logic take_read_q;  // the first cycle of Take reads, the second judges
  assign re = (state_q == Take && !take_read_q) || state_q inside {SweepRead, PlaceRead};

  always_comb begin
    for (int unsigned way = 0; way < Ways; way++) begin
      age[way]   = stamp - set_read[way].stamp;
      match[way] = set_read[way].valid && set_read[way].tag == tag;
      old[way]   = age[way] > AgeMax;
    end
  end

  // The place of the same tag, else of nothing, else of the oldest; of several the first.
  logic [1:0] place;
  logic [StampBits+1:0] worth[Ways], most;
  always_comb begin
    place = '0;
    most  = '0;
    for (int unsigned way = 0; way < Ways; way++) begin
      worth[way] = {match[way], !match[way] && !set_read[way].valid, set_read[way].valid && !match[way] ? age[way] : '0};
      if (way == 0 || worth[way] > most) begin
        place = 2'(way);
        most  = worth[way];
      end
    end
  end

  logic fresh_match;
  always_comb begin
    fresh_match = 1'b0;
    for (int unsigned way = 0; way < Ways; way++) begin
      if (match[way] && age[way] <= StampBits'(limit_q)) fresh_match = 1'b1;
    end
  end
  assign answer_valid_o = state_q == Take && take_read_q;
  assign remembered_o   = fresh_match;

  always_comb begin
    mask      = '0;
    set_write = '0;
    unique case (state_q)
      Clear: mask = '1;
      Take:  mask = take_read_q ? match : '0;
      Sweep: mask = old;
      Place: begin
        mask[place] = 1'b1;
        for (int unsigned way = 0; way < Ways; way++) set_write[way] = '{valid: 1'b1, stamp: stamp, tag: tag};
      end
      default: ;
    endcase
  end

  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(Ways * $bits(way_t)), .Depth(Depth), .LaneBits($bits(way_t)),
                     .Collision(tarn_ram_pkg::RamNoCollision)) u_table (
    .clk_i, .rst_ni, .we_i(mask != '0), .waddr_i(state_q == Clear ? clear_q : addr), .wmask_i(mask), .wdata_i(set_write),
    .inject_i, .re_i(re), .raddr_i(addr), .rdata_o(set_read), .corrected_o(report_o.corrected), .lost_o(report_o.lost)
  );

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Clear:     if (cleared) state_d = Idle;
      Idle:      if (valid_i) state_d = take_i ? Take : SweepRead;
      Take:      if (take_read_q) state_d = Idle;
      SweepRead: state_d = Sweep;
      Sweep:     state_d = PlaceRead;
      PlaceRead: state_d = Place;
      Place:     state_d = Idle;
      default:   state_d = Clear;
    endcase
    if (clear_i) state_d = Clear;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= Clear;
      clear_q     <= '0;
      take_read_q <= 1'b0;
      time_q      <= '{default: '0};
      sweep_q     <= '{default: '0};
    end else begin
      state_q     <= state_d;
      take_read_q <= state_q == Take && !take_read_q && !clear_i;
      clear_q     <= state_q == Clear && !cleared && !clear_i ? clear_q + 1'b1 : '0;
      if (state_q == Place) time_q[area_q] <= now + 1'b1;
      if (state_q == Sweep) sweep_q[area_q] <= 32'(sweep_q[area_q]) == Sets - 1 ? '0 : sweep_q[area_q] + 1'b1;
      if (clear_i) begin
        time_q  <= '{default: '0};
        sweep_q <= '{default: '0};
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      area_q        <= area_i;
      fingerprint_q <= fingerprint_i;
      limit_q       <= limit_i;
    end
  end
endmodule : tarn_pool_policy_ghost
