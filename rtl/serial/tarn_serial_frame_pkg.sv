// HDLC-like framing (RFC 1662, sections 4 and C.3): flags, escapes, and a 32-bit frame check sequence.
package tarn_serial_frame_pkg;

  localparam logic [7:0] Flag = 8'h7e;
  localparam logic [7:0] Escape = 8'h7d;
  localparam logic [7:0] EscapeFlip = 8'h20;  // an escaped byte is sent with this bit changed

  localparam logic [31:0] FcsInit = '1;
  localparam logic [31:0] FcsGood = 32'hdebb20e3;  // of any frame with its own check sequence behind it

  // The check sequence of one byte more.
  function automatic logic [31:0] fcs_next(logic [31:0] fcs, logic [7:0] data);
    fcs_next = fcs ^ {24'b0, data};
    for (int unsigned i = 0; i < 8; i++) fcs_next = fcs_next[0] ? {1'b0, fcs_next[31:1]} ^ 32'hedb88320 : {1'b0, fcs_next[31:1]};
  endfunction

  function automatic logic needs_escape(logic [7:0] data);
    return data == Flag || data == Escape;
  endfunction

endpackage : tarn_serial_frame_pkg
