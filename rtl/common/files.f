tarn_line_pkg.sv
