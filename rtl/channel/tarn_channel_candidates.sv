// Keeps, for each bank, the request of one kind (reads or writes) that goes next: one that hits the open row if there
// is one, else the oldest (rank_of); or, once a request is overdue, that one. So a scheduling decision looks at a module's banks,
// not at every queued request. After a column command the bank's next candidate is searched for in the next cycle, or in the same
// one: a longer path, for cycles of several DRAM clocks, in which a bank's next command may go in the next cycle.
`include "tarn_assert.svh"
module tarn_channel_candidates
  import tarn_channel_pkg::*;
#(
  parameter int unsigned BankGroupBits = 2,
  parameter int unsigned BankBits      = 2,
  parameter int unsigned NumModules    = 1,
  parameter bit          SearchAtOnce  = 1'b0,  // in the cycle of the take
  localparam int unsigned NumBanks     = NumModules << (BankGroupBits + BankBits)
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  // a new request, and its place in the queue
  input  logic       insert_i,
  input  location_t  insert_location_i,
  input  logic [6:0] insert_index_i,
  input  stamp_t     insert_stamp_i,
  input  logic       insert_bulk_i,
  input  logic       in_order_i,      // hits do not go before others
  input  logic [9:0] head_start_i,
  input  stamp_t     age_cap_i,
  input  stamp_t     now_i,
  // this side's candidate of command_i.column_bank is taken now
  input  logic       take_i,
  input  command_t   command_i,
  input  logic [NumBanks-1:0] all_closed_i,  // banks of modules all of whose banks are closed now
  // rows as they are open now (before command_i)
  input  logic [NumBanks-1:0] open_i,
  input  row_t       row_i[NumBanks],
  // search in the queue
  output logic       search_o,
  output bank_t      search_bank_o,
  input  choice_t    search_result_i,
  // a request that must go next, after older ones that must; forced: others wait for it
  input  choice_t    overdue_i,
  input  bank_t      overdue_bank_i,
  input  logic       forced_i,
  // candidates
  output logic [NumBanks-1:0] valid_o,
  output logic [NumBanks-1:0] hit_o,
  output logic [NumBanks-1:0] urgent_o,
  output logic [6:0] index_o[NumBanks],
  output row_t       row_o[NumBanks],
  output column_t    column_o[NumBanks],
  output stamp_t     stamp_o[NumBanks]
);
  localparam int unsigned IndexBits = $clog2(NumBanks);
  typedef logic [IndexBits-1:0] bank_index_t;  // of all modules' banks
  logic [NumBanks-1:0] valid_q, valid_d, hit_q, hit_d, urgent_q, urgent_d, bulk_q;
  logic [6:0] index_q[NumBanks];
  row_t       row_q[NumBanks];
  column_t    column_q[NumBanks];
  stamp_t     stamp_q[NumBanks];
  logic       search_q;
  bank_index_t search_bank_q;

  // Candidates that change in a cycle: one found by a search, one for its age (not beside a search that comes a cycle late), one as it comes.
  logic        search, load_found, load_new, searching, new_hit, overdue_ok;
  bank_index_t search_bank, new_bank, overdue_bank, taken_bank, opened_bank, closed_bank;
  assign new_bank     = bank_index_t'(index_of(insert_location_i.bank, BankGroupBits, BankBits));
  assign overdue_bank = bank_index_t'(index_of(overdue_bank_i, BankGroupBits, BankBits));
  assign taken_bank   = bank_index_t'(index_of(command_i.column_bank, BankGroupBits, BankBits));
  assign opened_bank  = bank_index_t'(index_of(command_i.activate_bank, BankGroupBits, BankBits));
  assign closed_bank  = bank_index_t'(index_of(command_i.precharge_bank, BankGroupBits, BankBits));
  assign search       = SearchAtOnce ? take_i : search_q;
  assign search_bank  = SearchAtOnce ? taken_bank : search_bank_q;
  // Overdue requests of one bank go in their order, or the scan would pass one over for ever.
  stamp_t overdue_age, present_age;
  assign overdue_age = now_i - overdue_i.stamp;
  assign present_age = now_i - stamp_q[overdue_bank];
  always_comb begin
    overdue_ok = overdue_i.found && (SearchAtOnce || !search) && !(take_i && taken_bank == overdue_bank);
    if (urgent_q[overdue_bank]) begin
      if (forced_i || overdue_age <= present_age) overdue_ok = 1'b0;
    end else if (valid_q[overdue_bank] && !forced_i && overdue_age < present_age) begin
      overdue_ok = 1'b0;
    end
  end
  assign load_found = search && search_result_i.found;
  assign searching  = search && search_bank == new_bank;

  // Is this the bank's open row, once command_i has gone out?
  function automatic logic hits(bank_index_t bank, row_t row);
    if (all_closed_i[bank] || (command_i.precharge && closed_bank == bank)) return 1'b0;
    if (command_i.activate && opened_bank == bank) return command_i.row == row;
    return open_i[bank] && row_i[bank] == row;
  endfunction
  assign new_hit = insert_i && hits(new_bank, insert_location_i.row);
  function automatic rank_t rank_by(logic hit, logic bulk, stamp_t stamp);
    return rank_of(hit && !in_order_i, bulk, seniority_of(now_i - stamp, age_cap_i, head_start_i));
  endfunction
  rank_t new_rank, present_rank;
  assign new_rank     = rank_by(new_hit, insert_bulk_i, insert_stamp_i);
  assign present_rank = rank_by(hit_q[new_bank], bulk_q[new_bank], stamp_q[new_bank]);
  // The new request becomes the candidate when the bank has none, or when it goes before the candidate.
  // In the cycle of a take it does not, where the search that follows finds it.
  always_comb begin
    load_new = insert_i && (SearchAtOnce || !(take_i && taken_bank == new_bank)) && (searching || !urgent_q[new_bank])
            && !(overdue_ok && overdue_bank == new_bank);
    if (searching) begin
      if (search_result_i.found && new_rank <= search_result_i.rank) load_new = 1'b0;
    end else if (valid_q[new_bank] && new_rank <= present_rank) begin
      load_new = 1'b0;
    end
  end

  always_comb begin
    valid_d  = valid_q;
    hit_d    = hit_q;
    urgent_d = urgent_q;
    if (command_i.activate) hit_d[opened_bank] = valid_q[opened_bank] && row_q[opened_bank] == command_i.row;
    if (command_i.precharge) hit_d[closed_bank] = 1'b0;
    hit_d = hit_d & ~all_closed_i;
    if (take_i) begin
      valid_d[taken_bank]  = 1'b0;
      hit_d[taken_bank]    = 1'b0;
      urgent_d[taken_bank] = 1'b0;
    end
    if (load_found) begin
      valid_d[search_bank]  = 1'b1;
      urgent_d[search_bank] = 1'b0;
      hit_d[search_bank]    = hits(search_bank, search_result_i.row);
    end
    if (overdue_ok) begin
      valid_d[overdue_bank]  = 1'b1;
      urgent_d[overdue_bank] = 1'b1;
      hit_d[overdue_bank]    = hits(overdue_bank, overdue_i.row);
    end
    if (load_new) begin
      valid_d[new_bank] = 1'b1;
      hit_d[new_bank]   = new_hit;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q       <= '0;
      hit_q         <= '0;
      urgent_q      <= '0;
      search_q      <= 1'b0;
      search_bank_q <= '0;
    end else begin
      valid_q       <= valid_d;
      hit_q         <= hit_d;
      urgent_q      <= urgent_d;
      search_q      <= take_i;
      search_bank_q <= taken_bank;
    end
  end
  always_ff @(posedge clk_i) begin
    if (load_found) begin
      index_q[search_bank]  <= search_result_i.index;
      row_q[search_bank]    <= search_result_i.row;
      column_q[search_bank] <= search_result_i.column;
      stamp_q[search_bank]  <= search_result_i.stamp;
      bulk_q[search_bank]   <= search_result_i.bulk;
    end
    if (overdue_ok) begin
      index_q[overdue_bank]  <= overdue_i.index;
      row_q[overdue_bank]    <= overdue_i.row;
      column_q[overdue_bank] <= overdue_i.column;
      stamp_q[overdue_bank]  <= overdue_i.stamp;
      bulk_q[overdue_bank]   <= overdue_i.bulk;
    end
    if (load_new) begin
      index_q[new_bank]  <= insert_index_i;
      row_q[new_bank]    <= insert_location_i.row;
      column_q[new_bank] <= insert_location_i.column;
      stamp_q[new_bank]  <= insert_stamp_i;
      bulk_q[new_bank]   <= insert_bulk_i;
    end
  end

  assign search_o      = search;
  assign search_bank_o = bank_at(($bits(bank_t))'(search_bank), BankGroupBits, BankBits);
  assign valid_o       = valid_q;
  assign hit_o         = hit_q;
  assign urgent_o      = urgent_q;
  assign index_o       = index_q;
  assign row_o         = row_q;
  assign column_o      = column_q;
  assign stamp_o       = stamp_q;

  `TARN_ASSERT(TakesACandidate, !take_i || valid_q[taken_bank])
  `TARN_ASSERT(HitIsValid, (hit_q & ~valid_q) == '0)
endmodule : tarn_channel_candidates
