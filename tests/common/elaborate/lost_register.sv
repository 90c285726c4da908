// Rejected: for the front end `kept_q` has no driver, since what stands under a condition that is never true is no assignment to it.
module lost_register #(parameter bit Written = 1'b0) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic [7:0] value_i,
  output logic [7:0] value_o
);
  logic [7:0] kept_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) kept_q <= 8'h5A;
    else if (Written) kept_q <= value_i;
  end
  assign value_o = kept_q;
endmodule
