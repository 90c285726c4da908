// No translation is found after its invalidation: the lookup pipeline with the smallest caches, one device, two pages of
// an Sv39 space. Fills bring the old or the new translations, 4 KiB pages or 1 GiB ones; an IOTINVAL.VMA names a page,
// with any operands; from then on walks bring only new ones (they begin anew). A request that is accepted after the
// command's cycle and while no set is searched for it never leaves for the old page, by whatever level it is found.
// Requests come and leave at any time; a miss that starts a walk is not heard of again. Walks are always free; or, where requests may be
// parked, they end at any time, so that one of them runs through again when the next is free.
// Registers and memories without a reset start at 0. Plant 2: entries that an address names stay.
`include "tarn_assert.svh"
module iommu_lookup_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
#(
  parameter bit         Large = 1'b0,
  parameter bit         Parks = 1'b0,
  parameter logic [3:0] Plant = 4'd0
) (
  input logic       clk_i,
  input logic       waiting_i,
  input logic       page_i,
  input logic       issue_ready_i,
  input logic       inval_i,
  input logic       fill_i,
  input logic       fill_page_i,
  input logic       fill_new_i,
  input logic       context_fill_i,
  input logic       walk_ends_i
);
  localparam int unsigned NewBit = Large ? 19 : 2;  // of the page number
  localparam logic [19:0] Pscid = 20'd5;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  // --- operands: any, but the same for ever -----------------------------------------------------------------------------
  logic av_q, pscv_q, page_q, named_q, inval, busy;
  inval_t operands;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {av_q, pscv_q, page_q} <= {inval_i, fill_i, page_i};
    named_q <= rst_ni && (named_q || inval);
  end
  assign inval = rst_ni && inval_i && !named_q;
  always_comb begin
    operands            = '0;
    operands.kind       = InvalFirst;
    operands.by_address = av_q;
    operands.vpn        = VpnBits'(page_q);
    operands.by_pscid   = pscv_q;
    operands.pscid      = Pscid;
  end

  // --- what walks bring -------------------------------------------------------------------------------------------------
  space_t space;
  tlb_fill_t fill;
  context_fill_t context_fill;
  always_comb begin
    space                  = '0;
    space.device.first     = SchemeSv39;
    space.device.pscid     = Pscid;
    space.proc             = own_process('0, space.device);
    context_fill           = '0;
    context_fill.value     = space;
    fill                   = '0;
    fill.tag               = '{vpn: TagVpnBits'(fill_page_i), first: 1'b1, pscid: Pscid, default: '0};
    fill.leaf              = '{size: Large ? Size1G : Size4K, first_size: Large ? Size1G : Size4K, first: 1'b1,
                               readable: 1'b1, user: 1'b1, default: '0};
    fill.leaf.ppn[0]       = fill_page_i && !Large;
    fill.leaf.ppn[NewBit]  = fill_new_i;
  end
  logic fills;
  assign fills = rst_ni && fill_i && (fill_new_i || !named_q);

  // --- requests: each in a slot of its own ------------------------------------------------------------------------------
  logic [3:0] used_q, young_q, of_page_q;  // young: accepted after the command, and after the search
  logic [1:0] slot;
  logic ready, accept, issues, starts;
  logic [7:0] issue_slot, early_slot;
  logic hits;
  lookup_t request, decided;
  result_t result, early_result, hit_result;
  assign issue_slot = hits ? decided.slot : early_slot;
  assign result     = hits ? hit_result : early_result;
  assign slot   = !used_q[0] ? 2'd0 : !used_q[1] ? 2'd1 : !used_q[2] ? 2'd2 : 2'd3;
  assign accept = rst_ni && waiting_i && ready && used_q != '1;
  always_comb begin
    request          = '0;
    request.page.vpn = VpnBits'(page_i);
    request.slot     = 8'(slot);
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) used_q <= '0;
    else begin
      if (issues && issue_ready_i) used_q[issue_slot[1:0]] <= 1'b0;
      if (starts) used_q[decided.slot[1:0]] <= 1'b0;
      if (accept) {used_q[slot], young_q[slot], of_page_q[slot]} <= {1'b1, named_q && !busy, !av_q || Large || page_i == page_q};
    end
  end

  // One walk, where requests may be parked.
  logic walking_q;
  always_ff @(posedge clk_i) walking_q <= Parks && rst_ni && !walk_ends_i && (walking_q || starts);

  tarn_iommu_lookup #(
    .Slots(4), .FrontEntries(2), .TlbEntries(16), .SuperEntries(2), .ContextEntries(4), .RamParity(1'b0)
  ) u_lookup (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i(Plant),
`endif
    .ddtp_i('{mode: ModeLvl1, ppn: '0}), .waiting_i(waiting_i && used_q != '1), .valid_i(accept), .ready_o(ready),
    .request_i(request), .issue_valid_o(issues), .issue_ready_i, .issue_early_o(), .issue_slot_o(early_slot), .issue_asker_o(), .issue_lost_o(),
    .issue_result_o(early_result), .issue_hit_o(hits), .issue_hit_result_o(hit_result),
    .request_o(decided), .walk_match_i(1'b0), .next_page_o(), .next_o(), .next_looks_walked_i(1'b0),
    .walks_free_i(!Parks ? 2'd3 : walking_q ? 2'd0 : 2'd1), .append_o(), .start_o(starts), .missed_o(), .found_o(), .device_known_o(),
    .process_known_o(), .space_o(), .device_decides_o(), .space_decides_o(), .tag_o(), .way_o(), .inval_valid_i(inval), .inval_i(operands), .inval_busy_o(busy),
    .flush_contexts_i(1'b0), .tlb_fill_valid_i(fills), .tlb_fill_i(fill), .device_fill_valid_i(context_fill_i && rst_ni),
    .process_fill_valid_i(1'b0), .context_fill_i(context_fill), .inject_i('0), .parity_errors_o(), .idle_o()
  );

  logic leaves_young;
  assign leaves_young = issues && young_q[issue_slot[1:0]] && of_page_q[issue_slot[1:0]] && result.kind == ResultLeaf;
  `TARN_ASSERT(NoYoungOneToTheOldPage, !leaves_young || result.ppn[NewBit])
  `TARN_COVER(FoundAfterwards, leaves_young && issue_ready_i)
  `TARN_COVER(AParkedOneIsFound, !Parks || (leaves_young && issue_ready_i && u_lookup.s2_q.replay && u_lookup.s2_valid_q && hits))
endmodule : iommu_lookup_formal
