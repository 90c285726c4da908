// Takes the checksum of a page on its way out, over its lines as they are read, and writes it to the table. `busy_o` until it
// stands there: the page may not be read back before. What the channel did not do (StatusTimeout) is tried again.
`include "tarn_assert.svh"
module tarn_pool_checksum_store (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   start_i,       // lines of another page come
  input  logic                   store_i,       // all of them were read
  input  logic                   busy_i,        // some are on their way
  input  logic                   part_valid_i,
  input  logic [31:0]            part_i,
  output logic                   busy_o,
  output logic [31:0]            sum_o,
  // The table.
  output logic                   write_valid_o,
  input  logic                   take_i,
  input  logic                   rsp_valid_i,
  input  tarn_line_pkg::status_e rsp_status_i
);
  typedef enum logic [1:0] {Idle, Write, Await} state_e;
  state_e state_q, state_d;
  logic [31:0] sum_q;

  assign busy_o        = state_q != Idle;
  assign write_valid_o = state_q == Write && !busy_i;
  assign sum_o         = sum_q;
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (store_i) state_d = Write;
      Write: if (take_i) state_d = Await;
      Await: if (rsp_valid_i) state_d = rsp_status_i == tarn_line_pkg::StatusTimeout ? Write : Idle;
      default: state_d = Idle;
    endcase
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end
  always_ff @(posedge clk_i) begin
    if (start_i) sum_q <= tarn_pool_checksum_pkg::BeforeLines;
    else if (part_valid_i) sum_q <= sum_q ^ part_i;
  end

  `TARN_ASSERT(OneAtATime, !(start_i || store_i) || state_q == Idle)
  `TARN_ASSERT(AnswerIsDue, !rsp_valid_i || state_q == Await)
endmodule : tarn_pool_checksum_store
