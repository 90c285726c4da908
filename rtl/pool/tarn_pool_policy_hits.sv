// The slots' hit counters, for two at once: the pool's events, one each cycle, are never lost, and the hand has a port of
// its own. A counter is the exclusive or of two words, one written by each side, so that RAMs with one write port do.
// Values: 0..3 hits; 4: assigned, and not accessed yet (that access is the one the slot was assigned for, no hit).
//
// Events: given in one cycle, in effect in the next, the same slot in consecutive cycles included.
// Hand: reads in one cycle; in the next it sees the value with all events of the cycles before (a path from `event_*` of
// the cycle before, none from this one's), and may write a new value; an event for the same slot comes before.
// All four words begin with 0 (clear_*), before the first event.
`include "tarn_assert.svh"
module tarn_pool_policy_hits #(
  parameter int unsigned NumSlots = 4096,
  parameter bit          Ecc      = 1'b1,
  localparam int unsigned SlotBits = $clog2(NumSlots)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_valid_i,
  input  logic [SlotBits-1:0] clear_slot_i,
  input  logic                event_valid_i,
  input  logic [SlotBits-1:0] event_slot_i,
  input  logic                event_sets_i,   // to event_value_i; else one hit more
  input  logic [2:0]          event_value_i,
  input  logic                hand_read_i,
  input  logic [SlotBits-1:0] hand_slot_i,
  output logic [2:0]          hand_value_o,
  input  logic                hand_write_i,   // of the slot read in the cycle before
  input  logic [2:0]          hand_value_i,
  input  tarn_pool_pkg::inject_t       inject_i,
  output tarn_pool_pkg::table_report_t report_o
);
  localparam logic [2:0] Fresh = 3'd4;
  localparam logic [2:0] HitsMax = 3'd3;

  logic event_valid_q, event_sets_q;
  logic [SlotBits-1:0] event_slot_q, hand_slot_q, hand_at, event_at;
  logic [2:0] event_value_q, event_before, event_after;
  logic [2:0] by_event_event, by_hand_event, by_event_hand, by_hand_hand;
  logic [2:0] event_word, hand_word, by_event_now;

  always_comb begin
    event_before = by_event_event ^ by_hand_event;
    unique case (event_before)
      Fresh:   event_after = '0;
      HitsMax: event_after = HitsMax;
      default: event_after = event_before + 3'd1;
    endcase
    if (event_sets_q) event_after = event_value_q;
  end
  assign event_word = clear_valid_i ? '0 : event_after ^ by_hand_event;

  // While event and hand meet, the hand's read is a cycle too old.
  assign by_event_now = event_valid_q && event_slot_q == hand_slot_q ? event_word : by_event_hand;
  assign hand_value_o = by_event_now ^ by_hand_hand;
  assign hand_word    = clear_valid_i ? '0 : hand_value_i ^ by_event_now;
  assign hand_at      = clear_valid_i ? clear_slot_i : hand_slot_q;
  assign event_at     = clear_valid_i ? clear_slot_i : event_slot_q;

  // By who writes, then by who reads.
  tarn_pool_pkg::table_report_t report[4];
  assign report_o = report[0] | report[1] | report[2] | report[3];
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(3), .Depth(NumSlots), .Collision(tarn_ram_pkg::RamReadNew)) u_by_event_event (
    .clk_i, .rst_ni, .we_i(clear_valid_i || event_valid_q), .waddr_i(event_at), .wmask_i(1'b1), .wdata_i(event_word), .inject_i,
    .re_i(event_valid_i), .raddr_i(event_slot_i), .rdata_o(by_event_event), .corrected_o(report[0].corrected), .lost_o(report[0].lost)
  );
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(3), .Depth(NumSlots), .Collision(tarn_ram_pkg::RamReadNew)) u_by_event_hand (
    .clk_i, .rst_ni, .we_i(clear_valid_i || event_valid_q), .waddr_i(event_at), .wmask_i(1'b1), .wdata_i(event_word), .inject_i,
    .re_i(hand_read_i), .raddr_i(hand_slot_i), .rdata_o(by_event_hand), .corrected_o(report[1].corrected), .lost_o(report[1].lost)
  );
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(3), .Depth(NumSlots), .Collision(tarn_ram_pkg::RamReadNew)) u_by_hand_event (
    .clk_i, .rst_ni, .we_i(clear_valid_i || hand_write_i), .waddr_i(hand_at), .wmask_i(1'b1), .wdata_i(hand_word), .inject_i,
    .re_i(event_valid_i), .raddr_i(event_slot_i), .rdata_o(by_hand_event), .corrected_o(report[2].corrected), .lost_o(report[2].lost)
  );
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(3), .Depth(NumSlots), .Collision(tarn_ram_pkg::RamReadNew)) u_by_hand_hand (
    .clk_i, .rst_ni, .we_i(clear_valid_i || hand_write_i), .waddr_i(hand_at), .wmask_i(1'b1), .wdata_i(hand_word), .inject_i,
    .re_i(hand_read_i), .raddr_i(hand_slot_i), .rdata_o(by_hand_hand), .corrected_o(report[3].corrected), .lost_o(report[3].lost)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) event_valid_q <= 1'b0;
    else event_valid_q <= event_valid_i;
  end
  always_ff @(posedge clk_i) begin
    if (event_valid_i) begin
      event_slot_q  <= event_slot_i;
      event_sets_q  <= event_sets_i;
      event_value_q <= event_value_i;
    end
    if (hand_read_i) hand_slot_q <= hand_slot_i;
  end
endmodule : tarn_pool_policy_hits
