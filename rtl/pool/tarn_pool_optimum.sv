// How far the pool's misses are from those of Belady's optimum, live (optimum.md). It listens to the probe, one event a cycle, and
// never holds anything up: accesses and assignments of sampled segments go through a queue of `QueueDepth` to the engine;
// what finds the queue full is dropped, and counted. Another access to the segment heard last tells nothing new and is left out.
// It begins anew, after as many cycles as the engine has sets, when its settings or `slots_i` change.
// No combinational path from an input to an output but to `trace_o`.
`include "tarn_assert.svh"
module tarn_pool_optimum #(
  parameter int unsigned NumSlots        = 4096,
  parameter int unsigned SegmentsPerHost = 4096,  // power of two
  parameter int unsigned SlotsMax        = 1024,  // that the estimate follows; of more it samples a share
  parameter int unsigned History         = 4096,  // misses that it looks back, a power of two
  parameter int unsigned Sets            = 1024,  // of its table, four segments each: a power of two, 2..History
  parameter int unsigned QueueDepth      = 16,    // 4 or more
  parameter bit          Ecc             = 1'b1,  // its tables have check bits
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                                  clk_i,
  input  logic                                  rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]                            plant_i,   // plants a fault (tests only)
`endif
  input  logic [SlotBits:0]                     slots_i,   // in service
  input  tarn_pool_optimum_pkg::settings_t      settings_i,
  input  tarn_pool_msg_pkg::pool_probe_t        probe_i,
  output logic                                  listening_o,
  output logic [26:0]                           epochs_o,  // whole ones since it began
  output logic [3:0]                            log2_sampling_o,  // in effect
  output tarn_pool_optimum_pkg::result_t        result_o,
  output tarn_pool_msg_pkg::optimum_probe_t     trace_o,
  input  tarn_pool_pkg::inject_t                inject_i,
  output tarn_pool_pkg::table_report_t          report_o
);
  import tarn_pool_optimum_pkg::*;
  import tarn_pool_msg_pkg::*;
  localparam int unsigned SegmentBits = SegmentsPerHost > 1 ? $clog2(SegmentsPerHost) : 1;
  localparam int unsigned SetBits     = $clog2(Sets);
  localparam int unsigned TagBits     = 12;
  localparam int unsigned PlaceBits   = $clog2(SlotsMax + 1);
  localparam int unsigned EpochBits   = 25;
  localparam int unsigned CountBits   = $clog2(QueueDepth + 1);

  `TARN_ASSERT_INIT(QueueAllowed, QueueDepth >= 4, "tarn_pool_optimum: QueueDepth must be 4 or more")

  // ---- Beginning anew ---------------------------------------------------------------------------------------------
  // The share sampled is halved until what it leaves of the slots fits, one step a cycle.
  settings_t settings_q;
  logic [SlotBits:0] slots_q;
  logic [SlotBits+1:0] scaled;
  logic [3:0] log2_sampling_q;
  logic fits_q, clear, active, engine_ready, cleared_q, valid;
  assign scaled = ({1'b0, slots_q} + (({1'b0, (SlotBits + 1)'(1)} << log2_sampling_q) >> 1)) >> log2_sampling_q;
  assign clear  = settings_i != settings_q || slots_i != slots_q || !fits_q;
  assign active = settings_q.enable && cleared_q && !clear;
  logic [PlaceBits-1:0] places_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      settings_q      <= '0;
      slots_q         <= '0;
      log2_sampling_q <= '0;
      fits_q          <= 1'b0;
      cleared_q       <= 1'b0;
      places_q        <= PlaceBits'(2);
    end else begin
      settings_q <= settings_i;
      slots_q    <= slots_i;
      cleared_q  <= !clear && (cleared_q || engine_ready);
      if (settings_i != settings_q || slots_i != slots_q) begin
        fits_q          <= 1'b0;
        log2_sampling_q <= settings_i.log2_sampling;
      end else if (!fits_q) begin
        if (32'(scaled) > SlotsMax) log2_sampling_q <= log2_sampling_q + 1'b1;
        else fits_q <= 1'b1;
        places_q <= 32'(scaled) < 2 ? PlaceBits'(2) : PlaceBits'(scaled);
      end
    end
  end
  assign log2_sampling_o = log2_sampling_q;
  assign listening_o     = settings_q.enable && cleared_q;

  // ---- What is heard ----------------------------------------------------------------------------------------------
  // An event in its second cycle.
  logic heard_d, heard_q, access_q, assign_q, released_q;
  logic [27:0] key_q;
  logic [47:0] hash;
  logic access_d, assign_d, released_d;
  always_comb begin
    access_d   = probe_i.kind inside {ProbeHit, ProbeEarly};
    assign_d   = probe_i.kind == ProbeAssign;
    released_d = probe_i.kind == ProbeReleased;
    heard_d    = active && (access_d || assign_d || released_d);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) heard_q <= 1'b0;
    else heard_q <= heard_d;
  end
  always_ff @(posedge clk_i) begin
    if (heard_d) begin
      access_q   <= access_d;
      assign_q   <= assign_d;
      released_q <= released_d;
      key_q      <= 28'(32'(probe_i.host) << SegmentBits | probe_i.segment);
    end
  end
  always_comb begin
    hash = '0;
    if (heard_q) hash = tarn_pool_policy_pkg::hash_of(key_q);
  end

  // ---- Epochs and the queue ---------------------------------------------------------------------------------------
  typedef struct packed {
    logic               refers;
    logic               forgets;
    logic               ends;    // an epoch ends behind it
    logic [SetBits-1:0] row;     // of the table
    logic [TagBits-1:0] tag;
  } entry_t;
  logic sampled, wants, goes, ends, drops, again, last_valid_q, room, ready, ending_q, publish, judged, missed;
  logic [31:0] last_q;
  logic [EpochBits-1:0] access_count_q;
  logic [CountBits-1:0] waiting;
  entry_t entry, head;
  result_t counts_q, counts_d, ended_q;  // of this epoch, as it was when the one before ended
  logic [31:0] misses_q;

  assign sampled = heard_q && {1'b0, hash[47:32]} < 17'h10000 >> log2_sampling_q;
`ifdef TARN_PLANT
  assign again = (access_q || plant_i == 4'd3) && last_valid_q && last_q == hash[31:0];  // a page-in after it was the last
`else
  assign again = access_q && last_valid_q && last_q == hash[31:0];
`endif
  assign wants   = sampled && !again;
  assign ends    = heard_q && access_q && access_count_q == (EpochBits'(1) << settings_q.log2_epoch) - 1'b1;
  // The last place is kept for the end of an epoch: the queue is empty long before the next one.
  assign goes    = wants && (ends || 32'(waiting) < QueueDepth - 1);
  assign drops   = wants && !goes;
  assign entry   = '{refers: goes && !released_q, forgets: goes && released_q, ends: ends, row: hash[SetBits-1:0], tag: hash[SetBits+:TagBits]};
  tarn_fifo #(.T(entry_t), .Depth(QueueDepth)) u_queue (
    .clk_i, .rst_ni, .valid_i(goes || ends), .ready_o(room), .data_i(entry),
    .valid_o(valid), .ready_i(ready), .data_o(head), .count_o(waiting)
  );
  // What waits when it begins anew is thrown away.
  assign ready   = clear || !cleared_q || (engine_ready && !ending_q);
  assign publish = ending_q && engine_ready && !clear;

  always_comb begin
    counts_d = counts_q;
    if (sampled && access_q) counts_d.accesses = counts_q.accesses + 1'b1;
    if (sampled && assign_q) counts_d.pool_misses = counts_q.pool_misses + 1'b1;
`ifdef TARN_PLANT
    if (plant_i == 4'd2 && drops) counts_d.pool_misses = counts_q.pool_misses;  // what is dropped does not count
`endif
    if (drops) counts_d.dropped = counts_q.dropped + 1'b1;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_valid_q   <= 1'b0;
      access_count_q <= '0;
      counts_q       <= '0;
      ended_q        <= '0;
      misses_q       <= '0;
      ending_q       <= 1'b0;
      epochs_o       <= '0;
      result_o       <= '0;
    end else if (clear || !cleared_q) begin
      last_valid_q   <= 1'b0;
      access_count_q <= '0;
      counts_q       <= '0;
      misses_q       <= '0;
      ending_q       <= 1'b0;
      epochs_o       <= '0;
      result_o       <= '0;
    end else begin
      if (goes) last_valid_q <= !released_q;
      if (heard_q && access_q) access_count_q <= ends ? '0 : access_count_q + 1'b1;
      counts_q <= ends ? '0 : counts_d;
      if (ends) ended_q <= counts_d;
      if (valid && ready) ending_q <= head.ends;
      else if (publish) ending_q <= 1'b0;
      misses_q <= publish ? '0 : misses_q + 32'(judged && missed);
      if (publish) begin
        epochs_o        <= epochs_o + 1'b1;
        result_o        <= ended_q;
        result_o.misses <= misses_q;
      end
    end
  end
  always_ff @(posedge clk_i) if (goes) last_q <= hash[31:0];

  tarn_pool_optimum_engine #(.SlotsMax(SlotsMax), .History(History), .Sets(Sets), .TagBits(TagBits), .Ecc(Ecc)) u_engine (
    .clk_i, .rst_ni,
`ifdef TARN_PLANT
    .plant_i(plant_i == 4'd1),
`endif
    .clear_i(clear), .slots_i(places_q), .valid_i(valid && cleared_q && !ending_q && (head.refers || head.forgets)),
    .ready_o(engine_ready), .forget_i(head.forgets), .set_i(head.row), .tag_i(head.tag), .judged_o(judged), .missed_o(missed),
    .inject_i, .report_o
  );

  always_comb begin
    trace_o.active        = active;
    trace_o.log2_sampling = log2_sampling_q;
    trace_o.log2_epoch    = settings_q.log2_epoch;
    trace_o.dropped       = drops;
    trace_o.judged        = judged && cleared_q && !clear;
    trace_o.missed        = judged && missed;
    trace_o.epoch_end     = publish;
    trace_o.accesses      = publish ? ended_q.accesses : '0;
    trace_o.pool_misses   = publish ? ended_q.pool_misses : '0;
    trace_o.misses        = publish ? misses_q : '0;
    trace_o.lost          = publish ? ended_q.dropped : '0;
  end
  `TARN_ASSERT(EndHasRoom, !ends || room)
endmodule : tarn_pool_optimum
