// One step of a walk: what an entry read from memory means. Combinational; the state stands in tarn_iommu_walks.
// Sections 3.3.1 (locate the device context), 3.3.2 (locate the process context) and the page tables of both stages.
// Hardware does not set A and D here; permissions are each request's own matter (tarn_iommu_verdict), but for those of
// the second stage on implicit accesses, which are reads.
module tarn_iommu_walk_step
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities
) (
  input  page_t            page_i,
  input  space_t           space_i,    // as far as it is known
  input  walk_t            walk_i,     // where the walk stands
  input  status_e          status_i,   // of the read
  input  logic [3:0][63:0] words_i,    // what was read: words_i[0], or as many as the context has
  output logic             done_o,     // result_o is the answer; else walk_o says what to read next
  output result_t          result_o,
  output walk_t            walk_o,
  output space_t           space_o,
  // The walk caches, asked in the same cycle, and what they may keep
  output walk_query_t      query_o,
  input  walk_known_t      known_i,
  output walk_found_t      found_o,
  output logic             device_o,   // space_o.device is a context that may be kept
  output logic             process_o   // space_o.process is
);
  logic retry, error, poison, read_ok;
  assign retry   = status_i inside {StatusTimeout, StatusRetry};
  assign poison  = status_i == StatusPoison;
  assign read_ok = status_i == StatusOk;
  assign error   = !read_ok && !retry && !poison;

  // --- what was read --------------------------------------------------------------------------------------------
  logic device_valid, device_misconfigured, process_valid, process_misconfigured;
  device_t device;
  process_t proc;
  logic pte_fault, is_leaf;
  rights_t rights;
  size_e size;
  logic [PpnBits-1:0] ppn, mask;
  logic directory_reserved;

  tarn_iommu_context_step #(.Capabilities(Capabilities)) u_context (
    .words_i,
    .device_valid_o         (device_valid),
    .device_misconfigured_o (device_misconfigured),
    .device_o               (device),
    .process_valid_o        (process_valid),
    .process_misconfigured_o(process_misconfigured),
    .process_o              (proc)
  );

  tarn_iommu_pte #(.Capabilities(Capabilities)) u_pte (
    .entry_i (words_i[0]),
    .level_i (walk_i.phase == PhaseSecond ? walk_i.second_level : walk_i.level),
    .fault_o (pte_fault),
    .leaf_o  (is_leaf),
    .rights_o(rights),
    .size_o  (size),
    .ppn_o   (ppn)
  );
  assign mask = PpnBits'(offset_mask(size));
  assign directory_reserved = words_i[0][9:1] != '0 || words_i[0][63:54] != '0;

  // --- where it leads -------------------------------------------------------------------------------------------
  logic faults, enters_device, enters_space, enters_table, enters_page, descends, translated;
  result_t fault, enter_result;
  walk_t at, entered;
  logic enter_done;
  logic [VpnBits-1:0] gpn;
  logic [PpnBits-1:0] first_ppn, host_ppn;  // of the 4 KiB page, were this a leaf of the first or the second stage

  assign first_ppn = (ppn & ~mask) | (page_i.vpn[PpnBits-1:0] & mask);
  assign host_ppn  = (ppn & ~mask) | (walk_i.gpn[PpnBits-1:0] & mask);

  function automatic result_t dispose(result_kind_e kind, cause_t cause);
    dispose       = plain_result(kind, space_i.device.dtf);
    dispose.cause = cause;
    dispose.ens   = walk_i.phase inside {PhaseFirst, PhaseSecond} && walk_i.purpose != ForProcess ? space_i.proc.ens : 1'b1;
    dispose.sum          = space_i.proc.sum;
    dispose.reached      = walk_i.reached;
    dispose.first        = walk_i.reached && space_i.proc.first != SchemeBare;
    dispose.first_rights = walk_i.first_rights;
    dispose.first_size   = walk_i.first_size;
    dispose.gpn          = walk_i.gpn;
    dispose.implicit     = walk_i.purpose != ForPage;
  endfunction

  // Faults before the device context is known are reported whatever DTF says: it is 0 then.
  function automatic result_t directory_fault(cause_t cause);
    return fault_result(cause, 1'b0);
  endfunction

  always_comb begin
    space_o       = space_i;
    device_o      = 1'b0;
    process_o     = 1'b0;
    faults        = 1'b1;
    fault         = dispose(ResultStatus, '0);
    fault.status  = status_i;
    at            = walk_i;
    gpn           = VpnBits'(words_i[0][53:10]);
    enters_device = 1'b0;
    enters_space  = 1'b0;
    enters_table  = 1'b0;
    enters_page   = 1'b0;
    descends      = 1'b0;
    translated    = 1'b0;
    unique case (walk_i.phase)
      PhaseDirectory: begin
        if (poison) fault = directory_fault(CauseDdtDataCorruption);
        else if (error) fault = directory_fault(CauseDdtEntryLoadAccessFault);
        else if (read_ok && !words_i[0][0]) fault = directory_fault(CauseDdtEntryNotValid);
        else if (read_ok && directory_reserved) fault = directory_fault(CauseDdtEntryMisconfigured);
        else if (read_ok) begin
          faults   = 1'b0;
          at.ppn   = words_i[0][53:10];
          at.level = walk_i.level - 3'd1;
          at.phase = walk_i.level == 3'd1 ? PhaseDevice : PhaseDirectory;
        end
      end
      PhaseDevice: begin
        space_o.device  = device;
        space_o.proc = own_process(page_i, device);
        if (poison) fault = directory_fault(CauseDdtDataCorruption);
        else if (error) fault = directory_fault(CauseDdtEntryLoadAccessFault);
        else if (read_ok && !device_valid) fault = directory_fault(CauseDdtEntryNotValid);
        else if (read_ok && device_misconfigured) fault = directory_fault(CauseDdtEntryMisconfigured);
        else if (read_ok) begin
          faults        = 1'b0;
          device_o      = 1'b1;
          enters_device = 1'b1;
        end
      end
      PhaseProcessDirectory: begin
        if (poison) fault = dispose(ResultFault, CausePdtDataCorruption);
        else if (error) fault = dispose(ResultFault, CausePdtEntryLoadAccessFault);
        else if (read_ok && !words_i[0][0]) fault = dispose(ResultFault, CausePdtEntryNotValid);
        else if (read_ok && directory_reserved) fault = dispose(ResultFault, CausePdtEntryMisconfigured);
        else if (read_ok) begin
          faults       = 1'b0;
          enters_table = 1'b1;
          at.level     = walk_i.level - 3'd1;
          at.phase     = walk_i.level == 3'd1 ? PhaseProcess : PhaseProcessDirectory;
        end
      end
      PhaseProcess: begin
        if (poison) fault = dispose(ResultFault, CausePdtDataCorruption);
        else if (error) fault = dispose(ResultFault, CausePdtEntryLoadAccessFault);
        else if (read_ok && !process_valid) fault = dispose(ResultFault, CausePdtEntryNotValid);
        else if (read_ok && process_misconfigured) fault = dispose(ResultFault, CausePdtEntryMisconfigured);
        else if (read_ok) begin
          faults          = 1'b0;
          space_o.proc = proc;
          process_o       = 1'b1;
          enters_space    = 1'b1;
        end
      end
      PhaseFirst: begin
        if (poison) fault = dispose(ResultFault, CausePtDataCorruption);
        else if (error) fault = dispose(ResultAccessFault, '0);
        else if (read_ok && pte_fault) fault = dispose(ResultPageFault, '0);
        else if (read_ok && is_leaf) begin
          faults          = 1'b0;
          enters_page     = 1'b1;
          gpn             = VpnBits'(first_ppn);
          at.first_rights = rights;
          at.first_size   = size;
        end else if (read_ok) begin
          faults       = 1'b0;
          enters_table = 1'b1;
          gpn          = VpnBits'(ppn);
          at.level     = walk_i.level - 3'd1;
          at.phase     = PhaseFirst;
        end
      end
      default: begin  // PhaseSecond
        if (poison) begin
          fault = dispose(ResultFault, walk_i.purpose == ForProcess ? CausePdtDataCorruption : CausePtDataCorruption);
        end else if (error) begin
          fault = walk_i.purpose == ForProcess ? dispose(ResultFault, CausePdtEntryLoadAccessFault)
                                               : dispose(ResultAccessFault, '0);
        end else if (read_ok && pte_fault) begin
          fault = dispose(ResultGuestPageFault, '0);
        end else if (read_ok && is_leaf && walk_i.purpose != ForPage &&
                     !(is_second_permitted(rights, AccessRead) && rights.accessed)) begin
          fault = dispose(ResultGuestPageFault, '0);
        end else if (read_ok) begin
          faults     = 1'b0;
          translated = is_leaf;
          descends   = !is_leaf;
        end
      end
    endcase
  end

  tarn_iommu_walk_enter u_enter (
    .page_i,
    .space_i      (space_o),
    .walk_i       (at),
    .device_i     (enters_device),
    .space_known_i(enters_space),
    .table_i      (enters_table),
    .page_valid_i (enters_page),
    .gpn_i        (gpn),
    .query_o,
    .known_i,
    .done_o       (enter_done),
    .result_o     (enter_result),
    .walk_o       (entered)
  );

  always_comb begin
    done_o   = faults;
    result_o = fault;
    walk_o   = at;
    if (!faults && (enters_device || enters_space || enters_table || enters_page)) begin
      done_o   = enter_done;
      result_o = enter_result;
      walk_o   = entered;
    end else if (descends) begin
      walk_o.ppn          = ppn;
      walk_o.second_level = walk_i.second_level - 3'd1;
    end else if (translated && walk_i.purpose == ForPage) begin
      done_o                 = 1'b1;
      result_o               = dispose(ResultLeaf, '0);
      result_o.second_rights = rights;
      result_o.size          = smaller_of(walk_i.first_size, size);
      result_o.ppn           = host_ppn;
    end else if (translated) begin
      walk_o.ppn   = host_ppn;
      walk_o.phase = walk_i.purpose == ForFirst ? PhaseFirst : walk_i.level == 3'd0 ? PhaseProcess : PhaseProcessDirectory;
    end
  end

  // A first stage's table whose host page is known now: with its root's level, it is no pointer that led there.
  logic finds_table;
  assign finds_table = !done_o && walk_o.phase == PhaseFirst && walk_o.level != root_level(space_o.proc.first);
  always_comb begin
    found_o             = '0;
    found_o.first_near  = finds_table && walk_o.level == 3'd0;
    found_o.first_far   = finds_table && walk_o.level == 3'd1;
    found_o.second_near = descends && walk_o.second_level == 3'd0;
    found_o.second_far  = descends && walk_o.second_level == 3'd1;
    found_o.guest_page  = translated && walk_i.purpose != ForPage;
    found_o.where       = '{tag: tag_of(page_i, space_o), gpn: walk_i.gpn};
    found_o.ppn         = walk_o.ppn;
    found_o.table_gpn   = walk_o.gpn[PpnBits-1:0];
  end
endmodule : tarn_iommu_walk_step
