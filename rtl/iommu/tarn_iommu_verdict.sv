// What a translation's result means for one request that waited for it: the request's own permissions, its fault, or the
// completion of a PCIe ATS translation request. Combinational. Sections 3.3 (end), 3.6 and 4.2. What hardware sets A and D
// for has been judged before (needs_own_walk): here they are as they are.
module tarn_iommu_verdict
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter bit Ats = 1'b1  // a translation request may be granted something
) (
  input  result_t  result_i,
  input  asker_t   asker_i,
  input  dev_req_t req_i,
  input  logic     debug_i,    // of the debug interface
  output verdict_t verdict_o
);
  typedef struct packed {
    logic   permitted;
    cause_t cause;  // if not
  } judgement_t;

  access_e access;
  logic is_ats, priv, disallowed;
  assign access     = asker_i.access;
  assign is_ats     = asker_i.ats;
  assign priv       = asker_i.priv;
  assign disallowed = priv && !result_i.ens;

  // --- the page -------------------------------------------------------------------------------------------------
  logic larger, fits;
  logic [PpnBits-1:0] mask, page;  // low bits that the page leaves alone; host page
  logic [VpnBits-1:0] told_page;   // in a completion
  assign larger = result_i.kind == ResultLeaf && result_i.size != Size4K;
  assign mask   = result_i.kind == ResultLeaf ? PpnBits'(offset_mask(result_i.size)) : '1;
  assign page   = (result_i.ppn & ~mask) | (req_i.addr[55:12] & mask);
  assign fits   = req_i.addr[63:56] == '0;
  always_comb begin
    told_page = VpnBits'(page);
    if (result_i.kind == ResultBare) told_page = req_i.addr[63:12];
    if (result_i.t2gpa && result_i.kind == ResultLeaf) told_page = result_i.gpn;
    if (larger) told_page = (told_page & ~VpnBits'(mask)) | (VpnBits'(mask) >> 1);
  end

  // --- what an access of a kind gets, in the order of section 3.3 -------------------------------------------------
  // Supervisor requests (step 15), the first stage (17), MSIs (18), the second stage (19).
  function automatic logic first_permits(access_e what);
    asker_t who;
    who = '{access: what, priv: priv, default: '0};
    return !result_i.reached || !result_i.first ||
           (is_first_permitted(result_i.first_rights, result_i.sum, who) && is_marked(result_i.first_rights, what));
  endfunction
  function automatic logic second_permits(access_e what);
    return is_second_permitted(result_i.second_rights, what) && is_marked(result_i.second_rights, what);
  endfunction
  function automatic judgement_t judge(access_e what);
    if (disallowed) return '{1'b0, CauseTransactionTypeDisallowed};
    if (!first_permits(what)) return '{1'b0, page_fault_of(what)};
    unique case (result_i.kind)
      ResultLeaf: begin
        if (result_i.msi) return '{what != AccessExecute, CauseInstructionAccessFault};  // section 3.3.3
        return '{second_permits(what), guest_page_fault_of(what)};
      end
      ResultMrif:           return '{what != AccessExecute, CauseInstructionAccessFault};
      ResultBare:           return '{fits || is_ats, '0};  // what lies there, the access will find out
      ResultPageFault:      return '{1'b0, page_fault_of(what)};
      ResultAccessFault:    return '{1'b0, access_fault_of(what)};
      ResultGuestPageFault: return '{1'b0, guest_page_fault_of(what)};
      default:              return '{1'b0, result_i.cause};
    endcase
  endfunction

  judgement_t own, reads, writes, executes;
  assign own      = judge(access);
  assign reads    = judge(AccessRead);
  assign writes   = judge(AccessWrite);
  assign executes = judge(AccessExecute);

  // --- translation requests (section 3.6): what is missing is told, what is wrong is a fault ----------------------
  logic answerable, denied, unsupported;
  cause_t cause;
  assign answerable  = Ats && result_i.kind inside {ResultLeaf, ResultMrif, ResultBare} && !disallowed;
  // A page of the wrong privilege, or without A, denies all, whatever lies behind it; missing rights do not hide an error
  // behind them.
  logic is_denied_first;
  asker_t reader;
  assign reader = '{access: AccessRead, priv: priv, default: '0};
  assign is_denied_first = result_i.reached && result_i.first &&
                           (!is_user_rule_met(result_i.first_rights.user, result_i.sum, reader) ||
                            !result_i.first_rights.accessed);
  assign denied      = Ats && !disallowed && (is_denied_first || result_i.kind inside {ResultPageFault, ResultGuestPageFault} ||
                       (result_i.kind == ResultFault && result_i.cause inside {CausePdtEntryNotValid, CauseMsiPteNotValid}));
  always_comb begin
    cause = own.cause;
    if (is_ats && !disallowed && !answerable && !denied) begin
      cause = result_i.kind == ResultAccessFault ? access_fault_of(access) : result_i.cause;
    end
  end
  assign unsupported = cause inside {CauseAllInboundDisallowed, CauseDdtEntryLoadAccessFault, CauseDdtEntryNotValid,
                                               CauseDdtEntryMisconfigured, CauseTransactionTypeDisallowed};

  function automatic ats_completion_t completion();
    completion            = '0;
    completion.privileged = priv;
    if (!answerable) return completion;
    completion.reads    = reads.permitted;
    completion.writes   = writes.permitted;
    completion.executes = reads.permitted && executes.permitted && req_i.exec;
    if (!reads.permitted && !writes.permitted) return completion;
    completion.untranslated_only = result_i.kind == ResultMrif;
    completion.larger            = larger;
    completion.shared            = result_i.kind == ResultLeaf && !result_i.msi && result_i.shared && req_i.process_valid;
    if (result_i.kind != ResultMrif) {completion.page_high, completion.page} = told_page;
  endfunction

  // A request that the first stage stops does not reach what comes after, whatever that would have answered.
  logic stopped;
  assign stopped = disallowed || (is_ats ? is_denied_first : !first_permits(access));

  always_comb begin
    verdict_o        = '0;
    verdict_o.status = StatusTranslationFault;
    verdict_o.page   = page;
    verdict_o.larger = larger;
    verdict_o.mask   = mask;
    verdict_o.cause  = cause;
    // Bits 1:0 say what kind of implicit access it was (section 4.2).
    if (cause inside {CauseInstructionGuestPageFault, CauseReadGuestPageFault, CauseWriteGuestPageFault}) begin
      verdict_o.iotval2 = {result_i.gpn, result_i.implicit ? 10'b0 : {req_i.addr[11:6], req_i.first_byte[5:2]},
                           result_i.implicit && result_i.implicit_write, result_i.implicit};
    end
    if (result_i.kind == ResultStatus && !stopped) begin
      verdict_o.status = result_i.status;
    end else if (is_ats && (answerable || denied)) begin
      verdict_o.status     = StatusOk;
      verdict_o.completion = completion();
    end else if (is_ats) begin
      verdict_o.faults           = 1'b1;
      verdict_o.completion.reads = !unsupported;  // data[0]: Completer Abort; corrupted tables too (section 8.3)
    end else if (result_i.kind == ResultBare && !disallowed && !fits) begin
      verdict_o.status = StatusAccessError;  // beyond the physical address size there is nothing
    end else if (!own.permitted) begin
      verdict_o.faults = 1'b1;
    end else if (result_i.kind == ResultMrif && debug_i) begin  // chapter 5
      verdict_o.faults = 1'b1;
      verdict_o.cause  = CauseTransactionTypeDisallowed;
    end else begin
      verdict_o.mrif   = result_i.kind == ResultMrif;
      verdict_o.passes = result_i.kind != ResultMrif;
    end
  end
endmodule : tarn_iommu_verdict
