// RISC-V IOMMU of one host: translates what the devices of its port ask for, and answers for what it refuses.
// First and second stages of 32 to 57 bits, process directories, MSI page tables; device directories of one to three
// levels in both formats; A and D set by hardware; tables in either byte order.
// What of it an instance can do is a parameter (Capabilities).
// A hit leaves 2 or 3 cycles after its acceptance, 1 per cycle, and passes misses; requests of one device to one page keep
// their order. As many as Slots requests are under translation, of which Walks pages are walked at once; when the slots
// are taken, dev_req_ready_o is low. Combinational paths: combinational_paths.txt; no valid depends on a ready.
// Specification: RISC-V IOMMU Architecture 1.0. How it works: README.md.
`include "tarn_assert.svh"
module tarn_iommu
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_possible_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities,  // what it can do, and says of itself
  parameter int unsigned Slots          = 64,   // requests under translation, with their data; power of two, 4..128
  parameter int unsigned Walks          = 16,   // walks at once, 1..64
  parameter int unsigned WalkCacheEntries = 32, // of each walk cache; power of two, 8..256
  parameter int unsigned FrontEntries   = 16,   // translations of any size that are kept by requester; power of two, 2..64
  parameter int unsigned TlbEntries     = 512,  // 4 KiB translations in block RAM; power of two, 16..4096
  parameter int unsigned TlbWays        = 4,    // of them that have one place: 2 or 4
  parameter bit BlockRam                = 1'b0, // they stand in block RAM, however few they are
  parameter int unsigned SuperEntries   = 16,   // larger translations; power of two, 2..64
  parameter int unsigned ContextEntries = 128,  // device contexts; power of two, 4..1024
  parameter bit RamParity               = 1'b1, // of the caches, and of requests that wait in block RAM
  parameter bit SmallWalks              = 1'b0, // walks start in the datapath that their answers take, and commands are read one at a time: smaller, an access takes three cycles more
  parameter int unsigned FaultEntries   = 8,    // fault records on their way to memory, 1 or more
  parameter int unsigned PageEntries    = 8,    // page requests under way, 1 or more
  parameter int unsigned TagLines       = 128,  // tags of the devices' requests: below it, with the high bit or without; 2..128
  parameter int unsigned InternalDevices = 0,   // ports of devices inside the node, beside the port: 0..31
  parameter int unsigned InvalidationTimeoutKcycles = 5_859_375, // a device's completion is awaited so long: 1024 cycles each; one minute at 100 MHz
  localparam int unsigned InternalPorts = InternalDevices == 0 ? 1 : InternalDevices
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]             plant_i,  // which fault is planted, 0: none (tests/iommu)
`endif
  // Requests of the port's devices, and their answers in any order
  input  logic                   dev_req_valid_i,
  output logic                   dev_req_ready_o,
  input  dev_req_t               dev_req_i,
  // The same of the devices inside the node, with tags of their own; not used without InternalDevices
  input  logic [InternalPorts-1:0]     internal_req_valid_i,
  output logic [InternalPorts-1:0]     internal_req_ready_o,
  input  dev_req_t [InternalPorts-1:0] internal_req_i,
  input  logic                   host_rsp_valid_i,
  output logic                   host_rsp_ready_o,
  input  line_rsp_t              host_rsp_i,
  input  logic                   walk_rsp_valid_i,
  output logic                   walk_rsp_ready_o,  // always 1
  input  line_rsp_t              walk_rsp_i,
  input  logic                   outbound_rsp_valid_i,
  output logic                   outbound_rsp_ready_o,
  input  line_rsp_t              outbound_rsp_i,
  input  logic                   dev_msg_valid_i,
  output logic                   dev_msg_ready_o,
  input  dev_msg_t               dev_msg_i,
  input  logic                   reg_req_valid_i,
  output logic                   reg_req_ready_o,
  input  tarn_reg_pkg::reg_req_t reg_req_i,
  output logic                   reg_rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t reg_rsp_o,
  output logic                   dev_rsp_valid_o,
  input  logic                   dev_rsp_ready_i,
  output line_rsp_t              dev_rsp_o,
  output logic [InternalPorts-1:0]     internal_rsp_valid_o,
  input  logic [InternalPorts-1:0]     internal_rsp_ready_i,
  output line_rsp_t                    internal_rsp_o,
  // Translated requests
  output logic                   host_req_valid_o,
  input  logic                   host_req_ready_i,
  output host_req_t              host_req_o,
  // Table walks and queue accesses, in the host's own addresses
  output logic                   walk_req_valid_o,
  input  logic                   walk_req_ready_i,
  output host_req_t              walk_req_o,
  // Writes outside the host's window
  output logic                   outbound_req_valid_o,
  input  logic                   outbound_req_ready_i,
  output host_req_t              outbound_req_o,
  // Messages to the devices
  output logic                   dev_msg_valid_o,
  input  logic                   dev_msg_ready_i,
  output dev_msg_t               dev_msg_o,
  // Interrupt wires, one per vector
  output logic [NumVectors-1:0]  irq_o
);
  `TARN_ASSERT_INIT(InternalDevicesAllowed, InternalDevices <= 31, "tarn_iommu: InternalDevices must be 0..31")
  `TARN_ASSERT_INIT(TagLinesAllowed, TagLines >= 2 && TagLines <= 128 && (InternalDevices == 0 || TagLines == 128),
                    "tarn_iommu: TagLines must be 2..128, and 128 with InternalDevices")
  `TARN_ASSERT_INIT(SlotsFitTags, Slots <= 128, "tarn_iommu: Slots must be at most 128, so that tags and slots fit 7 bits")

  localparam int unsigned SlotBits = $clog2(Slots);
  localparam int unsigned WalkBits = Walks > 1 ? $clog2(Walks) : 1;

  // --- who asks -------------------------------------------------------------------------------------------------
  localparam int unsigned Streams    = 2 * (1 + InternalDevices);  // a direction of a port each
  localparam int unsigned StreamBits = $clog2(Streams);

  logic req_valid, req_ready, rsp_valid, rsp_ready, is_write;
  dev_req_t req;
  line_rsp_t rsp;
  logic [StreamBits-1:0] stream;
  assign is_write = req.op != OpRead;

  if (InternalDevices == 0) begin : gen_port
    assign req_valid            = dev_req_valid_i;
    assign dev_req_ready_o      = req_ready;
    assign req                  = dev_req_i;
    assign stream               = is_write;
    assign dev_rsp_valid_o      = rsp_valid;
    assign rsp_ready            = dev_rsp_ready_i;
    assign dev_rsp_o            = rsp;
    assign internal_req_ready_o = '0;
    assign internal_rsp_valid_o = '0;
    assign internal_rsp_o       = '0;

    logic unused;
    assign unused = ^{internal_req_valid_i, internal_req_i, internal_rsp_ready_i};
  end else begin : gen_ports
    logic [StreamBits-2:0] port;
    tarn_iommu_devices #(.Ports(1 + InternalDevices)) u_devices (
      .clk_i,
      .rst_ni,
      .req_valid_i({internal_req_valid_i, dev_req_valid_i}),
      .req_ready_o({internal_req_ready_o, dev_req_ready_o}),
      .req_i      ({internal_req_i, dev_req_i}),
      .rsp_valid_o({internal_rsp_valid_o, dev_rsp_valid_o}),
      .rsp_ready_i({internal_rsp_ready_i, dev_rsp_ready_i}),
      .rsp_o      (dev_rsp_o),
      .req_valid_o(req_valid),
      .req_ready_i(req_ready),
      .req_o      (req),
      .port_o     (port),
      .rsp_valid_i(rsp_valid),
      .rsp_ready_o(rsp_ready),
      .rsp_i      (rsp)
    );
    assign internal_rsp_o = dev_rsp_o;
    assign stream         = {port, is_write};
  end

  // --- the mode ------------------------------------------------------------------------------------------------
  // ddtp takes effect when every older request has been answered; meanwhile none is accepted (section 6.5).
  ddtp_t ddtp_q, ddtp_written;
  logic ddtp_write, ddtp_busy_q, drained, slots_empty, issue_idle, answers_idle;

  assign drained = slots_empty && issue_idle && answers_idle;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ddtp_q      <= '{mode: ModeOff, ppn: '0};
      ddtp_busy_q <= 1'b0;
    end else if (ddtp_write) begin
      ddtp_busy_q <= 1'b1;
    end else if (ddtp_busy_q && drained) begin
      ddtp_busy_q <= 1'b0;
      ddtp_q      <= ddtp_written;
    end
  end

  // --- acceptance: requests, and page requests as messages ------------------------------------------------------
  logic slot_free, accept, accept_msg, lookup_ready, enters, is_page_request, msg_turn;
  logic [SlotBits-1:0] new_slot;
  logic burst_line_left;
  logic [BurstBits-1:0] burst_line;
  slot_t new_data, kept_slot, slot_data;
  lookup_t new_lookup;
  logic [SlotBits:0] burst;
  logic burst_free;
  logic [$clog2(PageEntries + 1)-1:0] pages_q;  // page requests under way
  logic page_done;
  logic debug_valid, debug_ready, accept_debug, outcome_valid;
  dev_req_t debug_req, entering_req;
  debug_outcome_t outcome;

  assign is_page_request = dev_msg_i.kind == MessagePageRequest;
  assign msg_turn        = Capabilities.ats && dev_msg_valid_i && is_page_request && 32'(pages_q) != PageEntries;
  assign enters          = slot_free && burst_free && !ddtp_busy_q && !ddtp_write;
  assign dev_msg_ready_o = !Capabilities.ats || !is_page_request || (msg_turn && enters && lookup_ready);
  assign debug_ready     = enters && lookup_ready && !msg_turn;
  assign req_ready       = enters && lookup_ready && !msg_turn && !debug_valid;
  assign accept_debug    = debug_valid && debug_ready;
  assign accept          = req_valid && req_ready;
  assign accept_msg      = msg_turn && dev_msg_ready_o;

  tarn_iommu_bursts #(
    .Lines(Slots),
    .Streams(Streams)
  ) u_bursts (
    .clk_i,
    .rst_ni,
    .ready_o     (burst_free),
    .accept_i    (accept),
    .stream_i    (stream),
    .first_i     (req.first_of_burst),
    .name_o      (burst),
    .leave_i     (burst_line_left),
    .leave_name_i(burst_line[SlotBits:0])
  );

  // A message or software's own request never goes to the host: what only the host is told may be anything.
  always_comb begin
    entering_req              = debug_valid ? debug_req : req;
    entering_req.attr         = req.attr;
    entering_req.rcid         = req.rcid;
    entering_req.mcid         = req.mcid;
    entering_req.qos          = req.qos;
    entering_req.exclusive    = req.exclusive;
    entering_req.exclusive_id = req.exclusive_id;
    entering_req.mask         = req.mask;
    entering_req.data         = req.data;
  end
  always_comb begin
    new_data.message = msg_turn;
    new_data.debug   = !msg_turn && debug_valid;
    new_data.burst   = BurstBits'(burst);
    new_data.req     = entering_req;
    new_lookup.asker = '{access: access_of(entering_req.op, entering_req.exec),
                          priv: entering_req.process_valid && entering_req.priv,
                          ats: entering_req.at == AtTranslationRequest};
    new_lookup.slot   = 8'(new_slot);
    new_lookup.page   = '{
      kind:          entering_req.at == AtUntranslated ? KindUntranslated :
                     entering_req.at == AtTranslationRequest ? KindTranslationRequest : KindTranslated,
      device_id:     entering_req.device_id,
      process_valid: entering_req.process_valid,
      process_id:    entering_req.process_id,
      vpn:           entering_req.addr[63:12]
    };
    if (msg_turn) begin
      new_data.req.op            = OpRead;
      new_data.req.at            = AtUntranslated;
      new_data.req.addr          = '0;
      new_data.req.device_id     = dev_msg_i.device_id;
      new_data.req.process_valid = dev_msg_i.process_valid;
      new_data.req.process_id    = dev_msg_i.process_id;
      new_data.req.priv          = dev_msg_i.priv;
      new_data.req.exec          = dev_msg_i.exec;
      new_data.req.data[63:0]    = dev_msg_i.payload;
      new_lookup.asker           = '{access: AccessRead, default: '0};
      new_lookup.page = '{kind: KindMessage, device_id: dev_msg_i.device_id, process_valid: dev_msg_i.process_valid,
                          process_id: dev_msg_i.process_id, vpn: '0};
    end
    new_lookup.page = possible_page(Capabilities, new_lookup.page);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) pages_q <= '0;
    else if (accept_msg != page_done) pages_q <= accept_msg ? pages_q + 1'b1 : pages_q - 1'b1;
  end

  // --- translation ----------------------------------------------------------------------------------------------
  lookup_t decided_lookup;
  logic hit_valid, hit_early, late_hit, hit_ready, walk_match, next, next_looks_walked, append, start, start_ready, device_known, process_known;
  logic inval_valid, inval_busy, restarting, tlb_fill_valid, device_fill_valid, process_fill_valid, flush_contexts;
  logic go_valid, go_ready, issue_ready, lookup_idle, walks_idle;
  logic missed, found, directory_walked, table_walked;
  page_t walked_page;
  space_t walked_space, known_space;
  logic device_decides, space_decides;
  tag_t known_tag;
  logic now_valid, takes_now, takes_go, takes_hit, takes_early, takes_late, issue_valid, go_last_q, go_waits, hits_turn, slot_read;
  logic [7:0] read_slot;
  logic [SlotBits-1:0] go_slot, now_slot, issue_slot;
  logic [7:0] hit_slot;
  logic [1:0] walks_free;
  page_t next_page;
  logic [1:0] way;
  inval_t inval;
  asker_t hit_asker, go_asker, now_asker;
  logic hit_lost;
  result_t hit_result, late_result, go_result, now_result;
  tlb_fill_t tlb_fill;
  context_fill_t context_fill;
  logic table_valid, table_ready, table_rsp_valid;
  logic [1:0] table_size;
  logic table_swap, table_narrow;
  logic [63:0] table_old, table_new;
  fctl_t fctl;
  logic [WalkBits-1:0] table_walk, table_rsp_walk;
  logic [55:0] table_addr;
  logic walk_upper;
  line_rsp_t walk_answer;
  logic table_of_device;
  qos_ids_t table_qos, own_qos;

  assign flush_contexts = ddtp_busy_q && drained;

  parity_inject_t parity_inject;
  logic [5:0] parity_errors, parity_errors_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) parity_errors_q <= '0;
    else parity_errors_q <= parity_errors;
  end
  slot_errors_t slot_errors;

  tarn_iommu_lookup #(
    .Capabilities(Capabilities),
    .Slots(Slots),
    .FrontEntries(FrontEntries),
    .TlbEntries(TlbEntries),
    .TlbWays(TlbWays),
    .BlockRam(BlockRam),
    .SuperEntries(SuperEntries),
    .ContextEntries(ContextEntries),
    .RamParity(RamParity),
    .ShortSignatures(SmallWalks)
  ) u_lookup (
    .clk_i,
    .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .ddtp_i              (ddtp_q),
    .waiting_i           (enters && (req_valid || msg_turn || debug_valid)),
    .valid_i             (accept || accept_msg || accept_debug),
    .ready_o             (lookup_ready),
    .request_i           (new_lookup),
    .request_o           (decided_lookup),
    .issue_valid_o       (hit_valid),
    .issue_ready_i       (hit_ready),
    .issue_early_o       (hit_early),
    .issue_slot_o        (hit_slot),
    .issue_asker_o       (hit_asker),
    .issue_lost_o        (hit_lost),
    .issue_result_o      (hit_result),
    .issue_hit_o         (late_hit),
    .issue_hit_result_o  (late_result),
    .walk_match_i        (walk_match),
    .next_page_o         (next_page),
    .next_o              (next),
    .next_looks_walked_i (next_looks_walked),
    .walks_free_i        (walks_free),
    .append_o            (append),
    .start_o             (start),
    .missed_o            (missed),
    .found_o             (found),
    .device_known_o      (device_known),
    .process_known_o     (process_known),
    .space_o             (known_space),
    .device_decides_o    (device_decides),
    .space_decides_o     (space_decides),
    .tag_o               (known_tag),
    .way_o               (way),
    .inval_valid_i       (inval_valid),
    .inval_i             (inval),
    .inval_busy_o        (inval_busy),
    .flush_contexts_i    (flush_contexts),
    .tlb_fill_valid_i    (tlb_fill_valid),
    .tlb_fill_i          (tlb_fill),
    .device_fill_valid_i (device_fill_valid),
    .process_fill_valid_i(process_fill_valid),
    .context_fill_i      (context_fill),
    .inject_i            (parity_inject),
    .parity_errors_o     (parity_errors[3:0]),
    .idle_o              (lookup_idle)
  );

  // With SmallWalks a waiter stands in a register on its way, and goes before any hit: one of its page must not pass it.
  typedef struct packed {
    logic [SlotBits-1:0] slot;
    asker_t              asker;
    result_t             result;
  } waiter_t;
  waiter_t walks_go;
  logic walks_go_waits, walks_go_valid, walks_go_ready;
  if (SmallWalks) begin : gen_waiter
    waiter_t waiter_q;
    logic waiter_valid_q;
    assign walks_go_ready = !waiter_valid_q || go_ready;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) waiter_valid_q <= 1'b0;
      else if (walks_go_ready) waiter_valid_q <= walks_go_valid;
    end
    always_ff @(posedge clk_i) if (walks_go_ready) waiter_q <= walks_go;
    assign go_waits  = waiter_valid_q;
    assign go_valid  = waiter_valid_q;
    assign go_slot   = waiter_q.slot;
    assign go_asker  = waiter_q.asker;
    assign go_result = possible_result(Capabilities, waiter_q.result);

    logic unused;
    assign unused = walks_go_waits;
  end else begin : gen_no_waiter
    assign walks_go_ready = go_ready;
    assign go_waits       = walks_go_waits;
    assign go_valid       = walks_go_valid;
    assign go_slot        = walks_go.slot;
    assign go_asker       = walks_go.asker;
    assign go_result      = walks_go.result;
  end

  tarn_iommu_walks #(
    .Capabilities(Capabilities),
    .Walks(Walks),
    .Slots(Slots),
    .CacheEntries(WalkCacheEntries),
    .RamParity(RamParity),
    .SmallWalks(SmallWalks)
  ) u_walks (
    .clk_i,
    .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .ddtp_i              (ddtp_q),
    .fctl_i              (fctl),
    .page_i              (decided_lookup.page),
    .match_o             (walk_match),
    .free_o              (walks_free),
    .next_page_i         (next_page),
    .next_i              (next),
    .next_looks_walked_o (next_looks_walked),
    .append_i            (append),
    .start_i             (start),
    .start_ready_o       (start_ready),
    .slot_i              (decided_lookup.slot[SlotBits-1:0]),
    .asker_i             (decided_lookup.asker),
    .device_known_i      (device_known),
    .process_known_i     (process_known),
    .space_i             (known_space),
    .device_decides_i    (device_decides),
    .space_decides_i     (space_decides),
    .tag_i               (known_tag),
    .way_i               (way),
    .inval_valid_i       (inval_valid),
    .inval_i             (inval),
    .restarting_o        (restarting),
    .go_waits_o          (walks_go_waits),
    .go_valid_o          (walks_go_valid),
    .go_ready_i          (walks_go_ready),
    .go_slot_o           (walks_go.slot),
    .go_asker_o          (walks_go.asker),
    .go_result_o         (walks_go.result),
    .now_valid_o         (now_valid),
    .now_ready_i         (takes_now),
    .now_slot_o          (now_slot),
    .now_asker_o         (now_asker),
    .now_result_o        (now_result),
    .tlb_fill_valid_o    (tlb_fill_valid),
    .tlb_fill_o          (tlb_fill),
    .device_fill_valid_o (device_fill_valid),
    .process_fill_valid_o(process_fill_valid),
    .context_fill_o      (context_fill),
    .directory_walked_o  (directory_walked),
    .table_walked_o      (table_walked),
    .walked_page_o       (walked_page),
    .walked_space_o      (walked_space),
    .read_valid_o        (table_valid),
    .read_ready_i        (table_ready),
    .read_walk_o         (table_walk),
    .read_addr_o         (table_addr),
    .read_of_device_o    (table_of_device),
    .read_qos_o          (table_qos),
    .read_size_o         (table_size),
    .read_swap_o         (table_swap),
    .read_narrow_o       (table_narrow),
    .read_old_o          (table_old),
    .read_new_o          (table_new),
    .rsp_valid_i         (table_rsp_valid),
    .rsp_walk_i          (table_rsp_walk),
    .rsp_status_i        (walk_rsp_i.status),
    .rsp_data_i          (walk_answer.data),
    .rsp_upper_o         (walk_upper),
    .inject_i            (parity_inject.walks),
    .parity_error_o      (parity_errors[4]),
    .idle_o              (walks_idle)
  );

  // Waiters and hits leave in turn; when neither does, the first waiter of the walk that ends just now: no ready
  // depends on the memory's answer, nor on what the lookup decides.
  assign hits_turn   = (!go_waits || (go_last_q && !SmallWalks)) && start_ready;
  assign takes_hit   = hit_valid && hits_turn;
  assign takes_go    = go_valid && !takes_hit;
  assign go_ready    = issue_ready && takes_go;
  assign hit_ready   = issue_ready && hits_turn;
  assign takes_now   = issue_ready && !go_valid && !takes_hit;
  assign issue_valid = go_valid || takes_hit || now_valid;
  // What does not come from the translation cache is chosen before that answers.
  assign takes_early = hit_early && hits_turn;
  assign takes_late  = late_hit && hits_turn;
  assign issue_slot  = takes_early ? hit_slot[SlotBits-1:0] : go_valid || SmallWalks ? go_slot : now_slot;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) go_last_q <= 1'b0;
    else if (issue_valid && issue_ready) go_last_q <= takes_go;
  end

  tarn_iommu_slots #(
    .Slots(Slots),
    .Parity(RamParity)
  ) u_slots (
    .clk_i,
    .rst_ni,
    .free_o     (slot_free),
    .slot_o     (new_slot),
    .take_i     (accept || accept_msg || accept_debug),
    .take_data_i(new_data),
    .inject_asks_i(parity_inject.requests),
    .inject_data_i(parity_inject.write_data),
    .read_i     (slot_read),
    .read_slot_i(read_slot[SlotBits-1:0]),
    .read_data_o(kept_slot),
    .read_errors_o(slot_errors),
    .empty_o    (slots_empty)
  );

  assign slot_data = possible_slot(Capabilities, kept_slot);

  // --- issue and answers ----------------------------------------------------------------------------------------
  // While bare there is no context: all requests have the unit's own ids (section 6.27).
  result_t issued_result;
  always_comb begin
    issued_result = takes_early ? hit_result : go_valid || SmallWalks ? go_result : now_result;
    if (ddtp_q.mode == ModeBare) issued_result.qos = own_qos;
  end

  logic issued_walked, device_fault_valid, device_fault_ready, refusal_valid, refusal_ready, refusal_walked;
  fault_t device_fault;
  logic page_request_valid;
  logic mrif_valid, mrif_ready, mrif_answer_valid, mrif_answer_ready, mrif_answer_walked;
  logic [7:0] mrif_answer_tag;
  status_e mrif_answer_status;
  mrif_request_t mrif;
  page_request_t page_request;
  logic [7:0] refusal_tag;
  logic [63:0] refusal_data;
  status_e refusal_status;

  tarn_iommu_issue #(
    .Capabilities(Capabilities),
    .Bursts(2 * Slots)
  ) u_issue (
    .clk_i,
    .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .valid_i         (issue_valid),
    .ready_o         (issue_ready),
    .result_i        (issued_result),
    .walked_i        (!takes_early),
    .slot_number_i   (8'(issue_slot)),
    .asker_i         (takes_early ? hit_asker : go_valid || SmallWalks ? go_asker : now_asker),
    .lost_i          (takes_early && hit_lost),
    .late_i          (takes_late),
    .late_result_i   (late_result),
    .late_slot_i     (decided_lookup.slot),
    .late_asker_i    (decided_lookup.asker),
    .read_o          (slot_read),
    .read_slot_o     (read_slot),
    .slot_i          (slot_data),
    .slot_errors_i   (slot_errors),
    .burst_begins_i  (accept && req.first_of_burst),
    .burst_i         (BurstBits'(burst)),
    .burst_line_left_o(burst_line_left),
    .burst_line_o    (burst_line),
    .host_req_valid_o,
    .host_req_ready_i,
    .host_req_o,
    .walked_o        (issued_walked),
    .fault_valid_o   (device_fault_valid),
    .fault_ready_i   (device_fault_ready),
    .fault_o         (device_fault),
    .rsp_valid_o     (refusal_valid),
    .rsp_ready_i     (refusal_ready),
    .rsp_tag_o       (refusal_tag),
    .rsp_status_o    (refusal_status),
    .rsp_data_o      (refusal_data),
    .rsp_walked_o    (refusal_walked),
    .mrif_valid_o    (mrif_valid),
    .mrif_ready_i    (mrif_ready),
    .mrif_o          (mrif),
    .debug_valid_o   (outcome_valid),
    .debug_o         (outcome),
    .page_request_valid_o(page_request_valid),
    .page_request_o  (page_request),
    .parity_error_o  (parity_errors[5]),
    .idle_o          (issue_idle)
  );

  // The unit's own answers in turn: refusals and completions, accesses to interrupt files, writes outside the window.
  typedef struct packed {
    logic [7:0]  tag;
    status_e     status;
    logic [63:0] data;
    logic        walked;
  } own_answer_t;

  own_answer_t own_answers[3], own_answer;
  logic [2:0] own_grant;
  logic [1:0] own_index;
  logic own_answer_valid, own_answer_ready, outside_answer_valid, outside_answer_ready, outside_answer_walked;
  logic [7:0] outside_answer_tag;
  status_e outside_answer_status;
  assign own_answers[0] = '{tag: refusal_tag, status: refusal_status, data: refusal_data, walked: refusal_walked};
  assign own_answers[1] = '{tag: mrif_answer_tag, status: mrif_answer_status, data: '0, walked: mrif_answer_walked};
  assign own_answers[2] = '{tag: outside_answer_tag, status: outside_answer_status, data: '0, walked: outside_answer_walked};
  assign own_answer     = own_answers[own_index];
  assign {outside_answer_ready, mrif_answer_ready, refusal_ready} = own_grant & {3{own_answer_ready}};

  tarn_rr_arbiter #(.N(3)) u_own_answers (
    .clk_i,
    .rst_ni,
    .req_i  ({outside_answer_valid, mrif_answer_valid, refusal_valid}),
    .valid_o(own_answer_valid),
    .ready_i(own_answer_ready),
    .grant_o(own_grant),
    .index_o(own_index)
  );

  logic host_answer_valid, host_answer_ready, outside_valid, outside_ready, outside_done, outside_failed;
  outside_write_t outside;
  tarn_iommu_outside #(.TagLines(TagLines)) u_outside (
    .clk_i,
    .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .accept_i         (accept),
    .accept_tag_i     (req.tag),
    .accept_is_write_i(is_write),
    .sent_i           (host_req_valid_o && host_req_ready_i),
    .sent_req_i       (host_req_o),
    .sent_walked_i    (issued_walked),
    .answered_i       (rsp_valid && rsp_ready),
    .answered_tag_i   (rsp.tag),
    .host_rsp_valid_i,
    .host_rsp_ready_o,
    .host_rsp_tag_i   (host_rsp_i.tag),
    .host_rsp_status_i(host_rsp_i.status),
    .passes_valid_o   (host_answer_valid),
    .passes_ready_i   (host_answer_ready),
    .write_valid_o    (outside_valid),
    .write_ready_i    (outside_ready),
    .write_o          (outside),
    .write_done_i     (outside_done),
    .write_failed_i   (outside_failed),
    .answer_valid_o   (outside_answer_valid),
    .answer_ready_i   (outside_answer_ready),
    .answer_tag_o     (outside_answer_tag),
    .answer_status_o  (outside_answer_status),
    .answer_walked_o  (outside_answer_walked)
  );

  logic fence, older_done;
  tarn_iommu_responses #(.TagLines(TagLines)) u_responses (
    .clk_i,
    .rst_ni,
    .accept_i        (accept),
    .accept_tag_i    (req.tag),
    .sent_i          (host_req_valid_o && host_req_ready_i),
    .sent_tag_i      (host_req_o.tag),
    .sent_walked_i   (issued_walked),
    .host_rsp_valid_i(host_answer_valid),
    .host_rsp_ready_o(host_answer_ready),
    .host_rsp_i,
    .refusal_valid_i (own_answer_valid),
    .refusal_ready_o (own_answer_ready),
    .refusal_tag_i   (own_answer.tag),
    .refusal_status_i(own_answer.status),
    .refusal_data_i  (own_answer.data),
    .refusal_walked_i(own_answer.walked),
    .dev_rsp_valid_o (rsp_valid),
    .dev_rsp_ready_i (rsp_ready),
    .dev_rsp_o       (rsp),
    .fence_i         (fence),
    .older_done_o    (older_done),
    .idle_o          (answers_idle)
  );

  // --- what may be counted: requests as they come, misses, walks as they end (section 6.23) -----------------------
  monitor_event_t request_event, lookup_event, walk_event;

  always_comb begin
    request_event                   = '0;
    request_event.happened[1]       = (accept && req.at == AtUntranslated) || accept_debug;
    request_event.happened[2]       = accept && req.at == AtTranslated;
    request_event.happened[3]       = accept && req.at == AtTranslationRequest;
    request_event.who.device_id     = entering_req.device_id;
    request_event.who.process_valid = entering_req.process_valid;
    request_event.who.process_id    = entering_req.process_id;

    lookup_event                   = '0;
    lookup_event.happened[4]       = missed && decided_lookup.page.kind != KindMessage;
    lookup_event.who.device_id     = decided_lookup.page.device_id;
    lookup_event.who.process_valid = decided_lookup.page.process_valid;
    lookup_event.who.process_id    = decided_lookup.page.process_id;
    lookup_event.who.pscid_valid   = found && known_space.proc.first != SchemeBare;
    lookup_event.who.pscid         = known_space.proc.pscid;
    lookup_event.who.gscid_valid   = found && known_space.device.second != SchemeBare;
    lookup_event.who.gscid         = known_space.device.gscid;

    walk_event                   = '0;
    walk_event.happened[5]       = directory_walked;
    walk_event.happened[7]       = table_walked;
    walk_event.who.device_id     = walked_page.device_id;
    walk_event.who.process_valid = walked_page.process_valid;
    walk_event.who.process_id    = walked_page.process_id;
    walk_event.who.pscid_valid   = walked_space.proc.first != SchemeBare;
    walk_event.who.pscid         = walked_space.proc.pscid;
    walk_event.who.gscid_valid   = walked_space.device.second != SchemeBare;
    walk_event.who.gscid         = walked_space.device.gscid;
  end

  // --- registers, queues, commands, interrupts, messages ----------------------------------------------------------
  logic command_read_valid, command_read_ready, command_rsp_valid, fault_write_valid, fault_write_ready;
  logic fault_write_rsp_valid, page_write_valid, page_write_ready, page_write_rsp_valid;
  logic word_valid, word_ready, word_rsp_valid;
  logic [55:0] command_addr, fault_addr, page_addr;
  logic [255:0] fault_data;
  logic [127:0] page_data;
  word_write_t word;
  logic file_valid, file_ready, file_rsp_valid;
  logic [55:0] file_addr;
  logic [63:0] file_data;
  qos_ids_t file_qos;

  tarn_iommu_control #(
    .Capabilities(Capabilities),
    .Vectors(NumVectors),
    .RamParity(RamParity),
    .FaultEntries(FaultEntries),
    .PageEntries(PageEntries),
    .InvalidationTimeoutKcycles(InvalidationTimeoutKcycles),
    .CommandsRead(SmallWalks ? 1 : 4)
  ) u_control (
    .clk_i,
    .rst_ni,
    .parity_errors_i(parity_errors_q),
    .parity_inject_o(parity_inject),
`ifdef TARN_PLANT
    .plant_i,
