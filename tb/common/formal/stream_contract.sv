`include "tarn_assert.svh"

// What who offers on a valid-ready stream promises: an offer stays until it is taken, and as it is.
// Proved of a design's outputs, or assumed of a harness's own inputs.
module stream_contract #(
  parameter type T       = logic,
  parameter bit  Assumed = 1'b0
) (
  input logic clk_i,
  input logic rst_ni,
  input logic valid_i,
  input logic ready_i,
  input T     data_i
);
  logic waits_q;
  T data_q;
  always_ff @(posedge clk_i) begin
    waits_q <= rst_ni && valid_i && !ready_i;
    data_q  <= data_i;
  end

  if (Assumed) begin : gen_assumed
    `TARN_ASSUME(OfferStays, !waits_q || (valid_i && data_i == data_q))
  end else begin : gen_proved
    `TARN_ASSERT(OfferStays, !waits_q || (valid_i && data_i == data_q))
    `TARN_COVER(TakenAfterAWait, waits_q && valid_i && ready_i)
  end
endmodule
