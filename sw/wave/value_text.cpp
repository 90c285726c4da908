#include "sw/wave/value_text.h"

#include <algorithm>
#include <bit>
#include <cstdio>

#include "sw/wave/signal_name.h"

namespace tarn::wave {

namespace {

std::string NumberText(std::string_view bits) {
  if (bits.find_first_not_of("01") != std::string_view::npos) {
    const bool all_alike = bits.find_first_not_of(bits[0]) == std::string_view::npos;
    return all_alike ? std::string(1, bits[0]) : "0b" + std::string(bits);
  }
  if (bits.size() == 1) return std::string(bits);
  std::string text;
  for (std::size_t end = bits.size(); end > 0; end -= std::min<std::size_t>(end, 4)) {
    const std::size_t first = end < 4 ? 0 : end - 4;
    unsigned digit = 0;
    for (std::size_t i = first; i < end; ++i) digit = 2 * digit + (bits[i] == '1' ? 1 : 0);
    text += "0123456789abcdef"[digit];
  }
  while (text.size() > 1 && text.back() == '0') text.pop_back();
  std::reverse(text.begin(), text.end());
  return "0x" + text;
}

std::string RealText(std::string_view bits) {
  std::uint64_t word = 0;
  for (const char c : bits) word = word << 1 | (c == '1' ? 1 : 0);
  char text[32];
  std::snprintf(text, sizeof text, "%.16g", std::bit_cast<double>(word));
  return text;
}

}  // namespace

std::string ValueText(const Field& field, std::string_view bits) {
  if (field.real) return RealText(bits);
  if (field.names) {
    if (const auto name = field.names->find(std::string(bits)); name != field.names->end()) {
      return name->second + " (" + NumberText(bits) + ")";
    }
    const bool known = bits.find_first_not_of("01") == std::string_view::npos;
    return NumberText(bits) + (known ? " (no value of its enumeration)" : "");
  }
  return NumberText(bits);
}

std::string FieldsText(const std::vector<Field>& fields, std::string_view bits) {
  std::string text;
  for (const Field& field : fields) {
    if (!text.empty()) text += " ";
    text += BaseName(field.name) + "=" + ValueText(field, bits.substr(field.offset, field.bits));
  }
  return text;
}

std::string TimeText(std::uint64_t time, int exponent) {
  static constexpr const char* kUnits[] = {"s", "ms", "us", "ns", "ps", "fs"};
  if (exponent > 0 || exponent < -15) return std::to_string(time);
  const int unit = (2 - exponent) / 3;  // the next smaller one
  for (int zeros = exponent + 3 * unit; zeros > 0 && time <= ~std::uint64_t{0} / 10; --zeros) time *= 10;
  return std::to_string(time) + " " + kUnits[unit];
}

}  // namespace tarn::wave
