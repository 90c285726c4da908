// Empties a segment's slot: waits until earlier accesses to it are answered, writes its dirty pages to bulk (clean ones
// are dropped), then lets the map forget it. Also writes dirty pages of a slot that stays (flush), and gives a segment
// back (release: every page is announced, then those on bulk are trimmed). Requests to the segment are parked meanwhile:
// an evictor waits for bulk, the channel and the change-notice port, never for a page-in.
// A page of zeros is not stored: it is trimmed on bulk instead (always: what the map knows of no copy may have got there by
// a write that was given up).
// Up to Writes pages are under way at bulk; a write error is tried again `retry_limit_i` times, then the segment stays
// resident and pinned, and an event tells. A write that timed out, be it that bulk takes no command, no data, or does
// not complete, leaves the segment resident and pinned; the evictor stays out of use (but goes on sending what it began)
// until bulk answers, and no other may begin on the segment (`quarantine_o`), so that an old write can never land on a
// newer one; nor can a trim that timed out.
// When the change-notice port is late, the segment stays resident, and pages that were not announced stay as they were
// (`written_o` leaves them out); a notice on the port counts as announced, since it comes before any later one.
`include "tarn_assert.svh"
module tarn_pool_evictor #(
  parameter int unsigned Pages = 16,  // of a segment
  parameter int unsigned PageLines = tarn_line_pkg::LinesPerPage,  // fewer in proofs alone
  localparam int unsigned Writes = 4
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic [31:0]              timeout_i,
  input  logic [31:0]              offline_delay_i,
  input  logic [7:0]               offline_limit_i,
  input  logic [7:0]               retry_limit_i,
  input  logic                     begin_valid_i,
  input  tarn_pool_pkg::evict_e    begin_kind_i,
  input  tarn_pool_pkg::begin_t    begin_i,
  input  logic [Pages-1:0]         begin_valid_pages_i,
  input  logic [Pages-1:0]         begin_dirty_i,
  input  logic [Pages-1:0]         begin_on_bulk_i,
  output logic                     idle_o,
  output logic                     quarantine_o,   // bulk owes a completion, or still takes data
  output logic                     freeing_o,      // a slot will become free
  output tarn_pool_pkg::hold_t     hold_o,
  output tarn_pool_pkg::slot_t     slot_o,
  // Passes.
  output logic                     pass_valid_o,
  output tarn_pool_pkg::pass_t     pass_o,
  output logic [Pages-1:0]         written_o,      // pages that are on bulk as they are; of a release: that were announced
  output logic [Pages-1:0]         zeroed_o,       // of these, pages of zeros: bulk has none
  input  logic                     pass_take_i,
  input  logic                     outcome_valid_i,
  input  tarn_pool_pkg::result_e   result_i,
  // Reads of the slot's lines.
  output logic                     read_valid_o,
  output tarn_pool_pkg::page_t     read_page_o,
  output tarn_pool_pkg::line_t     read_line_o,
  input  logic                     read_take_i,
  input  logic                     line_valid_i,
  input  tarn_pool_pkg::line_t     line_i,
  input  tarn_line_pkg::slot_rsp_t line_rsp_i,
  // Its checksum: the page that is read begins, was read; what of it is not in the table yet holds up the next and the end.
  output logic                     sum_start_o,
  output logic                     sum_store_o,
  input  logic                     sum_busy_i,
  // Bulk.
  output logic                     cmd_valid_o,
  output logic                     cmd_trim_o,
  output logic [1:0]               cmd_tag_o,
  output tarn_pool_pkg::page_t     cmd_page_o,
  input  logic                     cmd_take_i,
  input  logic                     cmd_sent_i,     // bulk has it
  output logic                     beat_valid_o,
  output tarn_bulk_pkg::bulk_beat_t beat_o,        // `tag` holds the number of the write only
  input  logic                     beat_ready_i,
  input  logic                     cpl_valid_i,
  input  logic [1:0]               cpl_tag_i,
  input  tarn_bulk_pkg::bulk_status_e cpl_status_i,
  // Notices: written out, released.
  output logic                     notice_valid_o,
  output tarn_pool_pkg::page_t     notice_page_o,
  input  logic                     notice_posted_i,
  input  logic                     notice_taken_i,
  input  logic                     notice_late_i,
  output logic                     notice_forget_o,
  output logic                     notice_released_o,
  // Quiet segment.
  output logic                     drain_wanted_o,
  input  logic [1:0]               epoch_i,
  input  logic                     ended_i,
  input  logic [1:0]               ended_epoch_i
);
  import tarn_line_pkg::*;
  import tarn_bulk_pkg::*;
  import tarn_pool_pkg::*;
  localparam int unsigned PageBits = Pages > 1 ? $clog2(Pages) : 1;
  typedef logic [PageBits-1:0] page_index_t;

  typedef enum logic [2:0] {Idle, Drain, Work, Unload, Quarantine} state_e;
  // The page in the buffer: read from the slot, announced to bulk, sent once bulk has the command.
  typedef enum logic [2:0] {MoveIdle, MoveRead, MoveCommand, MoveSent, MoveSend} move_e;

  state_e state_q, state_d;
  move_e move_q, move_d;
  evict_e kind_q;
  begin_t segment_q;
  logic [Pages-1:0] todo_q, notify_q, written_q;
  page_index_t todo_page, notify_page, notice_page_q, move_page_q;
  logic notice_q, announce, all_announced, announced, mute, mute_q;
  logic [Pages-1:0] zeroed_q;
  logic zero_q, zero_move;  // the page in the buffer is zero so far
  logic [Writes-1:0] zero_write_q;
  logic [Writes-1:0] busy_q;      // under way at bulk
  page_index_t page_q[Writes];
  logic [1:0] write_free, move_write_q, target_q;
  logic [6:0] asked_q, got_q, sent_q;
  logic [31:0] timer_q, delay_q;
  logic [7:0] errors_q, offline_q;
  logic abort_q, pin_q, bad_q, passing_q, bulk_error_q, all_done, timed_out, done_ok, start, beat_have_q, beat_fetch;
  logic read_bad, line_poison, buffer_poison, trimming;
  logic [511:0] buffer_data;

  assign idle_o         = state_q == Idle;
  assign quarantine_o   = state_q == Quarantine;
  assign freeing_o      = state_q inside {Drain, Work, Unload} && kind_q != EvictFlush && !abort_q;
  assign hold_o.valid   = state_q inside {Drain, Work, Unload};
  assign hold_o.host    = segment_q.host;
  assign hold_o.segment = segment_q.segment;
  assign hold_o.page    = '0;
  assign slot_o         = segment_q.slot;
  assign written_o      = written_q;
  assign zeroed_o       = zeroed_q & written_q;

  tarn_pool_first_page #(.Pages(Pages)) u_todo (.pages_i(todo_q), .page_o(todo_page));
  tarn_pool_first_page #(.Pages(Pages)) u_notify (.pages_i(notify_q), .page_o(notify_page));
  always_comb begin
    write_free = '0;
    for (int w = Writes - 1; w >= 0; w--) if (!busy_q[w]) write_free = 2'(w);
  end

  assign trimming = kind_q == EvictRelease;
  assign all_announced = notify_q == '0 && !notice_q;
  assign all_done = (todo_q == '0 || abort_q) && busy_q == '0 && all_announced && move_q == MoveIdle && !sum_busy_i;
  assign start    = state_q == Work && move_q == MoveIdle && todo_q != '0 && !abort_q && busy_q != '1 && delay_q == '0
                    && !timed_out && (!trimming || all_announced) && !sum_busy_i;
  assign timed_out = state_q == Work && busy_q != '0 && timer_q >= timeout_i && !cpl_valid_i;

  // Moving a page.
  assign read_valid_o = move_q == MoveRead && asked_q != 7'(PageLines);
  assign read_page_o  = page_t'(move_page_q);
  assign read_line_o  = asked_q[5:0];
  assign read_bad     = line_valid_i && line_rsp_i.status == StatusTimeout;
  assign line_poison  = line_rsp_i.status == StatusPoison;
  assign zero_move    = !trimming && zero_q;
  assign sum_start_o  = start && !trimming;
  assign sum_store_o  = move_q == MoveRead && got_q == 7'(PageLines) && !bad_q && !zero_q;
  assign cmd_valid_o  = move_q == MoveCommand;
  assign cmd_trim_o   = trimming || zero_move;
  assign cmd_tag_o    = move_write_q;
  assign cmd_page_o   = page_t'(move_page_q);
  assign beat_fetch   = move_q == MoveSend && sent_q != 7'(PageLines) && (!beat_have_q || beat_ready_i);
  assign beat_valid_o = beat_have_q;
  always_comb begin
    beat_o.tag    = 8'(move_write_q);
    beat_o.line   = sent_q[5:0] - 6'd1;
    beat_o.poison = buffer_poison;
    beat_o.data   = buffer_data;
  end
  tarn_ram_sdp #(.Width(513), .Depth(64), .Collision(tarn_ram_pkg::RamNoCollision)) u_buffer (
    .clk_i, .rst_ni,
    .we_i(line_valid_i), .waddr_i(line_i), .wmask_i(1'b1), .wdata_i({line_poison, line_rsp_i.data}),
    .re_i(beat_fetch), .raddr_i(sent_q[5:0]), .rdata_o({buffer_poison, buffer_data})
  );

  always_comb begin
    move_d = move_q;
    unique case (move_q)
      MoveIdle: if (start) move_d = trimming ? MoveCommand : MoveRead;
      MoveRead: if (got_q == 7'(PageLines)) move_d = bad_q ? MoveIdle : MoveCommand;
      MoveCommand: begin
        if (cmd_take_i) move_d = cmd_trim_o ? MoveIdle : MoveSent;
        else if (timer_q >= timeout_i) move_d = MoveIdle;  // bulk takes no commands
      end
      MoveSent: if (cmd_sent_i) move_d = MoveSend;
      MoveSend: if (sent_q == 7'(PageLines) && beat_ready_i) move_d = MoveIdle;
      default: move_d = MoveIdle;
    endcase
  end

  assign done_ok           = cpl_valid_i && state_q == Work && (cpl_status_i == BulkOk || trimming);
  // A notice holds its page until it was taken, whatever completes meanwhile.
  assign announce          = state_q == Work && !notice_q && notify_q != '0 && !notice_late_i;
  assign announced         = notice_q && (notice_taken_i || (notice_late_i && notice_posted_i));
  assign mute              = state_q == Work && notice_late_i && !all_announced && !notice_taken_i;
  assign notice_forget_o   = mute && notice_q && notice_posted_i;
  assign notice_valid_o    = notice_q;
  assign notice_page_o     = page_t'(notice_page_q);
  assign notice_released_o = trimming;
  assign drain_wanted_o    = state_q == Drain && target_q == epoch_i;

  always_comb begin
    pass_o            = '0;
    pass_o.kind       = PassUnload;
    pass_o.evict      = kind_q;
    pass_o.had_slot   = segment_q.resident;
    pass_o.gave_up    = abort_q;
    pass_o.pin        = pin_q;
    pass_o.bulk_error = bulk_error_q;
    pass_o.slot       = segment_q.slot;
    pass_valid_o      = !passing_q && state_q == Unload;
  end

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (begin_valid_i) state_d = Drain;
      Drain: if (ended_i && ended_epoch_i == target_q) state_d = Work;
      Work: begin
        if (all_done || (timed_out && all_announced && !sum_busy_i && move_q inside {MoveIdle, MoveSent, MoveSend})) state_d = Unload;
      end
      Unload: if (outcome_valid_i && result_i == ResultDone) state_d = busy_q != '0 || move_q != MoveIdle ? Quarantine : Idle;
      Quarantine: if (busy_q == '0 && move_q == MoveIdle) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= Idle;
      move_q      <= MoveIdle;
      busy_q      <= '0;
      passing_q   <= 1'b0;
      beat_have_q <= 1'b0;
      notice_q    <= 1'b0;
    end else begin
      state_q   <= state_d;
      move_q    <= move_d;
      passing_q <= pass_take_i;
      if (move_q == MoveCommand && cmd_take_i) busy_q[move_write_q] <= 1'b1;
      if (cpl_valid_i) busy_q[cpl_tag_i] <= 1'b0;
      if (announce) notice_q <= 1'b1;
      else if (notice_taken_i || mute) notice_q <= 1'b0;
      if (beat_fetch) beat_have_q <= 1'b1;
      else if (beat_ready_i) beat_have_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start) sent_q <= '0;
    else if (beat_fetch) sent_q <= sent_q + 1'b1;
    if (state_q == Idle && begin_valid_i) begin
      kind_q       <= begin_kind_i;
      segment_q    <= begin_i;
      target_q     <= epoch_i;
      todo_q       <= begin_kind_i == EvictRelease ? begin_on_bulk_i : begin_dirty_i;
      notify_q     <= begin_kind_i == EvictRelease ? begin_on_bulk_i | begin_valid_pages_i : '0;
      written_q    <= '0;
      zeroed_q     <= '0;
      errors_q     <= '0;
      offline_q    <= '0;
      delay_q      <= '0;
      timer_q      <= '0;
      abort_q      <= 1'b0;
      mute_q       <= 1'b0;
      pin_q        <= 1'b0;
      bulk_error_q <= 1'b0;
    end else if (state_q == Work) begin
      if (delay_q != '0) delay_q <= delay_q - 1'b1;
      if (cpl_valid_i || cmd_take_i || busy_q == '0 && move_q != MoveCommand) timer_q <= '0;
      else if (timer_q < timeout_i) timer_q <= timer_q + 1'b1;

      if (start) begin
        todo_q[todo_page] <= 1'b0;
        move_page_q  <= todo_page;
        move_write_q <= write_free;
        asked_q      <= '0;
        got_q        <= '0;
        bad_q        <= 1'b0;
        zero_q       <= 1'b1;
      end
      if (read_take_i) asked_q <= asked_q + 1'b1;
      if (line_valid_i) got_q <= got_q + 1'b1;
      if (read_bad) bad_q <= 1'b1;
      if (line_valid_i && (line_poison || line_rsp_i.data != '0)) zero_q <= 1'b0;
      if (move_q == MoveCommand && cmd_take_i) begin
        page_q[move_write_q]       <= move_page_q;
        zero_write_q[move_write_q] <= zero_move;
      end

      if (announce) begin
        notify_q[notify_page] <= 1'b0;
        notice_page_q         <= notify_page;
      end
      if (trimming && announced) written_q[notice_page_q] <= 1'b1;
      // Pages that nobody hears of stay as they were; one whose notice is on the port is announced.
      if (mute) begin
        mute_q   <= 1'b1;
        notify_q <= '0;
        if (!trimming) begin
          written_q <= written_q & ~notify_q;
          if (notice_q && !announced) written_q[notice_page_q] <= 1'b0;
          abort_q <= 1'b1;
        end else begin
          todo_q <= todo_q & (written_q | (announced ? Pages'(1) << notice_page_q : '0));
        end
      end
      if (done_ok && !trimming && !mute && !mute_q) begin
        written_q[page_q[cpl_tag_i]] <= 1'b1;
        notify_q[page_q[cpl_tag_i]]  <= 1'b1;
        zeroed_q[page_q[cpl_tag_i]]  <= zero_write_q[cpl_tag_i];
      end
      if (cpl_valid_i && !done_ok) begin
        bulk_error_q <= 1'b1;
        todo_q[page_q[cpl_tag_i]] <= 1'b1;
        if (cpl_status_i == BulkOffline) begin
          offline_q <= offline_q + 1'b1;
          delay_q   <= offline_delay_i;
          if (offline_q >= offline_limit_i) abort_q <= 1'b1;
        end else begin
          errors_q <= errors_q + 1'b1;
          if (errors_q >= retry_limit_i) begin
            abort_q <= 1'b1;
            pin_q   <= 1'b1;
          end
        end
      end
      if (move_q == MoveRead && got_q == 7'(PageLines) && bad_q) abort_q <= 1'b1;
      if (move_q == MoveCommand && !cmd_take_i && timer_q >= timeout_i) abort_q <= 1'b1;
      if (timed_out && state_d == Unload) begin
        abort_q      <= 1'b1;
        pin_q        <= 1'b1;
        bulk_error_q <= 1'b1;
      end
    end
  end

  `TARN_ASSERT(BeginOnlyIdle, !begin_valid_i || idle_o)
  `TARN_ASSERT(CompletionIsDue, !cpl_valid_i || busy_q[cpl_tag_i])
  `TARN_ASSERT(LineIsDue, !line_valid_i || got_q < asked_q)
endmodule : tarn_pool_evictor
