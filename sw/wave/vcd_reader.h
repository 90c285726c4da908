// Reads VCD as Verilator, Icarus and GTKWave write it (IEEE 1800, section 21.7).
#pragma once

#include <memory>
#include <string>

#include "models/common/result.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

// Errors, of this and of ForEachChange, name the line of the file.
Result<std::unique_ptr<WaveReader>> OpenVcd(const std::string& path);

}  // namespace tarn::wave
