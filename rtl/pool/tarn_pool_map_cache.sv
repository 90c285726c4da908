// On-chip cache of map entries: set-associative, always clean (each change also goes to memory at once), so that an
// entry may leave at any time, and one whose parity is wrong is simply not there.
// One pass a cycle: asked in cycle 0, `hit_o` and `entry_o` in cycle 1, where the entry may be changed (`write_i`) or, if it
// was not there, put in (`install_i`). What is written in cycle 1 is seen by the pass that is in cycle 0 then.
// An entry that comes in takes the place of a spoilt or empty one, or of the next in turn that `locked_*_i` does not name.
// After reset the sets are emptied, one a cycle (`ready_o` is low meanwhile).
`include "tarn_assert.svh"
module tarn_pool_map_cache #(
  parameter int unsigned HostBits    = 2,
  parameter int unsigned SegmentBits = 12,
  parameter int unsigned EntryBits   = 62,
  parameter int unsigned Sets        = 256,  // power of two, at most 2**SegmentBits
  parameter int unsigned Ways        = 4,    // 2 or more
  parameter int unsigned NumLocks    = 8,
  parameter bit          Parity      = 1'b1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  output logic                   ready_o,
  // Cycle 0.
  input  logic                   read_i,
  input  logic [HostBits-1:0]    host_i,
  input  logic [SegmentBits-1:0] segment_i,
  // Cycle 1: of what was asked for.
  output logic                   hit_o,
  output logic [EntryBits-1:0]   entry_o,
  input  logic                   write_i,         // only of a hit
  input  logic                   install_i,
  output logic                   room_o,          // it can be put in
  input  logic [EntryBits-1:0]   entry_i,
  input  logic                   spoil_i,         // stores a wrong bit (tests only)
  output logic                   parity_error_o,
  // Entries that must stay.
  input  logic [NumLocks-1:0]    locked_i,
  input  logic [HostBits-1:0]    locked_host_i[NumLocks],
  input  logic [SegmentBits-1:0] locked_segment_i[NumLocks]
);
  localparam int unsigned SetBits = Sets > 1 ? $clog2(Sets) : 1;
  localparam int unsigned SetShift = $clog2(Sets);
  localparam int unsigned TagBits = HostBits + SegmentBits - SetShift;
  localparam int unsigned WayBits = $clog2(Ways);

  typedef struct packed {
    logic                 parity;
    logic                 valid;
    logic [TagBits-1:0]   tag;
    logic [EntryBits-1:0] entry;
  } word_t;

  `TARN_ASSERT_INIT(SetsAllowed, Sets == 2**SetShift && SetShift <= SegmentBits,
                    "tarn_pool_map_cache: Sets must be a power of two, at most 2**SegmentBits")
  `TARN_ASSERT_INIT(WaysAllowed, Ways >= 2, "tarn_pool_map_cache: Ways must be 2 or more")

  // Hosts use the low segments of their windows most: each host counts its sets from another one on.
  function automatic logic [SetBits-1:0] set_of(logic [HostBits-1:0] host, logic [SegmentBits-1:0] segment);
    logic [SetBits-1:0] reversed;
    if (Sets == 1) return '0;
    reversed = '0;
    for (int unsigned i = 0; i < HostBits && i < SetBits; i++) reversed[SetBits-1-i] = host[i];
    return SetBits'(segment) ^ reversed;
  endfunction
  // With the host in the tag, set and tag stand for one (host, segment).
  function automatic logic [TagBits-1:0] tag_of(logic [HostBits-1:0] host, logic [SegmentBits-1:0] segment);
    return TagBits'({host, segment} >> SetShift);
  endfunction
  // ---- Emptying after reset ---------------------------------------------------------------------------------------
  logic [SetShift:0] clear_q;
  logic clearing;
  assign clearing = !clear_q[SetShift];
  assign ready_o  = !clearing;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) clear_q <= '0;
    else if (clearing) clear_q <= clear_q + 1'b1;
  end

  // ---- Read and compare -------------------------------------------------------------------------------------------
  logic [SetBits-1:0] set, set_q;
  logic [TagBits-1:0] tag_q;
  logic valid_q;
  word_t stored[Ways], word[Ways];
  word_t word_d, word_q;
  logic [Ways-1:0] ram_write, written_q;
  logic [Ways-1:0] match, empty, bad, locked, write_way, victim_way;
  logic [WayBits-1:0] turn_q, victim;
  logic [Ways-1:0] candidates, unused_grant;

  assign set = set_of(host_i, segment_i);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= read_i;
  end
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      set_q <= set;
      tag_q <= tag_of(host_i, segment_i);
    end
  end

  // Of a word that is written while it is read the ways share one copy: it is as wide as an entry.
  assign ram_write = clearing ? '1 : write_way;
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      written_q <= set == set_q && !clearing ? write_way : '0;
      if (write_way != '0) word_q <= word_d;
    end
  end
  for (genvar w = 0; w < Ways; w++) begin : gen_ways
    tarn_ram_sdp #(.Width($bits(word_t)), .Depth(Sets), .Collision(tarn_ram_pkg::RamAny)) u_ram (
      .clk_i, .rst_ni,
      .we_i(ram_write[w]), .waddr_i(clearing ? SetBits'(clear_q) : set_q), .wmask_i(1'b1), .wdata_i(word_d),
      .re_i(read_i), .raddr_i(set), .rdata_o(stored[w])
    );
    assign word[w]    = written_q[w] ? word_q : stored[w];
    assign bad[w]     = Parity && word[w].valid && (^word[w]);
    assign empty[w]   = !word[w].valid || bad[w];
    assign match[w] = !empty[w] && word[w].tag == tag_q;
  end
  assign hit_o          = match != '0;
  assign parity_error_o = valid_q && bad != '0;
  always_comb begin
    entry_o = '0;
    for (int unsigned w = 0; w < Ways; w++) if (match[w]) entry_o |= word[w].entry;
  end

  // ---- Write ------------------------------------------------------------------------------------------------------
  always_comb begin
    locked = '0;
    for (int unsigned i = 0; i < NumLocks; i++) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        if (locked_i[i] && set_of(locked_host_i[i], locked_segment_i[i]) == set_q
            && tag_of(locked_host_i[i], locked_segment_i[i]) == word[w].tag) begin
          locked[w] = 1'b1;
        end
      end
    end
  end
  assign candidates = bad != '0 ? bad : (empty != '0 ? empty : ~locked);
  tarn_pick_next #(.N(Ways)) u_victim (.req_i(candidates), .last_i(turn_q), .grant_o(unused_grant), .index_o(victim));
  assign room_o = candidates != '0;
  always_comb begin
    victim_way = '0;
    victim_way[victim] = 1'b1;
  end
  assign write_way = install_i ? victim_way : write_i ? match : '0;
  always_comb begin
    word_d = '0;
    if (!clearing) begin
      word_d.parity = ^{1'b1, tag_q, entry_i};
      word_d.valid  = 1'b1;
      word_d.tag    = tag_q;
      word_d.entry  = entry_i ^ EntryBits'(spoil_i);
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) turn_q <= '0;
    else if (install_i) turn_q <= victim;
  end

  `TARN_ASSERT(EmptiedBeforeItIsRead, !read_i || !clearing)
  `TARN_ASSERT(OneMatch, !valid_q || (match & (match - 1'b1)) == '0)
  `TARN_ASSERT(WriteHits, !write_i || (valid_q && hit_o))
  `TARN_ASSERT(InstallMisses, !install_i || (valid_q && !hit_o && room_o))
endmodule : tarn_pool_map_cache
