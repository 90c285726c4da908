// The module bus: the data lines between the chunk buffer and the devices, a word a clock. A line of a read comes from its device, one of
// a write goes to its device; one line at a time, all that wait in turn, so each waits for NumDevices others at most. While its line is
// moved a device may pause (`valid`) or make wait (`ready`): the bus waits with it.
// Exactly one drives the data lines in a clock: drive_q has a bit for each device and, as its highest, one for the buffer.
`include "tarn_assert.svh"
module tarn_channel_module_bus
  import tarn_channel_module_pkg::*;
  import tarn_module_pkg::*;
#(
  parameter int unsigned NumDevices = 16
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // a write wants to go to its device; its words come from the chunk buffer, a clock after they are asked for
  input  logic                  write_i,
  input  logic                  write_ready_i,   // the device takes the word shown
  output logic                  write_valid_o,
  output beat_t                 write_beat_o,
  output logic                  write_done_o,    // with the last word
  output logic                  wanted_o,
  output beat_t                 wanted_beat_o,
  // reads whose devices have data
  input  logic [NumDevices-1:0] read_i,
  input  tag_t                  read_tag_i[NumDevices],
  input  module_rsp_t           rsp_i[NumDevices],
  output logic [NumDevices-1:0] drives_o,        // the device may drive the data lines: its words are taken
  // into the chunk buffer
  output logic                  returned_o,
  output tag_t                  returned_tag_o,
  output beat_t                 returned_beat_o,
  output module_rsp_t           returned_rsp_o,
  output logic [NumDevices-1:0] read_done_o      // with the last word
);
  logic [NumDevices:0] drive_q, grant;
  beat_t beat_q;
  logic  granted, moves, last, takes;

  assign write_valid_o = drive_q[NumDevices];
  assign write_beat_o  = beat_q;
  assign drives_o      = drive_q[NumDevices-1:0];
  assign moves         = (drive_q & {write_ready_i, read_i}) != '0;
  assign last          = moves && beat_q == beat_t'(ModuleBeats - 1);
  assign write_done_o  = last && write_valid_o;
  assign read_done_o   = last ? drives_o : '0;
  assign returned_o      = moves && !write_valid_o;
  assign returned_beat_o = beat_q;
  always_comb begin
    returned_tag_o = '0;
    returned_rsp_o = '0;
    for (int unsigned d = 0; d < NumDevices; d++) begin
      if (drives_o[d]) begin
        returned_tag_o |= read_tag_i[d];
        returned_rsp_o |= rsp_i[d];
      end
    end
  end

  // Who is next is decided while the bus is free, or with the last word of the one before, who then asks no more.
  logic [NumDevices:0] asks, stays;
  assign asks  = {write_i, read_i} & ~drive_q;
`ifdef TARN_FAULT_MODULE_BUS
  assign takes = 1'b1;
  assign stays = last ? '0 : drive_q;
`else
  assign takes = drive_q == '0 || last;
  assign stays = '0;
`endif
  tarn_rr_arbiter #(.N(NumDevices + 1)) u_turns (
    .clk_i, .rst_ni, .req_i(asks), .valid_o(granted), .ready_i(takes), .grant_o(grant), .index_o()
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      drive_q <= '0;
      beat_q  <= '0;
    end else begin
      if (takes) drive_q <= (granted ? grant : '0) | stays;
      if (moves) beat_q <= beat_q + 1'b1;
    end
  end

  // The next word of a write is read while the one before goes.
  assign wanted_o      = (takes && granted && grant[NumDevices]) || (write_valid_o && moves && !last);
  assign wanted_beat_o = write_valid_o && !last ? beat_q + 1'b1 : '0;

  `TARN_ASSERT(OneDriver, (drive_q & (drive_q - 1'b1)) == '0)
endmodule : tarn_channel_module_bus
