// The number of a virtual interrupt file: the bits of a guest page number where the device's mask has ones, packed at the
// low end (section 3.3.3, "extract"). One at a time, BitsPerCycle of them a cycle.
// start_i: only when idle. done_o stays until take_i.
module tarn_iommu_msi_index
  import tarn_iommu_pkg::*;
#(
  parameter int unsigned Bits         = MsiBits,  // of a page number that may count: the low ones
  parameter int unsigned BitsPerCycle = 4
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               start_i,
  input  logic [MsiBits-1:0] page_i,
  input  logic [MsiBits-1:0] mask_i,
  output logic               busy_o,   // with one, done or not
  output logic               done_o,
  input  logic               take_i,
  output logic [MsiBits-1:0] index_o
);
  localparam int unsigned Steps = (Bits + BitsPerCycle - 1) / BitsPerCycle;

  logic busy_q;
  logic [Bits-1:0] page_q, mask_q, index_q, index;  // from the highest bit on
  logic [$clog2(Steps + 1)-1:0] left_q;

  assign busy_o  = busy_q;
  assign done_o  = busy_q && left_q == '0;
  assign index_o = MsiBits'(index_q);

  always_comb begin
    index = index_q;
    for (int unsigned i = 1; i <= BitsPerCycle; i++) if (mask_q[Bits-i]) index = {index[Bits-2:0], page_q[Bits-i]};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      left_q <= '0;
    end else if (start_i) begin
      busy_q <= 1'b1;
      left_q <= ($bits(left_q))'(Steps);
    end else begin
      if (take_i) busy_q <= 1'b0;
      if (left_q != '0) left_q <= left_q - 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      page_q  <= page_i[Bits-1:0];
      mask_q  <= mask_i[Bits-1:0];
      index_q <= '0;
    end else if (left_q != '0) begin
      page_q  <= page_q << BitsPerCycle;
      mask_q  <= mask_q << BitsPerCycle;
      index_q <= index;
    end
  end
endmodule : tarn_iommu_msi_index
