// What the parts of the channel say to each other. Clocks are DRAM clocks.
package tarn_channel_pkg;
  // Where a line may lie, as wide as the largest module that a channel can be built for.
  localparam int unsigned LineBits         = 34;
  localparam int unsigned ColumnBitsMax    = 7;  // lines of a row
  localparam int unsigned BankGroupBitsMax = 3;
  localparam int unsigned BankBitsMax      = 2;  // of a bank in its group
  localparam int unsigned ModuleBits       = 3;
  localparam int unsigned ModulesMax       = 1 << ModuleBits;  // of a channel
  localparam int unsigned RowBitsMax       = 23;
  localparam int unsigned HashBits         = BankGroupBitsMax + BankBitsMax;

  typedef logic [ModuleBits-1:0]    module_t;
  typedef logic [RowBitsMax-1:0]    row_t;
  typedef logic [ColumnBitsMax-1:0] column_t;
  typedef logic [15:0]              stamp_t;   // the cycle in which a request came, modulo 65536
  typedef logic [7:0]               clocks_t;
  localparam clocks_t               FixedCl  = 8'd17;  // what the registers say after reset, and so always with FixedSetup
  localparam clocks_t               FixedCwl = 8'd12;
  localparam int unsigned ClocksPerCycleMax = 4;
  typedef logic [$clog2(ClocksPerCycleMax)-1:0] slot_t;  // command slot of a controller cycle: a DRAM clock
  typedef logic [2:0]               pins_t;    // clocks that a command has the pins, or since one had
  typedef struct packed {
    module_t                     module_id;
    logic [BankBitsMax-1:0]      in_group;
    logic [BankGroupBitsMax-1:0] group;
  } bank_t;

  // A bank's place in arrays of all modules' banks, of a channel that is built for so many bits of each. Standards without bank groups have banks numbered alike.
  function automatic logic [$bits(bank_t)-1:0] index_of(bank_t bank, int unsigned group_bits, int unsigned bank_bits);
    return ($bits(bank_t))'(bank.module_id) << (group_bits + bank_bits) | ($bits(bank_t))'(bank.in_group) << group_bits
         | ($bits(bank_t))'(bank.group);
  endfunction
  function automatic bank_t bank_at(logic [$bits(bank_t)-1:0] index, int unsigned group_bits, int unsigned bank_bits);
    return '{module_id: module_t'(index >> (group_bits + bank_bits)),
             in_group: BankBitsMax'(index >> group_bits) & ~('1 << bank_bits), group: BankGroupBitsMax'(index) & ~('1 << group_bits)};
  endfunction

  // Register `geometry`: the modules that are there.
  typedef struct packed {
    logic [1:0] group_bits;
    logic [1:0] bank_bits;
    logic [2:0] column_bits;
    logic [1:0] narrowing;    // a clock carries 128 >> narrowing bits: a line takes 4 << narrowing clocks
    logic       single_rate;  // all of it in the first beat
  } geometry_t;

  typedef struct packed {
    row_t    row;
    bank_t   bank;
    column_t column;
  } location_t;

  // Registers `mapping` and `bank_hash`: where each field of a location stands in the line number.
  typedef struct packed {
    logic [5:0]           group_low;   // in the line number
    logic [5:0]           bank_low;    // in what is left without the bank group
    logic [5:0]           column_low;  // in what is left without both
    logic [5:0]           module_low;  // in what is left without all three
    row_t [HashBits-1:0]  hash;        // row bits that are added (XOR) to each bit of {bank in the group, bank group}
  } mapping_t;

  // `bits` without the `width` bits from `low` on.
  function automatic logic [LineBits-1:0] cut_out(logic [LineBits-1:0] bits, logic [5:0] low, logic [2:0] width);
    logic [LineBits-1:0] below;
    below = ~('1 << low);
    return (bits & below) | ((bits >> width) & ~below);
  endfunction

  typedef struct packed {
    logic      beyond;  // there is no row_t for it
    location_t at;
  } place_t;

  // The place of a line in one of 2^module_bits modules. Whatever the registers hold, two lines never share a place.
  function automatic place_t locate(logic [LineBits-1:0] line, mapping_t mapping, geometry_t geometry, int unsigned module_bits);
    logic [LineBits-1:0] without_group, without_bank, without_column, without_module;
    logic [HashBits-1:0] odd;
    location_t           place;
    logic                beyond;
    without_group  = cut_out(line, mapping.group_low, 3'(geometry.group_bits));
    without_bank   = cut_out(without_group, mapping.bank_low, 3'(geometry.bank_bits));
    without_column = cut_out(without_bank, mapping.column_low, geometry.column_bits);
    without_module = module_bits == 0 ? without_column : cut_out(without_column, mapping.module_low, 3'(module_bits));
    beyond               = without_module >> RowBitsMax != '0;
    place.row            = row_t'(without_module);
    place.column         = column_t'(without_bank >> mapping.column_low) & ~('1 << geometry.column_bits);
    place.bank.module_id = module_t'(without_column >> mapping.module_low) & ~('1 << module_bits);
    for (int unsigned b = 0; b < HashBits; b++) odd[b] = ^(place.row & mapping.hash[b]);
    place.bank.in_group = (BankBitsMax'(without_group >> mapping.bank_low) ^ odd[BankGroupBitsMax+:BankBitsMax]) & ~('1 << geometry.bank_bits);
    place.bank.group    = (BankGroupBitsMax'(line >> mapping.group_low) ^ odd[BankGroupBitsMax-1:0]) & ~('1 << geometry.group_bits);
    return '{beyond: beyond, at: place};
  endfunction

  // `bits` with a field of `width` bits put in at `low`: the opposite of cut_out.
  function automatic logic [LineBits-1:0] put_in(logic [LineBits-1:0] bits, logic [5:0] low, logic [2:0] width, logic [LineBits-1:0] field);
    logic [LineBits-1:0] below;
    below = ~('1 << low);
    return (bits & below) | ((bits & ~below) << width) | ((field & ~('1 << width)) << low);
  endfunction

  // The line at a place: locate() of it is that place.
  function automatic logic [LineBits-1:0] line_at(location_t at, mapping_t mapping, geometry_t geometry, int unsigned module_bits);
    logic [LineBits-1:0] bits;
    logic [HashBits-1:0] odd;
    logic [BankBitsMax-1:0] in_group;
    logic [BankGroupBitsMax-1:0] group;
    for (int unsigned b = 0; b < HashBits; b++) odd[b] = ^(at.row & mapping.hash[b]);
    in_group = at.bank.in_group ^ odd[BankGroupBitsMax+:BankBitsMax];
    group    = at.bank.group ^ odd[BankGroupBitsMax-1:0];
    bits = LineBits'(at.row);
    if (module_bits != 0) bits = put_in(bits, mapping.module_low, 3'(module_bits), LineBits'(at.bank.module_id));
    bits = put_in(bits, mapping.column_low, geometry.column_bits, LineBits'(at.column));
    bits = put_in(bits, mapping.bank_low, 3'(geometry.bank_bits), LineBits'(in_group));
    return put_in(bits, mapping.group_low, 3'(geometry.group_bits), LineBits'(group));
  endfunction

  // Of the requests of a bank the one with the highest rank goes first: those that are overdue, those that hit the open row, then by age. For one of class
  // bulk a hit counts no more than the head start that it has not; a page of bulk traffic is no wall for the others of its bank.
  typedef logic [17:0] rank_t;
  typedef struct packed {
    logic   overdue;
    stamp_t age;
    stamp_t with_head_start;
  } seniority_t;
  function automatic seniority_t seniority_of(stamp_t age, stamp_t age_cap, logic [9:0] head_start);
    return '{overdue: age >= age_cap, age: age, with_head_start: age + stamp_t'(head_start)};
  endfunction
  function automatic rank_t rank_of(logic hit, logic bulk, seniority_t seniority);
    return {seniority.overdue, hit && !bulk && !seniority.overdue, hit && bulk ? seniority.with_head_start : seniority.age};
  endfunction

  // JEDEC's names; what depends on several of them is worked out where it is used.
  typedef struct packed {
    clocks_t cl, cwl, rcd, rp, ras, rc, faw, rtp, ccd_s, ccd_l, rrd_s, rrd_l, wr, wtr_s, wtr_l, rtw_gap;
    clocks_t ccd_l_wr, rp_all, ppd;
    clocks_t burst;  // of the data of a line
    clocks_t mrd, mod;
    clocks_t bank_to_activate;  // a bank's refresh to an activate of another
    logic [15:0] rfc, refi, rfc_bank, refi_bank, xs, dllk, zq_init;
  } timing_t;

  typedef struct packed {
    clocks_t     write_high, write_low, idle_precharge;
    stamp_t      read_age_cap, write_age_cap;
    logic [9:0]  read_turn, write_turn, head_start;
  } config_t;

  // Registers `scheduler`, `refresh_mode`, `calibration`.
  typedef struct packed {
    logic [3:0]  batch, ahead;       // refreshes that may be postponed, and done before they are due
    logic        per_bank;           // banks are refreshed alone,
    logic        same_bank;          // or that one of every group
    logic [15:0] calibrate_every;    // refreshes; 0: never. Not with per_bank
    logic [15:0] calibrate_clocks;
  } refresh_config_t;

  // Places of a queue by class (index tarn_line_pkg::class_e).
  typedef logic [tarn_line_pkg::NumClasses-1:0][7:0] places_t;
  typedef struct packed {
    places_t share;  // a class that has so many gets no more while one that has fewer than its own waits
    places_t most;   // it never has more
  } shares_t;

  // Registers `slow_window`, `slow_batch`, `slow_timeout`, `slow_order`, `slow_slots`.
  typedef struct packed {
    logic [5:0] reads_max;   // under way at once
    logic [4:0] writes_max;  // of a module, not done yet
    logic [5:0] batch;       // so many make fast cells' accesses step back
    logic [9:0] hold_max;    // or one that waited for so long
    logic [7:0] timeout;     // in 4,096 cycles; 0: none
    logic       in_order;    // reads are answered in the order in which they came
    logic       fixed;       // reads have their slot from when they are issued,
    logic [7:0] latency;     // so many clocks later
  } slow_config_t;

  // A command for slow cells. At most one is set.
  typedef struct packed {
    logic       send, read, write;
    logic [5:0] tag;
    location_t  place;
  } slow_command_t;

  // The modules' initialisation, in its order: `writes` of them.
  localparam int unsigned ModeWritesMax = 7;
  typedef struct packed {
    logic                           precharge_first;  // all banks, before them
    logic [3:0]                     refreshes_first;  // after them
    logic [2:0]                     writes;
    logic [ModeWritesMax-1:0][7:0]  number;
    logic [ModeWritesMax-1:0][15:0] value;
  } modes_t;

  // What was decided in this cycle, for all who keep state about it: at most one activate, one precharge and one column command
  // (read or write), each of another bank and in a slot of its own; with one slot a cycle one of them. Or a precharge of all banks of
  // modules, or a refresh of some banks of one, and nothing else.
  typedef struct packed {
    logic      activate, precharge, read, write;
    logic [ModulesMax-1:0] precharge_all, refresh_bank;  // of these modules
    bank_t     activate_bank, precharge_bank, column_bank;
    slot_t     activate_slot, precharge_slot, column_slot;  // precharge_all is in precharge_slot, refresh_bank in activate_slot
    row_t      row;     // with activate
    column_t   column;  // with read and write
  } command_t;

  // Why a request is not queued, and why the data bus gets no work: elements of the register `stalls_by`, and of its second half.
  typedef enum logic [2:0] {StallReadPlace, StallWritePlace, StallOrder, StallAnswers, StallSlowPlace} stall_e;
  typedef enum logic [2:0] {WaitUpkeep, WaitSlow, WaitRoom, WaitRows, WaitTurn, WaitColumn} wait_e;

  // Whose data a read brings.
  typedef struct packed {
    logic [1:0]  class_id;
    tarn_latency_pkg::latency_t since;  // when its request was accepted
    logic        fill;  // of the partial write whose place `tag` is
    logic        slow;  // then: in slow cells
    logic [11:0] tag;
    logic [LineBits-1:0] line;
  } read_id_t;

  // The best request of a bank that a search found, or the overdue one that a scan found.
  typedef struct packed {
    logic    found;
    rank_t   rank;   // of a search's
    logic    bulk;   // of class bulk
    logic [6:0] index;
    row_t    row;
    column_t column;
    stamp_t  stamp;
  } choice_t;
endpackage : tarn_channel_pkg
