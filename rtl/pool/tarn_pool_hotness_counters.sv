// A record for each slot in block RAM: whose segment it holds, how often that was accessed in the epoch, and what is left
// of former epochs (decayed count, age). One operation a cycle, on any slots, the same one back to back included.
//
// Cycle 0 the operation of the probe's event, or else of the sweep, reads the record; in cycle 1 the record is there, or
// the one that the operation before is about to write, and the new one is made; cycle 2 writes it, and tells what came of it.
//
// A record has the last bit of the number of the epoch that its count belongs to: the first access of a new epoch keeps the
// count of the one that ended and begins a new one, so that nothing has to be cleared and no access waits. Another such bit says
// up to which epoch the segment was judged: by the sweep, or by what changes the segment before the sweep gets there (it
// leaves, a page comes), so that each segment is judged once, as it was at the epoch's end. Always on, where hot segments
// do not wait for the sweep either, the first access of an epoch judges as well, and what is kept is the epoch's own count.
`include "tarn_assert.svh"
module tarn_pool_hotness_counters #(
  parameter int unsigned NumHosts        = 4,
  parameter int unsigned SegmentsPerHost = 4096,
  parameter int unsigned SegmentPages    = 16,
  parameter int unsigned NumSlots        = 4096,
  parameter int unsigned CounterBits     = 16,
  parameter int unsigned AgeBits         = 8,
  parameter bit          Parity          = 1'b1,
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]                       plant_i,         // plants a fault that the checks must find (tests only)
  input  logic                             inject_i,        // records are written with a wrong bit
`endif
  // Cycle 0.
  input  tarn_pool_msg_pkg::pool_probe_t   probe_i,
  input  logic                             clear_i,         // the sweep clears
  input  logic                             sweep_valid_i,
  input  logic [SlotBits-1:0]              sweep_slot_i,
  output logic                             sweep_ready_o,
  input  logic                             active_i,        // accesses are counted
  input  logic                             start_i,         // the next cycle begins from zero
  input  logic                             epoch_i,         // last bit of the number of the running epoch
  input  logic                             discard_i,       // nothing is known of the epoch before it
  input  tarn_pool_hotness_pkg::settings_t settings_i,
  // Cycle 2.
  output logic                             judged_valid_o,  // a segment as it was at the end of the last epoch
  output tarn_pool_hotness_pkg::judged_t   judged_o,
  output logic                             reached_valid_o, // always on: a segment reached the threshold
  output tarn_pool_hotness_pkg::judged_t   reached_o,
  output logic                             saturated_o,     // an access found its counter full
  output logic                             lost_o           // a record's parity was wrong
);
  import tarn_pool_msg_pkg::*;
  import tarn_pool_hotness_pkg::*;

  localparam int unsigned HostBits    = NumHosts > 1 ? $clog2(NumHosts) : 1;
  localparam int unsigned SegmentBits = SegmentsPerHost > 1 ? $clog2(SegmentsPerHost) : 1;
  localparam int unsigned PageBits    = $clog2(SegmentPages + 1);

  typedef logic [CounterBits-1:0] counter_t;
  typedef struct packed {
    logic                   present;    // the slot holds a segment
    logic [HostBits-1:0]    host;
    logic [SegmentBits-1:0] segment;
    logic                   epoch;      // last bit of the number of the epoch of `count`
    logic                   judged;     // of the epoch before which all epochs are judged
    counter_t               count;      // accesses in that epoch; always on: since it was last reported
    counter_t               kept;       // accesses in the epoch before that; always on: in this epoch
    counter_t               frequency;  // decayed count } at the end of the
    logic [AgeBits-1:0]     age;        // epochs without an access } last epoch judged
    logic [PageBits-1:0]    pages;      // valid ones
  } record_t;

  typedef struct packed {
    op_e                    op;
    logic [SlotBits-1:0]    slot;
    logic [HostBits-1:0]    host;
    logic [SegmentBits-1:0] segment;
    logic [PageBits-1:0]    pages;
    logic                   epoch;
    logic                   discard;
  } step_t;

  // 1 forwarding is lost, 2 an access that begins an epoch's count goes on with the old one, 3 writes pass the filter always,
  // 5 a slot is not swept, 6 an access leaves the age alone
  logic [3:0] plant;
  logic inject;
`ifdef TARN_PLANT
  assign plant  = plant_i;
  assign inject = inject_i;
`else
  assign plant  = '0;
  assign inject = 1'b0;
