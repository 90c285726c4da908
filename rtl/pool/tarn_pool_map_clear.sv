// Writes zeros to the part of the map's memory that the hosts' windows need, as they grow: an entry of zeros is a segment
// without slot and without content. `done_o` is low meanwhile. What was cleared once is not cleared again.
// What is needed counts a cycle after segments_i: who goes by the windows is told of them then.
// Lines leave in batches, one line a cycle at best; a batch in which the channel failed to write a line is written again.
`include "tarn_assert.svh"
module tarn_pool_map_clear #(
  parameter int unsigned NumHosts       = 4,
  parameter int unsigned HostLines      = 512,  // of a host's part of the map: a power of two
  parameter int unsigned EntriesPerLine = 8,    // 1 if an entry takes lines of its own
  parameter int unsigned EntryLines     = 1,
  localparam int unsigned HostBits = NumHosts > 1 ? $clog2(NumHosts) : 1,
  localparam int unsigned LineBits = $clog2(HostLines) + 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [24:0]            segments_i[NumHosts],
  output logic                   done_o,
  output logic                   valid_o,
  output logic [HostBits-1:0]    host_o,
  output logic [LineBits-1:0]    line_o,  // of the host's part
  input  logic                   take_i,
  input  logic                   rsp_valid_i,
  input  tarn_line_pkg::status_e rsp_status_i
);
  localparam int unsigned Batch = 32;
  localparam int unsigned CountBits = $clog2(Batch + 1);

  logic [LineBits-1:0] cleared_q[NumHosts];
  logic [LineBits-1:0] needed_q[NumHosts];
  logic [NumHosts-1:0] behind;
  logic [HostBits-1:0] host, host_q;
  logic [CountBits-1:0] sent_q, answered_q, size_q;
  logic busy_q, bad_q, batch_done;
  logic [LineBits-1:0] left;

  for (genvar h = 0; h < NumHosts; h++) begin : gen_hosts
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) needed_q[h] <= '0;
      else needed_q[h] <= LineBits'((32'(segments_i[h]) * EntryLines + EntriesPerLine - 1) / EntriesPerLine);
    end
    assign behind[h] = cleared_q[h] < needed_q[h];
  end
  always_comb begin
    host = '0;
    for (int h = NumHosts - 1; h >= 0; h--) if (behind[h]) host = HostBits'(h);
  end
  assign left       = needed_q[host] - cleared_q[host];
  assign done_o     = behind == '0 && !busy_q;
  assign valid_o    = busy_q && sent_q != size_q;
  assign host_o     = host_q;
  assign line_o     = cleared_q[host_q] + LineBits'(sent_q);
  assign batch_done = busy_q && answered_q == size_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      for (int unsigned h = 0; h < NumHosts; h++) cleared_q[h] <= '0;
    end else begin
      if (!busy_q) busy_q <= behind != '0;
      else if (batch_done) busy_q <= 1'b0;
      if (batch_done && !bad_q) cleared_q[host_q] <= cleared_q[host_q] + LineBits'(size_q);
    end
  end
  always_ff @(posedge clk_i) begin
    if (!busy_q) begin
      host_q     <= host;
      size_q     <= 32'(left) > Batch ? CountBits'(Batch) : CountBits'(left);
      sent_q     <= '0;
      answered_q <= '0;
      bad_q      <= 1'b0;
    end else begin
      if (take_i) sent_q <= sent_q + 1'b1;
      if (rsp_valid_i) begin
        answered_q <= answered_q + 1'b1;
        if (rsp_status_i == tarn_line_pkg::StatusTimeout) bad_q <= 1'b1;
      end
    end
  end

  `TARN_ASSERT(AnswerIsDue, !rsp_valid_i || answered_q != sent_q)
endmodule : tarn_pool_map_clear
