// The way of one class (hosts, or walks) to the channel and back: requests whose place in the order is decided leave in
// that order; what they write waits in a RAM since they were accepted. Atomics are done here, one at a time: read,
// compute, write back; the page is held by an engine meanwhile. Without `Atomics` none may come.
// Latency: decided to `slot_req_o` 1 cycle, channel's answer to `rsp_o` 0. Throughput: 1 per cycle (atomics apart).
// Never full: every transaction has room. Path from `slot_rsp_i` to `rsp_o`.
`include "tarn_assert.svh"
module tarn_pool_class_port #(
  parameter int unsigned NumHosts    = 4,
  parameter int unsigned HostEntries = 32,
  parameter bit          Atomics     = 1'b1,
  parameter bit          EqualHalves = 1'b0,  // the halves of what is written are the same: one is kept
  parameter tarn_pool_pkg::slot_tag_e TagKind = tarn_pool_pkg::TagHost,
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  // Acceptance: the data of a write or atomic.
  input  logic                      accept_i,
  input  tarn_pool_pkg::id_t        accept_id_i,
  input  logic [HostBits-1:0]       accept_host_i,
  input  tarn_line_pkg::host_req_t  req_i[NumHosts],
  // Decision.
  input  logic                      issue_valid_i,
  input  tarn_pool_pkg::issue_t     issue_i,
  // The channel.
  input  logic                      slot_req_ready_i,
  input  logic                      slot_rsp_valid_i,
  input  tarn_line_pkg::slot_rsp_t  slot_rsp_i,
  output logic                      slot_req_valid_o,
  output tarn_line_pkg::slot_req_t  slot_req_o,
  // Answers, always taken.
  output logic                      rsp_valid_o,
  output tarn_pool_pkg::id_t        rsp_id_o,
  output tarn_line_pkg::line_rsp_t  rsp_o,
  output logic [1:0]                rsp_epoch_o,
  // The atomic unit.
  output logic                      atomic_busy_o,
  output logic                      atomic_done_o
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  localparam int unsigned Entries = NumHosts * HostEntries;
  localparam int unsigned IdBits  = Entries > 1 ? $clog2(Entries) : 1;
  localparam int unsigned CountBits = $clog2(Entries + 1);

  localparam int unsigned DataBits = EqualHalves ? 256 : 512;
  typedef struct packed {
    logic [63:0]         mask;
    logic [DataBits-1:0] data;
  } payload_t;
  typedef struct packed {
    logic [7:0] tag;
    logic       exclusive_ok;
    logic       paged;
    logic [1:0] epoch;
  } meta_t;
  // Idle; Read: its read is on the way; Fetch: the operands come out of the RAM; Write: until the channel takes it;
  // Answer: until the channel answers.
  typedef enum logic [2:0] {AtomicIdle, AtomicRead, AtomicFetch, AtomicCompute, AtomicWrite, AtomicAnswer} atomic_e;

  atomic_e atomic_q;
  issue_t head, issue_q, atomic_issue_q;
  logic queue_valid, queue_room, head_valid, take, out_valid_q, payload_read, reads;
  logic [CountBits-1:0] queue_count;
  payload_t payload;
  logic [511:0] payload_data;
  meta_t meta_q[Entries];
  meta_t rsp_meta;
  logic [IdBits-1:0] rsp_index, fetch_index;
  logic rsp_is_atomic, atomic_read_done, atomic_write_done, out_is_atomic;
  logic [511:0] atomic_old_q;
  logic [127:0] atomic_lane_q;
  logic [63:0] atomic_mask_q;
  status_e atomic_status_q;

  // What was decided waits in order; when nothing waits it goes straight on.
  tarn_fifo #(.T(issue_t), .Depth(Entries), .FallThrough(1'b1)) u_queue (
    .clk_i, .rst_ni,
    .valid_i(issue_valid_i), .ready_o(queue_room), .data_i(issue_i),
    .valid_o(queue_valid), .ready_i(take), .data_o(head), .count_o(queue_count)
  );
  assign head_valid   = queue_valid;
  // The atomic's fetch and write pass before what waits: they are bounded, one at a time.
  assign take         = head_valid && (!out_valid_q || slot_req_ready_i) && atomic_q != AtomicFetch
                        && atomic_q != AtomicCompute && atomic_q != AtomicWrite;
  assign payload_read = (take && head.op != OpRead) || (atomic_q == AtomicFetch && !out_valid_q);
  assign fetch_index  = atomic_q == AtomicFetch ? atomic_issue_q.id[IdBits-1:0] : head.id[IdBits-1:0];

  // A transaction is accepted before it is issued, and again when it was answered.
  host_req_t accepted;
  logic accepts_write;
  assign accepted      = req_i[accept_host_i];
  assign accepts_write = accept_i && accepted.op != OpRead;
  tarn_ram_sdp #(.Width($bits(payload_t)), .Depth(Entries), .Collision(tarn_ram_pkg::RamNoCollision)) u_payload (
    .clk_i, .rst_ni,
    .we_i(accepts_write), .waddr_i(accept_id_i[IdBits-1:0]), .wmask_i(1'b1),
    .wdata_i({accepted.mask, accepted.data[DataBits-1:0]}),
    .re_i(payload_read), .raddr_i(fetch_index), .rdata_o(payload)
  );
  assign payload_data = {512 / DataBits{payload.data}};

  assign reads            = issue_q.op == OpRead || (Atomics && issue_q.atomic);
  assign out_is_atomic    = atomic_q == AtomicWrite && !out_valid_q;
  assign slot_req_valid_o = out_valid_q || out_is_atomic;
  always_comb begin
    slot_req_o.tag    = {TagKind, issue_q.id};
    slot_req_o.op     = reads ? OpRead : issue_q.op;
    slot_req_o.qos    = issue_q.qos;
    slot_req_o.poison = 1'b0;
    slot_req_o.line   = issue_q.line;
    slot_req_o.mask   = payload.mask;
    slot_req_o.data   = payload_data;
    if (reads) slot_req_o.mask = '1;
    if (out_is_atomic) begin
      slot_req_o.tag  = {TagKind, atomic_issue_q.id};
      slot_req_o.op   = OpPartialWrite;
      slot_req_o.qos  = atomic_issue_q.qos;
      slot_req_o.line = atomic_issue_q.line;
      slot_req_o.mask = atomic_mask_q;
      slot_req_o.data = {4{atomic_lane_q}};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_valid_q <= 1'b0;
    else if (take) out_valid_q <= 1'b1;
    else if (slot_req_ready_i) out_valid_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (take) issue_q <= head;
    if (issue_valid_i) begin
      meta_q[issue_i.id[IdBits-1:0]] <= {issue_i.tag, issue_i.exclusive_ok, issue_i.paged, issue_i.epoch};
    end
  end

  // Answers.
  assign rsp_index     = slot_rsp_i.tag[IdBits-1:0];
  assign rsp_meta      = meta_q[rsp_index];
  assign rsp_is_atomic = atomic_q != AtomicIdle && slot_rsp_i.tag[9:0] == atomic_issue_q.id;
  assign atomic_read_done  = slot_rsp_valid_i && rsp_is_atomic && atomic_q == AtomicRead;
  assign atomic_write_done = slot_rsp_valid_i && rsp_is_atomic && atomic_q == AtomicAnswer;

  assign rsp_valid_o = slot_rsp_valid_i && !atomic_read_done;
  assign rsp_id_o    = slot_rsp_i.tag[9:0];
  assign rsp_epoch_o = rsp_meta.epoch;
  always_comb begin
    rsp_o.tag    = rsp_meta.tag;
    rsp_o.status = slot_rsp_i.status == StatusOk && rsp_meta.exclusive_ok ? StatusExclusiveOk : slot_rsp_i.status;
    rsp_o.walked = 1'b0;
    rsp_o.paged  = rsp_meta.paged;
    rsp_o.data   = slot_rsp_i.data;
    if (rsp_is_atomic && atomic_q == AtomicAnswer) begin  // not whether it is taken: that may depend on rsp_o
      rsp_o.status = atomic_status_q != StatusOk ? atomic_status_q : slot_rsp_i.status;
      rsp_o.data   = atomic_old_q;
    end
  end

  assign atomic_busy_o = atomic_q != AtomicIdle;
  assign atomic_done_o = atomic_write_done;
  if (Atomics) begin : gen_atomics
    atomic_e atomic_d;
    logic atomic_legal, atomic_writes;
    logic [127:0] atomic_lane;
    tarn_pool_atomic u_atomic (
      .op_i(atomic_issue_q.op), .mask_i(payload.mask), .data_i(payload_data), .old_i(atomic_old_q),
      .legal_o(atomic_legal), .write_o(atomic_writes), .lane_o(atomic_lane)
    );

    always_comb begin
      atomic_d = atomic_q;
      unique case (atomic_q)
        AtomicIdle: if (issue_valid_i && issue_i.atomic) atomic_d = AtomicRead;
        AtomicRead: if (atomic_read_done) atomic_d = AtomicFetch;
        // The RAM's output is the data of what stands before the channel: that goes first.
        AtomicFetch: if (!out_valid_q) atomic_d = AtomicCompute;
        AtomicCompute: atomic_d = AtomicWrite;
        AtomicWrite: if (out_is_atomic && slot_req_ready_i) atomic_d = AtomicAnswer;
        AtomicAnswer: if (atomic_write_done) atomic_d = AtomicIdle;
        default: atomic_d = AtomicIdle;
      endcase
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) atomic_q <= AtomicIdle;
      else atomic_q <= atomic_d;
    end
    always_ff @(posedge clk_i) begin
      if (atomic_q == AtomicIdle && issue_valid_i && issue_i.atomic) atomic_issue_q <= issue_i;
      if (atomic_read_done) begin
        atomic_old_q    <= slot_rsp_i.data;
        atomic_status_q <= slot_rsp_i.status;
      end
      if (atomic_q == AtomicCompute) begin
        atomic_lane_q <= atomic_lane;
        // Poison stays poison, and what was not read is not written.
        atomic_mask_q <= atomic_writes && atomic_status_q == StatusOk ? payload.mask : '0;
        if (!atomic_legal) atomic_status_q <= StatusAccessError;
      end
    end
  end else begin : gen_no_atomics
    assign atomic_q        = AtomicIdle;
    assign atomic_issue_q  = '0;
    assign atomic_old_q    = '0;
    assign atomic_status_q = StatusOk;
    assign atomic_lane_q   = '0;
    assign atomic_mask_q   = '0;
  end

  `TARN_ASSERT(QueueHasRoom, !issue_valid_i || queue_room)
  `TARN_ASSERT(QueueBounded, 32'(queue_count) <= Entries)
  `TARN_ASSERT(AtomicsThatThereAre, Atomics || !issue_valid_i || !issue_i.atomic)
  `TARN_ASSERT(HalvesAreEqual, !EqualHalves || !accepts_write || accepted.data[511:256] == accepted.data[255:0])
  `TARN_ASSERT(OneAtomic, !(issue_valid_i && issue_i.atomic) || atomic_q == AtomicIdle)
  `TARN_ASSERT(RequestHolds, !$past(slot_req_valid_o && !slot_req_ready_i) || slot_req_valid_o)
endmodule : tarn_pool_class_port
