// The fault queue or page-request queue on its own, of 2 or 4 entries, beside any registers' writes, memory answers and
// records:
// the pointers of a queue never pass each other, and requests to memory hold until taken.
`include "tarn_assert.svh"
module iommu_record_queue_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned RecordBytes = 32,
  parameter bit Fault = 1'b0  // planted: the queue does not see that it is full
) (
  input logic         clk_i,
  input logic         record_valid_i,
  input logic         write_ready_i,
  input logic         rsp_valid_i,
  input status_e      rsp_status_i,
  input logic         head_write_i,
  input logic [31:0]  head_wdata_i,
  input logic         csr_write_i,
  input logic         enable_i,
  input logic [1:0]   clear_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic [4:0] log2sz_minus1_q;  // any small size, fixed
  always_ff @(posedge clk_i) log2sz_minus1_q <= log2sz_minus1_q;

  logic [31:0] head, tail;
  logic write_valid, on, busy, enabled, produced, ready, interrupt_enable;
  logic [1:0] status;
  logic [55:0] write_addr;
  logic [8*RecordBytes-1:0] write_data;
  record_result_e result;

  tarn_iommu_record_queue #(.RecordBytes(RecordBytes)) u_queue (
    .clk_i,
    .rst_ni,
    .valid_i           (record_valid_i),
    .ready_o           (ready),
    .result_o          (result),
    .record_i          ('0),
    .big_endian_i      (1'b0),
    .log2sz_minus1_i   (log2sz_minus1_q),
    .ppn_i             ('0),
    .head_write_i,
    .head_wdata_i      (Fault && head_write_i ? head_wdata_i ^ 32'h1 : head_wdata_i),
    .head_o            (head),
    .tail_o            (tail),
    .csr_write_i,
    .enable_i,
    .interrupt_enable_i(1'b0),
    .clear_i,
    .enable_o          (enabled),
    .interrupt_enable_o(interrupt_enable),
    .status_o          (status),
    .on_o              (on),
    .busy_o            (busy),
    .produced_o        (produced),
    .write_valid_o     (write_valid),
    .write_ready_i,
    .write_addr_o      (write_addr),
    .write_data_o      (write_data),
    .rsp_valid_i,
    .rsp_status_i
  );

  // The environment: memory answers only what it was asked; software moves the head within what was produced, and
  // only while the queue is on; it sets the head to the tail's reset value before it turns the queue on.
  logic asked_q;
  logic [16:0] size, fill, mask;  // records between head and tail
  logic [16:0] step;
  assign size = 17'd2 << log2sz_minus1_q[3:0];
  assign mask = size - 17'd1;
  assign fill = (tail[16:0] - head[16:0]) & mask;
  assign step = (head_wdata_i[16:0] - head[16:0]) & mask;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) asked_q <= 1'b0;
    else if (write_valid && write_ready_i) asked_q <= 1'b1;
    else if (rsp_valid_i) asked_q <= 1'b0;
  end

  `TARN_ASSUME(AnswersWhatWasAsked, !rsp_valid_i || asked_q)
  `TARN_ASSUME(SizeIsSmall, log2sz_minus1_q < 5'd2)
  `TARN_ASSUME(HeadStaysBehindTail, !head_write_i || (step <= fill && head_wdata_i[31:16] == '0 &&
                                                      head_wdata_i[15:0] <= mask[15:0]))
  `TARN_ASSUME(TurnsOnEmpty, !(csr_write_i && enable_i && !enabled) || (!busy && head == '0 && !head_write_i))
  `TARN_ASSUME(WritesControlWhenIdle, !csr_write_i || !busy)
  `TARN_ASSUME(RecordHolds, !$past(record_valid_i && !ready) || record_valid_i)

  // What the hardware has produced and software has not taken, counted beside the pointers.
  logic [16:0] count_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || (csr_write_i && enable_i && !enabled)) count_q <= '0;
    else count_q <= count_q + 17'(produced) - (head_write_i ? step : '0);
  end

  logic was_on_q;  // before the queue was ever on, the tail means nothing
  always_ff @(posedge clk_i) begin
    if (!rst_ni) was_on_q <= 1'b0;
    else if (csr_write_i && enable_i) was_on_q <= 1'b1;
  end

  `TARN_ASSERT(TailNeverPassesHead, !was_on_q || count_q == fill)
  `TARN_ASSERT(OneEntryStaysFree, !was_on_q || count_q < size)
  stream_contract #(.T(logic [55:0])) u_writes (
    .clk_i, .rst_ni, .valid_i(write_valid), .ready_i(write_ready_i), .data_i(write_addr)
  );
  `TARN_ASSERT(OffMeansNoWrite, on || !write_valid)
  `TARN_ASSERT(WrittenMeansProduced, !(record_valid_i && ready) || (result == RecordWritten) == produced)
  `TARN_COVER(Overflows, status[1] && fill == mask && size == 17'd4)
  `TARN_COVER(WrapsAround, was_on_q && tail == '0 && head != '0 && on)

  logic unused;
  assign unused = ^{write_data, interrupt_enable};
endmodule : iommu_record_queue_formal
