// Holds the data of queued writes; puts a write's data on the bus CWL clocks after its command; lets the admission
// read a queued line for a read that is forwarded. A write to a queued line is merged: its bytes replace the older.
// The place of an issued write is released when its data has been read, just before it goes out.
// With check bits only whole lines go out: a partial write waits for the old line (`fill_*`), whose bytes come under its own. That
// takes two cycles in which nothing is stored (the mask is read, then the line is written); what the old line had lost, or its mark of content
// known lost, the line then has, unless a whole line was written meanwhile. A write of no bytes that finds nothing to correct ends there.
// Where a cycle has several clocks writes can take the store in each cycle: who waits for it long then makes them step back (`yield_o`).
`include "tarn_assert.svh"
module tarn_channel_write_path
  import tarn_channel_pkg::*;
  import tarn_channel_ecc_pkg::*;
#(
  parameter bit          Ecc       = 1'b1,  // the modules have check bits
  parameter int unsigned NarrowBus = 0,     // the most that narrowing_i may be; above 1 without Ecc
  parameter int unsigned Depth     = 96,
  parameter int unsigned Slots     = 1,     // DRAM clocks of a cycle: 1, 2 or 4
  parameter int unsigned LatencyMax = 63,   // the most that cwl_i may be
  localparam int unsigned IndexBits = $clog2(Depth)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  clocks_t               cwl_i,
  input  logic [1:0]            narrowing_i,    // a clock carries 128 >> narrowing_i bits
  input  logic                  single_rate_i,  // all in the first beat
  // store
  input  logic                  store_i,
  input  logic                  merge_i,    // with store_i: into what is there
  input  logic [IndexBits-1:0]  store_index_i,
  input  logic [63:0]           mask_i,
  input  logic                  poison_i,
  input  logic [511:0]          data_i,
  // the old line of a partial write: held until done
  input  logic                  fill_i,
  input  logic [IndexBits-1:0]  fill_index_i,
  input  logic [511:0]          fill_data_i,
  input  logic                  fill_poisoned_i,   // it bears the mark
  input  words_t                fill_lost_i,       // words beyond correction
  input  logic                  fill_corrected_i,  // worth writing back
  output logic                  fill_done_o,
  output logic                  fill_dropped_o,    // with fill_done_o: there is nothing to write; the place is released
  // bits that are inverted in the next line that goes out
  input  logic                  inject_i,
  input  ecc_flips_t            inject_flips_i,
  output logic                  injected_o,
  // which queued lines are whole, that is can be forwarded
  output logic [Depth-1:0]      whole_o,
  // forward: taken only when forward_ready_o; the line comes in the next cycle
  input  logic                  forward_waits_i,  // somebody wants to
  output logic                  forward_ready_o,
  input  logic                  forward_i,
  input  logic [IndexBits-1:0]  forward_index_i,
  output logic [511:0]          line_o,
  output logic                  line_poison_o,
  // the write command of a place goes out (is decided in this cycle)
  input  logic                  issue_i,
  input  slot_t                 issue_slot_i,
  input  logic [IndexBits-1:0]  issue_index_i,
  output logic                  yield_o,    // no more of them for now
  output logic                  release_o,
  output logic [IndexBits-1:0]  release_index_o,
  output logic                  idle_o,
  output tarn_dfi_pkg::dfi_wr_t dfi_wr_o[Slots]
);
  typedef logic [IndexBits-1:0] index_t;

  logic [Depth-1:0] whole_q, poison_q;
  logic             whole, fill, fill_poison, fill_drop;
  assign whole   = mask_i == '1;
  assign whole_o = whole_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      whole_q  <= '0;
      poison_q <= '0;
    end else begin
      if (store_i) begin
        whole_q[store_index_i]  <= whole || (merge_i && whole_q[store_index_i]);
        poison_q[store_index_i] <= poison_i || (!whole && merge_i && poison_q[store_index_i]);
      end
      if (fill) begin
        whole_q[fill_index_i]  <= 1'b1;
        poison_q[fill_index_i] <= poison_q[fill_index_i] || fill_poison;
      end
    end
  end

  // The calendar of the data bus: bit i says that a line's data begins i clocks after the first clock of the cycle after the next. Then
  // the line is read from the store in this cycle.
  localparam int unsigned CalendarBits = LatencyMax > 3 * Slots ? LatencyMax - Slots : 2 * Slots;
  typedef logic [CalendarBits-1:0] calendar_t;
  calendar_t   calendar_q;
  index_t      order_q[16];  // the places of issued writes, in order
  logic [3:0]  order_in_q, order_out_q;
  logic        fetch;
  slot_t       fetch_slot;
  index_t      fetch_index;
  assign fetch       = calendar_q[Slots-1:0] != '0;
  assign fetch_index = order_q[order_out_q];
  always_comb begin
    fetch_slot = '0;
    for (int unsigned s = 0; s < Slots; s++) if (calendar_q[s]) fetch_slot = slot_t'(s);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      calendar_q  <= '0;
      order_in_q  <= '0;
      order_out_q <= '0;
    end else begin
      calendar_q <= (calendar_q >> Slots) | (issue_i ? calendar_t'(1) << (cwl_i + clocks_t'(issue_slot_i) - clocks_t'(2 * Slots)) : '0);
      if (issue_i) order_in_q <= order_in_q + 1'b1;
      if (fetch) order_out_q <= order_out_q + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (issue_i) order_q[order_in_q] <= issue_index_i;
  end
  assign release_o       = fetch || fill_drop;
  assign release_index_o = fetch ? fetch_index : fill_index_i;

  logic         read;
  index_t       read_index;
  logic [63:0]  mask_read;
  logic [511:0] data_read;

  // The old line of a partial write. While it comes the store has no other use than to send.
  logic fill_start;
  if (Ecc) begin : gen_fill
    logic   fill_q;
    words_t kept;  // words that the write leaves some bytes of
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) fill_q <= 1'b0;
      else fill_q <= fill_start;
    end
    always_comb for (int unsigned w = 0; w < LineWords; w++) kept[w] = mask_read[w*8+:8] != '1;
    // Not in a cycle in which, or before which, a line is fetched: the mask, and the place released, are one.
    assign fill_start  = fill_i && !fill_q && calendar_q[2*Slots-1:0] == '0;
    assign fill        = fill_q;
    assign fill_poison = !whole_q[fill_index_i] && (fill_poisoned_i || (fill_lost_i & kept) != '0);
    assign fill_drop   = fill && mask_read == '0 && !whole_q[fill_index_i] && !poison_q[fill_index_i]
                      && (!fill_corrected_i || fill_poison);
  end else begin : gen_no_fill
    logic unused_fill;
    assign unused_fill = fill_i || fill_poisoned_i || fill_corrected_i || fill_lost_i != '0;
    assign fill_start  = 1'b0;
    assign fill        = 1'b0;
    assign fill_poison = 1'b0;
    assign fill_drop   = 1'b0;
  end
  assign fill_done_o    = fill;
  assign fill_dropped_o = fill_drop;

  if (Slots == 1) begin : gen_never_taken
    logic unused_waits;
    assign unused_waits = forward_waits_i;
    assign yield_o      = 1'b0;  // a line takes four cycles, and is read in one of them
  end else begin : gen_yield
    logic [2:0] waited_q;  // cycles, saturating
    assign yield_o = waited_q == '1;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) waited_q <= '0;
      else if (!(fill_i && !fill && !fill_start) && !(forward_waits_i && fetch)) waited_q <= '0;
      else if (waited_q != '1) waited_q <= waited_q + 1'b1;
    end
  end

  assign forward_ready_o = !fetch;
  assign read            = fetch || forward_i;
  assign read_index      = fetch ? fetch_index : forward_index_i;

  tarn_ram_sdp #(
    .Width(512), .Depth(Depth), .LaneBits(8), .Collision(Ecc ? tarn_ram_pkg::RamReadOld : tarn_ram_pkg::RamNoCollision)
  ) u_data (
    .clk_i, .rst_ni,
    .we_i(store_i || fill), .waddr_i(fill ? fill_index_i : store_index_i), .wmask_i(fill ? ~mask_read : mask_i),
    .wdata_i(fill ? fill_data_i : data_i),
    .re_i(read), .raddr_i(read_index), .rdata_o(data_read)
  );
  // Which bytes of a place were written: a merge sets further bits.
  logic [63:0] mask_q[Depth];
  always_ff @(posedge clk_i) begin
    if (store_i) mask_q[store_index_i] <= merge_i ? mask_q[store_index_i] | mask_i : mask_i;
    if (fetch || fill_start) mask_read <= mask_q[fetch ? fetch_index : fill_index_i];
  end
  logic read_poison_q;
  always_ff @(posedge clk_i) if (read) read_poison_q <= poison_q[read_index];
  assign line_o        = data_read;
  assign line_poison_o = read_poison_q;

  // The line goes out in four clocks, or more of a narrow bus; the first come straight from the store. In a cycle one may end, and another begin.
  localparam int unsigned RestBits  = 512 - (128 >> NarrowBus);
  localparam int unsigned ClockBits = $clog2(4 << NarrowBus) + 1;
  typedef logic [ClockBits-1:0] clocks_left_t;
  logic [1:0]   narrowing;
  logic         narrow;        // by half: a clock carries a word
  clocks_left_t line_clocks;
  logic         start_q;       // the fetched line is in data_read
  slot_t        start_slot_q;  // and begins there
  clocks_left_t left_q, left_d;  // clocks that still follow
  logic [RestBits-1:0]   rest_q;
  logic [RestBits/8-1:0] rest_mask_q;
  logic         poison_out_q, inject_q;
  logic [2:0]   begun;         // clocks of the line that begins that go out in this cycle
  logic [Slots-1:0] from_start;
  assign from_start = {Slots{1'b1}} << start_slot_q;
  assign narrowing   = NarrowBus == 0 ? '0 : narrowing_i;
  assign narrow      = narrowing == 2'd1;
  assign line_clocks = clocks_left_t'(32'd4 << narrowing);
  assign begun       = 3'(Slots) - 3'(start_slot_q);
  always_comb begin
    left_d = left_q > clocks_left_t'(Slots) ? left_q - clocks_left_t'(Slots) : '0;
    if (start_q) left_d = line_clocks - clocks_left_t'(begun);
  end
  // Bits and bytes of so many clocks.
  function automatic logic [9:0] bits_of(logic [5:0] clocks);
    return 10'({4'b0, clocks} << (3'd7 - 3'(narrowing)));
  endfunction
  function automatic logic [6:0] bytes_of(logic [5:0] clocks);
    return 7'(bits_of(clocks) >> 3);
  endfunction
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_q <= 1'b0;
      left_q  <= '0;
    end else begin
      start_q <= fetch;
      left_q  <= left_d;
    end
  end
  always_ff @(posedge clk_i) begin
    if (fetch) start_slot_q <= fetch_slot;
    if (start_q) begin
      rest_q       <= RestBits'(data_read >> bits_of(6'(begun)));
      rest_mask_q  <= (RestBits / 8)'(mask_read >> bytes_of(6'(begun)));
      poison_out_q <= read_poison_q;
      inject_q     <= inject_i;
    end else if (left_q != '0) begin
      rest_q      <= rest_q >> bits_of(6'(Slots));
      rest_mask_q <= rest_mask_q >> bytes_of(6'(Slots));
    end
  end
  assign injected_o = start_q && inject_i;

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    // The words of a clock: of 32 pins one, in the lower halves of the beats, with half of its check bits each.
    tarn_dfi_pkg::dfi_wr_t out_d, out_q;
    logic [1:0][WordBits-1:0] word;
    check_t [1:0] check;
    logic [15:0]  written;
    clocks_left_t clock;
    logic         goes, begins, poison, inject;
    assign begins  = start_q && from_start[s];  // of the line that begins
    assign goes    = begins || left_q > clocks_left_t'(s);
    assign poison  = begins ? read_poison_q : poison_out_q;
    assign inject  = begins ? inject_i : inject_q;
    assign clock   = begins ? clocks_left_t'(s) - clocks_left_t'(start_slot_q) : line_clocks - left_q + clocks_left_t'(s);
    always_comb begin
      word    = begins ? 128'(data_read >> bits_of(6'(clock))) : 128'(rest_q >> bits_of(6'(s)));
      written = begins ? 16'(mask_read >> bytes_of(6'(clock))) : 16'(rest_mask_q >> bytes_of(6'(s)));
      check   = '0;
      if (Ecc && goes) begin
        for (int unsigned i = 0; i < 2; i++) begin
          check[i] = encode(word[i]) ^ (poison ? PoisonSyndrome : '0);
          if (inject && inject_flips_i.word == (narrow ? 3'(clock) : {clock[1:0], 1'(i)})) begin
            word[i]  = word[i] ^ inject_flips_i.data;
            check[i] = check[i] ^ inject_flips_i.check;
          end
        end
      end
    end
    logic [15:0] masked;
    assign masked           = Ecc ? '0 : ~written;
    assign out_d.valid      = goes;
    assign out_d.check_mask = !Ecc;
    always_comb begin
      {out_d.beat1, out_d.beat0}   = word;
      {out_d.check1, out_d.check0} = check;
      {out_d.mask1, out_d.mask0}   = masked;
      if (NarrowBus != 0 && narrowing != '0) begin
        out_d.check1 = {4'b0, check[0][7:4]};
        out_d.check0 = {4'b0, check[0][3:0]};
        {out_d.beat1, out_d.mask1} = {64'b0, 8'hFF};
        if (single_rate_i) begin
          unique case (narrowing)
            2'd1:    {out_d.beat0, out_d.mask0} = {word[0], masked[7:0]};
            2'd2:    {out_d.beat0, out_d.mask0} = {32'b0, word[0][31:0], 4'hF, masked[3:0]};
            default: {out_d.beat0, out_d.mask0} = {48'b0, word[0][15:0], 6'h3F, masked[1:0]};
          endcase
        end else begin
          unique case (narrowing)
            2'd1: begin
              {out_d.beat1, out_d.mask1} = {32'b0, word[0][63:32], 4'hF, masked[7:4]};
              {out_d.beat0, out_d.mask0} = {32'b0, word[0][31:0], 4'hF, masked[3:0]};
            end
            2'd2: begin
              {out_d.beat1, out_d.mask1} = {48'b0, word[0][31:16], 6'h3F, masked[3:2]};
              {out_d.beat0, out_d.mask0} = {48'b0, word[0][15:0], 6'h3F, masked[1:0]};
            end
            default: begin
              {out_d.beat1, out_d.mask1} = {56'b0, word[0][15:8], 7'h7F, masked[1]};
              {out_d.beat0, out_d.mask0} = {56'b0, word[0][7:0], 7'h7F, masked[0]};
            end
          endcase
        end
      end
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) out_q <= '0;
      else if (goes) out_q <= out_d;
      else out_q.valid <= 1'b0;
    end
    assign dfi_wr_o[s] = out_q;
  end
  assign idle_o = calendar_q == '0 && !start_q && left_q == '0;

  `TARN_ASSERT(OneDriver, !(start_q && left_q > clocks_left_t'(start_slot_q)))
  `TARN_ASSERT(OnlyWholeLinesGoOut, !Ecc || !fetch || whole_q[fetch_index])
  `TARN_ASSERT(NothingStoredDuringAFill, !fill_i || !store_i)
  `TARN_ASSERT(ForwardWhenReady, !forward_i || forward_ready_o)
  `TARN_ASSERT(CwlFits, !issue_i || (cwl_i >= clocks_t'(2 * Slots) && cwl_i <= clocks_t'(LatencyMax)))
endmodule : tarn_channel_write_path
