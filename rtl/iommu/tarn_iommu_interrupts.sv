// Pending bits of the two queues, and the wires or messages they drive (sections 6.18, 6.26, 6.27).
// A pending bit that is cleared while its condition persists is set again in the next cycle, which sends a new message.
// A message that finds nothing at its address is itself a fault (cause 273).
`include "tarn_assert.svh"
module tarn_iommu_interrupts
  import tarn_iommu_pkg::*;
(
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       wsi_i,
  input  logic                       command_condition_i,  // an enabled cause is there
  input  logic                       fault_condition_i,
  input  logic                       clear_valid_i,
  input  logic [1:0]                 clear_i,              // {fip, cip}
  output logic [1:0]                 pending_o,
  input  logic [1:0][1:0]            vector_i,             // of {fip, cip}
  input  logic [NumVectors-1:0][53:0] msi_addr_i,
  input  logic [NumVectors-1:0][31:0] msi_data_i,
  input  logic [NumVectors-1:0]      msi_masked_i,
  output logic [NumVectors-1:0]      irq_o,
  output logic                       write_valid_o,
  input  logic                       write_ready_i,
  output word_write_t                write_o,
  input  logic                       write_done_i,
  input  logic                       write_failed_i,
  output logic                       fault_valid_o,
  input  logic                       fault_ready_i,
  output fault_t                     fault_o
);
  typedef enum logic [1:0] {Idle, Write, Wait, Fault} state_e;

  state_e state_q;
  logic [1:0] pending_q, set;
  logic [NumVectors-1:0] message_q, sendable, rises;  // messages to send
  logic [1:0] vector_q, pick;

  assign set       = {fault_condition_i, command_condition_i} & ~(clear_valid_i ? clear_i : 2'b00);
  assign pending_o = pending_q;
  assign sendable  = message_q & ~msi_masked_i;

  always_comb begin
    irq_o = '0;
    rises = '0;
    for (int unsigned i = 0; i < 2; i++) begin
      if (wsi_i && pending_q[i]) irq_o[vector_i[i]] = 1'b1;
      if (!wsi_i && set[i] && !pending_q[i]) rises[vector_i[i]] = 1'b1;
    end
    pick = '0;
    for (int unsigned i = 0; i < NumVectors; i++) if (sendable[i]) pick = 2'(i);
  end

  assign write_valid_o = state_q == Write;
  assign write_o       = '{addr: {msi_addr_i[vector_q], 2'b00}, data: msi_data_i[vector_q]};
  assign fault_valid_o = state_q == Fault;
  always_comb begin
    fault_o        = '0;
    fault_o.cause  = CauseMsiWriteAccessFault;
    fault_o.ttyp   = TtypNone;
    fault_o.iotval = {8'b0, msi_addr_i[vector_q], 2'b00};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= Idle;
      pending_q <= '0;
      message_q <= '0;
    end else begin
      pending_q <= (pending_q & ~(clear_valid_i ? clear_i : 2'b00)) | set;
      message_q <= (state_q == Idle && sendable != '0 ? message_q & ~(NumVectors'(1) << pick) : message_q) | rises;
      unique case (state_q)
        Idle: if (sendable != '0) state_q <= Write;
        Write: if (write_ready_i) state_q <= Wait;
        Wait: if (write_done_i) state_q <= write_failed_i ? Fault : Idle;
        default: if (fault_ready_i) state_q <= Idle;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Idle) vector_q <= pick;
  end

  `TARN_ASSERT(AnswersOnlyAsked, !write_done_i || state_q == Wait)
endmodule : tarn_iommu_interrupts
