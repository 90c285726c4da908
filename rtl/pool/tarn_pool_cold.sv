// Slots whose segments the hotness monitoring found cold, oldest first, until somebody accesses the segment or it leaves
// the slot: past the page-out mark they go before those that the replacement policy proposes. One that finds no place is left
// out: the policy knows it as well.
// Latency: from `cold_valid_i` to `valid_o` up to Places cycles; an event of the probe takes effect in the next one.
module tarn_pool_cold #(
  parameter int unsigned NumSlots = 4096,
  parameter int unsigned Places   = 16,
  parameter int unsigned EffectCycles = 3,  // of tarn_pool_hotness
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           cold_valid_i,  // EffectCycles after the sweep, or an event, looked at the slot
  input  logic [SlotBits-1:0]            cold_slot_i,
  input  tarn_pool_msg_pkg::pool_probe_t probe_i,
  output logic                           valid_o,
  output logic [SlotBits-1:0]            slot_o,
  input  logic                           take_i       // the slot shown is not needed again
);
  import tarn_pool_msg_pkg::*;

  logic [Places-1:0] valid_q, valid_d, ends;
  logic [SlotBits-1:0] slot_q[Places];
  logic [SlotBits-1:0] slot_d[Places];
  // The last events: [0] this cycle's.
  logic [EffectCycles:0] told;
  logic [SlotBits-1:0] told_slot[EffectCycles+1];
  logic [EffectCycles-1:0] told_q;
  logic [SlotBits-1:0] told_slot_q[EffectCycles];
  logic found;

  // Each of these makes what was found of its slot untrue.
  assign told = {told_q, probe_i.kind inside {ProbeHit, ProbeEarly, ProbePageIn, ProbeMarkHot, ProbeEvict, ProbeOrderedOut,
                                              ProbeColdOut, ProbeReleased, ProbeAssign, ProbeKept, ProbeMoved}};
  always_comb begin
    told_slot[0] = probe_i.kind == ProbeMoved ? probe_i.from[SlotBits-1:0] : probe_i.slot[SlotBits-1:0];
    for (int unsigned i = 0; i < EffectCycles; i++) told_slot[i+1] = told_slot_q[i];
    found = cold_valid_i;
    for (int unsigned i = 0; i <= EffectCycles; i++) if (told[i] && told_slot[i] == cold_slot_i) found = 1'b0;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) told_q <= '0;
    else told_q <= told[EffectCycles-1:0];
  end
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < EffectCycles; i++) told_slot_q[i] <= told_slot[i];
  end

  always_comb begin
    for (int unsigned i = 0; i < Places; i++) begin
      ends[i] = (told[0] && told_slot[0] == slot_q[i]) || (take_i && i == 0);
    end
  end

  // Places move down into the gaps, one place a cycle, so that the oldest comes to place 0.
  always_comb begin
    for (int unsigned i = 0; i < Places; i++) begin
      valid_d[i] = valid_q[i] && !ends[i];
      slot_d[i]  = slot_q[i];
    end
    for (int unsigned i = 0; i + 1 < Places; i++) begin
      if (!valid_d[i]) begin
        valid_d[i]   = valid_d[i+1];
        slot_d[i]    = slot_q[i+1];
        valid_d[i+1] = 1'b0;
      end
    end
    if (found && !valid_d[Places-1]) begin
      valid_d[Places-1] = 1'b1;
      slot_d[Places-1]  = cold_slot_i;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= valid_d;
  end
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Places; i++) slot_q[i] <= slot_d[i];
  end

  assign valid_o = valid_q[0];
  assign slot_o  = slot_q[0];
endmodule : tarn_pool_cold
