// Where a walk goes from a place in its page's translation: into the process directory, a first stage, a table of
// either (through the second stage, if there is one), or the page itself; or that it ends there. Combinational.
// Section 3.3, steps 9 to 19, and the two-stage process of the privileged specification.
module tarn_iommu_walk_enter
  import tarn_iommu_pkg::*;
(
  input  page_t              page_i,
  input  space_t             space_i,   // as far as it is known
  input  walk_t              walk_i,    // where the walk stands
  input  asker_t             lead_i,    // the first waiter
  input  logic               device_decides_i,  // device_result_valid and space_result_valid of page_i and space_i
  input  logic               space_decides_i,
  // Exactly one:
  input  logic               device_i,  // the device's context is known
  input  logic               space_known_i,  // all of the context is
  input  logic               table_i,   // a table lies at guest page gpn_i; walk_i.level and .phase are of its entry
  input  logic               page_valid_i,  // the access goes to guest page gpn_i
  input  logic [VpnBits-1:0] gpn_i,
  output logic               done_o,    // result_o is the answer; else walk_o says what to read next
  output result_t            result_o,
  output walk_t              walk_o,
  output walk_asks_t         asks_o     // what of the walk caches may shorten that
);
  logic ends, is_stopped, enters_first, enters_table, enters_page;
  logic [VpnBits-1:0] gpn;
  process_t proc;
  scheme_e second;
  walk_t at;  // where the walk comes to, before the second stage is asked

  assign proc   = space_i.proc;
  assign second = space_i.device.second;

  // --- where ----------------------------------------------------------------------------------------------------
  always_comb begin
    ends         = 1'b0;
    is_stopped   = 1'b0;
    at           = walk_i;
    enters_first = 1'b0;
    enters_table = table_i;
    enters_page  = page_valid_i;
    gpn          = gpn_i;
    if (device_i && device_decides_i) begin
      ends = 1'b1;
    end else if (device_i && needs_process(page_i, space_i.device)) begin
      enters_table = 1'b1;
      gpn          = VpnBits'(space_i.device.first_ppn);
      at.level     = 3'(space_i.device.pd_levels) - 3'd1;
      at.phase     = space_i.device.pd_levels == 2'd1 ? PhaseProcess : PhaseProcessDirectory;
    end else if (device_i || space_known_i) begin
      // A supervisor whom the process does not let in must not leave its mark in any table; who waits behind it may.
      if (lead_i.priv && !proc.ens && (space_i.device.sade || space_i.device.gade)) begin
        ends       = 1'b1;
        is_stopped = 1'b1;
      end else if (space_decides_i) begin
        ends = 1'b1;
      end else if (proc.first == SchemeBare) begin
        enters_page     = 1'b1;
        gpn             = page_i.vpn;
        at.first_rights = '1;
        at.first_size   = Size256T;
      end else begin
        enters_first = 1'b1;
        enters_table = 1'b1;
        gpn          = VpnBits'(proc.first_ppn);
        at.level     = root_level(proc.first);
        at.phase     = PhaseFirst;
      end
    end
    if (enters_table) at.purpose = at.phase == PhaseFirst ? ForFirst : ForProcess;
    if (enters_page) begin
      at.purpose = ForPage;
      at.reached = 1'b1;
    end
    if (enters_table || enters_page) at.gpn = gpn;
  end

  // With SXL, a device's guest addresses have 34 bits, whatever the second stage translates (section 3.1.3.3).
  logic is_beyond_sxl;
  assign is_beyond_sxl = space_i.device.sxl && enters_page && gpn[VpnBits-1:22] != '0;

  // --- how it is reached ----------------------------------------------------------------------------------------
  function automatic result_t with_space(result_t result);
    with_space      = result;
    with_space.dtf  = space_i.device.dtf;
    with_space.ens  = proc.ens;
    with_space.sum  = proc.sum;
    with_space.prpr = space_i.device.prpr;
    with_space.sade  = space_i.device.sade;
    with_space.gade  = space_i.device.gade;
    with_space.t2gpa = space_i.device.t2gpa;
  endfunction

  always_comb begin
    done_o   = ends;
    result_o = with_space(plain_result(ResultBare, 1'b0));
    walk_o   = at;
    asks_o   = '0;
    asks_o.phase = at.phase;
    asks_o.first = enters_first;
    if (is_stopped) begin
      result_o          = with_space(fault_result(CauseTransactionTypeDisallowed, 1'b0));
      result_o.for_lead = 1'b1;
    end else if (ends) begin
      result_o = device_i && device_decides_i ? device_result(page_i, space_i.device)
                                                                         : with_space(space_result(page_i, space_i));
    end else if ((enters_table || enters_page) && second == SchemeBare) begin
      walk_o.ppn = gpn[PpnBits-1:0];
      if (enters_page) begin
        done_o                 = 1'b1;
        result_o               = with_space(plain_result(ResultLeaf, 1'b0));
        result_o.second_rights = '1;
        result_o.size          = at.first_size;
        result_o.ppn           = gpn[PpnBits-1:0];
      end
    end else if (enters_page && is_msi_page(space_i.device, gpn, '0)) begin
      walk_o.phase = PhaseMsi;
      walk_o.ppn   = space_i.device.msi_ppn;
    end else if ((enters_table || enters_page) && (!is_guest_page(second, gpn) || is_beyond_sxl)) begin
      done_o            = 1'b1;
      result_o          = with_space(plain_result(ResultGuestPageFault, 1'b0));
      result_o.implicit = enters_table;
      if (at.purpose == ForProcess) result_o.ens = 1'b1;  // not known yet
    end else if (enters_table || enters_page) begin
      walk_o.phase        = PhaseSecond;
      walk_o.second_level = root_level(second);
      walk_o.ppn          = space_i.device.second_ppn;
      asks_o.guest        = enters_table;
      asks_o.second       = 1'b1;
    end
    // Kept with every result from here on.
    result_o.reached      = at.reached;
    result_o.first        = at.reached && proc.first != SchemeBare;
    result_o.first_rights = at.first_rights;
    result_o.first_size   = at.first_size;
    result_o.gpn          = at.gpn;
    result_o.shared       = at.shared;
    result_o.pbmt         = at.first_pbmt;
  end
endmodule : tarn_iommu_walk_enter
