// A checksum per page, so that what bulk changed in silence is not served: taken of each page that leaves, kept in a table
// of 4 bytes a page in the channel's memory behind the map, compared when the page comes back. Which pages have
// one stands in the map. The table is neither cleared nor cached: each page that leaves or comes costs one access to it.
// Accesses share the map's way to the channel, in turn with the map's.
// One network for the lines that come, one for those that leave, a sum for each engine and evictor. With `Serial` both take four bytes
// a cycle, and lines wait for them (`in_room_o`, `out_room_o`): a page takes some 1,300 cycles.
`include "tarn_assert.svh"
module tarn_pool_checksum #(
  parameter int unsigned NumEngines      = 8,
  parameter int unsigned NumEvictors     = 2,
  parameter int unsigned Pages           = 16,      // of a segment
  parameter int unsigned SegmentsPerHost = 262144,
  parameter logic [33:0] FirstLine       = '0,      // of the channel's memory
  parameter bit          Serial          = 1'b0
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
`ifdef TARN_PLANT
  input  logic [3:0]                   plant_i,  // 12: a difference is ignored, 13: a checksum is not written (tests only)
`endif
  // Engines.
  input  logic [NumEngines-1:0]        begin_valid_i,
  input  tarn_pool_pkg::begin_t        begin_i,
  input  tarn_pool_pkg::hold_t         engine_hold_i[NumEngines],
  input  logic [NumEngines-1:0]        start_i,        // the read's command left
  input  logic [NumEngines-1:0]        beat_i,         // a line was taken; a cycle later it stands in
  input  tarn_line_pkg::slot_req_t     beat_req_i,
  output logic [NumEngines-1:0]        wait_o,         // the verdict is not known yet
  output logic [NumEngines-1:0]        bad_o,
  input  logic [NumEngines-1:0]        corrupt_i,      // the engine found it so
  output logic                         corrupt_o,      // a page came back changed
  output logic [31:0]                  corrupt_count_o,  // so many since reset; saturates
  output logic [39:0]                  corrupt_lpn_o,    // the latest
  // Evictors.
  input  tarn_pool_pkg::hold_t         evictor_hold_i[NumEvictors],
  input  tarn_pool_pkg::page_t         evictor_page_i[NumEvictors],
  input  logic [NumEvictors-1:0]       page_start_i,
  input  logic [NumEvictors-1:0]       page_line_i,    // a line of the page was read: `slot_rsp_i`
  input  logic [NumEvictors-1:0]       page_store_i,   // it was the last
  output logic [NumEvictors-1:0]       store_busy_o,
  output logic                         idle_o,
  output logic                         in_room_o,      // a line may be taken
  output logic                         out_room_o,     // a line of an evictor's page may be asked for
  input  logic [NumEvictors-1:0]       page_asked_i,   // it was
  // The channel: the map's accesses pass through.
  input  logic                         map_valid_i,
  input  tarn_pool_pkg::map_access_t   map_i,
  output logic                         map_take_o,
  output logic                         access_valid_o,
  output tarn_pool_pkg::map_access_t   access_o,
  input  logic                         access_take_i,
  input  logic                         slot_rsp_valid_i,  // any answer
  input  tarn_line_pkg::slot_rsp_t     slot_rsp_i
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;
  localparam int unsigned Users       = NumEngines + NumEvictors;
  localparam int unsigned UserBits    = $clog2(Users);
  localparam int unsigned SumsPerLine = LineBytes / 4;
  localparam int unsigned HostLines   = SegmentsPerHost >= SumsPerLine ? SegmentsPerHost / SumsPerLine * Pages
                                      : (SegmentsPerHost * Pages + SumsPerLine - 1) / SumsPerLine;

  function automatic logic [33:0] index_of(hold_t hold, page_t page);
    return 34'(hold.segment) * 34'(Pages) + 34'(page);
  endfunction

  // ---- Lines ------------------------------------------------------------------------------------------------------
  logic [NumEngines-1:0] beat_q, in_busy, in_part;
  logic [NumEvictors-1:0] out_busy, out_part;
  logic [31:0] in_sum, out_sum;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) beat_q <= '0;
    else beat_q <= beat_i;
  end
  if (Serial) begin : gen_serial
    logic in_ready, out_ready, asked_q;  // a line was asked for and did not come yet
    // A page that begins again forgets the lines that it had.
    tarn_pool_checksum_serial #(.Users(NumEngines)) u_in (
      .clk_i, .rst_ni, .ready_o(in_ready), .user_i(beat_q), .line_i(beat_req_i.tag[5:0]), .data_i(beat_req_i.data),
      .poison_i(beat_req_i.poison), .drop_i(start_i), .busy_o(in_busy), .user_o(in_part), .part_o(in_sum)
    );
    tarn_pool_checksum_serial #(.Users(NumEvictors)) u_out (
      .clk_i, .rst_ni, .ready_o(out_ready), .user_i(page_line_i), .line_i(slot_rsp_i.tag[5:0]), .data_i(slot_rsp_i.data),
      .poison_i(slot_rsp_i.status == StatusPoison), .drop_i(page_start_i), .busy_o(out_busy), .user_o(out_part), .part_o(out_sum)
    );
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) asked_q <= 1'b0;
      else if (page_asked_i != '0) asked_q <= 1'b1;
      else if (page_line_i != '0) asked_q <= 1'b0;
    end
    assign in_room_o  = in_ready;
    assign out_room_o = out_ready && !asked_q;
  end else begin : gen_networks
    logic unused;
    assign unused = page_asked_i != '0;
    tarn_pool_checksum_line #(.Users(NumEngines)) u_in (
      .clk_i, .rst_ni, .user_i(beat_q), .line_i(beat_req_i.tag[5:0]), .data_i(beat_req_i.data), .poison_i(beat_req_i.poison),
      .busy_o(in_busy), .user_o(in_part), .part_o(in_sum)
    );
    tarn_pool_checksum_line #(.Users(NumEvictors)) u_out (
      .clk_i, .rst_ni, .user_i(page_line_i), .line_i(slot_rsp_i.tag[5:0]), .data_i(slot_rsp_i.data),
      .poison_i(slot_rsp_i.status == StatusPoison), .busy_o(out_busy), .user_o(out_part), .part_o(out_sum)
    );
    assign in_room_o  = 1'b1;
    assign out_room_o = 1'b1;
  end

  // ---- Engines and evictors ---------------------------------------------------------------------------------------
  logic [Users-1:0] wants, take, answered, grant;
  logic [UserBits-1:0] turn, last_q;
  logic [NumEngines-1:0] bad, check_idle;
  logic [NumEvictors-1:0] store;
  logic [31:0] word, sum[NumEvictors];
  logic rsp_valid;
  hold_t rsp_hold;

  assign rsp_valid = slot_rsp_valid_i && is_map_tag(slot_rsp_i.tag, MapTagSum);
  always_comb begin
    answered = '0;
    rsp_hold = '0;
    for (int unsigned u = 0; u < Users; u++) answered[u] = rsp_valid && slot_rsp_i.tag[6:0] == 7'(u);
    for (int unsigned e = 0; e < NumEngines; e++) if (slot_rsp_i.tag[6:0] == 7'(e)) rsp_hold = engine_hold_i[e];
    word = slot_rsp_i.data[$clog2(SumsPerLine)'(index_of(rsp_hold, rsp_hold.page))*32+:32];
  end
  for (genvar e = 0; e < NumEngines; e++) begin : gen_checks
    tarn_pool_checksum_check u_check (
      .clk_i, .rst_ni, .begin_i(begin_valid_i[e]), .begin_summed_i(begin_i.summed), .held_i(engine_hold_i[e].valid),
      .start_i(start_i[e]), .busy_i(beat_q[e] || (in_busy[e] && !(Serial && start_i[e]))), .part_valid_i(in_part[e]), .part_i(in_sum),
      .wait_o(wait_o[e]), .bad_o(bad[e]), .idle_o(check_idle[e]),
      .read_valid_o(wants[e]), .take_i(take[e]), .rsp_valid_i(answered[e]), .rsp_status_i(slot_rsp_i.status), .word_i(word)
    );
  end
  for (genvar e = 0; e < NumEvictors; e++) begin : gen_stores
    tarn_pool_checksum_store u_store (
      .clk_i, .rst_ni, .start_i(page_start_i[e]), .store_i(store[e]), .busy_i(out_busy[e]),
      .part_valid_i(out_part[e]), .part_i(out_sum), .busy_o(store_busy_o[e]), .sum_o(sum[e]),
      .write_valid_o(wants[NumEngines+e]), .take_i(take[NumEngines+e]), .rsp_valid_i(answered[NumEngines+e]),
      .rsp_status_i(slot_rsp_i.status)
    );
  end
`ifdef TARN_PLANT
  assign bad_o = plant_i == 4'd12 ? '0 : bad;
  assign store = plant_i == 4'd13 ? '0 : page_store_i;
