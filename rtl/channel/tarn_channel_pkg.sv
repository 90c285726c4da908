// What the parts of the channel say to each other. Clocks are DRAM clocks.
package tarn_channel_pkg;
  // Geometry of a module: a line number is row | bank | bank group | column, 34 bits in all.
  localparam int unsigned ColumnBits    = 7;   // lines of a row
  localparam int unsigned BankGroupBits = 2;
  localparam int unsigned NumBankGroups = 1 << BankGroupBits;
  localparam int unsigned BankBits      = 4;   // {bank in the group, bank group}
  localparam int unsigned NumBanks      = 1 << BankBits;
  localparam int unsigned RowBitsMax    = 34 - BankBits - ColumnBits;
  localparam int unsigned BurstClocks   = 4;   // burst of 8 on a 64-bit bus: one line

  typedef logic [BankBits-1:0]   bank_t;
  typedef logic [RowBitsMax-1:0] row_t;
  typedef logic [ColumnBits-1:0] column_t;
  typedef logic [NumBanks-1:0]   bank_mask_t;
  typedef logic [15:0]           stamp_t;   // the cycle in which a request came, modulo 65536
  typedef logic [7:0]            clocks_t;

  typedef struct packed {
    row_t    row;
    bank_t   bank;
    column_t column;
  } location_t;

  // The place of a line in a module. One function, so that a programmable mapping has one place to go to.
  function automatic location_t locate(logic [33:0] line);
    return location_t'(line);
  endfunction

  function automatic logic [BankGroupBits-1:0] group_of(bank_t bank);
    return bank[BankGroupBits-1:0];
  endfunction

  // JEDEC's names; what depends on several of them is worked out where it is used.
  typedef struct packed {
    clocks_t cl, cwl, rcd, rp, ras, rc, faw, rtp, ccd_s, ccd_l, rrd_s, rrd_l, wr, wtr_s, wtr_l, rtw_gap;
    clocks_t mrd, mod;
    logic [15:0] rfc, refi, xs, dllk, zq_init;
  } timing_t;

  typedef struct packed {
    clocks_t     write_high, write_low, idle_precharge;
    logic [3:0]  refresh_batch;
    stamp_t      read_age_cap, write_age_cap;
  } config_t;

  // What the scheduler decided in this cycle, for all who keep state about it. At most one is set.
  typedef struct packed {
    logic      activate, precharge, precharge_all, read, write;
    bank_t     bank;
    row_t      row;     // with activate
    column_t   column;  // with read and write
  } command_t;

  // The best request of a bank that a search found, or the overdue one that a scan found.
  typedef struct packed {
    logic    found;
    logic    hit;    // its row is open
    logic [6:0] index;
    row_t    row;
    column_t column;
    stamp_t  stamp;
  } choice_t;
endpackage : tarn_channel_pkg
