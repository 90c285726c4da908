// The map from (host, segment) to what is known of the segment. It stands in the channel's memory behind the slots; a cache
// of its entries, and a few fetches from memory and writes to it under way at once, stand here: on-chip bits
// do not grow with what is promised to hosts.
// A pass asks in cycle 0 and has the entry in cycle 1 (`hit_o`), where it may change it. Changes go to the cache and to memory;
// memory is behind by the few entries that stand in `tarn_pool_map_write`, from which no fetch takes its entry before they
// are written.
// Order at the channel: an entry's write and a later fetch of it leave through the same class port in that order.
`include "tarn_assert.svh"
module tarn_pool_map #(
  parameter int unsigned NumHosts        = 4,
  parameter int unsigned SegmentsPerHost = 262144,
  parameter int unsigned EntryBits       = 62,
  parameter logic [EntryBits-1:0] LostEntry = '0,  // stands for an entry that memory lost
  parameter logic [33:0] FirstLine       = '0,     // of the channel's memory
  parameter int unsigned CacheSets       = 256,
  parameter int unsigned CacheWays       = 4,
  parameter int unsigned NumFetches      = 8,      // 2..8
  parameter int unsigned NumWrites       = 8,      // 3..16
  parameter bit          Parity          = 1'b1,
  localparam int unsigned HostBits    = NumHosts > 1 ? $clog2(NumHosts) : 1,
  localparam int unsigned SegmentBits = SegmentsPerHost > 1 ? $clog2(SegmentsPerHost) : 1,
  localparam int unsigned FetchBits   = $clog2(NumFetches)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
`ifdef TARN_PLANT
  input  logic [1:0]              plant_i,         // tests only: 1 a fetch does not wait for its entry's write, 2 nor does a write
`endif
  output logic                    ready_o,         // passes may start
  output logic                    write_room_o,    // also those that change entries
  output logic                    idle_o,
  input  logic [24:0]             segments_i[NumHosts],
  // Cycle 0.
  input  logic                    read_i,
  input  tarn_pool_pkg::host_t    host_i,
  input  tarn_pool_pkg::segment_t segment_i,
  input  logic                    read_fetched_i,  // what this fetch brought, too: the pass installs it
  input  logic [FetchBits-1:0]    read_fetch_i,
  // Cycle 1.
  output logic                    hit_o,
  output logic [EntryBits-1:0]    entry_o,
  input  logic                    write_i,
  input  logic [EntryBits-1:0]    entry_i,
  input  logic                    install_i,       // what the fetch brought
  output logic                    room_o,
  input  logic                    spoil_i,         // stores a wrong bit in the cache (tests only)
  // Fetches, in cycle 1: of the pass's segment, if one has it.
  output logic                    fetching_o,
  output logic                    serving_o,
  output logic                    held_o,          // fetching, serving or kept for who comes again
  output logic [FetchBits-1:0]    fetch_o,         // which; of the next one that begins if none has it
  output logic                    full_o,          // no new request, until those that wait for some fetch are served
  output logic [1:0]              fetch_free_o,    // one may be taken by [0] hosts' requests, [1] others
  input  logic                    begin_i,
  input  logic                    linger_i,
  input  logic                    touched_i,
  input  logic [NumFetches-1:0]   list_filled_i,
  output logic [NumFetches-1:0]   pass_valid_o,
  output tarn_pool_pkg::pass_t    pass_o[NumFetches],
  output tarn_pool_pkg::hold_t    hold_o[NumFetches],
  input  logic [NumFetches-1:0]   pass_take_i,
  input  logic [NumFetches-1:0]   outcome_valid_i,
  input  tarn_pool_pkg::result_e  result_i,
  // Memory.
  output logic                    access_valid_o,
  output tarn_pool_pkg::map_access_t access_o,
  input  logic                    access_take_i,
  input  logic                    slot_rsp_valid_i,  // any answer of the channel
  input  tarn_line_pkg::slot_rsp_t slot_rsp_i,
  // What is counted.
  output logic                    fetched_o,
  output logic                    lost_o,          // a line of the map was poison
  output logic                    parity_error_o
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;

  localparam int unsigned EntryBytes     = EntryBits <= 8 ? 1 : 2 ** $clog2((EntryBits + 7) / 8);
  localparam int unsigned EntryLines     = EntryBytes > LineBytes ? EntryBytes / LineBytes : 1;
  localparam int unsigned EntriesPerLine = EntryBytes > LineBytes ? 1 : LineBytes / EntryBytes;
  localparam int unsigned PlaceBytes     = LineBytes / EntriesPerLine;  // of a line, that an entry has
  localparam int unsigned HostLines      = tarn_pool_pkg::map_host_lines(EntryBits, SegmentsPerHost);
  localparam int unsigned ClearLineBits  = $clog2(HostLines) + 1;
  localparam int unsigned WriteBits      = $clog2(NumWrites);

  `TARN_ASSERT_INIT(EntryFits, EntryLines <= 4, "tarn_pool_map: an entry has 2048 bits at most")
  `TARN_ASSERT_INIT(EntryFillsItsLines, EntryBits > 512 * (EntryLines - 1), "tarn_pool_map: an entry must reach into its last line")
  `TARN_ASSERT_INIT(FetchesAllowed, NumFetches >= 2 && NumFetches <= 8, "tarn_pool_map: NumFetches must be 2..8")
  `TARN_ASSERT_INIT(WritesAllowed, NumWrites >= 3 && NumWrites <= 16, "tarn_pool_map: NumWrites must be 3..16")

  function automatic logic [33:0] line_of(host_t host, segment_t segment, logic [1:0] line);
    return FirstLine + 34'(host) * 34'(HostLines) + 34'(segment) / 34'(EntriesPerLine) * 34'(EntryLines) + 34'(line);
  endfunction
  function automatic logic [63:0] mask_of(segment_t segment);
    logic [63:0] place;
    place = {64{1'b1}} >> (64 - PlaceBytes);
    return place << (32'(segment) % EntriesPerLine * PlaceBytes);
  endfunction
  function automatic logic [511:0] every_place(logic [511:0] entry);
    return {EntriesPerLine{entry[PlaceBytes*8-1:0]}};
  endfunction

  logic [1:0] plant;
`ifdef TARN_PLANT
  assign plant = plant_i;
