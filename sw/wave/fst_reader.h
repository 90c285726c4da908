// Reads FST, through the library that comes with Verilator.
#pragma once

#include <memory>
#include <string>

#include "models/common/result.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

// The library ends the process when the content of a block makes no sense; the process then ends with one line that
// names the file, and exit status 2.
Result<std::unique_ptr<WaveReader>> OpenFst(const std::string& path);

}  // namespace tarn::wave
