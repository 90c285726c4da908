// 64-bit counters per host (their list: README.md, "Counters"). Read with `index_i` = 16 x host + k; one cycle later.
module tarn_pool_counters #(
  parameter int unsigned NumHosts = 4,
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  tarn_pool_pkg::count_t count_i,         // of one decision
  input  logic                  notice_i,        // a change notice was taken
  input  logic [HostBits-1:0]   notice_host_i,
  input  logic                  release_i,       // a segment was given back
  input  logic [HostBits-1:0]   release_host_i,
  input  logic [NumHosts-1:0]   stall_i,         // a request of the host stands and is not taken
  input  logic [NumHosts-1:0]   walk_stall_i,    // one of its walks
  input  logic [7:0]            index_i,
  output logic [63:0]           value_o
);
  localparam int unsigned Kinds = 16;
  logic [63:0] count_q[NumHosts][Kinds];
  logic [HostBits-1:0] host;
  logic any;

  assign host = count_i.host[HostBits-1:0];
  assign any  = count_i.hit || count_i.miss || count_i.access_error || count_i.page_in || count_i.zero_fill
                || count_i.eviction || count_i.bulk_error || count_i.refused || count_i.pages_dirty != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned h = 0; h < NumHosts; h++) begin
        for (int unsigned k = 0; k < Kinds; k++) count_q[h][k] <= '0;
      end
    end else begin
      if (any) begin
        if (count_i.hit || count_i.miss || count_i.access_error) count_q[host][0] <= count_q[host][0] + 1'b1;
        if (count_i.hit) count_q[host][1] <= count_q[host][1] + 1'b1;
        if (count_i.miss) count_q[host][2] <= count_q[host][2] + 1'b1;
        if (count_i.access_error) count_q[host][3] <= count_q[host][3] + 1'b1;
        if (count_i.page_in) count_q[host][4] <= count_q[host][4] + 1'b1;
        if (count_i.zero_fill) count_q[host][5] <= count_q[host][5] + 1'b1;
        count_q[host][6] <= count_q[host][6] + 64'(count_i.pages_dirty);
        count_q[host][13] <= count_q[host][13] + 64'(count_i.pages_zero);
        count_q[host][7] <= count_q[host][7] + 64'(count_i.pages_clean);
        if (count_i.eviction) count_q[host][8] <= count_q[host][8] + 1'b1;
        if (count_i.bulk_error) count_q[host][9] <= count_q[host][9] + 1'b1;
        if (count_i.refused) count_q[host][10] <= count_q[host][10] + 1'b1;
      end
      for (int unsigned h = 0; h < NumHosts; h++) begin
        if (stall_i[h]) count_q[h][14] <= count_q[h][14] + 1'b1;
        if (walk_stall_i[h]) count_q[h][15] <= count_q[h][15] + 1'b1;
      end
      if (notice_i) count_q[notice_host_i][11] <= count_q[notice_host_i][11] + 1'b1;
      if (release_i) count_q[release_host_i][12] <= count_q[release_host_i][12] + 1'b1;
    end
  end

  always_comb begin
    value_o = '0;
    if (32'(index_i[7:4]) < NumHosts) value_o = count_q[index_i[4+:HostBits]][index_i[3:0]];
  end
endmodule : tarn_pool_counters
