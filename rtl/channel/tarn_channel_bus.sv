// The data bus among the modules: when a read or write may be decided so that its data keeps clear of all data before it, with
// `switch_gap_i` idle clocks where another module, or the other side, drives it. Data comes in the order of the commands, all reads and
// sends CL, all writes CWL after theirs; so the latest of each kind says it all. What two accesses of one module's fast cells owe each other are
// rules of the module (tarn_channel_bank_state). Registers to outputs, for each slot of the cycle; a command decided in this cycle counts from the next.
module tarn_channel_bus
  import tarn_channel_pkg::*;
#(
  parameter int unsigned NumModules = 2,  // 1..8
  parameter int unsigned Slots      = 1   // DRAM clocks of a cycle
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  clocks_t               cl_i,
  input  clocks_t               cwl_i,
  input  clocks_t               burst_i,
  input  clocks_t               switch_gap_i,
  // Decided in this cycle: at most one.
  input  logic                  read_i,      // a read of fast cells, or a send
  input  logic                  write_i,
  input  logic                  slow_i,      // of slow cells
  input  module_t               module_i,
  input  slot_t                 slot_i,
  // What each module may do in each slot.
  output logic [Slots-1:0][NumModules-1:0] read_o,
  output logic [Slots-1:0][NumModules-1:0] write_o,
  output logic [Slots-1:0][NumModules-1:0] send_o,
  output logic [Slots-1:0][NumModules-1:0] slow_write_o
);
  localparam clocks_t SinceMax = 8'd127;
  clocks_t since_read_q, since_write_q;  // clocks from the latest to the cycle's first slot, saturating
  function automatic clocks_t later(logic now, clocks_t since);
    if (now) return clocks_t'(Slots) - clocks_t'(slot_i);
    return since > SinceMax - clocks_t'(Slots) ? SinceMax : since + clocks_t'(Slots);
  endfunction
  module_t read_module_q, write_module_q;
  logic    read_slow_q, write_slow_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      since_read_q  <= SinceMax;
      since_write_q <= SinceMax;
    end else begin
      since_read_q  <= later(read_i, since_read_q);
      since_write_q <= later(write_i, since_write_q);
    end
  end
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      read_module_q <= module_i;
      read_slow_q   <= slow_i;
    end
    if (write_i) begin
      write_module_q <= module_i;
      write_slow_q   <= slow_i;
    end
  end

  // Data of a read after the latest write's, of a write after the latest read's; of one kind with and without another module's driver.
  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      clocks_t since_read, since_write;
      logic    read_after_write, write_after_read, read_apart, read_next, write_apart, write_next;
      since_read       = since_read_q + clocks_t'(s);
      since_write      = since_write_q + clocks_t'(s);
      read_after_write = since_write + cl_i >= cwl_i + burst_i + switch_gap_i;
      write_after_read = since_read + cwl_i >= cl_i + burst_i + switch_gap_i;
      read_next        = since_read >= burst_i;
      read_apart       = since_read >= burst_i + switch_gap_i;
      write_next       = since_write >= burst_i;
      write_apart      = since_write >= burst_i + switch_gap_i;
      for (int unsigned m = 0; m < NumModules; m++) begin
        read_o[s][m]       = read_module_q == module_t'(m) ? !read_slow_q || read_next : read_apart;
        write_o[s][m]      = write_module_q == module_t'(m) ? !write_slow_q || write_next : write_apart;
        send_o[s][m]       = (read_module_q == module_t'(m) ? read_next : read_apart) && read_after_write;
        slow_write_o[s][m] = (write_module_q == module_t'(m) ? write_next : write_apart) && write_after_read;
        if (write_module_q != module_t'(m) || write_slow_q) read_o[s][m] = read_o[s][m] && read_after_write;
        if (read_module_q != module_t'(m) || read_slow_q) write_o[s][m] = write_o[s][m] && write_after_read;
      end
    end
  end
endmodule : tarn_channel_bus
