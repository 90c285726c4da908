// The lookup pipeline: one request per cycle, any mix of devices and directions.
//   cycle 0  accepted; the front level is looked up by requester and page, the context caches are read
//   cycle 1  what the front level has leaves, if nothing is before it; else: contexts known; the translation cache is
//            read with the page and its address space
//   cycle 2  decided: issue (hit, bare, or a fault that needs no table), join a walk of the same page, start a walk,
//            or park until a walk is free
// Hits pass misses: only while nothing may leave the pipeline stands. Requests of the same page of the same device keep their
// order: one whose page is being walked waits behind it, and one whose page may be parked is parked as well (pages are
// told apart by 24 bits there). Parked requests run through the pipeline again in order, when a walk is free;
// while any is parked, no newer request starts a walk. There is room to park every slot.
// A hit of the front level goes the long way when a request leaves from cycle 2, when any is parked, or when a page
// that looks the same by those 24 bits is in cycle 2 or walked: then it may not be the first of its page.
// With RamParity a parked request that is not as it was stored leaves with an internal error (cause 272): its page is not known.
// Probes (invalidation of one set) take the place of a request: at once when none was there in the cycle before, else
// of every fourth.
`include "tarn_assert.svh"
module tarn_iommu_lookup
  import tarn_iommu_pkg::*;
  import tarn_iommu_possible_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities,
  parameter int unsigned Slots          = 64,
  parameter int unsigned FrontEntries   = 16,
  parameter int unsigned TlbEntries     = 512,
  parameter int unsigned TlbWays        = 4,
  parameter bit          BlockRam       = 1'b0,
  parameter int unsigned SuperEntries   = 16,
  parameter int unsigned ContextEntries = 128,
  parameter bit          RamParity      = 1'b1,
  parameter bit          ShortSignatures = 1'b0
) (
  input  logic          clk_i,
  input  logic          rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]    plant_i,
`endif
  input  ddtp_t         ddtp_i,
  // New requests
  input  logic          waiting_i,      // one is there, accepted or not
  input  logic          valid_i,        // it is accepted; only when ready_o
  output logic          ready_o,
  input  lookup_t       request_i,
  // What may leave, of cycle 2 or of the front level in cycle 1. With issue_hit_o it is request_o, with what the translation
  // cache says: that comes last in the cycle. Else slot and result come early; issue_early_o: they count, were it not for a hit.
  output logic          issue_valid_o,
  input  logic          issue_ready_i,
  output logic          issue_early_o,
  output logic [7:0]    issue_slot_o,
  output asker_t        issue_asker_o,
  output logic          issue_lost_o,     // it was parked, and is not as it was stored
  output result_t       issue_result_o,
  output logic          issue_hit_o,
  output result_t       issue_hit_result_o,
  // Other decisions of cycle 2
  output lookup_t       request_o,
  input  logic          walk_match_i,   // request_o's page is being walked
  output page_t         next_page_o,    // of the request in cycle 1,
  output logic          next_o,         // which goes on to cycle 2
  input  logic          next_looks_walked_i,  // a page with its signature is being walked
  input  logic [1:0]    walks_free_i,       // how many walks may start: 3 or more
  output logic          append_o,
  output logic          start_o,
  output logic          missed_o,         // pulse: request_o found no translation; space_o is its context if found_o
  output logic          found_o,
  output logic          device_known_o,   // space_o.device is the context of request_o's device
  output logic          process_known_o,  // and space_o all of its page's
  output space_t        space_o,
  output logic          device_decides_o,  // device_result_valid, space_result_valid and tag_of of request_o's page and space_o
  output logic          space_decides_o,
  output tag_t          tag_o,
  output logic [1:0]    way_o,
  // Invalidation
  input  logic          inval_valid_i,  // pulse
  input  inval_t        inval_i,        // holds while inval_busy_o
  output logic          inval_busy_o,   // 4 KiB translations may still be there
  input  logic          flush_contexts_i,
  // Fills
  input  logic          tlb_fill_valid_i,
  input  tlb_fill_t     tlb_fill_i,
  input  logic          device_fill_valid_i,
  input  logic          process_fill_valid_i,
  input  context_fill_t context_fill_i,
  input  parity_inject_t inject_i,      // what is stored has a wrong bit
  output logic [3:0]    parity_errors_o,  // pulses: translations, contexts of devices, of processes, parked requests
  output logic          idle_o          // nothing in the pipeline or parked
);
  localparam int unsigned Sets      = TlbEntries / TlbWays;
  localparam int unsigned SetBits   = $clog2(Sets);
  localparam int unsigned SlotBits  = $clog2(Slots);
  localparam int unsigned CountBits = $clog2(Slots + 1);

  // --- cycle 0: who enters --------------------------------------------------------------------------------------
  typedef struct packed {
    lookup_t            request;
    logic               probe;
    logic               replay;  // was parked
    logic               broken;  // and is not as it was stored
    logic               front;   // the front level has it
    logic               stale;   // an invalidation came after the caches were read: they may be used, not built upon
    logic [SetBits-1:0] tlb_set; // of a probe
  } stage_t;

  logic s1_valid_q, s2_valid_q, s1_ready, s2_ready, enter, front_may, front_leaves;
  stage_t s1_q, s2_q, entering;
  logic parked_valid, parked_broken, take_parked, take_probe, probe_pending;
  logic [1:0] replaying;  // on their way through the pipeline again: there is a walk for each
  lookup_t parked;
  logic [CountBits-1:0] parked_count_q;  // parked or running through again
  logic [SetBits-1:0] probe_set_q;
  logic [1:0] probe_wait_q;
  logic inval_busy_q;
  logic offered_q;  // a request was there in the last cycle: ready_o does not depend on valid_i

  // Whose turn it is does not wait for the pipeline to move.
  logic parked_turn, probe_turn;
  assign parked_turn = parked_valid && walks_free_i > replaying;
  assign probe_turn  = !parked_turn && probe_pending && (!offered_q || probe_wait_q == 2'd3);
  always_comb begin
    entering         = '0;
    entering.stale   = inval_valid_i;
    entering.tlb_set = probe_set_q;
    entering.request = parked_turn ? parked : request_i;
    entering.replay  = parked_turn;
    entering.broken  = parked_turn && parked_broken;
    entering.probe   = probe_turn;
    take_parked      = s1_ready && parked_turn;
    take_probe       = s1_ready && probe_turn;
    ready_o          = s1_ready && !parked_turn && !probe_turn;
    enter            = s1_ready && (parked_turn || probe_turn || valid_i);
  end

  assign replaying = 2'(s1_valid_q && s1_q.replay) + 2'(s2_valid_q && s2_q.replay);

  // --- cycle 1: the front level, and the contexts ------------------------------------------------------------------------------------
  logic s2_device_hit_q, s2_complete_q, tlb_hit, decided, blocked_q, s2_leaves, park, fire;
  logic s2_device_decides_q, s2_space_decides_q, s2_translates_q, s2_wide_q;  // what page and context say, known in cycle 1
  tag_t s2_tag_q;
  signature_t signature, next_signature;
  space_t s2_space_q;
  leaf_t leaf;
  page_t page;
  logic device_hit, process_hit, complete;
  device_t kept_device, device;
  process_t proc;
  space_t space;
  tag_t tag;
  logic [SetBits-1:0] tlb_set;

  tarn_iommu_context_cache #(
    .Entries(ContextEntries),
    .ValueBits($bits(device_t)),
    .Parity(RamParity)
  ) u_devices (
    .clk_i,
    .rst_ni,
    .read_i           (enter),
    .read_device_id_i (entering.request.page.device_id),
    .read_process_id_i('0),
    .device_id_i      (s1_q.request.page.device_id),
    .process_id_i     ('0),
    .hit_o            (device_hit),
    .value_o          (kept_device),
    .flush_i          (flush_contexts_i),
    .inval_valid_i,
    .inval_i,
    .fill_valid_i     (device_fill_valid_i),
    .fill_device_id_i (context_fill_i.device_id),
    .fill_process_id_i('0),
    .fill_value_i     (context_fill_i.value.device),
    .inject_i         (inject_i.contexts),
    .parity_error_o   (parity_errors_o[1])
  );

  tarn_iommu_context_cache #(
    .Entries(ContextEntries),
    .PerProcess(1'b1),
    .ValueBits($bits(process_t)),
    .Parity(RamParity)
  ) u_processes (
    .clk_i,
    .rst_ni,
    .read_i           (enter),
    .read_device_id_i (entering.request.page.device_id),
    .read_process_id_i(process_of(entering.request.page)),
    .device_id_i      (s1_q.request.page.device_id),
    .process_id_i     (process_of(s1_q.request.page)),
    .hit_o            (process_hit),
    .value_o          (proc),
    .flush_i          (flush_contexts_i),
    .inval_valid_i,
    .inval_i,
    .fill_valid_i     (process_fill_valid_i),
    .fill_device_id_i (context_fill_i.device_id),
    .fill_process_id_i(context_fill_i.process_id),
    .fill_value_i     (context_fill_i.value.proc),
    .inject_i         (inject_i.contexts),
    .parity_error_o   (parity_errors_o[2])
  );

  always_comb begin
    device        = possible_device(Capabilities, kept_device);
    space.device  = device;
    space.proc = own_process(s1_q.request.page, device);
    complete      = device_hit;
    if (needs_process(s1_q.request.page, device)) begin
      space.proc = proc;
      complete      = device_hit && process_hit;
    end
  end
  assign tag = possible_tag(Capabilities, tag_of(s1_q.request.page, space));

  size_e front_size;
  logic [PpnBits-1:0] front_ppn;
  qos_ids_t front_qos;
  result_t front_result;
  logic front_hit, front_fill;

  tarn_iommu_front #(.Entries(FrontEntries)) u_front (
    .clk_i,
    .rst_ni,
    .read_i     (ready_o && valid_i),
    .page_i     (request_i.page),
    .asker_i    (request_i.asker),
    .hit_o      (front_hit),
    .size_o     (front_size),
    .ppn_o      (front_ppn),
    .qos_o      (front_qos),
    .flush_i    (inval_valid_i || flush_contexts_i),
    .fill_i     (front_fill),
    .fill_page_i(page),
    .fill_leaf_i(leaf),
    .fill_qos_i (s2_space_q.device.qos),
    .fill_sum_i (s2_space_q.proc.sum),
    .fill_ens_i (s2_space_q.proc.ens)
  );
  assign next_page_o    = s1_q.request.page;
  assign next_o         = s2_ready;
  assign next_signature = signature_of(s1_q.request.page, ShortSignatures);
  assign front_may      = s1_valid_q && !s1_q.probe && !s1_q.replay && front_hit && parked_count_q == '0 &&
                          !next_looks_walked_i && !(s2_valid_q && next_signature == signature);
  assign front_leaves   = front_may && !s2_leaves;
  always_comb begin
    front_result              = plain_result(ResultLeaf, 1'b0);  // it permits the access
    front_result.reached      = 1'b1;
    front_result.first_rights = '1;
    front_result.second_rights = '1;
    front_result.size         = front_size;
    front_result.ppn          = front_ppn;
    front_result.qos          = front_qos;
  end

  assign s1_ready = !s1_valid_q || s2_ready;
  assign tlb_set  = s1_q.probe ? s1_q.tlb_set : SetBits'(set_of(tag));

  // --- cycle 2: the decision ------------------------------------------------------------------------------------
  // IOTINVAL.VMA without operands takes all at once, without probes.
  logic inval_is_whole;
  assign inval_is_whole = inval_i.kind == InvalFirst && !inval_i.by_address && !inval_i.by_pscid && !inval_i.by_gscid;


  tarn_iommu_tlb #(
    .Capabilities(Capabilities),
    .Entries(TlbEntries),
    .Ways(TlbWays),
    .BlockRam(BlockRam),
    .SuperEntries(SuperEntries),
    .Parity(RamParity)
  ) u_tlb (
    .clk_i,
    .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .read_i       (s1_valid_q && s2_ready),
    .set_i        (tlb_set),
    .lookup_i     (s2_valid_q && !s2_q.probe && s2_translates_q),
    .tag_i        (s2_tag_q),
    .sum_i        (s2_space_q.proc.sum),
    .asker_i      (s2_q.request.asker),
    .hit_o        (tlb_hit),
    .leaf_o       (leaf),
    .way_o,
    .probe_i      (s2_valid_q && s2_q.probe),
    .inval_valid_i,
    .inval_i,
    .flush_i      (inval_is_whole),
    .fill_valid_i (tlb_fill_valid_i),
    .fill_i       (tlb_fill_i),
    .inject_i     (inject_i.translations),
    .parity_error_o(parity_errors_o[0])
  );

  assign page      = s2_q.request.page;
  assign request_o = s2_q.request;
  assign space_o   = s2_space_q;
  assign device_decides_o = s2_device_decides_q;
  assign space_decides_o  = s2_space_decides_q;
  assign tag_o            = s2_tag_q;
  assign missed_o  = (append_o || start_o) && !decided;
  assign found_o   = s2_complete_q;
  assign device_known_o  = s2_device_hit_q && !s2_q.stale && !inval_valid_i;
  assign process_known_o = s2_complete_q && !s2_q.stale && !inval_valid_i;

  // A page of this width (34 bits of a guest's address with SXL), in a space that has tables. Translation requests with T2GPA want to know the guest page, which
  // is not kept.
  function automatic logic translates(page_t where, space_t known);
    return !device_result_valid(where, known.device) && !space_result_valid(where, known) &&
           !(where.kind == KindTranslationRequest && known.device.t2gpa) &&
           (known.proc.first != SchemeBare ||
            ((where.vpn >> page_bits(Capabilities)) == '0 && !(known.device.sxl && where.vpn[VpnBits-1:22] != '0)));
  endfunction

  // What needs no table to be read (section 3.3, steps 1 to 17).
  // The translation cache's answer comes last: all else is known from registers by then.
  logic fixed, asks_tlb;  // decided without it; its answer decides
  result_t fixed_result;
  always_comb begin
    fixed        = 1'b1;
    asks_tlb     = 1'b0;
    fixed_result = fault_result(CauseTransactionTypeDisallowed, 1'b0);
    if (s2_q.broken) begin
      fixed_result = fault_result(CauseInternalDataPathError, 1'b0);
    end else if (ddtp_i.mode == ModeOff) begin
      fixed_result = fault_result(CauseAllInboundDisallowed, 1'b0);
    end else if (ddtp_i.mode == ModeBare) begin
      if (page.kind == KindUntranslated) fixed_result = plain_result(ResultBare, 1'b0);
    end else if (!s2_wide_q) begin
      if (s2_device_decides_q) begin
        fixed_result = device_result(page, s2_space_q.device);
        fixed        = s2_device_hit_q;
      end else if (s2_space_decides_q) begin
        fixed_result = space_result(page, s2_space_q);
        fixed        = s2_complete_q;
      end else begin
        fixed    = 1'b0;
        asks_tlb = 1'b1;
      end
    end
    fixed_result.qos = s2_space_q.device.qos;
  end
  assign decided = fixed || (asks_tlb && tlb_hit);

  logic joins;
`ifdef TARN_PLANT
  assign joins = walk_match_i && !s2_q.broken && !(plant_i == 4'd4 && decided);  // a hit passes an older request of its page
`else
  assign joins = walk_match_i && !s2_q.broken;
`endif

  logic here, alone, may_start;  // a request; it neither waits nor joins; were it to miss, a walk is free for it
  assign here      = s2_valid_q && !s2_q.probe;
  assign alone     = here && !blocked_q && !joins;
  assign may_start = walks_free_i != 2'd0 && (s2_q.replay || parked_count_q == '0);
  assign append_o  = here && !blocked_q && joins && issue_ready_i;
  assign s2_leaves = alone && decided;
  assign start_o   = alone && may_start && issue_ready_i && !decided;
  assign park      = issue_ready_i && ((here && blocked_q) || (alone && !may_start && !decided));

  assign issue_valid_o  = s2_leaves || front_may;
  assign issue_early_o  = (alone && fixed) || front_may;
  assign issue_slot_o   = alone && fixed ? s2_q.request.slot : s1_q.request.slot;
  assign issue_asker_o  = alone && fixed ? s2_q.request.asker : s1_q.request.asker;
  assign issue_lost_o   = alone && s2_q.broken;
  assign issue_result_o = alone && fixed ? fixed_result : front_result;
  assign issue_hit_o    = alone && asks_tlb && tlb_hit;
  always_comb begin
    issue_hit_result_o     = leaf_result(leaf, s2_space_q);
    issue_hit_result_o.qos = s2_space_q.device.qos;
  end
  // Not while probes are still to drop what it would be filled from, nor from what was read beside the last one.
  assign front_fill     = s2_leaves && s2_translates_q && tlb_hit && page.kind == KindUntranslated &&
                        !s2_q.stale && !s2_q.front && !s2_q.broken && !inval_busy_o && !inval_busy_q;

  // Whatever is decided: the pipeline moves as soon as something may leave, so that no ready waits for a decision.
  assign s2_ready = !s2_valid_q || s2_q.probe || issue_ready_i;
  assign fire     = s2_valid_q && s2_ready;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s1_valid_q  <= 1'b0;
      s2_valid_q  <= 1'b0;
    end else begin
      if (s1_ready) s1_valid_q <= enter;
      if (s2_ready) s2_valid_q <= s1_valid_q && !(front_leaves && issue_ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (s1_ready && enter) s1_q <= entering;
    else if (inval_valid_i) s1_q.stale <= 1'b1;
    if (s2_ready && s1_valid_q) begin
      s2_q             <= s1_q;
      s2_q.stale       <= s1_q.stale || inval_valid_i;
      s2_q.front       <= front_hit && !s1_q.replay && !s1_q.probe;
      s2_device_hit_q  <= device_hit;
      s2_complete_q    <= complete;
      s2_space_q       <= space;
      s2_tag_q             <= tag;
      s2_device_decides_q  <= device_result_valid(s1_q.request.page, device);
      s2_space_decides_q   <= space_result_valid(s1_q.request.page, space);
      s2_translates_q      <= complete && translates(s1_q.request.page, space);
      s2_wide_q            <= is_wide_device(ddtp_i.mode, Capabilities.msi_flat, s1_q.request.page.device_id);
    end else if (inval_valid_i) begin
      s2_q.stale <= 1'b1;
    end
  end

  // --- parked requests ------------------------------------------------------------------------------------------
  // A page of which a request is parked is told by a signature: another page may look the same, and waits for nothing.
  signature_t signature_q[Slots];
  logic [Slots-1:0] parked_q, same;  // by slot
  logic leaves_park, park_ready;
  logic [SlotBits-1:0] slot;

  assign slot        = s2_q.request.slot[SlotBits-1:0];
  assign signature   = signature_of(page, ShortSignatures);
  assign leaves_park = fire && s2_q.replay;

  // Compared a cycle before the decision, with the request too that is decided in that cycle.
  // Whether that one parks or leaves is known last.
  logic same_other, same_own, same_now;
  always_comb begin
    for (int unsigned i = 0; i < Slots; i++) same[i] = parked_q[i] && signature_q[i] == next_signature;
  end
  always_comb begin
    same_other = 1'b0;
    same_own   = 1'b0;
    for (int unsigned i = 0; i < Slots; i++) begin
      same_other |= same[i] && slot != SlotBits'(i);
      same_own   |= same[i] && slot == SlotBits'(i);
    end
  end
  assign same_now = signature == next_signature;
  always_ff @(posedge clk_i) begin
    if (s2_ready) blocked_q <= !s1_q.replay && (same_other || (same_own && !(s2_valid_q && s2_q.replay)) || (park && same_now));
  end

  // Kept with a parity bit and, so that a wrong bit loses no slot, the slot once more.
  typedef struct packed {
    logic       parity;
    logic       slot_parity;
    logic [7:0] slot;
    lookup_t    request;
  } parked_t;

  parked_t park_stored, park_read;
  always_comb begin
    park_stored.request     = s2_q.request;
    park_stored.slot        = s2_q.request.slot;
    park_stored.slot_parity = ^s2_q.request.slot;
    park_stored.parity      = ^s2_q.request;
    if (RamParity) park_stored.request.slot[0] = s2_q.request.slot[0] ^ inject_i.parked;
  end

  tarn_fifo #(
    .T(parked_t),
    .Depth(Slots),
    .UseRam(Slots > 16)
  ) u_parked (
    .clk_i,
    .rst_ni,
    .valid_i(park),
    .ready_o(park_ready),
    .data_i (park_stored),
    .valid_o(parked_valid),
    .ready_i(take_parked),
    .data_o (park_read),
    .count_o()
  );

  assign parked_broken      = RamParity && park_read.parity != ^park_read.request;
  assign parity_errors_o[3] = take_parked && parked_broken;
  always_comb begin
    parked      = park_read.request;
    parked.page = possible_page(Capabilities, park_read.request.page);
    if (parked_broken && park_read.slot_parity == ^park_read.slot) parked.slot = park_read.slot;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      parked_count_q <= '0;
      parked_q       <= '0;
    end else begin
      if (park) begin
        parked_count_q <= parked_count_q + 1'b1;
        parked_q[slot] <= 1'b1;
      end
      if (leaves_park) begin
        parked_count_q <= parked_count_q - 1'b1;
        parked_q[slot] <= 1'b0;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (park) signature_q[slot] <= signature;
  end

  assign idle_o = !s1_valid_q && !s2_valid_q && parked_count_q == '0;

  // --- probes ---------------------------------------------------------------------------------------------------
  // With one address and a whole address space, one set may hold a match, if no larger page was kept in 4 KiB pieces;
  // else every set.
  logic [SetBits:0] probes_left_q;
  logic needs_probes, single_set, pieces_q;
  tag_t inval_tag;

  always_comb begin
    inval_tag        = '0;
    inval_tag.vpn    = inval_i.vpn[TagVpnBits-1:0];
    inval_tag.first  = 1'b1;
    inval_tag.pscid  = inval_i.pscid;
    inval_tag.second = inval_i.by_gscid;
    inval_tag.gscid  = inval_i.by_gscid ? inval_i.gscid : '0;
    inval_tag        = possible_tag(Capabilities, inval_tag);
  end
  assign needs_probes = inval_valid_i && inval_i.kind inside {InvalFirst, InvalSecond} && !inval_is_whole;
  assign single_set   = inval_i.kind == InvalFirst && inval_i.by_address && inval_i.vpn_mask == '0 && inval_i.by_pscid &&
                        !pieces_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) pieces_q <= 1'b0;
    else if (tlb_fill_valid_i && tlb_fill_i.leaf.size == Size4K && tlb_fill_i.leaf.first &&
             tlb_fill_i.leaf.first_size != Size4K) pieces_q <= 1'b1;
    else if (inval_valid_i && inval_is_whole) pieces_q <= 1'b0;
  end

  assign probe_pending = probes_left_q != '0;
  assign inval_busy_o  = probe_pending || (s1_valid_q && s1_q.probe) || (s2_valid_q && s2_q.probe);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      probes_left_q <= '0;
      probe_set_q   <= '0;
      probe_wait_q  <= '0;
      offered_q     <= 1'b0;
      inval_busy_q  <= 1'b0;
    end else begin
      inval_busy_q <= inval_busy_o;
      offered_q <= waiting_i;
      if (needs_probes) begin
        probes_left_q <= single_set ? (SetBits + 1)'(1) : (SetBits + 1)'(Sets);
        probe_set_q   <= single_set ? SetBits'(set_of(inval_tag)) : '0;
      end else if (take_probe) begin
        probes_left_q <= probes_left_q - 1'b1;
        probe_set_q   <= probe_set_q + 1'b1;
      end
      if (take_probe || !probe_pending) probe_wait_q <= '0;
      else if (s1_ready && probe_wait_q != 2'd3) probe_wait_q <= probe_wait_q + 2'd1;
    end
  end

  `TARN_ASSERT(RoomToPark, !park || park_ready)
  `TARN_ASSERT(ReplayNeverParks, !(park && s2_q.replay))
endmodule : tarn_iommu_lookup
