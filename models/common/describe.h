// Messages as text, field by field, for reports that people read.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "models/common/line.h"

namespace tarn {

inline std::string DescribeValue(const Line& line) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "0x";
  for (std::size_t byte = line.size(); byte-- > 0;) {
    text += kDigits[line[byte] >> 4];
    text += kDigits[line[byte] & 15];
    if (byte % 8 == 0 && byte != 0) text += '_';
  }
  return text;
}

template <typename Value>
std::string DescribeValue(const Value& value) {
  if constexpr (requires { Name(value); }) {
    return Name(value);
  } else if constexpr (requires { value.VisitFields([](const char*, const auto&) {}); }) {
    std::string text = "{";
    value.VisitFields([&](const char* name, const auto& field) {
      text += (text.size() > 1 ? ", " : "") + std::string(name) + "=" + DescribeValue(field);
    });
    return text + "}";
  } else if constexpr (std::is_integral_v<Value>) {
    std::ostringstream out;
    out << "0x" << std::hex << static_cast<std::uint64_t>(value);
    return out.str();
  } else {
    return DescribeValue(value.value());
  }
}

struct FieldText {
  std::string name;
  std::string value;
};

template <typename Message>
std::vector<FieldText> DescribeFields(const Message& message) {
  std::vector<FieldText> fields;
  if constexpr (requires { message.VisitFields([](const char*, const auto&) {}); }) {
    message.VisitFields([&](const char* name, const auto& value) { fields.push_back({name, DescribeValue(value)}); });
  } else {
    fields.push_back({"value", DescribeValue(message)});
  }
  return fields;
}

// One line a field; those that differ are marked with an arrow.
template <typename Message>
std::string DescribeDifference(const Message& expected, const Message& observed) {
  const auto want = DescribeFields(expected);
  const auto have = DescribeFields(observed);
  std::string text;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const bool same = want[i].value == have[i].value;
    text += (same ? "     " : "  -> ") + want[i].name + ": " + (same ? "" : "expected ") + want[i].value;
    if (!same) text += "\n" + std::string(want[i].name.size() + 7, ' ') + "observed " + have[i].value;
    text += "\n";
  }
  return text;
}

}  // namespace tarn
