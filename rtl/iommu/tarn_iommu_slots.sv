// The requests that are being translated, each in a slot of block RAM with its write data: the line buffer.
// A slot is taken when its request is accepted and free again once it was read out for issue. One of each per cycle.
// When all are taken, free_o is low. The word read comes a cycle later and holds until the next read.
// With Parity it comes with what of it is not as it was stored. A wrong bit there still leaves who is to be answered, and how: that
// is kept twice.
`include "tarn_assert.svh"
module tarn_iommu_slots
  import tarn_iommu_pkg::*;
#(
  parameter int unsigned Slots  = 64,  // power of two, 4..256
  parameter bit          Parity = 1'b1,
  localparam int unsigned SlotBits = $clog2(Slots)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic                free_o,     // slot_o may be taken
  output logic [SlotBits-1:0] slot_o,
  input  logic                take_i,
  input  slot_t               take_data_i,
  input  logic                inject_asks_i,  // what is stored has a wrong bit
  input  logic                inject_data_i,
  input  logic                read_i,     // frees it, too
  input  logic [SlotBits-1:0] read_slot_i,
  output slot_t               read_data_o,
  output slot_errors_t        read_errors_o,
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

  // --- content --------------------------------------------------------------------------------------------------
  typedef struct packed {
    logic                 message;
    logic                 debug;
    logic [BurstBits-1:0] burst;
    logic [7:0]           tag;
  } sender_t;
  function automatic sender_t sender_of(slot_t slot);
    return '{message: slot.message, debug: slot.debug, burst: slot.burst, tag: slot.req.tag};
  endfunction

  typedef struct packed {
    logic    sender_parity;
    sender_t sender;
    logic    asks_parity;
    logic    data_parity;
  } check_t;

  localparam int unsigned CheckBits = Parity ? $bits(check_t) : 0;
  localparam int unsigned KeptBits  = $bits(slot_t) + CheckBits;
  logic [KeptBits-1:0] stored, read;
  slot_t broken, read_slot;

  always_comb begin
    broken             = take_data_i;
    broken.req.tag[0]  = broken.req.tag[0] ^ inject_asks_i;
    broken.req.data[0] = broken.req.data[0] ^ inject_data_i;
  end

  tarn_ram_sdp #(
    .Width(KeptBits),
    .Depth(Slots),
    .Collision(tarn_ram_pkg::RamNoCollision)
  ) u_ram (
    .clk_i,
    .rst_ni,
    .we_i   (take_i),
    .waddr_i(slot_o),
    .wmask_i(1'b1),
    .wdata_i(stored),
    .re_i   (read_i),
    .raddr_i(read_slot_i),
    .rdata_o(read)
  );
  assign read_slot = read[$bits(slot_t)-1:0];

  if (Parity) begin : gen_parity
    check_t made, found;
    sender_t sender;
    logic is_asks_wrong;
    assign made = '{
      sender_parity: ^sender_of(take_data_i),
      sender:        sender_of(take_data_i),
      asks_parity:   ^take_data_i ^ ^take_data_i.req.data,
      data_parity:   ^take_data_i.req.data
    };
    assign stored        = {made, broken};
    assign found         = read[KeptBits-1-:$bits(check_t)];
    assign is_asks_wrong = found.asks_parity != (^read_slot ^ ^read_slot.req.data);
    assign read_errors_o = '{asks: is_asks_wrong, write_data: found.data_parity != ^read_slot.req.data};
    assign sender        = found.sender_parity == ^found.sender ? found.sender : sender_of(read_slot);
    always_comb begin
      read_data_o         = read_slot;
      read_data_o.message = sender.message;
      read_data_o.debug   = sender.debug;
      read_data_o.burst   = sender.burst;
      read_data_o.req.tag = sender.tag;
    end
  end else begin : gen_plain
    assign stored        = broken;
    assign read_data_o   = read_slot;
    assign read_errors_o = '0;
  end

  `TARN_ASSERT(TakesOnlyFree, !take_i || free_o)
  `TARN_ASSERT(FreesOnlyTaken, !read_i || !empty_o)
endmodule : tarn_iommu_slots
