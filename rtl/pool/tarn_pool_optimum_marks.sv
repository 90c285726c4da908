// Places on a ring, each marked or not: the next marked one up from a place (itself included), or down from it (itself not),
// around the ring. One order at a time, while `ready_o`. A search is answered 1 or 2 cycles later, `found_o` low if nothing is
// marked at all; setting and clearing take a cycle more, without an answer. After reset and `clear_i` nothing is marked.
`include "tarn_assert.svh"
module tarn_pool_optimum_marks #(
  parameter int unsigned Places = 4096,  // a power of two, 4 or more
  parameter bit          Ecc    = 1'b1,
  localparam int unsigned PlaceBits = $clog2(Places)
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             clear_i,
  input  logic                             valid_i,
  output logic                             ready_o,
  input  tarn_pool_optimum_pkg::mark_op_e  op_i,
  input  logic [PlaceBits-1:0]             place_i,
  output logic                             answer_valid_o,
  output logic                             found_o,
  output logic [PlaceBits-1:0]             place_o,
  input  tarn_pool_pkg::inject_t           inject_i,
  output tarn_pool_pkg::table_report_t     report_o
);
  import tarn_pool_optimum_pkg::*;
  localparam int unsigned BitBits  = PlaceBits / 2;          // of a place inside its word
  localparam int unsigned WordBits = PlaceBits - BitBits;    // of the word's number
  localparam int unsigned Width    = 2 ** BitBits;
  localparam int unsigned Words    = 2 ** WordBits;

  `TARN_ASSERT_INIT(PlacesAllowed, Places >= 4 && Places == 2 ** PlaceBits, "tarn_pool_optimum_marks: Places must be a power of two, 4 or more")

  typedef enum logic [1:0] {Idle, Look, Far} state_e;
  state_e state_q, state_d;
  mark_op_e op_q;
  logic [WordBits-1:0] word_q, far_q, far;
  logic [BitBits-1:0] bit_q, near_bit, far_bit;
  logic [Words-1:0] any_q;  // the word has a mark; else its content does not count
  logic [Width-1:0] read, word, near, written;
  logic [Words-1:0] beyond;
  logic re, we, near_found;
  logic [WordBits-1:0] raddr;

  // Down is up with everything the other way round.
  function automatic logic [Width-1:0] turned(logic [Width-1:0] bits);
    for (int unsigned i = 0; i < Width; i++) turned[i] = bits[Width-1-i];
  endfunction
  function automatic logic [Words-1:0] turned_words(logic [Words-1:0] bits);
    for (int unsigned i = 0; i < Words; i++) turned_words[i] = bits[Words-1-i];
  endfunction
  function automatic logic [BitBits-1:0] lowest(logic [Width-1:0] bits);
    lowest = '0;
    for (int unsigned i = 0; i < Width; i++) if (bits[Width-1-i]) lowest = BitBits'(Width - 1 - i);
  endfunction
  function automatic logic [WordBits-1:0] lowest_word(logic [Words-1:0] bits);
    lowest_word = '0;
    for (int unsigned i = 0; i < Words; i++) if (bits[Words-1-i]) lowest_word = WordBits'(Words - 1 - i);
  endfunction

  // The word read, and what lies beyond it.
  always_comb begin
    word       = '0;
    near       = '0;
    near_bit   = '0;
    near_found = 1'b0;
    beyond     = '0;
    far        = '0;
    if (state_q == Look) begin
      word = any_q[word_q] ? read : '0;
      if (op_q == MarkUp) begin
        near     = word & ~((Width'(1) << bit_q) - 1'b1);
        near_bit = lowest(near);
        beyond   = any_q & ~((Words'(2) << word_q) - 1'b1);
        far      = lowest_word(beyond != '0 ? beyond : any_q);
      end else if (op_q == MarkDown) begin
        near     = turned(word & ((Width'(1) << bit_q) - 1'b1));
        near_bit = ~lowest(near);
        beyond   = turned_words(any_q & ((Words'(1) << word_q) - 1'b1));
        far      = ~lowest_word(beyond != '0 ? beyond : turned_words(any_q));
      end
      near_found = near != '0;
    end
  end
  always_comb begin
    far_bit = '0;
    if (state_q == Far) far_bit = op_q == MarkUp ? lowest(read) : ~lowest(turned(read));
  end

  always_comb begin
    state_d        = state_q;
    answer_valid_o = 1'b0;
    found_o        = 1'b0;
    place_o        = {word_q, near_bit};
    re             = 1'b0;
    raddr          = place_i[PlaceBits-1:BitBits];
    unique case (state_q)
      Idle: begin
        re = valid_i && any_q[raddr];  // else its content does not count
        if (valid_i) state_d = Look;
      end
      Look: begin
        state_d = Idle;
        if (op_q inside {MarkUp, MarkDown}) begin
          answer_valid_o = near_found || any_q == '0;
          found_o        = near_found;
          if (!answer_valid_o) begin
            re      = 1'b1;
            raddr   = far;
            state_d = Far;
          end
        end
      end
      Far: begin
        answer_valid_o = 1'b1;
        found_o        = 1'b1;
        place_o        = {far_q, far_bit};
        state_d        = Idle;
      end
      default: state_d = Idle;
    endcase
    if (clear_i) state_d = Idle;
  end
  assign ready_o = state_q == Idle;
  assign written = op_q == MarkSet ? word | Width'(1) << bit_q : word & ~(Width'(1) << bit_q);
  assign we      = state_q == Look && op_q inside {MarkSet, MarkClear};

  tarn_ram_sdp_ecc #(.Ecc(Ecc), .Width(Width), .Depth(Words), .Collision(tarn_ram_pkg::RamNoCollision)) u_words (
    .clk_i, .rst_ni, .we_i(we), .waddr_i(word_q), .wmask_i(1'b1), .wdata_i(written), .inject_i, .re_i(re), .raddr_i(raddr),
    .rdata_o(read), .corrected_o(report_o.corrected), .lost_o(report_o.lost)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      any_q   <= '0;
    end else begin
      state_q <= state_d;
      if (clear_i) any_q <= '0;
      else if (we) any_q[word_q] <= written != '0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      op_q            <= op_i;
      {word_q, bit_q} <= place_i;
    end
    if (state_q == Look) far_q <= far;
  end
  `TARN_ASSERT(FarWordHasAMark, state_q != Far || read != '0)
endmodule : tarn_pool_optimum_marks
