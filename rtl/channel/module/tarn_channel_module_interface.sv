// The channel interface of a module: takes the commands that concern it, keeps which row of each bank is open, says when the data of
// each command is on the pins and where in the chunk buffer it belongs, and hands slow accesses on to the memory control section.
// Fast accesses beyond the fast portion are marked `lost`: reads get the mark of lost content, writes go nowhere.
`include "tarn_assert.svh"
module tarn_channel_module_interface
  import tarn_channel_module_pkg::*;
  import tarn_module_pkg::*;
  import tarn_dfi_pkg::*;
#(
  parameter int unsigned BankGroupBits = 2,
  parameter int unsigned BankBits      = 2,
  parameter int unsigned ColumnBits    = 7,
  parameter int unsigned FastLineBits  = 13,  // the fast portion has so many lines at most (2 to the power)
  parameter int unsigned ReadTags      = 48,
  parameter int unsigned LatencyMax    = 63
) (
  input  logic     clk_i,
  input  logic     rst_ni,
  input  module_config_t  config_i,
  input  dfi_cmd_t cmd_i,
  output logic [(1<<(BankGroupBits+BankBits))-1:0] open_o,  // the banks with an open row
  // slow accesses, as their commands come
  output logic     slow_valid_o,
  output access_t  slow_o,
  output logic [BankGroupBits+BankBits-1:0] slow_bank_o,
  output logic [ReadTags-1:0] sending_o,  // tags that were sent for, and whose data has not left the chunk buffer
  // beats: of reads and sends two clocks before the pins have them, of writes as the pins have them
  output logic     read_valid_o,
  output beat_t    read_beat_o,
  output place_t   read_o,
  output logic     write_valid_o,
  output beat_t    write_beat_o,
  output place_t   write_o
);
  localparam int unsigned ReadLead = 2;
  localparam int unsigned AllBankBits = BankGroupBits + BankBits;
  localparam int unsigned NumBanks = 1 << AllBankBits;
  localparam int unsigned RowLines = AllBankBits + ColumnBits;
  typedef logic [AllBankBits-1:0] bank_t;

  // {bank, bank group}, as the geometry has it
  bank_t bank;
  assign bank = bank_t'(32'(cmd_i.bank) << BankGroupBits | 32'(cmd_i.bank_group) & ((32'd1 << BankGroupBits) - 1));

  // The open row of each bank
  logic [23:0]         row_q[NumBanks];
  logic [NumBanks-1:0] open_q;
  logic  mine, activate, precharge, precharge_all, column;
  assign mine          = cmd_i.module_id == config_i.id;
  assign activate      = mine && cmd_i.op == DfiActivate;
  assign column        = mine && cmd_i.op inside {DfiRead, DfiWrite};
  assign precharge     = (mine && cmd_i.op == DfiPrecharge) || (column && cmd_i.auto_precharge);
  assign precharge_all = mine && cmd_i.op == DfiPrechargeAll;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q <= '0;
    end else begin
      if (precharge_all) open_q <= '0;
      else if (precharge) open_q[bank] <= 1'b0;
      else if (activate) open_q[bank] <= 1'b1;
    end
  end
  assign open_o = open_q;
  always_ff @(posedge clk_i) begin
    if (activate) row_q[bank] <= cmd_i.addr;
  end

  // Where the data belongs
  place_t place;
  logic   slow_read, slow_write, send;
  logic [23:0] row;
  assign slow_read  = mine && cmd_i.op == DfiSlowRead;
  assign slow_write = mine && cmd_i.op == DfiSlowWrite;
  assign send       = mine && cmd_i.op == DfiSend;
  assign row        = row_q[bank];
  always_comb begin
    place      = '0;
    place.slow = send || slow_write;
    place.tag  = place.slow ? cmd_i.tag : '0;
    place.lost = !place.slow && (row >= config_i.fast_rows || 64'(row) << RowLines >> FastLineBits != '0);
    place.line = line_t'({row, bank, cmd_i.addr[ColumnBits-1:0]});
  end

  tarn_channel_module_bursts #(.T(place_t), .Lead(ReadLead), .LatencyMax(LatencyMax)) u_reads (
    .clk_i, .rst_ni, .latency_i(config_i.cl), .valid_i(send || (column && cmd_i.op == DfiRead)), .what_i(place),
    .valid_o(read_valid_o), .beat_o(read_beat_o), .what_o(read_o)
  );
  tarn_channel_module_bursts #(.T(place_t), .LatencyMax(LatencyMax)) u_writes (
    .clk_i, .rst_ni, .latency_i(config_i.cwl), .valid_i(slow_write || (column && cmd_i.op == DfiWrite)), .what_i(place),
    .valid_o(write_valid_o), .beat_o(write_beat_o), .what_o(write_o)
  );

  // A tag is free for another read once it was sent for; its data leaves later.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sending_o <= '0;
    end else begin
      for (int unsigned t = 0; t < ReadTags; t++) begin
        if (send && cmd_i.tag == tag_t'(t)) sending_o[t] <= 1'b1;
        else if (read_valid_o && read_o.slow && read_beat_o == beat_t'(ModuleBeats - 1) && read_o.tag == tag_t'(t)) sending_o[t] <= 1'b0;
      end
    end
  end

  assign slow_valid_o = slow_read || slow_write;
  assign slow_bank_o  = bank;
  assign slow_o = '{tag: cmd_i.tag, line: line_t'({cmd_i.addr[23:PinColumnBits], bank, cmd_i.addr[ColumnBits-1:0]})};

  `TARN_ASSERT(ColumnOfAnOpenBank, !column || open_q[bank])
  `TARN_ASSERT(ActivateOfAClosedBank, !activate || !open_q[bank])
  `TARN_ASSERT(TagsOfTheirKind, (!slow_read && !send || !is_write(cmd_i.tag)) && (!slow_write || is_write(cmd_i.tag)))
endmodule : tarn_channel_module_interface
