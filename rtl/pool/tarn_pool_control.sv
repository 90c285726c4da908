// The pool's registers and what they command: windows and floors, map access by software, releases by hosts, quiesce
// and flush, events and interrupts. Commands become passes through the map, one at a time, in turn.
`include "tarn_assert.svh"
module tarn_pool_control #(
  parameter int unsigned NumHosts        = 4,
  parameter int unsigned SegmentBytes    = 65536,
  parameter int unsigned SegmentsPerHost = 262144,
  parameter int unsigned NumSlots        = 4096,
  parameter int unsigned NumEngines      = 8,
  parameter int unsigned ReserveSlots    = 4,
  parameter bit          Hotness         = 1'b1,  // what there is (tarn_pool)
  parameter bit          Optimum         = 1'b1,
  parameter bit          Latencies       = 1'b1,
  parameter bit          Prefetch        = 1'b1,
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1,
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // Management port.
  input  logic                     reg_req_valid_i,
  input  tarn_reg_pkg::reg_req_t   reg_req_i,
  output logic                     reg_req_ready_o,
  output logic                     reg_rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t   reg_rsp_o,
  // Hosts' ports.
  input  logic [NumHosts-1:0]      host_reg_req_valid_i,
  input  tarn_reg_pkg::reg_req_t   host_reg_req_i[NumHosts],
  output logic [NumHosts-1:0]      host_reg_req_ready_o,
  output logic [NumHosts-1:0]      host_reg_rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t   host_reg_rsp_o[NumHosts],
  output logic                     irq_o,
  output logic [NumHosts-1:0]      host_irq_o,
  // Settings.
  output logic                     enable_o,
  output logic                     open_o,           // new requests are taken
  output logic [63:0]              base_o[NumHosts],
  output logic [24:0]              segments_o[NumHosts],
  output logic [24:0]              next_segments_o[NumHosts],  // what they are a cycle later
  output logic [SlotBits:0]        slots_o,
  output logic [SlotBits:0]        floor_o[NumHosts],
  output logic [SlotBits:0]        share_o[NumHosts],
  output logic [NumHosts-1:0]      windows_o,         // the host has a window
  output logic [4:0]               engine_floor_o[NumHosts],
  input  logic                     engine_floors_valid_i,
  output logic [15:0]              eviction_cap_o[NumHosts],
  output logic [4:0]               eviction_window_o,
  output logic [3:0]               weight_o[NumHosts],
  output logic [31:0]              timeout_o,
  output logic [31:0]              offline_delay_o,
  output logic [7:0]               offline_limit_o,
  output logic [7:0]               retry_limit_o,
  output logic [31:0]              notice_timeout_o,
  output logic [3:0]               prefetch_depth_o,
  output tarn_pool_optimum_pkg::settings_t optimum_settings_o,
  output logic [SlotBits:0]        fast_slots_o,
  output logic                     moves_o,          // between the speed classes, without an order
  output logic [7:0]               fast_reserve_o,
  // Passes.
  output logic                     pass_valid_o,
  output tarn_pool_pkg::pass_t     pass_o,
  input  logic                     pass_take_i,
  input  logic                     outcome_valid_i,  // of a pass of ours
  input  tarn_pool_pkg::outcome_t  outcome_i,
  output logic [3:0]               word_o,
  output logic [31:0]              load_on_bulk_o,
  output logic [31:0]              load_lost_pages_o,
  input  logic                     read_resident_i,
  input  logic                     read_pinned_i,
  input  logic                     read_lost_i,
  input  tarn_pool_pkg::slot_t     read_slot_i,
  input  logic [31:0]              read_valid_pages_i,
  input  logic [31:0]              read_dirty_i,
  input  logic [31:0]              read_on_bulk_i,
  input  logic [31:0]              read_lost_pages_i,
  // Marks of slots in use.
  output logic [SlotBits:0]        first_mark_o,
  output logic [SlotBits:0]        page_out_mark_o,
  output logic [SlotBits:0]        low_mark_o,
  input  logic                     first_passed_i,
  input  logic                     page_out_passed_i,
  // Quiesce and flush.
  input  logic                     idle_i,           // nothing is under way
  output logic                     scan_o,
  input  logic                     scan_done_i,
  input  logic                     evictors_idle_i,
  input  logic                     engines_idle_i,
  input  logic [NumHosts-1:0]      host_busy_i,      // has transactions under way
  input  logic                     flush_moves_i,    // a flush got on
  input  logic                     flush_misses_i,   // it could not look at a slot
  output logic                     flush_valid_o,
  input  logic                     flush_take_i,
  input  logic                     flush_cpl_i,
  input  logic                     flush_ok_i,
  // What is seen.
  input  tarn_pool_policy_pkg::rule_t policy_rule_i,
  input  logic                     sample_dropped_i,
  input  logic                     sample_passed_by_i,
  input  logic                     prefetch_begins_i,
  input  logic                     optimum_listening_i,
  input  logic [26:0]              optimum_epochs_i,
  input  logic [3:0]               optimum_sampling_i,
  input  tarn_pool_optimum_pkg::result_t optimum_result_i,
  input  logic                     map_ready_i,
  input  logic                     map_fetched_i,
  input  logic                     map_lost_i,
  input  logic                     map_parity_error_i,
  output tarn_pool_pkg::inject_t [tarn_pool_pkg::NumTables-1:0] table_inject_o,
  input  tarn_pool_pkg::table_report_t [tarn_pool_pkg::NumTables-1:0] table_report_i,
  input  logic [SlotBits:0]        slots_free_i,
  input  logic [SlotBits:0]        free_fast_i,      // of these
  input  logic [SlotBits:0]        resident_i[NumHosts],
  input  logic                     unload_abort_i,
  input  logic                            page_corrupt_i,    // a page came back changed; how many have so far, the latest
  input  logic [31:0]                     corrupt_count_i,
  input  logic [39:0]                     corrupt_lpn_i,
  input  logic                     bulk_notice_i,
  input  tarn_pool_pkg::count_t    count_i,
  input  logic [NumHosts-1:0]      released_i,       // a release of the host is through
  input  logic                     released_whole_i, // and nothing of the segment is left
  // Those who do not answer.
  input  logic                     evictors_out_i,   // each evictor waits for bulk beyond its time
  input  logic                     notice_late_i,
  input  logic                     bulk_late_i,
  output logic                     counter_read_o,
  output logic [7:0]               counter_index_o,
  input  logic [63:0]              counter_i,
  output logic                     latency_read_o,
  output tarn_pool_pkg::host_t     latency_host_o,
  output logic [3:0]               latency_bin_o,
  input  logic                     latency_valid_i,
  input  logic [63:0]              latency_i
);
  import tarn_pool_pkg::*;
  localparam int unsigned SegmentShift = $clog2(SegmentBytes);
  localparam int unsigned Pages = SegmentBytes / tarn_line_pkg::PageBytes;
  localparam int unsigned MaxHosts = 16;

  // The passes of software: the map command's, one per host for releases, one per host for hints.
  localparam int unsigned FirstHint = NumHosts + 1;
  localparam int unsigned Clients = 2 * NumHosts + 1;
  localparam int unsigned ClientBits = $clog2(Clients);
  logic [Clients-1:0] wanted, grant;
  logic [ClientBits-1:0] client, last_q, client_q;
  logic under_way_q, mine_done;
  logic [3:0] pause_q;  // after a pass that must be tried again
  typedef enum logic [1:0] {ReleaseIdle, ReleasePass, ReleaseWait} release_e;
  typedef enum logic [2:0] {QuiesceOff, QuiesceDrain, QuiesceOn, QuiesceScan, QuiesceWrite, QuiesceFlush, QuiesceDone}
    quiesce_e;

  tarn_pool_regs_pkg::reg2hw_t reg2hw;
  tarn_pool_regs_pkg::hw2reg_t hw2reg;
  tarn_pool_host_regs_pkg::reg2hw_t host_reg2hw[NumHosts];
  tarn_pool_host_regs_pkg::hw2reg_t host_hw2reg[NumHosts];

  tarn_pool_regs #(
    .NumHosts(8'(NumHosts)), .NumSlots(21'(NumSlots)), .SegmentShift(8'(SegmentShift)),
    .SegmentsPerHost(25'(SegmentsPerHost)), .NumEngines(8'(NumEngines)),
    .Hotness(Hotness), .Optimum(Optimum), .Latencies(Latencies), .Prefetch(Prefetch)
  ) u_regs (
    .clk_i, .rst_ni,
    .req_valid_i(reg_req_valid_i), .req_i(reg_req_i), .req_ready_o(reg_req_ready_o),
    .rsp_valid_o(reg_rsp_valid_o), .rsp_o(reg_rsp_o), .hw2reg_i(hw2reg), .reg2hw_o(reg2hw)
  );
  for (genvar h = 0; h < NumHosts; h++) begin : gen_host_regs
    tarn_pool_host_regs #(.SegmentShift(8'(SegmentShift))) u_regs (
      .clk_i, .rst_ni,
      .req_valid_i(host_reg_req_valid_i[h]), .req_i(host_reg_req_i[h]), .req_ready_o(host_reg_req_ready_o[h]),
      .rsp_valid_o(host_reg_rsp_valid_o[h]), .rsp_o(host_reg_rsp_o[h]),
      .hw2reg_i(host_hw2reg[h]), .reg2hw_o(host_reg2hw[h])
    );
  end

  // ---- Settings ---------------------------------------------------------------------------------------------------
  logic [31:0] floors_sum;
  logic floors_valid;
  always_comb begin
    floors_sum = NumEngines + ReserveSlots;
    for (int unsigned h = 0; h < NumHosts; h++) floors_sum += 32'(reg2hw.floors[h].slots.q);
  end
  assign floors_valid    = floors_sum <= 32'(reg2hw.slots_in_service.count.q);
  assign enable_o        = reg2hw.control.enable.q;
  // A register of its own: Verilator 5.006 cannot sample a part of `reg2hw` for the assertions that ask for it.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) slots_o <= (SlotBits + 1)'(NumSlots);
    else slots_o <= (SlotBits + 1)'(reg2hw.slots_in_service.count.q);
  end
  // Registers of their own, as above. The bound of the speed classes stays once a slot was given: free slots are numbered from it.
  logic slot_given_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      slot_given_q   <= 1'b0;
      fast_slots_o   <= (SlotBits + 1)'(NumSlots);
      moves_o        <= 1'b0;
      fast_reserve_o <= '0;
    end else begin
      slot_given_q   <= slot_given_q || count_i.assigned;
      if (!slot_given_q && !count_i.assigned) fast_slots_o <= (SlotBits + 1)'(reg2hw.fast_slots.count.q);
      moves_o        <= reg2hw.moves.enable.q;
      fast_reserve_o <= reg2hw.moves.reserve.q;
    end
  end
  assign timeout_o       = reg2hw.bulk_timeout.cycles.q;
  assign offline_delay_o = reg2hw.offline_delay.cycles.q;
  assign offline_limit_o = reg2hw.limits.offline.q;
  assign retry_limit_o   = reg2hw.limits.retry.q;
  assign notice_timeout_o = reg2hw.notice_timeout.cycles.q;
  assign first_mark_o     = (SlotBits + 1)'(reg2hw.first_mark.slots.q);
  assign page_out_mark_o  = (SlotBits + 1)'(reg2hw.page_out_mark.slots.q);
  assign eviction_window_o = reg2hw.eviction_window.log2_cycles.q;
  assign low_mark_o       = (SlotBits + 1)'(reg2hw.low_mark.slots.q);
  for (genvar h = 0; h < NumHosts; h++) begin : gen_settings
    assign base_o[h] = {8'd0, reg2hw.window_base[h].base.q[55:SegmentShift], {SegmentShift{1'b0}}};
    assign next_segments_o[h] = reg2hw.window_segments[h].count.q > 25'(SegmentsPerHost) ? 25'(SegmentsPerHost)
                                                                                         : reg2hw.window_segments[h].count.q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) segments_o[h] <= '0;
      else segments_o[h] <= next_segments_o[h];
    end
    assign share_o[h]        = (SlotBits + 1)'(reg2hw.shares[h].slots.q);
    assign windows_o[h]      = reg2hw.window_segments[h].count.q != '0;
    assign engine_floor_o[h] = reg2hw.engine_floors[h].engines.q;
    assign eviction_cap_o[h] = reg2hw.eviction_caps[h].evictions.q;
    assign weight_o[h]       = reg2hw.weights[h].turns.q;
    assign floor_o[h] = floors_valid ? (SlotBits + 1)'(reg2hw.floors[h].slots.q) : '0;
  end

  // ---- Map commands and hints -------------------------------------------------------------------------------------
  // [0] the map command, then one per host: its hint.
  logic [NumHosts:0] order_busy, order_done, order_failed, order_wanted, order_outcome;
  pass_t order_pass[NumHosts+1];
  pass_e command_kind;
  order_e command_order;
  logic command_starts, command_is_range;
  logic [NumHosts-1:0] hint_taken;
  logic [15:0] hints_q[NumHosts];

  always_comb begin
    command_kind     = PassOrder;
    command_order    = OrderPin;
    command_starts   = reg2hw.map_command.qe;
    command_is_range = 1'b1;
    unique case (reg2hw.map_command.command.q)
      tarn_pool_regs_pkg::MapCommandCommandLoadEntries: command_kind = PassLoad;
      tarn_pool_regs_pkg::MapCommandCommandReadEntry: begin
        command_kind     = PassRead;
        command_is_range = 1'b0;
      end
      tarn_pool_regs_pkg::MapCommandCommandUnpin: command_order = OrderUnpin;
      tarn_pool_regs_pkg::MapCommandCommandPin: command_order = OrderPin;
      tarn_pool_regs_pkg::MapCommandCommandAssignSlot: command_order = OrderAssign;
      tarn_pool_regs_pkg::MapCommandCommandPageOut: command_order = OrderPageOut;
      tarn_pool_regs_pkg::MapCommandCommandPageIn: command_order = OrderPageIn;
      tarn_pool_regs_pkg::MapCommandCommandMarkHot: command_order = OrderHot;
      tarn_pool_regs_pkg::MapCommandCommandMarkCold: command_order = OrderCold;
      tarn_pool_regs_pkg::MapCommandCommandToFast: command_order = OrderToFast;
      tarn_pool_regs_pkg::MapCommandCommandToSlow: command_order = OrderToSlow;
      default: command_starts = 1'b0;
    endcase
  end
  tarn_pool_order #(.NumHosts(NumHosts), .SegmentsPerHost(SegmentsPerHost), .Pages(Pages)) u_command (
    .clk_i, .rst_ni, .start_i(command_starts), .kind_i(command_kind), .order_i(command_order),
    .host_i(reg2hw.map_host.host.q), .segment_i(reg2hw.map_segment.segment.q),
    .count_i(command_is_range ? reg2hw.map_count.count.q : 25'd1), .abandon_i(1'b0),
    .hopeless_i(notice_late_i || evictors_out_i), .timeout_i(timeout_o),
    .busy_o(order_busy[0]), .done_o(order_done[0]), .failed_o(order_failed[0]),
    .pass_valid_o(order_wanted[0]), .pass_o(order_pass[0]), .outcome_valid_i(order_outcome[0]), .outcome_i
  );
  for (genvar h = 0; h < NumHosts; h++) begin : gen_hints
    // One at a time, of segments in the window; nothing waits for it.
    assign hint_taken[h] = host_reg2hw[h].hint.qe && !order_busy[h+1] && open_o
                           && 25'(host_reg2hw[h].hint.segment.q) < segments_o[h];
    tarn_pool_order #(.NumHosts(NumHosts), .SegmentsPerHost(SegmentsPerHost), .Pages(Pages), .Range(1'b0)) u_hint (
      .clk_i, .rst_ni, .start_i(hint_taken[h]), .kind_i(PassOrder),
      .order_i(host_reg2hw[h].hint.kind.q == tarn_pool_host_regs_pkg::HintKindCold ? OrderCold : OrderPageIn),
      .host_i(host_t'(h)), .segment_i(host_reg2hw[h].hint.segment.q), .count_i(25'd1),
      .abandon_i(!open_o && !(under_way_q && 32'(client_q) == FirstHint + h) && !(pass_take_i && 32'(client) == FirstHint + h)),
      .hopeless_i(1'b0), .timeout_i(timeout_o),
      .busy_o(order_busy[h+1]), .done_o(order_done[h+1]), .failed_o(order_failed[h+1]),
      .pass_valid_o(order_wanted[h+1]), .pass_o(order_pass[h+1]), .outcome_valid_i(order_outcome[h+1]), .outcome_i
    );
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) hints_q[h] <= '0;
      else if (hint_taken[h]) hints_q[h] <= hints_q[h] + 1'b1;
    end
  end

  // ---- Releases ---------------------------------------------------------------------------------------------------
  release_e release_q[NumHosts];
  logic [NumHosts-1:0] release_failed_q, release_done, release_busy, release_refused;

  // ---- Passes -----------------------------------------------------------------------------------------------------
  always_comb begin
    wanted[0] = order_wanted[0];
    for (int unsigned h = 0; h < NumHosts; h++) begin
      wanted[h+1]         = release_q[h] == ReleasePass;
      wanted[FirstHint+h] = order_wanted[h+1];
    end
    if (under_way_q || pause_q != '0) wanted = '0;
  end
  tarn_pick_next #(.N(Clients)) u_pick (.req_i(wanted), .last_i(last_q), .grant_o(grant), .index_o(client));
  logic [HostBits-1:0] release_host;
  assign release_host = HostBits'(32'(client) - 1);
  assign pass_valid_o = wanted != '0;
  always_comb begin
    pass_o = order_pass[0];
    for (int unsigned h = 0; h < NumHosts; h++) if (grant[FirstHint+h]) pass_o = order_pass[h+1];
    if (32'(client) >= 1 && 32'(client) < FirstHint) begin
      pass_o              = '0;
      pass_o.kind         = PassRelease;
      pass_o.info.host    = host_t'(release_host);
      pass_o.info.segment = host_reg2hw[release_host].release_segment.segment.q;
    end
  end
  assign word_o         = reg2hw.map_word.word.q;
  assign load_on_bulk_o = reg2hw.map_on_bulk.pages.q;
  assign load_lost_pages_o = reg2hw.map_lost_pages.pages.q;
  // One whose map entry must be fetched first is tried again.
  assign mine_done      = under_way_q && outcome_valid_i && outcome_i.result != ResultMapMiss;
  always_comb begin
    for (int unsigned i = 0; i <= NumHosts; i++) begin
      order_outcome[i] = under_way_q && outcome_valid_i && 32'(client_q) == (i == 0 ? 0 : FirstHint + i - 1);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      under_way_q <= 1'b0;
      pause_q     <= '0;
      last_q      <= '0;
      client_q    <= '0;
    end else begin
      if (pass_take_i) begin
        under_way_q <= 1'b1;
        client_q    <= client;
        last_q      <= client;
      end else if (outcome_valid_i) begin
        under_way_q <= 1'b0;
      end
      if (outcome_valid_i && outcome_i.result inside {ResultNotNow, ResultMapMiss}) pause_q <= '1;
      else if (pause_q != '0) pause_q <= pause_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned h = 0; h < NumHosts; h++) begin
        release_q[h]        <= ReleaseIdle;
        release_failed_q[h] <= 1'b0;
      end
    end else begin
      for (int unsigned h = 0; h < NumHosts; h++) begin
        unique case (release_q[h])
          ReleaseIdle: begin
            if (host_reg2hw[h].release_command.go.q) begin
              release_failed_q[h] <= 25'(host_reg2hw[h].release_segment.segment.q) >= segments_o[h];
              if (25'(host_reg2hw[h].release_segment.segment.q) < segments_o[h]) release_q[h] <= ReleasePass;
            end
          end
          ReleasePass: begin
            if (mine_done && 32'(client_q) == h + 1 && outcome_i.result == ResultDone) begin
              // Nothing there: done at once. Else an evictor works on it.
              release_q[h] <= outcome_i.last ? ReleaseIdle : ReleaseWait;
            end else if (release_refused[h]) begin
              release_q[h]        <= ReleaseIdle;
              release_failed_q[h] <= 1'b1;
            end
          end
          ReleaseWait: begin
            if (released_i[h]) begin
              release_q[h]        <= ReleaseIdle;
              release_failed_q[h] <= !released_whole_i;
            end
          end
          default: release_q[h] <= ReleaseIdle;
        endcase
      end
    end
  end
  always_comb begin
    for (int unsigned h = 0; h < NumHosts; h++) begin
      release_busy[h] = release_q[h] != ReleaseIdle;
      // Not now, and no telling when: the segment, whoever has it, or could work on it, waits for one who does not answer.
      release_refused[h] = release_q[h] == ReleasePass && mine_done && 32'(client_q) == h + 1
                           && outcome_i.result != ResultDone
                           && (notice_late_i || evictors_out_i || outcome_i.bulk_owes);
      release_done[h] = release_refused[h] || (release_q[h] == ReleaseWait && released_i[h])
                        || (release_q[h] == ReleasePass && mine_done && 32'(client_q) == h + 1
                            && outcome_i.result == ResultDone && outcome_i.last);
    end
  end

  // ---- Quiesce and flush ------------------------------------------------------------------------------------------
  // Draining waits for hosts to take their answers, too, so that it can only tell that it is late; a flush gives up.
  quiesce_e quiesce_q, quiesce_d;
  logic flush_failed_q, flush_sent_q, flush_due_q, flush_done, quiesce_late, quiesce_late_q;
  logic [31:0] quiesce_timer_q;

  assign open_o        = quiesce_q == QuiesceOff && map_ready_i;
  assign scan_o        = quiesce_q == QuiesceScan;
  // A flush that timed out keeps its tag until its completion.
  assign flush_valid_o = quiesce_q == QuiesceFlush && !flush_sent_q && !flush_due_q;
  assign flush_done    = flush_sent_q && flush_cpl_i;
  assign quiesce_late  = quiesce_q inside {QuiesceDrain, QuiesceScan, QuiesceWrite}
                         && quiesce_timer_q > reg2hw.quiesce_timeout.cycles.q;
  always_comb begin
    quiesce_d = quiesce_q;
    unique case (quiesce_q)
      QuiesceOff: if (reg2hw.control.quiesce.q) quiesce_d = QuiesceDrain;
      QuiesceDrain: begin
        if (!reg2hw.control.quiesce.q) quiesce_d = QuiesceOff;
        else if (idle_i && release_busy == '0 && !under_way_q && order_busy[NumHosts:1] == '0) quiesce_d = QuiesceOn;
      end
      QuiesceOn: begin
        if (!reg2hw.control.quiesce.q) quiesce_d = QuiesceOff;
        else if (release_busy != '0) quiesce_d = QuiesceDrain;
        else if (reg2hw.control.flush.q) quiesce_d = QuiesceScan;
      end
      QuiesceScan: begin
        if (scan_done_i) quiesce_d = QuiesceWrite;
        else if (quiesce_late) quiesce_d = QuiesceDone;
      end
      QuiesceWrite: begin
        if (evictors_idle_i) quiesce_d = QuiesceFlush;
        else if (quiesce_late) quiesce_d = QuiesceDone;
      end
      QuiesceFlush: if (flush_done || quiesce_timer_q >= timeout_o) quiesce_d = QuiesceDone;
      QuiesceDone: if (!reg2hw.control.flush.q || !reg2hw.control.quiesce.q) quiesce_d = QuiesceDrain;
      default: quiesce_d = QuiesceOff;
    endcase
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      quiesce_q      <= QuiesceOff;
      flush_failed_q <= 1'b0;
      flush_sent_q   <= 1'b0;
      flush_due_q    <= 1'b0;
      quiesce_late_q <= 1'b0;
    end else begin
      quiesce_q      <= quiesce_d;
      quiesce_late_q <= quiesce_late;
      if (quiesce_q == QuiesceOn) flush_failed_q <= 1'b0;
      else if ((unload_abort_i || flush_misses_i) && quiesce_q inside {QuiesceScan, QuiesceWrite}) flush_failed_q <= 1'b1;
      else if (quiesce_q == QuiesceFlush && quiesce_d == QuiesceDone) flush_failed_q <= flush_failed_q || !(flush_done && flush_ok_i);
      if (quiesce_late && quiesce_q inside {QuiesceScan, QuiesceWrite} && quiesce_d == QuiesceDone) flush_failed_q <= 1'b1;
      flush_sent_q <= quiesce_q == QuiesceFlush && (flush_sent_q || flush_take_i);
      if (flush_take_i) flush_due_q <= 1'b1;
      else if (flush_cpl_i) flush_due_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (quiesce_d != quiesce_q || (flush_moves_i && quiesce_q != QuiesceDrain)) quiesce_timer_q <= '0;
    else if (quiesce_timer_q != '1) quiesce_timer_q <= quiesce_timer_q + 1'b1;
  end

  // ---- What happened to segments ----------------------------------------------------------------------------------
  logic event_valid;
  logic [1:0] event_kind;
  host_t event_host;
  segment_t event_segment;
  logic [31:0] events_lost;
  tarn_pool_event_log u_events (
    .clk_i, .rst_ni, .mask_i(reg2hw.segment_event_mask.kinds.q), .assigned_i(count_i.assigned),
    .paged_in_i(count_i.page_in || count_i.zero_fill), .paged_out_i(count_i.eviction), .released_i(released_i != '0 && released_whole_i),
    .host_i(count_i.host), .segment_i(count_i.segment),
    .valid_o(event_valid), .kind_o(event_kind), .host_o(event_host), .segment_o(event_segment),
    .pop_i(reg2hw.segment_event_pop.pop.q), .lost_o(events_lost)
  );

  // ---- Tables with check bits -------------------------------------------------------------------------------------
  logic [31:0] tables_corrected_q;
  logic [NumTables-1:0] tables_corrected, tables_lost, tables_lost_q;
  always_comb begin
    table_inject_o = '0;
    for (int unsigned t = 0; t < NumTables; t++) begin
      if (reg2hw.table_inject.qe && 32'(reg2hw.table_inject.table_number.q) == t) table_inject_o[t] = reg2hw.table_inject.bits.q;
      tables_corrected[t] = table_report_i[t].corrected;
      tables_lost[t]      = table_report_i[t].lost;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tables_corrected_q <= '0;
      tables_lost_q      <= '0;
    end else begin
      if (tables_corrected != '0 && tables_corrected_q != '1) tables_corrected_q <= tables_corrected_q + 1'b1;
      tables_lost_q <= tables_lost_q | tables_lost;
    end
  end

  // ---- To the registers -------------------------------------------------------------------------------------------
  logic [63:0] bulk_notices_q, map_fetches_q, prefetches_q, promotions_q, demotions_q;
  logic [31:0] map_parity_errors_q, samples_lost_q, moves_given_up_q;
  logic notice_late_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      bulk_notices_q <= '0;
      map_fetches_q  <= '0;
      prefetches_q   <= '0;
      promotions_q   <= '0;
      demotions_q    <= '0;
      moves_given_up_q <= '0;
      map_parity_errors_q <= '0;
      samples_lost_q      <= '0;
      notice_late_q  <= 1'b0;
    end else begin
      if (bulk_notice_i) bulk_notices_q <= bulk_notices_q + 1'b1;
      if ((sample_dropped_i || sample_passed_by_i) && samples_lost_q != '1) samples_lost_q <= samples_lost_q + 1'b1;
      if (map_fetched_i) map_fetches_q <= map_fetches_q + 1'b1;
      if (prefetch_begins_i) prefetches_q <= prefetches_q + 1'b1;
      if (count_i.promoted) promotions_q <= promotions_q + 1'b1;
      if (count_i.demoted) demotions_q <= demotions_q + 1'b1;
      if (count_i.move_failed && moves_given_up_q != '1) moves_given_up_q <= moves_given_up_q + 1'b1;
      if (map_parity_error_i && map_parity_errors_q != '1) map_parity_errors_q <= map_parity_errors_q + 1'b1;
      notice_late_q <= notice_late_i;
    end
  end

  assign counter_read_o  = reg2hw.counter.re;
  assign counter_index_o = reg2hw.counter.index;
  // A register of its own, as above.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) prefetch_depth_o <= '0;
    else prefetch_depth_o <= reg2hw.prefetch.depth.q;
  end
  assign optimum_settings_o.enable        = reg2hw.optimum_control.enable.q;
  assign optimum_settings_o.log2_sampling = reg2hw.optimum_control.log2_sampling.q;
  assign optimum_settings_o.log2_epoch    = reg2hw.optimum_control.log2_epoch.q;
  assign latency_read_o  = reg2hw.latency.re;
  assign latency_host_o  = reg2hw.latency_host.host.q;
  assign latency_bin_o   = reg2hw.latency.index;
  always_comb begin
    hw2reg = '0;
    hw2reg.status.cleared.d        = map_ready_i;
    hw2reg.status.quiesced.d       = quiesce_q == QuiesceOn || (quiesce_q == QuiesceDone && evictors_idle_i);
    hw2reg.status.flushed.d        = quiesce_q == QuiesceDone;
    hw2reg.status.flush_failed.d   = flush_failed_q;
    hw2reg.status.floors_valid.d   = floors_valid;
    hw2reg.status.notice_late.d    = notice_late_i;
    hw2reg.status.quiesce_late.d   = quiesce_late;
    hw2reg.status.bulk_late.d      = bulk_late_i;
    hw2reg.status.engine_floors_valid.d = engine_floors_valid_i;
    hw2reg.quiesce_waits.hosts.d     = 16'(host_busy_i);
    hw2reg.quiesce_waits.page_ins.d  = !engines_idle_i;
    hw2reg.quiesce_waits.page_outs.d = !evictors_idle_i;
    hw2reg.free_slots.count.d      = 21'(slots_free_i);
    hw2reg.map_status.busy.d       = order_busy[0];
    hw2reg.map_status.failed.d     = order_failed[0];
    hw2reg.map_status.resident.d   = read_resident_i;
    hw2reg.map_status.pinned.d     = read_pinned_i;
    hw2reg.map_status.lost.d       = read_lost_i;
    hw2reg.map_read_slot.slot.d    = read_slot_i;
    hw2reg.map_read_valid.pages.d  = read_valid_pages_i;
    hw2reg.map_read_dirty.pages.d  = read_dirty_i;
    hw2reg.map_read_on_bulk.pages.d = read_on_bulk_i;
    hw2reg.map_read_lost_pages.pages.d = read_lost_pages_i;
    hw2reg.bulk_notices.count.d    = bulk_notices_q;
    hw2reg.segment_event.segment.d = event_valid ? event_segment : '0;
    hw2reg.segment_event.host.d    = event_valid ? event_host : '0;
    hw2reg.segment_event.kind.d    = event_valid ? event_kind : '0;
    hw2reg.segment_event.valid.d   = event_valid;
    hw2reg.segment_events_lost.count.d = events_lost;
    hw2reg.policy_rule.rule.d      = policy_rule_i;
    hw2reg.policy_samples_lost.count.d = samples_lost_q;
    hw2reg.map_fetches.count.d     = map_fetches_q;
    hw2reg.prefetches.count.d      = prefetches_q;
    hw2reg.promotions.count.d      = promotions_q;
    hw2reg.demotions.count.d       = demotions_q;
    hw2reg.moves_given_up.count.d  = moves_given_up_q;
    hw2reg.free_fast_slots.count.d = 21'(free_fast_i);
    hw2reg.map_parity_errors.count.d = map_parity_errors_q;
    hw2reg.tables_corrected.count.d  = tables_corrected_q;
    hw2reg.tables_lost.tables.d      = tables_lost_q;
    hw2reg.optimum_status.epochs.d        = optimum_epochs_i;
    hw2reg.optimum_status.listening.d     = optimum_listening_i;
    hw2reg.optimum_status.log2_sampling.d = optimum_sampling_i;
    hw2reg.optimum_accesses.count.d       = optimum_result_i.accesses;
    hw2reg.optimum_pool_misses.count.d    = optimum_result_i.pool_misses;
    hw2reg.optimum_misses.count.d         = optimum_result_i.misses;
    hw2reg.optimum_dropped.count.d        = optimum_result_i.dropped;
    if (32'(reg2hw.resident.index) < NumHosts) hw2reg.resident.slots.d = 21'(resident_i[reg2hw.resident.index[HostBits-1:0]]);
    hw2reg.pages_corrupt.count.d   = corrupt_count_i;
    hw2reg.corrupt_page.page.d     = corrupt_lpn_i[31:0];
    hw2reg.corrupt_page.host.d     = corrupt_lpn_i[39:32];
    hw2reg.counter.value.d         = counter_i;
    hw2reg.latency.count.d         = latency_i;
    hw2reg.latency.ready           = latency_valid_i || !reg2hw.latency.re;
    hw2reg.events.page_out_failed.sets = unload_abort_i;
    hw2reg.events.page_in_failed.sets  = count_i.page_failed;
    hw2reg.events.page_in_corrupt.sets = page_corrupt_i;
    hw2reg.events.map_done.sets        = order_done[0];
    hw2reg.events.quiesced.sets        = quiesce_q == QuiesceDrain && quiesce_d == QuiesceOn;
    hw2reg.events.flushed.sets         = quiesce_q != QuiesceDone && quiesce_d == QuiesceDone;
    hw2reg.events.bulk_notice.sets     = bulk_notice_i;
    hw2reg.events.notice_late.sets     = notice_late_i && !notice_late_q;
    hw2reg.events.map_lost.sets        = map_lost_i;
    hw2reg.events.segment_event.sets   = event_valid;
    hw2reg.events.first_mark.sets      = first_passed_i;
    hw2reg.events.page_out_mark.sets   = page_out_passed_i;
    hw2reg.events.quiesce_late.sets    = quiesce_late && !quiesce_late_q;
    hw2reg.events.table_lost.sets      = tables_lost != '0;
  end
  for (genvar h = 0; h < NumHosts; h++) begin : gen_host_values
    always_comb begin
      host_hw2reg[h] = '0;
      host_hw2reg[h].release_status.busy.d   = release_busy[h];
      host_hw2reg[h].release_status.failed.d = release_failed_q[h];
      host_hw2reg[h].hint_status.taken.d     = hints_q[h];
      host_hw2reg[h].hint_status.effective.d = 1'b1;
      host_hw2reg[h].hint_status.busy.d      = order_busy[h+1];
      host_hw2reg[h].window_base.base.d      = base_o[h];
      host_hw2reg[h].window_segments.count.d = segments_o[h];
      host_hw2reg[h].resident.slots.d        = 21'(resident_i[h]);
      host_hw2reg[h].events.released.sets     = release_done[h];
      host_hw2reg[h].events.access_error.sets = count_i.access_error && 32'(count_i.host) == h;
      host_hw2reg[h].events.page_failed.sets  = count_i.page_failed && 32'(count_i.host) == h;
    end
    assign host_irq_o[h] = ({host_reg2hw[h].events.page_failed.q, host_reg2hw[h].events.access_error.q,
                             host_reg2hw[h].events.released.q} & host_reg2hw[h].event_enable.mask.q) != '0;
  end
  assign irq_o = ({reg2hw.events.table_lost.q, reg2hw.events.page_in_corrupt.q, reg2hw.events.page_out_mark.q, reg2hw.events.first_mark.q, reg2hw.events.segment_event.q, reg2hw.events.map_lost.q, reg2hw.events.quiesce_late.q, reg2hw.events.notice_late.q, reg2hw.events.bulk_notice.q, reg2hw.events.flushed.q, reg2hw.events.quiesced.q,
                   reg2hw.events.map_done.q, reg2hw.events.page_in_failed.q, reg2hw.events.page_out_failed.q}
                  & reg2hw.event_enable.mask.q) != '0;

  `TARN_ASSERT_INIT(HostsAllowed, NumHosts >= 1 && NumHosts <= MaxHosts, "tarn_pool: NumHosts must be 1..16")
endmodule : tarn_pool_control
