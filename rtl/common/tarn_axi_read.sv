// The read half of tarn_axi_port: splits bursts into line reads and gives the beats back, in order per ID.
// Latency: AR to request 0 cycles (path from `ar_i` to `req_o`), response to R 1 cycle.
// Throughput: one line or one beat per cycle. A burst waits in AR while all Lines are in flight.
// Lines of one burst are asked for in order and without another read burst between them. Lines of different IDs
// may come back interleaved; the beats of one line do not.
`include "tarn_assert.svh"
module tarn_axi_read
  import tarn_axi_pkg::*;
  import tarn_line_pkg::*;
#(
  parameter int unsigned IdBits   = 8,
  parameter int unsigned DataBits = 512,
  parameter int unsigned Lines    = 64  // in flight, 2 to 128
) (
  input  logic      clk_i,
  input  logic      rst_ni,
  input  logic      ar_valid_i,
  output logic      ar_ready_o,
  input  ax_t       ar_i,
  input  logic      rsp_valid_i,  // always taken
  input  line_rsp_t rsp_i,
  output logic      req_valid_o,
  input  logic      req_ready_i,
  output dev_req_t  req_o,        // without data
  output logic      r_valid_o,
  input  logic      r_ready_i,
  output r_t        r_o
);
  localparam int unsigned IndexBits = $clog2(Lines);
  localparam int unsigned Slots     = LineBytes * 8 / DataBits;  // beats' places in a line
  localparam int unsigned SlotBits  = Slots > 1 ? $clog2(Slots) : 1;
  localparam int unsigned BusOffsetBits = $clog2(DataBits / 8);

  // What a line's answer is turned into.
  typedef struct packed {
    logic [IdBits-1:0] id;
    logic [5:0] offset;     // of the first beat
    logic [5:0] step_mask;  // offset bits that go on from beat to beat: none for FIXED, all for INCR
    logic [2:0] size;
    logic [7:0] beats;      // less 1
    logic last;             // the burst's last line
    logic illegal;          // no line was asked for
  } part_t;
  typedef struct packed {
    logic paged;
    logic walked;
    resp_e resp;
    logic [511:0] data;
  } answer_t;

  // ---- Requests: one line of the burst at AR per cycle.
  logic first_q;
  logic [11:0] pos_q, pos, next_pos;  // within the 4 KiB page
  logic [7:0] left_q, left, to_line_end, line_beats;
  logic [9:0] container_mask;  // bytes of a WRAP burst's container, less 1: 1023 at most
  logic [5:0] size_mask, step_mask, lo, hi;
  logic legal, last_line, alloc_valid, take;
  logic [IndexBits-1:0] alloc_index;
  part_t part;

  tarn_axi_legal #(.DataBits(DataBits), .IsWrite(1'b0)) u_legal (.ax_i(ar_i), .legal_o(legal));

  assign pos            = first_q ? ar_i.addr[11:0] : pos_q;
  assign left           = first_q ? ar_i.len : left_q;
  assign size_mask      = 6'((7'd1 << ar_i.size) - 7'd1);
  assign container_mask = 10'(((11'(ar_i.len[3:0]) + 11'd1) << ar_i.size) - 11'd1);
  assign to_line_end    = (8'd63 - 8'(pos[5:0])) >> ar_i.size;

  always_comb begin
    step_mask  = '1;
    line_beats = left < to_line_end ? left : to_line_end;
    next_pos   = {pos[11:6] + 6'd1, 6'd0};
    lo         = pos[5:0];
    hi         = 6'(((6'(line_beats) << ar_i.size) + (pos[5:0] & ~size_mask)) | size_mask);
    unique case (ar_i.burst)
      BurstFixed: begin
        step_mask  = '0;
        line_beats = left;
        hi         = pos[5:0] | size_mask;
      end
      BurstWrap: begin
        next_pos = (pos & ~12'(container_mask)) | (next_pos & 12'(container_mask));
        if (container_mask[9:6] == '0) begin  // all within one line
          step_mask  = container_mask[5:0];
          line_beats = left;
          lo         = pos[5:0] & ~container_mask[5:0];
          hi         = pos[5:0] | container_mask[5:0];
        end
      end
      default: ;
    endcase
    if (!legal) line_beats = left;
  end
  assign last_line = line_beats == left;

  assign req_valid_o = ar_valid_i && legal && alloc_valid;
  assign take        = ar_valid_i && alloc_valid && (!legal || req_ready_i);
  assign ar_ready_o  = take && last_line;

  always_comb begin
    req_o               = '0;
    req_o.tag           = 8'(alloc_index);
    req_o.op            = OpRead;
    req_o.device_id     = ar_i.user.device_id;
    req_o.process_id    = ar_i.user.process_id;
    req_o.process_valid = ar_i.user.process_valid;
    req_o.priv          = ar_i.prot[0];
    req_o.exec          = ar_i.prot[2];
    req_o.at            = at_e'(ar_i.user.at);
    req_o.attr          = ar_i.cache;
    req_o.rcid          = ar_i.user.rcid;
    req_o.mcid          = ar_i.user.mcid;
    req_o.qos           = ar_i.qos;
    req_o.exclusive     = ar_i.lock;
    req_o.exclusive_id  = ar_i.id;
    req_o.first_byte     = pos[5:0];
    req_o.first_of_burst = first_q;
    req_o.addr = {ar_i.addr[63:12], pos[11:6], 6'd0};
    req_o.mask = (64'hFFFF_FFFF_FFFF_FFFF << lo) & (64'hFFFF_FFFF_FFFF_FFFF >> (6'd63 - hi));
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) first_q <= 1'b1;
    else if (take) first_q <= last_line;
  end
  always_ff @(posedge clk_i) begin
    if (take) begin
      pos_q  <= next_pos;
      left_q <= left - line_beats - 8'd1;
    end
  end

  // ---- Answers: kept by line until the line is the oldest of its ID.
  logic [Lines-1:0] done;
  logic [IndexBits-1:0] pick_index;
  logic pick_valid, pick_ready, answered;
  answer_t answer, kept;
  part_t shown;
  logic [IdBits-1:0] unused_pick_id;

  assign answered = rsp_valid_i && !rsp_i.tag[7];
  assign done = (answered ? Lines'(1) << rsp_i.tag[IndexBits-1:0] : '0) |
                (take && !legal ? Lines'(1) << alloc_index : '0);

  assign part = '{
      id: ar_i.id[IdBits-1:0], offset: pos[5:0], step_mask: step_mask, size: ar_i.size, beats: line_beats,
      last: last_line, illegal: !legal
  };

  tarn_axi_order #(.N(Lines), .IdBits(IdBits), .Bypass(1'b1)) u_order (
    .clk_i, .rst_ni, .alloc_valid_o(alloc_valid), .alloc_index_o(alloc_index), .alloc_i(take),
    .alloc_id_i(ar_i.id[IdBits-1:0]), .done_i(done), .pick_valid_o(pick_valid), .pick_index_o(pick_index),
    .pick_id_o(unused_pick_id), .pick_i(pick_ready)
  );

  always_comb begin
    unique case (rsp_i.status)
      StatusOk:          answer.resp = RespOkay;
      StatusExclusiveOk: answer.resp = RespExokay;
      StatusAccessError: answer.resp = RespDecerr;
      default:           answer.resp = RespSlverr;
    endcase
    answer.walked = rsp_i.walked;
    answer.paged  = rsp_i.paged;
    answer.data   = rsp_i.data;
  end

  tarn_ram_sdp #(.Width($bits(answer_t)), .Depth(Lines), .Collision(tarn_ram_pkg::RamReadNew)) u_answers (
    .clk_i, .rst_ni, .we_i(answered), .waddr_i(rsp_i.tag[IndexBits-1:0]), .wmask_i(1'b1), .wdata_i(answer),
    .re_i(pick_valid && pick_ready), .raddr_i(pick_index), .rdata_o(kept)
  );
  tarn_ram_sdp #(.Width($bits(part_t)), .Depth(Lines), .Collision(tarn_ram_pkg::RamNoCollision)) u_parts (
    .clk_i, .rst_ni, .we_i(take), .waddr_i(alloc_index), .wmask_i(1'b1), .wdata_i(part),
    .re_i(pick_valid && pick_ready), .raddr_i(pick_index), .rdata_o(shown)
  );

  // ---- Beats of the line picked last.
  logic r_valid_q, beat_first_q, line_end, failed;
  logic [5:0] beat_pos_q, beat_pos, shown_size_mask;
  logic [7:0] beat_left_q, beat_left;

  assign beat_pos   = beat_first_q ? shown.offset : beat_pos_q;
  assign beat_left  = beat_first_q ? shown.beats : beat_left_q;
`ifdef TARN_FAULT_AXI_LOST_BEAT
  assign line_end   = r_ready_i && beat_left <= 8'd1;
