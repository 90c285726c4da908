// A waiter of tarn_pool_drain is never told "quiet" while a request decided before it began is unanswered.
// One request is marked, at any time; the others are counted. Fault 1 forgets to count it.
`include "tarn_assert.svh"
module drain_formal #(
  parameter bit Fault = 1'b0
) (
  input logic       clk_i,
  input logic       issue_i,
  input logic       mark_i,    // the request issued now is the marked one
  input logic       retire_i,
  input logic       retire_marked_i,
  input logic [1:0] retire_epoch_i,
  input logic       wait_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic [1:0] others_q[4];
  logic marked_q, watched_q, waiting_q, ended, idle, issue, issue_marked, issue_other, retire, retire_other, told;
  logic [1:0] marked_epoch_q, target_q, epoch, ended_epoch, retire_epoch;
  logic [1:0] others_running, others_retiring;

  assign others_running  = others_q[epoch];
  assign others_retiring = others_q[retire_epoch_i];
  assign issue_marked = issue_i && mark_i && !marked_q;
  assign issue_other  = issue_i && !mark_i && others_running == 2'd0;
  assign issue        = issue_marked || issue_other;
  assign retire_other = retire_i && !retire_marked_i && others_retiring != 2'd0;
  assign retire       = retire_other || (retire_i && retire_marked_i && marked_q);
  assign retire_epoch = retire_other ? retire_epoch_i : marked_epoch_q;
  assign told         = waiting_q && ended && ended_epoch == target_q;

  tarn_pool_drain #(.CountBits(2)) u_dut (
    .clk_i, .rst_ni, .issue_i(issue && !(Fault && issue_marked)), .retire_i(retire && !(Fault && !retire_other)),
    .retire_epoch_i(retire_epoch),
    .wanted_i(waiting_q && target_q == epoch), .epoch_o(epoch), .ended_o(ended), .ended_epoch_o(ended_epoch), .idle_o(idle)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < 4; i++) others_q[i] <= '0;
      marked_q       <= 1'b0;
      marked_epoch_q <= '0;
      watched_q      <= 1'b0;
      waiting_q      <= 1'b0;
      target_q       <= '0;
    end else begin
      if (issue_other && !(retire_other && retire_epoch_i == epoch)) others_q[epoch] <= others_running + 2'd1;
      if (retire_other && !(issue_other && retire_epoch_i == epoch)) others_q[retire_epoch_i] <= others_retiring - 2'd1;
      if (issue_marked) begin
        marked_q       <= 1'b1;
        marked_epoch_q <= epoch;
      end else if (retire && !retire_other) begin
        marked_q <= 1'b0;
      end
      if (!waiting_q && wait_i) begin
        waiting_q <= 1'b1;
        target_q  <= epoch;
        watched_q <= (marked_q || issue_marked) && !(retire && !retire_other);
      end else begin
        if (told) waiting_q <= 1'b0;
        if (retire && !retire_other) watched_q <= 1'b0;
      end
    end
  end

  `TARN_ASSERT(NotToldTooEarly, !(told && watched_q))
  `TARN_ASSERT(IdleMeansNone, Fault || !idle || !marked_q)
  `TARN_COVER(ToldAfterTheMarked, $past(waiting_q && watched_q) && waiting_q && !watched_q && told)
endmodule : drain_formal
