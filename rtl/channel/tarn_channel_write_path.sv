// Holds the data of queued writes; puts a write's data on the bus CWL clocks after its command; lets the admission
// read a queued line for a read that is forwarded. A write to a queued line is merged: its bytes replace the older.
// The place of an issued write is released when its data has been read, just before it goes out.
`include "tarn_assert.svh"
module tarn_channel_write_path
  import tarn_channel_pkg::*;
#(
  parameter bit          NarrowBus = 1'b0,  // narrow_i may be set
  parameter int unsigned Depth     = 96,
  localparam int unsigned IndexBits = $clog2(Depth)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  clocks_t               cwl_i,
  input  logic                  narrow_i,  // a line takes eight clocks
  // store
  input  logic                  store_i,
  input  logic                  merge_i,    // with store_i: into what is there
  input  logic [IndexBits-1:0]  store_index_i,
  input  logic [63:0]           mask_i,
  input  logic                  poison_i,
  input  logic [511:0]          data_i,
  // which queued lines are whole, that is can be forwarded
  output logic [Depth-1:0]      whole_o,
  // forward: taken only when forward_ready_o; the line comes in the next cycle
  output logic                  forward_ready_o,
  input  logic                  forward_i,
  input  logic [IndexBits-1:0]  forward_index_i,
  output logic [511:0]          line_o,
  output logic                  line_poison_o,
  // the write command of a place goes out (is decided in this cycle)
  input  logic                  issue_i,
  input  logic [IndexBits-1:0]  issue_index_i,
  output logic                  release_o,
  output logic [IndexBits-1:0]  release_index_o,
  output logic                  idle_o,
  output tarn_dfi_pkg::dfi_wr_t dfi_wr_o
);
  typedef logic [IndexBits-1:0] index_t;

  // Poison of a line: known once the whole line, or poison, was written; otherwise the module keeps its mark.
  logic [Depth-1:0] whole_q, poison_known_q, poison_q;
  logic             whole;
  assign whole   = mask_i == '1;
  assign whole_o = whole_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      whole_q        <= '0;
      poison_known_q <= '0;
      poison_q       <= '0;
    end else if (store_i) begin
      whole_q[store_index_i]        <= whole || (merge_i && whole_q[store_index_i]);
      poison_known_q[store_index_i] <= whole || poison_i || (merge_i && poison_known_q[store_index_i]);
      poison_q[store_index_i]       <= poison_i || (!whole && merge_i && poison_q[store_index_i]);
    end
  end

  // The calendar of the data bus: bit i says that a line is read from the store in i cycles.
  logic [63:0] calendar_q;
  index_t      order_q[16];  // the places of issued writes, in order
  logic [3:0]  order_in_q, order_out_q;
  logic        fetch;
  index_t      fetch_index;
  assign fetch       = calendar_q[0];
  assign fetch_index = order_q[order_out_q];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      calendar_q  <= '0;
      order_in_q  <= '0;
      order_out_q <= '0;
    end else begin
      calendar_q <= (calendar_q >> 1) | (issue_i ? 64'd1 << (cwl_i - 8'd2) : 64'd0);
      if (issue_i) order_in_q <= order_in_q + 1'b1;
      if (fetch) order_out_q <= order_out_q + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (issue_i) order_q[order_in_q] <= issue_index_i;
  end
  assign release_o       = fetch;
  assign release_index_o = fetch_index;

  logic         read;
  index_t       read_index;
  logic [63:0]  mask_read;
  logic [511:0] data_read;
  assign forward_ready_o = !fetch;
  assign read            = fetch || forward_i;
  assign read_index      = fetch ? fetch_index : forward_index_i;

  tarn_ram_sdp #(
    .Width(512), .Depth(Depth), .LaneBits(8)
  ) u_data (
    .clk_i, .rst_ni,
    .we_i(store_i), .waddr_i(store_index_i), .wmask_i(mask_i), .wdata_i(data_i),
    .re_i(read), .raddr_i(read_index), .rdata_o(data_read)
  );
  // Which bytes of a place were written: a merge sets further bits.
  tarn_ram_sdp #(
    .Width(64), .Depth(Depth), .LaneBits(1)
  ) u_mask (
    .clk_i, .rst_ni,
    .we_i(store_i), .waddr_i(store_index_i), .wmask_i(merge_i ? mask_i : '1), .wdata_i(mask_i),
    .re_i(fetch), .raddr_i(fetch_index), .rdata_o(mask_read)
  );
  logic read_poison_q, read_poison_known_q;
  always_ff @(posedge clk_i) begin
    if (read) begin
      read_poison_q       <= poison_q[read_index];
      read_poison_known_q <= poison_known_q[read_index];
    end
  end
  assign line_o        = data_read;
  assign line_poison_o = read_poison_q;

  // The line goes out in four clocks, or eight; the first comes straight from the store.
  localparam int unsigned RestBits = NarrowBus ? 448 : 384;
  logic         narrow;
  logic         start_q;       // the fetched line is in data_read
  logic [2:0]   left_q;        // clocks that still follow
  logic [RestBits-1:0]   rest_q;
  logic [RestBits/8-1:0] rest_mask_q;
  assign narrow = NarrowBus && narrow_i;
  logic         poison_out_q, poison_known_out_q;
  tarn_dfi_pkg::dfi_wr_t out_q;
  // A clock of data: of 32 pins the lower half of each beat.
  function automatic tarn_dfi_pkg::dfi_wr_t pins(logic [127:0] data, logic [15:0] written, logic poison, logic poison_known);
    tarn_dfi_pkg::dfi_wr_t wires;
    wires = '{valid: 1'b1, check_mask: !poison_known, check1: {7'b0, poison}, check0: {7'b0, poison},
              mask1: ~written[15:8], mask0: ~written[7:0], beat1: data[127:64], beat0: data[63:0]};
    if (narrow) begin
      wires.mask1 = {4'hF, ~written[7:4]};
      wires.mask0 = {4'hF, ~written[3:0]};
      wires.beat1 = {32'b0, data[63:32]};
      wires.beat0 = {32'b0, data[31:0]};
    end
    return wires;
  endfunction
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_q <= 1'b0;
      left_q  <= '0;
    end else begin
      start_q <= fetch;
      if (start_q) left_q <= narrow ? 3'd7 : 3'd3;
      else if (left_q != '0) left_q <= left_q - 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_q) begin
      rest_q             <= RestBits'(data_read >> (narrow ? 64 : 128));
      rest_mask_q        <= (RestBits / 8)'(mask_read >> (narrow ? 8 : 16));
      poison_out_q       <= read_poison_q;
      poison_known_out_q <= read_poison_known_q;
    end else if (left_q != '0) begin
      rest_q      <= rest_q >> (narrow ? 64 : 128);
      rest_mask_q <= rest_mask_q >> (narrow ? 8 : 16);
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_q <= '0;
    else if (start_q) begin
      out_q <= pins(data_read[127:0], mask_read[15:0], read_poison_q, read_poison_known_q);
    end else if (left_q != '0) begin
      out_q <= pins(rest_q[127:0], rest_mask_q[15:0], poison_out_q, poison_known_out_q);
    end else begin
      out_q.valid <= 1'b0;
    end
  end
  assign dfi_wr_o = out_q;
  assign idle_o   = calendar_q == '0 && !start_q && left_q == '0;

  `TARN_ASSERT(OneDriver, !(start_q && left_q != '0))
  `TARN_ASSERT(ForwardWhenReady, !forward_i || forward_ready_o)
  `TARN_ASSERT(CwlFits, !issue_i || (cwl_i >= 8'd2 && cwl_i < 8'd64))
endmodule : tarn_channel_write_path
