// A counter that is read says what was counted until then, whenever it was added to its sum. One host, pages of one a segment, sums of ten bits.
// Fault 1 loses what is counted in the cycle of a read.
`include "tarn_assert.svh"
module counters_formal #(
  parameter int unsigned Kind  = 14,  // whose counts are watched: 14 stalls, 6 pages written
  parameter bit          Fault = 1'b0
) (
  input logic       clk_i,
  input logic       counts_i,
  input logic       read_i,
  input logic [3:0] kind_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic read, counts;
  logic [1:0] read_q;  // two cycles apart at least, as the registers read
  logic [63:0] value;
  logic [9:0] expected_q;
  tarn_pool_pkg::count_t count;
  assign read   = read_i && read_q == '0 && rst_ni;
  assign counts = counts_i && rst_ni;
  always_comb begin
    count             = '0;
    count.pages_dirty = Kind == 6 ? 10'(counts && !(Fault && read)) : '0;
  end
  tarn_pool_counters #(.NumHosts(1), .Pages(1), .SumBits(10)) u_dut (
    .clk_i, .rst_ni, .count_i(count), .notice_i(1'b0), .notice_host_i('0), .release_i(1'b0), .release_host_i('0),
    .stall_i(Kind == 14 && counts && !(Fault && read)), .walk_stall_i(1'b0), .read_i(read), .index_i({4'd0, kind_i}), .value_o(value)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q     <= '0;
      expected_q <= '0;
    end else begin
      read_q     <= {read_q[0], read};
      expected_q <= expected_q + 10'(counts);
    end
  end

  `TARN_ASSERT(CountIsExact, !read || value == (32'(kind_i) == Kind ? 64'(expected_q) : '0))
endmodule : counters_formal