`endif
    .reg_req_valid_i,
    .reg_req_ready_o,
    .reg_req_i,
    .reg_rsp_valid_o,
    .reg_rsp_o,
    .ddtp_write_o           (ddtp_write),
    .ddtp_o                 (ddtp_written),
    .ddtp_busy_i            (ddtp_busy_q),
    .fctl_o                 (fctl),
    .mode_i                 (ddtp_q.mode),
    .own_qos_o              (own_qos),
    .fault_valid_i          (device_fault_valid),
    .fault_ready_o          (device_fault_ready),
    .fault_i                (device_fault),
    .page_request_valid_i   (page_request_valid),
    .page_request_i         (page_request),
    .page_done_o            (page_done),
    .completion_valid_i     (dev_msg_valid_i && dev_msg_i.kind == MessageInvalCompletion),
    .completion_i           (dev_msg_i),
    .dev_msg_valid_o,
    .dev_msg_ready_i,
    .dev_msg_o,
    .debug_valid_o          (debug_valid),
    .debug_ready_i          (debug_ready),
    .debug_o                (debug_req),
    .outcome_valid_i        (outcome_valid),
    .outcome_i              (outcome),
    .request_event_i        (request_event),
    .lookup_event_i         (lookup_event),
    .walk_event_i           (walk_event),
    .mrif_valid_i           (mrif_valid),
    .mrif_ready_o           (mrif_ready),
    .mrif_i                 (mrif),
    .answer_valid_o         (mrif_answer_valid),
    .answer_ready_i         (mrif_answer_ready),
    .answer_tag_o           (mrif_answer_tag),
    .answer_status_o        (mrif_answer_status),
    .answer_walked_o        (mrif_answer_walked),
    .outside_valid_i        (outside_valid),
    .outside_ready_o        (outside_ready),
    .outside_i              (outside),
    .outside_done_o         (outside_done),
    .outside_failed_o       (outside_failed),
    .inval_valid_o          (inval_valid),
    .inval_o                (inval),
    .inval_busy_i           (inval_busy),
    .restarting_i           (restarting),
    .fence_o                (fence),
    .older_done_i           (older_done),
    .command_read_valid_o   (command_read_valid),
    .command_read_ready_i   (command_read_ready),
    .command_addr_o         (command_addr),
    .command_rsp_valid_i    (command_rsp_valid),
    .fault_write_valid_o    (fault_write_valid),
    .fault_write_ready_i    (fault_write_ready),
    .fault_addr_o           (fault_addr),
    .fault_data_o           (fault_data),
    .fault_write_rsp_valid_i(fault_write_rsp_valid),
    .page_write_valid_o     (page_write_valid),
    .page_write_ready_i     (page_write_ready),
    .page_addr_o            (page_addr),
    .page_data_o            (page_data),
    .page_write_rsp_valid_i (page_write_rsp_valid),
    .word_valid_o           (word_valid),
    .word_ready_i           (word_ready),
    .word_o                 (word),
    .word_rsp_valid_i       (word_rsp_valid),
    .file_valid_o           (file_valid),
    .file_ready_i           (file_ready),
    .file_addr_o            (file_addr),
    .file_data_o            (file_data),
    .file_qos_o             (file_qos),
    .file_rsp_valid_i       (file_rsp_valid),
    .walk_rsp_i             (walk_answer),
    .outbound_req_valid_o,
    .outbound_req_ready_i,
    .outbound_req_o,
    .outbound_rsp_valid_i,
    .outbound_rsp_ready_o,
    .outbound_rsp_i,
    .irq_o
  );

  // --- memory ---------------------------------------------------------------------------------------------------
  // Nobody wants more than half a line with SmallWalks, but a device context with MSI page tables: both halves are that one.
  localparam bit Halves = SmallWalks && !Capabilities.msi_flat;
  logic upper;
  assign upper = command_rsp_valid ? command_addr[5] : walk_upper;
  always_comb begin
    walk_answer = walk_rsp_i;
    if (Halves) walk_answer.data = {2{upper ? walk_rsp_i.data[511:256] : walk_rsp_i.data[255:0]}};
  end
  tarn_iommu_memory_port #(.Walks(Walks)) u_memory_port (
    .clk_i,
    .rst_ni,
    .own_qos_i          (own_qos),
    .walk_valid_i       (table_valid),
    .walk_ready_o       (table_ready),
    .walk_i             (table_walk),
    .walk_addr_i        (table_addr),
    .walk_of_device_i   (table_of_device),
    .walk_qos_i         (table_qos),
    .walk_size_i        (table_size),
    .walk_swap_i        (table_swap),
    .walk_narrow_i      (table_narrow),
    .walk_old_i         (table_old),
    .walk_new_i         (table_new),
    .walk_rsp_valid_o   (table_rsp_valid),
    .walk_rsp_walk_o    (table_rsp_walk),
    .command_valid_i    (command_read_valid),
    .command_ready_o    (command_read_ready),
    .command_addr_i     (command_addr),
    .command_rsp_valid_o(command_rsp_valid),
    .fault_valid_i      (fault_write_valid),
    .fault_ready_o      (fault_write_ready),
    .fault_addr_i       (fault_addr),
    .fault_data_i       (fault_data),
    .fault_rsp_valid_o  (fault_write_rsp_valid),
    .file_valid_i       (file_valid),
    .file_ready_o       (file_ready),
    .file_addr_i        (file_addr),
    .file_data_i        (file_data),
    .file_qos_i         (file_qos),
    .file_rsp_valid_o   (file_rsp_valid),
    .page_valid_i       (page_write_valid),
    .page_ready_o       (page_write_ready),
    .page_addr_i        (page_addr),
    .page_data_i        (page_data),
    .page_rsp_valid_o   (page_write_rsp_valid),
    .word_valid_i       (word_valid),
    .word_ready_o       (word_ready),
    .word_i             (word),
    .word_rsp_valid_o   (word_rsp_valid),
    .req_valid_o        (walk_req_valid_o),
    .req_ready_i        (walk_req_ready_i),
    .req_o              (walk_req_o),
    .rsp_valid_i        (walk_rsp_valid_i),
    .rsp_tag_i          (walk_rsp_i.tag)
  );
  assign walk_rsp_ready_o = 1'b1;

  `TARN_ASSERT(TagIsNumbered, !accept || 32'(req.tag[TagBits-2:0]) < TagLines)
  `TARN_ASSERT(HostRequestHolds, !$past(host_req_valid_o && !host_req_ready_i) || host_req_valid_o)
  `TARN_ASSERT(HostAddressInside, !host_req_valid_o || host_req_o.addr[63:56] == '0)
  `TARN_ASSERT(NothingWithoutSlots, !slots_empty || (walks_idle && (lookup_idle || inval_busy)))
endmodule : tarn_iommu
