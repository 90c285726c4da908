// Segments by age: counted while an epoch is judged, shown to software when that is through.
module tarn_pool_hotness_histogram #(
  parameter int unsigned NumSlots = 4096,
  parameter int unsigned AgeBits  = 8,
  localparam int unsigned CountBits = $clog2(NumSlots + 1)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  logic [3:0]  bin_i,
  input  logic        show_i,   // and begin again
  input  logic [3:0]  index_i,
  output logic [20:0] count_o
);
  localparam int unsigned Bins = AgeBits + 1;
  logic [Bins-1:0][CountBits-1:0] count_q, shown_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      shown_q <= '0;
    end else begin
      for (int unsigned i = 0; i < Bins; i++) if (valid_i && 32'(bin_i) == i) count_q[i] <= count_q[i] + 1'b1;
      if (show_i) begin
        shown_q <= count_q;
        count_q <= '0;
      end
    end
  end
  always_comb begin
    count_o = '0;
    for (int unsigned i = 0; i < Bins; i++) if (32'(index_i) == i) count_o = 21'(shown_q[i]);
  end
endmodule : tarn_pool_hotness_histogram
