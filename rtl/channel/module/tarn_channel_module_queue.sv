// The queues of the memory control section: for each device the slow accesses that wait for it, in the order of their commands. One may
// come and one may go each clock. Places are by tag, of which each is used once at a time, so there is room for all by construction.
`include "tarn_assert.svh"
module tarn_channel_module_queue
  import tarn_channel_module_pkg::*;
  import tarn_module_pkg::*;
#(
  parameter int unsigned ReadTags   = 48,
  parameter int unsigned WriteTags  = 16,
  parameter int unsigned NumDevices = 16,
  localparam int unsigned DeviceBits = NumDevices > 1 ? $clog2(NumDevices) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  valid_i,
  input  access_t               access_i,
  input  logic [DeviceBits-1:0] device_i,
  input  logic                  filled_i,      // the data of a write is there
  input  tag_t                  filled_tag_i,
  output logic [NumDevices-1:0] valid_o,       // the device's first access may begin
  input  logic                  take_i,        // the first access of take_device_i begins
  input  logic [DeviceBits-1:0] take_device_i,
  output access_t               taken_o        // of take_device_i
);
  localparam int unsigned Places    = ReadTags + WriteTags;
  localparam int unsigned PlaceBits = $clog2(Places);
  typedef logic [PlaceBits-1:0] place_index_t;

  function automatic place_index_t place_of(tag_t tag);
    return is_write(tag) ? place_index_t'(32'(tag) - FirstWriteTag + ReadTags) : place_index_t'(tag);
  endfunction

  access_t               access_q[Places];
  place_index_t          next_q[Places];
  place_index_t          first_q[NumDevices], last_q[NumDevices];
  logic [NumDevices-1:0] any_q;
  logic [WriteTags-1:0]  filled_q;
  place_index_t          come;
  logic [Places-1:0]     may_begin;    // of the access in each place: a write waits for its data
  logic                  alone, takes_last;  // the access that comes is then the first; the one that goes was the only one

  assign come       = place_of(access_i.tag);
  assign taken_o    = access_q[first_q[take_device_i]];
  assign takes_last = take_i && first_q[take_device_i] == last_q[take_device_i];
  assign alone      = !any_q[device_i] || (takes_last && take_device_i == device_i);

  assign may_begin  = {filled_q, {ReadTags{1'b1}}};

  for (genvar d = 0; d < NumDevices; d++) begin : gen_first
    assign valid_o[d] = any_q[d] && may_begin[first_q[d]];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      any_q    <= '0;
      filled_q <= '0;
    end else begin
      if (takes_last) any_q[take_device_i] <= 1'b0;
`ifdef TARN_FAULT_MODULE_QUEUE
      if (valid_i && !(takes_last && take_device_i == device_i)) any_q[device_i] <= 1'b1;
`else
      if (valid_i) any_q[device_i] <= 1'b1;
`endif
      for (int unsigned w = 0; w < WriteTags; w++) begin
        if (filled_i && filled_tag_i == tag_t'(FirstWriteTag + w)) filled_q[w] <= 1'b1;
        else if (take_i && taken_o.tag == tag_t'(FirstWriteTag + w)) filled_q[w] <= 1'b0;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (take_i) first_q[take_device_i] <= next_q[first_q[take_device_i]];
    if (valid_i) begin
      access_q[come]    <= access_i;
      last_q[device_i]  <= come;
      if (alone) first_q[device_i] <= come;
      else next_q[last_q[device_i]] <= come;
    end
  end

  `TARN_ASSERT(TakenWhenThere, !take_i || valid_o[take_device_i])
  // Else it waits in a place that there is not, for ever.
  `TARN_ASSERT(TagHasAPlace, !valid_i || (is_write(access_i.tag) ? 32'(access_i.tag) < FirstWriteTag + WriteTags : 32'(access_i.tag) < ReadTags))
endmodule : tarn_channel_module_queue
