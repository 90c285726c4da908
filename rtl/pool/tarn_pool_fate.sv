// What becomes of a request that passes the map: answered, issued to the channel, put into a list, or told to come again.
// Combinational.
module tarn_pool_fate (
  input  tarn_pool_pkg::pass_t      pass_i,  // PassRequest, PassRetry or PassReplay
  input  tarn_pool_pkg::situation_t at_i,
  output tarn_pool_pkg::fate_t      fate_o
);
  import tarn_line_pkg::*;
  import tarn_pool_pkg::*;

  logic is_new, is_retry;
  assign is_new   = pass_i.kind == PassRequest;
  assign is_retry = pass_i.kind == PassRetry;

  always_comb begin
    fate_o          = '0;
    fate_o.waits_in = ListNone;
    fate_o.need     = ResultDone;
    fate_o.status   = StatusOk;
    if (is_new && pass_i.info.error) begin
      fate_o.own    = 1'b1;
      fate_o.status = StatusAccessError;
    end else if (is_new && at_i.fetching) begin
      fate_o.join_holder = 1'b1;
      fate_o.waits_in    = ListFetch;
    end else if (at_i.first_look && at_i.parked_before) begin
      fate_o.park = 1'b1;
    end else if (is_retry && at_i.fetching) begin
      fate_o.not_now = 1'b1;
    end else if (!at_i.from_engine && at_i.segment_held) begin
      fate_o.park    = at_i.first_look;
      fate_o.not_now = is_retry;
    end else if (!at_i.from_engine && at_i.page_held && !at_i.early_joins) begin
      fate_o.join_holder = 1'b1;
      fate_o.waits_in    = ListHolder;
    end else if (!at_i.map_hit) begin
      fate_o.map_wanted = 1'b1;
      if (is_new) begin
        fate_o.start_fetch = at_i.fetch_free;
        fate_o.park        = !at_i.fetch_free;
        fate_o.waits_in    = ListFetch;
      end
    end else if (at_i.lost) begin
      fate_o.own    = 1'b1;
      fate_o.status = StatusPoison;
    end else if (at_i.early_joins || (pass_i.early && at_i.line_there)) begin
      fate_o.early    = 1'b1;
      fate_o.issue    = 1'b1;
      fate_o.resolved = 1'b1;
    end else if (pass_i.early) begin
      fate_o.not_now = 1'b1;
    end else if (!at_i.page_valid) begin
      fate_o.need = ResultPageIn;
    end else if (at_i.exclusive_fails) begin
      fate_o.own      = 1'b1;
      fate_o.resolved = 1'b1;
    end else if (at_i.writes && !at_i.page_dirty) begin
      fate_o.need = ResultFirstWrite;
    end else if (at_i.atomic && !(at_i.from_engine && pass_i.atomic_ready)) begin
      fate_o.need = ResultAtomic;
    end else if (at_i.atomic && at_i.atomic_busy) begin
      fate_o.not_now = 1'b1;
    end else begin
      fate_o.issue    = 1'b1;
      fate_o.resolved = 1'b1;
    end
    // Who needs an engine gets one, unless it has one; who came later does not take it from who is parked.
    if (fate_o.need != ResultDone && !at_i.from_engine) begin
      if (at_i.engine_allowed && !(at_i.first_look && at_i.parked_class)) begin
        fate_o.start_engine = 1'b1;
        fate_o.waits_in     = ListEngine;
      end else if (at_i.first_look) begin
        fate_o.park = 1'b1;
      end else begin
        fate_o.not_now = 1'b1;
      end
    end
    if (fate_o.park) fate_o.waits_in = ListParked;
  end
endmodule : tarn_pool_fate
