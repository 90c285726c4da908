// Checks one page on its way in: takes its checksum over the lines as they come, and asks the table for the one that it left
// with. Both begin when the read's command leaves (`start_i`), so that the table's answer is there long before the page's end.
// `wait_o` is high until the verdict can be had. A table line that is poison gives none: the page passes.
// What the channel did not do (StatusTimeout) is tried again.
`include "tarn_assert.svh"
module tarn_pool_checksum_check (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   begin_i,       // another page
  input  logic                   begin_summed_i,  // which has a checksum
  input  logic                   held_i,        // the page is held still
  input  logic                   start_i,       // its lines come from the first on, maybe once more
  input  logic                   busy_i,        // lines of it are on their way
  input  logic                   part_valid_i,
  input  logic [31:0]            part_i,
  output logic                   wait_o,
  output logic                   bad_o,
  output logic                   idle_o,
  // The table.
  output logic                   read_valid_o,
  input  logic                   take_i,
  input  logic                   rsp_valid_i,
  input  tarn_line_pkg::status_e rsp_status_i,
  input  logic [31:0]            word_i
);
  import tarn_line_pkg::*;
  typedef enum logic [1:0] {Idle, Read, Await} state_e;

  state_e state_q, state_d;
  logic summed_q, wanted_q, known_q, stale_q;  // the answer that is due is of an earlier read
  logic comes;
  logic [31:0] sum_q;

  assign comes        = rsp_valid_i && !stale_q && !start_i && !begin_i && rsp_status_i == StatusOk;
  assign read_valid_o = state_q == Read && held_i;
  assign idle_o       = state_q == Idle;
  assign wait_o       = wanted_q && (state_q != Idle || busy_i);
  assign bad_o        = known_q && sum_q != '0;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: state_d = Idle;
      Read: if (take_i) state_d = Await;
            else if (!held_i) state_d = Idle;
      Await: if (rsp_valid_i) state_d = wanted_q && (stale_q || rsp_status_i == StatusTimeout) ? Read : Idle;
      default: state_d = Idle;
    endcase
    if (start_i && summed_q && state_d != Await) state_d = Read;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Idle;
      wanted_q <= 1'b0;
      known_q  <= 1'b0;
      stale_q  <= 1'b0;
    end else begin
      state_q <= state_d;
      if (begin_i || start_i) begin
        wanted_q <= start_i && summed_q;
        known_q  <= 1'b0;
        stale_q  <= state_d == Await;
      end else begin
        if (comes) known_q <= 1'b1;
        if (rsp_valid_i) stale_q <= 1'b0;
      end
    end
  end
  // With the table's word in it, it ends at zero.
  always_ff @(posedge clk_i) begin
    if (begin_i) summed_q <= begin_summed_i;
    if (start_i) sum_q <= tarn_pool_checksum_pkg::BeforeLines;
    else if (part_valid_i || comes) sum_q <= sum_q ^ (part_valid_i ? part_i : '0) ^ (comes ? word_i : '0);
  end

  `TARN_ASSERT(AnswerIsDue, !rsp_valid_i || state_q == Await)
  `TARN_ASSERT(NoLineBeforeItsCommand, !start_i || !busy_i)
endmodule : tarn_pool_checksum_check
