// The change-notice port: one source at a time, in turn; its source hears when the notice was accepted. Lossless: a
// notice that is on the port holds until it is taken, whatever becomes of its source.
// Latency: 1 cycle. Throughput: one notice every other cycle.
// Bound: once a notice has been on the port for more than `timeout_i` cycles, `late_o` is high until it is taken, and
// everyone who waits gives up: a source that is not `posted_o` takes its notice back, one that is may `forget_i` it (it
// does not hear of it again, but the notice goes out). A source waits for at most NumSources times `timeout_i`.
`include "tarn_assert.svh"
module tarn_pool_notices #(
  parameter int unsigned NumSources = 10,
  parameter int unsigned Pages      = 16
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic [31:0]                       timeout_i,
  output logic                              late_o,
  input  logic [NumSources-1:0]             valid_i,
  input  tarn_pool_pkg::hold_t              hold_i[NumSources],  // host, segment, page
  input  tarn_pool_msg_pkg::change_e        change_i[NumSources],
  output logic [NumSources-1:0]             posted_o,  // its notice is on the port
  output logic [NumSources-1:0]             taken_o,
  input  logic [NumSources-1:0]             forget_i,
  output logic                              change_valid_o,
  output tarn_pool_msg_pkg::change_notice_t change_o,
  input  logic                              change_ready_i
);
  localparam int unsigned PageBits = $clog2(Pages);
  localparam int unsigned SourceBits = NumSources > 1 ? $clog2(NumSources) : 1;

  logic valid_q;
  tarn_pool_msg_pkg::change_notice_t notice_q;
  logic [NumSources-1:0] grant, source_q;
  logic [SourceBits-1:0] source, last_q;
  logic [31:0] page, timer_q;

  tarn_pick_next #(.N(NumSources)) u_pick (.req_i(valid_i), .last_i(last_q), .grant_o(grant), .index_o(source));
  assign page           = (32'(hold_i[source].segment) << PageBits) | 32'(hold_i[source].page);
  assign change_valid_o = valid_q;
  assign change_o       = notice_q;
  assign posted_o       = valid_q ? source_q : '0;
  assign taken_o        = change_ready_i ? posted_o : '0;
  assign late_o         = valid_q && timer_q > timeout_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      last_q  <= '0;
    end else if (valid_q) begin
      if (change_ready_i) valid_q <= 1'b0;
    end else if (valid_i != '0) begin
      valid_q <= 1'b1;
      last_q  <= source;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!valid_q) timer_q <= '0;
    else if (!late_o) timer_q <= timer_q + 1'b1;
    if (valid_q) source_q <= source_q & ~forget_i;
    if (!valid_q && valid_i != '0) begin
      source_q        <= grant;
      notice_q.host   <= 8'(hold_i[source].host);
      notice_q.page   <= page;
      notice_q.lpn    <= {8'(hold_i[source].host), page};
      notice_q.change <= change_i[source];
    end
  end

  `TARN_ASSERT(NoticeHolds, !$past(change_valid_o && !change_ready_i) || change_valid_o)
  `TARN_ASSERT(ForgetsOnlyItsOwn, (forget_i & ~posted_o) == '0)
endmodule : tarn_pool_notices
