// Cuts a stream of text into lines of bounded length.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tarn::trace {

class LineSplitter {
 public:
  static constexpr std::size_t kLineBytesMax = 64 * 1024;

  // Where the next bytes of the stream are to be put; then Added tells how many they were.
  // REQUIRES: Pop returned false since the last Added.
  std::span<char> Room();
  void Added(std::size_t bytes) { end_ += bytes; }

  // Sets the next whole line, without its end ("\n" or "\r\n"); it is good until the next Room. False when there is
  // none yet.
  bool Pop(std::string_view& line);

  // The number of the line that Pop gave last, or of the unfinished line after Pop returned false; from 1.
  std::uint64_t line_number() const { return line_number_; }
  // What follows the last whole line: to be empty at the end of the stream.
  std::string_view rest() const { return std::string_view(buffer_).substr(begin_, end_ - begin_); }
  // The unfinished line is as long as a line may be: no more of it can be taken.
  bool overlong() const { return end_ - begin_ >= kLineBytesMax; }

 private:
  std::string buffer_ = std::string(4 * kLineBytesMax, '\0');
  std::size_t begin_ = 0;  // of what was not given out yet
  std::size_t end_ = 0;
  std::uint64_t line_number_ = 0;
  bool counted_rest_ = false;
};

}  // namespace tarn::trace
