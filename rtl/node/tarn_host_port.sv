// One host's way into the pool: the AXI4 port (the small one where Sizes says that it is enough), and an IOMMU behind it where devices are in front. Wiring only.
// Without an IOMMU the walk, outbound and message ports are tied off, and its registers answer an error.
`include "tarn_assert.svh"

module tarn_host_port
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
#(
  parameter bit          HasIommu = 1'b0,
  parameter int unsigned DataBits = 512,  // of AXI's W and R
  parameter int unsigned Lines    = 64,   // line reads, and line writes, in flight
  parameter tarn_node_pkg::sizes_t Sizes = tarn_node_pkg::FullSizes
) (
  input  logic      clk_i,
  input  logic      rst_ni,
  // The host's AXI4 port.
  input  ax_t       aw_i,
  input  logic      aw_valid_i,
  output logic      aw_ready_o,
  input  w_t        w_i,
  input  logic      w_valid_i,
  output logic      w_ready_o,
  input  ax_t       ar_i,
  input  logic      ar_valid_i,
  output logic      ar_ready_o,
  output b_t        b_o,
  output logic      b_valid_o,
  input  logic      b_ready_i,
  output r_t        r_o,
  output logic      r_valid_o,
  input  logic      r_ready_i,
  // To the pool.
  output host_req_t host_req_o,
  output logic      host_req_valid_o,
  input  logic      host_req_ready_i,
  input  line_rsp_t host_rsp_i,
  input  logic      host_rsp_valid_i,
  output logic      host_rsp_ready_o,
  output host_req_t walk_req_o,
  output logic      walk_req_valid_o,
  input  logic      walk_req_ready_i,
  input  line_rsp_t walk_rsp_i,
  input  logic      walk_rsp_valid_i,
  output logic      walk_rsp_ready_o,
  // Beside the pool: message-signalled interrupts, and messages of devices.
  output host_req_t outbound_req_o,
  output logic      outbound_req_valid_o,
  input  logic      outbound_req_ready_i,
  input  line_rsp_t outbound_rsp_i,
  input  logic      outbound_rsp_valid_i,
  output logic      outbound_rsp_ready_o,
  input  dev_msg_t  dev_msg_i,
  input  logic      dev_msg_valid_i,
  output logic      dev_msg_ready_o,
  output dev_msg_t  dev_msg_o,
  output logic      dev_msg_valid_o,
  input  logic      dev_msg_ready_i,
  // Registers of the IOMMU, and its interrupt lines.
  input  logic      reg_req_valid_i,
  input  tarn_reg_pkg::reg_req_t reg_req_i,
  output logic      reg_req_ready_o,
  output logic      reg_rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t reg_rsp_o,
  output logic [3:0] irq_o
);
  dev_req_t  dev_req;
  line_rsp_t dev_rsp;
  logic      dev_req_valid, dev_req_ready, dev_rsp_valid, dev_rsp_ready;

  if (Sizes.host_lines_alone) begin : gen_lines
    tarn_axi_line_port #(.Lines(Lines)) u_axi (
      .clk_i, .rst_ni,
      .aw_i, .aw_valid_i, .aw_ready_o, .w_i, .w_valid_i, .w_ready_o, .ar_i, .ar_valid_i, .ar_ready_o,
      .b_o, .b_valid_o, .b_ready_i, .r_o, .r_valid_o, .r_ready_i,
      .dev_req_o(dev_req), .dev_req_valid_o(dev_req_valid), .dev_req_ready_i(dev_req_ready),
      .line_rsp_i(dev_rsp), .line_rsp_valid_i(dev_rsp_valid), .line_rsp_ready_o(dev_rsp_ready)
    );
  end else begin : gen_bursts
    tarn_axi_port #(.DataBits(DataBits), .ReadLines(Lines), .WriteLines(Lines), .WriteBursts(Lines)) u_axi (
      .clk_i, .rst_ni,
      .aw_i, .aw_valid_i, .aw_ready_o, .w_i, .w_valid_i, .w_ready_o, .ar_i, .ar_valid_i, .ar_ready_o,
      .b_o, .b_valid_o, .b_ready_i, .r_o, .r_valid_o, .r_ready_i,
      .dev_req_o(dev_req), .dev_req_valid_o(dev_req_valid), .dev_req_ready_i(dev_req_ready),
      .line_rsp_i(dev_rsp), .line_rsp_valid_i(dev_rsp_valid), .line_rsp_ready_o(dev_rsp_ready)
    );
  end

  if (HasIommu) begin : gen_iommu
    // No device stands inside the node yet.
    logic      internal_req_ready, internal_rsp_valid, unused_internal;
    line_rsp_t internal_rsp;
    assign unused_internal = ^{internal_req_ready, internal_rsp_valid, internal_rsp};

    tarn_iommu #(
      .Capabilities(Sizes.iommu_capabilities), .Slots(Sizes.iommu_slots), .Walks(Sizes.iommu_walks),
      .WalkCacheEntries(Sizes.iommu_walk_cache_entries), .FrontEntries(Sizes.iommu_front_entries),
      .TlbEntries(Sizes.iommu_tlb_entries), .SuperEntries(Sizes.iommu_super_entries),
      .ContextEntries(Sizes.iommu_context_entries), .TlbWays(Sizes.iommu_tlb_ways), .FaultEntries(Sizes.iommu_fault_entries),
      .SmallWalks(Sizes.iommu_small_walks), .BlockRam(Sizes.block_ram != 0), .TagLines(Lines), .RamParity(Sizes.parity)
    ) u_iommu (
      .clk_i, .rst_ni,
      .dev_req_i(dev_req), .dev_req_valid_i(dev_req_valid), .dev_req_ready_o(dev_req_ready),
      .dev_rsp_o(dev_rsp), .dev_rsp_valid_o(dev_rsp_valid), .dev_rsp_ready_i(dev_rsp_ready),
      .internal_req_i('0), .internal_req_valid_i(1'b0), .internal_req_ready_o(internal_req_ready),
      .internal_rsp_o(internal_rsp), .internal_rsp_valid_o(internal_rsp_valid), .internal_rsp_ready_i(1'b1),
      .host_req_o, .host_req_valid_o, .host_req_ready_i, .host_rsp_i, .host_rsp_valid_i, .host_rsp_ready_o,
      .walk_req_o, .walk_req_valid_o, .walk_req_ready_i, .walk_rsp_i, .walk_rsp_valid_i, .walk_rsp_ready_o,
      .outbound_req_o, .outbound_req_valid_o, .outbound_req_ready_i,
      .outbound_rsp_i, .outbound_rsp_valid_i, .outbound_rsp_ready_o,
      .dev_msg_i, .dev_msg_valid_i, .dev_msg_ready_o, .dev_msg_o, .dev_msg_valid_o, .dev_msg_ready_i,
      .reg_req_valid_i, .reg_req_i, .reg_req_ready_o, .reg_rsp_valid_o, .reg_rsp_o, .irq_o
    );
  end else begin : gen_cpu
    always_comb begin
      host_req_o              = '0;
      host_req_o.tag          = dev_req.tag;
      host_req_o.op           = dev_req.op;
      host_req_o.attr         = dev_req.attr;
      host_req_o.rcid         = dev_req.rcid;
      host_req_o.mcid         = dev_req.mcid;
      host_req_o.qos          = dev_req.qos;
      host_req_o.exclusive    = dev_req.exclusive;
      host_req_o.exclusive_id = dev_req.exclusive_id;
      host_req_o.addr         = dev_req.addr;
      host_req_o.mask         = dev_req.mask;
      host_req_o.data         = dev_req.data;
    end
    assign host_req_valid_o     = dev_req_valid;
    assign dev_req_ready        = host_req_ready_i;
    assign dev_rsp              = host_rsp_i;
    assign dev_rsp_valid        = host_rsp_valid_i;
    assign host_rsp_ready_o     = dev_rsp_ready;
    assign walk_req_o           = '0;
    assign walk_req_valid_o     = 1'b0;
    assign walk_rsp_ready_o     = 1'b1;
    assign outbound_req_o       = '0;
    assign outbound_req_valid_o = 1'b0;
    assign outbound_rsp_ready_o = 1'b1;
    assign dev_msg_ready_o      = 1'b1;
    assign dev_msg_o            = '0;
    assign dev_msg_valid_o      = 1'b0;
    assign irq_o                = '0;

    // No IOMMU: every access to its registers is answered with an error.
    logic answer_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) answer_q <= 1'b0;
      else         answer_q <= reg_req_valid_i && !answer_q;
    end
    assign reg_req_ready_o = !answer_q;
    assign reg_rsp_valid_o = answer_q;
    assign reg_rsp_o       = '{rdata: '0, error: 1'b1};

    logic unused;
    assign unused = ^{dev_req.device_id, dev_req.process_id, dev_req.process_valid, dev_req.priv, dev_req.exec,
                      dev_req.at, dev_req.first_byte, dev_req.first_of_burst, walk_req_ready_i, walk_rsp_valid_i,
                      walk_rsp_i, outbound_req_ready_i, outbound_rsp_valid_i, outbound_rsp_i, dev_msg_i,
                      dev_msg_valid_i, dev_msg_ready_i, reg_req_i};
  end
endmodule
