// AXI4-Lite subordinate (32-bit data) in front of a register bus (tarn_reg_pkg).
// AW and W arrive in any order and are held until both are there; reads and writes take turns on the bus, one at a
// time. A new address is taken while an answer waits for BREADY or RREADY, but not executed in that direction.
// Latency: 4 cycles from the last of AW and W, or AR, to the answer, plus what the bus takes beyond 2 cycles.
// An error on the bus (no register there, hardware not ready in time) answers SLVERR; a write's strobes pass on.
// AxPROT has no meaning here: the port itself says whose aperture this is. The two lowest address bits are ignored,
// as AXI4-Lite allows. No combinational path from any input to any output.
// Implements AMBA AXI (ARM IHI 0022), AXI4-Lite.
`include "tarn_assert.svh"

module tarn_axil_reg_port (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        awvalid_i,
  input  logic [15:0] awaddr_i,
  input  logic        wvalid_i,
  input  logic [31:0] wdata_i,
  input  logic [3:0]  wstrb_i,
  input  logic        bready_i,
  input  logic        arvalid_i,
  input  logic [15:0] araddr_i,
  input  logic        rready_i,
  input  logic        req_ready_i,
  input  logic        rsp_valid_i,
  input  tarn_reg_pkg::reg_rsp_t rsp_i,

  output logic        awready_o,
  output logic        wready_o,
  output logic        bvalid_o,
  output logic [1:0]  bresp_o,
  output logic        arready_o,
  output logic        rvalid_o,
  output logic [31:0] rdata_o,
  output logic [1:0]  rresp_o,
  output logic        req_valid_o,
  output tarn_reg_pkg::reg_req_t req_o
);
  localparam logic [1:0] RespOkay = 2'b00;
  localparam logic [1:0] RespSlverr = 2'b10;

  typedef enum logic [1:0] {Idle, Request, Wait} state_e;

  state_e      state_d, state_q;
  logic        write_d, write_q;  // what is on the bus; the other direction goes first next time
  logic        aw_full_q, w_full_q, ar_full_q, b_valid_q, r_valid_q;
  logic [13:0] aw_word_q, ar_word_q;
  logic [31:0] w_data_q, r_data_q;
  logic [3:0]  w_strb_q;
  logic        b_error_q, r_error_q;
  logic        write_ready, read_ready, done;

  assign write_ready = aw_full_q && w_full_q && !b_valid_q;
  assign read_ready  = ar_full_q && !r_valid_q;
  assign done        = state_q == Wait && rsp_valid_i;

  always_comb begin
    state_d = state_q;
    write_d = write_q;
    unique case (state_q)
      Idle: begin
        if (write_ready || read_ready) begin
          state_d = Request;
          write_d = write_ready && !(read_ready && write_q);
        end
      end
      Request: if (req_ready_i) state_d = Wait;
      Wait:    if (rsp_valid_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= Idle;
      write_q   <= 1'b0;
      aw_full_q <= 1'b0;
      w_full_q  <= 1'b0;
      ar_full_q <= 1'b0;
      b_valid_q <= 1'b0;
      r_valid_q <= 1'b0;
    end else begin
      state_q <= state_d;
      write_q <= write_d;
      if (awvalid_i && awready_o) aw_full_q <= 1'b1;
      if (wvalid_i && wready_o) w_full_q <= 1'b1;
      if (arvalid_i && arready_o) ar_full_q <= 1'b1;
      if (bready_i) b_valid_q <= 1'b0;
      if (rready_i) r_valid_q <= 1'b0;
      if (done && write_q) begin
        aw_full_q <= 1'b0;
        w_full_q  <= 1'b0;
        b_valid_q <= 1'b1;
      end
      if (done && !write_q) begin
        ar_full_q <= 1'b0;
        r_valid_q <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (awvalid_i && awready_o) aw_word_q <= awaddr_i[15:2];
    if (wvalid_i && wready_o) begin
      w_data_q <= wdata_i;
      w_strb_q <= wstrb_i;
    end
    if (arvalid_i && arready_o) ar_word_q <= araddr_i[15:2];
    if (done && write_q) b_error_q <= rsp_i.error;
    if (done && !write_q) begin
      r_error_q <= rsp_i.error;
      r_data_q  <= rsp_i.rdata;
    end
  end

  assign awready_o   = !aw_full_q;
  assign wready_o    = !w_full_q;
  assign arready_o   = !ar_full_q;
  assign bvalid_o    = b_valid_q;
  assign bresp_o     = b_error_q ? RespSlverr : RespOkay;
  assign rvalid_o    = r_valid_q;
  assign rdata_o     = r_data_q;
  assign rresp_o     = r_error_q ? RespSlverr : RespOkay;
  assign req_valid_o = state_q == Request;
  assign req_o       = '{write: write_q, addr: {write_q ? aw_word_q : ar_word_q, 2'b00},
                         wdata: write_q ? w_data_q : '0, wstrb: write_q ? w_strb_q : '0};

  logic unused_address_bits;
  assign unused_address_bits = ^{awaddr_i[1:0], araddr_i[1:0]};

  `TARN_ASSERT(AnswerHasARequest, !rsp_valid_i || state_q == Wait)
  `TARN_ASSERT(NoAnswerIsOverwritten, !done || (write_q ? !b_valid_q : !r_valid_q))
endmodule
