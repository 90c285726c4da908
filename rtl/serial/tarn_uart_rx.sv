// Receives bytes from an asynchronous serial line: 8 data bits, lowest first, no parity, one stop bit.
// A byte shows for one cycle, the one after the middle of its stop bit; nobody can make it wait. `error_o` instead: the stop bit was not there.
// The line is sampled once a bit, in its middle, by a phase that adds up: any ratio of clock and baud rate from 4 on, or 2 where the other side
// has the same clock, as in simulation.
`include "tarn_assert.svh"
module tarn_uart_rx #(
  parameter int unsigned ClockHz = 25_000_000,
  parameter int unsigned Baud    = 1_000_000
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,      // asynchronous
  output logic       valid_o,
  output logic [7:0] data_o,
  output logic       error_o
);
  localparam int unsigned PhaseBits = 16;
  localparam logic [PhaseBits-1:0] Step = PhaseBits'((64'(Baud) * (64'd1 << PhaseBits) + 64'(ClockHz) / 2) / 64'(ClockHz));
  localparam logic [3:0] StopBit = 4'd9;  // the start bit is number 0

  `TARN_ASSERT_INIT(FastEnough, ClockHz >= 2 * Baud, "tarn_uart_rx: ClockHz must be twice Baud at least")

  logic [2:0]           sync_q;  // the last two have settled
  logic                 busy_q, sample, valid_q, error_q;
  logic [PhaseBits-1:0] phase_q;
  logic [3:0]           bit_q;
  logic [7:0]           data_q;
  logic                 line;

  assign line = sync_q[1];
  assign sample = busy_q && {1'b0, phase_q} + {1'b0, Step} >= (PhaseBits + 1)'(1 << PhaseBits);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sync_q  <= '1;
      busy_q  <= 1'b0;
      phase_q <= '0;
      bit_q   <= '0;
    end else begin
      sync_q  <= {sync_q[1:0], rx_i};
      phase_q <= phase_q + Step;
      if (!busy_q) begin
        phase_q <= PhaseBits'(1 << (PhaseBits - 1));
        bit_q   <= '0;
        busy_q  <= sync_q[2] && !line;
      end else if (sample) begin
        bit_q <= bit_q + 1'b1;
        // A start bit that is over already was a spike.
        if ((bit_q == '0 && line) || bit_q == StopBit) busy_q <= 1'b0;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (sample && bit_q != StopBit) data_q <= {line, data_q[7:1]};
  end

  // The stop bit is not taken into the byte, which stands there until the next one's first bit.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      error_q <= 1'b0;
    end else begin
      valid_q <= sample && bit_q == StopBit && line;
      error_q <= sample && bit_q == StopBit && !line;
    end
  end
  assign valid_o = valid_q;
  assign error_o = error_q;
  assign data_o  = data_q;
endmodule : tarn_uart_rx
