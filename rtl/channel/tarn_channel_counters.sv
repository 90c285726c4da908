// The channel's 64-bit counters. Each column command is a row hit, a miss (its bank was closed) or a conflict (another
// row had to be closed): the first after an activate takes the activate's cause.
module tarn_channel_counters
  import tarn_channel_pkg::*;
#(
  parameter int unsigned BankGroupBits = 2,
  parameter int unsigned BankBits      = 2,
  parameter int unsigned NumModules    = 1,
  parameter int unsigned Slots         = 1,  // DRAM clocks of a cycle
  localparam int unsigned NumBanks     = NumModules << (BankGroupBits + BankBits)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  clocks_t     burst_i,
  input  logic        running_i,
  input  command_t    command_i,
  input  slow_command_t slow_i,  // zero where there is none
  input  logic        refreshed_i,
  input  logic [NumBanks-1:0] closed_banks_i,  // for a refresh
  input  logic        turned_i,
  input  logic        stalled_i,
  input  logic        forwarded_i,
  input  logic        merged_i,
  input  logic        slot_missed_i,
  output logic [63:0] reads_o,
  output logic [63:0] writes_o,
  output logic [63:0] row_hits_o,
  output logic [63:0] row_misses_o,
  output logic [63:0] row_conflicts_o,
  output logic [63:0] refreshes_o,
  output logic [63:0] bus_busy_o,
  output logic [63:0] cycles_o,
  output logic [63:0] stalls_o,
  output logic [63:0] forwarded_o,
  output logic [63:0] merged_o,
  output logic [63:0] turnarounds_o,
  output logic [63:0] slow_reads_o,
  output logic [63:0] slow_writes_o,
  output logic [63:0] slow_slots_missed_o
);
  logic [NumBanks-1:0] fresh_q, conflict_q;  // activated and not used since; closed for another row
  logic                column, fresh;
  logic [$clog2(NumBanks)-1:0] bank, opened, closed;
  assign column = command_i.read || command_i.write;
  assign bank   = ($clog2(NumBanks))'(index_of(command_i.column_bank, BankGroupBits, BankBits));
  assign opened = ($clog2(NumBanks))'(index_of(command_i.activate_bank, BankGroupBits, BankBits));
  assign closed = ($clog2(NumBanks))'(index_of(command_i.precharge_bank, BankGroupBits, BankBits));
  assign fresh  = fresh_q[bank];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fresh_q         <= '0;
      conflict_q      <= '0;
      reads_o         <= '0;
      writes_o        <= '0;
      row_hits_o      <= '0;
      row_misses_o    <= '0;
      row_conflicts_o <= '0;
      refreshes_o     <= '0;
      cycles_o        <= '0;
      stalls_o        <= '0;
      forwarded_o     <= '0;
      merged_o        <= '0;
      turnarounds_o   <= '0;
      slow_reads_o    <= '0;
      slow_writes_o   <= '0;
      slow_slots_missed_o <= '0;
    end else begin
      if (running_i) cycles_o <= cycles_o + 64'(Slots);
      if (stalled_i) stalls_o <= stalls_o + 1'b1;
      if (refreshed_i) refreshes_o <= refreshes_o + 1'b1;
      if (turned_i) turnarounds_o <= turnarounds_o + 1'b1;
      if (forwarded_i) forwarded_o <= forwarded_o + 1'b1;
      if (slow_i.send) slow_reads_o <= slow_reads_o + 1'b1;
      if (slow_i.write) slow_writes_o <= slow_writes_o + 1'b1;
      if (slot_missed_i) slow_slots_missed_o <= slow_slots_missed_o + 1'b1;
      if (merged_i) merged_o <= merged_o + 1'b1;
      conflict_q <= conflict_q & ~closed_banks_i;
      if (command_i.precharge) conflict_q[closed] <= 1'b1;
      if (command_i.activate) fresh_q[opened] <= 1'b1;
      if (column) begin
        if (command_i.read) reads_o <= reads_o + 1'b1;
        else writes_o <= writes_o + 1'b1;
        if (!fresh) row_hits_o <= row_hits_o + 1'b1;
        else if (conflict_q[bank]) row_conflicts_o <= row_conflicts_o + 1'b1;
        else row_misses_o <= row_misses_o + 1'b1;
        fresh_q[bank]    <= 1'b0;
        conflict_q[bank] <= 1'b0;
      end
    end
  end
  assign bus_busy_o = (reads_o + writes_o + slow_reads_o + slow_writes_o) * 64'(burst_i);
endmodule : tarn_channel_counters
