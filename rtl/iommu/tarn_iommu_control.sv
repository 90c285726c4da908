// What software and devices see of the IOMMU besides translations: registers, the three queues, commands, messages,
// interrupts (chapters 4 and 6), and the writes that these make. Wiring; each part is a module of its own.
// Faults wait in a buffer, which always drains; page requests are counted by whoever gives them (page_done_o).
// Combinational paths: none from the ports of devices; answers from memory are always taken.
`include "tarn_assert.svh"
module tarn_iommu_control
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities,
  parameter int unsigned Vectors        = 4,  // interrupt vectors, a power of two, 1..16
  parameter bit          RamParity      = 1'b1,
  parameter int unsigned FaultEntries   = 8,  // fault records on their way to memory, 1 or more
  parameter int unsigned PageEntries    = 8,  // page requests under way, 1 or more
  parameter int unsigned InvalidationTimeoutKcycles = 5_859_375,
  parameter int unsigned CommandsRead   = 4   // at once: 4 or 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]             plant_i,
`endif
  input  logic                   reg_req_valid_i,
  output logic                   reg_req_ready_o,
  input  tarn_reg_pkg::reg_req_t reg_req_i,
  output logic                   reg_rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t reg_rsp_o,
  output logic                   ddtp_write_o,  // pulse: ddtp_o is new
  output ddtp_t                  ddtp_o,
  input  logic                   ddtp_busy_i,
  output fctl_t                  fctl_o,
  input  mode_e                  mode_i,        // in effect
  output qos_ids_t               own_qos_o,     // of the unit's own requests, and of devices' in Bare mode (section 6.27)
  // From devices: faults of requests, page requests (always taken), completions of invalidations (always taken)
  input  logic                   fault_valid_i,
  output logic                   fault_ready_o,
  input  fault_t                 fault_i,
  input  logic                   page_request_valid_i,
  input  page_request_t          page_request_i,
  output logic                   page_done_o,   // pulse: one more may come
  input  logic                   completion_valid_i,
  input  dev_msg_t               completion_i,
  output logic                   dev_msg_valid_o,
  input  logic                   dev_msg_ready_i,
  output dev_msg_t               dev_msg_o,
  // Software's own requests, and how they ended (always taken)
  output logic                   debug_valid_o,
  input  logic                   debug_ready_i,
  output dev_req_t               debug_o,
  input  logic                   outcome_valid_i,
  input  debug_outcome_t         outcome_i,
  // Parity: who found something else than it had stored (pulses); and who stores wrong bits
  input  logic [5:0]             parity_errors_i,
  output parity_inject_t         parity_inject_o,
  // What may be counted
  input  monitor_event_t         request_event_i,
  input  monitor_event_t         lookup_event_i,
  input  monitor_event_t         walk_event_i,
  // Accesses to memory-resident interrupt files, and their answers
  input  logic                   mrif_valid_i,
  output logic                   mrif_ready_o,
  input  mrif_request_t          mrif_i,
  output logic                   answer_valid_o,
  input  logic                   answer_ready_i,
  output logic [7:0]             answer_tag_o,
  output status_e                answer_status_o,
  output logic                   answer_walked_o,
  // Writes of devices outside the host's window
  input  logic                   outside_valid_i,
  output logic                   outside_ready_o,
  input  outside_write_t         outside_i,
  output logic                   outside_done_o,
  output logic                   outside_failed_o,  // with done
  // To the translation: invalidations and fences
  output logic                   inval_valid_o,
  output inval_t                 inval_o,
  input  logic                   inval_busy_i,
  input  logic                   restarting_i,
  output logic                   fence_o,
  input  logic                   older_done_i,
  // Memory
  output logic                   command_read_valid_o,
  input  logic                   command_read_ready_i,
  output logic [55:0]            command_addr_o,
  input  logic                   command_rsp_valid_i,
  output logic                   fault_write_valid_o,
  input  logic                   fault_write_ready_i,
  output logic [55:0]            fault_addr_o,
  output logic [255:0]           fault_data_o,
  input  logic                   fault_write_rsp_valid_i,
  output logic                   page_write_valid_o,
  input  logic                   page_write_ready_i,
  output logic [55:0]            page_addr_o,
  output logic [127:0]           page_data_o,
  input  logic                   page_write_rsp_valid_i,
  output logic                   word_valid_o,
  input  logic                   word_ready_i,
  output word_write_t            word_o,
  input  logic                   word_rsp_valid_i,
  output logic                   file_valid_o,  // an atomic OR of 8 bytes
  input  logic                   file_ready_i,
  output logic [55:0]            file_addr_o,
  output logic [63:0]            file_data_o,
  output qos_ids_t               file_qos_o,
  input  logic                   file_rsp_valid_i,
  input  line_rsp_t              walk_rsp_i,    // of whichever *_rsp_valid_i
  output logic                   outbound_req_valid_o,
  input  logic                   outbound_req_ready_i,
  output host_req_t              outbound_req_o,
  input  logic                   outbound_rsp_valid_i,
  output logic                   outbound_rsp_ready_o,
  input  line_rsp_t              outbound_rsp_i,
  output logic [Vectors-1:0]     irq_o
);
  // --- registers ------------------------------------------------------------------------------------------------
  tarn_iommu_regs_pkg::reg2hw_t reg2hw;
  tarn_iommu_regs_pkg::hw2reg_t hw2reg;

  tarn_iommu_regs #(
    .HasSv32          (Capabilities.sv32),
    .HasSv39          (Capabilities.sv39),
    .HasSv48          (Capabilities.sv48),
    .HasSv57          (Capabilities.sv57),
    .HasSvrsw60t59b   (Capabilities.svrsw60t59b),
    .HasSvpbmt        (Capabilities.svpbmt),
    .HasSv32x4        (Capabilities.sv32x4),
    .HasSv39x4        (Capabilities.sv39x4),
    .HasSv48x4        (Capabilities.sv48x4),
    .HasSv57x4        (Capabilities.sv57x4),
    .HasAmoMrif       (Capabilities.amo_mrif),
    .HasMsiFlat       (Capabilities.msi_flat),
    .HasMsiMrif       (Capabilities.msi_mrif),
    .HasAmoHwad       (Capabilities.amo_hwad),
    .HasAts           (Capabilities.ats),
    .HasT2gpa         (Capabilities.t2gpa),
    .HasBothEndian    (Capabilities.both_endian),
    .HasHpm           (Capabilities.hpm),
    .HasDbg           (Capabilities.dbg),
    .HasPd8           (Capabilities.pd8),
    .HasPd17          (Capabilities.pd17),
    .HasPd20          (Capabilities.pd20),
    .HasQosid         (Capabilities.qosid),
    .HasNonLeafInval  (Capabilities.non_leaf_inval),
    .HasRangeInval    (Capabilities.range_inval),
    .HasRamParity     (RamParity),
    .Vectors          (5'(Vectors)),
    .VectorMask       (4'(Vectors - 1))
  ) u_regs (
    .clk_i,
    .rst_ni,
    .req_valid_i(reg_req_valid_i),
    .req_ready_o(reg_req_ready_o),
    .req_i      (reg_req_i),
    .rsp_valid_o(reg_rsp_valid_o),
    .rsp_o      (reg_rsp_o),
    .hw2reg_i   (hw2reg),
    .reg2hw_o   (reg2hw)
  );

  assign ddtp_write_o       = reg2hw.ddtp.qe;
  assign ddtp_o             = '{mode: mode_e'(reg2hw.ddtp.iommu_mode.q), ppn: reg2hw.ddtp.ppn.q};
  assign hw2reg.ddtp.busy.d = ddtp_busy_i;
  assign own_qos_o          = '{rcid: reg2hw.iommu_qosid.rcid.q, mcid: reg2hw.iommu_qosid.mcid.q};

  logic wsi, big_endian;
  assign wsi        = reg2hw.fctl.wsi.q;
  assign big_endian = Capabilities.both_endian && reg2hw.fctl.be.q;
  assign fctl_o     = '{gxl: reg2hw.fctl.gxl.q, be: reg2hw.fctl.be.q};

  // --- faults ---------------------------------------------------------------------------------------------------
  logic msi_fault_valid, msi_fault_ready, buffer_valid, buffer_ready, record_valid, record_ready, fault_produced;
  fault_t msi_fault, record;
  logic [255:0] fault_record;
  record_result_e unused_result;

  // A device's fault goes before a message's, and that before one of an interrupt file: all reach the buffer, since it
  // always drains.
  logic file_fault_valid, file_fault_ready;
  fault_t file_fault;
  assign buffer_valid     = fault_valid_i || msi_fault_valid || file_fault_valid;
  assign fault_ready_o    = buffer_ready;
  assign msi_fault_ready  = buffer_ready && !fault_valid_i;
  assign file_fault_ready = buffer_ready && !fault_valid_i && !msi_fault_valid;

  tarn_fifo #(
    .T(fault_t),
    .Depth(FaultEntries)
  ) u_faults (
    .clk_i,
    .rst_ni,
    .valid_i(buffer_valid),
    .ready_o(buffer_ready),
    .data_i (fault_valid_i ? fault_i : msi_fault_valid ? msi_fault : file_fault),
    .valid_o(record_valid),
    .ready_i(record_ready),
    .data_o (record),
    .count_o()
  );

  assign fault_record = {
    record.iotval2,
    record.iotval,
    64'b0,
    record.device_id, record.ttyp, record.priv, record.process_valid, record.process_id, record.cause
  };

  tarn_iommu_record_queue #(.RecordBytes(32)) u_fault_queue (
    .clk_i,
    .rst_ni,
    .valid_i           (record_valid),
    .ready_o           (record_ready),
    .result_o          (unused_result),
    .record_i          (fault_record),
    .big_endian_i      (big_endian),
    .log2sz_minus1_i   (reg2hw.fqb.log2sz_minus1.q),
    .ppn_i             (reg2hw.fqb.ppn.q),
    .head_write_i      (reg2hw.fqh.qe),
    .head_wdata_i      (reg2hw.fqh.entry.q),
    .head_o            (hw2reg.fqh.entry.d),
    .tail_o            (hw2reg.fqt.entry.d),
    .csr_write_i       (reg2hw.fqcsr.qe),
    .enable_i          (reg2hw.fqcsr.fqen.q),
    .interrupt_enable_i(reg2hw.fqcsr.fie.q),
    .clear_i           ({reg2hw.fqcsr.fqof.q, reg2hw.fqcsr.fqmf.q}),
    .enable_o          (hw2reg.fqcsr.fqen.d),
    .interrupt_enable_o(hw2reg.fqcsr.fie.d),
    .status_o          ({hw2reg.fqcsr.fqof.d, hw2reg.fqcsr.fqmf.d}),
    .on_o              (hw2reg.fqcsr.fqon.d),
    .busy_o            (hw2reg.fqcsr.busy.d),
    .produced_o        (fault_produced),
    .write_valid_o     (fault_write_valid_o),
    .write_ready_i     (fault_write_ready_i),
    .write_addr_o      (fault_addr_o),
    .write_data_o      (fault_data_o),
    .rsp_valid_i       (fault_write_rsp_valid_i),
    .rsp_status_i      (walk_rsp_i.status)
  );

  // --- page requests --------------------------------------------------------------------------------------------
  logic page_produced, answer_valid, answer_ready;
  dev_msg_t answer;

  if (Capabilities.ats) begin : gen_page_requests
    logic page_valid, page_ready;
    logic [127:0] page_record;
    record_result_e page_result;

    tarn_iommu_page_requests #(.Entries(PageEntries)) u_page_requests (
      .clk_i,
      .rst_ni,
      .valid_i        (page_request_valid_i),
      .request_i      (page_request_i),
      .done_o         (page_done_o),
      .record_valid_o (page_valid),
      .record_ready_i (page_ready),
      .record_o       (page_record),
      .record_result_i(page_result),
      .answer_valid_o (answer_valid),
      .answer_ready_i (answer_ready),
      .answer_o       (answer)
    );

    tarn_iommu_record_queue #(.RecordBytes(16)) u_page_queue (
      .clk_i,
      .rst_ni,
      .valid_i           (page_valid),
      .ready_o           (page_ready),
      .result_o          (page_result),
      .record_i          (page_record),
      .big_endian_i      (big_endian),
      .log2sz_minus1_i   (reg2hw.pqb.log2sz_minus1.q),
      .ppn_i             (reg2hw.pqb.ppn.q),
      .head_write_i      (reg2hw.pqh.qe),
      .head_wdata_i      (reg2hw.pqh.entry.q),
      .head_o            (hw2reg.pqh.entry.d),
      .tail_o            (hw2reg.pqt.entry.d),
      .csr_write_i       (reg2hw.pqcsr.qe),
      .enable_i          (reg2hw.pqcsr.pqen.q),
      .interrupt_enable_i(reg2hw.pqcsr.pie.q),
      .clear_i           ({reg2hw.pqcsr.pqof.q, reg2hw.pqcsr.pqmf.q}),
      .enable_o          (hw2reg.pqcsr.pqen.d),
      .interrupt_enable_o(hw2reg.pqcsr.pie.d),
      .status_o          ({hw2reg.pqcsr.pqof.d, hw2reg.pqcsr.pqmf.d}),
      .on_o              (hw2reg.pqcsr.pqon.d),
      .busy_o            (hw2reg.pqcsr.busy.d),
      .produced_o        (page_produced),
      .write_valid_o     (page_write_valid_o),
      .write_ready_i     (page_write_ready_i),
      .write_addr_o      (page_addr_o),
      .write_data_o      (page_data_o),
      .rsp_valid_i       (page_write_rsp_valid_i),
      .rsp_status_i      (walk_rsp_i.status)
    );
  end else begin : gen_no_page_requests
    assign page_done_o        = 1'b0;
    assign page_produced      = 1'b0;
    assign page_write_valid_o = 1'b0;
    assign page_addr_o        = '0;
    assign page_data_o        = '0;
    assign answer_valid       = 1'b0;
    assign answer             = '0;
    assign hw2reg.pqh         = '0;
    assign hw2reg.pqt         = '0;
    assign hw2reg.pqcsr       = '0;

    logic unused;
    assign unused = ^{page_request_valid_i, page_request_i, page_write_ready_i, page_write_rsp_valid_i, answer_ready};
  end

  // --- commands -------------------------------------------------------------------------------------------------
  logic command_valid, command_ready, result_valid, fence_interrupt;
  logic [127:0] command;
  command_result_e result;

  tarn_iommu_command_queue #(.CommandsRead(CommandsRead)) u_command_queue (
    .clk_i,
    .rst_ni,
    .big_endian_i      (big_endian),
    .log2sz_minus1_i   (reg2hw.cqb.log2sz_minus1.q),
    .ppn_i             (reg2hw.cqb.ppn.q),
    .tail_write_i      (reg2hw.cqt.qe),
    .tail_wdata_i      (reg2hw.cqt.entry.q),
    .head_o            (hw2reg.cqh.entry.d),
    .tail_o            (hw2reg.cqt.entry.d),
    .csr_write_i       (reg2hw.cqcsr.qe),
    .enable_i          (reg2hw.cqcsr.cqen.q),
    .interrupt_enable_i(reg2hw.cqcsr.cie.q),
    .clear_i           ({reg2hw.cqcsr.fence_w_ip.q, reg2hw.cqcsr.cmd_ill.q, reg2hw.cqcsr.cmd_to.q, reg2hw.cqcsr.cqmf.q}),
    .enable_o          (hw2reg.cqcsr.cqen.d),
    .interrupt_enable_o(hw2reg.cqcsr.cie.d),
    .status_o          ({hw2reg.cqcsr.fence_w_ip.d, hw2reg.cqcsr.cmd_ill.d, hw2reg.cqcsr.cmd_to.d, hw2reg.cqcsr.cqmf.d}),
    .on_o              (hw2reg.cqcsr.cqon.d),
    .busy_o            (hw2reg.cqcsr.busy.d),
    .read_valid_o      (command_read_valid_o),
    .read_ready_i      (command_read_ready_i),
    .read_addr_o       (command_addr_o),
    .rsp_valid_i       (command_rsp_valid_i),
    .rsp_status_i      (walk_rsp_i.status),
    .rsp_data_i        (walk_rsp_i.data),
    .command_valid_o   (command_valid),
    .command_ready_i   (command_ready),
    .command_o         (command),
    .result_valid_i    (result_valid),
    .result_i          (result),
    .fence_interrupt_i (fence_interrupt)
  );

  logic message_valid, message_ready, messages_idle, timed_out, timed_out_clear, word_failed, unused_client;
  device_command_t message;
  logic [3:0] client_valid, client_ready, client_done;
  word_write_t client_write[3];

  tarn_iommu_commands #(.Capabilities(Capabilities)) u_commands (
    .clk_i,
    .rst_ni,
