// First-in-first-out lists of transactions, linked through one memory: a transaction is in one list at most.
// Each cycle one push and one pop, never of the same list. Heads are registers: no latency.
`include "tarn_assert.svh"
module tarn_pool_lists #(
  parameter int unsigned NumLists = 8,
  parameter int unsigned NumTxns  = 64,
  localparam int unsigned ListBits = NumLists > 1 ? $clog2(NumLists) : 1,
  localparam int unsigned TxnBits  = NumTxns > 1 ? $clog2(NumTxns) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                push_i,
  input  logic [ListBits-1:0] push_list_i,
  input  logic [TxnBits-1:0]  push_txn_i,
  input  logic                pop_i,
  input  logic [ListBits-1:0] pop_list_i,
  output logic                pop_last_o,  // the list that `pop_list_i` names holds one
  output logic [NumLists-1:0] filled_o,
  output logic [TxnBits-1:0]  head_o[NumLists]
);
  logic [NumLists-1:0] filled_q;
  logic [TxnBits-1:0] head_q[NumLists];
  logic [TxnBits-1:0] tail_q[NumLists];
  logic [TxnBits-1:0] next_q[NumTxns];

  assign filled_o   = filled_q;
  assign head_o     = head_q;
  assign pop_last_o = head_q[pop_list_i] == tail_q[pop_list_i];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      filled_q <= '0;
    end else begin
      if (pop_i && pop_last_o) filled_q[pop_list_i] <= 1'b0;
      if (push_i) filled_q[push_list_i] <= 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (pop_i) head_q[pop_list_i] <= next_q[head_q[pop_list_i]];
    if (push_i) begin
      tail_q[push_list_i] <= push_txn_i;
      if (filled_q[push_list_i]) next_q[tail_q[push_list_i]] <= push_txn_i;
      else head_q[push_list_i] <= push_txn_i;
    end
  end

  `TARN_ASSERT(PopOnlyFilled, !pop_i || filled_q[pop_list_i])
  `TARN_ASSERT(NotBothOnOne, !(pop_i && push_i && pop_list_i == push_list_i))
endmodule : tarn_pool_lists
