// One step of a walk: what an entry read from memory means. Combinational; the state stands in tarn_iommu_walks.
// Device directory: sections 3.3.1 (locate the context) and 3.1.4 (its checks), in base format. Page table: Sv39 of the
// privileged specification with Svnapot; hardware does not set A and D, and permissions are each request's own matter.
module tarn_iommu_walk_step
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities
) (
  input  page_t              page_i,
  input  walk_t              walk_i,    // where the walk stands
  input  status_e            status_i,  // of the read
  input  logic [3:0][63:0]   words_i,   // what was read: words_i[0], or all four of a context
  output logic               done_o,    // result_o is the answer; else walk_o says what to read next
  output result_t            result_o,
  output walk_t              walk_o,
  output logic               context_o  // walk_o.value is a context that may be kept
);
  localparam logic [3:0] IosatpBare = 4'd0, IosatpSv39 = 4'd8;

  logic retry;
  assign retry = status_i inside {StatusTimeout, StatusRetry};

  // --- device directory -----------------------------------------------------------------------------------------
  typedef struct packed {
    logic [31:0] reserved63_32;
    logic [7:0]  custom;
    logic [11:0] reserved23_12;
    logic        sxl, sbe, dpe, sade, gade, prpr, pdtv, dtf, t2gpa, en_pri, en_ats, v;
  } tc_t;

  tc_t tc;
  logic [63:0] iohgatp, ta, fsc;
  logic misconfigured;
  context_t value;

  assign tc      = words_i[0];
  assign iohgatp = words_i[1];
  assign ta      = words_i[2];
  assign fsc     = words_i[3];

  // Absent here, so that their settings are misconfigurations: T2GPA, process directories, hardware A/D
  // updates, big-endian and 32-bit schemes, QoS ids, second stages.
  always_comb begin
    misconfigured = tc.reserved63_32 != '0 || tc.reserved23_12 != '0;
    if (!Capabilities.ats && (tc.en_ats || tc.en_pri || tc.prpr)) misconfigured = 1'b1;
    if ((!tc.en_ats && tc.en_pri) || (!tc.en_pri && tc.prpr) || tc.t2gpa) misconfigured = 1'b1;
    if (tc.gade || tc.sade || tc.sbe || tc.sxl) misconfigured = 1'b1;
    if (tc.dpe && !tc.pdtv) misconfigured = 1'b1;
    if (iohgatp[63:60] != 4'd0) misconfigured = 1'b1;
    if (ta[11:0] != '0 || ta[63:32] != '0) misconfigured = 1'b1;
    if (fsc[59:44] != '0) misconfigured = 1'b1;
    // A process directory can only be bare: no level is supported.
    if (tc.pdtv ? fsc[63:60] != 4'd0 : !(fsc[63:60] inside {IosatpBare, IosatpSv39})) misconfigured = 1'b1;
  end

  assign value = '{
    dtf:      tc.dtf,
    en_ats:   tc.en_ats,
    en_pri:   tc.en_pri,
    prpr:     tc.prpr,
    pdtv:     tc.pdtv,
    sv39:     !tc.pdtv && fsc[63:60] == IosatpSv39,
    pscid:    ta[31:12],
    root_ppn: fsc[43:0]
  };

  // --- page table -----------------------------------------------------------------------------------------------
  typedef struct packed {
    logic        n;
    logic [8:0]  reserved62_54;  // Svpbmt and Svrsw60t59b are absent
    logic [43:0] ppn;
    logic [1:0]  rsw;
    logic        d, a, g, u, x, w, r, v;
  } pte_t;

  pte_t pte;
  logic pte_fault, is_leaf, misaligned;
  size_e leaf_size;

  assign pte     = words_i[0];
  assign is_leaf = pte.r || pte.x;

  always_comb begin
    unique case (walk_i.level)
      2'd2:    leaf_size = Size1G;
      2'd1:    leaf_size = Size2M;
      default: leaf_size = pte.n ? Size64K : Size4K;
    endcase
  end
  // 64 KiB: the low bits of the page number say so, 1000.
  assign misaligned = leaf_size == Size64K ? pte.ppn[3:0] != 4'b1000
                                           : (pte.ppn[17:0] & offset_mask(leaf_size)) != '0;
  always_comb begin
    pte_fault = !pte.v || (!pte.r && pte.w) || pte.reserved62_54 != '0;
    if (is_leaf) begin
      if (misaligned || (pte.n && walk_i.level != 2'd0)) pte_fault = 1'b1;
    end else if (pte.n || pte.d || pte.a || pte.u || walk_i.level == 2'd0) begin
      pte_fault = 1'b1;
    end
  end

  // --- the step -------------------------------------------------------------------------------------------------
  always_comb begin
    done_o    = 1'b1;
    context_o = 1'b0;
    result_o  = plain_result(ResultStatus, walk_i.value.dtf);
    result_o.status = status_i;
    walk_o    = walk_i;
    unique case (walk_i.phase)
      PhaseDirectory: begin
        if (status_i == StatusPoison) begin
          result_o = fault_result(CauseDdtDataCorruption, 1'b0);
        end else if (!retry && status_i != StatusOk) begin
          result_o = fault_result(CauseDdtEntryLoadAccessFault, 1'b0);
        end else if (!retry && !words_i[0][0]) begin
          result_o = fault_result(CauseDdtEntryNotValid, 1'b0);
        end else if (!retry && (words_i[0][9:1] != '0 || words_i[0][63:54] != '0)) begin
          result_o = fault_result(CauseDdtEntryMisconfigured, 1'b0);
        end else if (!retry) begin
          done_o       = 1'b0;
          walk_o.ppn   = words_i[0][53:10];
          walk_o.level = walk_i.level - 2'd1;
          walk_o.phase = walk_i.level == 2'd1 ? PhaseContext : PhaseDirectory;
        end
      end
      PhaseContext: begin
        if (status_i == StatusPoison) begin
          result_o = fault_result(CauseDdtDataCorruption, 1'b0);
        end else if (!retry && status_i != StatusOk) begin
          result_o = fault_result(CauseDdtEntryLoadAccessFault, 1'b0);
        end else if (!retry && !tc.v) begin
          result_o = fault_result(CauseDdtEntryNotValid, 1'b0);
        end else if (!retry && misconfigured) begin
          result_o = fault_result(CauseDdtEntryMisconfigured, 1'b0);
        end else if (!retry) begin
          context_o    = 1'b1;
          walk_o.value = value;
          walk_o.phase = PhaseTable;
          walk_o.level = 2'd2;
          walk_o.ppn   = value.root_ppn;
          done_o       = context_result_valid(page_i, value);
          result_o     = context_result(page_i, value);
        end
      end
      default: begin  // PhaseTable
        if (status_i == StatusPoison) begin
          result_o = fault_result(CausePtDataCorruption, walk_i.value.dtf);
        end else if (!retry && status_i != StatusOk) begin
          result_o.kind = ResultAccessFault;
        end else if (!retry && pte_fault) begin
          result_o.kind = ResultPageFault;
        end else if (!retry && is_leaf) begin
          result_o.kind = ResultLeaf;
          result_o.leaf = '{size: leaf_size, readable: pte.r, writable: pte.w, executable: pte.x, user: pte.u,
                            accessed: pte.a, dirty: pte.d, ppn: pte.ppn};
        end else if (!retry) begin
          done_o       = 1'b0;
          walk_o.ppn   = pte.ppn;
          walk_o.level = walk_i.level - 2'd1;
        end
      end
    endcase
  end
endmodule : tarn_iommu_walk_step
