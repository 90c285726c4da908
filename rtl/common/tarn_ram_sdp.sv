// Simple dual-port block RAM: each cycle one write and one read, of any two words.
// Read data comes one cycle after the read and holds until the next one. Content has no reset.
// A write changes the lanes whose `wmask_i` bit is set. Collision says what a read of the word being written gets.
`include "tarn_assert.svh"
module tarn_ram_sdp #(
  parameter int unsigned Width    = 32,     // bits of a word, a multiple of LaneBits
  parameter int unsigned Depth    = 64,     // words, 1 or more
  parameter int unsigned LaneBits = Width,  // bits that a write-enable bit stands for
  parameter tarn_ram_pkg::collision_e Collision = tarn_ram_pkg::RamReadOld,
  parameter bit          Block    = 1'b0,   // in block RAM, however few the words; else as synthesis finds best
  localparam int unsigned Lanes    = Width / LaneBits,
  localparam int unsigned AddrBits = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,  // for assertions only
  input  logic                we_i,
  input  logic [AddrBits-1:0] waddr_i,
  input  logic [Lanes-1:0]    wmask_i,
  input  logic [Width-1:0]    wdata_i,
  input  logic                re_i,
  input  logic [AddrBits-1:0] raddr_i,
  output logic [Width-1:0]    rdata_o
);
  `TARN_ASSERT_INIT(DepthAllowed, Depth >= 1, "tarn_ram_sdp: Depth must be 1 or more")
  `TARN_ASSERT_INIT(LanesAllowed, LaneBits >= 1 && Lanes * LaneBits == Width,
                    "tarn_ram_sdp: Width must be a multiple of LaneBits")

  logic [Width-1:0] rdata_q;
  // A collision that cannot happen, or that nobody minds, needs no logic around the block RAM: the attribute tells synthesis.
  if (Collision == tarn_ram_pkg::RamNoCollision || Collision == tarn_ram_pkg::RamAny) begin : gen_ram
    (* no_rw_check, ram_style = Block ? "block" : "auto" *) logic [Width-1:0] mem_q[Depth];
    always_ff @(posedge clk_i) begin
      for (int unsigned lane = 0; lane < Lanes; lane++) begin
        if (we_i && wmask_i[lane]) mem_q[waddr_i][lane*LaneBits+:LaneBits] <= wdata_i[lane*LaneBits+:LaneBits];
      end
    end
    always_ff @(posedge clk_i) begin
      if (re_i) rdata_q <= mem_q[raddr_i];
    end
  end else begin : gen_ram
    (* ram_style = Block ? "block" : "auto" *) logic [Width-1:0] mem_q[Depth];
    always_ff @(posedge clk_i) begin
      for (int unsigned lane = 0; lane < Lanes; lane++) begin
        if (we_i && wmask_i[lane]) mem_q[waddr_i][lane*LaneBits+:LaneBits] <= wdata_i[lane*LaneBits+:LaneBits];
      end
    end
    always_ff @(posedge clk_i) begin
      if (re_i) rdata_q <= mem_q[raddr_i];
    end
  end

  if (Collision == tarn_ram_pkg::RamReadNew) begin : gen_bypass
    logic [Lanes-1:0] bypass_q;
    logic [Width-1:0] wdata_q;
    always_ff @(posedge clk_i) begin
      if (re_i) begin
        bypass_q <= we_i && waddr_i == raddr_i ? wmask_i : '0;
        wdata_q  <= wdata_i;
      end
    end
    for (genvar lane = 0; lane < Lanes; lane++) begin : gen_lane
      assign rdata_o[lane*LaneBits+:LaneBits] =
          bypass_q[lane] ? wdata_q[lane*LaneBits+:LaneBits] : rdata_q[lane*LaneBits+:LaneBits];
    end
`ifndef SYNTHESIS
  end else if (Collision == tarn_ram_pkg::RamAny) begin : gen_spoilt
    logic [Lanes-1:0] spoilt_q;
    always_ff @(posedge clk_i) begin
      if (re_i) spoilt_q <= we_i && waddr_i == raddr_i ? wmask_i : '0;
    end
    for (genvar lane = 0; lane < Lanes; lane++) begin : gen_lane
      assign rdata_o[lane*LaneBits+:LaneBits] = rdata_q[lane*LaneBits+:LaneBits] ^ {LaneBits{spoilt_q[lane]}};
    end
`endif
  end else begin : gen_direct
    assign rdata_o = rdata_q;
  end

  if (Collision == tarn_ram_pkg::RamNoCollision) begin : gen_check
    `TARN_ASSERT(NoCollision, !(we_i && re_i && waddr_i == raddr_i))
  end
  `TARN_ASSERT(WriteInRange, !we_i || {1'b0, waddr_i} < (AddrBits + 1)'(Depth))
  `TARN_ASSERT(ReadInRange, !re_i || {1'b0, raddr_i} < (AddrBits + 1)'(Depth))
endmodule : tarn_ram_sdp
