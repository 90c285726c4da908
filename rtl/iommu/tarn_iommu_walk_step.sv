// One step of a walk: what an entry read from memory means. Combinational; the state stands in tarn_iommu_walks.
// Sections 3.3.1 (locate the device context), 3.3.2 (locate the process context), 3.3.3 (MSIs), 3.4 (A and D) and the
// page tables of both stages. Permissions are each request's own matter (tarn_iommu_verdict), but for those of the second
// stage on implicit accesses, and for setting A and D: for the first waiter alone, and only where it is permitted.
module tarn_iommu_walk_step
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_possible_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities
) (
  input  fctl_t            fctl_i,
  input  page_t            page_i,
  input  space_t           space_i,    // as far as it is known
  input  walk_t            walk_i,     // where the walk stands
  input  logic             narrow_i,   // the entry is one of Sv32, 4 bytes
  input  logic             begins_device_i,  // no entry: the walk begins here, with its device's context,
  input  logic             begins_space_i,   // or all of its page's
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
  logic pte_fault, is_leaf, shared, swap_failed;
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

  assign entry_read  = narrow_i ? {32'b0, words_i[0][31:0]} : words_i[0];
  assign swap_failed = walk_i.swap && read_ok && entry_read != walk_i.entry;
  assign entry       = walk_i.swap ? walk_i.entry | AccessedBit | (walk_i.swap_dirty ? DirtyBit : 64'd0) : entry_read;

  tarn_iommu_pte #(.Capabilities(Capabilities)) u_pte (
    .entry_i (entry),
    .narrow_i,
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
  // Where it leads if the entry is as it should be (step_kind) is looked up while that is judged (is_good).
  typedef enum logic [2:0] {
    Descends,     // to the next table of the directory or of the second stage
    Enters,       // tarn_iommu_walk_enter says where
    Swaps,        // A or D is set first
    AsksUpdate,   // whether the second stage lets it be set
    EndsMsi,
    EndsPage,     // the second stage's leaf of the access itself
    Translated,   // and of a guest page that holds a table
    ReadsAgain    // software was faster
  } kind_e;
  kind_e step_kind;
  logic is_good, sets_mark, may_set;
  result_t fault, enter_result, good_result;
  walk_t at, entering, entered, good_walk;
  logic enter_done, good_done;
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

  // --- is it as it should be ------------------------------------------------------------------------------------
  // A mark is set only where the first waiter is permitted what it needs; where it must not be set, an implicit access that
  // lacks it fails.
  assign may_set   = is_leaf && is_lead_permitted && lacks_mark && is_enabled;
  assign sets_mark = walk_i.phase inside {PhaseFirst, PhaseSecond} && may_set;

  logic begins;
  assign begins = begins_device_i || begins_space_i;
  always_comb begin
    is_good = read_ok;
    fault   = dispose(ResultFault, '0);
    unique case (walk_i.phase)
      PhaseDirectory: begin
        if (poison) fault = directory_fault(CauseDdtDataCorruption);
        else if (error) fault = directory_fault(CauseDdtEntryLoadAccessFault);
        else if (!words_i[0][0]) fault = directory_fault(CauseDdtEntryNotValid);
        else fault = directory_fault(CauseDdtEntryMisconfigured);
        if (!words_i[0][0] || directory_reserved) is_good = 1'b0;
      end
      PhaseDevice: begin
        if (poison) fault = directory_fault(CauseDdtDataCorruption);
        else if (error) fault = directory_fault(CauseDdtEntryLoadAccessFault);
        else if (!device_valid) fault = directory_fault(CauseDdtEntryNotValid);
        else fault = directory_fault(CauseDdtEntryMisconfigured);
        if (!device_valid || device_misconfigured) is_good = 1'b0;
      end
      PhaseProcessDirectory: begin
        if (poison) fault.cause = CausePdtDataCorruption;
        else if (error) fault.cause = CausePdtEntryLoadAccessFault;
        else if (!words_i[0][0]) fault.cause = CausePdtEntryNotValid;
        else fault.cause = CausePdtEntryMisconfigured;
        if (!words_i[0][0] || directory_reserved) is_good = 1'b0;
      end
      PhaseProcess: begin
        if (poison) fault.cause = CausePdtDataCorruption;
        else if (error) fault.cause = CausePdtEntryLoadAccessFault;
        else if (!process_valid) fault.cause = CausePdtEntryNotValid;
        else fault.cause = CausePdtEntryMisconfigured;
        if (!process_valid || process_misconfigured) is_good = 1'b0;
      end
      PhaseFirst: begin
        if (poison) fault.cause = CausePtDataCorruption;
        else if (error) fault.kind = ResultAccessFault;
        else fault.kind = ResultPageFault;
        if (pte_fault && !swap_failed) is_good = 1'b0;
      end
      PhaseMsi: begin
        if (poison) fault.cause = CauseMsiPtDataCorruption;
        else if (error) fault.cause = CauseMsiPteLoadAccessFault;
        else if (!words_i[0][0]) fault.cause = CauseMsiPteNotValid;
        else fault.cause = CauseMsiPteMisconfigured;
        if (!words_i[0][0] || msi_misconfigured) is_good = 1'b0;
      end
      default: begin  // PhaseSecond
        if (poison) begin
          fault.cause = walk_i.purpose == ForProcess ? CausePdtDataCorruption : CausePtDataCorruption;
        end else if (error) begin
          if (walk_i.purpose == ForProcess) fault.cause = CausePdtEntryLoadAccessFault;
          else fault.kind = ResultAccessFault;
        end else begin
          fault.kind = ResultGuestPageFault;
        end
        if (!swap_failed && (pte_fault || (is_leaf && walk_i.purpose != ForPage && !may_set &&
                                           (!is_lead_permitted || lacks_mark)))) is_good = 1'b0;
      end
    endcase
    if (retry) begin
      fault        = dispose(ResultStatus, '0);
      fault.status = status_i;
    end
    if (begins) is_good = 1'b1;
  end

  // --- and what it says then ------------------------------------------------------------------------------------
  always_comb begin
    space_o = space_i;
    if (walk_i.phase == PhaseDevice) begin
      space_o.device = device;
      space_o.proc   = own_process(page_i, device);
    end
    if (walk_i.phase == PhaseProcess) space_o.proc = proc;
    space_o   = possible_space(Capabilities, page_i, space_o);
    device_o  = walk_i.phase == PhaseDevice && is_good;
    process_o = walk_i.phase == PhaseProcess && is_good;

    unique case (walk_i.phase)
      PhaseDirectory: step_kind = Descends;
      PhaseDevice, PhaseProcessDirectory, PhaseProcess: step_kind = Enters;
      PhaseFirst: step_kind = swap_failed ? ReadsAgain : !sets_mark ? Enters :
                         space_i.device.second == SchemeBare || walk_i.may_update ? Swaps : AsksUpdate;
      PhaseMsi: step_kind = EndsMsi;
      default: step_kind = swap_failed ? ReadsAgain : sets_mark ? Swaps : !is_leaf ? Descends :
                      walk_i.purpose == ForPage ? EndsPage : Translated;
    endcase

    if (begins) step_kind = Enters;

    at      = walk_i;
    at.swap = 1'b0;

    gpn      = VpnBits'(words_i[0][53:10]);
    entering = at;
    if (walk_i.phase == PhaseFirst && is_leaf) begin
      gpn                   = VpnBits'(first_ppn);
      entering.first_rights = rights;
      entering.first_size   = size;
      entering.shared       = shared;
      entering.first_pbmt   = pbmt;
      // A translation request that D keeps from writing may still read.
      entering.lead_blocked = !is_lead_permitted || !rights.accessed || (lacks_mark && !lead_i.ats);
      entering.may_update   = 1'b0;
    end else if (walk_i.phase == PhaseFirst) begin
      gpn            = VpnBits'(ppn);
      entering.level = walk_i.level - 3'd1;
    end else if (walk_i.phase == PhaseProcessDirectory) begin
      entering.level = walk_i.level - 3'd1;
      entering.phase = walk_i.level == 3'd1 ? PhaseProcess : PhaseProcessDirectory;
    end
  end

  tarn_iommu_walk_enter u_enter (
    .page_i,
    .space_i      (space_o),
    .walk_i       (entering),
    .lead_i,
    .device_decides_i(device_result_valid(page_i, space_o.device)),
    .space_decides_i(space_result_valid(page_i, space_o)),
    .device_i     (walk_i.phase == PhaseDevice || begins_device_i),
    .space_known_i(walk_i.phase == PhaseProcess || begins_space_i),
    .table_i      (walk_i.phase == PhaseProcessDirectory || (walk_i.phase == PhaseFirst && !is_leaf)),
    .page_valid_i (walk_i.phase == PhaseFirst && is_leaf),
    .gpn_i        (gpn),
    .done_o       (enter_done),
    .result_o     (enter_result),
    .walk_o       (entered),
    .asks_o       (enter_asks)
  );

  always_comb begin
    good_done   = 1'b0;
    good_result = enter_result;
    good_walk   = at;
    asks_o      = '0;
    unique case (step_kind)
      Descends: begin
        if (walk_i.phase == PhaseDirectory) begin
          good_walk.ppn   = words_i[0][53:10];
          good_walk.level = walk_i.level - 3'd1;
          good_walk.phase = walk_i.level == 3'd1 ? PhaseDevice : PhaseDirectory;
        end else begin
          good_walk.ppn          = ppn;
          good_walk.second_level = walk_i.second_level - 3'd1;
        end
      end
      Enters: begin
        good_done = enter_done;
        good_walk = entered;
        asks_o    = enter_asks;
      end
      Swaps: begin
        good_walk.swap       = 1'b1;
        good_walk.swap_dirty = wants_dirty;
        good_walk.entry      = entry_read;
      end
      AsksUpdate: begin
        good_walk.phase        = PhaseSecond;
        good_walk.purpose      = ForUpdate;
        good_walk.second_level = root_level(space_i.device.second);
        good_walk.ppn          = space_i.device.second_ppn;
      end
      EndsMsi: begin
        // As a second-stage entry with R, W and U, and A and D set.
        good_done                 = 1'b1;
        good_result               = dispose(is_msi_flat ? ResultLeaf : ResultMrif, is_msi_flat ? '0 : {1'b0, words_i[1][60], words_i[1][9:0]});
        good_result.second_rights = '{readable: 1'b1, writable: 1'b1, executable: 1'b0, user: 1'b1, accessed: 1'b1, dirty: 1'b1};
        good_result.msi           = 1'b1;
        good_result.size          = Size4K;
        good_result.ppn           = is_msi_flat ? words_i[0][53:10] : words_i[1][53:10];
        if (!is_msi_flat) good_result.gpn = VpnBits'(words_i[0][53:7]);
      end
      EndsPage: begin
        good_done                 = 1'b1;
        good_result               = dispose(ResultLeaf, '0);
        good_result.for_lead      = 1'b0;
        good_result.second_rights = rights;
        good_result.size          = smaller_of(walk_i.first_size, size);
        good_result.ppn           = host_ppn;
        if (walk_i.first_pbmt == 2'd0) good_result.pbmt = pbmt;
        // A page in which an interrupt file lies is kept in pieces: no translation of its own covers the file.
        if (is_msi_page(space_i.device, walk_i.gpn, offset_mask(good_result.size))) good_result.size = Size4K;
      end
      Translated: begin
        good_walk.ppn        = host_ppn;
        good_walk.may_update = walk_i.purpose == ForUpdate;
        good_walk.phase      = PhaseFirst;
        if (walk_i.purpose == ForProcess) good_walk.phase = walk_i.level == 3'd0 ? PhaseProcess : PhaseProcessDirectory;
        if (walk_i.purpose == ForUpdate) good_walk.purpose = ForFirst;
      end
      default: ;  // ReadsAgain
    endcase
  end

  // A walk that ends leads nowhere: what is judged last chooses the result alone.
  assign done_o     = !is_good || good_done;
  assign result_o   = is_good ? good_result : fault;
  assign walk_o     = good_walk;
  assign descends_o = walk_i.phase == PhaseSecond && step_kind == Descends;
  assign located_o  = step_kind == Translated && walk_i.purpose inside {ForFirst, ForProcess};
endmodule : tarn_iommu_walk_step
