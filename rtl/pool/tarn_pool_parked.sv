// How many requests of each requester are parked, by groups of pages: who comes behind one of its group is parked too, so
// that requests of one requester to one line stay in order.
`include "tarn_assert.svh"
module tarn_pool_parked #(
  parameter int unsigned NumRequesters = 8,
  parameter int unsigned Entries       = 32,  // transactions of a requester
  parameter int unsigned Pages         = 16,  // of a segment
  localparam int unsigned RequesterBits = $clog2(NumRequesters),
  localparam int unsigned PageBits      = Pages > 1 ? $clog2(Pages) : 0
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic [RequesterBits-1:0] requester_i,
  input  tarn_pool_pkg::info_t     info_i,
  output logic                     any_o,    // of the requester and the page's group
  input  logic                     park_i,
  input  logic                     leave_i   // one that was parked
);
  localparam int unsigned Groups    = Entries >= 32 ? 16 : Entries >= 4 ? Entries / 2 : 2;
  localparam int unsigned GroupBits = $clog2(Groups);
  localparam int unsigned CountBits = $clog2(Entries + 1);

  logic [NumRequesters*Groups-1:0][CountBits-1:0] count_q;
  logic [RequesterBits+GroupBits-1:0] group;
  assign group = {requester_i, GroupBits'((32'(info_i.segment) << PageBits) ^ 32'(info_i.page))};
  logic [CountBits-1:0] count;
  assign count = count_q[group];
  assign any_o = count != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else if (park_i) count_q[group] <= count + 1'b1;
    else if (leave_i) count_q[group] <= count - 1'b1;
  end

  `TARN_ASSERT(Fits, !park_i || count != '1)
  `TARN_ASSERT(LeavesOnlyParked, !leave_i || count != '0)
endmodule : tarn_pool_parked
