// 64-bit counters per host (their list: README.md, "Counters"), exact. Read with `index_i` = 16 x host + k, in the cycle of `read_i`.
// What each counted lately stands in a few flip-flops; the sums stand in one memory with one adder, to which each counter's part
// is added in turn, and when it is read. At most one cycle of three is a read.
`include "tarn_assert.svh"
module tarn_pool_counters #(
  parameter int unsigned NumHosts = 4,
  parameter int unsigned Pages    = 16,  // of a segment
  parameter int unsigned SumBits  = 64,  // fewer in proofs alone
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  tarn_pool_pkg::count_t count_i,         // of one decision
  input  logic                  notice_i,        // a change notice was taken
  input  logic [HostBits-1:0]   notice_host_i,
  input  logic                  release_i,       // a segment was given back
  input  logic [HostBits-1:0]   release_host_i,
  input  logic [NumHosts-1:0]   stall_i,         // a request of the host stands and is not taken
  input  logic [NumHosts-1:0]   walk_stall_i,    // one of its walks
  input  logic                  read_i,
  input  logic [7:0]            index_i,
  output logic [63:0]           value_o
);
  localparam int unsigned Kinds     = 16;
  localparam int unsigned Counters  = NumHosts * Kinds;
  localparam int unsigned IndexBits = $clog2(Counters);
  localparam int unsigned TurnBits  = IndexBits + 1;  // of the cycles between two turns, reads included
  localparam int unsigned StepBits  = $clog2(Pages + 1);
  localparam int unsigned PartBits  = TurnBits + StepBits;
  typedef logic [IndexBits-1:0] index_t;

  logic [StepBits-1:0] step[NumHosts][Kinds];
  logic [PartBits-1:0] part[Counters];
  logic in_range, reads;
  index_t turn_q, index;

  // ---- What is counted in this cycle ------------------------------------------------------------------------------
  for (genvar h = 0; h < NumHosts; h++) begin : gen_steps
    logic mine;
    assign mine         = count_i.host == tarn_pool_pkg::host_t'(h);
    assign step[h][0]   = StepBits'(mine && (count_i.hit || count_i.miss || count_i.access_error));
    assign step[h][1]   = StepBits'(mine && count_i.hit);
    assign step[h][2]   = StepBits'(mine && count_i.miss);
    assign step[h][3]   = StepBits'(mine && count_i.access_error);
    assign step[h][4]   = StepBits'(mine && count_i.page_in);
    assign step[h][5]   = StepBits'(mine && count_i.zero_fill);
    assign step[h][6]   = mine ? StepBits'(count_i.pages_dirty) : '0;
    assign step[h][7]   = mine ? StepBits'(count_i.pages_clean) : '0;
    assign step[h][8]   = StepBits'(mine && count_i.eviction);
    assign step[h][9]   = StepBits'(mine && count_i.bulk_error);
    assign step[h][10]  = StepBits'(mine && count_i.refused);
    assign step[h][11]  = StepBits'(notice_i && notice_host_i == HostBits'(h));
    assign step[h][12]  = StepBits'(release_i && release_host_i == HostBits'(h));
    assign step[h][13]  = mine ? StepBits'(count_i.pages_zero) : '0;
    assign step[h][14]  = StepBits'(stall_i[h]);
    assign step[h][15]  = StepBits'(walk_stall_i[h]);
  end

  // ---- Lately -----------------------------------------------------------------------------------------------------
  for (genvar h = 0; h < NumHosts; h++) begin : gen_hosts
    for (genvar k = 0; k < Kinds; k++) begin : gen_parts
      localparam int unsigned Bits = k == 6 || k == 7 || k == 13 ? PartBits : TurnBits;  // those that count pages
      logic [Bits-1:0] part_q, added;
      assign added = Bits'(step[h][k]);
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) part_q <= '0;
        else part_q <= (index == index_t'(h * Kinds + k) ? '0 : part_q) + added;
      end
      assign part[h*Kinds+k] = PartBits'(part_q);
      `TARN_ASSERT(PartFits, index == index_t'(h * Kinds + k) || part_q <= ~added)
    end
  end

  // ---- The sums ---------------------------------------------------------------------------------------------------
  logic [SumBits-1:0] sum_q[Counters];
  logic [Counters-1:0] summed_q;  // since reset
  logic [SumBits-1:0] sum;
  assign in_range = 32'(index_i) < Counters;
  assign reads    = read_i && in_range;
  assign index    = reads ? index_t'(index_i) : turn_q;
  assign sum      = (summed_q[index] ? sum_q[index] : '0) + SumBits'(part[index]);
  assign value_o  = reads ? 64'(sum) : '0;
  always_ff @(posedge clk_i) sum_q[index] <= sum;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      turn_q   <= '0;
      summed_q <= '0;
    end else begin
      summed_q[index] <= 1'b1;
      if (!reads) turn_q <= 32'(turn_q) == Counters - 1 ? '0 : turn_q + 1'b1;
    end
  end

  `TARN_ASSERT(ReadsApart, !read_i || !$past(read_i))
endmodule : tarn_pool_counters
