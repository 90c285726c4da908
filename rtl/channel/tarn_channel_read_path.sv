// Takes the modules' read data, which comes in the order of the read commands, and offers the lines in that order.
// A read is issued only while `room_o`: a line has its place before its command goes out, so that data is never lost
// however long the taker waits.
// Each word's syndrome is made as it comes and stored beside the line; what it says is found out when the line leaves
// (tarn_channel_ecc_decoder), so that check bits cost no cycle.
`include "tarn_assert.svh"
module tarn_channel_read_path
  import tarn_channel_pkg::*;
  import tarn_channel_ecc_pkg::*;
#(
  parameter bit          Ecc       = 1'b1,  // the modules have check bits
  parameter bit          NarrowBus = 1'b0,  // narrow_i may be set
  parameter int unsigned Depth     = 16     // lines under way or waiting to be taken, a power of two; bus use needs (CL + 8) / 4
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  clocks_t               cl_i,
  input  logic                  narrow_i,  // a line takes eight clocks
  output logic                  room_o,
  input  logic                  issue_i,  // a read command is decided in this cycle
  input  read_id_t              issue_id_i,
  output logic                  dfi_rd_en_o,  // data is expected now
  input  tarn_dfi_pkg::dfi_rd_t dfi_rd_i,
  output logic                  stray_o,      // data came that was not expected
  // bits that are inverted in the next line that comes
  input  logic                  inject_i,
  input  ecc_flips_t            inject_flips_i,
  output logic                  injected_o,
  output logic                  idle_o,
  output logic                  valid_o,
  input  logic                  ready_i,
  output read_id_t              id_o,
  output check_t [LineWords-1:0] syndromes_o,
  output logic [511:0]          data_o         // as it came
);
  `TARN_ASSERT_INIT(DepthAllowed, Depth >= 4 && Depth == 2 ** $clog2(Depth),
                    "tarn_channel_read_path: Depth must be a power of two, 4 or more")
  localparam int unsigned PtrBits = $clog2(Depth);
  typedef logic [PtrBits:0] ptr_t;  // one bit more than an index: full and empty differ

  ptr_t             issue_q, arrive_q, fetch_q, leave_q;
  read_id_t         id_q[Depth];
  logic [2:0]       clock_q;      // of the line that arrives
  logic [67:0]      calendar_q;   // bit i: data is expected in i cycles
  logic             narrow, last;
  assign narrow = NarrowBus && narrow_i;
  assign last   = clock_q == (narrow ? 3'd7 : 3'd3);

  logic expected, arrive, fetch, leave;
  assign room_o   = ptr_t'(issue_q - leave_q) < ptr_t'(Depth);
  assign expected = issue_q != arrive_q;
  assign arrive   = dfi_rd_i.valid && expected;
  assign stray_o  = dfi_rd_i.valid && !expected;
  assign leave    = valid_o && ready_i;
  // The store's output is held until the next fetch: fetch when it is free or becomes so.
  assign fetch    = fetch_q != arrive_q && (fetch_q == leave_q || leave);

  logic valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      issue_q    <= '0;
      arrive_q   <= '0;
      fetch_q    <= '0;
      leave_q    <= '0;
      clock_q    <= '0;
      calendar_q <= '0;
      valid_q    <= 1'b0;
    end else begin
      if (issue_i) issue_q <= issue_q + 1'b1;
      if (arrive) clock_q <= last ? '0 : clock_q + 1'b1;
      if (arrive && last) arrive_q <= arrive_q + 1'b1;
      if (fetch) fetch_q <= fetch_q + 1'b1;
      if (leave) leave_q <= leave_q + 1'b1;
      valid_q    <= fetch || (valid_q && !leave);
      calendar_q <= (calendar_q >> 1) | (issue_i ? (narrow ? 68'hFF : 68'hF) << cl_i : 68'd0);
    end
  end
  always_ff @(posedge clk_i) begin
    if (issue_i) id_q[issue_q[PtrBits-1:0]] <= issue_id_i;
  end

  // The words of a clock: one where the bus is narrow.
  word_t  word[2];
  words_t lanes;
  logic [1:0][WordBits-1:0] pins;
  assign pins[0] = narrow ? {dfi_rd_i.beat1[31:0], dfi_rd_i.beat0[31:0]} : dfi_rd_i.beat0;
  assign pins[1] = dfi_rd_i.beat1;
  assign lanes   = narrow ? 8'd1 << clock_q : 8'd3 << {clock_q[1:0], 1'b0};
  if (Ecc) begin : gen_ecc
    logic   inject_q, inject;
    check_t check[2], syndrome[2];
    assign inject     = clock_q == '0 ? inject_i : inject_q;
    assign injected_o = arrive && clock_q == '0 && inject_i;
    always_ff @(posedge clk_i) if (arrive && clock_q == '0) inject_q <= inject_i;
    always_comb begin
      check = '{narrow ? {dfi_rd_i.check1[3:0], dfi_rd_i.check0[3:0]} : dfi_rd_i.check0, dfi_rd_i.check1};
      for (int unsigned i = 0; i < 2; i++) begin
        word[i] = pins[i];
        if (inject && inject_flips_i.word == (narrow ? clock_q : {clock_q[1:0], 1'(i)})) begin
          word[i]  = word[i] ^ inject_flips_i.data;
          check[i] = check[i] ^ inject_flips_i.check;
        end
        syndrome[i] = dfi_rd_i.valid ? encode(word[i]) ^ check[i] : '0;
      end
    end
    tarn_ram_sdp #(
      .Width(LineWords * CheckBits), .Depth(Depth), .LaneBits(CheckBits), .Collision(tarn_ram_pkg::RamNoCollision)
    ) u_syndromes (
      .clk_i, .rst_ni,
      .we_i(arrive), .waddr_i(arrive_q[PtrBits-1:0]), .wmask_i(lanes),
      .wdata_i(narrow ? {8{syndrome[0]}} : {4{syndrome[1], syndrome[0]}}),
      .re_i(fetch), .raddr_i(fetch_q[PtrBits-1:0]), .rdata_o(syndromes_o)
    );
  end else begin : gen_no_ecc
    logic unused_inject;
    assign unused_inject = inject_i || ^inject_flips_i;
    assign word          = '{pins[0], pins[1]};
    assign syndromes_o   = '0;
    assign injected_o    = 1'b0;
  end

  tarn_ram_sdp #(
    .Width(512), .Depth(Depth), .LaneBits(64), .Collision(tarn_ram_pkg::RamNoCollision)
  ) u_lines (
    .clk_i, .rst_ni,
    .we_i(arrive), .waddr_i(arrive_q[PtrBits-1:0]), .wmask_i(lanes), .wdata_i(narrow ? {8{word[0]}} : {4{word[1], word[0]}}),
    .re_i(fetch), .raddr_i(fetch_q[PtrBits-1:0]), .rdata_o(data_o)
  );
  assign valid_o     = valid_q;
  assign id_o        = id_q[leave_q[PtrBits-1:0]];
  assign idle_o      = issue_q == leave_q;
  assign dfi_rd_en_o = calendar_q[0];

  `TARN_ASSERT(IssuedWithRoom, !issue_i || room_o)
endmodule : tarn_channel_read_path
