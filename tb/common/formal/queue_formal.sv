`include "tarn_assert.svh"

// A skid buffer or a FIFO under proof: what goes in comes out, once, unchanged and in order, and the count is right.
// One item, any, is marked as it goes in; what stands before it is counted down until it must be at the output.
module queue_formal #(
  parameter int unsigned Depth       = 3,
  parameter bit          FallThrough = 1'b0,
  parameter bit          UseRam      = 1'b0,
  parameter bit          Skid        = 1'b0  // tarn_skid_buffer instead of tarn_fifo; Depth is then 2
) (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       valid_i,
  input logic [1:0] data_i,
  input logic       ready_i,
  input logic       mark_i
);
  localparam int unsigned CountBits = $clog2(Depth + 1);
  logic ready, valid, push, pop;
  logic [1:0] data;
  logic [CountBits-1:0] count_q;

  if (Skid) begin : gen_skid
    tarn_skid_buffer #(.T(logic [1:0])) u_dut (
      .clk_i, .rst_ni, .valid_i, .ready_o(ready), .data_i, .valid_o(valid), .ready_i, .data_o(data)
    );
  end else begin : gen_fifo
    logic [CountBits-1:0] count;
    tarn_fifo #(.T(logic [1:0]), .Depth(Depth), .FallThrough(FallThrough), .UseRam(UseRam)) u_dut (
      .clk_i, .rst_ni, .valid_i, .ready_o(ready), .data_i, .valid_o(valid), .ready_i, .data_o(data), .count_o(count)
    );
    `TARN_ASSERT(CountIsPushesLessPops, count == count_q)
    `TARN_ASSERT(ReadyUnlessFull, ready == (count_q != CountBits'(Depth)))
  end

  assign push = rst_ni && valid_i && ready;
  assign pop  = rst_ni && valid && ready_i;

  // The marked item, and how many stand before it.
  logic marked_q = 1'b0, out_q = 1'b0;
  logic [CountBits-1:0] before_q;
  logic [1:0] item_q;
  logic mark, at_front;
  assign mark     = push && mark_i && !marked_q;
  assign at_front = pop && ((marked_q && !out_q && before_q == '0) || (mark && count_q == '0));

  initial count_q = '0;
  always_ff @(posedge clk_i) begin
    count_q <= count_q + CountBits'(push) - CountBits'(pop);
    if (mark) begin
      marked_q <= 1'b1;
      item_q   <= data_i;
      before_q <= count_q - CountBits'(pop);
    end else if (pop && marked_q && !out_q) begin
      before_q <= before_q - 1'b1;
    end
    if (at_front) out_q <= 1'b1;
  end

  // How long there has been something inside and nothing at the output.
  logic [2:0] silent_q;
  initial silent_q = '0;
  always_ff @(posedge clk_i) silent_q <= count_q == '0 || valid ? '0 : silent_q + 3'd1;

  `TARN_ASSERT(MarkedItemComesOutInTurn, !at_front || data == (marked_q ? item_q : data_i))
  `TARN_ASSERT(NothingComesFromNothing, !pop || count_q != '0 || (FallThrough && push))
  `TARN_ASSERT(NothingIsKeptBack, silent_q <= (UseRam ? 3'd2 : 3'd0))
  `TARN_ASSERT(NeverMoreThanDepth, count_q <= CountBits'(Depth))
  `TARN_COVER(MarkedItemThroughAFullQueue, at_front && marked_q && count_q == CountBits'(Depth))
  if (Depth > 1 || FallThrough) begin : gen_throughput
    `TARN_COVER(FullThroughput, $past(push && pop) && push && pop)
  end
endmodule
