// The chunk buffer of a module, fast cells between the channel interface and the memory control section: the fast portion of the module's
// lines, lines that came from devices until they are sent, and written lines on their way to a device.
// A beat read in one clock is on the pins two clocks later. Both sides work at once, a word a clock each.
`include "tarn_assert.svh"
module tarn_channel_module_buffer
  import tarn_channel_module_pkg::*;
  import tarn_module_pkg::*;
  import tarn_dfi_pkg::*;
#(
  parameter int unsigned ReadTags     = 48,
  parameter int unsigned WriteTags    = 16,
  parameter int unsigned FastLineBits = 13
) (
  input  logic    clk_i,
  input  logic    rst_ni,
  // channel side
  input  logic    read_valid_i,
  input  beat_t   read_beat_i,
  input  place_t  read_i,
  input  logic    write_valid_i,
  input  beat_t   write_beat_i,
  input  place_t  write_i,
  input  dfi_wr_t dfi_wr_i,
  output dfi_rd_t dfi_rd_o,  // zero while the module does not drive the bus
  output logic    filled_o,  // the last word of a slow write is stored with this clock's edge
  output tag_t    filled_tag_o,
  // module side: a word of a read from its device
  input  logic    returned_i,
  input  tag_t    returned_tag_i,
  input  beat_t   returned_beat_i,
  input  module_word_t   returned_word_i,
  // a word of a write is wanted; it comes a clock later and holds
  input  logic    wanted_i,
  input  tag_t    wanted_tag_i,
  input  beat_t   wanted_beat_i,
  output module_word_t   wanted_word_o,
  output lanes_t  wanted_lanes_o
);
  localparam int unsigned ReadAddrBits  = $clog2(ReadTags) + BeatBits;
  localparam int unsigned WriteAddrBits = WriteTags > 1 ? $clog2(WriteTags) + BeatBits : BeatBits;
  typedef logic [ReadAddrBits-1:0]  read_addr_t;
  typedef logic [WriteAddrBits-1:0] write_addr_t;

  function automatic read_addr_t read_addr(tag_t tag, beat_t beat);
    return read_addr_t'({tag, beat});
  endfunction
  function automatic write_addr_t write_addr(tag_t tag, beat_t beat);
    return write_addr_t'({tag - tag_t'(FirstWriteTag), beat});
  endfunction

  module_word_t  written, fast_word, sent_word;
  lanes_t lanes;
  assign written = {dfi_wr_i.check1, dfi_wr_i.check0, dfi_wr_i.beat1, dfi_wr_i.beat0};
  assign lanes   = {{2{!dfi_wr_i.check_mask}}, ~dfi_wr_i.mask1, ~dfi_wr_i.mask0};

  // The fast portion. A line's read and write lie apart on the bus, and so here.
  tarn_ram_sdp #(
    .Width($bits(module_word_t)), .Depth(ModuleBeats << FastLineBits), .LaneBits(8), .Collision(tarn_ram_pkg::RamNoCollision)
  ) u_fast (
    .clk_i, .rst_ni,
    .we_i(write_valid_i && !write_i.slow && !write_i.lost), .waddr_i({write_i.line[FastLineBits-1:0], write_beat_i}), .wmask_i(lanes), .wdata_i(written),
    .re_i(read_valid_i && !read_i.slow), .raddr_i({read_i.line[FastLineBits-1:0], read_beat_i}), .rdata_o(fast_word)
  );
  // Lines from devices: a tag's is not sent before it is there, nor asked for again before it is sent.
  tarn_ram_sdp #(
    .Width($bits(module_word_t)), .Depth(ModuleBeats * ReadTags), .Collision(tarn_ram_pkg::RamNoCollision)
  ) u_returned (
    .clk_i, .rst_ni,
    .we_i(returned_i), .waddr_i(read_addr(returned_tag_i, returned_beat_i)), .wmask_i(1'b1), .wdata_i(returned_word_i),
    .re_i(read_valid_i && read_i.slow), .raddr_i(read_addr(read_i.tag, read_beat_i)), .rdata_o(sent_word)
  );
  // Written lines: a device gets none before it is whole.
  tarn_ram_sdp #(
    .Width($bits(lanes_t) + $bits(module_word_t)), .Depth(ModuleBeats * WriteTags), .Collision(tarn_ram_pkg::RamNoCollision)
  ) u_written (
    .clk_i, .rst_ni,
    .we_i(write_valid_i && write_i.slow), .waddr_i(write_addr(write_i.tag, write_beat_i)), .wmask_i(1'b1), .wdata_i({lanes, written}),
    .re_i(wanted_i), .raddr_i(write_addr(wanted_tag_i, wanted_beat_i)), .rdata_o({wanted_lanes_o, wanted_word_o})
  );
  assign filled_o     = write_valid_i && write_i.slow && write_beat_i == beat_t'(ModuleBeats - 1);
  assign filled_tag_o = write_i.tag;

  // To the pins
  logic    valid_q, slow_q, lost_q;
  tag_t    tag_q;
  module_word_t   word;
  dfi_rd_t rd_q;
  assign word = lost_q ? '1 : slow_q ? sent_word : fast_word;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      rd_q    <= '0;
    end else begin
      valid_q <= read_valid_i;
      rd_q    <= valid_q ? {1'b1, tag_q, word} : '0;
    end
  end
  always_ff @(posedge clk_i) begin
    slow_q <= read_i.slow;
    lost_q <= read_i.lost;
    tag_q  <= read_i.tag;
  end
  assign dfi_rd_o = rd_q;

  `TARN_ASSERT(WriteDataIsThere, !write_valid_i || dfi_wr_i.valid)
endmodule : tarn_channel_module_buffer
