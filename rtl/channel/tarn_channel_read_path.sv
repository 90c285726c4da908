// Takes the modules' read data, which comes in the order of the read commands, and offers the lines in that order.
// A read is issued only while `room_o`: a line has its place before its command goes out, so that data is never lost
// however long the taker waits.
// Each word's syndrome is made as it comes and stored beside the line; what it says is found out when the line leaves
// (tarn_channel_ecc_decoder), so that check bits cost no cycle. A clock's words go straight to their place in the store; where a cycle has
// several clocks, and so may end one line and begin the next, to a register until the line is whole.
// With PartByPart the store has the width of a clock, and the line that leaves next is put together in a register, a part a cycle, as soon as the
// parts are there: in no more cycles, and with a quarter of the memory for few lines.
`include "tarn_assert.svh"
module tarn_channel_read_path
  import tarn_channel_pkg::*;
  import tarn_channel_ecc_pkg::*;
#(
  parameter bit          Ecc       = 1'b1,  // the modules have check bits
  parameter int unsigned NarrowBus = 0,     // the most that narrowing_i may be; above 1 without Ecc
  parameter int unsigned Slots     = 1,     // DRAM clocks of a cycle: 1, 2 or 4
  parameter int unsigned Depth     = 16,    // lines under way or waiting to be taken, a power of two; bus use needs (CL + 8) / 4
  parameter int unsigned LatencyMax = 63,   // the most that cl_i may be
  parameter bit          PartByPart = 1'b0  // Slots 1, NarrowBus 0, without Ecc
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  clocks_t               cl_i,
  input  logic [1:0]            narrowing_i,    // a clock carries 128 >> narrowing_i bits
  input  logic                  single_rate_i,  // all in the first beat
  output logic                  room_o,
  input  logic                  issue_i,  // a read command is decided in this cycle
  input  slot_t                 issue_slot_i,
  input  read_id_t              issue_id_i,
  output logic                  dfi_rd_en_o[Slots],  // data is expected now
  input  tarn_dfi_pkg::dfi_rd_t dfi_rd_i[Slots],
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
  `TARN_ASSERT_INIT(PartsAllowed, !PartByPart || (Slots == 1 && NarrowBus == 0 && !Ecc),
                    "tarn_channel_read_path: PartByPart needs Slots 1, NarrowBus 0, no Ecc")
  localparam int unsigned PtrBits = $clog2(Depth);
  typedef logic [PtrBits:0] ptr_t;  // one bit more than an index: full and empty differ

  ptr_t             issue_q, arrive_q, fetch_q, leave_q;
  read_id_t         id_q[Depth];
  localparam int unsigned ClocksMax    = 4 << NarrowBus;
  localparam int unsigned ClockBits    = $clog2(ClocksMax);
  localparam int unsigned CalendarBits = LatencyMax + Slots + ClocksMax - 1;
  typedef logic [ClockBits-1:0] clock_t;
  clock_t           clock_q;      // of the line that arrives
  typedef logic [CalendarBits-1:0] calendar_t;
  calendar_t        calendar_q;   // bit i: data is expected in i clocks
  logic [1:0]       narrowing;
  logic             narrow;       // by half: a clock carries a word
  clock_t           last_clock;
  logic [ClocksMax-1:0] burst;    // a bit a clock
  assign narrowing  = NarrowBus == 0 ? '0 : narrowing_i;
  assign narrow     = narrowing == 2'd1;
  assign last_clock = clock_t'((32'd4 << narrowing) - 1);
  assign burst      = ClocksMax'((33'd1 << (6'd4 << narrowing)) - 1);

  logic fetch, leave;
  assign room_o = ptr_t'(issue_q - leave_q) < ptr_t'(Depth);
  assign leave  = valid_o && ready_i;

  // What comes: whether it was expected, and which clock of its line it is. A line has no fewer clocks than a cycle: one ends at most.
  logic [Slots-1:0]      arrive;
  clock_t [Slots-1:0]    clock;
  clock_t                clock_d;
  logic                  ends;
  always_comb begin
    clock_d = clock_q;
    ends    = 1'b0;
    stray_o = 1'b0;
    for (int unsigned s = 0; s < Slots; s++) begin
      clock[s]  = clock_d;
      arrive[s] = dfi_rd_i[s].valid && issue_q != ptr_t'(arrive_q + ptr_t'(ends));
      if (dfi_rd_i[s].valid && !arrive[s]) stray_o = 1'b1;
      if (arrive[s] && clock_d == last_clock) begin
        clock_d = '0;
        ends    = 1'b1;
      end else if (arrive[s]) begin
        clock_d = clock_d + 1'b1;
      end
    end
  end
  // The store's output is held until the next fetch: fetch when it is free or becomes so.
  logic output_free;
  assign output_free = fetch_q == leave_q || leave;

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
      clock_q <= clock_d;
      if (ends) arrive_q <= arrive_q + 1'b1;
      if (fetch) fetch_q <= fetch_q + 1'b1;
      if (leave) leave_q <= leave_q + 1'b1;
      valid_q    <= fetch || (valid_q && !leave);
      calendar_q <= (calendar_q >> Slots)
                  | (issue_i ? calendar_t'(burst) << (cl_i + clocks_t'(issue_slot_i)) : '0);
    end
  end
  always_ff @(posedge clk_i) begin
    if (issue_i) id_q[issue_q[PtrBits-1:0]] <= issue_id_i;
  end

  // The words of a clock, and their syndromes: one where the bus is narrow, a half or a quarter where it is narrower.
  logic [Slots-1:0][1:0][WordBits-1:0] pins, word;
  check_t [Slots-1:0][1:0]             syndrome;
  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      pins[s] = {dfi_rd_i[s].beat1, dfi_rd_i[s].beat0};
      if (NarrowBus != 0 && narrowing != '0 && !single_rate_i) begin
        unique case (narrowing)
          2'd1:    pins[s][0] = {dfi_rd_i[s].beat1[31:0], dfi_rd_i[s].beat0[31:0]};
          2'd2:    pins[s][0][31:0] = {dfi_rd_i[s].beat1[15:0], dfi_rd_i[s].beat0[15:0]};
          default: pins[s][0][15:0] = {dfi_rd_i[s].beat1[7:0], dfi_rd_i[s].beat0[7:0]};
        endcase
      end
    end
  end
  if (Ecc) begin : gen_ecc
    logic               inject_q, inject_d;  // into the line that arrives
    logic [Slots-1:0]   inject;
    check_t [1:0]       check;
    always_comb begin
      inject_d   = inject_q;
      injected_o = 1'b0;
      for (int unsigned s = 0; s < Slots; s++) begin
        inject[s] = clock[s] == '0 ? inject_i : inject_d;
        if (arrive[s]) inject_d = inject[s];
        if (arrive[s] && clock[s] == '0 && inject_i) injected_o = 1'b1;
      end
    end
    always_ff @(posedge clk_i) inject_q <= inject_d;
    always_comb begin
      check = '0;
      for (int unsigned s = 0; s < Slots; s++) begin
        check   = {dfi_rd_i[s].check1, narrow ? {dfi_rd_i[s].check1[3:0], dfi_rd_i[s].check0[3:0]} : dfi_rd_i[s].check0};
        word[s] = pins[s];
        for (int unsigned i = 0; i < 2; i++) begin
          if (inject[s] && inject_flips_i.word == (narrow ? 3'(clock[s]) : {clock[s][1:0], 1'(i)})) begin
            word[s][i] = word[s][i] ^ inject_flips_i.data;
            check[i]   = check[i] ^ inject_flips_i.check;
          end
          syndrome[s][i] = dfi_rd_i[s].valid ? encode(word[s][i]) ^ check[i] : '0;
        end
      end
    end
  end else begin : gen_no_ecc
    logic unused_inject;
    assign unused_inject = inject_i || ^inject_flips_i || ^clock;
    assign word          = pins;
    assign syndrome      = '0;
    assign injected_o    = 1'b0;
  end

  // The store is written by words, or by what the narrowest bus carries in a clock.
  localparam int unsigned LaneBits = NarrowBus <= 1 ? WordBits : 16;
  localparam int unsigned Lanes    = 512 / LaneBits;
  logic             store;
  logic [Lanes-1:0] lanes;
  words_t           word_lanes;  // of the syndromes
  logic [511:0]     line;
  check_t [LineWords-1:0] line_syndromes;
  if (Slots == 1) begin : gen_clock_by_clock
    assign store          = arrive[0];
    assign word_lanes     = narrow ? 8'd1 << clock_q : 8'd3 << {clock_q[1:0], 1'b0};
    assign line_syndromes = narrow ? {8{syndrome[0][0]}} : {4{syndrome[0]}};
    if (NarrowBus <= 1) begin : gen_words
      assign lanes = word_lanes;
      assign line  = narrow ? {8{word[0][0]}} : {4{word[0]}};
    end else begin : gen_parts
      always_comb begin
        unique case (narrowing)
          2'd0:    {lanes, line} = {Lanes'(8'hFF) << {clock_q[1:0], 3'b0}, {4{word[0]}}};
          2'd1:    {lanes, line} = {Lanes'(4'hF) << {clock_q[2:0], 2'b0}, {8{word[0][0]}}};
          2'd2:    {lanes, line} = {Lanes'(2'h3) << {clock_q[3:0], 1'b0}, {16{word[0][0][31:0]}}};
          default: {lanes, line} = {Lanes'(1'h1) << clock_q, {32{word[0][0][15:0]}}};
        endcase
      end
    end
  end else begin : gen_whole_lines
    logic [511:0] line_d, line_q;  // what has come of the line that arrives
    check_t [LineWords-1:0] line_syndromes_d, line_syndromes_q;
    assign store      = ends;
    assign lanes      = '1;
    assign word_lanes = '1;
    always_comb begin
      line_d           = line_q;
      line_syndromes_d = line_syndromes_q;
      line             = line_q;
      line_syndromes   = line_syndromes_q;
      for (int unsigned s = 0; s < Slots; s++) begin
        if (arrive[s] && NarrowBus > 1 && narrowing[1]) begin
          if (narrowing[0]) line_d[32'(5'(clock[s]))*16+:16] = word[s][0][15:0];
          else line_d[32'(4'(clock[s]))*32+:32] = word[s][0][31:0];
        end else if (arrive[s] && narrow) begin
          line_d[32'(3'(clock[s]))*64+:64]   = word[s][0];
          line_syndromes_d[3'(clock[s])] = syndrome[s][0];
        end else if (arrive[s]) begin
          line_d[32'(clock[s][1:0])*128+:128]                                  = word[s];
          {line_syndromes_d[{clock[s][1:0], 1'b1}], line_syndromes_d[{clock[s][1:0], 1'b0}]} = syndrome[s];
        end
        if (arrive[s] && clock[s] == last_clock) begin
          line           = line_d;
          line_syndromes = line_syndromes_d;
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (arrive != '0) begin
        line_q           <= line_d;
        line_syndromes_q <= line_syndromes_d;
      end
    end
  end

  if (Ecc) begin : gen_syndromes
    tarn_ram_sdp #(
      .Width(LineWords * CheckBits), .Depth(Depth), .LaneBits(CheckBits), .Collision(tarn_ram_pkg::RamNoCollision)
    ) u_syndromes (
      .clk_i, .rst_ni,
      .we_i(store), .waddr_i(arrive_q[PtrBits-1:0]), .wmask_i(word_lanes), .wdata_i(line_syndromes),
      .re_i(fetch), .raddr_i(fetch_q[PtrBits-1:0]), .rdata_o(syndromes_o)
    );
  end else begin : gen_no_syndromes
    logic unused_syndromes;
    assign unused_syndromes = ^line_syndromes || ^word_lanes;
    assign syndromes_o      = '0;
  end
  if (PartByPart) begin : gen_parts_store
    logic [127:0]      parts_q[4*Depth], part;
    logic [3:0][127:0] line_q;
    logic [1:0]        part_q;
    logic              part_there, take;
    assign part       = parts_q[{fetch_q[PtrBits-1:0], part_q}];
    assign part_there = fetch_q != arrive_q || 2'(clock_q) > part_q;
    assign take       = part_there && (part_q != '0 || output_free);
    assign fetch      = take && part_q == '1;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) part_q <= '0;
      else if (take) part_q <= part_q + 1'b1;
    end
    always_ff @(posedge clk_i) begin
      if (store) parts_q[{arrive_q[PtrBits-1:0], 2'(clock_q)}] <= line[127:0];
      for (int unsigned p = 0; p < 4; p++) if (take && part_q == 2'(p)) line_q[p] <= part;
    end
    assign data_o = line_q;

    logic unused_lanes;
    assign unused_lanes = ^lanes || ^line[511:128];
  end else begin : gen_lines_store
    assign fetch = fetch_q != arrive_q && output_free;
    tarn_ram_sdp #(
      .Width(512), .Depth(Depth), .LaneBits(LaneBits), .Collision(tarn_ram_pkg::RamNoCollision)
    ) u_lines (
      .clk_i, .rst_ni,
      .we_i(store), .waddr_i(arrive_q[PtrBits-1:0]), .wmask_i(lanes), .wdata_i(line),
      .re_i(fetch), .raddr_i(fetch_q[PtrBits-1:0]), .rdata_o(data_o)
    );
  end
  assign valid_o     = valid_q;
  assign id_o        = id_q[leave_q[PtrBits-1:0]];
  assign idle_o      = issue_q == leave_q;
  for (genvar s = 0; s < Slots; s++) begin : gen_enable
    assign dfi_rd_en_o[s] = calendar_q[s];
  end

  `TARN_ASSERT(IssuedWithRoom, !issue_i || room_o)
  `TARN_ASSERT(ClFits, !issue_i || cl_i <= clocks_t'(LatencyMax))
endmodule : tarn_channel_read_path
