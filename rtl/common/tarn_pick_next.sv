// Picks one of several requests: the first one above the position picked last, wrapping around.
// Combinational from every input to every output; the state (`last_i`) is the user's.
`include "tarn_assert.svh"
module tarn_pick_next #(
  parameter int unsigned N = 4,  // 1 or more
  localparam int unsigned IndexBits = N > 1 ? $clog2(N) : 1
) (
  input  logic [N-1:0]         req_i,
  input  logic [IndexBits-1:0] last_i,   // position picked last
  output logic [N-1:0]         grant_o,  // one-hot, or zero when nothing is asked for
  output logic [IndexBits-1:0] index_o   // its position; 0 when nothing is asked for
);
  `TARN_ASSERT_INIT(NAllowed, N >= 1, "tarn_pick_next: N must be 1 or more")

  logic [N-1:0] above;
  // The lowest bit that is set. Few bits are looked at all at once, which is faster than a carry through them.
  localparam int unsigned AtOnceMax = 16;
  function automatic logic [N-1:0] lowest_of(logic [N-1:0] bits);
    logic [N-1:0] below;  // a lower one is set
    if (N > AtOnceMax) return bits & -bits;
    below = bits << 1;
    for (int unsigned step = 1; step < N; step *= 2) below |= below << step;
    return bits & ~below;
  endfunction
  assign above   = req_i & ({N{1'b1}} << 1 << last_i);
  assign grant_o = above != '0 ? lowest_of(above) : lowest_of(req_i);

  // Bit k of the index: is the grant among the positions whose bit k is set? (A loop over positions simulates slowly.)
  function automatic logic [N-1:0] positions_with_bit(int unsigned k);
    logic [N-1:0] mask;
    for (int unsigned i = 0; i < N; i++) mask[i] = 1'(i >> k);
    return mask;
  endfunction
  for (genvar k = 0; k < IndexBits; k++) begin : gen_index
    localparam logic [N-1:0] Mask = positions_with_bit(k);
    assign index_o[k] = (grant_o & Mask) != '0;
  end
endmodule : tarn_pick_next
