// Starts and epochs of the hotness monitoring, and the sweep that follows each of them over all slots.
// The probe's event of the cycle of `start_o` or `ended_o` belongs to what ends there. The next epoch counts from the next
// cycle on, while the sweep judges the one that ended; an epoch does not end before the sweep after the one before it is
// through, it becomes longer instead. A sweep begins at the slot of the first segment for which the one before found no room in
// a list, so that all get into it in their turn.
`include "tarn_assert.svh"
module tarn_pool_hotness_epochs #(
  parameter int unsigned NumSlots       = 4096,
  parameter int unsigned PatienceCycles = 32,  // in which the sweep finds no cycle without an event, before it asks for one
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                enable_i,
  input  logic                restart_i,
  input  logic                end_epoch_i,
  input  logic [31:0]         length_i,
  input  logic [15:0]         interval_i,
  input  logic                sweep_ready_i,
  input  logic                left_out_i,     // a segment that was judged found no room in a list
  input  logic [SlotBits-1:0] left_out_slot_i,
  output logic                cleared_o,
  output logic                active_o,
  output logic                start_o,
  output logic                start_pending_o,
  output logic                ended_o,
  output logic                epoch_o,        // last bit of the running epoch's number
  output logic                discard_o,      // nothing is known of what was before it
  output logic                late_o,
  output logic                sweep_valid_o,
  output logic [SlotBits-1:0] sweep_slot_o,
  output logic                clear_o,        // the sweep clears the records (after reset)
  output logic                sweeping_o,
  output logic                swept_o,        // everything that the sweep led to has taken effect
  output logic                idle_wanted_o,  // a cycle without an event is wanted, so that the sweep gets on
  output logic [15:0]         epochs_o,       // that ended since the start
  output logic [31:0]         last_cycles_o   // how long the last one was
);
  typedef enum logic [1:0] {SweepIdle, SweepRun, SweepDrain} sweep_e;

  localparam int unsigned DrainCycles = 4;  // from the last record's read until its segment stands in the lists
  localparam int unsigned WaitBits = $clog2(PatienceCycles + 1);

  sweep_e sweep_q;
  logic clear_q, enable_q, pending_q, active_q, epoch_q, discard_q, end_wanted_q, late_q, due, goes, last, left_out_q;
  logic [SlotBits-1:0] slot_q, first_q, next_first_q, slot_after;
  logic [15:0] interval_q, epochs_q;
  logic [31:0] timer_q, last_cycles_q;
  logic [1:0] drain_q;
  logic [WaitBits-1:0] waited_q;

  assign cleared_o       = !clear_q;
  assign active_o        = active_q && enable_i;
  assign start_pending_o = pending_q;
  assign start_o         = pending_q && enable_i && sweep_q == SweepIdle && !clear_q;
  assign due             = end_wanted_q || (length_i != '0 && timer_q >= length_i - 1'b1);
  assign ended_o         = active_o && due && !pending_q && sweep_q == SweepIdle;
  assign late_o          = active_o && due && sweep_q != SweepIdle && !late_q;
  assign epoch_o         = epoch_q;
  assign discard_o       = discard_q;
  assign epochs_o        = epochs_q;
  assign last_cycles_o   = last_cycles_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enable_q      <= 1'b0;
      pending_q     <= 1'b0;
      active_q      <= 1'b0;
      epoch_q       <= 1'b0;
      discard_q     <= 1'b0;
      end_wanted_q  <= 1'b0;
      late_q        <= 1'b0;
      timer_q       <= '0;
      epochs_q      <= '0;
      last_cycles_q <= '0;
    end else begin
      enable_q     <= enable_i;
      pending_q    <= enable_i && ((pending_q && !start_o) || !enable_q || restart_i);
      active_q     <= enable_i && (active_q || start_o);
      end_wanted_q <= active_o && !start_o && ((end_wanted_q && !ended_o) || end_epoch_i);
      late_q       <= (late_q || late_o) && !start_o && !ended_o;
      if (timer_q != '1) timer_q <= timer_q + 1'b1;
      if (start_o || ended_o) begin
        epoch_q   <= !epoch_q;
        discard_q <= start_o;
        timer_q   <= '0;
        epochs_q  <= start_o ? '0 : epochs_q + 1'b1;
      end
      if (ended_o) last_cycles_q <= timer_q == '1 ? '1 : timer_q + 1'b1;
    end
  end

  // ---- The sweep --------------------------------------------------------------------------------------------------
  assign sweep_valid_o = sweep_q == SweepRun && interval_q == '0;
  assign sweep_slot_o  = slot_q;
  assign clear_o       = clear_q;
  assign sweeping_o    = sweep_q != SweepIdle && !clear_q;
  assign goes          = sweep_valid_o && sweep_ready_i;
  assign slot_after    = slot_q == SlotBits'(NumSlots - 1) ? '0 : slot_q + 1'b1;
  assign last          = slot_after == first_q;
  assign swept_o       = sweep_q == SweepDrain && drain_q == '0 && !clear_q;
  assign idle_wanted_o = waited_q == WaitBits'(PatienceCycles);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sweep_q      <= SweepRun;
      clear_q      <= 1'b1;
      slot_q       <= '0;
      first_q      <= '0;
      next_first_q <= '0;
      left_out_q   <= 1'b0;
      interval_q   <= '0;
      drain_q      <= '0;
      waited_q     <= '0;
    end else begin
      unique case (sweep_q)
        SweepIdle: begin
          slot_q     <= next_first_q;
          first_q    <= next_first_q;
          interval_q <= '0;
          left_out_q <= 1'b0;
          if (start_o || ended_o) sweep_q <= SweepRun;
        end
        SweepRun: begin
          if (interval_q != '0) interval_q <= interval_q - 1'b1;
          if (goes) begin
            slot_q <= slot_after;
            if (!clear_q) interval_q <= interval_i;
            if (last) sweep_q <= SweepDrain;
          end
          if (pending_q) interval_q <= '0;  // who starts again does not wait for what is thrown away
          drain_q <= 2'(DrainCycles - 1);
        end
        default: begin
          drain_q <= drain_q - 1'b1;
          if (drain_q == '0) begin
            sweep_q <= SweepIdle;
            clear_q <= 1'b0;
          end
        end
      endcase
      if (left_out_i && !left_out_q && sweep_q != SweepIdle) begin
        left_out_q   <= 1'b1;
        next_first_q <= left_out_slot_i;
      end
      if (!sweep_valid_o || sweep_ready_i) waited_q <= '0;
      else if (!idle_wanted_o) waited_q <= waited_q + 1'b1;
    end
  end

  `TARN_ASSERT(OneSweepAtATime, !(start_o || ended_o) || sweep_q == SweepIdle)
  `TARN_ASSERT(NeverBoth, !(start_o && ended_o))
endmodule : tarn_pool_hotness_epochs
