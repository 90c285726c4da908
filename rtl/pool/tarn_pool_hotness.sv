// Hotness monitoring of the pool's segments, after the interface of CXL 3.2's hotness monitoring unit (hotness.md).
// It listens to the probe: one event a cycle, and never holds anything up. Counts are exact at one access a cycle, the same
// slot back to back included; what a full counter misses is told. An event has its effect on lists and histogram
// three cycles later (EffectCycles). A list that is full leaves segments out, and tells.
// The probe is silent until `ready_o`. No combinational path from an input to an output.
`include "tarn_assert.svh"
module tarn_pool_hotness #(
  parameter int unsigned NumHosts        = 4,      // 1..16
  parameter int unsigned SegmentBytes    = 65536,  // power of two, 4 KiB..2 MiB
  parameter int unsigned SegmentsPerHost = 4096,
  parameter int unsigned NumSlots        = 4096,
  parameter int unsigned CounterBits     = 16,     // 6..16
  parameter int unsigned AgeBits         = 8,      // 1..8
  parameter int unsigned ListEntries     = 256,    // power of two, 2..256
  parameter bit          Parity          = 1'b1,   // of the counters
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]                      plant_i,  // plants a fault (tests only)
  input  logic                            inject_i, // counters are written with a wrong bit
`endif
  output logic                            ready_o,  // the counters were cleared after reset
  // What it listens to.
  input  tarn_pool_msg_pkg::pool_probe_t  probe_i,
  input  logic                            first_mark_i,    // the slots in use passed the first mark
  output logic                            idle_wanted_o,   // a cycle without an event is wanted: without one the epoch cannot end
  // Registers.
  input  logic                            reg_req_valid_i,
  input  tarn_reg_pkg::reg_req_t          reg_req_i,
  output logic                            reg_req_ready_o,
  output logic                            reg_rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t          reg_rsp_o,
  output logic                            irq_o,
  // Cold and hot segments as they are found, also those for which the lists have no room.
  output logic                            cold_valid_o,
  output tarn_pool_pkg::move_t            cold_o,
  output logic                            hot_valid_o,
  output tarn_pool_pkg::move_t            hot_o,
  // The order of effect, for testbenches. A segment is judged EffectCycles after what led to it.
  output tarn_pool_msg_pkg::hotness_probe_t trace_o
);
  import tarn_pool_hotness_pkg::*;
  localparam int unsigned HostBits     = NumHosts > 1 ? $clog2(NumHosts) : 1;
  localparam int unsigned SegmentBits  = SegmentsPerHost > 1 ? $clog2(SegmentsPerHost) : 1;
  localparam int unsigned SegmentPages = SegmentBytes / 4096;
  localparam int unsigned PlaceBits    = $clog2(ListEntries);
  localparam int unsigned EffectCycles = 3;

  tarn_pool_hotness_regs_pkg::reg2hw_t reg2hw;
  tarn_pool_hotness_regs_pkg::hw2reg_t hw2reg;

  tarn_pool_hotness_regs #(
    .NumSlots(21'(NumSlots)), .CounterBits(8'(CounterBits)), .CountMax(16'(2**CounterBits - 1)), .AgeBits(8'(AgeBits)),
    .ListEntries(16'(ListEntries)), .ListMask(16'(ListEntries - 1))
  ) u_regs (
    .clk_i, .rst_ni,
    .req_valid_i(reg_req_valid_i), .req_i(reg_req_i), .req_ready_o(reg_req_ready_o),
    .rsp_valid_o(reg_rsp_valid_o), .rsp_o(reg_rsp_o), .hw2reg_i(hw2reg), .reg2hw_o(reg2hw)
  );

  // ---- Epochs and settings ----------------------------------------------------------------------------------------
  logic active, start, start_pending, ended, epoch, discard, late, clear, sweeping, swept, sweep_valid, sweep_ready;
  logic [SlotBits-1:0] sweep_slot;
  logic [15:0] epochs;
  logic [31:0] last_cycles;
  settings_t settings_q, settings_d;
  logic effect_valid, hot_overflow, cold_overflow;  // of a segment judged
  logic [23:0] effect_slot;

  tarn_pool_hotness_epochs #(.NumSlots(NumSlots)) u_epochs (
    .clk_i, .rst_ni,
    .enable_i(reg2hw.control.enable.q), .restart_i(reg2hw.control.restart.q),
    .end_epoch_i(reg2hw.control.end_epoch.q || (reg2hw.control.first_mark.q && first_mark_i)),
    .length_i(reg2hw.epoch_length.cycles.q), .interval_i(reg2hw.sweep_interval.cycles.q), .sweep_ready_i(sweep_ready),
    .left_out_i(effect_valid && (hot_overflow || cold_overflow)), .left_out_slot_i(effect_slot[SlotBits-1:0]),
    .cleared_o(ready_o), .active_o(active), .start_o(start), .start_pending_o(start_pending), .ended_o(ended),
    .epoch_o(epoch), .discard_o(discard), .late_o(late), .sweep_valid_o(sweep_valid), .sweep_slot_o(sweep_slot),
    .clear_o(clear), .sweeping_o(sweeping), .swept_o(swept), .idle_wanted_o, .epochs_o(epochs),
    .last_cycles_o(last_cycles)
  );

  always_comb begin
    settings_d                  = settings_q;
    settings_d.hosts            = reg2hw.filter.hosts.q;
    settings_d.reads            = reg2hw.filter.reads.q;
    settings_d.writes           = reg2hw.filter.writes.q;
    settings_d.hot_threshold    = reg2hw.hot_threshold.count.q;
    settings_d.cold_threshold   = reg2hw.cold_threshold.usage.q;
    settings_d.recency_weight   = reg2hw.usage.recency_weight.q;
    settings_d.frequency_weight = reg2hw.usage.frequency_weight.q;
    settings_d.density_weight   = reg2hw.usage.density_weight.q;
    settings_d.frequency_shift  = reg2hw.usage.frequency_shift.q;
    if (start) begin
      settings_d.always_on     = reg2hw.mode.always_on.q;
      settings_d.down_sampling = reg2hw.mode.down_sampling.q;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) settings_q <= '0;
    else if (start || ended) settings_q <= settings_d;
  end

  // A start takes effect on the lists in its order among the events.
  logic [EffectCycles-1:0] start_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) start_q <= '0;
    else start_q <= {start_q[EffectCycles-2:0], start};
  end

  // ---- Counting and judging ---------------------------------------------------------------------------------------
  logic judged_valid, reached_valid, saturated, lost, hot_valid, hot_watermark, cold_watermark, hot_rvalid, cold_rvalid;
  logic [3:0] bin;
  judged_t judged, reached;
  entry_t hot, cold, hot_read, cold_read;
  logic [PlaceBits-1:0] hot_tail, cold_tail;
  logic [20:0] histogram;

  tarn_pool_hotness_counters #(
    .NumHosts(NumHosts), .SegmentsPerHost(SegmentsPerHost), .SegmentPages(SegmentPages), .NumSlots(NumSlots),
    .CounterBits(CounterBits), .AgeBits(AgeBits), .Parity(Parity)
  ) u_counters (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i, .inject_i,
`endif
    .probe_i, .clear_i(clear),
    .sweep_valid_i(sweep_valid), .sweep_slot_i(sweep_slot), .sweep_ready_o(sweep_ready), .active_i(active), .start_i(start),
    .epoch_i(epoch), .discard_i(discard), .settings_i(settings_q),
    .judged_valid_o(judged_valid), .judged_o(judged), .reached_valid_o(reached_valid), .reached_o(reached),
    .saturated_o(saturated), .lost_o(lost)
  );

  tarn_pool_hotness_usage #(.SegmentPages(SegmentPages)) u_usage (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .settings_i(settings_q), .judged_valid_i(judged_valid), .judged_i(judged), .reached_valid_i(reached_valid),
    .reached_i(reached), .judged_valid_o(effect_valid), .slot_o(effect_slot), .bin_o(bin), .hot_valid_o(hot_valid),
    .hot_o(hot), .cold_valid_o, .cold_o(cold)
  );

  tarn_pool_hotness_histogram #(.NumSlots(NumSlots), .AgeBits(AgeBits)) u_histogram (
    .clk_i, .rst_ni, .valid_i(effect_valid), .bin_i(bin), .show_i(swept), .index_i(reg2hw.age_histogram.index),
    .count_o(histogram)
  );

  tarn_pool_hotness_list #(.Entries(ListEntries), .HostBits(HostBits), .SegmentBits(SegmentBits)) u_hot (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .empty_i(start_q[EffectCycles-1]), .valid_i(hot_valid), .entry_i(hot), .head_i(reg2hw.hot_head.place.q[PlaceBits-1:0]),
    .watermark_i(reg2hw.hot_watermark.entries.q), .tail_o(hot_tail), .overflow_o(hot_overflow),
    .watermark_o(hot_watermark), .re_i(reg2hw.hot_entry.re), .raddr_i(reg2hw.hot_entry.index[PlaceBits-1:0]),
    .rvalid_o(hot_rvalid), .rdata_o(hot_read)
  );

  tarn_pool_hotness_list #(.Entries(ListEntries), .HostBits(HostBits), .SegmentBits(SegmentBits)) u_cold (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .empty_i(start_q[EffectCycles-1]), .valid_i(cold_valid_o), .entry_i(cold),
    .head_i(reg2hw.cold_head.place.q[PlaceBits-1:0]), .watermark_i(reg2hw.cold_watermark.entries.q), .tail_o(cold_tail),
    .overflow_o(cold_overflow), .watermark_o(cold_watermark), .re_i(reg2hw.cold_entry.re),
    .raddr_i(reg2hw.cold_entry.index[PlaceBits-1:0]), .rvalid_o(cold_rvalid), .rdata_o(cold_read)
  );

  // ---- To the registers -------------------------------------------------------------------------------------------
  always_comb begin
    hw2reg = '0;
    hw2reg.status.cleared.d       = ready_o;
    hw2reg.status.active.d        = active;
    hw2reg.status.sweeping.d      = sweeping;
    hw2reg.status.start_pending.d = start_pending;
    hw2reg.status.epochs.d        = epochs;
    hw2reg.last_epoch.cycles.d    = last_cycles;
    hw2reg.events.hot_watermark.sets  = hot_watermark;
    hw2reg.events.hot_overflow.sets   = hot_overflow;
    hw2reg.events.cold_watermark.sets = cold_watermark;
    hw2reg.events.cold_overflow.sets  = cold_overflow;
    hw2reg.events.swept.sets          = swept && !discard;
    hw2reg.events.epoch_late.sets     = late;
    hw2reg.events.saturated.sets      = saturated;
    hw2reg.events.counter_lost.sets   = lost;
    hw2reg.hot_head.place.de      = start_q[EffectCycles-1];
    hw2reg.cold_head.place.de     = start_q[EffectCycles-1];
    hw2reg.hot_tail.place.d       = 16'(hot_tail);
    hw2reg.cold_tail.place.d      = 16'(cold_tail);
    hw2reg.age_histogram.segments.d = histogram;
    hw2reg.hot_entry.ready        = hot_rvalid || !reg2hw.hot_entry.re;  // a write, which changes nothing, does not wait
    hw2reg.cold_entry.ready       = cold_rvalid || !reg2hw.cold_entry.re;
    if (32'(reg2hw.hot_entry.index) < ListEntries) begin
      hw2reg.hot_entry.count.d   = hot_read.value;
      hw2reg.hot_entry.segment.d = hot_read.segment;
      hw2reg.hot_entry.host.d    = hot_read.host;
    end
    if (32'(reg2hw.cold_entry.index) < ListEntries) begin
      hw2reg.cold_entry.usage.d   = cold_read.value;
      hw2reg.cold_entry.segment.d = cold_read.segment;
      hw2reg.cold_entry.host.d    = cold_read.host;
    end
  end

  assign irq_o = ({reg2hw.events.counter_lost.q, reg2hw.events.saturated.q, reg2hw.events.epoch_late.q, reg2hw.events.swept.q,
                   reg2hw.events.cold_overflow.q, reg2hw.events.cold_watermark.q, reg2hw.events.hot_overflow.q,
                   reg2hw.events.hot_watermark.q} & reg2hw.event_enable.mask.q) != '0;
  assign hot_valid_o = hot_valid;
  assign hot_o  = '{slot: effect_slot[19:0], host: hot.host[3:0], segment: hot.segment[23:0]};
  assign cold_o = '{slot: effect_slot[19:0], host: cold.host[3:0], segment: cold.segment[23:0]};

  // A write takes effect with its answer.
  logic write_taken_q;
  tarn_reg_pkg::reg_req_t write_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) write_taken_q <= 1'b0;
    else if (reg_req_valid_i && reg_req_ready_o) write_taken_q <= reg_req_i.write;
    else if (reg_rsp_valid_o) write_taken_q <= 1'b0;
  end
  always_ff @(posedge clk_i) if (reg_req_valid_i && reg_req_ready_o) write_q <= reg_req_i;
  always_comb begin
    trace_o.start        = start;
    trace_o.epoch_end    = ended;
    trace_o.swept        = swept;
    trace_o.judged       = effect_valid;
    trace_o.slot         = effect_slot;
    trace_o.first_mark   = first_mark_i;
    trace_o.write        = write_taken_q && reg_rsp_valid_o;
    trace_o.write_offset = write_q.addr;
    trace_o.write_data   = write_q.wdata;
    trace_o.write_strobe = write_q.wstrb;
  end

  `TARN_ASSERT_INIT(HostsAllowed, NumHosts >= 1 && NumHosts <= 16, "tarn_pool_hotness: NumHosts must be 1..16")
  `TARN_ASSERT_INIT(CounterAllowed, CounterBits >= 6 && CounterBits <= 16, "tarn_pool_hotness: CounterBits must be 6..16")
  `TARN_ASSERT_INIT(AgeAllowed, AgeBits >= 1 && AgeBits <= 8, "tarn_pool_hotness: AgeBits must be 1..8")
  `TARN_ASSERT(SilentUntilReady, ready_o || probe_i.kind == tarn_pool_msg_pkg::ProbeNone)
endmodule : tarn_pool_hotness
