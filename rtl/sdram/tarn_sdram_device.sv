// An SDR SDRAM of 16 bits as a device of a memory module (rtl/channel/module): slow cells. One line at a time: its words are collected,
// the row is opened, 32 columns go one a clock, the row is closed. Check bits are not kept: for channels without them.
// The SDRAM's clock is the inverse of clk_i: commands change half a cycle before it, and data of a read is sampled two cycles after
// the command (CAS latency 2). Times are rounded up to cycles. A line takes 40 to 50 cycles.
`include "tarn_assert.svh"
module tarn_sdram_device
  import tarn_module_pkg::*;
  import tarn_sdram_pkg::*;
#(
  parameter int unsigned ClockKilohertz = 50_000,
  parameter int unsigned RowBits        = 13,
  parameter int unsigned ColumnBits     = 9,
  parameter int unsigned PowerUpUs      = 200,   // before the first command
  parameter int unsigned RefreshNs      = 7_800, // between two refreshes, at most
  parameter int unsigned RcdNs          = 20,    // activate to read or write
  parameter int unsigned RpNs           = 20,    // precharge to activate
  parameter int unsigned RfcNs          = 66,    // refresh to activate
  parameter int unsigned RasNs          = 45,    // activate to precharge
  parameter int unsigned WrNs           = 15     // last write to precharge
) (
  input  logic        clk_i,
  input  logic        rst_ni,
`ifdef TARN_PLANT
  input  logic        plant_i,  // plants a fault: each line lies in another bank, where it is found again
`endif
  input  logic        req_valid_i,
  output logic        req_ready_o,
  input  module_req_t req_i,
  output logic        rsp_valid_o,
  input  logic        rsp_ready_i,
  output module_rsp_t rsp_o,
  output sdram_pins_t pins_o,
  input  logic [15:0] dq_i
);
  localparam int unsigned LineColumns = 32;  // of 16 bits
  localparam int unsigned LinesPerRowBits = ColumnBits - 5;
  localparam int unsigned PowerUpCycles = PowerUpUs * ClockKilohertz / 1000 + 1;
  localparam int unsigned PowerUpRefreshes = 8;
  // CAS latency 2, sequential, bursts of one.
  localparam logic [12:0] ModeValue = 13'b000_0_00_010_0_000;
  localparam logic [12:0] AllBanks = 13'b0_0100_0000_0000;

  function automatic int unsigned cycles(int unsigned ns);
    return (ns * ClockKilohertz + 999_999) / 1_000_000;
  endfunction
  localparam int unsigned Rcd = cycles(RcdNs);
  localparam int unsigned Rp = cycles(RpNs);
  localparam int unsigned Rfc = cycles(RfcNs);
  localparam int unsigned Wr = cycles(WrNs) > 0 ? cycles(WrNs) : 1;
  // A refresh may wait for a line.
  localparam int unsigned RefreshCycles = (RefreshNs * (ClockKilohertz / 1000)) / 1000 - 60;

  `TARN_ASSERT_INIT(ClockAllowed, ClockKilohertz inside {[10_000:100_000]}, "tarn_sdram_device: ClockKilohertz must be 10,000 to 100,000")
  `TARN_ASSERT_INIT(ColumnsAllowed, ColumnBits inside {[6:10]} && RowBits inside {[1:13]}, "tarn_sdram_device: ColumnBits must be 6 to 10, RowBits 1 to 13")
  `TARN_ASSERT_INIT(RasIsShort, RasNs * ClockKilohertz / 1_000_000 < 30, "tarn_sdram_device: a row is closed after 32 columns, which must be longer than RasNs")

  typedef enum logic [3:0] {PowerUp, Refresh, ModeRegister, Idle, Collect, Open, Columns, Drain, Close, Answer} state_e;

  state_e      state_q;
  logic [$clog2(PowerUpCycles+1)-1:0] wait_q;      // cycles until the state may go on
  logic [$clog2(RefreshCycles+1)-1:0] refresh_q;   // cycles until a refresh is due
  logic [3:0]  refreshes_q;   // of power-up, still to come
  logic        ready_q;       // power-up is over
  logic        refresh_due_q;
  module_req_t request_q;     // the first message of the request: write and line
  logic [4:0]  column_q;      // of the line
  logic [1:0]  read_q;        // reads whose data comes, by age
  logic [4:0]  read_column_q [2];
  logic [127:0] beat_words;   // of the line: the beat that is read
  logic [15:0]  lanes_q [ModuleBeats];
  logic         collects, column_comes;  // a beat from the bus; a word from the pins
  logic [1:0]   write_beat, read_beat;
  logic [1:0]  beat_q;
  logic        go;
  sdram_command_e command;
  logic [12:0] addr;
  logic [1:0]  dqm;
  logic        drive;
  logic [15:0] dq;
  typedef struct packed {
    logic [RowBits-1:0] row;
    logic [1:0]         bank;
  } place_t;
  place_t opened;        // where the request's line lies
  logic   opened_valid;  // its row is opened in this cycle
  logic [LinesPerRowBits-1:0] line_of_row;

  // line: {row, bank, line of the row}
  assign line_of_row  = request_q.line[LinesPerRowBits-1:0];
  assign opened_valid = state_q == Open && go;
  assign go           = wait_q == '0;
