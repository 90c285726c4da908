// The checksum of a page: CRC-32 (IEEE 802.3's polynomial, reflected, as zlib computes it) of its 4096 bytes, where a line
// that is poison counts as 64 bytes A5. It is taken line by line in any order: what a line contributes is the CRC of its 512
// bits times x^(512 x lines behind it), so that a line in another's place differs as one with wrong bits does.
// All values are reflected: bit 31 stands for x^0.
package tarn_pool_checksum_pkg;

  localparam logic [31:0] Polynomial = 32'hEDB88320;
  localparam logic [7:0] LostByte = 8'hA5;

  function automatic logic [31:0] times_x(logic [31:0] value);
    return {1'b0, value[31:1]} ^ (value[0] ? Polynomial : 32'h0);
  endfunction

  // Row i: which bits of a line make bit i of its CRC.
  function automatic logic [511:0] taps_of(int unsigned row);
    logic [511:0] taps;
    logic [31:0] value;
    taps  = '0;
    value = Polynomial;  // what the last bit alone leaves
    for (int i = 511; i >= 0; i--) begin
      taps[i] = value[row];
      value   = times_x(value);
    end
    return taps;
  endfunction

  // Row i: which of the 31 upper coefficients of a product fall on bit i of the remainder.
  function automatic logic [31:0][30:0] folds();
    logic [31:0][30:0] rows;
    logic [31:0] value;
    value = Polynomial;  // x^32
    for (int i = 30; i >= 0; i--) begin
      for (int unsigned row = 0; row < 32; row++) rows[row][i] = value[row];
      value = times_x(value);
    end
    return rows;
  endfunction
  localparam logic [31:0][30:0] Folds = folds();

  function automatic logic [31:0] multiply(logic [31:0] left, logic [31:0] right);
    logic [62:0] product;  // bit 62 stands for x^0
    logic [31:0] result;
    product = '0;
    for (int unsigned i = 0; i < 32; i++) product ^= right[i] ? 63'(left) << i : 63'h0;
    for (int unsigned i = 0; i < 32; i++) result[i] = product[31+i] ^ ^(product[30:0] & Folds[i]);
    return result;
  endfunction

  // Row i: x^(512 + 31 - i), so that what is moved by a line is the sum of the rows that its bits choose. (Elaboration is slow
  // where a function of constants uses another's.)
  function automatic logic [31:0][31:0] moved_by_a_line();
    logic [31:0][31:0] rows;
    logic [31:0] value;
    value = 32'h80000000;
    for (int unsigned i = 0; i < 512; i++) value = times_x(value);
    for (int i = 31; i >= 0; i--) begin
      rows[i] = value;
      value   = times_x(value);
    end
    return rows;
  endfunction

  // x^(512 x lines behind the line); what a CRC begins with, moved by all lines, stands behind the last.
  function automatic logic [64:0][31:0] places();
    logic [64:0][31:0] places_of_lines;
    logic [31:0][31:0] rows;
    logic [31:0] value, ones, moved, moved_ones;
    rows  = moved_by_a_line();
    value = 32'h80000000;
    ones  = '1;
    for (int i = 63; i >= 0; i--) begin
      places_of_lines[i] = value;
      moved              = '0;
      moved_ones         = '0;
      for (int unsigned bit_of = 0; bit_of < 32; bit_of++) begin
        if (value[bit_of]) moved = moved ^ rows[bit_of];
        if (ones[bit_of]) moved_ones = moved_ones ^ rows[bit_of];
      end
      value = moved;
      ones  = moved_ones;
    end
    places_of_lines[64] = ones;
    return places_of_lines;
  endfunction
  localparam logic [64:0][31:0] Places = places();

  // CRC of a line that is poison.
  function automatic logic [31:0] lost_line();
    logic [31:0] value;
    value = '0;
    for (int unsigned i = 0; i < 512; i++) value = times_x(value ^ 32'(LostByte[i%8]));
    return value;
  endfunction
  localparam logic [31:0] LostLine = lost_line();

  // What a page has before any line: the ones that a CRC begins and ends with.
  localparam logic [31:0] BeforeLines = ~Places[64];

endpackage : tarn_pool_checksum_pkg
