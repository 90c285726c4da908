`include "tarn_assert.svh"

// tarn_axi_order under proof. Two transactions of one ID, any, are followed: the one asked for first is given back
// first, none before it is done, and each is given back within as many others as there may be.
module axi_order_formal #(
  parameter int unsigned N      = 4,
  parameter int unsigned IdBits = 1,
  parameter bit          Bypass = 1'b0
) (
  input logic              clk_i,
  input logic              alloc_i,
  input logic [IdBits-1:0] alloc_id_i,
  input logic [N-1:0]      done_i,
  input logic              pick_i,
  input logic              follow_first_i,
  input logic              follow_second_i
);
  localparam int unsigned IndexBits = $clog2(N);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic alloc_valid, alloc, pick_valid, pick;
  logic [IndexBits-1:0] alloc_index, pick_index;
  logic [IdBits-1:0] pick_id;
  logic [N-1:0] done, waiting_q, alloc_bit, pick_bit;  // waiting: taken, and not done

  assign alloc     = rst_ni && alloc_i && alloc_valid;
  assign pick      = rst_ni && pick_i && pick_valid;
  assign alloc_bit = alloc ? N'(1) << alloc_index : '0;
  assign pick_bit  = pick ? N'(1) << pick_index : '0;
  assign done      = rst_ni ? done_i & (waiting_q | alloc_bit) : '0;  // only what was taken is done, once
  initial waiting_q = '0;
  always_ff @(posedge clk_i) waiting_q <= (waiting_q | alloc_bit) & ~done;

  tarn_axi_order #(.N(N), .IdBits(IdBits), .Bypass(Bypass)) u_dut (
    .clk_i, .rst_ni, .alloc_valid_o(alloc_valid), .alloc_index_o(alloc_index), .alloc_i(alloc), .alloc_id_i,
    .done_i(done), .pick_valid_o(pick_valid), .pick_index_o(pick_index), .pick_id_o(pick_id), .pick_i
  );

  // Followed: 0 not yet, 1 inside, 2 given back.
  logic [1:0] first_q = 2'd0, second_q = 2'd0;
  logic [IndexBits-1:0] first_index_q, second_index_q;
  logic [IdBits-1:0] id_q;
  logic follow_first, follow_second, first_back, second_back;
  assign follow_first  = alloc && follow_first_i && first_q == 2'd0;
  assign follow_second = alloc && follow_second_i && first_q != 2'd0 && second_q == 2'd0 && alloc_id_i == id_q;
  assign first_back    = pick && first_q == 2'd1 && pick_index == first_index_q;
  assign second_back   = pick && second_q == 2'd1 && pick_index == second_index_q;

  always_ff @(posedge clk_i) begin
    if (follow_first) begin
      first_q       <= 2'd1;
      first_index_q <= alloc_index;
      id_q          <= alloc_id_i;
    end
    if (follow_second) begin
      second_q       <= 2'd1;
      second_index_q <= alloc_index;
    end
    if (first_back) first_q <= 2'd2;
    if (second_back) second_q <= 2'd2;
  end

  // Others given back since the followed one has been done and the oldest of its ID: it is when no other of its ID
  // that came before is inside.
  logic [2:0] older_q = '0;  // of its ID
  logic [3:0] passed_q = '0;
  logic [2:0] inside_q[2**IdBits];
  initial for (int i = 0; i < 2 ** IdBits; i++) inside_q[i] = '0;
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 2 ** IdBits; i++) begin
      inside_q[i] <= inside_q[i] + 3'(alloc && alloc_id_i == IdBits'(i)) - 3'(pick && pick_id == IdBits'(i));
    end
    if (follow_first) older_q <= inside_q[alloc_id_i] - 3'(pick && pick_id == alloc_id_i);
    else if (pick && first_q == 2'd1 && pick_id == id_q && older_q != '0) older_q <= older_q - 3'd1;
    if (first_q == 2'd1 && older_q == '0 && !waiting_q[first_index_q] && pick) passed_q <= passed_q + 4'd1;
  end

  `TARN_ASSERT(OrderOfTheIdIsKept, !second_back || first_q == 2'd2)
  `TARN_ASSERT(NoneBeforeItIsDone, !pick || ((waiting_q & ~(Bypass ? done : '0)) & pick_bit) == '0)
  `TARN_ASSERT(FirstHasItsOwnId, !first_back || pick_id == id_q)
  `TARN_ASSERT(PassedByFewerThanN, passed_q < 4'(N + 1))
  `TARN_ASSERT(OfferedWhenDoneAndOldest, !(first_q == 2'd1 && older_q == '0 && !waiting_q[first_index_q]) || pick_valid)
  `TARN_ASSERT(NeverTwiceInside, (alloc_bit & waiting_q) == '0)
  `TARN_COVER(SecondBackAfterFirst, second_back)
  `TARN_COVER(AllInside, waiting_q == '1)
endmodule
