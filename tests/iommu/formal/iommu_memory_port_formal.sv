// The walk port, for two walks: what its users offer as they should goes out as it should, under tags of their own, and
// each gets its answers alone. Fault: the unit takes what it offers for taken.
`include "tarn_assert.svh"
module iommu_memory_port_formal
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::*;
#(
  parameter bit Fault = 1'b0
) (
  input logic         clk_i,
  input logic [5:0]   valid_i,  // walks, commands, faults, words, page requests, files
  input logic         walk_i,
  input logic         walk_of_device_i,
  input logic [1:0]   walk_size_i,
  input logic         walk_swap_i,
  input logic         walk_narrow_i,
  input logic [5:0]   addr_i,   // a bit of each address
  input logic [5:0]   data_i,   // and of data and QoS ids
  input logic         own_qos_i,
  input logic         ready_i,
  input logic         rsp_valid_i,
  input logic [7:0]   rsp_tag_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  localparam logic [7:0] Tags[6] = '{8'h00, 8'hf0, 8'hf1, 8'hf2, 8'hf3, 8'hf4};

  logic [5:0] valid, ready, answers;
  assign valid = rst_ni ? valid_i : '0;
  logic rsp_walk, req_valid;
  logic [255:0] open;
  host_req_t req;

  tarn_iommu_memory_port #(.Walks(2)) u_port (
    .clk_i, .rst_ni, .own_qos_i({24{own_qos_i}}),
    .walk_valid_i(valid[0]), .walk_ready_o(ready[0]), .walk_i, .walk_addr_i({56{addr_i[0]}}), .walk_of_device_i,
    .walk_qos_i({24{data_i[0]}}), .walk_size_i, .walk_swap_i, .walk_narrow_i, .walk_old_i({64{data_i[0]}}),
    .walk_new_i({64{!data_i[0]}}), .walk_rsp_valid_o(answers[0]), .walk_rsp_walk_o(rsp_walk),
    .command_valid_i(valid[1]), .command_ready_o(ready[1]), .command_addr_i({56{addr_i[1]}}),
    .command_rsp_valid_o(answers[1]),
    .fault_valid_i(valid[2]), .fault_ready_o(ready[2]), .fault_addr_i({56{addr_i[2]}}),
    .fault_data_i({256{data_i[2]}}), .fault_rsp_valid_o(answers[2]),
    .word_valid_i(valid[3]), .word_ready_o(ready[3]), .word_i({{56{addr_i[3]}}, {32{data_i[3]}}}),
    .word_rsp_valid_o(answers[3]),
    .page_valid_i(valid[4]), .page_ready_o(ready[4]), .page_addr_i({56{addr_i[4]}}),
    .page_data_i({128{data_i[4]}}), .page_rsp_valid_o(answers[4]),
    .file_valid_i(valid[5]), .file_ready_o(ready[5]), .file_addr_i({56{addr_i[5]}}),
    .file_data_i({64{data_i[5]}}), .file_qos_i({24{data_i[5]}}), .file_rsp_valid_o(answers[5]),
    .req_valid_o(req_valid), .req_ready_i(ready_i || Fault), .req_o(req), .rsp_valid_i, .rsp_tag_i
  );

  // Each user offers as it should, and nothing while it waits for an answer (a walk: of its own).
  for (genvar i = 0; i < 6; i++) begin : gen_user
    stream_contract #(.T(logic [7:0]), .Assumed(1'b1)) u_offers (
      .clk_i, .rst_ni, .valid_i(valid[i]), .ready_i(ready[i]),
      .data_i({addr_i[i], data_i[i], i == 0 ? {walk_i, walk_of_device_i, walk_size_i, walk_swap_i, walk_narrow_i} : 6'b0})
    );
    `TARN_ASSUME(OneAtATime, !valid[i] || !open[i == 0 ? 8'(walk_i) : Tags[i]])
    `TARN_ASSERT(GetsItsAnswersAlone, answers[i] == (rsp_valid_i && (i == 0 ? rsp_tag_i < 8'd2 : rsp_tag_i == Tags[i])))
  end
  `TARN_ASSERT(WalkGetsItsOwn, !answers[0] || 8'(rsp_walk) == rsp_tag_i)

  stream_contract #(.T(host_req_t)) u_requests (
    .clk_i, .rst_ni, .valid_i(req_valid), .ready_i, .data_i(req)
  );
  tag_contract u_tags (
    .clk_i, .rst_ni, .asked_i(req_valid && ready_i), .asked_tag_i(req.tag), .answer_valid_i(rsp_valid_i),
    .answered_i(rsp_valid_i), .answer_tag_i(rsp_tag_i), .open_o(open)
  );
  `TARN_ASSERT(TagIsOneOfThem, !req_valid || req.tag < 8'd2 || req.tag inside {[8'hf0:8'hf4]})
  `TARN_ASSERT(AddressIsALineInside, !req_valid || (req.addr[63:56] == '0 && req.addr[5:0] == '0))
  `TARN_COVER(AllUnderWay, open[1:0] == '1 && open[8'hf4:8'hf0] == '1)
endmodule : iommu_memory_port_formal
