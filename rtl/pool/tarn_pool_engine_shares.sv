// Who may take a page-in engine. Each host, its walks included, and walks beyond that have a floor of engines: as many as that they
// get whatever others hold.
// What is left beyond the floors goes to whoever comes. A floor is not kept idle: it only bounds what others take.
// A host counts while it has a window. Floors that do not fit all together do not count at all (`floors_valid_o`), nor do
// such that leave a host whose floor is 0 no engine ever; then hosts share what walks leave, which is an engine at least.
// An engine whose notice is stuck on the port (there is one at most) is nobody's: while it is, the last of the floors may wait.
// Combinational.
module tarn_pool_engine_shares #(
  parameter int unsigned NumHosts    = 4,
  parameter int unsigned NumEngines  = 8,
  parameter int unsigned WalkEngines = 1   // the walks' floor
) (
  input  logic [NumHosts-1:0]   windows_i,            // the host has a window
  input  logic [4:0]            floor_i[NumHosts],
  output logic                  floors_valid_o,
  // Engines.
  input  logic [NumEngines-1:0] idle_i,
  input  logic [NumEngines-1:0] stuck_i,
  input  logic [NumEngines-1:0] walk_i,               // it works for a walk,
  input  tarn_pool_pkg::host_t  host_i[NumEngines],   // or for this host
  // One may be taken: by hosts, then by their walks.
  output logic [2*NumHosts-1:0] free_o
);
  localparam int unsigned Bits = 9;  // 16 floors of 31, and engines
  typedef logic [Bits-1:0] count_t;

  // Of each host: engines that work for it or its walks, of these for its walks; and how many are beyond its floor, of these walks.
  count_t floor[NumHosts], used[NumHosts], of_walks[NumHosts], beyond[NumHosts];
  count_t working, floors_sum, hosts, walks, walks_beyond, kept;
  logic any, spare, some_have_none;

  always_comb begin
    floors_sum     = count_t'(WalkEngines);
    some_have_none = 1'b0;
    for (int unsigned h = 0; h < NumHosts; h++) begin
      if (windows_i[h]) floors_sum += count_t'(floor_i[h]);
      if (windows_i[h] && floor_i[h] == '0) some_have_none = 1'b1;
    end
    floors_valid_o = floors_sum + count_t'(some_have_none) <= count_t'(NumEngines);
    for (int unsigned h = 0; h < NumHosts; h++) floor[h] = floors_valid_o && windows_i[h] ? count_t'(floor_i[h]) : '0;
  end

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
      beyond[h]    = used[h] > floor[h] ? used[h] - floor[h] : '0;
      walks_beyond += of_walks[h] < beyond[h] ? of_walks[h] : beyond[h];
      kept         += floor[h] + beyond[h];
    end
    if (walks_beyond < count_t'(WalkEngines)) kept += count_t'(WalkEngines) - walks_beyond;
  end
  assign any   = idle_i != '0;
  assign spare = kept < working;
  always_comb begin
    for (int unsigned h = 0; h < NumHosts; h++) begin
      free_o[h]          = any && (spare || used[h] < floor[h]) && hosts + count_t'(WalkEngines) < working;
      free_o[NumHosts+h] = any && (spare || used[h] < floor[h] || walks_beyond < count_t'(WalkEngines)) && walks + 1'b1 < working;
    end
  end
endmodule : tarn_pool_engine_shares
