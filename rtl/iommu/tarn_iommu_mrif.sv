// Memory-resident interrupt files (AIA specification, MSI PTE in MRIF mode; section 3.3.3): what a device sends to a page
// that an MRIF-mode MSI PTE covers is handled here, one at a time and in order; up to Entries wait (in distributed RAM), then
// ready_o is low.
// A naturally aligned write of 4 bytes is an MSI: its bit is set in the file by an atomic OR, then the notice MSI goes
// out, then the device is answered. A bad address or identity is taken and dropped; an aligned read of 4 bytes reads zero;
// everything else is aborted (StatusAccessError). The file is little-endian whatever fctl.BE says.
// What the memory refuses is a fault (causes 264, 271) and answered so; its timeouts are answered as they are.
// A device that wants earlier writes to be visible first waits for their answers, as at every hop.
`include "tarn_assert.svh"
module tarn_iommu_mrif
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned Entries = 16  // 1 or more
) (
  input  logic          clk_i,
  input  logic          rst_ni,
  input  logic          valid_i,
  output logic          ready_o,
  input  mrif_request_t request_i,
  // The file: an atomic OR of 8 bytes
  output logic          mem_valid_o,
  input  logic          mem_ready_i,
  output logic [55:0]   mem_addr_o,    // multiple of 8
  output logic [63:0]   mem_data_o,
  output qos_ids_t      mem_qos_o,
  input  logic          mem_rsp_valid_i,
  input  status_e       mem_rsp_status_i,
  // The notice
  output logic          write_valid_o,
  input  logic          write_ready_i,
  output word_write_t   write_o,
  input  logic          write_done_i,
  input  logic          write_failed_i,
  // The answer, with a fault or without
  output logic          answer_valid_o,
  input  logic          answer_ready_i,
  output logic [7:0]    answer_tag_o,
  output status_e       answer_status_o,
  output logic          answer_walked_o,
  // A record, before the answer
  output logic          fault_valid_o,
  input  logic          fault_ready_i,
  output fault_t        fault_o
);
  typedef enum logic [2:0] {Idle, Memory, MemoryWait, Notice, NoticeWait, Fault, Answer} state_e;

  state_e state_q;
  logic valid, taken;
  mrif_request_t request;
  status_e status_q;
  cause_t cause_q;

  tarn_fifo #(
    .T(mrif_request_t),
    .Depth(Entries)
  ) u_requests (
    .clk_i,
    .rst_ni,
    .valid_i,
    .ready_o,
    .data_i (request_i),
    .valid_o(valid),
    .ready_i(taken),
    .data_o (request),
    .count_o()
  );

  // --- what it is -------------------------------------------------------------------------------------------------
  logic is_msi, is_kept;
  logic [10:0] identity;

  assign is_msi   = request.is_word && request.is_write;
  assign identity = request.data[10:0];
  assign is_kept  = is_msi && request.offset[11:3] == '0 && request.data[31:11] == '0;

  logic refused;  // by the memory, for good
  assign refused     = mem_rsp_status_i inside {StatusPoison, StatusAccessError};
  assign mem_valid_o = state_q == Memory;
  assign mem_addr_o  = {request.file, identity[10:6], 4'b0};
  assign mem_data_o  = 64'd1 << identity[5:0];
  assign mem_qos_o   = request.qos;

  assign write_valid_o = state_q == Notice;
  assign write_o       = '{addr: {request.notice_ppn, 12'b0}, data: {21'b0, request.notice_id}};

  assign answer_valid_o  = state_q == Answer;
  assign answer_tag_o    = request.tag;
  assign answer_status_o = status_q;
  assign answer_walked_o = request.walked;
  assign taken           = answer_valid_o && answer_ready_i;
  assign fault_valid_o   = state_q == Fault;
  always_comb begin
    fault_o       = request.record;
    fault_o.cause = cause_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else begin
      unique case (state_q)
        Idle: if (valid) state_q <= is_kept ? Memory : Answer;
        Memory: if (mem_ready_i) state_q <= MemoryWait;
        MemoryWait: if (mem_rsp_valid_i) begin
          state_q <= mem_rsp_status_i == StatusOk ? Notice : refused && !request.dtf ? Fault : Answer;
        end
        Notice: if (write_ready_i) state_q <= NoticeWait;
        NoticeWait: if (write_done_i) state_q <= Answer;
        Fault: if (fault_ready_i) state_q <= Answer;
        default: if (answer_ready_i) state_q <= Idle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Idle) status_q <= request.is_word ? StatusOk : StatusAccessError;
    if (state_q == MemoryWait && mem_rsp_valid_i) begin
      cause_q <= mem_rsp_status_i == StatusPoison ? CauseMrifDataCorruption : CauseMrifAccessFault;
      if (refused) status_q <= StatusTranslationFault;
      else if (mem_rsp_status_i != StatusOk) status_q <= mem_rsp_status_i;
    end
    if (state_q == NoticeWait && write_done_i && write_failed_i) status_q <= StatusAccessError;
  end

  `TARN_ASSERT(AnswersOnlyAsked, !mem_rsp_valid_i || state_q == MemoryWait)
  `TARN_ASSERT(AnswerHolds, !$past(answer_valid_o && !answer_ready_i) || answer_valid_o)
  `TARN_ASSERT(MemoryHolds, !$past(mem_valid_o && !mem_ready_i) || mem_valid_o)
endmodule : tarn_iommu_mrif
