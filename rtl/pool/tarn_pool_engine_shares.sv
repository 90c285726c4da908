// Who may take a page-in engine. Each host, its walks included, and walks beyond that have a floor of engines: as many as that they
// get whatever others hold.
// What is left beyond the floors goes to whoever comes. A floor is not kept idle: it only bounds what others take.
// A host counts while it has a window. Floors that do not fit all together do not count at all (`floors_valid_o`), nor do
// such that leave a host whose floor is 0 no engine ever; then hosts share what walks leave, which is an engine at least.
// A host may also take over an engine of its floor that one of its walks holds, as long as that walk counts as one beyond then. It and
// walks take engines in turn: once a walk has taken one no walk takes another while a parked request of a host might, until one is tried.
// An engine whose notice is stuck on the port (there is one at most) is nobody's: while it is, the last of the floors may wait.
// Engines count at once, windows and floors a cycle after they change.
module tarn_pool_engine_shares #(
  parameter int unsigned NumHosts    = 4,
  parameter int unsigned NumEngines  = 8,
  parameter int unsigned WalkEngines = 1   // the walks' floor
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic [NumHosts-1:0]   windows_i,            // the host has a window
  input  logic [4:0]            floor_i[NumHosts],
  output logic                  floors_valid_o,
  // Engines.
  input  logic [NumEngines-1:0] idle_i,
  input  logic [NumEngines-1:0] stuck_i,
  input  logic [NumEngines-1:0] walk_i,               // it works for a walk,
  input  tarn_pool_pkg::host_t  host_i[NumEngines],   // or for this host
  // Turns.
  input  logic [NumHosts-1:0]   parked_i,             // requests of the host itself wait,
  input  logic                  tried_i,              // one is decided upon, whatever comes of it
  input  logic                  walk_takes_i,         // a walk takes an engine
  // One may be taken: by hosts, then by their walks.
  output logic [2*NumHosts-1:0] free_o
);
  // Floors that count are no more than there are engines, all together; beside them stand engines beyond the floors.
  localparam int unsigned Bits = $clog2(2 * NumEngines + 1);
  localparam int unsigned SumBits = 9;  // 16 floors of 31, and engines
  typedef logic [Bits-1:0] count_t;
  typedef logic [SumBits-1:0] sum_t;

  // Of each host: engines that work for it or its walks, of these for its walks; and how many are beyond its floor, of these walks.
  count_t floor_q[NumHosts], used[NumHosts], of_walks[NumHosts], beyond[NumHosts];
  count_t working, hosts, walks, walks_beyond, kept;
  sum_t floors_sum;
  logic any, spare, some_have_none, floors_valid, floors_valid_q;
  logic [NumHosts-1:0] host_may, walk_may;
  logic hosts_turn_q, walks_wait;

  always_comb begin
    floors_sum     = sum_t'(WalkEngines);
    some_have_none = 1'b0;
    for (int unsigned h = 0; h < NumHosts; h++) begin
      if (windows_i[h]) floors_sum += sum_t'(floor_i[h]);
      if (windows_i[h] && floor_i[h] == '0) some_have_none = 1'b1;
    end
    floors_valid = floors_sum + sum_t'(some_have_none) <= sum_t'(NumEngines);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      floors_valid_q <= 1'b1;
      for (int unsigned h = 0; h < NumHosts; h++) floor_q[h] <= '0;
    end else begin
      floors_valid_q <= floors_valid;
      for (int unsigned h = 0; h < NumHosts; h++) floor_q[h] <= floors_valid && windows_i[h] ? count_t'(floor_i[h]) : '0;
    end
  end
  assign floors_valid_o = floors_valid_q;

  always_comb begin
    working = count_t'(NumEngines);
    for (int unsigned h = 0; h < NumHosts; h++) begin
      used[h]     = '0;
      of_walks[h] = '0;
    end
    for (int unsigned e = 0; e < NumEngines; e++) begin
      working -= count_t'(stuck_i[e]);
      for (int unsigned h = 0; h < NumHosts; h++) begin
        if (!idle_i[e] && !stuck_i[e] && host_i[e] == tarn_pool_pkg::host_t'(h)) begin
          used[h]     += 1'b1;
          of_walks[h] += count_t'(walk_i[e]);
        end
      end
    end
  end

  // Engines that are taken, or kept for who has not taken its floor. A walk counts as one of its host's; only walks
  // beyond that use up the walks' own floor, so that what walks give back is theirs again.
  always_comb begin
    hosts        = '0;
    walks        = '0;
    walks_beyond = '0;
    kept         = '0;
    for (int unsigned h = 0; h < NumHosts; h++) begin
      hosts        += used[h] - of_walks[h];
      walks        += of_walks[h];
      beyond[h]    = used[h] > floor_q[h] ? used[h] - floor_q[h] : '0;
      walks_beyond += of_walks[h] < beyond[h] ? of_walks[h] : beyond[h];
      kept         += floor_q[h] + beyond[h];
    end
    if (walks_beyond < count_t'(WalkEngines)) kept += count_t'(WalkEngines) - walks_beyond;
  end
  assign any   = idle_i != '0;
  assign spare = kept < working;
  always_comb begin
    for (int unsigned h = 0; h < NumHosts; h++) begin
      host_may[h] = any && (spare || used[h] < floor_q[h] || (of_walks[h] > beyond[h] && walks_beyond < count_t'(WalkEngines)))
                    && hosts + count_t'(WalkEngines) < working;
      walk_may[h] = any && (spare || used[h] < floor_q[h] || walks_beyond < count_t'(WalkEngines)) && walks + 1'b1 < working;
    end
  end
  assign walks_wait = hosts_turn_q && (parked_i & host_may) != '0;
  assign free_o     = {walks_wait ? '0 : walk_may, host_may};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) hosts_turn_q <= 1'b0;
    else if (walk_takes_i) hosts_turn_q <= 1'b1;
    else if (tried_i) hosts_turn_q <= 1'b0;
  end
endmodule : tarn_pool_engine_shares
