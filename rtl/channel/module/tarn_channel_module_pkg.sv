// What the parts of a module say to each other (README.md).
package tarn_channel_module_pkg;
  import tarn_dfi_pkg::*;
  import tarn_module_pkg::*;

  localparam int unsigned BeatBits      = $clog2(ModuleBeats);
  localparam int unsigned FirstWriteTag = 48;  // tags below are of slow reads, the others of slow writes
  localparam int unsigned PinColumnBits = 7;   // addr of slow commands is {row, line of the row}

  typedef logic [DfiTagBits-1:0]     tag_t;
  typedef logic [BeatBits-1:0]       beat_t;
  typedef logic [5:0]                clocks_t;
  typedef logic [ModuleLineBits-1:0] line_t;
  typedef logic [17:0]               lanes_t;  // of a word, as module_req_t has them

  // Where in the chunk buffer the data of a command belongs.
  typedef struct packed {
    logic  slow;  // under its tag; else in the fast portion
    logic  lost;  // beyond the fast portion
    tag_t  tag;
    line_t line;
  } place_t;

  // A slow access that goes to a device.
  typedef struct packed {
    tag_t  tag;
    line_t line;
  } access_t;

  function automatic logic is_write(tag_t tag);
    return tag >= tag_t'(FirstWriteTag);
  endfunction
endpackage : tarn_channel_module_pkg
