// Rows whose neighbours are activated too often: counts activates of each bank, and asks for the rows beside one that was activated
// `threshold_i` times to be activated themselves, which refreshes them (README, "Row hammer").
// Each bank has a table of `Rows` rows with a count, never less than what they really had (Misra and Gries): a row that is not in it takes the
// place of one whose count is no more than `spilt`, and begins from there; if there is none, `spilt` rises. So no row that is not in the table had
// more than `spilt` activates in the present window of `window_i` cycles: as long as that is less than the threshold, no row is missed.
// One activate a cycle; two of one bank at least 3 cycles apart.
`include "tarn_assert.svh"
module tarn_channel_hammer
  import tarn_channel_pkg::*;
#(
  parameter int unsigned Banks   = 16,
  parameter int unsigned Rows    = 16,  // of a bank's table: 2..64
  parameter int unsigned RowBits = 16,
  localparam int unsigned BankIndexBits = $clog2(Banks)
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic [15:0]              threshold_i,  // 0: off
  input  logic [1:0]               radius_i,     // rows to each side that are refreshed: 1 or 2
  input  logic [31:0]              window_i,
  input  logic                     activate_i,
  input  logic [BankIndexBits-1:0] bank_i,
  input  row_t                     row_i,
  // A row to be activated.
  output logic                     victim_valid_o,
  input  logic                     victim_ready_i,
  output logic [BankIndexBits-1:0] victim_bank_o,
  output row_t                     victim_row_o,
  output logic                     untracked_o   // a row may have been missed: more rows than the table has
);
  localparam int unsigned CountBits = 20;  // saturating
  localparam int unsigned SinceBits = 16;
  typedef logic [BankIndexBits-1:0] bank_index_t;
  typedef logic [RowBits-1:0] kept_row_t;
  typedef logic [CountBits-1:0] count_t;
  typedef struct packed {
    count_t               count;
    logic [SinceBits-1:0] since;  // its neighbours were refreshed, or it came, saturating
    kept_row_t            row;
  } entry_t;
  typedef struct packed {
    count_t            spilt;
    entry_t [Rows-1:0] entries;
  } table_t;

  `TARN_ASSERT_INIT(RowsAllowed, Rows >= 2 && Rows <= 64, "tarn_channel_hammer: Rows must be 2..64")

  // The end of a window empties each bank's table, when it is read the next time.
  logic [31:0] left_q;
  logic [Banks-1:0] empty_q;
  logic window_ends, on;
  assign on          = threshold_i != '0;
  assign window_ends = left_q == '0 || left_q > window_i;  // or a shorter one begins

  logic        activate_q;
  bank_index_t bank_q;
  kept_row_t   row_q;
  table_t      stored, present, changed;
  tarn_ram_sdp #(.Width($bits(table_t)), .Depth(Banks), .Collision(tarn_ram_pkg::RamNoCollision)) u_tables (
    .clk_i, .rst_ni, .we_i(activate_q), .waddr_i(bank_q), .wmask_i(1'b1), .wdata_i(changed),
    .re_i(activate_i && on), .raddr_i(bank_i), .rdata_o(stored)
  );
  assign present = empty_q[bank_q] ? '0 : stored;

  logic [Rows-1:0] match, replaceable;  // is the row's; may be taken
  logic [Rows-1:0] choice;
  logic [SinceBits-1:0] since;
  logic triggers, fires, room;
  always_comb begin
    for (int unsigned i = 0; i < Rows; i++) begin
      match[i] = present.entries[i].count != '0 && present.entries[i].row == row_q;
      replaceable[i]  = present.entries[i].count <= present.spilt;
    end
  end
  assign choice = match != '0 ? match : replaceable & -replaceable;
  function automatic count_t more(count_t count);
    return count == '1 ? count : count + 1'b1;
  endfunction
  always_comb begin
    changed  = present;
    since    = '0;
    triggers = 1'b0;
    fires    = 1'b0;
    if (choice == '0) changed.spilt = more(present.spilt);
    for (int unsigned i = 0; i < Rows; i++) begin
      if (choice[i]) begin
        since = match[i] ? present.entries[i].since : (present.spilt > count_t'(SinceBits'('1)) ? '1 : SinceBits'(present.spilt));
        if (since != '1) since = since + 1'b1;
        triggers = activate_q && since >= threshold_i;
        fires    = triggers && room;
        changed.entries[i].row   = row_q;
        changed.entries[i].count = more(match[i] ? present.entries[i].count : present.spilt);
        changed.entries[i].since = fires ? '0 : since;
      end
    end
  end
  assign untracked_o = activate_q && on && choice == '0 && changed.spilt >= count_t'(threshold_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q     <= '0;
      empty_q    <= '1;
      activate_q <= 1'b0;
    end else begin
      left_q     <= window_ends || !on ? window_i : left_q - 1'b1;
      activate_q <= activate_i && on;
      if (activate_q) empty_q[bank_q] <= 1'b0;
      if (window_ends || !on) empty_q <= '1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (activate_i) begin
      bank_q <= bank_i;
      row_q  <= kept_row_t'(row_i);
    end
  end

  // Aggressors in turn, and of each the rows beside it, the nearer ones first. One that finds no room triggers again with its next activate.
  typedef struct packed {
    bank_index_t bank;
    kept_row_t   row;
  } aggressor_t;
  aggressor_t head;
  logic       head_valid, head_done, below, exists;
  logic [3:0] unused_count;
  logic [1:0] step_q, distance;  // {distance - 1, side}
  tarn_fifo #(.T(aggressor_t), .Depth(8)) u_aggressors (
    .clk_i, .rst_ni, .valid_i(triggers), .ready_o(room), .data_i('{bank: bank_q, row: row_q}),
    .valid_o(head_valid), .ready_i(head_done), .data_o(head), .count_o(unused_count)
  );
  assign distance = {1'b0, step_q[1]} + 2'd1;
  assign below    = !step_q[0];
  assign exists   = below ? head.row >= kept_row_t'(distance) : head.row <= ~kept_row_t'(distance);
  assign victim_valid_o = head_valid && exists;
  assign victim_bank_o  = head.bank;
  kept_row_t victim;
  assign victim         = below ? head.row - kept_row_t'(distance) : head.row + kept_row_t'(distance);
  assign victim_row_o   = row_t'(victim);
  logic passes;
  assign passes    = head_valid && (victim_ready_i || !exists);
  assign head_done = passes && !below && distance >= radius_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) step_q <= '0;
    else if (head_done) step_q <= '0;
    else if (passes) step_q <= step_q + 1'b1;
  end
  logic unused;
  assign unused = ^row_i || unused_count != '0;
endmodule : tarn_channel_hammer
