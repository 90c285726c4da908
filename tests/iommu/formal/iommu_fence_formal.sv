// IOFENCE.C behind an invalidation: commands and answers, wired as in tarn_iommu. The caches are abstract: until the search
// that an invalidation begins is over, however long it takes, each request accepted may have found what it is to drop
// (that none does afterwards: iommu_lookup_formal, iommu_walks_formal). A table changes, then an IOTINVAL.VMA and an IOFENCE.C are executed,
// beside any others: when the fence is done, no request that found the old translation is unanswered, nor ever finds it.
// Fault 1: commands do not see the search; 2: answers do not see which fence a request came before.
`include "tarn_assert.svh"
module iommu_fence_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter int unsigned Fault = 0
) (
  input logic clk_i,
  input logic change_i,
  input logic command_valid_i,
  input logic is_fence_i,
  input logic search_needed_i,
  input logic search_ends_i,
  input logic restarting_i,
  input logic accept_i,
  input logic accept_tag_i,
  input logic finds_old_i,
  input logic answer_i,
  input logic answer_tag_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  // --- the table and the caches -----------------------------------------------------------------------------------------
  logic changed_q, stale_q, drops_q, searching_q, inval_valid;  // stale: the old translation may be found; drops: this search ends that
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {changed_q, stale_q, drops_q, searching_q} <= 4'b0100;
    else begin
      if (change_i) changed_q <= 1'b1;
      if (inval_valid) begin
        searching_q <= search_needed_i;
        drops_q     <= changed_q;
        if (changed_q && !search_needed_i) stale_q <= 1'b0;
      end else if (searching_q && search_ends_i) begin
        searching_q <= 1'b0;
        if (drops_q) stale_q <= 1'b0;
      end
    end
  end

  // --- commands -----------------------------------------------------------------------------------------------------------
  logic command_ready, result_valid, fence, older_done;
  logic [127:0] command;
  command_result_e result;
  assign command = is_fence_i ? 128'd2 : 128'd1;
  tarn_iommu_commands u_commands (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i('0),
`endif
    .mode_i(ModeLvl1), .wsi_i(1'b0), .big_endian_i(1'b0), .command_valid_i, .command_ready_o(command_ready), .client_i('0),
    .command_i(command), .result_valid_o(result_valid), .result_client_o(), .result_o(result), .fence_interrupt_o(),
    .inval_valid_o(inval_valid), .inval_o(), .inval_busy_i(searching_q && Fault != 1), .restarting_i, .message_valid_o(),
    .message_ready_i(1'b1), .message_o(), .messages_idle_i(1'b1), .timed_out_i(1'b0), .timed_out_clear_o(),
    .fence_o(fence), .older_done_i(older_done || Fault == 2), .write_valid_o(), .write_ready_i(1'b1), .write_o(),
    .write_done_i(1'b1), .write_failed_i(1'b0)
  );
  // An invalidation that was given after the change was executed before the fence under way was given.
  logic is_fence_q, after_change_q, named_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {is_fence_q, after_change_q, named_q} <= '0;
    else begin
      if (command_valid_i && command_ready) {is_fence_q, after_change_q} <= {is_fence_i, changed_q};
      if (result_valid && !is_fence_q && after_change_q) named_q <= 1'b1;
    end
  end

  // --- requests -----------------------------------------------------------------------------------------------------------
  logic [1:0] open_q, old_q;  // by tag: not answered; found the old translation
  logic accept, answers, answer_taken;
  line_rsp_t host_rsp, rsp;
  assign accept  = accept_i && rst_ni && !open_q[accept_tag_i];
  assign answers = answer_i && rst_ni && open_q[answer_tag_i];
  always_comb begin
    host_rsp     = '0;
    host_rsp.tag = 8'(answer_tag_i);
  end
  tarn_iommu_responses u_responses (
    .clk_i, .rst_ni, .accept_i(accept), .accept_tag_i(8'(accept_tag_i)), .sent_i(1'b0), .sent_tag_i('0), .sent_walked_i(1'b0),
    .host_rsp_valid_i(answers), .host_rsp_ready_o(answer_taken), .host_rsp_i(host_rsp), .refusal_valid_i(1'b0),
    .refusal_ready_o(), .refusal_tag_i('0), .refusal_status_i(StatusOk), .refusal_data_i('0), .refusal_walked_i(1'b0),
    .dev_rsp_valid_o(), .dev_rsp_ready_i(1'b1), .dev_rsp_o(rsp), .fence_i(fence && (older_done || Fault != 2)),
    .older_done_o(older_done), .idle_o()
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni) open_q <= '0;
    else begin
      if (answers && answer_taken) open_q[answer_tag_i] <= 1'b0;
      if (accept) open_q[accept_tag_i] <= 1'b1;
    end
    if (accept) old_q[accept_tag_i] <= stale_q && finds_old_i;
  end

  logic fence_done;
  assign fence_done = result_valid && is_fence_q && named_q;
  // Fault 1 breaks both of these: the second is the one to be found.
  `TARN_ASSERT(NoneWaitsAtTheOldPage, !fence_done || (open_q & old_q) == '0 || Fault == 1)
  `TARN_ASSERT(NoneFindsTheOldPageAgain, !fence_done || !stale_q)
  `TARN_ASSERT(FenceIsLegal, !result_valid || result == CommandDone)
  `TARN_COVER(FenceAfterALongSearch, fence_done && $past(open_q) != '0 && $past(old_q) != '0)

  logic unused;
  assign unused = ^rsp;
endmodule : iommu_fence_formal
