// What text from outside must be before it is kept or shown.
#pragma once

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <string>
#include <string_view>

namespace tarn {

// Neither overlong forms nor surrogates.
inline bool IsUtf8(std::string_view text) {
  namespace utf = boost::locale::utf;
  for (const char *at = text.data(), *const end = at + text.size(); at != end;) {
    const utf::code_point point = utf::utf_traits<char>::decode(at, end);
    if (point == utf::illegal || point == utf::incomplete) return false;
  }
  return true;
}

inline bool IsControlCharacter(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// For a log, a line of which must not become two, nor reach the terminal: control characters as \x0a.
inline std::string OneLine(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string line;
  for (const char c : text) {
    if (IsControlCharacter(c)) {
      const auto byte = static_cast<unsigned char>(c);
      line.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    } else {
      line += c;
    }
  }
  return line;
}

}  // namespace tarn
