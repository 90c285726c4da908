// The clock of a board with an ECP5 and an oscillator of 25 MHz.
`include "tarn_assert.svh"
module tarn_ecp5_clock #(
  parameter int unsigned ClockKilohertz = 50_000  // 12,500, 25,000, 50,000, 75,000 or 100,000
) (
  input  logic oscillator_i,
  output logic clk_o,
  output logic locked_o
);
  localparam int unsigned OscillatorKilohertz = 25_000;
  localparam int unsigned LoopKilohertz = 600_000;
  localparam int unsigned InDivider  = ClockKilohertz < OscillatorKilohertz ? OscillatorKilohertz / ClockKilohertz : 1;
  localparam int unsigned Multiplier = ClockKilohertz > OscillatorKilohertz ? ClockKilohertz / OscillatorKilohertz : 1;
  localparam int unsigned OutDivider = LoopKilohertz / ClockKilohertz;

  `TARN_ASSERT_INIT(ClockAllowed, ClockKilohertz inside {12_500, 25_000, 50_000, 75_000, 100_000},
                    "tarn_ecp5_clock: ClockKilohertz must be 12,500, 25,000, 50,000, 75,000 or 100,000")

  // The loop's filter is set for 25 MHz as Project Trellis' ecppll sets it.
  (* FREQUENCY_PIN_CLKI = "25", ICP_CURRENT = "12", LPF_RESISTOR = "8", MFG_ENABLE_FILTEROPAMP = "1", MFG_GMCREF_SEL = "2" *)
  EHXPLLL #(
    .CLKI_DIV    (InDivider),
    .CLKFB_DIV   (Multiplier),
    .CLKOP_DIV   (OutDivider),
    .CLKOP_CPHASE(OutDivider - 1)
  ) u_pll (
    .CLKI        (oscillator_i),
    .CLKFB       (clk_o),
    .PHASESEL1   (1'b0),
    .PHASESEL0   (1'b0),
    .PHASEDIR    (1'b1),
    .PHASESTEP   (1'b1),
    .PHASELOADREG(1'b1),
    .STDBY       (1'b0),
    .PLLWAKESYNC (1'b0),
    .RST         (1'b0),
    .ENCLKOP     (1'b0),
    .CLKOP       (clk_o),
    .LOCK        (locked_o)
  );
endmodule : tarn_ecp5_clock
