// The walks under way and who waits for them: as many at once as Walks, each for one page, any number of waiters.
// Latency: a read is offered the cycle after the request that starts the walk, and the cycle after each answer; the
// first waiter may leave in the cycle of the last answer (now_valid_o), one waiter per cycle over all walks.
// Order: the waiters of a page leave in the order in which they came; a page stays here until its last waiter left.
// When all walks are in use, free_o is low. Reads of different walks overlap; their answers are always taken.
// Invalidation: a walk that an invalidation may concern begins anew, so that nothing read before it is used or
// installed after it. restarting_o is high until all such walks have their new result: whoever invalidates waits
// for it before the next invalidation, so that each walk begins anew once at most between two of its results.
`include "tarn_assert.svh"
module tarn_iommu_walks
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities,
  parameter int unsigned Walks = 16,  // 1..64
  parameter int unsigned Slots = 64,  // power of two
  parameter int unsigned CacheEntries = 32,  // of each walk cache; power of two, 8..256
  localparam int unsigned WalkBits = Walks > 1 ? $clog2(Walks) : 1,
  localparam int unsigned SlotBits = $clog2(Slots)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]          plant_i,
`endif
  input  ddtp_t               ddtp_i,
  // A request asks whether its page is walked already, joins (append_i), or starts a walk (start_i).
  input  page_t               page_i,
  output logic                match_o,
  output logic [1:0]          free_o,          // how many walks may start: 3 or more
  input  signature_t          signature_i,     // of another page
  output logic                signature_match_o,  // and whether one is walked that looks the same
  input  logic                append_i,
  input  logic                start_i,
  input  logic [SlotBits-1:0] slot_i,
  input  logic                device_known_i,   // space_i.device is the device's context
  input  logic                process_known_i,  // and space_i all of the page's
  input  space_t              space_i,
  input  logic [1:0]          way_i,
  // Invalidation
  input  logic                inval_valid_i,
  input  inval_t              inval_i,
  output logic                restarting_o,
  // Waiters that may go
  output logic                go_valid_o,
  input  logic                go_ready_i,
  output logic [SlotBits-1:0] go_slot_o,
  output result_t             go_result_o,
  // The first waiter of the walk that ends in this cycle; it waits if it is not taken
  output logic                now_valid_o,
  input  logic                now_ready_i,
  output logic [SlotBits-1:0] now_slot_o,
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
  output logic [1:0]          read_size_o,     // 8 << size bytes
  input  logic                rsp_valid_i,
  input  logic [WalkBits-1:0] rsp_walk_i,
  input  status_e             rsp_status_i,
  input  logic [511:0]        rsp_data_i,
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
  result_t             result_q[Walks];
  logic [1:0]          way_q[Walks];
  logic [SlotBits-1:0] next_q[Slots];         // the waiter behind a waiter

  logic [Walks-1:0] is_free, is_request, is_go, match, hit_by_inval;
  logic [WalkBits-1:0] match_walk, free_walk, go_walk, last_go_q;

  logic [1:0] free_count;
  always_comb begin
    free_count = '0;
    for (int unsigned i = 0; i < Walks; i++) begin
      if (state_q[i] == Free && free_count != 2'd3) free_count = free_count + 2'd1;
      is_free[i]    = state_q[i] == Free;
      is_request[i] = state_q[i] == Request;
      is_go[i]      = state_q[i] == Go;
    end
  end
  assign idle_o       = is_free == '1;
  assign free_o       = free_count;
  assign restarting_o = restarted_q != '0;

  logic [55:0] rsp_addr;
  logic [3:0][63:0] words;
  page_t rsp_page;
  walk_t rsp_walk, next_walk, start_walk;
  space_t rsp_space, next_space;
  result_t result, unused_start_result;
  logic done, is_device, is_process, anew, start_done;
  walk_query_t [1:0] queries;  // of the walk that starts, of the one that goes on
  walk_known_t [1:0] known;
  walk_found_t found, found_q;
  logic found_valid_q;

  // --- who waits ------------------------------------------------------------------------------------------------
  always_comb begin
    match      = '0;
    match_walk = '0;
    free_walk  = '0;
    for (int unsigned i = 0; i < Walks; i++) begin
      if (!is_free[i] && signature_q[i] == signature_of(page_i)) match[i] = page_q[i] == page_i;
      if (match[i]) match_walk = WalkBits'(i);
      if (is_free[i]) free_walk = WalkBits'(i);
    end
  end
  assign match_o = match != '0;
  always_comb begin
    signature_match_o = 1'b0;
    for (int unsigned i = 0; i < Walks; i++) if (!is_free[i] && signature_q[i] == signature_i) signature_match_o = 1'b1;
  end

  logic [Walks-1:0] go_grant, leaves, leaves_last;  // of each walk: a waiter, and the last one
  logic go, go_last, now, now_last;
  tarn_pick_next #(.N(Walks)) u_pick_go (.req_i(is_go), .last_i(last_go_q), .grant_o(go_grant), .index_o(go_walk));

  assign go_valid_o   = is_go != '0;
  assign go_slot_o    = head_q[go_walk];
  assign go_result_o  = result_q[go_walk];
  assign go           = go_valid_o && go_ready_i;
  assign go_last      = head_q[go_walk] == tail_q[go_walk];
  assign now_slot_o   = head_q[rsp_walk_i];
  assign now_result_o = result;
  assign now_valid_o  = rsp_valid_i && done && !anew;
  assign now          = now_valid_o && now_ready_i;
  assign now_last     = head_q[rsp_walk_i] == tail_q[rsp_walk_i];

  always_comb begin
    for (int unsigned i = 0; i < Walks; i++) begin
      leaves[i]      = (go && go_grant[i]) || (now && rsp_walk_i == WalkBits'(i));
      leaves_last[i] = (go && go_grant[i] && go_last) || (now && rsp_walk_i == WalkBits'(i) && now_last);
    end
  end

  always_ff @(posedge clk_i) begin
    if (append_i) next_q[tail_q[match_walk]] <= slot_i;
    for (int unsigned i = 0; i < Walks; i++) begin
      if (append_i && match[i]) tail_q[i] <= slot_i;
      if (leaves[i]) head_q[i] <= leaves_last[i] ? slot_i : next_q[head_q[i]];  // last: only what comes now
    end
    if (start_i) begin
      page_q[free_walk]      <= page_i;
      page_of_q[free_walk]   <= page_i;
      signature_q[free_walk] <= signature_of(page_i);
      way_q[free_walk]       <= way_i;
      head_q[free_walk]      <= slot_i;
      tail_q[free_walk]      <= slot_i;
    end
  end

  // --- where they stand -----------------------------------------------------------------------------------------
  progress_t read_progress, rsp_progress;
  page_t read_page;
  walk_t read_walk;
  always_comb begin
    read_progress = stepped_q[read_walk_o] ? going_on_q[read_walk_o] : started_q[read_walk_o];
    rsp_progress  = stepped_q[rsp_walk_i] ? going_on_q[rsp_walk_i] : started_q[rsp_walk_i];
    read_walk     = from_root_q[read_walk_o] ? first_step(ddtp_i) : read_progress.walk;
    rsp_walk      = from_root_q[rsp_walk_i] ? first_step(ddtp_i) : rsp_progress.walk;
  end
  assign read_page = page_of_q[read_walk_o];
  assign rsp_page  = page_of_q[rsp_walk_i];
  assign rsp_space = rsp_progress.space;

  always_ff @(posedge clk_i) begin
    if (start_i) started_q[free_walk] <= '{walk: start_walk, space: space_i};
    if (rsp_valid_i) begin
      going_on_q[rsp_walk_i] <= '{walk: next_walk, space: next_space};
      result_q[rsp_walk_i]   <= result;
    end
  end

  // --- reads ----------------------------------------------------------------------------------------------------
  logic [Walks-1:0] read_grant;
  tarn_rr_arbiter #(.N(Walks)) u_read (
    .clk_i,
    .rst_ni,
    .req_i  (is_request),
    .valid_o(read_valid_o),
    .ready_i(read_ready_i),
    .grant_o(read_grant),
    .index_o(read_walk_o)
  );
  assign read_addr_o = step_addr(read_page, read_progress.space.device.second, read_walk);
  assign read_size_o = read_walk.phase == PhaseDevice ? 2'd2 : read_walk.phase == PhaseProcess ? 2'd1 : 2'd0;

  // --- answers --------------------------------------------------------------------------------------------------
  assign rsp_addr  = step_addr(rsp_page, rsp_space.device.second, rsp_walk);

  always_comb begin
    words = '0;
    if (rsp_valid_i) begin
      words = rsp_addr[5] ? rsp_data_i[511:256] : rsp_data_i[255:0];
      if (rsp_walk.phase == PhaseProcess) words[1:0] = rsp_addr[4] ? words[3:2] : words[1:0];
      else if (rsp_walk.phase != PhaseDevice) words[0] = words[rsp_addr[4:3]];
    end
  end

  tarn_iommu_walk_step #(.Capabilities(Capabilities)) u_step (
    .page_i   (rsp_page),
    .space_i  (rsp_space),
    .walk_i   (rsp_walk),
    .status_i (rsp_status_i),
    .words_i  (words),
    .done_o   (done),
    .result_o (result),
    .walk_o   (next_walk),
    .space_o  (next_space),
    .query_o  (queries[1]),
    .known_i  (known[1]),
    .found_o  (found),
    .device_o (is_device),
    .process_o(is_process)
  );

  // A walk whose context is known begins behind it. What would end there at once goes the long way: it is rare.
  tarn_iommu_walk_enter u_start (
    .page_i,
    .space_i,
    .walk_i       ('0),
    .device_i     (device_known_i && !process_known_i),
    .space_known_i(process_known_i),
    .table_i      (1'b0),
    .page_valid_i (1'b0),
    .gpn_i        ('0),
    .query_o      (queries[0]),
    .known_i      (known[0]),
    .done_o       (start_done),
    .result_o     (unused_start_result),
    .walk_o       (start_walk)
  );

  tarn_iommu_walk_caches #(.Entries(CacheEntries)) u_caches (
    .clk_i,
    .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .read_i ({rsp_valid_i, start_i}),
    .query_i(queries),
    .known_o(known),
    .inval_valid_i,
    .inval_i,
    .fill_i (found_valid_q && !inval_valid_i),
    .found_i(found_q)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) found_valid_q <= 1'b0;
    else found_valid_q <= rsp_valid_i && !anew;
  end
  always_ff @(posedge clk_i) if (rsp_valid_i) found_q <= found;

  assign anew = begin_anew_q[rsp_walk_i] || hit_by_inval[rsp_walk_i];

  // What shares the device, or of a first stage the largest page that an address can name, begins anew.
  always_comb begin
    for (int unsigned i = 0; i < Walks; i++) begin
      hit_by_inval[i] = inval_valid_i && !is_free[i];
      if (inval_i.kind inside {InvalDevices, InvalProcesses} && inval_i.by_device &&
          page_q[i].device_id != inval_i.device_id) begin
        hit_by_inval[i] = 1'b0;
      end
      if (inval_i.kind == InvalFirst && inval_i.by_address && page_q[i].vpn[VpnBits-1:36] != inval_i.vpn[VpnBits-1:36]) begin
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
      last_go_q    <= '0;
    end else begin
      if (go) last_go_q <= go_walk;
      for (int unsigned i = 0; i < Walks; i++) begin
        unique case (state_q[i])
          Free: if (start_i && free_walk == WalkBits'(i)) state_q[i] <= Request;
          Request: begin
            if (hit_by_inval[i]) {begin_anew_q[i], restarted_q[i]} <= 2'b11;
            if (read_grant[i] && read_ready_i) state_q[i] <= Response;
          end
          Response: begin
            if (hit_by_inval[i]) {begin_anew_q[i], restarted_q[i]} <= 2'b11;
            if (rsp_valid_i && rsp_walk_i == WalkBits'(i)) begin
              state_q[i]      <= !done || anew ? Request : leaves_last[i] && !(append_i && match[i]) ? Free : Go;
              begin_anew_q[i] <= 1'b0;
              if (done && !anew) restarted_q[i] <= 1'b0;
            end
          end
          default: begin  // Go
            if (leaves_last[i] && !(append_i && match[i])) begin
              state_q[i] <= Free;
            end else if (hit_by_inval[i]) begin
              state_q[i]     <= Request;
              restarted_q[i] <= 1'b1;
            end
          end
        endcase
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
          from_root_q[i] <= !device_known_i || start_done;
        end else if (rsp_valid_i && rsp_walk_i == WalkBits'(i)) begin
          stepped_q[i]   <= 1'b1;
          from_root_q[i] <= anew;
        end else if (is_go[i] && hit_by_inval[i]) begin
          from_root_q[i] <= 1'b1;
        end
      end
    end
  end

  // --- what was walked ------------------------------------------------------------------------------------------
  logic in_table;
  assign in_table           = rsp_walk.phase inside {PhaseFirst, PhaseSecond} && rsp_walk.purpose != ForProcess;
  assign directory_walked_o = rsp_valid_i && !anew && !in_table &&
                              (done || is_process || (is_device && !needs_process(rsp_page, next_space.device)));
  assign table_walked_o     = rsp_valid_i && !anew && in_table && done;
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
      tlb_fill_valid_o     <= rsp_valid_i && !anew && done && result.kind == ResultLeaf &&
                              result.first_rights.accessed && result.second_rights.accessed &&
                              result.second_rights.user && rsp_page.kind != KindTranslated;
      device_fill_valid_o  <= rsp_valid_i && !anew && is_device;
      process_fill_valid_o <= rsp_valid_i && !anew && is_process;
    end
  end
  always_ff @(posedge clk_i) begin
    if (rsp_valid_i) begin
      tlb_fill_o     <= '{tag: tag_of(rsp_page, rsp_space), leaf: leaf_of(result), way: way_q[rsp_walk_i]};
      context_fill_o <= '{device_id: rsp_page.device_id, process_id: is_process ? process_of(rsp_page) : '0,
                          value: next_space};
    end
  end

  `TARN_ASSERT(OneWalkAPage, (match & (match - 1'b1)) == '0)
  `TARN_ASSERT(StartsOnlyFree, !start_i || (free_o != 2'd0 && !match_o))
  `TARN_ASSERT(JoinsOnlyMatch, !append_i || match_o)
  logic rsp_expected;
  assign rsp_expected = state_q[rsp_walk_i] == Response;
  `TARN_ASSERT(AnswersOnlyAsked, !rsp_valid_i || rsp_expected)
endmodule : tarn_iommu_walks
