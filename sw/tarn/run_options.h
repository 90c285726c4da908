// What `tarn run` was asked to do.
#pragma once

#include <string>

#include "models/common/result.h"
#include "sw/replay/session.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/commands.h"

namespace tarn::tool {

struct RunOptions {
  bool help = false;
  bool json = false;
  bool compare = true;            // with the golden model, after a run on another platform
  bool bundled = false;           // no trace was named: the bundled ones are replayed
  bool content_is_known = false;  // the bundled traces over the default shares of zeros
  bool main_job = false;          // the bundled traces as they come, on RTL: must exercise what they are there for
  bool quiet = false;
  std::string report_file;  // HTML; the JSON stands beside it
  Places places;            // where options stand in an INI file
  replay::SessionOptions session;
};

// The text that `tarn run --help` prints.
std::string RunHelp();

Result<RunOptions> ParseRunOptions(const Words& words);

}  // namespace tarn::tool
