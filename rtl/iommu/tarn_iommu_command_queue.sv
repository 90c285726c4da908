// Reads commands from memory and executes them, one at a time (section 4.1): IOTINVAL.VMA and .GVMA, IOFENCE.C,
// IODIR.INVAL_DDT. Others are illegal, or unsupported: ATS, INVAL_PDT (there is no process directory).
// GVMA, and VMA for a guest's spaces, find nothing to invalidate: there is no second stage.
// IOFENCE.C always waits for the answers to all requests accepted before it, whatever PR and PW say; then all
// that was invalidated before is neither used nor kept any more.
`include "tarn_assert.svh"
module tarn_iommu_command_queue
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
(
  input  logic               clk_i,
  input  logic               rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]         plant_i,
`endif
  // Registers
  input  mode_e              mode_i,
  input  logic               wsi_i,
  input  logic [4:0]         log2sz_minus1_i,
  input  logic [PpnBits-1:0] ppn_i,
  input  logic               tail_write_i,
  input  logic [31:0]        tail_wdata_i,
  output logic [31:0]        head_o,
  output logic [31:0]        tail_o,
  input  logic               csr_write_i,
  input  logic               enable_i,
  input  logic               interrupt_enable_i,
  input  logic [3:0]         clear_i,        // {fence_w_ip, cmd_ill, cmd_to, cqmf}
  output logic               enable_o,
  output logic               interrupt_enable_o,
  output logic [3:0]         status_o,
  output logic               on_o,
  output logic               busy_o,
  // Reads of commands: one at a time
  output logic               read_valid_o,
  input  logic               read_ready_i,
  output logic [55:0]        read_addr_o,
  input  logic               rsp_valid_i,
  input  status_e            rsp_status_i,
  input  logic [511:0]       rsp_data_i,
  // Invalidation
  output logic               inval_valid_o,
  output inval_t             inval_o,
  input  logic               inval_busy_i,
  input  logic               restarting_i,
  // Fence
  output logic               fence_o,
  input  logic               older_done_i,
  output logic               write_valid_o,
  input  logic               write_ready_i,
  output word_write_t        write_o,
  input  logic               write_done_i,
  input  logic               write_failed_i
);
  localparam logic [6:0] OpcodeInvalTranslations = 7'd1, OpcodeFence = 7'd2, OpcodeInvalDirectory = 7'd3;

  typedef enum logic [3:0] {Idle, Read, ReadWait, Decode, Inval, InvalWait, Fence, FenceWait, Write, WriteWait} state_e;

  state_e state_q;
  logic enable_q, interrupt_enable_q, on_q;
  logic [3:0] status_q, status_set;
  logic [15:0] head_q, tail_q, mask;
  logic [127:0] command_q;
  logic stalled, advance;

  assign mask               = (16'd2 << log2sz_minus1_i[3:0]) - 16'd1;
  assign head_o             = {16'b0, head_q};
  assign tail_o             = {16'b0, tail_q};
  assign enable_o           = enable_q;
  assign interrupt_enable_o = interrupt_enable_q;
  assign status_o           = status_q;
  assign on_o               = on_q;
  assign busy_o             = enable_q != on_q;
  assign stalled            = status_q[2:0] != '0;

  // --- what the command says ------------------------------------------------------------------------------------
  logic [6:0] opcode;
  logic [2:0] func3;
  logic av, is_inval, is_fence, is_directory, nothing, illegal;
  inval_t inval;

  assign opcode = command_q[6:0];
  assign func3  = command_q[9:7];
  assign av     = command_q[10];

  always_comb begin
    is_inval     = 1'b0;
    is_fence     = 1'b0;
    is_directory = 1'b0;
    nothing      = 1'b0;
    illegal      = 1'b1;
    inval        = '0;
    inval.vpn       = command_q[125:74];
    inval.pscid     = command_q[31:12];
    inval.device_id = command_q[63:40];
    unique case (opcode)
      OpcodeInvalTranslations: begin
        // Reserved, and NL (34) and S (73), whose extensions are absent
        illegal  = func3 > 3'd1 || command_q[11] || command_q[43:34] != '0 || command_q[63:60] != '0 ||
                   command_q[73:64] != '0 || command_q[127:126] != '0 || (func3 == 3'd1 && command_q[32]);
        nothing  = func3 == 3'd1 || command_q[33];
        is_inval = !nothing;
        inval.by_address = av;
        inval.by_pscid   = command_q[32];
        inval.kind       = av || command_q[32] ? InvalMatching : InvalAll;
      end
      OpcodeFence: begin
        illegal  = func3 != 3'd0 || command_q[31:14] != '0 || command_q[127:126] != '0 || (command_q[11] && !wsi_i);
        is_fence = 1'b1;
      end
      OpcodeInvalDirectory: begin
        illegal = func3 != 3'd0 || command_q[32:10] != '0 || command_q[39:34] != '0 || command_q[127:64] != '0 ||
                  (command_q[33] && is_wide_device(mode_i, command_q[63:40]));
        is_directory    = 1'b1;
        inval.by_device = command_q[33];
        inval.kind      = InvalContexts;
      end
      default: illegal = 1'b1;
    endcase
  end

  // --- one command ----------------------------------------------------------------------------------------------
  logic beyond;  // the fence's address is wider than a physical address
  assign beyond = command_q[125:118] != '0;

  assign read_valid_o  = state_q == Read;
  assign read_addr_o   = {ppn_i, 12'b0} + {36'b0, head_q, 4'b0};
  assign inval_valid_o = state_q == Inval && !restarting_i;
  assign inval_o       = inval;
  assign fence_o       = state_q == Fence;
  assign write_valid_o = state_q == Write;
  assign write_o       = '{addr: {command_q[117:64], 2'b00}, data: command_q[63:32]};

  logic older_done;
`ifdef TARN_PLANT
  assign older_done = older_done_i || plant_i == 4'd6;  // a fence does not wait
`else
  assign older_done = older_done_i;
`endif

  always_comb begin
    advance    = 1'b0;
    status_set = '0;
    unique case (state_q)
      ReadWait: status_set[0] = rsp_valid_i && rsp_status_i != StatusOk;
      Decode: begin
        status_set[2] = illegal;
        advance       = !illegal && nothing;
      end
      InvalWait: advance = !inval_busy_i;
      FenceWait: if (older_done) begin
        status_set[0] = av && beyond;
        advance       = !av;
      end
      WriteWait: begin
        status_set[0] = write_done_i && write_failed_i;
        advance       = write_done_i && !write_failed_i;
      end
      default: advance = 1'b0;
    endcase
    if (advance && is_fence) status_set[3] = command_q[11];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else begin
      unique case (state_q)
        Idle: if (on_q && enable_q && !stalled && head_o != tail_o) state_q <= Read;
        Read: if (read_ready_i) state_q <= ReadWait;
        ReadWait: if (rsp_valid_i) state_q <= rsp_status_i == StatusOk ? Decode : Idle;
        Decode: begin
          state_q <= Idle;
          if (!illegal && !nothing) state_q <= is_fence ? Fence : Inval;
        end
        Inval: if (!restarting_i) state_q <= InvalWait;
        InvalWait: if (!inval_busy_i) state_q <= Idle;
        Fence: state_q <= FenceWait;
        FenceWait: if (older_done) state_q <= av && !beyond ? Write : Idle;
        Write: if (write_ready_i) state_q <= WriteWait;
        default: if (write_done_i) state_q <= Idle;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == ReadWait) command_q <= rsp_data_i[128 * head_q[1:0] +: 128];
  end

  // --- registers ------------------------------------------------------------------------------------------------
  logic turns_on;
  assign turns_on = csr_write_i && enable_i && !enable_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enable_q           <= 1'b0;
      interrupt_enable_q <= 1'b0;
      on_q               <= 1'b0;
      status_q           <= '0;
      head_q             <= '0;
      tail_q             <= '0;
    end else begin
      if (csr_write_i) begin
        enable_q           <= enable_i;
        interrupt_enable_q <= interrupt_enable_i;
      end
      if (state_q == Idle) on_q <= enable_q;
      status_q <= (status_q & ~(csr_write_i ? clear_i : 4'b0)) | status_set;
      head_q   <= (advance ? head_q + 16'd1 : head_q) & mask;  // the size may have changed
      tail_q   <= (tail_write_i ? tail_wdata_i[15:0] : tail_q) & mask;
      if (turns_on) begin
        head_q   <= '0;
        status_q <= '0;
      end
    end
  end

  logic unused;
  assign unused = ^{is_directory, is_inval, tail_wdata_i[31:16], log2sz_minus1_i[4]};
endmodule : tarn_iommu_command_queue
