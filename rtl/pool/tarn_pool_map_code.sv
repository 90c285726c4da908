// The map's entry in memory has three bits a page, and as many states as these tell: a dirty page is valid, and whether
// the copy on bulk has a checksum matters only while the page is not dirty. Dirty, but not valid, stands for a checksum:
//   valid dirty on_bulk
//     0     1     1      on bulk, with a checksum
//     0     1     0      the same, and valid
// Combinational. SummedPages off: no page has a checksum.
module tarn_pool_map_code #(
  parameter int unsigned Pages       = 16,
  parameter bit          SummedPages = 1'b1
) (
  input  logic [3*Pages-1:0] stored_i,   // {valid, dirty, on_bulk}
  output logic [4*Pages-1:0] entry_o,    // {valid, dirty, on_bulk, summed}
  input  logic [4*Pages-1:0] entry_i,
  output logic [3*Pages-1:0] stored_o
);
  logic [Pages-1:0] stored_valid, stored_dirty, stored_on_bulk, marked;
  logic [Pages-1:0] valid, dirty, on_bulk, summed, marks;

  assign {stored_valid, stored_dirty, stored_on_bulk} = stored_i;
  assign marked  = stored_dirty & ~stored_valid;
  assign entry_o = {stored_valid | (marked & ~stored_on_bulk), stored_dirty & stored_valid, stored_on_bulk | marked, marked};

  assign {valid, dirty, on_bulk, summed} = entry_i;
  assign marks    = SummedPages ? summed & on_bulk & ~dirty : '0;
  assign stored_o = {valid & ~marks, dirty | marks, on_bulk & ~(marks & valid)};
endmodule : tarn_pool_map_code
