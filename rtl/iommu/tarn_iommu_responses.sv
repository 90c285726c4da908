// Answers to the device: the host's pass through by their tag, with `walked` added, and what the unit answers itself joins them: refusals and
// completions of translation requests.
// Latency: 0 for the host's answers (path from host_rsp_i to dev_rsp_o and from dev_rsp_ready_i to host_rsp_ready_o).
// Counts what is accepted and not answered, apart for the requests before and after a fence.
`include "tarn_assert.svh"
module tarn_iommu_responses
  import tarn_line_pkg::*;
#(
  parameter int unsigned TagLines = 128  // tags of devices: below it, with the high bit or without; 2..128
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       accept_i,       // a request with this tag is taken on
  input  logic [7:0] accept_tag_i,
  input  logic       sent_i,         // it went to the host
  input  logic [7:0] sent_tag_i,
  input  logic       sent_walked_i,
  input  logic       host_rsp_valid_i,
  output logic       host_rsp_ready_o,
  input  line_rsp_t  host_rsp_i,
  input  logic       refusal_valid_i,
  output logic       refusal_ready_o,
  input  logic [7:0] refusal_tag_i,
  input  status_e    refusal_status_i,
  input  logic [63:0] refusal_data_i,  // completion of a translation request
  input  logic       refusal_walked_i,
  output logic       dev_rsp_valid_o,
  input  logic       dev_rsp_ready_i,
  output line_rsp_t  dev_rsp_o,
  input  logic       fence_i,        // what is accepted from the next cycle on is younger; only when older_done_o
  output logic       older_done_o,   // all requests older than the last fence are answered
  output logic       idle_o          // no request is unanswered
);
  localparam int unsigned NumberBits = $clog2(TagLines) + 1;
  function automatic logic [NumberBits-1:0] number_of(logic [7:0] tag);
    return NumberBits'(tarn_iommu_pkg::tag_number(tag, TagLines));
  endfunction
  logic [NumberBits-1:0] sent_number;
  assign sent_number = number_of(sent_tag_i);

  logic walked_q[2**NumberBits];
  logic host_first_q;     // the host's answer was shown and not taken: it stays
  logic refuses;

  // A refusal goes first, unless it would push aside what was shown.
  assign refuses          = refusal_valid_i && !host_first_q;
  assign dev_rsp_valid_o  = refuses || host_rsp_valid_i;
  assign refusal_ready_o  = !host_first_q && dev_rsp_ready_i;
  assign host_rsp_ready_o = !refuses && dev_rsp_ready_i;

  always_comb begin
    dev_rsp_o        = host_rsp_i;
    dev_rsp_o.walked = walked_q[number_of(host_rsp_i.tag)];
    if (refuses) begin
      dev_rsp_o        = '0;
      dev_rsp_o.tag    = refusal_tag_i;
      dev_rsp_o.status = refusal_status_i;
      dev_rsp_o.data   = 512'(refusal_data_i);
      dev_rsp_o.walked = refusal_walked_i;
    end
  end

  tarn_iommu_epochs #(.TagBits(NumberBits)) u_fences (
    .clk_i,
    .rst_ni,
    .come_i     (accept_i),
    .come_tag_i (number_of(accept_tag_i)),
    .leave_i    (dev_rsp_valid_o && dev_rsp_ready_i),
    .leave_tag_i(number_of(dev_rsp_o.tag)),
    .begin_i    (fence_i),
    .older_done_o,
    .idle_o
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) host_first_q <= 1'b0;
    else host_first_q <= host_rsp_valid_i && !refuses && !dev_rsp_ready_i;
  end

  always_ff @(posedge clk_i) begin
    if (sent_i) walked_q[sent_number] <= sent_walked_i;
  end
endmodule : tarn_iommu_responses
