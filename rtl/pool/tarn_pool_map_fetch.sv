// Fetches one map entry from memory: reads its lines (tarn_pool_map keeps what comes), has it put into the cache by a pass
// (PassInstall), then replays the requests that waited for it, in order. The entry keeps its place in the cache meanwhile.
// While they are served more may join; after ServedMax of them new ones wait before the pool until the list is empty (`full_o`).
// Who is no waiting request (a parked one, an engine, software, …) comes again by itself: for it the entry stays for up to
// LingerCycles after that.
// An entry of which a line is poison is lost for good: its lines are written anew with what stands for that in each entry
// that they hold, then read again.
// What the channel did not do (StatusTimeout) is tried again. Bound: the channel's, for each line.
`include "tarn_assert.svh"
module tarn_pool_map_fetch #(
  parameter int unsigned EntryLines   = 1,    // lines that an entry takes
  parameter int unsigned LingerCycles = 64,
  parameter int unsigned ServedMax    = 16
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    begin_i,
  input  tarn_pool_pkg::host_t    host_i,
  input  tarn_pool_pkg::segment_t segment_i,
  input  logic                    linger_i,       // somebody who comes again wants it (with `begin_i` or later)
  input  logic                    touched_i,      // and found it
  output logic                    idle_o,
  output logic                    fetching_o,     // not in the cache yet: requests may join its list
  output logic                    serving_o,      // in the cache, but some of its list wait still
  output logic                    full_o,         // for too long by now
  output logic                    lock_o,         // the entry must stay
  output tarn_pool_pkg::host_t    host_o,
  output tarn_pool_pkg::segment_t segment_o,
  input  logic                    list_filled_i,
  // Passes.
  output logic                    pass_valid_o,
  output tarn_pool_pkg::pass_t    pass_o,
  input  logic                    pass_take_i,
  input  logic                    outcome_valid_i,
  input  tarn_pool_pkg::result_e  result_i,
  // Memory.
  output logic                    read_valid_o,
  output logic                    heal_valid_o,   // instead: write the line anew
  output logic [1:0]              line_o,         // of the entry; until its answer has come
  input  logic                    take_i,
  input  logic                    rsp_valid_i,
  input  tarn_line_pkg::status_e  rsp_status_i
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;

  typedef enum logic [2:0] {Idle, Read, AwaitRead, Heal, AwaitHeal, Install, Serve, Linger} state_e;

  state_e state_q, state_d;
  host_t host_q;
  segment_t segment_q;
  logic [1:0] line_q;
  logic linger_q, passing_q, last_line;
  logic [$clog2(LingerCycles+1)-1:0] timer_q;
  logic [$clog2(ServedMax+1)-1:0] served_q;

  assign last_line    = 32'(line_q) == EntryLines - 1;
  assign idle_o       = state_q == Idle;
  assign fetching_o   = state_q inside {Read, AwaitRead, Heal, AwaitHeal, Install};
  assign serving_o    = state_q == Serve && list_filled_i;
  assign full_o       = serving_o && 32'(served_q) == ServedMax;
  assign lock_o       = state_q inside {Serve, Linger};
  assign host_o       = host_q;
  assign segment_o    = segment_q;
  assign read_valid_o = state_q == Read;
  assign heal_valid_o = state_q == Heal;
  assign line_o       = line_q;

  always_comb begin
    pass_o       = '0;
    pass_o.kind  = state_q == Install ? PassInstall : PassReplay;
    pass_valid_o = !passing_q && (state_q == Install || (state_q == Serve && list_filled_i));
  end

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (begin_i) state_d = Read;
      Read: if (take_i) state_d = AwaitRead;
      AwaitRead: begin
        if (rsp_valid_i) begin
          unique case (rsp_status_i)
            StatusTimeout: state_d = Read;
            StatusPoison: state_d = Heal;
            default: state_d = last_line ? Install : Read;
          endcase
        end
      end
      Heal: if (take_i) state_d = AwaitHeal;
      AwaitHeal: if (rsp_valid_i) state_d = rsp_status_i == StatusOk && last_line ? Read : Heal;
      Install: if (outcome_valid_i && result_i == ResultDone) state_d = Serve;
      Serve: begin
        if (outcome_valid_i && result_i == ResultMapMiss) state_d = Read;  // its parity was wrong
        else if (!list_filled_i && !passing_q) state_d = linger_q ? Linger : Idle;
      end
      Linger: if (touched_i || timer_q == '0) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= Idle;
      passing_q <= 1'b0;
    end else begin
      state_q   <= state_d;
      passing_q <= pass_take_i;
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Idle) begin
      host_q    <= host_i;
      segment_q <= segment_i;
      linger_q  <= linger_i;
    end else if (linger_i) begin
      linger_q <= 1'b1;
    end else if (touched_i) begin
      linger_q <= 1'b0;
    end
    if (state_q inside {Idle, Serve}) line_q <= '0;
    else if (rsp_valid_i && rsp_status_i == StatusPoison) line_q <= '0;
    else if (rsp_valid_i && rsp_status_i == StatusOk) line_q <= last_line ? '0 : line_q + 1'b1;
    if (state_q == Install) served_q <= '0;
    else if (state_q == Serve && pass_take_i && 32'(served_q) != ServedMax) served_q <= served_q + 1'b1;
    if (state_q == Serve) timer_q <= ($clog2(LingerCycles+1))'(LingerCycles);
    else if (state_q == Linger) timer_q <= timer_q - 1'b1;
  end

  `TARN_ASSERT(BeginOnlyIdle, !begin_i || idle_o)
  `TARN_ASSERT(AnswerIsDue, !rsp_valid_i || state_q inside {AwaitRead, AwaitHeal})
endmodule : tarn_pool_map_fetch
