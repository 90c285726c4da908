// AXI exclusive accesses of one host, watched at the pool (contracts.md: a monitor per host).
#pragma once

#include <cstdint>

namespace tarn::pool {

// Watches one line for one exclusive_id at a time: a newer exclusive read takes the monitor over.
class ExclusiveMonitor {
 public:
  // An exclusive read of `line` (line number in the host's address space) by `id` holds from now on.
  void Set(std::uint8_t id, std::uint64_t line) {
    armed_ = true;
    id_ = id;
    line_ = line;
  }
  // An exclusive write may be done.
  bool Holds(std::uint8_t id, std::uint64_t line) const { return armed_ && id_ == id && line_ == line; }
  // Somebody wrote the line, the exclusive write itself included.
  void OnWrite(std::uint64_t line) {
    if (armed_ && line_ == line) armed_ = false;
  }
  bool armed() const { return armed_; }
  std::uint64_t line() const { return line_; }

 private:
  bool armed_ = false;
  std::uint8_t id_ = 0;
  std::uint64_t line_ = 0;
};

}  // namespace tarn::pool
