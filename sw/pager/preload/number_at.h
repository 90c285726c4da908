// Numbers in what the kernel tells as text, for the pager's thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>

namespace tarn::pager::preload {

// The number at the begin of a text; 0: there is none. Not by the C library, whose reading of numbers asks the
// program's locale, which may be far.
inline std::uint64_t NumberAt(const char* text) {
  std::uint64_t number = 0;
  std::from_chars(text, text + std::strlen(text), number);
  return number;
}

}  // namespace tarn::pager::preload
