// The golden model's figures.
#pragma once

#include <cstdint>

namespace tarn::tests {

// Translations per second of the host's time, without a cache: reads, writes and executes of random devices and
// processes to random pages of a random world with every capability.
double MeasureRandomTranslationsPerSecond(std::uint64_t translations);

}  // namespace tarn::tests
