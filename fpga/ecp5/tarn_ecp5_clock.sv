// The clock of a board with an ECP5 and an oscillator of 25 MHz: 600 MHz by a whole number. The loop's feedback is an output of its own, so
// that the loop is set alike for every clock (its oscillator 400 to 800 MHz, outputs from 3.125 MHz on: Lattice FPGA-DS-02012, sysCLOCK PLL Timing).
`include "tarn_assert.svh"
module tarn_ecp5_clock #(
  parameter int unsigned ClockKilohertz = 50_000  // 600,000 by a whole number, 2 to 128: 10,000, 12,500, 25,000, 50,000, ...
) (
  input  logic oscillator_i,
  output logic clk_o,
  output logic locked_o
);
  localparam int unsigned OscillatorKilohertz = 25_000;
  localparam int unsigned LoopKilohertz   = 600_000;
  localparam int unsigned FeedbackDivider = LoopKilohertz / OscillatorKilohertz;
  localparam int unsigned ClockDivider    = LoopKilohertz / ClockKilohertz;

  `TARN_ASSERT_INIT(ClockAllowed, ClockDivider * ClockKilohertz == LoopKilohertz && ClockDivider inside {[2:128]},
                    "tarn_ecp5_clock: ClockKilohertz must be 600,000 by a whole number, 2 to 128")

  logic feedback;
  // The loop's filter is set for 25 MHz as Project Trellis' ecppll sets it.
  (* FREQUENCY_PIN_CLKI = "25", ICP_CURRENT = "12", LPF_RESISTOR = "8", MFG_ENABLE_FILTEROPAMP = "1", MFG_GMCREF_SEL = "2" *)
  EHXPLLL #(
    .CLKI_DIV    (1),
    .CLKFB_DIV   (1),
    .CLKOP_DIV   (FeedbackDivider),
    .CLKOP_CPHASE(FeedbackDivider - 1),
    .CLKOS_DIV   (ClockDivider),
    .CLKOS_ENABLE("ENABLED"),
    .CLKOS_CPHASE(ClockDivider - 1)
  ) u_pll (
    .CLKI        (oscillator_i),
    .CLKFB       (feedback),
    .PHASESEL1   (1'b0),
    .PHASESEL0   (1'b0),
    .PHASEDIR    (1'b1),
    .PHASESTEP   (1'b1),
    .PHASELOADREG(1'b1),
    .STDBY       (1'b0),
    .PLLWAKESYNC (1'b0),
    .RST         (1'b0),
    .ENCLKOP     (1'b0),
    .ENCLKOS     (1'b0),
    .CLKOP       (feedback),
    .CLKOS       (clk_o),
    .LOCK        (locked_o)
  );
endmodule : tarn_ecp5_clock
