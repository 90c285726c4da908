// Places for requests of one kind (reads or writes), in no order of their own; each carries the cycle it came in.
// A request is inserted, found by its line (same cycle), searched for by its bank (same cycle: the oldest that hits
// the open row, else the oldest: rank_of), taken when its column command goes out, and its place released then or later.
// A taken request is not found any more. One of each in a cycle. When full, `free_valid_o` is low.
// One that is inserted as held is found by its line, but not taken before it is woken; or it is released without that.
`include "tarn_assert.svh"
module tarn_channel_queue
  import tarn_channel_pkg::*;
#(
  parameter int unsigned Depth   = 64,     // places, 4..128
  parameter bit          SearchAtOnce = 1'b0,  // in the cycle of a take: the one taken is not found
  parameter bit          RanksAhead   = 1'b0,  // for a short search among few places: ages stand in registers, each place is compared with each
  parameter int unsigned WaitMax = 33792,  // by its stamp, cycles in which each request is taken (README, bounds): an assertion
  localparam int unsigned IndexBits = $clog2(Depth)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  stamp_t               now_i,
  // lookup by line
  input  logic                 lookup_i,
  input  location_t            lookup_location_i,
  output logic                 lookup_hit_o,
  output logic [IndexBits-1:0] lookup_index_o,
  // insert at the free place
  output logic                 free_valid_o,
  output logic [IndexBits-1:0] free_index_o,
  input  logic                 insert_i,
  input  location_t            insert_location_i,
  input  stamp_t               insert_stamp_i,   // when it came, as far as others' order to it goes
  input  logic                 insert_bulk_i,    // of class bulk
  input  logic                 insert_held_i,    // it waits for something before it may be taken
  input  logic                 wake_i,           // never with insert_i: that of a held one is there
  input  logic [IndexBits-1:0] wake_index_i,
  output location_t            wake_location_o,
  output logic                 held_o,           // there are held ones
  // take and release
  input  logic                 take_i,
  input  logic [IndexBits-1:0] take_index_i,
  input  logic                 release_i,
  input  logic [IndexBits-1:0] release_index_i,
  // search for the next of a bank
  input  logic                 search_i,
  input  bank_t                search_bank_i,
  input  logic                 search_open_i,
  input  row_t                 search_row_i,
  output choice_t              search_o,
  // one place a cycle is looked at for its age
  input  logic [9:0]           head_start_i,
  input  stamp_t               age_cap_i,
  output choice_t              overdue_o,  // rank is not filled in
  output bank_t                overdue_bank_o,
  output logic [7:0]           pending_count_o
);
  `TARN_ASSERT_INIT(DepthAllowed, Depth >= 4 && Depth <= 128, "tarn_channel_queue: Depth must be 4..128")

  typedef logic [IndexBits-1:0] index_t;

  logic [Depth-1:0] pending_q;  // waits for its column command
  logic [Depth-1:0] busy_q;     // the place is taken
  logic [Depth-1:0] held_q;     // is not pending yet
  location_t        location_q[Depth];
  stamp_t           stamp_q[Depth];
  logic [Depth-1:0] bulk_q;
  logic [7:0]       pending_count_q;

  // The place for the next request is found a cycle ahead.
  logic             free_valid_q, free_valid_d;
  index_t           free_index_q, free_index_d;
  always_comb begin
    free_valid_d = free_valid_q;
    free_index_d = free_index_q;
    if (!free_valid_q || insert_i) begin
      free_valid_d = 1'b0;
      for (int unsigned i = 0; i < Depth; i++) begin
        if (!busy_q[i] && !(free_valid_q && index_t'(i) == free_index_q)) begin
          free_valid_d = 1'b1;
          free_index_d = index_t'(i);
        end
      end
    end
  end
  assign free_valid_o = free_valid_q;
  assign free_index_o = free_index_q;

  // A line stands at most once among those that are pending: the admission sees to it for writes; for reads any
  // one of several will do.
  always_comb begin
    lookup_hit_o   = 1'b0;
    lookup_index_o = '0;
    if (lookup_i) begin
      for (int unsigned i = 0; i < Depth; i++) begin
        if ((pending_q[i] || held_q[i]) && location_q[i] == lookup_location_i) begin
          lookup_hit_o   = 1'b1;
          lookup_index_o = index_t'(i);
        end
      end
    end
  end

  // How old each place's request is, where that is not worked out when it is asked for.
  seniority_t seniority[Depth];
  if (RanksAhead) begin : gen_ranks_ahead
    seniority_t seniority_q[Depth];
    always_ff @(posedge clk_i) begin
      for (int unsigned i = 0; i < Depth; i++) begin
        if ((insert_i && free_index_q == index_t'(i)) || (wake_i && wake_index_i == index_t'(i))) begin
          seniority_q[i] <= seniority_of(now_i + 1'b1 - insert_stamp_i, age_cap_i, head_start_i);
        end else begin
          seniority_q[i] <= seniority_of(now_i + 1'b1 - stamp_q[i], age_cap_i, head_start_i);
        end
      end
    end
    for (genvar i = 0; i < Depth; i++) begin : gen_place
      logic is_of_now;
      assign seniority[i] = seniority_q[i];
      assign is_of_now    = seniority_q[i].age == now_i - stamp_q[i];
      `TARN_ASSERT(AgeIsThatOfNow, !pending_q[i] || is_of_now)
    end
  end else begin : gen_ranks_at_once
    for (genvar i = 0; i < Depth; i++) begin : gen_place
      assign seniority[i] = '0;
    end
  end

  // The places whose request is of the bank, with their ranks.
  localparam int unsigned Leaves = 1 << IndexBits;
  typedef struct packed {
    logic   found;
    rank_t  rank;
    index_t index;
  } ranked_t;
  ranked_t [Leaves-1:0] places;
  function automatic logic waits(index_t place);
    return pending_q[place] && !(SearchAtOnce && take_i && take_index_i == place);
  endfunction
  always_comb begin
    places = '0;
    if (search_i) begin
      for (int unsigned i = 0; i < Depth; i++) begin
        places[i].index = index_t'(i);
        if (waits(index_t'(i)) && location_q[i].bank == search_bank_i) begin
          places[i].found = 1'b1;
          places[i].rank  = rank_of(search_open_i && location_q[i].row == search_row_i, bulk_q[i],
                                    RanksAhead ? seniority[i] : seniority_of(now_i - stamp_q[i], age_cap_i, head_start_i));
        end
      end
    end
  end

  // The best of them, the lowest of several: by a tree, or each against each.
  function automatic ranked_t best_by_tree();
    ranked_t best_of[2*Leaves];
    for (int unsigned i = 0; i < Leaves; i++) best_of[Leaves+i] = places[i];
    for (int unsigned i = Leaves - 1; i >= 1; i--) begin
      best_of[i] = {best_of[2*i].found, best_of[2*i].rank} >= {best_of[2*i+1].found, best_of[2*i+1].rank} ? best_of[2*i] : best_of[2*i+1];
    end
    return best_of[1];
  endfunction
  ranked_t best;
  if (RanksAhead) begin : gen_pairs
    logic [Leaves-1:0] beaten;
    always_comb begin
      beaten = '0;
      best   = '0;
      for (int unsigned i = 0; i < Leaves; i++) begin
        for (int unsigned j = i + 1; j < Leaves; j++) begin
          if ({places[i].found, places[i].rank} >= {places[j].found, places[j].rank}) beaten[j] = 1'b1;
          else beaten[i] = 1'b1;
        end
      end
      for (int unsigned i = 0; i < Leaves; i++) if (!beaten[i]) best = best | places[i];  // one alone is not
    end
    `TARN_ASSERT_INIT(FewPlaces, Depth <= 16, "tarn_channel_queue: RanksAhead is for 4 to 16 places")
    `TARN_ASSERT(PairsFindWhatATreeFinds, best == best_by_tree())
  end else begin : gen_tree
    always_comb begin
      best = '0;
      if (search_i) best = best_by_tree();
    end
  end

  always_comb begin
    search_o = '0;
    if (search_i) begin
      search_o.found  = best.found;
      search_o.rank   = best.rank;
      search_o.bulk   = bulk_q[best.index];
      search_o.index  = 7'(best.index);
      search_o.row    = location_q[best.index].row;
      search_o.column = location_q[best.index].column;
      search_o.stamp  = stamp_q[best.index];
    end
  end

  index_t scan_q;
  stamp_t scan_age;
  assign scan_age = now_i - stamp_q[scan_q];
  always_comb begin
    overdue_o        = '0;
    overdue_bank_o   = location_q[scan_q].bank;
    overdue_o.found  = pending_q[scan_q] && scan_age >= age_cap_i;
    overdue_o.bulk   = bulk_q[scan_q];
    overdue_o.index  = 7'(scan_q);
    overdue_o.row    = location_q[scan_q].row;
    overdue_o.column = location_q[scan_q].column;
    overdue_o.stamp  = stamp_q[scan_q];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q       <= '0;
      busy_q          <= '0;
      held_q          <= '0;
      free_valid_q    <= 1'b0;
      free_index_q    <= '0;
      scan_q          <= '0;
      pending_count_q <= '0;
    end else begin
      if (take_i) pending_q[take_index_i] <= 1'b0;
      if (release_i) begin
        busy_q[release_index_i] <= 1'b0;
        held_q[release_index_i] <= 1'b0;
      end
      if (insert_i) begin
        pending_q[free_index_q] <= !insert_held_i;
        held_q[free_index_q]    <= insert_held_i;
        busy_q[free_index_q]    <= 1'b1;
      end
      if (wake_i) begin
        pending_q[wake_index_i] <= 1'b1;
        held_q[wake_index_i]    <= 1'b0;
      end
      free_valid_q    <= free_valid_d;
      free_index_q    <= free_index_d;
      scan_q          <= scan_q == index_t'(Depth - 1) ? '0 : scan_q + 1'b1;
      pending_count_q <= pending_count_q + 8'(wake_i || (insert_i && !insert_held_i)) - 8'(take_i);
    end
  end
  always_ff @(posedge clk_i) begin
    if (insert_i) begin
      location_q[free_index_q] <= insert_location_i;
      stamp_q[free_index_q]    <= insert_stamp_i;
      bulk_q[free_index_q]     <= insert_bulk_i;
    end
    // It counts as having come now.
    if (wake_i) stamp_q[wake_index_i] <= insert_stamp_i;
  end
  assign wake_location_o = location_q[wake_index_i];
  assign held_o          = held_q != '0;
  assign pending_count_o = pending_count_q;

  `TARN_ASSERT(WaitIsBounded, !pending_q[scan_q] || scan_age < stamp_t'(WaitMax))
  `TARN_ASSERT(InsertHasPlace, !insert_i || free_valid_q)
  `TARN_ASSERT(WakesWhatIsHeld, !wake_i || (held_q[wake_index_i] && !insert_i))
  `TARN_ASSERT(TakesWhatWaits, !take_i || pending_q[take_index_i])
  `TARN_ASSERT(ReleasesWhatIsBusy, !release_i || busy_q[release_index_i])
endmodule : tarn_channel_queue
