// What `tarn wave compare` finds between a simulation's wave and the golden model's, by the rules of a block.
#pragma once

#include <string>

#include "sw/wave/comparison.h"

namespace tarn::wave {

// Names for the two waves of a test. With --waves FILE the simulation's is FILE, the golden one stands beside it as
// FILE's name with .golden before its end, and both stay; else both are removed at the end.
class WavePair {
 public:
  // block: of the tests' name; for files of several tests side by side.
  explicit WavePair(const std::string& block);
  WavePair(const WavePair&) = delete;
  WavePair& operator=(const WavePair&) = delete;
  ~WavePair();

  const std::string& dut() const { return dut_; }
  const std::string& golden() const { return golden_; }

 private:
  bool kept_;
  std::string dut_, golden_;
};

// rules: of the source tree, such as rtl/pool/waves.json. What keeps them from being compared fails the test.
Comparison CompareWaves(const std::string& dut, const std::string& golden, const std::string& rules,
                        bool exact = false);

// The first difference in a value; nothing (and the test fails) if there is none.
Difference FirstWrongValue(const Comparison& comparison);

}  // namespace tarn::wave
