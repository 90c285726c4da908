// The map unit: whoever asks for an entry and finds it in the cache gets what was written last, or hears that memory lost it, whatever
// left the cache, was fetched again, was tried again or came together in between. Two hosts with two segments, one line of memory each; a
// cache of two entries, two fetches, three writes. One entry is followed, any of them; the others read as anything.
// Around it:
// - Passes come at any time, for any segment, as tarn_pool_lookup sends them: who finds the entry may change it if there was room; who
//   misses it may have it fetched; the fetches' own install and replay.
// - The channel takes accesses at any time, and does and answers them in any order (the real one keeps the order of a line's). What it did not
//   do it answers as a time-out; a read may come as poison at any time, upon which the unit gives the line up: a followed entry is
//   lost then, until it is written again.
// - What is put into the cache may have a wrong bit, which its parity finds.
// Guided (with TARN_PLANT): runs to what takes long, and faults, each of which lets somebody find what is old: 1 a fetch does not wait for
// its entry's write, 2 a newer version does not take the place of the one under way, 3 the channel answers writes that timed out as done,
// 4 another fetch's entry is put into the cache.
// Registers and memories without a reset start at 0.
`include "tarn_assert.svh"
module map_formal
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
#(
  parameter bit Guided = 1'b0
) (
  input logic       clk_i,
  input logic [1:0] any_i,    // {host, segment} of the entry followed, at reset
  input logic [2:0] fault_i,  // if Guided, which, from any cycle on
  // Cycle 0 of a pass: of a fetch, or of anybody for a segment.
  input logic       pass_i,
  input logic       pass_fetches_i,
  input logic       pass_fetch_i,
  input logic       host_i,
  input logic       segment_i,
  // Cycle 1.
  input logic       changes_i,
  input logic [1:0] entry_i,
  input logic       wanted_i,
  input logic       request_i,
  input logic [1:0] list_filled_i,
  input logic       spoil_i,
  // The channel.
  input logic       take_i,
  input logic [2:0] does_i,
  input logic [2:0] answers_i,
  input logic       poison_i,
  input logic [1:0] data_i
);
  localparam int unsigned EntryBits  = 2;
  localparam int unsigned NumFetches = 2;
  localparam int unsigned NumWrites  = 3;
  localparam int unsigned Accesses   = NumFetches + NumWrites + 1;  // one of each at a time; the last clears
  localparam logic [EntryBits-1:0] Lost = 2'b10;
  typedef logic [EntryBits-1:0] entry_t;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;
  logic [2:0] fault_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) fault_q <= '0;
    else if (Guided && fault_q == '0) fault_q <= fault_i;
  end
  logic any_host_q, any_segment_q;  // the entry followed
  always_ff @(posedge clk_i) if (!rst_ni) {any_host_q, any_segment_q} <= any_i;

  logic valid_q;     // a pass is in cycle 1,
  logic from_q;      // of this fetch
  logic installs;    // the one in cycle 0 does
  logic take_ready;  // the channel takes an access

  // ---- The unit ---------------------------------------------------------------------------------------------------
  logic ready, write_room, read, hit, change, install, room, held, begins, lingers, touches, access_valid;
  logic [1:0] fetch_free;
  entry_t entry;
  host_t host;
  segment_t segment;
  logic [NumFetches-1:0] pass_valid, pass_take, outcome_valid;
  pass_t pass[NumFetches];
  hold_t hold[NumFetches];
  result_e result;
  map_access_t access;
  logic rsp_valid;
  slot_rsp_t rsp;
  logic [24:0] segments[2];
  assign segments[0] = 25'd2;
  assign segments[1] = 25'd2;
  tarn_pool_map #(
    .NumHosts(2), .SegmentsPerHost(2), .EntryBits(EntryBits), .LostEntry(Lost), .CacheSets(1), .CacheWays(2),
    .NumFetches(NumFetches), .NumWrites(NumWrites)
  ) u_map (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i(fault_q[2:0] <= 3'd2 ? fault_q[1:0] : '0),
`endif
    .ready_o(ready), .write_room_o(write_room), .idle_o(), .segments_i(segments),
    .read_i(read), .host_i(host), .segment_i(segment),
    .read_fetched_i(read && installs), .read_fetch_i(pass_fetch_i ^ (fault_q == 3'd4)), .hit_o(hit), .entry_o(entry), .write_i(change), .entry_i(entry_i),
    .install_i(install), .room_o(room), .spoil_i(spoil_i),
    .fetching_o(), .serving_o(), .held_o(held), .fetch_o(), .full_o(), .fetch_free_o(fetch_free),
    .begin_i(begins), .linger_i(lingers), .touched_i(touches), .list_filled_i(list_filled_i),
    .pass_valid_o(pass_valid), .pass_o(pass), .hold_o(hold), .pass_take_i(pass_take), .outcome_valid_i(outcome_valid), .result_i(result),
    .access_valid_o(access_valid), .access_o(access), .access_take_i(access_valid && take_ready),
    .slot_rsp_valid_i(rsp_valid), .slot_rsp_i(rsp), .fetched_o(), .lost_o(), .parity_error_o()
  );

  // ---- Passes -----------------------------------------------------------------------------------------------------
  logic fetches_q, installs_q, room_q, follows, follows_q, misses;
  always_comb begin
    host      = host_t'(host_i);
    segment   = segment_t'(segment_i);
    read      = ready && pass_i;
    pass_take = '0;
    if (pass_fetches_i) begin
      host    = hold[pass_fetch_i].host;
      segment = hold[pass_fetch_i].segment;
      read    = ready && pass_i && pass_valid[pass_fetch_i];
      pass_take[pass_fetch_i] = read;
    end
  end
  assign installs = pass_fetches_i && pass[pass_fetch_i].kind == PassInstall;
  assign follows  = host[0] == any_host_q && segment[0] == any_segment_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= read;
  end
  always_ff @(posedge clk_i) begin
    if (read) begin
      fetches_q  <= pass_fetches_i;
      from_q     <= pass_fetch_i;
      installs_q <= installs;
      room_q     <= write_room;
      follows_q  <= follows;
    end
  end
  always_comb begin
    misses        = valid_q && !hit && !fetches_q && wanted_i;
    change        = valid_q && hit && !installs_q && room_q && changes_i;
    install       = valid_q && installs_q && room;
    begins        = misses && !held && fetch_free[1];
    lingers       = misses && !request_i;
    touches       = valid_q && hit && !fetches_q && !request_i && held;
    outcome_valid = '0;
    outcome_valid[from_q] = valid_q && fetches_q;
    result        = ResultDone;
    if (installs_q && !room) result = ResultNotNow;
    if (!installs_q && !hit) result = ResultMapMiss;
  end

  // ---- The channel ------------------------------------------------------------------------------------------------
  logic [7:0] asked_q, done_q, reads_q, here_q;  // here: at the followed entry
  entry_t [7:0] value_q;
  entry_t memory_q;
  logic [2:0] asks;
  logic at_line, does, heals;
  always_comb begin
    unique case (access.tag[8:7])
      MapTagFetch: asks = 3'(access.tag[0]);
      MapTagWrite: asks = 3'(NumFetches) + 3'(access.tag[1:0]);
      default:     asks = 3'(Accesses - 1);
    endcase
    at_line    = access.line[0] == any_host_q;
    take_ready = take_i && !asked_q[asks];
    does       = asked_q[does_i] && !done_q[does_i];
    heals      = does && !reads_q[does_i] && here_q[does_i] && 32'(does_i) < NumFetches;
    // What was not done is answered as a time-out.
    rsp_valid  = asked_q[answers_i];
    rsp.tag    = map_tag(MapTagClear, '0);
    if (32'(answers_i) < NumFetches) rsp.tag = map_tag(MapTagFetch, 7'(answers_i));
    else if (32'(answers_i) < Accesses - 1) rsp.tag = map_tag(MapTagWrite, 7'(32'(answers_i) - NumFetches));
    rsp.status = done_q[answers_i] || (fault_q == 3'd3 && !reads_q[answers_i])
               ? (poison_i && reads_q[answers_i] ? StatusPoison : StatusOk) : StatusTimeout;
    rsp.data   = '0;
    for (int unsigned s = 0; s < 2; s++) begin
      rsp.data[8*s+:EntryBits] = here_q[answers_i] && any_segment_q == 1'(s) ? value_q[answers_i] : data_i;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      asked_q <= '0;
      done_q  <= '0;
    end else begin
      if (does) done_q[does_i] <= 1'b1;
      if (rsp_valid) {asked_q[answers_i], done_q[answers_i]} <= '0;
      if (access_valid && take_ready) asked_q[asks] <= 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (does && here_q[does_i]) begin
      if (reads_q[does_i]) value_q[does_i] <= memory_q;
      else memory_q <= value_q[does_i];
    end
    if (access_valid && take_ready) begin
      reads_q[asks] <= !access.write;
      here_q[asks]  <= at_line && access.mask[any_segment_q];
      value_q[asks] <= access.data[8*any_segment_q+:EntryBits];
    end
  end

  // ---- What it shall be -------------------------------------------------------------------------------------------
  entry_t newest_q;
  logic lost_q;  // memory may have lost the entry since it was written
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      newest_q <= '0;
      lost_q   <= 1'b0;
    end else begin
      if (change && follows_q) newest_q <= entry_i;
      lost_q <= heals || (lost_q && !(change && follows_q));
    end
  end
  function automatic logic current(entry_t some);
    return some == newest_q || (lost_q && some == Lost);
  endfunction
  logic found;
  assign found = valid_q && hit && follows_q;
  `TARN_ASSERT(FindsWhatWasWrittenLast, !found || current(entry))

  // ---- What that rests on: the cache ------------------------------------------------------------------------------
  typedef logic [1:0] place_t;  // {host, segment}
  place_t any_place, pass_place;
  logic [1:0] good;
  place_t kept_place[2];
  entry_t kept_entry[2];
  assign any_place  = {any_host_q, any_segment_q};
  assign pass_place = {u_map.host_q[0], u_map.segment_q[0]};
  for (genvar w = 0; w < 2; w++) begin : gen_ways
    logic [5:0] kept, seen;  // {parity, valid, place, entry}
    assign kept          = u_map.u_cache.gen_ways[w].u_ram.gen_ram.mem_q[0];
    assign seen          = u_map.u_cache.word[w];
    assign good[w]       = u_map.cache_ready && kept[4] && !(^kept);
    assign kept_place[w] = kept[3:2];
    assign kept_entry[w] = kept[1:0];
    `TARN_ASSERT(CachedIsCurrent, !(good[w] && kept_place[w] == any_place) || current(kept_entry[w]))
    `TARN_ASSERT(SeesWhatIsKept, !valid_q || seen == kept)
  end
  `TARN_ASSERT(CachedOnce, !(good == '1 && kept_place[0] == kept_place[1]))
  `TARN_ASSERT(PassIsAtItsPlace, u_map.u_cache.valid_q == valid_q && (!valid_q || (u_map.u_cache.tag_q == pass_place && follows_q == (pass_place == any_place))))

  // ---- Fetches ----------------------------------------------------------------------------------------------------
  localparam logic [2:0] FetchIdle = 3'd0, FetchRead = 3'd1, FetchAwaitRead = 3'd2, FetchAwaitHeal = 3'd4, FetchInstall = 3'd5, FetchServe = 3'd6;
  logic [2:0] fetch_state[NumFetches];
  place_t fetch_place[NumFetches];
  logic [NumFetches-1:0] fetch_active;
  logic [NumWrites-1:0] write_busy;
  place_t write_place[NumWrites];
  logic under_way;  // a write of the followed entry
  for (genvar f = 0; f < NumFetches; f++) begin : gen_fetches
    logic fetching, mine, passes;
    entry_t fetched;
    assign fetched         = u_map.gen_lines[0].u_fetched.gen_ram.mem_q[f];
    assign fetch_state[f]  = 3'(u_map.gen_fetches[f].u_fetch.state_q);
    assign fetch_place[f]  = {u_map.fetch_host[f][0], u_map.fetch_segment[f][0]};
    assign fetch_active[f] = fetch_state[f] != FetchIdle;
    assign fetching        = fetch_state[f] inside {[FetchRead:FetchInstall]};
    assign mine            = fetch_place[f] == any_place;
    assign passes          = valid_q && fetches_q && from_q == 1'(f);
    for (genvar w = 0; w < 2; w++) begin : gen_ways
      `TARN_ASSERT(FetchedIsNotCached, !(fetching && good[w] && kept_place[w] == fetch_place[f]))
    end
    `TARN_ASSERT(FetchPasses, u_map.gen_fetches[f].u_fetch.passing_q == passes
                 && (!passes || (fetch_state[f] == (installs_q ? FetchInstall : FetchServe) && pass_place == fetch_place[f])))
    `TARN_ASSERT(FetchAsks, asked_q[f] == fetch_state[f] inside {FetchAwaitRead, FetchAwaitHeal}
                 && (!asked_q[f] || (reads_q[f] == (fetch_state[f] == FetchAwaitRead) && here_q[f] == (fetch_place[f][1] == any_host_q))))
    `TARN_ASSERT(HealsToLost, !(asked_q[f] && !reads_q[f]) || value_q[f] == Lost)
    `TARN_ASSERT(ReadIsCurrent, !(mine && fetch_state[f] == FetchAwaitRead) || (!under_way && (!done_q[f] || current(value_q[f]))))
    `TARN_ASSERT(FetchedIsCurrent, !(mine && fetch_state[f] == FetchInstall) || current(fetched))
  end
  `TARN_ASSERT(InstalledIsCurrent, !(valid_q && installs_q && follows_q) || current(u_map.fetched))
  `TARN_ASSERT(OneFetchEach, !(fetch_active == '1 && fetch_place[0] == fetch_place[1]))

  // ---- Writes -----------------------------------------------------------------------------------------------------
  localparam logic [1:0] WriteIdle = 2'd0, WriteAwait = 2'd2;
  for (genvar w = 0; w < NumWrites; w++) begin : gen_writes
    localparam int unsigned Access = NumFetches + w;
    logic [1:0] state;
    logic mine;
    entry_t kept;
    assign kept           = u_map.gen_lines[0].write_q[w];
    assign state          = 2'(u_map.gen_writes[w].u_write.state_q);
    assign write_busy[w]  = state != WriteIdle;
    assign write_place[w] = {u_map.write_host[w][0], u_map.write_segment[w][0]};
    assign mine           = write_busy[w] && write_place[w] == any_place;
    `TARN_ASSERT(WriteAsks, state <= WriteAwait && asked_q[Access] == (state == WriteAwait)
                 && (!asked_q[Access] || (!reads_q[Access] && here_q[Access] == (write_place[w] == any_place))))
    `TARN_ASSERT(WritesTheNewest, !mine || kept == newest_q)
    `TARN_ASSERT(WriteUnderWay, !(mine && state == WriteAwait && !u_map.gen_writes[w].u_write.again_q)
                 || (done_q[Access] ? current(memory_q) : value_q[Access] == newest_q))
    for (genvar o = w + 1; o < NumWrites; o++) begin : gen_other
      `TARN_ASSERT(OneWriteEach, !(write_busy[w] && write_busy[o] && write_place[w] == write_place[o]))
    end
  end
  always_comb begin
    under_way = 1'b0;
    for (int unsigned w = 0; w < NumWrites; w++) under_way |= write_busy[w] && write_place[w] == any_place;
  end
  `TARN_ASSERT(RoomIsThere, !(valid_q && room_q) || write_busy != '1)

  // ---- Memory -----------------------------------------------------------------------------------------------------
  logic started, clearing, clears_any, cleared_any, cleared_it;
  assign started    = u_map.map_ready_q;
  assign clearing   = u_map.u_clear.busy_q;
  assign clears_any = clearing && u_map.u_clear.host_q == any_host_q;
  assign cleared_any = u_map.u_clear.cleared_q[any_host_q] != '0;
  assign cleared_it  = u_map.u_clear.cleared_q[u_map.u_clear.host_q] != '0;
  `TARN_ASSERT(MemoryIsCurrent, !started || under_way || current(memory_q))
  `TARN_ASSERT(AccessesAreKnown, asked_q[7:6] == '0 && (done_q & ~asked_q) == '0)
  `TARN_ASSERT(FirstItIsCleared, started ? !clearing && u_map.clear_done && u_map.cache_ready
               : newest_q == '0 && !lost_q && !valid_q && fetch_active == '0 && write_busy == '0)
  `TARN_ASSERT(ClearAsks, asked_q[5] ? clearing && u_map.u_clear.sent_q == 6'd1 && u_map.u_clear.answered_q == '0 && !reads_q[5] && value_q[5] == '0
               && here_q[5] == clears_any : !clearing || u_map.u_clear.sent_q == u_map.u_clear.answered_q)
  `TARN_ASSERT(ClearsALine, !clearing || (u_map.u_clear.size_q == 6'd1 && u_map.u_clear.sent_q <= 6'd1 && !cleared_it))
  `TARN_ASSERT(ClearedIsZero, started || memory_q == '0
               || !(cleared_any || (clears_any && (done_q[5] || (u_map.u_clear.answered_q == 6'd1 && !u_map.u_clear.bad_q)))))

  // ---- Legal runs, and planted faults -------------------------------------------------------------------------------
  if (Guided) begin : gen_guided
    logic sound, changes, cached, sent;
    assign sound   = fault_q == '0 && fault_i == '0;
    assign changes = change && follows_q;
    assign cached  = (good[0] && kept_place[0] == any_place) || (good[1] && kept_place[1] == any_place);
    always_comb begin
      sent = 1'b0;
      for (int unsigned k = NumFetches; k < Accesses - 1; k++) sent |= asked_q[k] && !done_q[k] && here_q[k];
    end
    `TARN_COVER(Found, sound && found)
    `TARN_COVER_AFTER(Changed, Found, sound && changes && entry_i == 2'b01 && newest_q == '0 && !spoil_i)
    `TARN_COVER_AFTER(ChangedBehindItsWrite, Changed, sound && changes && entry_i == 2'b11 && sent && !spoil_i)
    `TARN_COVER_AFTER(ItsWriteTimesOut, ChangedBehindItsWrite, sound && rsp_valid && rsp.status == StatusTimeout && !reads_q[answers_i] && here_q[answers_i]
                      && 32'(answers_i) >= NumFetches && newest_q == 2'b11)
    `TARN_COVER_AFTER(LeftTheCache, ItsWriteTimesOut, sound && !cached && !under_way && !lost_q && newest_q == 2'b11)
    `TARN_COVER_AFTER(FetchedAgain, LeftTheCache, sound && found && entry == 2'b11 && newest_q == 2'b11 && !lost_q)
    `TARN_COVER_AFTER(ItsLineIsGivenUp, Changed, sound && heals && newest_q == 2'b01 && !under_way)
    `TARN_COVER_AFTER(FoundLost, ItsLineIsGivenUp, sound && found && entry == Lost && newest_q == 2'b01)
    `TARN_COVER_AFTER(ChangedWithAWrongBit, Found, sound && changes && entry_i == 2'b01 && newest_q == '0 && spoil_i)
    `TARN_COVER_AFTER(FetchedInItsPlace, ChangedWithAWrongBit, sound && found && entry == 2'b01 && newest_q == 2'b01 && !lost_q)
    // FindsWhatWasWrittenLast is broken.
    logic old;
    assign old = found && !current(entry);
    `TARN_COVER_AFTER(AFetchThatDoesNotWaitFindsOld, Changed, fault_q == 3'd1 && old)
    `TARN_COVER_AFTER(TwoWritesOfAnEntryLeaveOld, Changed, fault_q == 3'd2 && old)
    `TARN_COVER_AFTER(ATimeOutTakenForDoneLeavesOld, Changed, fault_q == 3'd3 && old)
    `TARN_COVER_AFTER(AnothersEntryIsOld, Changed, fault_q == 3'd4 && old)
  end
endmodule : map_formal
