// The memory channel: takes line requests of several classes, keeps the modules' data bus busy and breaks no timing
// rule of theirs (JESD79-4). Latency of a read without others: 3 cycles to the first command, and 3 from the last data
// to the answer. Answers come in any order; two requests of one class port to one line take effect in order.
// When its queues are full a port's ready is low; each class has places of its own. No path from valid to ready;
// slot_req_ready_o depends on slot_rsp_ready_i (a forwarded read is taken when its line can leave), with HoldAtPort on slot_req_i too.
`include "tarn_assert.svh"
module tarn_channel
  import tarn_channel_pkg::*;
  import tarn_channel_ecc_pkg::*;
  import tarn_line_pkg::*;
  import tarn_dfi_pkg::*;
#(
  parameter int unsigned DramClocksPerCycle = 1,   // command slots of a cycle: 1, 2 or 4
  parameter int unsigned NumModules         = 1,   // 1, 2, 4 or 8
  parameter int unsigned BankGroupBits      = 2,   // of the largest module that may be there: 0..3
  parameter int unsigned BankBits           = 2,   // of a bank in its group: 0..2
  parameter int unsigned NarrowBus          = 0,   // a clock may carry 128 bits divided by up to 2 to the power of this: 0..3; above 1 without Ecc
  parameter int unsigned ReadDepth          = 64,  // queued reads
  parameter int unsigned WriteDepth         = 96,  // queued writes
  parameter int unsigned ReservedReads      = 4,   // of each class
  parameter int unsigned ReservedWrites     = 4,
  parameter int unsigned ReturnDepth        = 16,  // lines read and not taken yet, those under way included
  parameter int unsigned SlowReads          = 0,   // queued or under way to slow cells: 4..48; 0: there are none
  parameter int unsigned SlowWrites         = 16,  // queued: 4..16
  parameter int unsigned FastRows           = 0,   // of each module, whose other rows are slow cells; 0: register slow_from says
  parameter bit          Ecc                = 1'b1, // the modules have check bits (x72); without, poison lives in the write queue alone
  parameter int unsigned HammerRows         = 0,   // rows of each bank whose activates are counted: 2..64; 0: none. Needs Ecc
  parameter int unsigned FixedSlots         = 0,   // 1: slow reads may have slots that are fixed at issue, for comparison; with one clock a cycle
  parameter int unsigned RowBits            = 16,  // of a module: 16 is 8 GiB, 23 the whole line space of 1 TiB
  parameter int unsigned FixedSetup         = 0,   // 1: timing, geometry, mapping and scheduling are what registers say after reset; these are read-only
  parameter bit          Histograms         = 1'b1, // of latencies and lost cycles; without, registers latency and stalls_by read zero
  parameter int unsigned CounterBits        = 64,  // of each counter: 32..64
  parameter int unsigned RanksAhead         = 0,   // 1: a shorter path in the search of the queues, for few places
  parameter bit          ReturnParts        = 1'b0, // lines that come back stand in a store as wide as a clock; Slots 1, NarrowBus 0, without Ecc
  parameter bit          HoldAtPort         = 1'b0, // a request stays at its port until it is decided; without Ecc
  parameter int unsigned ResetClocks        = 64,  // initialisation, shortened for simulation; JEDEC: 200 us
  parameter int unsigned CkeClocks          = 64   // JEDEC: 500 us
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // requests, a port a class
  input  logic                    slot_req_valid_i[NumClasses],
  output logic                    slot_req_ready_o[NumClasses],
  input  slot_req_t               slot_req_i[NumClasses],
  // registers
  input  logic                    reg_req_valid_i,
  output logic                    reg_req_ready_o,
  input  tarn_reg_pkg::reg_req_t  reg_req_i,
  output logic                    reg_rsp_valid_o,
  output tarn_reg_pkg::reg_rsp_t  reg_rsp_o,
  // answers
  output logic                    slot_rsp_valid_o,
  input  logic                    slot_rsp_ready_i,
  output slot_rsp_t               slot_rsp_o,
  output logic                    irq_o,
  // modules (through a PHY)
  input  logic                    dfi_init_complete_i,  // the PHY is ready
  input  dfi_rd_t                 dfi_rd_i[DramClocksPerCycle],
  input  dfi_ready_t              module_ready_i[NumModules],
  output dfi_cmd_t                dfi_cmd_o[DramClocksPerCycle],
  output dfi_ctl_t                dfi_ctl_o,
  output dfi_wr_t                 dfi_wr_o[DramClocksPerCycle],
  output logic                    dfi_rd_en_o[DramClocksPerCycle]
);
  `TARN_ASSERT_INIT(ClocksAllowed, DramClocksPerCycle inside {1, 2, 4}, "tarn_channel: DramClocksPerCycle must be 1, 2 or 4")
  `TARN_ASSERT_INIT(BusAllowed, NarrowBus <= 3 && (NarrowBus <= 1 || !Ecc), "tarn_channel: NarrowBus must be 0 to 3, with Ecc 0 or 1")
  `TARN_ASSERT_INIT(HammerNeedsEcc, HammerRows == 0 || Ecc, "tarn_channel: HammerRows needs Ecc")
  `TARN_ASSERT_INIT(ModulesAllowed, NumModules inside {1, 2, 4, 8}, "tarn_channel: NumModules must be 1, 2, 4 or 8")
  `TARN_ASSERT_INIT(BanksAllowed, BankGroupBits <= BankGroupBitsMax && BankBits <= BankBitsMax && BankGroupBits + BankBits >= 2,
                    "tarn_channel: BankGroupBits must be 0 to 3, BankBits 0 to 2, their sum 2 at least")

  `TARN_ASSERT_INIT(CountersAllowed, CounterBits >= 32 && CounterBits <= 64, "tarn_channel: CounterBits must be 32 to 64")

  localparam int unsigned Slots       = DramClocksPerCycle;
  localparam bit          SearchAtOnce = Slots > 1;  // a bank's next column command may go in the next cycle
  localparam int unsigned ClMax       = FixedSetup != 0 ? 32'(FixedCl) : 63;
  localparam int unsigned CwlMax      = FixedSetup != 0 ? 32'(FixedCwl) : 63;
  localparam int unsigned ModuleBanks = 1 << (BankGroupBits + BankBits);
  localparam int unsigned NumBanks    = NumModules * ModuleBanks;
  typedef logic [NumBanks-1:0]         bank_mask_t;
  typedef logic [$clog2(NumBanks)-1:0] bank_index_t;
  localparam int unsigned ReadIndexBits  = $clog2(ReadDepth);
  localparam int unsigned WriteIndexBits = $clog2(WriteDepth);
  // The store of writes' lines: those of the write queue, and behind them those of slow cells.
  localparam int unsigned StoreLines = WriteDepth + (SlowReads != 0 ? SlowWrites : 0);
  typedef logic [$clog2(StoreLines)-1:0] store_index_t;

  // Registers
  tarn_channel_regs_pkg::reg2hw_t regs;
  tarn_channel_regs_pkg::hw2reg_t status;
  // Watermarks and shares after reset: those of 64 reads, 96 writes and 48 slow reads, in proportion.
  localparam int unsigned WriteFill = WriteDepth - 2 * ReservedWrites;  // what one class can fill
  function automatic logic [7:0] in_proportion(int unsigned part, int unsigned of_default, int unsigned places);
    return part * places < of_default ? 8'd1 : 8'(part * places / of_default);
  endfunction
  tarn_channel_regs #(
    .NumModules(4'(NumModules)), .FixedSetup(FixedSetup != 0), .Ecc(Ecc),
    .WriteHigh(in_proportion(86, 88, WriteFill)), .WriteLow(in_proportion(6, 88, WriteFill)),
    .BulkReads(in_proportion(16, 64, ReadDepth)), .WalkReads(in_proportion(12, 64, ReadDepth)), .HostReads(in_proportion(36, 64, ReadDepth)),
    .BulkWrites(in_proportion(32, 96, WriteDepth)), .WalkWrites(in_proportion(8, 96, WriteDepth)), .HostWrites(in_proportion(56, 96, WriteDepth)),
    .SlowBatch(SlowReads == 0 ? 6'd40 : 6'(in_proportion(40, 48, SlowReads))),
    .FixedRows(FastRows != 0), .SlowFrom(FastRows != 0 ? row_t'(FastRows) : '1)
  ) u_regs (
    .clk_i, .rst_ni,
    .req_valid_i(reg_req_valid_i), .req_i(reg_req_i), .hw2reg_i(status),
    .req_ready_o(reg_req_ready_o), .rsp_valid_o(reg_rsp_valid_o), .rsp_o(reg_rsp_o), .reg2hw_o(regs)
  );

  timing_t     timings[NumModules], timing;  // of each module; what all have in common
  config_t     cfg;
  refresh_config_t refresh_config;
  mapping_t    mapping;
  geometry_t   geometry;
  modes_t      modes;
  shares_t     read_shares, write_shares;
  for (genvar m = 0; m < NumModules; m++) begin : gen_timing
    assign timings[m] = '{
      cl: regs.timing_latency.cl.q, cwl: regs.timing_latency.cwl.q,
      rcd: regs.timing_bank[m].rcd.q, rp: regs.timing_bank[m].rp.q,
      ras: regs.timing_row[m].ras.q, rc: regs.timing_row[m].rc.q, faw: regs.timing_row[m].faw.q, rtp: regs.timing_row[m].rtp.q,
      ccd_s: regs.timing_bank_group[m].ccd_s.q, ccd_l: regs.timing_bank_group[m].ccd_l.q,
      rrd_s: regs.timing_bank_group[m].rrd_s.q, rrd_l: regs.timing_bank_group[m].rrd_l.q,
      wr: regs.timing_write[m].wr.q, wtr_s: regs.timing_write[m].wtr_s.q, wtr_l: regs.timing_write[m].wtr_l.q,
      rtw_gap: regs.timing_write[m].rtw_gap.q,
      mrd: regs.timing_mode.mrd.q, mod: regs.timing_mode.mod.q,
      rfc: regs.timing_refresh[m].rfc.q, refi: regs.timing_refresh[m].refi.q,
      rfc_bank: regs.timing_bank_refresh[m].rfc.q, refi_bank: regs.timing_bank_refresh[m].refi.q,
      bank_to_activate: regs.timing_bank_refresh[m].to_activate.q,
      ccd_l_wr: regs.timing_bank[m].ccd_l_wr.q, rp_all: regs.timing_bank[m].rp_all.q, ppd: clocks_t'(regs.timing_command.ppd.q),
      burst: 8'd4 << geometry.narrowing,
      xs: regs.timing_wake.xs.q, dllk: regs.timing_wake.dllk.q, zq_init: regs.timing_mode.zq_init.q
    };
  end
  always_comb begin
    timing = timings[0];
    for (int unsigned m = 1; m < NumModules; m++) if (timings[m].rp_all > timing.rp_all) timing.rp_all = timings[m].rp_all;
  end
  assign cfg = '{
    write_high: regs.scheduler.write_high.q, write_low: regs.scheduler.write_low.q,
    idle_precharge: regs.scheduler.idle_precharge.q,
    read_age_cap: regs.age_cap.reads.q + stamp_t'(regs.head_start.cycles.q),
    write_age_cap: regs.age_cap.writes.q + stamp_t'(regs.head_start.cycles.q),
    read_turn: regs.turns.reads.q, write_turn: regs.turns.writes.q, head_start: regs.head_start.cycles.q
  };
  assign refresh_config = '{
    batch: regs.scheduler.refresh_batch.q, ahead: regs.scheduler.refresh_ahead.q,
    per_bank: regs.refresh_mode.per_bank.q, same_bank: regs.refresh_mode.same_bank.q,
    calibrate_every: regs.calibration.interval.q, calibrate_clocks: regs.calibration.clocks.q
  };
  assign read_shares.share  = {regs.read_places.host.q, regs.read_places.walk.q, regs.read_places.bulk.q};
  assign read_shares.most   = {regs.read_most.host.q, regs.read_most.walk.q, regs.read_most.bulk.q};
  assign write_shares.share = {regs.write_places.host.q, regs.write_places.walk.q, regs.write_places.bulk.q};
  assign write_shares.most  = {regs.write_most.host.q, regs.write_most.walk.q, regs.write_most.bulk.q};
  always_comb begin
    mapping.group_low  = regs.mapping.bank_group_low.q;
    mapping.bank_low   = regs.mapping.bank_low.q;
    mapping.column_low = regs.mapping.column_low.q;
    mapping.module_low = regs.mapping.module_low.q;
    for (int unsigned i = 0; i < HashBits; i++) mapping.hash[i] = regs.bank_hash[i].rows.q;
  end
  // What the modules have, as far as the channel was built for it.
  always_comb begin
    geometry.group_bits  = 32'(regs.geometry.bank_group_bits.q) > BankGroupBits ? 2'(BankGroupBits) : regs.geometry.bank_group_bits.q;
    geometry.bank_bits   = 32'(regs.geometry.bank_bits.q) > BankBits ? 2'(BankBits) : regs.geometry.bank_bits.q;
    geometry.column_bits = regs.geometry.column_bits.q;
    geometry.narrowing   = 32'(regs.geometry.narrowing.q) > NarrowBus ? 2'(NarrowBus) : regs.geometry.narrowing.q;
    geometry.single_rate = regs.geometry.single_rate.q && NarrowBus != 0;
  end
  assign modes = '{
    precharge_first: regs.mode_numbers_4_6.precharge_first.q, refreshes_first: regs.mode_numbers_4_6.refreshes.q,
    writes: regs.mode_numbers_4_6.writes.q,
    number: {regs.mode_numbers_4_6.sixth.q, regs.mode_numbers_4_6.fifth.q, regs.mode_numbers_4_6.fourth.q,
             regs.mode_numbers_0_3.third.q, regs.mode_numbers_0_3.second.q, regs.mode_numbers_0_3.first.q, regs.mode_numbers_0_3.zeroth.q},
    value: {regs.mode_values_6.sixth.q, regs.mode_values_4_5.fifth.q, regs.mode_values_4_5.fourth.q,
            regs.mode_values_2_3.third.q, regs.mode_values_2_3.second.q, regs.mode_values_0_1.first.q, regs.mode_values_0_1.zeroth.q}
  };

  stamp_t now_q;
  tarn_latency_pkg::latency_t now;  // its lower bits are the age's
  logic [tarn_latency_pkg::LatencyBits-$bits(stamp_t)-1:0] now_high_q;
  assign now = {now_high_q, now_q};
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {now_high_q, now_q} <= '0;
    else {now_high_q, now_q} <= {now_high_q, now_q} + 1'b1;
  end

  // Requests come in
  logic init_done, open, drain;
  assign drain = regs.control.quiesce.q || regs.control.self_refresh.q;
  assign open  = init_done && !drain;

  logic      lookup, inserts_read, inserts_write, insert_read, insert_write, read_hit, write_hit, read_free, write_free;
  location_t location;
  logic [ReadIndexBits-1:0]  read_hit_index, read_free_index, read_take_index;
  logic [WriteIndexBits-1:0] write_hit_index, write_free_index, write_take_index, release_index;
  logic [11:0]  request_tag;
  logic         read_take, write_take, write_release;
  logic         held_write, fill, fill_corrected, fast_wake, fast_wakes, writes_held;  // old lines of partial writes
  logic         scrub_valid, scrub_ready, hammer_untracked;
  logic [33:0]  scrub_line;
  location_t    wake_location, write_location;
  read_id_t     request_id, read_id, send_id, lost_id;
  logic         store, merge, store_poison, forward, forward_waits, forward_store_ready, forward_rsp_ready, ack, ack_ready;
  stall_e       stall;
  wait_e        bus_wait;
  logic         bus_waits;
  tarn_latency_pkg::latency_t request_since;
  logic         out_of_range, stalled, admission_empty, request_bulk, write_capped;
  stamp_t       qos_stamp, read_stamp_new, other_stamp_new;
  logic [3:0]   request_qos;
  logic [63:0]  store_mask;
  logic [511:0] store_data;
  logic [33:0]  request_line;
  logic [StoreLines-1:0] whole;
  status_e      ack_status;
  logic [1:0]   request_class;
  // Of slow cells.
  logic slow, slow_read_hit, slow_write_hit, slow_read_place, slow_write_place, slow_hurry, hurry_read, hurried, order_full, slow_presses;
  logic avoid_read, slot_missed;
  logic bus_idle, step_back, claim, slow_go, in_order, fast_turn, slow_idle, slow_stray;
  logic lost_valid, lost_take, slow_timed_out;
  row_t slow_from[NumModules];
  slow_command_t         slow_command;
  logic [Slots-1:0][NumModules-1:0] bus_read, bus_write, bus_send, bus_slow_write;
  slot_t                 slow_slot;  // of slow cells' command,
  logic                  slow_data;  // with which data comes or goes
  logic                  slow_writes;  // it takes a line from the store
  logic                  slow_fill, lost_fill, fill_done, fill_dropped, store_release;
  logic [3:0]            slow_free_index;
  store_index_t          hit_line, new_line, fill_line, issue_line, release_line;  // of the store
  store_index_t          slow_hit_line, slow_new_line, slow_fill_line, slow_issue_line;
  always_comb begin
    for (int unsigned m = 0; m < NumModules; m++) slow_from[m] = regs.slow_from[m].row.q;
  end

  tarn_channel_admission #(
    .ReadDepth(ReadDepth), .WriteDepth(WriteDepth), .ReservedReads(ReservedReads), .ReservedWrites(ReservedWrites),
    .RowBits(RowBits), .NumModules(NumModules), .BankGroupBits(BankGroupBits), .BankBits(BankBits), .SlowCells(SlowReads != 0), .Ecc(Ecc), .HoldAtPort(HoldAtPort)
  ) u_admission (
    .clk_i, .rst_ni, .now_i(now), .open_i(open), .mapping_i(mapping), .geometry_i(geometry), .read_shares_i(read_shares), .write_shares_i(write_shares),
    .slot_req_valid_i, .slot_req_ready_o, .slot_req_i,
    .scrub_valid_i(scrub_valid), .scrub_ready_o(scrub_ready), .scrub_line_i(scrub_line),
    .lookup_o(lookup), .location_o(location),
    .read_hit_i(slow ? slow_read_hit : read_hit), .write_hit_i(slow ? slow_write_hit : write_hit),
    .read_free_i(read_free && !order_full), .read_free_index_i(read_free_index),
    .write_free_i(write_free), .write_free_index_i(write_free_index),
    .insert_read_o(inserts_read), .insert_write_o(inserts_write), .tag_o(request_tag), .bulk_o(request_bulk),
    .qos_o(request_qos), .class_o(request_class), .slow_o(slow), .slow_from_i(slow_from), .slow_read_place_i(slow_read_place && !order_full), .slow_write_place_i(slow_write_place),
    .slow_presses_o(slow_presses),
    .write_capped_o(write_capped),
    .read_release_i(read_take), .read_release_index_i(read_take_index),
    .write_release_i(write_release), .write_release_index_i(release_index),
    .hurry_o(hurried),
    .whole_i(whole[hit_line]), .store_o(store), .merge_o(merge),
    .mask_o(store_mask), .poison_o(store_poison), .data_o(store_data),
    .forward_ready_i(forward_store_ready && forward_rsp_ready), .forward_waits_o(forward_waits), .forward_o(forward),
    .ack_ready_i(ack_ready && !lost_valid && !fill), .ack_o(ack), .ack_status_o(ack_status),
    .out_of_range_o(out_of_range), .line_o(request_line), .stalled_o(stalled), .stall_o(stall), .since_o(request_since), .empty_o(admission_empty)
  );

  // What a read waits for: that the queued write goes out (below); with check bits, that its old line comes.
  assign hurry_read   = Ecc && hurried && !slow && read_hit && !in_order;
  assign slow_hurry   = hurried && slow;
  assign insert_read  = inserts_read && !slow;
  assign insert_write = inserts_write && !slow;
  assign hit_line     = slow ? slow_hit_line : store_index_t'(write_hit_index);
  assign new_line     = slow ? slow_new_line : store_index_t'(write_free_index);
  assign held_write   = Ecc && inserts_read && inserts_write;
  // The line is for the log of errors, the time for the histogram.
  assign request_id   = '{
    class_id: request_class, since: Histograms ? request_since : '0, fill: held_write, slow: SlowReads != 0 && slow, line: Ecc ? request_line : '0,
    tag: !held_write ? request_tag : slow ? 12'(slow_free_index) : 12'(write_free_index)
  };
  assign fast_wake      = fill_done && !fill_dropped && !slow_fill;
  assign fast_wakes     = fast_wake || (insert_write && !held_write);
  assign write_location = fast_wake ? wake_location : location;

  // All but reads of class bulk count as having come earlier than they did, and so does what has a qos.
  assign qos_stamp       = now_q - stamp_t'(10'(request_qos) * 10'(regs.head_start.qos.q));
  assign other_stamp_new = qos_stamp - stamp_t'(cfg.head_start);
  assign read_stamp_new  = request_bulk ? qos_stamp : other_stamp_new;

  // Queues and each bank's candidates
  command_t    command;
  bank_index_t command_bank, read_search_index, write_search_index;
  bank_mask_t open_rows, all_closed;
  logic [Slots-1:0][NumBanks-1:0] activate_ready, precharge_ready, read_ready, write_ready;
  row_t       open_row[NumBanks];
  logic [7:0] read_count, write_count;

  bank_mask_t read_valid, read_hits, read_urgent, write_valid, write_hits, write_urgent;
  logic [6:0] read_index[NumBanks], write_index[NumBanks];
  row_t       read_row[NumBanks], write_row[NumBanks];
  column_t    read_column[NumBanks], write_column[NumBanks];
  stamp_t     read_stamp[NumBanks], write_stamp[NumBanks];

  logic    read_search, write_search;
  bank_t   read_search_bank, write_search_bank, read_overdue_bank, write_overdue_bank, must_read_bank, must_write_bank;
  choice_t read_choice, write_choice, read_overdue, write_overdue, must_read, must_write;
  assign read_search_index  = bank_index_t'(index_of(read_search_bank, BankGroupBits, BankBits));
  assign write_search_index = bank_index_t'(index_of(write_search_bank, BankGroupBits, BankBits));

  assign read_take        = command.read;
  assign command_bank     = bank_index_t'(index_of(command.column_bank, BankGroupBits, BankBits));
  assign read_take_index  = ReadIndexBits'(read_index[command_bank]);
  assign write_take       = command.write;
  assign write_take_index = WriteIndexBits'(write_index[command_bank]);

  tarn_channel_queue #(
    .Depth(ReadDepth), .SearchAtOnce(SearchAtOnce), .RanksAhead(RanksAhead != 0)
  ) u_reads (
    .clk_i, .rst_ni, .now_i(now_q),
    .lookup_i(lookup && !slow), .lookup_location_i(location), .lookup_hit_o(read_hit), .lookup_index_o(read_hit_index),
    .free_valid_o(read_free), .free_index_o(read_free_index),
    .insert_i(insert_read), .insert_location_i(location), .insert_stamp_i(read_stamp_new), .insert_bulk_i(request_bulk),
    .insert_held_i(1'b0), .wake_i(1'b0), .wake_index_i('0), .wake_location_o(), .held_o(),
    .take_i(read_take), .take_index_i(read_take_index), .release_i(read_take), .release_index_i(read_take_index),
    .search_i(read_search), .search_bank_i(read_search_bank), .search_open_i(open_rows[read_search_index] && !in_order),
    .search_row_i(open_row[read_search_index]), .search_o(read_choice),
    .head_start_i(cfg.head_start), .age_cap_i(cfg.read_age_cap), .overdue_o(read_overdue), .overdue_bank_o(read_overdue_bank),
    .pending_count_o(read_count)
  );
  always_comb begin
    must_read      = read_overdue;
    must_read_bank = read_overdue_bank;
    if (hurry_read) begin
      must_read      = '{found: 1'b1, rank: '0, bulk: 1'b0, index: 7'(read_hit_index), row: location.row,
                         column: location.column, stamp: now_q - cfg.read_age_cap};
      must_read_bank = location.bank;
    end
  end
  tarn_channel_candidates #(
    .BankGroupBits(BankGroupBits), .BankBits(BankBits), .NumModules(NumModules), .SearchAtOnce(SearchAtOnce)
  ) u_read_candidates (
    .clk_i, .rst_ni,
    .insert_i(insert_read), .insert_location_i(location), .insert_index_i(7'(read_free_index)),
    .insert_stamp_i(read_stamp_new), .insert_bulk_i(request_bulk), .in_order_i(in_order), .head_start_i(cfg.head_start),
    .age_cap_i(cfg.read_age_cap), .now_i(now_q),
    .take_i(read_take), .command_i(command), .all_closed_i(all_closed), .open_i(open_rows), .row_i(open_row),
    .search_o(read_search), .search_bank_o(read_search_bank), .search_result_i(read_choice),
    .overdue_i(must_read), .overdue_bank_i(must_read_bank), .forced_i(hurry_read),
    .valid_o(read_valid), .hit_o(read_hits), .urgent_o(read_urgent),
    .index_o(read_index), .row_o(read_row), .column_o(read_column), .stamp_o(read_stamp)
  );

  tarn_channel_queue #(
    .Depth(WriteDepth), .SearchAtOnce(SearchAtOnce), .RanksAhead(RanksAhead != 0), .WaitMax(50176)
  ) u_writes (
    .clk_i, .rst_ni, .now_i(now_q),
    .lookup_i(lookup && !slow), .lookup_location_i(location), .lookup_hit_o(write_hit), .lookup_index_o(write_hit_index),
    .free_valid_o(write_free), .free_index_o(write_free_index),
    .insert_i(insert_write), .insert_location_i(location), .insert_stamp_i(other_stamp_new), .insert_bulk_i(1'b0),
    .insert_held_i(held_write), .wake_i(fast_wake), .wake_index_i(WriteIndexBits'(read_id.tag)), .wake_location_o(wake_location),
    .held_o(writes_held),
    .take_i(write_take), .take_index_i(write_take_index), .release_i(write_release), .release_index_i(release_index),
    .search_i(write_search), .search_bank_i(write_search_bank), .search_open_i(open_rows[write_search_index]),
    .search_row_i(open_row[write_search_index]), .search_o(write_choice),
    .head_start_i(cfg.head_start), .age_cap_i(cfg.write_age_cap), .overdue_o(write_overdue), .overdue_bank_o(write_overdue_bank),
    .pending_count_o(write_count)
  );
  // A write that keeps a read waiting is as good as overdue, from the next cycle on; so is the read of its old line (above).
  logic       hurry_write_q;
  logic [6:0] hurried_write_q;
  location_t  hurried_location_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) hurry_write_q <= 1'b0;
    else hurry_write_q <= !Ecc && hurried && !slow && !(write_take && write_take_index == write_hit_index);
  end
  always_ff @(posedge clk_i) begin
    hurried_write_q    <= 7'(write_hit_index);
    hurried_location_q <= location;
  end
  always_comb begin
    must_write      = write_overdue;
    must_write_bank = write_overdue_bank;
    if (hurry_write_q) begin
      must_write      = '{found: 1'b1, rank: '0, bulk: 1'b0, index: hurried_write_q, row: hurried_location_q.row,
                          column: hurried_location_q.column, stamp: now_q - cfg.write_age_cap};
      must_write_bank = hurried_location_q.bank;
    end
  end
  tarn_channel_candidates #(
    .BankGroupBits(BankGroupBits), .BankBits(BankBits), .NumModules(NumModules), .SearchAtOnce(SearchAtOnce)
  ) u_write_candidates (
    .clk_i, .rst_ni,
    .insert_i(fast_wakes), .insert_location_i(write_location),
    .insert_index_i(fast_wake ? 7'(read_id.tag) : 7'(write_free_index)),
    .insert_stamp_i(other_stamp_new), .insert_bulk_i(1'b0), .in_order_i(1'b0), .head_start_i(cfg.head_start),
    .age_cap_i(cfg.write_age_cap), .now_i(now_q),
    .take_i(write_take), .command_i(command), .all_closed_i(all_closed), .open_i(open_rows), .row_i(open_row),
    .search_o(write_search), .search_bank_o(write_search_bank), .search_result_i(write_choice),
    .overdue_i(must_write), .overdue_bank_i(must_write_bank), .forced_i(hurry_write_q),
    .valid_o(write_valid), .hit_o(write_hits), .urgent_o(write_urgent),
    .index_o(write_index), .row_o(write_row), .column_o(write_column), .stamp_o(write_stamp)
  );

  // Commands
  logic     hold, read_room, writing, turned, self_refreshing, drained;
  logic     write_idle, read_idle, rsp_idle, write_yields;
  command_t scheduled;
  dfi_cmd_t upkeep_command;
  slot_t    upkeep_slot;
  logic     upkeep_wants_pins, refreshed;
  logic [3:0] owed;
  logic [ModulesMax-1:0] upkeep_precharge_all, upkeep_refresh_bank;
  bank_mask_t still, closing;

  if (NumModules > 1 || SlowReads != 0) begin : gen_bus
    tarn_channel_bus #(.NumModules(NumModules), .Slots(Slots)) u_bus (
      .clk_i, .rst_ni, .cl_i(timing.cl), .cwl_i(timing.cwl), .burst_i(timing.burst), .switch_gap_i(clocks_t'(regs.modules.switch_gap.q)),
      .read_i(command.read || (slow_go && slow_command.send)), .write_i(command.write || (slow_go && slow_command.write)),
      .slow_i(slow_data), .module_i(slow_data ? slow_command.place.bank.module_id : command.column_bank.module_id),
      .slot_i(slow_data ? slow_slot : command.column_slot),
      .read_o(bus_read), .write_o(bus_write), .send_o(bus_send), .slow_write_o(bus_slow_write)
    );
  end else begin : gen_one_module
    assign bus_read       = '1;
    assign bus_write      = '1;
    assign bus_send       = '1;
    assign bus_slow_write = '1;
  end

  assign slow_data = slow_go && (slow_command.send || slow_command.write);
  // A command of several clocks ends with its slot (README, command encodings): the pins are idle for the clocks before it.
  logic [Slots-1:0] command_now;
  pins_t since_command_q, since_command_d;  // clocks from the latest command to the cycle's first slot, saturating
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) since_command_q <= '1;
    else since_command_q <= since_command_d;
  end

  tarn_channel_scheduler #(
    .BankGroupBits(BankGroupBits), .BankBits(BankBits), .NumModules(NumModules), .Slots(Slots)
  ) u_scheduler (
    .clk_i, .rst_ni, .config_i(cfg), .burst_i(timing.burst), .now_i(now_q), .still_i(still), .closing_i(closing),
    .hold_i(hold || claim), .drain_i(drain),
    .since_command_i(since_command_q), .activate_clocks_i(regs.timing_command.activate.q), .column_clocks_i(regs.timing_command.column.q),
    .precharge_clocks_i(regs.timing_command.precharge.q), .read_room_i(read_room && !avoid_read), .write_room_i(!write_yields),
    .step_back_i(step_back), .in_order_i(in_order), .turn_i(fast_turn), .bus_idle_o(bus_idle), .waits_o(bus_waits), .wait_o(bus_wait),
    .read_count_i(read_count), .write_count_i(write_count), .write_capped_i(write_capped),
    .open_i(open_rows), .activate_ready_i(activate_ready), .precharge_ready_i(precharge_ready),
    .read_ready_i(read_ready), .write_ready_i(write_ready), .bus_read_i(bus_read), .bus_write_i(bus_write),
    .read_valid_i(read_valid), .read_hit_i(read_hits), .read_urgent_i(read_urgent), .read_row_i(read_row),
    .read_column_i(read_column), .read_stamp_i(read_stamp),
    .write_valid_i(write_valid), .write_hit_i(write_hits), .write_urgent_i(write_urgent), .write_row_i(write_row),
    .write_column_i(write_column), .write_stamp_i(write_stamp),
    .command_o(scheduled), .writing_o(writing), .turned_o(turned)
  );
  always_comb begin
    command               = scheduled;
    command.precharge_all = upkeep_precharge_all;
    command.refresh_bank  = upkeep_refresh_bank;
    if (upkeep_precharge_all != '0) command.precharge_slot = upkeep_slot;
    if (upkeep_refresh_bank != '0) command.activate_slot = upkeep_slot;
    for (int unsigned b = 0; b < NumBanks; b++) all_closed[b] = command.precharge_all[b/ModuleBanks];
  end

  for (genvar m = 0; m < NumModules; m++) begin : gen_module
    localparam int unsigned First = m * ModuleBanks;
    command_t module_command;
    logic [Slots-1:0][ModuleBanks-1:0] may_activate, may_precharge, may_read, may_write;
    always_comb begin
      module_command = command;
      if (command.activate_bank.module_id != module_t'(m)) module_command.activate = 1'b0;
      if (command.precharge_bank.module_id != module_t'(m)) module_command.precharge = 1'b0;
      if (command.column_bank.module_id != module_t'(m)) {module_command.read, module_command.write} = '0;
      module_command.precharge_all = ModulesMax'(command.precharge_all[m]);
      module_command.refresh_bank  = ModulesMax'(command.refresh_bank[m]);
    end
    tarn_channel_bank_state #(.BankGroupBits(BankGroupBits), .BankBits(BankBits), .Slots(Slots), .TimerBits(FixedSetup != 0 ? 6 : 8)) u_banks (
      .clk_i, .rst_ni, .timing_i(timings[m]), .command_i(module_command), .open_o(open_rows[First+:ModuleBanks]),
      .row_o(open_row[First:First+ModuleBanks-1]),
      .activate_ready_o(may_activate), .precharge_ready_o(may_precharge), .read_ready_o(may_read), .write_ready_o(may_write)
    );
    for (genvar s = 0; s < Slots; s++) begin : gen_slot
      assign activate_ready[s][First+:ModuleBanks]  = may_activate[s];
      assign precharge_ready[s][First+:ModuleBanks] = may_precharge[s];
      assign read_ready[s][First+:ModuleBanks]      = may_read[s];
      assign write_ready[s][First+:ModuleBanks]     = may_write[s];
    end
  end

  assign drained = admission_empty && read_count == '0 && write_count == '0 && !writes_held && write_idle && read_idle && rsp_idle && slow_idle;
  tarn_channel_upkeep #(
    .BankGroupBits(BankGroupBits), .BankBits(BankBits), .NumModules(NumModules), .Slots(Slots), .ResetClocks(ResetClocks), .CkeClocks(CkeClocks)
  ) u_upkeep (
    .clk_i, .rst_ni, .timings_i(timings), .timing_i(timing), .config_i(refresh_config), .modes_i(modes),
    .group_bits_i(geometry.group_bits), .bank_bits_i(geometry.bank_bits),
    .initialise_i(regs.control.initialise.q && drain), .self_refresh_i(regs.control.self_refresh.q), .phy_ready_i(dfi_init_complete_i),
    .drained_i(drained), .queued_i(read_count != '0 || write_count != '0), .bank_queued_i(read_valid | write_valid), .open_i(open_rows),
    .activate_ready_i(activate_ready), .precharge_ready_i(precharge_ready), .since_command_i(since_command_q),
    .activate_clocks_i(regs.timing_command.activate.q), .precharge_clocks_i(regs.timing_command.precharge.q),
    .init_done_o(init_done), .self_refreshing_o(self_refreshing), .hold_o(hold), .pins_wanted_o(upkeep_wants_pins), .still_o(still), .closing_o(closing),
    .command_o(upkeep_command), .slot_o(upkeep_slot), .precharge_all_o(upkeep_precharge_all), .refresh_bank_o(upkeep_refresh_bank),
    .control_o(dfi_ctl_o), .owed_o(owed), .refreshed_o(refreshed)
  );

  for (genvar s = 0; s < Slots; s++) begin : gen_command
    dfi_cmd_t command_d, command_q;
    bank_t    bank;
    logic     activates, precharges;
    assign activates  = scheduled.activate && scheduled.activate_slot == slot_t'(s);
    assign precharges = scheduled.precharge && scheduled.precharge_slot == slot_t'(s);
    assign bank       = activates ? scheduled.activate_bank : precharges ? scheduled.precharge_bank : scheduled.column_bank;
    always_comb begin
      command_d = upkeep_slot == slot_t'(s) ? upkeep_command : '0;
      if (upkeep_command.op == DfiNop) begin
        if (activates) command_d.op = DfiActivate;
        else if (precharges) command_d.op = DfiPrecharge;
        else if (scheduled.column_slot == slot_t'(s)) command_d.op = scheduled.read ? DfiRead : scheduled.write ? DfiWrite : DfiNop;
        command_d.module_id  = bank.module_id;
        command_d.bank_group = bank.group;
        command_d.bank       = 3'(bank.in_group);
        command_d.addr       = activates ? 24'(scheduled.row) : 24'(scheduled.column);
      end
      if (slow_slot == slot_t'(s) && slow_go) begin
        command_d.op         = slow_command.send ? DfiSend : slow_command.write ? DfiSlowWrite : DfiSlowRead;
        command_d.module_id  = slow_command.place.bank.module_id;
        command_d.bank_group = slow_command.place.bank.group;
        command_d.bank       = 3'(slow_command.place.bank.in_group);
        command_d.tag        = slow_command.tag;
        command_d.addr       = {17'(slow_command.place.row), slow_command.place.column};
      end
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) command_q <= '0;
      else command_q <= command_d;
    end
    assign dfi_cmd_o[s]   = command_q;
    assign command_now[s] = command_d.op != DfiNop;
  end
  always_comb begin
    since_command_d = since_command_q > 3'd7 - 3'(Slots) ? '1 : since_command_q + 3'(Slots);
    for (int unsigned k = 0; k < Slots; k++) if (command_now[k]) since_command_d = 3'(Slots - k);
  end

  // Data
  logic         forward_poison, read_valid_line, read_leaves, read_answers, response_ready, read_poison, stray;
  logic [511:0] forward_line, read_raw, read_line;
  read_id_t     id_q[ReadDepth];  // of queued reads
  always_ff @(posedge clk_i) begin
    if (insert_read) id_q[read_free_index] <= request_id;
  end

  // What the check bits said of the line that leaves the read path. One with errors waits while the log is busy with another.
  check_t [LineWords-1:0] syndromes;
  words_t                 corrected_words, lost_words;
  logic                   poisoned, has_errors, log_busy, log_waits, injected_write, injected_read;
  ecc_flips_t             flips;
  tarn_channel_ecc_decoder #(.Ecc(Ecc)) u_decoder (
    .data_i(read_raw), .syndromes_i(syndromes),
    .data_o(read_line), .poisoned_o(poisoned), .corrected_o(corrected_words), .lost_o(lost_words)
  );
  assign has_errors     = corrected_words != '0 || lost_words != '0;
  assign log_waits      = has_errors && log_busy;
  assign read_poison    = poisoned || lost_words != '0;
  assign read_answers   = read_valid_line && !read_id.fill && !log_waits;
  assign fill           = slow_fill || (read_valid_line && read_id.fill && !log_waits);
  assign fill_corrected = corrected_words != '0;
  assign read_leaves    = (read_answers && response_ready) || (fill_done && !lost_fill);
  assign flips          = '{word: regs.ecc_inject.word.q, check: regs.ecc_inject.check.q, data: regs.ecc_inject_data.bits.q};

  // One store for all: data goes out for one write at a time.
  assign fill_line     = slow_fill ? slow_fill_line : store_index_t'(read_id.tag);
  assign issue_line    = slow_writes ? slow_issue_line : store_index_t'(write_take_index);
  assign write_release = store_release && 32'(release_line) < WriteDepth;
  assign release_index = WriteIndexBits'(release_line);
  tarn_channel_write_path #(
    .Ecc(Ecc), .NarrowBus(NarrowBus), .Depth(StoreLines), .Slots(Slots), .LatencyMax(CwlMax)
  ) u_write_path (
    .clk_i, .rst_ni, .cwl_i(timing.cwl), .narrowing_i(geometry.narrowing), .single_rate_i(geometry.single_rate),
    .store_i(store), .merge_i(merge), .store_index_i((slow ? slow_write_hit : write_hit) ? hit_line : new_line), .mask_i(store_mask), .poison_i(store_poison),
    .data_i(store_data), .whole_o(whole),
    .fill_i(fill), .fill_index_i(fill_line), .fill_data_i(lost_fill ? '0 : read_line), .fill_poisoned_i(poisoned || lost_fill),
    .fill_lost_i(lost_words), .fill_corrected_i(fill_corrected && !lost_fill), .fill_done_o(fill_done), .fill_dropped_o(fill_dropped),
    .inject_i(regs.ecc_inject.on_write.q), .inject_flips_i(flips), .injected_o(injected_write),
    .forward_waits_i(forward_waits), .forward_ready_o(forward_store_ready), .forward_i(forward), .forward_index_i(hit_line),
    .line_o(forward_line), .line_poison_o(forward_poison),
    .issue_i(write_take || slow_writes), .issue_slot_i(slow_writes ? slow_slot : command.column_slot), .issue_index_i(issue_line), .yield_o(write_yields),
    .release_o(store_release), .release_index_o(release_line), .idle_o(write_idle), .dfi_wr_o
  );

  // Slow cells
  if (SlowReads != 0) begin : gen_slow
    localparam int unsigned SlowIndexBits = $clog2(SlowWrites);
    localparam int unsigned SlowReadBits  = $clog2(SlowReads);
    logic [$clog2(ReadDepth+SlowReads+1)-1:0] order_count;
    logic [SlowReadBits-1:0]  free_read, order_read;
    logic [SlowIndexBits-1:0] hit_index, free_index, issue_index, fill_index, lost_index_q;
    logic                     slow_wake, lost_held_q, lost_turn_q;
    function automatic store_index_t line_of(logic [SlowIndexBits-1:0] index);
      return store_index_t'(WriteDepth + 32'(index));
    endfunction
    assign slow_hit_line   = line_of(hit_index);
    assign slow_new_line   = line_of(free_index);
    assign slow_fill_line  = line_of(fill_index);
    assign slow_issue_line = line_of(issue_index);
    assign slow_writes     = slow_go && slow_command.write;
    // The old line of a partial write comes by the read path, or is known to be lost: that is held until its turn.
    assign slow_free_index = 4'(free_index);
    assign lost_take       = lost_valid && (lost_id.fill ? !lost_held_q : ack_ready);
    assign lost_fill       = lost_turn_q;
    assign slow_fill       = lost_turn_q || (read_valid_line && read_id.fill && read_id.slow && !log_waits);
    assign fill_index      = lost_turn_q ? lost_index_q : SlowIndexBits'(read_id.tag);
    assign slow_wake       = fill_done && !fill_dropped && slow_fill;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        lost_held_q <= 1'b0;
        lost_turn_q <= 1'b0;
      end else begin
        lost_held_q <= (lost_take && lost_id.fill) || (lost_held_q && !(fill_done && lost_turn_q));
        lost_turn_q <= lost_turn_q ? !fill_done : lost_held_q && !fill;
      end
    end
    always_ff @(posedge clk_i) if (lost_take && lost_id.fill) lost_index_q <= SlowIndexBits'(lost_id.tag);
    logic                     may_send, order_valid, order_slow, order_room;
    assign in_order   = regs.slow_order.in_order.q;
    // Reads in the order in which they came, for comparison: whose turn is it?
    tarn_fifo #(.T(logic [SlowReadBits:0]), .Depth(ReadDepth + SlowReads)) u_read_order (
      .clk_i, .rst_ni, .valid_i(inserts_read && in_order), .ready_o(order_room), .data_i({slow, free_read}), .valid_o(order_valid),
      .data_o({order_slow, order_read}),
      .ready_i(order_slow ? (slow_go && slow_command.send) || lost_take : command.read), .count_o(order_count)
    );
    assign order_full = in_order && 8'(order_count) >= regs.slow_order.reads.q;
    assign fast_turn = order_valid && !order_slow;
    assign may_send  = !in_order || (order_valid && order_slow);
    `TARN_ASSERT(OrderHasRoom, !(inserts_read && in_order) || order_room)

    // Data is asked for in the last slot, in which the bus has most room, a read in the last that is free.
    logic [Slots-1:0] pins_free;
    logic             may_ask, may_send_data;
    assign slow_slot = slow_command.read ? last_free(pins_free) : slot_t'(Slots - 1);
    assign may_ask       = pins_free != '0;
    assign may_send_data = pins_free[Slots-1] && !(scheduled.read || scheduled.write);
    function automatic slot_t last_free(logic [Slots-1:0] mask);
      last_free = '0;
      for (int unsigned k = 0; k < Slots; k++) if (mask[k]) last_free = slot_t'(k);
    endfunction
    // Whether a command in slot `own`, of `own_clocks` on the pins, keeps clear of one in `other`.
    function automatic logic keeps_clear(slot_t own, pins_t own_clocks, logic goes, slot_t other, pins_t clocks);
      if (!goes) return 1'b1;
      if (own > other) return pins_t'(own - other) >= own_clocks;
      return own != other && pins_t'(other - own) >= clocks;
    endfunction
    always_comb begin
      for (int unsigned k = 0; k < Slots; k++) begin
        pins_free[k] = init_done && !upkeep_wants_pins
                    && 4'(since_command_q) + 4'(k) >= 4'(regs.timing_command.column.q)
                    && keeps_clear(slot_t'(k), regs.timing_command.column.q, scheduled.activate, scheduled.activate_slot, regs.timing_command.activate.q)
                    && keeps_clear(slot_t'(k), regs.timing_command.column.q, scheduled.precharge, scheduled.precharge_slot, regs.timing_command.precharge.q)
                    && keeps_clear(slot_t'(k), regs.timing_command.column.q, scheduled.read || scheduled.write, scheduled.column_slot, regs.timing_command.column.q);
      end
    end

    tarn_channel_slow #(
      .NumModules(NumModules), .Reads(SlowReads), .Writes(SlowWrites), .Slots(Slots), .FixedSlots(FixedSlots != 0)
    ) u_slow (
      .clk_i, .rst_ni,
      .config_i('{reads_max: regs.slow_window.reads.q, writes_max: regs.slow_window.writes.q, batch: regs.slow_batch.lines.q,
                  hold_max: regs.slow_batch.hold.q, timeout: regs.slow_timeout.periods.q, in_order: in_order,
                  fixed: regs.slow_slots.fixed.q, latency: regs.slow_slots.latency.q}),
      .burst_i(timing.burst), .switch_gap_i(clocks_t'(regs.modules.switch_gap.q)),
      .lookup_i(lookup && slow), .location_i(location), .class_i(request_class),
      .read_hit_o(slow_read_hit), .write_hit_o(slow_write_hit), .write_hit_index_o(hit_index),
      .read_place_o(slow_read_place), .write_place_o(slow_write_place), .write_free_index_o(free_index),
      .insert_read_i(inserts_read && slow), .insert_write_i(inserts_write && slow),
      .insert_held_i(held_write), .wake_i(slow_wake), .wake_index_i(fill_index), .id_i(request_id), .hurry_i(slow_hurry),
      .drain_i(drain), .presses_i(slow_presses),
      .read_free_i(may_ask), .data_free_i(may_send_data),
      .bus_idle_i(bus_idle), .read_room_i(read_room), .send_i(bus_send[Slots-1]),
      .write_i(write_yields ? '0 : bus_slow_write[Slots-1]), .may_send_i(may_send),
      .in_order_read_i(order_read), .read_free_index_o(free_read),
      .step_back_o(step_back), .avoid_read_o(avoid_read), .missed_o(slot_missed), .claim_o(claim), .command_o(slow_command), .go_o(slow_go), .send_id_o(send_id),
      .issue_index_o(issue_index), .write_release_i(store_release && !write_release), .write_release_index_i(SlowIndexBits'(32'(release_line) - WriteDepth)),
      .ready_i(module_ready_i), .stray_o(slow_stray),
      .lost_valid_o(lost_valid), .lost_id_o(lost_id), .lost_take_i(lost_take), .timed_out_o(slow_timed_out), .idle_o(slow_idle)
    );
  end else begin : gen_no_slow
    logic unused_pins;
    assign unused_pins = upkeep_wants_pins;
    assign {slow_read_hit, slow_write_hit, slow_read_place, slow_write_place} = '0;
    assign {lost_valid, lost_take, lost_id, send_id, slow_writes, slow_fill, lost_fill, slow_free_index} = '0;
    assign {slow_hit_line, slow_new_line, slow_fill_line, slow_issue_line} = '0;
    assign {step_back, claim, slow_go, in_order, order_full} = '0;
    assign slow_command      = '0;
    assign slow_slot         = '0;
    assign fast_turn         = 1'b1;
    assign slow_idle         = 1'b1;
    assign slow_timed_out    = 1'b0;
    assign avoid_read        = 1'b0;
    assign slot_missed       = 1'b0;
    always_comb begin
      slow_stray = 1'b0;
      for (int unsigned m = 0; m < NumModules; m++) if (module_ready_i[m].valid) slow_stray = 1'b1;
    end
  end
  tarn_channel_read_path #(
    .Ecc(Ecc), .NarrowBus(NarrowBus), .Slots(Slots), .Depth(ReturnDepth), .LatencyMax(ClMax), .PartByPart(ReturnParts)
  ) u_read_path (
    .clk_i, .rst_ni, .cl_i(timing.cl), .narrowing_i(geometry.narrowing), .single_rate_i(geometry.single_rate), .room_o(read_room), .issue_i(read_take || (slow_go && slow_command.send)),
    .issue_slot_i(slow_data ? slow_slot : command.column_slot), .issue_id_i(slow_data ? send_id : id_q[read_take_index]),
    .dfi_rd_en_o, .dfi_rd_i, .stray_o(stray),
    .inject_i(regs.ecc_inject.on_read.q), .inject_flips_i(flips), .injected_o(injected_read), .idle_o(read_idle),
    .valid_o(read_valid_line), .ready_i(read_leaves), .id_o(read_id), .syndromes_o(syndromes), .data_o(read_raw)
  );
  tarn_channel_response #(
    .AckDepth(Slots == 1 ? 4 : 64)
  ) u_response (
    .clk_i, .rst_ni,
    .read_valid_i(read_answers), .read_ready_o(response_ready), .read_tag_i(read_id.tag),
    .read_poison_i(read_poison), .read_data_i(read_line),
    .forward_ready_o(forward_rsp_ready), .forward_i(forward), .forward_tag_i(request_tag),
    .forward_poison_i(forward_poison), .forward_data_i(forward_line),
    .ack_ready_o(ack_ready), .ack_i(ack || (lost_take && !lost_id.fill)), .ack_tag_i(lost_take ? lost_id.tag : request_tag),
    .ack_status_i(lost_take ? StatusPoison : ack_status),
    .idle_o(rsp_idle), .slot_rsp_valid_o, .slot_rsp_ready_i, .slot_rsp_o
  );

  if (Ecc) begin : gen_old_lines
    logic [63:0] old_line_reads_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) old_line_reads_q <= '0;
      else if (read_leaves && read_id.fill) old_line_reads_q <= old_line_reads_q + 1'b1;
    end
    assign status.old_line_reads = old_line_reads_q;
  end else begin : gen_no_old_lines
    assign status.old_line_reads = '0;
  end

  // Errors
  logic       entry_valid, ecc_corrected, ecc_uncorrected, ecc_overflow;
  ecc_event_t entry;
  logic [3:0] entries;
  if (Ecc) begin : gen_ecc
    tarn_channel_ecc_log u_log (
      .clk_i, .rst_ni, .valid_i(read_valid_line && read_leaves && has_errors), .busy_o(log_busy), .line_i(read_id.line),
      .corrected_i(corrected_words), .lost_i(lost_words), .syndromes_i(syndromes),
      .next_i(regs.ecc_log_next.drop.q), .entry_valid_o(entry_valid), .entry_o(entry), .entries_o(entries),
      .corrected_o(ecc_corrected), .uncorrected_o(ecc_uncorrected), .overflow_o(ecc_overflow),
      .corrected_count_o(status.ecc_corrected), .uncorrected_count_o(status.ecc_uncorrected)
    );
    logic        walk_valid, victim_valid;
    logic [33:0] walk_line, victim_line;
    tarn_channel_scrub u_scrub (
      .clk_i, .rst_ni, .interval_i(regs.scrub.interval.q), .first_i(regs.scrub_first.line.q), .last_i(regs.scrub_last.line.q), .on_error_i(regs.scrub.on_error.q),
      .error_i(read_leaves && read_answers && fill_corrected && lost_words == '0), .error_line_i(read_id.line),
      .valid_o(walk_valid), .ready_i(scrub_ready && !victim_valid), .line_o(walk_line), .next_o(status.scrub_next.line.d),
      .passes_o(status.scrub_passes)
    );
    // Rows that are activated for their neighbours' sake go first.
    assign scrub_valid = victim_valid || walk_valid;
    assign scrub_line  = victim_valid ? victim_line : walk_line;
    if (HammerRows != 0) begin : gen_hammer
      logic        found, takes, victim_valid_q;
      bank_index_t found_bank;
      row_t        found_row;
      logic [33:0] victim_line_q;
      logic [63:0] refreshes_q;
      tarn_channel_hammer #(.Banks(NumBanks), .Rows(HammerRows), .RowBits(RowBits)) u_hammer (
        .clk_i, .rst_ni, .threshold_i(regs.hammer.threshold.q), .radius_i(regs.hammer.radius.q), .window_i(regs.hammer_window.cycles.q),
        .activate_i(command.activate), .bank_i(bank_index_t'(index_of(command.activate_bank, BankGroupBits, BankBits))), .row_i(command.row),
        .victim_valid_o(found), .victim_ready_i(takes), .victim_bank_o(found_bank), .victim_row_o(found_row),
        .untracked_o(hammer_untracked)
      );
      assign takes = !victim_valid_q || scrub_ready;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          victim_valid_q <= 1'b0;
          refreshes_q    <= '0;
        end else begin
          if (takes) victim_valid_q <= found;
          if (takes && found) refreshes_q <= refreshes_q + 1'b1;
        end
      end
      always_ff @(posedge clk_i) begin
        if (takes && found) begin
          victim_line_q <= line_at('{row: found_row, bank: bank_at(($bits(bank_t))'(found_bank), BankGroupBits, BankBits), column: '0},
                                   mapping, geometry, $clog2(NumModules));
        end
      end
      assign victim_valid            = victim_valid_q;
      assign victim_line             = victim_line_q;
      assign status.hammer_refreshes = refreshes_q;
    end else begin : gen_no_hammer
      assign {victim_valid, victim_line, hammer_untracked} = '0;
      assign status.hammer_refreshes = '0;
    end
  end else begin : gen_no_ecc
    assign log_busy = 1'b0;
    assign {hammer_untracked, entry_valid, entry, entries, ecc_corrected, ecc_uncorrected, ecc_overflow, scrub_valid, scrub_line} = '0;
    assign {status.ecc_corrected, status.ecc_uncorrected, status.scrub_passes, status.scrub_next, status.hammer_refreshes} = '0;
  end
  assign status.ecc_log = '{
    valid: entry_valid, entries: entries, syndrome: entry_valid ? entry.syndrome : '0,
    uncorrected: entry_valid && entry.uncorrected, word: entry_valid ? entry.word : '0, line: entry_valid ? entry.line : '0
  };
  assign status.ecc_inject = '{
    on_write: '{de: injected_write, d: 1'b0}, on_read: '{de: injected_read, d: 1'b0}
  };

  // Observation
  assign status.status = '{
    init_done: init_done, self_refresh: self_refreshing, idle: drained, writing: writing, refreshes_owed: owed,
    queued_reads: read_count, queued_writes: write_count
  };
  assign status.irq_pending = '{
    poison_read: read_answers && response_ready && read_poison, out_of_range: out_of_range,
    data_missing: stray || slow_stray, slow_timeout: slow_timed_out,
    ecc_corrected: ecc_corrected, ecc_uncorrected: ecc_uncorrected, ecc_overflow: ecc_overflow, hammer_untracked: hammer_untracked
  };
  assign status.error_line.line.de = out_of_range;
  assign status.error_line.line.d  = request_line;
  assign irq_o = (regs.irq_pending.poison_read.q && regs.irq_enable.poison_read.q)
              || (regs.irq_pending.out_of_range.q && regs.irq_enable.out_of_range.q)
              || (regs.irq_pending.data_missing.q && regs.irq_enable.data_missing.q)
              || (regs.irq_pending.slow_timeout.q && regs.irq_enable.slow_timeout.q)
              || (regs.irq_pending.ecc_corrected.q && regs.irq_enable.ecc_corrected.q)
              || (regs.irq_pending.ecc_uncorrected.q && regs.irq_enable.ecc_uncorrected.q)
              || (regs.irq_pending.ecc_overflow.q && regs.irq_enable.ecc_overflow.q)
              || (regs.irq_pending.hammer_untracked.q && regs.irq_enable.hammer_untracked.q);

  if (Histograms) begin : gen_histograms
    logic       latency_there, stalls_there;
    logic [1:0] answered_class[3];
    tarn_latency_pkg::latency_t answered_since[3];
    assign answered_class = '{read_id.class_id, request_class, lost_id.class_id};
    assign answered_since = '{read_id.since, request_since, lost_id.since};
    tarn_channel_observation u_observation (
      .clk_i, .rst_ni, .now_i(now),
      .answered_i({lost_take && !lost_id.fill, forward || (ack && ack_status == StatusOk), read_answers && response_ready}),
      .writes_i({1'b0, ack, 1'b0}), .class_i(answered_class), .since_i(answered_since),
      .stalled_i(stalled), .stall_i(stall), .waits_i(bus_waits), .wait_i(bus_wait),
      .latency_read_i(regs.latency.re), .latency_writes_i(regs.latency_of.writes.q), .latency_class_i(regs.latency_of.port.q),
      .latency_bin_i(regs.latency.index), .latency_valid_o(latency_there), .latency_count_o(status.latency.count.d),
      .stalls_read_i(regs.stalls_by.re), .stalls_bin_i(regs.stalls_by.index), .stalls_valid_o(stalls_there), .stalls_count_o(status.stalls_by.count.d)
    );
    assign status.latency.ready   = latency_there || !regs.latency.re;
    assign status.stalls_by.ready = stalls_there || !regs.stalls_by.re;
  end else begin : gen_no_histograms
    logic unused_observation;
    assign unused_observation     = ^{request_since, stall, bus_wait, bus_waits};
    assign status.latency.ready   = 1'b1;
    assign status.stalls_by.ready = 1'b1;
    assign {status.latency.count.d, status.stalls_by.count.d} = '0;
  end

  assign status.build = '{
    bank_group_bits: 2'(BankGroupBits), bank_bits: 2'(BankBits), narrowing: 2'(NarrowBus), modules: 4'(NumModules), fixed_setup: FixedSetup != 0,
    histograms: Histograms
  };

  tarn_channel_counters #(
    .BankGroupBits(BankGroupBits), .BankBits(BankBits), .NumModules(NumModules), .Slots(Slots), .Bits(CounterBits)
  ) u_counters (
    .clk_i, .rst_ni, .burst_i(timing.burst), .running_i(init_done), .command_i(command), .slow_i(slow_go ? slow_command : '0), .refreshed_i(refreshed), .closed_banks_i(all_closed | (upkeep_refresh_bank != '0 ? closing : '0)), .turned_i(turned),
    .stalled_i(stalled), .forwarded_i(forward), .merged_i(merge), .slot_missed_i(slot_missed),
    .reads_o(status.reads), .writes_o(status.writes), .row_hits_o(status.row_hits), .row_misses_o(status.row_misses),
    .row_conflicts_o(status.row_conflicts), .refreshes_o(status.refreshes), .bus_busy_o(status.bus_busy),
    .cycles_o(status.cycles), .stalls_o(status.stalls), .forwarded_o(status.forwarded), .merged_o(status.merged),
    .turnarounds_o(status.turnarounds), .slow_reads_o(status.slow_reads), .slow_writes_o(status.slow_writes),
    .slow_slots_missed_o(status.slow_slots_missed)
  );
endmodule : tarn_channel
