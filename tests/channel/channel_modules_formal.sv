// The data bus among two modules with fast and slow cells: whatever sequence of commands tarn_channel_bus allows, no two drive it in one clock, and data of
// another module, or the other side's beside slow cells', keeps the gap. Of fast cells only what the standard always demands of one module is
// assumed. Short latencies. The harness keeps the bus's calendar by itself. Fault 1: the block is told a gap one clock too short.
`include "tarn_assert.svh"
module channel_modules_formal
  import tarn_channel_pkg::*;
#(
  parameter bit          Fault = 1'b0,
  parameter int unsigned Slots = 1   // of a cycle: 1, 2 or 4
) (
  input logic       clk_i,
  input logic [1:0] kind_i,    // of the command wanted: read, write, send, slow write
  input logic       module_i,
  input slot_t      slot_i,
  input logic       wanted_i
);
  localparam int unsigned Cl = 7, Cwl = 5, Gap = 2, Burst = 4;
  localparam int unsigned SlotIndexBits = Slots > 1 ? $clog2(Slots) : 1;
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  typedef struct packed {
    logic valid, which, write, slow;
  } owner_t;
  logic [Slots-1:0][1:0]    read_ok, write_ok, send_ok, slow_write_ok;
  logic                     is_write, is_slow, allowed, go;
  logic [SlotIndexBits-1:0] slot;
  assign is_write = kind_i[0];
  assign is_slow  = kind_i[1];
  assign slot     = SlotIndexBits'(slot_i & slot_t'(Slots - 1));

  // What fast cells of one module owe each other. Clocks from the latest to the cycle's first slot, saturating.
  localparam logic [5:0] SinceMax = 6'd40;
  logic [5:0] since_read_q[2], since_write_q[2];
  logic       fast_ok;
  assign fast_ok = is_write ? 32'(since_write_q[module_i]) + 32'(slot) >= Burst && 32'(since_read_q[module_i]) + 32'(slot) + Cwl >= Cl + Burst + Gap
                            : 32'(since_read_q[module_i]) + 32'(slot) >= Burst && 32'(since_write_q[module_i]) + 32'(slot) >= Cwl + Burst + 1;
  always_comb begin
    unique case (kind_i)
      2'd0: allowed = read_ok[slot][module_i] && fast_ok;
      2'd1: allowed = write_ok[slot][module_i] && fast_ok;
      2'd2: allowed = send_ok[slot][module_i];
      default: allowed = slow_write_ok[slot][module_i];
    endcase
  end
  assign go = wanted_i && allowed && rst_ni;
  function automatic logic [5:0] later(logic now, logic [5:0] since);
    if (now) return 6'(Slots) - 6'(slot);
    return since > SinceMax - 6'(Slots) ? SinceMax : since + 6'(Slots);
  endfunction
  for (genvar m = 0; m < 2; m++) begin : gen_since
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        since_read_q[m]  <= SinceMax;
        since_write_q[m] <= SinceMax;
      end else begin
        since_read_q[m]  <= later(go && !is_slow && !is_write && module_i == 1'(m), since_read_q[m]);
        since_write_q[m] <= later(go && !is_slow && is_write && module_i == 1'(m), since_write_q[m]);
      end
    end
  end

  tarn_channel_bus #(.NumModules(2), .Slots(Slots)) u_dut (
    .clk_i, .rst_ni, .cl_i(8'(Cl)), .cwl_i(8'(Cwl)), .burst_i(8'(Burst)), .switch_gap_i(Fault ? 8'(Gap - 1) : 8'(Gap)),
    .read_i(go && !is_write), .write_i(go && is_write), .slow_i(is_slow), .module_i(module_t'(module_i)), .slot_i(slot_t'(slot)),
    .read_o(read_ok), .write_o(write_ok), .send_o(send_ok), .slow_write_o(slow_write_ok)
  );

  // calendar_q[i]: whose data is on the bus i clocks after this cycle's first.
  owner_t [23:0] calendar_q, calendar_d;
  owner_t        last_q, last_d;
  logic [3:0]    since_q, since_d;  // clocks since its data, saturating
  logic          free, gap_kept, least_gap, write_after_send;
  always_comb begin
    calendar_d = calendar_q;
    free       = 1'b1;
    for (int unsigned i = 0; i < Burst; i++) begin
      if (go) begin
        if (calendar_d[(is_write ? Cwl : Cl)+32'(slot)+i].valid) free = 1'b0;
        calendar_d[(is_write ? Cwl : Cl)+32'(slot)+i] = '{valid: 1'b1, which: module_i, write: is_write, slow: is_slow};
      end
    end
    calendar_d = calendar_d >> (Slots * $bits(owner_t));
  end
  function automatic logic needs_gap(owner_t one, owner_t other);
    return one.which != other.which || (one.write != other.write && (one.slow || other.slow));
  endfunction
  always_comb begin
    last_d           = last_q;
    since_d          = since_q;
    gap_kept         = 1'b1;
    least_gap        = 1'b0;
    write_after_send = 1'b0;
    for (int unsigned s = 0; s < Slots; s++) begin
      if (calendar_q[s].valid) begin
        if (last_d.valid && needs_gap(last_d, calendar_q[s])) begin
          if (32'(since_d) <= Gap) gap_kept = 1'b0;
          if (32'(since_d) == Gap + 1) least_gap = 1'b1;
        end
        if (calendar_q[s].write && last_d.valid && last_d.slow && !last_d.write && 32'(since_d) == Gap + 1) write_after_send = 1'b1;
        last_d  = calendar_q[s];
        since_d = '0;
      end
      if (since_d != '1) since_d = since_d + 1'b1;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      calendar_q <= '0;
      last_q     <= '0;
      since_q    <= '0;
    end else begin
      calendar_q <= calendar_d;
      last_q     <= last_d;
      since_q    <= since_d;
    end
  end

  `TARN_ASSERT(OneDriver, free)
  `TARN_ASSERT(GapIsKept, gap_kept)
  `TARN_COVER(ModulesInTurnWithTheLeastGap, least_gap)
  `TARN_COVER(AWriteRightAfterASlowRead, write_after_send)
endmodule : channel_modules_formal
