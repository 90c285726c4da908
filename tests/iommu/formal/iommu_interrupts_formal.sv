// Interrupts with any events, conditions and clearing: an event is pending in the next cycle, or in the one after when
// software cleared just then; a message goes out for each rise, and only for one.
`include "tarn_assert.svh"
module iommu_interrupts_formal
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter bit Fault = 1'b0  // planted: an event that comes with the clearing is not seen
) (
  input logic     clk_i,
  input sources_t condition_i,
  input sources_t event_i,
  input logic     clear_valid_i,
  input sources_t clear_i,
  input logic     write_ready_i,
  input logic     write_done_i,
  input logic     write_failed_i,
  input logic     fault_ready_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  sources_t pending, clear;
  logic [1:0] irq;
  logic write_valid, fault_valid;
  word_write_t write;
  fault_t fault;

  assign clear = clear_valid_i ? clear_i : '0;

  tarn_iommu_interrupts #(.Vectors(2)) u_interrupts (
    .clk_i,
    .rst_ni,
    .wsi_i       (1'b0),
    .big_endian_i(1'b0),
    .condition_i,
    .event_i     (Fault ? event_i & ~clear : event_i),
    .clear_valid_i,
    .clear_i,
    .pending_o   (pending),
    .vector_i    (4'b1010),
    .msi_addr_i  ('0),
    .msi_data_i  ('0),
    .msi_masked_i('0),
    .irq_o       (irq),
    .write_valid_o(write_valid),
    .write_ready_i,
    .write_o     (write),
    .write_done_i,
    .write_failed_i,
    .fault_valid_o(fault_valid),
    .fault_ready_i,
    .fault_o     (fault)
  );

  logic asked_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) asked_q <= 1'b0;
    else if (write_valid && write_ready_i) asked_q <= 1'b1;
    else if (write_done_i) asked_q <= 1'b0;
  end
  `TARN_ASSUME(AnswersWhatWasAsked, !write_done_i || asked_q)

  sources_t owed_q;  // events whose pending bit may still rise
  always_ff @(posedge clk_i) begin
    if (!rst_ni) owed_q <= '0;
    else owed_q <= (event_i | owed_q) & clear;
  end
  sources_t event_q, clear_q, owed_before_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {event_q, clear_q, owed_before_q} <= '0;
    else {event_q, clear_q, owed_before_q} <= {event_i, clear, owed_q};
  end
  `TARN_ASSERT(EventIsPending, ((event_q | owed_before_q) & ~clear_q & ~pending) == '0)
  `TARN_ASSERT(ClearedBitFalls, (clear_q & pending) == '0)
  `TARN_ASSERT(WriteHolds, !$past(write_valid && !write_ready_i) || write_valid)
  `TARN_ASSERT(NoWires, irq == '0)
  `TARN_COVER(EventComesWithTheClearing, owed_q != '0 && pending == '0)

  logic unused;
  assign unused = ^{write, fault, fault_valid};
endmodule : iommu_interrupts_formal
