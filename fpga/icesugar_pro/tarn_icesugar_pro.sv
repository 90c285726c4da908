// iCESugar-Pro with an LFE5U-25F: no button, three lamps, the serial line goes through the iCELink chip.
module tarn_icesugar_pro #(
  parameter int unsigned ClockKilohertz = 50_000,
  parameter int unsigned Baud           = 115_200
) (
  input  logic        clk25,
  input  logic        serial_rx,
  output logic        serial_tx,
  output logic [2:0]  user_led,
  output logic        sdram_clock,
  output logic        sdram_cke,
  output logic        sdram_cs_n,
  output logic        sdram_ras_n,
  output logic        sdram_cas_n,
  output logic        sdram_we_n,
  output logic [1:0]  sdram_ba,
  output logic [12:0] sdram_a,
  output logic [1:0]  sdram_dm,
  inout  wire  [15:0] sdram_dq
);
  logic [7:0] lamps;
  logic unused_lamps;
  assign user_led     = lamps[2:0];
  assign unused_lamps = ^lamps[7:3];

  tarn_ecp5_board #(.ClockKilohertz(ClockKilohertz), .Baud(Baud)) u_board (
    .oscillator_i(clk25),
    .button_i    (1'b0),
    .uart_rx_i   (serial_rx),
    .uart_tx_o   (serial_tx),
    .lamps_o     (lamps),
    .sdram_clk_o (sdram_clock),
    .sdram_cke_o (sdram_cke),
    .sdram_cs_no (sdram_cs_n),
    .sdram_ras_no(sdram_ras_n),
    .sdram_cas_no(sdram_cas_n),
    .sdram_we_no (sdram_we_n),
    .sdram_ba_o  (sdram_ba),
    .sdram_a_o   (sdram_a),
    .sdram_dqm_o (sdram_dm),
    .sdram_dq_io (sdram_dq)
  );
endmodule : tarn_icesugar_pro
