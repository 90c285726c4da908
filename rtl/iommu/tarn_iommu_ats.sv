// Messages to devices: what commands send (ATS.INVAL, ATS.PRGR; section 4.1.4) and what the unit answers itself, in
// turn; and the completions of invalidations. An invalidation holds one of 32 tags until as many completions came as the
// first of them says (PCIe completion count, 0: 8), from the device that was asked, or until its time is over: between
// TimeoutKcycles and 1.5 of it (PCIe: one minute, +50%). While all tags are held, ATS.INVAL waits for one.
// A completion that nobody waits for is dropped.
`include "tarn_assert.svh"
module tarn_iommu_ats
  import tarn_line_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned TimeoutKcycles = 5_859_375  // in units of 1024 cycles, 1 or more; one minute at 100 MHz
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  // From commands
  input  logic            command_valid_i,
  output logic            command_ready_o,
  input  device_command_t command_i,
  output logic            idle_o,             // no completion is awaited
  output logic            timed_out_o,        // a time was over, since the last clear
  input  logic            timed_out_clear_i,
  // Answers of the unit's own
  input  logic            answer_valid_i,
  output logic            answer_ready_o,
  input  dev_msg_t        answer_i,
  // From devices: completions only, always taken
  input  logic            completion_valid_i,
  input  dev_msg_t        completion_i,
  // To devices
  output logic            msg_valid_o,
  input  logic            msg_ready_i,
  output dev_msg_t        msg_o
);
  localparam int unsigned Tags = 32;

  `TARN_ASSERT_INIT(TimeoutAllowed, TimeoutKcycles >= 1, "tarn_iommu_ats: TimeoutKcycles must be 1 or more")

  // --- to devices -----------------------------------------------------------------------------------------------
  logic tag_free, wants_tag, command_ready, room, sends_command, last_q;
  logic [4:0] tag;
  logic done, starts;
  logic [4:0] done_tag;
  logic msg_valid_q;
  dev_msg_t msg_q;

  assign wants_tag       = !command_i.is_response;
  assign command_ready   = tag_free || !wants_tag;
  assign room            = !msg_valid_q || msg_ready_i;
  assign sends_command   = command_valid_i && command_ready && (!answer_valid_i || last_q);
  assign command_ready_o = room && command_ready && (!answer_valid_i || last_q);
  assign answer_ready_o  = room && !sends_command;
  assign starts          = sends_command && room && wants_tag;
  assign msg_valid_o     = msg_valid_q;
  assign msg_o           = msg_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      msg_valid_q <= 1'b0;
      last_q      <= 1'b0;
    end else if (room) begin
      msg_valid_q <= sends_command || answer_valid_i;
      if (sends_command || answer_valid_i) last_q <= !sends_command;
    end
  end
  always_ff @(posedge clk_i) begin
    if (room) begin
      msg_q <= answer_i;
      if (sends_command) begin
        msg_q               <= '0;
        msg_q.kind          <= command_i.is_response ? MessageGroupResponse : MessageInvalRequest;
        msg_q.device_id     <= command_i.device_id;
        msg_q.process_valid <= command_i.process_valid;
        msg_q.process_id    <= command_i.process_id;
        msg_q.payload       <= command_i.payload;
        if (command_i.is_response) msg_q.code <= command_i.payload[47:44];
        else msg_q.itag <= tag;
      end
    end
  end

  // --- tags -----------------------------------------------------------------------------------------------------
  logic [Tags-1:0] busy_q, old_q, older_q, expired;
  logic [23:0] device_q[Tags];
  logic [2:0] came_q[Tags];  // completions
  logic tick, timed_out_q, expects;

  tarn_index_pool #(.N(Tags)) u_tags (
    .clk_i,
    .rst_ni,
    .free_valid_i(done),
    .free_index_i(done_tag),
    .valid_o     (tag_free),
    .index_o     (tag),
    .take_i      (starts)
  );

  // Tags whose time is over are given back one a cycle, when no completion gives one back.
  logic [Tags-1:0] expired_q, expired_grant;
  logic [4:0] expired_tag;
  logic completes;
  tarn_pick_next #(.N(Tags)) u_expired (
    .req_i(expired_q), .last_i(5'(Tags - 1)), .grant_o(expired_grant), .index_o(expired_tag)
  );

  assign expired   = tick ? busy_q & older_q : '0;
  assign expects   = completion_valid_i && busy_q[completion_i.itag] && !expired_q[completion_i.itag] &&
                     device_q[completion_i.itag] == completion_i.device_id;
  assign completes = expects && came_q[completion_i.itag] + 3'd1 == completion_i.code[2:0];
  assign done      = completes || expired_q != '0;
  assign done_tag  = completes ? completion_i.itag : expired_tag;

  assign idle_o      = busy_q == '0;
  assign timed_out_o = timed_out_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q      <= '0;
      expired_q   <= '0;
      timed_out_q <= 1'b0;
    end else begin
      if (starts) busy_q[tag] <= 1'b1;
      if (done) busy_q[done_tag] <= 1'b0;
      expired_q <= (expired_q & (completes ? '1 : ~expired_grant)) | (expired & ~(completes ? Tags'(1) << done_tag : '0));
      if (expired_q != '0) timed_out_q <= 1'b1;
      else if (timed_out_clear_i) timed_out_q <= 1'b0;
    end
  end
  // Two ticks passed: at least half the time. The third is the end.
  always_ff @(posedge clk_i) begin
    if (tick) begin
      old_q   <= '1;
      older_q <= old_q;
    end
    if (starts) begin
      old_q[tag]    <= 1'b0;
      older_q[tag]  <= 1'b0;
      device_q[tag] <= command_i.device_id;
    end
    if (starts) came_q[tag] <= '0;
    else if (expects) came_q[completion_i.itag] <= came_q[completion_i.itag] + 3'd1;
  end

  // --- time -----------------------------------------------------------------------------------------------------
  localparam longint unsigned TickCycles = 64'(TimeoutKcycles) * 512;
  localparam int unsigned TickBits = $clog2(TickCycles + 1);
  logic [TickBits-1:0] cycles_q;

  assign tick = cycles_q == TickBits'(TickCycles - 1);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) cycles_q <= '0;
    else cycles_q <= tick ? '0 : cycles_q + 1'b1;
  end

  `TARN_ASSERT(MessageHolds, !$past(msg_valid_o && !msg_ready_i) || msg_valid_o)
  `TARN_ASSERT(MessageStays, !$past(msg_valid_o && !msg_ready_i) || msg_o == $past(msg_o))
  `TARN_ASSERT(IdleMeansAllTagsFree, !idle_o || expired_q == '0)
endmodule : tarn_iommu_ats
