// What an atomic leaves in memory: compare-and-swap of 4, 8 or 16 bytes, fetch-and-or / and / add / swap of 4 or 8.
// Works on the 16-byte lane of the line that holds the operand. Combinational.
// `legal_o`: the mask marks one naturally aligned operand of a size that the operation has.
// `write_o`: memory changes (a compare that fails changes nothing).
module tarn_pool_atomic (
  input  tarn_line_pkg::op_e op_i,
  input  logic [63:0]        mask_i,
  input  logic [511:0]       data_i,  // as the request brought it
  input  logic [511:0]       old_i,   // the line in memory
  output logic               legal_o,
  output logic               write_o,
  output logic [127:0]       lane_o   // the new lane; only the bytes of the mask count
);
  import tarn_line_pkg::*;

  logic [1:0] lane, compare_lane;
  logic [15:0] mask;
  logic [127:0] old, operand, compare, byte_mask, result;
  logic [3:0] words;
  logic one_lane, equal, whole_words;
  logic [63:0] old_low, operand_low, sum;

  always_comb begin
    lane = 2'd0;
    for (int unsigned i = 1; i < 4; i++) begin
      if (mask_i[16*i+:16] != '0) lane = 2'(i);
    end
  end
  assign mask         = mask_i[16*lane+:16];
  assign one_lane     = mask_i == 64'(mask) << {lane, 4'd0};
  assign compare_lane = lane ^ 2'd2;  // 32 bytes on, modulo 64
  assign old          = old_i[128*lane+:128];
  assign operand      = data_i[128*lane+:128];
  assign compare      = data_i[128*compare_lane+:128];

  for (genvar i = 0; i < 4; i++) begin : gen_words
    assign words[i] = mask[4*i+:4] == 4'hF;
    assign byte_mask[32*i+:32] = {32{mask[4*i]}};
  end
  assign whole_words = mask == {{4{words[3]}}, {4{words[2]}}, {4{words[1]}}, {4{words[0]}}};
  assign equal       = ((old ^ compare) & byte_mask) == '0;

  always_comb begin
    unique case (words)
      4'b0001, 4'b0010, 4'b0100, 4'b1000, 4'b0011, 4'b1100: legal_o = one_lane && whole_words;
      4'b1111: legal_o = one_lane && op_i == OpCompareSwap;
      default: legal_o = 1'b0;
    endcase
  end

  // The operand's words are moved down to be added, and the sum is laid over the lane again.
  always_comb begin
    unique case (words)
      4'b0010: begin
        old_low     = {32'd0, old[63:32]};
        operand_low = {32'd0, operand[63:32]};
      end
      4'b1000: begin
        old_low     = {32'd0, old[127:96]};
        operand_low = {32'd0, operand[127:96]};
      end
      4'b0100, 4'b1100: begin
        old_low     = old[127:64];
        operand_low = operand[127:64];
      end
      default: begin
        old_low     = old[63:0];
        operand_low = operand[63:0];
      end
    endcase
  end
  assign sum = old_low + operand_low;

  always_comb begin
    unique case (op_i)
      OpFetchOr: result = old | operand;
      OpFetchAnd: result = old & operand;
      OpFetchAdd: result = (words[0] && words[1]) || (words[2] && words[3]) ? {2{sum}} : {4{sum[31:0]}};
      default: result = operand;  // swap, compare-and-swap
    endcase
  end
  assign lane_o  = result;
  assign write_o = legal_o && (op_i != OpCompareSwap || equal);
endmodule : tarn_pool_atomic
