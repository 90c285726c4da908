// One register bus (tarn_reg_pkg) to the blocks that own its address ranges; an address that no block owns is
// answered with an error, one cycle after the request.
// Latency: adds none; request and response pass combinationally (req_i to block_req_o, block_rsp_i to rsp_o).
// One access at a time, as the bus demands. Blocks see addresses relative to their own range.
`include "tarn_assert.svh"

module tarn_reg_demux #(
  parameter int unsigned NumBlocks = 2,
  // First address and size in bytes of each block's range, block 0 in the lowest bits; a size is a power of two,
  // 4..32768, the base a multiple of it.
  parameter logic [NumBlocks-1:0][15:0] Base = {16'h1000, 16'h0000},
  parameter logic [NumBlocks-1:0][15:0] Size = {16'h1000, 16'h1000}
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,

  input  logic                         req_valid_i,
  input  tarn_reg_pkg::reg_req_t       req_i,
  input  logic [NumBlocks-1:0]         block_req_ready_i,
  input  logic [NumBlocks-1:0]         block_rsp_valid_i,
  input  tarn_reg_pkg::reg_rsp_t [NumBlocks-1:0] block_rsp_i,

  output logic                         req_ready_o,
  output logic                         rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t       rsp_o,
  output logic [NumBlocks-1:0]         block_req_valid_o,
  output tarn_reg_pkg::reg_req_t       block_req_o  // to all blocks; its valid says whose it is
);
  for (genvar i = 0; i < NumBlocks; i++) begin : gen_check
    if (Size[i] < 16'd4 || (Size[i] & (Size[i] - 16'd1)) != '0) begin : gen_bad_size
      $error("tarn_reg_demux: each Size must be a power of two, 4..32768");
    end
    if ((Base[i] & (Size[i] - 16'd1)) != '0) begin : gen_bad_base
      $error("tarn_reg_demux: each Base must be a multiple of its Size");
    end
    for (genvar j = 0; j < i; j++) begin : gen_pair
      if ((Base[i] & ~(Size[j] - 16'd1)) == Base[j] || (Base[j] & ~(Size[i] - 16'd1)) == Base[i]) begin : gen_overlap
        $error("tarn_reg_demux: two ranges overlap; each address must have one owner");
      end
    end
  end

  logic [NumBlocks-1:0] owner;
  logic                 nobody_d, nobody_q;

  always_comb begin
    block_req_o = req_i;
    for (int unsigned i = 0; i < NumBlocks; i++) begin
      owner[i] = (req_i.addr & ~(Size[i] - 16'd1)) == Base[i];
      if (owner[i]) block_req_o.addr = req_i.addr & (Size[i] - 16'd1);
    end
  end

  assign nobody_d          = req_valid_i && owner == '0;
  assign block_req_valid_o = req_valid_i ? owner : '0;
  assign req_ready_o       = owner == '0 || (owner & block_req_ready_i) != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) nobody_q <= 1'b0;
    else         nobody_q <= nobody_d;
  end

  always_comb begin
    rsp_valid_o = nobody_q || block_rsp_valid_i != '0;
    rsp_o       = '{rdata: '0, error: nobody_q};
    for (int unsigned i = 0; i < NumBlocks; i++) begin
      if (block_rsp_valid_i[i]) rsp_o = block_rsp_i[i];
    end
  end

  `TARN_ASSERT(OneAnswerAtATime, $countones({nobody_q, block_rsp_valid_i}) <= 1)
endmodule
