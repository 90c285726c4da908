// Block RAM with one port: each cycle one write or one read.
// Read data comes one cycle after the read and holds until the next one; a write leaves it alone.
// Content has no reset. A write changes the lanes whose `wmask_i` bit is set.
`include "tarn_assert.svh"
module tarn_ram_1p #(
  parameter int unsigned Width    = 32,     // bits of a word, a multiple of LaneBits
  parameter int unsigned Depth    = 64,     // words, 1 or more
  parameter int unsigned LaneBits = Width,  // bits that a write-enable bit stands for
  localparam int unsigned Lanes    = Width / LaneBits,
  localparam int unsigned AddrBits = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,  // for assertions only
  input  logic                en_i,
  input  logic                we_i,
  input  logic [AddrBits-1:0] addr_i,
  input  logic [Lanes-1:0]    wmask_i,
  input  logic [Width-1:0]    wdata_i,
  output logic [Width-1:0]    rdata_o
);
  `TARN_ASSERT_INIT(DepthAllowed, Depth >= 1, "tarn_ram_1p: Depth must be 1 or more")
  `TARN_ASSERT_INIT(LanesAllowed, LaneBits >= 1 && Lanes * LaneBits == Width,
                    "tarn_ram_1p: Width must be a multiple of LaneBits")

  logic [Width-1:0] mem_q[Depth];
  logic [Width-1:0] rdata_q;

  if (Lanes == 1) begin : gen_whole
    always_ff @(posedge clk_i) begin
      if (en_i && we_i && wmask_i[0]) mem_q[addr_i] <= wdata_i;
    end
  end else begin : gen_lanes
    always_ff @(posedge clk_i) begin
      if (en_i && we_i) begin
        for (int unsigned lane = 0; lane < Lanes; lane++) begin
          if (wmask_i[lane]) mem_q[addr_i][lane*LaneBits+:LaneBits] <= wdata_i[lane*LaneBits+:LaneBits];
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i && !we_i) rdata_q <= mem_q[addr_i];
  end
  assign rdata_o = rdata_q;

  `TARN_ASSERT(AddressInRange, !en_i || {1'b0, addr_i} < (AddrBits + 1)'(Depth))
endmodule : tarn_ram_1p
