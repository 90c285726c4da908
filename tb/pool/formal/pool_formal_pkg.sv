// What is free in every cycle of the pool's composed proof (pool_parts_formal): whoever stands around the passes does
// what he likes within his protocol.
package pool_formal_pkg;

  localparam int unsigned Hosts    = 2;
  localparam int unsigned Engines  = 2;
  localparam int unsigned Evictors = 2;
  localparam int unsigned Fetches  = 2;

  // A segment of a host, and a page of it.
  typedef struct packed {
    logic host;
    logic segment;
    logic page;
  } place_t;

  typedef struct packed {
    // The map: is the entry in its cache, is it being fetched; memory loses one.
    logic   hit;
    logic   lose;
    place_t lose_at;
    logic   fetching;
    logic   serving;
    logic   fetch_held;
    logic   fetch;
    logic [1:0] fetch_free;
    logic   stall;
    logic   write_room;
    logic [Fetches-1:0] fetch_valid;
    logic [Fetches-1:0] fetch_install;
    place_t fetch_at;
    // Software.
    logic   control_valid;
    logic [1:0] control_kind;
    logic [3:0] control_order;
    logic   control_began;
    place_t control_at;
    logic [1:0] load_on_bulk;
    logic [1:0] load_lost;
    // Proposals of the policy, of the cold list, of a flush; prefetch.
    logic   victim_valid;
    logic [1:0] victim_kind;
    logic [1:0] victim_slot;
    place_t victim_at;
    logic   prefetch_valid;
    place_t prefetch_at;
    // Requests: [0] hosts, [1] walks.
    logic [1:0] request_valid;
    place_t [1:0] request_at;
    logic [1:0] request_entry;
    logic [1:0] request_line;
    logic [1:0][1:0] request_op;
    logic [1:0] request_error;
    logic   requests_wait;
    // Shares and floors.
    logic [2*Hosts-1:0] engine_free;
    logic [Hosts-1:0]   share_keeps;
    logic [Hosts-1:0][2:0] floor;
    logic   slots_spare;
    // The channel's answers to requests.
    logic   retire;
    logic [2:0] retire_txn;  // {walk, host, entry}
    logic [1:0] atomic_done;
    // Engines.
    logic [Engines-1:0] engine_timeout;
    logic [Engines-1:0] engine_away;
    logic [Engines-1:0] slot_turn;
    logic [Engines-1:0] cmd_take;
    logic [Engines-1:0] beat;
    logic   beat_poison;
    logic [Engines-1:0] cpl;
    logic [1:0] cpl_tag;
    logic [1:0] cpl_status;
    logic [Engines-1:0] make_take;
    logic [Engines-1:0] written;
    logic   written_line;
    logic   written_bad;
    logic [Engines-1:0] check_wait;
    logic [Engines-1:0] check_bad;
    // Evictors.
    logic [Evictors-1:0] evictor_timeout;
    logic [Evictors-1:0] evictor_away;
    logic [Evictors-1:0] evictor_retry;
    logic [Evictors-1:0] read_take;
    logic [Evictors-1:0] line_valid;
    logic [1:0] line_status;
    logic   line_data;
    logic [Evictors-1:0] sum_busy;
    logic [Evictors-1:0] out_take;
    logic [Evictors-1:0] out_sent;
    logic [Evictors-1:0] out_beat;
    logic [Evictors-1:0] out_cpl;
    // The mover.
    logic   move_valid;
    logic [1:0] move_slot;
    place_t move_at;
    logic   move_timeout;
    logic   move_read_take;
    logic   move_line_valid;
    logic   copy_take;
    logic   copied;
    // Notices.
    logic   notice_late;
    logic   notice_ready;
  } free_t;

  // Faults that are planted, each in one part.
  typedef enum logic [3:0] {
    FaultNone,
    FaultUncounted,     // drain: requests are not counted before they are quiet
    FaultSwappedHost,   // lookup: an access goes where another host's last one went
    FaultDirtyLost,     // lookup: an evictor is told that no page is dirty
    FaultFloorIgnored,  // lookup: a host's floor does not keep its slots
    FaultWriteUnnoted,  // lookup: the mover does not hear of writes
    FaultEvictsAtOnce,  // evictor: it does not wait until earlier accesses are answered
    FaultErrorIsDone,   // evictor: bulk's error counts as done
    FaultForgetsFailure,  // evictor: when it gave up, it says that it is done
    FaultOtherSlot,     // evictor: it says that it emptied another slot
    FaultMovesAtOnce,   // mover: it does not wait until earlier accesses are answered
    FaultMoveUndone,    // mover: in the end it says that it gave up
    FaultMoveForgets,   // mover: it does not give back the slot that it ought to
    FaultFillsOther     // engine: it takes another slot for its own
  } fault_e;

endpackage : pool_formal_pkg
