// Cells of Lattice ECP5 that boards use, as far as they use them: what they are stands in Yosys' library of cells
// (techlibs/ecp5/cells_bb.v, cells_sim.v) and in Lattice's FPGA-TN-02200 (clocks) and FPGA-TN-02032 (I/O).
/* verilator lint_off UNUSEDSIGNAL */  // inputs: the cells have no content here
/* verilator lint_off UNUSEDPARAM */   // nor do they use their parameters
/* verilator lint_off UNDRIVEN */      // nor drive their outputs
/* verilator lint_off DECLFILENAME */  // three cells of the vendor's library, under its names, stand in one file

// Phase-locked loop: CLKOP = CLKI * CLKFB_DIV / CLKI_DIV with the feedback from CLKOP; its oscillator runs at CLKOP * CLKOP_DIV, 400 to 800 MHz,
// and CLKOS at the oscillator's by CLKOS_DIV, 1 to 128.
(* blackbox *)
module EHXPLLL #(
  parameter integer CLKI_DIV    = 1,
  parameter integer CLKFB_DIV   = 1,
  parameter integer CLKOP_DIV   = 8,
  parameter CLKOP_ENABLE        = "ENABLED",
  parameter integer CLKOP_CPHASE = 0,
  parameter integer CLKOP_FPHASE = 0,
  parameter integer CLKOS_DIV   = 8,
  parameter CLKOS_ENABLE        = "DISABLED",
  parameter integer CLKOS_CPHASE = 0,
  parameter integer CLKOS_FPHASE = 0,
  parameter FEEDBK_PATH         = "CLKOP",
  parameter OUTDIVIDER_MUXA     = "DIVA",
  parameter OUTDIVIDER_MUXB     = "DIVB",
  parameter PLLRST_ENA          = "DISABLED",
  parameter INTFB_WAKE          = "DISABLED",
  parameter STDBY_ENABLE        = "DISABLED",
  parameter DPHASE_SOURCE       = "DISABLED"
) (
  input  logic CLKI,
  input  logic CLKFB,
  input  logic PHASESEL1,
  input  logic PHASESEL0,
  input  logic PHASEDIR,
  input  logic PHASESTEP,
  input  logic PHASELOADREG,
  input  logic STDBY,
  input  logic PLLWAKESYNC,
  input  logic RST,
  input  logic ENCLKOP,
  input  logic ENCLKOS,
  output logic CLKOP,
  output logic CLKOS,
  output logic LOCK
);
endmodule : EHXPLLL

// Output of two bits a clock: D0 while SCLK is high, then D1.
(* blackbox *)
module ODDRX1F (
  input  logic SCLK,
  input  logic RST,
  input  logic D0,
  input  logic D1,
  output logic Q
);
endmodule : ODDRX1F

// A pad of both directions; T: it does not drive.
(* blackbox *)
module BB (
  input  logic I,
  input  logic T,
  output logic O,
  inout  wire  B
);
endmodule : BB
