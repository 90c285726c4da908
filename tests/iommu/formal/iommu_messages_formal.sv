// Messages to devices: what commands and page requests say goes out as it should (page requests and messages, wired as
// in tarn_iommu_control), each page request is done with once, and no invalidation has the tag of another that is under
// way. Invalidations here are never out of time; registers without a reset start at 0. Fault: the unit takes its message for taken.
`include "tarn_assert.svh"
module iommu_messages_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter bit Fault = 1'b0
) (
  input logic            clk_i,
  input logic            command_valid_i,
  input logic            is_response_i,
  input logic [1:0]      device_i,  // of the command, of the completion
  input logic            completion_valid_i,
  input logic [4:0]      completion_tag_i,
  input logic            completion_count_i,
  input logic            request_valid_i,
  input logic [5:0]      request_i,
  input logic            record_ready_i,
  input record_result_e  record_result_i,
  input logic            msg_ready_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic command_ready, awaits_none, answer_valid, answer_ready, msg_valid, done, record_valid, timed_out;
  logic [127:0] record;
  device_command_t command;
  dev_msg_t answer, msg, completion;
  page_request_t request;
  logic [1:0] count_q;  // page requests under way
  logic request_valid;

  logic command_valid;
  assign command_valid = rst_ni && command_valid_i;
  always_comb begin
    command             = '0;
    command.is_response = is_response_i;
    command.device_id   = 24'(device_i[0]);
    completion           = '0;
    completion.kind      = MessageInvalCompletion;
    completion.device_id = 24'(device_i[1]);
    completion.itag      = completion_tag_i;
    completion.code      = completion_count_i ? 4'd2 : 4'd1;
    request              = '0;
    {request.refused, request.invalid, request.prpr, request.process_valid, request.payload[2], request.payload[0]} = request_i;
  end
  stream_contract #(.T(device_command_t), .Assumed(1'b1)) u_commands (
    .clk_i, .rst_ni, .valid_i(command_valid), .ready_i(command_ready), .data_i(command)
  );

  assign request_valid = rst_ni && request_valid_i && count_q != 2'd2;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else count_q <= count_q + 2'(request_valid) - 2'(done);
  end

  tarn_iommu_page_requests #(.Entries(2)) u_page_requests (
    .clk_i, .rst_ni, .valid_i(request_valid), .request_i(request), .done_o(done), .record_valid_o(record_valid),
    .record_ready_i, .record_o(record), .record_result_i, .answer_valid_o(answer_valid), .answer_ready_i(answer_ready),
    .answer_o(answer)
  );
  tarn_iommu_ats u_ats (
    .clk_i, .rst_ni, .command_valid_i(command_valid), .command_ready_o(command_ready), .command_i(command), .idle_o(awaits_none),
    .timed_out_o(timed_out), .timed_out_clear_i(1'b0), .answer_valid_i(answer_valid), .answer_ready_o(answer_ready),
    .answer_i(answer), .completion_valid_i, .completion_i(completion), .msg_valid_o(msg_valid),
    .msg_ready_i(msg_ready_i || Fault), .msg_o(msg)
  );
  `TARN_ASSUME(NeverOutOfTime, !timed_out)

  stream_contract #(.T(dev_msg_t)) u_messages (.clk_i, .rst_ni, .valid_i(msg_valid), .ready_i(msg_ready_i), .data_i(msg));
  stream_contract #(.T(dev_msg_t)) u_answers (
    .clk_i, .rst_ni, .valid_i(answer_valid), .ready_i(answer_ready), .data_i(answer)
  );
  stream_contract #(.T(logic [127:0])) u_records (
    .clk_i, .rst_ni, .valid_i(record_valid), .ready_i(record_ready_i), .data_i(record)
  );

  // One tag, any, is followed from its message to the last of its completions, of which there are one or two.
  logic [4:0] tag_q;
  logic open_q, device_q, came_q, sends, completes;
  assign sends     = msg_valid && msg_ready_i && msg.kind == MessageInvalRequest && msg.itag == tag_q;
  assign completes = open_q && completion_valid_i && completion_tag_i == tag_q && device_i[1] == device_q;
  always_ff @(posedge clk_i) begin
    tag_q <= tag_q;
    if (sends) device_q <= msg.device_id[0];
    if (!rst_ni) {open_q, came_q} <= '0;
    else if (sends) {open_q, came_q} <= 2'b10;
    else if (completes) {open_q, came_q} <= {completion_count_i && !came_q, 1'b1};
  end
  `TARN_ASSUME(CompletedOnceItIsThere, !completion_valid_i || completion_tag_i != tag_q || open_q)
  `TARN_ASSERT(TagIsFree, !sends || !open_q)
  `TARN_ASSERT(IdleOnlyWhenNoneIsAwaited, !awaits_none || !open_q)
  `TARN_ASSERT(DoneWithWhatCame, !done || count_q != '0)
  `TARN_ASSERT(OnlyTwoKindsGoOut, !msg_valid || msg.kind inside {MessageGroupResponse, MessageInvalRequest})
  `TARN_COVER(TagComesAgain, sends && came_q)
  `TARN_COVER(AnswerOfItsOwn, answer_valid && answer_ready && open_q)
endmodule : iommu_messages_formal
