// Grants one of N requesters at a time, in turn; a grant holds until it is taken (`ready_i`).
// Latency: 0 (path from `req_i` to the grant; none from `ready_i`). A request stays until it is taken.
// Fair: while a requester waits, at most N - 1 grants of others are taken.
`include "tarn_assert.svh"
module tarn_rr_arbiter #(
  parameter int unsigned N = 4,  // 1 or more
  localparam int unsigned IndexBits = N > 1 ? $clog2(N) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [N-1:0]         req_i,
  output logic                 valid_o,  // somebody is granted
  input  logic                 ready_i,  // the grant is taken
  output logic [N-1:0]         grant_o,  // one-hot when valid_o, else zero
  output logic [IndexBits-1:0] index_o   // position of the grant
);
  `TARN_ASSERT_INIT(NAllowed, N >= 1, "tarn_rr_arbiter: N must be 1 or more")

  logic [IndexBits-1:0] last_q, turn, picked_index;
  logic [N-1:0] picked, held_q;  // held_q: the grant shown and not taken yet

`ifdef TARN_FAULT_RR_UNFAIR
  assign turn = IndexBits'(N - 1);
`else
  assign turn = last_q;
`endif
  tarn_pick_next #(.N(N)) u_pick (.req_i, .last_i(turn), .grant_o(picked), .index_o(picked_index));

  // last_q is the position shown last: of a held grant it is the grant's own.
  assign valid_o = req_i != '0;
  assign grant_o = held_q != '0 ? held_q : picked;
  assign index_o = held_q != '0 ? last_q : picked_index;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      last_q <= IndexBits'(N - 1);
    end else if (valid_o) begin
      held_q <= ready_i ? '0 : grant_o;
      last_q <= index_o;
    end
  end

  `TARN_ASSERT(GrantIsOneHot, (grant_o & (grant_o - 1'b1)) == '0)
  `TARN_ASSERT(GrantWasAsked, (grant_o & ~req_i) == '0)
  `TARN_ASSERT(GrantWhenAsked, valid_o == (grant_o != '0))
  `TARN_ASSERT(GrantHolds, !$past(valid_o && !ready_i) || grant_o == $past(grant_o))
endmodule : tarn_rr_arbiter
