// The memory control section of a module: queues slow accesses by device, begins one in each device at a time, and says on `ready` when it
// is done: a read once its line is in the chunk buffer, a write once the device has it. Accesses of one device (so of one line) are done in
// the order of their commands; of devices whose first access may begin one begins a clock, in turn. A request that its device does not take
// holds up the others: a device that does nothing is to take it.
// One access is said to be done a clock: a read's end goes before writes' answers, which wait in their devices.
`include "tarn_assert.svh"
module tarn_channel_module_control
  import tarn_channel_module_pkg::*;
  import tarn_module_pkg::*;
#(
  parameter int unsigned ReadTags   = 48,
  parameter int unsigned WriteTags  = 16,
  parameter int unsigned NumDevices = 16,
  localparam int unsigned DeviceBits = NumDevices > 1 ? $clog2(NumDevices) : 1
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // from the channel interface
  input  logic                     slow_valid_i,
  input  access_t                  slow_i,
  input  logic [DeviceBits-1:0]    slow_device_i,
  input  logic                     filled_i,
  input  tag_t                     filled_tag_i,
  input  logic [ReadTags-1:0]      sending_i,  // tags whose line in the chunk buffer must stay
  output tarn_dfi_pkg::dfi_ready_t ready_o,
  // the chunk buffer
  output logic                     wanted_o,
  output tag_t                     wanted_tag_o,
  output beat_t                    wanted_beat_o,
  input  module_word_t                    wanted_word_i,
  input  lanes_t                   wanted_lanes_i,
  output logic                     returned_o,
  output tag_t                     returned_tag_o,
  output beat_t                    returned_beat_o,
  output module_word_t                    returned_word_o,
  // the devices
  output logic [NumDevices-1:0]    device_req_valid_o,
  input  logic [NumDevices-1:0]    device_req_ready_i,
  output module_req_t              device_req_o,
  input  logic [NumDevices-1:0]    device_rsp_valid_i,
  output logic [NumDevices-1:0]    device_rsp_ready_o,
  input  module_rsp_t              device_rsp_i[NumDevices]
);
  typedef logic [NumDevices-1:0] devices_t;
  typedef logic [DeviceBits-1:0] device_t;

  // Which access begins
  devices_t waits, busy_q, begin_grant;
  device_t  begin_device;
  access_t  begun;
  logic     begins, may_begin;
  tarn_channel_module_queue #(.ReadTags(ReadTags), .WriteTags(WriteTags), .NumDevices(NumDevices)) u_queue (
    .clk_i, .rst_ni, .valid_i(slow_valid_i), .access_i(slow_i), .device_i(slow_device_i), .filled_i, .filled_tag_i,
    .valid_o(waits), .take_i(begins && may_begin), .take_device_i(begin_device), .taken_o(begun)
  );
  tarn_rr_arbiter #(.N(NumDevices)) u_begin (
    .clk_i, .rst_ni, .req_i(waits & ~busy_q), .valid_o(begins), .ready_i(may_begin), .grant_o(begin_grant), .index_o(begin_device)
  );

  // Its request, until the device has it
  devices_t request_q;  // to whom
  access_t  access_q;
  tag_t     tag_q[NumDevices];  // of the access under way in each
  logic     write, request_taken, request_done;
  logic     write_valid, write_done;
  beat_t    write_beat;
  assign write              = is_write(access_q.tag);
  assign request_taken      = (device_req_valid_o & device_req_ready_i) != '0;
  assign request_done       = write ? write_done : request_taken;
  assign may_begin          = request_q == '0 || request_done;
  assign device_req_valid_o = !write || write_valid ? request_q : '0;
  assign device_req_o = '{write: write, line: access_q.line, beat: write_beat, lanes: wanted_lanes_i, word: wanted_word_i};

  // Who is done
  devices_t    writes, reads, drives, read_done, acks, ack, done;
  tag_t        done_tag;
  beat_t       returned_beat;
  module_rsp_t returned;
  logic        ack_valid;
  for (genvar d = 0; d < NumDevices; d++) begin : gen_writes
    assign writes[d] = is_write(tag_q[d]);
    assign reads[d]  = !writes[d] && !sending_i[$clog2(ReadTags)'(tag_q[d])];
  end
  tarn_channel_module_bus #(.NumDevices(NumDevices)) u_bus (
    .clk_i, .rst_ni,
    .write_i(request_q != '0 && write), .write_ready_i(request_taken), .write_valid_o(write_valid),
    .write_beat_o(write_beat), .write_done_o(write_done), .wanted_o, .wanted_beat_o,
    .read_i(device_rsp_valid_i & reads), .read_tag_i(tag_q), .rsp_i(device_rsp_i), .drives_o(drives),
    .returned_o, .returned_tag_o, .returned_beat_o(returned_beat), .returned_rsp_o(returned), .read_done_o(read_done)
  );
`ifdef TARN_FAULT_MODULE_WORD
  assign returned_beat_o = returned_beat ^ 1'b1;
`else
  assign returned_beat_o = returned_beat;
`endif
  assign wanted_tag_o    = access_q.tag;
  assign returned_word_o = returned.word;
  assign acks = device_rsp_valid_i & writes;
  tarn_rr_arbiter #(.N(NumDevices)) u_acks (
    .clk_i, .rst_ni, .req_i(acks), .valid_o(ack_valid), .ready_i(read_done == '0), .grant_o(ack), .index_o()
  );
  assign device_rsp_ready_o = drives | (read_done == '0 ? ack : '0);
  assign done               = read_done != '0 ? read_done : ack;
  always_comb begin
    done_tag = '0;
    for (int unsigned d = 0; d < NumDevices; d++) begin
      if (done[d]) done_tag |= tag_q[d];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      request_q <= '0;
      busy_q    <= '0;
      ready_o   <= '0;
    end else begin
      if (may_begin) request_q <= begin_grant;
      busy_q  <= (busy_q & ~done) | (may_begin ? begin_grant : '0);
`ifdef TARN_FAULT_MODULE_READY
      ready_o <= '{valid: (drives & device_rsp_valid_i) != '0 || done != '0, error: 1'b0, tag: returned_o ? returned_tag_o : done_tag};
`else
      ready_o <= '{valid: done != '0, error: read_done != '0 && returned.error, tag: done_tag};
`endif
    end
  end
  always_ff @(posedge clk_i) begin
    if (begins && may_begin) begin
      access_q            <= begun;
      tag_q[begin_device] <= begun.tag;
    end
  end

  logic unused;
  assign unused = ack_valid;
  `TARN_ASSERT(AnswerOfWhatIsUnderWay, (device_rsp_valid_i & ~busy_q) == '0)
endmodule : tarn_channel_module_control
