// What `tarn channel` was asked to do.
#pragma once

#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/channel/channel_trace.h"
#include "sw/channel/command_trace.h"
#include "sw/channel/presets.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/commands.h"
#include "tb/channel/trace_measurement.h"

namespace tarn::tool {

struct ChannelOptions {
  struct Source {
    TrafficClass port = TrafficClass::kHost;
    std::string name;  // a file, or a made trace
    bool made = false;
  };

  bool help = false;
  bool json = false;
  bool quiet = false;
  std::vector<Source> sources;
  channel::LoadedPreset preset;
  std::string preset_name;
  channel::Placement placement = channel::Placement::kWrap;
  trace::InputOptions input;
  std::uint64_t lines = 0;  // 0: all
  channel::Pace pace;
  std::string mapping;
  channel::AddressMap map;
  std::vector<channel::RegisterWrite> registers;
  std::uint64_t seed = 1;
  bool golden_scheduler = false;
  std::string export_file;  // empty: none; so for the others
  trace::Format export_format = trace::Format::kDramSim3;
  std::string commands_file;
  channel::CommandFormat commands_format = channel::CommandFormat::kDramSim3;
  std::string report_file;
  std::string slow_study;  // a preset of slow cells; empty: no such study, but a replay
  Places places;           // where options stand in an INI file
};

// The text that `tarn channel --help` prints.
std::string ChannelHelp();

Result<ChannelOptions> ParseChannelOptions(const Words& words);

}  // namespace tarn::tool
