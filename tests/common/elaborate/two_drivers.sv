// Planted fault: q_o has two drivers.
module two_drivers (
  input  logic a_i,
  input  logic b_i,
  output wire  q_o
);
  assign q_o = a_i;
  assign q_o = b_i;
endmodule
