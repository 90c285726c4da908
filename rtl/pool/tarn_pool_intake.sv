// Takes requests from the ports of one class (hosts, or walks), gives each a transaction entry, and checks it against
// its host's window. Round robin among hosts that have an entry free; `take_i` accepts the one shown.
// Path from `req_valid_i`, `req_i` and `take_i` to the outputs, `req_ready_o` included: an answer's slot is reserved
// with the entry, so that nothing waits behind an answer that its host does not take.
`include "tarn_assert.svh"
module tarn_pool_intake #(
  parameter int unsigned NumHosts     = 4,
  parameter int unsigned HostEntries  = 32,
  parameter int unsigned SegmentBytes = 65536,
  parameter int unsigned SegmentsPerHost = 16777216,  // a power of two: windows have no more
  parameter bit          Walk         = 1'b0,
  parameter logic [NumHosts-1:0] Present = '1,  // hosts that have requests of this class
  localparam int unsigned HostBits  = NumHosts > 1 ? $clog2(NumHosts) : 1,
  localparam int unsigned EntryBits = HostEntries > 1 ? $clog2(HostEntries) : 1
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          open_i,            // requests are taken at all
  input  logic                          enable_i,          // else each is an access error
  input  logic [63:0]                   base_i[NumHosts],  // window: a multiple of SegmentBytes
  input  logic [24:0]                   segments_i[NumHosts],
  input  logic [NumHosts-1:0]           req_valid_i,
  output logic [NumHosts-1:0]           req_ready_o,
  input  tarn_line_pkg::host_req_t      req_i[NumHosts],
  input  logic                          take_i,
  output logic                          valid_o,
  output logic [HostBits-1:0]           host_o,
  output tarn_pool_pkg::txn_t           txn_o,
  output tarn_pool_pkg::info_t          info_o,
  // Entries come back when their answer was taken.
  input  logic [NumHosts-1:0]           release_i,
  input  logic [EntryBits-1:0]          release_entry_i[NumHosts],
  output logic [NumHosts-1:0]           busy_o             // the host has transactions under way
);
  import tarn_pool_pkg::*;
  localparam int unsigned SegmentShift = $clog2(SegmentBytes);
  localparam int unsigned PageShift    = $clog2(tarn_line_pkg::PageBytes);

  logic [NumHosts-1:0] entry_valid, eligible, grant, full;
  logic [EntryBits-1:0] entry[NumHosts];
  logic [HostBits-1:0] last_q, picked, host;
  logic [63:0] offset;

  for (genvar h = 0; h < NumHosts; h++) begin : gen_entries
    logic [EntryBits:0] count;
    tarn_pool_pkg::table_report_t unused_report;
    tarn_pool_free_list #(.Items(HostEntries)) u_entries (
      .clk_i, .rst_ni, .limit_i((EntryBits + 1)'(HostEntries)),
      .push_i(release_i[h]), .item_i(release_entry_i[h]),
      .pop_i(take_i && grant[h]), .valid_o(entry_valid[h]), .item_o(entry[h]), .count_o(count),
      .inject_i('0), .report_o(unused_report)
    );
    assign full[h] = count == (EntryBits + 1)'(HostEntries);
  end
  assign busy_o = ~full;

  assign eligible = open_i ? req_valid_i & entry_valid & Present : '0;
  tarn_pick_next #(.N(NumHosts)) u_pick (.req_i(eligible), .last_i(last_q), .grant_o(grant), .index_o(picked));
  assign host = (Present & (Present - 1'b1)) == '0 ? HostBits'($clog2(Present)) : picked;  // of one there is no choice
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) last_q <= '0;
    else if (take_i) last_q <= host;
  end

  assign valid_o     = eligible != '0;
  assign req_ready_o = take_i ? grant : '0;
  assign host_o      = host;
  assign offset      = req_i[host].addr - base_i[host];

  always_comb begin
    txn_o.walk          = Walk;
    txn_o.id            = id_t'({host, entry[host]});
    info_o.host         = host_t'(host);
    info_o.segment      = segment_t'(offset >> SegmentShift) & segment_t'(SegmentsPerHost - 1);
    info_o.page         = page_t'(offset >> PageShift);
    if (SegmentShift - PageShift < $bits(page_t)) info_o.page &= page_t'((1 << (SegmentShift - PageShift)) - 1);
    info_o.line         = offset[11:6];
    info_o.error        = !enable_i || req_i[host].addr < base_i[host]
                          || offset >> SegmentShift >= 64'(segments_i[host]);
    info_o.op           = req_i[host].op;
    info_o.exclusive    = req_i[host].exclusive;
    info_o.exclusive_id = req_i[host].exclusive_id;
    info_o.tag          = req_i[host].tag;
    info_o.qos          = req_i[host].qos;
  end

  `TARN_ASSERT(OnlyWhoIsPresentAsks, (req_valid_i & ~Present) == '0)
  `TARN_ASSERT(TakeOnlyValid, !take_i || valid_o)
endmodule : tarn_pool_intake
