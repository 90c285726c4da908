// The performance monitor: a cycles counter and eight event counters with filters (sections 6.19 to 6.23). The counters
// are registers of the register file; this says what they become. An event counts two cycles after it happened.
// At most one event of each of the three sources happens in a cycle; which source a counter listens to follows from its
// event, so that a counter counts at most one a cycle.
`include "tarn_assert.svh"
module tarn_iommu_monitor
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
  import tarn_iommu_regs_pkg::*;
(
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  monitor_event_t                  request_i,  // 1 to 3
  input  monitor_event_t                  lookup_i,   // 4
  input  monitor_event_t                  walk_i,     // 5 to 8
  input  iocountinh_reg2hw_t              inhibit_i,
  input  iohpmcycles_reg2hw_t             cycles_i,
  input  iohpmctr_reg2hw_t [IohpmctrCount-1:0] counters_i,
  input  iohpmevt_reg2hw_t [IohpmevtCount-1:0] selectors_i,
  output iohpmcycles_hw2reg_t             cycles_o,
  output iohpmctr_hw2reg_t [IohpmctrCount-1:0] counters_o,
  output iohpmevt_hw2reg_t [IohpmevtCount-1:0] selectors_o,
  output iocountovf_hw2reg_t              overflows_o,
  output logic                            interrupt_o  // pulse: an OF bit was set
);
  localparam int unsigned Counters = IohpmctrCount;

  monitor_event_t request_q, lookup_q, walk_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {request_q, lookup_q, walk_q} <= '0;
    else {request_q, lookup_q, walk_q} <= {request_i, lookup_i, walk_i};
  end

  // DMASK: the low bits up to the first 0, that included, do not count.
  function automatic logic is_match(iohpmevt_reg2hw_t selector, monitor_who_t who);
    logic [23:0] id, ignored;
    logic first, second;
    id      = selector.idt.q ? {8'b0, who.gscid} : who.device_id;
    ignored = selector.dmask.q ? selector.did_gscid.q ^ (selector.did_gscid.q + 24'd1) : '0;
    first   = selector.idt.q ? who.pscid_valid && who.pscid == selector.pid_pscid.q
                             : who.process_valid && who.process_id == selector.pid_pscid.q;
    second  = (!selector.idt.q || who.gscid_valid) && ((id ^ selector.did_gscid.q) & ~ignored) == '0;
    return (!selector.pv_pscv.q || first) && (!selector.dv_gscv.q || second);
  endfunction

  // Only these events know PSCID and GSCID (table of standard events).
  function automatic logic is_supported(iohpmevt_reg2hw_t selector);
    return !selector.idt.q || selector.event_id.q inside {15'd4, 15'd7, 15'd8};
  endfunction

  logic [Counters-1:0] counts_q, overflows, rises;
  for (genvar i = 0; i < Counters; i++) begin : gen_counter
    monitor_event_t heard;
    logic [8:0] happened;
    assign heard    = selectors_i[i].event_id.q < 15'd4 ? request_q :
                      selectors_i[i].event_id.q == 15'd4 ? lookup_q : walk_q;
    assign happened = {heard.happened, 1'b0};

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) counts_q[i] <= 1'b0;
      else begin
        counts_q[i] <= happened[selectors_i[i].event_id.q[3:0]] && is_supported(selectors_i[i]) &&
                       is_match(selectors_i[i], heard.who) && !inhibit_i.hpm.q[i];
      end
    end
    // Always written: adding one bit costs less than a choice between two values.
    logic [64:0] sum;
    assign sum          = 65'(counters_i[i].counter.q) + 65'(counts_q[i]);
    assign overflows[i] = sum[64];
    assign rises[i]     = overflows[i] && !selectors_i[i].of.q;
    assign counters_o[i]  = '{counter: '{d: sum[63:0], de: 1'b1}};
    assign selectors_o[i] = '{of: '{d: 1'b1, de: overflows[i]}};
    assign overflows_o.hpm.d[i] = selectors_i[i].of.q;
  end

  logic cycles_overflow;
  logic [63:0] cycles_sum;
  assign cycles_sum       = 64'(cycles_i.counter.q) + 64'(!inhibit_i.cy.q);
  assign cycles_overflow  = cycles_sum[63];
  assign cycles_o         = '{counter: '{d: cycles_sum[62:0], de: 1'b1},
                              of: '{d: 1'b1, de: cycles_overflow}};
  assign overflows_o.cy.d = cycles_i.of.q;
  assign interrupt_o      = rises != '0 || (cycles_overflow && !cycles_i.of.q);
endmodule : tarn_iommu_monitor
