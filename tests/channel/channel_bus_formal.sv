// Any sequence of column commands that the bank state calls ready, in any slot of a cycle: no two of them ever drive the data bus in one clock.
// Short timings, so that proof and planted fault are shallow. The harness keeps the bus's calendar by itself. Fault 1: the bank state is told a
// read latency four clocks too short. Fault 2: it is told that column commands go out a slot earlier than they do.
`include "tarn_assert.svh"
module channel_bus_formal
  import tarn_channel_pkg::*;
#(
  parameter int unsigned Fault = 0,
  parameter int unsigned Slots = 1   // of a cycle: 1, 2 or 4
) (
  input logic     clk_i,
  input command_t wanted_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  localparam int unsigned Cl  = 7;
  localparam int unsigned Cwl = 5;
  localparam int unsigned Burst = 4;
  localparam int unsigned SlotIndexBits = Slots > 1 ? $clog2(Slots) : 1;
  localparam int unsigned BankGroupBits = 2, BankBits = 2, ModuleBanks = 16;
  timing_t timing;
  always_comb begin
    timing         = '0;
    timing.cl      = Fault == 1 ? clocks_t'(Cl - 4) : clocks_t'(Cl);
    timing.cwl     = clocks_t'(Cwl);
    timing.rcd     = 8'd2;
    timing.rp      = 8'd2;
    timing.ras     = 8'd4;
    timing.rc      = 8'd6;
    timing.faw     = 8'd12;
    timing.rtp     = 8'd2;
    timing.ccd_s   = 8'd4;
    timing.ccd_l   = 8'd5;
    timing.rrd_s   = 8'd2;
    timing.rrd_l   = 8'd3;
    timing.wr      = 8'd2;
    timing.wtr_s   = 8'd3;
    timing.wtr_l   = 8'd4;
    timing.rtw_gap  = 8'd2;
    timing.ccd_l_wr = 8'd6;
    timing.rp_all   = 8'd2;
    timing.ppd      = 8'd1;
    timing.burst    = clocks_t'(Burst);
  end

  // Of one module's banks: one activate, one precharge and one column command a cycle, each of another bank; with one slot, one of them.
  command_t   command, told;
  logic [3:0] column_bank, activate_bank, precharge_bank;
  slot_t      column_slot, activate_slot, precharge_slot;
  assign column_bank    = {wanted_i.column_bank.in_group, wanted_i.column_bank.group[1:0]};
  assign activate_bank  = {wanted_i.activate_bank.in_group, wanted_i.activate_bank.group[1:0]};
  assign precharge_bank = {wanted_i.precharge_bank.in_group, wanted_i.precharge_bank.group[1:0]};
  assign column_slot    = wanted_i.column_slot & slot_t'(Slots - 1);
  assign activate_slot  = wanted_i.activate_slot & slot_t'(Slots - 1);
  assign precharge_slot = wanted_i.precharge_slot & slot_t'(Slots - 1);
  logic [ModuleBanks-1:0] open_rows;
  logic [Slots-1:0][ModuleBanks-1:0] activate_ready, precharge_ready, read_ready, write_ready;
  row_t       open_row[ModuleBanks];
  always_comb begin
    command                = '0;
    command.column_bank    = bank_at(8'(column_bank), BankGroupBits, BankBits);
    command.activate_bank  = bank_at(8'(activate_bank), BankGroupBits, BankBits);
    command.precharge_bank = bank_at(8'(precharge_bank), BankGroupBits, BankBits);
    command.column_slot    = column_slot;
    command.activate_slot  = activate_slot;
    command.precharge_slot = precharge_slot;
    if (rst_ni) begin
      if (wanted_i.read) command.read = open_rows[column_bank] && read_ready[SlotIndexBits'(column_slot)][column_bank];
      else if (wanted_i.write) command.write = open_rows[column_bank] && write_ready[SlotIndexBits'(column_slot)][column_bank];
      if (wanted_i.activate && (Slots > 1 || !(wanted_i.read || wanted_i.write))) begin
        command.activate = !open_rows[activate_bank] && activate_ready[SlotIndexBits'(activate_slot)][activate_bank];
      end
      if (wanted_i.precharge && precharge_bank != column_bank && (Slots > 1 || !(wanted_i.read || wanted_i.write || wanted_i.activate))) begin
        command.precharge = open_rows[precharge_bank] && precharge_ready[SlotIndexBits'(precharge_slot)][precharge_bank];
      end
    end
    told = command;
    if (Fault == 2 && column_slot != '0) told.column_slot = column_slot - 1'b1;
  end

  tarn_channel_bank_state #(.BankGroupBits(BankGroupBits), .BankBits(BankBits), .Slots(Slots)) u_banks (
    .clk_i, .rst_ni, .timing_i(timing), .command_i(told), .open_o(open_rows), .row_o(open_row),
    .activate_ready_o(activate_ready), .precharge_ready_o(precharge_ready),
    .read_ready_o(read_ready), .write_ready_o(write_ready)
  );

  // Bit i: somebody drives the bus i clocks from now.
  logic [31:0] calendar_q, slots;
  assign slots = command.read ? 32'd15 << (Cl + 32'(column_slot)) : command.write ? 32'd15 << (Cwl + 32'(column_slot)) : '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) calendar_q <= '0;
    else calendar_q <= (calendar_q | slots) >> Slots;
  end

  `TARN_ASSERT(OneDriverOfTheDataBus, (calendar_q & slots) == '0)
endmodule : channel_bus_formal
