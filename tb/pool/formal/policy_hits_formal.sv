// The hand of the replacement policy sees each slot's hits exactly: every event of the cycles before, what it wrote itself, and
// nothing else, whatever comes in whichever cycle. One slot is watched, any of them. Fault 1 loses an event that follows one
// to the same slot.
`include "tarn_assert.svh"
module policy_hits_formal #(
  parameter bit Fault = 1'b0
) (
  input logic       clk_i,
  input logic       event_i,
  input logic       event_slot_i,
  input logic       event_sets_i,
  input logic       event_fresh_i,
  input logic       read_i,
  input logic       read_slot_i,
  input logic       write_i,
  input logic [1:0] write_value_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;
  logic watched_q;
  always_ff @(posedge clk_i) watched_q <= watched_q;

  // Both slots are cleared, then each is set before it is used.
  logic [1:0] cleared_q, set_q;
  logic clearing, event_valid, event_sets, read_q, read_slot_q, read, write, lost, before_q, before_slot_q;
  logic [2:0] hits_q, hits_written, hits, seen, event_value;
  assign clearing    = cleared_q != 2'd2;
  assign event_sets  = event_sets_i || !set_q[event_slot_i];
  assign event_valid = event_i && !clearing;
  assign event_value = event_fresh_i ? 3'd4 : 3'd0;
  assign read        = read_i && set_q[read_slot_i];
  assign write       = write_i && read_q;
  assign lost        = Fault && before_q && before_slot_q == event_slot_i && !event_sets;

  tarn_pool_policy_hits #(.NumSlots(2), .Ecc(1'b0)) u_dut (
    .clk_i, .rst_ni, .clear_valid_i(clearing), .clear_slot_i(cleared_q[0]),
    .event_valid_i(event_valid && !lost), .event_slot_i(event_slot_i), .event_sets_i(event_sets), .event_value_i(event_value),
    .hand_read_i(read), .hand_slot_i(read_slot_i), .hand_value_o(seen), .hand_write_i(write), .hand_value_i({1'b0, write_value_i}),
    .inject_i('0), .report_o()
  );

  // What is written in a cycle comes before its event.
  assign hits_written = write && read_slot_q == watched_q ? {1'b0, write_value_i} : hits_q;
  always_comb begin
    hits = hits_written;
    if (event_valid && event_slot_i == watched_q) begin
      if (event_sets) hits = event_value;
      else if (hits_written == 3'd4) hits = 3'd0;
      else if (hits_written != 3'd3) hits = hits_written + 3'd1;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cleared_q     <= '0;
      set_q         <= '0;
      hits_q        <= '0;
      read_q        <= 1'b0;
      before_q      <= 1'b0;
      read_slot_q   <= 1'b0;
      before_slot_q <= 1'b0;
    end else begin
      if (clearing) cleared_q <= cleared_q + 2'd1;
      if (event_valid) set_q[event_slot_i] <= 1'b1;
      hits_q        <= hits;
      read_q        <= read;
      read_slot_q   <= read_slot_i;
      before_q      <= event_valid;
      before_slot_q <= event_slot_i;
    end
  end

  `TARN_ASSERT(HandSeesAllHits, !(read_q && read_slot_q == watched_q) || seen == hits_q)
  `TARN_COVER(FullCounterMeetsHand, read_q && read_slot_q == watched_q && hits_q == 3'd3 && event_valid && write)
endmodule : policy_hits_formal
