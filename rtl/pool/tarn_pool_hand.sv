// The CLOCK hand (docs/architecture.md, "Replacement: CLOCK, exactly"): looks for a victim while `wanted_i`, one slot
// after the other. Free slots are passed silently; what becomes of the others is decided by a pass through the map.
// The hand moves when a slot's fate is decided; free slots on the way count as passed only then, so that a slot that is
// assigned meanwhile makes it look again from where it stood.
// With `scan_i` it lists the slots for a flush instead: each used slot gets a pass of its own, once.
`include "tarn_assert.svh"
module tarn_pool_hand #(
  parameter int unsigned NumSlots = 4096,
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [SlotBits:0]         slots_i,        // in service
  input  logic                      wanted_i,
  input  logic                      scan_i,         // rises for one run over all slots; falls early to end it
  output logic                      scan_done_o,
  output logic                      idle_o,
  // Who has the slot.
  output logic                      owner_read_o,
  output logic [SlotBits-1:0]       owner_slot_o,
  input  logic                      owner_used_i,   // one cycle later
  input  tarn_pool_pkg::host_t      owner_host_i,
  input  tarn_pool_pkg::segment_t   owner_segment_i,
  input  logic                      assigned_i,     // a slot was assigned this cycle
  output logic                      stale_o,        // what the hand saw may not be so any more
  output logic                      pass_valid_o,
  output tarn_pool_pkg::pass_t      pass_o,
  input  logic                      pass_take_i,
  input  logic                      outcome_valid_i,
  input  tarn_pool_pkg::outcome_t   outcome_i
);
  import tarn_pool_pkg::*;
  typedef enum logic [2:0] {Idle, Read, Look, Pass, Decide, ScanDone} state_e;

  state_e state_q, state_d;
  logic [SlotBits-1:0] hand_q, at_q, next;
  logic stale_q, scanning_q, step, moved, last;
  host_t host_q;
  segment_t segment_q;

  assign next = {1'b0, at_q} + 1'b1 >= slots_i ? '0 : at_q + 1'b1;
  assign last = {1'b0, at_q} + 1'b1 >= slots_i;

  assign owner_read_o = state_q == Read;
  assign owner_slot_o = at_q;
  assign stale_o      = stale_q;
  assign idle_o       = state_q == Idle;
  assign scan_done_o  = state_q == ScanDone;
  assign pass_valid_o = state_q == Pass;
  always_comb begin
    pass_o              = '0;
    pass_o.kind         = scanning_q ? PassFlush : PassHand;
    pass_o.slot         = slot_t'(at_q);
    pass_o.info.host    = host_q;
    pass_o.info.segment = segment_q;
  end

  assign step  = (state_q == Look && !owner_used_i) || moved;
  assign moved = state_q == Decide && outcome_valid_i && outcome_i.result == ResultDone;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (scan_i || wanted_i) state_d = Read;
      Read: state_d = Look;
      Look: begin
        state_d = owner_used_i ? Pass : (scanning_q ? (last ? ScanDone : Read) : Idle);
      end
      Pass: if (pass_take_i) state_d = Decide;
      Decide: begin
        if (outcome_valid_i) begin
          if (scanning_q) state_d = !scan_i || (moved && last) ? ScanDone : (moved ? Read : Pass);
          else state_d = Idle;
        end
      end
      ScanDone: if (!scan_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= Idle;
      hand_q     <= '0;
      at_q       <= '0;
      stale_q    <= 1'b0;
      scanning_q <= 1'b0;
    end else begin
      state_q <= state_d;
      if (state_q == Idle) begin
        scanning_q <= scan_i;
        if (scan_i) at_q <= '0;
        else if (stale_q || assigned_i) at_q <= hand_q;
        stale_q <= 1'b0;
      end else begin
        if (assigned_i) stale_q <= 1'b1;
        if (step) at_q <= next;
        if (moved && !scanning_q) hand_q <= next;
        if (state_q == ScanDone) at_q <= hand_q;
        // A slot that was not as it looked: look again from where the hand stands.
        if (state_q == Decide && outcome_valid_i && !moved && !scanning_q) at_q <= hand_q;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Look) begin
      host_q    <= owner_host_i;
      segment_q <= owner_segment_i;
    end
  end
endmodule : tarn_pool_hand
