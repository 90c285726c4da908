// Grants the requester of highest qos, in turn among equals; a grant holds until it is taken (`ready_i`).
// Latency: 0 (path from `req_i`/`qos_i` to the grant; none from `ready_i`). A request stays until it is taken.
// Bound on waiting: a requester that saw AgeLimit grants of others taken is promoted above every qos, and the
// promoted are served in turn: while it waits, at most AgeLimit + N - 1 grants of others are taken.
`include "tarn_assert.svh"
module tarn_qos_arbiter #(
  parameter int unsigned N        = 4,   // 1 or more
  parameter int unsigned QosBits  = 4,   // 1 or more; the highest value wins
  parameter int unsigned AgeLimit = 16,  // grants of others before promotion, 1 or more
  localparam int unsigned IndexBits = N > 1 ? $clog2(N) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [N-1:0]         req_i,
  input  logic [QosBits-1:0]   qos_i  [N],
  output logic                 valid_o,  // somebody is granted
  input  logic                 ready_i,  // the grant is taken
  output logic [N-1:0]         grant_o,  // one-hot when valid_o, else zero
  output logic [IndexBits-1:0] index_o   // position of the grant
);
  `TARN_ASSERT_INIT(NAllowed, N >= 1, "tarn_qos_arbiter: N must be 1 or more")
  `TARN_ASSERT_INIT(QosAllowed, QosBits >= 1, "tarn_qos_arbiter: QosBits must be 1 or more")
  `TARN_ASSERT_INIT(AgeAllowed, AgeLimit >= 1, "tarn_qos_arbiter: AgeLimit must be 1 or more")

  localparam int unsigned WaitMax = AgeLimit + N - 1;
  localparam int unsigned AgeBits = $clog2(WaitMax + 2);

  logic [N-1:0][AgeBits-1:0] age_q;  // grants of others taken while this one waits
  logic [N-1:0] promoted, top, candidates, picked, held_q;
  logic [QosBits-1:0] best;
  logic [IndexBits-1:0] last_q, picked_index;
  logic take;

  always_comb begin
    best     = '0;
    top      = '0;
    promoted = '0;
    for (int unsigned i = 0; i < N; i++) begin
      if (req_i[i] && qos_i[i] > best) best = qos_i[i];
      promoted[i] = req_i[i] && age_q[i] >= AgeBits'(AgeLimit);
    end
    for (int unsigned i = 0; i < N; i++) top[i] = req_i[i] && qos_i[i] == best;
  end
`ifdef TARN_FAULT_QOS_STARVES
  assign candidates = top;
`else
  assign candidates = promoted != '0 ? promoted : top;
`endif

  tarn_pick_next #(.N(N)) u_pick (
    .req_i(candidates), .last_i(last_q), .grant_o(picked), .index_o(picked_index)
  );

  // last_q is the position shown last: of a held grant it is the grant's own.
  assign valid_o = req_i != '0;
  assign grant_o = held_q != '0 ? held_q : picked;
  assign index_o = held_q != '0 ? last_q : picked_index;
  assign take    = valid_o && ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      last_q <= IndexBits'(N - 1);
      age_q  <= '0;
    end else if (valid_o) begin
      held_q <= ready_i ? '0 : grant_o;
      last_q <= index_o;
      if (take) begin
        for (int unsigned i = 0; i < N; i++) age_q[i] <= req_i[i] && !grant_o[i] ? age_q[i] + 1'b1 : '0;
      end
    end
  end

  `TARN_ASSERT(GrantIsOneHot, (grant_o & (grant_o - 1'b1)) == '0)
  `TARN_ASSERT(GrantWasAsked, (grant_o & ~req_i) == '0)
  `TARN_ASSERT(GrantWhenAsked, valid_o == (grant_o != '0))
  `TARN_ASSERT(GrantHolds, !$past(valid_o && !ready_i) || grant_o == $past(grant_o))
  for (genvar i = 0; i < N; i++) begin : gen_bound
    `TARN_ASSERT(WaitIsBounded, age_q[i] <= AgeBits'(WaitMax))
  end
endmodule : tarn_qos_arbiter
