// A replay on the memory channel alone as one HTML file that needs nothing else.
#pragma once

#include <string>

#include "sw/channel/channel_report.h"

namespace tarn::report {

// Without gnuplot the report says so where the plots would be; the rest is there.
std::string ChannelToHtml(const channel::StudyDescription& description, const channel::Preset& preset,
                          const channel::Measurement& measurement);

}  // namespace tarn::report
