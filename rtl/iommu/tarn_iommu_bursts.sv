// Names the AXI bursts whose lines wait, so that one that faults is recorded once (README, Faults). A name is unique until
// the last line of its burst has left: the present burst of each stream (a direction of a port) holds one, and a new burst takes over that of
// the one before it when nothing of that is left; else it takes a free one, and the last line of the old one gives that
// back. As many names more than lines can wait as there are streams are enough; when none is free, ready_o is low.
`include "tarn_assert.svh"
module tarn_iommu_bursts #(
  parameter int unsigned Lines   = 64,  // that wait at once; power of two
  parameter int unsigned Streams = 2,   // 2..Lines
  localparam int unsigned NameBits   = $clog2(Lines) + 1,
  localparam int unsigned StreamBits = $clog2(Streams)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic                ready_o,
  // A line comes, of the present burst of its stream or of a new one
  input  logic                accept_i,     // only when ready_o
  input  logic [StreamBits-1:0] stream_i,
  input  logic                first_i,
  output logic [NameBits-1:0] name_o,
  // A line leaves
  input  logic                leave_i,
  input  logic [NameBits-1:0] leave_name_i
);
  `TARN_ASSERT_INIT(StreamsAllowed, Streams >= 2 && Streams <= Lines, "tarn_iommu_bursts: Streams must be 2..Lines")

  localparam int unsigned Names = 2 ** NameBits;
  typedef logic [NameBits-1:0] name_t;

  // Lines that came and left, modulo a number larger than can wait; of the present burst of a stream also in registers.
  typedef logic [NameBits-1:0] count_t;
  count_t came_q[Names], left_q[Names];
  name_t [Streams-1:0] present_q;
  count_t [Streams-1:0] present_came_q, present_waiting_q;
  logic [Streams-1:0] present_valid_q;
  name_t fresh_name, free_name;
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
  count_t came;
  assign takes_over = present_valid_q[stream_i] && present_waiting_q[stream_i] == '0;
  assign takes_free = accept_i && first_i && !takes_over;
  assign name_o     = first_i && !takes_over ? free_name : present_q[stream_i];
  assign came       = (first_i && !takes_over ? left_q[free_name] : present_came_q[stream_i]) + 1'b1;

  logic [Streams-1:0] comes, begins, leaves;  // by stream: a line of it, a name for it; a line of its present burst
  count_t left;
  assign left = left_q[leave_name_i] + 1'b1;
  always_comb begin
    for (int unsigned i = 0; i < Streams; i++) begin
      comes[i]  = accept_i && stream_i == StreamBits'(i);
      begins[i] = takes_free && stream_i == StreamBits'(i);
      leaves[i] = leave_i && present_valid_q[i] && present_q[i] == leave_name_i;
    end
  end
  assign gives_back = leave_i && (leaves & ~begins) == '0 && came_q[leave_name_i] == left;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      present_valid_q <= '0;
      fresh_q         <= '0;
      freed_count_q   <= '0;
      freed_rd_q      <= '0;
      freed_wr_q      <= '0;
    end else begin
      present_valid_q <= present_valid_q | comes;
      if (takes_free && is_fresh) fresh_q <= fresh_q + 1'b1;
      if (takes_free && !is_fresh) freed_rd_q <= freed_rd_q + 1'b1;
      if (gives_back) freed_wr_q <= freed_wr_q + 1'b1;
      if (gives_back != (takes_free && !is_fresh)) begin
        freed_count_q <= gives_back ? freed_count_q + 1'b1 : freed_count_q - 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Streams; i++) begin
      if (comes[i]) {present_q[i], present_came_q[i]} <= {name_o, came};
      if (begins[i]) present_waiting_q[i] <= count_t'(1);
      else if (comes[i] != leaves[i]) present_waiting_q[i] <= comes[i] ? present_waiting_q[i] + 1'b1 : present_waiting_q[i] - 1'b1;
    end
    if (accept_i) came_q[name_o] <= came;
    if (leave_i) left_q[leave_name_i] <= left;
    if (gives_back) freed_q[freed_wr_q] <= leave_name_i;
  end

  `TARN_ASSERT(NameWhenAccepted, !accept_i || ready_o)
  `TARN_ASSERT(BeginsWithAFirst, !accept_i || first_i || present_valid_q[stream_i])
  // The registers say what the memories say.
  logic [Streams-1:0] counted;
  always_comb begin
    for (int unsigned i = 0; i < Streams; i++) begin
      counted[i] = !present_valid_q[i] || (present_came_q[i] == came_q[present_q[i]] &&
                                           present_waiting_q[i] == came_q[present_q[i]] - left_q[present_q[i]]);
    end
  end
  `TARN_ASSERT(PresentIsCounted, counted == '1)
  logic some_here;
  assign some_here = came_q[leave_name_i] != left_q[leave_name_i];
  `TARN_ASSERT(LeavesWhatCame, !leave_i || some_here)
endmodule : tarn_iommu_bursts
