// Reads and writes parts of one struct in one process: no loop, though a careless check would see one.
module accepted (
  input  logic       a_i,
  output logic [7:0] sum_o
);
  typedef struct packed {
    logic [3:0] first;
    logic [3:0] second;
  } parts_t;

  parts_t     parts;
  logic [3:0] chain;

  always_comb begin
    parts        = '0;
    parts.first  = {4{a_i}};
    parts.second = parts.first + 4'd1;
  end

  assign chain[0]   = a_i;
  assign chain[3:1] = chain[2:0] ^ 3'd5;
  assign sum_o      = {parts.second, chain};
endmodule
