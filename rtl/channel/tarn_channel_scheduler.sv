// Chooses the commands of this cycle, of each kind one in its earliest slot: of those that may go there the one whose request came first.
// Slots are given to activates first (they are few, and one that comes a clock late moves the whole activate window), to column commands to
// open rows next, to precharges last; who finds a slot taken has the next. Rows are opened for the direction that comes next
// while the data bus still works in the present one, so that a turnaround costs little. Overdue requests are their
// bank's candidates already and the oldest, and turn the direction.
// Latency: combinational from the candidates; the command goes out in the next cycle.
`include "tarn_assert.svh"
module tarn_channel_scheduler
  import tarn_channel_pkg::*;
#(
  parameter int unsigned BankGroupBits = 2,
  parameter int unsigned BankBits      = 2,
  parameter int unsigned NumModules    = 1,
  parameter int unsigned Slots         = 1,  // command slots of a cycle: 1, 2 or 4
  localparam int unsigned ModuleBanks  = 1 << (BankGroupBits + BankBits),
  localparam int unsigned NumBanks     = NumModules * ModuleBanks
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  config_t    config_i,
  input  stamp_t     now_i,
  input  logic       hold_i,      // no command from here
  input  clocks_t    burst_i,     // clocks of a line's data
  input  logic [NumBanks-1:0] still_i,    // none for these banks,
  input  logic [NumBanks-1:0] closing_i,  // but a precharge for these, if they are open
  input  pins_t      since_command_i,   // clocks from the latest command to the first slot
  input  pins_t      activate_clocks_i, // a command's on the pins, which end with its slot
  input  pins_t      column_clocks_i,
  input  pins_t      precharge_clocks_i,
  input  logic       drain_i,     // empty the write queue whatever the watermarks say
  input  logic       read_room_i, // there is room for a read's data
  input  logic       write_room_i, // the store can send a write's
  input  logic [7:0] read_count_i,
  input  logic [7:0] write_count_i,
  input  logic       step_back_i, // slow cells' accesses have the data bus
  input  logic       in_order_i,  // reads go in the order in which they came
  input  logic       turn_i,      // then: the next one is one of these
  input  logic       write_capped_i,  // a class has as many writes queued as it may, and more to queue
  // banks
  input  logic [NumBanks-1:0] open_i,
  input  logic [Slots-1:0][NumBanks-1:0] activate_ready_i,
  input  logic [Slots-1:0][NumBanks-1:0] precharge_ready_i,
  input  logic [Slots-1:0][NumBanks-1:0] read_ready_i,
  input  logic [Slots-1:0][NumBanks-1:0] write_ready_i,
  // the data bus among the modules
  input  logic [Slots-1:0][NumModules-1:0] bus_read_i,
  input  logic [Slots-1:0][NumModules-1:0] bus_write_i,
  // candidates
  input  logic [NumBanks-1:0] read_valid_i,
  input  logic [NumBanks-1:0] read_hit_i,
  input  logic [NumBanks-1:0] read_urgent_i,
  input  row_t       read_row_i[NumBanks],
  input  column_t    read_column_i[NumBanks],
  input  stamp_t     read_stamp_i[NumBanks],
  input  logic [NumBanks-1:0] write_valid_i,
  input  logic [NumBanks-1:0] write_hit_i,
  input  logic [NumBanks-1:0] write_urgent_i,
  input  row_t       write_row_i[NumBanks],
  input  column_t    write_column_i[NumBanks],
  input  stamp_t     write_stamp_i[NumBanks],
  output command_t   command_o,
  output logic       writing_o,   // the direction of the data bus
  output logic       turned_o,    // it changes
  output logic       bus_idle_o,  // no open row has work for the data bus
  output logic       waits_o,     // requests are queued, but the data bus has no work and gets none in this cycle
  output wait_e      wait_o       // why
);
  typedef logic [NumBanks-1:0]         bank_mask_t;
  typedef logic [$clog2(NumBanks)-1:0] bank_index_t;
  localparam int unsigned SlotIndexBits  = Slots > 1 ? $clog2(Slots) : 1;
  localparam int unsigned IdleCycles     = 48 / Slots;  // without a read before writes are drained below the watermark
  localparam int unsigned TurnCyclesMax  = 48 / Slots;  // a turn of the data bus follows the turn of the rows within this
  localparam int unsigned TurnHits       = 4;     // rows open in the new direction that make it worth to turn
  localparam int unsigned StayLines      = 16;    // of one module before others' have their turn
  localparam int unsigned UrgentCycles   = 512;   // a direction lasts this long before an overdue request ends it

  // Direction
  logic       rows_write_q, rows_write_d;  // whom rows are opened for
  logic       bus_write_q, bus_write_d;    // who uses the data bus
  logic [9:0] rows_cycles_q;               // since rows_write_q changed, saturating
  logic [5:0] turn_cycles_q, idle_cycles_q;
  logic       may_end, writes_wanted, turn_q, turn_d, turn_due, turn_over;

  assign may_end = rows_cycles_q >= 10'(UrgentCycles);
  // A class that has its most writes queued gets turns of the bus beside the reads that wait, whatever the watermarks say. Reads
  // that are overdue have a longer one first.
  assign turn_due  = write_capped_i && (read_count_i == '0 || (read_urgent_i == '0 ? rows_cycles_q >= config_i.read_turn : may_end));
  assign turn_over = read_count_i != '0 && write_urgent_i == '0
                  && ((turn_q && rows_cycles_q >= config_i.write_turn) || (write_capped_i && may_end));
  assign writes_wanted = write_count_i >= config_i.write_high
                      || (write_count_i != '0 && (drain_i || idle_cycles_q == 6'(IdleCycles)) && read_count_i == '0);
  always_comb begin
    rows_write_d = rows_write_q;
    turn_d       = turn_q;
    if (!rows_write_q) begin
      turn_d = turn_due && !writes_wanted && write_urgent_i == '0;
      if (writes_wanted || turn_due || (write_urgent_i != '0 && (read_urgent_i == '0 || may_end))) rows_write_d = 1'b1;
    end else begin
      if (write_count_i == '0 || turn_over
          || (read_count_i != '0 && write_count_i <= config_i.write_low && write_urgent_i == '0)
          || (read_urgent_i != '0 && may_end)) rows_write_d = 1'b0;
    end
  end

  // Candidates of banks that may be used.
  bank_mask_t read_valid, write_valid, read_hit, write_hit;
  assign read_valid  = read_valid_i & ~still_i;
  assign write_valid = write_valid_i & ~still_i;
  assign read_hit    = read_hit_i & ~still_i;
  assign write_hit   = write_hit_i & ~still_i;

  bank_mask_t old_hits, new_hits, new_valid;
  assign old_hits  = bus_write_q ? write_hit : read_hit;
  assign new_hits  = bus_write_q ? read_hit : write_hit;
  assign new_valid = bus_write_q ? read_valid : write_valid;
  always_comb begin
    bus_write_d = bus_write_q;
    if (bus_write_q != rows_write_q) begin
      if (old_hits == '0 || new_hits == new_valid || turn_cycles_q == 6'(TurnCyclesMax)
          || $countones(new_hits) >= TurnHits) bus_write_d = rows_write_q;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rows_write_q  <= 1'b0;
      turn_q        <= 1'b0;
      bus_write_q   <= 1'b0;
      rows_cycles_q <= '0;
      turn_cycles_q <= '0;
      idle_cycles_q <= '0;
    end else begin
      rows_write_q <= rows_write_d;
      turn_q       <= turn_d;
      bus_write_q  <= bus_write_d;
      if (rows_write_d != rows_write_q) rows_cycles_q <= '0;
      else if (rows_cycles_q != '1) rows_cycles_q <= rows_cycles_q + 1'b1;
      if (bus_write_q == rows_write_q) turn_cycles_q <= '0;
      else if (turn_cycles_q != 6'(TurnCyclesMax)) turn_cycles_q <= turn_cycles_q + 1'b1;
      if (read_count_i != '0) idle_cycles_q <= '0;
      else if (idle_cycles_q != 6'(IdleCycles)) idle_cycles_q <= idle_cycles_q + 1'b1;
    end
  end
  assign writing_o = bus_write_q;
  assign turned_o  = bus_write_d != bus_write_q;

  bank_index_t chosen, opened, closed;  // by the column command, the activate, the precharge
  module_t     module_q;  // of the latest column command
  logic [4:0]  stay_q;    // column commands that may still go to it before another's
  logic        stay;
  if (NumModules > 1) begin : gen_stay
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        module_q <= '0;
        stay_q   <= '0;
      end else if (command_o.read || command_o.write) begin
        module_q <= command_o.column_bank.module_id;
        if (command_o.column_bank.module_id != module_q) stay_q <= 5'(StayLines);
        else if (stay_q != '0) stay_q <= stay_q - 1'b1;
      end
    end
  end else begin : gen_one_module
    assign module_q = '0;
    assign stay_q   = '0;
  end

  // Rows that nobody used for one to two periods are closed when that is asked for.
  logic [7:0] idle_count_q;
  bank_mask_t used_q, unused_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      idle_count_q <= '0;
      used_q       <= '0;
      unused_q     <= '0;
    end else begin
      if (idle_count_q == '0) begin
        idle_count_q <= config_i.idle_precharge;
        unused_q     <= config_i.idle_precharge == '0 ? '0 : ~used_q;
        used_q       <= '0;
      end else begin
        idle_count_q <= idle_count_q - 1'b1;
      end
      if (command_o.read || command_o.write) begin
        used_q[chosen]   <= 1'b1;
        unused_q[chosen] <= 1'b0;
      end
      if (command_o.activate) begin
        used_q[opened]   <= 1'b1;
        unused_q[opened] <= 1'b0;
      end
    end
  end

  // What each bank could do.
  bank_mask_t serve_write, serve_read, keep;
  assign serve_write = rows_write_q ? write_valid : '0;
  assign serve_read  = rows_write_q ? read_valid & ~write_valid : read_valid;
  // A row with work in the present direction of the bus stays open.
  assign keep = bus_write_q ? write_hit : read_hit;
  bank_mask_t of_module, in_turn;      // of the module that drives the bus; whose turn it is
  bank_mask_t [Slots-1:0] of_bus;      // whose data keeps clear of others', in each slot
  always_comb begin
    for (int unsigned b = 0; b < NumBanks; b++) begin
      for (int unsigned s = 0; s < Slots; s++) of_bus[s][b] = bus_write_q ? bus_write_i[s][b/ModuleBanks] : bus_read_i[s][b/ModuleBanks];
      of_module[b] = module_q == module_t'(b / ModuleBanks);
    end
  end
  assign bus_idle_o = keep == '0;
  // Another module costs idle clocks: stay with one for a while, as long as it has hits.
  assign stay = (keep & of_module) != '0 && stay_q != '0;
  always_comb begin
    in_turn = step_back_i || !(bus_write_q ? write_room_i : read_room_i) ? '0 : '1;
    if (in_order_i && !bus_write_q) in_turn = turn_i ? in_turn & (NumBanks'(1) << oldest(read_valid_i, '0)) : '0;
    if (stay) in_turn = in_turn & of_module;
  end
  // And what they could do in each slot.
  typedef bank_mask_t [Slots-1:0] slot_masks_t;
  slot_masks_t activate_mask, column_mask, precharge_mask;
  bank_mask_t  activates, precharges;
  assign activates  = (serve_write | serve_read) & ~open_i;
  assign precharges = open_i & ~keep & ~still_i & ((serve_write & ~write_hit) | (serve_read & ~read_hit)
                                                   | (unused_q & ~read_valid & ~write_valid));
  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      activate_mask[s]  = activates & activate_ready_i[s];
      column_mask[s]    = in_turn & of_bus[s] & keep & (bus_write_q ? write_ready_i[s] : read_ready_i[s]);
      // Those that are closed for a refresh go first.
      precharge_mask[s] = (open_i & closing_i & precharge_ready_i[s]) != '0 ? open_i & closing_i & precharge_ready_i[s]
                                                                            : precharges & precharge_ready_i[s];
    end
  end

  // How long ago each bank's candidates came: before it is known whose count.
  stamp_t read_age[NumBanks], write_age[NumBanks];
  always_comb begin
    for (int unsigned b = 0; b < NumBanks; b++) begin
      read_age[b]  = now_i - read_stamp_i[b];
      write_age[b] = now_i - write_stamp_i[b];
    end
  end

  // The bank of the mask whose candidate came first.
  function automatic bank_index_t oldest(bank_mask_t mask, bank_mask_t of_write);
    logic [16:0] key[2*NumBanks];
    bank_index_t who[2*NumBanks];
    for (int unsigned leaf = 0; leaf < NumBanks; leaf++) begin
      key[NumBanks+leaf] = {mask[leaf], of_write[leaf] ? write_age[leaf] : read_age[leaf]};
      who[NumBanks+leaf] = bank_index_t'(leaf);
    end
    for (int unsigned node = NumBanks - 1; node >= 1; node--) begin
      key[node] = key[2*node] >= key[2*node+1] ? key[2*node] : key[2*node+1];
      who[node] = key[2*node] >= key[2*node+1] ? who[2*node] : who[2*node+1];
    end
    return who[1];
  endfunction

  // Who has a slot, and its clocks on the pins before that.
  typedef struct packed {
    logic  goes;
    slot_t slot;
    pins_t clocks;
  } place_on_pins_t;

  // The first slot for which there is a bank, and whose clocks on the pins keep clear of those before this cycle and of two that have theirs.
  function automatic place_on_pins_t first_slot(slot_masks_t masks, pins_t clocks, place_on_pins_t one, place_on_pins_t two);
    first_slot = '{goes: 1'b0, slot: '0, clocks: clocks};
    for (int unsigned after = Slots; after > 0; after--) begin
      if (masks[after-1] != '0 && 4'(since_command_i) + 4'(after - 1) >= 4'(clocks)
          && clear_of(slot_t'(after - 1), clocks, one) && clear_of(slot_t'(after - 1), clocks, two)) begin
        first_slot.goes = 1'b1;
        first_slot.slot = slot_t'(after - 1);
      end
    end
  endfunction
  function automatic logic clear_of(slot_t slot, pins_t clocks, place_on_pins_t other);
    if (!other.goes) return 1'b1;
    if (slot > other.slot) return pins_t'(slot - other.slot) >= clocks;
    return slot != other.slot && pins_t'(other.slot - slot) >= other.clocks;
  endfunction

  // The direction of the latest column command.
  logic bus_used_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) bus_used_q <= 1'b0;
    else if (command_o.read || command_o.write) bus_used_q <= command_o.write;
  end

  // Clocks that the data bus still works for the latest column command.
  clocks_t busy_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) busy_q <= '0;
    else if (command_o.read || command_o.write) busy_q <= burst_i - clocks_t'(Slots);
    else busy_q <= busy_q > clocks_t'(Slots) ? busy_q - clocks_t'(Slots) : '0;
  end
  assign waits_o = (read_count_i != '0 || write_count_i != '0) && busy_q == '0 && !(command_o.read || command_o.write);
  always_comb begin
    if (hold_i || (keep == '0 && still_i != '0)) wait_o = WaitUpkeep;
    else if (step_back_i) wait_o = WaitSlow;
    else if (keep == '0) wait_o = WaitRows;
    else if (in_turn == '0) wait_o = WaitRoom;
    else if (bus_write_q != bus_used_q || (in_turn & of_bus[Slots-1] & keep) == '0) wait_o = WaitTurn;
    else wait_o = WaitColumn;
  end
  place_on_pins_t activate, column, precharge;
  always_comb begin
    command_o = '0;
    chosen    = '0;
    opened    = '0;
    closed    = '0;
    activate  = '0;
    column    = '0;
    precharge = '0;
    if (!hold_i) begin
      activate  = first_slot(activate_mask, activate_clocks_i, '0, '0);
      column    = first_slot(column_mask, column_clocks_i, activate, '0);
      precharge = first_slot(precharge_mask, precharge_clocks_i, activate, column);
      if (activate.goes) begin
        command_o.activate = 1'b1;
        opened             = oldest(activate_mask[SlotIndexBits'(activate.slot)], serve_write);
        command_o.row      = serve_write[opened] ? write_row_i[opened] : read_row_i[opened];
      end
      if (column.goes) begin
        command_o.write  = bus_write_q;
        command_o.read   = !bus_write_q;
        chosen           = oldest(column_mask[SlotIndexBits'(column.slot)], {NumBanks{bus_write_q}});
        command_o.column = bus_write_q ? write_column_i[chosen] : read_column_i[chosen];
      end
      if (precharge.goes) begin
        command_o.precharge = 1'b1;
        closed              = oldest(precharge_mask[SlotIndexBits'(precharge.slot)], serve_write);
      end
    end
    command_o.activate_slot  = activate.slot;
    command_o.column_slot    = column.slot;
    command_o.precharge_slot = precharge.slot;
    command_o.activate_bank  = bank_at(($bits(bank_t))'(opened), BankGroupBits, BankBits);
    command_o.column_bank    = bank_at(($bits(bank_t))'(chosen), BankGroupBits, BankBits);
    command_o.precharge_bank = bank_at(($bits(bank_t))'(closed), BankGroupBits, BankBits);
  end
endmodule : tarn_channel_scheduler
