`include "tarn_assert.svh"

// Harness for the tests of scripts/formal itself. Defines choose what it assumes, asserts and covers.
module saturating_counter_formal #(
  parameter int unsigned Limit = 10,
  parameter bit          Fault = 1'b0
) (
  input logic       clk_i,
  input logic       enable_i,
  input logic [2:0] write_index_i,
  input logic       write_i
);
  logic       rst_ni = 1'b0;
  logic [7:0] count;

  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  saturating_counter #(.Limit(Limit), .Fault(Fault)) u_counter (
    .clk_i, .rst_ni, .enable_i, .count_o(count)
  );

  // An arbitrary but fixed index, and memory without initial values: both must stay free in the proof.
  logic [2:0] any_index_q;
  logic [7:0] memory [8];
  logic       written_q;

  logic [7:0] word;
  assign word = memory[any_index_q];

  always_ff @(posedge clk_i) begin
    any_index_q <= any_index_q;
    if (write_i) memory[write_index_i] <= 8'h5a;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) written_q <= 1'b0;
    else if (write_i && write_index_i == any_index_q) written_q <= 1'b1;
  end

`ifdef ASSERT_LIMIT
  `TARN_ASSERT(CountAtMostLimit, count <= 8'(Limit))
  `TARN_ASSERT(CountNeverFalls, count >= $past(count))
`endif
`ifdef ASSERT_NEVER_COUNTS
  `TARN_ASSERT(NeverCounts, count == 0)
`endif
`ifdef ASSERT_MEMORY
  `TARN_ASSERT(WrittenHoldsPattern, !written_q || word == 8'h5a)
`endif
`ifdef ASSERT_MEMORY_STARTS_ZERO
  `TARN_ASSERT(MemoryIsZeroUntilWritten, written_q || word == 8'h00)
`endif
`ifdef ASSUME_IDLE
  `TARN_ASSUME(Idle, !enable_i)
`endif
`ifdef ASSUME_CONTRADICTION
  `TARN_ASSUME(Enabled, enable_i)
  `TARN_ASSUME(NotEnabled, !enable_i)
`endif
`ifdef COVER_START
  `TARN_COVER(OutOfReset, rst_ni)
`endif
`ifdef COVER_LIMIT
  `TARN_COVER(ReachesLimit, count == 8'(Limit))
`endif
`ifdef COVER_BEYOND
  `TARN_COVER(PassesLimit, count > 8'(Limit))
`endif
`ifdef COVER_FREE_INDEX
  `TARN_COVER(IndexIsAny, any_index_q == 3'd5)
`endif
endmodule
