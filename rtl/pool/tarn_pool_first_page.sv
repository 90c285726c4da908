// The first page of a set, in words of 32: 512 pages cost a few levels of gates, where one search over all is a chain. 0 if
// there is none. Combinational.
module tarn_pool_first_page #(
  parameter int unsigned Pages = 16,  // of a segment: a power of two
  localparam int unsigned PageBits = Pages > 1 ? $clog2(Pages) : 1
) (
  input  logic [Pages-1:0]    pages_i,
  output logic [PageBits-1:0] page_o
);
  localparam int unsigned WordPages = Pages < 32 ? Pages : 32;
  localparam int unsigned Words     = Pages / WordPages;
  localparam int unsigned WordBits  = Words > 1 ? $clog2(Words) : 1;
  localparam int unsigned InnerBits = WordPages > 1 ? $clog2(WordPages) : 1;

  logic [Words-1:0] filled, first_word;
  logic [WordPages-1:0] pages, unused_first;
  logic [WordBits-1:0] word;
  logic [InnerBits-1:0] inner;

  for (genvar w = 0; w < Words; w++) begin : gen_words
    assign filled[w] = pages_i[w*WordPages+:WordPages] != '0;
  end
  always_comb begin
    pages = '0;
    for (int unsigned w = 0; w < Words; w++) if (first_word[w]) pages |= pages_i[w*WordPages+:WordPages];
  end
  // After the last one comes the first one.
  tarn_pick_next #(.N(Words)) u_word (.req_i(filled), .last_i(WordBits'(Words - 1)), .grant_o(first_word), .index_o(word));
  tarn_pick_next #(.N(WordPages)) u_page (
    .req_i(pages), .last_i(InnerBits'(WordPages - 1)), .grant_o(unused_first), .index_o(inner));
  assign page_o = PageBits'(32'(word) * WordPages + 32'(inner));
endmodule : tarn_pool_first_page