`else
  assign plant = '0;
`endif

  // ---- Cache ------------------------------------------------------------------------------------------------------
  logic cache_ready, clear_done, map_ready_q;
  logic [NumFetches-1:0] lock;
  host_t fetch_host[NumFetches];
  segment_t fetch_segment[NumFetches];
  logic [HostBits-1:0] lock_host[NumFetches];
  logic [SegmentBits-1:0] lock_segment[NumFetches];
  logic [EntryBits-1:0] fetched;  // what it brought
  host_t host_q;
  segment_t segment_q;

  for (genvar f = 0; f < NumFetches; f++) begin : gen_locks
    assign lock_host[f]    = fetch_host[f][HostBits-1:0];
    assign lock_segment[f] = fetch_segment[f][SegmentBits-1:0];
  end
  tarn_pool_map_cache #(
    .HostBits(HostBits), .SegmentBits(SegmentBits), .EntryBits(EntryBits), .Sets(CacheSets), .Ways(CacheWays),
    .NumLocks(NumFetches), .Parity(Parity)
  ) u_cache (
    .clk_i, .rst_ni, .ready_o(cache_ready),
    .read_i, .host_i(host_i[HostBits-1:0]), .segment_i(segment_i[SegmentBits-1:0]),
    .hit_o, .entry_o, .write_i, .install_i, .room_o, .entry_i(install_i ? fetched : entry_i), .spoil_i,
    .parity_error_o, .locked_i(lock), .locked_host_i(lock_host), .locked_segment_i(lock_segment)
  );
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      host_q    <= host_i;
      segment_q <= segment_i;
    end
  end
  // A window that grows stops the passes until its part of the map is there.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) map_ready_q <= 1'b0;
    else map_ready_q <= cache_ready && clear_done;
  end
  assign ready_o = map_ready_q && clear_done;

  // ---- Fetches ----------------------------------------------------------------------------------------------------
  logic [NumFetches-1:0] fetch_idle, fetching, serving, own, fetch_read, fetch_heal, fetch_wants, fetch_take, fetch_rsp, full;
  logic [NumFetches-1:0] begins, lingers, touches;
  logic [FetchBits-1:0] owner, next;
  logic [1:0] fetch_line[NumFetches];
  logic [NumWrites-1:0] write_busy;
  host_t write_host[NumWrites];
  segment_t write_segment[NumWrites];

  always_comb begin
    owner = '0;
    next  = '0;
    for (int f = NumFetches - 1; f >= 0; f--) begin
      own[f] = !fetch_idle[f] && fetch_host[f] == host_q && fetch_segment[f] == segment_q;
      if (own[f]) owner = FetchBits'(f);
      if (fetch_idle[f]) next = FetchBits'(f);
    end
  end
  assign held_o          = own != '0;
  assign fetching_o      = (own & fetching) != '0;
  assign serving_o       = (own & serving) != '0;
  assign fetch_o         = held_o ? owner : next;
  assign fetch_free_o[1] = fetch_idle != '0;
  assign fetch_free_o[0] = (fetch_idle & (fetch_idle - 1'b1)) != '0;  // one is left for walks, victims, …
  assign fetched_o       = install_i;
  assign full_o          = full != '0;
  always_comb begin
    begins  = '0;
    begins[next] = begin_i;
    lingers = linger_i ? own : '0;
    if (begin_i && linger_i) lingers[next] = 1'b1;
    touches = touched_i ? own : '0;
  end

  for (genvar f = 0; f < NumFetches; f++) begin : gen_fetches
    logic write_under_way;
    always_comb begin
      write_under_way = 1'b0;
      for (int unsigned w = 0; w < NumWrites; w++) begin
        if (write_busy[w] && write_host[w] == fetch_host[f] && write_segment[w] == fetch_segment[f]) begin
          write_under_way = 1'b1;
        end
      end
    end
    tarn_pool_map_fetch #(.EntryLines(EntryLines)) u_fetch (
      .clk_i, .rst_ni, .begin_i(begins[f]), .host_i(host_q), .segment_i(segment_q),
      .linger_i(lingers[f]), .touched_i(touches[f]),
      .idle_o(fetch_idle[f]), .fetching_o(fetching[f]), .serving_o(serving[f]), .full_o(full[f]), .lock_o(lock[f]),
      .host_o(fetch_host[f]), .segment_o(fetch_segment[f]), .list_filled_i(list_filled_i[f]),
      .pass_valid_o(pass_valid_o[f]), .pass_o(pass_o[f]), .pass_take_i(pass_take_i[f]),
      .outcome_valid_i(outcome_valid_i[f]), .result_i,
      .read_valid_o(fetch_read[f]), .heal_valid_o(fetch_heal[f]), .line_o(fetch_line[f]), .take_i(fetch_take[f]),
      .rsp_valid_i(fetch_rsp[f]), .rsp_status_i(slot_rsp_i.status)
    );
    assign fetch_wants[f]    = fetch_heal[f] || (fetch_read[f] && (!write_under_way || plant == 2'd1));
    assign fetch_rsp[f]      = slot_rsp_valid_i && is_map_tag(slot_rsp_i.tag, MapTagFetch) && slot_rsp_i.tag[6:0] == 7'(f);
    assign hold_o[f].valid   = !fetch_idle[f];
    assign hold_o[f].host    = fetch_host[f];
    assign hold_o[f].segment = fetch_segment[f];
    assign hold_o[f].page    = '0;
  end

  // ---- Writes -----------------------------------------------------------------------------------------------------
  logic [NumWrites-1:0] same, writes, write_valid, write_take, write_rsp;
  logic [WriteBits-1:0] write_next, write_index;
  logic [WriteBits:0] write_free;
  logic [1:0] write_line[NumWrites];

  always_comb begin
    write_next = '0;
    write_free = '0;
    for (int w = NumWrites - 1; w >= 0; w--) begin
      same[w] = write_busy[w] && write_host[w] == host_q && write_segment[w] == segment_q;
      if (!write_busy[w]) write_next = WriteBits'(w);
      write_free += (WriteBits + 1)'(!write_busy[w]);
    end
    write_index = write_next;
    for (int unsigned w = 0; w < NumWrites; w++) if (same[w] && plant != 2'd2) write_index = WriteBits'(w);
    writes = '0;
    writes[write_index] = write_i;
  end
  // One for the pass that may be in cycle 1, one for that which starts.
  assign write_room_o = write_free >= (WriteBits + 1)'(2);

  for (genvar w = 0; w < NumWrites; w++) begin : gen_writes
    tarn_pool_map_write #(.EntryLines(EntryLines)) u_write (
      .clk_i, .rst_ni, .write_i(writes[w]), .host_i(host_q), .segment_i(segment_q),
      .busy_o(write_busy[w]), .host_o(write_host[w]), .segment_o(write_segment[w]),
      .valid_o(write_valid[w]), .line_o(write_line[w]), .take_i(write_take[w]),
      .rsp_valid_i(write_rsp[w]), .rsp_status_i(slot_rsp_i.status)
    );
    assign write_rsp[w] = slot_rsp_valid_i && is_map_tag(slot_rsp_i.tag, MapTagWrite) && slot_rsp_i.tag[6:0] == 7'(w);
  end

  // ---- Clearing ---------------------------------------------------------------------------------------------------
  logic clear_valid, clear_take, clear_rsp;
  logic [HostBits-1:0] clear_host;
  logic [ClearLineBits-1:0] clear_line;
  tarn_pool_map_clear #(
    .NumHosts(NumHosts), .HostLines(HostLines), .EntriesPerLine(EntriesPerLine), .EntryLines(EntryLines)
  ) u_clear (
    .clk_i, .rst_ni, .segments_i, .done_o(clear_done), .valid_o(clear_valid), .host_o(clear_host), .line_o(clear_line),
    .take_i(clear_take), .rsp_valid_i(clear_rsp), .rsp_status_i(slot_rsp_i.status)
  );
  assign clear_rsp = slot_rsp_valid_i && is_map_tag(slot_rsp_i.tag, MapTagClear);

  // ---- To memory: writes first, so that a fetch reads what was written before -------------------------------------
  logic [FetchBits-1:0] fetch_turn, fetch_last_q;
  logic [WriteBits-1:0] write_turn, write_last_q;
  logic [NumFetches-1:0] fetch_grant;
  logic [NumWrites-1:0] write_grant;
  logic takes_write, takes_fetch;

  tarn_pick_next #(.N(NumFetches)) u_fetch_turn (
    .req_i(fetch_wants), .last_i(fetch_last_q), .grant_o(fetch_grant), .index_o(fetch_turn));
  tarn_pick_next #(.N(NumWrites)) u_write_turn (
    .req_i(write_valid), .last_i(write_last_q), .grant_o(write_grant), .index_o(write_turn));

  // What was fetched, and what is to be written, in RAM, line by line: registers would be as many as entries are long.
  logic [FetchBits-1:0] rsp_fetch;
  logic [511:0] rsp_part, write_part;
  logic [EntryLines-1:0][511:0] write_parts;
  assign rsp_fetch  = slot_rsp_i.tag[FetchBits-1:0];
  assign rsp_part   = slot_rsp_i.data >> (32'(fetch_segment[rsp_fetch]) % EntriesPerLine * PlaceBytes * 8);
  for (genvar l = 0; l < EntryLines; l++) begin : gen_lines
    localparam int unsigned Bits = l + 1 < EntryLines ? 512 : EntryBits - 512 * l;
    logic [Bits-1:0] write_q[NumWrites];
    always_ff @(posedge clk_i) if (write_i) write_q[write_index] <= entry_i[512*l+:Bits];
    assign write_parts[l] = 512'(write_q[write_turn]);
    tarn_ram_sdp #(.Width(Bits), .Depth(NumFetches), .Collision(tarn_ram_pkg::RamNoCollision)) u_fetched (
      .clk_i, .rst_ni, .we_i(fetch_rsp != '0 && fetch_line[rsp_fetch] == 2'(l)), .waddr_i(rsp_fetch), .wmask_i(1'b1),
      .wdata_i(rsp_part[Bits-1:0]), .re_i(read_fetched_i), .raddr_i(read_fetch_i), .rdata_o(fetched[512*l+:Bits])
    );
  end
  if (EntryLines == 1) begin : gen_part
    assign write_part = write_parts[0];
  end else begin : gen_part
    assign write_part = write_parts[$clog2(EntryLines)'(write_line[write_turn])];
  end

  assign takes_write    = write_valid != '0;
  assign takes_fetch    = !takes_write && fetch_wants != '0;
  assign access_valid_o = takes_write || takes_fetch || clear_valid;
  assign write_take     = access_take_i && takes_write ? write_grant : '0;
  assign fetch_take     = access_take_i && takes_fetch ? fetch_grant : '0;
  assign clear_take     = access_take_i && !takes_write && !takes_fetch;
  assign lost_o         = (fetch_take & fetch_heal) != '0;
  always_comb begin
    access_o.write = 1'b1;
    access_o.line  = FirstLine + 34'(clear_host) * 34'(HostLines) + 34'(clear_line);
    access_o.mask  = '1;
    access_o.data  = '0;
    access_o.tag   = map_tag(MapTagClear, '0);
    if (takes_write) begin
      access_o.line = line_of(write_host[write_turn], write_segment[write_turn], write_line[write_turn]);
      access_o.mask = mask_of(write_segment[write_turn]);
      access_o.data = every_place(write_part);
      access_o.tag  = map_tag(MapTagWrite, 7'(write_turn));
    end else if (takes_fetch) begin
      access_o.write = fetch_heal[fetch_turn];
      access_o.line  = line_of(fetch_host[fetch_turn], fetch_segment[fetch_turn], fetch_line[fetch_turn]);
      access_o.data  = every_place(lost_part(fetch_line[fetch_turn]));
      access_o.tag   = map_tag(MapTagFetch, 7'(fetch_turn));
    end
  end
  function automatic logic [511:0] lost_part(logic [1:0] line);
    logic [2047:0] padded;
    padded = 2048'(LostEntry);
    return padded[line*512+:512];
  endfunction
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fetch_last_q <= '0;
      write_last_q <= '0;
    end else if (access_take_i) begin
      if (takes_write) write_last_q <= write_turn;
      if (takes_fetch) fetch_last_q <= fetch_turn;
    end
  end

  assign idle_o = fetch_idle == '1 && write_busy == '0 && clear_done;

  `TARN_ASSERT(OneFetchOfASegment, (own & (own - 1'b1)) == '0)
  `TARN_ASSERT(BeginsNone, !begin_i || (own == '0 && fetch_idle != '0))
  `TARN_ASSERT(WriteFits, !write_i || same != '0 || write_free != '0)
endmodule : tarn_pool_map
