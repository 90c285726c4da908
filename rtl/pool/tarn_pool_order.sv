// Carries out one order of software over a range of segments: each gets a pass (a page-in order: each of its pages) until
// it is done, refused, or can not be done in time. One order at a time; `start_i` is ignored while `busy_o`.
// A page-out order comes again until the segment has left; one that the evictor gave up, and that would begin again, fails.
// Bound: `timeout_i` for each segment, and less when the one that it waits for does not answer.
`include "tarn_assert.svh"
module tarn_pool_order #(
  parameter int unsigned NumHosts        = 4,
  parameter int unsigned SegmentsPerHost = 262144,
  parameter int unsigned Pages           = 16,
  parameter bit          Range           = 1'b1  // of segments; else an order is of one, and count_i is not looked at
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic                     start_i,
  input  tarn_pool_pkg::pass_e     kind_i,     // PassRead, PassLoad or PassOrder
  input  tarn_pool_pkg::order_e    order_i,
  input  tarn_pool_pkg::host_t     host_i,
  input  tarn_pool_pkg::segment_t  segment_i,
  input  logic [24:0]              count_i,    // segments; 0 stands for 1
  input  logic                     abandon_i,  // it may be dropped
  input  logic                     hopeless_i, // whoever it waits for does not answer in time
  input  logic [31:0]              timeout_i,
  output logic                     busy_o,
  output logic                     done_o,     // it ends in this cycle
  output logic                     failed_o,   // the last one, of some segment
  // Passes.
  output logic                     pass_valid_o,
  output tarn_pool_pkg::pass_t     pass_o,
  input  logic                     outcome_valid_i,
  input  tarn_pool_pkg::outcome_t  outcome_i
);
  import tarn_pool_pkg::*;

  logic busy_q, failed_q, started_q, in_range, ends, moves, refused, last_page, last_segment, late;
  pass_e kind_q;
  order_e order_q;
  host_t host_q;
  segment_t segment_q;
  page_t page_q;
  logic [24:0] left_q;
  logic [31:0] timer_q;

  assign in_range  = 32'(host_q) < NumHosts && 32'(segment_q) < SegmentsPerHost;
  assign last_page = kind_q != PassOrder || order_q != OrderPageIn || 32'(page_q) == Pages - 1;
  assign last_segment = !Range || left_q <= 25'd1;
  assign late      = timer_q >= timeout_i || hopeless_i || outcome_i.bulk_owes;
  always_comb begin
    refused = outcome_valid_i && outcome_i.result == ResultRefused;
    if (outcome_valid_i && outcome_i.result == ResultNotNow) begin
      refused = kind_q == PassLoad || (outcome_i.last ? started_q : late);
    end
  end
  assign moves    = refused || (outcome_valid_i && outcome_i.result == ResultDone);
  assign ends     = !in_range || abandon_i || (moves && (last_page || refused) && last_segment);
  assign busy_o   = busy_q;
  assign done_o   = busy_q && ends;
  assign failed_o = failed_q;

  assign pass_valid_o = busy_q && in_range;
  always_comb begin
    pass_o              = '0;
    pass_o.kind         = kind_q;
    pass_o.order        = order_q;
    pass_o.gave_up      = started_q;
    pass_o.info.host    = host_q;
    pass_o.info.segment = segment_q;
    pass_o.info.page    = page_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      failed_q  <= 1'b0;
      kind_q    <= PassRead;
      order_q   <= OrderPin;
      host_q    <= '0;
      segment_q <= '0;
      page_q    <= '0;
      left_q    <= '0;
      started_q <= 1'b0;
    end else if (!busy_q) begin
      if (start_i) begin
        busy_q    <= 1'b1;
        failed_q  <= 1'b0;
        kind_q    <= kind_i;
        order_q   <= order_i;
        host_q    <= host_i;
        segment_q <= segment_i;
        page_q    <= '0;
        left_q    <= count_i;
        started_q <= 1'b0;
      end
    end else begin
      if (ends) busy_q <= 1'b0;
      if (refused || !in_range) failed_q <= 1'b1;
      if (moves && (last_page || refused)) begin
        if (Range) segment_q <= segment_q + 1'b1;
        page_q    <= '0;
        left_q    <= left_q - 1'b1;
        started_q <= 1'b0;
      end else if (moves) begin
        page_q <= page_q + 1'b1;
      end else if (outcome_valid_i && outcome_i.result == ResultNotNow && outcome_i.last) begin
        started_q <= 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (!busy_q || moves) timer_q <= '0;
    else if (timer_q != '1) timer_q <= timer_q + 1'b1;
  end

  `TARN_ASSERT(OutcomeIsDue, !outcome_valid_i || busy_q)
endmodule : tarn_pool_order
