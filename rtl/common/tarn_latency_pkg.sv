// Histograms of latencies: bins by powers of two.
package tarn_latency_pkg;
  localparam int unsigned LatencyBits = 24;  // longer ones appear shorter
  localparam int unsigned LatencyBins = 16;
  typedef logic [LatencyBits-1:0] latency_t;  // cycles
  typedef logic [$clog2(LatencyBins)-1:0] latency_bin_t;

  // Bin 0 for latencies below 8 cycles, bin k for those of 2^(k+2) to 2^(k+3) - 1, bin 15 for all that are longer.
  function automatic latency_bin_t latency_bin(latency_t cycles);
    latency_bin = '0;
    for (int unsigned i = 3; i < LatencyBits; i++) if (cycles[i]) latency_bin = i >= 17 ? latency_bin_t'(15) : latency_bin_t'(i - 2);
  endfunction
endpackage : tarn_latency_pkg
