// An AXI4 subordinate for a manager that asks for single whole lines, each ID once at a time in each direction (a serial bridge, a
// bridge from another line protocol): a small tarn_axi_port. An access is one beat of 64 bytes, INCR, at a line's address, not exclusive, untranslated;
// a write's strobes are free. So nothing is to be split, merged or put in order: answers leave in the order in which they come.
//   AR, or AW and W, to dev_req_o: 1 cycle; line_rsp_i to R: 0; to B: 1 cycle. A request every other cycle of each direction.
// AR, AW and W wait while the one before has not left. The line of a read waits for R where it comes from, and so does what comes behind it, a write's
// answer too: who asks takes R without waiting for B. Answers of writes have room for all IDs.
// R's data is the line as it comes, or 0 of an answer that failed.
// Paths: line_rsp_i and line_rsp_valid_i to r_o, r_valid_o and line_rsp_ready_o; r_ready_i to line_rsp_ready_o.
`include "tarn_assert.svh"
module tarn_axi_line_port
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
#(
  parameter int unsigned Lines = 16  // IDs, and so reads, and writes, in flight: 2 to 128
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
  localparam int unsigned IdBits = $clog2(Lines);
  `TARN_ASSERT_INIT(LinesAllowed, Lines >= 2 && Lines <= 128, "tarn_axi_line_port: Lines must be 2 to 128")

  typedef struct packed {
    logic [IdBits-1:0] id;
    resp_e resp;
    logic paged;
    logic walked;
  } answer_t;

  // ---- What was asked for.
  ax_t  ar, aw, ax;
  w_t   w;
  logic ar_valid, aw_valid, w_valid, w_free, w_room, taken, write_ends, unused_write;
  logic [1:0] wants, grant;  // read, write
  logic is_write, is_empty, empty_ends;
  logic [63:0] unused_lowest;
  logic [5:0] first_byte;
  logic unused_ar_count, unused_aw_count, unused_w_count;

  tarn_fifo #(.T(ax_t), .Depth(1)) u_ar (
    .clk_i, .rst_ni, .valid_i(ar_valid_i), .ready_o(ar_ready_o), .data_i(ar_i), .valid_o(ar_valid), .ready_i(taken && grant[0]),
    .data_o(ar), .count_o(unused_ar_count)
  );
  tarn_fifo #(.T(ax_t), .Depth(1)) u_aw (
    .clk_i, .rst_ni, .valid_i(aw_valid_i), .ready_o(aw_ready_o), .data_i(aw_i), .valid_o(aw_valid), .ready_i(write_ends),
    .data_o(aw), .count_o(unused_aw_count)
  );
  // A request's data is what stands here, also a read's, which nobody looks at: it holds while that waits.
  tarn_fifo #(.T(w_t), .Depth(1)) u_w (
    .clk_i, .rst_ni, .valid_i(w_valid_i && w_room), .ready_o(w_free), .data_i(w_i), .valid_o(w_valid),
`ifdef TARN_FAULT_AXI_LINE_BEAT
    .ready_i(taken && is_write),
`else
    .ready_i(write_ends),
