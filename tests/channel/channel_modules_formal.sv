// The data bus among two modules with fast and slow cells: whatever sequence of commands tarn_channel_bus allows, no two drive it in one clock, and data of
// another module, or the other side's beside slow cells', keeps the gap. Of fast cells only what the standard always demands of one module is
// assumed. Short latencies. The harness keeps the bus's calendar by itself. Fault 1: the block is told a gap one clock too short.
`include "tarn_assert.svh"
module channel_modules_formal
  import tarn_channel_pkg::*;
#(
  parameter bit Fault = 1'b0
) (
  input logic       clk_i,
  input logic [1:0] kind_i,    // of the command wanted: read, write, send, slow write
  input logic       module_i,
  input logic       wanted_i
);
  localparam int unsigned Cl = 7, Cwl = 5, Gap = 2, Burst = 4;
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  typedef struct packed {
    logic valid, which, write, slow;
  } owner_t;
  logic [1:0] read_ok, write_ok, send_ok, slow_write_ok;
  logic       is_write, is_slow, allowed, go;
  assign is_write = kind_i[0];
  assign is_slow  = kind_i[1];

  // What fast cells of one module owe each other.
  logic [4:0] since_read_q[2], since_write_q[2];
  logic       fast_ok;
  assign fast_ok = is_write ? 32'(since_write_q[module_i]) >= Burst && 32'(since_read_q[module_i]) + Cwl >= Cl + Burst + Gap
                            : 32'(since_read_q[module_i]) >= Burst && 32'(since_write_q[module_i]) >= Cwl + Burst + 1;
  always_comb begin
    unique case (kind_i)
      2'd0: allowed = read_ok[module_i] && fast_ok;
      2'd1: allowed = write_ok[module_i] && fast_ok;
      2'd2: allowed = send_ok[module_i];
      default: allowed = slow_write_ok[module_i];
    endcase
  end
  assign go = wanted_i && allowed && rst_ni;
  for (genvar m = 0; m < 2; m++) begin : gen_since
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        since_read_q[m]  <= '1;
        since_write_q[m] <= '1;
      end else begin
        if (go && !is_slow && !is_write && module_i == 1'(m)) since_read_q[m] <= 5'd1;
        else if (since_read_q[m] != '1) since_read_q[m] <= since_read_q[m] + 1'b1;
        if (go && !is_slow && is_write && module_i == 1'(m)) since_write_q[m] <= 5'd1;
        else if (since_write_q[m] != '1) since_write_q[m] <= since_write_q[m] + 1'b1;
      end
    end
  end

  tarn_channel_bus #(.NumModules(2)) u_dut (
    .clk_i, .rst_ni, .cl_i(8'(Cl)), .cwl_i(8'(Cwl)), .burst_i(8'(Burst)), .switch_gap_i(Fault ? 8'(Gap - 1) : 8'(Gap)),
    .read_i(go && !is_write), .write_i(go && is_write), .slow_i(is_slow), .module_i(module_t'(module_i)),
    .read_o(read_ok), .write_o(write_ok), .send_o(send_ok), .slow_write_o(slow_write_ok)
  );

  // calendar[i]: whose data is on the bus in i clocks.
  owner_t [15:0] calendar_q, calendar_d;
  owner_t        last_q;
  logic [3:0]    since_q;  // clocks since its data
  logic          free;
  always_comb begin
    calendar_d = calendar_q >> $bits(owner_t);
    free       = 1'b1;
    for (int unsigned i = 0; i < Burst; i++) begin
      if (go) begin
        if (calendar_d[(is_write ? Cwl : Cl)-1+i].valid) free = 1'b0;
        calendar_d[(is_write ? Cwl : Cl)-1+i] = '{valid: 1'b1, which: module_i, write: is_write, slow: is_slow};
      end
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      calendar_q <= '0;
      last_q     <= '0;
      since_q    <= '0;
    end else begin
      calendar_q <= calendar_d;
      if (calendar_q[0].valid) begin
        last_q  <= calendar_q[0];
        since_q <= 4'd1;
      end else if (since_q != '1) begin
        since_q <= since_q + 1'b1;
      end
    end
  end
  logic needs_gap;
  assign needs_gap = last_q.which != calendar_q[0].which || (last_q.write != calendar_q[0].write && (last_q.slow || calendar_q[0].slow));

  `TARN_ASSERT(OneDriver, free)
  `TARN_ASSERT(GapIsKept, !(calendar_q[0].valid && last_q.valid && needs_gap) || 32'(since_q) > Gap)
  `TARN_COVER(ModulesInTurnWithTheLeastGap, calendar_q[0].valid && last_q.valid && needs_gap && 32'(since_q) == Gap + 1)
  `TARN_COVER(AWriteRightAfterASlowRead, calendar_q[0].valid && calendar_q[0].write && last_q.slow && !last_q.write && 32'(since_q) == Gap + 1)
endmodule : channel_modules_formal
