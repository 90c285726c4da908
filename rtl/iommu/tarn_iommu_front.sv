// The translations that were used last, of pages of any size, by requester: device and process instead of their address
// space, so that no context has to be known first.
// Lookup: 1 per cycle, compared in the cycle of the request, answer the next cycle; the answer holds until the next
// lookup. An entry that holds the page but does not permit the access is dropped.
// Any invalidation drops all. A fill takes the place of the oldest entry; it is there two cycles later.
`include "tarn_assert.svh"
module tarn_iommu_front
  import tarn_iommu_pkg::*;
#(
  parameter int unsigned Entries = 16  // power of two, 2..64
) (
  input  logic    clk_i,
  input  logic    rst_ni,
  // Cycle 0
  input  logic    read_i,
  input  page_t   page_i,
  input  asker_t  asker_i,
  // Cycle 1
  output logic    hit_o,
  output size_e   size_o,
  output logic [PpnBits-1:0] ppn_o,
  output qos_ids_t qos_o,        // of its device context
  input  logic    flush_i,
  input  logic    fill_i,
  input  page_t   fill_page_i,   // KindUntranslated
  input  leaf_t   fill_leaf_i,
  input  qos_ids_t fill_qos_i,
  input  logic    fill_sum_i,    // of its process context
  input  logic    fill_ens_i
);
  `TARN_ASSERT_INIT(EntriesAllowed, Entries >= 2 && Entries <= 64 && Entries == 2 ** $clog2(Entries),
                    "tarn_iommu_front: Entries must be a power of two, 2..64")

  localparam int unsigned IndexBits = $clog2(Entries);

  // What is compared, field by field: the device decides most comparisons.
  logic [23:0] device_id_q[Entries];
  logic        process_valid_q[Entries];
  logic [19:0] process_id_q[Entries];
  logic [VpnBits-1:0] vpn_q[Entries];
  size_e       size_q[Entries];
  leaf_t       rights_q[Entries];  // without what the answer has
  logic        sum_q[Entries];
  logic        ens_q[Entries];
  // And what the answer is made of, in distributed RAM.
  typedef struct packed {
    size_e              size;
    logic [PpnBits-1:0] ppn;
    qos_ids_t           qos;
  } answer_t;
  answer_t answer_q[Entries];

  logic [Entries-1:0] valid_q, held, permitted, filled, hits_q;
  logic [IndexBits-1:0] next_q, newest_q;
  logic fill;

  always_comb begin
    held      = '0;
    permitted = '0;
    for (int unsigned i = 0; i < Entries; i++) begin
      if (read_i && page_i.kind == KindUntranslated && valid_q[i] && device_id_q[i] == page_i.device_id) begin
        held[i]      = process_valid_q[i] == page_i.process_valid && process_id_q[i] == page_i.process_id &&
                       is_same_page(vpn_q[i], page_i.vpn, size_q[i]);
        permitted[i] = held[i] && is_permitted(rights_q[i], sum_q[i], asker_i) && (ens_q[i] || !asker_i.priv);
      end
    end
  end

  // What fills comes late in its cycle: it is written in the next.
  logic fill_q, fill_sum_q, fill_ens_q;
  page_t fill_page_q;
  leaf_t fill_leaf_q;
  qos_ids_t fill_ids_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fill_q <= 1'b0;
    else fill_q <= fill_i && !flush_i;
  end
  always_ff @(posedge clk_i) begin
    fill_page_q <= fill_page_i;
    fill_leaf_q <= fill_leaf_i;
    fill_ids_q  <= fill_qos_i;
    fill_sum_q  <= fill_sum_i;
    fill_ens_q  <= fill_ens_i;
  end

  // Requests that follow each other closely all come here to fill: once is enough.
  page_t newest_page_q;
  size_e newest_size_q;
  logic is_newest;
  assign is_newest = valid_q[newest_q] && newest_page_q.device_id == fill_page_q.device_id &&
                     newest_page_q.process_valid == fill_page_q.process_valid &&
                     newest_page_q.process_id == fill_page_q.process_id &&
                     is_same_page(newest_page_q.vpn, fill_page_q.vpn, newest_size_q);
  assign fill = fill_q && !flush_i && !is_newest;
  always_comb begin
    filled         = '0;
    filled[next_q] = fill;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q  <= '0;
      hits_q   <= '0;
      next_q   <= '0;
      newest_q <= '0;
    end else begin
      valid_q <= flush_i ? '0 : (valid_q & ~(held & ~permitted)) | filled;
      hits_q  <= flush_i ? '0 : (read_i ? permitted : hits_q) & ~filled;
      if (fill) begin
        newest_q <= next_q;
        next_q   <= next_q + 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (fill) begin
      device_id_q[next_q]     <= fill_page_q.device_id;
      process_valid_q[next_q] <= fill_page_q.process_valid;
      process_id_q[next_q]    <= fill_page_q.process_id;
      vpn_q[next_q]           <= fill_page_q.vpn;
      size_q[next_q]          <= fill_leaf_q.size;
      rights_q[next_q]        <= fill_leaf_q;
      answer_q[next_q]        <= '{size: fill_leaf_q.size, ppn: fill_leaf_q.ppn, qos: fill_ids_q};
      newest_page_q           <= fill_page_q;
      newest_size_q           <= fill_leaf_q.size;
      sum_q[next_q]           <= fill_sum_q;
      ens_q[next_q]           <= fill_ens_q;
    end
  end

  // Two entries may hold a page, the same translation: either will do, but it must be one.
  logic [IndexBits-1:0] hit_index;
  always_comb begin
    hit_index = '0;
    for (int unsigned i = 0; i < Entries; i++) if (hits_q[i] && hits_q >> (i + 1) == '0) hit_index |= IndexBits'(i);
  end
  assign hit_o = hits_q != '0;
  assign {size_o, ppn_o, qos_o} = answer_q[hit_index];
endmodule : tarn_iommu_front
