// What a line contributes to its page's checksum (tarn_pool_checksum_pkg). Throughput: 1 line per cycle, latency: 2 cycles.
// `user_i` goes along: whose page it is.
module tarn_pool_checksum_line #(
  parameter int unsigned Users = 8
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [Users-1:0]     user_i,   // one, or none: no line
  input  tarn_pool_pkg::line_t line_i,
  input  logic [511:0]         data_i,
  input  logic                 poison_i,
  output logic [Users-1:0]     busy_o,   // a line of the user's is on its way
  output logic [Users-1:0]     user_o,
  output logic [31:0]          part_o
);
  import tarn_pool_checksum_pkg::*;

  logic [Users-1:0] crc_user_q, part_user_q;
  logic [31:0] crc_q, part_q;
  logic poison_q;
  tarn_pool_pkg::line_t line_q;

  // A table of 32 rows of 512 bits, row by row: as constants of generated blocks it simulates as fast as it can.
  for (genvar i = 0; i < 32; i++) begin : gen_rows
    localparam logic [511:0] Taps = taps_of(i);
    always_ff @(posedge clk_i) if (user_i != '0) crc_q[i] <= ^(data_i & Taps);
  end
  always_ff @(posedge clk_i) begin
    if (user_i != '0) begin
      line_q   <= line_i;
      poison_q <= poison_i;
    end
    if (crc_user_q != '0) part_q <= multiply(poison_q ? LostLine : crc_q, Places[7'(line_q)]);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      crc_user_q  <= '0;
      part_user_q <= '0;
    end else begin
      crc_user_q  <= user_i;
      part_user_q <= crc_user_q;
    end
  end
  assign busy_o = crc_user_q | part_user_q;
  assign user_o = part_user_q;
  assign part_o = part_q;
endmodule : tarn_pool_checksum_line
