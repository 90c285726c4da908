// Tells when every slot request that was decided up to some moment has been answered.
// Requests carry the epoch in which they were decided; an epoch ends when somebody waits for it, at most NumEpochs - 1
// stand before the running one. A waiter takes the running epoch (`epoch_o`) in the cycle it starts and is through when
// `ended_o` with `ended_epoch_o` names it. Bound of a wait: the channel's, for at most NumEpochs epochs.
`include "tarn_assert.svh"
module tarn_pool_drain #(
  parameter int unsigned CountBits = 10  // holds every slot request that can be in flight
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       issue_i,         // a request was decided in the running epoch
  input  logic       retire_i,        // a request was answered
  input  logic [1:0] retire_epoch_i,
  input  logic       wanted_i,        // somebody waits for the running epoch
  output logic [1:0] epoch_o,
  output logic       ended_o,
  output logic [1:0] ended_epoch_o,
  output logic       idle_o           // nothing is in flight
);
  logic [CountBits-1:0] count_q[4];
  logic [1:0] epoch_q, oldest_q;
  logic advance;

  assign epoch_o       = epoch_q;
  assign ended_epoch_o = oldest_q;
  // An epoch before the running one gets no more requests, so that zero is final.
  assign ended_o       = oldest_q != epoch_q && count_q[oldest_q] == '0;
  assign advance       = wanted_i && 2'(epoch_q + 2'd1) != oldest_q;
  assign idle_o        = oldest_q == epoch_q && count_q[epoch_q] == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      epoch_q  <= '0;
      oldest_q <= '0;
      for (int unsigned i = 0; i < 4; i++) count_q[i] <= '0;
    end else begin
      if (advance) epoch_q <= epoch_q + 2'd1;
      if (ended_o) oldest_q <= oldest_q + 2'd1;
      if (issue_i && !(retire_i && retire_epoch_i == epoch_q)) count_q[epoch_q] <= count_q[epoch_q] + 1'b1;
      if (retire_i && !(issue_i && retire_epoch_i == epoch_q)) begin
        count_q[retire_epoch_i] <= count_q[retire_epoch_i] - 1'b1;
      end
    end
  end

  logic [CountBits-1:0] retire_count, issue_count;
  assign retire_count = count_q[retire_epoch_i];
  assign issue_count  = count_q[epoch_q];
  `TARN_ASSERT(NothingRetiredTwice, !retire_i || retire_count != '0)
  `TARN_ASSERT(NoOverflow, !issue_i || issue_count != '1)
endmodule : tarn_pool_drain
