// Translations of 4 KiB pages in RAM, set-associative, and of larger ones in a small fully associative level,
// tagged with the address space: PSCID of a first stage, GSCID of a second.
// Lookup: 1 per cycle, answer the next cycle; the answer holds until the next lookup.
// A fill and a lookup of the same set may come together: the lookup does not see the way that is filled.
// Invalidation: by probes that take a lookup's place (probe_i): each drops what matches of one set (a cycle later), and of the larger pages;
// or all at once (inval_valid_i with flush_i). An invalidation wins over a fill of the same cycle.
// A probe may also drop an entry that was filled while it was on its way, and a fill that meets the dropping of an entry is
// lost: never wrong, only a miss more.
// IOTINVAL.GVMA drops all of a GSCID, whatever the address. An address of IOTINVAL.VMA, or one of a range of them, drops
// what came of the first-stage leaf that maps it, also if it is kept in smaller pages; of larger pages, a range that is longer
// than one may drop its neighbours too.
// Parity: a 4 KiB translation that is not as it was stored is not there, and dropped (parity_error_o).
// Implements the caching of section 3.8 and the operands of IOTINVAL (sections 4.1.1 and 9.3).
`include "tarn_assert.svh"
module tarn_iommu_tlb
  import tarn_iommu_pkg::*;
  import tarn_iommu_possible_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities,
  parameter int unsigned Entries      = 512,  // of 4 KiB pages; power of two, 16..4096
  parameter int unsigned Ways         = 4,    // 2 or 4
  parameter bit          BlockRam     = 1'b0, // they stand in block RAM, however few they are
  parameter int unsigned SuperEntries = 16,   // of larger pages, a power of two, 2..64
  parameter bit          Parity       = 1'b1,
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
  `TARN_ASSERT_INIT(WaysAllowed, Ways == 2 || Ways == 4, "tarn_iommu_tlb: Ways must be 2 or 4")
  `TARN_ASSERT_INIT(SuperEntriesAllowed,
                    SuperEntries >= 2 && SuperEntries <= 64 && SuperEntries == 2 ** $clog2(SuperEntries),
                    "tarn_iommu_tlb: SuperEntries must be a power of two, 2..64")

  localparam int unsigned SuperBits = $clog2(SuperEntries);

  typedef struct packed {
    tag_t  tag;
    leaf_t leaf;
  } entry_t;

  function automatic entry_t possible_entry(entry_t entry);
    return '{tag: possible_tag(Capabilities, entry.tag), leaf: possible_leaf(Capabilities, entry.leaf)};
  endfunction

  // An address beyond what tables translate may stand for one that they do: more is dropped, then.
  tag_t inval_tag;
  always_comb begin
    inval_tag       = '0;
    inval_tag.vpn   = inval_i.vpn[TagVpnBits-1:0];
    inval_tag.pscid = inval_i.pscid;
    inval_tag.gscid = inval_i.gscid;
    inval_tag       = possible_tag(Capabilities, inval_tag);
  end

  function automatic logic is_invalidated(entry_t entry, inval_t inval);
    logic address_matches;
    logic [TagVpnBits-1:0] open;
    open            = TagVpnBits'(offset_mask(entry.leaf.first_size)) | inval.vpn_mask[TagVpnBits-1:0];
    address_matches = ((entry.tag.vpn ^ inval_tag.vpn) & ~open) == '0;
    return is_dropped(entry.tag.first, entry.tag.second, address_matches, entry.tag.pscid == inval.pscid,
                      entry.tag.gscid == inval.gscid, inval);
  endfunction
  // By what its tag has in common with the operands.
  function automatic logic is_dropped(logic first, logic second, logic same_address, logic same_pscid, logic same_gscid,
                                      inval_t inval);
    logic address_matches, space_matches, pscid_matches;
    address_matches = same_address;
`ifdef TARN_PLANT
    if (plant_i == 4'd2) address_matches = 1'b0;  // a stale entry stays
`endif
    space_matches = second == inval.by_gscid && (!inval.by_gscid || same_gscid);
    pscid_matches = !inval.by_pscid || (first && same_pscid);
    if (inval.kind == InvalSecond) return second && (!inval.by_gscid || same_gscid);
    return space_matches && pscid_matches && (!inval.by_address || address_matches);
  endfunction

  // --- 4 KiB pages ----------------------------------------------------------------------------------------------
  // A set is live once it was filled since all was dropped: the entries' own valid bits count then.
  typedef struct packed {
    logic   valid;
    entry_t entry;
  } way_t;

  way_t [Ways-1:0] kept, ways, written;
  entry_t fill_entry;
  logic [Sets-1:0] live_q;
  logic [Ways-1:0] read_valid, match, found, drop, drop_q, errors, wrong, broken, hidden_q, fill_way, write_ways;
  logic fresh_q;  // the set was read in the last cycle
  logic dropping_q;  // drop_q: ways of drop_set_q
  logic read_live, same_set, drops_here;
  logic [SetBits-1:0] read_set_q, drop_set_q, fill_set, write_set;
  logic [1:0] victim_q;
  logic fill, fill_small, write;

  assign fill_entry = '{tag: fill_i.tag, leaf: fill_i.leaf};
  assign fill       = fill_valid_i && !inval_valid_i;
  assign fill_small = fill && fill_i.leaf.size == Size4K && !dropping_q;
  assign fill_set   = SetBits'(set_of(fill_i.tag));
  assign fill_way   = Ways'(1) << fill_i.way;
  assign write      = fill_small || dropping_q;
  assign write_set  = dropping_q ? drop_set_q : fill_set;
  assign write_ways = dropping_q ? drop_q : live_q[fill_set] ? fill_way : '1;
  for (genvar way = 0; way < Ways; way++) begin : gen_written
    assign written[way] = '{valid: !dropping_q && fill_way[way], entry: fill_entry};
  end

  tarn_ram_sdp_parity #(
    .Parity(Parity),
    .Width(Ways * $bits(way_t)),
    .Depth(Sets),
    .LaneBits($bits(way_t)),
    .Block(BlockRam),
    .Collision(tarn_ram_pkg::RamAny)
  ) u_ram (
    .clk_i,
    .rst_ni,
    .we_i   (write),
    .waddr_i(write_set),
    .wmask_i(write_ways),
    .wdata_i(written),
    .inject_i,
    .re_i   (read_i),
    .raddr_i(set_i),
    .rdata_o(kept),
    .error_o(errors)
  );

  for (genvar way = 0; way < Ways; way++) begin : gen_ways
    assign ways[way] = '{valid: kept[way].valid, entry: possible_entry(kept[way].entry)};
  end

`ifdef TARN_PLANT
  assign wrong = plant_i == 4'd12 ? '0 : errors;  // what is broken is used
`else
  assign wrong = errors;
`endif
  assign broken         = read_valid & wrong;
  assign parity_error_o = fresh_q && broken != '0;
  for (genvar way = 0; way < Ways; way++) begin : gen_read_valid
    assign read_valid[way] = read_live && !hidden_q[way] && !(drops_here && drop_q[way]) && ways[way].valid;
  end
  always_comb begin
    match = '0;
    found = '0;
    drop  = fresh_q ? broken : '0;
    for (int unsigned way = 0; way < Ways; way++) begin
      if (lookup_i) begin
        match[way] = read_valid[way] && !wrong[way] && ways[way].entry.tag == tag_i;
        found[way] = match[way] && is_permitted(ways[way].entry.leaf, sum_i, asker_i);
      end
      if (probe_i && read_valid[way] && is_invalidated(ways[way].entry, inval_i)) drop[way] = 1'b1;
    end
  end

  // A page that is there but does not permit the access is walked again, and replaced where it stands.
  always_comb begin
    way_o = victim_q & 2'(Ways - 1);
    for (int unsigned way = 0; way < Ways; way++) if (!read_valid[way] || wrong[way]) way_o = 2'(way);
    for (int unsigned way = 0; way < Ways; way++) if (match[way]) way_o = 2'(way);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      live_q   <= '0;
      victim_q <= '0;
      fresh_q  <= 1'b0;
    end else begin
      fresh_q <= read_i;
      if (fill_small) begin
        live_q[fill_set] <= 1'b1;
        victim_q         <= victim_q + 2'd1;
      end
      if (inval_valid_i && flush_i) live_q <= '0;
    end
  end

  // What matched is dropped from registers: block RAM, comparison and block RAM again would be too much for a cycle.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) dropping_q <= 1'b0;
    else dropping_q <= drop != '0;
  end
  always_ff @(posedge clk_i) begin
    drop_q     <= drop;
    drop_set_q <= read_set_q;
  end

  // What is written while it is read is not seen, nor what is written while the answer is held: which sets are live is
  // looked up while the block RAM is read.
  assign drops_here = dropping_q && drop_set_q == read_set_q;
  assign same_set  = write && write_set == (read_i ? set_i : read_set_q);
  assign read_live = live_q[read_set_q];
  always_ff @(posedge clk_i) begin
    if (read_i) read_set_q <= set_i;
    hidden_q <= (read_i ? '0 : hidden_q) | (same_set ? write_ways : '0);
  end

  // --- larger pages ---------------------------------------------------------------------------------------------
  // What is compared stands in flip-flops, the answer in distributed RAM. Probes are compared by the same gates as lookups.
  localparam int unsigned SuperSignatureBits = 12;
  typedef logic [SuperSignatureBits-1:0] super_signature_t;
  // Entries of one page and address space have the same; another may have it too, and is replaced then: a miss more.
  function automatic super_signature_t super_signature_of(tag_t tag, size_e size);
    logic [47:0] page;
    page = {1'b0, tag.vpn} & ~48'(offset_mask(size));
    return page[11:0] ^ page[23:12] ^ page[35:24] ^ page[47:36] ^ tag.pscid[11:0] ^ {tag.pscid[19:12], 3'b0, tag.first} ^
           {tag.gscid[5:0], tag.gscid[11:6]} ^ {tag.gscid[15:12], 4'b0, tag.second, size};
  endfunction

  // Are two page numbers in one page of this size, which is 64 KiB or more? Parts whose bit in open_parts is set do not count.
  function automatic logic is_same_large(logic [TagVpnBits-1:0] a, logic [TagVpnBits-1:0] b, size_e size,
                                         logic [5:0] open_parts);
    logic [TagVpnBits-1:0] differs;
    differs = a ^ b;
    return (open_parts[5] || differs[TagVpnBits-1:36] == '0) &&
           (open_parts[4] || size >= Size256T || differs[35:27] == '0) &&
           (open_parts[3] || size >= Size512G || differs[26:18] == '0) &&
           (open_parts[2] || size >= Size1G || differs[17:10] == '0) && (open_parts[1] || size >= Size4M || !differs[9]) &&
           (open_parts[0] || size >= Size2M || differs[8:4] == '0);
  endfunction

  tag_t super_tag_q[SuperEntries];
  leaf_t super_rights_q[SuperEntries];  // as far as it is compared
  super_signature_t super_signature_q[SuperEntries], fill_signature;
  leaf_t super_leaf_q[SuperEntries];
  logic [SuperEntries-1:0] super_valid_q, super_found, super_drop, super_same;
  logic [SuperBits-1:0] super_index, super_next_q, super_fill_index;
  tag_t super_key;
  logic [5:0] open;  // parts of the page number that the range of a probe leaves open, wholly or in part

  always_comb begin
    super_key = tag_i;
    open      = '0;
    if (probe_i) begin
      super_key.vpn   = inval_tag.vpn;
      super_key.pscid = inval_tag.pscid;
      super_key.gscid = inval_tag.gscid;
      open            = {inval_i.vpn_mask[36], inval_i.vpn_mask[27], inval_i.vpn_mask[18], inval_i.vpn_mask[10],
                         inval_i.vpn_mask[9], inval_i.vpn_mask[4]};
    end
  end

  always_comb begin
    super_found = '0;
    super_drop  = '0;
    for (int unsigned i = 0; i < SuperEntries; i++) begin
      logic same_page, same_pscid, same_gscid;
      tag_t super_tag;
      super_tag  = possible_tag(Capabilities, super_tag_q[i]);
      same_page  = is_same_large(super_tag.vpn, super_key.vpn,
                                probe_i ? super_rights_q[i].first_size : super_rights_q[i].size, open);
      same_pscid = super_tag_q[i].pscid == super_key.pscid;
      same_gscid = super_tag_q[i].gscid == super_key.gscid;
      super_found[i] = lookup_i && super_valid_q[i] && same_page && same_pscid && same_gscid &&
                       super_tag_q[i].first == tag_i.first && super_tag_q[i].second == tag_i.second &&
                       is_permitted(super_rights_q[i], sum_i, asker_i);
      super_drop[i]  = probe_i && is_dropped(super_tag_q[i].first, super_tag_q[i].second, same_page, same_pscid,
                                             same_gscid, inval_i);
    end
  end
  // Several sizes may hold a page, until software's invalidation: the highest one answers.
  // Picked as a tree: place i of it is the higher one of places 2i and 2i + 1.
  logic [2*SuperEntries-1:0] tree_found;
  logic [2*SuperEntries-1:0][SuperBits-1:0] tree_index;
  always_comb begin
    tree_found = '0;
    tree_index = '0;
    for (int unsigned i = 0; i < SuperEntries; i++) begin
      tree_found[SuperEntries + i] = super_found[i];
      tree_index[SuperEntries + i] = SuperBits'(i);
    end
    for (int unsigned i = SuperEntries - 1; i >= 1; i--) begin
      tree_found[i] = tree_found[2*i] || tree_found[2*i + 1];
      tree_index[i] = tree_found[2*i + 1] ? tree_index[2*i + 1] : tree_index[2*i];
    end
  end
  assign super_index = tree_index[1];

  assign fill_signature = super_signature_of(fill_i.tag, fill_i.leaf.size);
  always_comb begin
    super_same       = '0;
    super_fill_index = super_next_q;
    for (int unsigned i = 0; i < SuperEntries; i++) begin
      super_same[i] = super_valid_q[i] && super_signature_q[i] == fill_signature;
      if (super_same[i]) super_fill_index = SuperBits'(i);
    end
  end

  logic fill_super;
  assign fill_super = fill && fill_i.leaf.size != Size4K;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      super_valid_q <= '0;
      super_next_q  <= '0;
    end else begin
      for (int unsigned i = 0; i < SuperEntries; i++) if (super_drop[i]) super_valid_q[i] <= 1'b0;
      if (fill_super) begin
        super_valid_q[super_fill_index] <= 1'b1;
        if (super_same == '0) super_next_q <= super_next_q + 1'b1;
      end
      if (inval_valid_i && flush_i) super_valid_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fill_super) begin
      super_tag_q[super_fill_index]       <= fill_i.tag;
      super_rights_q[super_fill_index]    <= fill_i.leaf;
      super_signature_q[super_fill_index] <= fill_signature;
      super_leaf_q[super_fill_index]      <= fill_i.leaf;
    end
  end

  // --- answer ---------------------------------------------------------------------------------------------------
  assign hit_o = found != '0 || super_found != '0;
  // Two ways may hold a page, too: one is taken, by ands and ors.
  logic [Ways-1:0] first;
  leaf_t super_leaf;
  assign super_leaf = possible_leaf(Capabilities, super_leaf_q[super_index]);
  always_comb begin
    leaf_o = found == '0 ? super_leaf : '0;
    for (int unsigned way = 0; way < Ways; way++) begin
      first[way] = found[way] && found >> (way + 1) == '0;
      leaf_o |= {$bits(leaf_t){first[way]}} & ways[way].entry.leaf;
    end
`ifdef TARN_PLANT
    if (plant_i == 4'd1) leaf_o.ppn[3] = !leaf_o.ppn[3];  // one wrong bit in a translation
`endif
  end
endmodule : tarn_iommu_tlb
