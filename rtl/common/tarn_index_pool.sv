// Hands out the numbers 0 to N - 1, each to one holder at a time.
// The number offered holds until it is taken, so that it may stand in a request that waits. One number a cycle;
// `valid_o` is low while none is free. A number given back is offered again 2 cycles later at the earliest.
`include "tarn_assert.svh"
module tarn_index_pool #(
  parameter int unsigned N = 16,  // 2 or more
  localparam int unsigned IndexBits = $clog2(N)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 free_valid_i,
  input  logic [IndexBits-1:0] free_index_i,
  output logic                 valid_o,
  output logic [IndexBits-1:0] index_o,
  input  logic                 take_i  // only when valid_o
);
  `TARN_ASSERT_INIT(NAllowed, N >= 2, "tarn_index_pool: N must be 2 or more")

  logic [N-1:0] free_q, given_back, moved, lowest;
  logic [IndexBits-1:0] lowest_index, index_q;
  logic valid_q, refill;

  tarn_pick_next #(.N(N)) u_lowest (
    .req_i(free_q), .last_i(IndexBits'(N - 1)), .grant_o(lowest), .index_o(lowest_index)
  );

  assign refill     = !valid_q || take_i;
  assign moved      = refill ? lowest : '0;
  assign given_back = free_valid_i ? N'(1) << free_index_i : '0;
  assign valid_o    = valid_q;
  assign index_o    = index_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      free_q  <= '1;
      valid_q <= 1'b0;
    end else begin
      free_q <= (free_q & ~moved) | given_back;
      if (refill) valid_q <= free_q != '0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (refill) index_q <= lowest_index;
  end

  `TARN_ASSERT(TakenWhenOffered, !take_i || valid_q)
  `TARN_ASSERT(GivenBackOnce, (given_back & free_q) == '0 && !(free_valid_i && valid_q && free_index_i == index_q))
endmodule : tarn_index_pool
