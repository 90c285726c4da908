// Pins of an SDR SDRAM of 16 bits, but for its clock.
package tarn_sdram_pkg;

  typedef struct packed {
    logic        cke;
    logic        cs_n;
    logic        ras_n;
    logic        cas_n;
    logic        we_n;
    logic [1:0]  bank;
    logic [12:0] addr;
    logic [1:0]  dqm;
    logic        dq_drive;  // the controller drives dq
    logic [15:0] dq;
  } sdram_pins_t;

  // {ras_n, cas_n, we_n}
  typedef enum logic [2:0] {
    CmdModeRegister = 3'b000,
    CmdRefresh = 3'b001,
    CmdPrecharge = 3'b010,
    CmdActivate = 3'b011,
    CmdWrite = 3'b100,
    CmdRead = 3'b101,
    CmdBurstStop = 3'b110,
    CmdNop = 3'b111
  } sdram_command_e;

endpackage : tarn_sdram_pkg
