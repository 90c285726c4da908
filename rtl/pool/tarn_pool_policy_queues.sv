// The two queues of the replacement policy over the pool's slots, and the hand that looks for victims
// (docs/architecture.md, "Replacement: two queues, exactly"). The queues are lists in RAM (next, previous, where), so that
// a slot may leave from the middle. One thing at a time, each in a bounded number of cycles; orders go before the hand:
//
//   order: release, taken, skipped, not now, kept, moved   2 or 3 (taken from the young queue: when the ghost has ended what it does)
//          assign                                     4, and 2 for each slot that it challenges
//   hand:  promotion, pass, all skipped, proposal     2
//
// Until the next proposal the hand takes at most 4 x slots steps: each promotion or pass was paid for by an access, and
// when they are that many (accesses come faster than the hand) the slot at the queue's end is proposed as it is.
`include "tarn_assert.svh"
module tarn_pool_policy_queues #(
  parameter int unsigned NumSlots   = 4096,
  parameter int unsigned SpareSlots = 1,     // slots that may be free, or on their way there, without being missed
  parameter int unsigned UnitShift  = 7,     // of the ghost's limit
  parameter bit          Ecc        = 1'b1,
  parameter tarn_pool_policy_pkg::rule_t FirstRule = '0,  // in force from reset on, until rule_i is another
  localparam int unsigned SlotBits = $clog2(NumSlots)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic [SlotBits:0]              slots_i,
  input  logic                           clear_i,       // begin anew
  output logic                           ready_o,       // not clearing
  input  tarn_pool_policy_pkg::rule_t    rule_i,
  input  logic                           order_valid_i,
  output logic                           order_ready_o,
  input  tarn_pool_policy_pkg::order_t   order_i,
  input  logic                           order_comes_i, // one is on its way here, or is here
  input  logic                           wanted_i,
  output logic                           victim_valid_o,
  output logic [SlotBits-1:0]            victim_slot_o,
  output tarn_pool_policy_pkg::step_t    step_o,
  output logic [SlotBits:0]              used_o,        // slots in queues
  // Hit counters.
  output logic                           hits_clear_o,
  output logic [SlotBits-1:0]            hits_clear_slot_o,
  output logic                           hits_read_o,
  output logic [SlotBits-1:0]            hits_slot_o,
  input  logic [2:0]                     hits_i,
  output logic                           hits_write_o,
  output logic [2:0]                     hits_o,
  // Ghost.
  output logic                           ghost_valid_o,
  input  logic                           ghost_ready_i,
  output logic                           ghost_take_o,
  output logic [5:0]                     ghost_limit_o,
  input  logic                           ghost_answer_i,
  input  logic                           ghost_remembered_i,
  input  tarn_pool_pkg::inject_t         inject_i,
  output tarn_pool_pkg::table_report_t   report_o
);
  import tarn_pool_policy_pkg::*;
  typedef logic [SlotBits-1:0] index_t;
  typedef logic [SlotBits:0] count_t;
  typedef enum logic [1:0] {Nowhere, Young, Old} where_e;
  typedef struct packed {
    index_t head;   // its end: the oldest
    index_t tail;
    count_t size;
    count_t skips;  // since a slot was taken
  } queue_t;
  typedef enum logic [3:0] {
    Clear, YoungMax, OldMax, Idle, Hand, Leave, Enter, Settle, AskGhost, Ghost, Challenge, Challenged
  } state_e;

  state_e state_q, state_d;
  queue_t young_q, young_d, old_q, old_d;
  index_t clear_q;
  rule_t rule_q;
  policy_rule_t rule;
  count_t young_max_q, old_max_q;
  logic proposing_q, proposing_d;
  index_t proposed_q, proposed_d;
  logic [SlotBits+3:0] steps_q, steps_d;
  logic [2:0] challenges_q, challenges_d;
  logic turns_q, turns_d;  // Enter: the slot was skipped
  logic to_old_q, to_old_d;
  logic cleared, new_rule;
  logic pop;
  step_t step;

  function automatic tarn_pool_pkg::slot_t slot_of(index_t slot);
    return tarn_pool_pkg::slot_t'(slot);
  endfunction

  // The links.
  logic links_read, next_write, previous_write, where_write;
  index_t links_slot, next_at, next_value, previous_at, previous_value, where_at, next, previous;
  where_e where_value, where;
  logic [1:0] where_bits;

  index_t order_slot, order_from;
  assign order_slot = index_t'(order_i.slot);
  assign order_from = index_t'(order_i.from);
  assign rule       = rule_of(rule_q);
  assign cleared    = 32'(clear_q) == NumSlots - 1;
  assign new_rule   = rule_q != rule_i;
  assign used_o     = young_q.size + old_q.size;

  // Which queue the hand looks at.
  logic young_exhausted, old_exhausted, hurried, overflow, from_old;
  assign young_exhausted = young_q.skips >= young_q.size;
  assign old_exhausted   = old_q.skips >= old_q.size;
  assign hurried         = steps_q >= {1'b0, slots_i, 2'b00};
  assign overflow        = young_q.size > young_max_q && old_q.size < old_max_q && !hurried;
  assign from_old        = !overflow && (young_exhausted || (old_q.size > old_max_q && !old_exhausted));

  logic hand_may, challenge_ends;
  assign hand_may       = wanted_i && !proposing_q && !order_comes_i && used_o != '0;
  assign challenge_ends = challenges_q == rule.challenge_max || old_q.size == '0;

  logic [2:0] hits;  // without the mark of a slot that was not accessed yet
  assign hits = hits_i[2] ? '0 : hits_i;

  // Where a slot goes that enters a queue in this cycle, and what else happens to the queues.
  logic enters, enters_old;
  index_t enters_slot;
  queue_t young_left, old_left;  // the queues without what leaves in this cycle

  always_comb begin
    state_d      = state_q;
    proposing_d  = proposing_q;
    proposed_d   = proposed_q;
    steps_d      = steps_q;
    challenges_d = challenges_q;
    turns_d      = turns_q;
    to_old_d     = to_old_q;
    pop          = 1'b0;
    step         = '{valid: 1'b0, kind: StepPromoted, slot: '0, rule: rule_q};
    links_read   = 1'b0;
    links_slot   = order_slot;
    hits_read_o  = 1'b0;
    hits_slot_o  = old_q.head;
    hits_write_o = 1'b0;
    hits_o       = '0;
    ghost_valid_o = 1'b0;
    ghost_take_o  = 1'b0;
    enters       = 1'b0;
    enters_old   = 1'b0;
    enters_slot  = order_slot;
    where_write    = 1'b0;
    where_at       = order_slot;
    where_value    = Nowhere;
    next_write     = 1'b0;
    next_at        = previous;
    next_value     = next;
    previous_write = 1'b0;
    previous_at    = next;
    previous_value = previous;
    young_left   = young_q;
    old_left     = old_q;
    unique case (state_q)
      Clear: begin
        where_write    = 1'b1;
        where_at       = clear_q;
        next_write     = 1'b1;
        next_at        = clear_q;
        previous_write = 1'b1;
        previous_at    = clear_q;
        if (cleared) state_d = YoungMax;
      end
      YoungMax: state_d = OldMax;
      OldMax:   state_d = Idle;
      Idle: begin
        challenges_d = '0;
        turns_d      = 1'b0;
        to_old_d     = 1'b0;
        if (new_rule) begin
          state_d = YoungMax;
        end else if (order_valid_i) begin
          links_read = 1'b1;
          if (order_i.kind == EventMoved) links_slot = order_from;
          unique case (order_i.kind)
            EventAssign: state_d = AskGhost;
            EventKept:   state_d = Enter;
            default:     state_d = Leave;
          endcase
        end else if (hand_may) begin
          links_read  = 1'b1;
          links_slot  = from_old ? old_q.head : young_q.head;
          hits_read_o = 1'b1;
          hits_slot_o = links_slot;
          state_d     = Hand;
        end
      end
      Hand: begin
        state_d = Idle;
        if (!order_comes_i) begin
          step.valid = 1'b1;
          if (young_exhausted && old_exhausted) begin
            step.kind        = StepAllSkipped;
            young_left.skips = '0;
            old_left.skips   = '0;
          end else if (from_old && (hits == '0 || hurried)) begin
            step.kind   = StepProposed;
            step.slot   = slot_of(old_q.head);
            proposing_d = 1'b1;
            proposed_d  = old_q.head;
            steps_d     = '0;
          end else if (from_old) begin
            step.kind     = StepPassed;
            step.slot     = slot_of(old_q.head);
            old_left.head = old_q.size == 1 ? old_q.head : next;
            old_left.size = old_q.size - 1'b1;
            enters        = 1'b1;
            enters_old    = 1'b1;
            enters_slot   = old_q.head;
            hits_write_o  = 1'b1;
            hits_o        = hits - 3'd1;
            steps_d       = steps_q + 1'b1;
          end else if (overflow || (hits >= rule.promote_hits && !hurried)) begin
            step.kind       = StepPromoted;
            step.slot       = slot_of(young_q.head);
            young_left.head = young_q.size == 1 ? young_q.head : next;
            young_left.size = young_q.size - 1'b1;
            enters          = 1'b1;
            enters_old      = 1'b1;
            enters_slot     = young_q.head;
            hits_write_o    = 1'b1;
            steps_d         = steps_q + 1'b1;
          end else begin
            step.kind   = StepProposed;
            step.slot   = slot_of(young_q.head);
            proposing_d = 1'b1;
            proposed_d  = young_q.head;
            steps_d     = '0;
          end
        end
      end
      Leave: begin
        if (order_i.kind == EventTaken && where == Young && !ghost_ready_i) begin
          state_d = Leave;
        end else if (order_i.kind == EventMoved) begin
          // The neighbours learn of the new slot, then the new slot of them.
          next_write     = where == Young ? young_q.head != order_from : old_q.head != order_from;
          next_value     = order_slot;
          previous_write = where == Young ? young_q.tail != order_from : old_q.tail != order_from;
          previous_value = order_slot;
          where_write    = 1'b1;
          where_at       = order_from;
          if (where == Young && young_q.head == order_from) young_left.head = order_slot;
          if (where == Young && young_q.tail == order_from) young_left.tail = order_slot;
          if (where == Old && old_q.head == order_from) old_left.head = order_slot;
          if (where == Old && old_q.tail == order_from) old_left.tail = order_slot;
          state_d = Settle;
        end else if (order_i.kind == EventNotNow || where == Nowhere) begin
          step.valid  = 1'b1;
          step.kind   = StepStayed;
          step.slot   = order_i.slot;
          proposing_d = 1'b0;
          pop         = 1'b1;
          state_d     = Idle;
        end else begin
          next_write     = 1'b1;
          previous_write = 1'b1;
          where_write    = 1'b1;
          if (where == Young) begin
            next_write     = young_q.head != order_slot;
            previous_write = young_q.tail != order_slot;
            if (young_q.head == order_slot) young_left.head = young_q.size == 1 ? young_q.head : next;
            if (young_q.tail == order_slot) young_left.tail = previous;
            young_left.size = young_q.size - 1'b1;
          end else begin
            next_write     = old_q.head != order_slot;
            previous_write = old_q.tail != order_slot;
            if (old_q.head == order_slot) old_left.head = old_q.size == 1 ? old_q.head : next;
            if (old_q.tail == order_slot) old_left.tail = previous;
            old_left.size = old_q.size - 1'b1;
          end
          if (order_i.kind == EventTaken) begin
            ghost_valid_o    = where == Young;
            young_left.skips = '0;
            old_left.skips   = '0;
          end
          if (order_i.kind != EventRelease) proposing_d = 1'b0;
          if (order_i.kind == EventSkipped) begin
            turns_d  = 1'b1;
            to_old_d = where == Old;
            state_d  = Enter;
          end else begin
            step.valid = 1'b1;
            step.kind  = StepLeft;
            step.slot  = order_i.slot;
            pop        = 1'b1;
            state_d    = Idle;
          end
        end
      end
      Settle: begin
        next_write     = 1'b1;
        next_at        = order_slot;
        previous_write = 1'b1;
        previous_at    = order_slot;
        where_write    = 1'b1;
        where_value    = where;
        step.valid     = 1'b1;
        step.kind      = StepMoved;
        step.slot      = order_i.slot;
        pop            = 1'b1;
        state_d        = Idle;
      end
      Enter: begin
        step.valid = 1'b1;
        step.kind  = turns_q ? StepTurned : StepToYoung;
        step.slot  = order_i.slot;
        enters     = 1'b1;
        enters_old = to_old_q;
        if (turns_q && !to_old_q) young_left.skips = young_q.skips + 1'b1;
        if (turns_q && to_old_q) old_left.skips = old_q.skips + 1'b1;
        pop        = 1'b1;
        state_d    = Idle;
      end
      AskGhost: begin
        ghost_valid_o = 1'b1;
        ghost_take_o  = 1'b1;
        if (ghost_ready_i) state_d = Ghost;
      end
      Ghost: begin
        if (ghost_answer_i) begin
          if (ghost_remembered_i && rule.challenge_max != '0 && old_q.size >= old_max_q) begin
            state_d = Challenge;
          end else begin
            step.valid = 1'b1;
            step.kind  = ghost_remembered_i ? StepToOld : StepToYoung;
            step.slot  = order_i.slot;
            enters     = 1'b1;
            enters_old = ghost_remembered_i;
            pop        = 1'b1;
            state_d    = Idle;
          end
        end
      end
      Challenge: begin
        links_read  = 1'b1;
        links_slot  = old_q.head;
        hits_read_o = 1'b1;
        state_d     = Challenged;
      end
      Challenged: begin
        step.valid = 1'b1;
        step.slot  = order_i.slot;
        enters     = 1'b1;
        if (challenge_ends || hits == '0) begin
          step.kind  = challenge_ends ? StepToYoung : StepToOld;
          enters_old = !challenge_ends;
          pop        = 1'b1;
          state_d    = Idle;
        end else begin
          step.kind     = StepChallenged;
          step.slot     = slot_of(old_q.head);
          old_left.head = old_q.size == 1 ? old_q.head : next;
          old_left.size = old_q.size - 1'b1;
          enters_old    = 1'b1;
          enters_slot   = old_q.head;
          hits_write_o  = 1'b1;
          hits_o        = hits - 3'd1;
          challenges_d  = challenges_q + 1'b1;
          state_d       = Challenge;
        end
      end
      default: state_d = Clear;
    endcase

    young_d = young_left;
    old_d   = old_left;
    if (enters) begin
      where_write    = 1'b1;
      where_at       = enters_slot;
      where_value    = enters_old ? Old : Young;
      next_write     = 1'b1;
      next_value     = enters_slot;
      next_at        = enters_old ? old_left.tail : young_left.tail;
      previous_write = 1'b1;
      previous_at    = enters_slot;
      previous_value = next_at;
      if (enters_old) begin
        old_d.tail = enters_slot;
        old_d.size = old_left.size + 1'b1;
        if (old_left.size == '0) begin
          old_d.head = enters_slot;
          next_write = 1'b0;
        end
      end else begin
        young_d.tail = enters_slot;
        young_d.size = young_left.size + 1'b1;
        if (young_left.size == '0) begin
          young_d.head = enters_slot;
          next_write   = 1'b0;
        end
      end
    end
    if (clear_i) state_d = Clear;
  end

  assign hits_clear_o      = state_q == Clear;
  assign hits_clear_slot_o = clear_q;
  assign ready_o        = state_q != Clear;
  assign order_ready_o  = pop;
  assign step_o         = step;
  assign victim_valid_o = proposing_q;
  assign victim_slot_o  = proposed_q;
  assign ghost_limit_o  = 6'(32'(share_of(21'(slots_i), rule.ghost_share)) >> UnitShift);

  tarn_pool_pkg::table_report_t next_report, previous_report, where_report;
  assign report_o = next_report | previous_report | where_report;
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(SlotBits), .Depth(NumSlots), .Collision(tarn_ram_pkg::RamNoCollision)) u_next (
    .clk_i, .rst_ni, .we_i(next_write), .waddr_i(next_at), .wmask_i(1'b1), .wdata_i(next_value), .inject_i,
    .re_i(links_read), .raddr_i(links_slot), .rdata_o(next), .corrected_o(next_report.corrected), .lost_o(next_report.lost)
  );
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(SlotBits), .Depth(NumSlots), .Collision(tarn_ram_pkg::RamNoCollision)) u_previous (
    .clk_i, .rst_ni, .we_i(previous_write), .waddr_i(previous_at), .wmask_i(1'b1), .wdata_i(previous_value), .inject_i,
    .re_i(links_read), .raddr_i(links_slot), .rdata_o(previous), .corrected_o(previous_report.corrected), .lost_o(previous_report.lost)
  );
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(2), .Depth(NumSlots), .Collision(tarn_ram_pkg::RamNoCollision)) u_where (
    .clk_i, .rst_ni, .we_i(where_write), .waddr_i(where_at), .wmask_i(1'b1), .wdata_i(where_value), .inject_i,
    .re_i(links_read), .raddr_i(links_slot), .rdata_o(where_bits), .corrected_o(where_report.corrected), .lost_o(where_report.lost)
  );
  assign where = where_e'(where_bits);

  count_t young_share;
  logic [SlotBits+1:0] not_old;
  assign young_share = count_t'(share_of(21'(slots_i), 11'(rule.young_share)));
  assign not_old     = {1'b0, young_max_q} + (SlotBits + 2)'(SpareSlots);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= Clear;
      clear_q      <= '0;
      rule_q       <= FirstRule;
      young_q      <= '0;
      old_q        <= '0;
      proposing_q  <= 1'b0;
      proposed_q   <= '0;
      steps_q      <= '0;
      challenges_q <= '0;
      turns_q      <= 1'b0;
      to_old_q     <= 1'b0;
      young_max_q  <= '0;
      old_max_q    <= '0;
    end else begin
      state_q      <= state_d;
      clear_q      <= state_q == Clear && !cleared && !clear_i ? clear_q + 1'b1 : '0;
      proposing_q  <= proposing_d && !clear_i;
      proposed_q   <= proposed_d;
      steps_q      <= clear_i ? '0 : steps_d;
      challenges_q <= challenges_d;
      turns_q      <= turns_d;
      to_old_q     <= to_old_d;
      young_q      <= clear_i ? '0 : young_d;
      old_q        <= clear_i ? '0 : old_d;
      if (state_q == Idle) rule_q <= rule_i;
      if (state_q == YoungMax) young_max_q <= young_share;
      if (state_q == OldMax) old_max_q <= {1'b0, slots_i} > not_old ? count_t'({1'b0, slots_i} - not_old) : '0;
    end
  end

  // Each used slot is in exactly one queue: none enters that is in one, none leaves that is in none, and (in
  // tarn_pool_policy) there are as many in queues as are used.
  `TARN_ASSERT(EntersOnce, !((state_q inside {Enter, AskGhost}) && !turns_q) || where == Nowhere)
  `TARN_ASSERT(LeavesOnce, !(state_q == Leave && (order_i.kind inside {EventTaken, EventRelease, EventMoved})) || where != Nowhere)
  `TARN_ASSERT(HeadIsInItsQueue, !(state_q == Hand && !(young_exhausted && old_exhausted)) || where == (from_old ? Old : Young))
  `TARN_ASSERT(AnswersProposal, !(state_q == Leave && !(order_i.kind inside {EventRelease, EventMoved})) || (proposing_q && order_slot == proposed_q))
  `TARN_ASSERT(NoMoreThanThereAre, used_o <= slots_i)
endmodule : tarn_pool_policy_queues
