// What the channel's queues are told in each cycle, for the golden scheduler beside it (tb/channel/scheduler_checker.h). Bound into
// tarn_channel; each signal is read by name.
module scheduler_probe
  import tarn_channel_pkg::*;
(
  input logic       rst_ni,
  input logic       initialised_i,
  input logic       drain_i,
  input logic       read_room_i,
  input logic       write_capped_i,
  input clocks_t    idle_precharge_i,
  input location_t  location_i,         // of the request that is decided
  input logic       read_enters_i,
  input logic       read_bulk_i,
  input logic [3:0] qos_i,              // of either that enters
  input logic [6:0] read_place_i,
  input logic       read_hurries_i,
  input logic [6:0] read_hurried_place_i,
  input logic       write_enters_i,     // or needs to wait no more
  input logic [6:0] write_place_i,
  input location_t  write_location_i
);
  logic [7:0] flags /*verilator public_flat_rd*/;
  clocks_t idle_precharge /*verilator public_flat_rd*/;
  logic [20:0] places /*verilator public_flat_rd*/;
  logic [3:0] qos /*verilator public_flat_rd*/;
  logic [$bits(location_t)-1:0] location /*verilator public_flat_rd*/;
  logic [$bits(location_t)-1:0] write_location /*verilator public_flat_rd*/;
  assign flags          = {write_enters_i, read_hurries_i, read_bulk_i, read_enters_i, write_capped_i, read_room_i, drain_i, initialised_i && rst_ni};
  assign places         = {write_place_i, read_hurried_place_i, read_place_i};
  assign idle_precharge = idle_precharge_i;
  assign qos            = qos_i;
  assign location       = location_i;
  assign write_location = write_location_i;
endmodule : scheduler_probe

bind tarn_channel scheduler_probe u_scheduler_probe (
  .rst_ni, .initialised_i(init_done), .drain_i(drain), .read_room_i(read_room), .write_capped_i(write_capped), .idle_precharge_i(cfg.idle_precharge), .location_i(location),
  .read_enters_i(insert_read), .read_bulk_i(request_bulk), .qos_i(request_qos), .read_place_i(7'(read_free_index)),
  .read_hurries_i(hurry_read), .read_hurried_place_i(7'(read_hit_index)),
  .write_enters_i(fast_wakes), .write_place_i(fast_wake ? 7'(read_id.tag) : 7'(write_free_index)), .write_location_i(write_location)
);