`ifdef TARN_PLANT
  assign opened = request_q.line[LinesPerRowBits+:RowBits+2] ^ (RowBits + 2)'(plant_i);
`else
  assign opened = request_q.line[LinesPerRowBits+:RowBits+2];
`endif

  assign req_ready_o = (state_q == Idle && !refresh_due_q) || state_q == Collect;
  assign rsp_valid_o = state_q == Answer;
  assign rsp_o       = '{error: 1'b0, word: '{check1: '0, check0: '0, beat1: beat_words[127:64], beat0: beat_words[63:0]}};

  always_comb begin
    command = CmdNop;
    addr    = '0;
    dqm     = '0;
    drive   = 1'b0;
    dq      = beat_words[16*column_q[2:0]+:16];
    if (go) begin
      unique case (state_q)
        PowerUp: begin
          command = CmdPrecharge;
          addr    = AllBanks;
        end
        Refresh:      command = CmdRefresh;
        ModeRegister: begin
          command = CmdModeRegister;
          addr    = ModeValue;
        end
        Open: begin
          command = CmdActivate;
          addr    = 13'(opened.row);
        end
        Columns: begin
          command = request_q.write ? CmdWrite : CmdRead;
          addr    = 13'({line_of_row, column_q});
          drive   = request_q.write;
          dqm     = request_q.write ? ~lanes_q[column_q[4:3]][2*column_q[2:0]+:2] : 2'b00;
        end
        Close: begin
          command = CmdPrecharge;
          addr    = '0;
        end
        default: ;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pins_o <= '{cs_n: 1'b1, ras_n: 1'b1, cas_n: 1'b1, we_n: 1'b1, default: '0};
    end else begin
      pins_o.cke      <= 1'b1;
      pins_o.cs_n     <= 1'b0;
      {pins_o.ras_n, pins_o.cas_n, pins_o.we_n} <= command;
      pins_o.bank     <= command == CmdModeRegister ? 2'b00 : opened.bank;
      pins_o.addr     <= addr;
      pins_o.dqm      <= dqm;
      pins_o.dq_drive <= drive;
      pins_o.dq       <= dq;
    end
  end

  // Data of a read that was decided in cycle n is on the pins in cycle n + 2.
  always_ff @(posedge clk_i) begin
    read_column_q <= '{column_q, read_column_q[0]};
    if (collects) lanes_q[req_i.beat] <= req_i.lanes[15:0];
    if (state_q == Idle) request_q <= req_i;
  end

  // The line: a small memory for each column of a beat, written whole from the bus or word by word from the pins.
  assign collects   = req_valid_i && req_ready_o && req_i.write;
`ifdef TARN_FAULT_SDRAM_LAST_COLUMN
  assign column_comes = read_q[1] && read_column_q[1] != 5'(LineColumns - 1);
