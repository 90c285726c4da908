// Accesses to slow cells, apart from those to fast ones: own places for reads and writes, a window of reads under way, credits for
// writes for each module. A read is issued, done by the module in its own time, said to be ready, and sent for when the data bus has
// room: as long as nobody else uses it (also during refresh), else in batches, for which the fast cells' accesses step back. So
// what is slow never stands before what is fast for longer than a batch.
// Of reads those go first whose bank does nothing, in turn, and they are answered in the order in which they are ready; writes are issued in order. A module does
// accesses of one line in the order of their commands. A write that is inserted as held is found by its line, and issued after it was woken. A read that does not get ready within `timeout`, or whose content the module
// lost, is answered as poison; its tag is not used again until the module says ready after all.
// Commands go out in the cycle in which they are decided (`command_o`, `go_o`), where nobody else has one; who waits too long claims a cycle.
`include "tarn_assert.svh"
module tarn_channel_slow
  import tarn_channel_pkg::*;
  import tarn_line_pkg::*;
#(
  parameter int unsigned NumModules = 2,   // 1, 2, 4 or 8
  parameter int unsigned Reads      = 48,  // places for reads, 4..48
  parameter int unsigned Writes     = 16,  // and for writes, 4..16
  parameter int unsigned Slots      = 1,   // DRAM clocks of a cycle: 1, 2 or 4
  parameter bit          FixedSlots = 1'b0,  // config_i.fixed may be set; with one clock a cycle
  localparam int unsigned ReadBits  = $clog2(Reads),
  localparam int unsigned WriteBits = $clog2(Writes)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  slow_config_t          config_i,
  input  clocks_t               burst_i,           // clocks of a line's data
  input  clocks_t               switch_gap_i,      // between data of two modules
  // Admission: what there is of a line, and places.
  input  logic                  lookup_i,
  input  location_t             location_i,
  input  logic [1:0]            class_i,
  output logic                  read_hit_o,        // a read of it waits to be issued
  output logic                  write_hit_o,       // a write of it does
  output logic [WriteBits-1:0]  write_hit_index_o,
  output logic                  read_place_o,      // its class may have one
  output logic                  write_place_o,
  output logic [ReadBits-1:0]   read_free_index_o,
  output logic [WriteBits-1:0]  write_free_index_o,
  input  logic                  insert_read_i,
  input  logic                  insert_write_i,
  input  logic                  insert_held_i,     // the write waits for its old line
  input  logic                  wake_i,            // it need not any more; never with insert_write_i
  input  logic [WriteBits-1:0]  wake_index_i,
  input  read_id_t              id_i,
  input  logic                  hurry_i,           // a write keeps a read of its line waiting
  input  logic                  drain_i,           // nothing new comes: do not wait for more
  input  logic                  presses_i,         // for want of a read's place fast accesses wait
  // Commands.
  input  logic                  read_free_i,       // there is a command slot for a read,
  input  logic                  data_free_i,       // for a send or a write: the slot for which the bus is asked, and no other data begins in this cycle
  input  logic                  bus_idle_i,        // fast cells' accesses have no use for the data bus
  input  logic                  read_room_i,       // there is room for a read's data
  input  logic [NumModules-1:0] send_i,            // the data bus allows a send of the module (tarn_channel_bus)
  input  logic [NumModules-1:0] write_i,           // and a write
  input  logic                  may_send_i,        // reads in order: it is a slow read's turn,
  input  logic [ReadBits-1:0]   in_order_read_i,   // of this place
  output logic                  step_back_o,       // no column command of fast cells
  output logic                  avoid_read_o,      // no read of them: it would reach into a fixed slot
  output logic                  claim_o,           // no command of others at all
  output slow_command_t         command_o,
  output logic                  go_o,              // it goes out now
  output read_id_t              send_id_o,         // with a send: whose data comes
  output logic [WriteBits-1:0]  issue_index_o,     // with a write: its place
  input  logic                  write_release_i,   // its data left: the place is free
  input  logic [WriteBits-1:0]  write_release_index_i,
  input  tarn_dfi_pkg::dfi_ready_t ready_i[NumModules],
  output logic                  stray_o,           // a module was ready with what nobody waits for
  // Answers: poison.
  output logic                  lost_valid_o,
  output read_id_t              lost_id_o,
  input  logic                  lost_take_i,
  output logic                  timed_out_o,       // one more
  output logic                  missed_o,          // a read its fixed slot
  output logic                  idle_o
);
  `TARN_ASSERT_INIT(ReadsAllowed, Reads >= 4 && Reads <= 48, "tarn_channel_slow: Reads must be 4..48")
  `TARN_ASSERT_INIT(WritesAllowed, Writes >= 4 && Writes <= 16, "tarn_channel_slow: Writes must be 4..16")
  `TARN_ASSERT_INIT(FixedAllowed, !FixedSlots || Slots == 1, "tarn_channel_slow: FixedSlots needs one clock a cycle")
  localparam int unsigned PatienceCycles = 16;  // for a command slot
  localparam int unsigned PressedBatch   = 8;   // while fast accesses wait behind slow ones for a place

  localparam int unsigned ModuleIndexBits = NumModules > 1 ? $clog2(NumModules) : 1;
  typedef logic [ModuleIndexBits-1:0] module_index_t;
  typedef logic [ReadBits-1:0]  read_t;
  typedef logic [WriteBits-1:0] write_t;

  // ---- Reads: a place is the module's tag ------------------------------------------------------------------------
  logic [Reads-1:0] busy_q, waits_q, away_q, ready_q, failed_q, late_q;  // waits to be issued; issued; ready; to be answered as poison; given up
  location_t        read_at_q[Reads];
  read_id_t         id_q[Reads];
  logic [1:0]       class_q[Reads];
  logic [7:0]       issued_tick_q[Reads];
  logic [5:0]       used_q[NumClasses], under_way_q;
  read_t            free_read, next_read, send_read, last_sent_q, scan_q, lost_read;
  logic             any_free, next_valid, send_valid, read_issue, send, write_issue;
  logic [Reads-1:0] sendable, slotted_q;  // may be sent now; has a fixed slot to come
  logic             slot_room, slot_due, slot_met;
  read_t            slot_read, ready_read;
  logic [11:0]      tick_q;
  logic [7:0]       ticks_q;

  always_comb begin
    any_free  = busy_q != '1;
    free_read = '0;
    lost_read = '0;
    for (int i = Reads - 1; i >= 0; i--) begin
      if (!busy_q[i]) free_read = read_t'(i);
      if (failed_q[i]) lost_read = read_t'(i);
    end
    if (config_i.in_order) lost_read = in_order_read_i;
  end
  // Each class has a place of its own.
  logic [5:0] owed, used;
  always_comb begin
    owed = '0;
    used = '0;
    for (int unsigned c = 0; c < NumClasses; c++) begin
      used = used + used_q[c];
      if (used_q[c] == '0 && class_i != 2'(c)) owed = owed + 1'b1;
    end
  end
  assign read_free_index_o = free_read;
  assign read_place_o      = any_free && 6'(Reads) - used > owed;

  // Issued is the next whose bank does nothing; if there is none, and slots are not fixed, the next one, which waits in the module: a quarter of
  // the window is kept from these, so that they are in nobody's way. Where answers come in order reads are issued in theirs.
  logic  order_room, order_valid, fixed;
  read_t order_read, turn_read, last_issued_q;
  logic [Reads-1:0] bank_free, issuable;
  logic [(1 << $bits(bank_t))-1:0] works;  // a bank
  assign fixed = FixedSlots && config_i.fixed;
  always_comb begin
    works     = '0;
    bank_free = '0;
    // Nobody waits: the usual case where there are no slow cells; simulators skip the rest then.
    if (waits_q != '0) begin
      for (int unsigned i = 0; i < Reads; i++) if (away_q[i]) works[read_at_q[i].bank] = 1'b1;
      for (int unsigned i = 0; i < Reads; i++) bank_free[i] = waits_q[i] && !works[read_at_q[i].bank];
    end
    issuable = bank_free;
    if (bank_free == '0 && !fixed && under_way_q < config_i.reads_max - (config_i.reads_max >> 2)) issuable = waits_q;
  end
  tarn_pick_next #(.N(Reads)) u_issue (.req_i(issuable), .last_i(last_issued_q), .grant_o(), .index_o(turn_read));
  assign next_valid = config_i.in_order ? order_valid : issuable != '0;
  assign next_read  = config_i.in_order ? order_read : turn_read;
  tarn_fifo #(.T(read_t), .Depth(Reads)) u_order (
    .clk_i, .rst_ni, .valid_i(insert_read_i && config_i.in_order), .ready_o(order_room), .data_i(free_read),
    .valid_o(order_valid), .ready_i(read_issue && config_i.in_order), .data_o(order_read), .count_o()
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) last_issued_q <= '0;
    else if (read_issue) last_issued_q <= next_read;
  end

  // With slots fixed at issue: the one of this cycle. Who missed its slot goes as without slots.
  if (FixedSlots) begin : gen_slots
    tarn_channel_slots #(.ReadBits(ReadBits)) u_slots (
      .clk_i, .rst_ni, .latency_i(config_i.latency), .burst_i, .gap_i(switch_gap_i), .module_i(read_at_q[next_read].bank.module_id),
      .room_o(slot_room), .issue_i(read_issue && fixed), .read_i(next_read), .due_o(slot_due), .read_o(slot_read), .avoid_read_o
    );
    assign slot_met      = slot_due && ready_q[slot_read] && slotted_q[slot_read] && read_room_i
                        && send_i[module_index_t'(read_at_q[slot_read].bank.module_id)];
    assign missed_o      = slot_due && slotted_q[slot_read] && !(send && send_read == slot_read);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        slotted_q <= '0;
      end else begin
        if (slot_due) slotted_q[slot_read] <= 1'b0;
        if (read_issue) slotted_q[next_read] <= fixed;
      end
    end
  end else begin : gen_no_slots
    assign {slot_room, slot_due, slot_met, missed_o, avoid_read_o} = '0;
    assign slot_read = '0;
    assign slotted_q = '0;
  end

  // Ready ones, in turn; with reads in order only the one that came first.
  always_comb begin
    for (int unsigned i = 0; i < Reads; i++) begin
      sendable[i] = ready_q[i] && !slotted_q[i] && send_i[module_index_t'(read_at_q[i].bank.module_id)];
      if (config_i.in_order && in_order_read_i != read_t'(i)) sendable[i] = 1'b0;
    end
  end
  tarn_pick_next #(.N(Reads)) u_send (.req_i(sendable), .last_i(last_sent_q), .grant_o(), .index_o(ready_read));
  assign send_read  = slot_met ? slot_read : ready_read;
  assign send_valid = sendable != '0 && !avoid_read_o;

  // ---- Writes ------------------------------------------------------------------------------------------------------
  logic [Writes-1:0] place_q, queued_q;  // the place is taken; waits to be issued
  location_t         write_at_q[Writes];
  logic [15:0]       credit_q;           // tags of writes that modules have not done yet
  logic [4:0]        owed_q[NumModules]; // writes that the module has not done yet
  write_t            free_write, next_write;
  logic [3:0]        credit;
  logic              next_write_valid, write_order_room, credit_free;
  module_index_t     next_write_module;
  logic [4:0]        queued_count;
  always_comb begin
    free_write   = '0;
    credit       = '0;
    queued_count = '0;
    for (int i = Writes - 1; i >= 0; i--) begin
      if (!place_q[i]) free_write = write_t'(i);
      queued_count = queued_count + 5'(queued_q[i]);
    end
    for (int i = 15; i >= 0; i--) if (!credit_q[i]) credit = 4'(i);
  end
  // A class never holds the last places: one stays for each other class that has none.
  logic [1:0] write_class_q[Writes];
  logic [4:0] write_used_q[NumClasses], write_owed, write_used;
  always_comb begin
    write_owed = '0;
    write_used = '0;
    for (int unsigned c = 0; c < NumClasses; c++) begin
      write_used = write_used + write_used_q[c];
      if (write_used_q[c] == '0 && class_i != 2'(c)) write_owed = write_owed + 1'b1;
    end
  end
  assign write_place_o      = place_q != '1 && 5'(Writes) - write_used > write_owed;
  assign write_free_index_o = free_write;
  tarn_fifo #(.T(write_t), .Depth(Writes)) u_write_order (
    .clk_i, .rst_ni, .valid_i(wake_i || (insert_write_i && !insert_held_i)), .ready_o(write_order_room),
    .data_i(wake_i ? wake_index_i : free_write),
    .valid_o(next_write_valid), .ready_i(write_issue), .data_o(next_write), .count_o()
  );
  assign next_write_module = module_index_t'(write_at_q[next_write].bank.module_id);

  // ---- What is there of a line -------------------------------------------------------------------------------------
  always_comb begin
    read_hit_o        = 1'b0;
    write_hit_o       = 1'b0;
    write_hit_index_o = '0;
    for (int unsigned i = 0; i < Reads; i++) begin
      if (lookup_i && waits_q[i] && read_at_q[i] == location_i) read_hit_o = 1'b1;
    end
    for (int unsigned i = 0; i < Writes; i++) begin
      if (lookup_i && queued_q[i] && write_at_q[i] == location_i) begin
        write_hit_o       = 1'b1;
        write_hit_index_o = write_t'(i);
      end
    end
  end

  // ---- Phases: fast cells' accesses step back for a batch ----------------------------------------------------------
  typedef enum logic [1:0] {Aside, Sending, Writing} phase_e;
  phase_e     phase_q, phase_d;
  logic [5:0] ready_count;
  logic [9:0] send_wait_q, write_wait_q;
  logic [4:0] left_q;  // of the batch
  logic [5:0] rest_q;  // cycles before the next
  logic       send_due, write_due, can_write;
  logic       writes_next_q;  // the latest batch was one of reads
  logic [5:0] batch;
  assign batch = presses_i && config_i.batch > 6'(PressedBatch) ? 6'(PressedBatch) : config_i.batch;
  always_comb begin
    ready_count = '0;
    for (int unsigned i = 0; i < Reads; i++) ready_count = ready_count + 6'(ready_q[i] && !slotted_q[i]);
  end
  assign credit_free = credit_q != '1 && owed_q[next_write_module] < config_i.writes_max;
  assign can_write   = next_write_valid && credit_free;
  assign send_due    = may_send_i && ready_count != '0 && (ready_count >= batch || send_wait_q >= config_i.hold_max || config_i.in_order);
  assign write_due   = can_write && (32'(queued_count) >= Writes / 2 || write_wait_q >= config_i.hold_max || hurry_i || drain_i);
  always_comb begin
    phase_d = phase_q;
    unique case (phase_q)
      Aside: if (rest_q == '0 || config_i.in_order) phase_d = send_due && !(write_due && writes_next_q) ? Sending : (write_due ? Writing : Aside);
      Sending: if (ready_count == '0 || !may_send_i || (send && left_q == 5'd1)) phase_d = Aside;
      Writing: if (!can_write || (write_issue && left_q == 5'd1)) phase_d = Aside;
      default: phase_d = Aside;
    endcase
  end
  assign step_back_o = phase_q != Aside;
  // Fast accesses have as long as a batch takes before they step back again.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rest_q <= '0;
    else if (phase_q != Aside) rest_q <= 6'(64 / Slots - 1);
    else if (rest_q != '0) rest_q <= rest_q - 1'b1;
  end

  // ---- Commands ----------------------------------------------------------------------------------------------------
  logic wants_send, wants_write, wants_read, wants;
  logic [4:0] patience_q;
  assign wants_send  = slot_met || (send_valid && may_send_i && read_room_i && (phase_q == Sending || (phase_q == Aside && bus_idle_i)));
  assign wants_write = can_write && write_i[next_write_module] && !wants_send
                    && (phase_q == Writing || (phase_q == Aside && bus_idle_i && write_wait_q >= 10'd32));
  assign wants_read  = next_valid && under_way_q < config_i.reads_max && !wants_send && !wants_write && (!fixed || slot_room);
  assign wants       = wants_send || wants_write || wants_read;
  assign claim_o     = wants && (patience_q == '0 || slot_met);
  assign go_o        = wants && (wants_send || wants_write ? data_free_i : read_free_i);
  assign send        = go_o && wants_send;
  assign write_issue = go_o && wants_write;
  assign read_issue  = go_o && wants_read;
  always_comb begin
    command_o.send   = wants_send;
    command_o.write  = wants_write;
    command_o.read   = wants_read;
    command_o.tag    = wants_send ? 6'(send_read) : wants_write ? {2'b11, credit} : 6'(next_read);
    command_o.place  = wants_send ? read_at_q[send_read] : wants_write ? write_at_q[next_write] : read_at_q[next_read];
  end
  assign send_id_o     = id_q[send_read];
  assign issue_index_o = next_write;

  // ---- Ready -------------------------------------------------------------------------------------------------------
  logic [Reads-1:0] gets_ready, gets_lost;
  logic [15:0]      done;
  always_comb begin
    gets_ready = '0;
    gets_lost  = '0;
    done       = '0;
    stray_o    = 1'b0;
    for (int unsigned m = 0; m < NumModules; m++) begin
      if (ready_i[m].valid) begin
        if (ready_i[m].tag[5:4] == 2'b11) begin
          done[ready_i[m].tag[3:0]] = 1'b1;
          if (!credit_q[ready_i[m].tag[3:0]]) stray_o = 1'b1;
        end else begin
          gets_ready[read_t'(ready_i[m].tag)] = 1'b1;
          gets_lost[read_t'(ready_i[m].tag)]  = ready_i[m].error;
          if (32'(ready_i[m].tag) >= Reads || !(away_q[read_t'(ready_i[m].tag)] || late_q[read_t'(ready_i[m].tag)])) stray_o = 1'b1;
        end
      end
    end
  end

  logic times_out;
  assign times_out    = away_q[scan_q] && !gets_ready[scan_q] && config_i.timeout != '0 && ticks_q - issued_tick_q[scan_q] >= config_i.timeout;
  assign timed_out_o  = times_out;
  assign lost_valid_o = config_i.in_order ? may_send_i && failed_q[in_order_read_i] : failed_q != '0;
  assign lost_id_o    = id_q[lost_read];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q       <= '0;
      waits_q      <= '0;
      away_q       <= '0;
      ready_q      <= '0;
      failed_q     <= '0;
      late_q       <= '0;
      under_way_q  <= '0;
      last_sent_q  <= '0;
      scan_q       <= '0;
      tick_q       <= '0;
      ticks_q      <= '0;
      place_q      <= '0;
      queued_q     <= '0;
      credit_q     <= '0;
      phase_q       <= Aside;
      writes_next_q <= 1'b0;
      send_wait_q  <= '0;
      write_wait_q <= '0;
      patience_q   <= 5'(PatienceCycles);
    end else begin
      tick_q  <= tick_q + 1'b1;
      if (tick_q == '1) ticks_q <= ticks_q + 1'b1;
      scan_q  <= scan_q == read_t'(Reads - 1) ? '0 : scan_q + 1'b1;
      phase_q <= phase_d;
      if (phase_q == Sending) writes_next_q <= 1'b1;
      else if (phase_q == Writing) writes_next_q <= 1'b0;
      for (int unsigned i = 0; i < Reads; i++) begin
        if (gets_ready[i] && away_q[i]) begin
          away_q[i]   <= 1'b0;
          ready_q[i]  <= !gets_lost[i];
          failed_q[i] <= gets_lost[i];
        end
        // Answered long ago: the tag may be used again.
        if (gets_ready[i] && late_q[i]) begin
          late_q[i] <= 1'b0;
          busy_q[i] <= failed_q[i];
        end
      end
      if (times_out) begin
        away_q[scan_q]   <= 1'b0;
        late_q[scan_q]   <= 1'b1;
        failed_q[scan_q] <= 1'b1;
      end
      if (insert_read_i) begin
        busy_q[free_read]  <= 1'b1;
        waits_q[free_read] <= 1'b1;
      end
      if (read_issue) begin
        waits_q[next_read] <= 1'b0;
        away_q[next_read]  <= 1'b1;
      end
      if (send) begin
        ready_q[send_read] <= 1'b0;
        busy_q[send_read]  <= 1'b0;
        last_sent_q        <= send_read;
      end
      if (lost_take_i) begin
        failed_q[lost_read] <= 1'b0;
        busy_q[lost_read]   <= late_q[lost_read] && !gets_ready[lost_read];
      end
      under_way_q <= under_way_q + 6'(read_issue) - 6'(send) - 6'(lost_take_i);

      credit_q <= credit_q & ~done;
      if (write_issue) begin
        queued_q[next_write] <= 1'b0;
        credit_q[credit]     <= 1'b1;
      end
      if (write_release_i) begin
        place_q[write_release_index_i]  <= 1'b0;
        queued_q[write_release_index_i] <= 1'b0;
      end
      if (insert_write_i) begin
        place_q[free_write]  <= 1'b1;
        queued_q[free_write] <= 1'b1;
      end

      if (ready_count == '0 || send) send_wait_q <= '0;
      else if (send_wait_q != '1) send_wait_q <= send_wait_q + 1'b1;
      if (!next_write_valid || write_issue) write_wait_q <= '0;
      else if (write_wait_q != '1) write_wait_q <= write_wait_q + 1'b1;
      if (!wants || go_o) patience_q <= phase_q == Aside ? 5'(PatienceCycles) : '0;
      else if (patience_q != '0) patience_q <= patience_q - 1'b1;
    end
  end

  logic [1:0] write_release_class;
  assign write_release_class = write_class_q[write_release_index_i];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned c = 0; c < NumClasses; c++) begin
        used_q[c]       <= '0;
        write_used_q[c] <= '0;
      end
      for (int unsigned m = 0; m < NumModules; m++) owed_q[m] <= '0;
    end else begin
      for (int unsigned c = 0; c < NumClasses; c++) begin
        used_q[c] <= used_q[c] + 6'(insert_read_i && class_i == 2'(c)) - 6'(send && class_q[send_read] == 2'(c))
                     - 6'(lost_take_i && class_q[lost_read] == 2'(c));
        write_used_q[c] <= write_used_q[c] + 5'(insert_write_i && class_i == 2'(c))
                           - 5'(write_release_i && write_release_class == 2'(c));
      end
      for (int unsigned m = 0; m < NumModules; m++) begin
        owed_q[m] <= owed_q[m] + 5'(write_issue && next_write_module == module_index_t'(m))
                     - 5'(ready_i[m].valid && ready_i[m].tag[5:4] == 2'b11 && credit_q[ready_i[m].tag[3:0]]);
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (phase_q == Aside) left_q <= 5'd16;
    else if (phase_d != phase_q) left_q <= 5'd16;
    else if (send || write_issue) left_q <= left_q - 1'b1;
    if (insert_read_i) begin
      read_at_q[free_read] <= location_i;
      id_q[free_read]      <= id_i;
      class_q[free_read]   <= class_i;
    end
    if (read_issue) issued_tick_q[next_read] <= ticks_q;
    if (insert_write_i) begin
      write_at_q[free_write]    <= location_i;
      write_class_q[free_write] <= class_i;
    end
  end

  assign idle_o = (busy_q & ~(late_q & ~failed_q)) == '0 && place_q == '0 && credit_q == '0;

  // Bounds (README): somebody who is ready is sent for, and a write that has a credit issued, within so many cycles while there is room for
  // data and the modules are awake; reads that are ready are sent for in turn.
  localparam int unsigned StepMax = 2 * (1024 + 64) + 512;
  logic [11:0] unsent_q, unwritten_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      unsent_q    <= '0;
      unwritten_q <= '0;
    end else begin
      if (ready_count == '0 || send || !read_room_i || !may_send_i || config_i.in_order || fixed) unsent_q <= '0;
      else if (unsent_q != '1) unsent_q <= unsent_q + 1'b1;
      if (!can_write || write_issue || config_i.in_order || (phase_q == Sending && !read_room_i)) unwritten_q <= '0;
      else if (unwritten_q != '1) unwritten_q <= unwritten_q + 1'b1;
    end
  end
  `TARN_ASSERT(ReadyIsSent, 32'(unsent_q) <= StepMax)
  `TARN_ASSERT(WriteIsIssued, 32'(unwritten_q) <= StepMax)
  `TARN_ASSERT(ReadHasPlace, !insert_read_i || (any_free && order_room))
  `TARN_ASSERT(WriteHasPlace, !insert_write_i || (place_q != '1 && write_order_room))
  `TARN_ASSERT(WakesWhatIsQueued, !wake_i || (queued_q[wake_index_i] && write_order_room && !insert_write_i))
  `TARN_ASSERT(SendsWhatIsReady, !send || ready_q[send_read])
endmodule : tarn_channel_slow
