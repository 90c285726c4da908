// Types that the parts of the pool share. Widths are the most that any configuration needs; synthesis drops the rest.
package tarn_pool_pkg;

  typedef logic [3:0] host_t;      // 16 hosts at most
  typedef logic [23:0] segment_t;  // of a host's window
  typedef logic [8:0] page_t;      // of a segment: 2 MiB at most
  typedef logic [5:0] line_t;      // of a page
  typedef logic [19:0] slot_t;
  typedef logic [9:0] id_t;        // a transaction within its class: {host, entry}
  typedef logic [4:0] holder_t;    // page-in engines first, then evictors, then fetches of map entries

  typedef struct packed {
    logic walk;  // class: walk or host
    id_t  id;
  } txn_t;

  // What the map needs to know of a request.
  typedef struct packed {
    logic                 error;  // outside the window
    host_t                host;
    segment_t             segment;
    page_t                page;
    line_t                line;
    tarn_line_pkg::op_e   op;
    logic                 exclusive;
    logic [7:0]           exclusive_id;
    logic [7:0]           tag;
    logic [3:0]           qos;
  } info_t;

  // What passes the map, one a cycle; each takes effect at its decision, so that all have one order.
  typedef enum logic [4:0] {
    PassRequest,    // a new request
    PassRetry,      // the oldest parked request of a requester
    PassReplay,     // the oldest request in a holder's list
    PassFail,       // the same, answered with `status`
    PassAssign,     // give the segment a slot
    PassPageValid,  // the page was filled
    PassSetDirty,   // the first write's notice was accepted
    PassVictim,     // the replacement policy proposes a slot
    PassUnload,     // an evictor is through
    PassRead,       // software reads a map entry
    PassLoad,       // software says which pages are on bulk
    PassRelease,    // a host gives the segment back
    PassFlush,      // write the slot's dirty pages, keep them
    PassInstall,    // a map entry came from memory
    PassOrder,      // software orders what becomes of a segment
    PassColdOut,    // the slot of a segment that was found cold
    PassPrefetch,   // a page is wanted ahead of need
    PassMoveBegin,  // the mover takes a slot's segment, and a free slot of the other speed class
    PassMoveHold,   // its requests are parked from now on
    PassMoveSwitch, // it stands in the other slot
    PassMoveFinish  // the slot that it left is free; given up: the one that it was to get
  } pass_e;

  typedef enum logic [3:0] {
    OrderPin,      // it stays until it is unpinned
    OrderUnpin,
    OrderAssign,   // give it a slot
    OrderPageOut,  // empty its slot
    OrderPageIn,   // bring in a page that is on bulk
    OrderHot,      // as if it had been accessed
    OrderCold,     // as if it had not been for long
    OrderToFast,   // move it to a slot of the fast class
    OrderToSlow
  } order_e;

  // Why an evictor works on a segment: to free its slot, because its host gives it back, or to write it and keep it.
  typedef enum logic [1:0] {EvictOut, EvictRelease, EvictFlush} evict_e;

  typedef struct packed {
    pass_e                  kind;
    holder_t                holder;
    txn_t                   txn;
    info_t                  info;
    slot_t                  slot;          // hand, flush
    logic                   atomic_ready;  // replay: the page is quiet, an atomic may begin
    logic                   early;         // replay: the page is still coming in, only reads of lines that are there
    logic                   nobody;        // fail: nobody waits, only to be counted
    logic                   from_bulk;     // page valid: content came from bulk
    logic                   bulk_error;    // page valid, unload, fail: bulk reported an error
    evict_e                 evict;         // unload: why
    logic                   had_slot;      // unload: the segment had its slot when the evictor began
    order_e                 order;         // order
    logic                   gave_up;         // unload: not everything could be written; the segment stays. Order: it began before
    logic                   pin;           // unload: and may not be chosen again
    tarn_line_pkg::status_e status;        // fail
  } pass_t;

  typedef enum logic [3:0] {
    ResultDone,
    ResultNotNow,      // try again
    ResultPageIn,      // replay: the page is not there
    ResultFirstWrite,  // replay: a notice is due
    ResultAtomic,      // replay: an atomic; needs a quiet page
    ResultAtomicBegun, // replay: taken by the class's atomic unit
    ResultMapMiss,     // the map entry is not in its cache: try again
    ResultRefused      // order: it cannot be done
  } result_e;

  // What a request's fate depends on (tarn_pool_fate).
  typedef struct packed {
    logic from_engine;      // it waited in an engine's list
    logic first_look;       // nothing was decided of it before
    logic fetching;         // its map entry is being fetched, or others wait for it still
    logic fetch_free;       // it may have one fetched
    logic parked_before;    // its requester has requests parked to (about) the same page
    logic parked_class;     // requests of its class are parked
    logic engine_allowed;   // its requester may take an engine
    logic segment_held;     // by an evictor
    logic page_held;        // by an engine
    logic line_there;       // a plain read of a line that is there already
    logic early_joins;      // and it may be served instead of joining the list
    logic map_hit;
    logic lost;
    logic page_valid;
    logic page_dirty;
    logic writes;
    logic exclusive_fails;
    logic atomic;
    logic atomic_busy;      // its class's atomic unit
  } situation_t;

  // Where it waits: with the holder of its page, with the engine that begins for it, parked, or with its entry's fetch.
  typedef enum logic [2:0] {ListNone, ListHolder, ListEngine, ListParked, ListFetch} list_e;

  typedef struct packed {
    logic                   join_holder;   // or its entry's fetch
    logic                   park;
    logic                   issue;         // to the channel
    logic                   own;           // answered here, with `status`
    logic                   start_engine;
    logic                   start_fetch;
    logic                   not_now;       // it comes again
    logic                   map_wanted;    // its map entry
    logic                   early;         // its page is not there yet, its line is
    logic                   resolved;      // it took effect
    list_e                  waits_in;
    result_e                need;
    tarn_line_pkg::status_e status;
  } fate_t;

  // To the holder whose pass was decided.
  typedef struct packed {
    result_e result;
    logic    last;     // its list is empty now; order, not now: it has begun
    logic    on_bulk;  // assign: the page has a copy on bulk
    slot_t   slot;     // assign
    logic    reads;    // replay: the request is a plain read
    line_t   line;     // of this line
    logic    bulk_owes;  // not now: bulk owes a late write or trim of the segment, and nobody knows for how long
  } outcome_t;

  // What an engine or evictor keeps others away from.
  typedef struct packed {
    logic     valid;
    host_t    host;
    segment_t segment;
    page_t    page;  // engines only
  } hold_t;

  // To an engine or evictor that begins.
  typedef struct packed {
    result_e  need;  // ResultPageIn, ResultFirstWrite or ResultAtomic
    logic     walk;  // class of the request that needs it
    host_t    host;
    segment_t segment;
    page_t    page;
    line_t    line;
    logic     reads;     // the request is a plain read
    logic     ordered;   // no request waits: software wants the page, or prefetch
    logic     resident;
    logic     on_bulk;
    logic     summed;    // and there is a checksum of it
    logic     lost;      // its content is lost: it comes as poison
    slot_t    slot;
  } begin_t;


  // A segment that ought to move to a slot of the other speed class.
  typedef struct packed {
    slot_t    slot;  // where it is
    host_t    host;
    segment_t segment;
  } move_t;

  // A line on its way from one slot to another.
  typedef struct packed {
    page_t        page;
    line_t        line;
    logic         poison;
    logic [511:0] data;
  } copy_t;

  // To a class port: a request whose place in the order is decided.
  typedef struct packed {
    id_t                id;
    tarn_line_pkg::op_e op;
    logic [3:0]         qos;
    logic [33:0]        line;
    logic               atomic;
    logic [7:0]         tag;
    logic               exclusive_ok;
    logic               paged;
    logic [1:0]         epoch;
  } issue_t;

  // What the counters see of a decision.
  typedef struct packed {
    host_t      host;
    segment_t   segment;
    logic       assigned;
    logic       hit;
    logic       miss;
    logic       access_error;
    logic       page_in;
    logic       zero_fill;
    logic       eviction;
    logic       bulk_error;  // of a page-in or page-out, tried again or not
    logic       page_failed; // bulk did not deliver a page
    logic       refused;     // answered timeout or retry
    logic       promoted;    // moved to a fast slot
    logic       demoted;     // moved to a slow one
    logic       move_failed; // a move was given up
    logic [9:0] pages_dirty; // written out, or zero
    logic [9:0] pages_zero;  // of these, zero: not stored
    logic [9:0] pages_clean; // dropped
  } count_t;

  // Tags on the channel: {kind, 10 bits}; of TagOut {map, 9 bits}.
  typedef enum logic [1:0] {TagHost, TagWalk, TagFill, TagOut} slot_tag_e;
  // Whose the accesses of the map and of the checksums are: tags {TagOut, 1, whose, 7 bits}.
  typedef enum logic [1:0] {MapTagFetch, MapTagWrite, MapTagClear, MapTagSum} map_tag_e;

  function automatic logic [11:0] map_tag(map_tag_e whose, logic [6:0] index);
    return {TagOut, 1'b1, whose, index};
  endfunction

  function automatic logic is_map_tag(logic [11:0] tag, map_tag_e whose);
    return tag[11:7] == {TagOut, 1'b1, whose};
  endfunction

  // An access of the map to its memory. Lines count from the map's first one.
  typedef struct packed {
    logic         write;
    logic [33:0]  line;
    logic [63:0]  mask;  // bytes
    logic [511:0] data;
    logic [11:0]  tag;
  } map_access_t;

  // One that may be served before its page is valid: it changes nothing, a monitor neither.
  function automatic logic is_plain_read(info_t info);
    return info.op == tarn_line_pkg::OpRead && !info.exclusive;
  endfunction

  // Of the map's entry: lost, resident, slot, and three bits a page (tarn_pool_lookup).
  function automatic int unsigned map_entry_bits(int unsigned slot_bits, int unsigned pages);
    return 2 + slot_bits + 3 * pages;
  endfunction

  // Lines of the map's memory that a host has.
  function automatic int unsigned map_host_lines(int unsigned entry_bits, int unsigned segments);
    int unsigned entry_bytes;
    entry_bytes = entry_bits <= 8 ? 1 : 2 ** $clog2((entry_bits + 7) / 8);
    if (entry_bytes > tarn_line_pkg::LineBytes) return segments * (entry_bytes / tarn_line_pkg::LineBytes);
    return segments * entry_bytes > tarn_line_pkg::LineBytes ? segments * entry_bytes / tarn_line_pkg::LineBytes : 1;
  endfunction

  // Tables with check bits (tarn_ram_sdp_ecc), as registers name them.
  typedef enum logic [2:0] {TableOwners, TableFreeSlots, TableQueues, TableHits, TableGhosts, TableShadows, TableOptimum} table_e;
  localparam int unsigned NumTables = 7;
  typedef struct packed {
    logic corrected;  // a wrong bit was put right as it was read
    logic lost;       // more bits were wrong
  } table_report_t;
  typedef logic [1:0] inject_t;  // wrong bits that the next word written has, in each of a table's memories

  function automatic logic is_atomic(tarn_line_pkg::op_e op);
    return op >= tarn_line_pkg::OpCompareSwap;
  endfunction

endpackage : tarn_pool_pkg
