// Everything but reads and writes: the modules' initialisation (JESD79-4 3.3.1), refresh, self-refresh.
// Refreshes that are due are postponed while there is work, up to refresh_batch, then done in a row; without work at
// once; after a while without work also ahead of time, if that is asked for. While `hold_o` is high the scheduler is silent; while `init_done_o` is low no request is taken.
`include "tarn_assert.svh"
module tarn_channel_maintenance
  import tarn_channel_pkg::*;
#(
  parameter int unsigned NumModules  = 1,   // all hear every command from here
  parameter int unsigned ResetClocks = 64,  // the modules' reset held low; JEDEC 200 us
  parameter int unsigned CkeClocks   = 64,  // from its end to clock enable; JEDEC 500 us
  parameter int unsigned Slots       = 1    // DRAM clocks of a cycle
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  timing_t     timing_i,
  input  logic [3:0]  refresh_batch_i,
  input  logic [3:0]  refresh_ahead_i,  // so many may be done before they are due
  input  modes_t      modes_i,
  input  logic        initialise_i,    // once more
  input  logic        self_refresh_i,
  input  logic        phy_ready_i,
  input  logic        busy_i,          // requests are queued
  input  logic        drained_i,       // nothing is queued or under way
  input  logic [Slots-1:0] precharge_all_ready_i,  // in each slot
  output logic        hold_o,
  output logic        init_done_o,
  output logic        self_refreshing_o,
  output logic        precharge_all_o, // to the bank state, with the command
  output tarn_dfi_pkg::dfi_cmd_t command_o,
  output slot_t       slot_o,          // the command's
  output tarn_dfi_pkg::dfi_ctl_t control_o,
  output logic [3:0]  owed_o,
  output logic        refreshed_o      // counts
);
  import tarn_dfi_pkg::*;
  `TARN_ASSERT_INIT(WaitsAllowed, ResetClocks >= 16 && CkeClocks >= 16 && ResetClocks < 2**20 && CkeClocks < 2**20,
                    "tarn_channel_maintenance: ResetClocks and CkeClocks must be 16 to 1048575")

  typedef enum logic [3:0] {
    HoldReset, WaitCke, WaitXpr, SetModes, Calibrate, Run, CloseRows, Refresh, CloseForSleep, EnterSleep, Sleep, Wake, WakeWait
  } state_e;

  state_e      state_q, state_d;
  logic [19:0] wait_q, wait_d;
  logic [2:0]  step_q, step_d;
  logic        cke_q, cke_d, reset_n_q, reset_n_d;
  logic [15:0] interval_q;
  logic [3:0]  owed_q, ahead_q;  // at most one of them is not 0
  logic [7:0]  idle_cycles_q;    // saturating
  logic        refresh_due, may_go_ahead, tick;

  assign tick         = interval_q < 16'(Slots);
  assign may_go_ahead = owed_q == '0 && ahead_q < refresh_ahead_i && !busy_i && idle_cycles_q == '1;
  assign refresh_due  = owed_q >= refresh_batch_i || (owed_q != '0 && !busy_i) || may_go_ahead;
  assign owed_o       = owed_q;

  function automatic logic [15:0] longer(logic [15:0] one, logic [15:0] other);
    return one > other ? one : other;
  endfunction
  // A wait of DRAM clocks that starts with the slot of this cycle's command, if there is one, else with the first.
  function automatic logic [19:0] wait_for(logic [19:0] clocks);
    logic [19:0] over_at;  // from the cycle's first slot
    over_at = clocks + 20'(slot_o);
    return over_at < 20'(Slots) ? '0 : over_at - 20'(Slots);
  endfunction
  // What goes out as a command may do so in the slot in which the wait ends; levels change with a cycle, when it is over.
  logic over, due;
  assign over = wait_q == '0;
  assign due  = state_q inside {SetModes, Calibrate, Refresh} ? wait_q < 20'(Slots) : over;
  always_comb begin
    slot_o = slot_t'(wait_q);
    if (state_q inside {CloseRows, CloseForSleep}) begin
      for (int unsigned s = Slots; s > 0; s--) if (precharge_all_ready_i[s-1]) slot_o = slot_t'(s - 1);
    end
  end

  always_comb begin
    state_d         = state_q;
    wait_d          = wait_q < 20'(Slots) ? '0 : wait_q - 20'(Slots);
    step_d          = step_q;
    cke_d           = cke_q;
    reset_n_d       = reset_n_q;
    precharge_all_o = 1'b0;
    refreshed_o     = 1'b0;
    command_o       = '0;
    if (state_q == Run) begin
      // The usual state first: nothing but a reason to leave it.
      if (initialise_i && drained_i) begin
        state_d   = HoldReset;
        reset_n_d = 1'b0;
        cke_d     = 1'b0;
        wait_d    = 20'(ResetClocks);
      end else if (refresh_due) state_d = CloseRows;
      else if (self_refresh_i && drained_i) state_d = CloseForSleep;
    end else if (due) begin
      unique case (state_q)
        HoldReset: if (phy_ready_i) begin
          reset_n_d = 1'b1;
          state_d   = WaitCke;
          wait_d    = wait_for(20'(CkeClocks));
        end
        WaitCke: begin
          cke_d   = 1'b1;
          state_d = WaitXpr;
          wait_d  = wait_for(20'(timing_i.xs));
        end
        WaitXpr: begin
          step_d  = '0;
          state_d = SetModes;
        end
        SetModes: begin
          command_o.op   = DfiModeRegister;
          command_o.addr = {modes_i.number[step_q], modes_i.value[step_q]};
          step_d         = step_q + 1'b1;
          wait_d         = wait_for(20'(timing_i.mrd));
          if (step_d >= modes_i.writes) begin
            state_d = Calibrate;
            wait_d  = wait_for(20'(timing_i.mod));
          end
        end
        Calibrate: begin
          command_o.op = DfiZqLong;
          state_d      = WakeWait;
          // Both count: the calibration, and the DLL's locking since its reset by mode register 0.
          wait_d       = wait_for(20'(longer(timing_i.zq_init, timing_i.dllk)));
        end
        CloseRows, CloseForSleep: if (precharge_all_ready_i != '0) begin
          command_o.op    = DfiPrechargeAll;
          precharge_all_o = 1'b1;
          state_d         = state_q == CloseRows ? Refresh : EnterSleep;
          wait_d          = wait_for(20'(timing_i.rp_all));
        end
        Refresh: begin
          if (owed_q != '0 || may_go_ahead) begin
            command_o.op = DfiRefresh;
            refreshed_o  = 1'b1;
            wait_d       = wait_for(20'(timing_i.rfc));
          end else state_d = Run;
        end
        EnterSleep: begin
          command_o.op = DfiSelfRefreshEntry;
          cke_d        = 1'b0;
          state_d      = Sleep;
          wait_d       = wait_for(20'(timing_i.mod));  // longer than tCKESR
        end
        Sleep: if (!self_refresh_i) begin
          cke_d   = 1'b1;
          state_d = Wake;
        end
        Wake: begin
          command_o.op = DfiSelfRefreshExit;
          state_d      = WakeWait;
          wait_d       = wait_for(20'(longer(timing_i.xs, timing_i.dllk)));
        end
        WakeWait: state_d = Run;
        default: state_d = HoldReset;
      endcase
    end
  end

  assign hold_o            = state_q != Run;
  assign self_refreshing_o = state_q inside {Sleep, Wake};

  logic ready_q;  // the modules have been initialised
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= HoldReset;
      wait_q     <= 20'(ResetClocks);
      step_q     <= '0;
      cke_q      <= 1'b0;
      reset_n_q  <= 1'b0;
      ready_q    <= 1'b0;
      interval_q <= '0;
      owed_q     <= '0;
      ahead_q    <= '0;
      idle_cycles_q <= '0;
    end else begin
      if (busy_i) idle_cycles_q <= '0;
      else if (idle_cycles_q != '1) idle_cycles_q <= idle_cycles_q + 1'b1;
      state_q   <= state_d;
      wait_q    <= wait_d;
      step_q    <= step_d;
      cke_q     <= cke_d;
      reset_n_q <= reset_n_d;
      if (state_d == HoldReset) ready_q <= 1'b0;
      else if (state_d == Run) ready_q <= 1'b1;
      if (!ready_q || state_q inside {Sleep, Wake}) begin
        // From the end of initialisation, or of self-refresh (which refreshes by itself), a new interval begins.
        interval_q <= timing_i.refi - 16'(Slots);
        owed_q     <= state_q == Wake ? 4'd1 : 4'd0;
        ahead_q    <= '0;
      end else begin
        interval_q <= interval_q - 16'(Slots) + (tick ? timing_i.refi : '0);
        if (owed_q == '0 && (ahead_q != '0 || refreshed_o)) ahead_q <= ahead_q + 4'(refreshed_o) - 4'(tick);
        else owed_q <= owed_q + 4'(tick) - 4'(refreshed_o);
      end
    end
  end
  assign init_done_o       = ready_q;
  assign control_o.reset_n = reset_n_q;
  assign control_o.cke     = 8'({NumModules{cke_q}});

  `TARN_ASSERT(OwesFew, owed_q <= 4'd9)
  `TARN_ASSERT(OwesOrIsAhead, owed_q == '0 || ahead_q == '0)
endmodule : tarn_channel_maintenance
