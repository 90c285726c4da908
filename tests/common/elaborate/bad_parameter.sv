`include "tarn_assert.svh"

// Planted fault: the default parameter is outside the allowed range.
module bad_parameter #(
  parameter int unsigned Entries = 3  // power of two
) (
  output logic q_o
);
  `TARN_ASSERT_INIT(EntriesPowerOfTwo, Entries == 2**$clog2(Entries), "bad_parameter: Entries must be a power of two")
  assign q_o = 1'b0;
endmodule
