// Slots on the free list: none is handed out twice, none is lost, whatever the order of taking and giving back.
// Fault 1 gives a slot back that is kept all the same.
`include "tarn_assert.svh"
module slots_formal #(
  parameter bit Fault = 1'b0
) (
  input logic       clk_i,
  input logic       take_i,
  input logic       give_i,
  input logic [1:0] given_i
);
  localparam int unsigned Slots = 3;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic started_q;  // the list knows how many there are
  always_ff @(posedge clk_i) started_q <= rst_ni;

  logic [Slots-1:0] owned_q;  // has an owner
  logic valid, take, give;
  logic [1:0] slot;
  logic [2:0] count, expected;

  assign take = take_i && valid;
  assign give = give_i && given_i < 2'd3 && owned_q[given_i] && count != 3'd3;  // nobody gives more than there are

  tarn_pool_free_list #(.Items(Slots)) u_dut (
    .clk_i, .rst_ni, .limit_i(3'(Slots)), .push_i(give), .item_i(given_i), .pop_i(take), .valid_o(valid), .item_o(slot),
    .count_o(count), .inject_i('0), .report_o()
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      owned_q <= '0;
    end else begin
      if (give && !Fault) owned_q[given_i] <= 1'b0;
      if (take) owned_q[slot] <= 1'b1;
    end
  end

  always_comb begin
    expected = 3'd3;
    for (int unsigned i = 0; i < Slots; i++) expected = expected - 3'(owned_q[i]);
  end

  `TARN_ASSERT(OneOwner, !take || (slot < 2'd3 && !owned_q[slot]))
  `TARN_ASSERT(NoneIsLost, Fault || !started_q || count == expected)
  `TARN_COVER(AllOwnedAndBack, $past(owned_q) == '1 && owned_q == 3'b011)
endmodule : slots_formal
