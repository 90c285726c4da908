// All ports of a node over one serial line (README.md): registers, hosts' accesses, bulk device, interrupts, messages of devices.
// What comes from the computer goes to the node's ports one after the other; what the node says is collected in turn.
// The computer keeps to what the ports have room for (a host's accesses under way, one register access a port, one device
// message a host), so that nothing that comes waits for something that comes behind it.
`include "tarn_assert.svh"
module tarn_serial_bridge
  import tarn_serial_pkg::*;
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
  import tarn_bulk_pkg::*;
  import tarn_pool_msg_pkg::*;
#(
  parameter int unsigned NumHosts      = 2,           // 1..SerialHostsMax
  parameter int unsigned HostLines     = 16,          // of the node: accesses of a host under way; a power of two
  parameter int unsigned ClockHz       = 25_000_000,
  parameter int unsigned Baud          = 1_000_000,
  parameter int unsigned StatusCycles  = 1 << 16      // a status message that often at least
) (
  input  logic       clk_i,
  input  logic       rst_ni,
`ifdef TARN_PLANT
  input  logic       plant_i,       // plants a fault: accesses lose a bit of their quality of service
`endif
  input  logic       rx_i,
  output logic       tx_o,
  output logic       node_rst_no,   // the node's and the modules' reset
  output logic       open_o,        // a computer has a session
  output logic       activity_o,    // a message came, for a lamp

  // The node's hosts.
  output ax_t        aw_o [NumHosts],
  output logic       aw_valid_o [NumHosts],
  input  logic       aw_ready_i [NumHosts],
  output w_t         w_o [NumHosts],
  output logic       w_valid_o [NumHosts],
  input  logic       w_ready_i [NumHosts],
  output ax_t        ar_o [NumHosts],
  output logic       ar_valid_o [NumHosts],
  input  logic       ar_ready_i [NumHosts],
  input  b_t         b_i [NumHosts],
  input  logic       b_valid_i [NumHosts],
  output logic       b_ready_o [NumHosts],
  input  r_t         r_i [NumHosts],
  input  logic       r_valid_i [NumHosts],
  output logic       r_ready_o [NumHosts],
  input  host_req_t  outbound_req_i [NumHosts],
  input  logic       outbound_req_valid_i [NumHosts],
  output logic       outbound_req_ready_o [NumHosts],
  output line_rsp_t  outbound_rsp_o [NumHosts],
  output logic       outbound_rsp_valid_o [NumHosts],
  input  logic       outbound_rsp_ready_i [NumHosts],
  output dev_msg_t   dev_msg_o [NumHosts],
  output logic       dev_msg_valid_o [NumHosts],
  input  logic       dev_msg_ready_i [NumHosts],
  input  dev_msg_t   dev_msg_i [NumHosts],
  input  logic       dev_msg_valid_i [NumHosts],
  output logic       dev_msg_ready_o [NumHosts],
  input  logic [4:0] host_irq_i [NumHosts],

  // Its registers: port NumHosts is management.
  output logic        reg_awvalid_o [NumHosts+1],
  output logic [15:0] reg_awaddr_o [NumHosts+1],
  input  logic        reg_awready_i [NumHosts+1],
  output logic        reg_wvalid_o [NumHosts+1],
  output logic [31:0] reg_wdata_o [NumHosts+1],
  output logic [3:0]  reg_wstrb_o [NumHosts+1],
  input  logic        reg_wready_i [NumHosts+1],
  input  logic        reg_bvalid_i [NumHosts+1],
  input  logic [1:0]  reg_bresp_i [NumHosts+1],
  output logic        reg_bready_o [NumHosts+1],
  output logic        reg_arvalid_o [NumHosts+1],
  output logic [15:0] reg_araddr_o [NumHosts+1],
  input  logic        reg_arready_i [NumHosts+1],
  input  logic        reg_rvalid_i [NumHosts+1],
  input  logic [31:0] reg_rdata_i [NumHosts+1],
  input  logic [1:0]  reg_rresp_i [NumHosts+1],
  output logic        reg_rready_o [NumHosts+1],
  input  logic [2:0]  management_irq_i,

  // Its bulk device, which is the computer, and its change notices.
  input  bulk_cmd_t      bulk_cmd_i,
  input  logic           bulk_cmd_valid_i,
  output logic           bulk_cmd_ready_o,
  input  bulk_beat_t     bulk_wdata_i,
  input  logic           bulk_wdata_valid_i,
  output logic           bulk_wdata_ready_o,
  output bulk_beat_t     bulk_rdata_o,
  output logic           bulk_rdata_valid_o,
  input  logic           bulk_rdata_ready_i,
  output bulk_cpl_t      bulk_cpl_o,
  output logic           bulk_cpl_valid_o,
  input  logic           bulk_cpl_ready_i,
  output bulk_notice_t   bulk_notice_o,
  output logic           bulk_notice_valid_o,
  input  logic           bulk_notice_ready_i,
  input  change_notice_t change_i,
  input  logic           change_valid_i,
  output logic           change_ready_o,

  input  pool_probe_t    probe_i   // events of the pool: what no longer finds room is lost, and status says so
);
  `TARN_ASSERT_INIT(HostsAllowed, NumHosts inside {[1:SerialHostsMax]}, "tarn_serial_bridge: NumHosts must be 1 to 8")
  `TARN_ASSERT_INIT(LinesAllowed, HostLines == 1 << $clog2(HostLines) && HostLines inside {[2:256]}, "tarn_serial_bridge: HostLines must be a power of two, 2 to 256")

  localparam int unsigned IdBits    = $clog2(HostLines);
  localparam int unsigned BodyBytes = ($bits(host_write_t) + 7) / 8;  // of the longest message
  localparam int unsigned BodyBits  = 8 * BodyBytes;
  localparam int unsigned ResetCycles = 64;
  localparam int unsigned FrameBits = 10 * 2 * 128;  // of a frame on the line, all of it escaped
  localparam int unsigned TimeoutCycles = 16 * FrameBits * (ClockHz / Baud + 1);
  typedef logic [BodyBits-1:0] body_t;

  `TARN_ASSERT_INIT(BodyFits, BodyBytes + 1 <= SerialPayloadMax, "tarn_serial_bridge: a message does not fit into a frame")

  // ---- The line.
  logic       rx_valid, rx_error, tx_valid, tx_ready;
  logic [7:0] rx_data, tx_data;
  logic       in_valid, in_ready, out_valid, out_ready, restart, reset_node;
  message_byte_t in_byte, out_byte;

  tarn_uart_rx #(.ClockHz(ClockHz), .Baud(Baud)) u_rx (.clk_i, .rst_ni, .rx_i, .valid_o(rx_valid), .data_o(rx_data), .error_o(rx_error));
  tarn_uart_tx #(.ClockHz(ClockHz), .Baud(Baud)) u_tx (.clk_i, .rst_ni, .valid_i(tx_valid), .ready_o(tx_ready), .data_i(tx_data), .tx_o);
  tarn_serial_link #(.TimeoutCycles(TimeoutCycles), .NumHosts(8'(NumHosts))) u_link (
    .clk_i, .rst_ni,
    .rx_valid_i(rx_valid), .rx_data_i(rx_data), .rx_error_i(rx_error), .tx_valid_o(tx_valid), .tx_ready_i(tx_ready), .tx_data_o(tx_data),
    .in_valid_o(in_valid), .in_ready_i(in_ready), .in_o(in_byte),
    .out_valid_i(out_valid), .out_ready_o(out_ready), .out_i(out_byte),
    .restart_o(restart), .reset_node_o(reset_node), .open_o
  );
  assign activity_o = in_valid && in_ready && in_byte.last;

  // The node stands in reset until the first session, and for a while when a session asks for it.
  logic [$clog2(ResetCycles+1)-1:0] reset_left_q;
  logic alive, alive_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reset_left_q <= ($clog2(ResetCycles + 1))'(ResetCycles);
    else if (restart && reset_node) reset_left_q <= ($clog2(ResetCycles + 1))'(ResetCycles);
    else if (reset_left_q != '0 && open_o) reset_left_q <= reset_left_q - 1'b1;
  end
  assign alive = reset_left_q == '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) alive_q <= 1'b0;
    else alive_q <= alive;
  end
  assign node_rst_no = rst_ni && alive_q;

  logic [47:0] cycle_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) cycle_q <= '0;
    else cycle_q <= node_rst_no ? cycle_q + 1'b1 : '0;
  end

  // ---- To the node: a message is collected, then offered to its port.
  typedef enum logic {Collect, Deliver} state_e;
  state_e     state_q;
  to_board_e  kind_q;
  logic [6:0] place_q;  // of the byte that comes next: the kind, then the content
  body_t      body_q;
  logic       aw_left_q, w_left_q;  // a write's halves that are not taken yet
  logic       delivered;

  assign in_ready = state_q == Collect && node_rst_no;
  always_ff @(posedge clk_i) begin
    if (in_valid && in_ready) begin
      if (place_q == '0) kind_q <= to_board_e'(in_byte.data[4:0]);
      for (int unsigned i = 0; i < BodyBytes; i++) if (place_q == 7'(i + 1)) body_q[8*i+:8] <= in_byte.data;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Collect;
      place_q <= '0;
    end else begin
      if (in_valid && in_ready) begin
        place_q <= in_byte.last ? '0 : place_q + 1'b1;
        if (in_byte.last) state_q <= Deliver;
      end
      if (state_q == Deliver && delivered) state_q <= Collect;
      if (restart) begin
        state_q <= Collect;
        place_q <= '0;
      end
    end
  end

  register_access_t access;
  host_address_t    address;
  host_write_t      host_write;
  ax_t              ax;
  logic [7:0]       host;     // of messages whose first byte it is
  assign access     = register_access_t'(body_q[$bits(register_access_t)-1:0]);
  assign host_write = host_write_t'(body_q[$bits(host_write_t)-1:0]);
  assign address    = kind_q == ToHostWrite ? host_write.address : host_address_t'(body_q[$bits(host_address_t)-1:0]);
  assign host       = body_q[7:0];
  always_comb begin
    ax       = '0;
    ax.id    = address.id;
    ax.addr  = address.addr;
    ax.size  = 3'(LineOffsetBits);
    ax.burst = BurstIncr;
    ax.prot  = address.prot;
    ax.qos   = address.qos;
    ax.user.device_id     = address.device_id;
    ax.user.process_id    = address.process_id;
    ax.user.process_valid = address.process_valid;
`ifdef TARN_PLANT
    if (plant_i) ax.qos[0] = 1'b0;
`endif
  end

  logic deliver;
  assign deliver = state_q == Deliver;
  logic [NumHosts-1:0] aw_taken, w_taken, ar_taken, answer_taken, message_taken;
  logic [NumHosts:0]   reg_aw_taken, reg_w_taken, reg_ar_taken;

  for (genvar h = 0; h < NumHosts; h++) begin : gen_to_host
    logic mine;
    assign mine            = deliver && address.host == 8'(h);
    assign aw_o[h]         = ax;
    assign aw_valid_o[h]   = mine && kind_q == ToHostWrite && aw_left_q;
    assign w_o[h]          = '{last: 1'b1, strb: host_write.strobe, data: host_write.data};
    assign w_valid_o[h]    = mine && kind_q == ToHostWrite && w_left_q;
    assign ar_o[h]         = ax;
    assign ar_valid_o[h]   = mine && kind_q == ToHostRead;
    assign outbound_rsp_o[h]       = line_rsp_t'(body_q[8+:$bits(line_rsp_t)]);
    assign outbound_rsp_valid_o[h] = deliver && host == 8'(h) && kind_q == ToOutboundAnswer;
    assign aw_taken[h]     = aw_valid_o[h] && aw_ready_i[h];
    assign w_taken[h]      = w_valid_o[h] && w_ready_i[h];
    assign ar_taken[h]     = ar_valid_o[h] && ar_ready_i[h];
    assign answer_taken[h] = outbound_rsp_valid_o[h] && outbound_rsp_ready_i[h];
  end
  for (genvar p = 0; p <= NumHosts; p++) begin : gen_to_registers
    logic mine;
    assign mine             = deliver && kind_q == ToRegisterAccess && access.port == 8'(p);
    assign reg_awvalid_o[p] = mine && access.write && aw_left_q;
    assign reg_awaddr_o[p]  = access.address;
    assign reg_wvalid_o[p]  = mine && access.write && w_left_q;
    assign reg_wdata_o[p]   = access.data;
    assign reg_wstrb_o[p]   = access.strobe;
    assign reg_arvalid_o[p] = mine && !access.write;
    assign reg_araddr_o[p]  = access.address;
    assign reg_aw_taken[p]  = reg_awvalid_o[p] && reg_awready_i[p];
    assign reg_w_taken[p]   = reg_wvalid_o[p] && reg_wready_i[p];
    assign reg_ar_taken[p]  = reg_arvalid_o[p] && reg_arready_i[p];
  end

  // A device's message waits here, not in front of what comes behind it.
  logic [NumHosts-1:0] message_waits_q, message_told_q;
  dev_msg_t            message_q [NumHosts];
  for (genvar h = 0; h < NumHosts; h++) begin : gen_message
    assign dev_msg_o[h]       = message_q[h];
    assign dev_msg_valid_o[h] = message_waits_q[h];
    assign message_taken[h]   = dev_msg_valid_o[h] && dev_msg_ready_i[h];
    always_ff @(posedge clk_i) begin
      if (deliver && kind_q == ToDeviceMessage && host == 8'(h)) message_q[h] <= dev_msg_t'(body_q[8+:$bits(dev_msg_t)]);
    end
  end

  assign bulk_rdata_o        = bulk_beat_t'(body_q[$bits(bulk_beat_t)-1:0]);
  assign bulk_rdata_valid_o  = deliver && kind_q == ToBulkBeat;
  assign bulk_cpl_o          = bulk_cpl_t'(body_q[$bits(bulk_cpl_t)-1:0]);
  assign bulk_cpl_valid_o    = deliver && kind_q == ToBulkCompletion;
  assign bulk_notice_o       = bulk_notice_t'(body_q[$bits(bulk_notice_t)-1:0]);
  assign bulk_notice_valid_o = deliver && kind_q == ToBulkNotice;

  // A write is delivered when both halves are taken. What names a port that is not there is dropped.
  logic halves_taken;
  assign halves_taken = (!aw_left_q || aw_taken != '0 || reg_aw_taken != '0) && (!w_left_q || w_taken != '0 || reg_w_taken != '0);
  always_comb begin
    unique case (kind_q)
      ToRegisterAccess: delivered = access.port > 8'(NumHosts) || (access.write ? halves_taken : reg_ar_taken != '0);
      ToHostRead:       delivered = address.host >= 8'(NumHosts) || ar_taken != '0;
      ToHostWrite:      delivered = address.host >= 8'(NumHosts) || halves_taken;
      ToOutboundAnswer: delivered = host >= 8'(NumHosts) || answer_taken != '0;
      ToBulkBeat:       delivered = bulk_rdata_ready_i;
      ToBulkCompletion: delivered = bulk_cpl_ready_i;
      ToBulkNotice:     delivered = bulk_notice_ready_i;
      default:          delivered = 1'b1;
    endcase
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_left_q <= 1'b1;
      w_left_q  <= 1'b1;
    end else if (!deliver || delivered) begin
      aw_left_q <= 1'b1;
      w_left_q  <= 1'b1;
    end else begin
      if (aw_taken != '0 || reg_aw_taken != '0) aw_left_q <= 1'b0;
      if (w_taken != '0 || reg_w_taken != '0) w_left_q <= 1'b0;
    end
  end

  // When the node took each access, by host and ID: one is written at a time, and one is told at a time.
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1;
  typedef logic [HostBits+IdBits-1:0] access_index_t;
  logic [31:0]   submitted_q [1 << (HostBits + IdBits)];
  logic [31:0]   submitted;  // of the access whose answer is sent
  access_index_t told;
  always_ff @(posedge clk_i) begin
    if (aw_taken != '0 || ar_taken != '0) submitted_q[{address.host[HostBits-1:0], address.id[IdBits-1:0]}] <= cycle_q[31:0];
  end
  assign submitted = submitted_q[told];

  // ---- From the node: what is offered, in turn.
  localparam int unsigned Registers = NumHosts + 1;
  localparam int unsigned Sources   = 5 + Registers + 5 * NumHosts;
  localparam int unsigned FirstRegister = 5;  // status, bulk command, bulk beat, change notice, event; then these
  localparam int unsigned FirstWrite    = FirstRegister + Registers;
  localparam int unsigned FirstRead     = FirstWrite + NumHosts;
  localparam int unsigned FirstTaken    = FirstRead + NumHosts;
  localparam int unsigned FirstMessage  = FirstTaken + NumHosts;
  localparam int unsigned FirstOutbound = FirstMessage + NumHosts;

  logic [Sources-1:0] offered, granted, chosen_q;
  logic [$clog2(Sources)-1:0] last_q, index;
  body_t              content [Sources];
  logic [6:0]         bytes [Sources];  // of the content
  from_board_e        kinds [Sources];
  logic               choose;
  logic               notices_q, notice_sent_q, notice_taken_q;
  logic               status_due_q;
  logic [$clog2(StatusCycles)-1:0] status_timer_q;
  status_t            status, last_status_q;

  tarn_pick_next #(.N(Sources)) u_turn (.req_i(offered), .last_i(last_q), .grant_o(granted), .index_o(index));
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) last_q <= '0;
    else if (choose && offered != '0) last_q <= index;
  end
  // Chosen a cycle before it is taken: no taking depends on what is offered in that cycle. What is offered stays.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) chosen_q <= '0;
    else chosen_q <= choose ? granted : '0;
  end

  always_comb begin
    told = '0;
    for (int unsigned h = 0; h < NumHosts; h++) begin
      if (chosen_q[FirstWrite+h]) told |= {HostBits'(h), b_i[h].id[IdBits-1:0]};
      if (chosen_q[FirstRead+h]) told |= {HostBits'(h), r_i[h].id[IdBits-1:0]};
    end
  end

  // Events wait here.
  typedef struct packed {
    pool_probe_t probe;
    logic [31:0] cycle;
  } event_t;
  localparam int unsigned EventDepth = 256;
  event_t event_in, event_out;
  logic   event_valid, event_ready, event_room, event_taken, probes_lost_q;
  logic [$clog2(EventDepth+1)-1:0] unused_event_count;
  assign event_in    = '{probe: probe_i, cycle: cycle_q[31:0]};
  assign event_valid = probe_i.kind != ProbeNone && node_rst_no;
  tarn_fifo #(.T(event_t), .Depth(EventDepth), .UseRam(1'b1)) u_events (
    .clk_i, .rst_ni(node_rst_no), .valid_i(event_valid), .ready_o(event_room), .data_i(event_in),
    .valid_o(event_ready), .ready_i(event_taken), .data_o(event_out), .count_o(unused_event_count)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) probes_lost_q <= 1'b0;
    else if (!node_rst_no) probes_lost_q <= 1'b0;
    else if (event_valid && !event_room) probes_lost_q <= 1'b1;
  end

  always_comb begin
    status                = '0;
    status.probes_lost    = probes_lost_q;
    status.cycle          = cycle_q;
    status.management_irq = management_irq_i;
    for (int unsigned h = 0; h < NumHosts; h++) status.host_irq[5*h+:5] = host_irq_i[h];
  end

  always_comb begin
    offered[0] = status_due_q;
    kinds[0]   = FromStatus;
    content[0] = BodyBits'(status);
    bytes[0]   = 7'(($bits(status_t) + 7) / 8);
    offered[1] = bulk_cmd_valid_i;
    kinds[1]   = FromBulkCommand;
    content[1] = BodyBits'(bulk_cmd_i);
    bytes[1]   = 7'(($bits(bulk_cmd_t) + 7) / 8);
    // Data follows its command.
    offered[2] = bulk_wdata_valid_i && !bulk_cmd_valid_i;
    kinds[2]   = FromBulkBeat;
    content[2] = BodyBits'(bulk_wdata_i);
    bytes[2]   = 7'(($bits(bulk_beat_t) + 7) / 8);
    offered[3] = change_valid_i && notices_q && !notice_sent_q;
    kinds[3]   = FromChangeNotice;
    content[3] = BodyBits'(change_i);
    bytes[3]   = 7'(($bits(change_notice_t) + 7) / 8);
    offered[4] = event_ready;
    kinds[4]   = FromProbe;
    content[4] = BodyBits'(event_out);
    bytes[4]   = 7'(($bits(event_t) + 7) / 8);
    for (int unsigned p = 0; p < Registers; p++) begin
      register_answer_t answer;
      answer.port  = 8'(p);
      answer.error = {6'b0, reg_bvalid_i[p] ? reg_bresp_i[p] : reg_rresp_i[p]};
      answer.data  = reg_bvalid_i[p] ? '0 : reg_rdata_i[p];
      offered[FirstRegister+p] = reg_bvalid_i[p] || reg_rvalid_i[p];
      kinds[FirstRegister+p]   = FromRegisterAnswer;
      content[FirstRegister+p] = BodyBits'(answer);
      bytes[FirstRegister+p]   = 7'(($bits(register_answer_t) + 7) / 8);
    end
    for (int unsigned h = 0; h < NumHosts; h++) begin
      write_answer_t written;
      write_answer_t read;
      written           = '0;
      written.completed = cycle_q[31:0];
      written.submitted = submitted;
      written.host      = 8'(h);
      written.id        = b_i[h].id;
      written.paged     = b_i[h].paged;
      written.walked    = b_i[h].walked;
      written.resp      = b_i[h].resp;
      read              = written;
      read.id           = r_i[h].id;
      read.paged        = r_i[h].paged;
      read.walked       = r_i[h].walked;
      read.resp         = r_i[h].resp;
      offered[FirstWrite+h]    = b_valid_i[h];
      kinds[FirstWrite+h]      = FromWriteAnswer;
      content[FirstWrite+h]    = BodyBits'(written);
      bytes[FirstWrite+h]      = 7'(($bits(write_answer_t) + 7) / 8);
      offered[FirstRead+h]     = r_valid_i[h];
      kinds[FirstRead+h]       = FromReadAnswer;
      content[FirstRead+h]     = BodyBits'({read, r_i[h].data});
      bytes[FirstRead+h]       = 7'(($bits(read_answer_t) + 7) / 8);
      offered[FirstTaken+h]    = message_told_q[h];
      kinds[FirstTaken+h]      = FromDeviceMessageTaken;
      content[FirstTaken+h]    = BodyBits'(h);
      bytes[FirstTaken+h]      = 7'd1;
      offered[FirstMessage+h]  = dev_msg_valid_i[h];
      kinds[FirstMessage+h]    = FromDeviceMessage;
      content[FirstMessage+h]  = BodyBits'({dev_msg_i[h], 8'(h)});
      bytes[FirstMessage+h]    = 7'(1 + ($bits(dev_msg_t) + 7) / 8);
      offered[FirstOutbound+h] = outbound_req_valid_i[h];
      kinds[FirstOutbound+h]   = FromOutboundRequest;
      content[FirstOutbound+h] = BodyBits'({outbound_req_i[h], 8'(h)});
      bytes[FirstOutbound+h]   = 7'(1 + ($bits(host_req_t) + 7) / 8);
    end
    // Events first: what is said of an access comes before its answer.
    if (event_ready) begin
      offered    = '0;
      offered[4] = 1'b1;
    end
  end

  // The message that is being sent, its kind first. Nothing is left of it when its last byte has gone, so that the next one is added to that.
  logic [BodyBits+7:0] message_out_q, loaded;
  logic [6:0]          left_q, loaded_bytes;  // bytes that are not with the link yet
  logic [Sources-1:0]  sent;
  logic                goes_on;
  assign goes_on = node_rst_no && open_o && !restart;
  assign choose  = goes_on && left_q == '0 && chosen_q == '0;
  always_comb begin
    sent = goes_on ? chosen_q : '0;
    if (!notices_q) sent[3] = 1'b0;  // the computer wants no notices any more
  end
  always_comb begin
    loaded       = '0;
    loaded_bytes = '0;
    for (int unsigned s = 0; s < Sources; s++) begin
      if (sent[s]) begin
        loaded       |= {content[s], 3'b000, kinds[s]};
        loaded_bytes |= bytes[s] + 1'b1;
      end
    end
  end
  assign out_valid = left_q != '0;
  assign out_byte.data = message_out_q[7:0];
  assign out_byte.last = left_q == 7'd1;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) left_q <= '0;
    else if (restart) left_q <= '0;
    else if (sent != '0) left_q <= loaded_bytes;
    else if (out_valid && out_ready) left_q <= left_q - 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || restart) message_out_q <= '0;
    else if (sent != '0 || (out_valid && out_ready)) message_out_q <= message_out_q >> 8 | loaded;
  end
  `TARN_ASSERT(NothingIsLeft, left_q != '0 || message_out_q == '0)

  assign bulk_cmd_ready_o   = sent[1];
  assign bulk_wdata_ready_o = sent[2];
  assign event_taken        = sent[4];
  assign change_ready_o     = !notices_q || notice_taken_q;
  for (genvar p = 0; p < Registers; p++) begin : gen_from_registers
    assign reg_bready_o[p] = sent[FirstRegister+p] && reg_bvalid_i[p];
    assign reg_rready_o[p] = sent[FirstRegister+p] && !reg_bvalid_i[p];
  end
  for (genvar h = 0; h < NumHosts; h++) begin : gen_from_host
    assign b_ready_o[h]            = sent[FirstWrite+h];
    assign r_ready_o[h]            = sent[FirstRead+h];
    assign dev_msg_ready_o[h]      = sent[FirstMessage+h];
    assign outbound_req_ready_o[h] = sent[FirstOutbound+h];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      message_waits_q <= '0;
      message_told_q  <= '0;
      notices_q       <= 1'b0;
      notice_sent_q   <= 1'b0;
      notice_taken_q  <= 1'b0;
      status_due_q    <= 1'b0;
      status_timer_q  <= '0;
      last_status_q   <= '0;
    end else begin
      for (int unsigned h = 0; h < NumHosts; h++) begin
        if (deliver && kind_q == ToDeviceMessage && host == 8'(h)) message_waits_q[h] <= 1'b1;
        else if (message_taken[h]) message_waits_q[h] <= 1'b0;
        if (message_taken[h]) message_told_q[h] <= 1'b1;
        else if (sent[FirstTaken+h]) message_told_q[h] <= 1'b0;
      end
      if (deliver && kind_q == ToOptions) notices_q <= body_q[0];
      if (sent[3]) notice_sent_q <= 1'b1;
      notice_taken_q <= deliver && kind_q == ToChangeTaken;
      if (notice_taken_q) notice_sent_q <= 1'b0;
      // Status: when an interrupt changes, and now and then.
      status_timer_q <= status_timer_q + 1'b1;
      if (status_timer_q == '1) status_due_q <= 1'b1;
      if (status.management_irq != last_status_q.management_irq || status.host_irq != last_status_q.host_irq) status_due_q <= 1'b1;
      if (sent[0]) begin
        status_due_q  <= 1'b0;
        last_status_q <= status;
      end
      if (restart) begin
        message_waits_q <= '0;
        message_told_q  <= '0;
        notices_q       <= 1'b0;
        notice_sent_q   <= 1'b0;
        status_due_q    <= 1'b1;
      end
    end
  end

  logic unused_reserved;
  assign unused_reserved = ^{access.reserved0, address.reserved0, last_status_q.cycle, last_status_q.reserved0, last_status_q.probes_lost};

  `TARN_ASSERT(OneMessageAtATime, (chosen_q & (chosen_q - 1'b1)) == '0)
endmodule : tarn_serial_bridge
