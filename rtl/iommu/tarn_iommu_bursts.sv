// Names the AXI bursts whose lines wait, so that one that faults is recorded once (README, Faults). A name is unique until
// the last line of its burst has left: the present burst of each direction holds one, and a new burst takes over that of
// the one before it when nothing of that is left; else it takes a free one, and the last line of the old one gives that
// back. Two names more than lines can wait are enough; when none is free, ready_o is low.
`include "tarn_assert.svh"
module tarn_iommu_bursts #(
  parameter int unsigned Lines = 64,  // that wait at once; power of two
  localparam int unsigned NameBits = $clog2(Lines) + 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic                ready_o,
  // A line comes, of the present burst of its direction or of a new one
  input  logic                accept_i,     // only when ready_o
  input  logic                is_write_i,
  input  logic                first_i,
  output logic [NameBits-1:0] name_o,
  // A line leaves
  input  logic                leave_i,
  input  logic [NameBits-1:0] leave_name_i
);
  localparam int unsigned Names = 2 ** NameBits;
  typedef logic [NameBits-1:0] name_t;

  // Lines that came and left, modulo a number larger than can wait.
  logic [NameBits-1:0] came_q[Names];
  logic [NameBits-1:0] left_q[Names];
  name_t [1:0] present_q;
  logic [1:0] present_valid_q;
  name_t present, fresh_name, free_name;
  logic takes_over, takes_free, gives_back;

  // --- free names: those never taken come from a counter, the others from a queue ---------------------------------
  name_t freed_q[Names];
  name_t freed_rd_q, freed_wr_q;
  logic [NameBits:0] fresh_q, freed_count_q;
  logic is_fresh;

  assign is_fresh   = !fresh_q[NameBits];
  assign fresh_name = fresh_q[NameBits-1:0];
  assign free_name  = is_fresh ? fresh_name : freed_q[freed_rd_q];
  assign ready_o    = is_fresh || freed_count_q != '0;

  // --- which name -------------------------------------------------------------------------------------------------
  logic leaves_present;
  assign present        = present_q[is_write_i];
  assign leaves_present = leave_i && leave_name_i == present;
  assign takes_over     = present_valid_q[is_write_i] && came_q[present] == left_q[present] + NameBits'(leaves_present);
  assign takes_free     = accept_i && first_i && !takes_over;
  assign name_o         = first_i && !takes_over ? free_name : present;

  logic is_present;
  name_t left;
  assign left       = left_q[leave_name_i] + 1'b1;
  assign is_present = (present_valid_q[0] && present_q[0] == leave_name_i) ||
                      (present_valid_q[1] && present_q[1] == leave_name_i);
  assign gives_back = leave_i && !is_present && came_q[leave_name_i] == left;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      present_valid_q <= '0;
      fresh_q         <= '0;
      freed_count_q   <= '0;
      freed_rd_q      <= '0;
      freed_wr_q      <= '0;
    end else begin
      if (accept_i && first_i) present_valid_q[is_write_i] <= 1'b1;
      if (takes_free && is_fresh) fresh_q <= fresh_q + 1'b1;
      if (takes_free && !is_fresh) freed_rd_q <= freed_rd_q + 1'b1;
      if (gives_back) freed_wr_q <= freed_wr_q + 1'b1;
      if (gives_back != (takes_free && !is_fresh)) begin
        freed_count_q <= gives_back ? freed_count_q + 1'b1 : freed_count_q - 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept_i) present_q[is_write_i] <= name_o;
    if (accept_i) came_q[name_o] <= (takes_free ? left_q[name_o] : came_q[name_o]) + 1'b1;
    if (leave_i) left_q[leave_name_i] <= left;
    if (gives_back) freed_q[freed_wr_q] <= leave_name_i;
  end

  `TARN_ASSERT(NameWhenAccepted, !accept_i || ready_o)
  `TARN_ASSERT(BeginsWithAFirst, !accept_i || first_i || present_valid_q[is_write_i])
  logic some_here;
  assign some_here = came_q[leave_name_i] != left_q[leave_name_i];
  `TARN_ASSERT(LeavesWhatCame, !leave_i || some_here)
endmodule : tarn_iommu_bursts
