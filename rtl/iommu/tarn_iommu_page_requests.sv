// Page requests and stop markers whose sender was looked up: into the page-request queue, or answered here (section 3.7).
// Order: as they came. As many wait as Entries; who gives them counts, and never gives more.
// What cannot be queued and needs an answer is answered Response Failure (queue off, or it could not be written) or
// Success (no room); what was refused before, as its finder says.
`include "tarn_assert.svh"
module tarn_iommu_page_requests
  import tarn_line_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned Entries = 8  // 1 or more
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           valid_i,         // there is room: see done_o
  input  page_request_t  request_i,
  output logic           done_o,          // pulse: one has left
  // To the queue
  output logic           record_valid_o,
  input  logic           record_ready_i,
  output logic [127:0]   record_o,
  input  record_result_e record_result_i,
  // Answers
  output logic           answer_valid_o,
  input  logic           answer_ready_i,
  output dev_msg_t       answer_o
);
  logic valid, queued, room, answer_valid_q;
  page_request_t request;
  dev_msg_t answer_q;

  tarn_fifo #(
    .T(page_request_t),
    .Depth(Entries)
  ) u_requests (
    .clk_i,
    .rst_ni,
    .valid_i,
    .ready_o(room),
    .data_i (request_i),
    .valid_o(valid),
    .ready_i(done_o),
    .data_o (request),
    .count_o()
  );

  // A record goes out only when its answer, if it needs one, has a place; that stays so, since answers are made here.
  logic place, answers, with_process;
  logic [3:0] code;
  assign place          = !answer_valid_q || answer_ready_i;
  assign record_valid_o = valid && !request.refused && place;
  assign queued         = record_valid_o && record_ready_i;
  assign done_o         = queued || (valid && request.refused && place);
  assign record_o       = {request.payload, request.device_id, 5'b0, request.process_valid && request.exec,
                           request.process_valid && request.priv, request.process_valid,
                           request.process_valid ? request.process_id : 20'b0, 12'b0};

  always_comb begin
    code = GroupResponseFailure;
    if (request.refused ? request.invalid : record_result_i == RecordOverflow) begin
      code = request.refused ? GroupInvalidRequest : GroupSuccess;
    end
  end
  assign answers      = done_o && needs_answer(request.payload) && (request.refused || record_result_i != RecordWritten);
  assign with_process = request.process_valid && (code == GroupResponseFailure || request.prpr);

  assign answer_valid_o = answer_valid_q;
  assign answer_o       = answer_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) answer_valid_q <= 1'b0;
    else if (answers) answer_valid_q <= 1'b1;
    else if (answer_ready_i) answer_valid_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (answers) begin
      answer_q               <= '0;
      answer_q.kind          <= MessageGroupResponse;
      answer_q.device_id     <= request.device_id;
      answer_q.process_valid <= with_process;
      answer_q.process_id    <= with_process ? request.process_id : '0;
      answer_q.code          <= code;
      answer_q.payload       <= {16'b0, code, 3'b0, request.payload[11:3], 32'b0};
    end
  end

  `TARN_ASSERT(NeverMoreThanFit, !valid_i || room)
  `TARN_ASSERT(AnswerHasAPlace, !answers || place)
  `TARN_ASSERT(RecordHolds, !$past(record_valid_o && !record_ready_i) || record_valid_o)
endmodule : tarn_iommu_page_requests
