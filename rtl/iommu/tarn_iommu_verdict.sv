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
  asker_t asker;
  access_e access;
  logic is_ats;
  logic [PpnBits-1:0] mask, page;  // low bits that the page leaves alone; host page
  logic fits, larger, disallowed;

  assign access = access_of(req_i.op, req_i.exec);
  assign asker  = '{access: access, priv: req_i.process_valid && req_i.priv};
  assign is_ats = !message_i && req_i.at == AtTranslationRequest;
  assign larger = result_i.kind == ResultLeaf && result_i.size != Size4K;
  assign mask   = result_i.kind == ResultLeaf ? PpnBits'(offset_mask(result_i.size)) : '1;
  assign page   = (result_i.ppn & ~mask) | (req_i.addr[55:12] & mask);
  assign fits   = req_i.addr[63:56] == '0;
  assign disallowed = asker.priv && !result_i.ens;

  // Does a stage permit an access, A and D included? Hardware does not set them.
  function automatic logic first_permits(access_e what);
    asker_t who;
    who = '{access: what, priv: asker.priv};
    return !result_i.first ||
           (is_first_permitted(result_i.first_rights, result_i.sum, who) && is_marked(result_i.first_rights, what));
  endfunction
  function automatic logic second_permits(access_e what);
    return is_second_permitted(result_i.second_rights, what) && is_marked(result_i.second_rights, what);
  endfunction
  function automatic logic permits(access_e what);
    if (result_i.kind == ResultBare) return fits;
    return result_i.kind == ResultLeaf && first_permits(what) && second_permits(what);
  endfunction

  // A request that the first stage stops does not reach what comes after, whatever that would have answered.
  logic stopped;
  assign stopped = disallowed || (result_i.reached && !first_permits(access) &&
                                  !(is_ats && (first_permits(AccessRead) || first_permits(AccessWrite))));

  // In the order of section 3.3: supervisor requests (step 15), the first stage, the second.
  cause_t cause;
  logic found;
  always_comb begin
    found = 1'b0;
    cause = result_i.cause;
    if (disallowed) begin
      cause = CauseTransactionTypeDisallowed;
    end else if (result_i.reached && !first_permits(access)) begin
      cause = page_fault_of(access);
    end else begin
      unique case (result_i.kind)
        ResultLeaf: begin
          found = second_permits(access);
          cause = guest_page_fault_of(access);
        end
        ResultBare:           found = fits;
        ResultPageFault:      cause = page_fault_of(access);
        ResultAccessFault:    cause = access_fault_of(access);
        ResultGuestPageFault: cause = guest_page_fault_of(access);
        default:              cause = result_i.cause;
      endcase
    end
  end

  // Categories for translation requests (section 3.6). Corrupted tables: Completer Abort (section 8.3).
  logic answerable, denied, unsupported, reads, writes, executes;
  assign answerable  = result_i.kind inside {ResultLeaf, ResultBare} && !disallowed;
  assign denied      = cause inside {CauseInstructionPageFault, CauseReadPageFault, CauseWritePageFault,
                                     CauseInstructionGuestPageFault, CauseReadGuestPageFault, CauseWriteGuestPageFault,
                                     CausePdtEntryNotValid, CauseMsiPteNotValid};
  assign unsupported = cause inside {CauseAllInboundDisallowed, CauseDdtEntryLoadAccessFault, CauseDdtEntryNotValid,
                                     CauseDdtEntryMisconfigured, CauseTransactionTypeDisallowed};
  assign reads    = answerable && permits(AccessRead);
  assign writes   = answerable && permits(AccessWrite);
  assign executes = answerable && permits(AccessExecute);

  always_comb begin
    verdict_o         = '0;
    verdict_o.cause   = cause;
    verdict_o.status  = StatusTranslationFault;
    verdict_o.page    = page;
    verdict_o.larger  = larger;
    verdict_o.mask    = mask;
    // Bits 1:0 say what kind of implicit access it was (section 4.2).
    if (cause inside {CauseInstructionGuestPageFault, CauseReadGuestPageFault, CauseWriteGuestPageFault}) begin
      verdict_o.iotval2 = {result_i.gpn, result_i.implicit ? 10'b0 : {req_i.addr[11:6], req_i.first_byte[5:2]}, 1'b0,
                           result_i.implicit};
    end
    if (result_i.kind == ResultStatus && !stopped) begin
      verdict_o.status = result_i.status;
    end else if (is_ats && (answerable || denied)) begin
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
    end else if (found) begin
      verdict_o.passes = 1'b1;
    end else if (result_i.kind == ResultBare && cause != CauseTransactionTypeDisallowed) begin  // beyond the physical address size there is nothing
      verdict_o.status = StatusAccessError;
    end else begin
      verdict_o.faults = 1'b1;
    end
  end
endmodule : tarn_iommu_verdict
