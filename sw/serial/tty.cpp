#include "sw/serial/tty.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tarn::serial {

namespace {

struct Speed {
  std::uint32_t baud;
  speed_t code;
};
constexpr std::array kSpeeds = {Speed{115'200, B115200},   Speed{230'400, B230400},    Speed{460'800, B460800},
                                Speed{921'600, B921600},   Speed{1'000'000, B1000000}, Speed{2'000'000, B2000000},
                                Speed{3'000'000, B3000000}};

}  // namespace

Result<Tty> Tty::Open(const std::string& path, std::uint32_t baud) {
  bool known = false;
  std::string list;
  for (const Speed& speed : kSpeeds) {
    known = known || speed.baud == baud;
    list += (list.empty() ? "" : ", ") + std::to_string(speed.baud);
  }
  if (!known) return Status::Error(std::to_string(baud) + " baud: a serial line can have " + list);
  Tty tty(path, baud);
  if (Status status = tty.Connect(); !status.ok()) return status;
  return tty;
}

Tty::Tty(Tty&& other) noexcept
    : path_(std::move(other.path_)), baud_(other.baud_), descriptor_(std::exchange(other.descriptor_, -1)) {}
Tty& Tty::operator=(Tty&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(baud_, other.baud_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}
Tty::~Tty() { Disconnect(); }

Status Tty::Connect() {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) return Status::Error(path_ + ": " + std::strerror(errno));
  termios settings{};
  if (::tcgetattr(descriptor_, &settings) != 0) {
    Disconnect();
    return Status::Error(path_ + ": not a serial line");
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    Disconnect();
    return Status::Error(path_ + ": another program has it");
  }
  ::cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cflag &= static_cast<tcflag_t>(~CRTSCTS);
  for (const Speed& speed : kSpeeds) {
    if (speed.baud != baud_) continue;
    ::cfsetispeed(&settings, speed.code);
    ::cfsetospeed(&settings, speed.code);
  }
  if (::tcsetattr(descriptor_, TCSANOW, &settings) != 0) {
    const std::string reason = std::strerror(errno);
    Disconnect();
    return Status::Error(path_ + ": cannot be set to " + std::to_string(baud_) + " baud: " + reason);
  }
  return {};
}

void Tty::Disconnect() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void Tty::Wait(std::uint32_t milliseconds) {
  if (descriptor_ < 0) {
    ::poll(nullptr, 0, static_cast<int>(milliseconds));
    return;
  }
  pollfd wanted = {
      .fd = descriptor_, .events = static_cast<short>(POLLIN | (wants_to_write_ ? POLLOUT : 0)), .revents = 0};
  ::poll(&wanted, 1, static_cast<int>(milliseconds));
}

Bytes Tty::Read() {
  if (descriptor_ < 0 && !Connect().ok()) return {};
  Bytes bytes(4096);
  const ssize_t count = ::read(descriptor_, bytes.data(), bytes.size());
  if (count <= 0) {
    // The other end is gone: EIO, or an end of file.
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) Disconnect();
    return {};
  }
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

void Tty::Write(Bytes& bytes) {
  wants_to_write_ = false;
  if (bytes.empty()) return;
  if (descriptor_ < 0) return bytes.clear();
  const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
  if (count > 0) bytes.erase(bytes.begin(), bytes.begin() + count);
  if (count < 0 && errno != EAGAIN && errno != EINTR) Disconnect();
  wants_to_write_ = !bytes.empty();
}

}  // namespace tarn::serial
