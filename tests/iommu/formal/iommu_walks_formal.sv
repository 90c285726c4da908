// No walk brings what an invalidation before it named: two walks, one device, two pages in one leaf of an Sv39 root table.
// At any time the leaf changes from an old page to a new one, later an IOTINVAL.VMA names it, with any operands. From the
// next cycle on no waiter leaves with the old page, and none is kept, however long the memory's answer was on its way.
// Requests start walks, with their context or without, and join them at any time. Registers and memories without a reset
// start at 0. Plant 3: walks do not see the command.
`include "tarn_assert.svh"
module iommu_walks_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
#(
  parameter logic [3:0] Plant = 4'd0,
  parameter bit SmallWalks    = 1'b0
) (
  input logic clk_i,
  input logic request_i,
  input logic page_i,  // of the request that comes in the next cycle
  input logic context_known_i,
  input logic change_i,
  input logic inval_i,
  input logic go_ready_i,
  input logic now_ready_i,
  input logic read_ready_i,
  input logic rsp_valid_i,
  input logic rsp_walk_i
);
  localparam logic [19:0] Pscid = 20'd5;
  localparam int unsigned NewBit = 19;  // of the page number

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  function automatic capabilities_t few();
    capabilities_t capabilities;
    capabilities      = '0;
    capabilities.sv39 = 1'b1;
    return capabilities;
  endfunction

  // --- the change, and the command: any operands, but the same for ever ---------------------------------------------------
  logic changed_q, named_q, inval, av_q, pscv_q;
  inval_t operands;
  assign inval = rst_ni && inval_i && changed_q && !named_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {av_q, pscv_q} <= {inval_i, page_i};
    if (!rst_ni) {changed_q, named_q} <= '0;
    else {changed_q, named_q} <= {changed_q || change_i, named_q || inval};
  end
  always_comb begin
    operands            = '0;
    operands.kind       = InvalFirst;
    operands.by_address = av_q;
    operands.by_pscid   = pscv_q;
    operands.pscid      = Pscid;
  end

  // --- memory: a read returns what was there when it was taken ------------------------------------------------------------
  logic read_valid, rsp_valid, read_walk;
  logic [55:0] read_addr;
  logic [1:0] asked_q, of_leaf_q, saw_new_q;  // by walk
  logic [511:0] rsp_data;
  assign rsp_valid = rsp_valid_i && rst_ni && asked_q[rsp_walk_i];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) asked_q <= '0;
    else begin
      if (rsp_valid) asked_q[rsp_walk_i] <= 1'b0;
      if (read_valid && read_ready_i) asked_q[read_walk] <= 1'b1;
    end
    if (read_valid && read_ready_i) {of_leaf_q[read_walk], saw_new_q[read_walk]} <= {read_addr[13], changed_q};
  end
  always_comb begin
    rsp_data = '0;
    if (of_leaf_q[rsp_walk_i]) rsp_data[63:0] = 64'(saw_new_q[rsp_walk_i]) << (NewBit + 10) | 64'hd7;  // V, R, W, U, A, D
    else rsp_data[255:0] = {4'd8, 60'd2, 32'b0, Pscid, 12'b0, 64'b0, 64'd1};  // fsc (root: page 2), ta, iohgatp, tc
  end

  // --- requests, each in a slot of its own --------------------------------------------------------------------------------
  logic [3:0] used_q;
  logic [1:0] slot, free, go_slot, now_slot;
  logic match, wants, starts, start_ready, go_valid, now_valid, fill_valid;
  page_t page, next_page;
  logic page_q;
  space_t space;
  result_t go_result, now_result;
  tlb_fill_t fill;
  assign slot  = !used_q[0] ? 2'd0 : !used_q[1] ? 2'd1 : !used_q[2] ? 2'd2 : 2'd3;
  assign wants  = rst_ni && request_i && used_q != '1;
  assign starts = wants && !match && free != '0 && start_ready;
  always_comb begin
    page               = '0;
    page.vpn           = VpnBits'(page_q);
    next_page          = '0;
    next_page.vpn      = VpnBits'(page_i);
    space              = '0;
    space.device.first = SchemeSv39;
    space.device.pscid = Pscid;
    space.device.first_ppn = 44'd2;
    space.proc         = own_process(page, space.device);
  end
  always_ff @(posedge clk_i) begin
    page_q <= page_i;
    if (!rst_ni) used_q <= '0;
    else begin
      if (go_valid && go_ready_i) used_q[go_slot] <= 1'b0;
      if (now_valid && now_ready_i) used_q[now_slot] <= 1'b0;
      if ((wants && match) || starts) used_q[slot] <= 1'b1;
    end
  end

  tarn_iommu_walks #(.Capabilities(few()), .Walks(2), .Slots(4), .CacheEntries(8), .RamParity(1'b0), .SmallWalks(SmallWalks)) u_walks (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i(Plant),
`endif
    .ddtp_i('{mode: ModeLvl1, ppn: 44'd1}), .fctl_i('0), .page_i(page), .match_o(match), .free_o(free),
    .next_page_i(next_page), .next_i(1'b1), .next_looks_walked_o(), .append_i(wants && match), .start_i(starts), .start_ready_o(start_ready), .slot_i(slot), .asker_i('0),
    .device_known_i(context_known_i && !inval), .process_known_i(context_known_i && !inval), .space_i(space),
    .device_decides_i(device_result_valid(page, space.device)), .space_decides_i(space_result_valid(page, space)),
    .tag_i(tag_of(page, space)), .way_i('0),
    .inval_valid_i(inval), .inval_i(operands), .restarting_o(), .go_waits_o(), .go_valid_o(go_valid), .go_ready_i, .go_slot_o(go_slot),
    .go_asker_o(), .go_result_o(go_result), .now_valid_o(now_valid), .now_ready_i, .now_slot_o(now_slot), .now_asker_o(),
    .now_result_o(now_result),
    .tlb_fill_valid_o(fill_valid), .tlb_fill_o(fill), .device_fill_valid_o(), .process_fill_valid_o(), .context_fill_o(),
    .directory_walked_o(), .table_walked_o(), .walked_page_o(), .walked_space_o(), .read_valid_o(read_valid),
    .read_ready_i, .read_walk_o(read_walk), .read_addr_o(read_addr), .read_of_device_o(), .read_qos_o(), .read_size_o(),
    .read_swap_o(), .read_narrow_o(), .read_old_o(), .read_new_o(), .rsp_valid_i(rsp_valid), .rsp_walk_i,
    .rsp_status_i(StatusOk), .rsp_data_i(rsp_data), .inject_i(1'b0), .parity_error_o(), .idle_o()
  );

  `TARN_ASSERT(NoWaiterLeavesForTheOldPage, !(named_q && go_valid) || go_result.kind != ResultLeaf || go_result.ppn[NewBit])
  `TARN_ASSERT(NorTheFirstOne, !(named_q && now_valid) || now_result.kind != ResultLeaf || now_result.ppn[NewBit])
  `TARN_ASSERT(NothingOldIsKept, !(named_q && fill_valid) || fill.leaf.ppn[NewBit])
  `TARN_COVER(BegunAnew, named_q && go_valid && go_ready_i && go_result.kind == ResultLeaf)

  logic unused;
  assign unused = ^{read_addr, fill};
endmodule : iommu_walks_formal
