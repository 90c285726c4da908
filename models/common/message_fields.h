// Names and widths of a message's fields, for what shows them bit by bit. The tables are generated beside the messages.
#pragma once

#include <cstdint>

namespace tarn {

struct MessageField {
  const char* name;  // as in the RTL; of a structure within it: "outer.inner"
  std::uint32_t bits;
};

// Highest bits first, as in the RTL's packed structures.
template <typename Message>
inline constexpr auto kMessageFields = nullptr;

}  // namespace tarn
