// A distributed RAM with fewer than 16 words leaves address inputs unused. Yosys ties them to 0, which nextpnr routes from one driver to all of them;
// an input without a net is 1 by the bitstream itself. So unused inputs of the read address get no net, and those of the write address are 1.
(* techmap_celltype = "TRELLIS_DPR16X4" *)
module tarn_short_distributed_ram (input [3:0] DI, input [3:0] WAD, input WRE, input WCK, input [3:0] RAD, output [3:0] DO);
  parameter WCKMUX = "WCK";
  parameter WREMUX = "WRE";
  parameter [63:0] INITVAL = 64'hx;
  parameter [3:0] _TECHMAP_CONSTMSK_RAD_ = 4'b0000, _TECHMAP_CONSTVAL_RAD_ = 4'bxxxx;
  parameter [3:0] _TECHMAP_CONSTMSK_WAD_ = 4'b0000, _TECHMAP_CONSTVAL_WAD_ = 4'bxxxx;

  function [3:0] unused_of(input [3:0] read, input [3:0] write);
    integer i;
    for (i = 0; i < 4; i = i + 1) unused_of[i] = read[i] === 1'b0 && write[i] === 1'b0;
  endfunction

  function [63:0] moved(input [63:0] words, input [3:0] unused);
    integer i;
    for (i = 0; i < 16; i = i + 1) moved[4 * i +: 4] = words[4 * (i & ~unused) +: 4];
  endfunction

  localparam [3:0] Unused = unused_of(_TECHMAP_CONSTVAL_RAD_, _TECHMAP_CONSTVAL_WAD_);
  wire _TECHMAP_FAIL_ = Unused == 4'b0000;

  wire [3:0] read_address, write_address;
  genvar i;
  generate
    for (i = 0; i < 4; i = i + 1) begin : gen_bit
      assign read_address[i] = Unused[i] ? 1'bx : RAD[i];
      assign write_address[i] = Unused[i] ? 1'b1 : WAD[i];
    end
  endgenerate

  TRELLIS_DPR16X4 #(.WCKMUX(WCKMUX), .WREMUX(WREMUX), .INITVAL(moved(INITVAL, Unused))) _TECHMAP_REPLACE_ (
    .DI(DI), .WAD(write_address), .WRE(WRE), .WCK(WCK), .RAD(read_address), .DO(DO));
endmodule
