// Requests from their translation to their answer (host and device port): any results, two tags, a bit or a few of
// each wide field. The issue stage and the answers, wired as in tarn_iommu but for interrupt files and what goes outside.
// Registers and memories without a reset start at 0. Fault 1: the unit takes its host request for taken; 2: so its answer.
`include "tarn_assert.svh"
module iommu_requests_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned Fault = 0
) (
  input logic       clk_i,
  input logic       accept_i,       // a request, under a tag that is free
  input logic       accept_tag_i,
  input logic       go_i,           // one that was accepted may go, with this result
  input logic       go_tag_i,
  input result_kind_e result_kind_i,
  input logic [5:0] result_i,
  input logic       walked_i,
  input logic [9:0] slot_i,
  input asker_t     asker_i,        // any: what the ports do does not depend on it
  input logic       host_ready_i,
  input logic       fault_ready_i,
  input logic       mrif_ready_i,
  input logic       host_answers_i,
  input logic       host_answer_tag_i,
  input status_e    host_status_i,
  input logic       dev_ready_i,
  input logic       fence_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic accept, go, ready, host_valid, walked, fault_valid, refused_valid, refused_ready, refused_walked, mrif_valid;
  logic host_answer, host_answer_ready, rsp_valid, older_done, idle, fence, is_idle;
  host_req_t host;
  fault_t fault;
  mrif_request_t mrif;
  logic [7:0] refused_tag;
  status_e refused_status;
  logic [63:0] refused_data;
  line_rsp_t host_rsp, rsp;
  slot_t slot;
  result_t result;
  logic [1:0] open, at_host, waiting_q;  // accepted and not answered; at the host; for their translation

  // A slot, whose number is the tag: its content comes a cycle after it was read, and stays.
  assign accept = rst_ni && accept_i && !open[accept_tag_i];
  assign go     = rst_ni && go_i && waiting_q[go_tag_i];
  logic [10:0] slot_bits, slot_bits_q;
  logic tag_q, read, fresh_q;
  logic [7:0] read_slot;
  always_ff @(posedge clk_i) begin
    if (read) tag_q <= read_slot[0];
    fresh_q     <= read;
    slot_bits_q <= slot_bits;
  end
  assign slot_bits = fresh_q ? {slot_i, tag_q} : slot_bits_q;
  always_comb begin
    slot               = '0;
    slot.burst         = BurstBits'(slot_bits[0]);  // each of a burst of its own
    slot.req.tag       = 8'(slot_bits[0]);
    slot.req.op        = slot_bits[1] ? OpRead : OpPartialWrite;
    slot.req.at        = at_e'({slot_bits[2] && !slot_bits[3], slot_bits[3]});
    slot.req.exec      = slot_bits[4];
    slot.req.process_valid = slot_bits[5];
    slot.req.priv      = slot_bits[5];
    slot.req.addr      = {{8{slot_bits[6]}}, {50{slot_bits[7]}}, 6'b0};
    slot.req.mask      = slot_bits[8] ? 64'hf : '1;
    slot.req.data      = {512{slot_bits[9]}};
    slot.req.device_id = {24{slot_bits[10]}};
    result             = '0;
    result.kind        = result_kind_i;
    result.cause       = CauseDdtEntryNotValid;
    {result.dtf, result.ens, result.reached, result.ppn[0], result.first_rights.readable, result.first_rights.accessed} = result_i;
    result.second_rights = '1;
    result.first       = 1'b1;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      waiting_q <= '0;
    end else begin
      if (accept) waiting_q[accept_tag_i] <= 1'b1;
      if (go && ready) waiting_q[go_tag_i] <= 1'b0;
    end
  end

  tarn_iommu_issue u_issue (
    .clk_i, .rst_ni, .valid_i(go), .ready_o(ready), .result_i(result), .walked_i, .slot_number_i(8'(go_tag_i)),
    .asker_i, .lost_i(1'b0), .late_i(1'b0), .late_result_i('0), .late_slot_i('0), .late_asker_i('0),
    .read_o(read), .read_slot_o(read_slot), .slot_i(slot), .slot_errors_i('0), .burst_begins_i(accept),
    .burst_i(BurstBits'(accept_tag_i)), .burst_line_left_o(), .burst_line_o(),
    .host_req_valid_o(host_valid), .host_req_ready_i(host_ready_i || Fault == 1), .host_req_o(host), .walked_o(walked),
    .fault_valid_o(fault_valid), .fault_ready_i, .fault_o(fault),
    .rsp_valid_o(refused_valid), .rsp_ready_i(refused_ready), .rsp_tag_o(refused_tag), .rsp_status_o(refused_status),
    .rsp_data_o(refused_data), .rsp_walked_o(refused_walked), .mrif_valid_o(mrif_valid), .mrif_ready_i, .mrif_o(mrif),
    .debug_valid_o(), .debug_o(), .page_request_valid_o(), .page_request_o(), .parity_error_o(), .idle_o(is_idle)
  );

  // The host answers what it has, and holds its answers.
  assign host_answer = host_answers_i && at_host[host_answer_tag_i];
  always_comb begin
    host_rsp        = '0;
    host_rsp.tag    = 8'(host_answer_tag_i);
    host_rsp.status = host_status_i;
  end
  stream_contract #(.T(line_rsp_t), .Assumed(1'b1)) u_host_answers (
    .clk_i, .rst_ni, .valid_i(host_answer), .ready_i(host_answer_ready), .data_i(host_rsp)
  );
  assign fence = fence_i && older_done;

  tarn_iommu_responses u_responses (
    .clk_i, .rst_ni, .accept_i(accept), .accept_tag_i(8'(accept_tag_i)), .sent_i(host_valid && host_ready_i),
    .sent_tag_i(host.tag), .sent_walked_i(walked), .host_rsp_valid_i(host_answer), .host_rsp_ready_o(host_answer_ready),
    .host_rsp_i(host_rsp), .refusal_valid_i(refused_valid), .refusal_ready_o(refused_ready), .refusal_tag_i(refused_tag),
    .refusal_status_i(refused_status), .refusal_data_i(refused_data), .refusal_walked_i(refused_walked),
    .dev_rsp_valid_o(rsp_valid), .dev_rsp_ready_i(dev_ready_i || Fault == 2), .dev_rsp_o(rsp), .fence_i(fence),
    .older_done_o(older_done), .idle_o(idle)
  );

  // --- the ports ----------------------------------------------------------------------------------------------------------
  stream_contract #(.T(host_req_t)) u_host_requests (
    .clk_i, .rst_ni, .valid_i(host_valid), .ready_i(host_ready_i), .data_i(host)
  );
  tag_contract #(.TagBits(1)) u_host_tags (
    .clk_i, .rst_ni, .asked_i(host_valid && host_ready_i), .asked_tag_i(host.tag[0]), .answer_valid_i(host_answer),
    .answered_i(host_answer && host_answer_ready), .answer_tag_i(host_answer_tag_i), .open_o(at_host)
  );
  stream_contract #(.T(line_rsp_t)) u_answers (
    .clk_i, .rst_ni, .valid_i(rsp_valid), .ready_i(dev_ready_i), .data_i(rsp)
  );
  tag_contract #(.TagBits(1), .AsksAssumed(1'b1), .AnswersAssumed(1'b0)) u_device_tags (
    .clk_i, .rst_ni, .asked_i(accept), .asked_tag_i(accept_tag_i), .answer_valid_i(rsp_valid),
    .answered_i(rsp_valid && dev_ready_i), .answer_tag_i(rsp.tag[0]), .open_o(open)
  );
  stream_contract #(.T(fault_t)) u_faults (
    .clk_i, .rst_ni, .valid_i(fault_valid), .ready_i(fault_ready_i), .data_i(fault)
  );
  stream_contract #(.T(mrif_request_t)) u_files (
    .clk_i, .rst_ni, .valid_i(mrif_valid), .ready_i(mrif_ready_i), .data_i(mrif)
  );

  // --- a fence waits for what was accepted before it --------------------------------------------------------------------
  logic [1:0] older_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) older_q <= '0;
    else older_q <= (fence ? open | (accept ? 2'd1 << accept_tag_i : '0) : older_q) &
                    ~(rsp_valid && dev_ready_i ? 2'd1 << rsp.tag[0] : '0);
  end
  `TARN_ASSERT(TagsAreThoseAccepted, !rsp_valid || rsp.tag[7:1] == '0)
  `TARN_ASSERT(HostTagsAreThoseAccepted, !host_valid || (host.tag[7:1] == '0 && open[host.tag[0]]))
  `TARN_ASSERT(FenceWaitsForOlder, older_done == (older_q == '0))
  `TARN_ASSERT(IdleMeansAllAnswered, idle == (open == '0))
  `TARN_COVER(AllAtTheHost, at_host == '1)

  logic unused;
  assign unused = ^{is_idle, read_slot};
endmodule : iommu_requests_formal
