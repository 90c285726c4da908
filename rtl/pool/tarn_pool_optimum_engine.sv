// Tells of each reference to a segment whether Belady's optimum misses (optimum.md, "Theory of operation"). One at a time:
// 2 cycles where nothing was missed since the segment's last reference, 5 to 9 for another hit, 7 to 13 for a miss.
// After reset and `clear_i` it begins anew with `slots_i` free slots: as many cycles as there are sets, `ready_o` low.
`include "tarn_assert.svh"
module tarn_pool_optimum_engine #(
  parameter int unsigned SlotsMax = 1024,  // 2 or more
  parameter int unsigned History  = 4096,  // misses of the optimum that it looks back: a power of two, 4 or more
  parameter int unsigned Sets     = 1024,  // of the table of segments, four ways: a power of two, 2..History
  parameter int unsigned TagBits  = 12,
  parameter bit          Ecc      = 1'b1,
  localparam int unsigned SlotBits = $clog2(SlotsMax + 1),
  localparam int unsigned SetBits  = $clog2(Sets)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
`ifdef TARN_PLANT
  input  logic                plant_i,    // it never looks back further than what was full (tests only)
`endif
  input  logic                clear_i,
  input  logic [SlotBits-1:0] slots_i,    // 2..SlotsMax
  input  logic                valid_i,
  output logic                ready_o,
  input  logic                forget_i,   // its host gave the segment back; else it is referenced
  input  logic [SetBits-1:0]  set_i,      // the segment: two parts of its hash
  input  logic [TagBits-1:0]  tag_i,
  output logic                judged_o,   // the segment was looked up: the optimum
  output logic                missed_o,   // misses; low for one that is forgotten
  input  tarn_pool_pkg::inject_t       inject_i,
  output tarn_pool_pkg::table_report_t report_o
);
  import tarn_pool_optimum_pkg::*;
  localparam int unsigned Ways      = 4;
  localparam int unsigned PlaceBits = $clog2(History);
  localparam int unsigned TimeBits  = PlaceBits + 1;  // an entry older than the history is swept before its time comes again
  localparam int unsigned WayBits   = $clog2(Ways);

  `TARN_ASSERT_INIT(SlotsAllowed, SlotsMax >= 2, "tarn_pool_optimum_engine: SlotsMax must be 2 or more")
  `TARN_ASSERT_INIT(HistoryAllowed, History >= 4 && History == 2 ** PlaceBits,
                    "tarn_pool_optimum_engine: History must be a power of two, 4 or more")
  `TARN_ASSERT_INIT(SetsAllowed, Sets >= 2 && Sets == 2 ** SetBits && Sets <= History,
                    "tarn_pool_optimum_engine: Sets must be a power of two, 2..History")

  typedef logic [TimeBits-1:0] time_t;
  typedef logic [PlaceBits-1:0] place_t;  // of a time, modulo History
  typedef struct packed {
    logic               valid;
    time_t              last;  // when it was referenced last
    logic [TagBits-1:0] tag;
  } entry_t;
  typedef enum logic [3:0] {
    Clear, Idle, Judge,
    Seek, Take, Before, Move, Full, Keep,        // a hit: one more is kept
    Oldest, OldestNext, OldestTo, OldestAdd,     // a miss: a time is forgotten,
    Pass, Enter, Sweep                           // a new one begins, the segment is entered
  } state_e;

  state_e state_q, state_d;
  time_t now_q;                    // the optimum's misses
  place_t reach_q;                 // an entry that is older cannot have been kept
  logic [SlotBits-1:0] newest_q;   // spare places of the last miss: the only ones that are not in the RAM
  logic [SlotBits-1:0] kept_q;     // how many were kept through the last miss
  logic forget_q, at_newest_q, sweep_read_q;
  logic [SetBits-1:0] set_q, sweep_q, clear_q, taddr;
  logic [TagBits-1:0] tag_q;
  logic [WayBits-1:0] way_q;
  place_t first_q, age_q, at_q, before_q, oldest_place, now_place;
  logic [SlotBits-1:0] oldest_q;

  assign now_place    = now_q[PlaceBits-1:0];
  assign oldest_place = now_place + 1'b1;  // that of the time which a miss makes the history lose
  assign ready_o      = state_q == Idle && !clear_i;

  // ---- The table of segments --------------------------------------------------------------------------------------
  entry_t [Ways-1:0] entries, written;
  logic [Ways-1:0] known, match, tmask;
  time_t age[Ways];
  logic tre, found;
  logic [WayBits-1:0] found_way, victim;
  always_comb begin
    for (int unsigned way = 0; way < Ways; way++) begin
      age[way]   = now_q - entries[way].last;
      known[way] = entries[way].valid && age[way] <= {1'b0, reach_q};
      match[way] = known[way] && entries[way].tag == tag_q;
    end
  end
  always_comb begin
    found     = match != '0;
    found_way = '0;
    for (int unsigned i = 0; i < Ways; i++) if (match[Ways-1-i]) found_way = WayBits'(Ways - 1 - i);
  end
  logic trivial;
  assign trivial = found && age[found_way] == '0;  // the optimum missed nothing since
  // The first that is not known, else the oldest.
  time_t oldest_age;
  always_comb begin
    victim     = '0;
    oldest_age = '0;
    for (int unsigned way = 0; way < Ways; way++) begin
      if (known == '1 && (way == 0 || age[way] > oldest_age)) begin
        victim     = WayBits'(way);
        oldest_age = age[way];
      end
    end
    if (known != '1) begin
      for (int unsigned i = 0; i < Ways; i++) if (!known[Ways-1-i]) victim = WayBits'(Ways - 1 - i);
    end
  end
  always_comb begin
    tmask = '0;
    for (int unsigned way = 0; way < Ways; way++) written[way] = '{valid: 1'b1, last: now_q, tag: tag_q};
    unique case (state_q)
      Clear: begin
        tmask   = '1;
        written = '0;
      end
      Judge: if (forget_q) begin
        tmask   = match;
        written = '0;
      end
      Keep:  tmask[way_q] = 1'b1;
      Enter: tmask[victim] = 1'b1;
      Sweep: if (sweep_read_q) begin
        tmask   = ~known;
        written = '0;
      end
      default: ;
    endcase
  end
  always_comb begin
    tre   = (state_q == Idle && valid_i) || (state_q == Sweep && !sweep_read_q);
    taddr = state_q == Idle ? set_i : set_q;
    if (state_q == Sweep) taddr = sweep_q;
    if (state_q == Clear) taddr = clear_q;
  end
  tarn_pool_pkg::table_report_t table_report, spare_report, marks_report;
  assign report_o = table_report | spare_report | marks_report;
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(Ways * $bits(entry_t)), .Depth(Sets), .LaneBits($bits(entry_t)), .Collision(tarn_ram_pkg::RamNoCollision)) u_table (
    .clk_i, .rst_ni, .we_i(tmask != '0), .waddr_i(taddr), .wmask_i(tmask), .wdata_i(written), .inject_i, .re_i(tre), .raddr_i(taddr),
    .rdata_o(entries), .corrected_o(table_report.corrected), .lost_o(table_report.lost)
  );

  // ---- Spare places by time ---------------------------------------------------------------------------------------
  logic op_valid, op_ready, op_answer, op_found, spare_we, spare_re;
  mark_op_e op;
  place_t op_place, op_answer_place, spare_waddr, spare_raddr;
  logic [SlotBits-1:0] spare, spare_write, taken;
  tarn_pool_optimum_marks #(.Places(History), .Ecc(Ecc)) u_marks (
    .clk_i, .rst_ni, .clear_i(state_q == Clear), .valid_i(op_valid), .ready_o(op_ready), .op_i(op), .place_i(op_place),
    .answer_valid_o(op_answer), .found_o(op_found), .place_o(op_answer_place),
    .inject_i, .report_o(marks_report)
  );
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(SlotBits), .Depth(History), .Collision(tarn_ram_pkg::RamNoCollision)) u_spare (
    .clk_i, .rst_ni, .we_i(spare_we), .waddr_i(spare_waddr), .wmask_i(1'b1), .wdata_i(spare_write), .inject_i, .re_i(spare_re),
    .raddr_i(spare_raddr), .rdata_o(spare), .corrected_o(spare_report.corrected), .lost_o(spare_report.lost)
  );
  // What a search found, if that lies where it should: up, before the last miss; down, not beyond the oldest time.
  logic up_found, down_found, stores;
  place_t distance_up, distance_down;
  assign distance_up   = op_answer_place - first_q;
  assign distance_down = at_q - op_answer_place;
  assign up_found      = op_found && distance_up < age_q - 1'b1;
  assign down_found    = op_found && (at_newest_q || (distance_down != '0 && {1'b0, distance_down} + {1'b0, place_t'(now_place - at_q)} < TimeBits'(History)));
  assign taken         = at_newest_q ? newest_q : spare;
  assign stores        = kept_q != '0 && newest_q != '0;  // a miss: what the one before has goes to the RAM

  always_comb begin
    op_valid    = 1'b0;
    op          = MarkUp;
    op_place    = oldest_place;
    spare_re    = 1'b0;
    spare_raddr = op_answer_place;
    spare_we    = 1'b0;
    spare_waddr = at_q;
    spare_write = spare - 1'b1;
    unique case (state_q)
      Judge: begin
        op_valid = !forget_q && !trivial;
        if (found) op_place = entries[found_way].last[PlaceBits-1:0] + 1'b1;
      end
      Seek: spare_re = op_answer && up_found;
      Take: begin
        spare_we = taken > SlotBits'(1) && !at_newest_q;
        op_valid = taken <= SlotBits'(1);
        op       = MarkDown;
        op_place = at_newest_q ? now_place : at_q;
      end
      Before: spare_re = op_answer && down_found;
      Move: begin
        spare_we    = !at_newest_q;
        spare_write = spare;
        op_valid    = 1'b1;
        op          = MarkClear;
        op_place    = before_q;
      end
      Full: begin
        op_valid = !at_newest_q;
        op       = MarkClear;
        op_place = at_q;
      end
      Oldest: spare_re = op_answer && op_found && op_answer_place == oldest_place;
      OldestNext: begin
        op_valid = 1'b1;
        op_place = oldest_place + 1'b1;
      end
      OldestTo: spare_re = op_answer && op_found && op_answer_place != oldest_place;
      OldestAdd: begin
        spare_we    = !at_newest_q;
        spare_write = spare + oldest_q;
        op_valid    = 1'b1;
        op          = MarkClear;
      end
      Pass: begin
        op_valid    = stores && op_ready;
        op          = MarkSet;
        op_place    = now_place;
        spare_we    = stores && op_ready;
        spare_waddr = now_place;
        spare_write = newest_q;
      end
      default: ;
    endcase
  end

  assign judged_o = state_q == Judge;
  assign missed_o = !found && !forget_q;
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Clear:      if (clear_q == SetBits'(Sets - 1)) state_d = Idle;
      Idle:       if (valid_i) state_d = Judge;
      Judge:      state_d = forget_q || trivial ? Idle : found ? Seek : Oldest;
      Seek:       if (op_answer) state_d = Take;
      Take:       state_d = taken > SlotBits'(1) ? Keep : Before;
      Before:     if (op_answer) state_d = down_found ? Move : Full;
      Move, Full: state_d = Keep;
      Keep:       state_d = Idle;
      Oldest:     if (op_answer) state_d = op_found && op_answer_place == oldest_place ? OldestNext : Pass;
      OldestNext: state_d = OldestTo;
      OldestTo:   if (op_answer) state_d = OldestAdd;
      OldestAdd:  state_d = Pass;
      Pass:       if (!stores || op_ready) state_d = Enter;
      Enter:      state_d = Sweep;
      Sweep:      if (sweep_read_q) state_d = Idle;
      default:    state_d = Clear;
    endcase
    if (clear_i) state_d = Clear;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= Clear;
      clear_q      <= '0;
      sweep_q      <= '0;
      sweep_read_q <= 1'b0;
      now_q        <= '0;
      reach_q      <= '1;
      newest_q     <= '0;
      kept_q       <= '0;
    end else begin
      state_q      <= state_d;
      clear_q      <= state_q == Clear && !clear_i ? clear_q + 1'b1 : '0;
      sweep_read_q <= state_q == Sweep && !sweep_read_q && !clear_i;
      if (state_q == Sweep && sweep_read_q) sweep_q <= sweep_q + 1'b1;
      unique case (state_q)
        Clear: begin
          now_q    <= '0;
          reach_q  <= '1;
          newest_q <= '0;
          kept_q   <= slots_i - 1'b1;
        end
        Take: if (at_newest_q && taken > SlotBits'(1)) newest_q <= newest_q - 1'b1;
        Move: if (at_newest_q) newest_q <= spare;
        Full: begin
          reach_q <= at_newest_q ? '0 : now_place - at_q;
          if (at_newest_q) newest_q <= '0;
        end
        Keep: kept_q <= kept_q + 1'b1;
        OldestAdd: if (at_newest_q) newest_q <= newest_q + oldest_q;
        Pass: if (!stores || op_ready) begin
          now_q <= now_q + 1'b1;
`ifdef TARN_PLANT
          if (reach_q != '1 && !plant_i) reach_q <= reach_q + 1'b1;
`else
          if (reach_q != '1) reach_q <= reach_q + 1'b1;
`endif
          if (kept_q != '0) begin
            newest_q <= kept_q;
            kept_q   <= '0;
          end
        end
        default: ;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Idle) begin
      forget_q <= forget_i;
      set_q    <= set_i;
      tag_q    <= tag_i;
    end
    if (state_q == Judge) begin
      way_q   <= found_way;
      age_q   <= age[found_way][PlaceBits-1:0];
      first_q <= entries[found_way].last[PlaceBits-1:0] + 1'b1;
    end
    if (state_q == Seek) begin
      at_newest_q <= !up_found;
      at_q        <= op_answer_place;
    end
    if (state_q == Before) before_q <= op_answer_place;
    if (state_q == OldestNext) oldest_q <= spare;
    if (state_q == OldestTo) begin
      at_newest_q <= !op_found || op_answer_place == oldest_place;
      at_q        <= op_answer_place;
    end
  end

  // Places are neither lost nor made.
  `TARN_ASSERT(LastMissHasSpare, state_q != Idle || newest_q != '0 || kept_q == slots_i - 1'b1)
  `TARN_ASSERT(TakesWhatIsThere, state_q != Take || taken != '0)
  `TARN_ASSERT(NeverMoreThanSlots, state_q == Clear || (kept_q < slots_i && newest_q < slots_i))
  `TARN_ASSERT(OrderIsTaken, !op_valid || op_ready)
endmodule : tarn_pool_optimum_engine
