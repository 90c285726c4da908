// Check bits for a word, so that one wrong bit can be put right and two are known (Hsiao's code). Data bit i has as its column the i-th
// of all numbers with three ones, then of those with five, and so on, each ascending; check bit r has 1 << r. Encodes `data_i`, and
// decodes `stored_i`; either half may be left unused. Combinational. Without Ecc a word is kept as it is, and always right.
`include "tarn_assert.svh"
module tarn_secded #(
  parameter bit          Ecc   = 1'b1,
  parameter int unsigned Width = 32,  // bits of a word, 1..120
  localparam int unsigned CheckBits = tarn_secded_pkg::check_bits(Width),
  localparam int unsigned KeptBits  = Width + (Ecc ? CheckBits : 0)
) (
  input  logic [Width-1:0]    data_i,
  output logic [KeptBits-1:0] kept_o,
  input  logic [KeptBits-1:0] stored_i,
  output logic [Width-1:0]    data_o,
  output logic                corrected_o,  // one bit was wrong
  output logic                lost_o        // more were: data_o is worth nothing
);
  `TARN_ASSERT_INIT(WidthAllowed, Width >= 1 && Width <= 120, "tarn_secded: Width must be 1..120")

  typedef logic [CheckBits-1:0] check_t;

  function automatic check_t [Width-1:0] all_columns();
    int unsigned found;
    found = 0;
    all_columns = '0;
    for (int unsigned ones = 3; ones <= CheckBits; ones += 2) begin
      for (int unsigned value = 0; value < 2 ** CheckBits; value++) begin
        if ($countones(check_t'(value)) == ones && found < Width) begin
          all_columns[found] = check_t'(value);
          found++;
        end
      end
    end
  endfunction
  localparam check_t [Width-1:0] Columns = all_columns();

  function automatic logic [CheckBits-1:0][Width-1:0] all_rows();
    for (int unsigned r = 0; r < CheckBits; r++) begin
      for (int unsigned i = 0; i < Width; i++) all_rows[r][i] = Columns[i][r];
    end
  endfunction
  localparam logic [CheckBits-1:0][Width-1:0] Rows = all_rows();

  function automatic check_t encode(logic [Width-1:0] data);
    for (int unsigned r = 0; r < CheckBits; r++) encode[r] = ^(data & Rows[r]);
  endfunction

  if (Ecc) begin : gen_ecc
    check_t syndrome;
    logic [Width-1:0] stored, wrong;
    assign stored   = stored_i[Width-1:0];
    assign kept_o   = {encode(data_i), data_i};
    assign syndrome = encode(stored) ^ stored_i[KeptBits-1:Width];
    always_comb begin
      wrong = '0;
      // No error is the usual case; simulators skip the rest then.
      if (syndrome != '0) begin
        for (int unsigned i = 0; i < Width; i++) wrong[i] = syndrome == Columns[i];
      end
    end
    assign data_o      = stored ^ wrong;
    assign corrected_o = wrong != '0 || $countones(syndrome) == 1;
    assign lost_o      = syndrome != '0 && !corrected_o;
  end else begin : gen_plain
    assign kept_o      = data_i;
    assign data_o      = stored_i;
    assign corrected_o = 1'b0;
    assign lost_o      = 1'b0;
  end
endmodule : tarn_secded
