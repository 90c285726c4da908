tarn_board.sv
