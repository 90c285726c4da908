// ULX3S with an LFE5U-85F. The button PWR resets; ports have the names of the board's schematic.
module tarn_ulx3s #(
  parameter int unsigned ClockKilohertz = 50_000,
  parameter int unsigned Baud           = 1_000_000  // the FTDI chip has up to 3 M
) (
  input  logic        clk_25mhz,
  input  logic        btn_pwr_n,
  input  logic        ftdi_txd,    // from the computer
  output logic        ftdi_rxd,
  output logic [7:0]  led,
  output logic        wifi_gpio0,  // held high, or the ESP32 takes the board over
  output logic        sdram_clk,
  output logic        sdram_cke,
  output logic        sdram_csn,
  output logic        sdram_rasn,
  output logic        sdram_casn,
  output logic        sdram_wen,
  output logic [1:0]  sdram_ba,
  output logic [12:0] sdram_a,
  output logic [1:0]  sdram_dqm,
  inout  wire  [15:0] sdram_d
);
  assign wifi_gpio0 = 1'b1;

  tarn_ecp5_board #(.ClockKilohertz(ClockKilohertz), .Baud(Baud)) u_board (
    .oscillator_i(clk_25mhz),
    .button_i    (!btn_pwr_n),
    .uart_rx_i   (ftdi_txd),
    .uart_tx_o   (ftdi_rxd),
    .lamps_o     (led),
    .sdram_clk_o (sdram_clk),
    .sdram_cke_o (sdram_cke),
    .sdram_cs_no (sdram_csn),
    .sdram_ras_no(sdram_rasn),
    .sdram_cas_no(sdram_casn),
    .sdram_we_no (sdram_wen),
    .sdram_ba_o  (sdram_ba),
    .sdram_a_o   (sdram_a),
    .sdram_dqm_o (sdram_dqm),
    .sdram_dq_io (sdram_d)
  );
endmodule : tarn_ulx3s
