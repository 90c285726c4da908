// Class bulk's way to the channel: lines that arrive from bulk, lines made here (zero or poison), reads of slots
// that are written out or moved, lines that are moved, and the map's accesses. One line per cycle; the five take turns.
// Latency: 1 cycle.
// Beats that nobody waits for (their command timed out) are taken and dropped.
`include "tarn_assert.svh"
module tarn_pool_fill #(
  parameter int unsigned NumEngines   = 8,
  parameter int unsigned NumEvictors  = 2,
  parameter int unsigned SegmentBytes = 65536,
  localparam int unsigned EngineBits  = NumEngines > 1 ? $clog2(NumEngines) : 1,
  localparam int unsigned NumReaders  = NumEvictors + 1,
  localparam int unsigned ReaderBits  = $clog2(NumReaders)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      rdata_valid_i,
  input  tarn_bulk_pkg::bulk_beat_t rdata_i,
  output logic                      rdata_ready_o,
  // Engines.
  input  logic                      beat_room_i,    // a line from bulk may be taken
  input  logic [NumEngines-1:0]     filling_i,
  input  logic [1:0]                tag_i[NumEngines],
  input  tarn_pool_pkg::hold_t      hold_i[NumEngines],
  input  tarn_pool_pkg::slot_t      slot_i[NumEngines],
  output logic [NumEngines-1:0]     beat_o,
  output logic                      beat_poison_o,
  input  logic [NumEngines-1:0]     make_valid_i,
  input  logic [NumEngines-1:0]     make_poison_i,
  input  tarn_pool_pkg::line_t      make_line_i[NumEngines],
  output logic [NumEngines-1:0]     make_take_o,
  output logic [NumEngines-1:0]     written_o,
  output tarn_pool_pkg::line_t      written_line_o,
  output logic                      written_bad_o,
  // Evictors, and the mover.
  input  logic                      read_room_i,    // an evictor's line may be asked for; the mover's always
  input  logic [NumReaders-1:0]     read_valid_i,
  input  tarn_pool_pkg::slot_t      read_slot_i[NumReaders],
  input  tarn_pool_pkg::page_t      read_page_i[NumReaders],
  input  tarn_pool_pkg::line_t      read_line_i[NumReaders],
  output logic [NumReaders-1:0]     read_take_o,
  output logic [NumReaders-1:0]     line_valid_o,
  output tarn_pool_pkg::line_t      line_o,
  // The mover.
  input  logic                      copy_valid_i,
  input  tarn_pool_pkg::copy_t      copy_i,
  input  tarn_pool_pkg::slot_t      copy_slot_i,
  output logic                      copy_take_o,
  output logic                      copied_o,
  // The map.
  input  logic                      map_valid_i,
  input  tarn_pool_pkg::map_access_t map_i,
  output logic                      map_take_o,
  // The channel.
  output logic                      slot_req_valid_o,
  output tarn_line_pkg::slot_req_t  slot_req_o,
  input  logic                      slot_req_ready_i,
  input  logic                      slot_rsp_valid_i,   // any class
  input  tarn_line_pkg::slot_rsp_t  slot_rsp_i
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  localparam int unsigned PageShift = 6;
  localparam int unsigned SlotShift = $clog2(SegmentBytes / LineBytes);

  logic valid_q, room, beat_known, beat_wanted, make_any, read_any;
  slot_req_t req_q;
  logic [2:0] turn_last_q, turn;
  logic [4:0] turn_req, turn_grant;
  logic [EngineBits-1:0] beat_engine, make_engine, make_last_q;
  logic [ReaderBits-1:0] reader, reader_last_q;
  logic [NumEngines-1:0] make_grant;
  logic [NumReaders-1:0] read_grant, reads;

  function automatic logic [33:0] line_of(slot_t slot, page_t page, line_t line);
    return (34'(slot) << SlotShift) | (34'(page) << PageShift) | 34'(line);
  endfunction

  assign room = !valid_q || slot_req_ready_i;

  // A beat's tag: {0, engine, the engine's own}.
  assign beat_engine = rdata_i.tag[2+:EngineBits];
  assign beat_known  = {1'b0, rdata_i.tag[7:2]} < 7'(NumEngines);
  assign beat_wanted = beat_known && filling_i[beat_engine] && tag_i[beat_engine] == rdata_i.tag[1:0];
  assign make_any    = make_valid_i != '0;
  assign reads       = read_valid_i & {1'b1, {NumEvictors{read_room_i}}};
  assign read_any    = reads != '0;

  tarn_pick_next #(.N(NumEngines)) u_make (
    .req_i(make_valid_i), .last_i(make_last_q), .grant_o(make_grant), .index_o(make_engine));
  tarn_pick_next #(.N(NumReaders)) u_read (
    .req_i(reads), .last_i(reader_last_q), .grant_o(read_grant), .index_o(reader));
  assign turn_req = room ? {copy_valid_i, map_valid_i, read_any, make_any, rdata_valid_i && beat_wanted && beat_room_i} : '0;
  tarn_pick_next #(.N(5)) u_turn (.req_i(turn_req), .last_i(turn_last_q), .grant_o(turn_grant), .index_o(turn));

  assign rdata_ready_o = turn_grant[0] || !beat_wanted;
  assign beat_poison_o = rdata_i.poison;
  assign make_take_o   = turn_grant[1] ? make_grant : '0;
  assign read_take_o   = turn_grant[2] ? read_grant : '0;
  assign map_take_o    = turn_grant[3];
  assign copy_take_o   = turn_grant[4];
  always_comb begin
    beat_o = '0;
    beat_o[beat_engine] = turn_grant[0];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q        <= 1'b0;
      turn_last_q    <= '0;
      make_last_q    <= '0;
      reader_last_q  <= '0;
    end else begin
      if (turn_grant != '0) begin
        valid_q     <= 1'b1;
        turn_last_q <= turn;
      end else if (slot_req_ready_i) begin
        valid_q <= 1'b0;
      end
      if (turn_grant[1]) make_last_q <= make_engine;
      if (turn_grant[2]) reader_last_q <= reader;
    end
  end
  always_ff @(posedge clk_i) begin
    if (turn_grant != '0) begin
      req_q.qos  <= '0;
      req_q.mask <= '1;
      req_q.op   <= turn_grant[2] ? OpRead : OpWrite;
    end
    if (turn_grant[0]) begin
      req_q.tag    <= {TagFill, 4'(beat_engine), rdata_i.line};
      req_q.poison <= rdata_i.poison;
      req_q.line   <= line_of(slot_i[beat_engine], hold_i[beat_engine].page, rdata_i.line);
      req_q.data   <= rdata_i.data;
    end
    if (turn_grant[1]) begin
      req_q.tag    <= {TagFill, 4'(make_engine), make_line_i[make_engine]};
      req_q.poison <= make_poison_i[make_engine];
      req_q.line   <= line_of(slot_i[make_engine], hold_i[make_engine].page, make_line_i[make_engine]);
      req_q.data   <= '0;
    end
    if (turn_grant[2]) begin
      req_q.tag    <= {TagOut, 4'(reader), read_line_i[reader]};
      req_q.poison <= 1'b0;
      req_q.line   <= line_of(read_slot_i[reader], read_page_i[reader], read_line_i[reader]);
    end
    if (turn_grant[4]) begin
      req_q.tag    <= {TagFill, 4'(NumEngines), copy_i.line};
      req_q.poison <= copy_i.poison;
      req_q.line   <= line_of(copy_slot_i, copy_i.page, copy_i.line);
      req_q.data   <= copy_i.data;
    end
    if (turn_grant[3]) begin
      req_q.op     <= !map_i.write ? OpRead : (map_i.mask == '1 ? OpWrite : OpPartialWrite);
      req_q.tag    <= map_i.tag;
      req_q.poison <= 1'b0;
      req_q.line   <= map_i.line;
      req_q.mask   <= map_i.mask;
      req_q.data   <= map_i.data;
    end
  end
  assign slot_req_valid_o = valid_q;
  assign slot_req_o       = req_q;

  // Answers.
  logic copied;
  assign copied        = slot_rsp_i.tag[11:6] == {TagFill, 4'(NumEngines)};
  assign copied_o      = slot_rsp_valid_i && copied;
  assign written_bad_o = slot_rsp_i.status == StatusTimeout;
  assign line_o         = slot_rsp_i.tag[5:0];
  assign written_line_o = slot_rsp_i.tag[5:0];
  always_comb begin
    written_o    = '0;
    line_valid_o = '0;
    if (slot_rsp_valid_i) begin
      written_o[slot_rsp_i.tag[6+:EngineBits]]    = slot_rsp_i.tag[11:10] == TagFill && !copied;
      line_valid_o[slot_rsp_i.tag[6+:ReaderBits]] = slot_rsp_i.tag[11:9] == {TagOut, 1'b0};
    end
  end

  `TARN_ASSERT(RequestHolds, !$past(slot_req_valid_o && !slot_req_ready_i) || slot_req_valid_o)
endmodule : tarn_pool_fill
