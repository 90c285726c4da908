// How long requests take, from their acceptance to the cycle in which their answer is there for the requester: a histogram
// per host, walks included. Bin 0 counts those below 8 cycles, bin k those of 2^(k+2) to 2^(k+3) - 1, bin 15 all that took longer.
// Exact at one answer a cycle of each source; latencies beyond 2^24 cycles appear shorter. An answer shows after 3 cycles.
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
  localparam int unsigned HostBits   = NumHosts > 1 ? $clog2(NumHosts) : 1;
  localparam int unsigned EntryBits  = $clog2(HostEntries);
  localparam int unsigned IdBits     = HostBits + EntryBits;
  localparam int unsigned StampBits  = 24;
  localparam int unsigned CountBits  = 48;
  localparam int unsigned NumSources = 2;
  localparam int unsigned Bins       = NumHosts * 16;
  localparam int unsigned BinBits    = $clog2(Bins);

  function automatic logic [3:0] bin_of(logic [StampBits-1:0] cycles);
    bin_of = '0;
    for (int unsigned i = 3; i < StampBits; i++) if (cycles[i]) bin_of = i >= 17 ? 4'd15 : 4'(i - 2);
  endfunction

  logic [NumSources-1:0] valid;
  txn_t txn[NumSources];
  assign valid = {own_valid_i, slot_valid_i};
  assign txn   = '{slot_txn_i, own_txn_i};

  // ---- When each was accepted -------------------------------------------------------------------------------------
  logic [StampBits-1:0] now_q;
  logic [StampBits-1:0] stamp[2][NumSources];  // of the answers, were they of class [0] hosts, [1] walks
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) now_q <= '0;
    else now_q <= now_q + 1'b1;
  end
  for (genvar c = 0; c < 2; c++) begin : gen_class
    logic [StampBits-1:0] stamp_q[2**IdBits];
    always_ff @(posedge clk_i) if (accept_i[c]) stamp_q[accept_id_i[c][IdBits-1:0]] <= now_q;
    for (genvar s = 0; s < NumSources; s++) begin : gen_stamp
      assign stamp[c][s] = stamp_q[txn[s].id[IdBits-1:0]];
    end
  end

  // ---- Clearing ---------------------------------------------------------------------------------------------------
  logic [BinBits:0] clear_q;
  logic clearing;
  assign clearing = 32'(clear_q) != Bins;
  assign ready_o  = !clearing;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) clear_q <= '0;
    else if (clearing) clear_q <= clear_q + 1'b1;
  end

  // ---- One bank a source: read, add one, write; and a copy of it that software reads ------------------------------
  logic [CountBits-1:0] shown[NumSources];
  logic [BinBits-1:0] read_index_q;
  logic read_q, read_valid_q, read_known_q;

  for (genvar s = 0; s < NumSources; s++) begin : gen_source
    logic bin_valid_q, add_q;
    logic [BinBits-1:0] bin_q, add_bin_q, write_bin;
    logic [CountBits-1:0] count, write_count;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        bin_valid_q <= 1'b0;
        add_q       <= 1'b0;
      end else begin
        bin_valid_q <= valid[s];
        add_q       <= bin_valid_q;
      end
    end
    always_ff @(posedge clk_i) begin
      bin_q <= {txn[s].id[EntryBits+:HostBits], bin_of(now_q - stamp[txn[s].walk][s])};
      add_bin_q <= bin_q;
    end
    assign write_bin   = clearing ? clear_q[BinBits-1:0] : add_bin_q;
    assign write_count = clearing ? '0 : count + 1'b1;
    tarn_ram_sdp #(.Width(CountBits), .Depth(Bins), .Collision(tarn_ram_pkg::RamReadNew)) u_bank (
      .clk_i, .rst_ni, .we_i(clearing || add_q), .waddr_i(write_bin), .wmask_i(1'b1), .wdata_i(write_count),
      .re_i(bin_valid_q), .raddr_i(bin_q), .rdata_o(count)
    );
    tarn_ram_sdp #(.Width(CountBits), .Depth(Bins)) u_copy (
      .clk_i, .rst_ni, .we_i(clearing || add_q), .waddr_i(write_bin), .wmask_i(1'b1), .wdata_i(write_count),
      .re_i(read_q), .raddr_i(read_index_q), .rdata_o(shown[s])
    );
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q       <= 1'b0;
      read_valid_q <= 1'b0;
    end else begin
      read_q       <= read_i && !read_q && !read_valid_q;
      read_valid_q <= read_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      read_index_q <= {read_host_i[HostBits-1:0], read_bin_i};
      read_known_q <= 32'(read_host_i) < NumHosts;
    end
  end
  assign read_valid_o = read_valid_q;
  assign read_count_o = read_known_q ? 64'(shown[0]) + 64'(shown[1]) : '0;

  `TARN_ASSERT(SilentUntilReady, ready_o || !(slot_valid_i || own_valid_i))
endmodule : tarn_pool_latency
