// Turns each cover into an assertion of its contrary, so that a counterexample shows the cover reached.
(* techmap_celltype = "$cover" *)
module tarn_cover_is_contrary (input A, input EN);
  \$assert _TECHMAP_REPLACE_ (.A(~A), .EN(EN));
endmodule
