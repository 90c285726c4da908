// What a replay on the channel alone has shown, for people and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "models/channel/preset.h"
#include "tb/channel/trace_measurement.h"

namespace tarn::channel {

// What was replayed.
struct StudyDescription {
  std::string preset;  // as the user named it
  std::string mode;    // "saturated", "timed", "every 100 clocks"
  std::string mapping;
  std::vector<std::string> traces;  // a name for each of the measurement's classes
  bool timed = false;
  std::uint64_t lines_in_traces = 0;
};

struct Figure {
  std::string name;
  std::string value;  // with its unit
};

// All but the latencies' histograms, in the order in which they are printed.
std::vector<Figure> Figures(const StudyDescription& description, const Preset& preset, const Measurement& measurement);

void PrintMeasurement(std::ostream& out, const StudyDescription& description, const Preset& preset,
                      const Measurement& measurement);

// The same figures; latencies with how often each occurred, as pairs of clocks and count.
nlohmann::ordered_json MeasurementToJson(const StudyDescription& description, const Preset& preset,
                                         const Measurement& measurement);

}  // namespace tarn::channel
