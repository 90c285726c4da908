// MSIs of devices to interrupt files outside the host's window. What the host refused of a device's naturally aligned
// writes of 4 bytes (StatusAccessError: nothing is there) goes out through the outbound port, once every write that was accepted
// before is answered, or waits here as well; then the device is answered. In the order of the refusals.
// Other answers of the host pass, latency 0. One that is kept is always taken: there is room for each tag.
// The writes of all devices are waited for, those before the first of a batch and no younger ones: the wait is bounded.
`include "tarn_assert.svh"
module tarn_iommu_outside
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned TagLines = 128  // tags of devices: below it, with the high bit or without; 2..128
) (
  input  logic           clk_i,
  input  logic           rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]     plant_i,
`endif
  // A device's request is accepted; it goes to the host; it is answered, from wherever
  input  logic           accept_i,
  input  logic [7:0]     accept_tag_i,
  input  logic           accept_is_write_i,
  input  logic           sent_i,
  input  host_req_t      sent_req_i,
  input  logic           sent_walked_i,
  input  logic           answered_i,
  input  logic [7:0]     answered_tag_i,
  // The host's answers, and those that pass
  input  logic           host_rsp_valid_i,
  output logic           host_rsp_ready_o,
  input  logic [7:0]     host_rsp_tag_i,
  input  status_e        host_rsp_status_i,
  output logic           passes_valid_o,
  input  logic           passes_ready_i,
  // The write outside
  output logic           write_valid_o,
  input  logic           write_ready_i,
  output outside_write_t write_o,
  input  logic           write_done_i,
  input  logic           write_failed_i,
  // The answer to the device
  output logic           answer_valid_o,
  input  logic           answer_ready_i,
  output logic [7:0]     answer_tag_o,
  output status_e        answer_status_o,
  output logic           answer_walked_o
);
  localparam int unsigned NumberBits = $clog2(TagLines) + 1;
  localparam int unsigned Tags       = 2 ** NumberBits;
  typedef logic [NumberBits-1:0] number_t;
  function automatic number_t number_of(logic [7:0] tag);
    return NumberBits'(tag_number(tag, TagLines));
  endfunction
  number_t accept_number, sent_number;
  assign accept_number = number_of(accept_tag_i);
  assign sent_number   = number_of(sent_req_i.tag);

  typedef struct packed {
    outside_write_t write;
    logic           walked;
  } kept_t;

  // --- what may have to go outside ------------------------------------------------------------------------------
  logic is_word_q[Tags];
  kept_t sent, kept;
  logic [3:0] word;
  logic keeps, waits, waiting_valid, taken, batch_begins;
  logic [7:0] waiting_tag;
  logic [8:0] waiting_count;
  logic [$clog2(Tags+1)-1:0] fifo_count;
  assign waiting_count = 9'(fifo_count);

  assign word = word_of(sent_req_i.mask);
  assign sent = '{
    write: '{
      word: '{addr: {sent_req_i.addr[55:6], word, 2'b00}, data: sent_req_i.data[32*word+:32]},
      qos:  '{rcid: sent_req_i.rcid, mcid: sent_req_i.mcid}
    },
    walked: sent_walked_i
  };
  always_ff @(posedge clk_i) begin
    if (sent_i) begin
      is_word_q[sent_number] <= sent_req_i.op == OpPartialWrite && is_word(sent_req_i.mask) && !sent_req_i.exclusive;
    end
  end

  tarn_ram_sdp #(
    .Width($bits(kept_t)),
    .Depth(Tags),
    .Collision(tarn_ram_pkg::RamNoCollision)
  ) u_kept (
    .clk_i,
    .rst_ni,
    .we_i   (sent_i),
    .waddr_i(sent_number),
    .wmask_i(1'b1),
    .wdata_i(sent),
    .re_i   (waiting_valid && !taken),
    .raddr_i(number_of(waiting_tag)),
    .rdata_o(kept)
  );

  // --- what the host refused ------------------------------------------------------------------------------------
  assign keeps            = host_rsp_valid_i && host_rsp_status_i == StatusAccessError && is_word_q[number_of(host_rsp_tag_i)];
  assign passes_valid_o   = host_rsp_valid_i && !keeps;
  assign host_rsp_ready_o = keeps || passes_ready_i;

  tarn_fifo #(
    .T(logic [7:0]),
    .Depth(Tags),
    .UseRam(Tags > 32)
  ) u_waiting (
    .clk_i,
    .rst_ni,
    .valid_i(keeps),
    .ready_o(waits),
    .data_i (host_rsp_tag_i),
    .valid_o(waiting_valid),
    .ready_i(taken),
    .data_o (waiting_tag),
    .count_o(fifo_count)
  );

  // --- writes before a batch, and after -------------------------------------------------------------------------
  // Unanswered writes that do not wait here, apart by the batch that they came before.
  logic is_write_q[Tags], older_left, older_done, unused_idle;
  always_ff @(posedge clk_i) if (accept_i) is_write_q[accept_number] <= accept_is_write_i;

  tarn_iommu_epochs #(.Leaves(2), .TagBits(NumberBits)) u_batches (
    .clk_i,
    .rst_ni,
    .come_i      (accept_i && accept_is_write_i),
    .come_tag_i  (accept_number),
    .leave_i     ({keeps, answered_i && is_write_q[number_of(answered_tag_i)] && !taken}),
    .leave_tag_i ({number_of(host_rsp_tag_i), number_of(answered_tag_i)}),
    .begin_i     (batch_begins),
    .older_done_o(older_left),
    .idle_o      (unused_idle)
  );
`ifdef TARN_PLANT
  assign older_done = older_left || plant_i == 4'd13;  // a word does not wait for older writes
`else
  assign older_done = older_left;
`endif

  // --- a batch: what waited as it began ---------------------------------------------------------------------------
  typedef enum logic [2:0] {Idle, Older, Load, Write, WriteWait, Answer} state_e;

  state_e state_q;
  logic [8:0] left_q;  // of the batch
  logic failed_q;

  assign batch_begins    = state_q == Idle && waiting_valid && older_done;
  assign write_valid_o   = state_q == Write;
  assign write_o         = kept.write;
  assign answer_valid_o  = state_q == Answer;
  assign answer_tag_o    = waiting_tag;
  assign answer_status_o = failed_q ? StatusAccessError : StatusOk;
  assign answer_walked_o = kept.walked;
  assign taken           = answer_valid_o && answer_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else begin
      unique case (state_q)
        Idle: if (batch_begins) state_q <= Older;
        Older: if (older_done) state_q <= Load;
        Load: if (waiting_valid) state_q <= Write;
        Write: if (write_ready_i) state_q <= WriteWait;
        WriteWait: if (write_done_i) state_q <= Answer;
        default: if (answer_ready_i) state_q <= left_q == 9'd1 ? Idle : Load;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (batch_begins) left_q <= waiting_count;
    else if (taken) left_q <= left_q - 9'd1;
    if (write_done_i) failed_q <= write_failed_i;
  end

  `TARN_ASSERT(RoomForEachTag, !keeps || waits)
  `TARN_ASSERT(AnswerHolds, !$past(answer_valid_o && !answer_ready_i) || answer_valid_o)
  `TARN_ASSERT(WriteHolds, !$past(write_valid_o && !write_ready_i) || (write_valid_o && write_o == $past(write_o)))
endmodule : tarn_iommu_outside
