// Contexts of devices, or of processes of devices (PerProcess), in block RAM, direct-mapped; only valid, well-formed ones.
// Lookup: 1 per cycle, answer the next cycle; the answer holds until the next lookup.
// A lookup in the cycle of a fill of its entry is a miss. An invalidation wins over a fill of the same cycle; one by device drops its whole set, of processes all.
// Parity: a context that is not as it was stored is not there, and dropped (parity_error_o).
`include "tarn_assert.svh"
module tarn_iommu_context_cache
  import tarn_iommu_pkg::*;
#(
  parameter int unsigned Entries    = 128,  // power of two, 4..1024
  parameter bit          PerProcess = 1'b0,
  parameter int unsigned ValueBits  = 8,
  parameter bit          Parity     = 1'b1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // Cycle 0: whose.
  input  logic                 read_i,
  input  logic [23:0]          read_device_id_i,
  input  logic [19:0]          read_process_id_i,  // of a device's own context: 0
  // Cycle 1: its context.
  input  logic [23:0]          device_id_i,
  input  logic [19:0]          process_id_i,
  output logic                 hit_o,
  output logic [ValueBits-1:0] value_o,
  input  logic                 flush_i,        // drop all
  input  logic                 inval_valid_i,  // pulse
  input  inval_t               inval_i,
  input  logic                 fill_valid_i,
  input  logic [23:0]          fill_device_id_i,
  input  logic [19:0]          fill_process_id_i,
  input  logic [ValueBits-1:0] fill_value_i,
  input  logic                 inject_i,         // contexts are stored with a wrong bit
  output logic                 parity_error_o    // pulse
);
  `TARN_ASSERT_INIT(EntriesAllowed, Entries >= 4 && Entries <= 1024 && Entries == 2 ** $clog2(Entries),
                    "tarn_iommu_context_cache: Entries must be a power of two, 4..1024")

  localparam int unsigned IndexBits = $clog2(Entries);
  typedef logic [IndexBits-1:0] index_t;
  typedef struct packed {
    logic [23:0]          device_id;
    logic [19:0]          process_id;
    logic [ValueBits-1:0] value;
  } entry_t;

  function automatic index_t index_of(logic [23:0] device_id, logic [19:0] process_id);
    return IndexBits'(device_id) ^ IndexBits'(device_id[23:7]) ^ IndexBits'(process_id) ^ IndexBits'(process_id[19:7]);
  endfunction

  entry_t entry, fill_entry;
  logic [Entries-1:0] valid_q;
  logic read_valid, hidden_q, drop_all, drop_one, fill, one_device, one_process, wrong, fresh_q;
  index_t drop_index, fill_index, read_index, read_index_q;

  assign read_index  = index_of(read_device_id_i, read_process_id_i);
  assign fill_index  = index_of(fill_device_id_i, fill_process_id_i);
  assign drop_index  = index_of(inval_i.device_id, PerProcess ? inval_i.process_id : '0);  // no call at the left of <=: Verilator 5.032
  assign one_device  = inval_i.kind == InvalDevices && inval_i.by_device && !PerProcess;
  assign one_process = inval_i.kind == InvalProcesses && PerProcess;
  assign drop_one    = inval_valid_i && (one_device || one_process);
  assign drop_all    = flush_i || (inval_valid_i && inval_i.kind == InvalDevices && !one_device);
  assign fill        = fill_valid_i && !inval_valid_i && !flush_i;
  assign fill_entry  = '{device_id: fill_device_id_i, process_id: fill_process_id_i, value: fill_value_i};

  tarn_ram_sdp_parity #(
    .Parity(Parity),
    .Width($bits(entry_t)),
    .Depth(Entries),
    .Collision(tarn_ram_pkg::RamAny)
  ) u_ram (
    .clk_i,
    .rst_ni,
    .we_i   (fill),
    .waddr_i(fill_index),
    .wmask_i(1'b1),
    .wdata_i(fill_entry),
    .inject_i,
    .re_i   (read_i),
    .raddr_i(read_index),
    .rdata_o(entry),
    .error_o(wrong)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else if (drop_all) begin
      valid_q <= '0;
    end else if (drop_one) begin
      valid_q[drop_index] <= 1'b0;
    end else begin
      if (parity_error_o) valid_q[read_index_q] <= 1'b0;
      if (fill) valid_q[fill_index] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fresh_q <= 1'b0;
    else fresh_q <= read_i;
  end
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      read_index_q <= read_index;
    end
    hidden_q <= (!read_i && hidden_q) || (fill && fill_index == (read_i ? read_index : read_index_q));
  end
  // Valid bits are looked up while the block RAM is read. What was filled since is not what was read.
  assign read_valid = valid_q[read_index_q] && !hidden_q;

  assign parity_error_o = fresh_q && read_valid && wrong;
  assign hit_o   = read_valid && !wrong && entry.device_id == device_id_i && entry.process_id == process_id_i;
  assign value_o = entry.value;
endmodule : tarn_iommu_context_cache
