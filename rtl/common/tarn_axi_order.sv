// Keeps transactions that end in any order in the order of their AXI IDs.
// A transaction takes a number (`alloc`), is done some time later (`done_i`), and is offered (`pick`) when it is
// done and the oldest of its ID; among those that are, in turn. IDs do not wait for each other.
// One of each a cycle. Bypass: offered in the cycle in which it is done (path from `done_i` to `pick_valid_o`),
// else one later. When all N numbers are taken, `alloc_valid_o` is low.
`include "tarn_assert.svh"
module tarn_axi_order #(
  parameter int unsigned N      = 64,  // transactions at a time, 2 to 128
  parameter int unsigned IdBits = 8,   // 1 to 8
  parameter bit          Bypass = 1'b0,
  localparam int unsigned IndexBits = $clog2(N)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  output logic                 alloc_valid_o,
  output logic [IndexBits-1:0] alloc_index_o,
  input  logic                 alloc_i,  // the number is taken
  input  logic [IdBits-1:0]    alloc_id_i,
  input  logic [N-1:0]         done_i,   // one bit a transaction; may come with its allocation
  output logic                 pick_valid_o,
  output logic [IndexBits-1:0] pick_index_o,
  output logic [IdBits-1:0]    pick_id_o,
  input  logic                 pick_i    // taken, and its number given back
);
  `TARN_ASSERT_INIT(IdBitsAllowed, IdBits >= 1 && IdBits <= 8, "tarn_axi_order: IdBits must be 1 to 8")
  `TARN_ASSERT_INIT(NAllowed, N >= 2 && N <= 128, "tarn_axi_order: N must be 2 to 128")

  localparam int unsigned NumIds = 2 ** IdBits;
  typedef logic [IndexBits-1:0] index_t;

  // Per ID a list from oldest to newest. head_q marks the oldest of each, last_q the newest of each.
  logic [N-1:0] head_q, head_d, last_q, last_d, done_q, eligible, picked, alloc_bit;
  logic [NumIds-1:0] busy_q, busy_d;  // the ID has transactions
  index_t newest_q[NumIds];
  index_t next_q[N];
  logic [IdBits-1:0] id_q[N];
  index_t turn_q;
  logic pick, joins;  // joins: the new transaction stands behind another of its ID

  tarn_index_pool #(.N(N)) u_pool (
    .clk_i, .rst_ni, .free_valid_i(pick), .free_index_i(pick_index_o), .valid_o(alloc_valid_o),
    .index_o(alloc_index_o), .take_i(alloc_i)
  );
  tarn_pick_next #(.N(N)) u_pick (.req_i(eligible), .last_i(turn_q), .grant_o(picked), .index_o(pick_index_o));

  assign eligible     = head_q & (Bypass ? done_q | done_i : done_q);
  assign pick_valid_o = eligible != '0;
  assign pick         = pick_valid_o && pick_i;
  assign pick_id_o    = id_q[pick_index_o];
  assign alloc_bit    = alloc_i ? N'(1) << alloc_index_o : '0;
  // The one before may be leaving in this very cycle: then the new one is the oldest.
`ifdef TARN_FAULT_AXI_ORDER
  assign joins = busy_q[alloc_id_i] && !pick;
`else
  assign joins = busy_q[alloc_id_i] && !(pick && newest_q[alloc_id_i] == pick_index_o);
`endif

  always_comb begin
    head_d = head_q;
    last_d = last_q;
    busy_d = busy_q;
    if (pick) begin
      head_d &= ~picked;
      last_d &= ~picked;
      if ((last_q & picked) != '0) busy_d[pick_id_o] = 1'b0;
      else head_d[next_q[pick_index_o]] = 1'b1;
    end
    if (alloc_i) begin
      busy_d[alloc_id_i] = 1'b1;
      if (joins) last_d[newest_q[alloc_id_i]] = 1'b0;
      else head_d |= alloc_bit;
      last_d |= alloc_bit;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q <= '0;
      last_q <= '0;
      done_q <= '0;
      busy_q <= '0;
      turn_q <= '0;
    end else begin
      head_q <= head_d;
      last_q <= last_d;
      busy_q <= busy_d;
      done_q <= (done_q | done_i) & ~(pick ? picked : '0);
      if (pick) turn_q <= pick_index_o;
    end
  end
  always_ff @(posedge clk_i) begin
    if (alloc_i) begin
      newest_q[alloc_id_i] <= alloc_index_o;
      id_q[alloc_index_o]  <= alloc_id_i;
      if (joins) next_q[newest_q[alloc_id_i]] <= alloc_index_o;
    end
  end

  `TARN_ASSERT(DoneOnce, (done_i & done_q) == '0)
  `TARN_ASSERT(DoneHasHolder, (head_q & done_q & alloc_bit) == '0)
endmodule : tarn_axi_order
