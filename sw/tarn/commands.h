// The commands of the tool: each takes the words after its name, answers an exit status.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace tarn::tool {

inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;   // the run found a difference, or a check failed
inline constexpr int kExitBadInput = 2;  // arguments, config or files are wrong; nothing was lost

using Words = std::vector<std::string>;

struct Command {
  const char* name;
  const char* summary;
  int (*run)(const Words& words);
};

// Each in a file of its own, <name>_command.cpp.
int RunCommand(const Words& words);
int RecordCommand(const Words& words);
int ChannelCommand(const Words& words);
int TraceCommand(const Words& words);
int PolicyCommand(const Words& words);
int WaveCommand(const Words& words);
int SimulateCommand(const Words& words);
int StoreCommand(const Words& words);
int BoardCommand(const Words& words);
int FarCommand(const Words& words);
int TopCommand(const Words& words);

// In the order in which `tarn --help` lists them.
std::span<const Command> Commands();

}  // namespace tarn::tool
