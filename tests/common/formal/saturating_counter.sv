// Design under proof for the tests of scripts/formal itself: counts enabled cycles up to Limit and stays there.
// Fault 1 lets the count run past the limit, which shows only after Limit + 1 enabled cycles.
module saturating_counter #(
  parameter int unsigned Limit = 10,
  parameter bit          Fault = 1'b0
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       enable_i,
  output logic [7:0] count_o
);
  logic [7:0] count_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
    end else if (enable_i && (count_q != 8'(Limit) || Fault)) begin
      count_q <= count_q + 8'd1;
    end
  end

  assign count_o = count_q;
endmodule
