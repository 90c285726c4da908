// Floors of page-in engines: two hosts and their walks take and give back engines as they like; a host that has fewer than its floor
// may take one, whatever the others hold, and walks have one at least. A host whose walk alone holds an engine may take one, and walks
// take no two engines one after the other while a parked request of a host might have one. Fault 1 takes engines
// without asking, 2 those of walks alone.
`include "tarn_assert.svh"
module engine_shares_formal #(
  parameter int unsigned Fault = 0
) (
  input logic       clk_i,
  input logic       take_i,
  input logic [1:0] who_i,   // {walk, host}
  input logic [3:0] give_i,
  input logic [1:0] parked_i,
  input logic       tried_i,
  input logic [1:0] floor_i[2]
);
  localparam int unsigned Engines = 4;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic [1:0] floor_q[2];  // arbitrary, the same for ever
  logic started_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) floor_q <= floor_i;
    started_q <= rst_ni;
  end

  logic [Engines-1:0] idle_q, walk_q, taken;
  tarn_pool_pkg::host_t host_q[Engines];
  logic [4:0] floor[2];
  logic [3:0] free;
  logic valid, may;
  assign floor[0] = 5'(floor_q[0]);
  assign floor[1] = 5'(floor_q[1]);

  tarn_pool_engine_shares #(.NumHosts(2), .NumEngines(Engines), .WalkEngines(1)) u_dut (
    .clk_i, .rst_ni, .windows_i(2'b11), .floor_i(floor), .floors_valid_o(valid), .idle_i(idle_q), .stuck_i('0), .walk_i(walk_q), .host_i(host_q),
    .parked_i, .tried_i(tried_i && taken == '0), .walk_takes_i(taken != '0 && who_i[1]), .free_o(free)
  );

  assign may   = Fault == 1 || (Fault == 2 && who_i[1]) ? idle_q != '0 : free[who_i];
  assign taken = take_i && may ? idle_q & -idle_q : '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      idle_q <= '1;
    end else begin
      idle_q <= (idle_q & ~taken) | (give_i & ~idle_q);
    end
  end
  always_ff @(posedge clk_i) begin
    for (int unsigned e = 0; e < Engines; e++) begin
      if (taken[e]) begin
        walk_q[e] <= who_i[1];
        host_q[e] <= tarn_pool_pkg::host_t'(who_i[0]);
      end
    end
  end

  logic [2:0] used[2], own[2], walks;
  always_comb begin
    walks = '0;
    for (int unsigned h = 0; h < 2; h++) begin
      used[h] = '0;
      own[h]  = '0;
    end
    for (int unsigned e = 0; e < Engines; e++) begin
      if (!idle_q[e] && walk_q[e]) walks = walks + 1'b1;
      for (int unsigned h = 0; h < 2; h++) begin
        if (!idle_q[e] && host_q[e] == tarn_pool_pkg::host_t'(h)) begin
          used[h] = used[h] + 1'b1;
          own[h]  = own[h] + 3'(!walk_q[e]);
        end
      end
    end
  end

  // Since a walk took an engine, nothing of a host was tried.
  logic walk_had_its_turn_q, overtakes;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) walk_had_its_turn_q <= 1'b0;
    else if (taken != '0 && who_i[1]) walk_had_its_turn_q <= 1'b1;
    else if (tried_i) walk_had_its_turn_q <= 1'b0;
  end
  assign overtakes = walk_had_its_turn_q && taken != '0 && who_i[1] && (parked_i & free[1:0]) != '0;

  // Its one engine is its walk's, and no other walk has one.
  logic [1:0] walk_in_the_way;
  for (genvar h = 0; h < 2; h++) begin : gen_walk_in_the_way
    assign walk_in_the_way[h] = valid && floor_q[h] != '0 && own[h] == '0 && used[h] == 3'd1 && walks == 3'd1 && idle_q != '0;
  end

  `TARN_ASSERT(BelowItsFloorAHostMayTakeOne, !started_q || !valid || ((used[0] >= 3'(floor_q[0]) || free[0]) && (used[1] >= 3'(floor_q[1]) || free[1])))
  `TARN_ASSERT(WalksHaveTheirs, !started_q || walks != '0 || (free[2] && free[3]) || (parked_i & free[1:0]) != '0)
  `TARN_ASSERT(AHostTakesTheEngineThatItsWalkMakesUpFor, !started_q || (walk_in_the_way & ~free[1:0]) == '0)
  `TARN_ASSERT(WalksTakeTurnsWithParkedRequests, !started_q || !overtakes || Fault == 1)
  `TARN_ASSERT(WalksLeaveOneToHosts, walks < 3'(Engines) || Fault != 0)
  `TARN_COVER(AWalkWaitsForItsTurn, started_q && walk_had_its_turn_q && free[3:2] == '0 && idle_q == '1 && parked_i != '0)
  `TARN_COVER(OneHostHasAllThatIsNotKept, started_q && used[0] == 3'd2 && walks == '0 && floor_q[1] == 2'd1 && valid && !free[0])
endmodule : engine_shares_formal
