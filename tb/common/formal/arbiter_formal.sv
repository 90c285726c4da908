`include "tarn_assert.svh"

// The arbiters under proof: one grant at a time, to somebody who asks, held until taken, and nobody waits for ever:
// while one requester, any, waits, at most Bound grants of others are taken.
module arbiter_formal #(
  parameter int unsigned N     = 3,
  parameter bit          Qos   = 1'b0,  // tarn_qos_arbiter instead of tarn_rr_arbiter
  parameter int unsigned AgeLimit = 2,
  parameter int unsigned Bound = N - 1,
  parameter int unsigned Reached = Bound  // a wait that does happen
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic [N-1:0]         req_i,
  input logic [N-1:0][1:0]    qos_i,
  input logic                 ready_i,
  input logic [$clog2(N)-1:0] who_i
);

  logic [N-1:0] req;
  assign req = rst_ni ? req_i : '0;  // nobody asks in reset
  logic valid;
  logic [N-1:0] grant;
  logic [$clog2(N)-1:0] index;

  if (Qos) begin : gen_qos
    logic [1:0] qos[N];
    for (genvar i = 0; i < N; i++) begin : gen_unpack
      assign qos[i] = qos_i[i];
    end
    tarn_qos_arbiter #(.N(N), .QosBits(2), .AgeLimit(AgeLimit)) u_dut (
      .clk_i, .rst_ni, .req_i(req), .qos_i(qos), .valid_o(valid), .ready_i, .grant_o(grant), .index_o(index)
    );
    // Before anybody is promoted, nobody of lower qos is picked afresh.
    logic fresh_q = 1'b1;
    logic [3:0] takes_q = '0;
    always_ff @(posedge clk_i) begin
      fresh_q <= !valid || ready_i;
      if (rst_ni && valid && ready_i && takes_q != '1) takes_q <= takes_q + 4'd1;
    end
    for (genvar i = 0; i < N; i++) begin : gen_priority
      `TARN_ASSERT(HighestQosFirst, !(valid && fresh_q && takes_q < 4'(AgeLimit)) || !req[i] ||
                   qos_i[i] <= qos_i[index])
    end
  end else begin : gen_rr
    tarn_rr_arbiter #(.N(N)) u_dut (
      .clk_i, .rst_ni, .req_i(req), .valid_o(valid), .ready_i, .grant_o(grant), .index_o(index)
    );
  end

  for (genvar i = 0; i < N; i++) begin : gen_hold
    `TARN_ASSUME(RequestStays, !$past(req[i] && !(grant[i] && ready_i)) || req[i])
  end

  logic [$clog2(N)-1:0] who_q;  // any, but always the same
  always_ff @(posedge clk_i) if (!rst_ni) who_q <= who_i < $clog2(N)'(N) || N == 2 ** $clog2(N) ? who_i : '0;
  logic [7:0] waited_q = '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || !req[who_q] || (grant[who_q] && ready_i)) waited_q <= '0;
    else if (valid && ready_i) waited_q <= waited_q + 8'd1;
  end

  `TARN_ASSERT(WaitIsBounded, waited_q <= 8'(Bound))
  `TARN_ASSERT(OneGrant, $countones(grant) == (req != '0 ? 1 : 0))
  `TARN_ASSERT(GrantToOneWhoAsks, (grant & ~req) == '0)
  `TARN_ASSERT(IndexIsTheGrants, !valid || grant == N'(1) << index)
  `TARN_ASSERT(GrantHoldsUntilTaken, !$past(valid && !ready_i) || grant == $past(grant))
  `TARN_COVER(LongWait, waited_q == 8'(Reached))
endmodule
