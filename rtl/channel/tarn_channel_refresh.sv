// Refresh of one module: counts what it is owed, says what must be still for a refresh, and asks for its command.
// All banks: refreshes that are due are postponed while there is work for the module, up to `config_i.batch`, then done in a row; without
// work at once; after a while without work also ahead of time. Or bank after bank (`config_i.per_bank`; with `same_bank` that
// bank of every group together): each once a round, one without work first; one with work only when `config_i.batch` are owed.
// In the cycle in which a command is asked for (`wants_o`) others' must keep away; it goes out when the pins are free for it.
`include "tarn_assert.svh"
module tarn_channel_refresh
  import tarn_channel_pkg::*;
#(
  parameter int unsigned BankGroupBits = 2,
  parameter int unsigned BankBits      = 2,
  parameter int unsigned Slots         = 1,  // DRAM clocks of a cycle
  parameter int unsigned FirstBatch    = 8,  // in eighths: the first batch is so much smaller, so that several modules' do not come together
  localparam int unsigned NumBanks     = 1 << (BankGroupBits + BankBits)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  timing_t             timing_i,
  input  logic [1:0]          group_bits_i,  // of the banks that are there
  input  logic [1:0]          bank_bits_i,
  input  refresh_config_t     config_i,
  input  logic                counting_i,   // the module is initialised and awake; otherwise a new interval begins
  input  logic [3:0]          owed_first_i, // of all banks, when counting begins
  input  logic                may_begin_i,
  input  logic                alone_i,      // no other module is closed for all its banks
  input  logic                busy_i,       // requests wait for the module,
  input  logic [NumBanks-1:0] bank_busy_i,  // for these banks
  input  logic [NumBanks-1:0] open_i,
  input  logic [Slots-1:0]    precharge_all_ready_i,  // in each slot, the pins included
  input  logic [Slots-1:0][NumBanks-1:0] activate_ready_i,
  input  logic [Slots-1:0]    pins_ready_i,
  input  logic                go_i,         // no other module's command is to go first
  output logic                begins_o,     // it will not be idle in the next cycle
  output logic                idle_o,
  output logic                closes_o,     // all banks: no command for the module but these
  output logic [NumBanks-1:0] closing_o,    // banks that must be closed, and stay so
  output logic                wants_o,      // no command of others in this cycle
  output logic                precharge_all_o,
  output logic                calibrate_o,
  output logic                refresh_o,    // all banks,
  output logic                refresh_bank_o,  // or this one (of every group)
  output logic [$clog2(NumBanks)-1:0] bank_o,
  output slot_t               slot_o,       // the command's
  output logic [3:0]          owed_o
);
  localparam int unsigned NumGroups = 1 << BankGroupBits;
  typedef logic [NumBanks-1:0]         bank_mask_t;
  typedef logic [$clog2(NumBanks)-1:0] bank_index_t;
  typedef enum logic [2:0] {Idle, CloseRows, Refresh, Calibrate, CloseBank, BankWaits} state_e;

  state_e      state_q, state_d;
  logic [15:0] wait_q, wait_d;
  logic [Slots-1:0] waited_q;    // in each slot: wait_q is no more than it
  logic [15:0] interval_q, interval;
  logic [3:0]  owed_q, ahead_q;  // at most one of them is not 0
  logic [7:0]  idle_cycles_q;    // saturating
  logic        first_q;          // batch to come
  logic [3:0]  all_owed_q;       // while banks are refreshed one by one: of all of them
  logic        tick, may_go_ahead, due, more, counts;
  logic [15:0] uncalibrated_q;   // refreshes since the latest calibration, saturating
  logic        calibrates;
  logic [3:0]  batch;

  function automatic logic [15:0] wait_for(logic [15:0] clocks);
    logic [16:0] over_at;  // from the cycle's first slot
    over_at = 17'(clocks) + 17'(slot_o);
    return over_at < 17'(Slots) ? '0 : 16'(over_at - 17'(Slots));
  endfunction

  assign interval     = config_i.per_bank ? timing_i.refi_bank : timing_i.refi;
  assign tick         = interval_q < 16'(Slots);
  assign batch        = first_q && FirstBatch < 8 ? 4'((32'(config_i.batch) * FirstBatch + 7) / 8) : config_i.batch;
  assign may_go_ahead = owed_q == '0 && ahead_q < config_i.ahead && !busy_i && idle_cycles_q == '1;
  assign due          = owed_q >= batch || (owed_q != '0 && !busy_i) || may_go_ahead;
  assign more         = config_i.per_bank ? all_owed_q != '0 : owed_q != '0 || may_go_ahead;
  assign owed_o       = owed_q;
  assign calibrates   = config_i.calibrate_every != '0 && uncalibrated_q >= config_i.calibrate_every && !config_i.per_bank;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) uncalibrated_q <= '0;
    else if (calibrate_o || !counting_i) uncalibrated_q <= '0;
    else if (refresh_o && uncalibrated_q != '1) uncalibrated_q <= uncalibrated_q + 1'b1;
  end

  // Banks of this round that are still to be refreshed; of several that go together the one of group 0 stands for all.
  bank_mask_t present, todo_q, todo, set_busy, idle_todo, chosen_set;
  bank_index_t choice, bank_q;
  logic        bank_due;
  always_comb begin
    for (int unsigned b = 0; b < NumBanks; b++) begin
      present[b]  = b % NumGroups < (1 << group_bits_i) && b / NumGroups < (1 << bank_bits_i)
                 && (!config_i.same_bank || b % NumGroups == 0);
      set_busy[b] = bank_busy_i[b];
      if (config_i.same_bank) set_busy[b] = bank_busy_i[b/NumGroups*NumGroups+:NumGroups] != '0;
    end
  end
  assign todo      = (todo_q & present) == '0 ? present : todo_q & present;
  assign idle_todo = todo & ~set_busy;
  always_comb begin
    choice = '0;
    for (int i = NumBanks - 1; i >= 0; i--) begin
      if (idle_todo == '0 ? todo[i] : idle_todo[i]) choice = bank_index_t'(i);
    end
    for (int unsigned b = 0; b < NumBanks; b++) begin
      chosen_set[b] = config_i.same_bank ? b / NumGroups == 32'(bank_q) / NumGroups : b == 32'(bank_q);
    end
  end
  assign bank_due = (owed_q != '0 && (idle_todo != '0 || owed_q >= batch)) || may_go_ahead;

  // The first slot in which the command may go.
  logic [Slots-1:0] ready;
  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      unique case (state_q)
        CloseRows: ready[s] = go_i && precharge_all_ready_i[s];
        Refresh:   ready[s] = go_i && waited_q[s] && pins_ready_i[s] && more;
        Calibrate: ready[s] = go_i && waited_q[s] && pins_ready_i[s] && calibrates;
        CloseBank: ready[s] = go_i && (open_i & chosen_set) == '0 && (chosen_set & ~activate_ready_i[s]) == '0 && pins_ready_i[s];
        default:   ready[s] = 1'b0;
      endcase
    end
    slot_o = '0;
    for (int unsigned s = Slots; s > 0; s--) if (ready[s-1]) slot_o = slot_t'(s - 1);
  end

  always_comb begin
    state_d         = state_q;
    wait_d          = waited_q[Slots-1] ? '0 : wait_q - 16'(Slots);
    precharge_all_o = 1'b0;
    refresh_o       = 1'b0;
    refresh_bank_o  = 1'b0;
    calibrate_o     = 1'b0;
    unique case (state_q)
      Idle: if (may_begin_i && counting_i) begin
        if (config_i.per_bank ? all_owed_q != '0 : due) begin
          if (alone_i || owed_q > config_i.batch) state_d = CloseRows;
        end else if (config_i.per_bank && bank_due) state_d = CloseBank;
      end
      CloseRows: if (ready != '0) begin
        precharge_all_o = 1'b1;
        state_d         = Refresh;
        wait_d          = wait_for(16'(timing_i.rp_all));
      end
      Refresh: begin
        if (ready != '0) begin
          refresh_o = 1'b1;
          wait_d    = wait_for(timing_i.rfc);
        end else if (waited_q[Slots-1] && !more) state_d = calibrates ? Calibrate : Idle;
      end
      Calibrate: begin
        if (ready != '0) begin
          calibrate_o = 1'b1;
          wait_d      = wait_for(config_i.calibrate_clocks);
        end else if (waited_q[Slots-1] && !calibrates) state_d = Idle;
      end
      CloseBank: if (ready != '0) begin
        refresh_bank_o = 1'b1;
        state_d        = BankWaits;
        wait_d         = wait_for(timing_i.rfc_bank);
      end
      BankWaits: if (waited_q[0]) state_d = Idle;
      default: state_d = Idle;
    endcase
  end
  // The pins may be busy with others' commands of several clocks: these are kept away from the command's first possible cycle on.
  logic might;
  always_comb begin
    unique case (state_q)
      CloseRows: might = precharge_all_ready_i != '0;
      Refresh:   might = waited_q[Slots-1] && more;
      Calibrate: might = waited_q[Slots-1] && calibrates;
      CloseBank: might = (open_i & chosen_set) == '0 && (chosen_set & ~activate_ready_i[Slots-1]) == '0;
      default:   might = 1'b0;
    endcase
  end
  assign wants_o   = might;
  assign begins_o  = state_q == Idle && state_d != Idle;
  assign idle_o    = state_q == Idle;
  assign closes_o  = state_q inside {CloseRows, Refresh, Calibrate};
  assign closing_o = state_q == CloseBank || (state_q == BankWaits && !waited_q[0]) ? chosen_set : '0;
  assign bank_o    = bank_q;
  assign counts    = refresh_bank_o || (refresh_o && !config_i.per_bank);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= Idle;
      wait_q        <= '0;
      waited_q      <= '1;
      interval_q    <= '0;
      owed_q        <= '0;
      ahead_q       <= '0;
      idle_cycles_q <= '0;
      first_q       <= 1'b1;
      all_owed_q    <= '0;
      todo_q        <= '0;
      bank_q        <= '0;
    end else begin
      if (busy_i) idle_cycles_q <= '0;
      else if (idle_cycles_q != '1) idle_cycles_q <= idle_cycles_q + 1'b1;
      state_q <= state_d;
      wait_q  <= wait_d;
      for (int unsigned s = 0; s < Slots; s++) waited_q[s] <= wait_d <= 16'(s);
      if (state_q == Idle) bank_q <= choice;
      if (refresh_bank_o) todo_q <= todo & ~(NumBanks'(1) << bank_q);
      if (!counting_i) begin
        // From the end of initialisation, or of self-refresh (which refreshes by itself), a new interval begins.
        interval_q <= interval - 16'(Slots);
        owed_q     <= config_i.per_bank ? '0 : owed_first_i;
        ahead_q    <= '0;
        all_owed_q <= config_i.per_bank ? owed_first_i : '0;
        first_q    <= 1'b1;
        todo_q     <= '0;
      end else begin
        interval_q <= interval_q - 16'(Slots) + (tick ? interval : '0);
        if (refresh_o && config_i.per_bank) all_owed_q <= all_owed_q - 1'b1;
        if (state_q == Refresh && state_d != Refresh) first_q <= 1'b0;
        if (owed_q == '0 && (ahead_q != '0 || counts)) ahead_q <= ahead_q + 4'(counts) - 4'(tick);
        else owed_q <= owed_q + 4'(tick) - 4'(counts);
      end
    end
  end

  `TARN_ASSERT_INIT(FirstBatchAllowed, FirstBatch >= 1 && FirstBatch <= 8, "tarn_channel_refresh: FirstBatch must be 1 to 8")
  `TARN_ASSERT(OwesFew, owed_q <= 4'd9 || config_i.per_bank)
  `TARN_ASSERT(OwesOrIsAhead, owed_q == '0 || ahead_q == '0)
endmodule : tarn_channel_refresh
