// What walks leave behind for later ones: pointers of the first stage with the host address of the table that they lead
// to (the second stage folded in), pointers of the second stage, and host pages of guest pages that hold tables.
// Two lookups a cycle, combinational: for a walk that starts, and for one that goes on.
// Only what was valid, and readable where the second stage was asked, is kept. Invalidation: IOTINVAL.VMA with an
// address leaves all (it names leaves), unless it names pointers too; without one it drops the first stage's.
// IOTINVAL.GVMA drops everything. An invalidation wins over a fill of the same cycle. Section 3.8.
module tarn_iommu_walk_caches
  import tarn_iommu_pkg::*;
#(
  parameter int unsigned Entries = 32,  // of pointers to last tables, and of guest pages; a quarter of pointers above; power of two, 8..256
  parameter bit          Parity  = 1'b1
) (
  input  logic              clk_i,
  input  logic              rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]        plant_i,
`endif
  input  logic [1:0]        read_i,
  input  walk_query_t [1:0] query_i,
  output walk_known_t [1:0] known_o,
  input  logic              inval_valid_i,
  input  inval_t            inval_i,
  input  logic              fill_i,
  input  walk_found_t       found_i,
  input  logic              inject_i,       // all are stored with a wrong bit
  output logic              parity_error_o  // pulse
);
  localparam int unsigned FarEntries   = Entries / 4;
  localparam int unsigned NearPageBits = TagVpnBits - 9;   // of pages that share a last table
  localparam int unsigned FarPageBits  = TagVpnBits - 18;

  typedef struct packed {
    logic [PscidBits-1:0] pscid;
    logic                 second;
    logic [GscidBits-1:0] gscid;
  } space_id_t;
  typedef struct packed {
    space_id_t               space;
    logic [NearPageBits-1:0] page;
  } first_near_key_t;
  typedef struct packed {
    space_id_t              space;
    logic [FarPageBits-1:0] page;
  } first_far_key_t;
  typedef struct packed {
    logic [GscidBits-1:0]    gscid;
    logic [NearPageBits-1:0] page;
  } second_near_key_t;
  typedef struct packed {
    logic [GscidBits-1:0]   gscid;
    logic [FarPageBits-1:0] page;
  } second_far_key_t;
  typedef struct packed {
    logic [GscidBits-1:0]  gscid;
    logic [TagVpnBits-1:0] page;
  } guest_page_key_t;
  typedef struct packed {
    logic [PpnBits-1:0] ppn;
    logic [PpnBits-1:0] gpn;
  } first_value_t;

  function automatic space_id_t space_id_of(tag_t tag);
    return '{pscid: tag.pscid, second: tag.second, gscid: tag.gscid};
  endfunction
  function automatic first_near_key_t first_near_key(walk_query_t query);
    return '{space: space_id_of(query.tag), page: query.tag.vpn[TagVpnBits-1:9]};
  endfunction
  function automatic first_far_key_t first_far_key(walk_query_t query);
    return '{space: space_id_of(query.tag), page: query.tag.vpn[TagVpnBits-1:18]};
  endfunction
  function automatic second_near_key_t second_near_key(walk_query_t query);
    return '{gscid: query.tag.gscid, page: query.gpn[TagVpnBits-1:9]};
  endfunction
  function automatic second_far_key_t second_far_key(walk_query_t query);
    return '{gscid: query.tag.gscid, page: query.gpn[TagVpnBits-1:18]};
  endfunction
  function automatic guest_page_key_t guest_page_key(walk_query_t query);
    return '{gscid: query.tag.gscid, page: query.gpn[TagVpnBits-1:0]};
  endfunction

  logic flush_first, flush_second;
  always_comb begin
    flush_second = inval_valid_i && inval_i.kind == InvalSecond;
    flush_first  = flush_second ||
                   (inval_valid_i && inval_i.kind == InvalFirst && (!inval_i.by_address || inval_i.non_leaf));
`ifdef TARN_PLANT
    if (plant_i == 4'd7) {flush_first, flush_second} = 2'b00;  // stale pointers stay
    if (plant_i == 4'd9 && inval_i.by_address && !flush_second) flush_first = 1'b0;  // a pointer stays although NL names it
`endif
  end

  first_near_key_t [1:0] first_near_keys;
  first_far_key_t [1:0] first_far_keys;
  second_near_key_t [1:0] second_near_keys;
  second_far_key_t [1:0] second_far_keys;
  guest_page_key_t [1:0] guest_page_keys;
  first_value_t [1:0] first_near, first_far;
  logic first_near_wrong, first_far_wrong, second_near_wrong, second_far_wrong, guest_page_wrong;
  assign parity_error_o = first_near_wrong || first_far_wrong || second_near_wrong || second_far_wrong || guest_page_wrong;
  logic [1:0] first_near_hit, first_far_hit, second_near_hit, second_far_hit, guest_page_hit;
  logic [1:0][PpnBits-1:0] second_near, second_far, guest_page;
  first_value_t found_first;
  assign found_first = '{ppn: found_i.ppn, gpn: found_i.table_gpn};

  for (genvar i = 0; i < 2; i++) begin : g_lookup
    assign first_near_keys[i]  = first_near_key(query_i[i]);
    assign first_far_keys[i]   = first_far_key(query_i[i]);
    assign second_near_keys[i] = second_near_key(query_i[i]);
    assign second_far_keys[i]  = second_far_key(query_i[i]);
    assign guest_page_keys[i]  = guest_page_key(query_i[i]);
    assign known_o[i] = '{
      first_near:      first_near_hit[i],
      first_far:       first_far_hit[i],
      first_near_ppn:  first_near[i].ppn,
      first_far_ppn:   first_far[i].ppn,
      first_near_gpn:  first_near[i].gpn,
      first_far_gpn:   first_far[i].gpn,
      second_near:     second_near_hit[i],
      second_far:      second_far_hit[i],
      second_near_ppn: second_near[i],
      second_far_ppn:  second_far[i],
      guest_page:      guest_page_hit[i],
      guest_page_ppn:  guest_page[i]
    };
  end

  tarn_iommu_walk_cache #(
    .Entries(Entries),
    .KeyBits($bits(first_near_key_t)),
    .ValueBits($bits(first_value_t)),
    .Parity(Parity)
  ) u_first_near (
    .clk_i,
    .rst_ni,
    .read_i,
    .key_i       (first_near_keys),
    .hit_o       (first_near_hit),
    .value_o     (first_near),
    .flush_i     (flush_first),
    .fill_i      (fill_i && found_i.first_near),
    .fill_key_i  (first_near_key(found_i.where)),
    .fill_value_i(found_first),
    .inject_i,
    .parity_error_o(first_near_wrong)
  );
  tarn_iommu_walk_cache #(
    .Entries(FarEntries),
    .KeyBits($bits(first_far_key_t)),
    .ValueBits($bits(first_value_t)),
    .Parity(Parity)
  ) u_first_far (
    .clk_i,
    .rst_ni,
    .read_i,
    .key_i       (first_far_keys),
    .hit_o       (first_far_hit),
    .value_o     (first_far),
    .flush_i     (flush_first),
    .fill_i      (fill_i && found_i.first_far),
    .fill_key_i  (first_far_key(found_i.where)),
    .fill_value_i(found_first),
    .inject_i,
    .parity_error_o(first_far_wrong)
  );
  tarn_iommu_walk_cache #(
    .Entries(Entries),
    .KeyBits($bits(second_near_key_t)),
    .ValueBits(PpnBits),
    .Parity(Parity)
  ) u_second_near (
    .clk_i,
    .rst_ni,
    .read_i,
    .key_i       (second_near_keys),
    .hit_o       (second_near_hit),
    .value_o     (second_near),
    .flush_i     (flush_second),
    .fill_i      (fill_i && found_i.second_near),
    .fill_key_i  (second_near_key(found_i.where)),
    .fill_value_i(found_i.ppn),
    .inject_i,
    .parity_error_o(second_near_wrong)
  );
  tarn_iommu_walk_cache #(
    .Entries(FarEntries),
    .KeyBits($bits(second_far_key_t)),
    .ValueBits(PpnBits),
    .Parity(Parity)
  ) u_second_far (
    .clk_i,
    .rst_ni,
    .read_i,
    .key_i       (second_far_keys),
    .hit_o       (second_far_hit),
    .value_o     (second_far),
    .flush_i     (flush_second),
    .fill_i      (fill_i && found_i.second_far),
    .fill_key_i  (second_far_key(found_i.where)),
    .fill_value_i(found_i.ppn),
    .inject_i,
    .parity_error_o(second_far_wrong)
  );
  tarn_iommu_walk_cache #(
    .Entries(Entries),
    .KeyBits($bits(guest_page_key_t)),
    .ValueBits(PpnBits),
    .Parity(Parity)
  ) u_guest_page (
    .clk_i,
    .rst_ni,
    .read_i,
    .key_i       (guest_page_keys),
    .hit_o       (guest_page_hit),
    .value_o     (guest_page),
    .flush_i     (flush_second),
    .fill_i      (fill_i && found_i.guest_page),
    .fill_key_i  (guest_page_key(found_i.where)),
    .fill_value_i(found_i.ppn),
    .inject_i,
    .parity_error_o(guest_page_wrong)
  );
endmodule : tarn_iommu_walk_caches
