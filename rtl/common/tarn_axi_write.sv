// The write half of tarn_axi_port: merges the beats of a burst into line writes and answers it, in order per ID,
// once all its lines are answered.
// Latency: the beat that completes a line to its request 0 cycles (path from `aw_i`/`w_i` to `req_o`), last
// response to B 2 cycles. Throughput: one beat per cycle, and one burst per cycle. A beat waits in W while all
// Lines (for one that completes a line) or all Bursts (for a first one) are in flight.
// Lines of one burst are asked for in order and without another write burst between them. Lines of which no byte is
// strobed are left out.
`include "tarn_assert.svh"
module tarn_axi_write
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
#(
  parameter int unsigned IdBits   = 8,
  parameter int unsigned DataBits = 512,
  parameter int unsigned Lines    = 64,  // in flight, 2 to 128
  parameter int unsigned Bursts   = 64   // not answered yet, 2 to 128
) (
  input  logic      clk_i,
  input  logic      rst_ni,
  input  logic      aw_valid_i,
  output logic      aw_ready_o,
  input  ax_t       aw_i,
  input  logic      w_valid_i,
  output logic      w_ready_o,
  input  w_t        w_i,
  input  logic      rsp_valid_i,  // always taken
  input  line_rsp_t rsp_i,        // its data is not looked at
  output logic      req_valid_o,
  input  logic      req_ready_i,
  output dev_req_t  req_o,
  output logic      b_valid_o,
  input  logic      b_ready_i,
  output b_t        b_o
);
  localparam int unsigned LineIndexBits  = $clog2(Lines);
  localparam int unsigned BurstIndexBits = $clog2(Bursts);
  localparam int unsigned BusBytes = DataBits / 8;
  localparam int unsigned Slots    = LineBytes / BusBytes;
  typedef logic [BurstIndexBits-1:0] burst_index_t;

  typedef logic [11:0] pos_t;  // within the 4 KiB page

  // ---- Beats: where each goes, and which completes its line.
  logic first_q;  // the beat at W is its burst's first
  pos_t pos_q, pos, next_pos;
  logic [7:0] left_q, left;
  logic [9:0] container_mask;  // bytes of a WRAP burst's container, less 1: 1023 at most
  logic [5:0] size_mask, lo, hi;
  logic legal, last_beat, line_end;

  tarn_axi_legal #(.DataBits(DataBits), .IsWrite(1'b1)) u_legal (.ax_i(aw_i), .legal_o(legal));

  assign pos            = first_q ? aw_i.addr[11:0] : pos_q;
  assign left           = first_q ? aw_i.len : left_q;
  assign size_mask      = 6'((7'd1 << aw_i.size) - 7'd1);
  assign container_mask = 10'(((11'(aw_i.len[3:0]) + 11'd1) << aw_i.size) - 11'd1);

  always_comb begin
    next_pos = (pos & ~pos_t'(size_mask)) + pos_t'(size_mask) + 12'd1;
    unique case (aw_i.burst)
      BurstFixed: next_pos = pos;
      BurstWrap:  next_pos = (pos & ~pos_t'(container_mask)) | (next_pos & pos_t'(container_mask));
      default: ;
    endcase
  end
  assign last_beat = left == '0;
  assign line_end  = last_beat || next_pos[11:6] != pos[11:6];

  // ---- The line so far: the beats before (`_q`) and the one at W.
  logic fresh_q;  // no beat of the line came before
  logic [63:0] beat_mask, mask_q, mask, unused_lowest;
  logic [5:0] beat_first_byte, first_byte_q, first_byte;
  logic [511:0] line_q, line;

  assign lo        = pos[5:0];
  assign hi        = pos[5:0] | size_mask;
  assign beat_mask = {Slots{w_i.strb[BusBytes-1:0]}} & (64'hFFFF_FFFF_FFFF_FFFF << lo) &
                     (64'hFFFF_FFFF_FFFF_FFFF >> (6'd63 - hi));
  assign mask      = fresh_q ? beat_mask : mask_q | beat_mask;

  tarn_pick_next #(.N(64)) u_first_byte (
    .req_i(beat_mask), .last_i(6'd63), .grant_o(unused_lowest), .index_o(beat_first_byte)
  );
  assign first_byte = fresh_q || mask_q == '0 ? beat_first_byte : first_byte_q;

  always_comb begin
    line = {Slots{w_i.data[DataBits-1:0]}};
    if (!fresh_q) begin
      for (int unsigned i = 0; i < LineBytes; i++) begin
        if (!beat_mask[i]) line[i*8+:8] = line_q[i*8+:8];
      end
    end
  end

  // ---- Flow.
  logic active, wants_line, beat, issue, finish, sent_q;
  logic tag_valid, burst_valid;
  logic [LineIndexBits-1:0] tag_index;
  burst_index_t new_burst, burst_q, burst;

  assign active      = aw_valid_i && w_valid_i && (!first_q || burst_valid);
  assign wants_line  = legal && line_end && mask != '0;
  assign req_valid_o = active && wants_line && tag_valid;
  assign issue       = req_valid_o && req_ready_i;
  assign beat        = active && (!wants_line || issue);
  assign finish      = beat && last_beat;
  assign w_ready_o   = beat;
  assign aw_ready_o  = finish;
  assign burst       = first_q ? new_burst : burst_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      first_q <= 1'b1;
      fresh_q <= 1'b1;
      sent_q  <= 1'b0;
    end else if (beat) begin
      first_q <= last_beat;
      fresh_q <= line_end;
      sent_q  <= !last_beat && (sent_q || issue);
    end
  end
  always_ff @(posedge clk_i) begin
    if (beat) begin
      pos_q        <= next_pos;
      left_q       <= left - 8'd1;
      burst_q      <= burst;
      mask_q       <= mask;
      first_byte_q <= first_byte;
      if (!line_end) line_q <= line;
    end
  end

  always_comb begin
    req_o                = '0;
    req_o.tag            = {1'b1, 7'(tag_index)};
    req_o.op             = &mask ? OpWrite : OpPartialWrite;
    req_o.device_id      = aw_i.user.device_id;
    req_o.process_id     = aw_i.user.process_id;
    req_o.process_valid  = aw_i.user.process_valid;
    req_o.priv           = aw_i.prot[0];
    req_o.at             = at_e'(aw_i.user.at);
    req_o.attr           = aw_i.cache;
    req_o.rcid           = aw_i.user.rcid;
    req_o.mcid           = aw_i.user.mcid;
    req_o.qos            = aw_i.qos;
    req_o.exclusive      = aw_i.lock;
    req_o.exclusive_id   = aw_i.id;
    req_o.first_byte     = first_byte;
    req_o.first_of_burst = !sent_q;
    req_o.addr           = {aw_i.addr[63:12], pos[11:6], 6'd0};
    req_o.mask           = mask;
    req_o.data           = line;
  end

  // ---- Bursts not answered yet: how many lines are in flight, and what their answers said.
  logic answered, rsp_last, finish_last;
  logic [LineIndexBits-1:0] rsp_tag;
  burst_index_t rsp_burst;
  burst_index_t burst_of_q[Lines];
  logic [6:0] pending_q[Bursts];  // 64 lines at most
  logic [6:0] rsp_pending, pick_pending;
  logic [Bursts-1:0] closed_q, slverr_q, decerr_q, exokay_q, paged_q, walked_q;
  logic [Bursts-1:0] done;

  assign answered  = rsp_valid_i && rsp_i.tag[7];
  assign rsp_tag   = rsp_i.tag[LineIndexBits-1:0];
  assign rsp_burst = burst_of_q[rsp_tag];
  assign rsp_pending = pending_q[rsp_burst];
  // The last thing to happen to a burst is an answer, or its last beat when that asks for no line.
`ifdef TARN_FAULT_AXI_FORGETS
  assign rsp_last = answered && rsp_pending == 7'd1 && !(issue && burst == rsp_burst) && closed_q[rsp_burst];
