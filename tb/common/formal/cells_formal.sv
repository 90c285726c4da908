// All cells under proof in one run (the front end's start costs more than the proofs).
module cells_formal (
  input logic            clk_i,
  input logic [4:0]      valid_i,
  input logic [4:0][1:0] data_i,
  input logic [6:0]      ready_i,
  input logic [4:0]      mark_i,
  input logic [1:0][2:0] req_i,
  input logic [2:0][1:0] qos_i,
  input logic [1:0][1:0] who_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

`define TARN_QUEUE(name, place, parameters) \
  queue_formal #parameters name ( \
    .clk_i, .rst_ni, .valid_i(valid_i[place]), .data_i(data_i[place]), .ready_i(ready_i[place]), .mark_i(mark_i[place]) \
  );
  `TARN_QUEUE(u_skid, 0, (.Skid(1'b1), .Depth(2)))
  `TARN_QUEUE(u_registered, 1, (.Depth(3)))
  `TARN_QUEUE(u_one, 2, (.Depth(1)))
  `TARN_QUEUE(u_fall_through, 3, (.Depth(3), .FallThrough(1'b1)))
  `TARN_QUEUE(u_ram, 4, (.Depth(5), .UseRam(1'b1)))
`undef TARN_QUEUE

  arbiter_formal u_rr (
    .clk_i, .rst_ni, .req_i(req_i[0]), .qos_i('0), .ready_i(ready_i[5]), .who_i(who_i[0])
  );
  arbiter_formal #(.Qos(1'b1), .AgeLimit(2), .Bound(4), .Reached(3)) u_qos (
    .clk_i, .rst_ni, .req_i(req_i[1]), .qos_i(qos_i), .ready_i(ready_i[6]), .who_i(who_i[1])
  );
endmodule
