// Channels that lines are dealt out to: two lines never share a place, a request reaches one channel as it was asked, and each answer
// of a channel leaves once, as it came. Fault 1 loses a bit of a line on its way in.
`include "tarn_assert.svh"
module channel_interleave_formal
  import tarn_line_pkg::*;
#(
  parameter int unsigned NumChannels     = 4,
  parameter int unsigned InterleaveLines = 1,
  parameter bit          Fault           = 1'b0
) (
  input logic                   clk_i,
  input logic [NumClasses-1:0]  valid_i,
  input slot_req_t              one_i,
  input slot_req_t              other_i,
  input logic [NumClasses-1:0]  ready_i[NumChannels],
  input logic                   rsp_ready_i,
  input logic [NumChannels-1:0] rsp_valid_i,
  input slot_rsp_t              rsp_i[NumChannels]
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic [NumChannels-1:0] rsp_valid;
  assign rsp_valid = rst_ni ? rsp_valid_i : '0;

  // Classes 0 and 2 ask for one line, class 1 for another.
  logic                   req_valid[NumClasses], req_ready[NumClasses];
  slot_req_t              req[NumClasses], channel_req[NumClasses];
  logic [NumClasses-1:0]  channel_valid[NumChannels];
  logic [NumChannels-1:0] rsp_ready;
  logic                   answer_valid;
  slot_rsp_t              answer;
  always_comb begin
    for (int unsigned c = 0; c < NumClasses; c++) begin
      req_valid[c] = valid_i[c];
      req[c]       = c == 1 ? other_i : one_i;
    end
    if (Fault) req[1].line[$clog2(InterleaveLines)] = 1'b0;
  end

  tarn_channel_interleave #(.NumChannels(NumChannels), .InterleaveLines(InterleaveLines)) u_dut (
    .clk_i, .rst_ni,
    .slot_req_valid_i(req_valid), .slot_req_ready_o(req_ready), .slot_req_i(req),
    .slot_rsp_valid_o(answer_valid), .slot_rsp_ready_i(rsp_ready_i), .slot_rsp_o(answer),
    .channel_req_valid_o(channel_valid), .channel_req_ready_i(ready_i), .channel_req_o(channel_req),
    .channel_rsp_valid_i(rsp_valid), .channel_rsp_ready_o(rsp_ready), .channel_rsp_i(rsp_i)
  );

  // Who has each request.
  logic [NumChannels-1:0] has[NumClasses], taken[NumClasses];
  logic [NumClasses-1:0]  one_has, once_taken, as_asked;
  slot_req_t              asked[NumClasses];
  logic                   answer_is_one;
  always_comb begin
    for (int unsigned c = 0; c < NumClasses; c++) begin
      for (int unsigned n = 0; n < NumChannels; n++) begin
        has[c][n]   = channel_valid[n][c];
        taken[c][n] = channel_valid[n][c] && ready_i[n][c];
      end
      one_has[c]    = $countones(has[c]) == 32'(valid_i[c]);
      once_taken[c] = $countones(taken[c]) == 32'(valid_i[c] && req_ready[c]);
      asked[c]      = req[c];
      asked[c].line = channel_req[c].line;
      as_asked[c]   = asked[c] == channel_req[c];
    end
    answer_is_one = !answer_valid;
    for (int unsigned n = 0; n < NumChannels; n++) begin
      if (rsp_ready[n] && rsp_valid[n] && answer == rsp_i[n]) answer_is_one = 1'b1;
    end
  end

  // Answers are held until they are taken.
  for (genvar n = 0; n < NumChannels; n++) begin : gen_holds
    `TARN_ASSUME(AnswersHold, !$past(rsp_valid[n] && !rsp_ready[n]) || rsp_valid[n])
  end

  `TARN_ASSERT(OneChannelHasIt, one_has == '1)
  `TARN_ASSERT(TakenOnce, once_taken == '1)
  `TARN_ASSERT(AsItWasAsked, as_asked == '1)
  `TARN_ASSERT(TwoLinesNeverShareAPlace, !(valid_i[1:0] == '1 && has[0] == has[1]) || channel_req[0].line != channel_req[1].line
                                         || one_i.line == other_i.line)
  `TARN_ASSERT(OneLineHasOnePlace, !(valid_i[2] && valid_i[0]) || (has[0] == has[2] && channel_req[0].line == channel_req[2].line))
  `TARN_ASSERT(NoHoles, 64'(channel_req[0].line) < 64'd2**34 / NumChannels)
  `TARN_ASSERT(AnswerIsOne, !rsp_ready_i || answer_is_one)
  `TARN_ASSERT(OneAnswerAtATime, $countones(rsp_ready & rsp_valid) <= 1)
  `TARN_ASSERT(NoneIsForgotten, rsp_valid == '0 || answer_valid)
  `TARN_COVER(AllHaveWork, $countones(has[0] | has[1] | has[2]) == 2 && $countones(rsp_valid) > 1)
endmodule : channel_interleave_formal
