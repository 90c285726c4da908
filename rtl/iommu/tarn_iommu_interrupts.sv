// Pending bits of the four sources, and the wires or messages they drive (sections 6.18, 6.28, 6.29).
// A pending bit that is cleared while its condition persists is set again in the next cycle, which sends a new message;
// an event that comes together with the clearing is not lost.
// A message that finds nothing at its address is itself a fault (cause 273).
`include "tarn_assert.svh"
module tarn_iommu_interrupts
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned Vectors = 4,  // power of two, 1..16
  localparam int unsigned VectorBits = Vectors > 1 ? $clog2(Vectors) : 1
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          wsi_i,
  input  logic                          big_endian_i,
  input  sources_t                      condition_i,  // an enabled cause is there
  input  sources_t                      event_i,      // pulses: an enabled cause has come
  input  logic                          clear_valid_i,
  input  sources_t                      clear_i,
  output sources_t                      pending_o,
  input  logic [3:0][VectorBits-1:0]    vector_i,     // of the sources, in the order of sources_t
  input  logic [Vectors-1:0][53:0]      msi_addr_i,
  input  logic [Vectors-1:0][31:0]      msi_data_i,
  input  logic [Vectors-1:0]            msi_masked_i,
  output logic [Vectors-1:0]            irq_o,
  output logic                          write_valid_o,
  input  logic                          write_ready_i,
  output word_write_t                   write_o,
  input  logic                          write_done_i,
  input  logic                          write_failed_i,
  output logic                          fault_valid_o,
  input  logic                          fault_ready_i,
  output fault_t                        fault_o
);
  `TARN_ASSERT_INIT(VectorsAllowed, Vectors >= 1 && Vectors <= 16 && Vectors == 2 ** $clog2(Vectors),
                    "tarn_iommu_interrupts: Vectors must be a power of two, 1..16")

  typedef enum logic [1:0] {Idle, Write, Wait, Fault} state_e;

  state_e state_q;
  sources_t pending_q, clear, set, held_q;        // held_q: events that came with the clearing
  logic [Vectors-1:0] message_q, sendable, rises;  // messages to send
  logic [VectorBits-1:0] vector_q, pick;

  assign clear     = clear_valid_i ? clear_i : '0;
  assign set       = (condition_i | event_i | held_q) & ~clear;
  assign pending_o = pending_q;
  assign sendable  = message_q & ~msi_masked_i;

  always_comb begin
    irq_o = '0;
    rises = '0;
    for (int unsigned i = 0; i < 4; i++) begin
      if (wsi_i && pending_q[i]) irq_o[vector_i[i]] = 1'b1;
      if (!wsi_i && set[i] && !pending_q[i]) rises[vector_i[i]] = 1'b1;
    end
    pick = '0;
    for (int unsigned i = 0; i < Vectors; i++) if (sendable[i]) pick = VectorBits'(i);
  end

  assign write_valid_o = state_q == Write;
  assign write_o       = '{addr: {msi_addr_i[vector_q], 2'b00}, data: order32(big_endian_i, msi_data_i[vector_q])};
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
      held_q    <= '0;
      message_q <= '0;
    end else begin
      pending_q <= (pending_q & ~clear) | set;
      held_q    <= (event_i | held_q) & clear;
      message_q <= (state_q == Idle && sendable != '0 ? message_q & ~(Vectors'(1) << pick) : message_q) | rises;
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
