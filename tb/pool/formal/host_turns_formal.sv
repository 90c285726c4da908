// Turns of hosts: three hosts, the first with two sources. Who asks and goes on asking sees at most the others' weights taken before
// somebody of its host goes, and within its host at most the others of it. Fault 1 gives a host a turn more than it says.
`include "tarn_assert.svh"
module host_turns_formal #(
  parameter bit Fault = 1'b0
) (
  input logic       clk_i,
  input logic [3:0] req_i,
  input logic       go_i,
  input logic [1:0] weight_i[3],
  input logic [1:0] watched_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic [1:0] weight_q[3], watched_q;  // arbitrary, the same for ever
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      weight_q  <= weight_i;
      watched_q <= watched_i;
    end
  end

  logic [3:0] weight[3], grant;
  logic [1:0] group[4], index, watched_group;
  logic taken, of_group, mine;
  always_comb begin
    group[0] = 2'd0;
    group[1] = 2'd0;
    group[2] = 2'd1;
    group[3] = 2'd2;
    for (int unsigned g = 0; g < 3; g++) weight[g] = 4'(weight_q[g]) + 4'(Fault && g == 1 && weight_q[g] != '0);
  end
  assign watched_group = group[watched_q];
  tarn_pool_host_turns #(.Groups(3), .Sources(4)) u_dut (
    .clk_i, .rst_ni, .weight_i(weight), .req_i, .group_i(group), .grant_o(grant), .index_o(index), .taken_i(taken),
    .taken_index_i(index)
  );
  assign taken    = grant != '0 && go_i;
  assign of_group = group[index] == watched_group;
  assign mine     = index == watched_q;

  // Taken of others since the watched one asks without its host being served, and since it was not served itself.
  logic [3:0] others_q, brothers_q, bound;
  always_comb begin
    bound = '0;
    for (int unsigned g = 0; g < 3; g++) begin
      if (2'(g) != watched_group) bound = bound + (weight_q[g] == '0 ? 4'd1 : 4'(weight_q[g]));
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      others_q   <= '0;
      brothers_q <= '0;
    end else begin
      if (!req_i[watched_q] || (taken && of_group)) others_q <= '0;
      else if (taken) others_q <= others_q + 1'b1;
      if (!req_i[watched_q] || (taken && mine)) brothers_q <= '0;
      else if (taken && of_group) brothers_q <= brothers_q + 1'b1;
    end
  end

  `TARN_ASSERT(OthersHaveTheirWeightsAtMost, others_q <= bound)
  `TARN_ASSERT(BrothersGoOnceAtMost, brothers_q <= 4'd1)
  `TARN_ASSERT(OneIsPicked, (req_i != '0) == (grant != '0) && (grant & ~req_i) == '0 && (grant & (grant - 1'b1)) == '0)
  `TARN_COVER(TheBoundIsMet, bound == 4'd5 && others_q == 4'd5)
endmodule : host_turns_formal