`else
  assign column_comes = read_q[1];
`endif
  assign write_beat = collects ? req_i.beat : read_column_q[1][4:3];
  assign read_beat  = state_q == Answer ? beat_q : column_q[4:3];
  for (genvar i = 0; i < 8; i++) begin : gen_column
    logic [15:0] words_q [ModuleBeats];
    always_ff @(posedge clk_i) begin
      if (collects || (column_comes && read_column_q[1][2:0] == 3'(i))) words_q[write_beat] <= collects ? 16'({req_i.word.beat1, req_i.word.beat0} >> (16 * i)) : dq_i;
    end
    assign beat_words[16*i+:16] = words_q[read_beat];
  end
  `TARN_ASSERT(BusOrPins, !(collects && read_q[1]))

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= PowerUp;
      wait_q        <= ($clog2(PowerUpCycles + 1))'(PowerUpCycles);
      refresh_q     <= ($clog2(RefreshCycles + 1))'(RefreshCycles);
      refreshes_q   <= 4'(PowerUpRefreshes);
      ready_q       <= 1'b0;
      refresh_due_q <= 1'b0;
      column_q      <= '0;
      read_q        <= '0;
      beat_q        <= '0;
    end else begin
      if (!go) wait_q <= wait_q - 1'b1;
      read_q <= {read_q[0], go && state_q == Columns && !request_q.write};
      if (refresh_q == '0) begin
        refresh_due_q <= ready_q;
        refresh_q     <= ($clog2(RefreshCycles + 1))'(RefreshCycles);
      end else begin
        refresh_q <= refresh_q - 1'b1;
      end
      unique case (state_q)
        PowerUp: if (go) begin
          state_q <= Refresh;
          wait_q  <= ($clog2(PowerUpCycles + 1))'(Rp);
        end
        Refresh: if (go) begin
          wait_q        <= ($clog2(PowerUpCycles + 1))'(Rfc);
          refresh_due_q <= 1'b0;
          refreshes_q   <= refreshes_q - 1'b1;
          if (ready_q) state_q <= Idle;
          else if (refreshes_q == 4'd1) state_q <= ModeRegister;
        end
        ModeRegister: if (go) begin
          ready_q <= 1'b1;
          state_q <= Idle;
          wait_q  <= ($clog2(PowerUpCycles + 1))'(2);
        end
        Idle: begin
          column_q <= '0;
          beat_q   <= '0;
          if (refresh_due_q) state_q <= Refresh;
          else if (req_valid_i) state_q <= req_i.write ? Collect : Open;
        end
        Collect: if (req_valid_i && req_i.beat == 2'(ModuleBeats - 1)) state_q <= Open;
        Open: if (opened_valid) begin
          state_q <= Columns;
          wait_q  <= ($clog2(PowerUpCycles + 1))'(Rcd - 1);
        end
        Columns: if (go) begin
          column_q <= column_q + 1'b1;
          if (column_q == 5'(LineColumns - 1)) begin
            state_q <= Drain;
            wait_q  <= ($clog2(PowerUpCycles + 1))'(request_q.write ? Wr - 1 : 1);
          end
        end
        Drain: if (go) state_q <= Close;
        Close: if (go) begin
          state_q <= Answer;
          wait_q  <= ($clog2(PowerUpCycles + 1))'(Rp - 1);
        end
        default: if (rsp_ready_i) begin
          beat_q <= beat_q + 1'b1;
          if (request_q.write || beat_q == 2'(ModuleBeats - 1)) state_q <= Idle;
        end
      endcase
    end
  end

  logic unused_request;
  assign unused_request = ^{request_q, req_i.lanes[17:16], req_i.word.check1, req_i.word.check0};
endmodule : tarn_sdram_device
