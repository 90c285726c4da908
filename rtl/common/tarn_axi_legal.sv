// Says whether an AXI4 address is one that the port carries out (IHI 0022H.c, A3.4 and A7.2.4).
// Combinational.
module tarn_axi_legal #(
  parameter int unsigned DataBits = 512,  // of the port
  parameter bit          IsWrite  = 1'b0
) (
  input  tarn_axi_pkg::ax_t ax_i,
  output logic              legal_o
);
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;

  localparam logic [2:0] SizeMax = 3'($clog2(DataBits / 8));

  logic [14:0] total;  // bytes of all beats, at most 256 * 128
  logic [6:0]  size_mask;
  logic [12:0] end_in_page;  // the byte after the last, counted from the page's first
  logic short_wrap, size_good, incr_good, wrap_good, exclusive_good, at_good;
  logic unused;

  assign total       = (15'(ax_i.len) + 15'd1) << ax_i.size;
  assign size_mask   = (7'd1 << ax_i.size) - 7'd1;
  assign end_in_page = {1'b0, ax_i.addr[11:0] & ~12'(size_mask)} + 13'(total);
  assign size_good   = ax_i.size <= SizeMax;
  // A burst of 4 KiB and more wraps around in end_in_page, so total is looked at as well.
  assign incr_good  = total <= 15'd4096 && end_in_page <= 13'd4096;
  assign short_wrap = ax_i.len == 8'd1 || ax_i.len == 8'd3 || ax_i.len == 8'd7 || ax_i.len == 8'd15;
  assign wrap_good  = short_wrap && (ax_i.addr[6:0] & size_mask) == '0;
  // An exclusive access is a power of two of bytes, aligned to it, and here within one line: the monitor's unit.
  assign exclusive_good = total <= 15'd64 && (total & (total - 15'd1)) == '0 &&
                          ax_i.len <= 8'd15 && (ax_i.addr[6:0] & 7'(total - 15'd1)) == '0;
  // A translation request asks for an answer with data: it is a read.
  assign at_good = ax_i.user.at == AtUntranslated || ax_i.user.at == AtTranslated ||
                   (!IsWrite && ax_i.user.at == AtTranslationRequest);

  always_comb begin
    unique case (ax_i.burst)
      BurstFixed: legal_o = ax_i.len <= 8'd15;
      BurstIncr:  legal_o = incr_good;
      BurstWrap:  legal_o = wrap_good;
      default:    legal_o = 1'b0;
    endcase
    if (!size_good || !at_good || (ax_i.lock && !exclusive_good)) legal_o = 1'b0;
  end
  assign unused = ^{ax_i.id, ax_i.addr[63:12], ax_i.cache, ax_i.prot, ax_i.qos, ax_i.user};
endmodule : tarn_axi_legal
