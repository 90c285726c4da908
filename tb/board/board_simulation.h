// A simulated board: the Verilated board top, its SDRAM, and its UART, bit by bit, at a pseudo-terminal of this
// computer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/common/result.h"

namespace tarn::tb {

struct BoardOptions {
  std::uint64_t seed = 1;
  // Of the bytes on the line, in either direction, so many in a million are changed (a bit), and so many get lost.
  std::uint32_t changed_per_million = 0;
  std::uint32_t lost_per_million = 0;
};

class BoardSimulation {
 public:
  // Errors: no pseudo-terminal.
  static Result<std::unique_ptr<BoardSimulation>> Create(const BoardOptions& options);
  virtual ~BoardSimulation() = default;

  // The device at whose other end the board is, such as /dev/pts/3.
  virtual const std::string& tty() const = 0;
  // Lets so many cycles pass. Returns false once an assertion failed or the SDRAM was misused.
  virtual bool Run(std::uint64_t cycles) = 0;
  virtual std::uint64_t cycle() const = 0;
  virtual std::string Failures() const = 0;
  // A computer has a session with the board.
  virtual bool open() const = 0;
  // The button: the board begins anew, its memory's content is lost to it.
  virtual void PressReset() = 0;
  // While the cable is out nothing comes through, in either direction.
  virtual void SetCable(bool plugged) = 0;
};

}  // namespace tarn::tb
