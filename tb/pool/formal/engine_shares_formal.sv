// Floors of page-in engines: two hosts and their walks take and give back engines as they like; a host that has fewer than its floor
// may take one, whatever the others hold, and walks have one at least. Fault 1 takes engines without asking.
`include "tarn_assert.svh"
module engine_shares_formal #(
  parameter bit Fault = 1'b0
) (
  input logic       clk_i,
  input logic       take_i,
  input logic [1:0] who_i,   // {walk, host}
  input logic [3:0] give_i,
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
    .free_o(free)
  );

  assign may   = Fault ? idle_q != '0 : free[who_i];
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

  logic [2:0] used[2], walks;
  always_comb begin
    walks = '0;
    for (int unsigned h = 0; h < 2; h++) used[h] = '0;
    for (int unsigned e = 0; e < Engines; e++) begin
      if (!idle_q[e] && walk_q[e]) walks = walks + 1'b1;
      for (int unsigned h = 0; h < 2; h++) if (!idle_q[e] && host_q[e] == tarn_pool_pkg::host_t'(h)) used[h] = used[h] + 1'b1;
    end
  end

  `TARN_ASSERT(BelowItsFloorAHostMayTakeOne, !started_q || !valid || ((used[0] >= 3'(floor_q[0]) || free[0]) && (used[1] >= 3'(floor_q[1]) || free[1])))
  `TARN_ASSERT(WalksHaveTheirs, !started_q || walks != '0 || (free[2] && free[3]))
  `TARN_ASSERT(WalksLeaveOneToHosts, walks < 3'(Engines) || Fault)
  `TARN_COVER(OneHostHasAllThatIsNotKept, started_q && used[0] == 3'd2 && walks == '0 && floor_q[1] == 2'd1 && valid && !free[0])
endmodule : engine_shares_formal
