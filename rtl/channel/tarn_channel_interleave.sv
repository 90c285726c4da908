// Several channels as one: lines are dealt out to them in turn, `InterleaveLines` neighbours together (1: by line; the lines of a
// segment: by segment). Each channel counts its own lines from 0 without holes.
// Latency: 0, both ways. Throughput: a request a class and an answer a cycle. Two requests of one class to one line go to one
// channel, so that what a channel promises of their order holds.
// When a channel's port is full, its class waits, and the other classes do not. Paths: `slot_req_ready_o` depends on the line that
// is asked for; from valid to ready none.
`include "tarn_assert.svh"
module tarn_channel_interleave
  import tarn_line_pkg::*;
#(
  parameter int unsigned NumChannels     = 1,  // 1, 2, 4 or 8
  parameter int unsigned InterleaveLines = 1   // power of two
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   slot_req_valid_i[NumClasses],
  output logic                   slot_req_ready_o[NumClasses],
  input  slot_req_t              slot_req_i[NumClasses],
  output logic                   slot_rsp_valid_o,
  input  logic                   slot_rsp_ready_i,
  output slot_rsp_t              slot_rsp_o,
  // The channels.
  output logic [NumClasses-1:0]  channel_req_valid_o[NumChannels],
  input  logic [NumClasses-1:0]  channel_req_ready_i[NumChannels],
  output slot_req_t              channel_req_o[NumClasses],  // to all; their valid says whose it is
  input  logic [NumChannels-1:0] channel_rsp_valid_i,
  output logic [NumChannels-1:0] channel_rsp_ready_o,
  input  slot_rsp_t              channel_rsp_i[NumChannels]
);
  localparam int unsigned ChannelShift = $clog2(NumChannels);
  localparam int unsigned ChannelBits  = NumChannels > 1 ? ChannelShift : 1;
  localparam int unsigned Together     = $clog2(InterleaveLines);

  `TARN_ASSERT_INIT(ChannelsAllowed, NumChannels inside {1, 2, 4, 8}, "tarn_channel_interleave: NumChannels must be 1, 2, 4 or 8")
  `TARN_ASSERT_INIT(LinesAllowed, InterleaveLines == 2 ** $clog2(InterleaveLines) && InterleaveLines <= 32768,
                    "tarn_channel_interleave: InterleaveLines must be a power of two, 1..32768")

  logic [ChannelBits-1:0] channel[NumClasses];
  always_comb begin
    for (int unsigned c = 0; c < NumClasses; c++) begin
      channel[c]            = NumChannels > 1 ? ChannelBits'(slot_req_i[c].line >> Together) : '0;
      channel_req_o[c]      = slot_req_i[c];
      channel_req_o[c].line = (slot_req_i[c].line >> (Together + ChannelShift) << Together)
                              | (slot_req_i[c].line & (34'(InterleaveLines) - 1'b1));
      slot_req_ready_o[c] = channel_req_ready_i[channel[c]][c];
    end
    for (int unsigned n = 0; n < NumChannels; n++) begin
      for (int unsigned c = 0; c < NumClasses; c++) begin
        channel_req_valid_o[n][c] = slot_req_valid_i[c] && channel[c] == ChannelBits'(n);
      end
    end
  end

  logic [ChannelBits-1:0] answers;
  logic [NumChannels-1:0] granted;
  tarn_rr_arbiter #(.N(NumChannels)) u_answers (
    .clk_i, .rst_ni, .req_i(channel_rsp_valid_i), .valid_o(slot_rsp_valid_o), .ready_i(slot_rsp_ready_i), .grant_o(granted),
    .index_o(answers)
  );
  assign channel_rsp_ready_o = slot_rsp_ready_i ? granted : '0;
  assign slot_rsp_o          = channel_rsp_i[answers];
endmodule : tarn_channel_interleave
