// The register port, the outbound port and the debug interface's requests. Fault: the writer takes what it sends outside
// for taken.
`include "tarn_assert.svh"
module iommu_control_ports_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter bit Fault = 1'b0
) (
  input logic                              clk_i,
  input logic                              reg_valid_i,
  input tarn_reg_pkg::reg_req_t            reg_i,
  input tarn_iommu_regs_pkg::hw2reg_t      hw2reg_i,
  input logic [3:0]                        write_valid_i,
  input logic [3:0]                        write_addr_i,  // a bit of each
  input logic                              own_qos_i,
  input logic                              mem_ready_i,
  input logic                              mem_answers_i,
  input status_e                           mem_status_i,
  input logic                              outbound_ready_i,
  input logic                              outbound_answers_i,
  input status_e                           outbound_status_i,
  input logic                              debug_ready_i,
  input logic                              outcome_valid_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  // --- registers: one answer for each access, after it; a request comes when the last one is answered -------------------
  logic reg_ready, reg_answers, reg_open_q;
  tarn_reg_pkg::reg_rsp_t reg_rsp;
  tarn_iommu_regs_pkg::reg2hw_t reg2hw;
  tarn_iommu_regs_pkg::hw2reg_t hw2reg;
  tarn_iommu_regs_pkg::tr_req_ctl_hw2reg_t debug_clears;
  logic [1:0] reg_wait_q;
  always_comb begin
    hw2reg            = hw2reg_i;
    hw2reg.tr_req_ctl = debug_clears;
  end
  tarn_iommu_regs u_regs (
    .clk_i, .rst_ni, .req_valid_i(reg_valid_i), .req_i(reg_i), .hw2reg_i(hw2reg), .req_ready_o(reg_ready),
    .rsp_valid_o(reg_answers), .rsp_o(reg_rsp), .reg2hw_o(reg2hw)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {reg_open_q, reg_wait_q} <= '0;
    else begin
      reg_open_q <= (reg_open_q && !reg_answers) || (reg_valid_i && reg_ready);
      reg_wait_q <= reg_open_q && !reg_answers ? reg_wait_q + 2'd1 : '0;
    end
  end
  `TARN_ASSUME(RequestAfterAnswer, !reg_valid_i || !reg_open_q)
  `TARN_ASSERT(RegisterAnswersWhatWasAsked, !reg_answers || reg_open_q)
  `TARN_ASSERT(RegisterAnswersInTime, reg_wait_q < 2'd2)
  `TARN_COVER(RegisterWasRead, reg_answers && reg_rsp.rdata != '0)

  // --- the debug interface: one request under way, which stays; software leaves its operands alone meanwhile --------------
  logic debug_valid, debug_open_q, outcome;
  dev_req_t debug;
  assign outcome = outcome_valid_i && debug_open_q;
  tarn_iommu_debug u_debug (
    .clk_i, .rst_ni, .iova_i(reg2hw.tr_req_iova), .control_i(reg2hw.tr_req_ctl), .control_o(debug_clears), .response_o(),
    .request_valid_o(debug_valid), .request_ready_i(debug_ready_i), .request_o(debug), .outcome_valid_i(outcome),
    .outcome_i('0)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) debug_open_q <= 1'b0;
    else debug_open_q <= (debug_open_q && !outcome) || (debug_valid && debug_ready_i);
  end
  stream_contract u_debug_requests (.clk_i, .rst_ni, .valid_i(debug_valid), .ready_i(debug_ready_i), .data_i(1'b0));
  `TARN_ASSERT(OneDebugRequest, !debug_valid || !debug_open_q)

  // --- words: into the window first, outside if there is nothing --------------------------------------------------------
  logic [3:0] write_valid, write_ready, write_done, write_open_q;
  assign write_valid = rst_ni ? write_valid_i : '0;
  word_write_t write[4], mem_write;
  logic write_failed, mem_valid, mem_open_q, mem_answer, outbound_valid, outbound_open_q, outbound_answer;
  logic outbound_answer_ready;
  host_req_t outbound;
  for (genvar i = 0; i < 4; i++) begin : gen_client
    assign write[i] = '{addr: {56{write_addr_i[i]}}, data: {32{write_addr_i[i]}}};
    stream_contract #(.T(logic), .Assumed(1'b1)) u_offers (
      .clk_i, .rst_ni, .valid_i(write_valid[i]), .ready_i(write_ready[i]), .data_i(write_addr_i[i])
    );
  end
  tarn_iommu_writer u_writer (
    .clk_i, .rst_ni, .own_qos_i({24{own_qos_i}}), .valid_i(write_valid), .ready_o(write_ready), .write_i(write[0:2]),
    .outside_i('{word: write[3], qos: {24{write_addr_i[3]}}}),
    .done_o(write_done), .failed_o(write_failed), .mem_valid_o(mem_valid), .mem_ready_i, .mem_write_o(mem_write),
    .mem_rsp_valid_i(mem_answer), .mem_rsp_status_i(mem_status_i), .outbound_req_valid_o(outbound_valid),
    .outbound_req_ready_i(outbound_ready_i || Fault), .outbound_req_o(outbound), .outbound_rsp_valid_i(outbound_answer),
    .outbound_rsp_ready_o(outbound_answer_ready), .outbound_rsp_status_i(outbound_status_i)
  );
  assign mem_answer      = mem_answers_i && mem_open_q;
  assign outbound_answer = outbound_answers_i && outbound_open_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {mem_open_q, outbound_open_q, write_open_q} <= '0;
    else begin
      mem_open_q      <= (mem_open_q && !mem_answer) || (mem_valid && mem_ready_i);
      outbound_open_q <= (outbound_open_q && !outbound_answer) || (outbound_valid && outbound_ready_i);
      write_open_q    <= (write_open_q & ~write_done) | (write_valid & write_ready);
    end
  end
  stream_contract #(.T(host_req_t)) u_outbound (
    .clk_i, .rst_ni, .valid_i(outbound_valid), .ready_i(outbound_ready_i), .data_i(outbound)
  );
  stream_contract #(.T(word_write_t)) u_words (
    .clk_i, .rst_ni, .valid_i(mem_valid), .ready_i(mem_ready_i), .data_i(mem_write)
  );
  `TARN_ASSERT(OneAtATime, !(mem_valid && mem_open_q) && !(outbound_valid && (outbound_open_q || mem_open_q)))
  `TARN_ASSERT(DoneOnce, (write_done & ~write_open_q) == '0)
  `TARN_ASSERT(OutboundAnswersAreTaken, outbound_answer_ready)
  `TARN_COVER(WrittenOutside, outbound_answer && write_done != '0 && !write_failed)

  logic unused;
  assign unused = ^{reg2hw, debug};
endmodule : iommu_control_ports_formal
