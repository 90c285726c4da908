// The walk port: table reads of the walks, lines of commands, records of both queues, single words and
// atomic updates of interrupt files, in turn, told
// apart by tag.
// Latency: 0 both ways. Answers are always taken.
// QoS ids (sections 3.1.3 and 6.27): the device's for its tables and interrupt files, the unit's own for all else.
`include "tarn_assert.svh"
module tarn_iommu_memory_port
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
  import tarn_iommu_control_pkg::mask_of;
#(
  parameter int unsigned Walks = 16,
  localparam int unsigned WalkBits = Walks > 1 ? $clog2(Walks) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  qos_ids_t            own_qos_i,      // may change at any time
  input  logic                walk_valid_i,
  output logic                walk_ready_o,
  input  logic [WalkBits-1:0] walk_i,
  input  logic [55:0]         walk_addr_i,
  input  logic                walk_of_device_i,  // with the ids
  input  qos_ids_t            walk_qos_i,
  input  logic [1:0]          walk_size_i,    // a read of 8 << size bytes, or
  input  logic                walk_swap_i,    // a compare-and-swap of 8 bytes,
  input  logic                walk_narrow_i,  // or of 4
  input  logic [63:0]         walk_old_i,
  input  logic [63:0]         walk_new_i,
  output logic                walk_rsp_valid_o,
  output logic [WalkBits-1:0] walk_rsp_walk_o,
  input  logic                command_valid_i,
  output logic                command_ready_o,
  input  logic [55:0]         command_addr_i,
  output logic                command_rsp_valid_o,
  input  logic                fault_valid_i,
  output logic                fault_ready_o,
  input  logic [55:0]         fault_addr_i,
  input  logic [255:0]        fault_data_i,
  output logic                fault_rsp_valid_o,
  input  logic                page_valid_i,   // a record of the page-request queue
  output logic                page_ready_o,
  input  logic [55:0]         page_addr_i,
  input  logic [127:0]        page_data_i,
  output logic                page_rsp_valid_o,
  input  logic                file_valid_i,   // an atomic OR of 8 bytes
  output logic                file_ready_o,
  input  logic [55:0]         file_addr_i,
  input  logic [63:0]         file_data_i,
  input  qos_ids_t            file_qos_i,
  output logic                file_rsp_valid_o,
  input  logic                word_valid_i,
  output logic                word_ready_o,
  input  word_write_t         word_i,
  output logic                word_rsp_valid_o,
  output logic                req_valid_o,
  input  logic                req_ready_i,
  output host_req_t           req_o,
  input  logic                rsp_valid_i,
  input  logic [7:0]          rsp_tag_i
);
  localparam logic [7:0] CommandTag = 8'hf0, FaultTag = 8'hf1, WordTag = 8'hf2, PageTag = 8'hf3, FileTag = 8'hf4;

  // Walks, and all else in turn. A walk is known last in a cycle: nothing but the choice between the two waits for it.
  logic [5:0] grant;
  logic [4:0] others_grant;
  logic [2:0] unused_index;
  logic others_valid, walk_wins;
  logic others_turn_q, held_q, walk_held_q;  // held: what is offered and not taken

  assign req_valid_o = walk_valid_i || others_valid;
  assign walk_wins   = held_q ? walk_held_q : walk_valid_i && !(others_valid && others_turn_q);
  assign grant       = {others_grant & {5{!walk_wins}}, walk_wins};
  assign {file_ready_o, page_ready_o, word_ready_o, fault_ready_o, command_ready_o, walk_ready_o} = grant & {6{req_ready_i}};

  tarn_rr_arbiter #(.N(5)) u_others (
    .clk_i,
    .rst_ni,
    .req_i  ({file_valid_i, page_valid_i, word_valid_i, fault_valid_i, command_valid_i}),
    .valid_o(others_valid),
    .ready_i(req_ready_i && !walk_wins),
    .grant_o(others_grant),
    .index_o(unused_index)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      others_turn_q <= 1'b0;
      held_q        <= 1'b0;
    end else if (req_valid_o) begin
      held_q <= !req_ready_i;
      if (req_ready_i) others_turn_q <= walk_wins;
    end
  end
  always_ff @(posedge clk_i) walk_held_q <= walk_wins;

  qos_ids_t own_qos_q;  // a request that waits keeps its ids
  always_ff @(posedge clk_i) if (!req_valid_o || req_ready_i) own_qos_q <= own_qos_i;

  // The data repeat over the line, so that each source is muxed at its own width only: the narrow ones are part of the wide.
  logic swaps;
  logic [63:0] walk_old, walk_new, swap_low, swap_high, narrow;
  logic [127:0] pair;
  logic [255:0] half;
  assign swaps     = walk_swap_i && grant[0];
  assign walk_old  = walk_narrow_i ? {2{walk_old_i[31:0]}} : walk_old_i;
  assign walk_new  = walk_narrow_i ? {2{walk_new_i[31:0]}} : walk_new_i;
  assign swap_low  = !swaps ? '0 : walk_addr_i[5] ? walk_old : walk_new;  // what is compared stands 32 bytes on
  assign swap_high = !swaps ? '0 : walk_addr_i[5] ? walk_new : walk_old;
  assign narrow    = ({64{grant[3]}} & {2{word_i.data}}) | ({64{grant[5]}} & file_data_i);
  assign pair      = ({128{grant[4]}} & page_data_i) | {2{narrow}};
  assign half      = ({256{grant[2]}} & fault_data_i) | {2{pair}};

  // A walk's address and mask come last: all else is chosen before.
  logic [55:0] other_addr;
  logic [2:0] walk_size, other_size;  // 4 << size bytes
  logic [63:0] walk_mask, other_mask;
  logic [7:0] other_tag;
  op_e other_op;
  qos_ids_t walk_qos, other_qos;
  assign walk_qos = walk_of_device_i ? walk_qos_i : own_qos_q;
  assign walk_size = !walk_swap_i ? {1'b0, walk_size_i} + 3'd1 : walk_narrow_i ? 3'd0 : 3'd1;
  always_comb begin
    other_op    = OpPartialWrite;
    other_tag   = PageTag;
    other_addr  = page_addr_i;
    other_size  = 3'd2;
    other_qos   = own_qos_q;
    if (others_grant[0]) begin
      other_tag   = CommandTag;
      other_op    = OpRead;
      other_addr  = command_addr_i;
      other_size  = 3'd4;
    end
    if (others_grant[1]) begin
      other_tag   = FaultTag;
      other_addr  = fault_addr_i;
      other_size  = 3'd3;
    end
    if (others_grant[2]) begin
      other_tag   = WordTag;
      other_addr  = word_i.addr;
      other_size  = 3'd0;
    end
    if (others_grant[4]) begin
      other_tag   = FileTag;
      other_op    = OpFetchOr;
      other_addr  = file_addr_i;
      other_size  = 3'd1;
      other_qos   = file_qos_i;
    end
  end
  assign walk_mask  = mask_of(walk_size, walk_addr_i[5:0]);
  assign other_mask = mask_of(other_size, other_addr[5:0]);
  always_comb begin
    req_o      = '0;
    req_o.op   = !walk_wins ? other_op : walk_swap_i ? OpCompareSwap : OpRead;
    req_o.tag  = walk_wins ? 8'(walk_i) : other_tag;
    req_o.data = {half | {4{swap_high}}, half | {4{swap_low}}};
    req_o.addr = {8'b0, walk_wins ? walk_addr_i[55:6] : other_addr[55:6], 6'b0};
    req_o.mask = walk_wins ? walk_mask : other_mask;
    {req_o.rcid, req_o.mcid} = walk_wins ? walk_qos : other_qos;
  end

  assign walk_rsp_walk_o     = rsp_tag_i[WalkBits-1:0];
  assign walk_rsp_valid_o    = rsp_valid_i && !rsp_tag_i[7];
  assign command_rsp_valid_o = rsp_valid_i && rsp_tag_i == CommandTag;
  assign fault_rsp_valid_o   = rsp_valid_i && rsp_tag_i == FaultTag;
  assign word_rsp_valid_o    = rsp_valid_i && rsp_tag_i == WordTag;
  assign file_rsp_valid_o    = rsp_valid_i && rsp_tag_i == FileTag;
  assign page_rsp_valid_o    = rsp_valid_i && rsp_tag_i == PageTag;

  `TARN_ASSERT(ValidHolds, !$past(req_valid_o && !req_ready_i) || req_valid_o)
  `TARN_ASSERT(RequestHolds, !$past(req_valid_o && !req_ready_i) || req_o == $past(req_o))
endmodule : tarn_iommu_memory_port
