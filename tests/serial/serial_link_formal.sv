// The board's side of the link, with any bytes on the line, and a node that takes and says what it likes: numbers stay within
// their windows, what is offered stays until it is taken (but for the begin of a session, which forgets it), and a session's
// begin and the node's reset are told together. Fault: the node takes a byte that it does not tell the link of.
`include "tarn_assert.svh"
module serial_link_formal
  import tarn_serial_pkg::*;
#(
  parameter bit Fault = 1'b0
) (
  input logic          clk_i,
  input logic          rx_valid_i,
  input logic [7:0]    rx_data_i,
  input logic          rx_error_i,
  input logic          tx_ready_i,
  input logic          in_ready_i,
  input logic          out_valid_i,
  input message_byte_t out_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic          tx_valid, in_valid, out_ready, restart, reset_node, open, open_q;
  logic [7:0]    tx_data;
  message_byte_t in;
  tarn_serial_link #(.TimeoutCycles(15)) u_link (
    .clk_i, .rst_ni, .rx_valid_i, .rx_data_i, .rx_error_i, .tx_valid_o(tx_valid), .tx_ready_i, .tx_data_o(tx_data),
    .in_valid_o(in_valid), .in_ready_i, .in_o(in), .out_valid_i(out_valid_i && rst_ni), .out_ready_o(out_ready), .out_i,
    .restart_o(restart), .reset_node_o(reset_node), .open_o(open)
  );

  stream_contract #(.T(logic [7:0])) u_line (.clk_i, .rst_ni, .valid_i(tx_valid), .ready_i(tx_ready_i), .data_i(tx_data));
  stream_contract #(.T(message_byte_t)) u_messages (
    .clk_i, .rst_ni, .valid_i(in_valid), .ready_i((in_ready_i && !Fault) || restart), .data_i(in)
  );

  // A session once begun ends with the next one alone; without one nothing is delivered or taken.
  always_ff @(posedge clk_i) open_q <= rst_ni && (open || restart);
  `TARN_ASSERT(ASessionStays, open == open_q)
  `TARN_ASSERT(NothingWithoutASession, open || (!in_valid && !out_ready))
  `TARN_COVER(ASessionResetsTheNode, restart && reset_node)
endmodule : serial_link_formal
