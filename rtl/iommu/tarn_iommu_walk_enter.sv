// Where a walk goes from a place in its page's translation: into the process directory, a first stage, a table of
// either (through the second stage, if there is one), or the page itself; or that it ends there. Combinational.
// Section 3.3, steps 9 to 19, and the two-stage process of the privileged specification.
module tarn_iommu_walk_enter
  import tarn_iommu_pkg::*;
(
  input  page_t              page_i,
  input  space_t             space_i,   // as far as it is known
  input  walk_t              walk_i,    // where the walk stands
  // Exactly one:
  input  logic               device_i,  // the device's context is known
  input  logic               space_known_i,  // all of the context is
  input  logic               table_i,   // a table lies at guest page gpn_i; walk_i.level and .phase are of its entry
  input  logic               page_valid_i,  // the access goes to guest page gpn_i
  input  logic [VpnBits-1:0] gpn_i,
  output logic               done_o,    // result_o is the answer; else walk_o says what to read next
  output result_t            result_o,
  output walk_t              walk_o
);
  logic enters_table, enters_page;
  logic [VpnBits-1:0] gpn;
  process_t proc;

  assign proc = space_i.proc;

  function automatic result_t with_space(result_t result);
    with_space      = result;
    with_space.dtf  = space_i.device.dtf;
    with_space.ens  = proc.ens;
    with_space.sum  = proc.sum;
    with_space.prpr = space_i.device.prpr;
  endfunction

  always_comb begin
    done_o       = 1'b0;
    result_o     = with_space(plain_result(ResultBare, 1'b0));
    walk_o       = walk_i;
    enters_table = table_i;
    enters_page  = page_valid_i;
    gpn          = gpn_i;

    if (device_i && device_result_valid(page_i, space_i.device)) begin
      done_o   = 1'b1;
      result_o = device_result(page_i, space_i.device);
    end else if (device_i && needs_process(page_i, space_i.device)) begin
      enters_table = 1'b1;
      gpn          = VpnBits'(space_i.device.first_ppn);
      walk_o.level = 3'(space_i.device.pd_levels) - 3'd1;
      walk_o.phase = space_i.device.pd_levels == 2'd1 ? PhaseProcess : PhaseProcessDirectory;
    end else if (device_i || space_known_i) begin
      if (space_result_valid(page_i, space_i)) begin
        done_o   = 1'b1;
        result_o = with_space(space_result(page_i, space_i));
      end else if (proc.first == SchemeBare) begin
        enters_page         = 1'b1;
        gpn                 = page_i.vpn;
        walk_o.first_rights = '1;
        walk_o.first_size   = Size256T;
      end else begin
        enters_table = 1'b1;
        gpn          = VpnBits'(proc.first_ppn);
        walk_o.level = root_level(proc.first);
        walk_o.phase = PhaseFirst;
      end
    end

    if (enters_table) walk_o.purpose = walk_o.phase == PhaseFirst ? ForFirst : ForProcess;
    if (enters_page) begin
      walk_o.purpose = ForPage;
      walk_o.reached = 1'b1;
    end
    if (enters_table || enters_page) begin
      walk_o.gpn = gpn;
      if (space_i.device.second == SchemeBare) begin
        walk_o.ppn = gpn[PpnBits-1:0];
        if (enters_page) begin
          done_o                 = 1'b1;
          result_o               = with_space(plain_result(ResultLeaf, 1'b0));
          result_o.second_rights = '1;
          result_o.size          = walk_o.first_size;
          result_o.ppn           = gpn[PpnBits-1:0];
        end
      end else if (!is_guest_page(space_i.device.second, gpn)) begin
        done_o            = 1'b1;
        result_o          = with_space(plain_result(ResultGuestPageFault, 1'b0));
        result_o.implicit = enters_table;
        if (walk_o.purpose == ForProcess) result_o.ens = 1'b1;  // not known yet
      end else begin
        walk_o.phase        = PhaseSecond;
        walk_o.second_level = root_level(space_i.device.second);
        walk_o.ppn          = space_i.device.second_ppn;
      end
    end
    // Kept with every result from here on.
    result_o.reached      = walk_o.reached;
    result_o.first        = walk_o.reached && proc.first != SchemeBare;
    result_o.first_rights = walk_o.first_rights;
    result_o.first_size   = walk_o.first_size;
    result_o.gpn          = walk_o.gpn;
  end
endmodule : tarn_iommu_walk_enter
