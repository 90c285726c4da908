// One access to a page of an MRIF-mode MSI PTE, chosen freely, beside any memory: what the AIA specification says of it
// ("MSI PTE, MRIF mode") is what happens, once, in that order, and then the device is answered.
`include "tarn_assert.svh"
module iommu_mrif_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter bit Fault = 1'b0  // planted: the identity's high bits do not choose the doubleword
) (
  input logic          clk_i,
  input mrif_request_t request_i,
  input logic          mem_ready_i,
  input logic          mem_rsp_valid_i,
  input status_e       mem_rsp_status_i,
  input logic          write_ready_i,
  input logic          write_done_i,
  input logic          write_failed_i,
  input logic          answer_ready_i,
  input logic          fault_ready_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  // The access: whatever comes first, given once.
  mrif_request_t access_q, given;
  logic sent_q, ready, valid;
  assign valid = !sent_q;
  always_comb begin
    given = access_q;
    if (Fault) given.data[10:6] = '0;
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) access_q <= request_i;
    if (!rst_ni) sent_q <= 1'b0;
    else if (ready) sent_q <= 1'b1;
  end

  logic mem_valid, write_valid, answer_valid, answer_walked, fault_valid;
  logic [55:0] mem_addr;
  logic [63:0] mem_data;
  qos_ids_t mem_qos;
  word_write_t write;
  logic [7:0] answer_tag;
  status_e answer_status;
  fault_t fault;

  tarn_iommu_mrif #(.Entries(4)) u_mrif (
    .clk_i,
    .rst_ni,
    .valid_i         (valid),
    .ready_o         (ready),
    .request_i       (given),
    .mem_valid_o     (mem_valid),
    .mem_ready_i,
    .mem_addr_o      (mem_addr),
    .mem_data_o      (mem_data),
    .mem_qos_o       (mem_qos),
    .mem_rsp_valid_i,
    .mem_rsp_status_i,
    .write_valid_o   (write_valid),
    .write_ready_i,
    .write_o         (write),
    .write_done_i,
    .write_failed_i,
    .answer_valid_o  (answer_valid),
    .answer_ready_i,
    .answer_tag_o    (answer_tag),
    .answer_status_o (answer_status),
    .answer_walked_o (answer_walked),
    .fault_valid_o   (fault_valid),
    .fault_ready_i,
    .fault_o         (fault)
  );

  // What has happened.
  logic asked_q, set_q, writing_q, noticed_q, failed_q, answered_q, recorded_q;
  status_e memory_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {asked_q, set_q, writing_q, noticed_q, failed_q, answered_q, recorded_q} <= '0;
    else begin
      if (mem_valid && mem_ready_i) asked_q <= 1'b1;
      if (mem_rsp_valid_i) {set_q, memory_q} <= {1'b1, mem_rsp_status_i};
      if (write_valid && write_ready_i) writing_q <= 1'b1;
      if (write_done_i) {noticed_q, failed_q} <= {1'b1, write_failed_i};
      if (answer_valid && answer_ready_i) answered_q <= 1'b1;
      if (fault_valid && fault_ready_i) recorded_q <= 1'b1;
    end
  end
  `TARN_ASSUME(AnswersWhatWasAsked, !mem_rsp_valid_i || (asked_q && !set_q))
  `TARN_ASSUME(MemoryTranslatesNothing, mem_rsp_status_i != StatusTranslationFault)
  `TARN_ASSUME(AnswersTheNotice, !write_done_i || (writing_q && !noticed_q))

  // The specification's words.
  logic is_msi, is_lost;
  assign is_msi  = access_q.is_word && access_q.is_write && access_q.offset[11:3] == '0 && access_q.data[31:11] == '0;
  assign is_lost = set_q && memory_q inside {StatusPoison, StatusAccessError};

  `TARN_ASSERT(OnlyAnMsiChangesTheFile, !mem_valid || (is_msi && !asked_q))
  `TARN_ASSERT(ItsBitIsSet, !mem_valid || mem_data == 64'd1 << access_q.data[5:0])
  `TARN_ASSERT(InItsDoubleword, !mem_valid || mem_addr == {access_q.file, access_q.data[10:6], 4'b0})
  `TARN_ASSERT(WithTheDevicesIds, !mem_valid || mem_qos == access_q.qos)
  `TARN_ASSERT(TheNoticeComesAfter, !write_valid || (set_q && memory_q == StatusOk && !writing_q))
  `TARN_ASSERT(TheNoticeIsItsIdentifier, !write_valid || (write.data == 32'(access_q.notice_id) &&
                                                          write.addr == {access_q.notice_ppn, 12'b0}))
  `TARN_ASSERT(AnsweredOnce, !answer_valid || (!answered_q && answer_tag == access_q.tag))
  `TARN_ASSERT(AnsweredAfterTheNotice, !answer_valid || !is_msi || noticed_q || (set_q && memory_q != StatusOk))
  `TARN_ASSERT(AWordIsNeverRefused, !answer_valid || !access_q.is_word || is_msi || answer_status == StatusOk)
  `TARN_ASSERT(OtherSizesAreAborted, !answer_valid || access_q.is_word || answer_status == StatusAccessError)
  `TARN_ASSERT(LostMeansFault, !answer_valid || (answer_status == StatusTranslationFault) == is_lost)
  `TARN_ASSERT(RecordedUnlessDtf, !answer_valid || recorded_q == (is_lost && !access_q.dtf))
  `TARN_ASSERT(CauseOfTheRecord, !fault_valid || fault.cause == (memory_q == StatusPoison ? 12'd271 : 12'd264))
  `TARN_COVER(AllDone, answered_q && noticed_q && !failed_q)

  logic unused;
  assign unused = ^{answer_walked, fault};
endmodule : iommu_mrif_formal
