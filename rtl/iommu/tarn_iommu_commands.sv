// Executes commands, one at a time, for whoever hands them in (client_i; the queue of cqb is client 0): section 4.1.
// An invalidation is done once it is handed on: the next command may be decoded while caches are still being searched;
// messages to devices are done once sent. IOFENCE.C waits for all of them, whoever's they are: searches, completions of
// invalidated devices, and the answers to all requests accepted before it, whatever PR and PW say.
// Opcodes 64 to 127 are free: illegal here.
`include "tarn_assert.svh"
module tarn_iommu_commands
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities,
  parameter int unsigned Clients = 1,  // 1 or more
  localparam int unsigned ClientBits = Clients > 1 ? $clog2(Clients) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]            plant_i,
`endif
  input  mode_e                 mode_i,
  input  logic                  wsi_i,
  input  logic                  big_endian_i,
  input  logic                  command_valid_i,
  output logic                  command_ready_o,
  input  logic [ClientBits-1:0] client_i,
  input  logic [127:0]          command_i,
  output logic                  result_valid_o,     // pulse, one for each command
  output logic [ClientBits-1:0] result_client_o,
  output command_result_e       result_o,
  output logic                  fence_interrupt_o,  // with CommandDone: an IOFENCE.C with WSI
  // Invalidation
  output logic                  inval_valid_o,      // pulse
  output inval_t                inval_o,            // holds while inval_busy_i
  input  logic                  inval_busy_i,       // from the cycle after the pulse on
  input  logic                  restarting_i,
  // Messages to devices
  output logic                  message_valid_o,
  input  logic                  message_ready_i,
  output device_command_t       message_o,
  input  logic                  messages_idle_i,    // no device's completion is awaited
  input  logic                  timed_out_i,        // one did not come, since timed_out_clear_o
  output logic                  timed_out_clear_o,
  // Fence
  output logic                  fence_o,
  input  logic                  older_done_i,
  output logic                  write_valid_o,
  input  logic                  write_ready_i,
  output word_write_t           write_o,
  input  logic                  write_done_i,
  input  logic                  write_failed_i
);
  localparam logic [6:0] OpcodeInvalTranslations = 7'd1, OpcodeFence = 7'd2, OpcodeInvalDirectory = 7'd3, OpcodeAts = 7'd4;

  typedef enum logic [2:0] {Idle, Execute, FenceWait, Write, WriteWait} state_e;

  state_e state_q;
  logic [127:0] command_q;
  logic [ClientBits-1:0] client_q;
  logic [6:0] opcode;
  logic second;  // func3 is 1

  assign opcode = command_q[6:0];
  assign second = command_q[7];

  // --- legal, and supported? ------------------------------------------------------------------------------------
  logic illegal, wide_process;
  logic av, pscv, dv;
  logic [23:0] device_id;

  assign av        = command_q[10];
  assign pscv      = command_q[32];
  assign dv        = command_q[33];
  assign device_id = command_q[63:40];
  // PID: not wider than the widest process directory.
  assign wide_process = !Capabilities.pd20 && (command_q[31:29] != '0 || (!Capabilities.pd17 && command_q[28:20] != '0));

  always_comb begin
    illegal = command_q[9:8] != '0;
    unique case (opcode)
      OpcodeInvalTranslations: begin
        if (command_q[11] || command_q[43:35] != '0 || command_q[63:60] != '0 || command_q[72:64] != '0) illegal = 1'b1;
        if (command_q[127:126] != '0 || (second && pscv)) illegal = 1'b1;
        if (command_q[34] && !Capabilities.non_leaf_inval) illegal = 1'b1;
        if (command_q[73] && !Capabilities.range_inval) illegal = 1'b1;
      end
      OpcodeFence: begin
        if (second || command_q[31:14] != '0 || command_q[127:126] != '0) illegal = 1'b1;
        if (command_q[11] && !wsi_i) illegal = 1'b1;
      end
      OpcodeInvalDirectory: begin
        if (command_q[11:10] != '0 || command_q[32] || command_q[39:34] != '0 || command_q[127:64] != '0) illegal = 1'b1;
        if (dv && is_wide_device(mode_i, Capabilities.msi_flat, device_id)) illegal = 1'b1;
        if (second && (!dv || wide_process || !(Capabilities.pd8 || Capabilities.pd17 || Capabilities.pd20))) illegal = 1'b1;
        if (!second && command_q[31:12] != '0) illegal = 1'b1;
      end
      OpcodeAts: begin
        if (command_q[11:10] != '0 || command_q[39:34] != '0 || !Capabilities.ats) illegal = 1'b1;
      end
      default: illegal = 1'b1;
    endcase
  end

  // --- operands -------------------------------------------------------------------------------------------------
  inval_t inval;
  logic [VpnBits-1:0] addr, range_mask;

  // S: the lowest bit of ADDR that is 0, and the ones below it, are open. All ones (unspecified): everything.
  assign addr       = command_q[125:74];
  assign range_mask = command_q[73] ? addr ^ (addr + 1'b1) : '0;
  always_comb begin
    inval            = '0;
    inval.vpn        = addr & ~range_mask;
    inval.vpn_mask   = range_mask;
    inval.pscid      = command_q[31:12];
    inval.device_id  = device_id;
    inval.by_address = av;
    inval.non_leaf   = command_q[34];
    inval.by_pscid   = pscv;
    inval.by_gscid   = command_q[33];
    inval.gscid      = command_q[59:44];
    inval.kind       = second ? InvalSecond : InvalFirst;
    inval.process_id = command_q[31:12];
    if (opcode == OpcodeInvalDirectory) begin
      inval.kind      = second ? InvalProcesses : InvalDevices;
      inval.by_device = dv;
    end
`ifdef TARN_PLANT
    if (plant_i == 4'd8) inval.vpn_mask = '0;  // of a range only its first page
`endif
  end

  always_comb begin
    message_o.is_response   = second;
    message_o.device_id     = {dv ? command_q[63:56] : 8'b0, command_q[55:40]};  // DSV, DSEG, RID
    message_o.process_valid = command_q[32];
    message_o.process_id    = command_q[32] ? command_q[31:12] : '0;
    message_o.payload       = command_q[127:64];
  end

  // --- one command ----------------------------------------------------------------------------------------------
  logic may_invalidate, fence_done, beyond, inval_pulse_q, is_inval;
  inval_t inval_q;

  assign command_ready_o = state_q == Idle;
  assign inval_valid_o   = inval_pulse_q;
  assign inval_o         = inval_q;
  assign may_invalidate  = !inval_pulse_q && !inval_busy_i && !restarting_i;
  assign is_inval        = opcode inside {OpcodeInvalTranslations, OpcodeInvalDirectory};
  assign message_valid_o = state_q == Execute && !illegal && opcode == OpcodeAts;
  // What is accepted while caches are searched may find there what is about to be dropped: it is older than the fence, too.
  assign fence_o         = state_q == Execute && !illegal && opcode == OpcodeFence && older_done_i && !inval_pulse_q &&
                           !inval_busy_i;
  assign beyond          = command_q[125:118] != '0;  // wider than a physical address
  assign write_valid_o   = state_q == Write;
  assign write_o         = '{addr: {command_q[117:64], 2'b00}, data: order32(big_endian_i, command_q[63:32])};

  always_comb begin
    fence_done = state_q == FenceWait && older_done_i && messages_idle_i;
`ifdef TARN_PLANT
    if (plant_i == 4'd6 && state_q == FenceWait) fence_done = 1'b1;  // a fence does not wait
`endif
  end
  assign timed_out_clear_o = fence_done && timed_out_i;

  always_comb begin
    result_valid_o    = 1'b0;
    result_o          = CommandDone;
    fence_interrupt_o = opcode == OpcodeFence && command_q[11];
    unique case (state_q)
      Execute: begin
        if (illegal) begin
          result_valid_o = 1'b1;
          result_o       = CommandIllegal;
        end else if (is_inval) begin
          result_valid_o = may_invalidate;
        end else if (opcode == OpcodeAts) begin
          result_valid_o = message_ready_i;
        end
      end
      FenceWait: if (fence_done) begin
        result_valid_o = timed_out_i || !av || beyond;
        if (timed_out_i) result_o = CommandTimeout;
        else if (av && beyond) result_o = CommandMemoryFault;
      end
      WriteWait: begin
        result_valid_o = write_done_i;
        if (write_failed_i) result_o = CommandMemoryFault;
      end
      default: result_valid_o = 1'b0;
    endcase
  end
  assign result_client_o = client_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= Idle;
      inval_pulse_q <= 1'b0;
    end else begin
      inval_pulse_q <= state_q == Execute && !illegal && is_inval && may_invalidate;
      unique case (state_q)
        Idle: if (command_valid_i) state_q <= Execute;
        Execute: begin
          if (result_valid_o) state_q <= Idle;
          else if (fence_o) state_q <= FenceWait;
        end
        FenceWait: if (fence_done) state_q <= result_valid_o ? Idle : Write;
        Write: if (write_ready_i) state_q <= WriteWait;
        default: if (write_done_i) state_q <= Idle;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Idle) begin
      command_q <= command_i;
      client_q  <= client_i;
    end
    if (state_q == Execute && may_invalidate) inval_q <= inval;
  end

  `TARN_ASSERT(CommandIsLegalWhenSent, !message_valid_o || Capabilities.ats)
  `TARN_ASSERT(MessageHolds, !$past(message_valid_o && !message_ready_i) || message_valid_o)
endmodule : tarn_iommu_commands
