// Two waves in one, for a viewer.
#pragma once

#include <cstdint>
#include <string>

#include "models/common/result.h"
#include "sw/wave/comparison.h"
#include "sw/wave/plan.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

// Writes an FST of the plan's signals: scope `dut` and scope `golden`, each wave at its own times, and scope `diff`
// with a bit `any` and one for each signal that differs, which is 1 from the edge of the clock that took the wrong
// value to the clock's next change. Both readers are fresh ones. The library that writes does not tell whether it
// could: see IsWholeFst.
Status WriteMergedWave(const std::string& path, WaveReader& dut, WaveReader& golden, const Plan& plan,
                       const Comparison& comparison);

// A save file of GTKWave for that wave: the marker stands on the first difference, and its port's signals are shown.
// wave_path: as GTKWave is to find it.
std::string GtkwaveSaveFile(const std::string& wave_path, const Plan& plan, const Comparison& comparison);

}  // namespace tarn::wave
