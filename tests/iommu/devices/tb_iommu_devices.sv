// Three ports in front of one IOMMU, each by itself.
module tb_iommu_devices
  import tarn_line_pkg::*;
(
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       req_valid_i[3],
  output logic       req_ready_o[3],
  input  dev_req_t   req_i[3],
  output logic       rsp_valid_o[3],
  input  logic       rsp_ready_i[3],
  output line_rsp_t  rsp_o[3],
  output logic       unit_req_valid_o,
  input  logic       unit_req_ready_i,
  output dev_req_t   unit_req_o,
  output logic [1:0] port_o,
  input  logic       unit_rsp_valid_i,
  output logic       unit_rsp_ready_o,
  input  line_rsp_t  unit_rsp_i
);
  logic [2:0] req_valid, req_ready, rsp_valid, rsp_ready;
  dev_req_t [2:0] req;
  line_rsp_t rsp;
  for (genvar i = 0; i < 3; i++) begin : gen_port
    assign req_valid[i]   = req_valid_i[i];
    assign req_ready_o[i] = req_ready[i];
    assign req[i]         = req_i[i];
    assign rsp_valid_o[i] = rsp_valid[i];
    assign rsp_ready[i]   = rsp_ready_i[i];
    assign rsp_o[i]       = rsp;
  end

  tarn_iommu_devices #(.Ports(3)) u_devices (
    .clk_i,
    .rst_ni,
    .req_valid_i(req_valid),
    .req_ready_o(req_ready),
    .req_i      (req),
    .rsp_valid_o(rsp_valid),
    .rsp_ready_i(rsp_ready),
    .rsp_o      (rsp),
    .req_valid_o(unit_req_valid_o),
    .req_ready_i(unit_req_ready_i),
    .req_o      (unit_req_o),
    .port_o     (port_o),
    .rsp_valid_i(unit_rsp_valid_i),
    .rsp_ready_o(unit_rsp_ready_o),
    .rsp_i      (unit_rsp_i)
  );
endmodule : tb_iommu_devices
