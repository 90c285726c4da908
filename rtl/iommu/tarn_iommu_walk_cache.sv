// A small direct-mapped cache, read in the same cycle: its entries stand in distributed RAM, its valid bits in
// flip-flops. ReadPorts lookups a cycle, combinational. A fill is seen from the next cycle on; a flush wins over it.
// Parity: an entry that is not as it was stored is not there, and dropped (parity_error_o).
`include "tarn_assert.svh"
module tarn_iommu_walk_cache #(
  parameter int unsigned Entries   = 32,  // power of two, 2..256
  parameter int unsigned KeyBits   = 8,
  parameter int unsigned ValueBits = 8,
  parameter int unsigned ReadPorts = 2,
  parameter bit          Parity    = 1'b1
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic [ReadPorts-1:0]                read_i,          // the answer counts: what is wrong is dropped
  input  logic [ReadPorts-1:0][KeyBits-1:0]   key_i,
  output logic [ReadPorts-1:0]                hit_o,
  output logic [ReadPorts-1:0][ValueBits-1:0] value_o,
  input  logic                                flush_i,
  input  logic                                fill_i,
  input  logic [KeyBits-1:0]                  fill_key_i,
  input  logic [ValueBits-1:0]                fill_value_i,
  input  logic                                inject_i,        // entries are stored with a wrong bit
  output logic                                parity_error_o   // pulse
);
  `TARN_ASSERT_INIT(EntriesAllowed, Entries >= 2 && Entries <= 256 && Entries == 2 ** $clog2(Entries),
                    "tarn_iommu_walk_cache: Entries must be a power of two, 2..256")

  localparam int unsigned IndexBits = $clog2(Entries);
  typedef logic [IndexBits-1:0] index_t;
  typedef struct packed {
    logic [KeyBits-1:0]   key;
    logic [ValueBits-1:0] value;
  } entry_t;

  // All bits of the key count, so that neighbours and address spaces spread.
  localparam int unsigned Pieces = (KeyBits + IndexBits - 1) / IndexBits;
  function automatic index_t index_of(logic [KeyBits-1:0] key);
    logic [Pieces-1:0][IndexBits-1:0] pieces;
    index_t index;
    pieces = (Pieces * IndexBits)'(key);
    index  = '0;
    for (int unsigned i = 0; i < Pieces; i++) index ^= pieces[i];
    return index;
  endfunction

  entry_t entries_q[Entries];
  entry_t fill_entry;
  logic [Entries-1:0] valid_q;
  logic [ReadPorts-1:0] wrong, broken;
  index_t [ReadPorts-1:0] read_index;
  index_t fill_index;
  assign fill_index = index_of(fill_key_i);
  assign fill_entry = '{key: fill_key_i, value: fill_value_i};

  always_comb begin
    for (int unsigned i = 0; i < ReadPorts; i++) read_index[i] = index_of(key_i[i]);
  end
  always_comb begin
    hit_o   = '0;
    value_o = '0;
    broken  = '0;
    for (int unsigned i = 0; i < ReadPorts; i++) begin
      hit_o[i]   = valid_q[read_index[i]] && !wrong[i] && entries_q[read_index[i]].key == key_i[i];
      broken[i]  = read_i[i] && valid_q[read_index[i]] && wrong[i];
      value_o[i] = entries_q[read_index[i]].value;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else if (flush_i) begin
      valid_q <= '0;
    end else begin
      for (int unsigned i = 0; i < ReadPorts; i++) if (broken[i]) valid_q[read_index[i]] <= 1'b0;
      if (fill_i) valid_q[fill_index] <= 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (fill_i) entries_q[fill_index] <= fill_entry ^ $bits(entry_t)'(Parity && inject_i);
  end

  // --- parity ---------------------------------------------------------------------------------------------------
  if (Parity) begin : gen_parity
    logic parity_q[Entries];
    always_ff @(posedge clk_i) begin
      if (fill_i) parity_q[fill_index] <= ^fill_entry;
    end
    always_comb begin
      for (int unsigned i = 0; i < ReadPorts; i++) wrong[i] = ^entries_q[read_index[i]] != parity_q[read_index[i]];
    end
  end else begin : gen_plain
    assign wrong = '0;
  end
  assign parity_error_o = broken != '0;
endmodule : tarn_iommu_walk_cache
