// How long requests take, from their acceptance to the cycle in which their answer is there for the requester: a histogram
// per host, walks included, in the bins of tarn_latency_pkg. Exact at one answer a cycle of each source. An answer shows after 3 cycles.
// After reset the bins are cleared (`ready_o` is low meanwhile).
`include "tarn_assert.svh"
module tarn_pool_latency #(
  parameter int unsigned NumHosts    = 4,
  parameter int unsigned HostEntries = 32
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  output logic                 ready_o,
  input  logic [1:0]           accept_i,      // [1] walks
  input  tarn_pool_pkg::id_t   accept_id_i[2],
  // Answers: from the channel, and the pool's own.
  input  logic                 slot_valid_i,
  input  tarn_pool_pkg::txn_t  slot_txn_i,
  input  logic                 own_valid_i,
  input  tarn_pool_pkg::txn_t  own_txn_i,
  // Software reads a bin: held until it is there, two cycles later.
  input  logic                 read_i,
  input  tarn_pool_pkg::host_t read_host_i,
  input  logic [3:0]           read_bin_i,
  output logic                 read_valid_o,
  output logic [63:0]          read_count_o
);
  import tarn_pool_pkg::*;
  import tarn_latency_pkg::*;
  localparam int unsigned HostBits   = NumHosts > 1 ? $clog2(NumHosts) : 1;
  localparam int unsigned EntryBits  = $clog2(HostEntries);
  localparam int unsigned IdBits     = HostBits + EntryBits;
  localparam int unsigned NumSources = 2;
  localparam int unsigned Bins       = NumHosts * LatencyBins;
  localparam int unsigned BinBits    = $clog2(Bins);

  logic [NumSources-1:0] valid;
  txn_t txn[NumSources];
  assign valid = {own_valid_i, slot_valid_i};
  assign txn   = '{slot_txn_i, own_txn_i};

  // When each was accepted.
  latency_t now_q;
  latency_t stamp[2][NumSources];  // of the answers, were they of class [0] hosts, [1] walks
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) now_q <= '0;
    else now_q <= now_q + 1'b1;
  end
  for (genvar c = 0; c < 2; c++) begin : gen_class
    latency_t stamp_q[2**IdBits];
    always_ff @(posedge clk_i) if (accept_i[c]) stamp_q[accept_id_i[c][IdBits-1:0]] <= now_q;
    for (genvar s = 0; s < NumSources; s++) begin : gen_stamp
      assign stamp[c][s] = stamp_q[txn[s].id[IdBits-1:0]];
    end
  end

  logic [NumSources-1:0] bin_valid_q;
  logic [BinBits-1:0]    bin_q[NumSources];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) bin_valid_q <= '0;
    else bin_valid_q <= valid;
  end
  for (genvar s = 0; s < NumSources; s++) begin : gen_source
    always_ff @(posedge clk_i) bin_q[s] <= BinBits'({txn[s].id[EntryBits+:HostBits], latency_bin(now_q - stamp[txn[s].walk][s])});
  end

  logic [63:0] count;
  logic        known_q;
  tarn_histogram #(.Bins(Bins), .Sources(NumSources)) u_histogram (
    .clk_i, .rst_ni, .ready_o, .valid_i(bin_valid_q), .bin_i(bin_q),
    .read_i, .read_bin_i(BinBits'({read_host_i[HostBits-1:0], read_bin_i})), .read_valid_o, .read_count_o(count)
  );
  always_ff @(posedge clk_i) if (read_i) known_q <= 32'(read_host_i) < NumHosts;
  assign read_count_o = known_q ? count : '0;

  `TARN_ASSERT(SilentUntilReady, ready_o || !(slot_valid_i || own_valid_i))
endmodule : tarn_pool_latency
