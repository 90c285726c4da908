// How many check bits a single-error-correcting, double-error-detecting code needs (Hsiao's: all columns are odd, so that two
// wrong bits never look like one).
package tarn_secded_pkg;
  // The fewest for words of `bits` bits: that many different columns of three ones or more there are.
  function automatic int unsigned check_bits(int unsigned bits);
    check_bits = 4;
    while (2 ** (check_bits - 1) - check_bits < bits) check_bits++;
  endfunction
endpackage : tarn_secded_pkg
