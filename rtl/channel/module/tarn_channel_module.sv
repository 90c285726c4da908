// A module of a memory channel, with fast cells and slow ones (README.md): lines of rows below the boundary stand in its chunk buffer and are
// read and written as in DRAM, CL and CWL clocks after the command; lines above stand in its devices, and are read by issue, ready, send.
// One command slot a clock, 64 data pins and 8 check bits. Throughput: a line each four clocks on the channel, another on the module bus.
// A slow access's ready comes 4 clocks after the command, and what the device takes, at the earliest (reads: and 4 for the line).
// Full: a tag is used once at a time, so there is room for all. No path from an input to an output on the channel's side;
// from device_rsp_valid_i to device_rsp_ready_o there is one.
`include "tarn_assert.svh"
module tarn_channel_module
  import tarn_channel_module_pkg::*;
  import tarn_module_pkg::*;
  import tarn_dfi_pkg::*;
#(
  parameter int unsigned NumDevices    = 16,  // power of two, 1..number of banks: bank b is in device b mod NumDevices
  parameter int unsigned BankGroupBits = 2,   // 0..3
  parameter int unsigned BankBits      = 2,   // of a bank in its group: 0..3
  parameter int unsigned ColumnBits    = 7,   // of a line in its row: 1..7
  parameter int unsigned FastLineBits  = 13,  // the fast portion has room for so many lines (2 to the power)
  parameter int unsigned ReadTags      = 48,  // slow reads under way: tags 0 to ReadTags - 1; 2..48
  parameter int unsigned WriteTags     = 16,  // slow writes under way: tags 48 to 47 + WriteTags; 1..16
  parameter int unsigned LatencyMax    = 63   // of CL and CWL: 3..63
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  module_config_t               config_i,
  // the channel
  input  dfi_cmd_t              dfi_cmd_i,
  input  dfi_wr_t               dfi_wr_i,
  output dfi_rd_t               dfi_rd_o,  // zero while it does not drive the bus
  output dfi_ready_t            ready_o,
  // the devices
  output logic [NumDevices-1:0] device_req_valid_o,
  input  logic [NumDevices-1:0] device_req_ready_i,
  output module_req_t           device_req_o,  // to all: the module bus
  input  logic [NumDevices-1:0] device_rsp_valid_i,
  output logic [NumDevices-1:0] device_rsp_ready_o,
  input  module_rsp_t           device_rsp_i[NumDevices]
);
  localparam int unsigned AllBankBits = BankGroupBits + BankBits;
  localparam int unsigned DeviceBits  = NumDevices > 1 ? $clog2(NumDevices) : 1;

  `TARN_ASSERT_INIT(GeometryAllowed, BankGroupBits <= 3 && BankBits <= 3 && AllBankBits >= 1 && ColumnBits inside {[1:PinColumnBits]},
                    "tarn_channel_module: BankGroupBits and BankBits must be 0 to 3, their sum 1 at least, ColumnBits 1 to 7")
  `TARN_ASSERT_INIT(DevicesAllowed, NumDevices == 1 << $clog2(NumDevices) && NumDevices <= 1 << AllBankBits,
                    "tarn_channel_module: NumDevices must be a power of two, and the number of banks at most")
  `TARN_ASSERT_INIT(TagsAllowed, ReadTags inside {[2:FirstWriteTag]} && WriteTags inside {[1:16]},
                    "tarn_channel_module: ReadTags must be 2 to 48, WriteTags 1 to 16")
  `TARN_ASSERT_INIT(LatencyMaxAllowed, LatencyMax inside {[3:63]}, "tarn_channel_module: LatencyMax must be 3 to 63")
  `TARN_ASSERT_INIT(FastLinesAllowed, FastLineBits inside {[1:ModuleLineBits]}, "tarn_channel_module: FastLineBits must be 1 to 30")

  logic    slow_valid, read_valid, write_valid, filled, wanted, returned;
  access_t slow;
  logic [AllBankBits-1:0] slow_bank;
  logic [(1<<AllBankBits)-1:0] open_rows;  // for waves
  logic unused;  // slow_bank with one device
  logic [ReadTags-1:0]    sending;
  beat_t   read_beat, write_beat, wanted_beat, returned_beat;
  place_t  read, write;
  tag_t    filled_tag, wanted_tag, returned_tag;
  module_word_t   wanted_word, returned_word;
  lanes_t  wanted_lanes;

  assign unused = ^{slow_bank, open_rows};

  tarn_channel_module_interface #(
    .BankGroupBits(BankGroupBits), .BankBits(BankBits), .ColumnBits(ColumnBits), .FastLineBits(FastLineBits),
    .ReadTags(ReadTags), .LatencyMax(LatencyMax)
  ) u_interface (
    .clk_i, .rst_ni, .config_i, .cmd_i(dfi_cmd_i), .open_o(open_rows),
    .slow_valid_o(slow_valid), .slow_o(slow), .slow_bank_o(slow_bank), .sending_o(sending),
    .read_valid_o(read_valid), .read_beat_o(read_beat), .read_o(read),
    .write_valid_o(write_valid), .write_beat_o(write_beat), .write_o(write)
  );
  tarn_channel_module_buffer #(.ReadTags(ReadTags), .WriteTags(WriteTags), .FastLineBits(FastLineBits)) u_buffer (
    .clk_i, .rst_ni,
    .read_valid_i(read_valid), .read_beat_i(read_beat), .read_i(read),
    .write_valid_i(write_valid), .write_beat_i(write_beat), .write_i(write), .dfi_wr_i, .dfi_rd_o,
    .filled_o(filled), .filled_tag_o(filled_tag),
    .returned_i(returned), .returned_tag_i(returned_tag), .returned_beat_i(returned_beat), .returned_word_i(returned_word),
    .wanted_i(wanted), .wanted_tag_i(wanted_tag), .wanted_beat_i(wanted_beat),
    .wanted_word_o(wanted_word), .wanted_lanes_o(wanted_lanes)
  );
  tarn_channel_module_control #(.ReadTags(ReadTags), .WriteTags(WriteTags), .NumDevices(NumDevices)) u_control (
    .clk_i, .rst_ni,
    .slow_valid_i(slow_valid), .slow_i(slow), .slow_device_i(NumDevices > 1 ? DeviceBits'(slow_bank) : '0),
    .filled_i(filled), .filled_tag_i(filled_tag), .sending_i(sending), .ready_o,
    .wanted_o(wanted), .wanted_tag_o(wanted_tag), .wanted_beat_o(wanted_beat), .wanted_word_i(wanted_word), .wanted_lanes_i(wanted_lanes),
    .returned_o(returned), .returned_tag_o(returned_tag), .returned_beat_o(returned_beat), .returned_word_o(returned_word),
    .device_req_valid_o, .device_req_ready_i, .device_req_o, .device_rsp_valid_i, .device_rsp_ready_o, .device_rsp_i
  );

  `TARN_ASSERT(LatenciesAllowed, config_i.cl >= 3 && config_i.cwl >= 1 && 32'(config_i.cl) <= LatencyMax && 32'(config_i.cwl) <= LatencyMax)
endmodule : tarn_channel_module
