// The generic register test: reset values, every access type, strobes, holes and aliases of any block's registers,
// over any RegisterBus (a model's register file, a Verilated register bus, an AXI4-Lite port).
//
// It works from the generated table, but judges by rules of its own: a WARL field must read a member of its legal
// set, and the written value when that was one. The block's hardware must be quiet meanwhile (nothing that changes
// stored fields by itself); registers whose writes start something go into `only_read`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/common/register_bus.h"
#include "models/common/register_table.h"

namespace tarn::tests {

struct RegisterTestOptions {
  std::uint64_t seed = 1;
  int writes = 400;                        // random ones, over the whole block
  std::vector<std::uint64_t> parameters;   // as the block has them; empty: the defaults
  std::vector<std::string> only_read;      // names of registers that are not written
  std::vector<std::string> unknown_reset;  // names of registers whose value the block's hardware changed already
  // Lets the hardware set bits of W1C fields (offset of the register or element, bits in place). May be empty.
  std::function<void(std::uint32_t offset, std::uint64_t bits)> raise;
};

// One line per difference, at most 20; empty when all is right. REQUIRES: the block was just reset.
std::vector<std::string> CheckRegisters(RegisterBus& bus, const RegisterTable& table,
                                        const RegisterTestOptions& options);

}  // namespace tarn::tests
