// A list of segments for software: a ring on chip, as CXL's hot list. Software reads entries from `head_i` on and moves it;
// empty when head and tail are equal. One entry a cycle comes in; when full (all places but one) it is left out, and
// `overflow_o` says so. An entry read stands on `rdata_o` in the cycle after `re_i`, with `rvalid_o`.
`include "tarn_assert.svh"
module tarn_pool_hotness_list #(
  parameter int unsigned Entries     = 256,  // power of two
  parameter int unsigned HostBits    = 2,
  parameter int unsigned SegmentBits = 12,
  localparam int unsigned PlaceBits  = $clog2(Entries)
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]                    plant_i,
`endif
  input  logic                          empty_i,       // makes it empty, at place 0; an entry of that cycle is gone as well
  input  logic                          valid_i,
  input  tarn_pool_hotness_pkg::entry_t entry_i,
  input  logic [PlaceBits-1:0]          head_i,
  input  logic [15:0]                   watermark_i,   // 0: none
  output logic [PlaceBits-1:0]          tail_o,
  output logic                          overflow_o,
  output logic                          watermark_o,   // it has just got that full
  input  logic                          re_i,
  input  logic [PlaceBits-1:0]          raddr_i,
  output logic                          rvalid_o,
  output tarn_pool_hotness_pkg::entry_t rdata_o
);
  typedef struct packed {
    logic [HostBits-1:0]    host;
    logic [SegmentBits-1:0] segment;
    logic [15:0]            value;
  } kept_t;

  logic [PlaceBits-1:0] tail_q, tail_next, count_next;
  logic full, put;
  kept_t written, read;

  assign tail_next  = tail_q + 1'b1;
  assign count_next = tail_next - head_i;
`ifdef TARN_PLANT
  assign full = tail_next == head_i && plant_i != 4'd4;  // entries not read yet are overwritten
`else
  assign full = tail_next == head_i;
`endif
  assign put         = valid_i && !full && !empty_i;
  assign overflow_o  = valid_i && full;
  assign watermark_o = valid_i && !full && 16'(count_next) == watermark_i;
  assign tail_o      = tail_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tail_q   <= '0;
      rvalid_o <= 1'b0;
    end else begin
      if (empty_i) tail_q <= '0;
      else if (put) tail_q <= tail_next;
      rvalid_o <= re_i && !rvalid_o;
    end
  end

  assign written = '{host: entry_i.host[HostBits-1:0], segment: entry_i.segment[SegmentBits-1:0], value: entry_i.value};
  assign rdata_o = '{host: 8'(read.host), segment: 32'(read.segment), value: read.value};

  tarn_ram_sdp #(.Width($bits(kept_t)), .Depth(Entries), .Collision(tarn_ram_pkg::RamAny)) u_ring (
    .clk_i, .rst_ni,
    .we_i(put), .waddr_i(tail_q), .wmask_i(1'b1), .wdata_i(written),
    .re_i, .raddr_i, .rdata_o(read)
  );

  `TARN_ASSERT_INIT(EntriesAllowed, Entries >= 2 && Entries <= 256 && Entries == 2**PlaceBits,
                    "tarn_pool_hotness: ListEntries must be a power of two, 2..256")
endmodule : tarn_pool_hotness_list
