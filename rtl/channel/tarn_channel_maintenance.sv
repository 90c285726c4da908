// The modules' initialisation (JESD79-4 3.3.1) and self-refresh. Refresh in operation is tarn_channel_refresh's.
// While `hold_o` is high nobody else has a command; while `init_done_o` is low no request is taken.
`include "tarn_assert.svh"
module tarn_channel_maintenance
  import tarn_channel_pkg::*;
#(
  parameter int unsigned NumModules  = 1,   // all hear every command from here but the precharge, which each has of its own
  parameter int unsigned ResetClocks = 64,  // the modules' reset held low; JEDEC 200 us
  parameter int unsigned CkeClocks   = 64,  // from its end to clock enable; JEDEC 500 us
  parameter int unsigned Slots       = 1    // DRAM clocks of a cycle
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  timing_t     timing_i,
  input  modes_t      modes_i,
  input  logic        initialise_i,    // once more
  input  logic        self_refresh_i,
  input  logic        phy_ready_i,
  input  logic        drained_i,       // nothing is queued or under way
  input  logic        refresh_idle_i,  // no refresh is under way,
  input  logic        refresh_begins_i,  // or begins now
  input  logic [NumModules-1:0][Slots-1:0] precharge_all_ready_i,  // in each slot
  output logic        hold_o,
  output logic        runs_o,          // in operation: refreshes may begin
  output logic        counting_o,      // the modules do not refresh by themselves
  output logic [3:0]  refreshes_first_o,  // owed when counting begins
  output logic        init_done_o,
  output logic        self_refreshing_o,
  output logic        precharge_all_o, // to the bank state, with the command
  output tarn_dfi_pkg::dfi_cmd_t command_o,
  output slot_t       slot_o,          // the command's
  output tarn_dfi_pkg::dfi_ctl_t control_o
);
  import tarn_dfi_pkg::*;
  `TARN_ASSERT_INIT(WaitsAllowed, ResetClocks >= 16 && CkeClocks >= 16 && ResetClocks < 2**20 && CkeClocks < 2**20,
                    "tarn_channel_maintenance: ResetClocks and CkeClocks must be 16 to 1048575")

  typedef enum logic [3:0] {
    HoldReset, WaitCke, WaitXpr, CloseFirst, SetModes, Calibrate, Run, CloseForSleep, EnterSleep, Sleep, Wake, WakeWait
  } state_e;
  localparam int unsigned ModuleIndexBits = NumModules > 1 ? $clog2(NumModules) : 1;

  state_e      state_q, state_d;
  logic [19:0] wait_q, wait_d;
  logic [2:0]  step_q, step_d;  // mode register, or module
  logic        cke_q, cke_d, reset_n_q, reset_n_d;
  logic        ready_q;         // the modules have been initialised
  logic [Slots-1:0] may_close;  // the module whose turn it is
  assign may_close = precharge_all_ready_i[ModuleIndexBits'(step_q)];

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
  assign due  = state_q inside {SetModes, Calibrate} ? wait_q < 20'(Slots) : over;
  always_comb begin
    slot_o = slot_t'(wait_q);
    if (state_q inside {CloseFirst, CloseForSleep}) begin
      for (int unsigned s = Slots; s > 0; s--) if (may_close[s-1]) slot_o = slot_t'(s - 1);
    end
  end

  always_comb begin
    state_d         = state_q;
    wait_d          = wait_q < 20'(Slots) ? '0 : wait_q - 20'(Slots);
    step_d          = step_q;
    cke_d           = cke_q;
    reset_n_d       = reset_n_q;
    precharge_all_o = 1'b0;
    command_o       = '0;
    if (state_q == Run) begin
      // The usual state first: nothing but a reason to leave it.
      step_d = '0;
      if (initialise_i && drained_i && refresh_idle_i) begin
        state_d   = HoldReset;
        reset_n_d = 1'b0;
        cke_d     = 1'b0;
        wait_d    = 20'(ResetClocks);
      end else if (self_refresh_i && drained_i && refresh_idle_i && !refresh_begins_i) state_d = CloseForSleep;
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
          state_d = modes_i.precharge_first ? CloseFirst : SetModes;
        end
        CloseFirst, CloseForSleep: if (may_close != '0) begin
          command_o.op        = DfiPrechargeAll;
          command_o.module_id = step_q;
          precharge_all_o     = 1'b1;
          step_d              = step_q + 1'b1;
          if (step_q == 3'(NumModules - 1)) begin
            step_d  = '0;
            state_d = state_q == CloseFirst ? SetModes : EnterSleep;
            wait_d  = wait_for(20'(timing_i.rp_all));
          end
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
          if (timing_i.zq_init != '0) command_o.op = DfiZqLong;
          state_d      = WakeWait;
          // Both count: the calibration, and the DLL's locking since its reset by mode register 0.
          wait_d       = wait_for(20'(longer(timing_i.zq_init, timing_i.dllk)));
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
  assign runs_o            = state_q == Run && !(initialise_i && drained_i);
  assign self_refreshing_o = state_q inside {Sleep, Wake};
  assign counting_o        = ready_q && !self_refreshing_o;
  assign refreshes_first_o = state_q == Wake ? 4'd1 : ready_q ? 4'd0 : modes_i.refreshes_first;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= HoldReset;
      wait_q    <= 20'(ResetClocks);
      step_q    <= '0;
      cke_q     <= 1'b0;
      reset_n_q <= 1'b0;
      ready_q   <= 1'b0;
    end else begin
      state_q   <= state_d;
      wait_q    <= wait_d;
      step_q    <= step_d;
      cke_q     <= cke_d;
      reset_n_q <= reset_n_d;
      if (state_d == HoldReset) ready_q <= 1'b0;
      else if (state_d == Run) ready_q <= 1'b1;
    end
  end
  assign init_done_o       = ready_q;
  assign control_o.reset_n = reset_n_q;
  assign control_o.cke     = 8'({NumModules{cke_q}});
endmodule : tarn_channel_maintenance
