// Whatever rows of two banks are activated, none is missed: a row of which the neighbours were not refreshed for as many activates as the threshold
// says is told of (`untracked_o`), or there was no room for its neighbours yet. One row is followed, any of the first bank's.
// Fault 1: a row that is not in the table begins from 0 in it.
`include "tarn_assert.svh"
module channel_hammer_formal
  import tarn_channel_pkg::*;
#(
  parameter bit Fault = 1'b0
) (
  input logic        clk_i,
  input logic [15:0] threshold_any,
  input logic [2:0]  watched_any,
  input logic [31:0] window_any,
  input logic        activate_i,
  input logic        bank_i,
  input logic [2:0]  row_i,
  input logic        victim_ready_i
);
  localparam int unsigned Rows = 2;
  localparam int unsigned TotalMax = 200;
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;
  // Constants, whichever.
  logic        held_q;
  logic [15:0] threshold_q;
  logic [2:0]  watched_q;
  logic [31:0] window_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) held_q <= 1'b0;
    else held_q <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (!held_q) begin
      threshold_q <= threshold_any[15:3] == '0 && threshold_any != '0 ? threshold_any : 16'd1;
      watched_q   <= watched_any;
      window_q    <= window_any;
    end
  end

  logic       going_q, going_bank_q, activate;
  logic [2:0] going_row_q;
  logic [7:0] total_q;  // of the followed row, in this window
  assign activate = held_q && rst_ni && activate_i && !(going_q && going_bank_q == bank_i) && total_q < 8'(TotalMax);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) going_q <= 1'b0;
    else going_q <= activate;
  end
  always_ff @(posedge clk_i) begin
    going_bank_q <= bank_i;
    going_row_q  <= row_i;
  end

  logic victim_valid, victim_bank, untracked;
  row_t victim_row;
  tarn_channel_hammer #(.Banks(2), .Rows(Rows), .RowBits(3)) u_dut (
    .clk_i, .rst_ni, .threshold_i(threshold_q), .radius_i(2'd1), .window_i(window_q), .activate_i(activate), .bank_i, .row_i(row_t'(row_i)),
    .victim_valid_o(victim_valid), .victim_ready_i, .victim_bank_o(victim_bank), .victim_row_o(victim_row), .untracked_o(untracked)
  );

  // What the first bank's table says.
  logic [19:0] spilt, count[Rows];
  logic [15:0] since[Rows];
  logic [2:0]  row[Rows];
  logic [Rows-1:0] is_watched;
  logic [20+Rows*(20+16+3)-1:0] word, kept, other_kept, read;
  assign kept       = u_dut.u_tables.gen_ram.mem_q[0];
  assign other_kept = u_dut.u_tables.gen_ram.mem_q[1];
  assign read       = u_dut.stored;
  assign word       = u_dut.empty_q[0] ? '0 : kept;
  assign spilt = word[Rows*39+:20];
  always_comb begin
    for (int unsigned i = 0; i < Rows; i++) begin
      count[i] = word[i*39+19+:20];
      since[i] = word[i*39+3+:16];
      row[i]   = word[i*39+:3];
      is_watched[i] = count[i] != '0 && row[i] == watched_q;
    end
  end
  // What the followed row really had.
  logic [7:0] unrefreshed_q;  // since its neighbours were, in this window
  logic       had_no_room_q, mine, restarts;
  assign mine     = going_q && going_bank_q == 1'b0 && going_row_q == watched_q;
  assign restarts = u_dut.window_ends;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      total_q       <= '0;
      unrefreshed_q <= '0;
      had_no_room_q <= 1'b0;
    end else if (restarts) begin
      total_q       <= '0;
      unrefreshed_q <= '0;
      had_no_room_q <= 1'b0;
    end else if (mine) begin
      total_q       <= total_q + 1'b1;
      unrefreshed_q <= u_dut.fires ? '0 : unrefreshed_q + 1'b1 + 8'(Fault);
      had_no_room_q <= !u_dut.fires && (had_no_room_q || u_dut.triggers);
    end
  end

  `TARN_ASSERT(OnePlaceEach, is_watched != '1 && (count[0] == '0 || count[1] == '0 || row[0] != row[1]))
  `TARN_ASSERT(CountsAreNoLessThanSpilt, count[0] >= spilt && count[1] >= spilt)
  `TARN_ASSERT(WhoIsInTheTableHadNoMore, !is_watched[0] || (20'(total_q) <= count[0] && 16'(unrefreshed_q) <= since[0]))
  `TARN_ASSERT(WhoIsInTheTableHadNoMoreEither, !is_watched[1] || (20'(total_q) <= count[1] && 16'(unrefreshed_q) <= since[1]))
  `TARN_ASSERT(WhoIsNotHadNoMore, is_watched != '0 || 20'(total_q) <= spilt)
  `TARN_ASSERT(SinceItsRefreshIsPartOfIt, unrefreshed_q <= total_q)
  `TARN_ASSERT(SinceIsBelowTheThreshold, had_no_room_q || is_watched == '0 || since[is_watched[1]] < threshold_q)
  `TARN_ASSERT(NoneIsMissed, had_no_room_q || 20'(spilt) >= 20'(threshold_q) || 16'(unrefreshed_q) < threshold_q)
  `TARN_ASSERT(GoesAsGiven, going_q == u_dut.activate_q && (!going_q || (going_bank_q == u_dut.bank_q && going_row_q == u_dut.row_q)))
  `TARN_ASSERT(ReadsWhatIsThere, !going_q || read == (going_bank_q ? other_kept : kept))
  `TARN_ASSERT(NothingBeforeItIsSet, held_q || (!going_q && total_q == '0 && u_dut.empty_q[0]))
  `TARN_ASSERT(ThresholdIsSmall, !held_q || (threshold_q != '0 && threshold_q < 16'd8))
  // The queue of those whose neighbours are to be refreshed.
  logic [3:0] queued;
  logic [2:0] queue_end, queue_head;
  assign queued     = u_dut.u_aggressors.count_q;
  assign queue_end  = u_dut.u_aggressors.wr_q;
  assign queue_head = u_dut.u_aggressors.rd_q;
  `TARN_ASSERT(QueueIsOne, queued <= 4'd8 && 3'(queue_end - queue_head) == queued[2:0])
  `TARN_COVER(Fires, u_dut.fires && mine)
  `TARN_COVER(Untracked, untracked)
endmodule : channel_hammer_formal
