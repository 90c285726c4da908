// Sequential prefetch. It listens to the probe: where a host's misses follow each other page by page, it has the next pages
// brought in ahead of need, as software's page-in orders do, by passes of their own; each use of such a page brings the next.
// It turns itself off for a host where it does not pay: each page brought and used gives a credit, each one not used takes
// two; at zero only misses are watched, and after ProbationMisses that prefetch would have spared it gets a few credits again.
// It never waits: what cannot begin now is left out. Walks are not followed.
// Latency: an event of the probe to `pass_valid_o` 2 cycles.
`include "tarn_assert.svh"
module tarn_pool_prefetch #(
  parameter int unsigned NumHosts        = 4,
  parameter int unsigned SegmentsPerHost = 262144,
  parameter int unsigned Pages           = 16,    // of a segment
  parameter int unsigned Streams         = 4      // sequences followed at once, of a host
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           enable_i,
  input  logic [3:0]                     depth_i,     // pages ahead at the most
  input  logic [24:0]                    segments_i[NumHosts],
  input  tarn_pool_msg_pkg::pool_probe_t probe_i,
  input  logic                           room_i,      // engines are free beyond what requests may need
  output logic                           pass_valid_o,
  output tarn_pool_pkg::pass_t           pass_o,
  input  logic                           pass_take_i,
  input  logic                           outcome_valid_i,
  input  tarn_pool_pkg::outcome_t        outcome_i
);
  import tarn_pool_pkg::*;
  import tarn_pool_msg_pkg::*;
  localparam int unsigned HostBits      = NumHosts > 1 ? $clog2(NumHosts) : 1;
  localparam int unsigned PageBits      = $clog2(Pages);  // 0 for one page a segment
  localparam int unsigned WindowBits    = $clog2(SegmentsPerHost) + PageBits;
  localparam int unsigned StreamBits    = Streams > 1 ? $clog2(Streams) : 1;
  localparam int unsigned CreditMax     = 31;
  localparam int unsigned CreditFirst   = 8;
  localparam int unsigned CreditAgain   = 4;
  localparam int unsigned ProbationMisses = 64;
  localparam int unsigned RunMin        = 2;   // steps that make a sequence
  localparam int unsigned PauseCycles   = 15;  // while a map entry comes

  typedef logic [WindowBits:0] window_page_t;  // one beyond the window fits
  typedef struct packed {
    logic         valid;
    window_page_t next;  // the page that would follow
    window_page_t last;  // the last one asked for: next - 1 if none was
    logic [3:0]   run;   // steps so far, at most 15
  } stream_t;

  stream_t stream_q[NumHosts][Streams];
  logic [StreamBits-1:0] replace_q[NumHosts];
  logic [4:0] credit_q[NumHosts];
  logic [5:0] probation_q[NumHosts];

  // ---- An access against the host's sequences ---------------------------------------------------------------------
  logic access, miss, known, again, used;
  logic [HostBits-1:0] host;
  window_page_t page, unused;
  logic [StreamBits-1:0] hit_stream, stream;
  stream_t old_stream, new_stream;
  logic step, fresh;

  assign miss   = probe_i.kind == ProbeMiss && !probe_i.walk;
  assign access = (miss || (probe_i.kind inside {ProbeHit, ProbeEarly} && !probe_i.walk)) && enable_i;
  assign host   = probe_i.host[HostBits-1:0];
  assign page   = window_page_t'((40'(probe_i.segment) << PageBits) | 40'(probe_i.page));

  always_comb begin
    known      = 1'b0;
    again      = 1'b0;
    hit_stream = '0;
    for (int unsigned s = 0; s < Streams; s++) begin
      if (stream_q[host][s].valid && page >= stream_q[host][s].next && page <= stream_q[host][s].last + 1'b1) begin
        known      = 1'b1;
        hit_stream = StreamBits'(s);
      end
      if (stream_q[host][s].valid && page + 1'b1 == stream_q[host][s].next) again = 1'b1;
    end
  end
  assign step   = access && known;
  assign fresh  = access && miss && !known && !again;
  assign stream = known ? hit_stream : replace_q[host];
  assign old_stream = stream_q[host][stream];
  assign used   = step && page <= old_stream.last;

  // Work under way asks for one page more of its stream.
  logic asked;
  logic [HostBits-1:0] work_host_q;
  logic [StreamBits-1:0] work_stream_q;
  window_page_t last_now;
  assign last_now = old_stream.last + window_page_t'(asked && work_host_q == host && work_stream_q == stream);
  always_comb begin
    new_stream.valid = 1'b1;
    new_stream.next  = page + 1'b1;
    new_stream.last  = step && last_now > page ? last_now : page;
    new_stream.run   = fresh ? '0 : old_stream.run == '1 ? old_stream.run : old_stream.run + 1'b1;
    // Skipped, or left behind by who takes the place.
    unused      = '0;
    if (step) unused = page - old_stream.next;
    else if (fresh && old_stream.valid) unused = old_stream.last + 1'b1 - old_stream.next;
  end

  // ---- Does it pay? -----------------------------------------------------------------------------------------------
  logic [4:0] credit, credit_d;
  logic [5:0] probation_d;
  logic spared;
  assign credit = credit_q[host];
  assign spared = step && miss && !used && new_stream.run > 4'(RunMin);  // prefetch would have had it
  always_comb begin
    credit_d    = credit;
    probation_d = probation_q[host];
    if (unused >= window_page_t'(credit[4:1])) credit_d = '0;
    else credit_d = credit - {unused[3:0], 1'b0};
    if (unused == '0) credit_d = credit;
    if (used && credit_d != 5'(CreditMax)) credit_d = credit_d + 1'b1;
    if (credit == '0) begin
      credit_d = '0;
      if (spared) probation_d = probation_q[host] + 1'b1;
      if (spared && probation_q[host] == 6'(ProbationMisses - 1)) begin
        credit_d    = 5'(CreditAgain);
        probation_d = '0;
      end
    end
  end

  // ---- Asking -----------------------------------------------------------------------------------------------------
  typedef enum logic [1:0] {Idle, Ask, Await, Pause} state_e;
  state_e state_q;
  logic [3:0] depth, pause_q;
  logic [1:0] tries_q;
  stream_t work;
  window_page_t wanted, limit;
  logic worth;

  assign work   = stream_q[work_host_q][work_stream_q];
  assign wanted = work.last + 1'b1;
  always_comb begin
    depth = depth_i;
    if (work.run < 4'd8 && depth > 4'd4) depth = 4'd4;
    if (work.run < 4'd4 && depth > 4'd2) depth = 4'd2;
    limit = work.next + window_page_t'(depth);
  end
  assign worth = work.valid && work.run >= 4'(RunMin) && wanted < limit && credit_q[work_host_q] != '0
                 && 40'(wanted) < 40'(segments_i[work_host_q]) << PageBits;
  assign pass_valid_o = state_q == Ask && worth && room_i && enable_i;
  assign asked        = state_q == Await && outcome_valid_i && outcome_i.result == ResultDone;
  always_comb begin
    pass_o              = '0;
    pass_o.kind         = PassPrefetch;
    pass_o.info.host    = host_t'(work_host_q);
    pass_o.info.segment = segment_t'(40'(wanted) >> PageBits);
    pass_o.info.page    = page_t'(40'(wanted) & (40'(Pages) - 40'd1));
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= Idle;
      work_host_q   <= '0;
      work_stream_q <= '0;
      tries_q       <= '0;
      pause_q       <= '0;
    end else begin
      unique case (state_q)
        Idle: begin
          tries_q <= '0;
          if (step && new_stream.run >= 4'(RunMin)) begin
            state_q       <= Ask;
            work_host_q   <= host;
            work_stream_q <= stream;
          end
        end
        Ask: begin
          if (!pass_valid_o) state_q <= Idle;
          else if (pass_take_i) state_q <= Await;
        end
        Await: begin
          if (outcome_valid_i) state_q <= outcome_i.result == ResultDone ? Ask : outcome_i.result == ResultMapMiss ? Pause : Idle;
          pause_q <= 4'(PauseCycles);
        end
        default: begin
          pause_q <= pause_q - 1'b1;
          if (pause_q == '0) begin
            tries_q <= tries_q + 1'b1;
            state_q <= tries_q == '1 ? Idle : Ask;
          end
        end
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned h = 0; h < NumHosts; h++) begin
        for (int unsigned s = 0; s < Streams; s++) stream_q[h][s] <= '0;
        replace_q[h]   <= '0;
        credit_q[h]    <= 5'(CreditFirst);
        probation_q[h] <= '0;
      end
    end else begin
      if (asked) stream_q[work_host_q][work_stream_q].last <= wanted;
      if (step || fresh) begin
        stream_q[host][stream] <= new_stream;
        credit_q[host]         <= credit_d;
        probation_q[host]      <= probation_d;
      end
      if (fresh) replace_q[host] <= replace_q[host] + 1'b1;
    end
  end

  `TARN_ASSERT_INIT(StreamsAllowed, Streams >= 2 && Streams == 2 ** StreamBits, "tarn_pool: PrefetchStreams must be 0, or a power of two, 2 or more")
  `TARN_ASSERT(OutcomeIsDue, !outcome_valid_i || state_q == Await)
endmodule : tarn_pool_prefetch
