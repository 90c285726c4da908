// Copies a segment from its slot to a free one of the other speed class, under traffic, and lets the map change over.
// Requests to the segment are served from the old slot while its pages are copied; pages that change meanwhile are copied
// again: once under traffic, then with the segment held (its requests are parked), so that it is held for those pages
// alone that were written at the end. Every valid page is announced as moved before the map changes over.
// It gives up, and nothing has changed, when an evictor begins on the segment, when the map lost its entry, when the channel
// does not answer, when the change-notice port is late, or when pages of the segment come in for longer than `timeout_i`.
// Bound of the hold: two waits for the channel's answers, a copy of the pages written since the round before, and one notice a
// page, each at most the notices' own time.
`include "tarn_assert.svh"
module tarn_pool_mover #(
  parameter int unsigned Pages = 16,   // of a segment
  parameter int unsigned PageLines = tarn_line_pkg::LinesPerPage,  // fewer in proofs alone
  parameter int unsigned Lines = 8,    // under way at once
  localparam int unsigned Rounds = 2   // of copies under traffic
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic [31:0]              timeout_i,
  // A slot that ought to move; and what begins, by its pass or by software's order.
  input  logic                     candidate_valid_i,
  input  tarn_pool_pkg::move_t     candidate_i,
  output logic                     candidate_take_o,
  output logic                     candidate_passes_o,  // its pass is being decided
  input  logic                     begin_valid_i,
  input  tarn_pool_pkg::begin_t    begin_i,         // always: the segment and page of the pass being decided
  input  tarn_pool_pkg::slot_t     begin_to_i,
  input  logic [Pages-1:0]         begin_valid_pages_i,
  output logic                     idle_o,
  output tarn_pool_pkg::hold_t     hold_o,
  output tarn_pool_pkg::slot_t     from_o,
  output tarn_pool_pkg::slot_t     to_o,
  input  logic                     page_changes_i,  // the pass being decided writes to the page, or makes it valid
  input  logic                     evicts_i,        // it lets an evictor begin on the segment
  // Passes.
  output logic                     pass_valid_o,
  output tarn_pool_pkg::pass_t     pass_o,
  input  logic                     pass_take_i,
  input  logic                     outcome_valid_i,
  input  tarn_pool_pkg::result_e   result_i,
  // Lines of the old slot, and of the new one.
  output logic                     read_valid_o,
  output tarn_pool_pkg::page_t     read_page_o,
  output tarn_pool_pkg::line_t     read_line_o,
  input  logic                     read_take_i,
  input  logic                     line_valid_i,
  input  tarn_pool_pkg::line_t     line_i,
  input  tarn_line_pkg::slot_rsp_t line_rsp_i,
  output logic                     copy_valid_o,
  output tarn_pool_pkg::copy_t     copy_o,
  input  logic                     copy_take_i,
  input  logic                     copied_i,
  input  logic                     copied_bad_i,    // and it was not done
  // Notices.
  output logic                     notice_valid_o,
  output tarn_pool_pkg::page_t     notice_page_o,
  input  logic                     notice_posted_i,
  input  logic                     notice_taken_i,
  input  logic                     notice_late_i,
  output logic                     notice_forget_o,
  // Quiet segment.
  output logic                     drain_wanted_o,
  input  logic [1:0]               epoch_i,
  input  logic                     ended_i,
  input  logic [1:0]               ended_epoch_i
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  localparam int unsigned PageBits = Pages > 1 ? $clog2(Pages) : 1;
  localparam int unsigned PauseCycles = 16;  // between passes that ask for the hold
  typedef logic [PageBits-1:0] page_index_t;

  typedef enum logic [2:0] {Idle, Drain, Copy, Hold, Notify, Switch, Finish} state_e;

  state_e state_q, state_d;
  begin_t segment_q;
  slot_t to_q;
  logic [Pages-1:0] pages_q, todo_q, changed_q, untold_q;
  page_index_t page_q, todo_page, untold_page, pass_page;
  logic [1:0] target_q;
  logic [6:0] asked_q, copied_q;
  logic [$clog2(Lines+1)-1:0] under_way_q;
  logic [$clog2(Rounds+1)-1:0] round_q;
  logic [$clog2(PauseCycles)-1:0] pause_q;
  logic [31:0] timer_q;
  logic copying_q, passing_q, candidate_passes_q, held_q, given_up_q, bad_q;
  logic mine, page_begins, page_done, copy_ends, line_room, outcome, gives_up;

  assign idle_o         = state_q == Idle;
  assign hold_o.valid   = held_q;
  assign hold_o.host    = state_q == Idle ? candidate_i.host : segment_q.host;
  assign hold_o.segment = state_q == Idle ? candidate_i.segment : segment_q.segment;
  assign hold_o.page    = '0;
  assign from_o         = segment_q.slot;
  assign to_o           = to_q;

  // Of the pass that is being decided.
  assign mine      = state_q != Idle && begin_i.host == segment_q.host && begin_i.segment == segment_q.segment;
  assign pass_page = PageBits'(begin_i.page);
  tarn_pool_first_page #(.Pages(Pages)) u_todo (.pages_i(todo_q), .page_o(todo_page));

  // ---- Copying a page ---------------------------------------------------------------------------------------------
  logic copy_ready;
  logic [$clog2(Lines+1)-1:0] copy_count;
  copy_t read_line;
  assign page_begins  = state_q == Copy && !copying_q && todo_q != '0 && !given_up_q;
  assign line_room    = 32'(under_way_q) < Lines;
  assign read_valid_o = copying_q && asked_q != 7'(PageLines) && line_room && !bad_q;
  assign read_page_o  = page_t'(page_q);
  assign read_line_o  = asked_q[5:0];
  assign page_done    = copying_q && under_way_q == '0 && (copied_q == 7'(PageLines) || bad_q);
  assign copy_ends    = state_q == Copy && !copying_q && !page_begins;
  always_comb begin
    read_line.page   = page_t'(page_q);
    read_line.line   = line_i;
    read_line.poison = line_rsp_i.status == StatusPoison;
    read_line.data   = line_rsp_i.data;
  end
  tarn_fifo #(.T(copy_t), .Depth(Lines)) u_lines (
    .clk_i, .rst_ni, .valid_i(line_valid_i), .ready_o(copy_ready), .data_i(read_line),
    .valid_o(copy_valid_o), .ready_i(copy_take_i), .data_o(copy_o), .count_o(copy_count)
  );

  // ---- Notices ----------------------------------------------------------------------------------------------------
  tarn_pool_first_page #(.Pages(Pages)) u_untold (.pages_i(untold_q), .page_o(untold_page));
  assign notice_valid_o  = state_q == Notify && untold_q != '0 && !(notice_late_i && !notice_posted_i);
  assign notice_page_o   = page_t'(untold_page);
  assign notice_forget_o = state_q == Notify && notice_late_i && notice_posted_i && !notice_taken_i;

  // ---- Passes -----------------------------------------------------------------------------------------------------
  assign outcome          = outcome_valid_i && !candidate_passes_q;
  assign candidate_take_o = outcome_valid_i && candidate_passes_q && result_i != ResultMapMiss;
  assign candidate_passes_o = passing_q && candidate_passes_q;
  assign drain_wanted_o   = state_q == Drain && target_q == epoch_i;
  always_comb begin
    pass_o         = '0;
    pass_o.gave_up = given_up_q;
    pass_valid_o   = !passing_q;
    unique case (state_q)
      Idle: begin
        pass_o.kind  = PassMoveBegin;
        pass_o.slot  = candidate_i.slot;
        pass_valid_o = !passing_q && candidate_valid_i;
      end
      Hold: begin
        pass_o.kind  = PassMoveHold;
        pass_valid_o = !passing_q && pause_q == '0 && !given_up_q;
      end
      Switch: pass_o.kind = PassMoveSwitch;
      Finish: pass_o.kind = PassMoveFinish;
      default: pass_valid_o = 1'b0;
    endcase
  end

  always_comb begin
    state_d  = state_q;
    gives_up = 1'b0;
    unique case (state_q)
      Idle: if (begin_valid_i) state_d = Drain;
      Drain: if (ended_i && ended_epoch_i == target_q) state_d = given_up_q ? Finish : Copy;
      Copy: begin
        if (copy_ends) begin
          if (given_up_q) state_d = Finish;
          else if (held_q) state_d = Notify;
          else state_d = changed_q != '0 && 32'(round_q) + 1 < Rounds ? Drain : Hold;
        end
      end
      Hold: begin
        if (given_up_q && !passing_q) begin
          state_d = Finish;
        end else if (outcome) begin
          if (result_i == ResultDone) state_d = Drain;
          gives_up = result_i == ResultRefused || timer_q >= timeout_i;
        end
      end
      Notify: begin
        gives_up = notice_late_i && untold_q != '0 && !notice_taken_i;
        if (gives_up) state_d = Finish;
        else if (untold_q == '0) state_d = Switch;
      end
      Switch: begin
        if (outcome && result_i != ResultMapMiss) begin
          gives_up = result_i != ResultDone;
          state_d  = Finish;
        end
      end
      Finish: if (outcome && result_i == ResultDone) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q            <= Idle;
      passing_q          <= 1'b0;
      candidate_passes_q <= 1'b0;
      copying_q          <= 1'b0;
      held_q             <= 1'b0;
      given_up_q         <= 1'b0;
      under_way_q        <= '0;
    end else begin
      state_q   <= state_d;
      passing_q <= pass_take_i;
      if (pass_take_i) candidate_passes_q <= state_q == Idle;
      if (page_begins) copying_q <= 1'b1;
      else if (page_done) copying_q <= 1'b0;
      if (state_q == Hold && state_d == Drain) held_q <= 1'b1;
      else if (state_d == Idle) held_q <= 1'b0;
      if (state_q == Idle) given_up_q <= 1'b0;
      else if (gives_up || (mine && evicts_i) || (page_done && bad_q)) given_up_q <= 1'b1;
      if (read_take_i != copied_i) under_way_q <= copied_i ? under_way_q - 1'b1 : under_way_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Hold) timer_q <= timer_q + 1'b1;
    else timer_q <= '0;
    if (state_q == Hold && outcome) pause_q <= '1;
    else if (pause_q != '0) pause_q <= pause_q - 1'b1;
    if (state_q == Idle) begin
      segment_q <= begin_i;
      to_q      <= begin_to_i;
      pages_q   <= begin_valid_pages_i;
      todo_q    <= begin_valid_pages_i;
      changed_q <= '0;
      round_q   <= '0;
      pause_q   <= '0;
    end
    if (state_q != Drain && state_d == Drain) begin
      target_q <= epoch_i;
      if (state_q != Idle) begin
        todo_q    <= changed_q;
        changed_q <= '0;
        if (!held_q) round_q <= round_q + 1'b1;
      end
    end
    if (mine && page_changes_i) begin
      changed_q[pass_page] <= 1'b1;
      pages_q[pass_page]   <= 1'b1;
    end
    if (page_begins) begin
      page_q            <= todo_page;
      todo_q[todo_page] <= 1'b0;
      asked_q           <= '0;
      copied_q          <= '0;
      bad_q             <= 1'b0;
    end else begin
      if (read_take_i) asked_q <= asked_q + 1'b1;
      if (copied_i) copied_q <= copied_q + 1'b1;
      if ((line_valid_i && line_rsp_i.status == StatusTimeout) || (copied_i && copied_bad_i)) bad_q <= 1'b1;
    end
    if (state_q != Notify) untold_q <= pages_q;
    else if (notice_taken_i) untold_q[untold_page] <= 1'b0;
  end

  `TARN_ASSERT(BeginOnlyIdle, !begin_valid_i || idle_o)
  `TARN_ASSERT(LinesFit, !line_valid_i || copy_ready)
  `TARN_ASSERT(CopiesAreDue, !copied_i || under_way_q != '0)
  `TARN_ASSERT(NoMoreLinesThanUnderWay, copy_count <= under_way_q)
  `TARN_ASSERT(HeldPagesStay, !(held_q && mine && page_changes_i))
  `TARN_ASSERT(SwitchedWhenQuiet, state_q != Switch || (held_q && todo_q == '0 && changed_q == '0))
endmodule : tarn_pool_mover
