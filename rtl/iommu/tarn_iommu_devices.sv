// Joins the devices inside the node to those of the port: their requests in turn, each under a tag of its own, their
// answers back under the tag that they came with. Lines of different ports' bursts may alternate: port_o says whose each is.
// Latency: 0 both ways (paths from req_valid_i and req_i to the request, from rsp_i to the answers; a request that waits stays). As many are
// under way as there are tags. A port that does not take its answer holds back those behind it, of all ports.
`include "tarn_assert.svh"
module tarn_iommu_devices
  import tarn_line_pkg::*;
#(
  parameter int unsigned Ports = 2,  // 2..32
  localparam int unsigned PortBits = $clog2(Ports)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [Ports-1:0]     req_valid_i,
  output logic [Ports-1:0]     req_ready_o,
  input  dev_req_t [Ports-1:0] req_i,
  output logic [Ports-1:0]     rsp_valid_o,
  input  logic [Ports-1:0]     rsp_ready_i,
  output line_rsp_t            rsp_o,       // to whichever port is valid
  output logic                 req_valid_o,
  input  logic                 req_ready_i,
  output dev_req_t             req_o,
  output logic [PortBits-1:0]  port_o,
  input  logic                 rsp_valid_i,
  output logic                 rsp_ready_o,
  input  line_rsp_t            rsp_i
);
  `TARN_ASSERT_INIT(PortsAllowed, Ports >= 2 && Ports <= 32, "tarn_iommu_devices: Ports must be 2..32")

  typedef struct packed {
    logic [PortBits-1:0] port;
    logic [TagBits-1:0]  tag;
  } origin_t;

  origin_t origin_q[2**TagBits], origin;
  logic tag_valid, some_request, takes, gives_back;
  logic [TagBits-1:0] tag;
  logic [Ports-1:0] grant;

  tarn_rr_arbiter #(.N(Ports)) u_arbiter (
    .clk_i,
    .rst_ni,
    .req_i  (req_valid_i),
    .valid_o(some_request),
    .ready_i(takes),
    .grant_o(grant),
    .index_o(port_o)
  );

  tarn_index_pool #(.N(2 ** TagBits)) u_tags (
    .clk_i,
    .rst_ni,
    .free_valid_i(gives_back),
    .free_index_i(rsp_i.tag),
    .valid_o     (tag_valid),
    .index_o     (tag),
    .take_i      (takes)
  );

  assign req_valid_o = some_request && tag_valid;
  assign takes       = req_valid_o && req_ready_i;
  assign req_ready_o = grant & {Ports{takes}};
  always_comb begin
    req_o     = req_i[port_o];
    req_o.tag = tag;
  end
  always_ff @(posedge clk_i) begin
    if (takes) origin_q[tag] <= '{port: port_o, tag: req_i[port_o].tag};
  end

  assign origin      = origin_q[rsp_i.tag];
  assign rsp_valid_o = rsp_valid_i ? Ports'(1) << origin.port : '0;
  assign rsp_ready_o = rsp_ready_i[origin.port];
  assign gives_back  = rsp_valid_i && rsp_ready_o;
  always_comb begin
    rsp_o     = rsp_i;
    rsp_o.tag = origin.tag;
  end

  `TARN_ASSERT(RequestHolds, !$past(req_valid_o && !req_ready_i) || (req_valid_o && req_o.tag == $past(req_o.tag)))
endmodule : tarn_iommu_devices
