// What `tarn wave` was asked to do.
#pragma once

#include <string>

#include "models/common/result.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/commands.h"
#include "sw/wave/comparison.h"
#include "sw/wave/rules.h"

namespace tarn::tool {

struct WaveOptions {
  enum class Action { kHelp, kCompare, kSummary };
  Action action = Action::kHelp;
  std::vector<std::string> files;  // two to compare, one to sum up
  wave::Rules rules;               // with what the other options say about it
  wave::CompareOptions compare;
  bool exact = false;
  bool json = false;
  std::string junit_file;   // empty: none
  std::string merged_file;  // FST; GTKWave's save file stands beside it
  std::string html_file;    // empty: none
};

// The text that `tarn wave --help` prints.
std::string WaveHelp();

Result<WaveOptions> ParseWaveOptions(const Words& words);

}  // namespace tarn::tool
