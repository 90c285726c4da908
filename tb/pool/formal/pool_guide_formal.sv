// Leaves pool_formal little but requests of two hosts to one segment each, proposals, moves, and answers of the channel, bulk and the
// notices' listener, most of them at once: enough for a run to each of its covers, and quick to search.
module pool_guide_formal
  import pool_formal_pkg::*;
(
  input  logic  clk_i,
  input  logic  rst_ni,
  input  logic  more_i,  // requests to both segments
  input  free_t free_i,
  output free_t free_o
);
  // Something new in each fourth cycle alone.
  logic [1:0] cycle_q;
  logic begins;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) cycle_q <= '0;
    else cycle_q <= cycle_q + 2'd1;
  end
  assign begins = cycle_q == 2'd0;

  always_comb begin
    free_o = free_i;
    // Map, software, prefetch, walks: nothing.
    free_o.hit  = 1'b1;
    free_o.lose = 1'b0;
    {free_o.fetching, free_o.serving, free_o.fetch_held, free_o.stall} = '0;
    free_o.write_room     = 1'b1;
    free_o.fetch_valid    = '0;
    free_o.control_valid  = 1'b0;
    free_o.prefetch_valid = 1'b0;
    free_o.engine_free    = '1;
    free_o.share_keeps    = '0;
    free_o.slots_spare    = 1'b1;
    // Requests: reads and writes.
    free_o.request_valid         = {1'b0, free_i.request_valid[0] && begins};
    free_o.request_at[0].segment = free_i.request_at[0].segment && more_i;
    free_o.request_at[0].page    = 1'b0;
    free_o.request_op[0][1]      = 1'b0;
    free_o.request_error         = '0;
    free_o.requests_wait         = 1'b0;
    free_o.retire_txn            = {1'b0, cycle_q[0], 1'b0};
    // Proposals, moves.
    free_o.victim_valid      = free_i.victim_valid && begins;
    free_o.victim_kind       = '0;
    free_o.victim_at.segment = 1'b0;
    free_o.move_valid        = free_i.move_valid && begins;
    free_o.move_at.segment   = 1'b0;
    // Engines, evictors, the mover: what they ask for is done at once; bulk may answer with an error.
    {free_o.engine_timeout, free_o.evictor_timeout, free_o.move_timeout, free_o.engine_away, free_o.evictor_away} = '0;
    {free_o.slot_turn, free_o.cmd_take, free_o.beat, free_o.make_take, free_o.written} = '1;
    {free_o.beat_poison, free_o.written_bad, free_o.check_wait, free_o.check_bad}      = '0;
    {free_o.read_take, free_o.line_valid, free_o.line_data, free_o.out_take, free_o.out_sent, free_o.out_beat} = '1;
    {free_o.line_status, free_o.sum_busy} = '0;
    {free_o.move_read_take, free_o.move_line_valid, free_o.copy_take, free_o.copied} = '1;
    free_o.cpl_tag       = '0;
    free_o.cpl_status[1] = 1'b0;
    free_o.notice_late   = 1'b0;
    free_o.notice_ready  = 1'b1;
  end
endmodule : pool_guide_formal