`else
  assign line_end   = r_ready_i && beat_left == '0;
`endif
  assign pick_ready = !r_valid_q || line_end;
  assign r_valid_o  = r_valid_q;
  assign shown_size_mask = 6'((7'd1 << shown.size) - 7'd1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      r_valid_q    <= 1'b0;
      beat_first_q <= 1'b1;
    end else begin
      if (pick_ready) r_valid_q <= pick_valid;
      if (r_valid_q && r_ready_i) beat_first_q <= line_end;
    end
  end
  always_ff @(posedge clk_i) begin
    if (r_valid_q && r_ready_i) begin
      beat_pos_q  <= (beat_pos & ~shown.step_mask) |
                     (((beat_pos & ~shown_size_mask) + shown_size_mask + 6'd1) & shown.step_mask);
      beat_left_q <= beat_left - 8'd1;
    end
  end

  logic [DataBits-1:0] beat_data;
  if (Slots == 1) begin : gen_whole_line
    assign beat_data = kept.data;
  end else begin : gen_slots
    logic [SlotBits-1:0] slot;
    assign slot      = beat_pos[5:BusOffsetBits];
    assign beat_data = kept.data[slot*DataBits+:DataBits];
  end
  assign failed = shown.illegal || kept.resp == RespSlverr || kept.resp == RespDecerr;
  assign r_o = '{
      id: 8'(shown.id),
      resp: shown.illegal ? RespSlverr : kept.resp,
      last: shown.last && beat_left == '0,
      paged: kept.paged && !shown.illegal,
      walked: kept.walked && !shown.illegal,
      data: failed ? '0 : 512'(beat_data)  // what a RAM held before is nobody's to see
  };

  `TARN_ASSERT(TagInRange, !answered || {1'b0, rsp_i.tag[6:0]} < 8'(Lines))
endmodule : tarn_axi_read