`endif
    .data_o(w), .count_o(unused_w_count)
  );
  assign w_room    = !(dev_req_valid_o && !is_write);
  assign w_ready_o = w_free && w_room;

  tarn_rr_arbiter #(.N(2)) u_turn (
    .clk_i, .rst_ni, .req_i(wants), .valid_o(dev_req_valid_o), .ready_i(dev_req_ready_i), .grant_o(grant), .index_o(unused_write)
  );
  tarn_pick_next #(.N(64)) u_first_byte (.req_i(w.strb), .last_i(6'd63), .grant_o(unused_lowest), .index_o(first_byte));

  // A write of no bytes asks for nothing.
  assign is_empty   = w.strb == '0;
  assign wants      = {aw_valid && w_valid && !is_empty, ar_valid};
  assign taken      = dev_req_valid_o && dev_req_ready_i;
  assign is_write   = grant[1];
  assign empty_ends = aw_valid && w_valid && is_empty && !(line_rsp_valid_i && line_rsp_i.tag[7]);
  assign write_ends = (taken && is_write) || empty_ends;
  assign ax         = is_write ? aw : ar;

  always_comb begin
    dev_req_o                = '0;
    dev_req_o.tag            = {is_write, 7'(ax.id)};
    dev_req_o.op             = !is_write ? OpRead : w.strb == '1 ? OpWrite : OpPartialWrite;
    dev_req_o.device_id      = ax.user.device_id;
    dev_req_o.process_id     = ax.user.process_id;
    dev_req_o.process_valid  = ax.user.process_valid;
    dev_req_o.priv           = ax.prot[0];
    dev_req_o.exec           = ax.prot[2] && !is_write;
    dev_req_o.attr           = ax.cache;
    dev_req_o.rcid           = ax.user.rcid;
    dev_req_o.mcid           = ax.user.mcid;
    dev_req_o.qos            = ax.qos;
    dev_req_o.exclusive_id   = ax.id;
    dev_req_o.first_byte     = is_write ? first_byte : '0;
    dev_req_o.first_of_burst = 1'b1;
    dev_req_o.addr           = ax.addr;
    dev_req_o.mask           = is_write ? w.strb : '1;
    dev_req_o.data           = w.data;
  end

  // ---- Answers.
  answer_t answer, b;
  logic b_room, b_valid_in, failed;
  logic [$clog2(Lines+1)-1:0] unused_b_count;

  always_comb begin
    answer = '{id: line_rsp_i.tag[IdBits-1:0], resp: RespOkay, paged: line_rsp_i.paged, walked: line_rsp_i.walked};
    unique case (line_rsp_i.status)
      StatusOk:          ;
      StatusExclusiveOk: answer.resp = RespExokay;
      StatusAccessError: answer.resp = RespDecerr;
      default:           answer.resp = RespSlverr;
    endcase
  end
  assign line_rsp_ready_o = line_rsp_i.tag[7] || r_ready_i;
  assign b_valid_in = (line_rsp_valid_i && line_rsp_i.tag[7]) || empty_ends;
  assign r_valid_o  = line_rsp_valid_i && !line_rsp_i.tag[7];
  assign failed     = answer.resp == RespSlverr || answer.resp == RespDecerr;

  tarn_fifo #(.T(answer_t), .Depth(Lines)) u_b (
    .clk_i, .rst_ni, .valid_i(b_valid_in), .ready_o(b_room),
    .data_i(empty_ends ? answer_t'{id: aw.id[IdBits-1:0], resp: RespOkay, paged: 1'b0, walked: 1'b0} : answer),
    .valid_o(b_valid_o), .ready_i(b_ready_i), .data_o(b), .count_o(unused_b_count)
  );
  assign b_o = '{id: 8'(b.id), resp: b.resp, paged: b.paged, walked: b.walked};
  assign r_o = '{id: 8'(answer.id), resp: answer.resp, last: 1'b1, paged: answer.paged, walked: answer.walked, data: failed ? '0 : line_rsp_i.data};

  logic unused;  // of all accesses the same, or not looked at
  assign unused = ^{ax, w.last};

  // ---- What the manager promises.
  `TARN_ASSUME(ReadsAreLines, !ar_valid_i || (ar_i.len == '0 && ar_i.size == 3'(LineOffsetBits) && ar_i.burst == BurstIncr && !ar_i.lock &&
               ar_i.user.at == AtUntranslated && ar_i.addr[LineOffsetBits-1:0] == '0 && {1'b0, ar_i.id} < 9'(Lines)))
  `TARN_ASSUME(WritesAreLines, !aw_valid_i || (aw_i.len == '0 && aw_i.size == 3'(LineOffsetBits) && aw_i.burst == BurstIncr && !aw_i.lock &&
               aw_i.user.at == AtUntranslated && aw_i.addr[LineOffsetBits-1:0] == '0 && {1'b0, aw_i.id} < 9'(Lines)))
  // An ID once at a time: from the address until the answer is taken.
  logic [Lines-1:0] read_q, written_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q    <= '0;
      written_q <= '0;
    end else begin
      if (r_valid_o && r_ready_i) read_q[answer.id] <= 1'b0;
      if (ar_valid_i && ar_ready_o) read_q[ar_i.id[IdBits-1:0]] <= 1'b1;
      if (b_valid_o && b_ready_i) written_q[b.id] <= 1'b0;
      if (aw_valid_i && aw_ready_o) written_q[aw_i.id[IdBits-1:0]] <= 1'b1;
    end
  end
  `TARN_ASSUME(ReadOnceAtATime, !ar_valid_i || !ar_ready_o || !read_q[ar_i.id[IdBits-1:0]])
  `TARN_ASSUME(WrittenOnceAtATime, !aw_valid_i || !aw_ready_o || !written_q[aw_i.id[IdBits-1:0]])
  // ---- What the memory promises.
  `TARN_ASSUME(AnswerHolds, !$past(line_rsp_valid_i && !line_rsp_ready_o) || (line_rsp_valid_i && line_rsp_i == $past(line_rsp_i)))
  // ---- And what comes of it.
  `TARN_ASSERT(AnswersHaveRoom, !b_valid_in || b_room)
  `TARN_ASSERT(RequestHolds, !$past(dev_req_valid_o && !dev_req_ready_i) || (dev_req_valid_o && dev_req_o == $past(dev_req_o)))
endmodule : tarn_axi_line_port
