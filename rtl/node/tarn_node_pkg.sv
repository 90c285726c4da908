// How large the parts of a node are. What each number means, and its range, stands with the parameter of the part that has its name.
package tarn_node_pkg;

  typedef struct packed {
    bit          host_lines_alone;  // hosts ask for single whole lines, each ID once at a time: tarn_axi_line_port
    tarn_iommu_pkg::capabilities_t iommu_capabilities;
    int unsigned iommu_slots;
    int unsigned iommu_walks;
    int unsigned iommu_walk_cache_entries;
    int unsigned iommu_front_entries;
    int unsigned iommu_tlb_entries;
    int unsigned iommu_super_entries;
    int unsigned iommu_context_entries;
    int unsigned iommu_tlb_ways;
    int unsigned iommu_fault_entries;
    bit          iommu_small_walks;
    int unsigned pool_engines;
    int unsigned pool_evictors;
    int unsigned pool_host_entries;
    int unsigned pool_shadow_frames;
    int unsigned pool_optimum_slots;
    int unsigned pool_optimum_history;
    int unsigned pool_optimum_sets;
    int unsigned pool_map_sets;
    int unsigned pool_map_ways;
    int unsigned pool_map_fetches;
    int unsigned pool_prefetch_streams;
    int unsigned pool_move_lines;
    bit          pool_one_answer;
    bit          pool_table_ecc;
    bit          pool_monitors;     // hotness monitoring, estimate of the optimum, histograms of latencies
    bit          pool_page_checksum;
    bit          pool_serial_checksum;
    bit          parity;            // of RAMs in IOMMU and pool
    int unsigned channel_read_depth;
    int unsigned channel_write_depth;
    int unsigned channel_reserved;  // reads and writes of each class
    int unsigned channel_return_depth;
    int unsigned channel_slow_writes;
    int unsigned channel_row_bits;
    bit          channel_ecc;
    int unsigned channel_bank_group_bits;
    int unsigned channel_bank_bits;
    int unsigned channel_fixed_setup;
    bit          channel_histograms;
    int unsigned channel_counter_bits;
    int unsigned channel_ranks_ahead;
    bit          channel_hold_at_port;
    bit          channel_return_parts;
    int unsigned block_ram;
  } sizes_t;

  // Lines of a row of all banks of the largest module that a channel may have.
  function automatic int unsigned row_lines(sizes_t sizes);
    return 1 << (tarn_channel_pkg::ColumnBitsMax + sizes.channel_bank_group_bits + sizes.channel_bank_bits);
  endfunction

  // A node for servers, and what is simulated by default.
  localparam sizes_t FullSizes = '{
    host_lines_alone: 1'b0,
    iommu_capabilities: tarn_iommu_pkg::DefaultCapabilities,
    iommu_slots: 64, iommu_walks: 16, iommu_walk_cache_entries: 32, iommu_front_entries: 16, iommu_tlb_entries: 512,
    iommu_super_entries: 16, iommu_context_entries: 128, iommu_tlb_ways: 4, iommu_fault_entries: 8, iommu_small_walks: 1'b0,
    pool_engines: 8, pool_evictors: 2, pool_host_entries: 32, pool_shadow_frames: 512, pool_optimum_slots: 1024,
    pool_optimum_history: 4096, pool_optimum_sets: 1024, pool_map_sets: 256, pool_map_ways: 4, pool_map_fetches: 8,
    pool_prefetch_streams: 4, pool_move_lines: 8, pool_one_answer: 1'b0, pool_table_ecc: 1'b1, pool_monitors: 1'b1, pool_page_checksum: 1'b1, pool_serial_checksum: 1'b0, parity: 1'b1,
    channel_read_depth: 64, channel_write_depth: 96, channel_reserved: 4, channel_return_depth: 16, channel_slow_writes: 16,
    channel_row_bits: 16, channel_ecc: 1'b1, channel_bank_group_bits: 2, channel_bank_bits: 2, channel_fixed_setup: 0, channel_histograms: 1'b1,
    channel_counter_bits: 64, channel_ranks_ahead: 0, channel_hold_at_port: 1'b0, channel_return_parts: 1'b0, block_ram: 0
  };

  // A node for small boards: few of each, and no check bits or checksums. Its IOMMU has both stages with three levels; software sets A and D.
  localparam sizes_t SmallSizes = '{
    host_lines_alone: 1'b1,
    iommu_capabilities: '{sv39: 1'b1, sv39x4: 1'b1, default: 1'b0},
    iommu_slots: 8, iommu_walks: 4, iommu_walk_cache_entries: 8, iommu_front_entries: 2, iommu_tlb_entries: 64,
    iommu_super_entries: 4, iommu_context_entries: 16, iommu_tlb_ways: 2, iommu_fault_entries: 1, iommu_small_walks: 1'b1,
    pool_engines: 3, pool_evictors: 1, pool_host_entries: 8, pool_shadow_frames: 0, pool_optimum_slots: 64,
    pool_optimum_history: 64, pool_optimum_sets: 32, pool_map_sets: 16, pool_map_ways: 2, pool_map_fetches: 2,
    pool_prefetch_streams: 0, pool_move_lines: 1, pool_one_answer: 1'b1, pool_table_ecc: 1'b0, pool_monitors: 1'b0, pool_page_checksum: 1'b0, pool_serial_checksum: 1'b0, parity: 1'b0,
    channel_read_depth: 4, channel_write_depth: 4, channel_reserved: 1, channel_return_depth: 4, channel_slow_writes: 4,
    channel_row_bits: 14, channel_ecc: 1'b0, channel_bank_group_bits: 2, channel_bank_bits: 0, channel_fixed_setup: 1, channel_histograms: 1'b0,
    channel_counter_bits: 40, channel_ranks_ahead: 0, channel_hold_at_port: 1'b1, channel_return_parts: 1'b1, block_ram: 1
  };

endpackage : tarn_node_pkg
