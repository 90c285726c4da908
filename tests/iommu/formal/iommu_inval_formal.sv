// IOTINVAL's operands NL and S (sections 9.2 and 9.3), any commands in any order: with the extensions a range names its
// pages and no other, and pointers with NL alone; without them their bits are reserved: the command is illegal.
`include "tarn_assert.svh"
module iommu_inval_formal
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::*;
#(
  parameter bit Extensions = 1'b1,  // NL and S are there
  parameter bit Fault      = 1'b0   // planted: S is not seen
) (
  input logic               clk_i,
  input logic               command_valid_i,
  input logic [127:0]       command_i,
  input logic               inval_busy_i,
  input logic               restarting_i,
  input logic [VpnBits-1:0] page_i  // any
);
  localparam int unsigned Nl = 34, S = 73, Av = 10;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  function automatic capabilities_t capabilities_of(bit extensions);
    capabilities_t capabilities;
    capabilities                = DefaultCapabilities;
    capabilities.non_leaf_inval = extensions;
    capabilities.range_inval    = extensions;
    return capabilities;
  endfunction

  logic command_ready, result_valid, inval_valid, older_done;
  command_result_e result;
  inval_t inval;
  logic [127:0] seen;
  always_comb begin
    seen = command_i;
    if (Fault) seen[S] = 1'b0;
  end
  assign older_done = 1'b1;

  tarn_iommu_commands #(.Capabilities(capabilities_of(Extensions))) u_commands (
    .clk_i,
    .rst_ni,
    .mode_i           (ModeLvl3),
    .wsi_i            (1'b0),
    .big_endian_i     (1'b0),
    .command_valid_i,
    .command_ready_o  (command_ready),
    .client_i         ('0),
    .command_i        (seen),
    .result_valid_o   (result_valid),
    .result_client_o  (),
    .result_o         (result),
    .fence_interrupt_o(),
    .inval_valid_o    (inval_valid),
    .inval_o          (inval),
    .inval_busy_i,
    .restarting_i,
    .message_valid_o  (),
    .message_ready_i  (1'b1),
    .message_o        (),
    .messages_idle_i  (1'b1),
    .timed_out_i      (1'b0),
    .timed_out_clear_o(),
    .fence_o          (),
    .older_done_i     (older_done),
    .write_valid_o    (),
    .write_ready_i    (1'b1),
    .write_o          (),
    .write_done_i     (1'b1),
    .write_failed_i   (1'b0)
  );

  logic [127:0] command_q, done_q;
  always_ff @(posedge clk_i) begin
    if (command_valid_i && command_ready) command_q <= command_i;
    if (result_valid) done_q <= command_q;
  end

  // "If the first 0 bit is at position X, the range size is 2^(X+1) * 4 KiB." All ones: unspecified.
  logic [VpnBits-1:0] addr;
  logic found, in_range, named;
  assign addr = done_q[125:74];
  always_comb begin
    found    = 1'b0;
    in_range = 1'b1;
    for (int unsigned x = 0; x < VpnBits; x++) begin
      if (!found && !addr[x]) begin
        found    = 1'b1;
        in_range = ((page_i ^ addr) >> (x + 1)) == '0;
      end
    end
    if (!done_q[S]) in_range = page_i == addr;
  end
  assign named = ((page_i ^ inval.vpn) & ~inval.vpn_mask) == '0;

  logic is_iotinval, is_done_iotinval;
  assign is_iotinval      = command_q[6:0] == 7'd1;
  assign is_done_iotinval = inval_valid && done_q[6:0] == 7'd1;
  `TARN_ASSERT(RangeNamesItsPages, !is_done_iotinval || !done_q[Av] || (done_q[S] && !found) || named == in_range)
  `TARN_ASSERT(NlNamesPointers, !is_done_iotinval || inval.non_leaf == done_q[Nl])
  `TARN_ASSERT(AddressCountsWithAv, !is_done_iotinval || inval.by_address == done_q[Av])
  `TARN_ASSERT(ReservedWithoutTheExtensions, Extensions || !(result_valid && is_iotinval && (command_q[Nl] || command_q[S])) ||
               result == CommandIllegal)
  `TARN_COVER(IllegalForThemAlone, result_valid && result == CommandIllegal &&
              command_q == 128'(1) << Nl | 128'(1) || Extensions)
  `TARN_COVER(LongRangeIsDone, (is_done_iotinval && done_q[Av] && done_q[S] && addr[9:0] == 10'h0ff) || !Extensions)
endmodule : iommu_inval_formal
