`include "tarn_assert.svh"

// The AXI port for single lines under proof, with two IDs: one read and one write of any ID, any number of times, are followed from the address
// to the answer: asked for once and unchanged, answered once with what came for it (one bit of data stands for all); a write of no
// bytes is answered and not asked for. The handshakes and the room for answers are the port's own assertions.
module axi_line_port_formal
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
(
  input logic       clk_i,
  input logic       ar_valid_i,
  input logic       aw_valid_i,
  input logic       w_valid_i,
  input logic       ar_id_i,
  input logic       aw_id_i,
  input logic       ar_address_i,
  input logic       aw_address_i,
  input logic [1:0] strobe_i,     // of the first byte, and of the others
  input logic       w_data_i,
  input logic       rsp_valid_i,
  input logic [1:0] rsp_which_i,  // {write, ID}
  input status_e    rsp_status_i,
  input logic       rsp_data_i,
  input logic       r_ready_i,
  input logic       b_ready_i,
  input logic       req_ready_i,
  input logic       id_i          // the one that is followed
);
  localparam logic [2:0] QuietCycles = 3'd4;
  typedef enum logic [1:0] {Idle, Held, Asked, Answered} stage_e;
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  ax_t ar, aw;
  w_t w;
  line_rsp_t rsp;
  dev_req_t req;
  r_t r;
  b_t b;
  logic ar_ready, aw_ready, w_ready, rsp_ready, req_valid, r_valid, b_valid;
  logic ar_taken, aw_taken, w_taken, req_taken, rsp_taken, r_taken, b_taken;
  logic [3:0] in_flight;  // by {write, ID}

  always_comb begin
    ar          = '0;
    ar.id       = 8'(ar_id_i);
    ar.size     = 3'(LineOffsetBits);
    ar.burst    = BurstIncr;
    ar.addr[LineOffsetBits] = ar_address_i;
    aw          = ar;
    aw.id       = 8'(aw_id_i);
    aw.addr[LineOffsetBits] = aw_address_i;
    w           = '0;
    w.strb      = {{63{strobe_i[1]}}, strobe_i[0]};
    w.last      = 1'b1;
    w.data[0]   = w_data_i;
    rsp         = '0;
    rsp.tag     = {rsp_which_i[1], 6'd0, rsp_which_i[0]};
    rsp.status  = rsp_status_i;
    rsp.data[0] = rsp_data_i;
  end

  tarn_axi_line_port #(.Lines(2)) u_dut (
    .clk_i, .rst_ni, .aw_i(aw), .aw_valid_i(aw_valid_i && rst_ni), .aw_ready_o(aw_ready), .w_i(w),
    .w_valid_i(w_valid_i && rst_ni), .w_ready_o(w_ready), .ar_i(ar), .ar_valid_i(ar_valid_i && rst_ni),
    .ar_ready_o(ar_ready), .line_rsp_i(rsp), .line_rsp_valid_i(rsp_valid_i && rst_ni), .line_rsp_ready_o(rsp_ready), .b_o(b),
    .b_valid_o(b_valid), .b_ready_i, .r_o(r), .r_valid_o(r_valid), .r_ready_i, .dev_req_o(req),
    .dev_req_valid_o(req_valid), .dev_req_ready_i(req_ready_i)
  );

  assign ar_taken  = rst_ni && ar_valid_i && ar_ready;
  assign aw_taken  = rst_ni && aw_valid_i && aw_ready;
  assign w_taken   = rst_ni && w_valid_i && w_ready;
  assign req_taken = rst_ni && req_valid && req_ready_i;
  assign rsp_taken = rst_ni && rsp_valid_i && rsp_ready;
  assign r_taken   = rst_ni && r_valid && r_ready_i;
  assign b_taken   = rst_ni && b_valid && b_ready_i;

  tag_contract #(.TagBits(2)) u_tags (
    .clk_i, .rst_ni, .asked_i(req_taken), .asked_tag_i({req.tag[7], req.tag[0]}),
    .answer_valid_i(rsp_valid_i && rst_ni), .answered_i(rsp_taken), .answer_tag_i(rsp_which_i), .open_o(in_flight)
  );
  `TARN_ASSERT(TagsInRange, !req_valid || req.tag[6:1] == '0)
  `TARN_ASSERT(AnswersWaitForRAlone, rsp_ready == (rsp_which_i[1] || r_ready_i))

  logic id_q;
  always_ff @(posedge clk_i) if (!rst_ni) id_q <= id_i;
  // What an answer makes of a status.
  function automatic resp_e resp_of(status_e status);
    return status == StatusOk ? RespOkay : status == StatusExclusiveOk ? RespExokay : status == StatusAccessError ? RespDecerr : RespSlverr;
  endfunction

  // ---- The read that is followed.
  stage_e read_q = Idle;
  logic read_address_q, read_asked, read_answered;
  assign read_asked    = req_valid && !req.tag[7] && req.tag[0] == id_q;
  assign read_answered = r_valid && r.id[0] == id_q;
  always_ff @(posedge clk_i) begin
    if (ar_taken && ar_id_i == id_q) begin
      read_q         <= Held;
      read_address_q <= ar_address_i;
    end
    if (read_asked && req_ready_i && rst_ni) read_q <= Asked;
    if (read_answered && r_ready_i && rst_ni) read_q <= Idle;
  end
  `TARN_ASSERT(ReadIsAskedForOnce, !read_asked || (read_q == Held && req.op == OpRead && req.addr[LineOffsetBits] == read_address_q && req.mask == '1))
  `TARN_ASSERT(ReadIsAnsweredOnce, !read_answered || (read_q == Asked && rsp_valid_i && rsp_which_i == {1'b0, id_q} && r.last && r.resp == resp_of(rsp_status_i)))
  `TARN_ASSERT(ReadIsAnsweredAtOnce, !(rsp_valid_i && rsp_which_i == {1'b0, id_q}) || (read_answered && rsp_ready == r_ready_i))
  `TARN_ASSERT(ReadHasItsData, !read_answered || r.data[0] == (rsp_data_i && !(r.resp inside {RespSlverr, RespDecerr})))

  // ---- The write that is followed; its data is the beat of its number, which may come before its address.
  stage_e write_q = Idle;
  logic write_address_q, write_data_q, write_has_data_q = 1'b0, write_asked, write_answered;
  logic [1:0] write_strobe_q, strobe_q, addresses_q = '0, beats_q = '0, write_beat_q;
  logic data_q;
  resp_e write_resp_q;
  assign write_asked    = req_valid && req.tag[7] && req.tag[0] == id_q;
  assign write_answered = b_valid && b.id[0] == id_q;
  always_ff @(posedge clk_i) begin
    addresses_q <= addresses_q + 2'(aw_taken);
    beats_q     <= beats_q + 2'(w_taken);
    if (w_taken) {strobe_q, data_q} <= {strobe_i, w_data_i};
    if (w_taken && write_q == Held && !write_has_data_q && beats_q == write_beat_q) begin
      write_has_data_q               <= 1'b1;
      {write_strobe_q, write_data_q} <= {strobe_i, w_data_i};
    end
    if (aw_taken && aw_id_i == id_q) begin
      write_q          <= Held;
      write_address_q  <= aw_address_i;
      write_beat_q     <= addresses_q;
      write_has_data_q <= beats_q != addresses_q || w_taken;
      {write_strobe_q, write_data_q} <= beats_q != addresses_q ? {strobe_q, data_q} : {strobe_i, w_data_i};
    end
    if (write_asked && req_ready_i && rst_ni) write_q <= Asked;
    if (rsp_taken && rsp_which_i == {1'b1, id_q}) begin
      write_q      <= Answered;
      write_resp_q <= resp_of(rsp_status_i);
    end
    if (write_answered && b_ready_i && rst_ni) write_q <= Idle;
  end
  `TARN_ASSERT(WriteIsAskedForOnce, !write_asked || (write_q == Held && write_has_data_q && req.addr[LineOffsetBits] == write_address_q))
  `TARN_ASSERT(WriteHasItsData, !write_asked || (req.mask == {{63{write_strobe_q[1]}}, write_strobe_q[0]} && req.data[0] == write_data_q
               && req.op == (write_strobe_q == '1 ? OpWrite : OpPartialWrite)))
  `TARN_ASSERT(EmptyWriteIsNotAskedFor, !write_asked || write_strobe_q != '0)
  `TARN_ASSERT(WriteIsAnsweredOnce, !write_answered || (write_q == Answered && b.resp == write_resp_q)
               || (write_q == Held && write_has_data_q && write_strobe_q == '0 && b.resp == RespOkay))

  // ---- Nothing is forgotten: when all is quiet nothing is held but a write whose data has not come.
  logic [2:0] quiet_q = '0;
  always_ff @(posedge clk_i) begin
    if (ar_taken || aw_taken || w_taken || req_valid || r_valid || b_valid || in_flight != '0) quiet_q <= '0;
    else if (quiet_q != QuietCycles) quiet_q <= quiet_q + 3'd1;
  end
  `TARN_ASSERT(NothingIsForgotten, quiet_q != QuietCycles || (read_q == Idle && (write_q == Idle || !write_has_data_q)))

  `TARN_COVER(AllLinesInFlight, in_flight == '1)
  `TARN_COVER(ReadAnswered, read_answered && rsp_data_i && r.resp == RespOkay)
  `TARN_COVER(EmptyWriteAnswered, write_answered && write_q == Held)
  `TARN_COVER(BothHeld, read_q == Held && write_q == Held && write_has_data_q)
endmodule
