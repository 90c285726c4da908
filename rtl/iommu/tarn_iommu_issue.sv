// The last step of a translation: the request's own permissions, then out to the host, or a fault.
// Input: slot and result of a request that may go (in order of its page). Its slot is read in that cycle; a cycle later
// it is offered to the host, or answered here. 1 per cycle. While that one is held, one more is taken: ready_o is a register's.
// A fault is answered with StatusTranslationFault, and its record goes to the fault queue once per AXI burst: the port
// in front sends the lines of a burst in order, without lines of another burst of that direction between, and a burst
// stays inside a 4 KiB page, so that its lines come here in order and the first that faults holds the first byte.
// A translation request (ATS) is answered here with its completion; faults that say no more than that permissions are
// missing are not recorded.
// A message goes on to the page requests, with what was found about its sender; a request of the debug interface goes
// back there.
// What waited and is not as it was stored is refused (cause 272): of a write that lost its data the record says whose it was,
// else nothing of the record could be relied on, so that it names nobody.
// A fault waits while the fault queue's buffer or the answer register is full; neither waits for the host's traffic.
`include "tarn_assert.svh"
module tarn_iommu_issue
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_possible_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities,
  parameter int unsigned   Bursts = 2 ** BurstBits  // names of bursts: 0 to Bursts - 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]           plant_i,
`endif
  // A request that may go
  input  logic                 valid_i,
  output logic                 ready_o,
  input  result_t              result_i,
  input  logic                 walked_i,
  input  logic [7:0]           slot_number_i,
  input  asker_t               asker_i,         // what its slot says too, but that comes late
  input  logic                 late_i,         // valid_i is of this one instead: it comes late in the cycle
  input  result_t              late_result_i,
  input  logic [7:0]           late_slot_i,
  input  asker_t               late_asker_i,
  input  logic                 lost_i,          // what it asks is not as it was stored, asker_i neither
  // Its slot is read
  output logic                 read_o,
  output logic [7:0]           read_slot_o,
  input  slot_t                slot_i,          // a cycle later, and held
  input  slot_errors_t         slot_errors_i,   // of it
  // A new burst begins: nothing of it has faulted. One of its lines left in the last cycle.
  input  logic                 burst_begins_i,
  input  logic [BurstBits-1:0] burst_i,
  output logic                 burst_line_left_o,
  output logic [BurstBits-1:0] burst_line_o,
  output logic                 host_req_valid_o,
  input  logic                 host_req_ready_i,
  output host_req_t            host_req_o,
  output logic                 walked_o,        // of the request offered
  output logic                 fault_valid_o,
  input  logic                 fault_ready_i,
  output fault_t               fault_o,
  output logic                 rsp_valid_o,
  input  logic                 rsp_ready_i,
  output logic [7:0]           rsp_tag_o,
  output status_e              rsp_status_o,
  output logic [63:0]          rsp_data_o,      // completion of a translation request
  output logic                 rsp_walked_o,
  output logic                 mrif_valid_o,
  input  logic                 mrif_ready_i,
  output mrif_request_t        mrif_o,
  output logic                 debug_valid_o,         // always taken
  output debug_outcome_t       debug_o,
  output logic                 page_request_valid_o,  // always taken
  output page_request_t        page_request_o,
  output logic                 parity_error_o,        // pulse: one left that was not as it was stored
  output logic                 idle_o
);
  localparam logic [63:0] PageRequestCode = 64'h04;  // PCIe message code, iotval of a message's fault

  typedef struct packed {
    logic       walked;
    logic       lost;
    logic [7:0] slot;
    asker_t     asker;
    result_t    result;
  } candidate_t;

  logic valid_q, aside_valid_q, free, walked_q, done;
  candidate_t aside_q, aside, next, early, late;  // aside: came while the stage was held
  logic lost_q;
  asker_t asker_q;
  result_t result_q, result;

  always_comb begin
    aside        = aside_q;
    aside.result = possible_result(Capabilities, aside_q.result);
    result       = possible_result(Capabilities, result_q);
  end
  assign free        = !valid_q || done;
  assign early       = '{walked: walked_i, lost: lost_i, slot: slot_number_i, asker: asker_i, result: result_i};
  assign late        = '{walked: 1'b0, lost: 1'b0, slot: late_slot_i, asker: late_asker_i, result: late_result_i};
  assign next        = late_i && !aside_valid_q ? late : aside_valid_q ? aside : early;
  assign ready_o     = !aside_valid_q;
  assign read_o      = free && (aside_valid_q || valid_i);
  assign read_slot_o = next.slot;
  assign idle_o      = !valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q       <= 1'b0;
      aside_valid_q <= 1'b0;
    end else begin
      if (free) valid_q <= aside_valid_q || valid_i;
      aside_valid_q <= !free && (aside_valid_q || valid_i);
    end
  end
  always_ff @(posedge clk_i) begin
    if (!aside_valid_q) aside_q <= next;
    if (free) begin
      result_q <= next.result;
      walked_q <= next.walked;
      lost_q   <= next.lost;
      asker_q  <= next.asker;
    end
  end

  // --- the verdict ----------------------------------------------------------------------------------------------
  // A line of this burst faulted: the bits differ. One of them is written when it does, the other when a burst begins.
  localparam int unsigned NameBits = $clog2(Bursts);
  logic faulted_q[Bursts], begun_q[Bursts];
  logic [NameBits-1:0] slot_burst, new_burst;
  assign slot_burst = slot_i.burst[NameBits-1:0];
  assign new_burst  = burst_i[NameBits-1:0];
  dev_req_t req;
  access_e access;
  verdict_t found, verdict;
  logic passes, reportable, broken;

  assign req    = slot_i.req;
  assign access = asker_q.access;
  assign passes = verdict.passes;

  tarn_iommu_verdict #(.Ats(Capabilities.ats)) u_verdict (
    .result_i (result),
    .asker_i  (asker_q),
    .req_i    (req),
    .debug_i  (slot_i.debug),
    .verdict_o(found)
  );

  // Nobody looks at the data of a read, or of a translation request.
  assign broken = slot_errors_i.asks || (slot_errors_i.write_data &&
                                         (slot_i.message || (req.op != OpRead && req.at != AtTranslationRequest)));
  always_comb begin
    verdict = found;
    if (broken || lost_q) begin
      verdict                  = '0;
      verdict.faults           = 1'b1;
      verdict.cause            = CauseInternalDataPathError;
      verdict.status           = StatusTranslationFault;
      verdict.completion.reads = req.at == AtTranslationRequest;  // Completer Abort
    end
  end
  assign parity_error_o = valid_q && done && broken;

  // Messages and requests of the debug interface end here.
  logic ends_here;
  assign ends_here = slot_i.message || slot_i.debug;

  logic burst_faulted;
  assign burst_faulted = faulted_q[slot_burst] != begun_q[slot_burst];

  // DTF does not hide what is found before the device's context is known: result.dtf is 0 there (section 4.2).
  // Nor does it hide an internal error.
  assign reportable = verdict.faults && (!result.dtf || broken || lost_q) && (!burst_faulted || ends_here);

  qos_ids_t qos;
  always_comb begin
    qos = Capabilities.qosid ? result.qos : '{rcid: req.rcid, mcid: req.mcid};
