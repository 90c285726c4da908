// The walks under way and who waits for them: as many at once as Walks, each for one page, any number of waiters.
// Latency: a read is offered the cycle after the request that starts the walk, and the cycle after each answer, unless another
// walk's has its turn (of an MSI's page-table entry: once its index is there); the
// first waiter may leave in the cycle of the last answer (now_valid_o), one waiter per cycle over all walks.
// Order: the waiters of a page leave in the order in which they came; a page stays here until its last waiter left.
// When all walks are in use, free_o is low. Reads of different walks overlap; their answers are always taken.
// SmallWalks: a step has three cycles (what it needs, what it says, what the walk caches know), and the read is offered in the
// fourth after an answer, the fifth after a start; no waiter leaves in the cycle of the last answer. What a walk knows stands in one memory, which
// start_ready_o is for, and the read that it makes next in another.
// Each waiter is judged as it comes to leave: one for whom hardware must set A or D first makes the walk begin anew, with
// itself as the first; those behind it wait on. An entry is changed by a compare-and-swap on the walk port.
// Invalidation: a walk that an invalidation may concern begins anew, so that nothing read before it is used or
// installed after it. restarting_o is high until all such walks have their new result: whoever invalidates waits
// for it before the next invalidation, so that each walk begins anew once at most between two of its results.
`include "tarn_assert.svh"
module tarn_iommu_walks
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_possible_pkg::*;
  import tarn_iommu_control_pkg::order32;
  import tarn_iommu_control_pkg::order64;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities,
  parameter int unsigned Walks = 16,  // 1..64
  parameter int unsigned Slots = 64,  // power of two
  parameter int unsigned CacheEntries = 32,  // of each walk cache; power of two, 8..256
  parameter bit          RamParity    = 1'b1,
  parameter bit          SmallWalks   = 1'b0,  // a walk that starts takes its turn in the one step and in the walk caches: smaller, slower
  localparam int unsigned WalkBits = Walks > 1 ? $clog2(Walks) : 1,
  localparam int unsigned SlotBits = $clog2(Slots)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]          plant_i,
`endif
  input  ddtp_t               ddtp_i,
  input  fctl_t               fctl_i,
  // A request asks whether its page is walked already, joins (append_i), or starts a walk (start_i).
  input  page_t               page_i,          // next_page_i of the last cycle with next_i
  output logic                match_o,
  output logic [1:0]          free_o,          // how many walks may start: 3 or more
  input  page_t               next_page_i,     // of the request that is decided after this one
  input  logic                next_i,          // it is next
  output logic                next_looks_walked_o,  // a page with its signature is walked
  input  logic                append_i,
  input  logic                start_i,          // only when start_ready_o
  output logic                start_ready_o,    // a register's; always without SmallWalks
  input  logic [SlotBits-1:0] slot_i,
  input  asker_t              asker_i,
  input  logic                device_known_i,   // space_i.device is the device's context
  input  logic                process_known_i,  // and space_i all of the page's
  input  space_t              space_i,
  input  logic                device_decides_i,  // device_result_valid, space_result_valid and tag_of of page_i and space_i
  input  logic                space_decides_i,
  input  tag_t                tag_i,
  input  logic [1:0]          way_i,
  // Invalidation
  input  logic                inval_valid_i,
  input  inval_t              inval_i,
  output logic                restarting_o,
  // Waiters that may go
  output logic                go_waits_o,      // there are; go_valid_o: and the one whose turn it is needs no walk of its own
  output logic                go_valid_o,
  input  logic                go_ready_i,
  output logic [SlotBits-1:0] go_slot_o,
  output asker_t              go_asker_o,
  output result_t             go_result_o,
  // The first waiter of the walk that ends in this cycle; it waits if it is not taken
  output logic                now_valid_o,
  input  logic                now_ready_i,
  output logic [SlotBits-1:0] now_slot_o,
  output asker_t              now_asker_o,
  output result_t             now_result_o,
  // What may be kept, for one cycle
  output logic                tlb_fill_valid_o,
  output tlb_fill_t           tlb_fill_o,
  output logic                device_fill_valid_o,
  output logic                process_fill_valid_o,
  output context_fill_t       context_fill_o,
  output logic                directory_walked_o,  // pulses: a walk of the directory, of a page table ended
  output logic                table_walked_o,
  output page_t               walked_page_o,
  output space_t              walked_space_o,
  // Reads
  output logic                read_valid_o,
  input  logic                read_ready_i,
  output logic [WalkBits-1:0] read_walk_o,
  output logic [55:0]         read_addr_o,
  output logic                read_of_device_o,  // of a table of the device's, with the ids
  output qos_ids_t            read_qos_o,
  output logic [1:0]          read_size_o,     // 8 << size bytes
  output logic                read_swap_o,     // a compare-and-swap instead, of 8 bytes or
  output logic                read_narrow_o,   // of 4
  output logic [63:0]         read_old_o,      // as they lie in memory
  output logic [63:0]         read_new_o,
  input  logic                rsp_valid_i,
  input  logic [WalkBits-1:0] rsp_walk_i,
  input  status_e             rsp_status_i,
  input  logic [511:0]        rsp_data_i,
  output logic                rsp_upper_o,     // what was asked for stands in the upper half of it
  input  logic                inject_i,        // what walk caches store has a wrong bit
  output logic                parity_error_o,  // pulse
  output logic                idle_o
);
  `TARN_ASSERT_INIT(WalksAllowed, Walks >= 1 && Walks <= 64, "tarn_iommu_walks: Walks must be 1..64")

  typedef enum logic [1:0] {Free, Request, Response, Go} state_e;

  // What a walk knows, as far as it knows it.
  typedef struct packed {
    walk_t  walk;
    space_t space;
  } progress_t;

  state_e              state_q[Walks];
  page_t               page_q[Walks];         // compared all at once
  signature_t          signature_q[Walks];
  logic [SlotBits-1:0] head_q[Walks], tail_q[Walks];
  logic [Walks-1:0]    begin_anew_q;          // what was read so far does not count
  logic [Walks-1:0]    restarted_q;           // begun anew, no result since
  // In distributed RAM, with one write port each: as it started, and as it goes on (stepped_q).
  page_t               page_of_q[Walks];
  progress_t           started_q[Walks], going_on_q[Walks];
  logic [Walks-1:0]    stepped_q;
  logic [Walks-1:0]    from_root_q;           // neither: from the directory
  // SmallWalks: going_on_q has all; a walk that has started is still to take its first step, with this much of its context known.
  logic [Walks-1:0]    beginning_q, begins_device_q, begins_space_q;
  result_t             result_q[Walks];
  logic [1:0]          way_q[Walks];
  logic [SlotBits-1:0] next_q[Slots];         // the waiter behind a waiter
  asker_t              asker_of_q[Slots];     // a waiter
  logic [Walks-1:0]    lead_is_first_q;       // of a result: the waiter for whom the walk was made has not left
  logic [Walks-1:0]    wants_index_q;         // an MSI's walk that has no index yet

  logic [Walks-1:0] is_free, is_request, is_go, match, hit_by_inval;
  logic [WalkBits-1:0] match_walk, free_walk, go_walk_q;

  // Counted as a tree, up to 3: of its 2 * Leaves - 1 places, place i is the sum of places 2i and 2i + 1.
  localparam int unsigned Leaves = 2 ** $clog2(Walks);
  logic [2*Leaves-1:0][1:0] count;
  logic [1:0] free_count;
  function automatic logic [1:0] sum_to_3(logic [1:0] a, logic [1:0] b);
    logic [2:0] sum;
    sum = {1'b0, a} + {1'b0, b};
    return sum[2] ? 2'd3 : sum[1:0];
  endfunction
  always_comb begin
    count = '0;
    for (int unsigned i = 0; i < Walks; i++) begin
      count[Leaves + i] = 2'(state_q[i] == Free);
      is_free[i]        = state_q[i] == Free;
      is_request[i]     = state_q[i] == Request;
      is_go[i]          = state_q[i] == Go;
    end
    for (int unsigned i = Leaves - 1; i >= 1; i--) count[i] = sum_to_3(count[2*i], count[2*i + 1]);
  end
  assign free_count = count[1];
  assign idle_o       = is_free == '1;
  assign free_o       = free_count;
  assign restarting_o = restarted_q != '0;

  logic [7:0][63:0] device_words;
  logic [1:0][63:0] entry;
  page_t rsp_page;
  walk_t rsp_walk, next_walk, start_walk;
  space_t rsp_space, next_space;
  result_t result, step_result, unused_start_result;
  logic done, is_device, is_process, anew, start_done;
  walk_asks_t next_asks, start_asks;
  logic descends, located;
  walk_query_t [1:0] queries;  // of the walk that starts, of the one that goes on
  walk_known_t [1:0] known;
  walk_found_t found, found_q;
  logic found_valid_q;
  // A step's second cycle: what the walk caches know shortens the way.
  typedef struct packed {
    logic [WalkBits-1:0] walk;
    progress_t           progress;
    walk_asks_t          asks;
    logic                anew;
    page_t               page;
    tag_t                tag;
    logic                steps, descends, located;
  } late_t;
  logic late_valid_q;
  late_t late_q;
  progress_t late_progress;
  walk_t late_walk;  // before that

  // What a read was made for is kept when it is made, decoded: little is left to look up when its answer comes.
  typedef struct packed {
    logic                stepped, from_root;
    phase_e              phase;
    purpose_e            purpose;
    logic [2:0]          level, second_level;
    logic                big, narrow;
    logic                is_high;  // the low half of the value stands in the high half of its doubleword
    logic                upper;    // half of the line,
    logic [3:0]          pair;     // two doublewords,
    logic [7:0]          word;     // and doubleword of it in which the entry stands, one bit each
    asker_t              lead;     // the first waiter: none leaves before the answer
    logic [SlotBits-1:0] slot;     // and its slot
  } asked_t;
  asked_t asked_q[Walks], asked, asks_now;

  // --- whose step ------------------------------------------------------------------------------------------------
  // That of an answer, or of a walk that begins when there is none. With SmallWalks all that it needs is taken into registers first.
  logic begin_valid, take_valid, step_valid, begins, answered, restarts;  // answered: it is an answer's; restarts: from the directory on
  logic [WalkBits-1:0] begin_walk, take_walk, step_walk, taken_walk_q;
  logic taken_q, taken_begins_q;
  always_comb begin
    begin_valid = 1'b0;
    begin_walk  = '0;
    for (int unsigned i = 0; i < Walks; i++) begin
      if (beginning_q[i] && !(begins && taken_walk_q == WalkBits'(i))) begin
        begin_valid = SmallWalks;
        begin_walk  = WalkBits'(i);
      end
    end
  end
  assign take_valid = rsp_valid_i || begin_valid;
  assign take_walk  = !SmallWalks || rsp_valid_i ? rsp_walk_i : begin_walk;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {taken_q, taken_begins_q} <= 2'b00;
    else {taken_q, taken_begins_q} <= {SmallWalks && take_valid, SmallWalks && !rsp_valid_i};
  end
  always_ff @(posedge clk_i) taken_walk_q <= take_walk;
  assign step_valid = SmallWalks ? taken_q : rsp_valid_i;
  assign step_walk  = SmallWalks ? taken_walk_q : rsp_walk_i;
  assign begins     = taken_q && taken_begins_q;
  assign answered   = step_valid && !begins;

  // What comes out of a memory, less what an instance cannot have put there.
  function automatic progress_t possible(page_t where, progress_t progress);
    return '{walk: possible_walk(Capabilities, progress.walk), space: possible_space(Capabilities, where, progress.space)};
  endfunction

  typedef struct packed {
    page_t            page;
    progress_t        progress;
    logic             begins_device, begins_space, from_root;
    asker_t           lead;
    logic             narrow;
    status_e          status;
    logic [7:0][63:0] device_words;
    logic [1:0][63:0] entry;
  } step_t;
  step_t taken, step;
  if (SmallWalks) begin : gen_taken
    step_t held_q;
    always_ff @(posedge clk_i) if (take_valid) held_q <= taken;
    // What is constant in what is taken is so in what was.
    always_comb begin
      step          = held_q;
      step.progress = possible(held_q.page, held_q.progress);
      step.lead     = possible_asker(Capabilities, held_q.lead);
    end
  end else begin : gen_direct
    assign step = taken;
  end

  // What would end as it begins goes the long way: it is rare.
  assign restarts      = anew || (begins && (done || step.from_root));
  assign start_ready_o = !SmallWalks || !late_valid_q;

  // --- who waits ------------------------------------------------------------------------------------------------
  // A page is compared a cycle before its request is decided, with the walk too that starts in that cycle.
  logic [Walks-1:0] looks_same, match_q;  // match_q: of page_i, if the walk still is under way
  signature_t next_signature;
  assign next_signature = signature_of(next_page_i, SmallWalks);
  always_comb begin
    match_walk = '0;
    free_walk  = '0;
    for (int unsigned i = 0; i < Walks; i++) begin
      looks_same[i] = !is_free[i] && signature_q[i] == next_signature;
      match[i]      = match_q[i] && !is_free[i];
      if (match[i]) match_walk |= WalkBits'(i);  // it is one at most
      if (is_free[i] && is_free >> (i + 1) == '0) free_walk |= WalkBits'(i);  // the highest
    end
  end
  assign match_o             = match != '0;
  assign next_looks_walked_o = looks_same != '0;

  logic starts_next;  // the walk that starts is that of the next page
  assign starts_next = start_i && page_i == next_page_i;
  always_ff @(posedge clk_i) begin
    if (next_i) begin
      for (int unsigned i = 0; i < Walks; i++) begin
        match_q[i] <= is_free[i] ? starts_next && free_walk == WalkBits'(i) : looks_same[i] && page_q[i] == next_page_i;
      end
    end
  end

  logic [Walks-1:0] leaves, leaves_last;  // of each walk: a waiter, and the last one
  logic go, go_last, now, now_last;
  logic go_again;  // the waiter needs a walk of its own

  // Walks with waiters that may go, in turn; which one is picked a cycle before.
  logic [Walks-1:0] go_candidates, go_next_grant, go_grant_q;
  logic [WalkBits-1:0] go_next_walk;
  assign go_candidates = is_go & ~(go_last ? go_grant_q : '0);
  tarn_pick_next #(.N(Walks)) u_pick_go (
    .req_i(go_candidates), .last_i(go_walk_q), .grant_o(go_next_grant), .index_o(go_next_walk)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      go_grant_q <= '0;
      go_walk_q  <= '0;
    end else if (go || go_again || !go_waits_o) begin
      go_grant_q <= go_next_grant;
      go_walk_q  <= go_next_walk;
    end
  end

  assign go_again     = go_waits_o && !lead_is_first_q[go_walk_q] &&
                        needs_own_walk(go_result_o, possible_asker(Capabilities, go_asker_o));
  assign go_asker_o   = asker_of_q[go_slot_o];
  assign now_asker_o  = asked.lead;
  assign go_waits_o   = (is_go & go_grant_q) != '0;
  assign go_valid_o   = go_waits_o && !go_again;
  assign go_slot_o    = head_q[go_walk_q];
  assign go_result_o  = possible_result(Capabilities, result_q[go_walk_q]);
  assign go           = go_valid_o && go_ready_i;
  assign go_last      = head_q[go_walk_q] == tail_q[go_walk_q];
  assign now_slot_o   = asked.slot;
  assign now_result_o = result;
  assign now_valid_o  = !SmallWalks && rsp_valid_i && done && !anew;
  assign now          = now_valid_o && now_ready_i;
  assign now_last     = now_slot_o == tail_q[rsp_walk_i];

  always_comb begin
    for (int unsigned i = 0; i < Walks; i++) begin
      leaves[i]      = (go && go_grant_q[i]) || (now && rsp_walk_i == WalkBits'(i));
      leaves_last[i] = (go && go_grant_q[i] && go_last) || (now && rsp_walk_i == WalkBits'(i) && now_last);
    end
  end

  // Behind the waiter that leaves; behind the last stands only who comes now.
  logic [SlotBits-1:0] go_next, now_next;
  assign go_next  = go_last ? slot_i : next_q[go_slot_o];
  assign now_next = now_last ? slot_i : next_q[now_slot_o];

  always_ff @(posedge clk_i) begin
    if (append_i) next_q[tail_q[match_walk]] <= slot_i;
    for (int unsigned i = 0; i < Walks; i++) begin
      if (append_i && match[i]) tail_q[i] <= slot_i;
      if (leaves[i]) head_q[i] <= go && go_grant_q[i] ? go_next : now_next;
    end
    if (append_i || start_i) asker_of_q[slot_i] <= asker_i;
    if (start_i) begin
      page_q[free_walk]      <= page_i;
      page_of_q[free_walk]   <= page_i;
      signature_q[free_walk] <= signature_of(page_i, SmallWalks);
      way_q[free_walk]       <= way_i;
      head_q[free_walk]      <= slot_i;
      tail_q[free_walk]      <= slot_i;
    end
  end

  // Byte order of tables (section 3.1.3, SBE; section 6.4, BE); 4 bytes: Sv32.
  function automatic logic is_big(phase_e phase, device_t device);
    if (!Capabilities.both_endian) return 1'b0;
    return phase inside {PhaseProcessDirectory, PhaseProcess, PhaseFirst} ? device.sbe : fctl_i.be;
  endfunction
  function automatic logic [63:0] in_order(logic big, logic narrow, logic [63:0] value);
    return narrow ? {32'b0, order32(big, value[31:0])} : order64(big, value);
  endfunction

  // --- where they stand -----------------------------------------------------------------------------------------
  progress_t read_progress, other_progress;
  page_t other_page;
  logic read_is_late;  // the walk that reads got its answer in the last cycle
  walk_t read_walk, other_walk;
  assign other_page = possible_page(Capabilities, page_of_q[read_walk_o]);
  always_comb begin
    other_progress = possible(other_page, SmallWalks || stepped_q[read_walk_o] ? going_on_q[read_walk_o] : started_q[read_walk_o]);
    other_walk     = from_root_q[read_walk_o] ? first_step(ddtp_i) : other_progress.walk;
    read_progress  = read_is_late ? late_progress : other_progress;
    read_walk      = read_is_late ? late_progress.walk : other_walk;
  end

  always_comb begin
    asked = asked_q[rsp_walk_i];
    // What an instance cannot have asked.
    if (!Capabilities.both_endian) asked.big = 1'b0;
    if (!Capabilities.sv32 && !Capabilities.sv32x4) {asked.narrow, asked.is_high} = {1'b0, asked.big};
  end
  always_comb begin
    taken.page     = possible_page(Capabilities, page_of_q[take_walk]);
    taken.progress = possible(taken.page, SmallWalks || asked.stepped ? going_on_q[take_walk] : started_q[take_walk]);
    if (!SmallWalks) begin
      if (asked.from_root) taken.progress.walk = first_step(ddtp_i);
      taken.progress.walk.phase        = asked.phase;
      taken.progress.walk.purpose      = asked.purpose;
      taken.progress.walk.level        = asked.level;
      taken.progress.walk.second_level = asked.second_level;
    end
    taken.begins_device = begins_device_q[take_walk];
    taken.begins_space  = begins_space_q[take_walk];
    taken.from_root     = from_root_q[take_walk];
    taken.lead          = possible_asker(Capabilities, SmallWalks ? asker_of_q[head_q[take_walk]] : asked.lead);  // none leaves before the answer
    taken.narrow        = asked.narrow;
    taken.status        = rsp_status_i;
    taken.device_words  = device_words;
    taken.entry         = entry;
  end
  assign rsp_page  = step.page;
  assign rsp_walk  = step.progress.walk;
  assign rsp_space = step.progress.space;

  walk_known_t asked_known_q, late_known;
  assign late_walk = late_q.anew ? first_step(ddtp_i) : possible_walk(Capabilities, late_q.progress.walk);
  always_comb begin
    late_progress      = possible(late_q.page, late_q.progress);
    late_progress.walk = shortened(late_walk, late_q.asks, late_known);
  end

  // A step's further cycles: its walk asks the walk caches, with SmallWalks in a cycle of its own, and goes on.
  late_t stepped, asks, asking_q;
  logic asking_valid_q;
  assign stepped = '{
    walk:     step_walk,
    progress: '{walk: next_walk, space: next_space},
    asks:     restarts ? '0 : next_asks,
    anew:     restarts,
    page:     rsp_page,
    tag:      possible_tag(Capabilities, tag_of(rsp_page, next_space)),
    steps:    !done && !restarts,
    descends: descends,
    located:  located
  };
  assign asks       = SmallWalks ? asking_q : late_q;
  assign late_known = SmallWalks ? asked_known_q : known[1];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {asking_valid_q, late_valid_q} <= 2'b00;
    else {asking_valid_q, late_valid_q} <= {SmallWalks && step_valid, SmallWalks ? asking_valid_q : step_valid};
  end
  always_ff @(posedge clk_i) begin
    if (step_valid) asking_q <= stepped;
    asked_known_q <= known[1];
    if (!SmallWalks) begin
      if (step_valid) late_q <= stepped;
    end else begin
      late_q       <= asking_q;
      late_q.steps <= asking_q.steps && !inval_valid_i;  // what the caches say is no more to be kept
    end
    if (start_i) started_q[free_walk] <= '{walk: shortened(start_walk, start_asks, known[0]), space: space_i};
    if (late_valid_q || (SmallWalks && start_i)) begin
      going_on_q[late_valid_q ? late_q.walk : free_walk] <= late_valid_q ? late_progress : '{walk: '0, space: space_i};
    end
    if (answered) result_q[step_walk] <= result;
  end

  // --- reads ----------------------------------------------------------------------------------------------------
  // An MSI's walk gets its index first: its turn goes to the one unit for that, while that has none.
  logic [Walks-1:0] read_request, read_shown;
  logic index_start, index_busy, index_done;
  logic [MsiBits-1:0] msi_index;
  logic [WalkBits-1:0] index_walk_q;
  logic pick_wants_index;

  always_comb begin
    for (int unsigned i = 0; i < Walks; i++) begin
      read_request[i] = is_request[i] && !beginning_q[i] && !(wants_index_q[i] && index_busy) &&
                        !(asking_valid_q && asking_q.walk == WalkBits'(i));
    end
    if (index_busy && !index_done) read_request[index_walk_q] = 1'b0;
  end

  // Who reads: whoever is offered stays. Else a walk that got its answer in the last cycle, or that started in it: by
  // registers, so that its address is there early. The others are picked a cycle before, and go in turn with those.
  logic read_held_q, late_reads_q, started_reads_q, picks_turn_q, read_is_fresh, read_is_pick;
  logic [WalkBits-1:0] read_held_walk_q, started_walk_q, pick_walk_q, pick_next_walk, picked_last_q;
  logic [Walks-1:0] pick_grant_q, pick_next_grant;
  logic pick_valid;
  assign pick_valid       = (pick_grant_q & read_request) != '0;
  assign pick_wants_index = (pick_grant_q & wants_index_q) != '0;
  assign read_is_fresh    = !read_held_q && (late_reads_q || started_reads_q) && !(pick_valid && picks_turn_q);
  assign read_is_late     = read_is_fresh && late_reads_q;
  assign read_is_pick     = !read_held_q && !read_is_fresh && pick_valid;
  assign read_walk_o      = read_held_q ? read_held_walk_q : read_is_late ? late_q.walk :
                            read_is_fresh ? started_walk_q : pick_walk_q;
  assign read_valid_o     = read_held_q || read_is_fresh || (read_is_pick && !pick_wants_index);
  assign index_start      = read_is_pick && pick_wants_index;
  always_comb begin
    for (int unsigned i = 0; i < Walks; i++) read_shown[i] = (read_valid_o || index_start) && read_walk_o == WalkBits'(i);
  end
  tarn_pick_next #(.N(Walks)) u_pick_read (
    .req_i(read_request & ~read_shown), .last_i(read_is_pick ? pick_walk_q : picked_last_q), .grant_o(pick_next_grant),
    .index_o(pick_next_walk)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_held_q     <= 1'b0;
      late_reads_q    <= 1'b0;
      started_reads_q <= 1'b0;
      picks_turn_q    <= 1'b0;
      pick_grant_q    <= '0;
      pick_walk_q     <= '0;
      picked_last_q   <= '0;
    end else begin
      read_held_q     <= read_valid_o && !read_ready_i;
      late_reads_q    <= !SmallWalks && rsp_valid_i && (anew || (!done && next_walk.phase != PhaseMsi));
      started_reads_q <= !SmallWalks && start_i && !(device_known_i && !start_done && start_walk.phase == PhaseMsi);
      if (read_is_fresh || read_is_pick) picks_turn_q <= read_is_fresh;
      if (read_is_pick || !pick_valid) {pick_grant_q, pick_walk_q} <= {pick_next_grant, pick_next_walk};
      if (read_is_pick) picked_last_q <= pick_walk_q;
    end
  end
  always_ff @(posedge clk_i) begin
    read_held_walk_q <= read_walk_o;
    started_walk_q   <= free_walk;
  end

  logic [55:0] made_addr;

  // A read, or a compare-and-swap instead, as it is made.
  typedef struct packed {
    logic [55:0] addr;
    logic [1:0]  size;       // 8 << size bytes
    logic        of_device;  // of a table of the device's
    logic        is_msi;     // its index is still to be put into the address
    logic        swap;
    logic        swap_dirty;
    logic        narrow;     // of 4 bytes where it swaps
    logic        big;
    logic [63:0] entry;
  } read_t;
  function automatic read_t read_of(walk_t walk, space_t space, logic [55:0] addr);
    read_of.addr = addr;
    unique case (walk.phase)
      PhaseDevice:            read_of.size = Capabilities.msi_flat ? 2'd3 : 2'd2;
      PhaseProcess, PhaseMsi: read_of.size = 2'd1;
      default:                read_of.size = 2'd0;
    endcase
    read_of.of_device  = !(walk.phase inside {PhaseDirectory, PhaseDevice});  // section 3.1.3
    read_of.is_msi     = walk.phase == PhaseMsi;
    read_of.swap       = walk.swap;
    read_of.swap_dirty = walk.swap_dirty;
    read_of.narrow     = (walk.phase == PhaseFirst ? space.proc.first : space.device.second) == SchemeSv32;
    read_of.big        = is_big(walk.phase, space.device);
    read_of.entry      = walk.entry;
  endfunction

  read_t reads_q[Walks], offered;  // reads_q: SmallWalks's
  always_ff @(posedge clk_i) if (late_valid_q) reads_q[late_q.walk] <= read_of(late_progress.walk, late_progress.space, made_addr);
  always_comb begin
    offered = read_of(read_walk, read_progress.space, made_addr);
    if (SmallWalks) begin
      offered = reads_q[read_walk_o];
      if (offered.is_msi) offered.addr = offered.addr | 56'({msi_index, 4'b0});
    end
  end
  assign read_addr_o   = offered.addr;
  assign read_narrow_o = offered.narrow;
  assign asks_now = '{
    stepped:      stepped_q[read_walk_o],
    from_root:    from_root_q[read_walk_o],
    phase:        read_walk.phase,
    purpose:      read_walk.purpose,
    level:        read_walk.level,
    second_level: read_walk.second_level,
    big:          offered.big,
    narrow:       offered.narrow && read_walk.phase inside {PhaseFirst, PhaseSecond},
    is_high:      offered.narrow && read_walk.phase inside {PhaseFirst, PhaseSecond} ? read_addr_o[2] : offered.big,
    upper:        read_addr_o[5],
    pair:         4'b1 << read_addr_o[5:4],
    word:         8'b1 << read_addr_o[5:3],
    lead:         asker_of_q[head_q[read_walk_o]],
    slot:         head_q[read_walk_o]
  };

  tarn_iommu_msi_index #(
    .Bits(guest_page_bits(Capabilities)),
    .BitsPerCycle(SmallWalks ? 1 : 4)
  ) u_msi_index (
    .clk_i,
    .rst_ni,
    .start_i(index_start),
    .page_i (other_walk.gpn[MsiBits-1:0]),
    .mask_i (other_progress.space.device.msi_mask),
    .busy_o (index_busy),
    .done_o (index_done),
    .take_i (read_valid_o && read_ready_i && offered.is_msi),
    .index_o(msi_index)
  );
  always_ff @(posedge clk_i) begin
    if (index_start) index_walk_q <= pick_walk_q;
    if (read_valid_o && read_ready_i) asked_q[read_walk_o] <= asks_now;
  end

  // The address, with each of the walk caches' answers, before it is known which counts. A late walk has no MSI's index.
  walk_shortcut_t by;
  function automatic logic [55:0] late_addr(walk_t walk);
    return step_addr(Capabilities.msi_flat, late_q.page, late_progress.space, walk, '0);
  endfunction
  function automatic logic [55:0] late_addr_by(phase_e phase, logic [2:0] level, logic [2:0] second_level, logic [PpnBits-1:0] ppn);
    walk_t walk;
    walk              = late_walk;
    walk.phase        = phase;
    walk.level        = level;
    walk.second_level = second_level;
    walk.ppn          = ppn;
    return late_addr(walk);
  endfunction
  always_comb begin
    by        = SmallWalks || read_is_late ? shortcut_of(late_q.asks, late_known) : '0;
    made_addr = ({56{by == '0}} & (SmallWalks || read_is_late ? late_addr(late_walk)
                                                              : step_addr(Capabilities.msi_flat, other_page,
                                                                          other_progress.space, other_walk, msi_index))) |
                ({56{by.first_near}} & late_addr_by(PhaseFirst, 3'd0, 3'd0, late_known.first_near_ppn)) |
                ({56{by.first_far}} & late_addr_by(PhaseFirst, 3'd1, 3'd0, late_known.first_far_ppn)) |
                ({56{by.guest_page}} & late_addr_by(late_q.asks.phase, late_walk.level, 3'd0, late_known.guest_page_ppn)) |
                ({56{by.second_near}} & late_addr_by(PhaseSecond, 3'd0, 3'd0, late_known.second_near_ppn)) |
                ({56{by.second_far}} & late_addr_by(PhaseSecond, 3'd0, 3'd1, late_known.second_far_ppn));
  end
  always_comb begin
    read_of_device_o = offered.of_device;
`ifdef TARN_PLANT
    if (plant_i == 4'd11) read_of_device_o = 1'b0;  // tables are read with the unit's ids
`endif
  end
  assign read_qos_o       = read_progress.space.device.qos;
  assign read_swap_o = offered.swap;
  assign read_old_o  = in_order(offered.big, offered.narrow, offered.entry);
  assign read_new_o  = in_order(offered.big, offered.narrow, offered.entry | 64'h40 | (offered.swap_dirty ? 64'h80 : 64'd0));
  assign read_size_o = offered.size;

  // --- answers --------------------------------------------------------------------------------------------------

  // What the step looks at: a device context, or one or two doublewords, first one first. Sv32's entries are half a doubleword.
  // Without MSI page tables a context is half a line: that is chosen first, the words from it.
  logic [63:0] first_word, second_word;
  logic [3:0][63:0] half;
  assign half        = asked.upper ? rsp_data_i[511:256] : rsp_data_i[255:0];
  assign rsp_upper_o = asked.upper;
  always_comb begin
    first_word  = '0;
    second_word = '0;
    if (Capabilities.msi_flat) begin
      for (int unsigned i = 0; i < 8; i++) first_word |= {64{asked.word[i]}} & rsp_data_i[64*i +: 64];
      for (int unsigned i = 0; i < 4; i++) second_word |= {64{asked.pair[i]}} & rsp_data_i[128*i + 64 +: 64];
      device_words = rsp_data_i;
    end else begin
      for (int unsigned i = 0; i < 4; i++) first_word |= {64{asked.word[i] || asked.word[i+4]}} & half[i];
      for (int unsigned i = 0; i < 2; i++) second_word |= {64{asked.pair[i] || asked.pair[i+2]}} & half[2*i+1];
      device_words = 512'(half);
    end
    for (int unsigned i = 0; i < 8; i++) device_words[i] = order64(asked.big, device_words[i]);
    entry[0] = {order32(asked.big, asked.big ? first_word[31:0] : first_word[63:32]),
                order32(asked.big, asked.is_high ? first_word[63:32] : first_word[31:0])};
    entry[1] = order64(asked.big, second_word);
  end

  tarn_iommu_walk_step #(.Capabilities(Capabilities)) u_step (
    .fctl_i,
    .page_i   (rsp_page),
    .space_i  (rsp_space),
    .walk_i   (rsp_walk),
    .narrow_i (step.narrow),
    .begins_device_i(begins && step.begins_device),
    .begins_space_i (begins && step.begins_space),
    .lead_i   (step.lead),
    .status_i (step.status),
    .device_words_i(step.device_words),
    .words_i  (step.entry),
    .done_o   (done),
    .result_o (step_result),
    .walk_o   (next_walk),
    .space_o  (next_space),
    .asks_o   (next_asks),
    .descends_o(descends),
    .located_o(located),
    .device_o (is_device),
    .process_o(is_process)
  );

  always_comb begin
    result     = possible_result(Capabilities, step_result);
    result.qos = next_space.device.qos;
  end

  // A walk whose context is known begins behind it: without SmallWalks in the cycle of its start.
  tarn_iommu_walk_enter u_start (
    .page_i,
    .space_i,
    .walk_i       ('0),
    .lead_i       (asker_i),
    .device_decides_i,
    .space_decides_i,
    .device_i     (device_known_i && !process_known_i),
    .space_known_i(process_known_i),
    .table_i      (1'b0),
    .page_valid_i (1'b0),
    .gpn_i        ('0),
    .done_o       (start_done),
    .result_o     (unused_start_result),
    .walk_o       (start_walk),
    .asks_o       (start_asks)
  );

  walk_t late_asking, late_looked;
  assign late_looked = possible_walk(Capabilities, late_q.progress.walk);
  assign late_asking = possible_walk(Capabilities, asks.progress.walk);
  assign queries[0] = '{tag: tag_i, gpn: start_walk.gpn};
  assign queries[1] = '{tag: possible_tag(Capabilities, asks.tag), gpn: late_asking.gpn};

  // A first stage's table whose host page is known now: with its root's level, it is no pointer that led there.
  logic finds_table;
  assign finds_table = !late_progress.walk.swap && late_progress.walk.phase == PhaseFirst &&
                       late_progress.walk.level != root_level(late_progress.space.proc.first);
  always_comb begin
    found             = '0;
    found.first_near  = finds_table && late_progress.walk.level == 3'd0;
    found.first_far   = finds_table && late_progress.walk.level == 3'd1;
    found.second_near = late_q.descends && late_progress.walk.second_level == 3'd0;
    found.second_far  = late_q.descends && late_progress.walk.second_level == 3'd1;
    found.guest_page  = late_q.located;
    found.where       = '{tag: possible_tag(Capabilities, late_q.tag), gpn: late_looked.gpn};
    found.ppn         = late_progress.walk.ppn;
    found.table_gpn   = late_progress.walk.gpn[PpnBits-1:0];
  end

  tarn_iommu_walk_caches #(
    .Entries(CacheEntries),
    .Parity(RamParity)
  ) u_caches (
    .clk_i,
    .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .read_i ({SmallWalks ? asking_valid_q : late_valid_q, start_i && !SmallWalks}),
    .query_i(queries),
    .known_o(known),
    .inval_valid_i,
    .inval_i,
    .fill_i (found_valid_q && !inval_valid_i),
    .found_i(found_q),
    .inject_i,
    .parity_error_o
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) found_valid_q <= 1'b0;
    else found_valid_q <= late_valid_q && late_q.steps && !inval_valid_i;
  end
  always_ff @(posedge clk_i) if (late_valid_q) found_q <= found;

  assign anew = begin_anew_q[step_walk] || hit_by_inval[step_walk];

  // What shares the device, or of a first stage the largest page that an address or a range can name, begins anew. No
  // pointer that an address names (NL) leads to a walk beyond that page.
  localparam int unsigned LargestPageBits = 36;
  logic [VpnBits-1:0] named_bits;
  assign named_bits = ~inval_i.vpn_mask >> LargestPageBits << LargestPageBits;
  always_comb begin
    for (int unsigned i = 0; i < Walks; i++) begin
      hit_by_inval[i] = inval_valid_i && !is_free[i];
      if (inval_i.kind inside {InvalDevices, InvalProcesses} && inval_i.by_device &&
          page_q[i].device_id != inval_i.device_id) begin
        hit_by_inval[i] = 1'b0;
      end
      if (inval_i.kind == InvalFirst && inval_i.by_address && ((page_q[i].vpn ^ inval_i.vpn) & named_bits) != '0) begin
        hit_by_inval[i] = 1'b0;
      end
`ifdef TARN_PLANT
      if (plant_i == 4'd3) hit_by_inval[i] = 1'b0;  // a walk keeps what it read before the invalidation
`endif
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < Walks; i++) state_q[i] <= Free;
      begin_anew_q <= '0;
      restarted_q  <= '0;
    end else begin
      for (int unsigned i = 0; i < Walks; i++) begin
        unique case (state_q[i])
          Free: if (start_i && free_walk == WalkBits'(i)) state_q[i] <= Request;
          Request: begin
            if (hit_by_inval[i]) {begin_anew_q[i], restarted_q[i]} <= 2'b11;
            if (read_valid_o && read_shown[i] && read_ready_i) state_q[i] <= Response;
            if (begins && step_walk == WalkBits'(i)) begin_anew_q[i] <= 1'b0;
          end
          Response: begin
            if (hit_by_inval[i]) {begin_anew_q[i], restarted_q[i]} <= 2'b11;
            if (answered && step_walk == WalkBits'(i)) begin
              state_q[i]      <= !done || anew ? Request : leaves_last[i] && !(append_i && match[i]) ? Free : Go;
              begin_anew_q[i] <= 1'b0;
              if (done && !anew) restarted_q[i] <= 1'b0;
            end
          end
          default: begin  // Go
            if (leaves_last[i] && !(append_i && match[i])) begin
              state_q[i] <= Free;
            end else if (go_again && go_grant_q[i] && !hit_by_inval[i]) begin
              state_q[i] <= Request;
            end else if (hit_by_inval[i]) begin
              state_q[i]     <= Request;
              restarted_q[i] <= 1'b1;
            end
          end
        endcase
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      lead_is_first_q <= '0;
      wants_index_q   <= '0;
    end else begin
      for (int unsigned i = 0; i < Walks; i++) begin
        if (answered && step_walk == WalkBits'(i)) lead_is_first_q[i] <= 1'b1;
        if (step_valid && step_walk == WalkBits'(i)) wants_index_q[i] <= !restarts && !done && next_walk.phase == PhaseMsi;
        if (leaves[i]) lead_is_first_q[i] <= 1'b0;
        if (index_start && pick_grant_q[i]) wants_index_q[i] <= 1'b0;
        if (start_i && free_walk == WalkBits'(i)) begin
          wants_index_q[i] <= !SmallWalks && device_known_i && !start_done && start_walk.phase == PhaseMsi;
        end
      end
    end
  end

  // A step that counts leads on; one that does not, and a result that an invalidation hits, back to the root.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stepped_q   <= '0;
      from_root_q <= '0;
    end else begin
      for (int unsigned i = 0; i < Walks; i++) begin
        if (start_i && free_walk == WalkBits'(i)) begin
          stepped_q[i]   <= 1'b0;
          from_root_q[i] <= !device_known_i || (!SmallWalks && start_done);
        end else if (step_valid && step_walk == WalkBits'(i)) begin
          stepped_q[i]   <= 1'b1;
          from_root_q[i] <= !SmallWalks && anew;
        end else if (is_go[i] && (hit_by_inval[i] || (go_again && go_grant_q[i]))) begin
          from_root_q[i] <= 1'b1;
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beginning_q     <= '0;
      begins_device_q <= '0;
      begins_space_q  <= '0;
    end else begin
      for (int unsigned i = 0; i < Walks; i++) begin
        beginning_q[i] <= SmallWalks && ((beginning_q[i] && !(begins && step_walk == WalkBits'(i))) ||
                                         (start_i && free_walk == WalkBits'(i)) ||
                                         (is_go[i] && !(leaves_last[i] && !(append_i && match[i])) &&
                                          (hit_by_inval[i] || (go_again && go_grant_q[i]))));
        if (start_i && free_walk == WalkBits'(i)) begin
          begins_device_q[i] <= SmallWalks && device_known_i && !process_known_i;
          begins_space_q[i]  <= SmallWalks && process_known_i;
        end
      end
    end
  end

  // --- what was walked ------------------------------------------------------------------------------------------
  logic in_table;
  assign in_table           = rsp_walk.phase inside {PhaseFirst, PhaseSecond} && rsp_walk.purpose != ForProcess;
  assign directory_walked_o = answered && !anew && !in_table &&
                              (done || is_process || (is_device && !needs_process(rsp_page, next_space.device)));
  assign table_walked_o     = answered && !anew && in_table && done;
  assign walked_page_o      = rsp_page;
  assign walked_space_o     = rsp_space;

  // --- what may be kept -----------------------------------------------------------------------------------------
  // A leaf with A set in both stages, and a context, as long as the memory's answer is the walk's last.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tlb_fill_valid_o     <= 1'b0;
      device_fill_valid_o  <= 1'b0;
      process_fill_valid_o <= 1'b0;
    end else begin
      tlb_fill_valid_o     <= answered && !anew && done && result.kind == ResultLeaf &&
                              result.first_rights.accessed && result.second_rights.accessed &&
                              result.second_rights.user && rsp_page.kind != KindTranslated;
      device_fill_valid_o  <= answered && !anew && is_device;
      process_fill_valid_o <= answered && !anew && is_process;
    end
  end
  always_ff @(posedge clk_i) begin
    if (answered) begin
      tlb_fill_o     <= '{tag: possible_tag(Capabilities, tag_of(rsp_page, rsp_space)), leaf: leaf_of(result), way: way_q[step_walk]};
      context_fill_o <= '{device_id: rsp_page.device_id, process_id: is_process ? process_of(rsp_page) : '0,
                          value: next_space};
    end
  end

  `TARN_ASSERT(OneWalkAPage, (match & (match - 1'b1)) == '0)
  `TARN_ASSERT(StartsOnlyFree, !start_i || (free_o != 2'd0 && !match_o))
  `TARN_ASSERT(JoinsOnlyMatch, !append_i || match_o)
  `TARN_ASSERT(StartsOnlyReady, !start_i || start_ready_o)
  logic rsp_expected;
  assign rsp_expected = state_q[rsp_walk_i] == Response;
  `TARN_ASSERT(AnswersOnlyAsked, !rsp_valid_i || rsp_expected)
endmodule : tarn_iommu_walks
