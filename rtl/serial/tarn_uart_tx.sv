// Sends bytes on an asynchronous serial line: 8 data bits, lowest first, no parity, one stop bit.
// A byte is taken when the one before has left, stop bit included: ten bit times each. The line rests at 1.
`include "tarn_assert.svh"
module tarn_uart_tx #(
  parameter int unsigned ClockHz = 25_000_000,
  parameter int unsigned Baud    = 1_000_000
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  output logic       ready_o,
  input  logic [7:0] data_i,
  output logic       tx_o
);
  localparam int unsigned PhaseBits = 16;
  localparam logic [PhaseBits-1:0] Step = PhaseBits'((64'(Baud) * (64'd1 << PhaseBits) + 64'(ClockHz) / 2) / 64'(ClockHz));
  localparam logic [3:0] Bits = 4'd10;

  `TARN_ASSERT_INIT(FastEnough, ClockHz >= 2 * Baud, "tarn_uart_tx: ClockHz must be twice Baud at least")

  logic [3:0]           left_q;   // bits that have not left yet
  logic [9:0]           shift_q;  // the lowest is on the line
  logic [PhaseBits-1:0] phase_q;
  logic                 next_bit;

  assign next_bit = {1'b0, phase_q} + {1'b0, Step} >= (PhaseBits + 1)'(1 << PhaseBits);
  assign ready_o  = left_q == '0;
  assign tx_o     = shift_q[0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q  <= '0;
      shift_q <= '1;
      phase_q <= '0;
    end else if (ready_o) begin
      phase_q <= '0;
      if (valid_i) begin
        left_q  <= Bits;
        shift_q <= {1'b1, data_i, 1'b0};
      end
    end else begin
      phase_q <= phase_q + Step;
      if (next_bit) begin
        left_q  <= left_q - 1'b1;
        shift_q <= {1'b1, shift_q[9:1]};
      end
    end
  end
endmodule : tarn_uart_tx
