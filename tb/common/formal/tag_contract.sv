`include "tarn_assert.svh"

// Requests under tags and their answers: no tag is asked under again before its answer, an answer comes only to what was
// asked, and once. Each side is proved of a design or assumed of a harness.
module tag_contract #(
  parameter int unsigned TagBits        = 8,
  parameter bit          AsksAssumed    = 1'b0,
  parameter bit          AnswersAssumed = 1'b1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  asked_i,  // taken
  input  logic [TagBits-1:0]    asked_tag_i,
  input  logic                  answer_valid_i,  // offered
  input  logic                  answered_i,      // and taken
  input  logic [TagBits-1:0]    answer_tag_i,
  output logic [2**TagBits-1:0] open_o  // asked, not answered
);
  logic [2**TagBits-1:0] open_q, asked, answered;
  assign asked    = asked_i ? (2 ** TagBits)'(1) << asked_tag_i : '0;
  assign answered = answered_i ? (2 ** TagBits)'(1) << answer_tag_i : '0;
  assign open_o   = open_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) open_q <= '0;
    else open_q <= (open_q & ~answered) | asked;
  end

  if (AsksAssumed) begin : gen_asks_assumed
    `TARN_ASSUME(TagIsFree, (asked & open_q) == '0)
  end else begin : gen_asks_proved
    `TARN_ASSERT(TagIsFree, (asked & open_q) == '0)
  end
  if (AnswersAssumed) begin : gen_answers_assumed
    `TARN_ASSUME(AnswersWhatWasAsked, !answer_valid_i || open_q[answer_tag_i])
  end else begin : gen_answers_proved
    `TARN_ASSERT(AnswersWhatWasAsked, !answer_valid_i || open_q[answer_tag_i])
  end
endmodule
