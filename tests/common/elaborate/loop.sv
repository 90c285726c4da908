// Planted fault: x and y depend on each other without a register between.
module loop (
  input  logic a_i,
  output logic q_o
);
  logic x;
  logic y;

  assign x   = y ^ a_i;
  assign y   = ~x;
  assign q_o = x;
endmodule
