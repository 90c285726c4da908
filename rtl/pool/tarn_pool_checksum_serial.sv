// What a line contributes to its page's checksum, as tarn_pool_checksum_line, four bytes a cycle: a third of its area. Throughput: a
// line in 19 cycles (`ready_o`), latency: 35 cycles. `user_i` goes along: whose page it is. Lines of users that `drop_i` names are
// forgotten: their pages begin again.
`include "tarn_assert.svh"
module tarn_pool_checksum_serial #(
  parameter int unsigned Users = 8
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  output logic                 ready_o,  // a line may come in the next cycle
  input  logic [Users-1:0]     user_i,   // one, or none: no line
  input  tarn_pool_pkg::line_t line_i,
  input  logic [511:0]         data_i,
  input  logic                 poison_i,
  input  logic [Users-1:0]     drop_i,
  output logic [Users-1:0]     busy_o,   // a line of the user's is on its way
  output logic [Users-1:0]     user_o,
  output logic [31:0]          part_o
);
  import tarn_pool_checksum_pkg::*;
  localparam int unsigned Words = tarn_line_pkg::LineBytes / 4;
  typedef logic [$clog2(Words+1)-1:0] left_t;

  function automatic logic [31:0] after_word(logic [31:0] crc, logic [31:0] word);
    logic [31:0] value;
    value = crc ^ word;
    for (int unsigned i = 0; i < 32; i++) value = times_x(value);
    return value;
  endfunction

  // ---- The line's CRC, word by word -------------------------------------------------------------------------------
  logic [Users-1:0] crc_user_q, place_user_q;
  left_t crc_left_q, place_left_q;
  logic [511:0] data_q;
  logic [31:0] crc_q;
  logic poison_q, comes, moves, ends;
  tarn_pool_pkg::line_t line_q;
  assign comes   = user_i != '0;
  assign moves   = crc_user_q != '0 && crc_left_q == '0;
  assign ready_o = crc_user_q == '0 && !comes;
  always_ff @(posedge clk_i) begin
    if (comes) begin
      data_q   <= data_i;
      crc_q    <= '0;
      line_q   <= line_i;
      poison_q <= poison_i;
    end else if (crc_left_q != '0) begin
      data_q <= data_q >> 32;
      crc_q  <= after_word(crc_q, data_q[31:0]);
    end
  end

  // ---- Times the power of x of its place, two bits a cycle --------------------------------------------------------
  logic [31:0] factor_q, place_q, part_q;
  assign ends = place_user_q != '0 && place_left_q == '0;
  always_ff @(posedge clk_i) begin
    if (moves) begin
      factor_q <= poison_q ? LostLine : crc_q;
      place_q  <= Places[7'(line_q)];
      part_q   <= '0;
    end else if (place_left_q != '0) begin
      factor_q <= times_x(times_x(factor_q));
      place_q  <= place_q << 2;
      part_q   <= part_q ^ (place_q[31] ? factor_q : '0) ^ (place_q[30] ? times_x(factor_q) : '0);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      crc_user_q   <= '0;
      crc_left_q   <= '0;
      place_user_q <= '0;
      place_left_q <= '0;
    end else begin
      if (comes) crc_user_q <= user_i & ~drop_i;
      else if (moves) crc_user_q <= '0;
      else crc_user_q <= crc_user_q & ~drop_i;
      if (comes) crc_left_q <= left_t'(Words);
      else if (crc_left_q != '0) crc_left_q <= crc_left_q - 1'b1;
      if (moves) place_user_q <= crc_user_q & ~drop_i;
      else if (ends) place_user_q <= '0;
      else place_user_q <= place_user_q & ~drop_i;
      if (moves) place_left_q <= left_t'(16);
      else if (place_left_q != '0) place_left_q <= place_left_q - 1'b1;
    end
  end
  assign busy_o = crc_user_q | place_user_q;
  assign user_o = ends ? place_user_q & ~drop_i : '0;
  assign part_o = part_q;

  `TARN_ASSERT(LineWhenReady, !comes || crc_user_q == '0)
  `TARN_ASSERT(OnePlaceAtATime, !moves || place_user_q == '0 || ends)
endmodule : tarn_pool_checksum_serial
