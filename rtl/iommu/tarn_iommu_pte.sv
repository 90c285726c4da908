// What a page-table entry of either stage says, and whether it may stand there. Combinational. Permissions, A and D are
// each request's own matter. Privileged specification: Sv32, Sv39 to Sv57 and their x4 schemes, Svnapot, Svpbmt, Svrsw60t59b.
module tarn_iommu_pte
  import tarn_iommu_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities
) (
  input  logic [63:0]        entry_i,
  input  logic               narrow_i, // Sv32: 4 bytes
  input  logic [2:0]         level_i,  // 0: the last
  output logic               fault_o,
  output logic               leaf_o,
  output rights_t            rights_o,
  output logic               shared_o, // global
  output logic [1:0]         pbmt_o,
  output size_e              size_o,
  output logic [PpnBits-1:0] ppn_o
);
  typedef struct packed {
    logic        n;
    logic [1:0]  pbmt;
    logic [1:0]  rsw60_59;
    logic [4:0]  reserved58_54;
    logic [43:0] ppn;
    logic [1:0]  rsw;
    logic        d, a, g, u, x, w, r, v;
  } pte_t;

  pte_t pte;
  logic misaligned, reserved;

  assign pte      = narrow_i ? {32'b0, entry_i[31:0]} : entry_i;
  assign shared_o = pte.g;
  assign pbmt_o   = pte.pbmt;
  assign leaf_o = pte.r || pte.x;
  assign ppn_o  = pte.ppn;
  assign rights_o = '{readable: pte.r, writable: pte.w, executable: pte.x, user: pte.u, accessed: pte.a, dirty: pte.d};

  // 64 KiB: the low bits of the page number say so, 1000. Which of the others count is known from the level alone.
  size_e level_size;
  always_comb begin
    unique case (level_i)
      3'd4:    level_size = Size256T;
      3'd3:    level_size = Size512G;
      3'd2:    level_size = Size1G;
      3'd1:    level_size = narrow_i ? Size4M : Size2M;
      default: level_size = Size4K;
    endcase
  end
  assign size_o     = level_i == 3'd0 && pte.n ? Size64K : level_size;
  assign misaligned = size_o == Size64K ? pte.ppn[3:0] != 4'b1000
                                        : (pte.ppn & PpnBits'(offset_mask(level_size))) != '0;
  assign reserved = pte.reserved58_54 != '0 || (pte.rsw60_59 != '0 && !Capabilities.svrsw60t59b) ||
                    (Capabilities.svpbmt ? pte.pbmt == 2'd3 : pte.pbmt != '0);

  always_comb begin
    fault_o = !pte.v || (!pte.r && pte.w) || reserved;
    if (leaf_o) begin
      if (misaligned || (pte.n && level_i != 3'd0)) fault_o = 1'b1;
    end else if (pte.n || pte.pbmt != '0 || pte.d || pte.a || pte.u || level_i == 3'd0) begin
      fault_o = 1'b1;
    end
  end
endmodule : tarn_iommu_pte
