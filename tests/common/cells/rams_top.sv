// One RAM of each kind, for the random test against a model: the same commands go to all.
module rams_top #(
  parameter int unsigned Depth = 12
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        we_i,
  input  logic [3:0]  waddr_i,
  input  logic [3:0]  wmask_i,
  input  logic [31:0] wdata_i,
  input  logic        inject_i,
  input  logic [1:0]  inject_ecc_i, // wrong bits of the next word written, where there are check bits
  input  logic        re_i,
  input  logic [3:0]  raddr_i,
  output logic [31:0] one_port_o,  // takes the write when there is one, else the read
  output logic [31:0] old_o,
  output logic [31:0] new_o,
  output logic [31:0] no_collision_o, // is not given a read that meets a write
  output logic [31:0] any_o,          // of what was written in that cycle the opposite
  output logic [31:0] parity_o,
  output logic [3:0]  parity_error_o,
  output logic [31:0] ecc_o,
  output logic        ecc_corrected_o,
  output logic        ecc_lost_o
);
  logic collides;
  assign collides = we_i && re_i && waddr_i == raddr_i;

  tarn_ram_1p #(.Width(32), .Depth(Depth), .LaneBits(8)) u_one_port (
    .clk_i, .rst_ni, .en_i(we_i || re_i), .we_i, .addr_i(we_i ? waddr_i : raddr_i), .wmask_i, .wdata_i,
    .rdata_o(one_port_o)
  );
  tarn_ram_sdp #(.Width(32), .Depth(Depth), .LaneBits(8), .Collision(tarn_ram_pkg::RamReadOld)) u_old (
    .clk_i, .rst_ni, .we_i, .waddr_i, .wmask_i, .wdata_i, .re_i, .raddr_i, .rdata_o(old_o)
  );
  tarn_ram_sdp #(.Width(32), .Depth(Depth), .LaneBits(8), .Collision(tarn_ram_pkg::RamReadNew)) u_new (
    .clk_i, .rst_ni, .we_i, .waddr_i, .wmask_i, .wdata_i, .re_i, .raddr_i, .rdata_o(new_o)
  );
  tarn_ram_sdp #(.Width(32), .Depth(Depth), .LaneBits(8), .Collision(tarn_ram_pkg::RamNoCollision)) u_no_collision (
    .clk_i, .rst_ni, .we_i, .waddr_i, .wmask_i, .wdata_i, .re_i(re_i && !collides), .raddr_i,
    .rdata_o(no_collision_o)
  );
  tarn_ram_sdp #(.Width(32), .Depth(Depth), .LaneBits(8), .Collision(tarn_ram_pkg::RamAny)) u_any (
    .clk_i, .rst_ni, .we_i, .waddr_i, .wmask_i, .wdata_i, .re_i, .raddr_i, .rdata_o(any_o)
  );
  tarn_ram_sdp_parity #(.Width(32), .Depth(Depth), .LaneBits(8)) u_parity (
    .clk_i, .rst_ni, .we_i, .waddr_i, .wmask_i, .wdata_i, .inject_i, .re_i, .raddr_i, .rdata_o(parity_o),
    .error_o(parity_error_o)
  );
  tarn_ram_sdp_ecc #(.Width(32), .Depth(Depth), .LaneBits(8)) u_ecc (
    .clk_i, .rst_ni, .we_i, .waddr_i, .wmask_i, .wdata_i, .inject_i(inject_ecc_i), .re_i, .raddr_i, .rdata_o(ecc_o),
    .corrected_o(ecc_corrected_o), .lost_o(ecc_lost_o)
  );
endmodule : rams_top
