// Who keeps others away from a pass's segment or page, and whether bulk may yet change what it holds of it. Combinational.
// Holders: engines, evictors, the mover.
module tarn_pool_holds #(
  parameter int unsigned NumEngines  = 8,
  parameter int unsigned NumEvictors = 2,
  localparam int unsigned NumHolders = NumEngines + NumEvictors + 1,
  localparam int unsigned EngineBits = NumEngines > 1 ? $clog2(NumEngines) : 1
) (
  input  tarn_pool_pkg::hold_t   hold_i[NumHolders],
  input  logic [NumEvictors-1:0] quarantine_i,   // bulk owes the evictor a late write or trim of its segment
  input  tarn_pool_pkg::info_t   info_i,
  output logic                   leaves_o,       // an evictor has the segment
  output logic                   segment_held_o, // an evictor or the mover has it
  output logic                   page_held_o,    // an engine has the page:
  output logic [EngineBits-1:0]  page_holder_o,  // this one
  output logic                   any_held_o,     // somebody has the segment or a page of it
  // A late write or trim keeps no request away, but whatever could make bulk hold something that it would then land on.
  output logic                   bulk_owes_o
);
  logic [NumHolders-1:0] of_segment;  // holds it or a page of it, or did

  always_comb begin
    leaves_o       = 1'b0;
    page_held_o    = 1'b0;
    page_holder_o  = '0;
    any_held_o     = 1'b0;
    bulk_owes_o    = 1'b0;
    for (int unsigned i = 0; i < NumHolders; i++) begin
      of_segment[i] = hold_i[i].host == info_i.host && hold_i[i].segment == info_i.segment;
      if (hold_i[i].valid && of_segment[i]) any_held_o = 1'b1;
    end
    for (int unsigned i = 0; i < NumEngines; i++) begin
      if (hold_i[i].valid && of_segment[i] && hold_i[i].page == info_i.page) begin
        page_held_o   = 1'b1;
        page_holder_o = EngineBits'(i);
      end
    end
    for (int unsigned i = 0; i < NumEvictors; i++) begin
      if (hold_i[NumEngines+i].valid && of_segment[NumEngines+i]) leaves_o = 1'b1;
      if (quarantine_i[i] && of_segment[NumEngines+i]) bulk_owes_o = 1'b1;
    end
    segment_held_o = leaves_o || (hold_i[NumHolders-1].valid && of_segment[NumHolders-1]);
  end
endmodule : tarn_pool_holds
