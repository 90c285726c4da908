// Types of the hotness monitoring (tarn_pool_hotness).
package tarn_pool_hotness_pkg;
  // What software set, as taken at the start and at the end of each epoch.
  typedef struct packed {
    logic        always_on;
    logic [3:0]  down_sampling;     // n: one access of 2^n is counted
    logic [15:0] hosts;             // one bit a host
    logic        reads;
    logic        writes;
    logic [15:0] hot_threshold;
    logic [15:0] cold_threshold;
    logic [3:0]  recency_weight;
    logic [3:0]  frequency_weight;
    logic [3:0]  density_weight;
    logic [3:0]  frequency_shift;
  } settings_t;

  // An operation on the record of a slot.
  typedef enum logic [3:0] {
    OpNone    = 4'd0,
    OpAccess  = 4'd1,  // a counted access
    OpAssign  = 4'd2,  // the slot goes to a segment
    OpLeave   = 4'd3,  // the segment leaves it
    OpPageIn  = 4'd4,  // a page of the segment became valid
    OpSweep   = 4'd5,  // the segment is judged, if it was not yet
    OpClear   = 4'd6,  // after reset
    OpMoveOut = 4'd7,  // the segment goes to another slot, and in the next cycle
    OpMoveIn  = 4'd8   // it is there
  } op_e;

  // What there is to know of a segment at the end of an epoch, or when its count reached the threshold (count alone).
  typedef struct packed {
    logic [7:0]  host;
    logic [31:0] segment;
    logic [23:0] slot;
    logic [15:0] count;      // accesses in the epoch
    logic [15:0] frequency;  // decayed count, the epoch's included
    logic [7:0]  age;        // epochs without an access
    logic [9:0]  pages;      // valid ones
  } judged_t;

  // An entry of a list.
  typedef struct packed {
    logic [7:0]  host;
    logic [31:0] segment;
    logic [15:0] value;      // hot list: count; cold list: usage
  } entry_t;
endpackage : tarn_pool_hotness_pkg
