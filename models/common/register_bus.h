// Software's way to 32-bit registers, whatever stands behind: a model's register file, a Verilated register bus,
// an AXI4-Lite port. Addresses are bytes, multiples of 4.
#pragma once

#include <cstdint>

namespace tarn {

struct RegisterResponse {
  std::uint32_t rdata = 0;  // zero after a write
  bool error = false;       // no register there, or its hardware did not get ready
  friend bool operator==(const RegisterResponse&, const RegisterResponse&) = default;
};

class RegisterBus {
 public:
  virtual ~RegisterBus() = default;
  virtual RegisterResponse Read(std::uint32_t addr) = 0;
  // strobe: which of the four bytes are written, bit 0 for the lowest.
  virtual RegisterResponse Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) = 0;
  RegisterResponse Write(std::uint32_t addr, std::uint32_t data) { return Write(addr, data, 0xf); }
};

}  // namespace tarn
