// Values of signals as people read them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sw/wave/wave_reader.h"

namespace tarn::wave {

// A part of a signal that has a meaning of its own.
struct Field {
  std::string name;          // path of the signal, and within structures of the rules the fields' names
  std::uint32_t offset = 0;  // where its characters stand, in the signal or the payload
  std::uint32_t bits = 1;
  bool real = false;
  std::shared_ptr<const EnumNames> names;
};

// The field's value: the enumeration's name and number, a real, 0x… or 0b… where bits are unknown.
std::string ValueText(const Field& field, std::string_view bits);

// "name=value name=value", names without their scopes.
std::string FieldsText(const std::vector<Field>& fields, std::string_view bits);

// "8120 ns"
std::string TimeText(std::uint64_t time, int exponent);

}  // namespace tarn::wave
