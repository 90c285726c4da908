// What an instance's capabilities leave possible. What has stood in a memory comes out of it as if it could be anything, and
// synthesis keeps all that is made of it; here the bits that can have one value alone get it, so that they cost nothing, in the
// memory neither. A value that the instance can have is not changed. With every capability nothing is.
package tarn_iommu_possible_pkg;
  import tarn_iommu_pkg::*;

  function automatic logic has_processes(capabilities_t can);
    return can.pd8 || can.pd17 || can.pd20;
  endfunction

  // Bits that any page number has which a table translates: of a first stage its own, up to its sign; of a second stage two more.
  function automatic int unsigned page_bits(capabilities_t can);
    if (can.sv57x4) return 47;
    if (can.sv57) return 45;
    if (can.sv48x4) return 38;
    if (can.sv48) return 36;
    if (can.sv39x4) return 29;
    if (can.sv39) return 27;
    return 22;
  endfunction
  // And of guest page numbers that a second stage translates.
  function automatic int unsigned guest_page_bits(capabilities_t can);
    if (can.sv57x4) return 47;
    if (can.sv48x4) return 38;
    if (can.sv39x4) return 29;
    if (can.sv32x4) return 22;
    return PpnBits;
  endfunction

  function automatic scheme_e possible_scheme(capabilities_t can, logic second, scheme_e scheme);
    logic sv57, sv48, sv39, sv32;
    logic [2:0] codes;
    {sv57, sv48, sv39, sv32} = second ? {can.sv57x4, can.sv48x4, can.sv39x4, can.sv32x4} : {can.sv57, can.sv48, can.sv39, can.sv32};
    codes = ({3{sv57}} & SchemeSv57) | ({3{sv48}} & SchemeSv48) | ({3{sv39}} & SchemeSv39) | ({3{sv32}} & SchemeSv32);
    return scheme_e'(scheme & codes);
  endfunction

  function automatic device_t possible_device(capabilities_t can, device_t device);
    possible_device = device;
    if (!can.ats) begin
      possible_device.en_ats = 1'b0;
      possible_device.en_pri = 1'b0;
      possible_device.prpr   = 1'b0;
    end
    if (!can.ats || !can.t2gpa) possible_device.t2gpa = 1'b0;
    if (!has_processes(can)) begin
      possible_device.dpe       = 1'b0;
      possible_device.pd_levels = 2'd0;
    end
    if (!can.amo_hwad) {possible_device.sade, possible_device.gade} = 2'b00;
    if (!can.both_endian) possible_device.sbe = 1'b0;
    if (!can.sv32x4) possible_device.sxl = 1'b0;
    possible_device.first  = possible_scheme(can, 1'b0, device.first);
    possible_device.second = possible_scheme(can, 1'b1, device.second);
    if (can.msi_flat) begin
      for (int unsigned i = 0; i < MsiBits; i++) begin
        if (i >= guest_page_bits(can)) {possible_device.msi_mask[i], possible_device.msi_pattern[i]} = 2'b00;
      end
    end else begin
      possible_device.msi         = 1'b0;
      possible_device.msi_ppn     = '0;
      possible_device.msi_mask    = '0;
      possible_device.msi_pattern = '0;
    end
    if (!can.qosid) possible_device.qos = '0;
  endfunction

  // Without process directories what stands for the process context follows from the device's.
  function automatic space_t possible_space(capabilities_t can, page_t page, space_t space);
    possible_space.device = possible_device(can, space.device);
    possible_space.proc   = space.proc;
    possible_space.proc.first = possible_scheme(can, 1'b0, space.proc.first);
    if (!has_processes(can)) possible_space.proc = own_process(page, possible_space.device);
  endfunction

  // Whatever the page's scheme, its number's higher bits are those of its sign, or 0.
  function automatic tag_t possible_tag(capabilities_t can, tag_t tag);
    possible_tag = tag;
    for (int unsigned i = 0; i < TagVpnBits; i++) if (i >= page_bits(can)) possible_tag.vpn[i] = 1'b0;
  endfunction

  function automatic leaf_t possible_leaf(capabilities_t can, leaf_t leaf);
    possible_leaf = leaf;
    if (!can.ats) possible_leaf.shared = 1'b0;
    if (!can.svpbmt) possible_leaf.pbmt = '0;
  endfunction

  function automatic walk_t possible_walk(capabilities_t can, walk_t walk);
    possible_walk = walk;
    if (!has_processes(can)) begin  // no phase of them (2 and 3), and nothing is looked for on their behalf (0)
      possible_walk.phase   = phase_e'(walk.phase & {1'b1, walk.phase[2], 1'b1});
      possible_walk.purpose = purpose_e'(walk.purpose | {1'b0, !walk.purpose[1]});
    end
    if (!can.sv57) possible_walk.level[2] = 1'b0;
    if (!can.sv57x4) possible_walk.second_level[2] = 1'b0;
    for (int unsigned i = 0; i < VpnBits; i++) begin  // a wider one is a fault at once
      if (!can.sv57x4 && i >= guest_page_bits(can)) possible_walk.gpn[i] = 1'b0;
    end
    if (!can.ats) possible_walk.shared = 1'b0;
    if (!can.svpbmt) possible_walk.first_pbmt = '0;
    if (!can.amo_hwad) begin
      possible_walk.swap         = 1'b0;
      possible_walk.swap_dirty   = 1'b0;
      possible_walk.entry        = '0;
      possible_walk.may_update   = 1'b0;
    end
    // Only a well-formed entry is changed.
    possible_walk.entry[58:54] = '0;
    if (!can.svpbmt) possible_walk.entry[62:61] = '0;
    if (!can.svrsw60t59b) possible_walk.entry[60:59] = '0;
  endfunction

  function automatic result_t possible_result(capabilities_t can, result_t result);
    possible_result = result;
    if (!can.msi_mrif) begin
      possible_result.cause[11:9] = '0;
      possible_result.kind        = result_kind_e'(result.kind | {2'b00, result.kind[2] && result.kind[1]});
    end
    if (!has_processes(can)) {possible_result.ens, possible_result.sum} = 2'b10;
    if (!can.ats) {possible_result.prpr, possible_result.shared} = 2'b00;
    if (!can.ats || !can.t2gpa) possible_result.t2gpa = 1'b0;
    if (!can.amo_hwad) {possible_result.sade, possible_result.gade} = 2'b00;
    if (!can.svpbmt) possible_result.pbmt = '0;
    if (!can.qosid) possible_result.qos = '0;
  endfunction

  // Who asks for which page. Without process directories all processes of a device have the same pages.
  function automatic page_t possible_page(capabilities_t can, page_t page);
    possible_page = page;
    if (!has_processes(can) && !can.hpm) possible_page.process_id = '0;
  endfunction

  function automatic slot_t possible_slot(capabilities_t can, slot_t slot);
    possible_slot = slot;
    if (!can.ats) possible_slot.message = 1'b0;
    if (!can.dbg) possible_slot.debug = 1'b0;
  endfunction

  // What asks. Where there are no translation requests, a translated one is refused as soon as its device is known.
  function automatic asker_t possible_asker(capabilities_t can, asker_t asker);
    possible_asker = asker;
    if (!can.ats) possible_asker.ats = 1'b0;
  endfunction
endpackage : tarn_iommu_possible_pkg
