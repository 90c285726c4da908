// The pool's replacement policy with its structs taken apart, for testbenches; and with faults between it and the pool, each
// of which is one that its parts could have: the testbench must see them.
module policy_top #(
  parameter int unsigned NumSlots        = 64,
  parameter int unsigned NumHosts        = 2,
  parameter int unsigned SegmentsPerHost = 256,
  parameter int unsigned SpareSlots      = 1,
  parameter int unsigned ShadowFrames    = 16,
  parameter int unsigned EpochMisses     = 32,
  localparam int unsigned SlotBits = $clog2(NumSlots)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [2:0]        fault_i,  // 1: loses accesses to one slot in consecutive cycles; 2: forgets a bit of what is evicted;
                                      // 3: shows a rule that was not chosen; 4: loses a dropped sample's mark
  input  logic [20:0]       slots_i,
  input  logic              event_valid_i,
  input  logic [3:0]        event_kind_i,
  input  logic [19:0]       event_slot_i,
  input  logic [19:0]       event_from_i,
  input  logic [3:0]        event_host_i,
  input  logic [23:0]       event_segment_i,
  output logic              ready_o,
  input  logic              wanted_i,
  output logic              victim_valid_o,
  output logic [19:0]       victim_slot_o,
  output logic              all_skipped_o,
  output logic              step_valid_o,
  output logic [3:0]        step_kind_o,
  output logic [19:0]       step_slot_o,
  output logic [2:0]        step_rule_o,
  output logic              sample_o,
  output logic              sample_dropped_o,
  output logic              sampled_valid_o,
  output logic [5:0]        sampled_missed_o,
  output logic              choice_valid_o,
  output logic [2:0]        choice_rule_o,
  output logic              passed_by_o,
  input  logic [2:0]        inject_table_i,  // the next word written to this table
  input  logic [1:0]        inject_bits_i,   // has so many wrong bits
  output logic [6:0]        corrected_o,     // by table
  output logic [6:0]        lost_o
);
  import tarn_pool_policy_pkg::*;
  event_t told;
  step_t step;
  sampled_t sampled;
  choice_t choice;
  rule_t rule;
  logic [SlotBits-1:0] victim;
  logic lost, dropped, before_q;
  logic [19:0] slot_q;

  tarn_pool_pkg::inject_t [tarn_pool_pkg::NumTables-1:0] inject;
  tarn_pool_pkg::table_report_t [tarn_pool_pkg::NumTables-1:0] report;
  always_comb begin
    for (int unsigned t = 0; t < tarn_pool_pkg::NumTables; t++) begin
      inject[t]      = 32'(inject_table_i) == t ? inject_bits_i : '0;
      corrected_o[t] = report[t].corrected;
      lost_o[t]      = report[t].lost;
    end
  end

  logic unused_slots;
  assign unused_slots = ^(slots_i >> (SlotBits + 1));
  assign lost = fault_i == 3'd1 && event_kind_i == EventAccess && before_q && slot_q == event_slot_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) before_q <= 1'b0;
    else before_q <= event_valid_i && event_kind_i == EventAccess;
  end
  always_ff @(posedge clk_i) slot_q <= event_slot_i;
  always_comb begin
    told = '{kind: event_kind_e'(event_kind_i), slot: event_slot_i, from: event_from_i, host: event_host_i, segment: event_segment_i};
    if (fault_i == 3'd2 && event_kind_i == EventTaken) told.segment[0] = 1'b0;
  end

  tarn_pool_policy #(
    .NumSlots(NumSlots), .NumHosts(NumHosts), .SegmentsPerHost(SegmentsPerHost), .SpareSlots(SpareSlots),
    .ShadowFrames(ShadowFrames), .EpochMisses(EpochMisses)
  ) u_policy (
    .clk_i, .rst_ni, .slots_i((SlotBits + 1)'(slots_i)), .event_valid_i(event_valid_i && !lost), .event_i(told), .ready_o, .wanted_i, .victim_valid_o,
    .victim_slot_o(victim), .all_skipped_o, .rule_o(rule), .step_o(step), .sample_o, .sample_dropped_o(dropped),
    .sampled_o(sampled), .choice_o(choice), .passed_by_o, .inject_i(inject), .report_o(report)
  );
  assign victim_slot_o    = 20'(victim);
  assign step_valid_o     = step.valid;
  assign step_kind_o      = step.kind;
  assign step_slot_o      = step.slot;
  assign step_rule_o      = fault_i == 3'd3 && rule == 3'd1 ? 3'd2 : step.rule;
  assign sample_dropped_o = fault_i == 3'd4 ? 1'b0 : dropped;
  assign sampled_valid_o  = sampled.valid;
  assign sampled_missed_o = sampled.missed;
  assign choice_valid_o   = choice.valid;
  assign choice_rule_o    = choice.rule;
endmodule : policy_top
