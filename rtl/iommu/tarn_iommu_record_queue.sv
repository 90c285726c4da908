// Writes records to a queue in memory, in order, one at a time: the fault queue (section 4.2) and the page-request queue
// (section 4.3). Software sees the tail move after the record is visible. It never waits for software: while the queue is
// off, full, or an error bit is set, a record is dropped, and the giver is told.
`include "tarn_assert.svh"
module tarn_iommu_record_queue
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned RecordBytes = 32,  // 16 or 32
  localparam int unsigned RecordBits = 8 * RecordBytes
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  valid_i,
  output logic                  ready_o,
  output record_result_e        result_o,   // with ready_o
  input  logic [RecordBits-1:0] record_i,   // holds until taken
  // Registers
  input  logic                  big_endian_i,
  input  logic [4:0]            log2sz_minus1_i,
  input  logic [PpnBits-1:0]    ppn_i,
  input  logic                  head_write_i,
  input  logic [31:0]           head_wdata_i,
  output logic [31:0]           head_o,
  output logic [31:0]           tail_o,
  input  logic                  csr_write_i,
  input  logic                  enable_i,
  input  logic                  interrupt_enable_i,
  input  logic [1:0]            clear_i,    // {overflow, memory fault}
  output logic                  enable_o,
  output logic                  interrupt_enable_o,
  output logic [1:0]            status_o,
  output logic                  on_o,
  output logic                  busy_o,
  output logic                  produced_o, // pulse: a record is in memory
  // Writes of records: one at a time
  output logic                  write_valid_o,
  input  logic                  write_ready_i,
  output logic [55:0]           write_addr_o,
  output logic [RecordBits-1:0] write_data_o,
  input  logic                  rsp_valid_i,
  input  status_e               rsp_status_i
);
  `TARN_ASSERT_INIT(RecordAllowed, RecordBytes == 16 || RecordBytes == 32,
                    "tarn_iommu_record_queue: RecordBytes must be 16 or 32")

  localparam int unsigned OffsetBits = $clog2(RecordBytes);

  typedef enum logic [1:0] {Idle, Write, Wait} state_e;

  state_e state_q;
  logic enable_q, interrupt_enable_q, on_q, turns_on;
  logic [1:0] status_q, status_set;
  logic [15:0] head_q, tail_q, mask;
  logic full, drop;

  assign mask               = (16'd2 << log2sz_minus1_i[3:0]) - 16'd1;
  assign head_o             = {16'b0, head_q};
  assign tail_o             = {16'b0, tail_q};
  assign enable_o           = enable_q;
  assign interrupt_enable_o = interrupt_enable_q;
  assign status_o           = status_q;
  assign on_o               = on_q;
  assign busy_o             = enable_q != on_q;

  assign full = ((tail_q + 16'd1) & mask) == head_q;
  assign drop = !on_q || !enable_q || status_q != '0 || full;

  assign write_valid_o = state_q == Write;
  assign write_addr_o  = {ppn_i, 12'b0} + 56'({tail_q, {OffsetBits{1'b0}}});
  always_comb begin
    for (int unsigned i = 0; i < RecordBits / 64; i++) begin
      write_data_o[64*i +: 64] = order64(big_endian_i, record_i[64*i +: 64]);
    end
  end
  assign ready_o    = (state_q == Idle && drop) || (state_q == Wait && rsp_valid_i);
  assign produced_o = state_q == Wait && rsp_valid_i && rsp_status_i == StatusOk;

  always_comb begin
    result_o = RecordOverflow;
    if (!on_q || !enable_q) result_o = RecordOff;
    else if (status_q[0]) result_o = RecordMemoryFault;
    if (state_q == Wait) result_o = produced_o ? RecordWritten : RecordMemoryFault;
  end

  assign status_set[0] = state_q == Wait && rsp_valid_i && rsp_status_i != StatusOk;
  assign status_set[1] = state_q == Idle && valid_i && on_q && enable_q && status_q == '0 && full;
  assign turns_on      = csr_write_i && enable_i && !enable_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q            <= Idle;
      enable_q           <= 1'b0;
      interrupt_enable_q <= 1'b0;
      on_q               <= 1'b0;
      status_q           <= '0;
      head_q             <= '0;
      tail_q             <= '0;
    end else begin
      unique case (state_q)
        Idle: if (valid_i && !drop && !csr_write_i) state_q <= Write;
        Write: if (write_ready_i) state_q <= Wait;
        default: if (rsp_valid_i) state_q <= Idle;
      endcase
      if (csr_write_i) begin
        enable_q           <= enable_i;
        interrupt_enable_q <= interrupt_enable_i;
      end
      if (state_q == Idle) on_q <= enable_q;
      status_q <= (status_q & ~(csr_write_i ? clear_i : 2'b0)) | status_set;
      tail_q   <= (produced_o ? tail_q + 16'd1 : tail_q) & mask;  // the size may have changed
      head_q   <= (head_write_i ? head_wdata_i[15:0] : head_q) & mask;
      if (turns_on) begin
        tail_q   <= '0;
        status_q <= '0;
      end
    end
  end

  logic unused;
  assign unused = ^{head_wdata_i[31:16], log2sz_minus1_i[4]};
endmodule : tarn_iommu_record_queue
