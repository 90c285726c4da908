// tarn_ram_sdp with a parity bit for each lane: with the data comes which of its lanes are not as they were written.
// A lane that was never written has any parity. Without Parity it is the plain RAM, and error_o is 0.
// inject_i, with a write: its lanes are stored with a wrong bit, to try what happens then.
`include "tarn_assert.svh"
module tarn_ram_sdp_parity #(
  parameter bit          Parity   = 1'b1,
  parameter int unsigned Width    = 32,     // bits of a word, a multiple of LaneBits
  parameter int unsigned Depth    = 64,     // words, 1 or more
  parameter int unsigned LaneBits = Width,  // bits that a write-enable bit and a parity bit stand for
  parameter tarn_ram_pkg::collision_e Collision = tarn_ram_pkg::RamReadOld,
  parameter bit          Block    = 1'b0,   // in block RAM, however few the words
  localparam int unsigned Lanes    = Width / LaneBits,
  localparam int unsigned AddrBits = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,  // for assertions only
  input  logic                we_i,
  input  logic [AddrBits-1:0] waddr_i,
  input  logic [Lanes-1:0]    wmask_i,
  input  logic [Width-1:0]    wdata_i,
  input  logic                inject_i,
  input  logic                re_i,
  input  logic [AddrBits-1:0] raddr_i,
  output logic [Width-1:0]    rdata_o,
  output logic [Lanes-1:0]    error_o
);
  localparam int unsigned KeptBits = LaneBits + (Parity ? 1 : 0);

  logic [Lanes-1:0][KeptBits-1:0] wdata, rdata;

  tarn_ram_sdp #(
    .Width(Lanes * KeptBits),
    .Depth(Depth),
    .LaneBits(KeptBits),
    .Collision(Collision),
    .Block(Block)
  ) u_ram (
    .clk_i,
    .rst_ni,
    .we_i,
    .waddr_i,
    .wmask_i,
    .wdata_i(wdata),
    .re_i,
    .raddr_i,
    .rdata_o(rdata)
  );

  for (genvar lane = 0; lane < Lanes; lane++) begin : gen_lane
    assign rdata_o[lane*LaneBits+:LaneBits] = rdata[lane][LaneBits-1:0];
    if (Parity) begin : gen_parity
      assign wdata[lane]   = {^wdata_i[lane*LaneBits+:LaneBits], wdata_i[lane*LaneBits+:LaneBits] ^ LaneBits'(inject_i)};
      assign error_o[lane] = ^rdata[lane];
    end else begin : gen_plain
      logic unused_inject;
      assign unused_inject = inject_i;
      assign wdata[lane]   = wdata_i[lane*LaneBits+:LaneBits];
      assign error_o[lane] = 1'b0;
    end
  end
endmodule : tarn_ram_sdp_parity
