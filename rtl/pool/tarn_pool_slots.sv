// Slots: who has each, which are free, which are pinned, and how many each host has. Those below `fast_slots_i` are of the fast
// speed class, the others of the slow one; each class has a list of its free slots.
// With Ecc owners and free slots have check bits. A slot whose owner is lost counts as nobody's, and a free one that is lost is not handed
// out: neither comes back before a reset, and no slot ever gets a second owner by it.
// After reset the owners are cleared, one a cycle (`ready_o` is low meanwhile).
module tarn_pool_slots #(
  parameter int unsigned NumHosts = 4,
  parameter int unsigned NumSlots = 4096,
  parameter bit          Ecc      = 1'b1,
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1,
  localparam int unsigned SlotBits = NumSlots > 1 ? $clog2(NumSlots) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  output logic                    ready_o,
  input  logic [SlotBits:0]       slots_i,      // in service
  input  logic [SlotBits:0]       fast_slots_i, // may change only while no slot is in use
  // Free ones.
  output logic [1:0]              free_any_o,   // by class: [0] fast, [1] slow
  output logic [SlotBits-1:0]     free_next_o[2],
  output logic [SlotBits:0]       free_count_o[2],
  input  logic                    take_i,       // `free_next_o` of this class
  input  logic                    take_slow_i,
  input  logic                    assign_i,     // the slot that is taken, to this host's segment: one slot more for it
  input  logic                    own_i,        // this slot, which was taken, to this host's segment: instead of another
  input  logic [SlotBits-1:0]     own_slot_i,
  input  logic                    free_i,       // one slot less for this host,
  input  logic                    return_i,     // or not
  input  logic [SlotBits-1:0]     free_slot_i,
  input  tarn_pool_pkg::host_t    host_i,       // whose slots change
  input  tarn_pool_pkg::segment_t segment_i,
  // Who has a slot: one cycle after it is asked.
  input  logic                    owner_read_i,
  input  logic [SlotBits-1:0]     owner_slot_i,
  output logic                    owner_used_o,
  output tarn_pool_pkg::host_t    owner_host_o,
  output tarn_pool_pkg::segment_t owner_segment_o,
  output logic                    owner_lost_o,
  // Pins.
  input  logic [SlotBits-1:0]     slot_i,
  output logic                    pinned_o,
  input  logic                    pin_write_i,
  input  logic                    pin_i,
  // What each host has; and less those being evicted or released, which is what floors are compared with.
  input  logic                    joins_i,
  input  logic                    goes_i,
  output logic [SlotBits:0]       resident_o[NumHosts],
  output logic [SlotBits:0]       staying_o[NumHosts],
  // Check bits: of the owners, and of the free slots.
  input  tarn_pool_pkg::inject_t       owner_inject_i,
  output tarn_pool_pkg::table_report_t owner_report_o,
  input  tarn_pool_pkg::inject_t       free_inject_i,
  output tarn_pool_pkg::table_report_t free_report_o
);
  import tarn_pool_pkg::*;
  localparam int unsigned ClearBits = $clog2(NumSlots + 1);

  typedef struct packed {
    logic     used;
    host_t    host;
    segment_t segment;
  } owner_t;

  logic [ClearBits-1:0] clear_q;
  logic clearing;
  assign clearing = clear_q != ClearBits'(NumSlots);
  assign ready_o  = !clearing;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) clear_q <= '0;
    else if (clearing) clear_q <= clear_q + 1'b1;
  end

  owner_t owner, owner_d;
  logic [SlotBits-1:0] owner_write_slot;
  always_comb begin
    owner_d          = '{used: 1'b1, host: host_i, segment: segment_i};
    owner_write_slot = own_i ? own_slot_i : free_next_o[take_slow_i];
    if (!assign_i && !own_i) begin
      owner_d          = '0;
      owner_write_slot = free_slot_i;
    end
    if (clearing) owner_write_slot = SlotBits'(clear_q);
  end
  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width($bits(owner_t)), .Depth(NumSlots), .Collision(tarn_ram_pkg::RamReadNew)) u_owner (
    .clk_i, .rst_ni,
    .we_i(clearing || assign_i || own_i || free_i || return_i), .waddr_i(owner_write_slot), .wmask_i(1'b1), .wdata_i(owner_d),
    .inject_i(owner_inject_i), .re_i(owner_read_i), .raddr_i(owner_slot_i), .rdata_o(owner),
    .corrected_o(owner_report_o.corrected), .lost_o(owner_report_o.lost)
  );
  assign owner_lost_o    = owner_report_o.lost;
  assign owner_used_o    = owner.used && !owner_lost_o;
  assign owner_host_o    = owner.host;
  assign owner_segment_o = owner.segment;

  // Each list counts from its class's first slot.
  logic [SlotBits:0] fast_slots, fast_slots_q, slow_slots_q;
  logic [SlotBits-1:0] fast_free, slow_free;
  logic puts_slow;
  table_report_t fast_report, slow_report;
  assign fast_slots = fast_slots_i < slots_i ? fast_slots_i : slots_i;
  assign puts_slow  = {1'b0, free_slot_i} >= fast_slots_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fast_slots_q <= '0;
      slow_slots_q <= '0;
    end else begin
      fast_slots_q <= fast_slots;
      slow_slots_q <= slots_i - fast_slots;
    end
  end
  tarn_pool_free_list #(.Items(NumSlots), .Ecc(Ecc)) u_fast (
    .clk_i, .rst_ni, .limit_i(fast_slots_q), .push_i((free_i || return_i) && !puts_slow), .item_i(free_slot_i),
    .pop_i(take_i && !take_slow_i), .valid_o(free_any_o[0]), .item_o(fast_free), .count_o(free_count_o[0]),
    .inject_i(free_inject_i), .report_o(fast_report)
  );
  tarn_pool_free_list #(.Items(NumSlots), .Ecc(Ecc)) u_slow (
    .clk_i, .rst_ni, .limit_i(slow_slots_q), .push_i((free_i || return_i) && puts_slow),
    .item_i(SlotBits'({1'b0, free_slot_i} - fast_slots_q)),
    .pop_i(take_i && take_slow_i), .valid_o(free_any_o[1]), .item_o(slow_free), .count_o(free_count_o[1]),
    .inject_i(free_inject_i), .report_o(slow_report)
  );
  assign free_report_o  = fast_report | slow_report;
  assign free_next_o[0] = fast_free;
  assign free_next_o[1] = SlotBits'({1'b0, slow_free} + fast_slots_q);

  // Assigning takes a pin away, so that they need no reset.
  logic pinned_q[NumSlots];
  assign pinned_o = pinned_q[slot_i];
  always_ff @(posedge clk_i) begin
    if (pin_write_i) pinned_q[slot_i] <= pin_i;
  end

  logic [SlotBits:0] resident_q[NumHosts];
  logic [SlotBits:0] staying_q[NumHosts];
  logic [HostBits-1:0] host;
  assign host = host_i[HostBits-1:0];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned h = 0; h < NumHosts; h++) begin
        resident_q[h] <= '0;
        staying_q[h]  <= '0;
      end
    end else begin
      if (joins_i) staying_q[host] <= staying_q[host] + 1'b1;
      if (goes_i) staying_q[host] <= staying_q[host] - 1'b1;
      if (assign_i) resident_q[host] <= resident_q[host] + 1'b1;
      if (free_i) resident_q[host] <= resident_q[host] - 1'b1;
    end
  end
  assign resident_o = resident_q;
  assign staying_o  = staying_q;
endmodule : tarn_pool_slots
