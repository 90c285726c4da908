// Assertions for every block: one text serves simulation (Verilator --assert) and formal (read_slang).
//
//   `TARN_ASSERT(ValidHolds, !$past(valid_o && !ready_i) || valid_o)
//
// The property is a plain boolean, sampled at each rising clock edge outside reset. Write implication as
// `!a || b` and "in the next cycle" with $past: neither tool takes all of |->, |=> or ##N. $past reaches back
// over the end of reset, where registers hold their reset values.
// A failure in simulation prints the place, the instance and the name, and counts as an error of the simulation.
//
//   TARN_ASSERT(name, property)             on clk_i, off while !rst_ni
//   TARN_ASSUME(name, property)             a constraint in formal, an assertion in simulation
//   TARN_COVER(name, property)              scripts/formal --engine cover shows that it can happen
//   TARN_COVER_AFTER(name, earlier, property)   the same, from where a run that reaches the cover `earlier` ends
//   TARN_ASSERT_CLK(name, property, clock, reset_n), TARN_ASSUME_CLK, TARN_COVER_CLK   name clock and reset
//   TARN_ASSERT_INIT(name, condition, message)   stops elaboration when the condition on parameters is false
`ifndef TARN_ASSERT_SVH
`define TARN_ASSERT_SVH

`define TARN_ASSERT_CLK(name, property_expr, clock, reset_n) \
  name: assert property (@(posedge clock) disable iff (!(reset_n)) (property_expr)) \
    else $error("assertion %m failed");

`define TARN_ASSUME_CLK(name, property_expr, clock, reset_n) \
  name: assume property (@(posedge clock) disable iff (!(reset_n)) (property_expr)) \
    else $error("assumption %m broken");

`define TARN_COVER_CLK(name, property_expr, clock, reset_n) \
  name: cover property (@(posedge clock) disable iff (!(reset_n)) (property_expr));

`define TARN_ASSERT(name, property_expr) `TARN_ASSERT_CLK(name, property_expr, clk_i, rst_ni)
`define TARN_ASSUME(name, property_expr) `TARN_ASSUME_CLK(name, property_expr, clk_i, rst_ni)
`define TARN_COVER(name, property_expr) `TARN_COVER_CLK(name, property_expr, clk_i, rst_ni)
`define TARN_COVER_AFTER(name, earlier, property_expr) `TARN_COVER_CLK(name``__after__``earlier, property_expr, clk_i, rst_ni)

`define TARN_ASSERT_INIT(name, condition, message) \
  if (!(condition)) begin : gen_``name \
    $error(message); \
  end

`endif
