// A serial line of this computer, as bytes: a tty, or a pseudo-terminal behind which a simulated board stands.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "models/common/result.h"
#include "sw/serial/frames.h"

namespace tarn::serial {

class Tty {
 public:
  // baud: what the device is to be set to; one that the system knows. Errors: no such device, no terminal, no right to
  // it, in use by another program (where that takes the line's lock as well).
  static Result<Tty> Open(const std::string& path, std::uint32_t baud);
  Tty(Tty&& other) noexcept;
  Tty& operator=(Tty&& other) noexcept;
  Tty(const Tty&) = delete;
  Tty& operator=(const Tty&) = delete;
  ~Tty();

  // Waits until there is something to read, or room for what is to be written, at most so long.
  void Wait(std::uint32_t milliseconds);
  // What has come. When the device is gone (a cable pulled out), nothing; it is opened again as soon as it is back.
  Bytes Read();
  // Takes what fits from the front of `bytes`; without a device it is gone, as on a cable that is pulled out.
  void Write(Bytes& bytes);
  bool connected() const { return descriptor_ >= 0; }

 private:
  Tty(std::string path, std::uint32_t baud) : path_(std::move(path)), baud_(baud) {}
  Status Connect();
  void Disconnect();

  std::string path_;
  std::uint32_t baud_;
  int descriptor_ = -1;
  bool wants_to_write_ = false;
};

}  // namespace tarn::serial