`endif

  // ---- Cycle 0: which operation -----------------------------------------------------------------------------------
  logic passes, counted, move_in_q;
  logic [SlotBits-1:0] move_slot_q;
  logic [14:0] sample_q, sample_last;
  step_t step_d, step_q;

  assign sample_last = 15'((32'd1 << settings_i.down_sampling) - 32'd1);
  assign passes  = probe_i.kind inside {ProbeHit, ProbeEarly} && active_i && settings_i.hosts[probe_i.host[3:0]]
                   && (probe_i.write ? settings_i.writes || plant == 4'd3 : settings_i.reads);
  assign counted = passes && (sample_q & sample_last) == sample_last;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) sample_q <= '0;
    else if (start_i) sample_q <= '0;
    else if (passes) sample_q <= sample_q + 1'b1;
  end

  always_comb begin
    step_d         = '0;
    step_d.op      = OpNone;
    step_d.slot    = probe_i.slot[SlotBits-1:0];
    step_d.host    = probe_i.host[HostBits-1:0];
    step_d.segment = probe_i.segment[SegmentBits-1:0];
    step_d.epoch   = epoch_i;
    step_d.discard = discard_i;
    sweep_ready_o  = 1'b0;
    unique case (probe_i.kind)
      ProbeHit, ProbeEarly: if (counted) step_d.op = OpAccess;
      ProbeAssign: step_d.op = OpAssign;
      ProbeKept: begin
        step_d.op    = OpAssign;
        step_d.pages = PageBits'(probe_i.page);
      end
      ProbeEvict, ProbeOrderedOut, ProbeColdOut, ProbeReleased: step_d.op = OpLeave;
      ProbePageIn: step_d.op = OpPageIn;
      ProbeMoved: begin
        step_d.op   = OpMoveOut;
        step_d.slot = probe_i.from[SlotBits-1:0];
      end
      default:     step_d.op = OpNone;
    endcase
    if (move_in_q) begin
      step_d.op   = OpMoveIn;
      step_d.slot = move_slot_q;
    end
    if (step_d.op == OpNone) begin
      sweep_ready_o = 1'b1;
      step_d.slot   = sweep_slot_i;
      if (sweep_valid_i) step_d.op = clear_i ? OpClear : OpSweep;
      if (plant == 4'd5 && sweep_slot_i == '0 && !clear_i) step_d.op = OpNone;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q    <= '0;
      move_in_q <= 1'b0;
    end else begin
      step_q    <= step_d;
      move_in_q <= probe_i.kind == ProbeMoved;
    end
  end
  always_ff @(posedge clk_i) move_slot_q <= probe_i.slot[SlotBits-1:0];

  // The threshold that an access in cycle 1 has to reach is the one of its cycle 0.
  counter_t threshold_q;
  logic always_on_q;
  always_ff @(posedge clk_i) begin
    threshold_q <= counter_t'(settings_i.hot_threshold);
    always_on_q <= settings_i.always_on;
  end

  // ---- Cycle 1: the record ----------------------------------------------------------------------------------------
  record_t kept, fresh, record_d, record_q, moving_q;  // moving: left its slot in the cycle before
  record_t old, rolled;
  step_t written_q;
  logic parity_error, forward, lost;

  tarn_ram_sdp_parity #(
    .Parity(Parity), .Width($bits(record_t)), .Depth(NumSlots), .Collision(tarn_ram_pkg::RamReadNew)
  ) u_records (
    .clk_i, .rst_ni,
    .we_i(written_q.op != OpNone), .waddr_i(written_q.slot), .wmask_i(1'b1), .wdata_i(record_q), .inject_i(inject),
    .re_i(step_d.op != OpNone), .raddr_i(step_d.slot), .rdata_o(kept), .error_o(parity_error)
  );

  assign forward = written_q.op != OpNone && written_q.slot == step_q.slot && plant != 4'd1;
  assign lost    = parity_error && !forward && !(step_q.op inside {OpNone, OpClear, OpMoveIn});
  assign old     = step_q.op == OpMoveIn ? moving_q : forward ? record_q : lost ? '0 : kept;

  // As the segment was at the end of the last epoch, and what it goes on with.
  logic begins, pending, settles;
  counter_t ended_count, frequency_at_end;
  logic [CounterBits:0] frequency_sum;
  logic [AgeBits-1:0] age_at_end;
  assign begins           = old.epoch != step_q.epoch;
  assign pending          = old.judged != step_q.epoch;
  assign settles          = pending && (step_q.op != OpAccess || always_on_q || step_q.discard);
  assign ended_count      = begins && !always_on_q ? old.count : old.kept;
  assign frequency_sum    = {1'b0, old.frequency >> 1} + {1'b0, ended_count};
  assign frequency_at_end = frequency_sum[CounterBits] ? '1 : frequency_sum[CounterBits-1:0];
  assign age_at_end       = ended_count != '0 && plant != 4'd6 ? '0 : old.age == '1 ? old.age : old.age + 1'b1;
  always_comb begin
    rolled = old;
    if (begins) begin
      rolled.epoch = step_q.epoch;
      if (!always_on_q) begin
        rolled.kept = old.count;
        if (!(plant == 4'd2 && step_q.op == OpAccess)) rolled.count = '0;
      end
    end
    if (settles) begin
      rolled.judged    = step_q.epoch;
      rolled.age       = age_at_end;
      rolled.frequency = frequency_at_end;
      if (always_on_q) rolled.kept = '0;
      if (step_q.discard) begin
        rolled.count     = '0;
        rolled.kept      = '0;
        rolled.frequency = '0;
        rolled.age       = '0;
      end
    end
  end

  // A slot that nobody has begins with its assignment, or, if the record was lost, with an access.
  always_comb begin
    fresh         = '0;
    fresh.present = 1'b1;
    fresh.host    = step_q.host;
    fresh.segment = step_q.segment;
    fresh.epoch   = step_q.epoch;
    fresh.judged  = step_q.epoch;
    fresh.pages   = step_q.pages;
  end

  record_t accessed;
  logic full, reached;
  always_comb begin
    accessed = rolled.present ? rolled : fresh;
    full     = accessed.count == '1;
    if (always_on_q && accessed.kept != '1) accessed.kept = accessed.kept + 1'b1;
    if (!full) accessed.count = accessed.count + 1'b1;
    reached = always_on_q && accessed.count >= threshold_q;  // so that always on, no counter stays full
  end

  always_comb begin
    unique case (step_q.op)
      OpAccess: begin
        record_d = accessed;
        if (reached) record_d.count = '0;
      end
      OpAssign: record_d = fresh;
      OpLeave, OpClear, OpMoveOut: begin
        record_d        = '0;
        record_d.epoch  = step_q.epoch;
        record_d.judged = step_q.epoch;
      end
      OpPageIn: begin
        record_d = rolled;
        if (rolled.present && rolled.pages != PageBits'(SegmentPages)) record_d.pages = rolled.pages + 1'b1;
      end
      default: record_d = rolled;
    endcase
  end

  // ---- Cycle 2: written, and told ---------------------------------------------------------------------------------
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      written_q       <= '0;
      judged_valid_o  <= 1'b0;
      reached_valid_o <= 1'b0;
      saturated_o     <= 1'b0;
      lost_o          <= 1'b0;
    end else begin
      written_q       <= step_q;
      judged_valid_o  <= !(step_q.op inside {OpNone, OpClear}) && old.present && settles && !step_q.discard;
      reached_valid_o <= step_q.op == OpAccess && reached;
      saturated_o     <= step_q.op == OpAccess && full;
      lost_o          <= lost;
    end
  end

  always_ff @(posedge clk_i) begin
    if (step_q.op != OpNone) record_q <= record_d;
    moving_q <= rolled;
    judged_o.host      <= 8'(old.host);
    judged_o.segment   <= 32'(old.segment);
    judged_o.slot      <= 24'(step_q.slot);
    judged_o.count     <= 16'(ended_count);
    judged_o.frequency <= 16'(frequency_at_end);
    judged_o.age       <= 8'(age_at_end);
    judged_o.pages     <= 10'(old.pages);
    reached_o          <= '0;
    reached_o.host     <= 8'(accessed.host);
    reached_o.segment  <= 32'(accessed.segment);
    reached_o.slot     <= 24'(step_q.slot);
    reached_o.count    <= 16'(accessed.count);
  end

  `TARN_ASSERT(MoveHasTwoCycles, !move_in_q || probe_i.kind == ProbeNone)
  `TARN_ASSERT(ClearedFirst, !clear_i || step_d.op inside {OpNone, OpClear})
  `TARN_ASSERT(SlotInRange, step_d.op == OpNone || {1'b0, step_d.slot} < (SlotBits + 1)'(NumSlots))
endmodule : tarn_pool_hotness_counters
