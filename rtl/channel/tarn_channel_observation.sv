// What the channel tells of itself beside its counters: histograms of latencies by class and direction, and the cycles that requests and the data bus
// lost, by cause. Exact; an event shows after 3 cycles.
module tarn_channel_observation
  import tarn_channel_pkg::*;
  import tarn_latency_pkg::*;
(
  input  logic       clk_i,
  input  logic       rst_ni,
  input  latency_t   now_i,
  // Answers: by the read path, at once, as lost; when each request was accepted.
  input  logic [2:0] answered_i,
  input  logic [2:0] writes_i,
  input  logic [1:0] class_i[3],
  input  latency_t   since_i[3],
  // A request that could not be queued, the data bus that got no work.
  input  logic       stalled_i,
  input  stall_e     stall_i,
  input  logic       waits_i,
  input  wait_e      wait_i,
  // Software reads: held until it is there.
  input  logic       latency_read_i,
  input  logic       latency_writes_i,
  input  logic [1:0] latency_class_i,
  input  latency_bin_t latency_bin_i,
  output logic       latency_valid_o,
  output logic [63:0] latency_count_o,
  input  logic       stalls_read_i,
  input  logic [3:0] stalls_bin_i,
  output logic       stalls_valid_o,
  output logic [63:0] stalls_count_o
);
  localparam int unsigned Bins    = 2 * tarn_line_pkg::NumClasses * LatencyBins;
  localparam int unsigned BinBits = $clog2(Bins);
  typedef logic [BinBits-1:0] bin_t;
  function automatic bin_t bin_of(logic writes, logic [1:0] class_id, latency_bin_t bin);
    return bin_t'({writes ? 3'(class_id) + 3'(tarn_line_pkg::NumClasses) : 3'(class_id), bin});
  endfunction

  logic [2:0] answered_q;
  bin_t       bin_q[3];
  logic [1:0] unused_ready;  // they are cleared long before the modules are initialised
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) answered_q <= '0;
    else answered_q <= answered_i;
  end
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < 3; i++) bin_q[i] <= bin_of(writes_i[i], class_i[i], latency_bin(now_i - since_i[i]));
  end
  tarn_histogram #(.Bins(Bins), .Sources(3)) u_latency (
    .clk_i, .rst_ni, .ready_o(unused_ready[0]), .valid_i(answered_q), .bin_i(bin_q), .read_i(latency_read_i),
    .read_bin_i(bin_of(latency_writes_i, latency_class_i, latency_bin_i)), .read_valid_o(latency_valid_o), .read_count_o(latency_count_o)
  );

  logic [3:0] stall_bins[2];
  assign stall_bins = '{{1'b0, stall_i}, {1'b1, wait_i}};
  tarn_histogram #(.Bins(16), .Sources(2)) u_stalls (
    .clk_i, .rst_ni, .ready_o(unused_ready[1]), .valid_i({waits_i, stalled_i}), .bin_i(stall_bins), .read_i(stalls_read_i),
    .read_bin_i(stalls_bin_i), .read_valid_o(stalls_valid_o), .read_count_o(stalls_count_o)
  );
endmodule : tarn_channel_observation
