// Any sequence of column commands that the bank state calls ready: no two of them ever drive the data bus in one clock.
// Short timings, so that proof and planted fault are shallow. The harness keeps the bus's calendar by itself. Fault 1: the bank state is told a read latency four clocks too short.
`include "tarn_assert.svh"
module channel_bus_formal
  import tarn_channel_pkg::*;
#(
  parameter bit Fault = 1'b0
) (
  input logic     clk_i,
  input command_t wanted_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  localparam int unsigned Cl  = 7;
  localparam int unsigned Cwl = 5;
  localparam int unsigned Burst = 4;
  localparam int unsigned BankGroupBits = 2, BankBits = 2, ModuleBanks = 16;
  timing_t timing;
  always_comb begin
    timing         = '0;
    timing.cl      = Fault ? clocks_t'(Cl - 4) : clocks_t'(Cl);
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

  command_t   command;
  logic [3:0] bank;  // of one module
  assign bank = {wanted_i.bank.in_group, wanted_i.bank.group[1:0]};
  logic [ModuleBanks-1:0] open_rows, activate_ready, precharge_ready, read_ready, write_ready;
  row_t       open_row[ModuleBanks];
  always_comb begin
    command = '0;
    command.bank = bank_at(8'(bank), BankGroupBits, BankBits);
    if (rst_ni) begin
      if (wanted_i.read) command.read = open_rows[bank] && read_ready[bank];
      else if (wanted_i.write) command.write = open_rows[bank] && write_ready[bank];
      else if (wanted_i.activate) command.activate = !open_rows[bank] && activate_ready[bank];
      else if (wanted_i.precharge) command.precharge = open_rows[bank] && precharge_ready[bank];
    end
  end

  tarn_channel_bank_state #(.BankGroupBits(BankGroupBits), .BankBits(BankBits)) u_banks (
    .clk_i, .rst_ni, .timing_i(timing), .command_i(command), .open_o(open_rows), .row_o(open_row),
    .activate_ready_o(activate_ready), .precharge_ready_o(precharge_ready),
    .read_ready_o(read_ready), .write_ready_o(write_ready)
  );

  // Bit i: somebody drives the bus i clocks from now.
  logic [31:0] calendar_q, slots;
  assign slots = command.read ? 32'd15 << Cl : command.write ? 32'd15 << Cwl : '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) calendar_q <= '0;
    else calendar_q <= (calendar_q | slots) >> 1;
  end

  `TARN_ASSERT(OneDriverOfTheDataBus, (calendar_q & slots) == '0)
endmodule : channel_bus_formal
