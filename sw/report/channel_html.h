// What the memory channel alone has shown, as one HTML file that needs nothing else.
#pragma once

#include <string>

#include "sw/channel/channel_report.h"
#include "sw/channel/slow_study.h"

namespace tarn::report {

// Without gnuplot the report says so where the plots would be; the rest is there.
std::string ChannelToHtml(const channel::StudyDescription& description, const channel::Preset& preset,
                          const channel::Measurement& measurement);

// A study of slow cells likewise.
std::string SlowStudyToHtml(const channel::SlowStudy& study);

}  // namespace tarn::report
