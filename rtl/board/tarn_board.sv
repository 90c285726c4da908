// A node on a board, without what differs from board to board (clock generation, pads): the node in its small size, a memory module with
// block RAM as its fast and an SDR SDRAM as its slow portion, and the serial bridge, at whose other end a computer is hosts, software and bulk
// device (README.md).
`include "tarn_assert.svh"
module tarn_board
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
  import tarn_bulk_pkg::*;
  import tarn_pool_msg_pkg::*;
  import tarn_dfi_pkg::*;
  import tarn_module_pkg::*;
  import tarn_sdram_pkg::*;
#(
  parameter int unsigned ClockKilohertz  = 12_500,
  parameter int unsigned Baud            = 1_000_000,
  parameter int unsigned SdramPowerUpUs  = 200,      // less in simulation alone
  parameter int unsigned NumHosts        = 2,
  parameter logic [31:0] HasIommu        = 32'h2,    // bit h: devices, behind an IOMMU, on host port h
  parameter int unsigned SegmentBytes    = 65536,
  parameter int unsigned NumSlots        = 64,
  parameter int unsigned SegmentsPerHost = 1024,
  parameter int unsigned FastLineBits    = 10,       // lines of block RAM, whole rows of all banks
  parameter int unsigned SlowReads       = 4,
  parameter tarn_node_pkg::sizes_t Sizes = tarn_node_pkg::SmallSizes
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        uart_rx_i,
  output logic        uart_tx_o,
  output sdram_pins_t sdram_o,
  input  logic [15:0] sdram_dq_i,
  output logic [7:0]  lamps_o
);
  localparam int unsigned RowLines = tarn_node_pkg::row_lines(Sizes);
  // A host asks for no more than the pool has places for: what waits for one would stand on the line in front of the page that it waits for.
  localparam int unsigned HostLines = Sizes.pool_host_entries;
  localparam logic [5:0] Cl = 6'(tarn_channel_pkg::FixedCl);
  localparam logic [5:0] Cwl = 6'(tarn_channel_pkg::FixedCwl);

  `TARN_ASSERT_INIT(FastIsRows, FastLineBits >= $clog2(RowLines), "tarn_board: the fast portion must be whole rows")

  logic node_rst_n, open, activity;

  ax_t       aw [NumHosts];
  ax_t       ar [NumHosts];
  w_t        w [NumHosts];
  b_t        b [NumHosts];
  r_t        r [NumHosts];
  host_req_t outbound_req [NumHosts];
  line_rsp_t outbound_rsp [NumHosts];
  dev_msg_t  to_node [NumHosts];
  dev_msg_t  from_node [NumHosts];
  logic [4:0] host_irq [NumHosts];
  logic aw_valid [NumHosts];
  logic aw_ready [NumHosts];
  logic w_valid [NumHosts];
  logic w_ready [NumHosts];
  logic ar_valid [NumHosts];
  logic ar_ready [NumHosts];
  logic b_valid [NumHosts];
  logic b_ready [NumHosts];
  logic r_valid [NumHosts];
  logic r_ready [NumHosts];
  logic outbound_req_valid [NumHosts];
  logic outbound_req_ready [NumHosts];
  logic outbound_rsp_valid [NumHosts];
  logic outbound_rsp_ready [NumHosts];
  logic to_node_valid [NumHosts];
  logic to_node_ready [NumHosts];
  logic from_node_valid [NumHosts];
  logic from_node_ready [NumHosts];

  logic        reg_awvalid [NumHosts+1];
  logic [15:0] reg_awaddr [NumHosts+1];
  logic        reg_awready [NumHosts+1];
  logic        reg_wvalid [NumHosts+1];
  logic [31:0] reg_wdata [NumHosts+1];
  logic [3:0]  reg_wstrb [NumHosts+1];
  logic        reg_wready [NumHosts+1];
  logic        reg_bvalid [NumHosts+1];
  logic [1:0]  reg_bresp [NumHosts+1];
  logic        reg_bready [NumHosts+1];
  logic        reg_arvalid [NumHosts+1];
  logic [15:0] reg_araddr [NumHosts+1];
  logic        reg_arready [NumHosts+1];
  logic        reg_rvalid [NumHosts+1];
  logic [31:0] reg_rdata [NumHosts+1];
  logic [1:0]  reg_rresp [NumHosts+1];
  logic        reg_rready [NumHosts+1];
  logic [2:0]  management_irq;

  bulk_cmd_t      bulk_cmd;
  bulk_beat_t     bulk_wdata, bulk_rdata;
  bulk_cpl_t      bulk_cpl;
  bulk_notice_t   bulk_notice;
  change_notice_t change;
  pool_probe_t    probe;
  logic bulk_cmd_valid, bulk_cmd_ready, bulk_wdata_valid, bulk_wdata_ready, bulk_rdata_valid, bulk_rdata_ready;
  logic bulk_cpl_valid, bulk_cpl_ready, bulk_notice_valid, bulk_notice_ready, change_valid, change_ready;

  dfi_cmd_t   dfi_cmd [1];
  dfi_ctl_t   dfi_ctl [1];
  dfi_wr_t    dfi_wr [1];
  logic       dfi_rd_en [1];
  dfi_rd_t    dfi_rd [1];
  dfi_ready_t module_ready [1];

  tarn_serial_bridge #(.NumHosts(NumHosts), .HostLines(HostLines), .ClockHz(ClockKilohertz * 1000), .Baud(Baud)) u_bridge (
    .clk_i, .rst_ni, .rx_i(uart_rx_i), .tx_o(uart_tx_o), .node_rst_no(node_rst_n), .open_o(open), .activity_o(activity),
    .aw_o(aw), .aw_valid_o(aw_valid), .aw_ready_i(aw_ready), .w_o(w), .w_valid_o(w_valid), .w_ready_i(w_ready),
    .ar_o(ar), .ar_valid_o(ar_valid), .ar_ready_i(ar_ready), .b_i(b), .b_valid_i(b_valid), .b_ready_o(b_ready),
    .r_i(r), .r_valid_i(r_valid), .r_ready_o(r_ready),
    .outbound_req_i(outbound_req), .outbound_req_valid_i(outbound_req_valid), .outbound_req_ready_o(outbound_req_ready),
    .outbound_rsp_o(outbound_rsp), .outbound_rsp_valid_o(outbound_rsp_valid), .outbound_rsp_ready_i(outbound_rsp_ready),
    .dev_msg_o(to_node), .dev_msg_valid_o(to_node_valid), .dev_msg_ready_i(to_node_ready),
    .dev_msg_i(from_node), .dev_msg_valid_i(from_node_valid), .dev_msg_ready_o(from_node_ready), .host_irq_i(host_irq),
    .reg_awvalid_o(reg_awvalid), .reg_awaddr_o(reg_awaddr), .reg_awready_i(reg_awready), .reg_wvalid_o(reg_wvalid),
    .reg_wdata_o(reg_wdata), .reg_wstrb_o(reg_wstrb), .reg_wready_i(reg_wready), .reg_bvalid_i(reg_bvalid),
    .reg_bresp_i(reg_bresp), .reg_bready_o(reg_bready), .reg_arvalid_o(reg_arvalid), .reg_araddr_o(reg_araddr),
    .reg_arready_i(reg_arready), .reg_rvalid_i(reg_rvalid), .reg_rdata_i(reg_rdata), .reg_rresp_i(reg_rresp),
    .reg_rready_o(reg_rready), .management_irq_i(management_irq),
    .bulk_cmd_i(bulk_cmd), .bulk_cmd_valid_i(bulk_cmd_valid), .bulk_cmd_ready_o(bulk_cmd_ready),
    .bulk_wdata_i(bulk_wdata), .bulk_wdata_valid_i(bulk_wdata_valid), .bulk_wdata_ready_o(bulk_wdata_ready),
    .bulk_rdata_o(bulk_rdata), .bulk_rdata_valid_o(bulk_rdata_valid), .bulk_rdata_ready_i(bulk_rdata_ready),
    .bulk_cpl_o(bulk_cpl), .bulk_cpl_valid_o(bulk_cpl_valid), .bulk_cpl_ready_i(bulk_cpl_ready),
    .bulk_notice_o(bulk_notice), .bulk_notice_valid_o(bulk_notice_valid), .bulk_notice_ready_i(bulk_notice_ready),
    .change_i(change), .change_valid_i(change_valid), .change_ready_o(change_ready), .probe_i(probe)
  );

  policy_probe_t  unused_policy_probe;
  hotness_probe_t unused_hotness_probe;
  optimum_probe_t unused_optimum_probe;
  tarn_node #(
    .NumHosts(NumHosts), .HasIommu(HasIommu), .HostLines(HostLines), .SegmentBytes(SegmentBytes), .NumSlots(NumSlots),
    .SegmentsPerHost(SegmentsPerHost), .ClockKilohertz(ClockKilohertz), .SlowReads(SlowReads),
    .FastRows((1 << FastLineBits) / RowLines), .Sizes(Sizes)
  ) u_node (
    .clk_i, .rst_ni(node_rst_n),
    .aw_i(aw), .aw_valid_i(aw_valid), .aw_ready_o(aw_ready), .w_i(w), .w_valid_i(w_valid), .w_ready_o(w_ready),
    .ar_i(ar), .ar_valid_i(ar_valid), .ar_ready_o(ar_ready), .b_o(b), .b_valid_o(b_valid), .b_ready_i(b_ready),
    .r_o(r), .r_valid_o(r_valid), .r_ready_i(r_ready),
    .outbound_req_o(outbound_req), .outbound_req_valid_o(outbound_req_valid), .outbound_req_ready_i(outbound_req_ready),
    .outbound_rsp_i(outbound_rsp), .outbound_rsp_valid_i(outbound_rsp_valid), .outbound_rsp_ready_o(outbound_rsp_ready),
    .dev_msg_i(to_node), .dev_msg_valid_i(to_node_valid), .dev_msg_ready_o(to_node_ready),
    .dev_msg_o(from_node), .dev_msg_valid_o(from_node_valid), .dev_msg_ready_i(from_node_ready), .host_irq_o(host_irq),
    .reg_awvalid_i(reg_awvalid), .reg_awaddr_i(reg_awaddr), .reg_awready_o(reg_awready), .reg_wvalid_i(reg_wvalid),
    .reg_wdata_i(reg_wdata), .reg_wstrb_i(reg_wstrb), .reg_wready_o(reg_wready), .reg_bvalid_o(reg_bvalid),
    .reg_bresp_o(reg_bresp), .reg_bready_i(reg_bready), .reg_arvalid_i(reg_arvalid), .reg_araddr_i(reg_araddr),
    .reg_arready_o(reg_arready), .reg_rvalid_o(reg_rvalid), .reg_rdata_o(reg_rdata), .reg_rresp_o(reg_rresp),
    .reg_rready_i(reg_rready), .management_irq_o(management_irq),
    .bulk_cmd_o(bulk_cmd), .bulk_cmd_valid_o(bulk_cmd_valid), .bulk_cmd_ready_i(bulk_cmd_ready),
    .bulk_wdata_o(bulk_wdata), .bulk_wdata_valid_o(bulk_wdata_valid), .bulk_wdata_ready_i(bulk_wdata_ready),
    .bulk_rdata_i(bulk_rdata), .bulk_rdata_valid_i(bulk_rdata_valid), .bulk_rdata_ready_o(bulk_rdata_ready),
    .bulk_cpl_i(bulk_cpl), .bulk_cpl_valid_i(bulk_cpl_valid), .bulk_cpl_ready_o(bulk_cpl_ready),
    .bulk_notice_i(bulk_notice), .bulk_notice_valid_i(bulk_notice_valid), .bulk_notice_ready_o(bulk_notice_ready),
    .change_o(change), .change_valid_o(change_valid), .change_ready_i(change_ready),
    .dfi_cmd_o(dfi_cmd), .dfi_ctl_o(dfi_ctl), .dfi_wr_o(dfi_wr), .dfi_rd_en_o(dfi_rd_en), .dfi_rd_i(dfi_rd),
    .module_ready_i(module_ready), .dfi_init_complete_i(1'b1),
    .probe_o(probe), .policy_probe_o(unused_policy_probe), .hotness_probe_o(unused_hotness_probe), .optimum_probe_o(unused_optimum_probe)
  );

  // ---- The memory module, and the SDRAM as its device.
  localparam module_config_t ModuleConfig = '{id: '0, cl: Cl, cwl: Cwl, fast_rows: 24'((1 << FastLineBits) / RowLines)};
  module_req_t device_req;
  module_rsp_t device_rsp [1];
  logic        device_req_valid, device_req_ready, device_rsp_valid, device_rsp_ready;

  tarn_channel_module #(
    .NumDevices(1), .BankGroupBits(Sizes.channel_bank_group_bits), .BankBits(Sizes.channel_bank_bits), .FastLineBits(FastLineBits), .ReadTags(SlowReads), .WriteTags(16), .LatencyMax(32'(Cl))
  ) u_module (
    .clk_i, .rst_ni(node_rst_n), .config_i(ModuleConfig),
    .dfi_cmd_i(dfi_cmd[0]), .dfi_wr_i(dfi_wr[0]), .dfi_rd_o(dfi_rd[0]), .ready_o(module_ready[0]),
    .device_req_valid_o(device_req_valid), .device_req_ready_i(device_req_ready), .device_req_o(device_req),
    .device_rsp_valid_i(device_rsp_valid), .device_rsp_ready_o(device_rsp_ready), .device_rsp_i(device_rsp)
  );
  tarn_sdram_device #(.ClockKilohertz(ClockKilohertz), .PowerUpUs(SdramPowerUpUs)) u_sdram (
    .clk_i, .rst_ni(node_rst_n), .req_valid_i(device_req_valid), .req_ready_o(device_req_ready), .req_i(device_req),
    .rsp_valid_o(device_rsp_valid), .rsp_ready_i(device_rsp_ready), .rsp_o(device_rsp[0]), .pins_o(sdram_o), .dq_i(sdram_dq_i)
  );

  // ---- Lamps: session, messages, interrupts, the node runs; a lamp that blinks each second or so.
  logic [24:0] blink_q;
  logic [19:0] activity_q;  // stretched, so that it is seen
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      blink_q    <= '0;
      activity_q <= '0;
    end else begin
      blink_q <= blink_q + 1'b1;
      if (activity) activity_q <= '1;
      else if (activity_q != '0) activity_q <= activity_q - 1'b1;
    end
  end
  assign lamps_o = {management_irq, host_irq[0] != '0, node_rst_n, activity_q != '0, open, blink_q[24]};

  logic unused_pins;
  assign unused_pins = ^{dfi_ctl[0], dfi_rd_en[0], unused_policy_probe, unused_hotness_probe, unused_optimum_probe};
endmodule : tarn_board
