// Free items (slots, transaction entries) in the order in which they became free; at first 0, 1, 2, … below `limit_i`.
// Throughput: one out and one in a cycle. `valid_o` may be low for up to 3 cycles after an item came in (block RAM).
// `limit_i` may change only while no item is out; `count_o` knows of it a cycle later.
// With Ecc items have check bits while they wait: one wrong bit is put right, and an item with more is dropped rather than handed out.
`include "tarn_assert.svh"
module tarn_pool_free_list #(
  parameter int unsigned Items = 32,  // 1 or more
  parameter bit          Ecc   = 1'b0,
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
  output logic [Bits:0]   count_o,
  input  tarn_pool_pkg::inject_t       inject_i,
  output tarn_pool_pkg::table_report_t report_o
);
  localparam int unsigned CountBits = $clog2(Items + 1);
  localparam int unsigned KeptBits = Bits + (Ecc ? tarn_secded_pkg::check_bits(Bits) : 0);
  logic [Bits:0] fresh_q, count, count_q;
  logic fresh, used_valid, used_ready, used_room, corrected, lost, dropped;
  logic [Bits-1:0] used_item;
  logic [KeptBits-1:0] kept, used_kept, flips;
  logic [CountBits-1:0] used_count;

  assign fresh      = fresh_q < limit_i;
  assign dropped    = !fresh && used_valid && lost;
  assign valid_o    = fresh || (used_valid && !lost);
  assign item_o     = fresh ? fresh_q[Bits-1:0] : used_item;
  assign used_ready = (pop_i && !fresh) || dropped;
  assign count      = (fresh ? limit_i - fresh_q : '0) + (Bits + 1)'(used_count);
  assign count_o    = count_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else count_q <= count + (Bits + 1)'(push_i) - (Bits + 1)'(pop_i || dropped);
  end

  tarn_secded #(.Ecc(Ecc), .Width(Bits)) u_code (
    .data_i(item_i), .kept_o(kept), .stored_i(used_kept), .data_o(used_item), .corrected_o(corrected), .lost_o(lost)
  );
  tarn_fifo #(.T(logic [KeptBits-1:0]), .Depth(Items), .UseRam(Items >= 128)) u_used (
    .clk_i, .rst_ni,
    .valid_i(push_i), .ready_o(used_room), .data_i(kept ^ flips),
    .valid_o(used_valid), .ready_i(used_ready), .data_o(used_kept), .count_o(used_count)
  );
  assign report_o = '{corrected: used_valid && used_ready && corrected, lost: dropped};
  if (Ecc) begin : gen_inject
    tarn_pool_pkg::inject_t inject_q;
    assign flips = KeptBits'({inject_q == 2'd2, inject_q != '0});
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) inject_q <= '0;
      else if (inject_i != '0) inject_q <= inject_i;
      else if (push_i) inject_q <= '0;
    end
  end else begin : gen_no_inject
    logic unused;
    assign unused = ^inject_i;
    assign flips  = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fresh_q <= '0;
    else if (pop_i && fresh) fresh_q <= fresh_q + 1'b1;
  end

  `TARN_ASSERT(NeverOverfull, !push_i || used_room)
  `TARN_ASSERT(PopOnlyValid, !pop_i || valid_o)
  logic [Bits:0] limit_q;  // of the cycle before
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) limit_q <= '0;
    else limit_q <= limit_i;
  end
  `TARN_ASSERT(CountIsExact, limit_i != limit_q || count_q == count)
endmodule : tarn_pool_free_list
