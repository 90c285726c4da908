tarn_bulk_pkg.sv
