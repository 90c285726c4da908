// Free items (slots, transaction entries) in the order in which they became free; at first 0, 1, 2, … below `limit_i`.
// Throughput: one out and one in a cycle. `valid_o` may be low for up to 3 cycles after an item came in (block RAM).
// `limit_i` may change only while no item is out.
`include "tarn_assert.svh"
module tarn_pool_free_list #(
  parameter int unsigned Items = 32,  // 1 or more
  localparam int unsigned Bits = Items > 1 ? $clog2(Items) : 1
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic [Bits:0]   limit_i,
  input  logic            push_i,
  input  logic [Bits-1:0] item_i,
  input  logic            pop_i,
  output logic            valid_o,
  output logic [Bits-1:0] item_o,
  output logic [Bits:0]   count_o
);
  localparam int unsigned CountBits = $clog2(Items + 1);
  logic [Bits:0] fresh_q;
  logic fresh, used_valid, used_ready, used_room;
  logic [Bits-1:0] used_item;
  logic [CountBits-1:0] used_count;

  assign fresh      = fresh_q < limit_i;
  assign valid_o    = fresh || used_valid;
  assign item_o     = fresh ? fresh_q[Bits-1:0] : used_item;
  assign used_ready = pop_i && !fresh;
  assign count_o    = (fresh ? limit_i - fresh_q : '0) + (Bits + 1)'(used_count);

  tarn_fifo #(.T(logic [Bits-1:0]), .Depth(Items), .UseRam(Items >= 128)) u_used (
    .clk_i, .rst_ni,
    .valid_i(push_i), .ready_o(used_room), .data_i(item_i),
    .valid_o(used_valid), .ready_i(used_ready), .data_o(used_item), .count_o(used_count)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fresh_q <= '0;
    else if (pop_i && fresh) fresh_q <= fresh_q + 1'b1;
  end

  `TARN_ASSERT(NeverOverfull, !push_i || used_room)
  `TARN_ASSERT(PopOnlyValid, !pop_i || valid_o)
endmodule : tarn_pool_free_list
