// Writes of 4 bytes, one at a time. What commands (IOFENCE.C), interrupts (MSI) and notices of MRIFs write goes first into
// the host's window, through the walk port; if there is nothing there, outside through the outbound port. What a device
// writes outside (client 3) was refused in the window already.
// Clients in turn; done_o pulses with the client's answer.
`include "tarn_assert.svh"
module tarn_iommu_writer
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::mask_of;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  input  qos_ids_t    own_qos_i,
  input  logic [3:0]  valid_i,
  output logic [3:0]  ready_o,
  input  word_write_t write_i[3],
  input  outside_write_t outside_i,  // of client 3
  output logic [3:0]  done_o,
  output logic        failed_o,  // with done_o
  // The walk port: one write at a time.
  output logic        mem_valid_o,
  input  logic        mem_ready_i,
  output word_write_t mem_write_o,
  input  logic        mem_rsp_valid_i,
  input  status_e     mem_rsp_status_i,
  output logic        outbound_req_valid_o,
  input  logic        outbound_req_ready_i,
  output host_req_t   outbound_req_o,
  input  logic        outbound_rsp_valid_i,
  output logic        outbound_rsp_ready_o,
  input  status_e     outbound_rsp_status_i
);
  typedef enum logic [2:0] {Idle, Inside, InsideWait, Outside, OutsideWait} state_e;

  state_e state_q;
  word_write_t write_q;
  qos_ids_t qos_q;
  logic [1:0] client_q, client;
  logic [3:0] grant;

  tarn_pick_next #(.N(4)) u_pick (.req_i(valid_i), .last_i(client_q), .grant_o(grant), .index_o(client));

  assign ready_o     = state_q == Idle ? grant : '0;
  assign mem_valid_o = state_q == Inside;
  assign mem_write_o = write_q;

  logic ends;
  status_e status;
  assign ends = (state_q == InsideWait && mem_rsp_valid_i && mem_rsp_status_i != StatusAccessError) ||
                (state_q == OutsideWait && outbound_rsp_valid_i);
  assign status   = state_q == InsideWait ? mem_rsp_status_i : outbound_rsp_status_i;
  assign done_o   = ends ? 4'b0001 << client_q : '0;
  assign failed_o = status != StatusOk;

  assign outbound_req_valid_o = state_q == Outside;
  assign outbound_rsp_ready_o = 1'b1;
  always_comb begin
    outbound_req_o = '0;
    if (state_q == Outside) begin
      outbound_req_o.op   = OpPartialWrite;
      {outbound_req_o.rcid, outbound_req_o.mcid} = qos_q;
      outbound_req_o.addr = {8'b0, write_q.addr[55:6], 6'b0};
      outbound_req_o.mask = mask_of(3'd0, write_q.addr[5:0]);
      outbound_req_o.data = {16{write_q.data}};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Idle;
      client_q <= '0;
    end else begin
      unique case (state_q)
        Idle: if (valid_i != '0) begin
          state_q  <= client == 2'd3 ? Outside : Inside;
          client_q <= client;
        end
        Inside: if (mem_ready_i) state_q <= InsideWait;
        InsideWait: if (mem_rsp_valid_i) state_q <= mem_rsp_status_i == StatusAccessError ? Outside : Idle;
        Outside: if (outbound_req_ready_i) state_q <= OutsideWait;
        default: if (outbound_rsp_valid_i) state_q <= Idle;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Idle) begin
      write_q <= client == 2'd3 ? outside_i.word : write_i[client];
      qos_q   <= client == 2'd3 ? outside_i.qos : own_qos_i;
    end
  end

  `TARN_ASSERT(OutboundAnswersOnlyAsked, !outbound_rsp_valid_i || state_q == OutsideWait)
endmodule : tarn_iommu_writer
