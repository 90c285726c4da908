// Which hosts keep their slots for now: one that has no more than its share, while another has more than its own (and than its
// floor). A share of 0 keeps nothing. So slots go from those above their shares to those below, and nobody waits for
// slots that lie idle.
// When all slots were skipped since the last eviction, those above their shares have nothing that may go: shares do not count
// until the next one. So somebody always leaves if anybody may.
module tarn_pool_slot_shares #(
  parameter int unsigned NumHosts = 4,
  parameter int unsigned SlotBits = 12
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [SlotBits:0]   share_i[NumHosts],
  input  logic [SlotBits:0]   floor_i[NumHosts],
  input  logic [SlotBits:0]   staying_i[NumHosts],  // slots of the host, less those that it is losing
  input  logic                all_skipped_i,
  input  logic                evicts_i,
  output logic [NumHosts-1:0] keeps_o
);
  logic above, suspended_q;
  always_comb begin
    above = 1'b0;
    for (int unsigned h = 0; h < NumHosts; h++) begin
      if (staying_i[h] > share_i[h] && staying_i[h] > floor_i[h]) above = 1'b1;
    end
    for (int unsigned h = 0; h < NumHosts; h++) keeps_o[h] = above && !suspended_q && staying_i[h] <= share_i[h];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) suspended_q <= 1'b0;
    else suspended_q <= all_skipped_i || (suspended_q && !evicts_i);
  end
endmodule : tarn_pool_slot_shares
