// Contract of tarn_axil_reg_port, both sides. Assumed: the manager keeps AXI4-Lite's rules and takes an answer within
// TakeCyclesMax cycles; the register bus takes a request and answers it within BusCyclesMax each. Proved: the port
// keeps AXI4-Lite's rules, answers each access exactly once, in order, with the bus's outcome, passes address, data
// and strobes unchanged, holds its bus request, and answers in bounded time.
// Fault: 1 the port's B does not wait for BREADY; 2 a W is lost while one waits for its AW; 3 the answer of a read
// never comes.
`include "tarn_assert.svh"

module tarn_axil_reg_port_formal #(
  parameter int unsigned Fault = 0
) (
  input logic        clk_i,
  input logic        awvalid_i,
  input logic [15:0] awaddr_i,
  input logic        wvalid_i,
  input logic [31:0] wdata_i,
  input logic [3:0]  wstrb_i,
  input logic        bready_i,
  input logic        arvalid_i,
  input logic [15:0] araddr_i,
  input logic        rready_i,
  input logic        req_ready_i,
  input logic        rsp_valid_i,
  input tarn_reg_pkg::reg_rsp_t rsp_i
);
  localparam int unsigned TakeCyclesMax = 5;
  localparam int unsigned BusCyclesMax = 2;
  // From the access being whole to its answer being taken: itself, one of the other direction before it, one of its
  // own direction whose answer is waiting, and the handshakes between.
  localparam int unsigned AnswerCyclesMax = 20;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic        awready, wready, bvalid, arready, rvalid, req_valid, dut_wready, dut_rvalid;
  logic [1:0]  bresp, rresp;
  logic [31:0] rdata;
  tarn_reg_pkg::reg_req_t req;

  assign wready = dut_wready || Fault == 2;
  assign rvalid = dut_rvalid && Fault != 3;

  tarn_axil_reg_port u_port (
    .clk_i, .rst_ni, .awvalid_i, .awaddr_i, .wvalid_i, .wdata_i, .wstrb_i,
    .bready_i(bready_i || Fault == 1), .arvalid_i, .araddr_i, .rready_i(rready_i && Fault != 3),
    .req_ready_i, .rsp_valid_i, .rsp_i, .awready_o(awready), .wready_o(dut_wready), .bvalid_o(bvalid), .bresp_o(bresp),
    .arready_o(arready), .rvalid_o(dut_rvalid), .rdata_o(rdata), .rresp_o(rresp), .req_valid_o(req_valid), .req_o(req)
  );

  // All bits of address, data and strobes are treated alike: the outermost ones stand for the others.
  localparam logic [15:0] AddrBits = 16'h8004;
  localparam logic [31:0] DataBits = 32'h8000_0001;
  `TARN_ASSUME(FewBits, ((awaddr_i | araddr_i) & ~AddrBits) == '0 && ((wdata_i | rsp_i.rdata) & ~DataBits) == '0
      && (wstrb_i & 4'h6) == '0)

  // What was taken and not yet passed on or answered; two of each at most fit.
  logic [1:0]  aw_waiting_q, w_waiting_q, ar_waiting_q;  // for the bus
  logic [1:0]  aw_open_q, w_open_q, ar_open_q;           // for the answer
  logic [1:0][13:0] aw_q, ar_q;
  logic [1:0][35:0] w_q;
  logic        bus_open_q, bus_write_q, b_due_q, r_due_q, b_error_q, r_error_q;
  logic [31:0] r_data_q;
  logic [2:0]  bus_wait_q, b_wait_q, r_wait_q;
  logic [5:0]  write_age_q, read_age_q;
  logic        aw_taken, w_taken, b_taken, ar_taken, r_taken, write_passed, read_passed, answered;

  assign aw_taken = awvalid_i && awready;
  assign w_taken = wvalid_i && wready;
  assign b_taken = bvalid && bready_i;
  assign ar_taken = arvalid_i && arready;
  assign r_taken = rvalid && rready_i;
  assign write_passed = req_valid && req_ready_i && req.write;
  assign read_passed = req_valid && req_ready_i && !req.write;
  assign answered = rsp_valid_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_waiting_q <= '0;
      w_waiting_q  <= '0;
      ar_waiting_q <= '0;
      aw_open_q    <= '0;
      w_open_q     <= '0;
      ar_open_q    <= '0;
      bus_open_q   <= 1'b0;
      b_due_q      <= 1'b0;
      r_due_q      <= 1'b0;
      bus_wait_q   <= '0;
      b_wait_q     <= '0;
      r_wait_q     <= '0;
      write_age_q  <= '0;
      read_age_q   <= '0;
    end else begin
      aw_waiting_q <= aw_waiting_q + 2'(aw_taken) - 2'(write_passed);
      w_waiting_q  <= w_waiting_q + 2'(w_taken) - 2'(write_passed);
      ar_waiting_q <= ar_waiting_q + 2'(ar_taken) - 2'(read_passed);
      aw_open_q    <= aw_open_q + 2'(aw_taken) - 2'(b_taken);
      w_open_q     <= w_open_q + 2'(w_taken) - 2'(b_taken);
      ar_open_q    <= ar_open_q + 2'(ar_taken) - 2'(r_taken);
      bus_open_q   <= (bus_open_q && !answered) || write_passed || read_passed;
      b_due_q      <= (b_due_q && !b_taken) || (answered && bus_write_q);
      r_due_q      <= (r_due_q && !r_taken) || (answered && !bus_write_q);
      bus_wait_q   <= (req_valid && !req_ready_i) || (bus_open_q && !answered) ? bus_wait_q + 3'd1 : '0;
      b_wait_q     <= bvalid && !bready_i ? b_wait_q + 3'd1 : '0;
      r_wait_q     <= rvalid && !rready_i ? r_wait_q + 3'd1 : '0;
      write_age_q  <= aw_open_q != '0 && w_open_q != '0 && !b_taken ? write_age_q + 6'd1 : '0;
      read_age_q   <= ar_open_q != '0 && !r_taken ? read_age_q + 6'd1 : '0;
    end
  end

  always_ff @(posedge clk_i) begin
    // Shift queues: entry 0 is the oldest.
    if (write_passed) begin
      aw_q[0] <= aw_q[1];
      w_q[0]  <= w_q[1];
    end
    if (read_passed) ar_q[0] <= ar_q[1];
    if (aw_taken) aw_q[1'(aw_waiting_q - 2'(write_passed))] <= awaddr_i[15:2];
    if (w_taken) w_q[1'(w_waiting_q - 2'(write_passed))] <= {wstrb_i, wdata_i};
    if (ar_taken) ar_q[1'(ar_waiting_q - 2'(read_passed))] <= araddr_i[15:2];
    if (req_valid && req_ready_i) bus_write_q <= req.write;
    if (answered && bus_write_q) b_error_q <= rsp_i.error;
    if (answered && !bus_write_q) begin
      r_error_q <= rsp_i.error;
      r_data_q  <= rsp_i.rdata;
    end
  end

  // The manager and the register bus.
  `TARN_ASSUME(AwHolds, !$past(rst_ni && awvalid_i && !awready) || (awvalid_i && awaddr_i == $past(awaddr_i)))
  `TARN_ASSUME(WHolds, !$past(rst_ni && wvalid_i && !wready) || (wvalid_i && {wstrb_i, wdata_i} == $past({wstrb_i, wdata_i})))
  `TARN_ASSUME(ArHolds, !$past(rst_ni && arvalid_i && !arready) || (arvalid_i && araddr_i == $past(araddr_i)))
  `TARN_ASSUME(BTakenInTime, b_wait_q != 3'(TakeCyclesMax) || bready_i)
  `TARN_ASSUME(RTakenInTime, r_wait_q != 3'(TakeCyclesMax) || rready_i)
  `TARN_ASSUME(BusAnswersOnce, !rsp_valid_i || bus_open_q)
  `TARN_ASSUME(BusTakesInTime, !req_valid || bus_wait_q != 3'(BusCyclesMax) || req_ready_i)
  `TARN_ASSUME(BusAnswersInTime, !bus_open_q || bus_wait_q != 3'(BusCyclesMax) || rsp_valid_i)

  // AXI4-Lite.
  `TARN_ASSERT(BHolds, !$past(rst_ni && bvalid && !bready_i) || (bvalid && bresp == $past(bresp)))
  `TARN_ASSERT(RHolds, !$past(rst_ni && rvalid && !rready_i) || (rvalid && rresp == $past(rresp) && rdata == $past(rdata)))
  `TARN_ASSERT(BHasAWrite, !bvalid || (aw_open_q != '0 && w_open_q != '0))
  `TARN_ASSERT(RHasARead, !rvalid || ar_open_q != '0)
  `TARN_ASSERT(AtMostTwoOpen, aw_open_q <= 2'd2 && w_open_q <= 2'd2 && ar_open_q <= 2'd2)
  // What passes.
  `TARN_ASSERT(WriteIsPassedAsGiven, !(req_valid && req.write) || (aw_waiting_q != '0 && w_waiting_q != '0
      && req.addr == {aw_q[0], 2'b00} && {req.wstrb, req.wdata} == w_q[0]))
  `TARN_ASSERT(ReadIsPassedAsGiven, !(req_valid && !req.write) || (ar_waiting_q != '0
      && req.addr == {ar_q[0], 2'b00} && req.wstrb == '0))
  `TARN_ASSERT(BCarriesTheBusOutcome, !bvalid || (b_due_q && bresp == {b_error_q, 1'b0}))
  `TARN_ASSERT(RCarriesTheBusOutcome, !rvalid || (r_due_q && rresp == {r_error_q, 1'b0} && rdata == r_data_q))
  // The register bus.
  `TARN_ASSERT(RequestHolds, !$past(rst_ni && req_valid && !req_ready_i) || (req_valid && req == $past(req)))
  `TARN_ASSERT(OneAccessAtATime, !req_valid || !bus_open_q)
  // Time.
  `TARN_ASSERT(WriteIsAnsweredInTime, write_age_q < 6'(AnswerCyclesMax))
  `TARN_ASSERT(ReadIsAnsweredInTime, read_age_q < 6'(AnswerCyclesMax))

  `TARN_COVER(WriteError, b_taken && bresp == 2'b10)
  `TARN_COVER(ReadOk, r_taken && rresp == 2'b00)
  `TARN_COVER(BothAnswersAtOnce, b_taken && r_taken)
  `TARN_COVER(SecondWriteTakenBehindAnAnswer, aw_open_q == 2'd2 && w_open_q == 2'd2)
  `TARN_COVER(WBeforeAw, w_waiting_q == 2'd1 && aw_waiting_q == '0)
endmodule
