`include "tarn_assert.svh"

// The AXI port under proof, small: handshakes hold (the port's own assertions), tags in flight differ, each burst is
// answered with its number of beats and `last` on the last, and nothing that was accepted is forgotten.
// Bursts are 1 or 2 beats, of any type and size up to the bus, near either end of a page; lines are answered in any order with any status.
module axi_port_formal
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
(
  input logic        clk_i,
  input logic        ar_valid_i,
  input logic        aw_valid_i,
  input logic        w_valid_i,
  input logic [14:0] ar_i,  // id, low address, len, size, burst, lock
  input logic [14:0] aw_i,
  input logic        strobe_i,
  input logic        last_i,
  input logic        rsp_valid_i,
  input logic [1:0]  rsp_which_i,
  input status_e     rsp_status_i,
  input logic        r_ready_i,
  input logic        b_ready_i,
  input logic        req_ready_i,
  input logic        id_i,
  input logic        mark_i
);
  localparam logic [3:0] QuietCycles = 4'd5;
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  ax_t ar, aw;
  w_t w;
  line_rsp_t rsp;
  dev_req_t req;
  r_t r;
  b_t b;
  logic ar_ready, aw_ready, w_ready, rsp_ready, req_valid, r_valid, b_valid;
  logic ar_taken, aw_taken, req_taken, rsp_taken, r_taken, b_taken;
  logic [3:0] in_flight_q;  // by {write, tag[0]}

  always_comb begin
    ar = '0;
    aw = '0;
    w  = '0;
    {ar.id[0], ar.addr[11], ar.addr[6:0], ar.len[0], ar.size[1:0], ar.burst, ar.lock} = ar_i;
    ar.addr[10:7] = {4{ar.addr[11]}};
    {aw.id[0], aw.addr[11], aw.addr[6:0], aw.len[0], aw.size[1:0], aw.burst, aw.lock} = aw_i;
    aw.addr[10:7] = {4{aw.addr[11]}};
    w.strb   = {64{strobe_i}};
    w.last   = last_i;
    rsp        = '0;
    rsp.tag    = {rsp_which_i[1], 6'd0, rsp_which_i[0]};
    rsp.status = rsp_status_i;
  end

  tarn_axi_port #(.IdBits(1), .DataBits(64), .ReadLines(2), .WriteLines(2), .WriteBursts(2)) u_dut (
    .clk_i, .rst_ni, .aw_i(aw), .aw_valid_i(aw_valid_i && rst_ni), .aw_ready_o(aw_ready), .w_i(w),
    .w_valid_i(w_valid_i && rst_ni), .w_ready_o(w_ready), .ar_i(ar), .ar_valid_i(ar_valid_i && rst_ni),
    .ar_ready_o(ar_ready), .line_rsp_i(rsp), .line_rsp_valid_i(rsp_taken), .line_rsp_ready_o(rsp_ready), .b_o(b),
    .b_valid_o(b_valid), .b_ready_i, .r_o(r), .r_valid_o(r_valid), .r_ready_i, .dev_req_o(req),
    .dev_req_valid_o(req_valid), .dev_req_ready_i(req_ready_i)
  );

  assign ar_taken  = rst_ni && ar_valid_i && ar_ready;
  assign aw_taken  = rst_ni && aw_valid_i && aw_ready;
  assign req_taken = rst_ni && req_valid && req_ready_i;
  assign rsp_taken = rst_ni && rsp_valid_i && in_flight_q[rsp_which_i];
  assign r_taken   = rst_ni && r_valid && r_ready_i;
  assign b_taken   = rst_ni && b_valid && b_ready_i;

  // ---- Lines in flight.
  logic [3:0] asked, answered;
  assign asked    = req_taken ? 4'd1 << {req.tag[7], req.tag[0]} : '0;
  assign answered = rsp_taken ? 4'd1 << rsp_which_i : '0;
  initial in_flight_q = '0;
  always_ff @(posedge clk_i) in_flight_q <= (in_flight_q & ~answered) | asked;
  `TARN_ASSERT(TagsInFlightDiffer, (asked & in_flight_q) == '0)
  `TARN_ASSERT(TagsInRange, !req_valid || req.tag[6:1] == '0)
  `TARN_ASSERT(AnswersAreAlwaysTaken, rsp_ready)

  // ---- Beats owed to one ID, and one of its bursts, followed from AR to its last beat.
  logic id_q, marked_q = 1'b0, over_q = 1'b0, mine;
  logic [5:0] owed_q = '0, before_q = '0;
  logic [2:0] left_q = '0;
  always_ff @(posedge clk_i) if (!rst_ni) id_q <= id_i;
  logic mark, r_mine;
  assign mark   = ar_taken && ar.id[0] == id_q && mark_i && !marked_q;
  assign mine   = r_taken && r.id[0] == id_q;
  assign r_mine = mine && marked_q && !over_q && before_q == '0;
  always_ff @(posedge clk_i) begin
    owed_q <= owed_q + (ar_taken && ar.id[0] == id_q ? 6'(ar.len[0]) + 6'd1 : 6'd0) - 6'(mine);
    if (mark) begin
      marked_q <= 1'b1;
      before_q <= owed_q - 6'(mine);
      left_q   <= 3'(ar.len[0]) + 3'd1;
    end else if (mine && marked_q && !over_q) begin
      if (before_q != '0) before_q <= before_q - 6'd1;
      else left_q <= left_q - 3'd1;
      if (r_mine && left_q == 3'd1) over_q <= 1'b1;
    end
  end
  `TARN_ASSERT(NoReadDataUnasked, !(r_valid && r.id[0] == id_q) || owed_q != '0)
  `TARN_ASSERT(LastOnTheLastBeat, !r_mine || r.last == (left_q == 3'd1))

  // ---- Bursts owed a B.
  logic [3:0] writes_q = '0;
  always_ff @(posedge clk_i) begin
    writes_q <= writes_q + 4'(aw_taken && aw.id[0] == id_q) - 4'(b_taken && b.id[0] == id_q);
  end
  `TARN_ASSERT(NoWriteAnswerUnasked, !(b_valid && b.id[0] == id_q) || writes_q != '0)

  // ---- Nothing is forgotten: when all is quiet, while data of writes is on offer, nothing is owed.
  logic [3:0] quiet_q = '0;
  always_ff @(posedge clk_i) begin
    if (ar_taken || aw_taken || req_valid || r_valid || b_valid || in_flight_q != '0 || !w_valid_i || w_ready) quiet_q <= '0;
    else if (quiet_q != QuietCycles) quiet_q <= quiet_q + 4'd1;
  end
  `TARN_ASSERT(NothingIsForgotten, quiet_q != QuietCycles || (owed_q == '0 && writes_q == '0))

  `TARN_COVER(LongBurstRead, over_q && left_q == '0 && before_q == '0)
  `TARN_COVER(AllLinesInFlight, in_flight_q == '1)
  `TARN_COVER(WriteAnswered, b_taken && b.resp == RespOkay)
  `TARN_COVER(QuietAfterAll, over_q && quiet_q == QuietCycles)
endmodule
