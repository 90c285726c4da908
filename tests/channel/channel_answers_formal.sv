// Every request that is accepted is answered exactly once: the channel from its ports to its queues and back, with any scheduler in between (a queued
// request's command goes out whenever the harness likes, as far apart as the bus demands), and data as the commands ask for it. Small queues, no check bits.
// One tag, any, is followed. Fault 1: a line that was answered stays in the read path. Fault 2: the answer of a write gets lost.
`include "tarn_assert.svh"
module channel_answers_formal
  import tarn_channel_pkg::*;
  import tarn_channel_ecc_pkg::*;
  import tarn_line_pkg::*;
#(
  parameter int unsigned Fault = 0
) (
  input logic        clk_i,
  input logic [2:0]  valid_i,
  input op_e         op_i[NumClasses],
  input logic        line_i[NumClasses],
  input logic        whole_i[NumClasses],
  input logic [1:0]  tag_i[NumClasses],
  input logic        rsp_ready_i,
  input logic        read_goes_i,
  input logic [1:0]  read_index_i,
  input logic        write_goes_i,
  input logic [1:0]  write_index_i,
  input logic        fault_i
);
  localparam int unsigned Depth = 4, Burst = 4, Cl = 2, Cwl = 2;
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;
  logic [3:0]  any_q;  // the one that is followed: {class, number}
  logic [11:0] tag_q;
  always_ff @(posedge clk_i) any_q <= any_q;
  assign tag_q = 12'(any_q);

  // Ports
  logic      req_valid[NumClasses], req_ready[NumClasses];
  slot_req_t req[NumClasses];
  logic [NumClasses-1:0] offers, accepts;
  always_comb begin
    for (int unsigned c = 0; c < NumClasses; c++) begin
      req_valid[c] = rst_ni && valid_i[c];
      req[c]       = '0;
      req[c].tag   = 12'({2'(c), tag_i[c]});
      req[c].op    = op_i[c];
      req[c].line  = 34'(line_i[c]);
      req[c].mask  = op_i[c] == OpPartialWrite && !whole_i[c] ? 64'd1 : '1;
      offers[c]    = req_valid[c] && req[c].tag == tag_q;
      accepts[c]   = offers[c] && req_ready[c];
    end
  end

  mapping_t  mapping;
  geometry_t geometry;
  shares_t   shares;
  assign mapping  = '0;
  assign geometry = '{group_bits: 2'd0, bank_bits: 2'd1, column_bits: 3'd0, narrowing: 2'd0, single_rate: 1'b0};
  assign shares   = '{share: {NumClasses{8'd2}}, most: {NumClasses{8'd255}}};

  logic       lookup, read_hit, write_hit, read_free, write_free, inserts_read, inserts_write, store, merge, poison, forward, forward_waits;
  logic       forward_store_ready, forward_rsp_ready, ack, ack_ready, hurry, bulk, slow, capped, presses, out_of_range, stalled, admission_empty;
  logic [1:0] read_hit_index, write_hit_index, read_free_index, write_free_index, release_index, class_id;
  logic [3:0] qos;
  logic [11:0] tag;
  logic [63:0] mask;
  logic [511:0] data;
  logic [33:0] line;
  logic [3:0] whole;
  location_t  location;
  status_e    ack_status;
  stall_e     stall;
  tarn_latency_pkg::latency_t since;
  row_t       slow_from[1];
  logic       scrub_ready, read_take, write_take, release_write;
  assign slow_from[0] = '1;
  tarn_channel_admission #(
    .ReadDepth(Depth), .WriteDepth(Depth), .ReservedReads(1), .ReservedWrites(1), .RowBits(10), .Ecc(1'b0)
  ) u_admission (
    .clk_i, .rst_ni, .now_i('0), .open_i(1'b1), .mapping_i(mapping), .geometry_i(geometry), .read_shares_i(shares), .write_shares_i(shares),
    .slot_req_valid_i(req_valid), .slot_req_ready_o(req_ready), .slot_req_i(req),
    .scrub_valid_i(1'b0), .scrub_ready_o(scrub_ready), .scrub_line_i('0), .lookup_o(lookup), .location_o(location),
    .read_hit_i(read_hit), .write_hit_i(write_hit), .read_free_i(read_free), .read_free_index_i(read_free_index),
    .write_free_i(write_free), .write_free_index_i(write_free_index), .slow_from_i(slow_from),
    .insert_read_o(inserts_read), .insert_write_o(inserts_write), .tag_o(tag), .bulk_o(bulk), .qos_o(qos), .class_o(class_id), .slow_o(slow),
    .write_capped_o(capped), .read_release_i(read_take), .read_release_index_i(read_index_i), .write_release_i(release_write),
    .write_release_index_i(release_index), .hurry_o(hurry), .slow_read_place_i(1'b0), .slow_write_place_i(1'b0), .slow_presses_o(presses),
    .whole_i(whole[write_hit_index]), .store_o(store), .merge_o(merge), .mask_o(mask), .poison_o(poison), .data_o(data),
    .forward_ready_i(forward_store_ready && forward_rsp_ready), .forward_waits_o(forward_waits), .forward_o(forward),
    .ack_ready_i(ack_ready), .ack_o(ack), .ack_status_o(ack_status), .out_of_range_o(out_of_range), .line_o(line),
    .stalled_o(stalled), .stall_o(stall), .since_o(since), .empty_o(admission_empty)
  );

  logic [7:0] read_count, write_count;
  tarn_channel_queue #(.Depth(Depth)) u_reads (
    .clk_i, .rst_ni, .now_i('0), .lookup_i(lookup), .lookup_location_i(location), .lookup_hit_o(read_hit), .lookup_index_o(read_hit_index),
    .free_valid_o(read_free), .free_index_o(read_free_index), .insert_i(inserts_read), .insert_location_i(location), .insert_stamp_i('0),
    .insert_bulk_i(bulk), .insert_held_i(1'b0), .wake_i(1'b0), .wake_index_i('0), .wake_location_o(), .held_o(),
    .take_i(read_take), .take_index_i(read_index_i), .release_i(read_take), .release_index_i(read_index_i),
    .search_i(1'b0), .search_bank_i('0), .search_open_i(1'b0), .search_row_i('0), .search_o(), .head_start_i('0), .age_cap_i('1),
    .overdue_o(), .overdue_bank_o(), .pending_count_o(read_count)
  );
  tarn_channel_queue #(.Depth(Depth)) u_writes (
    .clk_i, .rst_ni, .now_i('0), .lookup_i(lookup), .lookup_location_i(location), .lookup_hit_o(write_hit), .lookup_index_o(write_hit_index),
    .free_valid_o(write_free), .free_index_o(write_free_index), .insert_i(inserts_write), .insert_location_i(location), .insert_stamp_i('0),
    .insert_bulk_i(1'b0), .insert_held_i(1'b0), .wake_i(1'b0), .wake_index_i('0), .wake_location_o(), .held_o(),
    .take_i(write_take), .take_index_i(write_index_i), .release_i(release_write), .release_index_i(release_index),
    .search_i(1'b0), .search_bank_i('0), .search_open_i(1'b0), .search_row_i('0), .search_o(), .head_start_i('0), .age_cap_i('1),
    .overdue_o(), .overdue_bank_o(), .pending_count_o(write_count)
  );

  // Any scheduler: a command of each kind a line's time apart.
  logic [2:0] read_rest_q, write_rest_q;
  logic       room;
  assign read_take  = rst_ni && read_goes_i && u_reads.pending_q[read_index_i] && room && read_rest_q == '0;
  assign write_take = rst_ni && write_goes_i && u_writes.pending_q[write_index_i] && write_rest_q == '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_rest_q  <= '0;
      write_rest_q <= '0;
    end else begin
      read_rest_q  <= read_take ? 3'(Burst - 1) : read_rest_q == '0 ? '0 : read_rest_q - 1'b1;
      write_rest_q <= write_take ? 3'(Burst - 1) : write_rest_q == '0 ? '0 : write_rest_q - 1'b1;
    end
  end

  read_id_t id_q[Depth], read_id;
  always_ff @(posedge clk_i) begin
    if (inserts_read) id_q[read_free_index] <= '{class_id: class_id, since: since, fill: 1'b0, slow: 1'b0, tag: tag, line: line};
  end
  logic                  read_valid, response_ready, read_leaves, read_idle, write_idle, rsp_idle, dfi_rd_en[1], yields;
  tarn_dfi_pkg::dfi_rd_t dfi_rd[1];
  tarn_dfi_pkg::dfi_wr_t dfi_wr[1];
  logic [511:0]          read_data, forward_line;
  logic                  forward_poison;
  check_t [LineWords-1:0] syndromes;
  always_comb begin
    dfi_rd[0]       = '0;
    dfi_rd[0].valid = dfi_rd_en[0];
  end
  assign read_leaves = read_valid && response_ready && !(Fault == 1 && fault_i);
  tarn_channel_read_path #(.Ecc(1'b0), .Depth(Depth)) u_read_path (
    .clk_i, .rst_ni, .cl_i(8'(Cl)), .narrowing_i('0), .single_rate_i(1'b0), .room_o(room), .issue_i(read_take), .issue_slot_i('0),
    .issue_id_i(id_q[read_index_i]), .dfi_rd_en_o(dfi_rd_en), .dfi_rd_i(dfi_rd), .stray_o(), .inject_i(1'b0), .inject_flips_i('0), .injected_o(),
    .idle_o(read_idle), .valid_o(read_valid), .ready_i(read_leaves), .id_o(read_id), .syndromes_o(syndromes), .data_o(read_data)
  );
  tarn_channel_write_path #(.Ecc(1'b0), .Depth(Depth)) u_write_path (
    .clk_i, .rst_ni, .cwl_i(8'(Cwl)), .narrowing_i('0), .single_rate_i(1'b0), .store_i(store), .merge_i(merge),
    .store_index_i(write_hit ? write_hit_index : write_free_index), .mask_i(mask), .poison_i(poison), .data_i(data),
    .fill_i(1'b0), .fill_index_i('0), .fill_data_i('0), .fill_poisoned_i(1'b0), .fill_lost_i('0), .fill_corrected_i(1'b0), .fill_done_o(),
    .fill_dropped_o(), .inject_i(1'b0), .inject_flips_i('0), .injected_o(), .whole_o(whole), .forward_waits_i(forward_waits),
    .forward_ready_o(forward_store_ready), .forward_i(forward), .forward_index_i(write_hit_index), .line_o(forward_line), .line_poison_o(forward_poison),
    .issue_i(write_take), .issue_slot_i('0), .issue_index_i(write_index_i), .yield_o(yields), .release_o(release_write), .release_index_o(release_index),
    .idle_o(write_idle), .dfi_wr_o(dfi_wr)
  );
  logic      rsp_valid;
  slot_rsp_t rsp;
  tarn_channel_response u_response (
    .clk_i, .rst_ni, .read_valid_i(read_valid), .read_ready_o(response_ready), .read_tag_i(read_id.tag), .read_poison_i(1'b0), .read_data_i(read_data),
    .forward_ready_o(forward_rsp_ready), .forward_i(forward), .forward_tag_i(tag), .forward_poison_i(forward_poison), .forward_data_i(forward_line),
    .ack_ready_o(ack_ready), .ack_i(ack && !(Fault == 2 && fault_i)), .ack_tag_i(tag), .ack_status_i(ack_status), .idle_o(rsp_idle),
    .slot_rsp_valid_o(rsp_valid), .slot_rsp_ready_i(rsp_ready_i), .slot_rsp_o(rsp)
  );

  logic outstanding_q, answered, idle;
  assign answered = rsp_valid && rsp_ready_i && rsp.tag == tag_q;
  assign idle     = admission_empty && read_count == '0 && write_count == '0 && read_idle && write_idle && rsp_idle;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) outstanding_q <= 1'b0;
    else outstanding_q <= (outstanding_q && !answered) || accepts != '0;
  end

  // A requester's tags that are under way differ, each class has its own; an operation is one of the three.
  `TARN_ASSUME(TagsDiffer, !(outstanding_q && offers != '0))
  for (genvar c = 0; c < int'(NumClasses); c++) begin : gen_port
    `TARN_ASSUME(OpsAllowed, op_i[c] inside {OpRead, OpWrite, OpPartialWrite})
  end
  `TARN_ASSERT(AnswersWhatWasAsked, !(rsp_valid && rsp.tag == tag_q) || outstanding_q)
  `TARN_ASSERT(NoneIsForgotten, !idle || !outstanding_q)
  logic came_q, forwarded_q;  // from the read path, or a queued write, in the cycle before
  always_ff @(posedge clk_i) came_q <= read_valid && response_ready && read_id.tag == tag_q;
  always_ff @(posedge clk_i) forwarded_q <= u_response.wanted_q && u_response.wanted_tag_q == tag_q;
  `TARN_COVER(AReadComesBack, answered && came_q)
  `TARN_COVER(AForwardedReadComesBack, answered && forwarded_q)
  logic unused;
  assign unused = ^{scrub_ready, qos, slow, capped, hurry, presses, out_of_range, stalled, stall, read_hit_index, syndromes, yields} || ^rsp || ^dfi_wr[0];
endmodule : channel_answers_formal
