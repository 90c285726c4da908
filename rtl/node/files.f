tarn_node_pkg.sv
tarn_node_regs_pkg.sv
tarn_node_regs.sv
tarn_host_port.sv
tarn_node.sv
