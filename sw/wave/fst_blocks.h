// The outer form of FST files.
#pragma once

#include <string>

namespace tarn::wave {

// Whether an FST file was written to its end: its blocks end where the file does, none is unfinished, and the signals'
// geometry and names are there.
bool IsWholeFst(const std::string& path);

// The library keeps the names of signals beside the waves until it closes them.
std::string HierarchyFile(const std::string& waves);

}  // namespace tarn::wave
