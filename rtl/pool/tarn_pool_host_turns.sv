// Who of several goes next, hosts in turn: a host that is picked goes up to as many times in a row as its weight says, and those of
// one host take turns. So one host's many do not crowd out another's one: while somebody of a host asks, at most the
// weights of the others together are taken before one of it.
// Combinational from `req_i` and `group_i` to the grant; state changes when one is taken.
`include "tarn_assert.svh"
module tarn_pool_host_turns #(
  parameter int unsigned Groups  = 4,  // hosts
  parameter int unsigned Sources = 8,
  localparam int unsigned GroupBits  = Groups > 1 ? $clog2(Groups) : 1,
  localparam int unsigned SourceBits = Sources > 1 ? $clog2(Sources) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic [3:0]            weight_i[Groups],  // 0 counts as 1
  input  logic [Sources-1:0]    req_i,
  input  logic [GroupBits-1:0]  group_i[Sources],
  output logic [Sources-1:0]    grant_o,           // one-hot, or zero when nobody asks
  output logic [SourceBits-1:0] index_o,
  input  logic                  taken_i,           // this one went
  input  logic [SourceBits-1:0] taken_index_i
);
  logic [Groups-1:0] wanted, next_grant;
  logic [GroupBits-1:0] group, next, group_last_q, taken_group;
  logic [SourceBits-1:0] last_q[Groups];
  logic [3:0] left_q;  // turns that the group picked last has left in a row
  logic [Sources-1:0] members;

  always_comb begin
    wanted  = '0;
    members = '0;
    for (int unsigned s = 0; s < Sources; s++) begin
      if (req_i[s]) wanted[group_i[s]] = 1'b1;
      members[s] = req_i[s] && group_i[s] == group;
    end
  end
  tarn_pick_next #(.N(Groups)) u_group (.req_i(wanted), .last_i(group_last_q), .grant_o(next_grant), .index_o(next));
  assign group = wanted[group_last_q] && left_q != '0 ? group_last_q : next;
  tarn_pick_next #(.N(Sources)) u_member (.req_i(members), .last_i(last_q[group]), .grant_o, .index_o);

  assign taken_group = group_i[taken_index_i];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      group_last_q <= '0;
      left_q       <= '0;
      for (int unsigned g = 0; g < Groups; g++) last_q[g] <= '0;
    end else if (taken_i) begin
      group_last_q        <= taken_group;
      last_q[taken_group] <= taken_index_i;
      if (taken_group == group_last_q && left_q != '0) left_q <= left_q - 1'b1;
      else left_q <= weight_i[taken_group] == '0 ? '0 : weight_i[taken_group] - 1'b1;
    end
  end

  logic unused_grant;
  assign unused_grant = ^next_grant;
endmodule : tarn_pool_host_turns
