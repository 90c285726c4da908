// The pool's replacement policy: what it is told, what it tells, and the rules among which it chooses
// (docs/architecture.md, "Replacement: two queues, exactly").
package tarn_pool_policy_pkg;

  localparam int unsigned NumRules = 6;
  typedef logic [2:0] rule_t;

  // What the pool tells, at most one a cycle, in the order of its passes.
  typedef enum logic [3:0] {
    EventAccess,   // a lookup hit the slot
    EventAssign,   // the slot, free until now, was given to the segment
    EventKept,     // the slot was chosen, but its page-out was given up: it holds the segment again
    EventRelease,  // the slot became free without having been chosen
    EventTaken,    // answer to a proposal: it will be evicted, and is free for the policy from now on
    EventSkipped,  // answer to a proposal: it may not be evicted now
    EventNotNow,   // answer to a proposal: nobody can evict now
    EventCold,     // software says that the segment in the slot will not be used
    EventMoved     // the segment went from the slot `from` to this one, which was free
  } event_kind_e;

  typedef struct packed {
    event_kind_e               kind;
    tarn_pool_pkg::slot_t      slot;
    tarn_pool_pkg::slot_t      from;
    tarn_pool_pkg::host_t      host;     // of the segment in the slot
    tarn_pool_pkg::segment_t   segment;
  } event_t;

  // An event that changes queues, with what the ghost needs of its segment.
  typedef struct packed {
    event_kind_e          kind;
    tarn_pool_pkg::slot_t slot;
    tarn_pool_pkg::slot_t from;
    logic [31:0]          fingerprint;
  } order_t;

  // What the policy does, one step at a time: for whoever lays a model beside it.
  typedef enum logic [3:0] {
    StepPromoted,    // from the young queue's end to the old queue: it was hit often enough, or the young queue is too long
    StepPassed,      // at the old queue's end, had hits, has one less and goes to its beginning
    StepProposed,    // is proposed to the pool
    StepChallenged,  // as StepPassed, for a remembered segment that wants in
    StepToYoung,     // assigned or kept: enters the young queue
    StepToOld,       // assigned: enters the old queue
    StepLeft,        // released or taken
    StepTurned,      // skipped: goes to the beginning of its queue
    StepStayed,      // not now; or it was released while it was proposed
    StepAllSkipped,  // all were skipped since the last was taken: begins anew
    StepMoved        // took the place of the slot that its segment left
  } step_kind_e;

  typedef struct packed {
    logic                 valid;
    step_kind_e           kind;
    tarn_pool_pkg::slot_t slot;
    rule_t                rule;  // under which it was taken
  } step_t;

  // What became of a sampled access, and of the choice.
  typedef struct packed {
    logic                valid;
    logic [NumRules-1:0] missed;  // in which shadows
  } sampled_t;
  typedef struct packed {
    logic  valid;
    rule_t rule;
  } choice_t;

  // How the two queues are run. Shares are of the slots in service, in 1/1024.
  typedef struct packed {
    logic [9:0]  young_share;    // of the queue that new segments enter
    logic [2:0]  promote_hits;   // hits that take a slot from the young queue's end to the old queue; 4: none do
    logic [10:0] ghost_share;    // evictions from the young queue that are remembered
    logic [2:0]  challenge_max;  // a remembered segment gets into the full old queue only if one of so many at its end
                                 // had no hit; 0: always
  } policy_rule_t;

  // What holds for good where there are no shadows to choose (docs/policy.md, "Without shadows").
  localparam rule_t FixedRule = 3'd1;

  function automatic policy_rule_t rule_of(rule_t rule);
    unique case (rule)
      3'd0:    return '{young_share: 10'd102, promote_hits: 3'd2, ghost_share: 11'd512, challenge_max: 3'd0};
      3'd1:    return '{young_share: 10'd256, promote_hits: 3'd4, ghost_share: 11'd1024, challenge_max: 3'd0};
      3'd2:    return '{young_share: 10'd768, promote_hits: 3'd4, ghost_share: 11'd512, challenge_max: 3'd0};
      3'd3:    return '{young_share: 10'd10, promote_hits: 3'd1, ghost_share: 11'd1536, challenge_max: 3'd4};
      3'd4:    return '{young_share: 10'd10, promote_hits: 3'd4, ghost_share: 11'd512, challenge_max: 3'd0};
      default: return '{young_share: 10'd512, promote_hits: 3'd2, ghost_share: 11'd512, challenge_max: 3'd1};
    endcase
  endfunction

  // 1 at least.
  function automatic logic [20:0] share_of(logic [20:0] slots, logic [10:0] share);
    logic [31:0] product;
    product = 32'(slots) * 32'(share);
    return product[30:10] == '0 ? 21'd1 : product[30:10];
  endfunction

  // Linear over the bits of the key, {host, segment}: every aligned block of segments is spread evenly, and no two keys
  // have the same low 32 bits. Bits 47..32 say whether a segment is sampled, the others where it is kept.
  function automatic logic [47:0] hash_of(logic [27:0] key);
    logic [27:0][47:0] of_bit;
    logic [47:0] hash;
    of_bit = {48'hcafedf4b37fb, 48'h9c5964bc85c2, 48'h8981fee336ec, 48'h2e152f451454, 48'hafe0d257b826, 48'had36c78f3c1a,
              48'h8e09c55795b6, 48'hb093737837cf, 48'h1db0a1bd2521, 48'hc97bc1995beb, 48'hd13da8a1fe33, 48'ha77c8305b870,
              48'hd3f1c698bea7, 48'hd1b080aed79e, 48'hc1e19de2f0a0, 48'h8870a8966903, 48'h617cd8674648, 48'hbed9d7ff8437,
              48'hb35c43637646, 48'hc363646602c3, 48'ha9d9ec281dbd, 48'hf476c816161f, 48'h5ee645fb97b4, 48'h9001d5931df6,
              48'h8333375d41fa, 48'ha6196a43de64, 48'ha0391ab110af, 48'h46ddcd574c2c};
    hash = '0;
    for (int unsigned bit_number = 0; bit_number < 28; bit_number++) begin
      if (key[bit_number]) hash ^= of_bit[bit_number];
    end
    return hash;
  endfunction

endpackage : tarn_pool_policy_pkg
