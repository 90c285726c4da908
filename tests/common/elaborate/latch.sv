// Planted fault: q_o keeps its value where a_i is 0.
module latch (
  input  logic a_i,
  input  logic b_i,
  output logic q_o
);
  always_comb begin
    if (a_i) q_o = b_i;
  end
endmodule