`else
  assign bad_o = bad;
  assign store = page_store_i;
`endif
  assign idle_o = check_idle == '1 && store_busy_o == '0;

  // ---- What is told, a cycle later: the engine still has the page -------------------------------------------------
  logic [NumEngines-1:0] corrupt_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) corrupt_q <= '0;
    else corrupt_q <= corrupt_i;
  end
  logic [31:0] count_q, count_d;
  logic [39:0] lpn_q;
  hold_t corrupt_hold;
  always_comb begin
    corrupt_hold = '0;
    count_d      = count_q;
    for (int unsigned e = 0; e < NumEngines; e++) begin
      if (corrupt_q[e]) begin
        corrupt_hold = engine_hold_i[e];
        if (count_d != '1) count_d = count_d + 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      lpn_q   <= '0;
    end else if (corrupt_q != '0) begin
      count_q <= count_d;
      lpn_q   <= {8'(corrupt_hold.host), 32'(index_of(corrupt_hold, corrupt_hold.page))};
    end
  end
  assign corrupt_o       = corrupt_q != '0;
  assign corrupt_count_o = count_q;
  assign corrupt_lpn_o   = lpn_q;

  // ---- To the channel ---------------------------------------------------------------------------------------------
  map_access_t access;
  hold_t hold;
  page_t page;
  logic [33:0] index;
  logic ours_first_q, ours;
  tarn_pick_next #(.N(Users)) u_turn (.req_i(wants), .last_i(last_q), .grant_o(grant), .index_o(turn));
  always_comb begin
    hold = '0;
    page = '0;
    access.write = 1'b0;
    access.data  = '0;
    for (int unsigned e = 0; e < NumEngines; e++) begin
      if (grant[e]) begin
        hold = engine_hold_i[e];
        page = engine_hold_i[e].page;
      end
    end
    for (int unsigned e = 0; e < NumEvictors; e++) begin
      if (grant[NumEngines+e]) begin
        hold = evictor_hold_i[e];
        page = evictor_page_i[e];
        access.write = 1'b1;
        access.data  = {SumsPerLine{sum[e]}};
      end
    end
    index       = index_of(hold, page);
    access.line = FirstLine + 34'(hold.host) * 34'(HostLines) + index / 34'(SumsPerLine);
    access.mask = 64'hF << (index % 34'(SumsPerLine) * 4);
    access.tag  = map_tag(MapTagSum, 7'(turn));
  end
  assign ours           = wants != '0 && (ours_first_q || !map_valid_i);
  assign access_valid_o = map_valid_i || wants != '0;
  assign access_o       = ours ? access : map_i;
  assign map_take_o     = access_take_i && !ours;
  assign take           = access_take_i && ours ? grant : '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ours_first_q <= 1'b0;
      last_q       <= '0;
    end else if (access_take_i) begin
      ours_first_q <= !ours;
      if (ours) last_q <= turn;
    end
  end
endmodule : tarn_pool_checksum
