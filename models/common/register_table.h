// What a register description says, as a table that programs can walk: generated into <name>_register_file.cpp,
// used by the model's register file and by the generic register test.
#pragma once

#include <cstdint>
#include <span>

namespace tarn {

enum class RegisterAccess : std::uint8_t { kRo, kRw, kW1c, kW1s, kW1p, kWarl };
enum class RegisterLegal : std::uint8_t { kAny, kMask, kValues, kRange };

inline constexpr int kNoParameter = -1;

// A constant, or the value of a parameter (an index into RegisterTable::parameters).
struct RegisterNumber {
  std::uint64_t value = 0;
  int parameter = kNoParameter;
};

struct RegisterLegalValue {
  RegisterNumber number = {};
  int when = kNoParameter;  // legal only while this parameter is not zero
};

struct RegisterFieldInfo {
  const char* name = "";
  unsigned shift = 0;
  unsigned width = 1;
  RegisterAccess access = RegisterAccess::kRw;
  bool hwext = false;       // the hardware holds the value
  bool hw_changes = false;  // the hardware may change the stored value
  bool reset_known = true;  // false: it comes from an input, or is the hardware's own
  RegisterNumber reset = {};
  RegisterLegal legal = RegisterLegal::kAny;
  RegisterNumber low = {};  // of a range; or the mask
  RegisterNumber high = {};
  std::span<const RegisterLegalValue> values = {};
  bool illegal_keeps = true;  // an illegal value leaves the old one; else it becomes `illegal`
  RegisterNumber illegal = {};
  int when = kNoParameter;  // the field is there only while this parameter is not zero
};

struct RegisterInfo {
  const char* name = "";
  std::uint32_t offset = 0;  // bytes
  unsigned bits = 32;        // 32 or 64
  std::uint32_t count = 1;
  std::uint32_t stride = 4;     // bytes
  int elements = kNoParameter;  // the parameter that says how many of them are there
  int fixed = kNoParameter;     // while this parameter is not zero the fields keep what they have after reset
  bool snapshot = false;
  bool wait = false;  // the hardware may make the bus wait
  int when = kNoParameter;
  std::span<const RegisterFieldInfo> fields = {};

  constexpr std::uint32_t ElementOffset(std::uint32_t index) const { return offset + index * stride; }
};

struct RegisterParameter {
  const char* name = "";
  unsigned width = 1;
  std::uint64_t value = 0;  // the default
};

struct RegisterTable {
  const char* name = "";
  std::uint32_t window_bytes = 0;
  bool unmapped_is_error = true;
  std::span<const RegisterParameter> parameters = {};
  std::span<const RegisterInfo> registers = {};  // by rising offset
};

}  // namespace tarn
