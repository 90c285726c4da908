tarn_line_pkg.sv
# Register bus
tarn_reg_pkg.sv
