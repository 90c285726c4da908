// Caps of evictions: whatever engines do, a host with a cap has at most so many evictions promised in a window, and one without
// waits for nobody. Fault 1 allows one more than the cap.
`include "tarn_assert.svh"
module eviction_caps_formal #(
  parameter bit Fault = 1'b0
) (
  input logic       clk_i,
  input logic [2:0] waits_i,
  input logic [1:0] coming_i,
  input logic [1:0] cap_i
);
  localparam int unsigned Engines = 3;
  localparam int unsigned Reserve = 1;

  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic [1:0] cap_q;  // of host 0; host 1 has none
  always_ff @(posedge clk_i) if (!rst_ni) cap_q <= cap_i;

  logic [15:0] cap[2];
  tarn_pool_pkg::host_t host[Engines];
  logic [Engines-1:0] admitted, admitted_q;
  assign cap[0]  = 16'(cap_q) + 16'(Fault && cap_q != '0);
  assign cap[1]  = '0;
  assign host[0] = '0;  // engines 0 and 1 work for host 0
  assign host[1] = '0;
  assign host[2] = 4'd1;
  tarn_pool_eviction_caps #(.NumHosts(2), .NumEngines(Engines), .ReserveSlots(Reserve)) u_dut (
    .clk_i, .rst_ni, .cap_i(cap), .window_i(5'd2), .waits_i, .host_i(host), .coming_i(32'(coming_i)), .admitted_o(admitted)
  );

  logic [1:0] cycle_q, waited_q;
  logic [2:0] promised, count_q;
  logic [Engines-1:0] fresh;
  logic needs;
  assign fresh = admitted & ~(admitted_q & waits_i);
  always_comb begin
    promised = 3'(Reserve);
    for (int unsigned e = 0; e < Engines; e++) promised = promised + 3'(waits_i[e] && admitted_q[e]);
  end
  assign needs = 3'(coming_i) <= promised;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      admitted_q <= '0;
      cycle_q    <= '0;
      count_q    <= '0;
      waited_q   <= '0;
    end else begin
      admitted_q <= admitted;
      cycle_q    <= cycle_q + 1'b1;
      if (cycle_q == '0) count_q <= 3'(needs && fresh[1:0] != '0);
      else if (needs && fresh[1:0] != '0) count_q <= count_q + 1'b1;
      waited_q   <= waits_i[2] && !admitted[2] ? waited_q + 1'b1 : '0;
    end
  end

  `TARN_ASSERT(NoMoreThanTheCap, cap_q == '0 || count_q <= 3'(cap_q))
  `TARN_ASSERT(WithoutACapNobodyWaits, waited_q <= 2'd2)
  `TARN_ASSERT(OnlyWhoWaits, (admitted & ~waits_i) == '0)
  `TARN_COVER(TheCapIsMet, cap_q == 2'd2 && count_q == 3'd2 && waits_i[0] && !admitted[0] && needs)
endmodule : eviction_caps_formal
