// Which row each bank of a module has open, and what each may do now: counters of DRAM clocks, loaded by the commands that go
// out, one for each rule between two commands (JESD79-4). `*_ready_o` holds the rules of bank, bank group and rank, for each slot
// of the cycle. A command decided in this cycle counts from the next.
`include "tarn_assert.svh"
module tarn_channel_bank_state
  import tarn_channel_pkg::*;
#(
  parameter int unsigned BankGroupBits = 2,
  parameter int unsigned BankBits      = 2,  // of a bank in its group
  parameter int unsigned Slots         = 1,  // DRAM clocks of a cycle: 1, 2 or 4; no rule between two commands of one kind is shorter
  parameter int unsigned TimerBits     = 8,  // what the longest wait needs, 8 at most
  localparam int unsigned NumBanks     = 1 << (BankGroupBits + BankBits)
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  timing_t    timing_i,
  input  command_t   command_i,  // of this module: where it names modules, bit 0
  output logic [NumBanks-1:0] open_o,
  output row_t                row_o[NumBanks],
  output logic [Slots-1:0][NumBanks-1:0] activate_ready_o,
  output logic [Slots-1:0][NumBanks-1:0] precharge_ready_o,  // also of banks that are closed
  output logic [Slots-1:0][NumBanks-1:0] read_ready_o,
  output logic [Slots-1:0][NumBanks-1:0] write_ready_o
);
  localparam int unsigned NumBankGroups = 1 << BankGroupBits;
  // What is left of each wait at the cycle's first slot; 0: over.
  typedef logic [TimerBits-1:0] timer_t;
  timer_t activate_q[NumBanks], activate_d[NumBanks];    // tRC, tRP
  timer_t precharge_q[NumBanks], precharge_d[NumBanks];  // tRAS, tRTP, tWR
  timer_t column_q[NumBanks], column_d[NumBanks];        // tRCD
  timer_t group_activate_q[NumBankGroups], group_activate_d[NumBankGroups];  // tRRD_L
  timer_t group_read_q[NumBankGroups], group_read_d[NumBankGroups];          // tCCD_L, tWTR_L
  timer_t group_write_q[NumBankGroups], group_write_d[NumBankGroups];        // tCCD_L_WR
  timer_t rank_precharge_q, rank_precharge_d;  // tPPD
  timer_t rank_activate_q, rank_activate_d;  // tRRD_S
  timer_t rank_read_q, rank_read_d;          // tCCD_S, tWTR_S
  timer_t rank_write_q, rank_write_d;        // tCCD_S, read to write
  timer_t window_q[4], window_d[4];          // tFAW: one for each of the last four activates
  logic [1:0] oldest_q, oldest_d;             // the one of them that ends first
  logic [NumBanks-1:0] open_q, open_d;
  row_t       row_q[NumBanks];

  function automatic timer_t step(timer_t left);
    return left < timer_t'(Slots) ? '0 : left - timer_t'(Slots);
  endfunction
  // A wait of `clocks` that starts in a slot of this cycle: the rest of the cycle is over when the counter is first seen.
  function automatic timer_t wait_for(clocks_t clocks, slot_t slot);
    clocks_t over;
    over = clocks_t'(Slots) - clocks_t'(slot);
    return clocks < over ? '0 : timer_t'(clocks - over);
  endfunction
  function automatic timer_t longer(timer_t left, timer_t other);
    return left > other ? left : other;
  endfunction

  typedef logic [(NumBanks > 1 ? $clog2(NumBanks) : 1)-1:0]           index_t;
  typedef logic [(NumBankGroups > 1 ? $clog2(NumBankGroups) : 1)-1:0] group_t;
  index_t opened, closed, bank;  // by the activate, by the precharge; of the column command
  group_t opened_group, group;
  assign opened       = index_t'(index_of(command_i.activate_bank, BankGroupBits, BankBits));
  assign opened_group = group_t'(command_i.activate_bank.group);
  assign closed       = index_t'(index_of(command_i.precharge_bank, BankGroupBits, BankBits));
  assign bank         = index_t'(index_of(command_i.column_bank, BankGroupBits, BankBits));
  assign group        = group_t'(command_i.column_bank.group);

  always_comb begin
    for (int unsigned b = 0; b < NumBanks; b++) begin
      activate_d[b]  = step(activate_q[b]);
      precharge_d[b] = step(precharge_q[b]);
      column_d[b]    = step(column_q[b]);
    end
    for (int unsigned g = 0; g < NumBankGroups; g++) begin
      group_activate_d[g] = step(group_activate_q[g]);
      group_read_d[g]     = step(group_read_q[g]);
      group_write_d[g]    = step(group_write_q[g]);
    end
    for (int unsigned a = 0; a < 4; a++) window_d[a] = step(window_q[a]);
    rank_activate_d  = step(rank_activate_q);
    rank_precharge_d = step(rank_precharge_q);
    rank_read_d     = step(rank_read_q);
    rank_write_d    = step(rank_write_q);
    oldest_d        = oldest_q;
    open_d          = open_q;
    if (command_i.activate) begin
      activate_d[opened]             = wait_for(timing_i.rc, command_i.activate_slot);
      precharge_d[opened]            = wait_for(timing_i.ras, command_i.activate_slot);
      column_d[opened]               = wait_for(timing_i.rcd, command_i.activate_slot);
      group_activate_d[opened_group] = wait_for(timing_i.rrd_l, command_i.activate_slot);
      rank_activate_d                = wait_for(timing_i.rrd_s, command_i.activate_slot);
      window_d[oldest_q]             = wait_for(timing_i.faw, command_i.activate_slot);
      oldest_d                       = oldest_q + 1'b1;
      open_d[opened]                 = 1'b1;
    end
    if (command_i.precharge) begin
      activate_d[closed] = longer(activate_d[closed], wait_for(timing_i.rp, command_i.precharge_slot));
      rank_precharge_d   = wait_for(timing_i.ppd, command_i.precharge_slot);
      open_d[closed]     = 1'b0;
    end
    if (command_i.refresh_bank[0]) begin
      // As an activate of a bank that nobody uses until its end (tarn_channel_refresh).
      rank_activate_d    = wait_for(timing_i.bank_to_activate, command_i.activate_slot);
      window_d[oldest_q] = wait_for(timing_i.faw, command_i.activate_slot);
      oldest_d           = oldest_q + 1'b1;
    end
    if (command_i.precharge_all[0]) begin
      for (int unsigned b = 0; b < NumBanks; b++) activate_d[b] = longer(activate_d[b], wait_for(timing_i.rp_all, command_i.precharge_slot));
      rank_precharge_d = wait_for(timing_i.ppd, command_i.precharge_slot);
      open_d           = '0;
    end
    if (command_i.read) begin
      precharge_d[bank]   = longer(precharge_d[bank], wait_for(timing_i.rtp, command_i.column_slot));
      group_read_d[group] = wait_for(timing_i.ccd_l, command_i.column_slot);
      rank_read_d         = wait_for(timing_i.ccd_s, command_i.column_slot);
      // The write's data must come after the read's, with the gap between.
      rank_write_d        = longer(wait_for(timing_i.ccd_l, command_i.column_slot),
                                   wait_for(timing_i.cl + timing_i.burst + timing_i.rtw_gap - timing_i.cwl, command_i.column_slot));
    end
    if (command_i.write) begin
      precharge_d[bank]    = longer(precharge_d[bank], wait_for(timing_i.cwl + timing_i.burst + timing_i.wr, command_i.column_slot));
      group_write_d[group] = wait_for(timing_i.ccd_l_wr, command_i.column_slot);
      rank_write_d         = wait_for(timing_i.ccd_s, command_i.column_slot);
      group_read_d[group]  = wait_for(timing_i.cwl + timing_i.burst + timing_i.wtr_l, command_i.column_slot);
      rank_read_d          = wait_for(timing_i.cwl + timing_i.burst + timing_i.wtr_s, command_i.column_slot);
    end
  end

  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned b = 0; b < NumBanks; b++) begin
        precharge_ready_o[s][b] = precharge_q[b] <= timer_t'(s);
        activate_ready_o[s][b]  = activate_q[b] <= timer_t'(s) && group_activate_q[b%NumBankGroups] <= timer_t'(s);
        read_ready_o[s][b]      = column_q[b] <= timer_t'(s) && group_read_q[b%NumBankGroups] <= timer_t'(s);
        write_ready_o[s][b]     = column_q[b] <= timer_t'(s) && group_write_q[b%NumBankGroups] <= timer_t'(s);
      end
      if (rank_precharge_q > timer_t'(s)) precharge_ready_o[s] = '0;
      if (rank_activate_q > timer_t'(s) || window_q[oldest_q] > timer_t'(s)) activate_ready_o[s] = '0;
      if (rank_read_q > timer_t'(s)) read_ready_o[s] = '0;
      if (rank_write_q > timer_t'(s)) write_ready_o[s] = '0;
    end
  end
  assign open_o     = open_q;
  assign row_o      = row_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned b = 0; b < NumBanks; b++) begin
        activate_q[b]  <= '0;
        precharge_q[b] <= '0;
        column_q[b]    <= '0;
      end
      for (int unsigned g = 0; g < NumBankGroups; g++) begin
        group_activate_q[g] <= '0;
        group_read_q[g]     <= '0;
        group_write_q[g]    <= '0;
      end
      for (int unsigned a = 0; a < 4; a++) window_q[a] <= '0;
      rank_activate_q  <= '0;
      rank_precharge_q <= '0;
      rank_read_q     <= '0;
      rank_write_q    <= '0;
      oldest_q        <= '0;
      open_q          <= '0;
    end else begin
      activate_q       <= activate_d;
      precharge_q      <= precharge_d;
      column_q         <= column_d;
      group_activate_q <= group_activate_d;
      group_read_q     <= group_read_d;
      group_write_q    <= group_write_d;
      window_q         <= window_d;
      rank_activate_q  <= rank_activate_d;
      rank_precharge_q <= rank_precharge_d;
      rank_read_q      <= rank_read_d;
      rank_write_q     <= rank_write_d;
      oldest_q         <= oldest_d;
      open_q           <= open_d;
    end
  end
  always_ff @(posedge clk_i) begin
    if (command_i.activate) row_q[opened] <= command_i.row;
  end

  // The waits that a command of this cycle may begin.
  function automatic logic fits(clocks_t clocks);
    return 32'(clocks) < 1 << TimerBits;
  endfunction
  `TARN_ASSERT(ActivateFits, !command_i.activate || (fits(timing_i.rc) && fits(timing_i.ras) && fits(timing_i.rcd) && fits(timing_i.rrd_l)
                                                     && fits(timing_i.rrd_s) && fits(timing_i.faw)))
  `TARN_ASSERT(PrechargeFits, !(command_i.precharge || command_i.precharge_all[0])
                              || (fits(timing_i.rp) && fits(timing_i.rp_all) && fits(timing_i.ppd)))
  `TARN_ASSERT(ReadFits, !command_i.read || (fits(timing_i.rtp) && fits(timing_i.ccd_l) && fits(timing_i.ccd_s)
                                             && fits(timing_i.cl + timing_i.burst + timing_i.rtw_gap - timing_i.cwl)))
  `TARN_ASSERT(WriteFits, !command_i.write || (fits(timing_i.cwl + timing_i.burst + timing_i.wr) && fits(timing_i.ccd_l_wr)
                                               && fits(timing_i.cwl + timing_i.burst + timing_i.wtr_l)))
  `TARN_ASSERT(RefreshFits, !command_i.refresh_bank[0] || (fits(timing_i.bank_to_activate) && fits(timing_i.faw)))
  `TARN_ASSERT(ActivatesClosedBank, !command_i.activate || !open_q[opened])
  `TARN_ASSERT(ColumnOfOpenBank, !(command_i.read || command_i.write) || open_q[bank])
endmodule : tarn_channel_bank_state
