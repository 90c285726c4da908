// The command queue on its own, of 2, 4 or 8 entries, beside any registers' writes, memory answers and results: the head
// never passes the tail, and what is handed over is what software queued there last: read after it was queued, and anew
// after software replaced a command that stopped the queue.
`include "tarn_assert.svh"
module iommu_command_queue_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter bit Fault = 1'b0  // planted: the hardware believes in one command more than was queued
) (
  input logic            clk_i,
  input logic            read_ready_i,
  input logic            rsp_valid_i,
  input status_e         rsp_status_i,
  input logic            tail_write_i,
  input logic [2:0]      tail_step_i,
  input logic            csr_write_i,
  input logic            enable_i,
  input logic [3:0]      clear_i,
  input logic            command_ready_i,
  input logic            result_valid_i,
  input command_result_e result_i,
  input logic            replace_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic [1:0] size_q;  // any of the sizes, fixed
  always_ff @(posedge clk_i) size_q <= size_q;
  logic [2:0] mask;
  assign mask = 3'((4'd2 << size_q) - 4'd1);
  `TARN_ASSUME(SizeIsSmall, size_q != 2'd3)

  logic [31:0] head, tail;
  logic read_valid, command_valid, enabled, on, busy, interrupt_enable;
  logic [3:0] status;
  logic [55:0] read_addr;
  logic [511:0] rsp_data;
  logic [127:0] command;
  logic [2:0] new_tail, count_q;
  assign new_tail = (tail[2:0] + tail_step_i) & mask;

  tarn_iommu_command_queue u_queue (
    .clk_i,
    .rst_ni,
    .big_endian_i      (1'b0),
    .log2sz_minus1_i   ({3'b0, size_q}),
    .ppn_i             ('0),
    .tail_write_i,
    .tail_wdata_i      ({29'b0, Fault ? (new_tail + 3'd1) & mask : new_tail}),
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
    .read_valid_o      (read_valid),
    .read_ready_i,
    .read_addr_o       (read_addr),
    .rsp_valid_i,
    .rsp_status_i,
    .rsp_data_i        (rsp_data),
    .command_valid_o   (command_valid),
    .command_ready_i,
    .command_o         (command),
    .result_valid_i,
    .result_i,
    .fence_interrupt_i (1'b0)
  );

  // Memory: each entry says its place, and a bit that flips when software writes it anew. A read returns what was there
  // when it was taken.
  logic [7:0] version_q, written;
  logic [3:0] read_version_q;
  logic read_second_q;  // of the queue's lines
  always_comb begin
    written = '0;
    for (int unsigned i = 0; i < 8; i++) begin
      if (tail_write_i && ((3'(i) - tail[2:0]) & mask) < tail_step_i && 3'(i) <= mask) written[i] = 1'b1;
    end
    if (replace_i) written[head[2:0]] = 1'b1;
    rsp_data = '0;
    for (int unsigned i = 0; i < 4; i++) rsp_data[128*i +: 4] = {read_version_q[i], read_second_q, 2'(i)};
  end
  always_ff @(posedge clk_i) begin
    version_q <= version_q ^ written;
    if (read_valid && read_ready_i) begin
      read_second_q  <= read_addr[6];
      read_version_q <= read_addr[6] ? version_q[7:4] : version_q[3:0];
    end
  end
  stream_contract #(.T(logic [55:0])) u_reads (
    .clk_i, .rst_ni, .valid_i(read_valid), .ready_i(read_ready_i), .data_i(read_addr)
  );

  // The environment: answers only what was asked; software queues only what fits, and nothing when it turns the queue on.
  logic asked_q, executing_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {asked_q, executing_q} <= '0;
    else begin
      if (read_valid && read_ready_i) asked_q <= 1'b1;
      else if (rsp_valid_i) asked_q <= 1'b0;
      if (command_valid && command_ready_i) executing_q <= 1'b1;
      else if (result_valid_i) executing_q <= 1'b0;
    end
  end
  `TARN_ASSUME(AnswersWhatWasAsked, !rsp_valid_i || asked_q)
  `TARN_ASSUME(ResultOfWhatWasTaken, !result_valid_i || executing_q)
  `TARN_ASSUME(QueuesWhatFits, !tail_write_i || {1'b0, count_q} + {1'b0, tail_step_i} <= {1'b0, mask})
  `TARN_ASSUME(WritesControlWhenIdle, !csr_write_i || !busy)
  `TARN_ASSUME(TurnsOnEmpty, !(csr_write_i && enable_i && !enabled) || (tail == '0 && !tail_write_i))
  `TARN_ASSUME(QueuesWhileOn, !tail_write_i || enabled)
  `TARN_ASSUME(ReplacesWhatStopped, !replace_i || (status[2] && !csr_write_i && !tail_write_i))

  logic replaced_q;
  always_ff @(posedge clk_i) replaced_q <= rst_ni && (replace_i || replaced_q);

  logic was_on_q;  // before the queue was ever on, the head means nothing
  always_ff @(posedge clk_i) begin
    if (!rst_ni) was_on_q <= 1'b0;
    else if (csr_write_i && enable_i) was_on_q <= 1'b1;
  end

  // Queued and not done, counted beside the pointers.
  always_ff @(posedge clk_i) begin
    if (!rst_ni || (csr_write_i && enable_i && !enabled)) count_q <= '0;
    else count_q <= count_q + (tail_write_i ? tail_step_i : '0) - 3'(result_valid_i && result_i == CommandDone);
  end

  `TARN_ASSERT(HeadNeverPassesTail, !was_on_q || count_q == ((tail[2:0] - head[2:0]) & mask))
  `TARN_ASSERT(HandsOverWhatIsQueued, !command_valid || count_q != '0)
  `TARN_ASSERT(CommandIsTheOneQueued, !command_valid || command[3:0] == {version_q[head[2:0]], head[2:0]})
  `TARN_ASSERT(OffMeansNoRead, on || !read_valid)
  `TARN_ASSERT(StoppedHandsNothingOver, status[2:0] == '0 || !command_valid)
  `TARN_COVER(ReadsAgainAfterAReplacement, command_valid && replaced_q)
  `TARN_COVER(WrapsAround, was_on_q && size_q == 2'd1 && command_valid && tail[1:0] == 2'd1 && head[1:0] == 2'd3)

  logic unused;
  assign unused = ^{command, interrupt_enable};
endmodule : iommu_command_queue_formal
