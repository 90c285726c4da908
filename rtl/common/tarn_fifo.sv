// A queue of Depth items, in order, with their count.
// Latency: 1 cycle (0 when empty with FallThrough: then there is a path from `valid_i`/`data_i` to the output).
// An item that found UseRam's queue not empty may take 3. Throughput: 1 item per cycle (Depth 1: one every other).
// When full, `ready_o` is low, even if an item leaves in that cycle. No path from `ready_i` to `ready_o`.
`include "tarn_assert.svh"
module tarn_fifo #(
  parameter type         T           = logic [7:0],
  parameter int unsigned Depth       = 4,     // 1 or more; need not be a power of two
  parameter bit          FallThrough = 1'b0,  // an item may leave in the cycle in which it comes
  parameter bit          UseRam      = 1'b0,  // storage in block RAM: for depths in the hundreds
  localparam int unsigned CountBits = $clog2(Depth + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 valid_i,
  output logic                 ready_o,
  input  T                     data_i,
  output logic                 valid_o,
  input  logic                 ready_i,
  output T                     data_o,
  output logic [CountBits-1:0] count_o
);
  `TARN_ASSERT_INIT(DepthAllowed, Depth >= 1, "tarn_fifo: Depth must be 1 or more")
  `TARN_ASSERT_INIT(RamNotFallThrough, !(FallThrough && UseRam), "tarn_fifo: UseRam and FallThrough exclude each other")
  `TARN_ASSERT_INIT(RamDepth, !UseRam || Depth >= 4, "tarn_fifo: UseRam needs a Depth of 4 or more")

  localparam int unsigned PtrBits = Depth > 1 ? $clog2(Depth) : 1;
  typedef logic [PtrBits-1:0] ptr_t;

  function automatic ptr_t next_ptr(ptr_t ptr);
`ifdef TARN_FAULT_FIFO_WRAP
    return ptr + 1'b1;
`else
    return ptr == PtrBits'(Depth - 1) ? '0 : ptr + 1'b1;
`endif
  endfunction

  logic [CountBits-1:0] count_q;
  logic push, pop, store, unstore;  // store, unstore: what reaches and leaves the storage
  ptr_t wr_q, rd_q;

  assign push    = valid_i && ready_o;
  assign pop     = valid_o && ready_i;
  assign ready_o = count_q != CountBits'(Depth);
  assign count_o = count_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      wr_q    <= '0;
      rd_q    <= '0;
    end else begin
      if (push != pop) count_q <= push ? count_q + 1'b1 : count_q - 1'b1;
      if (store) wr_q <= next_ptr(wr_q);
      if (unstore) rd_q <= next_ptr(rd_q);
    end
  end

  if (UseRam) begin : gen_ram
    // Two items stand in registers before the output; what finds room there while the RAM is empty skips the RAM.
    logic [CountBits-1:0] ram_count_q;
    logic [1:0] out_count_q, out_count_d;
    logic fetch_q, room, fill;
    T out_q[2];
    T ram_data, fill_data;

    assign room      = out_count_q + 2'(fetch_q) - 2'(pop) < 2'd2;
    assign unstore   = ram_count_q != '0 && room;
    assign store     = push && !(ram_count_q == '0 && !fetch_q && room);
    assign fill      = fetch_q || (push && !store);
    assign fill_data = fetch_q ? ram_data : data_i;
    assign valid_o   = out_count_q != 2'd0;
    assign data_o    = out_q[0];
    assign out_count_d = out_count_q + 2'(fill) - 2'(pop);

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        ram_count_q <= '0;
        out_count_q <= '0;
        fetch_q     <= 1'b0;
      end else begin
        if (store != unstore) ram_count_q <= store ? ram_count_q + 1'b1 : ram_count_q - 1'b1;
        out_count_q <= out_count_d;
        fetch_q     <= unstore;
      end
    end
    always_ff @(posedge clk_i) begin
      if (pop && out_count_q == 2'd2) out_q[0] <= out_q[1];
      if (fill) out_q[out_count_q-2'(pop)==2'd1] <= fill_data;
    end

    tarn_ram_sdp #(
      .Width($bits(T)), .Depth(Depth), .Collision(tarn_ram_pkg::RamNoCollision)
    ) u_ram (
      .clk_i, .rst_ni,
      .we_i(store), .waddr_i(wr_q), .wmask_i(1'b1), .wdata_i(data_i),
      .re_i(unstore), .raddr_i(rd_q), .rdata_o(ram_data)
    );
    `TARN_ASSERT(OutFits, out_count_q != 2'd3)
    `TARN_ASSERT(CountSum, count_q == ram_count_q + CountBits'(out_count_q) + CountBits'(fetch_q))
  end else begin : gen_flops
    T mem_q[Depth];
    logic empty;
    assign empty = count_q == '0;
    if (FallThrough) begin : gen_fall_through
      assign valid_o = !empty || valid_i;
      assign data_o  = empty ? data_i : mem_q[rd_q];
      assign store   = push && !(empty && ready_i);
      assign unstore = pop && !empty;
    end else begin : gen_registered
      assign valid_o = !empty;
      assign data_o  = mem_q[rd_q];
      assign store   = push;
      assign unstore = pop;
    end
    always_ff @(posedge clk_i) begin
      if (store) mem_q[wr_q] <= data_i;
    end
  end

  `TARN_ASSERT(CountFits, count_q <= CountBits'(Depth))
  `TARN_ASSERT(ValidHolds, !$past(valid_o && !ready_i) || valid_o || (FallThrough && count_q == '0))
  `TARN_ASSERT(DataHolds, !$past(valid_o && !ready_i) || !valid_o || (FallThrough && count_q == '0)
               || data_o == $past(data_o))
endmodule : tarn_fifo
