#include "sw/trace/line_splitter.h"

#include <cstring>

namespace tarn::trace {

std::span<char> LineSplitter::Room() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  return std::span(buffer_).subspan(end_);
}

bool LineSplitter::Pop(std::string_view& line) {
  if (!counted_rest_) ++line_number_;
  const char* const start = buffer_.data() + begin_;
  const void* const newline = std::memchr(start, '\n', end_ - begin_);
  counted_rest_ = newline == nullptr;
  if (newline == nullptr) return false;
  const auto size = static_cast<std::size_t>(static_cast<const char*>(newline) - start);
  line = std::string_view(start, size);
  if (line.ends_with('\r')) line.remove_suffix(1);
  begin_ += size + 1;
  return true;
}

}  // namespace tarn::trace
