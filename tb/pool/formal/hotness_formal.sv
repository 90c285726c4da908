// The counters of the hotness monitoring, with epochs and sweep: each segment is judged once after the end of an epoch, with
// the exact number of its accesses in that epoch (up to the full counter). One slot is watched, each in a run of its own; events are free, one each cycle,
// starts and ends of epochs at any time. Always on: the threshold is told of exactly when that many accesses have come.
`include "tarn_assert.svh"
module hotness_formal #(
  parameter bit          AlwaysOn = 1'b0,
  parameter bit          Slot     = 1'b0,  // the one watched: registers start at 0, so that one that keeps itself would always name slot 0
  parameter logic [3:0]  Fault    = 4'd0  // tarn_pool_hotness_counters, with TARN_PLANT
) (
  input logic       clk_i,
  input logic [3:0] kind_i,
  input logic       slot_i,
  input logic       enable_i,
  input logic       restart_i,
  input logic       end_epoch_i,
  input logic       left_out_i
);
  import tarn_pool_msg_pkg::*;
  localparam int unsigned CounterBits = 2;
  localparam logic [15:0] Threshold = 16'd3;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  // ---- The unit ---------------------------------------------------------------------------------------------------
  logic cleared, active, start, ended, epoch, discard, sweep_valid, sweep_slot, sweep_ready, clear, swept;
  logic judged_valid, reached_valid;
  pool_probe_t probe;
  tarn_pool_hotness_pkg::judged_t judged, reached;
  tarn_pool_hotness_pkg::settings_t settings;

  always_comb begin
    probe      = '0;
    // Moves between slots are left to the cosimulation: one slot is watched here.
    probe.kind = cleared && kind_i != 4'(ProbeMoved) ? probe_e'(kind_i) : ProbeNone;
    probe.slot = 24'(slot_i);
    settings               = '0;
    settings.always_on     = AlwaysOn;
    settings.hosts         = '1;
    settings.reads         = 1'b1;
    settings.hot_threshold = Threshold;
  end

  tarn_pool_hotness_epochs #(.NumSlots(2)) u_epochs (
    .clk_i, .rst_ni, .enable_i, .restart_i, .end_epoch_i, .length_i(32'd0), .interval_i(16'd0), .sweep_ready_i(sweep_ready),
    .left_out_i(left_out_i), .left_out_slot_i(slot_i),
    .cleared_o(cleared), .active_o(active), .start_o(start), .start_pending_o(), .ended_o(ended), .epoch_o(epoch),
    .discard_o(discard), .late_o(), .sweep_valid_o(sweep_valid), .sweep_slot_o(sweep_slot), .clear_o(clear),
    .sweeping_o(), .swept_o(swept), .idle_wanted_o(), .epochs_o(), .last_cycles_o()
  );
  tarn_pool_hotness_counters #(
    .NumHosts(1), .SegmentsPerHost(1), .SegmentPages(1), .NumSlots(2), .CounterBits(CounterBits), .AgeBits(1), .Parity(1'b0)
  ) u_counters (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i(Fault), .inject_i(1'b0),
`endif
    .probe_i(probe), .clear_i(clear), .sweep_valid_i(sweep_valid), .sweep_slot_i(sweep_slot), .sweep_ready_o(sweep_ready), .active_i(active), .start_i(start), .epoch_i(epoch),
    .discard_i(discard), .settings_i(settings), .judged_valid_o(judged_valid), .judged_o(judged),
    .reached_valid_o(reached_valid), .reached_o(reached), .saturated_o(), .lost_o()
  );

  // ---- What it shall be -------------------------------------------------------------------------------------------
  logic here, access, present_d, present_q, pending_q, judged_here, reaches, reached_q, reached2_q, once_q;
  logic [CounterBits-1:0] count_d, count_q, ended_q;

  assign here        = probe.slot[0] == Slot;
  assign access      = here && probe.kind inside {ProbeHit, ProbeEarly} && active;
  assign judged_here = judged_valid && judged.slot[0] == Slot;
  always_comb begin
    present_d = present_q;
    count_d   = count_q;
    reaches   = 1'b0;
    if (access) begin
      present_d = 1'b1;
      if (count_q != '1) count_d = count_q + 1'b1;
      if (AlwaysOn && count_d == CounterBits'(Threshold)) begin
        reaches = 1'b1;
        count_d = '0;
      end
    end
    if (here && probe.kind inside {ProbeAssign, ProbeKept}) begin
      present_d = 1'b1;
      count_d   = '0;
    end
    if (here && probe.kind inside {ProbeEvict, ProbeOrderedOut, ProbeColdOut, ProbeReleased}) begin
      present_d = 1'b0;
      count_d   = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      present_q  <= 1'b0;
      pending_q  <= 1'b0;
      count_q    <= '0;
      ended_q    <= '0;
      reached_q  <= 1'b0;
      reached2_q <= 1'b0;
      once_q     <= 1'b0;
    end else begin
      present_q  <= present_d;
      count_q    <= start || (ended && !AlwaysOn) ? '0 : count_d;
      reached_q  <= reaches;
      reached2_q <= reached_q;
      once_q     <= once_q || reached_valid;
      if (ended) begin
        pending_q <= present_d;
        ended_q   <= count_d;
      end else if (judged_here) begin
        pending_q <= 1'b0;
      end
    end
  end

  `TARN_ASSERT(CountIsExact, AlwaysOn || !judged_here || judged.count == 16'(ended_q))
  `TARN_ASSERT(JudgedOnce, !judged_here || pending_q)
  `TARN_ASSERT(NoneForgotten, !swept || !pending_q)
  `TARN_ASSERT(ThresholdIsExact, (reached_valid && reached.slot[0] == Slot) == (AlwaysOn && reached2_q))
  `TARN_COVER(JudgedWhileTheNextCountRuns, judged_here && ended_q == 2'd2 && count_q == 2'd1)
  `TARN_COVER(ReachedAgain, !AlwaysOn || (reached_valid && once_q))
endmodule : hotness_formal
