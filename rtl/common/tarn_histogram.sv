// Counts events by bin, one a cycle of each source, exactly. A count shows after 2 cycles. After reset the bins are cleared (`ready_o` is low
// meanwhile: events are lost). A bank of memory a source, read, incremented and written; and a copy of it that software reads.
module tarn_histogram #(
  parameter int unsigned Bins    = 16,  // 2 or more
  parameter int unsigned Sources = 1,
  localparam int unsigned BinBits = $clog2(Bins)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  output logic               ready_o,
  input  logic [Sources-1:0] valid_i,
  input  logic [BinBits-1:0] bin_i[Sources],
  // Software reads a bin: held until it is there, two cycles later.
  input  logic               read_i,
  input  logic [BinBits-1:0] read_bin_i,
  output logic               read_valid_o,
  output logic [63:0]        read_count_o  // of all sources
);
  localparam int unsigned CountBits = 48;

  logic [BinBits:0] clear_q;
  logic clearing;
  assign clearing = 32'(clear_q) != Bins;
  assign ready_o  = !clearing;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) clear_q <= '0;
    else if (clearing) clear_q <= clear_q + 1'b1;
  end

  logic [CountBits-1:0] shown[Sources];
  logic [BinBits-1:0]   read_bin_q;
  logic                 read_q, read_valid_q;
  for (genvar s = 0; s < Sources; s++) begin : gen_source
    logic add_q;
    logic [BinBits-1:0]   add_bin_q, write_bin;
    logic [CountBits-1:0] count, write_count;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) add_q <= 1'b0;
      else add_q <= valid_i[s];
    end
    always_ff @(posedge clk_i) add_bin_q <= bin_i[s];
    assign write_bin   = clearing ? clear_q[BinBits-1:0] : add_bin_q;
    assign write_count = clearing ? '0 : count + 1'b1;
    tarn_ram_sdp #(.Width(CountBits), .Depth(Bins), .Collision(tarn_ram_pkg::RamReadNew)) u_bank (
      .clk_i, .rst_ni, .we_i(clearing || add_q), .waddr_i(write_bin), .wmask_i(1'b1), .wdata_i(write_count),
      .re_i(valid_i[s]), .raddr_i(bin_i[s]), .rdata_o(count)
    );
    tarn_ram_sdp #(.Width(CountBits), .Depth(Bins)) u_copy (
      .clk_i, .rst_ni, .we_i(clearing || add_q), .waddr_i(write_bin), .wmask_i(1'b1), .wdata_i(write_count),
      .re_i(read_q), .raddr_i(read_bin_q), .rdata_o(shown[s])
    );
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q       <= 1'b0;
      read_valid_q <= 1'b0;
    end else begin
      read_q       <= read_i && !read_q && !read_valid_q;
      read_valid_q <= read_q;
    end
  end
  always_ff @(posedge clk_i) if (read_i) read_bin_q <= read_bin_i;
  assign read_valid_o = read_valid_q;
  always_comb begin
    read_count_o = '0;
    for (int unsigned s = 0; s < Sources; s++) read_count_o = read_count_o + 64'(shown[s]);
  end
endmodule : tarn_histogram