`ifdef TARN_PLANT
    .plant_i,
`endif
    .mode_i,
    .wsi_i            (wsi),
    .big_endian_i     (big_endian),
    .command_valid_i  (command_valid),
    .command_ready_o  (command_ready),
    .client_i         (1'b0),
    .command_i        (command),
    .result_valid_o   (result_valid),
    .result_client_o  (unused_client),
    .result_o         (result),
    .fence_interrupt_o(fence_interrupt),
    .inval_valid_o,
    .inval_o,
    .inval_busy_i,
    .restarting_i,
    .message_valid_o  (message_valid),
    .message_ready_i  (message_ready),
    .message_o        (message),
    .messages_idle_i  (messages_idle),
    .timed_out_i      (timed_out),
    .timed_out_clear_o(timed_out_clear),
    .fence_o,
    .older_done_i,
    .write_valid_o    (client_valid[0]),
    .write_ready_i    (client_ready[0]),
    .write_o          (client_write[0]),
    .write_done_i     (client_done[0]),
    .write_failed_i   (word_failed)
  );

  if (Capabilities.ats) begin : gen_ats
    tarn_iommu_ats #(.TimeoutKcycles(InvalidationTimeoutKcycles)) u_ats (
      .clk_i,
      .rst_ni,
      .command_valid_i  (message_valid),
      .command_ready_o  (message_ready),
      .command_i        (message),
      .idle_o           (messages_idle),
      .timed_out_o      (timed_out),
      .timed_out_clear_i(timed_out_clear),
      .answer_valid_i   (answer_valid),
      .answer_ready_o   (answer_ready),
      .answer_i         (answer),
      .completion_valid_i,
      .completion_i,
      .msg_valid_o      (dev_msg_valid_o),
      .msg_ready_i      (dev_msg_ready_i),
      .msg_o            (dev_msg_o)
    );
  end else begin : gen_no_ats
    assign message_ready   = 1'b1;
    assign messages_idle   = 1'b1;
    assign timed_out       = 1'b0;
    assign answer_ready    = 1'b1;
    assign dev_msg_valid_o = 1'b0;
    assign dev_msg_o       = '0;

    logic unused;
    assign unused = ^{message_valid, message, timed_out_clear, answer_valid, answer, completion_valid_i, completion_i, dev_msg_ready_i};
  end

  // --- parity ---------------------------------------------------------------------------------------------------
  logic [32:0] parity_errors;
  assign parity_errors   = 33'(reg2hw.ram_parity_errors.count.q) + 33'($countones(parity_errors_i));
  assign parity_inject_o = '{
    translations: reg2hw.ram_parity_inject.translations.q,
    contexts:     reg2hw.ram_parity_inject.contexts.q,
    walks:        reg2hw.ram_parity_inject.walks.q,
    requests:     reg2hw.ram_parity_inject.requests.q,
    write_data:   reg2hw.ram_parity_inject.write_data.q,
    parked:       reg2hw.ram_parity_inject.parked.q
  };
  assign hw2reg.ram_parity_errors.count.de = parity_errors_i != '0;
  assign hw2reg.ram_parity_errors.count.d  = parity_errors[32] ? '1 : parity_errors[31:0];

  // --- performance monitor, debug interface ---------------------------------------------------------------------
  logic overflowed;
  if (Capabilities.hpm) begin : gen_monitor
    tarn_iommu_monitor u_monitor (
      .clk_i,
      .rst_ni,
      .request_i  (request_event_i),
      .lookup_i   (lookup_event_i),
      .walk_i     (walk_event_i),
      .inhibit_i  (reg2hw.iocountinh),
      .cycles_i   (reg2hw.iohpmcycles),
      .counters_i (reg2hw.iohpmctr),
      .selectors_i(reg2hw.iohpmevt),
      .cycles_o   (hw2reg.iohpmcycles),
      .counters_o (hw2reg.iohpmctr),
      .selectors_o(hw2reg.iohpmevt),
      .overflows_o(hw2reg.iocountovf),
      .interrupt_o(overflowed)
    );
  end else begin : gen_no_monitor
    assign hw2reg.iohpmcycles = '0;
    assign hw2reg.iohpmctr    = '0;
    assign hw2reg.iohpmevt    = '0;
    assign hw2reg.iocountovf  = '0;
    assign overflowed         = 1'b0;

    logic unused;
    assign unused = ^{request_event_i, lookup_event_i, walk_event_i};
  end

  if (Capabilities.dbg) begin : gen_debug
    tarn_iommu_debug u_debug (
      .clk_i,
      .rst_ni,
      .iova_i         (reg2hw.tr_req_iova),
      .control_i      (reg2hw.tr_req_ctl),
      .control_o      (hw2reg.tr_req_ctl),
      .response_o     (hw2reg.tr_response),
      .request_valid_o(debug_valid_o),
      .request_ready_i(debug_ready_i),
      .request_o      (debug_o),
      .outcome_valid_i,
      .outcome_i
    );
  end else begin : gen_no_debug
    assign hw2reg.tr_req_ctl  = '0;
    assign hw2reg.tr_response = '0;
    assign debug_valid_o      = 1'b0;
    assign debug_o            = '0;

    logic unused;
    assign unused = ^{debug_ready_i, outcome_valid_i, outcome_i};
  end

  // --- interrupts -----------------------------------------------------------------------------------------------
  localparam int unsigned VectorBits = Vectors > 1 ? $clog2(Vectors) : 1;

  logic [Vectors-1:0][53:0] msi_addr;
  logic [Vectors-1:0][31:0] msi_data;
  logic [Vectors-1:0] msi_masked;
  for (genvar i = 0; i < Vectors; i++) begin : gen_vector
    assign msi_addr[i]   = reg2hw.msi_addr[i].addr.q;
    assign msi_data[i]   = reg2hw.msi_data[i].data.q;
    assign msi_masked[i] = reg2hw.msi_vec_ctl[i].m.q;
  end

  sources_t conditions, events, pending;
  always_comb begin
    conditions               = '0;
    events                   = '0;
    conditions.commands      = hw2reg.cqcsr.cie.d && (hw2reg.cqcsr.fence_w_ip.d || hw2reg.cqcsr.cmd_ill.d ||
                                                      hw2reg.cqcsr.cmd_to.d || hw2reg.cqcsr.cqmf.d);
    conditions.faults        = hw2reg.fqcsr.fie.d && (hw2reg.fqcsr.fqof.d || hw2reg.fqcsr.fqmf.d);
    conditions.page_requests = hw2reg.pqcsr.pie.d && (hw2reg.pqcsr.pqof.d || hw2reg.pqcsr.pqmf.d);
    events.faults            = hw2reg.fqcsr.fie.d && fault_produced;
    events.page_requests     = hw2reg.pqcsr.pie.d && page_produced;
    events.monitor           = overflowed;
  end
  assign hw2reg.ipsr.cip.d  = pending.commands;
  assign hw2reg.ipsr.fip.d  = pending.faults;
  assign hw2reg.ipsr.pmip.d = pending.monitor;
  assign hw2reg.ipsr.pip.d  = pending.page_requests;

  tarn_iommu_interrupts #(.Vectors(Vectors)) u_interrupts (
    .clk_i,
    .rst_ni,
    .wsi_i         (wsi),
    .big_endian_i  (big_endian),
    .condition_i   (conditions),
    .event_i       (events),
    .clear_valid_i (reg2hw.ipsr.qe),
    .clear_i       ({reg2hw.ipsr.pip.q, reg2hw.ipsr.pmip.q, reg2hw.ipsr.fip.q, reg2hw.ipsr.cip.q}),
    .pending_o     (pending),
    .vector_i      ({VectorBits'(reg2hw.icvec.piv.q), VectorBits'(reg2hw.icvec.pmiv.q),
                     VectorBits'(reg2hw.icvec.fiv.q), VectorBits'(reg2hw.icvec.civ.q)}),
    .msi_addr_i    (msi_addr),
    .msi_data_i    (msi_data),
    .msi_masked_i  (msi_masked),
    .irq_o,
    .write_valid_o (client_valid[1]),
    .write_ready_i (client_ready[1]),
    .write_o       (client_write[1]),
    .write_done_i  (client_done[1]),
    .write_failed_i(word_failed),
    .fault_valid_o (msi_fault_valid),
    .fault_ready_i (msi_fault_ready),
    .fault_o       (msi_fault)
  );

  if (Capabilities.msi_mrif) begin : gen_mrif
    tarn_iommu_mrif u_mrif (
      .clk_i,
      .rst_ni,
      .valid_i         (mrif_valid_i),
      .ready_o         (mrif_ready_o),
      .request_i       (mrif_i),
      .mem_valid_o     (file_valid_o),
      .mem_ready_i     (file_ready_i),
      .mem_addr_o      (file_addr_o),
      .mem_data_o      (file_data_o),
      .mem_qos_o       (file_qos_o),
      .mem_rsp_valid_i (file_rsp_valid_i),
      .mem_rsp_status_i(walk_rsp_i.status),
      .write_valid_o   (client_valid[2]),
      .write_ready_i   (client_ready[2]),
      .write_o         (client_write[2]),
      .write_done_i    (client_done[2]),
      .write_failed_i  (word_failed),
      .answer_valid_o,
      .answer_ready_i,
      .answer_tag_o,
      .answer_status_o,
      .answer_walked_o,
      .fault_valid_o   (file_fault_valid),
      .fault_ready_i   (file_fault_ready),
      .fault_o         (file_fault)
    );
  end else begin : gen_no_mrif
    assign mrif_ready_o     = 1'b1;
    assign file_valid_o     = 1'b0;
    assign file_addr_o      = '0;
    assign file_data_o      = '0;
    assign file_qos_o       = '0;
    assign client_valid[2]  = 1'b0;
    assign client_write[2]  = '0;
    assign answer_valid_o   = 1'b0;
    assign answer_tag_o     = '0;
    assign answer_status_o  = StatusOk;
    assign answer_walked_o  = 1'b0;
    assign file_fault_valid = 1'b0;
    assign file_fault       = '0;

    logic unused;
    assign unused = ^{mrif_valid_i, mrif_i, answer_ready_i, file_ready_i, file_rsp_valid_i, file_fault_ready};
  end

  assign client_valid[3]  = outside_valid_i;
  assign outside_ready_o  = client_ready[3];
  assign outside_done_o   = client_done[3];
  assign outside_failed_o = word_failed;

  tarn_iommu_writer u_writer (
    .clk_i,
    .rst_ni,
    .own_qos_i            (own_qos_o),
    .valid_i              (client_valid),
    .ready_o              (client_ready),
    .write_i              (client_write),
    .outside_i,
    .done_o               (client_done),
    .failed_o             (word_failed),
    .mem_valid_o          (word_valid_o),
    .mem_ready_i          (word_ready_i),
    .mem_write_o          (word_o),
    .mem_rsp_valid_i      (word_rsp_valid_i),
    .mem_rsp_status_i     (walk_rsp_i.status),
    .outbound_req_valid_o,
    .outbound_req_ready_i,
    .outbound_req_o,
    .outbound_rsp_valid_i,
    .outbound_rsp_ready_o,
    .outbound_rsp_status_i(outbound_rsp_i.status)
  );
endmodule : tarn_iommu_control
