// An AXI4 subordinate on one side, the line protocol on the other: a host's way into the node.
// Ordering, errors, latency and throughput: README.md in this folder.
//   AR, or the W beat that completes a line, to dev_req_o: 1 cycle; line_rsp_i to R: 1 cycle, to B: 2 cycles.
//   One line request per cycle, reads and writes in turn; one beat per cycle on W and on R.
// When all lines or bursts are in flight, AR or W waits. line_rsp_i is always taken: room is reserved before asking.
// Combinational path: from dev_req_ready_i only to what the halves do inside; none to any output.
`include "tarn_assert.svh"
module tarn_axi_port
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
#(
  parameter int unsigned IdBits      = 8,    // of AxID, 1 to 8
  parameter int unsigned DataBits    = 512,  // of W and R: 64, 128, 256 or 512
  parameter int unsigned ReadLines   = 64,   // line reads in flight, 2 to 128
  parameter int unsigned WriteLines  = 64,   // line writes in flight, 2 to 128
  parameter int unsigned WriteBursts = 64    // write bursts not answered yet, 2 to 128
) (
  input  logic      clk_i,
  input  logic      rst_ni,
  input  ax_t       aw_i,
  input  logic      aw_valid_i,
  output logic      aw_ready_o,
  input  w_t        w_i,
  input  logic      w_valid_i,
  output logic      w_ready_o,
  input  ax_t       ar_i,
  input  logic      ar_valid_i,
  output logic      ar_ready_o,
  input  line_rsp_t line_rsp_i,
  input  logic      line_rsp_valid_i,
  output logic      line_rsp_ready_o,
  output b_t        b_o,
  output logic      b_valid_o,
  input  logic      b_ready_i,
  output r_t        r_o,
  output logic      r_valid_o,
  input  logic      r_ready_i,
  output dev_req_t  dev_req_o,
  output logic      dev_req_valid_o,
  input  logic      dev_req_ready_i
);
  `TARN_ASSERT_INIT(IdBitsAllowed, IdBits >= 1 && IdBits <= AxiIdBits, "tarn_axi_port: IdBits must be 1 to 8")
  `TARN_ASSERT_INIT(DataBitsAllowed, DataBits == 64 || DataBits == 128 || DataBits == 256 || DataBits == 512,
                    "tarn_axi_port: DataBits must be 64, 128, 256 or 512")
  `TARN_ASSERT_INIT(ReadLinesAllowed, ReadLines >= 2 && ReadLines <= 128,
                    "tarn_axi_port: ReadLines must be 2 to 128")
  `TARN_ASSERT_INIT(WriteLinesAllowed, WriteLines >= 2 && WriteLines <= 128,
                    "tarn_axi_port: WriteLines must be 2 to 128")
  `TARN_ASSERT_INIT(WriteBurstsAllowed, WriteBursts >= 2 && WriteBursts <= 128,
                    "tarn_axi_port: WriteBursts must be 2 to 128")

  // ---- Registers at the AXI side: no path from the line side reaches AXI's ready.
  ax_t ar, aw;
  w_t w;
  logic ar_valid, ar_ready, aw_valid, aw_ready, w_valid, w_ready;

  tarn_skid_buffer #(.T(ax_t)) u_ar (
    .clk_i, .rst_ni, .valid_i(ar_valid_i), .ready_o(ar_ready_o), .data_i(ar_i), .valid_o(ar_valid),
    .ready_i(ar_ready), .data_o(ar)
  );
  tarn_skid_buffer #(.T(ax_t)) u_aw (
    .clk_i, .rst_ni, .valid_i(aw_valid_i), .ready_o(aw_ready_o), .data_i(aw_i), .valid_o(aw_valid),
    .ready_i(aw_ready), .data_o(aw)
  );
  tarn_skid_buffer #(.T(w_t)) u_w (
    .clk_i, .rst_ni, .valid_i(w_valid_i), .ready_o(w_ready_o), .data_i(w_i), .valid_o(w_valid),
    .ready_i(w_ready), .data_o(w)
  );

  // ---- Halves.
  dev_req_t read_req, write_req;
  logic [1:0] req_valid, grant;
  logic unused_index;

  tarn_axi_read #(.IdBits(IdBits), .DataBits(DataBits), .Lines(ReadLines)) u_read (
    .clk_i, .rst_ni, .ar_valid_i(ar_valid), .ar_ready_o(ar_ready), .ar_i(ar), .rsp_valid_i(line_rsp_valid_i),
    .rsp_i(line_rsp_i), .req_valid_o(req_valid[0]), .req_ready_i(grant[0] && dev_req_ready_i), .req_o(read_req),
    .r_valid_o, .r_ready_i, .r_o
  );
  tarn_axi_write #(.IdBits(IdBits), .DataBits(DataBits), .Lines(WriteLines), .Bursts(WriteBursts)) u_write (
    .clk_i, .rst_ni, .aw_valid_i(aw_valid), .aw_ready_o(aw_ready), .aw_i(aw), .w_valid_i(w_valid),
    .w_ready_o(w_ready), .w_i(w), .rsp_valid_i(line_rsp_valid_i), .rsp_i(line_rsp_i), .req_valid_o(req_valid[1]),
    .req_ready_i(grant[1] && dev_req_ready_i), .req_o(write_req), .b_valid_o, .b_ready_i, .b_o
  );
  assign line_rsp_ready_o = 1'b1;

  tarn_rr_arbiter #(.N(2)) u_turn (
    .clk_i, .rst_ni, .req_i(req_valid), .valid_o(dev_req_valid_o), .ready_i(dev_req_ready_i), .grant_o(grant),
    .index_o(unused_index)
  );
  // The read half drives no data: 0, so that the message holds while it waits.
  assign dev_req_o = {
    grant[1] ? write_req[$bits(dev_req_t)-1:512] : read_req[$bits(dev_req_t)-1:512], grant[1] ? write_req.data : 512'd0
  };

  // ---- What each side promises.
  if (IdBits < AxiIdBits) begin : gen_id_check
    `TARN_ASSUME(ArIdFits, !ar_valid_i || ar_i.id[7:IdBits] == '0)
    `TARN_ASSUME(AwIdFits, !aw_valid_i || aw_i.id[7:IdBits] == '0)
  end
  `TARN_ASSUME(ArHolds, !$past(ar_valid_i && !ar_ready_o) || (ar_valid_i && ar_i == $past(ar_i)))
  `TARN_ASSUME(AwHolds, !$past(aw_valid_i && !aw_ready_o) || (aw_valid_i && aw_i == $past(aw_i)))
  `TARN_ASSUME(WHolds, !$past(w_valid_i && !w_ready_o) || (w_valid_i && w_i == $past(w_i)))
  `TARN_ASSERT(RHolds, !$past(r_valid_o && !r_ready_i) ||
               (r_valid_o && r_o[$bits(r_t)-1:512] == $past(r_o[$bits(r_t)-1:512])))
  `TARN_ASSERT(BHolds, !$past(b_valid_o && !b_ready_i) || (b_valid_o && b_o == $past(b_o)))
  `TARN_ASSERT(RequestHolds, !$past(dev_req_valid_o && !dev_req_ready_i) ||
               (dev_req_valid_o && dev_req_o[$bits(dev_req_t)-1:512] == $past(dev_req_o[$bits(dev_req_t)-1:512])))
`ifndef TARN_FORMAL_WITHOUT_DATA  // 5,000 registers that no other property needs
  `TARN_ASSERT(RDataHolds, !$past(r_valid_o && !r_ready_i) || r_o.data == $past(r_o.data))
  `TARN_ASSERT(RequestDataHolds, !$past(dev_req_valid_o && !dev_req_ready_i) ||
               dev_req_o.data == $past(dev_req_o.data))
`endif
endmodule : tarn_axi_port
