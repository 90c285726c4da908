// Chooses the command of this cycle, of each kind the one whose request came first: activates first (they are few, and
// one that comes a clock late moves the whole activate window), column commands to open rows next, precharges last. Rows are opened for the direction that comes next
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
  localparam int unsigned ModuleBanks  = 1 << (BankGroupBits + BankBits),
  localparam int unsigned NumBanks     = NumModules * ModuleBanks
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  config_t    config_i,
  input  stamp_t     now_i,
  input  logic       hold_i,      // no command from here
  input  logic       activate_room_i,   // the command pins have been idle for as long as the command takes
  input  logic       column_room_i,
  input  logic       precharge_room_i,
  input  logic       drain_i,     // empty the write queue whatever the watermarks say
  input  logic       read_room_i, // there is room for a read's data
  input  logic [7:0] read_count_i,
  input  logic [7:0] write_count_i,
  input  logic       step_back_i, // slow cells' accesses have the data bus
  input  logic       in_order_i,  // reads go in the order in which they came
  input  logic       turn_i,      // then: the next one is one of these
  input  logic       write_capped_i,  // a class has as many writes queued as it may, and more to queue
  // banks
  input  logic [NumBanks-1:0] open_i,
  input  logic [NumBanks-1:0] activate_ready_i,
  input  logic [NumBanks-1:0] precharge_ready_i,
  input  logic [NumBanks-1:0] read_ready_i,
  input  logic [NumBanks-1:0] write_ready_i,
  // the data bus among the modules
  input  logic [NumModules-1:0] bus_read_i,
  input  logic [NumModules-1:0] bus_write_i,
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
  output logic       bus_idle_o   // no open row has work for the data bus
);
  typedef logic [NumBanks-1:0]         bank_mask_t;
  typedef logic [$clog2(NumBanks)-1:0] bank_index_t;
  localparam int unsigned IdleCycles     = 48;    // without a read before writes are drained below the watermark
  localparam int unsigned TurnCyclesMax  = 48;    // a turn of the data bus follows the turn of the rows within this
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

  bank_mask_t old_hits, new_hits, new_valid;
  assign old_hits  = bus_write_q ? write_hit_i : read_hit_i;
  assign new_hits  = bus_write_q ? read_hit_i : write_hit_i;
  assign new_valid = bus_write_q ? read_valid_i : write_valid_i;
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

  bank_index_t chosen;
  module_t     module_q;  // of the latest column command
  logic [4:0]  stay_q;    // column commands that may still go to it before another's
  logic        stay;
  if (NumModules > 1) begin : gen_stay
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        module_q <= '0;
        stay_q   <= '0;
      end else if (command_o.read || command_o.write) begin
        module_q <= command_o.bank.module_id;
        if (command_o.bank.module_id != module_q) stay_q <= 5'(StayLines);
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
      if (command_o.read || command_o.write || command_o.activate) begin
        used_q[chosen]   <= 1'b1;
        unused_q[chosen] <= 1'b0;
      end
    end
  end

  // What each bank could do.
  bank_mask_t serve_write, serve_read, column_mask, activate_mask, precharge_mask, keep;
  assign serve_write = rows_write_q ? write_valid_i : '0;
  assign serve_read  = rows_write_q ? read_valid_i & ~write_valid_i : read_valid_i;
  // A row with work in the present direction of the bus stays open.
  assign keep = bus_write_q ? write_hit_i : read_hit_i;
  bank_mask_t column_ready, of_module, of_bus;  // that may go; of the module that drives the bus; whose data keeps clear of others'
  always_comb begin
    for (int unsigned b = 0; b < NumBanks; b++) begin
      of_bus[b]    = bus_write_q ? bus_write_i[b/ModuleBanks] : bus_read_i[b/ModuleBanks];
      of_module[b] = module_q == module_t'(b / ModuleBanks);
    end
  end
  always_comb begin
    column_ready = bus_write_q ? write_hit_i & write_ready_i : read_hit_i & read_ready_i & {NumBanks{read_room_i}};
    if (in_order_i && !bus_write_q) column_ready = turn_i ? column_ready & (NumBanks'(1) << oldest(read_valid_i, '0)) : '0;
    column_ready = step_back_i || !column_room_i ? '0 : column_ready & of_bus;
  end
  assign bus_idle_o = keep == '0;
  // Another module costs idle clocks: stay with one for a while, as long as it has hits.
  assign stay        = (keep & of_module) != '0 && stay_q != '0;
  assign column_mask = stay ? column_ready & of_module : column_ready;
  assign activate_mask  = activate_room_i ? (serve_write | serve_read) & ~open_i & activate_ready_i : '0;
  assign precharge_mask = {NumBanks{precharge_room_i}} & open_i & precharge_ready_i & ~keep
                        & ((serve_write & ~write_hit_i) | (serve_read & ~read_hit_i)
                           | (unused_q & ~read_valid_i & ~write_valid_i));

  // The bank of the mask whose candidate came first.
  function automatic bank_index_t oldest(bank_mask_t mask, bank_mask_t of_write);
    logic [16:0] key[2*NumBanks];
    bank_index_t who[2*NumBanks];
    for (int unsigned b = 0; b < NumBanks; b++) begin
      key[NumBanks+b] = {mask[b], now_i - (of_write[b] ? write_stamp_i[b] : read_stamp_i[b])};
      who[NumBanks+b] = bank_index_t'(b);
    end
    for (int unsigned i = NumBanks - 1; i >= 1; i--) begin
      key[i] = key[2*i] >= key[2*i+1] ? key[2*i] : key[2*i+1];
      who[i] = key[2*i] >= key[2*i+1] ? who[2*i] : who[2*i+1];
    end
    return who[1];
  endfunction

  always_comb begin
    command_o = '0;
    chosen    = '0;
    if (!hold_i) begin
      if (column_mask != '0 && activate_mask == '0) begin
        command_o.write  = bus_write_q;
        command_o.read   = !bus_write_q;
        chosen           = oldest(column_mask, {NumBanks{bus_write_q}});
        command_o.column = bus_write_q ? write_column_i[chosen] : read_column_i[chosen];
      end else if (activate_mask != '0) begin
        command_o.activate = 1'b1;
        chosen             = oldest(activate_mask, serve_write);
        command_o.row      = serve_write[chosen] ? write_row_i[chosen] : read_row_i[chosen];
      end else if (precharge_mask != '0) begin
        command_o.precharge = 1'b1;
        chosen              = oldest(precharge_mask, serve_write);
      end
    end
    command_o.bank = bank_at(($bits(bank_t))'(chosen), BankGroupBits, BankBits);
  end
endmodule : tarn_channel_scheduler
