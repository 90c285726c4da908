// The register path whole: AXI4-Lite port, demultiplexer, and two instances of the generated demonstration registers
// (0x0000 with the default parameters, 0x1000 with others), the first with some hardware behind it.
// fault_i plants a fault that the generic register test must find.
module tb_registers (
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
  // What the hardware does.
  input  logic        serial_de_i,
  input  logic [7:0]  serial_d_i,
  input  logic [8:0]  events_sets_i,  // lanes, overflow
  input  logic [3:0]  pending_clears_i,
  input  logic        size_de_i,
  input  logic [7:0]  size_d_i,
  input  logic        busy_i,
  input  logic        last_de_i,
  input  logic [7:0]  last_d_i,
  input  logic [7:0]  boot_i,
  input  logic [3:0]  hit_sets_i,
  input  logic [2:0]  done_sets_i,
  input  logic [1:0]  address_de_i,  // which pair, from 1
  input  logic [53:0] address_d_i,
  input  logic        counting_i,
  input  logic [11:0] window_delay_i,
  input  logic [1:0]  fault_i,

  output logic        awready_o,
  output logic        wready_o,
  output logic        bvalid_o,
  output logic [1:0]  bresp_o,
  output logic        arready_o,
  output logic        rvalid_o,
  output logic [31:0] rdata_o,
  output logic [1:0]  rresp_o,
  output logic        control_qe_o,
  output logic [7:0]  control_level_o,
  output logic [3:0]  start_o,
  output logic [3:0]  vectors_qe_o,
  output logic        counters_re_o
);
  import tarn_register_demo_regs_pkg::*;

  localparam logic [1:0] FaultRwBitDoesNotStick = 2'd1;
  localparam logic [1:0] FaultW1cDoesNotClear = 2'd2;
  localparam logic [1:0] FaultResetValue = 2'd3;

  logic                        req_valid, req_ready, rsp_valid;
  tarn_reg_pkg::reg_req_t      req, block_req, demo_req;
  tarn_reg_pkg::reg_rsp_t      rsp, demo_rsp;
  logic [1:0]                  block_req_valid, block_req_ready, block_rsp_valid;
  tarn_reg_pkg::reg_rsp_t [1:0] block_rsp;
  reg2hw_t                     reg2hw, other_reg2hw;
  hw2reg_t                     hw2reg, other_hw2reg;

  tarn_axil_reg_port i_port (
    .clk_i, .rst_ni, .awvalid_i, .awaddr_i, .wvalid_i, .wdata_i, .wstrb_i, .bready_i, .arvalid_i, .araddr_i, .rready_i,
    .req_ready_i(req_ready), .rsp_valid_i(rsp_valid), .rsp_i(rsp),
    .awready_o, .wready_o, .bvalid_o, .bresp_o, .arready_o, .rvalid_o, .rdata_o, .rresp_o,
    .req_valid_o(req_valid), .req_o(req)
  );

  tarn_reg_demux #(
    .NumBlocks(2), .Base({16'h1000, 16'h0000}), .Size({16'h0400, 16'h0400})
  ) i_demux (
    .clk_i, .rst_ni, .req_valid_i(req_valid), .req_i(req), .block_req_ready_i(block_req_ready),
    .block_rsp_valid_i(block_rsp_valid), .block_rsp_i(block_rsp), .req_ready_o(req_ready), .rsp_valid_o(rsp_valid),
    .rsp_o(rsp), .block_req_valid_o(block_req_valid), .block_req_o(block_req)
  );

  always_comb begin
    demo_req = block_req;
    if (fault_i == FaultRwBitDoesNotStick && block_req.addr == ControlOffset) demo_req.wdata[7] = 1'b0;
    if (fault_i == FaultW1cDoesNotClear && block_req.addr == EventsOffset) demo_req.wdata[0] = 1'b0;
    block_rsp[0] = demo_rsp;
    if (fault_i == FaultResetValue && block_req.addr == IdOffset) block_rsp[0].rdata[20] = !demo_rsp.rdata[20];
  end

  tarn_register_demo_regs i_demo (
    .clk_i, .rst_ni, .req_valid_i(block_req_valid[0]), .req_i(demo_req), .hw2reg_i(hw2reg),
    .req_ready_o(block_req_ready[0]), .rsp_valid_o(block_rsp_valid[0]), .rsp_o(demo_rsp), .reg2hw_o(reg2hw)
  );

  tarn_register_demo_regs #(
    .HasExtra(1'b0), .WideModes(1'b1), .MaskBits(12'hc3c), .TopKind(4'd14), .Revision(8'h99), .Lanes(3'd3), .FixedGains(1'b1)
  ) i_other (
    .clk_i, .rst_ni, .req_valid_i(block_req_valid[1]), .req_i(block_req), .hw2reg_i(other_hw2reg),
    .req_ready_o(block_req_ready[1]), .rsp_valid_o(block_rsp_valid[1]), .rsp_o(block_rsp[1]), .reg2hw_o(other_reg2hw)
  );

  // The hardware: a counter, a slow window, a table of counters.
  logic [63:0] cycles_q;
  logic [31:0] window_q [WindowCount];
  logic [48:0] counters_q [CountersCount];
  logic [11:0] waited_q;
  logic [3:0]  kind_q, requests_q;
  logic [7:0]  gated_live_q;
  logic        window_asked;

  // The memory behind `bank` of both instances.
  logic [63:0] bank_q [BankCount], other_bank_q [BankCount];

  function automatic logic [63:0] banked(logic [63:0] written, logic [7:0] byte_enable, logic [63:0] old);
    for (int unsigned i = 0; i < 8; i++) banked[8*i +: 8] = byte_enable[i] ? written[8*i +: 8] : old[8*i +: 8];
  endfunction

  logic [63:0] bank_data, other_bank_data;
  assign bank_data = {8'h0, reg2hw.bank.total.q, 4'h0, reg2hw.bank.level.q};
  assign other_bank_data = {8'h0, other_reg2hw.bank.total.q, 4'h0, other_reg2hw.bank.level.q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < BankCount; i++) begin
        bank_q[i] <= '0;
        other_bank_q[i] <= '0;
      end
    end else begin
      if (reg2hw.bank.qe) begin
        bank_q[reg2hw.bank.index] <= banked(bank_data, reg2hw.bank.byte_enable, bank_q[reg2hw.bank.index]);
      end
      if (other_reg2hw.bank.qe) begin
        other_bank_q[other_reg2hw.bank.index] <=
          banked(other_bank_data, other_reg2hw.bank.byte_enable, other_bank_q[other_reg2hw.bank.index]);
      end
    end
  end

  assign window_asked = reg2hw.window.re || reg2hw.window.qe;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycles_q <= '0;
      waited_q <= '0;
      kind_q <= 4'd3;
      requests_q <= '0;
      gated_live_q <= '0;
      for (int unsigned i = 0; i < WindowCount; i++) window_q[i] <= '0;
      for (int unsigned i = 0; i < CountersCount; i++) counters_q[i] <= '0;
    end else begin
      cycles_q <= reg2hw.cycles.qe ? reg2hw.cycles.count.q : cycles_q + 64'(counting_i);
      waited_q <= window_asked ? waited_q + 12'd1 : '0;
      if (reg2hw.window.qe && hw2reg.window.ready) begin
        for (int unsigned i = 0; i < 4; i++) begin
          if (reg2hw.window.byte_enable[i]) window_q[reg2hw.window.index][8*i +: 8] <= reg2hw.window.value.q[8*i +: 8];
        end
      end
      if (reg2hw.mixed.qe) begin
        kind_q <= reg2hw.mixed.kind.q;
        requests_q <= requests_q | reg2hw.mixed.requests.q;
        gated_live_q <= reg2hw.mixed.gated_live.q;
      end
      if (reg2hw.counters.qe) begin
        counters_q[reg2hw.counters.index] <=
          {counters_q[reg2hw.counters.index][48] && !reg2hw.counters.overflow.q, reg2hw.counters.count.q};
      end else if (reg2hw.command.start.q[0]) begin
        for (int unsigned i = 0; i < CountersCount; i++) counters_q[i][48] <= 1'b1;
      end
    end
  end

  always_comb begin
    hw2reg = '0;
    hw2reg.control.serial.de = serial_de_i;
    hw2reg.control.serial.d = serial_d_i;
    hw2reg.events.overflow.sets = events_sets_i[0];
    hw2reg.events.lanes.sets = events_sets_i[8:1];
    hw2reg.command.pending.clears = pending_clears_i;
    hw2reg.mode.size.de = size_de_i;
    hw2reg.mode.size.d = size_d_i;
    hw2reg.status.busy.d = busy_i;
    hw2reg.status.last.de = last_de_i;
    hw2reg.status.last.d = last_d_i;
    hw2reg.status.boot.reset = boot_i;
    hw2reg.cycles.count.d = cycles_q;
    for (int unsigned i = 0; i < VectorsCount; i++) hw2reg.vectors[i].hit.sets = hit_sets_i[i];
    for (int unsigned i = 0; i < PairsCount; i++) begin
      hw2reg.pairs[i].done.sets = done_sets_i[i];
      hw2reg.pairs[i].address.de = address_de_i == 2'(i + 1);
      hw2reg.pairs[i].address.d = address_d_i;
    end
    hw2reg.mixed.kind.d = kind_q;
    hw2reg.mixed.requests.d = requests_q;
    hw2reg.mixed.gated_live.d = gated_live_q;
    hw2reg.bank.level.d = bank_q[reg2hw.bank.index][11:0];
    hw2reg.bank.total.d = bank_q[reg2hw.bank.index][55:16];
    hw2reg.window.value.d = reg2hw.window.index < 5'(WindowCount) ? window_q[reg2hw.window.index] : '0;
    hw2reg.window.ready = waited_q == window_delay_i;
    if (reg2hw.counters.index < 3'(CountersCount)) begin
      {hw2reg.counters.overflow.d, hw2reg.counters.count.d} = counters_q[reg2hw.counters.index];
    end
  end

  always_comb begin
    other_hw2reg = '0;
    other_hw2reg.window.ready = 1'b1;
    other_hw2reg.bank.level.d = other_bank_q[other_reg2hw.bank.index][11:0];
    other_hw2reg.bank.total.d = other_bank_q[other_reg2hw.bank.index][55:16];
  end

  assign control_qe_o    = reg2hw.control.qe;
  assign control_level_o = reg2hw.control.level.q;
  assign start_o         = reg2hw.command.start.q;
  assign vectors_qe_o    = {reg2hw.vectors[3].qe, reg2hw.vectors[2].qe, reg2hw.vectors[1].qe, reg2hw.vectors[0].qe};
  assign counters_re_o   = reg2hw.counters.re;

  logic unused;
  assign unused = ^{reg2hw, other_reg2hw};
endmodule
