// What boards with an ECP5, an oscillator of 25 MHz and an SDR SDRAM of 16 bits have in common: clock, reset, the node (rtl/board), pads.
module tarn_ecp5_board
  import tarn_sdram_pkg::*;
#(
  parameter int unsigned ClockKilohertz = 50_000,  // as tarn_ecp5_clock allows
  parameter int unsigned Baud           = 1_000_000
) (
  input  logic        oscillator_i,
  input  logic        button_i,       // pressed: reset
  input  logic        uart_rx_i,
  output logic        uart_tx_o,
  output logic [7:0]  lamps_o,
  output logic        sdram_clk_o,
  output logic        sdram_cke_o,
  output logic        sdram_cs_no,
  output logic        sdram_ras_no,
  output logic        sdram_cas_no,
  output logic        sdram_we_no,
  output logic [1:0]  sdram_ba_o,
  output logic [12:0] sdram_a_o,
  output logic [1:0]  sdram_dqm_o,
  inout  wire  [15:0] sdram_dq_io
);
  logic clk, locked, rst_n;
  sdram_pins_t sdram_pins;
  logic [15:0] sdram_dq;

  tarn_ecp5_clock #(.ClockKilohertz(ClockKilohertz)) u_clock (.oscillator_i, .clk_o(clk), .locked_o(locked));
  tarn_board_reset u_reset (.clk_i(clk), .locked_i(locked), .button_i, .rst_no(rst_n));

  tarn_board #(.ClockKilohertz(ClockKilohertz), .Baud(Baud)) u_board (
    .clk_i     (clk),
    .rst_ni    (rst_n),
    .uart_rx_i,
    .uart_tx_o,
    .sdram_o   (sdram_pins),
    .sdram_dq_i(sdram_dq),
    .lamps_o
  );

  // The SDRAM's clock is the inverse of the node's (rtl/sdram).
  ODDRX1F u_sdram_clock (.SCLK(clk), .RST(1'b0), .D0(1'b0), .D1(1'b1), .Q(sdram_clk_o));
  assign sdram_cke_o  = sdram_pins.cke;
  assign sdram_cs_no  = sdram_pins.cs_n;
  assign sdram_ras_no = sdram_pins.ras_n;
  assign sdram_cas_no = sdram_pins.cas_n;
  assign sdram_we_no  = sdram_pins.we_n;
  assign sdram_ba_o   = sdram_pins.bank;
  assign sdram_a_o    = sdram_pins.addr;
  assign sdram_dqm_o  = sdram_pins.dqm;
  for (genvar i = 0; i < 16; i++) begin : gen_data
    BB u_pad (.I(sdram_pins.dq[i]), .T(!sdram_pins.dq_drive), .O(sdram_dq[i]), .B(sdram_dq_io[i]));
  end
endmodule : tarn_ecp5_board
