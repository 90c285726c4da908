// Fetches commands from memory, a line (4 of them) at a time or, with CommandsRead 1, one of it, and hands them to the command processor
// in order (section 4.1); it reads ahead while one is processed. cqh is that of the command under way, or of the next.
// A command that fails stops the queue at itself until software clears the status bit; what was read ahead is dropped,
// so that software may replace it.
`include "tarn_assert.svh"
module tarn_iommu_command_queue
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned CommandsRead = 4  // kept of a line: 4 or 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // Registers
  input  logic               big_endian_i,
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
  // Reads of lines: one at a time
  output logic               read_valid_o,
  input  logic               read_ready_i,
  output logic [55:0]        read_addr_o,      // with CommandsRead 1 the command's; it may be another when nobody wants the answer any more
  input  logic               rsp_valid_i,
  input  status_e            rsp_status_i,
  input  logic [511:0]       rsp_data_i,
  // To the processor: one command at a time, each with a result
  output logic               command_valid_o,
  input  logic               command_ready_i,
  output logic [127:0]       command_o,
  input  logic               result_valid_i,
  input  command_result_e    result_i,
  input  logic               fence_interrupt_i  // with CommandDone: an IOFENCE.C with WSI
);
  logic enable_q, interrupt_enable_q, on_q, turns_on;
  logic [3:0] status_q, status_set;
  logic [15:0] head_q, tail_q, fetch_q, mask, ahead;  // fetch_q: the next to hand over
  logic stalled, take, executing_q, advance, flush;

  assign mask               = (16'd2 << log2sz_minus1_i[3:0]) - 16'd1;
  assign head_o             = {16'b0, head_q};
  assign tail_o             = {16'b0, tail_q};
  assign enable_o           = enable_q;
  assign interrupt_enable_o = interrupt_enable_q;
  assign status_o           = status_q;
  assign on_o               = on_q;
  assign busy_o             = enable_q != on_q;
  assign stalled            = status_q[2:0] != '0;

  // --- the line -------------------------------------------------------------------------------------------------
  typedef enum logic [1:0] {Idle, Read, Wait} state_e;

  state_e state_q;
  logic [128*CommandsRead-1:0] line_q;
  logic [2:0] have_q, wanted_q, in_line;  // commands of the line that may be handed over
  logic [13:0] read_line_q;  // a read that waits goes where it was to go, although fetch_q goes back when the queue stops
  logic drop_q, failed_q, runs;

  assign runs    = on_q && enable_q && !stalled && !failed_q;
  assign ahead   = (tail_q - fetch_q) & mask;
  assign in_line = CommandsRead == 1 ? 3'd1 : 3'd4 - {1'b0, fetch_q[1:0]};

  assign read_valid_o    = state_q == Read;
  assign read_addr_o     = {ppn_i, 12'b0} + {36'b0, read_line_q, CommandsRead == 1 ? fetch_q[1:0] : 2'b0, 4'b0};
  assign command_valid_o = have_q != 3'd0 && runs && !executing_q;
  assign take            = command_valid_o && command_ready_i;

  logic [127:0] command;
  assign command = CommandsRead == 1 ? line_q[127:0] : 128'(line_q >> {fetch_q[1:0], 7'b0});
  always_comb for (int unsigned i = 0; i < 2; i++) command_o[64*i +: 64] = order64(big_endian_i, command[64*i +: 64]);

  // A read that failed is reported when the commands before it are done.
  assign advance = result_valid_i && result_i == CommandDone;
  assign flush   = (result_valid_i && !advance) || !enable_q || turns_on;
  always_comb begin
    status_set    = '0;
    status_set[0] = (result_valid_i && result_i == CommandMemoryFault) || (failed_q && !executing_q);
    status_set[1] = result_valid_i && result_i == CommandTimeout;
    status_set[2] = result_valid_i && result_i == CommandIllegal;
    status_set[3] = advance && fence_interrupt_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= Idle;
      have_q      <= '0;
      drop_q      <= 1'b0;
      failed_q    <= 1'b0;
      executing_q <= 1'b0;
    end else begin
      unique case (state_q)
        Idle: if (runs && have_q == 3'd0 && ahead != '0 && !flush) state_q <= Read;
        Read: if (read_ready_i) state_q <= Wait;
        default: if (rsp_valid_i) state_q <= Idle;
      endcase
      if (take) begin
        have_q      <= have_q - 3'd1;
        executing_q <= 1'b1;
      end
      if (result_valid_i) executing_q <= 1'b0;
      if (state_q == Wait && rsp_valid_i && !drop_q) begin
        if (rsp_status_i == StatusOk) have_q <= wanted_q;
        else failed_q <= 1'b1;
      end
      if (status_set[0] || flush) failed_q <= 1'b0;
      drop_q <= (drop_q || flush) && state_q != Idle && !(state_q == Wait && rsp_valid_i);
      if (flush) have_q <= '0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Wait) line_q <= CommandsRead == 1 ? (128*CommandsRead)'(rsp_data_i >> {fetch_q[1:0], 7'b0}) : (128*CommandsRead)'(rsp_data_i);
    if (state_q == Idle) begin
      wanted_q    <= ahead < {13'b0, in_line} ? ahead[2:0] : in_line;
      read_line_q <= fetch_q[15:2];
    end
  end

  // --- registers ------------------------------------------------------------------------------------------------
  assign turns_on = csr_write_i && enable_i && !enable_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enable_q           <= 1'b0;
      interrupt_enable_q <= 1'b0;
      on_q               <= 1'b0;
      status_q           <= '0;
      head_q             <= '0;
      tail_q             <= '0;
      fetch_q            <= '0;
    end else begin
      if (csr_write_i) begin
        enable_q           <= enable_i;
        interrupt_enable_q <= interrupt_enable_i;
      end
      if (state_q == Idle && !executing_q && !take) on_q <= enable_q;
      status_q <= (status_q & ~(csr_write_i ? clear_i : 4'b0)) | status_set;
      head_q   <= (advance ? head_q + 16'd1 : head_q) & mask;  // the size may have changed
      fetch_q  <= (take ? fetch_q + 16'd1 : fetch_q) & mask;
      if (flush) fetch_q <= (advance ? head_q + 16'd1 : head_q) & mask;
      tail_q   <= (tail_write_i ? tail_wdata_i[15:0] : tail_q) & mask;
      if (turns_on) begin
        head_q   <= '0;
        fetch_q  <= '0;
        status_q <= '0;
      end
    end
  end

  `TARN_ASSERT(ResultsOnlyAsked, !result_valid_i || executing_q)
  `TARN_ASSERT(NothingReadAheadWhileStalled, !stalled || have_q == '0)

  logic unused;
  assign unused = ^{tail_wdata_i[31:16], log2sz_minus1_i[4]};
endmodule : tarn_iommu_command_queue
