// Which slot goes: two queues of slots under one of six rules, chosen by shadow memories; without them (ShadowFrames 0) under
// FixedRule for good (docs/architecture.md, "Replacement: two queues, exactly"; why so: docs/policy.md).
//
// Events come in the order of the pool's passes, at most one a cycle. An access may come every cycle and is never lost.
// All others wait in a queue: they may come while `ready_o`, and for `Slack` cycles after it fell. After reset, and when
// `slots_i` changes (only while no slot is used), the tables are cleared, a word a cycle, with `ready_o` low.
//
// Victims: while `wanted_i`, the policy proposes a slot and keeps to it until the pool answers by an event (taken, skipped,
// not now), and proposes the next one, at the latest (tarn_pool_policy_queues) 2 x (4 x slots + 2) cycles after the last
// order before it. A skipped slot goes to the beginning of its queue. When the pool skipped every slot, `all_skipped_o` tells
// once, and the proposals begin anew. A slot that is released while it is proposed is answered skipped or not now.
//
// Accesses to sampled segments go to the shadows through a queue of `SampleDepth`; what finds it full is dropped, which
// `sample_o` tells. Nothing grows with SegmentsPerHost.
`include "tarn_assert.svh"
module tarn_pool_policy #(
  parameter int unsigned NumSlots        = 4096,  // 2..2^20
  parameter int unsigned NumHosts        = 4,     // 1..16
  parameter int unsigned SegmentsPerHost = 4096,  // power of two
  parameter int unsigned SpareSlots      = 1,     // slots that may be free without being missed: the pool's ReserveSlots - 1
  parameter int unsigned ShadowFrames    = 512,   // of a shadow at most, a power of two; fewer when there are fewer slots; 0: no shadows
  parameter int unsigned EpochMisses     = 512,   // samples that missed in any shadow, from one choice to the next
  parameter int unsigned MemoryShift     = 1,     // of what an epoch counted, 1 - 2^-n counts in the next one
  parameter int unsigned AdvantageShift  = 6,     // a rule takes over when it misses less by more than 2^-n
  parameter int unsigned OrderDepth      = 32,    // events that change queues and wait
  parameter int unsigned Slack           = 8,     // of them, those that may come after ready_o fell
  parameter int unsigned SampleDepth     = 16,
  parameter bit          Ecc             = 1'b1,  // its tables have check bits
  parameter bit          BlockRam        = 1'b0,  // the shadows' directory stands in block RAM, however little it is
  localparam int unsigned SlotBits = $clog2(NumSlots)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic [SlotBits:0]              slots_i,        // in service, 2 or more
  input  logic                           event_valid_i,
  input  tarn_pool_policy_pkg::event_t   event_i,
  output logic                           ready_o,        // events other than accesses may come
  input  logic                           wanted_i,
  output logic                           victim_valid_o,
  output logic [SlotBits-1:0]            victim_slot_o,
  output logic                           all_skipped_o,
  output tarn_pool_policy_pkg::rule_t    rule_o,         // chosen by the shadows, or FixedRule
  // For counters, and for whoever lays a model beside it.
  output tarn_pool_policy_pkg::step_t    step_o,         // after the events of all cycles before, before this one's
  output logic                           sample_o,       // the access of the cycle before was of the sample,
  output logic                           sample_dropped_o,  // and found no room
  output tarn_pool_policy_pkg::sampled_t sampled_o,
  output tarn_pool_policy_pkg::choice_t  choice_o,
  output logic                           passed_by_o,
  // Check bits, by table.
  input  tarn_pool_pkg::inject_t       [tarn_pool_pkg::NumTables-1:0] inject_i,
  output tarn_pool_pkg::table_report_t [tarn_pool_pkg::NumTables-1:0] report_o
);
  import tarn_pool_policy_pkg::*;
  import tarn_pool_pkg::table_report_t, tarn_pool_pkg::TableQueues, tarn_pool_pkg::TableHits, tarn_pool_pkg::TableGhosts,
         tarn_pool_pkg::TableShadows;
  localparam int unsigned GhostSlots  = 2 ** $clog2(NumSlots);
  localparam int unsigned UnitShift   = GhostSlots > 32 ? $clog2(GhostSlots) - 5 : 0;
  localparam int unsigned SegmentBits = $clog2(SegmentsPerHost);
  localparam int unsigned OrderBits   = $clog2(OrderDepth + 1);

  `TARN_ASSERT_INIT(SlotsAllowed, NumSlots >= 2 && NumSlots <= 2 ** 20, "tarn_pool_policy: NumSlots must be 2..2^20")
  `TARN_ASSERT_INIT(HostsAllowed, NumHosts >= 1 && NumHosts <= 16, "tarn_pool_policy: NumHosts must be 1..16")
  `TARN_ASSERT_INIT(SegmentsAllowed, SegmentsPerHost == 2 ** SegmentBits && SegmentBits <= 24,
                    "tarn_pool_policy: SegmentsPerHost must be a power of two, 2^24 at most")
  `TARN_ASSERT_INIT(OrdersAllowed, OrderDepth > Slack, "tarn_pool_policy: OrderDepth must be more than Slack")

  table_report_t report_queues, report_hits, report_ghost, report_shadow_ghost, report_shadows;
  always_comb begin
    report_o               = '0;
    report_o[TableQueues]  = report_queues;
    report_o[TableHits]    = report_hits;
    report_o[TableGhosts]  = report_ghost | report_shadow_ghost;
    report_o[TableShadows] = report_shadows;
  end

  // An event in its second cycle. The first one reads its slot's hit counter.
  logic event_valid_q, access_q, ordered_q;
  event_t event_q;
  logic [47:0] hash;
  assign access_q  = event_valid_q && event_q.kind == EventAccess;
  assign ordered_q = event_valid_q && !(event_q.kind inside {EventAccess, EventCold});
  assign hash      = hash_of(28'(32'(event_q.host) << SegmentBits | 32'(event_q.segment)));
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) event_valid_q <= 1'b0;
    else event_valid_q <= event_valid_i;
  end
  always_ff @(posedge clk_i) if (event_valid_i) event_q <= event_i;

  // Begin anew.
  logic [SlotBits:0] slots_q;
  logic clear, queues_ready, shadows_ready;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) slots_q <= '0;
    else slots_q <= slots_i;
  end
  assign clear = slots_q != slots_i;

  // The shadows, and the sample that they see.
  if (ShadowFrames != 0) begin : gen_shadows
    localparam int unsigned FramesMax       = GhostSlots < ShadowFrames ? GhostSlots : ShadowFrames;
    localparam int unsigned FrameBits       = $clog2(FramesMax);
    localparam int unsigned FingerprintBits = 20;
    localparam int unsigned RepeatsMax      = 4;

    // Which share of the segments is sampled, of 2^16: frames / slots, a bit a cycle.
    logic [FrameBits:0] frames;
    logic [SlotBits+1:0] rest_q, rest_twice;
    logic [16:0] share_q;
    logic [4:0] share_step_q;
    logic share_ready, shadows_cleared;
    assign frames      = 32'(slots_q) < FramesMax ? (FrameBits + 1)'(slots_q) : (FrameBits + 1)'(FramesMax);
    assign rest_twice  = rest_q << 1;
    assign share_ready = share_step_q == 5'd17;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        rest_q       <= '0;
        share_q      <= '0;
        share_step_q <= '0;
      end else if (clear) begin
        share_step_q <= '0;
      end else if (share_step_q == '0) begin
        rest_q       <= 32'(slots_q) <= FramesMax ? '0 : (SlotBits + 2)'(frames);
        share_q      <= 32'(slots_q) <= FramesMax ? 17'd1 : '0;
        share_step_q <= 5'd1;
      end else if (!share_ready) begin
        rest_q       <= rest_twice >= {1'b0, slots_q} ? rest_twice - {1'b0, slots_q} : rest_twice;
        share_q      <= {share_q[15:0], rest_twice >= {1'b0, slots_q}};
        share_step_q <= share_step_q + 5'd1;
      end
    end

    // The sample. More than four accesses in a row to one segment change nothing: counters are full.
    logic [FingerprintBits-1:0] last_q, sample;
    logic [2:0] repeats_q;
    logic again, sample_room, shadow_valid, shadow_ready;
    logic [FingerprintBits-1:0] shadow_sample;
    assign again            = repeats_q != '0 && last_q == hash[FingerprintBits-1:0];
    assign sample_o         = access_q && {1'b0, hash[47:32]} < share_q && share_ready && !(again && repeats_q == 3'(RepeatsMax));
    assign sample_dropped_o = sample_o && !sample_room;
    assign sample           = hash[FingerprintBits-1:0];
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        last_q    <= '0;
        repeats_q <= '0;
      end else if (clear) begin
        repeats_q <= '0;
      end else if (sample_o && sample_room) begin
        last_q    <= sample;
        repeats_q <= again ? repeats_q + 3'd1 : 3'd1;
      end
    end
    tarn_fifo #(.T(logic [FingerprintBits-1:0]), .Depth(SampleDepth)) u_samples (
      .clk_i, .rst_ni, .valid_i(sample_o), .ready_o(sample_room), .data_i(sample),
      .valid_o(shadow_valid), .ready_i(shadow_ready), .data_o(shadow_sample), .count_o()
    );
    tarn_pool_policy_shadows #(
      .FramesMax(FramesMax), .EpochMisses(EpochMisses), .MemoryShift(MemoryShift), .AdvantageShift(AdvantageShift),
      .FingerprintBits(FingerprintBits), .Ecc(Ecc), .BlockRam(BlockRam)
    ) u_shadows (
      .clk_i, .rst_ni, .clear_i(clear), .ready_o(shadows_cleared), .frames_i(frames),
      .sample_valid_i(shadow_valid), .sample_ready_o(shadow_ready), .sample_i(shadow_sample),
      .rule_o, .sampled_o, .choice_o, .passed_by_o,
      .inject_i(inject_i[TableShadows]), .report_o(report_shadows), .ghost_inject_i(inject_i[TableGhosts]), .ghost_report_o(report_shadow_ghost)
    );
    assign shadows_ready = shadows_cleared && share_ready;
  end else begin : gen_fixed_rule
    assign rule_o              = FixedRule;
    assign shadows_ready       = 1'b1;
    assign sample_o            = 1'b0;
    assign sample_dropped_o    = 1'b0;
    assign sampled_o           = '0;
    assign choice_o            = '0;
    assign passed_by_o         = 1'b0;
    assign report_shadows      = '0;
    assign report_shadow_ghost = '0;
    logic unused;
    assign unused = ^{access_q, inject_i[TableShadows]};
  end

  // The orders.
  order_t order_in, order;
  logic order_room, order_valid, order_ready;
  logic [OrderBits-1:0] orders;
  assign order_in = '{kind: event_q.kind, slot: event_q.slot, from: event_q.from, fingerprint: hash[31:0]};
  tarn_fifo #(.T(order_t), .Depth(OrderDepth)) u_orders (
    .clk_i, .rst_ni, .valid_i(ordered_q), .ready_o(order_room), .data_i(order_in),
    .valid_o(order_valid), .ready_i(order_ready), .data_o(order), .count_o(orders)
  );
  logic proposing, answered_q;
  logic hits_read, hits_write, hits_clear;
  logic [SlotBits-1:0] hits_slot, hits_clear_slot;
  logic [2:0] hits_now, hits_new;
  logic ghost_valid, ghost_ready, ghost_take, ghost_answer, ghost_remembered;
  logic [5:0] ghost_limit;
  logic [SlotBits:0] in_queues;
  // The ghost was cleared: it stays ready but for what it does.
  logic ghost_ready_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) ghost_ready_q <= 1'b0;
    else ghost_ready_q <= !clear && (ghost_ready_q || ghost_ready);
  end

  tarn_pool_policy_hits #(.NumSlots(NumSlots), .Ecc(Ecc)) u_hits (
    .clk_i, .rst_ni, .clear_valid_i(hits_clear), .clear_slot_i(hits_clear_slot),
    .event_valid_i(event_valid_i && event_i.kind inside {EventAccess, EventAssign, EventKept, EventCold, EventMoved}),
    .event_slot_i(SlotBits'(event_i.slot)), .event_sets_i(event_i.kind != EventAccess),
    .event_value_i(event_i.kind == EventAssign ? 3'd4 : 3'd0),
    .hand_read_i(hits_read), .hand_slot_i(hits_slot), .hand_value_o(hits_now), .hand_write_i(hits_write), .hand_value_i(hits_new),
    .inject_i(inject_i[TableHits]), .report_o(report_hits)
  );
  tarn_pool_policy_queues #(
    .NumSlots(NumSlots), .SpareSlots(SpareSlots), .UnitShift(UnitShift), .Ecc(Ecc),
    .FirstRule(ShadowFrames == 0 ? FixedRule : '0)
  ) u_queues (
    .clk_i, .rst_ni, .slots_i(slots_q), .clear_i(clear), .ready_o(queues_ready), .rule_i(rule_o),
    .order_valid_i(order_valid), .order_ready_o(order_ready), .order_i(order), .order_comes_i(order_valid || ordered_q),
    .wanted_i, .victim_valid_o(proposing), .victim_slot_o, .step_o, .used_o(in_queues),
    .hits_clear_o(hits_clear), .hits_clear_slot_o(hits_clear_slot), .hits_read_o(hits_read), .hits_slot_o(hits_slot), .hits_i(hits_now), .hits_write_o(hits_write), .hits_o(hits_new),
    .ghost_valid_o(ghost_valid), .ghost_ready_i(ghost_ready), .ghost_take_o(ghost_take), .ghost_limit_o(ghost_limit),
    .ghost_answer_i(ghost_answer), .ghost_remembered_i(ghost_remembered),
    .inject_i(inject_i[TableQueues]), .report_o(report_queues)
  );
  tarn_pool_policy_ghost #(.Areas(1), .SlotsMax(GhostSlots), .Ecc(Ecc)) u_ghost (
    .clk_i, .rst_ni, .clear_i(clear), .valid_i(ghost_valid), .ready_o(ghost_ready), .take_i(ghost_take), .area_i(1'b0),
    .fingerprint_i(order.fingerprint), .limit_i(ghost_limit), .answer_valid_o(ghost_answer), .remembered_o(ghost_remembered),
    .inject_i(inject_i[TableGhosts]), .report_o(report_ghost)
  );
  // One cycle of the slack is the event register's.
  assign ready_o = orders + OrderBits'(Slack) + 1'b1 < OrderBits'(OrderDepth) && queues_ready && shadows_ready
                   && ghost_ready_q && !clear;
  // An answer ends the proposal at once, though it is an order that waits.
  assign victim_valid_o = proposing && !answered_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) answered_q <= 1'b0;
    else answered_q <= proposing && !clear && (answered_q || (event_valid_i && event_i.kind inside {EventTaken, EventSkipped, EventNotNow}));
  end
  assign all_skipped_o = step_o.valid && step_o.kind == StepAllSkipped;

  // As many are in queues as are used.
  logic [SlotBits:0] used_q;
  logic enters, leaves;
  assign enters = ordered_q && event_q.kind inside {EventAssign, EventKept};
  assign leaves = ordered_q && event_q.kind inside {EventRelease, EventTaken};
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) used_q <= '0;
    else if (enters) used_q <= used_q + 1'b1;
    else if (leaves) used_q <= used_q - 1'b1;
  end
  `TARN_ASSERT(UsedAreInQueues, order_valid || ordered_q || in_queues == used_q)
  `TARN_ASSERT(AnswersWhatIsProposed, !(event_valid_i && event_i.kind inside {EventTaken, EventSkipped, EventNotNow})
               || (victim_valid_o && victim_slot_o == SlotBits'(event_i.slot)))
  `TARN_ASSERT(OrdersFit, !ordered_q || order_room)
  `TARN_ASSERT(ClearsUnused, !clear || (used_q == '0 && !event_valid_i && !event_valid_q && !order_valid))
  `TARN_ASSERT(SlotsInRange, !event_valid_i || 32'(event_i.slot) < 32'(slots_i))
endmodule : tarn_pool_policy
