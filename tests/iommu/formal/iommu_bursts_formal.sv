// Names of bursts, for 2 lines at once: the lines of one burst, chosen freely, never share their name with a line of
// another that is under way, and a name is always there.
`include "tarn_assert.svh"
module iommu_bursts_formal (
  input logic       clk_i,
  input logic       accept_i,
  input logic       is_write_i,
  input logic       first_i,
  input logic       leave_i,
  input logic       leave_which_i,
  input logic       watch_i
);
  logic rst_ni = 1'b0;
  always_ff @(posedge clk_i) rst_ni <= 1'b1;

  logic ready;
  logic [1:0] name, leave_name;
  logic [1:0] open_q;          // lines under way
  logic [1:0][1:0] name_q;
  logic [1:0] watched_q;       // it belongs to the burst that is watched
  logic watched_burst_q, seen_q, watched_write_q;
  logic begun_q[2];
  logic slot;

  assign slot       = open_q[0];  // where a new one goes
  assign leave_name = name_q[leave_which_i];

  tarn_iommu_bursts #(.Lines(2)) u_bursts (
    .clk_i,
    .rst_ni,
    .ready_o     (ready),
    .accept_i,
    .stream_i    (is_write_i),
    .first_i,
    .name_o      (name),
    .leave_i,
    .leave_name_i(leave_name)
  );

  `TARN_ASSUME(RoomForTheLine, !accept_i || open_q != 2'b11)
  `TARN_ASSUME(LeavesWhatIsThere, !leave_i || open_q[leave_which_i])
  `TARN_ASSUME(BeginsWithAFirst, !accept_i || first_i || begun_q[is_write_i])
  `TARN_ASSUME(TakesWhenReady, !accept_i || ready)

  logic begins_watched, is_watched;
  assign begins_watched = accept_i && first_i && watch_i && !seen_q;
  assign is_watched     = begins_watched || (watched_burst_q && !first_i && is_write_i == watched_write_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      open_q          <= '0;
      seen_q          <= 1'b0;
      watched_burst_q <= 1'b0;
      begun_q         <= '{1'b0, 1'b0};
    end else begin
      if (leave_i) open_q[leave_which_i] <= 1'b0;
      if (accept_i) begin
        open_q[slot]        <= 1'b1;
        begun_q[is_write_i] <= 1'b1;
        if (first_i && is_write_i == watched_write_q) watched_burst_q <= 1'b0;
      end
      if (begins_watched) {seen_q, watched_burst_q} <= 2'b11;
    end
  end
  always_ff @(posedge clk_i) begin
    if (accept_i) {name_q[slot], watched_q[slot]} <= {name, is_watched};
    if (begins_watched) watched_write_q <= is_write_i;
  end

  `TARN_ASSERT(StrangersHaveOtherNames, open_q != 2'b11 || watched_q[0] == watched_q[1] || name_q[0] != name_q[1])
  `TARN_ASSERT(OneBurstOneName, open_q != 2'b11 || watched_q != 2'b11 || name_q[0] == name_q[1])
  `TARN_ASSERT(ANameIsThere, ready)
  `TARN_COVER(BothOpen, open_q == 2'b11 && watched_q == 2'b01)
endmodule : iommu_bursts_formal
