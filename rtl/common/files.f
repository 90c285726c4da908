tarn_line_pkg.sv
// Register bus
tarn_reg_pkg.sv
tarn_axil_reg_port.sv
tarn_reg_demux.sv
// Cells
tarn_axi_pkg.sv
tarn_ram_pkg.sv
tarn_skid_buffer.sv
tarn_ram_1p.sv
tarn_ram_sdp.sv
tarn_ram_sdp_parity.sv
tarn_secded_pkg.sv
tarn_secded.sv
tarn_ram_sdp_ecc.sv
tarn_latency_pkg.sv
tarn_histogram.sv
tarn_fifo.sv
tarn_pick_next.sv
tarn_rr_arbiter.sv
tarn_qos_arbiter.sv
// AXI4 port
tarn_index_pool.sv
tarn_axi_legal.sv
tarn_axi_order.sv
tarn_axi_read.sv
tarn_axi_write.sv
tarn_axi_port.sv
tarn_axi_line_port.sv
