// Brings the three kinds of answers to the one response port: read data first, then forwarded lines, then answers
// without data. Latency 1 cycle; an answer holds until taken. A forwarded line is asked for when it can leave in the next cycle: nothing else holds it.
// Path: `forward_ready_o` depends on `slot_rsp_ready_i` and `read_valid_i`.
`include "tarn_assert.svh"
module tarn_channel_response
  import tarn_line_pkg::*;
#(
  parameter int unsigned AckDepth = 4  // answers without data that may wait, a power of two; while lines come in each cycle none of them goes out
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  // lines from the modules
  input  logic         read_valid_i,
  output logic         read_ready_o,
  input  logic [11:0]  read_tag_i,
  input  logic         read_poison_i,
  input  logic [511:0] read_data_i,
  // a line that is forwarded: asked for with the tag, its data comes in the next cycle
  output logic         forward_ready_o,
  input  logic         forward_i,
  input  logic [11:0]  forward_tag_i,
  input  logic         forward_poison_i,
  input  logic [511:0] forward_data_i,
  // answers without data
  output logic         ack_ready_o,
  input  logic         ack_i,
  input  logic [11:0]  ack_tag_i,
  input  status_e      ack_status_i,
  output logic         idle_o,
  output logic         slot_rsp_valid_o,
  input  logic         slot_rsp_ready_i,
  output slot_rsp_t    slot_rsp_o
);
  // Forwarded line: asked for, then there.
  logic        wanted_q, free, valid_q;
  logic [11:0] wanted_tag_q;
  assign forward_ready_o = !wanted_q && free && !read_valid_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) wanted_q <= 1'b0;
    else wanted_q <= forward_i;
  end
  always_ff @(posedge clk_i) if (forward_i) wanted_tag_q <= forward_tag_i;

  // Answers without data.
  localparam int unsigned AckBits = $clog2(AckDepth);
  typedef struct packed {
    logic [11:0] tag;
    status_e     status;
  } ack_t;
  ack_t             ack_q[AckDepth];
  logic [AckBits:0] ack_in_q, ack_out_q;
  logic       take_ack;
  assign ack_ready_o = (AckBits + 1)'(ack_in_q - ack_out_q) != (AckBits + 1)'(AckDepth);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ack_in_q  <= '0;
      ack_out_q <= '0;
    end else begin
      if (ack_i) ack_in_q <= ack_in_q + 1'b1;
      if (take_ack) ack_out_q <= ack_out_q + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (ack_i) ack_q[ack_in_q[AckBits-1:0]] <= '{tag: ack_tag_i, status: ack_status_i};
  end

  slot_rsp_t rsp_q;
  assign free         = !valid_q || slot_rsp_ready_i;
  assign read_ready_o = free && !wanted_q;
  assign take_ack     = free && !read_valid_i && !wanted_q && !forward_i && ack_in_q != ack_out_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (free) valid_q <= wanted_q || read_valid_i || take_ack;
  end
  always_ff @(posedge clk_i) begin
    if (wanted_q) begin
      rsp_q.tag    <= wanted_tag_q;
      rsp_q.status <= forward_poison_i ? StatusPoison : StatusOk;
      rsp_q.data   <= forward_data_i;
    end else if (free && read_valid_i) begin
      rsp_q.tag    <= read_tag_i;
      rsp_q.status <= read_poison_i ? StatusPoison : StatusOk;
      rsp_q.data   <= read_data_i;
    end else if (take_ack) begin
      rsp_q.tag    <= ack_q[ack_out_q[AckBits-1:0]].tag;
      rsp_q.status <= ack_q[ack_out_q[AckBits-1:0]].status;
    end
  end
  assign slot_rsp_valid_o = valid_q;
  assign slot_rsp_o       = rsp_q;
  assign idle_o           = !wanted_q && ack_in_q == ack_out_q && !valid_q;

  `TARN_ASSERT(AckHasRoom, !ack_i || ack_ready_o)
  `TARN_ASSERT(ForwardHasRoom, !forward_i || forward_ready_o)
  `TARN_ASSERT(ForwardedLeaves, !wanted_q || !valid_q)
  `TARN_ASSERT(ResponseHolds, !$past(slot_rsp_valid_o && !slot_rsp_ready_i) || slot_rsp_valid_o)
endmodule : tarn_channel_response
