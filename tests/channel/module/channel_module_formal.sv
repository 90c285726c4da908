// A module of two devices, few tags, and slow accesses only, under any commands that the channel may give and devices that answer after 0 or
// 1 clock: a tag is said to be ready once, and only when it is under way; a send is answered with the data of its tag, in its clocks;
// a write's words reach its device as they came; one drives the module bus; and while anything is under way something happens within Bound clocks: nothing is lost.
// Each line has content that says which it is, so a word from a wrong place is seen.
`include "tarn_assert.svh"
module channel_module_formal
  import tarn_channel_module_pkg::*;
  import tarn_module_pkg::*;
  import tarn_dfi_pkg::*;
(
  input logic       clk_i,
  input logic [1:0] kind_i,   // of the command: none, slow read, slow write, send
  input logic       tag_i,
  input logic [2:0] line_i,   // a bit of the row, the bank, the column
  input logic [1:0] answers_i // a device that works answers now
);
  localparam int unsigned Cl = 7, Cwl = 1, NumDevices = 2, ReadTags = 2, Bound = 8, WaitMax = 1;
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  typedef enum logic [1:0] { Free, UnderWay, Ready } state_e;
  // Of the read tags, then of the one write tag
  state_e     state_q[ReadTags+1];
  logic [2:0] line_q[ReadTags+1];

  // Commands
  logic read, write, send;
  logic [2:0] since_send_q;
  assign read  = rst_ni && kind_i == 2'd1;
  assign write = rst_ni && kind_i == 2'd2;
  assign send  = rst_ni && kind_i == 2'd3;
  `TARN_ASSUME(TagMayBeUsed, !read || state_q[tag_i] != UnderWay)
  `TARN_ASSUME(CreditIsThere, !write || state_q[ReadTags] == Free)
  `TARN_ASSUME(SendOfWhatIsReady, !send || (state_q[tag_i] == Ready && since_send_q >= 3'd3))

  dfi_cmd_t cmd;
  always_comb begin
    cmd = '0;
    if (read) cmd.op = DfiSlowRead;
    if (write) cmd.op = DfiSlowWrite;
    if (send) cmd.op = DfiSend;
    cmd.tag        = write ? tag_t'(FirstWriteTag) : tag_t'(tag_i);
    cmd.bank_group = 3'(line_i[1]);
    cmd.addr       = {16'd0, line_i[2], 6'd0, line_i[0]};
  end

  // The data of a write, and when it is on the pins
  logic [2:0] write_clocks_q;
  dfi_wr_t    wr;
  logic [1:0] write_beat;
  assign write_beat = 2'(write_clocks_q - 3'(Cwl));
  always_comb begin
    wr = '0;
    wr.valid      = write_clocks_q >= 3'(Cwl) && write_clocks_q < 3'(Cwl + 4);
    wr.beat0[4:0] = {line_q[ReadTags], write_beat};
  end

  // Devices
  logic [1:0]  req_valid, req_ready, rsp_valid, rsp_ready;
  module_req_t req;
  module_rsp_t rsp[NumDevices];
  dfi_rd_t     rd;
  dfi_ready_t  ready;
  logic [1:0]  works_q, writes_q;
  logic [2:0]  at_q[NumDevices];
  logic [1:0]  beat_q[NumDevices];
  logic [1:0]  wait_q[NumDevices];
  assign req_ready = ~works_q;
  for (genvar d = 0; d < NumDevices; d++) begin : gen_device
    assign rsp_valid[d] = works_q[d] && wait_q[d] == '0;
    always_comb begin
      rsp[d] = '0;
      rsp[d].word.beat0[4:0] = {at_q[d], beat_q[d]};
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        works_q[d] <= 1'b0;
        beat_q[d]  <= '0;
        wait_q[d]  <= '0;
      end else begin
        if (req_valid[d] && req_ready[d]) begin
          if (!req.write || req.beat == 2'd3) works_q[d] <= 1'b1;
          beat_q[d] <= '0;
          wait_q[d] <= 2'(WaitMax);
        end else if (wait_q[d] != '0) begin
          wait_q[d] <= answers_i[d] ? '0 : wait_q[d] - 1'b1;
        end
        if (rsp_valid[d] && rsp_ready[d]) begin
          beat_q[d] <= beat_q[d] + 1'b1;
          if (writes_q[d] || beat_q[d] == 2'd3) works_q[d] <= 1'b0;
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (req_valid[d] && req_ready[d]) begin
        at_q[d]     <= req.line[2:0];
        writes_q[d] <= req.write;
      end
    end
    `TARN_ASSERT(RequestOfItsBank, !req_valid[d] || req.line[1] == 1'(d))
    `TARN_ASSERT(WrittenWordsAsTheyCame, !(req_valid[d] && req.write) || req.word.beat0[4:0] == {req.line[2:0], req.beat})
  end

  tarn_channel_module #(
    .NumDevices(NumDevices), .BankGroupBits(1), .BankBits(0), .ColumnBits(1), .FastLineBits(1), .ReadTags(ReadTags), .WriteTags(1), .LatencyMax(Cl)
  ) u_dut (
    .clk_i, .rst_ni, .config_i('{id: '0, cl: 6'(Cl), cwl: 6'(Cwl), fast_rows: '0}),
    .dfi_cmd_i(cmd), .dfi_wr_i(wr), .dfi_rd_o(rd), .ready_o(ready),
    .device_req_valid_o(req_valid), .device_req_ready_i(req_ready), .device_req_o(req),
    .device_rsp_valid_i(rsp_valid), .device_rsp_ready_o(rsp_ready), .device_rsp_i(rsp)
  );

  // Who is in which state
  logic [ReadTags:0] said, under_way;
  for (genvar t = 0; t <= ReadTags; t++) begin : gen_tag
    localparam tag_t Tag = t == ReadTags ? tag_t'(FirstWriteTag) : tag_t'(t);
    logic issued;
    assign said[t] = ready.valid && ready.tag == Tag;
    assign issued  = t == ReadTags ? write : read && tag_i == 1'(t);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        state_q[t] <= Free;
      end else begin
        if (issued) state_q[t] <= UnderWay;
        else if (said[t]) state_q[t] <= t == ReadTags ? Free : Ready;
        else if (t != ReadTags && send && tag_i == 1'(t)) state_q[t] <= Free;
      end
    end
    always_ff @(posedge clk_i) begin
      if (issued) line_q[t] <= line_i;
    end
    assign under_way[t] = state_q[t] == UnderWay;
    `TARN_ASSERT(ReadyOfWhatIsUnderWay, !said[t] || state_q[t] == UnderWay)
  end
  `TARN_ASSERT(ReadyOfWhatThereIs, !ready.valid || said != '0)

  logic [3:0] quiet_q;  // clocks in which nothing happened
  logic       happens;
  assign happens = kind_i != 2'd0 || (req_valid & req_ready) != '0 || (rsp_valid & rsp_ready) != '0 || rd.valid || under_way == '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) quiet_q <= '0;
    else quiet_q <= happens ? '0 : quiet_q + 1'b1;
  end
  `TARN_ASSERT(NothingIsLost, 32'(quiet_q) < Bound)

  // What is to be on the pins: a send's place moves down a clock at a time.
  logic       due_q[Cl+4];
  logic [2:0] due_line_q[Cl+4];
  logic       due;
  logic [4:0] due_word;
  always_comb begin
    due      = 1'b0;
    due_word = '0;
    for (int unsigned beat = 0; beat < 4; beat++) begin
      if (due_q[Cl-1+beat]) begin
        due      = 1'b1;
        due_word = {due_line_q[Cl-1+beat], 2'(beat)};
      end
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < Cl + 4; i++) due_q[i] <= 1'b0;
      since_send_q   <= '1;
      write_clocks_q <= '1;
    end else begin
      due_q[0] <= send;
      for (int unsigned i = 1; i < Cl + 4; i++) due_q[i] <= due_q[i-1];
      since_send_q   <= send ? '0 : since_send_q == '1 ? since_send_q : since_send_q + 1'b1;
      write_clocks_q <= write ? 3'd1 : write_clocks_q == '1 ? write_clocks_q : write_clocks_q + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    due_line_q[0] <= line_q[tag_i];
    for (int unsigned i = 1; i < Cl + 4; i++) due_line_q[i] <= due_line_q[i-1];
  end
  `TARN_ASSERT(SendsHaveTheirClocks, rd.valid == due)
  `TARN_ASSERT(SendsHaveTheDataOfTheirTag, !due || rd.beat0[4:0] == due_word)

  `TARN_COVER(ASendIsAnswered, due)
  `TARN_COVER(AWriteIsDone, said[ReadTags])
  `TARN_COVER(BothDevicesWork, works_q == 2'b11)
endmodule : channel_module_formal
