// All commands but those for requests: initialisation, self-refresh, and each module's refresh and calibration. Says what must be still for them.
// Modules in turn: one is closed for all its banks at a time, if it can be helped, so that others use the bus meanwhile.
module tarn_channel_upkeep
  import tarn_channel_pkg::*;
  import tarn_dfi_pkg::*;
#(
  parameter int unsigned BankGroupBits = 2,
  parameter int unsigned BankBits      = 2,
  parameter int unsigned NumModules    = 1,
  parameter int unsigned Slots         = 1,   // DRAM clocks of a cycle
  parameter int unsigned ResetClocks   = 64,
  parameter int unsigned CkeClocks     = 64,
  localparam int unsigned ModuleBanks  = 1 << (BankGroupBits + BankBits),
  localparam int unsigned NumBanks     = NumModules * ModuleBanks
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  timing_t    timings_i[NumModules],
  input  timing_t    timing_i,        // what they have in common, and the longest precharge of all banks
  input  refresh_config_t config_i,
  input  modes_t     modes_i,
  input  logic [1:0] group_bits_i,    // of the banks that are there
  input  logic [1:0] bank_bits_i,
  input  logic       initialise_i,    // once more
  input  logic       self_refresh_i,
  input  logic       phy_ready_i,
  input  logic       drained_i,       // nothing is queued or under way
  input  logic       queued_i,        // requests are
  input  logic [NumBanks-1:0] bank_queued_i,  // for these banks, those that go next
  // banks and pins
  input  logic [NumBanks-1:0] open_i,
  input  logic [Slots-1:0][NumBanks-1:0] activate_ready_i,
  input  logic [Slots-1:0][NumBanks-1:0] precharge_ready_i,
  input  pins_t      since_command_i,   // clocks from the latest command to the first slot
  input  pins_t      activate_clocks_i, // a command's on the pins; a refresh's too
  input  pins_t      precharge_clocks_i,
  output logic       init_done_o,
  output logic       self_refreshing_o,
  output logic       hold_o,            // no command for requests
  output logic       pins_wanted_o,     // no command of anybody else
  output logic [NumBanks-1:0] still_o,    // no command for these banks,
  output logic [NumBanks-1:0] closing_o,  // but a precharge for these
  output dfi_cmd_t   command_o,
  output slot_t      slot_o,
  output logic [ModulesMax-1:0] precharge_all_o,  // of these modules, with the command
  output logic [ModulesMax-1:0] refresh_bank_o,   // of closing_o of these
  output dfi_ctl_t   control_o,
  output logic [3:0] owed_o,            // refreshes, of the module that is owed most
  output logic       refreshed_o
);
  localparam int unsigned ModuleIndexBits = NumModules > 1 ? $clog2(NumModules) : 1;
  typedef logic [NumModules-1:0] module_mask_t;

  // In each slot.
  logic [NumModules-1:0][Slots-1:0] may_precharge_all;
  logic [Slots-1:0]                 may_refresh;  // as far as the pins go
  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      may_refresh[s] = 4'(since_command_i) + 4'(s) >= 4'(activate_clocks_i);
      for (int unsigned m = 0; m < NumModules; m++) begin
        may_precharge_all[m][s] = &precharge_ready_i[s][m*ModuleBanks+:ModuleBanks] && 4'(since_command_i) + 4'(s) >= 4'(precharge_clocks_i);
      end
    end
  end

  logic         hold, runs, counting, precharge_all;
  logic [3:0]   refreshes_first;
  dfi_cmd_t     maintenance_command;
  slot_t        maintenance_slot;
  module_mask_t begins, idle, closes, wants, close_all, refresh_all, refresh_bank, calibrates;
  tarn_channel_maintenance #(
    .NumModules(NumModules), .ResetClocks(ResetClocks), .CkeClocks(CkeClocks), .Slots(Slots)
  ) u_maintenance (
    .clk_i, .rst_ni, .timing_i, .modes_i, .initialise_i, .self_refresh_i, .phy_ready_i, .drained_i,
    .refresh_idle_i(&idle), .refresh_begins_i(begins != '0), .precharge_all_ready_i(may_precharge_all),
    .hold_o(hold), .runs_o(runs), .counting_o(counting), .refreshes_first_o(refreshes_first), .init_done_o, .self_refreshing_o,
    .precharge_all_o(precharge_all), .command_o(maintenance_command), .slot_o(maintenance_slot), .control_o
  );

  logic [ModuleIndexBits-1:0] turn_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) turn_q <= '0;
    else turn_q <= NumModules > 1 ? turn_q + 1'b1 : '0;
  end
  slot_t      slot[NumModules];
  logic [3:0] owed[NumModules];
  bank_t      bank[NumModules];
  for (genvar m = 0; m < NumModules; m++) begin : gen_refresh
    localparam int unsigned First = m * ModuleBanks;
    logic [Slots-1:0][ModuleBanks-1:0] may_activate;
    logic [$clog2(ModuleBanks)-1:0]    index;
    for (genvar s = 0; s < Slots; s++) begin : gen_slot
      assign may_activate[s] = activate_ready_i[s][First+:ModuleBanks];
    end
    tarn_channel_refresh #(
      .BankGroupBits(BankGroupBits), .BankBits(BankBits), .Slots(Slots), .FirstBatch((m + 1) * 8 / NumModules)
    ) u_refresh (
      .clk_i, .rst_ni, .timing_i(timings_i[m]), .config_i, .group_bits_i, .bank_bits_i,
      .counting_i(counting), .owed_first_i(refreshes_first), .may_begin_i(runs),
      .alone_i(turn_q == ModuleIndexBits'(m) && (closes & ~(module_mask_t'(1) << m)) == '0),
      .busy_i(queued_i && (NumModules == 1 || bank_queued_i[First+:ModuleBanks] != '0)), .bank_busy_i(bank_queued_i[First+:ModuleBanks]),
      .open_i(open_i[First+:ModuleBanks]), .precharge_all_ready_i(may_precharge_all[m]), .activate_ready_i(may_activate),
      .pins_ready_i(may_refresh), .go_i((wants & module_mask_t'((1 << m) - 1)) == '0),
      .begins_o(begins[m]), .idle_o(idle[m]), .closes_o(closes[m]), .closing_o(closing_o[First+:ModuleBanks]),
      .wants_o(wants[m]), .precharge_all_o(close_all[m]), .calibrate_o(calibrates[m]), .refresh_o(refresh_all[m]), .refresh_bank_o(refresh_bank[m]),
      .bank_o(index), .slot_o(slot[m]), .owed_o(owed[m])
    );
    always_comb begin
      bank[m]                     = bank_at(($bits(bank_t))'(index), BankGroupBits, BankBits);
      still_o[First+:ModuleBanks] = closing_o[First+:ModuleBanks] | {ModuleBanks{NumModules > 1 && closes[m]}};
    end
  end

  // One command a cycle: the modules' refreshes wait for each other, and maintenance has none while one is under way.
  always_comb begin
    command_o       = maintenance_command;
    slot_o          = maintenance_slot;
    owed_o          = '0;
    precharge_all_o = ModulesMax'(close_all);
    if (precharge_all) precharge_all_o[maintenance_command.module_id] = 1'b1;
    for (int unsigned m = 0; m < NumModules; m++) begin
      if (close_all[m] || refresh_all[m] || refresh_bank[m] || calibrates[m]) begin
        command_o.op         = close_all[m] ? DfiPrechargeAll : refresh_all[m] ? DfiRefresh : calibrates[m] ? DfiZqShort : DfiRefreshBank;
        command_o.module_id  = module_t'(m);
        command_o.bank_group = refresh_bank[m] ? bank[m].group : '0;
        command_o.bank       = refresh_bank[m] ? 3'(bank[m].in_group) : '0;
        slot_o               = slot[m];
      end
      if (owed[m] > owed_o) owed_o = owed[m];
    end
  end
  assign refresh_bank_o = ModulesMax'(refresh_bank);
  assign refreshed_o    = (refresh_all | refresh_bank) != '0;
  assign hold_o         = hold || wants != '0 || (NumModules == 1 && closes[0]);
  assign pins_wanted_o  = maintenance_command.op != DfiNop || wants != '0;
endmodule : tarn_channel_upkeep
