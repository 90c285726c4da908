// How far a long command is.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace tarn::tool {

// A line on stderr that overwrites itself, twice a second.
class Progress {
 public:
  explicit Progress(std::string what) : what_(std::move(what)) {}
  void Show(std::uint64_t lines, std::uint64_t total, std::uint64_t cycle) {
    if (!IsDue()) return;
    std::fprintf(stderr, "\r%s: %3.0f%%, %llu of %llu lines, cycle %llu ", what_.c_str(),
                 100.0 * static_cast<double>(lines) / static_cast<double>(total),
                 static_cast<unsigned long long>(lines), static_cast<unsigned long long>(total),
                 static_cast<unsigned long long>(cycle));
    std::fflush(stderr);
  }
  // Of work whose parts take some time each.
  void ShowPart(std::size_t done, std::size_t all, const char* parts) {
    if (!IsDue()) return;
    std::fprintf(stderr, "\r%s: %3.0f%%, %zu of %zu %s ", what_.c_str(),
                 100.0 * static_cast<double>(done) / static_cast<double>(all), done, all, parts);
    std::fflush(stderr);
  }
  ~Progress() {
    if (visible_) std::fputs("\n", stderr);
  }

 private:
  bool IsDue() {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < std::chrono::milliseconds(500)) return false;
    shown_ = now;
    visible_ = true;
    return true;
  }

  std::string what_;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
  bool visible_ = false;
};

}  // namespace tarn::tool
