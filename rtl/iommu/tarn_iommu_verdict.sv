// What a translation's result means for one request that waited for it: the request's own permissions, its fault, or the
// completion of a PCIe ATS translation request. Combinational. Sections 3.3 (end), 3.6 and 4.2.
module tarn_iommu_verdict
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
(
  input  result_t  result_i,
  input  dev_req_t req_i,
  input  logic     message_i,  // a page request in a request's clothes
  output verdict_t verdict_o
);
  access_e access;
  logic is_ats;
  logic [PpnBits-1:0] mask, page;  // low bits that the page leaves alone; host page
  logic found, reads, writes, executes, larger;

  assign access = access_of(req_i.op, req_i.exec);
  assign is_ats = !message_i && req_i.at == AtTranslationRequest;
  assign larger = result_i.kind == ResultLeaf && result_i.leaf.size != Size4K;
  assign mask   = result_i.kind == ResultLeaf ? PpnBits'(offset_mask(result_i.leaf.size)) : '1;
  assign page   = (result_i.leaf.ppn & ~mask) | (req_i.addr[55:12] & mask);

  // What the page permits, A and D included; hardware does not set them.
  always_comb begin
    found    = result_i.kind == ResultLeaf || (result_i.kind == ResultBare && req_i.addr[63:56] == '0);
    reads    = found;
    writes   = found;
    executes = found;
    if (result_i.kind == ResultLeaf) begin
      reads    = is_permitted(result_i.leaf, AccessRead);
      writes   = is_permitted(result_i.leaf, AccessWrite);
      executes = is_permitted(result_i.leaf, AccessExecute);
    end
  end

  // Causes by category for translation requests (section 3.6). Corrupted tables: Completer Abort (section 8.3).
  logic denied, unsupported;  // success without permissions; Unsupported Request, else Completer Abort
  cause_t cause;
  always_comb begin
    cause = result_i.cause;
    if (result_i.kind inside {ResultLeaf, ResultPageFault}) cause = page_fault_of(access);
    if (result_i.kind == ResultAccessFault) cause = access_fault_of(access);
    denied      = result_i.kind inside {ResultLeaf, ResultBare, ResultPageFault};
    unsupported = cause inside {CauseAllInboundDisallowed, CauseDdtEntryLoadAccessFault, CauseDdtEntryNotValid,
                                CauseDdtEntryMisconfigured, CauseTransactionTypeDisallowed};
  end

  logic permitted;
  assign permitted = access == AccessWrite ? writes : access == AccessExecute ? executes : reads;

  always_comb begin
    verdict_o         = '0;
    verdict_o.cause   = cause;
    verdict_o.status  = StatusTranslationFault;
    verdict_o.page    = page;
    verdict_o.larger  = larger;
    verdict_o.mask    = mask;
    if (result_i.kind == ResultStatus) begin
      verdict_o.status = result_i.status;
    end else if (is_ats && denied) begin
      verdict_o.status     = StatusOk;
      verdict_o.completion = '{
        page:       reads || writes ? (larger ? (page & ~mask) | (mask >> 1) : page) : '0,
        larger:     (reads || writes) && larger,
        privileged: req_i.process_valid && req_i.priv,
        executes:   reads && executes && req_i.exec,
        writes:     writes,
        reads:      reads,
        default:    '0
      };
    end else if (is_ats) begin
      verdict_o.faults           = 1'b1;
      verdict_o.completion.reads = !unsupported;  // data[0]: Completer Abort
    end else if (found && permitted) begin
      verdict_o.passes = 1'b1;
    end else if (result_i.kind == ResultBare) begin  // beyond the physical address size there is nothing
      verdict_o.status = StatusAccessError;
    end else begin
      verdict_o.faults = 1'b1;
    end
  end
endmodule : tarn_iommu_verdict
