// Takes requests from the class ports and decides what becomes of each: into the read or the write queue, merged into
// a queued write, or answered from one. One request a cycle, the classes in turn; a request that must wait lets the
// others pass, and each class has places of its own in both queues, so that no class waits for another. The other places
// are shared by weight (`*_shares_i`): a class that has its share takes no further one while another waits that has not.
// Order on one line: a read that meets a queued write takes its data; when that write is only part of the line, the
// read waits until it has gone out (and hurries it). A write that meets a queued read waits until that has gone out.
// A write is answered when it is queued or merged. No path from a port's valid to its ready; one from forward_ready_i to all of them, and with
// HoldAtPort from what is asked for: it holds until ready, and a request that came before open_i fell is still taken.
// With check bits a write of part of a line needs the rest of it (tarn_channel_write_path): a read goes into the read queue with it. Until its
// line has come reads of the line wait (and hurry that read); writes are merged.
// The scrubber's requests come in at the port of class bulk: writes of no bytes, which nobody is answered.
`include "tarn_assert.svh"
module tarn_channel_admission
  import tarn_channel_pkg::*;
  import tarn_line_pkg::*;
#(
  parameter int unsigned ReadDepth      = 64,
  parameter int unsigned WriteDepth     = 96,
  parameter int unsigned ReservedReads  = 4,   // places of each class in the read queue
  parameter int unsigned ReservedWrites = 4,   // and in the write queue
  parameter int unsigned RowBits        = 16,  // of a module: lines beyond answer StatusAccessError
  parameter int unsigned NumModules     = 1,   // power of two
  parameter int unsigned BankGroupBits  = BankGroupBitsMax,  // of the largest module that may be there
  parameter int unsigned BankBits       = BankBitsMax,
  parameter bit          SlowCells      = 1'b0,  // there may be some
  parameter bit          Ecc            = 1'b1,  // the modules have check bits
  parameter bit          HoldAtPort     = 1'b0,  // a request stays at its port until it is decided, without a copy here: one every other cycle of each class; not with Ecc
  localparam int unsigned ReadIndexBits  = $clog2(ReadDepth),
  localparam int unsigned WriteIndexBits = $clog2(WriteDepth)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  tarn_latency_pkg::latency_t now_i,
  input  logic                      open_i,  // requests are taken from the ports
  input  mapping_t                  mapping_i,
  input  geometry_t                 geometry_i,
  input  shares_t                   read_shares_i,
  input  shares_t                   write_shares_i,
  // ports
  input  logic                      slot_req_valid_i[NumClasses],
  output logic                      slot_req_ready_o[NumClasses],
  input  slot_req_t                 slot_req_i[NumClasses],
  // the scrubber's port
  input  logic                      scrub_valid_i,
  output logic                      scrub_ready_o,
  input  logic [33:0]               scrub_line_i,
  // queues
  output logic                      lookup_o,
  output location_t                 location_o,
  input  logic                      read_hit_i,
  input  logic                      write_hit_i,
  input  logic                      read_free_i,
  input  logic [ReadIndexBits-1:0]  read_free_index_i,
  input  logic                      write_free_i,
  input  logic [WriteIndexBits-1:0] write_free_index_i,
  input  row_t                      slow_from_i[NumModules],  // rows of each module from here on are slow cells
  output logic                      insert_read_o,
  output logic                      insert_write_o,  // with insert_read_o: a write that needs its old line
  output logic [11:0]               tag_o,
  output logic                      bulk_o,          // of class bulk
  output logic [3:0]                qos_o,
  output logic [1:0]                class_o,
  output logic                      slow_o,          // the line is in slow cells: hits, index, places and inserts are those of tarn_channel_slow
  output logic                      write_capped_o,  // a class that has its most writes has another
  input  logic                      read_release_i,
  input  logic [ReadIndexBits-1:0]  read_release_index_i,
  input  logic                      write_release_i,
  input  logic [WriteIndexBits-1:0] write_release_index_i,
  output logic                      hurry_o,  // the queued write that was hit keeps a read waiting
  input  logic                      slow_read_place_i,
  input  logic                      slow_write_place_i,
  output logic                      slow_presses_o,  // for want of a slow read's place a class with fast reads queued gets no further
  // write store
  input  logic                      whole_i,   // the queued write that was hit is a whole line
  output logic                      store_o,
  output logic                      merge_o,
  output logic [63:0]               mask_o,
  output logic                      poison_o,
  output logic [511:0]              data_o,
  input  logic                      forward_ready_i,
  output logic                      forward_waits_o,  // a queued line is wanted
  output logic                      forward_o,
  // answers that need no data
  input  logic                      ack_ready_i,
  output logic                      ack_o,
  output status_e                   ack_status_o,
  // observation
  output logic                      out_of_range_o,
  output logic [33:0]               line_o,
  output logic                      stalled_o,
  output stall_e                    stall_o,       // why
  output tarn_latency_pkg::latency_t since_o,      // when the request was accepted
  output logic                      empty_o
);
  `TARN_ASSERT_INIT(ReservedAllowed, ReservedReads >= 1 && NumClasses * ReservedReads <= ReadDepth
                    && ReservedWrites >= 1 && NumClasses * ReservedWrites <= WriteDepth,
                    "tarn_channel_admission: each class needs a place of its own, and they must fit the queues")
  `TARN_ASSERT_INIT(HoldAllowed, !(HoldAtPort && Ecc), "tarn_channel_admission: HoldAtPort goes without Ecc")
  `TARN_ASSERT_INIT(RowsAllowed, RowBits >= 10 && RowBits <= RowBitsMax, "tarn_channel_admission: RowBits must be 10..23")

  typedef logic [1:0] class_t;

  // One request of each class waits here, or at its port.
  logic [NumClasses-1:0] valid_q;
  slot_req_t             head[NumClasses];
  location_t             place_q[NumClasses];  // of its line
  tarn_latency_pkg::latency_t since_q[NumClasses];
  logic [NumClasses-1:0] slow_q;               // in slow cells
  logic [NumClasses-1:0] beyond_q;             // in none
  logic                  take;
  class_t                chosen;

  class_t turn_q;
  always_comb begin
    // Whose turn it is, else the next that has something: by comparisons, for the remainder of a division by three is a divider in gates.
    chosen = turn_q;
    for (int unsigned c = NumClasses; c > 0; c--) if (valid_q[c-1]) chosen = class_t'(c - 1);
    for (int unsigned c = NumClasses; c > 0; c--) if (valid_q[c-1] && class_t'(c - 1) >= turn_q) chosen = class_t'(c - 1);
  end
  assign empty_o = valid_q == '0;

  logic internal_q;  // the head of class bulk is the scrubber's
  for (genvar c = 0; c < int'(NumClasses); c++) begin : gen_head
    logic      take_this, free, fill, is_slow;
    place_t    located;
    location_t place;
    slot_req_t request_in;
    if (Ecc && c == int'(ClassBulk)) begin : gen_scrub
      // It goes first: it comes seldom.
      always_comb begin
        request_in = slot_req_i[c];
        if (scrub_valid_i) begin
          request_in.op     = OpPartialWrite;
          request_in.line   = scrub_line_i;
          request_in.mask   = '0;
          request_in.poison = 1'b0;
        end
      end
      assign scrub_ready_o       = free;
      assign slot_req_ready_o[c] = free && !scrub_valid_i;
      assign fill                = free && (slot_req_valid_i[c] || scrub_valid_i);
      always_ff @(posedge clk_i) if (fill) internal_q <= scrub_valid_i;
    end else begin : gen_port
      assign request_in          = slot_req_i[c];
      assign slot_req_ready_o[c] = HoldAtPort ? take_this : free;
      assign fill                = free && slot_req_valid_i[c];
    end
    // What no module of this channel has bits for is zero, and known to be.
    always_comb begin
      place = located.at;
      for (int unsigned b = RowBits; b < RowBitsMax; b++) place.row[b] = 1'b0;
      for (int unsigned b = BankGroupBits; b < BankGroupBitsMax; b++) place.bank.group[b] = 1'b0;
      for (int unsigned b = BankBits; b < BankBitsMax; b++) place.bank.in_group[b] = 1'b0;
    end
    assign located = locate(request_in.line, mapping_i, geometry_i, $clog2(NumModules));
    always_comb begin
      is_slow = 1'b0;
      for (int unsigned m = 0; m < NumModules; m++) begin
        if (place.bank.module_id == module_t'(m) && located.at.row >= slow_from_i[m]) is_slow = SlowCells;
      end
    end
    assign take_this = take && chosen == class_t'(c);
    assign free      = open_i && (!valid_q[c] || (take_this && !HoldAtPort));
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q[c] <= 1'b0;
      else valid_q[c] <= fill || (valid_q[c] && !take_this);
    end
    always_ff @(posedge clk_i) begin
      if (fill) begin
        since_q[c]  <= now_i;
        place_q[c]  <= place;
        slow_q[c]   <= is_slow;
        beyond_q[c] <= located.beyond || 64'(located.at.row) >> RowBits != '0;
      end
    end
    if (HoldAtPort) begin : gen_at_port
      logic offered, unused_request;  // an assertion takes no element of an array of ports in Verilator 5.006
      logic [33:0] line;
      assign unused_request = ^request_in;
      assign head[c] = slot_req_i[c];
      assign offered = slot_req_valid_i[c];
      assign line    = request_in.line;
      `TARN_ASSERT(RequestHolds, !valid_q[c] || (offered && line == $past(line)))
    end else begin : gen_copy
      slot_req_t head_q;
      always_ff @(posedge clk_i) if (fill) head_q <= request_in;
      assign head[c] = head_q;
    end
  end

  if (!Ecc) begin : gen_no_scrub
    logic unused_scrub;
    assign unused_scrub  = scrub_valid_i || ^scrub_line_i;
    assign scrub_ready_o = 1'b0;
    assign internal_q    = 1'b0;
  end

  slot_req_t request;
  logic      internal;
  assign request  = head[chosen];
  assign internal = internal_q && chosen == class_t'(ClassBulk);

  // Places of each class.
  logic [7:0] read_used_q[NumClasses], write_used_q[NumClasses];
  class_t     read_class_q[ReadDepth], write_class_q[WriteDepth];
  logic [7:0] read_shared_q, write_shared_q;  // places used beyond the classes' own
  logic       read_place, write_place;
  localparam int unsigned ReadShared  = ReadDepth - NumClasses * ReservedReads;
  localparam int unsigned WriteShared = WriteDepth - NumClasses * ReservedWrites;
  // A class waits for a place while its head was refused one that it may have.
  logic [NumClasses-1:0] read_waits_q, write_waits_q, write_capped_q, read_owed, write_owed;
  logic read_allowed, write_allowed, read_yields, write_yields, wants_read, wants_write;
  always_comb begin
    for (int unsigned c = 0; c < NumClasses; c++) begin
      read_owed[c]  = read_waits_q[c] && read_used_q[c] < read_shares_i.share[c] && chosen != class_t'(c);
      write_owed[c] = write_waits_q[c] && write_used_q[c] < write_shares_i.share[c] && chosen != class_t'(c);
    end
  end
  assign read_allowed  = read_used_q[chosen] < read_shares_i.most[chosen] || read_used_q[chosen] == '0;
  assign write_allowed = write_used_q[chosen] < write_shares_i.most[chosen] || write_used_q[chosen] == '0;
  assign read_yields   = read_owed != '0 && read_used_q[chosen] >= read_shares_i.share[chosen];
  assign write_yields  = write_owed != '0 && write_used_q[chosen] >= write_shares_i.share[chosen];
  assign read_place  = slow_o ? slow_read_place_i : read_free_i && read_allowed
                    && (32'(read_used_q[chosen]) < ReservedReads || (32'(read_shared_q) < ReadShared && !read_yields));
  assign write_place = slow_o ? slow_write_place_i : write_free_i && write_allowed
                    && (32'(write_used_q[chosen]) < ReservedWrites || (32'(write_shared_q) < WriteShared && !write_yields));
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_waits_q   <= '0;
      write_waits_q  <= '0;
      write_capped_q <= '0;
    end else if (valid_q != '0) begin
      read_waits_q[chosen]   <= wants_read && read_allowed && !read_place && !slow_o;
      write_waits_q[chosen]  <= wants_write && write_allowed && !write_place && !slow_o;
      write_capped_q[chosen] <= wants_write && !write_allowed && !slow_o;
    end
  end
  assign write_capped_o = write_capped_q != '0;
  logic [NumClasses-1:0] slow_waits_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) slow_waits_q <= '0;
    else if (valid_q != '0) slow_waits_q[chosen] <= SlowCells && wants_read && slow_o && !read_place;
  end
  always_comb begin
    slow_presses_o = 1'b0;
    for (int unsigned c = 0; c < NumClasses; c++) if (slow_waits_q[c] && read_used_q[c] != '0) slow_presses_o = 1'b1;
  end

  class_t read_release_class, write_release_class;
  assign read_release_class  = read_class_q[read_release_index_i];
  assign write_release_class = write_class_q[write_release_index_i];
  // A class at the edge of its own places that gets one and gives one in the same cycle uses no shared one.
  logic both_read, both_write;
  logic insert_fast_read, insert_fast_write;
  assign insert_fast_read  = insert_read_o && !slow_o;
  assign insert_fast_write = insert_write_o && !slow_o;
  assign both_read  = insert_fast_read && read_release_i && read_release_class == chosen
                   && 32'(read_used_q[chosen]) == ReservedReads;
  assign both_write = insert_fast_write && write_release_i && write_release_class == chosen
                   && 32'(write_used_q[chosen]) == ReservedWrites;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned c = 0; c < NumClasses; c++) begin
        read_used_q[c]  <= '0;
        write_used_q[c] <= '0;
      end
      read_shared_q  <= '0;
      write_shared_q <= '0;
    end else begin
      for (int unsigned c = 0; c < NumClasses; c++) begin
        read_used_q[c] <= read_used_q[c] + 8'(insert_fast_read && chosen == class_t'(c))
                          - 8'(read_release_i && read_release_class == class_t'(c));
        write_used_q[c] <= write_used_q[c] + 8'(insert_fast_write && chosen == class_t'(c))
                           - 8'(write_release_i && write_release_class == class_t'(c));
      end
      read_shared_q <= read_shared_q + 8'(insert_fast_read && 32'(read_used_q[chosen]) >= ReservedReads)
                       - 8'(read_release_i && 32'(read_used_q[read_release_class]) > ReservedReads)
                       - 8'(both_read);
      write_shared_q <= write_shared_q + 8'(insert_fast_write && 32'(write_used_q[chosen]) >= ReservedWrites)
                        - 8'(write_release_i && 32'(write_used_q[write_release_class]) > ReservedWrites)
                        - 8'(both_write);
    end
  end
  always_ff @(posedge clk_i) begin
    if (insert_fast_read) read_class_q[read_free_index_i] <= chosen;
    if (insert_fast_write) write_class_q[write_free_index_i] <= chosen;
  end

  // The decision.
  logic is_read, in_range, needs_old;
  assign is_read    = request.op == OpRead;
  assign location_o = place_q[chosen];
  assign slow_o     = slow_q[chosen];
  assign line_o     = request.line;
  assign in_range   = !beyond_q[chosen];
  assign lookup_o   = valid_q[chosen] && in_range;
  assign needs_old  = Ecc && !is_read && request.mask != '1;
  assign wants_read  = lookup_o && !write_hit_i && (is_read || (needs_old && !read_hit_i));
  assign wants_write = lookup_o && !is_read && !read_hit_i && !write_hit_i;
  always_comb begin
    take           = 1'b0;
    insert_read_o  = 1'b0;
    insert_write_o = 1'b0;
    store_o        = 1'b0;
    merge_o        = 1'b0;
    forward_o      = 1'b0;
    ack_o          = 1'b0;
    ack_status_o   = StatusOk;
    hurry_o        = 1'b0;
    out_of_range_o = 1'b0;
    if (valid_q[chosen]) begin
      if (!in_range) begin
        take           = ack_ready_i;
        ack_o          = ack_ready_i && !internal;
        ack_status_o   = StatusAccessError;
        out_of_range_o = ack_ready_i && !internal;
      end else if (is_read) begin
        if (write_hit_i) begin
          take      = whole_i && forward_ready_i;
          forward_o = whole_i && forward_ready_i;
          hurry_o   = !whole_i;
        end else begin
          take          = read_place;
          insert_read_o = read_place;
        end
      end else if (write_hit_i && internal) begin
        take = 1'b1;  // it is written anyway
      end else if (ack_ready_i && (write_hit_i || (!read_hit_i && write_place && (!needs_old || read_place)))) begin
        // A read that is hit beside a write is that of its old line, and takes nothing that the write has not.
        take           = 1'b1;
        ack_o          = !internal;
        store_o        = 1'b1;
        merge_o        = write_hit_i;
        insert_write_o = !write_hit_i;
        insert_read_o  = !write_hit_i && needs_old;
      end
    end
  end
  assign forward_waits_o = lookup_o && is_read && write_hit_i && whole_i;
  assign stalled_o     = valid_q[chosen] && !take;
  assign since_o       = since_q[chosen];
  always_comb begin
    stall_o = StallAnswers;
    if (in_range && is_read) begin
      if (write_hit_i) stall_o = whole_i ? StallAnswers : StallOrder;
      else stall_o = slow_o ? StallSlowPlace : StallReadPlace;
    end else if (in_range && ack_ready_i) begin
      if (read_hit_i) stall_o = StallOrder;
      else if (slow_o) stall_o = StallSlowPlace;
      else stall_o = write_place ? StallReadPlace : StallWritePlace;
    end
  end
  assign tag_o         = request.tag;
  assign bulk_o        = chosen == class_t'(ClassBulk);
  assign qos_o         = request.qos;
  assign class_o       = chosen;
  assign mask_o        = request.mask;
  assign poison_o      = request.poison;
  assign data_o        = request.data;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) turn_q <= '0;
    else if (valid_q != '0) turn_q <= chosen == class_t'(NumClasses - 1) ? '0 : chosen + 1'b1;
  end

  `TARN_ASSERT(OpsAllowed, !valid_q[chosen] || request.op inside {OpRead, OpWrite, OpPartialWrite})
  `TARN_ASSERT(WriteIsWhole, !valid_q[chosen] || request.op != OpWrite || request.mask == '1)
endmodule : tarn_channel_admission
