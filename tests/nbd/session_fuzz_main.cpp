// libFuzzer's entry: what it finds is found with clang's sanitizers.
#include <cstddef>
#include <cstdint>

#include "tests/nbd/session_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tarn::nbd::FuzzSession({data, size});
  return 0;
}
