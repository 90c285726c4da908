// One step of a walk: what an entry read from memory means. Combinational; the state stands in tarn_iommu_walks.
// Sections 3.3.1 (locate the device context), 3.3.2 (locate the process context), 3.3.3 (MSIs), 3.4 (A and D) and the
// page tables of both stages. Permissions are each request's own matter (tarn_iommu_verdict), but for those of the second
// stage on implicit accesses, and for setting A and D: for the first waiter alone, and only where it is permitted.
module tarn_iommu_walk_step
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities
) (
  input  fctl_t            fctl_i,
  input  page_t            page_i,
  input  space_t           space_i,    // as far as it is known
  input  walk_t            walk_i,     // where the walk stands
  input  asker_t           lead_i,     // the first waiter
  input  status_e          status_i,   // of the read
  input  logic [7:0][63:0] device_words_i,  // what was read: a device context,
  input  logic [1:0][63:0] words_i,    // or another entry, of one doubleword or two
  output logic             done_o,     // result_o is the answer; else walk_o says what to read next
  output result_t          result_o,
  output walk_t            walk_o,
  output space_t           space_o,
  output walk_asks_t       asks_o,     // what of the walk caches may shorten walk_o
  output logic             descends_o, // walk_o.ppn is a table of the second stage,
  output logic             located_o,  // or the host page of guest page walk_o.gpn, in which a table lies
  output logic             device_o,   // space_o.device is a context that may be kept
  output logic             process_o   // space_o.process is
);
  logic retry, error, poison, read_ok;
  assign retry   = status_i inside {StatusTimeout, StatusRetry};
  assign poison  = status_i == StatusPoison;
  assign read_ok = status_i == StatusOk;
  assign error   = !read_ok && !retry && !poison;

  // --- what was read --------------------------------------------------------------------------------------------
  localparam logic [63:0] AccessedBit = 64'h40, DirtyBit = 64'h80;
  logic device_valid, device_misconfigured, process_valid, process_misconfigured;
  device_t device;
  process_t proc;
  logic pte_fault, is_leaf, is_narrow, shared, swap_failed;
  logic [1:0] pbmt;
  logic [63:0] entry_read, entry;  // as it was read, and with what was set
  rights_t rights;
  size_e size;
  logic [PpnBits-1:0] ppn, mask;
  logic directory_reserved;

  tarn_iommu_context_step #(.Capabilities(Capabilities)) u_context (
    .fctl_i,
    .words_i                (device_words_i),
    .process_words_i        (words_i),
    .sxl_i                  (space_i.device.sxl),
    .device_valid_o         (device_valid),
    .device_misconfigured_o (device_misconfigured),
    .device_o               (device),
    .process_valid_o        (process_valid),
    .process_misconfigured_o(process_misconfigured),
    .process_o              (proc)
  );

  assign is_narrow   = (walk_i.phase == PhaseSecond ? space_i.device.second : space_i.proc.first) == SchemeSv32;
  assign entry_read  = is_narrow ? {32'b0, words_i[0][31:0]} : words_i[0];
  assign swap_failed = walk_i.swap && read_ok && entry_read != walk_i.entry;
  assign entry       = walk_i.swap ? walk_i.entry | AccessedBit | (walk_i.swap_dirty ? DirtyBit : 64'd0) : entry_read;

  tarn_iommu_pte #(.Capabilities(Capabilities)) u_pte (
    .entry_i (entry),
    .narrow_i(is_narrow),
    .level_i (walk_i.phase == PhaseSecond ? walk_i.second_level : walk_i.level),
    .fault_o (pte_fault),
    .leaf_o  (is_leaf),
    .rights_o(rights),
    .shared_o(shared),
    .pbmt_o  (pbmt),
    .size_o  (size),
    .ppn_o   (ppn)
  );
  assign mask = PpnBits'(offset_mask(size));
  assign directory_reserved = words_i[0][9:1] != '0 || words_i[0][63:54] != '0;

  // An MSI page-table entry (AIA specification): to a page, or to a memory-resident interrupt file.
  logic msi_misconfigured, is_msi_flat;
  assign is_msi_flat = words_i[0][2:1] == 2'd3;
  always_comb begin
    unique case (words_i[0][2:1])
      2'd3:    msi_misconfigured = words_i[0][63:54] != '0 || words_i[0][9:3] != '0;  // C: no custom entries here
      2'd1:    msi_misconfigured = !Capabilities.msi_mrif || words_i[0][63:54] != '0 || words_i[0][6:3] != '0 ||
                                   words_i[1][63:61] != '0 || words_i[1][59:54] != '0;
      default: msi_misconfigured = 1'b1;
    endcase
  end

  // --- A and D --------------------------------------------------------------------------------------------------
  // What must be set for the first waiter, if it is permitted what it needs.
  logic is_lead_permitted, wants_dirty, lacks_mark, is_enabled;
  always_comb begin
    unique case (walk_i.phase == PhaseFirst ? ForFirst : walk_i.purpose)
      ForFirst: begin
        is_lead_permitted = walk_i.phase == PhaseFirst ? is_first_passed(rights, space_i.proc.sum, lead_i)
                                                       : is_second_permitted(rights, AccessRead);
        wants_dirty       = walk_i.phase == PhaseFirst && sets_dirty(rights, lead_i);
      end
      ForProcess: begin
        is_lead_permitted = is_second_permitted(rights, AccessRead);
        wants_dirty       = 1'b0;
      end
      ForUpdate: begin
        is_lead_permitted = is_second_permitted(rights, AccessWrite);
        wants_dirty       = 1'b1;
      end
      default: begin  // a translation request gets to write only if the first stage lets it
        is_lead_permitted = !walk_i.lead_blocked && is_second_passed(rights, lead_i);
        wants_dirty       = sets_dirty(rights, lead_i) && walk_i.first_rights.writable && walk_i.first_rights.dirty;
      end
    endcase
    lacks_mark = !rights.accessed || (wants_dirty && !rights.dirty);
    is_enabled = walk_i.phase == PhaseFirst ? space_i.device.sade : space_i.device.gade;
  end

  // --- where it leads -------------------------------------------------------------------------------------------
  logic faults, enters_device, enters_space, enters_table, enters_page, descends, translated, swaps, asks_update;
  logic ends_msi;
  result_t fault, enter_result;
  walk_t at, entered;
  logic enter_done;
  walk_asks_t enter_asks;
  logic [VpnBits-1:0] gpn;
  logic [PpnBits-1:0] first_ppn, host_ppn;  // of the 4 KiB page, were this a leaf of the first or the second stage

  assign first_ppn = (ppn & ~mask) | (page_i.vpn[PpnBits-1:0] & mask);
  assign host_ppn  = (ppn & ~mask) | (walk_i.gpn[PpnBits-1:0] & mask);

  function automatic result_t dispose(result_kind_e kind, cause_t cause);
    dispose       = plain_result(kind, space_i.device.dtf);
    dispose.cause = cause;
    dispose.ens   = walk_i.phase inside {PhaseFirst, PhaseSecond, PhaseMsi} && walk_i.purpose != ForProcess ? space_i.proc.ens : 1'b1;
    dispose.sum            = space_i.proc.sum;
    dispose.reached        = walk_i.reached;
    dispose.first          = walk_i.reached && space_i.proc.first != SchemeBare;
    dispose.first_rights   = walk_i.first_rights;
    dispose.first_size     = walk_i.first_size;
    dispose.gpn            = walk_i.gpn;
    dispose.implicit       = walk_i.purpose != ForPage;
    dispose.implicit_write = walk_i.purpose == ForUpdate;
    dispose.for_lead       = walk_i.purpose == ForUpdate || walk_i.swap;
    dispose.sade           = space_i.device.sade;
    dispose.gade           = space_i.device.gade;
    dispose.t2gpa          = space_i.device.t2gpa;
    dispose.shared         = walk_i.shared;
    dispose.pbmt           = walk_i.first_pbmt;
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
    at.swap       = 1'b0;
    swaps         = 1'b0;
    asks_update   = 1'b0;
    ends_msi      = 1'b0;
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
        else if (swap_failed) faults = 1'b0;  // software was faster: read it again
        else if (read_ok && pte_fault) fault = dispose(ResultPageFault, '0);
        else if (read_ok && is_leaf && is_lead_permitted && lacks_mark && is_enabled) begin
          faults      = 1'b0;
          swaps       = space_i.device.second == SchemeBare || walk_i.may_update;
          asks_update = !swaps;
        end else if (read_ok && is_leaf) begin
          faults          = 1'b0;
          enters_page     = 1'b1;
          gpn             = VpnBits'(first_ppn);
          at.first_rights = rights;
          at.first_size   = size;
          at.shared       = shared;
          at.first_pbmt   = pbmt;
          // A translation request that D keeps from writing may still read.
          at.lead_blocked = !is_lead_permitted || !rights.accessed || (lacks_mark && !lead_i.ats);
          at.may_update   = 1'b0;
        end else if (read_ok) begin
          faults       = 1'b0;
          enters_table = 1'b1;
          gpn          = VpnBits'(ppn);
          at.level     = walk_i.level - 3'd1;
          at.phase     = PhaseFirst;
        end
      end
      PhaseMsi: begin
        if (poison) fault = dispose(ResultFault, CauseMsiPtDataCorruption);
        else if (error) fault = dispose(ResultFault, CauseMsiPteLoadAccessFault);
        else if (read_ok && !words_i[0][0]) fault = dispose(ResultFault, CauseMsiPteNotValid);
        else if (read_ok && msi_misconfigured) fault = dispose(ResultFault, CauseMsiPteMisconfigured);
        else if (read_ok) begin
          faults   = 1'b0;
          ends_msi = 1'b1;
        end
      end
      default: begin  // PhaseSecond
        if (poison) begin
          fault = dispose(ResultFault, walk_i.purpose == ForProcess ? CausePdtDataCorruption : CausePtDataCorruption);
        end else if (error) begin
          fault = walk_i.purpose == ForProcess ? dispose(ResultFault, CausePdtEntryLoadAccessFault)
                                               : dispose(ResultAccessFault, '0);
        end else if (swap_failed) begin
          faults = 1'b0;
        end else if (read_ok && pte_fault) begin
          fault = dispose(ResultGuestPageFault, '0);
        end else if (read_ok && is_leaf && is_lead_permitted && lacks_mark && is_enabled) begin
          faults = 1'b0;
          swaps  = 1'b1;
        end else if (read_ok && is_leaf && walk_i.purpose != ForPage && (!is_lead_permitted || lacks_mark)) begin
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
    .lead_i,
    .device_i     (enters_device),
    .space_known_i(enters_space),
    .table_i      (enters_table),
    .page_valid_i (enters_page),
    .gpn_i        (gpn),
    .done_o       (enter_done),
    .result_o     (enter_result),
    .walk_o       (entered),
    .asks_o       (enter_asks)
  );

  always_comb begin
    done_o   = faults;
    result_o = fault;
    walk_o   = at;
    asks_o   = '0;
    if (!faults && (enters_device || enters_space || enters_table || enters_page)) begin
      done_o   = enter_done;
      result_o = enter_result;
      walk_o   = entered;
      asks_o   = enter_asks;
    end else if (descends) begin
      walk_o.ppn          = ppn;
      walk_o.second_level = walk_i.second_level - 3'd1;
    end else if (swaps) begin
      walk_o.swap       = 1'b1;
      walk_o.swap_dirty = wants_dirty;
      walk_o.entry      = entry_read;
    end else if (asks_update) begin
      walk_o.phase        = PhaseSecond;
      walk_o.purpose      = ForUpdate;
      walk_o.second_level = root_level(space_i.device.second);
      walk_o.ppn          = space_i.device.second_ppn;
    end else if (ends_msi) begin
      // As a second-stage entry with R, W and U, and A and D set.
      done_o                 = 1'b1;
      result_o               = dispose(is_msi_flat ? ResultLeaf : ResultMrif, is_msi_flat ? '0 : {1'b0, words_i[1][60], words_i[1][9:0]});
      result_o.second_rights = '{readable: 1'b1, writable: 1'b1, executable: 1'b0, user: 1'b1, accessed: 1'b1, dirty: 1'b1};
      result_o.msi           = 1'b1;
      result_o.size          = Size4K;
      result_o.ppn           = is_msi_flat ? words_i[0][53:10] : words_i[1][53:10];
      if (!is_msi_flat) result_o.gpn = VpnBits'(words_i[0][53:7]);
    end else if (translated && walk_i.purpose == ForPage) begin
      done_o                 = 1'b1;
      result_o               = dispose(ResultLeaf, '0);
      result_o.for_lead      = 1'b0;
      result_o.second_rights = rights;
      result_o.size          = smaller_of(walk_i.first_size, size);
      result_o.ppn           = host_ppn;
      if (walk_i.first_pbmt == 2'd0) result_o.pbmt = pbmt;
      // A page in which an interrupt file lies is kept in pieces: no translation of its own covers the file.
      if (is_msi_page(space_i.device, walk_i.gpn, offset_mask(result_o.size))) result_o.size = Size4K;
    end else if (translated) begin
      walk_o.ppn        = host_ppn;
      walk_o.may_update = walk_i.purpose == ForUpdate;
      walk_o.phase      = PhaseFirst;
      if (walk_i.purpose == ForProcess) walk_o.phase = walk_i.level == 3'd0 ? PhaseProcess : PhaseProcessDirectory;
      if (walk_i.purpose == ForUpdate) walk_o.purpose = ForFirst;
    end
  end

  assign descends_o = descends;
  assign located_o  = translated && walk_i.purpose inside {ForFirst, ForProcess};
endmodule : tarn_iommu_walk_step
