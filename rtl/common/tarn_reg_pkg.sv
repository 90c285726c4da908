// The register bus: how 32-bit register accesses travel inside the node (tarn_axil_reg_port to tarn_reg_demux to
// the blocks' generated tarn_<block>_regs).
// Request: valid and ready; the payload holds until taken. Response: valid alone (the requester always takes it),
// in a later cycle than the request's acceptance, exactly one per request, in any number of cycles up to
// RspCyclesMax. One access is under way at a time: a requester sends no request before it has the response.
package tarn_reg_pkg;
  typedef struct packed {
    logic        write;
    logic [15:0] addr;   // bytes, multiple of 4
    logic [31:0] wdata;
    logic [3:0]  wstrb;  // which bytes of wdata are written
  } reg_req_t;

  typedef struct packed {
    logic [31:0] rdata;  // zero after a write
    logic        error;  // no register there, or its hardware did not get ready
  } reg_rsp_t;

  // A register with `wait` keeps the bus for at most this long, then answers with an error.
  localparam int unsigned WaitCyclesMax = 1024;
  // From acceptance to response, through any number of demultiplexers (each adds no cycle).
  localparam int unsigned RspCyclesMax = WaitCyclesMax + 4;
endpackage
