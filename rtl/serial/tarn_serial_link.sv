// Messages over a serial line, each once and in order, whatever the line loses or changes (README.md, "Frames").
// A message is up to SerialPayloadMax bytes. In each direction up to Window frames are under way; what is not acknowledged is sent
// again, after TimeoutCycles or when the other side says that something is missing. A message that came is acknowledged when it was consumed:
// so there is always room for what may come.
// A session begins when the computer asks for one: `restart_o` for a cycle, all that was under way is forgotten.
`include "tarn_assert.svh"
module tarn_serial_link
  import tarn_serial_pkg::*;
#(
  parameter int unsigned TimeoutCycles = 1 << 20,
  parameter logic [7:0]  NumHosts      = 8'd2     // what the board says of itself
) (
  input  logic          clk_i,
  input  logic          rst_ni,
  // the line, byte by byte
  input  logic          rx_valid_i,
  input  logic [7:0]    rx_data_i,
  input  logic          rx_error_i,
  output logic          tx_valid_o,
  input  logic          tx_ready_i,
  output logic [7:0]    tx_data_o,
  // messages that came
  output logic          in_valid_o,
  input  logic          in_ready_i,
  output message_byte_t in_o,
  // messages to be sent
  input  logic          out_valid_i,
  output logic          out_ready_o,
  input  message_byte_t out_i,
  output logic          restart_o,
  output logic          reset_node_o,  // with restart_o: the node is to begin anew
  output logic          open_o         // there is a session
);
  localparam int unsigned Window     = 8;    // frames; sequence numbers are twice as many
  localparam int unsigned PlaceBits  = 7;    // of a byte in a message
  localparam int unsigned HeaderBytes = 4;
  localparam int unsigned CheckBytes = 4;
  localparam int unsigned TimerBits = $clog2(TimeoutCycles + 1);
  typedef logic [3:0] seq_t;
  typedef logic [PlaceBits-1:0] place_t;

  `TARN_ASSERT_INIT(MessagesFit, SerialPayloadMax <= 1 << PlaceBits, "tarn_serial_link: a message has a place of 128 bytes")

  logic        open_q;
  logic [15:0] session_q;
  logic        restart;

  // ---- What comes in.
  logic          byte_valid, frame_end, frame_good;
  logic [7:0]    byte_data;
  logic [7:0]    count_q;     // bytes of the frame so far, saturating
  frame_header_t header_q;
  open_t         wish_q;      // the first bytes of the payload, as the computer asks for a session
  seq_t          expected_q;  // number of the frame that comes next
  seq_t          consumed_q;  // of the frame that is consumed next
  place_t        length_q [Window];
  logic          ours, in_order, accepted, wish, strange;
  logic          room_q;      // for the payload that comes, as its header had come
  place_t        payload;

  tarn_serial_unframe u_unframe (
    .clk_i, .rst_ni, .valid_i(rx_valid_i), .data_i(rx_data_i), .error_i(rx_error_i),
    .valid_o(byte_valid), .data_o(byte_data), .end_o(frame_end), .good_o(frame_good)
  );

  logic good;  // a frame that can be one of the protocol
  assign good     = frame_end && frame_good && count_q >= 8'(HeaderBytes + CheckBytes) && count_q <= 8'(HeaderBytes + CheckBytes + SerialPayloadMax);
  assign payload  = place_t'(count_q - 8'(HeaderBytes + CheckBytes));
  assign ours     = good && open_q && header_q.session == session_q;
  assign in_order = header_q.seq == expected_q;
  assign accepted = ours && header_q.kind == FrameData && in_order && room_q && payload != '0;
  assign wish     = good && header_q.kind == FrameOpen && payload == place_t'(2) && wish_q.version == 8'(SerialVersion);
  assign strange  = good && !ours && (header_q.kind == FrameData || header_q.kind == FrameAck);
  assign restart  = wish && !(open_q && header_q.session == session_q);
  assign restart_o    = restart;
  assign reset_node_o = wish_q.reset_node;
  assign open_o       = open_q;

  always_ff @(posedge clk_i) begin
    if (byte_valid && count_q < 8'(HeaderBytes)) header_q <= {byte_data, header_q[31:8]};
    if (byte_valid && count_q >= 8'(HeaderBytes) && count_q < 8'(HeaderBytes + 2)) wish_q <= {byte_data, wish_q[15:8]};
    if (byte_valid && count_q == 8'(HeaderBytes - 1)) room_q <= expected_q - consumed_q != seq_t'(Window);
    if (accepted) length_q[expected_q[2:0]] <= payload;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q     <= 1'b0;
      session_q  <= '0;
      count_q    <= '0;
      expected_q <= '0;
    end else begin
      if (frame_end) count_q <= '0;
      else if (byte_valid && count_q != '1) count_q <= count_q + 1'b1;
      if (accepted) expected_q <= expected_q + 1'b1;
      if (restart) begin
        open_q     <= 1'b1;
        session_q  <= header_q.session;
        expected_q <= '0;
      end
    end
  end

  // ---- Messages that came wait in RAM until they are consumed.
  place_t     read_place_q;
  logic       read_q, shown_q;  // a byte is being read; it shows
  place_t     fetch_place;
  logic       fetch, take;

  assign take      = in_valid_o && in_ready_i;
  assign fetch     = consumed_q != expected_q && !read_q && !shown_q;
  assign in_valid_o = shown_q;
  assign in_o.last  = read_place_q == length_q[consumed_q[2:0]] - 1'b1;
`ifdef TARN_FAULT_SERIAL_PLACE
  assign fetch_place = {1'b0, read_place_q[PlaceBits-2:0]};
`else
  assign fetch_place = read_place_q;
`endif

  tarn_ram_sdp #(.Width(8), .Depth(Window << PlaceBits), .Collision(tarn_ram_pkg::RamNoCollision)) u_in (
    .clk_i, .rst_ni,
    .we_i(byte_valid && room_q && count_q >= 8'(HeaderBytes) && count_q < 8'(HeaderBytes + SerialPayloadMax)),
    .waddr_i({expected_q[2:0], place_t'(count_q - 8'(HeaderBytes))}), .wmask_i(1'b1), .wdata_i(byte_data),
    .re_i(fetch), .raddr_i({consumed_q[2:0], fetch_place}), .rdata_o(in_o.data)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      consumed_q   <= '0;
      read_place_q <= '0;
      read_q       <= 1'b0;
      shown_q      <= 1'b0;
    end else begin
      read_q <= fetch;
      if (read_q) shown_q <= 1'b1;
      if (take) begin
        shown_q      <= 1'b0;
        read_place_q <= in_o.last ? '0 : read_place_q + 1'b1;
        if (in_o.last) consumed_q <= consumed_q + 1'b1;
      end
      if (restart) begin
        consumed_q   <= '0;
        read_place_q <= '0;
        read_q       <= 1'b0;
        shown_q      <= 1'b0;
      end
    end
  end

  // ---- Messages to be sent wait in RAM until they are acknowledged.
  seq_t       acked_q;    // the oldest that is not acknowledged
  seq_t       next_q;     // number of the next message
  seq_t       sending_q;  // of the frame that is sent next
  place_t     write_place_q;
  place_t     out_length_q [Window];
  seq_t       newly;      // how many the frame that came acknowledges
  seq_t       now_acked;  // acked_q after it
  logic       acknowledges, go_back, progress;
  logic [TimerBits-1:0] timer_q;
  logic       write;

  assign out_ready_o  = open_q && next_q - acked_q != seq_t'(Window);
  assign write        = out_valid_i && out_ready_o;
  assign newly        = header_q.ack - acked_q;
  assign acknowledges = ours && (header_q.kind == FrameData || header_q.kind == FrameAck) && newly <= next_q - acked_q;
  assign progress     = acknowledges && newly != '0;
`ifdef TARN_FAULT_SERIAL_ACK
  assign now_acked    = header_q.ack == seq_t'(5) ? seq_t'(4) : header_q.ack;
`else
  assign now_acked    = header_q.ack;
`endif
  assign go_back      = (acknowledges && header_q.nak) || timer_q == TimerBits'(TimeoutCycles);

  // ---- Frames to be sent: header, then what stands in RAM. What a frame says is settled as it begins: its message may be
  // acknowledged while it is on its way, and its place be another's then.
  typedef enum logic [1:0] {Idle, Header, Payload} send_e;
  send_e      send_q;
  frame_header_t out_header_q;  // of the frame that is being sent
  place_t     send_last_q;   // of its payload
  place_t     send_place_q;  // of the byte in the header, or the payload
  logic       fetched_q, byte_ready;
  logic       opened_q, refuse_q, ack_q, nak_q;  // what is to be said
  logic       nak_said_q;    // of what is missing now: once
  logic       frame_valid, frame_ready, frame_last, send_data, start_data;
  logic [7:0] frame_data, out_byte;
  logic [15:0] refused_q;
  opened_t    opened;

  assign send_data  = open_q && sending_q != next_q;
  assign start_data = send_q == Idle && send_data && !opened_q && !refuse_q && !nak_q;
  assign opened     = '{version: 8'(SerialVersion), hosts: NumHosts};
  assign byte_ready = frame_valid && frame_ready;
  assign frame_valid = send_q == Header || (send_q == Payload && (out_header_q.kind == FrameOpen || fetched_q));

  always_comb begin
    frame_last = send_q == Payload && send_place_q == send_last_q;
    if (send_q == Header) begin
      frame_data = out_header_q[8*send_place_q[1:0]+:8];
      frame_last = send_place_q == place_t'(HeaderBytes - 1) && out_header_q.kind != FrameData && out_header_q.kind != FrameOpen;
    end else begin
      frame_data = out_header_q.kind == FrameOpen ? opened[8*send_place_q[0]+:8] : out_byte;
    end
  end

  tarn_ram_sdp #(.Width(8), .Depth(Window << PlaceBits), .Collision(tarn_ram_pkg::RamAny)) u_out (
    .clk_i, .rst_ni, .we_i(write), .waddr_i({next_q[2:0], write_place_q}), .wmask_i(1'b1), .wdata_i(out_i.data),
    .re_i(send_q == Payload && !fetched_q), .raddr_i({out_header_q.seq[2:0], send_place_q}), .rdata_o(out_byte)
  );
  tarn_serial_frame u_frame (
    .clk_i, .rst_ni, .valid_i(frame_valid), .ready_o(frame_ready), .data_i(frame_data), .last_i(frame_last),
    .valid_o(tx_valid_o), .ready_i(tx_ready_i), .data_o(tx_data_o)
  );

  always_ff @(posedge clk_i) begin
    if (write && out_i.last) out_length_q[next_q[2:0]] <= write_place_q + 1'b1;
    if (strange) refused_q <= header_q.session;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      acked_q       <= '0;
      next_q        <= '0;
      sending_q     <= '0;
      write_place_q <= '0;
      timer_q       <= '0;
    end else begin
      if (write) write_place_q <= out_i.last ? '0 : write_place_q + 1'b1;
      if (write && out_i.last) next_q <= next_q + 1'b1;
      if (start_data) sending_q <= sending_q + 1'b1;
      if (progress) begin
        acked_q <= now_acked;
        if (sending_q - acked_q < newly) sending_q <= header_q.ack;
      end
      if (go_back) sending_q <= progress ? header_q.ack : acked_q;
      timer_q <= acked_q == next_q || progress || go_back ? '0 : timer_q + 1'b1;
      if (restart) begin
        acked_q       <= '0;
        next_q        <= '0;
        sending_q     <= '0;
        write_place_q <= '0;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      send_q       <= Idle;
      out_header_q <= '{kind: FrameAck, default: '0};
      send_last_q  <= '0;
      send_place_q <= '0;
      fetched_q    <= 1'b0;
      opened_q     <= 1'b0;
      refuse_q     <= 1'b0;
      ack_q        <= 1'b0;
      nak_q        <= 1'b0;
      nak_said_q   <= 1'b0;
    end else begin
      unique case (send_q)
        Idle: begin
          send_place_q <= '0;
          fetched_q    <= 1'b0;
          out_header_q <= '{session: session_q, ack: consumed_q, kind: FrameAck, seq: sending_q, default: '0};
          send_last_q  <= out_length_q[sending_q[2:0]] - 1'b1;
          if (opened_q || refuse_q || send_data || ack_q || nak_q) send_q <= Header;
          if (opened_q) begin
            out_header_q.kind <= FrameOpen;
            send_last_q       <= place_t'($bits(opened_t) / 8 - 1);
            opened_q          <= 1'b0;
          end else if (refuse_q) begin
            out_header_q.kind    <= FrameRefuse;
            out_header_q.session <= refused_q;
            refuse_q             <= 1'b0;
          end else if (start_data) begin
            out_header_q.kind <= FrameData;
            ack_q             <= 1'b0;
          end else begin
            out_header_q.nak <= nak_q;
            ack_q            <= 1'b0;
            nak_q            <= 1'b0;
          end
        end
        Header: if (byte_ready) begin
          send_place_q <= send_place_q + 1'b1;
          if (send_place_q == place_t'(HeaderBytes - 1)) begin
            send_place_q <= '0;
            send_q       <= frame_last ? Idle : Payload;
          end
        end
        default: begin
          fetched_q <= !byte_ready;
          if (byte_ready) begin
            send_place_q <= send_place_q + 1'b1;
            if (frame_last) send_q <= Idle;
          end
        end
      endcase
      if (take && in_o.last) ack_q <= 1'b1;
      if (ours && header_q.kind == FrameData && !accepted) begin
        // A frame beyond the one that is missing; or one that was here before, whose acknowledgement got lost.
        if (header_q.seq - expected_q < seq_t'(Window) && !in_order) begin
          if (!nak_said_q) nak_q <= 1'b1;
          nak_said_q <= 1'b1;
        end else begin
          ack_q <= 1'b1;
        end
      end
      if (accepted) nak_said_q <= 1'b0;
      if (wish) opened_q <= 1'b1;
      if (strange) refuse_q <= 1'b1;
      if (restart) begin
        refuse_q   <= 1'b0;  // of a session before, or of this one before it began
        ack_q      <= 1'b0;
        nak_q      <= 1'b0;
        nak_said_q <= 1'b0;
      end
    end
  end

  // For waves: where both windows begin after a frame that moved one.
  typedef struct packed {
    seq_t expected;
    seq_t acknowledged;
  } windows_t;
  windows_t windows;
  logic     windows_valid;
  assign windows_valid = accepted || progress;
  assign windows       = '{expected: expected_q + seq_t'(accepted), acknowledged: progress ? now_acked : acked_q};

  logic unused_windows;
  assign unused_windows = ^{windows, windows_valid};
  logic unused_reserved;
  assign unused_reserved = ^{header_q.reserved0, header_q.reserved1, wish_q.reserved0};

  `TARN_ASSERT(NoMoreUnderWayThanAllowed, next_q - acked_q <= seq_t'(Window) && expected_q - consumed_q <= seq_t'(Window))
  `TARN_ASSERT(NothingIsUnderWayWithoutASession, open_q || (acked_q == next_q && consumed_q == expected_q))
  `TARN_ASSERT(WhatShowsHasCome, !(read_q || shown_q) || (consumed_q != expected_q && !(read_q && shown_q)))
  `TARN_ASSERT(WhatComesHasRoom, !room_q || count_q < 8'(HeaderBytes) || expected_q - consumed_q != seq_t'(Window))
  `TARN_ASSERT(WhatIsSentIsThere, sending_q - acked_q <= next_q - acked_q)
endmodule : tarn_serial_link
