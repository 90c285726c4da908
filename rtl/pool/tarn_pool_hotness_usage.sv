// What a segment is at the end of an epoch: hot, cold, how old. One a cycle; the answer comes in the next cycle.
//   usage = recency_weight * recency + frequency_weight * frequency + density_weight * density, where
//   recency = 255 - age; frequency = the decayed count, shifted right, at most 255; density = valid pages of the segment in
//   256ths of all, at most 255.
`include "tarn_assert.svh"
module tarn_pool_hotness_usage #(
  parameter int unsigned SegmentPages = 16  // power of two
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]                       plant_i,
`endif
  input  tarn_pool_hotness_pkg::settings_t settings_i,
  input  logic                             judged_valid_i,
  input  tarn_pool_hotness_pkg::judged_t   judged_i,
  input  logic                             reached_valid_i,
  input  tarn_pool_hotness_pkg::judged_t   reached_i,
  // A cycle later.
  output logic                             judged_valid_o,
  output logic [23:0]                      slot_o,
  output logic [3:0]                       bin_o,       // of the age: 0, 1, 2..3, 4..7, …
  output logic                             hot_valid_o,
  output tarn_pool_hotness_pkg::entry_t    hot_o,
  output logic                             cold_valid_o,
  output tarn_pool_hotness_pkg::entry_t    cold_o
);
  import tarn_pool_hotness_pkg::*;
  localparam int unsigned PageShift = $clog2(SegmentPages);
  localparam int unsigned TermBits  = 12;

  logic [7:0] recency, frequency, density;
  logic [15:0] shifted;
  logic [17:0] filled;
  logic [3:0] density_weight, bin;
  assign recency   = 8'd255 - judged_i.age;
  assign shifted   = judged_i.frequency >> settings_i.frequency_shift;
  assign frequency = shifted > 16'd255 ? 8'd255 : shifted[7:0];
  assign filled    = {judged_i.pages, 8'd0} >> PageShift;
  assign density   = filled > 18'd255 ? 8'd255 : filled[7:0];
`ifdef TARN_PLANT
  assign density_weight = plant_i == 4'd7 ? '0 : settings_i.density_weight;  // a weight is ignored
`else
  assign density_weight = settings_i.density_weight;
`endif

  always_comb begin
    bin = '0;
    for (int unsigned i = 0; i < 8; i++) if (judged_i.age[i]) bin = 4'(i + 1);
  end

  logic [TermBits-1:0] recency_term_q, frequency_term_q, density_term_q;
  logic [13:0] usage;
  logic judged_q, hot_q;
  logic [3:0] bin_q;
  judged_t segment_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      judged_q <= 1'b0;
      hot_q    <= 1'b0;
    end else begin
      judged_q <= judged_valid_i;
      hot_q    <= reached_valid_i || (judged_valid_i && !settings_i.always_on && judged_i.count >= settings_i.hot_threshold);
    end
  end
  always_ff @(posedge clk_i) begin
    segment_q        <= reached_valid_i && !judged_valid_i ? reached_i : judged_i;
    bin_q            <= bin;
    recency_term_q   <= TermBits'(recency) * TermBits'(settings_i.recency_weight);
    frequency_term_q <= TermBits'(frequency) * TermBits'(settings_i.frequency_weight);
    density_term_q   <= TermBits'(density) * TermBits'(density_weight);
  end

  // Always on, an access may reach the threshold and be the first of its epoch at once: one segment, its own count.
  logic [15:0] reached_count_q;
  logic reached_q;
  always_ff @(posedge clk_i) begin
    reached_q       <= reached_valid_i;
    reached_count_q <= reached_i.count;
  end

  assign usage          = 14'(recency_term_q) + 14'(frequency_term_q) + 14'(density_term_q);
  assign judged_valid_o = judged_q;
  assign slot_o         = segment_q.slot;
  assign bin_o          = bin_q;
  assign hot_valid_o    = hot_q;
  assign hot_o          = '{host: segment_q.host, segment: segment_q.segment, value: reached_q ? reached_count_q : segment_q.count};
  assign cold_valid_o   = judged_q && 16'(usage) < settings_i.cold_threshold;
  assign cold_o         = '{host: segment_q.host, segment: segment_q.segment, value: 16'(usage)};

  `TARN_ASSERT(SameSegment, !(judged_valid_i && reached_valid_i) || {judged_i.host, judged_i.segment} == {reached_i.host, reached_i.segment})
  `TARN_ASSERT_INIT(PagesAllowed, SegmentPages >= 1 && SegmentPages <= 512 && SegmentPages == 2**PageShift,
                    "tarn_pool_hotness: a segment has 1 to 512 pages, a power of two")
endmodule : tarn_pool_hotness_usage
