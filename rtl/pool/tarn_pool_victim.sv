// Between the replacement policy and the map: takes each slot that the policy proposes through a pass, in which it is
// decided what becomes of it. One that is not used any more, or no longer wanted, is answered without a pass (`not_now_o`); one whose owner is
// lost as well, as skipped, so that the policy goes on to others.
// Slots whose segments were found cold (`cold_*_i`) go first, as long as they are asked for; the policy hears of them by the event.
// With `scan_i` it lists the slots for a flush instead: each used slot gets a pass of its own, once.
`include "tarn_assert.svh"
module tarn_pool_victim #(
  parameter int unsigned NumSlots = 4096,
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [SlotBits:0]         slots_i,         // in service
  input  logic                      wanted_i,
  // The policy.
  input  logic                      victim_valid_i,
  input  logic [SlotBits-1:0]       victim_slot_i,
  input  logic                      event_busy_i,    // it is told something else in this cycle
  output logic                      not_now_o,       // it is told that the slot it proposes cannot go now,
  output logic                      skip_lost_o,     // with this: that it is skipped
  // Cold segments.
  input  logic                      cold_wanted_i,
  input  logic                      cold_valid_i,
  input  logic [SlotBits-1:0]       cold_slot_i,
  output logic                      cold_take_o,
  // Flush.
  input  logic                      scan_i,          // rises for one run over all slots; falls early to end it
  output logic                      scan_done_o,
  output logic                      scan_misses_o,   // a slot whose owner is lost: what it holds is not written
  output logic                      idle_o,
  // Who has the slot.
  output logic                      owner_read_o,
  output logic [SlotBits-1:0]       owner_slot_o,
  input  logic                      owner_used_i,    // one cycle later
  input  logic                      owner_lost_i,
  input  tarn_pool_pkg::host_t      owner_host_i,
  input  tarn_pool_pkg::segment_t   owner_segment_i,
  output logic                      pass_valid_o,
  output tarn_pool_pkg::pass_t      pass_o,
  input  logic                      pass_take_i,
  input  logic                      outcome_valid_i,
  input  tarn_pool_pkg::outcome_t   outcome_i
);
  import tarn_pool_pkg::*;
  // Answered: the policy hears it in this cycle, and takes its proposal back in the next.
  typedef enum logic [2:0] {Idle, Read, Look, Pass, Decide, Answered, NotNow, ScanDone} state_e;

  state_e state_q, state_d;
  logic [SlotBits-1:0] at_q;
  logic scanning_q, cold_q, lost_q, begins_cold, cold_gone, done, last, not_wanted;
  host_t host_q;
  segment_t segment_q;

  assign last       = {1'b0, at_q} + 1'b1 >= slots_i;
  assign done       = state_q == Decide && outcome_valid_i && outcome_i.result == ResultDone;
  assign not_wanted = state_q == Idle && victim_valid_i && !wanted_i && !scan_i;
  assign begins_cold = state_q == Idle && cold_valid_i && cold_wanted_i && !scan_i;
  assign cold_gone   = cold_q && !(cold_valid_i && cold_slot_i == at_q);  // it was accessed meanwhile, or has left
  assign cold_take_o = cold_q && ((state_q == Look && !owner_used_i) || (state_q == Pass && pass_take_i));

  assign not_now_o    = (state_q == NotNow || not_wanted) && !event_busy_i;
  assign skip_lost_o  = state_q == NotNow && lost_q;
  assign scan_misses_o = state_q == Look && scanning_q && owner_lost_i;
  assign owner_read_o = state_q == Read;
  assign owner_slot_o = at_q;
  assign idle_o       = state_q == Idle;
  assign scan_done_o  = state_q == ScanDone;
  assign pass_valid_o = state_q == Pass && !cold_gone;
  always_comb begin
    pass_o              = '0;
    pass_o.kind         = scanning_q ? PassFlush : cold_q ? PassColdOut : PassVictim;
    pass_o.slot         = slot_t'(at_q);
    pass_o.info.host    = host_q;
    pass_o.info.segment = segment_q;
  end

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (scan_i || begins_cold || (victim_valid_i && wanted_i)) state_d = Read;
      Read: state_d = Look;
      Look: begin
        if (owner_used_i) state_d = Pass;
        else if (cold_q) state_d = Idle;
        else if (!scanning_q) state_d = NotNow;
        else state_d = last ? ScanDone : Read;
      end
      Pass: begin
        if (cold_gone) state_d = Idle;
        else if (pass_take_i) state_d = Decide;
      end
      Decide: begin
        if (outcome_valid_i) begin
          if (cold_q) state_d = Idle;
          else if (scanning_q) state_d = !scan_i || (done && last) ? ScanDone : (done ? Read : Pass);
          else state_d = done ? Answered : Idle;  // else it is looked at again
        end
      end
      Answered: state_d = Idle;
      NotNow: if (!event_busy_i) state_d = Idle;
      ScanDone: if (!scan_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= Idle;
      at_q       <= '0;
      scanning_q <= 1'b0;
      cold_q     <= 1'b0;
    end else begin
      state_q <= state_d;
      if (state_q == Idle) begin
        scanning_q <= scan_i;
        cold_q     <= begins_cold;
        at_q       <= scan_i ? '0 : begins_cold ? cold_slot_i : victim_slot_i;
      end else if (scanning_q && ((state_q == Look && !owner_used_i) || done)) begin
        at_q <= last ? '0 : at_q + 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Look) begin
      lost_q    <= owner_lost_i;
      host_q    <= owner_host_i;
      segment_q <= owner_segment_i;
    end
  end

  `TARN_ASSERT(ProposalStands, !(state_q inside {Read, Look, Pass, Decide, NotNow} && !scanning_q && !cold_q) || (victim_valid_i && victim_slot_i == at_q))
endmodule : tarn_pool_victim
