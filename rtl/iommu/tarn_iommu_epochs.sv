// Counts what is under way, by tag, apart for what came before a point in time and after it: whoever sets the point learns
// when all that is older has left. One may come a cycle, and as many leave as Leaves.
// Latency: what comes or leaves counts from the next cycle on.
`include "tarn_assert.svh"
module tarn_iommu_epochs #(
  parameter int unsigned Leaves  = 1,
  parameter int unsigned TagBits = 8
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           come_i,        // under a tag that is not under way
  input  logic [TagBits-1:0]             come_tag_i,
  input  logic [Leaves-1:0]              leave_i,       // of different tags
  input  logic [Leaves-1:0][TagBits-1:0] leave_tag_i,
  input  logic                           begin_i,       // what comes from the next cycle on is younger; only when older_done_o
  output logic                           older_done_o,  // all that is older than the last point has left
  output logic                           idle_o         // nothing is under way
);
  localparam int unsigned Tags = 2 ** TagBits;
  typedef logic [TagBits:0] count_t;

  logic epoch_q;           // that of what comes now; the other one is older
  logic epoch_of_q[Tags];
  count_t [1:0] open_q, left;
  logic [Leaves-1:0] leave_epoch;

  assign older_done_o = open_q[!epoch_q] == '0;
  assign idle_o       = open_q == '0;

  always_comb begin
    left = '0;
    for (int unsigned i = 0; i < Leaves; i++) begin
      leave_epoch[i] = epoch_of_q[leave_tag_i[i]];
      for (int unsigned k = 0; k < 2; k++) left[k] = left[k] + count_t'(leave_i[i] && leave_epoch[i] == k[0]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      epoch_q <= 1'b0;
      open_q  <= '0;
    end else begin
      if (begin_i) epoch_q <= !epoch_q;
      for (int unsigned k = 0; k < 2; k++) open_q[k] <= open_q[k] + count_t'(come_i && epoch_q == k[0]) - left[k];
    end
  end
  always_ff @(posedge clk_i) begin
    if (come_i) epoch_of_q[come_tag_i] <= epoch_q;
  end

  `TARN_ASSERT(PointsOneByOne, !begin_i || older_done_o)
  `TARN_ASSERT(LeavesWhatCame, left[0] <= open_q[0] && left[1] <= open_q[1])
endmodule : tarn_iommu_epochs
