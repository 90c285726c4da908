// Slots in use against three marks: past the first one software is told; past the second one segments are paged out ahead of
// need until no more than `low_mark_i` are in use. A mark of 0 is off.
// When nothing can go (all is pinned, held, or kept by floors) it stops after as many proposals as twice the slots, until another slot is
// assigned.
`include "tarn_assert.svh"
module tarn_pool_marks #(
  parameter int unsigned NumSlots = 4096,
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [SlotBits:0]   slots_i,          // in service
  input  logic [SlotBits:0]   free_i,           // of these
  input  logic [31:0]         coming_i,         // free, or being emptied
  input  logic [SlotBits:0]   first_mark_i,
  input  logic [SlotBits:0]   page_out_mark_i,
  input  logic [SlotBits:0]   low_mark_i,
  input  logic                assigned_i,
  input  logic                skipped_i,        // what the policy proposed may not go
  input  logic                evicts_i,
  output logic                page_out_o,       // a victim is wanted
  output logic                first_passed_o,   // in this cycle
  output logic                page_out_passed_o
);
  logic [SlotBits:0] in_use;
  logic first, first_q, second, second_q, paging_q, above_low;
  logic [SlotBits+1:0] passed_q;
  logic in_vain;

  assign in_use    = slots_i - free_i;
  assign first     = first_mark_i != '0 && in_use >= first_mark_i;
  assign second    = page_out_mark_i != '0 && in_use >= page_out_mark_i;
  assign above_low = 32'(slots_i) > 32'(low_mark_i) + coming_i;
  assign in_vain   = 33'(passed_q) >= {32'(slots_i), 1'b0};

  assign page_out_o        = paging_q && above_low && !in_vain;
  assign first_passed_o    = first && !first_q;
  assign page_out_passed_o = second && !second_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      first_q  <= 1'b0;
      second_q <= 1'b0;
      paging_q <= 1'b0;
      passed_q <= '0;
    end else begin
      first_q  <= first;
      second_q <= second;
      paging_q <= second || (paging_q && above_low);
      if (assigned_i || evicts_i || !paging_q) passed_q <= '0;
      else if (skipped_i && !in_vain) passed_q <= passed_q + 1'b1;
    end
  end
endmodule : tarn_pool_marks
