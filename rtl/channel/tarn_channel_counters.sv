// The channel's counters. Each column command is a row hit, a miss (its bank was closed) or a conflict (another
// row had to be closed): the first after an activate takes the activate's cause.
module tarn_channel_counters
  import tarn_channel_pkg::*;
#(
  parameter int unsigned BankGroupBits = 2,
  parameter int unsigned BankBits      = 2,
  parameter int unsigned NumModules    = 1,
  parameter int unsigned Slots         = 1,  // DRAM clocks of a cycle
  parameter int unsigned Bits          = 64, // of a counter, which wraps
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

  // What is counted, but for cycles.
  typedef enum {
    Reads, Writes, RowHits, RowMisses, RowConflicts, Refreshes, Stalls, Forwarded, Merged, Turnarounds, SlowReads, SlowWrites, SlotsMissed, NumEvents
  } event_e;
  typedef logic [Bits-1:0] count_t;
  logic [NumEvents-1:0] happens;
  count_t               count_q[NumEvents], cycles_q;
  always_comb begin
    happens[Reads]        = command_i.read;
    happens[Writes]       = command_i.write;
    happens[RowHits]      = column && !fresh;
    happens[RowConflicts] = column && fresh && conflict_q[bank];
    happens[RowMisses]    = column && fresh && !conflict_q[bank];
    happens[Refreshes]    = refreshed_i;
    happens[Stalls]       = stalled_i;
    happens[Forwarded]    = forwarded_i;
    happens[Merged]       = merged_i;
    happens[Turnarounds]  = turned_i;
    happens[SlowReads]    = slow_i.send;
    happens[SlowWrites]   = slow_i.write;
    happens[SlotsMissed]  = slot_missed_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q  <= '{default: '0};
      cycles_q <= '0;
    end else begin
      for (int unsigned e = 0; e < NumEvents; e++) if (happens[e]) count_q[e] <= count_q[e] + 1'b1;
      if (running_i) cycles_q <= cycles_q + count_t'(Slots);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fresh_q    <= '0;
      conflict_q <= '0;
    end else begin
      conflict_q <= conflict_q & ~closed_banks_i;
      if (command_i.precharge) conflict_q[closed] <= 1'b1;
      if (command_i.activate) fresh_q[opened] <= 1'b1;
      if (column) begin
        fresh_q[bank]    <= 1'b0;
        conflict_q[bank] <= 1'b0;
      end
    end
  end

  count_t lines;
  assign lines               = count_q[Reads] + count_q[Writes] + count_q[SlowReads] + count_q[SlowWrites];
  assign reads_o             = 64'(count_q[Reads]);
  assign writes_o            = 64'(count_q[Writes]);
  assign row_hits_o          = 64'(count_q[RowHits]);
  assign row_misses_o        = 64'(count_q[RowMisses]);
  assign row_conflicts_o     = 64'(count_q[RowConflicts]);
  assign refreshes_o         = 64'(count_q[Refreshes]);
  assign cycles_o            = 64'(cycles_q);
  assign stalls_o            = 64'(count_q[Stalls]);
  assign forwarded_o         = 64'(count_q[Forwarded]);
  assign merged_o            = 64'(count_q[Merged]);
  assign turnarounds_o       = 64'(count_q[Turnarounds]);
  assign slow_reads_o        = 64'(count_q[SlowReads]);
  assign slow_writes_o       = 64'(count_q[SlowWrites]);
  assign slow_slots_missed_o = 64'(count_q[SlotsMissed]);
  assign bus_busy_o          = 64'(lines * count_t'(burst_i));
endmodule : tarn_channel_counters
