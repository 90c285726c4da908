// The node: host ports, IOMMUs, pool and channel, wired. No logic of its own.
//   hosts: AXI4 each; registers: AXI4-Lite, one port for management, one per host;
//   bulk memory device, change notices, modules of the memory channel: below.
// docs/architecture.md has the picture, the apertures and what each port promises.
`include "tarn_assert.svh"

module tarn_node
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
  import tarn_bulk_pkg::*;
  import tarn_pool_msg_pkg::*;
  import tarn_dfi_pkg::*;
#(
  parameter int unsigned NumHosts        = 4,
  parameter logic [31:0] HasIommu        = 32'hc,   // bit h: devices, with an IOMMU, on host port h
  parameter int unsigned HostDataBits     = 512,
  parameter int unsigned HostLines       = 64,      // line reads, and line writes, in flight a host
  parameter int unsigned SegmentBytes    = 65536,
  parameter int unsigned NumSlots        = 4096,
  parameter int unsigned SegmentsPerHost = 262144,
  parameter int unsigned ClockKilohertz  = 1_200_480,
  parameter int unsigned NumChannels     = 1,       // 1, 2, 4 or 8
  parameter int unsigned InterleaveLines = 1,       // lines that stand together in one channel; SegmentBytes / 64: by segment
  parameter int unsigned NumModules      = 1,       // of each channel
  parameter int unsigned SlowReads       = 0,       // of each channel; 0: no slow cells
  parameter int unsigned FastRows        = 0,       // of each module, whose other rows are slow; 0: software says
  parameter tarn_node_pkg::sizes_t Sizes = tarn_node_pkg::FullSizes,
  localparam int unsigned DramClocksPerCycle = 1
) (
  input  logic      clk_i,
  input  logic      rst_ni,

  // Hosts.
  input  ax_t       aw_i [NumHosts],
  input  logic      aw_valid_i [NumHosts],
  output logic      aw_ready_o [NumHosts],
  input  w_t        w_i [NumHosts],
  input  logic      w_valid_i [NumHosts],
  output logic      w_ready_o [NumHosts],
  input  ax_t       ar_i [NumHosts],
  input  logic      ar_valid_i [NumHosts],
  output logic      ar_ready_o [NumHosts],
  output b_t        b_o [NumHosts],
  output logic      b_valid_o [NumHosts],
  input  logic      b_ready_i [NumHosts],
  output r_t        r_o [NumHosts],
  output logic      r_valid_o [NumHosts],
  input  logic      r_ready_i [NumHosts],
  output host_req_t outbound_req_o [NumHosts],
  output logic      outbound_req_valid_o [NumHosts],
  input  logic      outbound_req_ready_i [NumHosts],
  input  line_rsp_t outbound_rsp_i [NumHosts],
  input  logic      outbound_rsp_valid_i [NumHosts],
  output logic      outbound_rsp_ready_o [NumHosts],
  input  dev_msg_t  dev_msg_i [NumHosts],
  input  logic      dev_msg_valid_i [NumHosts],
  output logic      dev_msg_ready_o [NumHosts],
  output dev_msg_t  dev_msg_o [NumHosts],
  output logic      dev_msg_valid_o [NumHosts],
  input  logic      dev_msg_ready_i [NumHosts],
  output logic [4:0] host_irq_o [NumHosts],  // 3:0 IOMMU, 4 pool

  // Registers, AXI4-Lite: port NumHosts is management, port h is host h's.
  input  logic        reg_awvalid_i [NumHosts+1],
  input  logic [15:0] reg_awaddr_i [NumHosts+1],
  output logic        reg_awready_o [NumHosts+1],
  input  logic        reg_wvalid_i [NumHosts+1],
  input  logic [31:0] reg_wdata_i [NumHosts+1],
  input  logic [3:0]  reg_wstrb_i [NumHosts+1],
  output logic        reg_wready_o [NumHosts+1],
  output logic        reg_bvalid_o [NumHosts+1],
  output logic [1:0]  reg_bresp_o [NumHosts+1],
  input  logic        reg_bready_i [NumHosts+1],
  input  logic        reg_arvalid_i [NumHosts+1],
  input  logic [15:0] reg_araddr_i [NumHosts+1],
  output logic        reg_arready_o [NumHosts+1],
  output logic        reg_rvalid_o [NumHosts+1],
  output logic [31:0] reg_rdata_o [NumHosts+1],
  output logic [1:0]  reg_rresp_o [NumHosts+1],
  input  logic        reg_rready_i [NumHosts+1],
  output logic [2:0]  management_irq_o,  // 0 pool, 1 channel, 2 hotness monitoring

  // Bulk memory device.
  output bulk_cmd_t    bulk_cmd_o,
  output logic         bulk_cmd_valid_o,
  input  logic         bulk_cmd_ready_i,
  output bulk_beat_t   bulk_wdata_o,
  output logic         bulk_wdata_valid_o,
  input  logic         bulk_wdata_ready_i,
  input  bulk_beat_t   bulk_rdata_i,
  input  logic         bulk_rdata_valid_i,
  output logic         bulk_rdata_ready_o,
  input  bulk_cpl_t    bulk_cpl_i,
  input  logic         bulk_cpl_valid_i,
  output logic         bulk_cpl_ready_o,
  input  bulk_notice_t bulk_notice_i,
  input  logic         bulk_notice_valid_i,
  output logic         bulk_notice_ready_o,

  // Whoever tracks copies of pages.
  output change_notice_t change_o,
  output logic           change_valid_o,
  input  logic           change_ready_i,

  // Modules of the memory channels: channel c's clocks and modules follow those of channel c - 1.
  output dfi_cmd_t   dfi_cmd_o [NumChannels*DramClocksPerCycle],
  output dfi_ctl_t   dfi_ctl_o [NumChannels],
  output dfi_wr_t    dfi_wr_o [NumChannels*DramClocksPerCycle],
  output logic       dfi_rd_en_o [NumChannels*DramClocksPerCycle],
  input  dfi_rd_t    dfi_rd_i [NumChannels*DramClocksPerCycle],
  input  dfi_ready_t module_ready_i [NumChannels*NumModules],
  input  logic [NumChannels-1:0] dfi_init_complete_i,

  // What testbenches listen to; no function.
  output pool_probe_t probe_o,
  output policy_probe_t policy_probe_o,
  output hotness_probe_t hotness_probe_o,
  output optimum_probe_t optimum_probe_o
);

  // ---- Between host ports and pool.
  host_req_t host_req [NumHosts];
  line_rsp_t host_rsp [NumHosts];
  host_req_t walk_req [NumHosts];
  line_rsp_t walk_rsp [NumHosts];
  logic      host_req_valid [NumHosts];
  logic      host_req_ready [NumHosts];
  logic      host_rsp_valid [NumHosts];
  logic      host_rsp_ready [NumHosts];
  logic      walk_req_valid [NumHosts];
  logic      walk_req_ready [NumHosts];
  logic      walk_rsp_valid [NumHosts];
  logic      walk_rsp_ready [NumHosts];

  // ---- Between pool and channel.
  slot_req_t slot_req [NumClasses];
  slot_rsp_t slot_rsp;
  logic      slot_req_valid [NumClasses];
  logic      slot_req_ready [NumClasses];
  logic      slot_rsp_valid, slot_rsp_ready;

  // ---- Registers: the pool's part of each host, and management.
  tarn_reg_pkg::reg_req_t pool_host_reg_req [NumHosts];
  tarn_reg_pkg::reg_rsp_t pool_host_reg_rsp [NumHosts];
  logic pool_host_reg_req_valid [NumHosts];
  logic pool_host_reg_req_ready [NumHosts];
  logic pool_host_reg_rsp_valid [NumHosts];
  logic pool_host_irq [NumHosts];

  for (genvar h = 0; h < NumHosts; h++) begin : gen_host
    tarn_reg_pkg::reg_req_t reg_req, block_req;
    tarn_reg_pkg::reg_rsp_t reg_rsp;
    tarn_reg_pkg::reg_rsp_t [1:0] block_rsp;
    logic       reg_req_valid, reg_req_ready, reg_rsp_valid;
    logic [1:0] block_req_valid, block_req_ready, block_rsp_valid;
    logic [3:0] iommu_irq;

    // This host's inputs. Verilator 5.006 makes code that does not compile when an assertion below samples an element
    // of a top-level port that is an unpacked array; `public` keeps these copies from being optimised into that.
    ax_t aw /*verilator public_flat_rd*/;
    ax_t ar /*verilator public_flat_rd*/;
    w_t w /*verilator public_flat_rd*/;
    line_rsp_t outbound_rsp /*verilator public_flat_rd*/;
    dev_msg_t dev_msg /*verilator public_flat_rd*/;
    logic aw_valid /*verilator public_flat_rd*/;
    logic ar_valid /*verilator public_flat_rd*/;
    logic w_valid /*verilator public_flat_rd*/;
    logic b_ready /*verilator public_flat_rd*/;
    logic r_ready /*verilator public_flat_rd*/;
    logic outbound_req_ready /*verilator public_flat_rd*/;
    logic outbound_rsp_valid /*verilator public_flat_rd*/;
    logic dev_msg_out_ready /*verilator public_flat_rd*/;
    logic dev_msg_in_valid /*verilator public_flat_rd*/;
    assign aw = aw_i[h];
    assign ar = ar_i[h];
    assign w = w_i[h];
    assign outbound_rsp = outbound_rsp_i[h];
    assign dev_msg = dev_msg_i[h];
    assign aw_valid = aw_valid_i[h];
    assign ar_valid = ar_valid_i[h];
    assign w_valid = w_valid_i[h];
    assign b_ready = b_ready_i[h];
    assign r_ready = r_ready_i[h];
    assign outbound_req_ready = outbound_req_ready_i[h];
    assign outbound_rsp_valid = outbound_rsp_valid_i[h];
    assign dev_msg_out_ready = dev_msg_ready_i[h];
    assign dev_msg_in_valid = dev_msg_valid_i[h];

    tarn_host_port #(.HasIommu(HasIommu[h]), .DataBits(HostDataBits), .Lines(HostLines), .Sizes(Sizes)) u_port (
      .clk_i, .rst_ni,
      .aw_i(aw), .aw_valid_i(aw_valid), .aw_ready_o(aw_ready_o[h]),
      .w_i(w), .w_valid_i(w_valid), .w_ready_o(w_ready_o[h]),
      .ar_i(ar), .ar_valid_i(ar_valid), .ar_ready_o(ar_ready_o[h]),
      .b_o(b_o[h]), .b_valid_o(b_valid_o[h]), .b_ready_i(b_ready),
      .r_o(r_o[h]), .r_valid_o(r_valid_o[h]), .r_ready_i(r_ready),
      .host_req_o(host_req[h]), .host_req_valid_o(host_req_valid[h]), .host_req_ready_i(host_req_ready[h]),
      .host_rsp_i(host_rsp[h]), .host_rsp_valid_i(host_rsp_valid[h]), .host_rsp_ready_o(host_rsp_ready[h]),
      .walk_req_o(walk_req[h]), .walk_req_valid_o(walk_req_valid[h]), .walk_req_ready_i(walk_req_ready[h]),
      .walk_rsp_i(walk_rsp[h]), .walk_rsp_valid_i(walk_rsp_valid[h]), .walk_rsp_ready_o(walk_rsp_ready[h]),
      .outbound_req_o(outbound_req_o[h]), .outbound_req_valid_o(outbound_req_valid_o[h]),
      .outbound_req_ready_i(outbound_req_ready), .outbound_rsp_i(outbound_rsp),
      .outbound_rsp_valid_i(outbound_rsp_valid), .outbound_rsp_ready_o(outbound_rsp_ready_o[h]),
      .dev_msg_i(dev_msg), .dev_msg_valid_i(dev_msg_in_valid), .dev_msg_ready_o(dev_msg_ready_o[h]),
      .dev_msg_o(dev_msg_o[h]), .dev_msg_valid_o(dev_msg_valid_o[h]), .dev_msg_ready_i(dev_msg_out_ready),
      .reg_req_valid_i(block_req_valid[0]), .reg_req_i(block_req), .reg_req_ready_o(block_req_ready[0]),
      .reg_rsp_valid_o(block_rsp_valid[0]), .reg_rsp_o(block_rsp[0]), .irq_o(iommu_irq)
    );

    tarn_axil_reg_port u_axil (
      .clk_i, .rst_ni,
      .awvalid_i(reg_awvalid_i[h]), .awaddr_i(reg_awaddr_i[h]), .awready_o(reg_awready_o[h]),
      .wvalid_i(reg_wvalid_i[h]), .wdata_i(reg_wdata_i[h]), .wstrb_i(reg_wstrb_i[h]), .wready_o(reg_wready_o[h]),
      .bvalid_o(reg_bvalid_o[h]), .bresp_o(reg_bresp_o[h]), .bready_i(reg_bready_i[h]),
      .arvalid_i(reg_arvalid_i[h]), .araddr_i(reg_araddr_i[h]), .arready_o(reg_arready_o[h]),
      .rvalid_o(reg_rvalid_o[h]), .rdata_o(reg_rdata_o[h]), .rresp_o(reg_rresp_o[h]), .rready_i(reg_rready_i[h]),
      .req_valid_o(reg_req_valid), .req_o(reg_req), .req_ready_i(reg_req_ready),
      .rsp_valid_i(reg_rsp_valid), .rsp_i(reg_rsp)
    );
    tarn_reg_demux #(.NumBlocks(2), .Base({16'h1000, 16'h0000}), .Size({16'h1000, 16'h1000})) u_demux (
      .clk_i, .rst_ni, .req_valid_i(reg_req_valid), .req_i(reg_req), .req_ready_o(reg_req_ready),
      .rsp_valid_o(reg_rsp_valid), .rsp_o(reg_rsp), .block_req_valid_o(block_req_valid), .block_req_o(block_req),
      .block_req_ready_i(block_req_ready), .block_rsp_valid_i(block_rsp_valid), .block_rsp_i(block_rsp)
    );
    assign pool_host_reg_req_valid[h] = block_req_valid[1];
    assign pool_host_reg_req[h]       = block_req;
    assign block_req_ready[1]         = pool_host_reg_req_ready[h];
    assign block_rsp_valid[1]         = pool_host_reg_rsp_valid[h];
    assign block_rsp[1]               = pool_host_reg_rsp[h];
    assign host_irq_o[h]              = {pool_host_irq[h], iommu_irq};
  end

  // ---- Management registers: node, pool, hotness monitoring of the pool, channels.
  localparam int unsigned Blocks = 3 + NumChannels;
  function automatic logic [Blocks-1:0][15:0] block_bases();
    block_bases[2:0] = {16'h4000, 16'h1000, 16'h0000};
    for (int unsigned c = 0; c < NumChannels; c++) block_bases[3+c] = c == 0 ? 16'h2000 : 16'h8000 + 16'(c * 16'h1000);
  endfunction
  function automatic logic [Blocks-1:0][15:0] block_sizes();
    block_sizes    = {Blocks{16'h1000}};
    block_sizes[2] = 16'h2000;
  endfunction
  tarn_reg_pkg::reg_req_t management_req, block_req;
  tarn_reg_pkg::reg_rsp_t management_rsp;
  tarn_reg_pkg::reg_rsp_t [Blocks-1:0] block_rsp;
  logic              management_req_valid, management_req_ready, management_rsp_valid;
  logic [Blocks-1:0] block_req_valid, block_req_ready, block_rsp_valid;

  tarn_axil_reg_port u_management (
    .clk_i, .rst_ni,
    .awvalid_i(reg_awvalid_i[NumHosts]), .awaddr_i(reg_awaddr_i[NumHosts]), .awready_o(reg_awready_o[NumHosts]),
    .wvalid_i(reg_wvalid_i[NumHosts]), .wdata_i(reg_wdata_i[NumHosts]), .wstrb_i(reg_wstrb_i[NumHosts]),
    .wready_o(reg_wready_o[NumHosts]), .bvalid_o(reg_bvalid_o[NumHosts]), .bresp_o(reg_bresp_o[NumHosts]),
    .bready_i(reg_bready_i[NumHosts]), .arvalid_i(reg_arvalid_i[NumHosts]), .araddr_i(reg_araddr_i[NumHosts]),
    .arready_o(reg_arready_o[NumHosts]), .rvalid_o(reg_rvalid_o[NumHosts]), .rdata_o(reg_rdata_o[NumHosts]),
    .rresp_o(reg_rresp_o[NumHosts]), .rready_i(reg_rready_i[NumHosts]),
    .req_valid_o(management_req_valid), .req_o(management_req), .req_ready_i(management_req_ready),
    .rsp_valid_i(management_rsp_valid), .rsp_i(management_rsp)
  );
  tarn_reg_demux #(
    .NumBlocks(Blocks), .Base(block_bases()), .Size(block_sizes())
  ) u_demux (
    .clk_i, .rst_ni, .req_valid_i(management_req_valid), .req_i(management_req), .req_ready_o(management_req_ready),
    .rsp_valid_o(management_rsp_valid), .rsp_o(management_rsp), .block_req_valid_o(block_req_valid),
    .block_req_o(block_req), .block_req_ready_i(block_req_ready), .block_rsp_valid_i(block_rsp_valid),
    .block_rsp_i(block_rsp)
  );
  tarn_node_regs #(
    .NumHosts(8'(NumHosts)), .HasIommu(HasIommu), .SegmentBytes(32'(SegmentBytes)), .NumSlots(32'(NumSlots)),
    .SegmentsPerHost(32'(SegmentsPerHost)), .ClockKilohertz(32'(ClockKilohertz)), .NumChannels(8'(NumChannels)),
    .InterleaveLines(16'(InterleaveLines)), .NumModules(8'(NumModules)), .SlowReads(8'(SlowReads)), .FastRows(32'(FastRows)),
    .RowLines(32'(tarn_node_pkg::row_lines(Sizes)))
  ) u_regs (
    .clk_i, .rst_ni, .req_valid_i(block_req_valid[0]), .req_i(block_req), .req_ready_o(block_req_ready[0]),
    .rsp_valid_o(block_rsp_valid[0]), .rsp_o(block_rsp[0])
  );

  // Only what an IOMMU compares and swaps differs in the halves of a line.
  localparam bit WalkAtomics = Sizes.iommu_capabilities.amo_hwad || Sizes.iommu_capabilities.amo_mrif;
  tarn_pool #(
    .NumHosts(NumHosts), .SegmentBytes(SegmentBytes), .NumSlots(NumSlots), .SegmentsPerHost(SegmentsPerHost),
    .NumEngines(Sizes.pool_engines), .NumEvictors(Sizes.pool_evictors), .HostEntries(Sizes.pool_host_entries),
    .ShadowFrames(Sizes.pool_shadow_frames), .OptimumSlots(Sizes.pool_optimum_slots),
    .OptimumHistory(Sizes.pool_optimum_history), .OptimumSets(Sizes.pool_optimum_sets), .MapSets(Sizes.pool_map_sets),
    .MapWays(Sizes.pool_map_ways), .MapFetches(Sizes.pool_map_fetches), .PrefetchStreams(Sizes.pool_prefetch_streams), .MoveLines(Sizes.pool_move_lines), .Parity(Sizes.parity), .TableEcc(Sizes.pool_table_ecc),
    .Hotness(Sizes.pool_monitors), .Optimum(Sizes.pool_monitors), .Latencies(Sizes.pool_monitors),
    .HostAtomics(1'b0), .Walks(HasIommu[15:0]), .PageChecksum(Sizes.pool_page_checksum), .SerialChecksum(Sizes.pool_serial_checksum), .OneAnswer(Sizes.pool_one_answer), .BlockRam(Sizes.block_ram != 0),
    .WalkAtomics(WalkAtomics), .WalkHalves(!WalkAtomics)
  ) u_pool (
    .clk_i, .rst_ni,
    .host_req_i(host_req), .host_req_valid_i(host_req_valid), .host_req_ready_o(host_req_ready),
    .host_rsp_o(host_rsp), .host_rsp_valid_o(host_rsp_valid), .host_rsp_ready_i(host_rsp_ready),
    .walk_req_i(walk_req), .walk_req_valid_i(walk_req_valid), .walk_req_ready_o(walk_req_ready),
    .walk_rsp_o(walk_rsp), .walk_rsp_valid_o(walk_rsp_valid), .walk_rsp_ready_i(walk_rsp_ready),
    .slot_req_o(slot_req), .slot_req_valid_o(slot_req_valid), .slot_req_ready_i(slot_req_ready),
    .slot_rsp_i(slot_rsp), .slot_rsp_valid_i(slot_rsp_valid), .slot_rsp_ready_o(slot_rsp_ready),
    .bulk_cmd_o, .bulk_cmd_valid_o, .bulk_cmd_ready_i, .bulk_wdata_o, .bulk_wdata_valid_o, .bulk_wdata_ready_i,
    .bulk_rdata_i, .bulk_rdata_valid_i, .bulk_rdata_ready_o, .bulk_cpl_i, .bulk_cpl_valid_i, .bulk_cpl_ready_o,
    .bulk_notice_i, .bulk_notice_valid_i, .bulk_notice_ready_o,
    .change_o, .change_valid_o, .change_ready_i,
    .reg_req_valid_i(block_req_valid[1]), .reg_req_i(block_req), .reg_req_ready_o(block_req_ready[1]),
    .reg_rsp_valid_o(block_rsp_valid[1]), .reg_rsp_o(block_rsp[1]),
    .host_reg_req_valid_i(pool_host_reg_req_valid), .host_reg_req_i(pool_host_reg_req),
    .host_reg_req_ready_o(pool_host_reg_req_ready), .host_reg_rsp_valid_o(pool_host_reg_rsp_valid),
    .host_reg_rsp_o(pool_host_reg_rsp),
    .irq_o(management_irq_o[0]), .host_irq_o(pool_host_irq),
    .hotness_reg_req_valid_i(block_req_valid[2]), .hotness_reg_req_i(block_req), .hotness_reg_req_ready_o(block_req_ready[2]),
    .hotness_reg_rsp_valid_o(block_rsp_valid[2]), .hotness_reg_rsp_o(block_rsp[2]), .hotness_irq_o(management_irq_o[2]),
    .probe_o, .policy_probe_o, .hotness_probe_o, .optimum_probe_o
  );

  // ---- The channels.
  logic [NumClasses-1:0]  channel_req_valid [NumChannels];
  logic [NumClasses-1:0]  channel_req_ready [NumChannels];
  slot_req_t              channel_req [NumClasses];
  logic [NumChannels-1:0] channel_rsp_valid, channel_rsp_ready, channel_irq;
  slot_rsp_t              channel_rsp [NumChannels];

  tarn_channel_interleave #(.NumChannels(NumChannels), .InterleaveLines(InterleaveLines)) u_interleave (
    .clk_i, .rst_ni,
    .slot_req_i(slot_req), .slot_req_valid_i(slot_req_valid), .slot_req_ready_o(slot_req_ready),
    .slot_rsp_o(slot_rsp), .slot_rsp_valid_o(slot_rsp_valid), .slot_rsp_ready_i(slot_rsp_ready),
    .channel_req_o(channel_req), .channel_req_valid_o(channel_req_valid), .channel_req_ready_i(channel_req_ready),
    .channel_rsp_i(channel_rsp), .channel_rsp_valid_i(channel_rsp_valid), .channel_rsp_ready_o(channel_rsp_ready)
  );
  assign management_irq_o[1] = channel_irq != '0;

  for (genvar c = 0; c < NumChannels; c++) begin : gen_channel
    logic       req_valid [NumClasses];
    logic       req_ready [NumClasses];
    dfi_cmd_t   dfi_cmd [DramClocksPerCycle];
    dfi_wr_t    dfi_wr [DramClocksPerCycle];
    logic       dfi_rd_en [DramClocksPerCycle];
    dfi_rd_t    dfi_rd [DramClocksPerCycle];
    dfi_ready_t module_ready [NumModules];
    for (genvar k = 0; k < NumClasses; k++) begin : gen_class
      assign req_valid[k]            = channel_req_valid[c][k];
      assign channel_req_ready[c][k] = req_ready[k];
    end
    for (genvar k = 0; k < DramClocksPerCycle; k++) begin : gen_clock
      assign dfi_cmd_o[c*DramClocksPerCycle+k]   = dfi_cmd[k];
      assign dfi_wr_o[c*DramClocksPerCycle+k]    = dfi_wr[k];
      assign dfi_rd_en_o[c*DramClocksPerCycle+k] = dfi_rd_en[k];
      assign dfi_rd[k]                           = dfi_rd_i[c*DramClocksPerCycle+k];
    end
    for (genvar k = 0; k < NumModules; k++) begin : gen_module
      assign module_ready[k] = module_ready_i[c*NumModules+k];
    end

    tarn_channel #(
      .DramClocksPerCycle(DramClocksPerCycle), .NumModules(NumModules), .SlowReads(SlowReads), .FastRows(FastRows),
      .ReadDepth(Sizes.channel_read_depth), .WriteDepth(Sizes.channel_write_depth), .ReservedReads(Sizes.channel_reserved),
      .ReservedWrites(Sizes.channel_reserved), .ReturnDepth(Sizes.channel_return_depth),
      .SlowWrites(Sizes.channel_slow_writes), .RowBits(Sizes.channel_row_bits), .Ecc(Sizes.channel_ecc),
      .BankGroupBits(Sizes.channel_bank_group_bits), .BankBits(Sizes.channel_bank_bits), .FixedSetup(Sizes.channel_fixed_setup),
      .Histograms(Sizes.channel_histograms), .CounterBits(Sizes.channel_counter_bits),
      .RanksAhead(Sizes.channel_ranks_ahead), .HoldAtPort(Sizes.channel_hold_at_port), .ReturnParts(Sizes.channel_return_parts)
    ) u_channel (
      .clk_i, .rst_ni,
      .slot_req_i(channel_req), .slot_req_valid_i(req_valid), .slot_req_ready_o(req_ready),
      .slot_rsp_o(channel_rsp[c]), .slot_rsp_valid_o(channel_rsp_valid[c]), .slot_rsp_ready_i(channel_rsp_ready[c]),
      .reg_req_valid_i(block_req_valid[3+c]), .reg_req_i(block_req), .reg_req_ready_o(block_req_ready[3+c]),
      .reg_rsp_valid_o(block_rsp_valid[3+c]), .reg_rsp_o(block_rsp[3+c]), .irq_o(channel_irq[c]),
      .dfi_init_complete_i(dfi_init_complete_i[c]), .dfi_rd_i(dfi_rd), .module_ready_i(module_ready),
      .dfi_cmd_o(dfi_cmd), .dfi_ctl_o(dfi_ctl_o[c]), .dfi_wr_o(dfi_wr), .dfi_rd_en_o(dfi_rd_en)
    );
  end
endmodule
