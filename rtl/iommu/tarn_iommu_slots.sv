// The requests that are being translated, each in a slot of block RAM with its write data: the line buffer.
// A slot is taken when its request is accepted and free again once it was read out for issue. One of each per cycle.
// When all are taken, free_o is low. The word read comes a cycle later and holds until the next read.
`include "tarn_assert.svh"
module tarn_iommu_slots
  import tarn_iommu_pkg::*;
#(
  parameter int unsigned Slots = 64,  // power of two, 4..256
  localparam int unsigned SlotBits = $clog2(Slots)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic                free_o,     // slot_o may be taken
  output logic [SlotBits-1:0] slot_o,
  input  logic                take_i,
  input  slot_t               take_data_i,
  input  logic                read_i,     // frees it, too
  input  logic [SlotBits-1:0] read_slot_i,
  output slot_t               read_data_o,
  output logic                empty_o     // no slot is taken
);
  `TARN_ASSERT_INIT(SlotsAllowed, Slots >= 4 && Slots <= 256 && Slots == 2 ** $clog2(Slots),
                    "tarn_iommu_slots: Slots must be a power of two, 4..256")

  // Slots that were never taken are given out by a counter, the others come back through a queue: no reset loop.
  logic [SlotBits:0] fresh_q;
  logic [SlotBits-1:0] freed_q[Slots];
  logic [SlotBits-1:0] freed_rd_q, freed_wr_q;
  logic [SlotBits:0] used_q;
  logic is_fresh;

  assign is_fresh = !fresh_q[SlotBits];
  assign free_o   = !used_q[SlotBits];
  assign empty_o  = used_q == '0;
  assign slot_o   = is_fresh ? fresh_q[SlotBits-1:0] : freed_q[freed_rd_q];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fresh_q    <= '0;
      used_q     <= '0;
      freed_rd_q <= '0;
      freed_wr_q <= '0;
    end else begin
      if (take_i && is_fresh) fresh_q <= fresh_q + 1'b1;
      if (take_i && !is_fresh) freed_rd_q <= freed_rd_q + 1'b1;
      if (read_i) freed_wr_q <= freed_wr_q + 1'b1;
      if (take_i != read_i) used_q <= take_i ? used_q + 1'b1 : used_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (read_i) freed_q[freed_wr_q] <= read_slot_i;
  end

  tarn_ram_sdp #(
    .Width($bits(slot_t)),
    .Depth(Slots),
    .Collision(tarn_ram_pkg::RamNoCollision)
  ) u_ram (
    .clk_i,
    .rst_ni,
    .we_i   (take_i),
    .waddr_i(slot_o),
    .wmask_i(1'b1),
    .wdata_i(take_data_i),
    .re_i   (read_i),
    .raddr_i(read_slot_i),
    .rdata_o(read_data_o)
  );

  `TARN_ASSERT(TakesOnlyFree, !take_i || free_o)
  `TARN_ASSERT(FreesOnlyTaken, !read_i || !empty_o)
endmodule : tarn_iommu_slots
