// The map's entry in memory has three bits a page, and as many states as these tell: a dirty page is valid, and whether
// the copy on bulk has a checksum, or the content is lost, matters only while the page is not dirty. Dirty, but not
// valid, stands for a checksum; in a segment that has a lost page, for a lost one instead (none of its pages has a checksum then):
//   valid dirty on_bulk
//     0     1     1      on bulk, with a checksum; or lost
//     0     1     0      the same, and valid
// A segment that has a lost page is marked by the entry's own `lost`: alone, with nothing else set, that says that the
// whole entry is lost.
// Combinational. SummedPages off: no page has a checksum.
`include "tarn_assert.svh"
module tarn_pool_map_code #(
  parameter int unsigned SlotBits    = 12,
  parameter int unsigned Pages       = 16,
  parameter bit          SummedPages = 1'b1
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic [2+SlotBits+3*Pages-1:0] stored_i,  // {lost, resident, slot, valid, dirty, on_bulk}
  output logic [2+SlotBits+5*Pages-1:0] entry_o,   // {lost, resident, slot, valid, dirty, on_bulk, summed, page_lost}
  input  logic                        write_i,
  input  logic [2+SlotBits+5*Pages-1:0] entry_i,
  output logic [2+SlotBits+3*Pages-1:0] stored_o
);
  logic stored_lost, stored_resident, has_lost;
  logic [SlotBits-1:0] stored_slot, slot;
  logic [Pages-1:0] stored_valid, stored_dirty, stored_on_bulk, marked, summed_copy;
  logic lost, resident, loses;
  logic [Pages-1:0] valid, dirty, on_bulk, summed, page_lost, marks;

  assign {stored_lost, stored_resident, stored_slot, stored_valid, stored_dirty, stored_on_bulk} = stored_i;
  assign marked      = stored_dirty & ~stored_valid;
  assign has_lost    = stored_lost && (stored_resident || stored_dirty != '0);
  assign summed_copy = has_lost ? '0 : marked;
  assign entry_o     = {stored_lost && !has_lost, stored_resident, stored_slot, stored_valid | (marked & ~stored_on_bulk),
                        stored_dirty & stored_valid, (stored_on_bulk & ~marked) | summed_copy, summed_copy, has_lost ? marked : '0};

  assign {lost, resident, slot, valid, dirty, on_bulk, summed, page_lost} = entry_i;
  assign loses    = page_lost != '0;
  assign marks    = loses ? page_lost : (SummedPages ? summed & on_bulk & ~dirty : '0);
  assign stored_o = {lost || loses, resident, slot, valid & ~marks, dirty | marks, (on_bulk & ~marks) | (marks & ~valid)};

  `TARN_ASSERT(LostIsNothingElse, !write_i || (page_lost & (dirty | on_bulk)) == '0)
  `TARN_ASSERT(LostEntryHasNoPages, !write_i || !lost || (!resident && !loses && dirty == '0))
endmodule : tarn_pool_map_code
