// Names of signals as different simulators write them, and patterns for them.
#pragma once

#include <string>
#include <vector>

namespace tarn::wave {

// The name without its range of bits: "data [31:0]" and "data[31:0]" are "data"; "mem[3] [7:0]" is "mem[3]".
std::string WithoutRange(const std::string& name);

// A path is words, those of scopes and the name, joined by '.'. A word with a '.' in it is written as Verilog writes an
// escaped identifier, from a '\' to a space where another word follows: "tb.\a.b", "tb.\d.e .clk".

// The word for what a simulator calls `name`: "\a.b" for Icarus Verilog's "\a.b" and for Verilator's "a.b".
std::string PathWord(const std::string& name);
// Its words, one or more.
std::vector<std::string> PathWords(const std::string& path);
// What the paths of all that lies in this scope begin with: "tb.", "tb.\d.e ."; nothing where the scope is empty.
std::string Below(const std::string& scope);

// The last word.
std::string BaseName(const std::string& path);
// The path of the scope in which it lies; empty if there is none.
std::string ScopeOf(const std::string& path);

// Whether one of the patterns is the whole path or matches it: * stands for any characters, ? for one, [ab] for one of
// these; a '\' is itself.
bool MatchesAny(const std::vector<std::string>& patterns, const std::string& path);

}  // namespace tarn::wave
