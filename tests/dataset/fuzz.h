// What is fuzzed: each takes any bytes. fuzz_main.cpp makes libFuzzer programs of them; codec_test.cpp runs them
// without.
#pragma once

#include <cstdint>
#include <span>

namespace tarn::dataset {

// Members' messages. What decodes is encoded again, to the same bytes.
void FuzzMessage(std::span<const std::uint8_t> bytes);
// Questions, answers and the mediator's state.
void FuzzMediator(std::span<const std::uint8_t> bytes);
// Superblocks and records of the log, and their metadata.
void FuzzLog(std::span<const std::uint8_t> bytes);

}  // namespace tarn::dataset