`ifdef TARN_PLANT
    if (plant_i == 4'd10) qos = '{rcid: req.rcid, mcid: req.mcid};  // a request keeps the ids that it came with
`endif
  end

  // --- to the host ----------------------------------------------------------------------------------------------
  assign host_req_valid_o = valid_q && passes && !ends_here;
  assign walked_o         = walked_q;
  assign host_req_o = '{
    tag:          req.tag,
    op:           req.op,
    attr:         req.attr,
    rcid:         qos.rcid,
    mcid:         qos.mcid,
    qos:          req.qos,
    exclusive:    req.exclusive,
    exclusive_id: req.exclusive_id,
    addr:         {8'b0, verdict.page, req.addr[11:0]},
    mask:         req.mask,
    data:         req.data
  };

  // --- refused --------------------------------------------------------------------------------------------------
  // Record and answer leave together, into registers that are free: neither is repeated while the other waits.
  logic refused, rsp_valid_q, answer_free, record_free;
  fault_t fault;

  assign answer_free = ends_here || !rsp_valid_q || rsp_ready_i;
  assign record_free = !fault_valid_o || fault_ready_i;
  assign refused     = valid_q && !passes && !verdict.mrif && answer_free && (!reportable || record_free);
  assign done        = verdict.mrif ? mrif_ready_i : !passes ? refused : ends_here || host_req_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) burst_line_left_o <= 1'b0;
    else burst_line_left_o <= valid_q && done && !ends_here;
  end
  always_ff @(posedge clk_i) burst_line_o <= BurstBits'(slot_burst);

  // --- to a memory-resident interrupt file ------------------------------------------------------------------------
  logic [3:0] word;
  logic [31:0] word_data;
  mrif_t mrif;
  assign mrif         = mrif_of(result);
  assign word         = word_of(req.mask);
  assign word_data    = req.data[32*word +: 32];
  assign mrif_valid_o = valid_q && verdict.mrif;
  always_comb begin
    mrif_o          = '0;
    mrif_o.tag      = req.tag;
    mrif_o.walked   = walked_q;
    mrif_o.is_write = req.op inside {OpWrite, OpPartialWrite};
    mrif_o.is_word  = is_word(req.mask) && req.op inside {OpRead, OpPartialWrite};
    mrif_o.offset   = {req.addr[11:6], word, 2'b00};
    mrif_o.data     = order32(word[0], word_data);
    mrif_o.file       = mrif.file;
    mrif_o.notice_ppn = mrif.notice_ppn;
    mrif_o.notice_id  = mrif.notice_id;
    mrif_o.qos      = result.qos;
    mrif_o.dtf      = result.dtf;
    mrif_o.record   = fault;
  end

  assign debug_valid_o = valid_q && done && slot_i.debug;
  always_comb begin
    debug_o.fault  = !passes;
    debug_o.pbmt   = result.pbmt;
    debug_o.larger = verdict.larger;
    debug_o.ppn    = verdict.larger ? (verdict.page & ~verdict.mask) | (verdict.mask >> 1) : verdict.page;
  end

  assign page_request_valid_o = valid_q && done && slot_i.message;
  assign page_request_o = '{
    refused:       !passes,
    invalid:       verdict.faults && verdict.cause == CauseTransactionTypeDisallowed,
    prpr:          result.prpr,
    device_id:     req.device_id,
    process_valid: req.process_valid,
    process_id:    req.process_id,
    priv:          req.priv,
    exec:          req.exec,
    payload:       broken ? '0 : req.data[63:0]  // then nobody is answered
  };

  always_comb begin
    fault               = '0;
    fault.cause         = verdict.cause;
    fault.device_id     = req.device_id;
    fault.process_valid = req.process_valid;
    if (req.process_valid) begin
      fault.process_id = req.process_id;
      fault.priv       = req.priv;
    end
    fault.iotval2 = slot_i.message ? '0 : verdict.iotval2;
    fault.iotval = slot_i.message ? PageRequestCode : {req.addr[63:6], req.first_byte};
    unique case (req.at)
      AtTranslationRequest: fault.ttyp = TtypAtsRequest;
      AtTranslated: fault.ttyp = access == AccessWrite ? TtypTranslatedWrite :
                                   access == AccessExecute ? TtypTranslatedExec : TtypTranslatedRead;
      default: fault.ttyp = access == AccessWrite ? TtypUntranslatedWrite :
                              access == AccessExecute ? TtypUntranslatedExec : TtypUntranslatedRead;
    endcase
    if (slot_i.message) fault.ttyp = TtypMessage;
    if (slot_errors_i.asks) fault = '{cause: verdict.cause, ttyp: TtypNone, default: '0};
`ifdef TARN_PLANT
    if (plant_i == 4'd5) fault.iotval[12] = !fault.iotval[12];  // the record names the wrong page
`endif
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fault_valid_o <= 1'b0;
    else if (refused && reportable) fault_valid_o <= 1'b1;
    else if (fault_ready_i) fault_valid_o <= 1'b0;
  end
  always_ff @(posedge clk_i) if (refused && reportable) fault_o <= fault;

  always_ff @(posedge clk_i) begin
    if (refused && reportable && !ends_here) faulted_q[slot_burst] <= !begun_q[slot_burst];
    if (burst_begins_i) begun_q[new_burst] <= faulted_q[new_burst];
  end

  assign rsp_valid_o = rsp_valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rsp_valid_q <= 1'b0;
    else if (refused && !ends_here) rsp_valid_q <= 1'b1;
    else if (rsp_ready_i) rsp_valid_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (refused && !ends_here) begin
      rsp_tag_o    <= req.tag;
      rsp_status_o <= verdict.status;
      rsp_data_o   <= verdict.completion;
      rsp_walked_o <= walked_q;
    end
  end
endmodule : tarn_iommu_issue
