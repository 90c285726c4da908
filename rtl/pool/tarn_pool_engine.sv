// A page-in engine: holds one page while it is brought in, while its first write since clean is announced, or while an
// atomic works on it; requests to the page wait in its list meanwhile, and are replayed in order.
// Every wait is bounded: for a slot and for bulk by `timeout_i`, for the change-notice port by its own time
// (`notice_late_i`): then the waiting requests are answered StatusTimeout and the page is as it was; for a bulk device
// that is away by `offline_limit_i` attempts (then StatusRetry), for the channel and for other passes by these.
// While the page comes in, plain reads of lines that are in the slot already are served (`early_o`): the oldest in the list
// by its replay, others as they come. Before lines that were delivered are written again, with poison or by another
// attempt, those reads are answered. A page whose checksum differs is poison, as one is that bulk could not deliver, and one whose content
// the map knows to be lost.
// A bulk tag that timed out stays in quarantine until its completion comes; an engine has NumTags of them. A notice
// that stands on the port cannot be taken back: its engine keeps the page (`stuck_o`), refuses whoever asks for it, and
// marks it dirty when the notice was taken, so that who listens and the map agree.
`include "tarn_assert.svh"
module tarn_pool_engine #(
  parameter int unsigned PageLines = tarn_line_pkg::LinesPerPage,  // fewer in proofs alone
  localparam int unsigned NumTags = 4
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic [31:0]              timeout_i,
  input  logic [31:0]              offline_delay_i,
  input  logic [7:0]               offline_limit_i,
  input  logic                     begin_valid_i,
  input  tarn_pool_pkg::begin_t    begin_i,
  output logic                     idle_o,
  output logic                     walk_o,         // began for a walk
  output logic                     stuck_o,        // its notice is late: serves nobody until it was taken
  output logic                     quarantine_o,   // bulk owes a completion
  output tarn_pool_pkg::hold_t     hold_o,
  output tarn_pool_pkg::slot_t     slot_o,
  output tarn_pool_pkg::line_t     first_line_o,
  // Its list of waiting requests.
  input  logic                     list_filled_i,
  input  logic                     joined_i,       // one more this cycle
  input  logic                     head_walk_i,    // class of the oldest
  // Passes through the map.
  input  logic                     slot_free_i,
  output logic                     waits_slot_o,
  output logic                     pass_valid_o,
  output tarn_pool_pkg::pass_t     pass_o,         // kind, and what belongs to it
  input  logic                     pass_take_i,
  input  logic                     outcome_valid_i,
  input  tarn_pool_pkg::outcome_t  outcome_i,
  // Bulk.
  output logic                     cmd_valid_o,
  output logic [1:0]               cmd_tag_o,      // which of the engine's tags
  input  logic                     cmd_take_i,
  output logic                     filling_o,      // beats of `cmd_tag_o` are welcome
  input  logic                     beat_i,         // one was taken
  input  logic                     beat_poison_i,
  output logic [tarn_line_pkg::LinesPerPage-1:0] early_o,  // lines that may be read before the page is valid
  input  logic                     cpl_valid_i,
  input  logic [1:0]               cpl_tag_i,
  input  tarn_bulk_pkg::bulk_status_e cpl_status_i,
  // Lines that need no bulk: zero, or poison.
  output logic                     make_valid_o,
  output logic                     make_poison_o,
  output tarn_pool_pkg::line_t     make_line_o,
  input  logic                     make_take_i,
  input  logic                     written_i,      // the channel answered a write
  input  tarn_pool_pkg::line_t     written_line_i,
  input  logic                     written_bad_i,  // and it was not done
  // Does the page have the checksum that it left with? Asked once its lines are written.
  input  logic                     check_wait_i,
  input  logic                     check_bad_i,
  output logic                     corrupt_o,
  // First-write notice, quiet page, atomic unit.
  output logic                     notice_valid_o,
  input  logic                     notice_posted_i,
  input  logic                     notice_taken_i,
  input  logic                     notice_late_i,
  output logic                     drain_wanted_o,
  input  logic [1:0]               epoch_i,
  input  logic                     ended_i,
  input  logic [1:0]               ended_epoch_i,
  input  logic [1:0]               atomic_busy_i,  // per class: [1] walks
  input  logic [1:0]               atomic_done_i
);
  import tarn_line_pkg::*;
  import tarn_bulk_pkg::*;
  import tarn_pool_pkg::*;

  typedef enum logic [3:0] {
    Idle, Assign, Command, Fill, AwaitReads, Make, Settle, PageValid, Notice, NoticeLate, SetDirty, Drain, Replay, Atomic, Delay, Fail
  } state_e;

  state_e state_q, state_d;
  begin_t page_q;
  logic [31:0] timer_q;
  logic timer_runs, timer_out, timer_clear, passing_q;
  logic [NumTags-1:0] quarantine_q;
  logic [1:0] tag_q, tag_free, target_q;
  logic tag_any;
  logic [6:0] beats_q, in_flight_q, made_q;
  logic [7:0] offline_q;
  logic poison_q, failed_q, bulk_error_q, from_bulk_q, atomic_ready_q, atomic_walk_q;
  logic notice_taken_q;
  // Lines in the slot; what the oldest waiting request wants, if known; its pass is on the way.
  logic [LinesPerPage-1:0] arrived_q;
  logic marked_q, nobody_q, early, early_pass, early_passing_q, head_known_q, head_reads_q, own_outcome;
  line_t head_line_q;
  status_e fail_q, fail_d;
  logic cpl_mine, quiet;

  assign idle_o         = state_q == Idle;
  assign walk_o         = page_q.walk;
  assign hold_o.valid   = state_q != Idle;
  assign hold_o.host    = page_q.host;
  assign hold_o.segment = page_q.segment;
  assign hold_o.page    = page_q.page;
  assign slot_o         = page_q.slot;
  assign first_line_o   = page_q.line;
  assign waits_slot_o   = state_q == Assign;
  assign stuck_o        = state_q == NoticeLate;
  assign quarantine_o   = quarantine_q != '0;

  always_comb begin
    tag_free = '0;
    for (int i = NumTags - 1; i >= 0; i--) if (!quarantine_q[i]) tag_free = 2'(i);
  end
  assign tag_any     = quarantine_q != '1;
  assign cmd_valid_o = state_q == Command && tag_any;
  assign cmd_tag_o   = state_q == Command ? tag_free : tag_q;
  assign filling_o   = state_q == Fill;
  assign cpl_mine    = cpl_valid_i && state_q == Fill && cpl_tag_i == tag_q;

  assign make_valid_o   = state_q == Make && made_q != 7'(PageLines);
  assign make_poison_o  = poison_q;
  assign make_line_o    = made_q[5:0];
  assign notice_valid_o = state_q == Notice;
  assign drain_wanted_o = state_q inside {Drain, AwaitReads} && target_q == epoch_i;
  assign quiet          = in_flight_q == '0;

  assign early       = state_q inside {Fill, Make, Settle} && !poison_q && !failed_q && !marked_q;
  assign early_o     = early ? arrived_q : '0;
  assign early_pass  = early && list_filled_i && (!head_known_q || (head_reads_q && arrived_q[head_line_q]));
  assign own_outcome = outcome_valid_i && !early_passing_q;

  assign corrupt_o  = state_q == Settle && quiet && !failed_q && !poison_q && !check_wait_i && check_bad_i;
  assign timer_runs = state_q inside {Assign, Command, Fill, Delay};
  assign timer_out  = timer_q >= (state_q == Delay ? offline_delay_i : timeout_i);

  always_comb begin
    pass_o              = '0;
    pass_o.atomic_ready = atomic_ready_q;
    pass_o.from_bulk    = from_bulk_q;
    pass_o.bulk_error   = bulk_error_q;
    pass_o.status       = fail_q;
    pass_o.nobody       = !list_filled_i;
    pass_valid_o        = !passing_q;
    unique case (state_q)
      Assign: begin
        pass_o.kind  = PassAssign;
        pass_valid_o = !passing_q && slot_free_i;
      end
      Fill, Make, Settle: begin
        pass_o.kind  = PassReplay;
        pass_o.early = 1'b1;
        pass_valid_o = !passing_q && early_pass;
      end
      PageValid: pass_o.kind = PassPageValid;
      SetDirty: pass_o.kind = PassSetDirty;
      Replay: begin
        pass_o.kind  = PassReplay;
        pass_valid_o = !passing_q && !(atomic_ready_q && atomic_busy_i[head_walk_i]);
      end
      Fail: pass_o.kind = PassFail;
      NoticeLate: begin
        pass_o.kind  = PassFail;
        pass_valid_o = !passing_q && list_filled_i && !notice_taken_q;
      end
      default: pass_valid_o = 1'b0;
    endcase
  end

  always_comb begin
    state_d     = state_q;
    fail_d      = fail_q;
    timer_clear = 1'b0;
    unique case (state_q)
      Idle: begin
        if (begin_valid_i) begin
          timer_clear = 1'b1;
          unique case (begin_i.need)
            ResultFirstWrite: state_d = Notice;
            ResultAtomic: state_d = Drain;
            default: state_d = !begin_i.resident ? Assign : (begin_i.on_bulk ? Command : Make);
          endcase
        end
      end
      Assign: begin
        if (outcome_valid_i && outcome_i.result == ResultDone) begin
          timer_clear = 1'b1;
          state_d     = outcome_i.on_bulk ? Command : Make;
        end else if (timer_out && !passing_q && !pass_take_i) begin
          state_d = Fail;
          fail_d  = StatusTimeout;
        end
      end
      Command: begin
        if (cmd_take_i) begin
          state_d     = Fill;
          timer_clear = 1'b1;
        end else if (timer_out) begin
          state_d = Fail;
          fail_d  = StatusTimeout;
        end
      end
      Fill: begin
        if (cpl_mine) begin
          timer_clear = 1'b1;
          unique case (cpl_status_i)
            BulkOk: state_d = beats_q == 7'(PageLines) ? Settle : AwaitReads;
            default: state_d = AwaitReads;  // it is away: again later; or the content is known to be lost: poison
          endcase
        end else if (timer_out) begin
          state_d = Settle;
          fail_d  = StatusTimeout;
        end
      end
      Delay: begin
        if (offline_q > offline_limit_i) begin
          state_d = Settle;
          fail_d  = StatusRetry;
        end else if (timer_out && quiet) begin
          state_d     = Command;
          timer_clear = 1'b1;
        end
      end
      AwaitReads: if (ended_i && ended_epoch_i == target_q) state_d = poison_q ? Make : Delay;
      Make: if (made_q == 7'(PageLines)) state_d = Settle;
      Settle: begin
        if (quiet) begin
          if (failed_q) state_d = Fail;
          else if (corrupt_o) state_d = AwaitReads;
          else if (poison_q || !check_wait_i) state_d = PageValid;
        end
      end
      PageValid: if (own_outcome && outcome_i.result == ResultDone) state_d = list_filled_i || joined_i ? Replay : Idle;
      Notice: begin
        if (notice_taken_i) begin
          state_d = SetDirty;
        end else if (notice_late_i) begin
          state_d = notice_posted_i ? NoticeLate : Fail;
          fail_d  = StatusTimeout;
        end
      end
      NoticeLate: if (notice_taken_q && !passing_q) state_d = SetDirty;
      SetDirty: if (outcome_valid_i && outcome_i.result == ResultDone) state_d = list_filled_i || joined_i ? Replay : Idle;
      Drain: if (ended_i && ended_epoch_i == target_q) state_d = Replay;
      Replay: begin
        if (outcome_valid_i) begin
          unique case (outcome_i.result)
            ResultDone: if (outcome_i.last) state_d = Idle;
            ResultFirstWrite: state_d = Notice;
            ResultAtomic: state_d = Drain;
            ResultAtomicBegun: state_d = Atomic;
            default: state_d = Replay;
          endcase
        end
      end
      Atomic: if (atomic_done_i[atomic_walk_q]) state_d = list_filled_i || joined_i ? Replay : Idle;
      Fail: if (own_outcome && outcome_i.last && !(list_filled_i && nobody_q) && !joined_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= Idle;
      passing_q    <= 1'b0;
      early_passing_q <= 1'b0;
      quarantine_q <= '0;
      in_flight_q  <= '0;
      notice_taken_q <= 1'b0;
    end else begin
      state_q        <= state_d;
      passing_q      <= pass_take_i;
      early_passing_q <= pass_take_i && pass_o.early;
      notice_taken_q <= state_q == NoticeLate && (notice_taken_q || notice_taken_i);
      if (state_q == Fill && !cpl_mine && timer_out) quarantine_q[tag_q] <= 1'b1;
      if (cpl_valid_i && !cpl_mine) quarantine_q[cpl_tag_i] <= 1'b0;
      if ((beat_i || make_take_i) != written_i) in_flight_q <= written_i ? in_flight_q - 1'b1 : in_flight_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (timer_clear) timer_q <= '0;
    else if (timer_runs) timer_q <= timer_q + 1'b1;
    if (state_q == Idle && begin_valid_i) begin
      page_q         <= begin_i;
      offline_q      <= '0;
      made_q         <= '0;
      poison_q       <= begin_i.lost;
      failed_q       <= 1'b0;
      bulk_error_q   <= 1'b0;
      from_bulk_q    <= 1'b0;
      atomic_ready_q <= 1'b0;
      target_q       <= epoch_i;
      arrived_q      <= '0;
      marked_q       <= 1'b0;
      head_known_q   <= !begin_i.ordered;
      head_reads_q   <= begin_i.reads;
      head_line_q    <= begin_i.line;
    end
    if (written_i && !written_bad_i) arrived_q[written_line_i] <= 1'b1;
    if (outcome_valid_i && early_passing_q) begin
      head_known_q <= outcome_i.result inside {ResultNotNow, ResultMapMiss};
      head_reads_q <= outcome_i.reads;
      head_line_q  <= outcome_i.line;
    end
    if (state_q == Assign && outcome_valid_i && outcome_i.result == ResultDone) begin
      page_q.slot <= outcome_i.slot;
    end
    if (cmd_take_i) begin
      tag_q   <= tag_free;
      beats_q <= '0;
      arrived_q <= '0;  // they come again, maybe marked
    end else if (beat_i) begin
      beats_q <= beats_q + 1'b1;
    end
    if (make_take_i) made_q <= made_q + 1'b1;
    // Its line is there, but marked: nothing of the page is served early any more.
    if (beat_i && beat_poison_i) marked_q <= 1'b1;
    if (cpl_mine) begin
      target_q    <= epoch_i;
      from_bulk_q <= 1'b1;
      if (cpl_status_i == BulkOffline) offline_q <= offline_q + 1'b1;
      else if (cpl_status_i != BulkOk || beats_q != 7'(PageLines)) begin
        poison_q     <= 1'b1;
        bulk_error_q <= 1'b1;
      end
    end
    if (corrupt_o) begin
      target_q     <= epoch_i;
      poison_q     <= 1'b1;
      bulk_error_q <= 1'b1;
    end
    if (state_q == Fill && !cpl_mine && timer_out) begin
      failed_q     <= 1'b1;
      bulk_error_q <= 1'b1;
    end
    if (own_outcome && ((state_q == PageValid && outcome_i.result == ResultDone) || (state_q == Fail && nobody_q))) bulk_error_q <= 1'b0;  // it was told
    if (state_q == Delay && offline_q > offline_limit_i) failed_q <= 1'b1;
    if (written_i && written_bad_i) failed_q <= 1'b1;
    fail_q <= written_i && written_bad_i ? StatusTimeout : fail_d;
    if (state_q == Replay && outcome_valid_i) begin
      if (outcome_i.result == ResultAtomic) target_q <= epoch_i;
      if (outcome_i.result == ResultAtomicBegun) atomic_ready_q <= 1'b0;
    end
    if (state_q == Drain && state_d == Replay) atomic_ready_q <= 1'b1;
    if (state_q == Replay && pass_take_i) atomic_walk_q <= head_walk_i;
    if (pass_take_i) nobody_q <= pass_o.nobody;
  end

  `TARN_ASSERT(BeginOnlyIdle, !begin_valid_i || idle_o)
  `TARN_ASSERT(ReplayHasWork, !(state_q == Replay && !passing_q) || list_filled_i)
  `TARN_ASSERT(WritesCounted, !written_i || in_flight_q != '0)
endmodule : tarn_pool_engine
