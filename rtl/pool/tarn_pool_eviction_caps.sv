// Bounds the evictions that a host's page-ins make: in each window of 2^`window_i` cycles at most `cap_i` of its page-ins that need a
// slot may have one emptied for them (0: any number). One beyond that waits, in its engine, until the next window, or until
// there are slots for which nobody must go; its engine's time runs meanwhile. Others do not wait for it.
// A page-in that waits for a slot is admitted once: it then counts among those for whom slots are emptied. One a cycle, in the
// cycle in which it comes if it may.
`include "tarn_assert.svh"
module tarn_pool_eviction_caps #(
  parameter int unsigned NumHosts     = 4,
  parameter int unsigned NumEngines   = 8,
  parameter int unsigned ReserveSlots = 2
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic [15:0]           cap_i[NumHosts],
  input  logic [4:0]            window_i,
  input  logic [NumEngines-1:0] waits_i,             // the engine waits for a slot
  input  tarn_pool_pkg::host_t  host_i[NumEngines],  // for this host
  input  logic [31:0]           coming_i,            // slots that are free, or being emptied
  output logic [NumEngines-1:0] admitted_o
);
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1;

  localparam int unsigned EngineBits = NumEngines > 1 ? $clog2(NumEngines) : 1;
  logic [NumEngines-1:0] admitted_q, new_ones, allowed, admit;
  logic [EngineBits-1:0] next, last_q;
  logic [15:0] count_q[NumHosts];
  logic [31:0] cycle_q, promised;
  logic window_ends, needs, charge;
  logic [HostBits-1:0] charged;

  // A slot for one more must be emptied, unless more are coming than are promised.
  assign needs = coming_i <= promised;
  always_comb begin
    promised = ReserveSlots;
    for (int unsigned e = 0; e < NumEngines; e++) promised += 32'(waits_i[e] && admitted_q[e]);
    for (int unsigned e = 0; e < NumEngines; e++) begin
      allowed[e] = !needs || cap_i[host_i[e][HostBits-1:0]] == '0
                || count_q[host_i[e][HostBits-1:0]] < cap_i[host_i[e][HostBits-1:0]];
    end
  end
  assign new_ones   = waits_i & ~admitted_q & allowed;
  tarn_pick_next #(.N(NumEngines)) u_next (.req_i(new_ones), .last_i(last_q), .grant_o(admit), .index_o(next));
  assign admitted_o = waits_i & (admitted_q | admit);
  assign charge     = admit != '0 && needs;
  assign charged    = host_i[next][HostBits-1:0];

  assign window_ends = (cycle_q & ~(32'hFFFF_FFFF << window_i)) == '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      admitted_q <= '0;
      last_q     <= '0;
      cycle_q    <= '0;
      for (int unsigned h = 0; h < NumHosts; h++) count_q[h] <= '0;
    end else begin
      admitted_q <= admitted_o;
      if (admit != '0) last_q <= next;
      cycle_q    <= cycle_q + 1'b1;
      for (int unsigned h = 0; h < NumHosts; h++) begin
        if (window_ends) count_q[h] <= 16'(charge && charged == HostBits'(h));
        else if (charge && charged == HostBits'(h) && count_q[h] != '1) count_q[h] <= count_q[h] + 1'b1;
      end
    end
  end
endmodule : tarn_pool_eviction_caps
