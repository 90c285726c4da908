// AXI exclusive accesses: one monitor per host. An exclusive read takes it over; a write to its line, by whichever
// port or walker of the host, clears it. Works on addresses of the host, so that paging does not disturb it.
// `holds_o` answers in the same cycle; `read_i` and `write_i` act at its end.
module tarn_pool_monitor #(
  parameter int unsigned NumHosts = 4,
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  tarn_pool_pkg::info_t    info_i,
  input  logic                    read_i,   // an exclusive read
  input  logic                    write_i,  // any write that is done
  output logic                    holds_o
);
  import tarn_pool_pkg::*;
  localparam int unsigned LineBits = $bits(segment_t) + $bits(page_t) + $bits(line_t);

  logic [NumHosts-1:0] armed_q;
  logic [7:0] id_q[NumHosts];
  logic [LineBits-1:0] line_q[NumHosts];
  logic [HostBits-1:0] host;
  logic [LineBits-1:0] line;
  logic same_line;

  assign host      = info_i.host[HostBits-1:0];
  assign line      = {info_i.segment, info_i.page, info_i.line};
  assign same_line = armed_q[host] && line_q[host] == line;
  assign holds_o   = same_line && id_q[host] == info_i.exclusive_id;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) armed_q <= '0;
    else if (read_i) armed_q[host] <= 1'b1;
    else if (write_i && same_line) armed_q[host] <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      id_q[host]   <= info_i.exclusive_id;
      line_q[host] <= line;
    end
  end
endmodule : tarn_pool_monitor
