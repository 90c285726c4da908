// Every cell in every variant that its parameters allow, for lint and for the synthesis front end.
module cells_top (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [15:0] valid_i,
  input  logic [15:0] ready_i,
  input  logic [15:0] data_i,
  output logic [15:0] valid_o,
  output logic [15:0] ready_o,
  output logic [15:0] data_o [16],
  output logic [3:0]  count_o[16]
);
  typedef struct packed {
    logic [7:0] high;
    logic [7:0] low;
  } item_t;

  tarn_skid_buffer #(.T(item_t)) u_skid (
    .clk_i, .rst_ni, .valid_i(valid_i[0]), .ready_o(ready_o[0]), .data_i, .valid_o(valid_o[0]),
    .ready_i(ready_i[0]), .data_o(data_o[0])
  );
  assign count_o[0] = '0;

  // Position = depth; those above 8 fall through.
  for (genvar i = 1; i < 14; i++) begin : gen_fifo
    localparam int unsigned Depth = i < 8 ? i : i - 6;
    logic [$clog2(Depth+1)-1:0] count;
    tarn_fifo #(.T(item_t), .Depth(Depth), .FallThrough(i >= 8), .UseRam(i >= 4 && i < 8)) u_fifo (
      .clk_i, .rst_ni, .valid_i(valid_i[i]), .ready_o(ready_o[i]), .data_i, .valid_o(valid_o[i]),
      .ready_i(ready_i[i]), .data_o(data_o[i]), .count_o(count)
    );
    assign count_o[i] = 4'(count);
  end

  tarn_ram_1p #(.Width(16), .Depth(16), .LaneBits(8)) u_ram_1p (
    .clk_i, .rst_ni, .en_i(valid_i[14]), .we_i(ready_i[14]), .addr_i(valid_i[3:0]), .wmask_i(valid_i[5:4]),
    .wdata_i(data_i), .rdata_o(data_o[14])
  );
  logic [15:0] old_data, new_data, no_collision_data, any_data, parity_data, plain_data, ecc_data, no_ecc_data;
  logic [3:0] ecc_reports;
  logic [1:0] parity_error;
  logic plain_error;
  tarn_ram_sdp #(.Width(16), .Depth(16)) u_ram_old (
    .clk_i, .rst_ni, .we_i(valid_i[14]), .waddr_i(valid_i[3:0]), .wmask_i(1'b1), .wdata_i(data_i),
    .re_i(ready_i[14]), .raddr_i(ready_i[3:0]), .rdata_o(old_data)
  );
  tarn_ram_sdp #(.Width(16), .Depth(16), .LaneBits(8), .Collision(tarn_ram_pkg::RamReadNew)) u_ram_new (
    .clk_i, .rst_ni, .we_i(valid_i[14]), .waddr_i(valid_i[3:0]), .wmask_i(valid_i[5:4]), .wdata_i(data_i),
    .re_i(ready_i[14]), .raddr_i(ready_i[3:0]), .rdata_o(new_data)
  );
  tarn_ram_sdp #(.Width(16), .Depth(16), .LaneBits(4), .Collision(tarn_ram_pkg::RamNoCollision)) u_ram_free (
    .clk_i, .rst_ni, .we_i(valid_i[14]), .waddr_i(valid_i[3:0]), .wmask_i(valid_i[7:4]), .wdata_i(data_i),
    .re_i(ready_i[14]), .raddr_i(ready_i[3:0]), .rdata_o(no_collision_data)
  );
  tarn_ram_sdp #(.Width(16), .Depth(16), .Collision(tarn_ram_pkg::RamAny)) u_ram_any (
    .clk_i, .rst_ni, .we_i(valid_i[14]), .waddr_i(valid_i[3:0]), .wmask_i(1'b1), .wdata_i(data_i),
    .re_i(ready_i[14]), .raddr_i(ready_i[3:0]), .rdata_o(any_data)
  );
  tarn_ram_sdp_parity #(.Width(16), .Depth(16), .LaneBits(8)) u_ram_parity (
    .clk_i, .rst_ni, .we_i(valid_i[14]), .waddr_i(valid_i[3:0]), .wmask_i(valid_i[5:4]), .wdata_i(data_i),
    .inject_i(valid_i[6]), .re_i(ready_i[14]), .raddr_i(ready_i[3:0]), .rdata_o(parity_data), .error_o(parity_error)
  );
  tarn_ram_sdp_parity #(.Parity(1'b0), .Width(16), .Depth(16)) u_ram_plain (
    .clk_i, .rst_ni, .we_i(valid_i[14]), .waddr_i(valid_i[3:0]), .wmask_i(1'b1), .wdata_i(data_i),
    .inject_i(valid_i[6]), .re_i(ready_i[14]), .raddr_i(ready_i[3:0]), .rdata_o(plain_data), .error_o(plain_error)
  );
  tarn_ram_sdp_ecc #(.Width(16), .Depth(16), .LaneBits(8)) u_ram_ecc (
    .clk_i, .rst_ni, .we_i(valid_i[14]), .waddr_i(valid_i[3:0]), .wmask_i(valid_i[5:4]), .wdata_i(data_i),
    .inject_i(valid_i[7:6]), .re_i(ready_i[14]), .raddr_i(ready_i[3:0]), .rdata_o(ecc_data),
    .corrected_o(ecc_reports[0]), .lost_o(ecc_reports[1])
  );
  tarn_ram_sdp_ecc #(.Ecc(1'b0), .Width(16), .Depth(16), .Collision(tarn_ram_pkg::RamReadNew)) u_ram_no_ecc (
    .clk_i, .rst_ni, .we_i(valid_i[14]), .waddr_i(valid_i[3:0]), .wmask_i(1'b1), .wdata_i(data_i),
    .inject_i(valid_i[7:6]), .re_i(ready_i[14]), .raddr_i(ready_i[3:0]), .rdata_o(no_ecc_data),
    .corrected_o(ecc_reports[2]), .lost_o(ecc_reports[3])
  );
  assign data_o[15]     = old_data ^ new_data ^ no_collision_data ^ any_data ^ parity_data ^ plain_data ^ ecc_data ^
                          no_ecc_data ^ 16'({parity_error, plain_error, ecc_reports});
  assign valid_o[14]    = valid_i[15];
  assign ready_o[15:14] = '0;

  logic       rr_valid, qos_valid, one_valid;
  logic [4:0] rr_grant, qos_grant;
  logic [2:0] rr_index, qos_index;
  logic       one_grant, one_index;
  logic [3:0] qos[5];
  for (genvar i = 0; i < 5; i++) begin : gen_qos
    assign qos[i] = data_i[i+:4];
  end
  tarn_rr_arbiter #(.N(5)) u_rr (
    .clk_i, .rst_ni, .req_i(valid_i[4:0]), .valid_o(rr_valid), .ready_i(ready_i[15]), .grant_o(rr_grant),
    .index_o(rr_index)
  );
  tarn_rr_arbiter #(.N(1)) u_one (
    .clk_i, .rst_ni, .req_i(valid_i[0]), .valid_o(one_valid), .ready_i(ready_i[15]), .grant_o(one_grant),
    .index_o(one_index)
  );
  tarn_qos_arbiter #(.N(5)) u_qos (
    .clk_i, .rst_ni, .req_i(valid_i[4:0]), .qos_i(qos), .valid_o(qos_valid), .ready_i(ready_i[15]),
    .grant_o(qos_grant), .index_o(qos_index)
  );
  assign valid_o[15] = rr_valid ^ qos_valid ^ one_valid;
  assign count_o[14] = {one_grant, rr_index} ^ {one_index, qos_index};
  assign count_o[15] = rr_grant[3:0] ^ qos_grant[3:0] ^ {3'b0, rr_grant[4] ^ qos_grant[4]};
endmodule : cells_top
