// Which rule the replacement policy shall follow: that one which misses least in small memories (shadows), one a rule, each of
// which replays the accesses to a sample of the segments. One engine serves all shadows in turn; what each keeps (a
// directory, the queues' links, a ghost) stands in RAMs that they share by area.
//
// A sampled access takes 2 cycles in each shadow that has the segment, and in one that has not some 8, 2 more for each
// segment that is promoted or passed on the way (each paid for by a hit; at a memory's first eviction all that the
// young queue has too much). An access to a set that is full of others is counted as a miss and not followed.
// After reset, and on `clear_i`, directory and ghosts are cleared.
`include "tarn_assert.svh"
module tarn_pool_policy_shadows #(
  parameter int unsigned FramesMax       = 512,  // of a shadow; a power of two
  parameter int unsigned EpochMisses     = 512,  // samples that missed in any shadow, from one choice to the next
  parameter int unsigned MemoryShift     = 1,     // of what an epoch counted, 1 - 2^-n counts in the next one
  parameter int unsigned AdvantageShift  = 6,    // a rule takes over when it misses less by more than 2^-n
  parameter int unsigned FingerprintBits = 20,
  parameter bit          Ecc             = 1'b1,
  parameter bit          BlockRam        = 1'b0   // its directory stands in block RAM, however little it is
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           clear_i,
  output logic                           ready_o,     // not clearing
  input  logic [$clog2(FramesMax):0]     frames_i,    // of a shadow; changes with clear_i
  input  logic                           sample_valid_i,
  output logic                           sample_ready_o,
  input  logic [FingerprintBits-1:0]     sample_i,
  output tarn_pool_policy_pkg::rule_t    rule_o,
  output tarn_pool_policy_pkg::sampled_t sampled_o,
  output tarn_pool_policy_pkg::choice_t  choice_o,    // a change of rule_o, from the next cycle on
  output logic                           passed_by_o, // an access that a shadow could not follow
  input  tarn_pool_pkg::inject_t         inject_i,
  output tarn_pool_pkg::table_report_t   report_o,
  input  tarn_pool_pkg::inject_t         ghost_inject_i,
  output tarn_pool_pkg::table_report_t   ghost_report_o
);
  import tarn_pool_policy_pkg::*;
  localparam int unsigned Ways      = 16;
  localparam int unsigned Sets      = 2 * FramesMax > Ways ? 2 * FramesMax / Ways : 1;
  localparam int unsigned SetBits   = $clog2(Sets);
  localparam int unsigned SetWidth  = Sets > 1 ? SetBits : 1;
  localparam int unsigned TagBits   = FingerprintBits - SetBits;
  localparam int unsigned Places    = Sets * Ways;
  localparam int unsigned PlaceBits = $clog2(Places);
  localparam int unsigned SizeBits  = $clog2(FramesMax) + 1;
  localparam int unsigned UnitShift = FramesMax > 32 ? $clog2(FramesMax) - 5 : 0;
  localparam int unsigned MissBits  = $clog2(EpochMisses + 1);
  localparam int unsigned ScoreFraction = 4;
  localparam int unsigned ScoreBits = MissBits + ScoreFraction + 5;  // an epoch's, at most 16 times over

  `TARN_ASSERT_INIT(FramesAllowed, FramesMax >= 2 && FramesMax == 2 ** $clog2(FramesMax) && FramesMax <= 4096,
                    "tarn_pool_policy_shadows: FramesMax must be a power of two, 2..4096")
  `TARN_ASSERT_INIT(MemoryAllowed, MemoryShift <= 4, "tarn_pool_policy_shadows: MemoryShift must be 0..4")

  typedef logic [PlaceBits-1:0] place_t;
  typedef logic [SizeBits-1:0] size_t;
  typedef struct packed {
    logic               valid;
    logic [1:0]         hits;
    logic [TagBits-1:0] tag;
  } way_t;
  typedef struct packed {
    place_t head;  // its end: the oldest
    place_t tail;
    size_t  size;
  } queue_t;
  typedef enum logic [3:0] {
    Clear, Idle, Lookup, Judge, AskGhost, Ghost, Challenge, Challenged, Evict, Evicted, Insert, Inserted, Score, Choose
  } state_e;

  state_e state_q, state_d;
  rule_t area_q, area_d, chosen_q, best_q;
  policy_rule_t rule;
  queue_t young_q[NumRules], old_q[NumRules], young, old, young_left, old_left, young_d, old_d;
  logic [NumRules-1:0] missed_q, missed_d;
  logic [MissBits-1:0] misses_q[NumRules], epoch_q;
  logic [ScoreBits-1:0] score_q[NumRules], aged, best_score_q, chosen_score;
  size_t young_max_q, old_max_q;
  logic [5:0] ghost_limit_q;
  logic to_old_q, to_old_d;
  logic [2:0] challenges_q, challenges_d;
  logic [FingerprintBits-1:0] sample_q;
  localparam int unsigned ClearBits = $clog2(NumRules * Sets);
  logic [ClearBits-1:0] clear_q;
  logic cleared, area_last, area_done, epoch_ends;

  assign rule      = rule_of(area_q);
  assign young     = young_q[area_q];
  assign old       = old_q[area_q];
  assign area_last = area_q == rule_t'(NumRules - 1);
  assign cleared   = clear_q == ClearBits'(NumRules * Sets - 1);
  assign rule_o    = chosen_q;

  // The directory: a set is a word, a way a lane of it.
  logic directory_read;
  logic [SetWidth-1:0] set, sample_set;
  logic [TagBits-1:0] tag;
  logic [Ways-1:0] mask, match, free;
  way_t [Ways-1:0] ways, ways_write;
  way_t way_write;
  logic [ClearBits-1:0] directory_at;
  place_t looked_at_q, looked_at;  // the place whose set was read, and its successor in its queue
  place_t next, next_at, next_value;
  logic next_write, next_read;
  way_t looked;
  logic [3:0] free_way;

  assign sample_set   = Sets > 1 ? SetWidth'(sample_q) : '0;
  assign tag          = TagBits'(sample_q >> SetBits);
  assign directory_at = ClearBits'(32'(area_q) * Sets + 32'(set));
  assign looked       = ways[looked_at_q[3:0]];
  assign ways_write   = {Ways{way_write}};
  always_comb begin
    free_way = '0;
    for (int way = Ways - 1; way >= 0; way--) begin
      match[way] = ways[way].valid && ways[way].tag == tag;
      free[way]  = !ways[way].valid;
      if (free[way]) free_way = 4'(way);
    end
  end
  logic [1:0] matching_hits;
  always_comb begin
    matching_hits = '0;
    for (int unsigned way = 0; way < Ways; way++) begin
      if (match[way]) matching_hits |= ways[way].hits;
    end
  end

  function automatic logic [SetWidth-1:0] set_of(place_t place);
    return Sets > 1 ? SetWidth'(place >> 4) : '0;
  endfunction

  // Of the eviction.
  logic full, overflow, from_young, challenge_ends;
  assign full           = young.size + old.size == frames_i;
  assign overflow       = young.size > young_max_q && old.size < old_max_q;
  assign from_young     = overflow || old.size == '0 || young.size >= young_max_q;
  assign challenge_ends = challenges_q == rule.challenge_max || old.size == '0;

  logic ghost_valid, ghost_ready, ghost_take, ghost_answer, ghost_remembered;
  logic [31:0] ghost_fingerprint;
  logic enters, enters_old;
  place_t enters_place;
  logic [FingerprintBits-1:0] looked_fingerprint;
  assign looked_fingerprint = SetBits == 0 ? FingerprintBits'(looked.tag)
                                           : FingerprintBits'({looked.tag, SetWidth'(set_of(looked_at_q))});

  always_comb begin
    state_d      = state_q;
    missed_d     = missed_q;
    to_old_d     = to_old_q;
    challenges_d = challenges_q;
    area_done    = 1'b0;
    passed_by_o  = 1'b0;
    set          = sample_set;
    directory_read = 1'b0;
    looked_at    = old.head;
    mask         = '0;
    way_write    = looked;
    ghost_valid  = 1'b0;
    ghost_take   = 1'b1;
    ghost_fingerprint = 32'(sample_q);
    enters       = 1'b0;
    enters_old   = 1'b1;
    enters_place = looked_at_q;
    young_left   = young;
    old_left     = old;
    unique case (state_q)
      Clear: begin
        mask      = '1;
        way_write = '0;
        if (cleared) state_d = Idle;
      end
      Idle: begin
        missed_d = '0;
        if (sample_valid_i && ghost_ready) state_d = Lookup;
      end
      Lookup: begin
        directory_read = 1'b1;
        to_old_d       = 1'b0;
        challenges_d   = '0;
        state_d        = Judge;
      end
      Judge: begin
        if (match != '0) begin
          mask           = match;
          way_write.valid = 1'b1;
          way_write.tag   = tag;
          way_write.hits  = matching_hits == 2'd3 ? 2'd3 : matching_hits + 2'd1;
          area_done       = 1'b1;
        end else begin
          missed_d[area_q] = 1'b1;
          passed_by_o      = free == '0;
          if (free == '0) area_done = 1'b1;
          else state_d = AskGhost;
        end
      end
      AskGhost: begin
        ghost_valid = 1'b1;
        if (ghost_ready) state_d = Ghost;
      end
      Ghost: begin
        if (ghost_answer) begin
          to_old_d = ghost_remembered;
          if (!full) state_d = Insert;
          else if (ghost_remembered && rule.challenge_max != '0 && old.size >= old_max_q) state_d = Challenge;
          else state_d = Evict;
        end
      end
      Challenge: begin
        directory_read = 1'b1;
        set            = set_of(old.head);
        state_d        = Challenged;
      end
      Challenged: begin
        set = set_of(looked_at_q);
        if (challenge_ends) begin
          to_old_d = 1'b0;
          state_d  = Evict;
        end else begin
          mask[looked_at_q[3:0]] = 1'b1;
          old_left.head = next;
          old_left.size = old.size - 1'b1;
          if (looked.hits == '0) begin
            way_write.valid = 1'b0;
            state_d         = Insert;
          end else begin
            way_write.hits = looked.hits - 2'd1;
            enters         = 1'b1;
            challenges_d   = challenges_q + 1'b1;
            state_d        = Challenge;
          end
        end
      end
      Evict: begin
        directory_read = 1'b1;
        looked_at      = from_young ? young.head : old.head;
        set            = set_of(looked_at);
        if (ghost_ready) state_d = Evicted;
      end
      Evicted: begin
        set                    = set_of(looked_at_q);
        mask[looked_at_q[3:0]] = 1'b1;
        state_d                = Evict;
        if (from_young) begin
          young_left.head = next;
          young_left.size = young.size - 1'b1;
          if (overflow || {1'b0, looked.hits} >= rule.promote_hits) begin
            way_write.hits = '0;
            enters         = 1'b1;
          end else begin
            way_write.valid   = 1'b0;
            ghost_valid       = 1'b1;
            ghost_take        = 1'b0;
            ghost_fingerprint = 32'(looked_fingerprint);
            state_d           = Insert;
          end
        end else begin
          old_left.head = next;
          old_left.size = old.size - 1'b1;
          if (looked.hits == '0) begin
            way_write.valid = 1'b0;
            state_d         = Insert;
          end else begin
            way_write.hits = looked.hits - 2'd1;
            enters         = 1'b1;
          end
        end
      end
      Insert: begin
        directory_read = 1'b1;
        state_d        = Inserted;
      end
      Inserted: begin
        mask[free_way] = 1'b1;
        way_write      = '{valid: 1'b1, hits: 2'd0, tag: tag};
        enters         = 1'b1;
        enters_old     = to_old_q;
        enters_place   = PlaceBits'({sample_set, free_way});
        area_done      = 1'b1;
      end
      Score:   if (area_last) state_d = Choose;
      Choose:  state_d = Idle;
      default: state_d = Clear;
    endcase

    if (area_done) state_d = !area_last ? Lookup : (epoch_ends ? Score : Idle);

    young_d    = young_left;
    old_d      = old_left;
    next_write = enters;
    next_value = enters_place;
    next_at    = enters_old ? old_left.tail : young_left.tail;
    if (enters && enters_old) begin
      old_d.tail = enters_place;
      old_d.size = old_left.size + 1'b1;
      if (old_left.size == '0) begin
        old_d.head = enters_place;
        next_write = 1'b0;
      end
    end
    if (enters && !enters_old) begin
      young_d.tail = enters_place;
      young_d.size = young_left.size + 1'b1;
      if (young_left.size == '0) begin
        young_d.head = enters_place;
        next_write   = 1'b0;
      end
    end
    if (clear_i) state_d = Clear;
  end

  assign epoch_ends = missed_d != '0 && epoch_q == MissBits'(EpochMisses - 1);
  always_comb begin
    area_d = area_q;
    if (area_done || state_q == Score) area_d = area_last ? '0 : area_q + 1'b1;
    if (clear_i) area_d = '0;
  end

  assign ready_o        = state_q != Clear && !clear_i;
  assign sample_ready_o = state_q == Idle && ghost_ready && !clear_i;
  assign sampled_o      = '{valid: area_done && area_last, missed: missed_d};

  // Scores: what was counted before counts less.
  assign aged         = score_q[area_q] - (score_q[area_q] >> MemoryShift)
                        + {{(ScoreBits - MissBits - ScoreFraction){1'b0}}, misses_q[area_q], {ScoreFraction{1'b0}}};
  assign chosen_score = score_q[chosen_q];
  assign choice_o     = '{valid: state_q == Choose && best_score_q < chosen_score - (chosen_score >> AdvantageShift),
                          rule: best_q};

  tarn_pool_pkg::table_report_t directory_report, next_report;
  assign report_o = directory_report | next_report;
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(Ways * $bits(way_t)), .Depth(NumRules * Sets), .LaneBits($bits(way_t)),
                     .Collision(tarn_ram_pkg::RamNoCollision), .Block(BlockRam)) u_directory (
    .clk_i, .rst_ni, .we_i(mask != '0), .waddr_i(state_q == Clear ? clear_q : directory_at), .wmask_i(mask), .wdata_i(ways_write),
    .inject_i, .re_i(directory_read), .raddr_i(directory_at), .rdata_o(ways),
    .corrected_o(directory_report.corrected), .lost_o(directory_report.lost)
  );
  localparam int unsigned NextBits = $clog2(NumRules * Places);
  function automatic logic [NextBits-1:0] next_address(rule_t area, place_t place);
    return NextBits'(32'(area) * Places + 32'(place));
  endfunction
  // The last one's successor was never written, or is an old one.
  assign next_read = (state_q == Challenge && old.size > 1) || (state_q == Evict && (from_young ? young.size > 1 : old.size > 1));
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(PlaceBits), .Depth(NumRules * Places), .Collision(tarn_ram_pkg::RamNoCollision)) u_next (
    .clk_i, .rst_ni, .we_i(next_write), .waddr_i(next_address(area_q, next_at)), .wmask_i(1'b1), .wdata_i(next_value),
    .inject_i, .re_i(next_read), .raddr_i(next_address(area_q, looked_at)), .rdata_o(next),
    .corrected_o(next_report.corrected), .lost_o(next_report.lost)
  );
  tarn_pool_policy_ghost #(.Areas(NumRules), .SlotsMax(FramesMax), .Ecc(Ecc)) u_ghost (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(ghost_valid), .ready_o(ghost_ready), .take_i(ghost_take), .area_i(area_q), .fingerprint_i(ghost_fingerprint),
    .limit_i(ghost_limit_q), .answer_valid_o(ghost_answer), .remembered_o(ghost_remembered),
    .inject_i(ghost_inject_i), .report_o(ghost_report_o)
  );

  logic [20:0] young_share, ghost_share;
  assign young_share = share_of(21'(frames_i), 11'(rule.young_share));
  assign ghost_share = share_of(21'(frames_i), rule.ghost_share);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= Clear;
      clear_q      <= '0;
      area_q       <= '0;
      missed_q     <= '0;
      to_old_q     <= 1'b0;
      challenges_q <= '0;
      young_q      <= '{default: '0};
      old_q        <= '{default: '0};
      misses_q     <= '{default: '0};
      score_q      <= '{default: '0};
      epoch_q      <= '0;
      chosen_q     <= '0;
      best_q       <= '0;
      best_score_q <= '0;
    end else begin
      state_q      <= state_d;
      clear_q      <= state_q == Clear && !cleared && !clear_i ? clear_q + 1'b1 : '0;
      area_q       <= area_d;
      missed_q     <= missed_d;
      to_old_q     <= to_old_d;
      challenges_q <= challenges_d;
      if (state_q inside {Challenged, Evicted, Inserted}) begin
        young_q[area_q] <= young_d;
        old_q[area_q]   <= old_d;
      end
      if (state_q == Judge && match == '0) misses_q[area_q] <= misses_q[area_q] + 1'b1;
      if (area_done && area_last && missed_d != '0) epoch_q <= epoch_ends ? '0 : epoch_q + 1'b1;
      if (state_q == Score) begin
        score_q[area_q]  <= aged;
        misses_q[area_q] <= '0;
        if (area_q == '0 || aged < best_score_q) begin
          best_score_q <= aged;
          best_q       <= area_q;
        end
      end
      if (choice_o.valid) chosen_q <= best_q;
      if (clear_i) begin
        young_q  <= '{default: '0};
        old_q    <= '{default: '0};
        misses_q <= '{default: '0};
        score_q  <= '{default: '0};
        epoch_q  <= '0;
        chosen_q <= '0;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (sample_valid_i && sample_ready_o) sample_q <= sample_i;
    if (directory_read) looked_at_q <= looked_at;
    if (state_q == Lookup) begin
      young_max_q   <= size_t'(young_share);
      old_max_q     <= frames_i - size_t'(young_share);
      ghost_limit_q <= 6'(ghost_share >> UnitShift);
    end
  end

  `TARN_ASSERT(OneMatch, state_q != Judge || (match & (match - 1'b1)) == '0)
  `TARN_ASSERT(NoMoreThanFrames, young.size + old.size <= frames_i)
  `TARN_ASSERT(InsertFindsRoom, state_q != Inserted || free != '0)
  `TARN_ASSERT(LooksAtPagesThatAreThere, state_q != Evicted || looked.valid)
endmodule : tarn_pool_policy_shadows
