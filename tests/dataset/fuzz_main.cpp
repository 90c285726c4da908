// A libFuzzer program of one of the functions in fuzz.h, TARN_FUZZ.
#include <cstddef>

#include "tests/dataset/fuzz.h"

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tarn::dataset::TARN_FUZZ({data, size});
  return 0;
}
