// The log of errors that the check bits showed: an entry a word, eight at most; who reads it drops the oldest (`next_i`). Takes a
// line with errors at once and enters its words one a cycle; meanwhile `busy_o` is high, and a line with errors must wait.
// When it is full, the new entry is lost and `overflow_o` says so; the counters count it.
`include "tarn_assert.svh"
module tarn_channel_ecc_log
  import tarn_channel_ecc_pkg::*;
#(
  parameter int unsigned Depth = 8  // entries, a power of two, 2 or more
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   valid_i,  // a line with errors leaves: only while not busy
  output logic                   busy_o,
  input  logic [33:0]            line_i,
  input  words_t                 corrected_i,
  input  words_t                 lost_i,
  input  check_t [LineWords-1:0] syndromes_i,
  input  logic                   next_i,
  output logic                   entry_valid_o,
  output ecc_event_t             entry_o,
  output logic [3:0]             entries_o,
  output logic                   corrected_o,    // one more
  output logic                   uncorrected_o,
  output logic                   overflow_o,
  output logic [63:0]            corrected_count_o,
  output logic [63:0]            uncorrected_count_o
);
  words_t                 words_q, lost_q;  // still to be entered; beyond correction
  check_t [LineWords-1:0] syndromes_q;
  logic [33:0]            line_q;
  ecc_event_t             entry;
  logic                   enter, room;
  logic [$clog2(Depth+1)-1:0] count;

  assign busy_o = words_q != '0;
  assign enter  = words_q != '0;
  always_comb begin
    entry.word = '0;
    for (int w = int'(LineWords) - 1; w >= 0; w--) if (words_q[w]) entry.word = 3'(w);
    entry.uncorrected = lost_q[entry.word];
    entry.syndrome    = syndromes_q[entry.word];
    entry.line        = line_q;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      words_q             <= '0;
      corrected_count_o   <= '0;
      uncorrected_count_o <= '0;
    end else begin
      if (valid_i) words_q <= corrected_i | lost_i;
      else words_q[entry.word] <= 1'b0;
      if (corrected_o) corrected_count_o <= corrected_count_o + 1'b1;
      if (uncorrected_o) uncorrected_count_o <= uncorrected_count_o + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      lost_q      <= lost_i;
      syndromes_q <= syndromes_i;
      line_q      <= line_i;
    end
  end
  assign corrected_o   = enter && !entry.uncorrected;
  assign uncorrected_o = enter && entry.uncorrected;
  assign overflow_o    = enter && !room;

  tarn_fifo #(.T(ecc_event_t), .Depth(Depth)) u_entries (
    .clk_i, .rst_ni, .valid_i(enter), .ready_o(room), .data_i(entry),
    .valid_o(entry_valid_o), .ready_i(next_i), .data_o(entry_o), .count_o(count)
  );
  assign entries_o = 4'(count);

  `TARN_ASSERT(TakenWhenNotBusy, !valid_i || !busy_o)
  `TARN_ASSERT(HasErrors, !valid_i || (corrected_i | lost_i) != '0)
endmodule : tarn_channel_ecc_log
