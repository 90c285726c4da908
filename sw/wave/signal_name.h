// Names of signals as different simulators write them, and patterns for them.
#pragma once

#include <string>
#include <vector>

namespace tarn::wave {

// The name without its range of bits: "data [31:0]" and "data[31:0]" are "data"; "mem[3] [7:0]" is "mem[3]".
std::string WithoutRange(const std::string& name);

// What follows the last '.'.
std::string BaseName(const std::string& path);
// Up to the last '.', with it; empty if there is none.
std::string ScopeOf(const std::string& path);

// Whether one of the patterns is the whole path or matches it: * stands for any characters, ? for one, [ab] for one of
// these.
bool MatchesAny(const std::vector<std::string>& patterns, const std::string& path);

}  // namespace tarn::wave
