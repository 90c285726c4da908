// The translation-request interface (chapter 5; sections 6.24 to 6.26): a request of software's takes its way through the
// translation as an untranslated one, and its outcome goes into tr_response instead of to the host. One at a time; its
// time is that of a request which comes when no other one waits at the port.
`include "tarn_assert.svh"
module tarn_iommu_debug
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
  import tarn_iommu_regs_pkg::*;
(
  input  logic                clk_i,
  input  logic                rst_ni,
  input  tr_req_iova_reg2hw_t iova_i,
  input  tr_req_ctl_reg2hw_t  control_i,
  output tr_req_ctl_hw2reg_t  control_o,
  output tr_response_hw2reg_t response_o,
  // The request, as a device's
  output logic                request_valid_o,
  input  logic                request_ready_i,
  output dev_req_t            request_o,
  // Its outcome
  input  logic                outcome_valid_i,
  input  debug_outcome_t      outcome_i
);
  logic waits_q;  // for the outcome

  assign request_valid_o = control_i.go_busy.q && !waits_q;

  always_comb begin
    request_o               = '0;
    request_o.op            = control_i.nw.q ? OpRead : OpWrite;
    request_o.exec          = control_i.exe.q;
    request_o.device_id     = control_i.did.q;
    request_o.process_valid = control_i.pv.q;
    request_o.process_id    = control_i.pv.q ? control_i.pid.q : '0;
    request_o.priv          = control_i.pv.q && control_i.priv.q;
    request_o.at            = AtUntranslated;
    request_o.addr          = {iova_i.vpn.q, 12'b0};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) waits_q <= 1'b0;
    else if (outcome_valid_i) waits_q <= 1'b0;
    else if (request_valid_o && request_ready_i) waits_q <= 1'b1;
  end

  assign control_o.go_busy.clears = outcome_valid_i;
  always_comb begin
    response_o.fault = '{d: outcome_i.fault, de: outcome_valid_i};
    response_o.pbmt  = '{d: outcome_i.pbmt, de: outcome_valid_i};
    response_o.s     = '{d: outcome_i.larger, de: outcome_valid_i};
    response_o.ppn   = '{d: outcome_i.ppn, de: outcome_valid_i};
  end

  `TARN_ASSERT(OutcomeOnlyAsked, !outcome_valid_i || waits_q)
endmodule : tarn_iommu_debug
