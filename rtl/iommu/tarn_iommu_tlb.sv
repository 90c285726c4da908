// Translations of 4 KiB pages in block RAM, set-associative, and of larger ones in a small fully associative level,
// tagged with the address space: PSCID of a first stage, GSCID of a second.
// Lookup: 1 per cycle, answer the next cycle; the answer holds until the next lookup.
// A fill and a lookup of the same set may come together: the lookup sees what was there before.
// Invalidation: larger pages at once (inval_valid_i); 4 KiB pages set by set, by probes that take a lookup's place
// (probe_i), or all at once (inval_valid_i with flush_i). An invalidation wins over a fill of the same cycle.
// A probe may also drop an entry that was filled while it was on its way: never wrong, only a miss more.
// IOTINVAL.GVMA drops all of a GSCID, whatever the address. An address of IOTINVAL.VMA, or one of a range of them, drops
// what came of the first-stage leaf that maps it, also if it is kept in smaller pages.
// Parity: a 4 KiB translation that is not as it was stored is not there, and dropped (parity_error_o).
// Implements the caching of section 3.8 and the operands of IOTINVAL (sections 4.1.1 and 9.3).
`include "tarn_assert.svh"
module tarn_iommu_tlb
  import tarn_iommu_pkg::*;
#(
  parameter int unsigned Entries      = 512,  // of 4 KiB pages; 4 times a power of two, 16..4096
  parameter int unsigned SuperEntries = 16,   // of larger pages, a power of two, 2..64
  parameter bit          Parity       = 1'b1,
  localparam int unsigned Ways    = 4,
  localparam int unsigned Sets    = Entries / Ways,
  localparam int unsigned SetBits = $clog2(Sets)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]           plant_i,
`endif
  // Cycle 1: which set is read.
  input  logic                 read_i,
  input  logic [SetBits-1:0]   set_i,
  // Cycle 2: what is looked for in it. The page must be canonical.
  input  logic                 lookup_i,
  input  tag_t                 tag_i,
  input  logic                 sum_i,     // of its context
  input  asker_t               asker_i,
  output logic                 hit_o,     // there, and the access is permitted
  output leaf_t                leaf_o,
  output logic [1:0]           way_o,     // where a fill for this page should go
  // Cycle 2 of a probe: drop what matches inval_i from the set that was read.
  input  logic                 probe_i,
  input  logic                 inval_valid_i,
  input  inval_t               inval_i,   // holds until the last probe
  input  logic                 flush_i,   // with inval_valid_i: it hits every translation
  input  logic                 fill_valid_i,
  input  tlb_fill_t            fill_i,
  input  logic                 inject_i,        // 4 KiB pages are stored with a wrong bit
  output logic                 parity_error_o   // pulse
);
  `TARN_ASSERT_INIT(EntriesAllowed, Entries >= 16 && Entries <= 4096 && Entries == 2 ** $clog2(Entries),
                    "tarn_iommu_tlb: Entries must be a power of two, 16..4096")
  `TARN_ASSERT_INIT(SuperEntriesAllowed,
                    SuperEntries >= 2 && SuperEntries <= 64 && SuperEntries == 2 ** $clog2(SuperEntries),
                    "tarn_iommu_tlb: SuperEntries must be a power of two, 2..64")

  localparam int unsigned SuperBits = $clog2(SuperEntries);

  typedef struct packed {
    tag_t  tag;
    leaf_t leaf;
  } entry_t;

  function automatic logic is_same_page(tag_t a, tag_t b, size_e size);
    return ((a.vpn ^ b.vpn) & ~TagVpnBits'(offset_mask(size))) == '0;
  endfunction
  function automatic logic is_same_space(tag_t a, tag_t b);
    return a.first == b.first && a.pscid == b.pscid && a.second == b.second && a.gscid == b.gscid;
  endfunction

  function automatic logic is_invalidated(entry_t entry, inval_t inval);
    logic address_matches, space_matches, pscid_matches;
    logic [TagVpnBits-1:0] open;
    open            = TagVpnBits'(offset_mask(entry.leaf.first_size)) | inval.vpn_mask[TagVpnBits-1:0];
    address_matches = ((entry.tag.vpn ^ inval.vpn[TagVpnBits-1:0]) & ~open) == '0;
`ifdef TARN_PLANT
    if (plant_i == 4'd2) address_matches = 1'b0;  // a stale entry stays
`endif
    space_matches = entry.tag.second == inval.by_gscid && (!inval.by_gscid || entry.tag.gscid == inval.gscid);
    pscid_matches = !inval.by_pscid || (entry.tag.first && entry.tag.pscid == inval.pscid);
    if (inval.kind == InvalSecond) return entry.tag.second && (!inval.by_gscid || entry.tag.gscid == inval.gscid);
    return space_matches && pscid_matches && (!inval.by_address || address_matches);
  endfunction

  // --- 4 KiB pages ----------------------------------------------------------------------------------------------
  entry_t [Ways-1:0] ways;
  entry_t fill_entry;
  logic [Sets-1:0][Ways-1:0] valid_q;
  logic [Ways-1:0] read_valid_q, match, found, drop, errors, wrong, broken;
  logic fresh_q;  // the set was read in the last cycle
  logic [SetBits-1:0] read_set_q, fill_set;
  logic [1:0] victim_q;
  logic fill, fill_small;

  assign fill_entry = '{tag: fill_i.tag, leaf: fill_i.leaf};
  assign fill       = fill_valid_i && !inval_valid_i;
  assign fill_small = fill && fill_i.leaf.size == Size4K;
  assign fill_set   = SetBits'(set_of(fill_i.tag));

  tarn_ram_sdp_parity #(
    .Parity(Parity),
    .Width(Ways * $bits(entry_t)),
    .Depth(Sets),
    .LaneBits($bits(entry_t))
  ) u_ram (
    .clk_i,
    .rst_ni,
    .we_i   (fill_small),
    .waddr_i(fill_set),
    .wmask_i(Ways'(1) << fill_i.way),
    .wdata_i({Ways{fill_entry}}),
    .inject_i,
    .re_i   (read_i),
    .raddr_i(set_i),
    .rdata_o(ways),
    .error_o(errors)
  );

`ifdef TARN_PLANT
  assign wrong = plant_i == 4'd12 ? '0 : errors;  // what is broken is used
`else
  assign wrong = errors;
`endif
  assign broken         = read_valid_q & wrong;
  assign parity_error_o = fresh_q && broken != '0;
  always_comb begin
    match = '0;
    found = '0;
    drop  = fresh_q ? broken : '0;
    for (int unsigned way = 0; way < Ways; way++) begin
      if (lookup_i) begin
        match[way] = read_valid_q[way] && !wrong[way] && ways[way].tag == tag_i;
        found[way] = match[way] && is_permitted(ways[way].leaf, sum_i, asker_i);
      end
      if (probe_i && read_valid_q[way] && is_invalidated(ways[way], inval_i)) drop[way] = 1'b1;
    end
  end

  // A page that is there but does not permit the access is walked again, and replaced where it stands.
  always_comb begin
    way_o = victim_q;
    for (int unsigned way = 0; way < Ways; way++) if (!read_valid_q[way] || wrong[way]) way_o = 2'(way);
    for (int unsigned way = 0; way < Ways; way++) if (match[way]) way_o = 2'(way);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q  <= '0;
      victim_q <= '0;
      fresh_q  <= 1'b0;
    end else begin
      fresh_q <= read_i;
      if (fill_small) begin
        valid_q[fill_set][fill_i.way] <= 1'b1;
        victim_q <= victim_q + 2'd1;
      end
      if (drop != '0) valid_q[read_set_q] <= valid_q[read_set_q] & ~drop;
      if (inval_valid_i && flush_i) valid_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (read_i) begin
      read_valid_q <= valid_q[set_i];
      read_set_q   <= set_i;
    end
  end

  // --- larger pages ---------------------------------------------------------------------------------------------
  entry_t super_q[SuperEntries];
  logic [SuperEntries-1:0] super_valid_q, super_found, super_drop, super_same;
  logic [SuperBits-1:0] super_index, super_next_q, super_fill_index;

  always_comb begin
    super_found = '0;
    super_index = '0;
    if (lookup_i) begin
      for (int unsigned i = 0; i < SuperEntries; i++) begin
        super_found[i] = super_valid_q[i] && is_same_page(super_q[i].tag, tag_i, super_q[i].leaf.size) &&
                         is_same_space(super_q[i].tag, tag_i) && is_permitted(super_q[i].leaf, sum_i, asker_i);
        if (super_found[i]) super_index = SuperBits'(i);
      end
    end
  end

  always_comb begin
    super_same       = '0;
    super_fill_index = super_next_q;
    if (fill) begin
      for (int unsigned i = 0; i < SuperEntries; i++) begin
        super_same[i] = super_valid_q[i] && is_same_space(super_q[i].tag, fill_i.tag) &&
                        super_q[i].leaf.size == fill_i.leaf.size &&
                        is_same_page(super_q[i].tag, fill_i.tag, fill_i.leaf.size);
        if (super_same[i]) super_fill_index = SuperBits'(i);
      end
    end
  end

  always_comb begin
    super_drop = '0;
    if (inval_valid_i) begin
      for (int unsigned i = 0; i < SuperEntries; i++) begin
        super_drop[i] = flush_i || (inval_i.kind inside {InvalFirst, InvalSecond} && is_invalidated(super_q[i], inval_i));
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      super_valid_q <= '0;
      super_next_q  <= '0;
    end else begin
      if (fill && !fill_small) begin
        super_valid_q[super_fill_index] <= 1'b1;
        if (super_same == '0) super_next_q <= super_next_q + 1'b1;
      end
      for (int unsigned i = 0; i < SuperEntries; i++) if (super_drop[i]) super_valid_q[i] <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fill && !fill_small) super_q[super_fill_index] <= fill_entry;
  end

  // --- answer ---------------------------------------------------------------------------------------------------
  assign hit_o = found != '0 || super_found != '0;
  always_comb begin
    leaf_o = super_q[super_index].leaf;
    for (int unsigned way = 0; way < Ways; way++) if (found[way]) leaf_o = ways[way].leaf;
`ifdef TARN_PLANT
    if (plant_i == 4'd1) leaf_o.ppn[3] = !leaf_o.ppn[3];  // one wrong bit in a translation
`endif
  end
endmodule : tarn_iommu_tlb
