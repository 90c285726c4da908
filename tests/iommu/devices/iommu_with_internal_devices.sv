// The unit with two devices beside its port: that it can be built so.
module iommu_with_internal_devices
  import tarn_line_pkg::*;
(
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic [1:0]     internal_req_valid_i,
  output logic [1:0]     internal_req_ready_o,
  input  dev_req_t [1:0] internal_req_i,
  output logic [1:0]     internal_rsp_valid_o,
  input  logic [1:0]     internal_rsp_ready_i,
  output line_rsp_t      internal_rsp_o,
  output logic           host_req_valid_o,
  input  logic           host_req_ready_i,
  output host_req_t      host_req_o,
  input  logic           host_rsp_valid_i,
  output logic           host_rsp_ready_o,
  input  line_rsp_t      host_rsp_i
);
  // What the rest of it says goes nowhere.
  logic dev_req_ready;
  logic dev_rsp_valid;
  line_rsp_t dev_rsp;
  logic walk_req_valid;
  host_req_t walk_req;
  logic walk_rsp_ready;
  logic outbound_req_valid;
  host_req_t outbound_req;
  logic outbound_rsp_ready;
  logic dev_msg_ready;
  logic dev_msg_valid;
  dev_msg_t dev_msg;
  logic reg_req_ready;
  logic reg_rsp_valid;
  tarn_reg_pkg::reg_rsp_t reg_rsp;
  logic [tarn_iommu_pkg::NumVectors-1:0] irq;
  logic unused;
  assign unused = ^{dev_req_ready, dev_rsp_valid, dev_rsp, walk_req_valid, walk_req, walk_rsp_ready, outbound_req_valid, outbound_req, outbound_rsp_ready, dev_msg_ready, dev_msg_valid, dev_msg, reg_req_ready, reg_rsp_valid, reg_rsp, irq};

  tarn_iommu #(.InternalDevices(2)) u_iommu (
    .clk_i,
    .rst_ni,
    .internal_req_valid_i,
    .internal_req_ready_o,
    .internal_req_i,
    .internal_rsp_valid_o,
    .internal_rsp_ready_i,
    .internal_rsp_o,
    .host_req_valid_o,
    .host_req_ready_i,
    .host_req_o,
    .host_rsp_valid_i,
    .host_rsp_ready_o,
    .host_rsp_i,
    .dev_req_valid_i     (1'b0),
    .dev_req_ready_o     (dev_req_ready),
    .dev_req_i           ('0),
    .dev_rsp_valid_o     (dev_rsp_valid),
    .dev_rsp_ready_i     (1'b1),
    .dev_rsp_o           (dev_rsp),
    .walk_req_valid_o    (walk_req_valid),
    .walk_req_ready_i    (1'b0),
    .walk_req_o          (walk_req),
    .walk_rsp_valid_i    (1'b0),
    .walk_rsp_ready_o    (walk_rsp_ready),
    .walk_rsp_i          ('0),
    .outbound_req_valid_o(outbound_req_valid),
    .outbound_req_ready_i(1'b0),
    .outbound_req_o      (outbound_req),
    .outbound_rsp_valid_i(1'b0),
    .outbound_rsp_ready_o(outbound_rsp_ready),
    .outbound_rsp_i      ('0),
    .dev_msg_valid_i     (1'b0),
    .dev_msg_ready_o     (dev_msg_ready),
    .dev_msg_i           ('0),
    .dev_msg_valid_o     (dev_msg_valid),
    .dev_msg_ready_i     (1'b0),
    .dev_msg_o           (dev_msg),
    .reg_req_valid_i     (1'b0),
    .reg_req_ready_o     (reg_req_ready),
    .reg_req_i           ('0),
    .reg_rsp_valid_o     (reg_rsp_valid),
    .reg_rsp_o           (reg_rsp),
    .irq_o               (irq)
  );
endmodule : iommu_with_internal_devices