`else
  assign rsp_last = answered && rsp_pending == 7'd1 && !(issue && burst == rsp_burst) &&
                    (closed_q[rsp_burst] || (finish && burst == rsp_burst));
`endif
  assign finish_last = finish && !issue && (first_q || pending_q[burst] == '0);
  assign done = (rsp_last ? Bursts'(1) << rsp_burst : '0) | (finish_last ? Bursts'(1) << burst : '0);

  tarn_index_pool #(.N(Lines)) u_tags (
    .clk_i, .rst_ni, .free_valid_i(answered), .free_index_i(rsp_tag), .valid_o(tag_valid), .index_o(tag_index),
    .take_i(issue)
  );

  always_ff @(posedge clk_i) begin
    if (issue) burst_of_q[tag_index] <= burst;
    if (answered && !(issue && burst == rsp_burst)) pending_q[rsp_burst] <= rsp_pending - 7'd1;
    if (beat && first_q) pending_q[burst] <= 7'(issue);
    else if (issue && !(answered && burst == rsp_burst)) pending_q[burst] <= pending_q[burst] + 7'd1;
  end

  always_ff @(posedge clk_i) begin
    if (answered) begin
      unique case (rsp_i.status)
        StatusOk:          ;
        StatusExclusiveOk: exokay_q[rsp_burst] <= 1'b1;
        StatusAccessError: decerr_q[rsp_burst] <= 1'b1;
        default:           slverr_q[rsp_burst] <= 1'b1;
      endcase
      if (rsp_i.paged) paged_q[rsp_burst] <= 1'b1;
      if (rsp_i.walked) walked_q[rsp_burst] <= 1'b1;
    end
    if (beat && first_q) begin
      slverr_q[burst] <= !legal;
      decerr_q[burst] <= 1'b0;
      exokay_q[burst] <= 1'b0;
      paged_q[burst]  <= 1'b0;
      walked_q[burst] <= 1'b0;
    end
    // AWLEN counts; a WLAST that disagrees is the master's mistake.
    if (beat && w_i.last != last_beat) slverr_q[burst] <= 1'b1;
    if (beat) closed_q[burst] <= last_beat;
  end

  // ---- Answers.
  logic pick_valid, pick_ready, b_valid_q;
  burst_index_t pick_index;
  logic [IdBits-1:0] pick_id;
  resp_e pick_resp;
  b_t b_q;

  tarn_axi_order #(.N(Bursts), .IdBits(IdBits), .Bypass(1'b0)) u_order (
    .clk_i, .rst_ni, .alloc_valid_o(burst_valid), .alloc_index_o(new_burst), .alloc_i(beat && first_q),
    .alloc_id_i(aw_i.id[IdBits-1:0]), .done_i(done), .pick_valid_o(pick_valid), .pick_index_o(pick_index),
    .pick_id_o(pick_id), .pick_i(pick_ready)
  );

  assign pick_pending = pending_q[pick_index];
  assign pick_ready   = !b_valid_q || b_ready_i;
  always_comb begin
    if (decerr_q[pick_index]) pick_resp = RespDecerr;
    else if (slverr_q[pick_index]) pick_resp = RespSlverr;
    else if (exokay_q[pick_index]) pick_resp = RespExokay;
    else pick_resp = RespOkay;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) b_valid_q <= 1'b0;
    else if (pick_ready) b_valid_q <= pick_valid;
  end
  always_ff @(posedge clk_i) begin
    if (pick_ready && pick_valid) begin
      b_q <= '{id: 8'(pick_id), resp: pick_resp, paged: paged_q[pick_index], walked: walked_q[pick_index]};
    end
  end
  assign b_valid_o = b_valid_q;
  assign b_o       = b_q;

  `TARN_ASSERT(TagInRange, !answered || {1'b0, rsp_i.tag[6:0]} < 8'(Lines))
  `TARN_ASSERT(AnswerExpected, !answered || rsp_pending != '0)
  // Nothing is ever in flight for a burst that is offered as done.
  `TARN_ASSERT(DoneIsQuiet, !(pick_valid && pick_ready) || pick_pending == '0)
endmodule : tarn_axi_write
