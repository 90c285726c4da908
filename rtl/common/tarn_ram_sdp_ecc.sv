// tarn_ram_sdp with check bits for each lane: one wrong bit of a lane is put right as it is read, more are reported as lost. The report
// stands for one cycle, the one after `re_i`. A word that was never written reports anything: clear it first, or do not read it.
// Without Ecc it is the plain RAM.
// inject_i: the lanes of the next word written are stored with so many wrong bits, to try what happens then.
`include "tarn_assert.svh"
module tarn_ram_sdp_ecc #(
  parameter bit          Ecc      = 1'b1,
  parameter int unsigned Width    = 32,     // bits of a word, a multiple of LaneBits
  parameter int unsigned Depth    = 64,     // words, 1 or more
  parameter int unsigned LaneBits = Width,  // bits that a write-enable bit and check bits stand for
  parameter tarn_ram_pkg::collision_e Collision = tarn_ram_pkg::RamReadOld,
  parameter bit          Block    = 1'b0,   // in block RAM, however few the words
  localparam int unsigned Lanes    = Width / LaneBits,
  localparam int unsigned AddrBits = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                we_i,
  input  logic [AddrBits-1:0] waddr_i,
  input  logic [Lanes-1:0]    wmask_i,
  input  logic [Width-1:0]    wdata_i,
  input  logic [1:0]          inject_i,
  input  logic                re_i,
  input  logic [AddrBits-1:0] raddr_i,
  output logic [Width-1:0]    rdata_o,
  output logic                corrected_o,  // of any lane
  output logic                lost_o
);
  localparam int unsigned KeptBits = LaneBits + (Ecc ? tarn_secded_pkg::check_bits(LaneBits) : 0);

  `TARN_ASSERT_INIT(CollisionAllowed, Collision != tarn_ram_pkg::RamAny, "tarn_ram_sdp_ecc: a lane that is not looked at must not be reported")

  logic [Lanes-1:0][KeptBits-1:0] kept, wdata, rdata;
  logic [Lanes-1:0] corrected, lost;
  logic [KeptBits-1:0] flips;

  tarn_ram_sdp #(.Width(Lanes * KeptBits), .Depth(Depth), .LaneBits(KeptBits), .Collision(Collision), .Block(Block)) u_ram (
    .clk_i, .rst_ni, .we_i, .waddr_i, .wmask_i, .wdata_i(wdata), .re_i, .raddr_i, .rdata_o(rdata)
  );
  for (genvar lane = 0; lane < Lanes; lane++) begin : gen_lane
    tarn_secded #(.Ecc(Ecc), .Width(LaneBits)) u_code (
      .data_i(wdata_i[lane*LaneBits+:LaneBits]), .kept_o(kept[lane]), .stored_i(rdata[lane]),
      .data_o(rdata_o[lane*LaneBits+:LaneBits]), .corrected_o(corrected[lane]), .lost_o(lost[lane])
    );
    assign wdata[lane] = kept[lane] ^ flips;
  end

  if (Ecc) begin : gen_reports
    logic read_q;
    logic [1:0] inject_q;
    assign flips       = KeptBits'({inject_q == 2'd2, inject_q != '0});
    assign corrected_o = read_q && corrected != '0;
    assign lost_o      = read_q && lost != '0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        read_q   <= 1'b0;
        inject_q <= '0;
      end else begin
        read_q <= re_i;
        if (inject_i != '0) inject_q <= inject_i;
        else if (we_i) inject_q <= '0;
      end
    end
  end else begin : gen_none
    logic unused;
    assign unused      = &{inject_i, corrected, lost};
    assign flips       = '0;
    assign corrected_o = 1'b0;
    assign lost_o      = 1'b0;
  end
endmodule : tarn_ram_sdp_ecc
