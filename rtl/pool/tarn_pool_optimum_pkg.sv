// The pool's live estimate of what Belady's optimum misses (optimum.md).
package tarn_pool_optimum_pkg;

  // Orders to the ring of marks.
  typedef enum logic [1:0] {
    MarkUp,    // search up, from the place itself on
    MarkDown,  // search down, from the place below on
    MarkSet,
    MarkClear
  } mark_op_e;

  typedef struct packed {
    logic       enable;
    logic [3:0] log2_sampling;
    logic [4:0] log2_epoch;
  } settings_t;

  // Of the last whole epoch.
  typedef struct packed {
    logic [31:0] accesses;     // to sampled segments
    logic [31:0] pool_misses;  // assignments of sampled segments
    logic [31:0] misses;       // of the optimum, of them
    logic [31:0] dropped;      // references to sampled segments that the estimate did not hear
  } result_t;

endpackage : tarn_pool_optimum_pkg
