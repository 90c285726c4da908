// The bulk port: commands of engines, evictors and the flush, hosts in turn by their weights; page data of evictors; completions to whoever
// they belong to; notices are taken and counted. Tags: {0, engine[4:0], tag[1:0]}, {1, evictor[4:0], write[1:0]}, all
// ones for the flush. A command leaves 1 cycle after it was asked for. Map operations are never sent.
`include "tarn_assert.svh"
module tarn_pool_bulk_port #(
  parameter int unsigned NumHosts    = 4,
  parameter int unsigned NumEngines  = 8,
  parameter int unsigned NumEvictors = 2,
  parameter int unsigned Pages       = 16
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic [3:0]                  weight_i[NumHosts],
  input  logic [NumEngines-1:0]       engine_valid_i,
  input  logic [1:0]                  engine_tag_i[NumEngines],
  input  tarn_pool_pkg::hold_t        engine_hold_i[NumEngines],
  input  tarn_pool_pkg::line_t        engine_line_i[NumEngines],
  output logic [NumEngines-1:0]       engine_take_o,
  output logic [NumEngines-1:0]       engine_cpl_o,
  input  logic [NumEvictors-1:0]      evictor_valid_i,
  input  logic [NumEvictors-1:0]      evictor_trim_i,
  input  logic [1:0]                  evictor_tag_i[NumEvictors],
  input  tarn_pool_pkg::hold_t        evictor_hold_i[NumEvictors],
  input  tarn_pool_pkg::page_t        evictor_page_i[NumEvictors],
  output logic [NumEvictors-1:0]      evictor_take_o,
  output logic [NumEvictors-1:0]      evictor_sent_o,  // bulk took the command: beats may follow
  output logic [NumEvictors-1:0]      evictor_cpl_o,
  input  logic [NumEvictors-1:0]      beat_valid_i,
  input  tarn_bulk_pkg::bulk_beat_t   beat_i[NumEvictors],
  output logic [NumEvictors-1:0]      beat_ready_o,
  input  logic                        flush_valid_i,
  output logic                        flush_take_o,
  output logic                        flush_cpl_o,
  output logic [1:0]                  cpl_tag_o,
  output tarn_bulk_pkg::bulk_status_e cpl_status_o,
  output logic                        notice_o,
  // The device.
  output logic                        bulk_cmd_valid_o,
  output tarn_bulk_pkg::bulk_cmd_t    bulk_cmd_o,
  input  logic                        bulk_cmd_ready_i,
  output logic                        bulk_wdata_valid_o,
  output tarn_bulk_pkg::bulk_beat_t   bulk_wdata_o,
  input  logic                        bulk_wdata_ready_i,
  input  logic                        bulk_cpl_valid_i,
  input  tarn_bulk_pkg::bulk_cpl_t    bulk_cpl_i,
  output logic                        bulk_cpl_ready_o,
  input  logic                        bulk_notice_valid_i,
  output logic                        bulk_notice_ready_o
);
  import tarn_bulk_pkg::*;
  import tarn_pool_pkg::*;
  localparam int unsigned Sources = NumEngines + NumEvictors + 1;
  localparam int unsigned SourceBits = $clog2(Sources);
  localparam int unsigned EngineBits = NumEngines > 1 ? $clog2(NumEngines) : 1;
  localparam int unsigned EvictorBits = NumEvictors > 1 ? $clog2(NumEvictors) : 1;
  localparam int unsigned PageBits = $clog2(Pages);

  logic valid_q, is_flush, is_evictor, is_engine;
  bulk_cmd_t cmd_q, cmd;
  logic [Sources-1:0] wanted, grant;
  logic [SourceBits-1:0] source;
  logic [EngineBits-1:0] engine;
  logic [EvictorBits-1:0] evictor, beat_evictor;
  logic [NumEvictors-1:0] beat_grant;
  hold_t hold;
  page_t page;

  assign wanted = valid_q && !bulk_cmd_ready_i ? '0 : {flush_valid_i, evictor_valid_i, engine_valid_i};
  // The flush is nobody's: it stands beside the hosts.
  localparam int unsigned Groups    = NumHosts + 1;
  localparam int unsigned GroupBits = $clog2(Groups);
  logic [3:0] weight[Groups];
  logic [GroupBits-1:0] group[Sources];
  always_comb begin
    for (int unsigned h = 0; h < NumHosts; h++) weight[h] = weight_i[h];
    weight[NumHosts] = 4'd1;
    for (int unsigned e = 0; e < NumEngines; e++) group[e] = GroupBits'(engine_hold_i[e].host);
    for (int unsigned e = 0; e < NumEvictors; e++) group[NumEngines+e] = GroupBits'(evictor_hold_i[e].host);
    group[Sources-1] = GroupBits'(NumHosts);
  end
  tarn_pool_host_turns #(.Groups(Groups), .Sources(Sources)) u_turns (
    .clk_i, .rst_ni, .weight_i(weight), .req_i(wanted), .group_i(group), .grant_o(grant), .index_o(source),
    .taken_i(grant != '0), .taken_index_i(source)
  );
  assign {flush_take_o, evictor_take_o, engine_take_o} = grant;
  assign is_engine  = 32'(source) < NumEngines;
  assign is_evictor = !is_engine && 32'(source) < NumEngines + NumEvictors;
  assign is_flush   = !is_engine && !is_evictor;
  assign engine     = is_engine ? EngineBits'(source) : '0;
  assign evictor    = is_evictor ? EvictorBits'(32'(source) - NumEngines) : '0;
  assign hold       = is_engine ? engine_hold_i[engine] : evictor_hold_i[evictor];
  assign page       = is_engine ? hold.page : evictor_page_i[evictor];

  always_comb begin
    cmd            = '0;
    cmd.host       = 8'(hold.host);
    // LPN of a page: {host, page of the window}.
    cmd.lpn        = {8'(hold.host), (32'(hold.segment) << PageBits) | 32'(page)};
    cmd.first_line = engine_line_i[engine];
    cmd.op         = BulkRead;
    cmd.tag        = {1'b0, 5'(engine), engine_tag_i[engine]};
    if (is_evictor) begin
      cmd.first_line = '0;
      cmd.op         = evictor_trim_i[evictor] ? BulkTrim : BulkWrite;
      cmd.tag        = {1'b1, 5'(evictor), evictor_tag_i[evictor]};
    end
    if (is_flush) begin
      cmd     = '0;
      cmd.op  = BulkFlush;
      cmd.tag = '1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
    end else if (grant != '0) begin
      valid_q <= 1'b1;
    end else if (bulk_cmd_ready_i) begin
      valid_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (grant != '0) cmd_q <= cmd;
  end
  always_comb begin
    evictor_sent_o = '0;
    for (int unsigned i = 0; i < NumEvictors; i++) begin
      evictor_sent_o[i] = valid_q && bulk_cmd_ready_i && cmd_q.tag[7:2] == {1'b1, 5'(i)};
    end
  end
  assign bulk_cmd_valid_o = valid_q;
  assign bulk_cmd_o       = cmd_q;

  // Data of pages on their way out: an evictor's beats follow its command, pages of different evictors interleave.
  tarn_rr_arbiter #(.N(NumEvictors)) u_beats (
    .clk_i, .rst_ni,
    .req_i(beat_valid_i), .valid_o(bulk_wdata_valid_o), .ready_i(bulk_wdata_ready_i),
    .grant_o(beat_grant), .index_o(beat_evictor)
  );
  assign beat_ready_o = bulk_wdata_ready_i ? beat_grant : '0;
  always_comb begin
    bulk_wdata_o     = beat_i[beat_evictor];
    bulk_wdata_o.tag = {1'b1, 5'(beat_evictor), beat_i[beat_evictor].tag[1:0]};
  end

  // Completions are always taken.
  assign bulk_cpl_ready_o = 1'b1;
  assign cpl_tag_o        = bulk_cpl_i.tag[1:0];
  assign cpl_status_o     = bulk_cpl_i.status;
  assign flush_cpl_o      = bulk_cpl_valid_i && bulk_cpl_i.tag == '1;
  always_comb begin
    engine_cpl_o  = '0;
    evictor_cpl_o = '0;
    for (int unsigned i = 0; i < NumEngines; i++) begin
      engine_cpl_o[i] = bulk_cpl_valid_i && bulk_cpl_i.tag[7:2] == 6'(i);
    end
    for (int unsigned i = 0; i < NumEvictors; i++) begin
      evictor_cpl_o[i] = bulk_cpl_valid_i && bulk_cpl_i.tag[7:2] == {1'b1, 5'(i)};
    end
  end
  assign bulk_notice_ready_o = 1'b1;
  assign notice_o            = bulk_notice_valid_i;

  `TARN_ASSERT(CommandHolds, !$past(bulk_cmd_valid_o && !bulk_cmd_ready_i) || bulk_cmd_valid_o)
endmodule : tarn_pool_bulk_port
