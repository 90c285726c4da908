#include "sw/report/channel_html.h"

#include <algorithm>
#include <sstream>

#include "sw/report/html.h"
#include "sw/report/plot.h"

namespace tarn::report {

namespace {

using channel::ClassMeasurement;
using channel::LatencyCounts;
using channel::Measurement;

Plot ReadLatencyPlot(const Measurement& measurement) {
  Plot plot{.title = "Read latency: share of reads answered within",
            .x_label = "clocks from acceptance to answer",
            .y_label = "percent of the class's reads",
            .x_logarithmic = true,
            .y_is_percent = true,
            .curves = {}};
  for (const ClassMeasurement& one : measurement.classes) {
    if (one.reads == 0) continue;
    Curve curve{.title = Name(one.port), .x = {}, .y = {}};
    std::uint64_t seen = 0;
    for (std::size_t clocks = 0; clocks < one.read_latency.counts().size(); ++clocks) {
      const std::uint64_t count = one.read_latency.counts()[clocks];
      if (count == 0) continue;
      seen += count;
      curve.x.push_back(static_cast<double>(std::max<std::size_t>(clocks, 1)));
      curve.y.push_back(100.0 * static_cast<double>(seen) / static_cast<double>(one.reads));
    }
    plot.curves.push_back(std::move(curve));
  }
  return plot;
}

// As many bars as a plot has room for.
Plot ReadHistogramPlot(const Measurement& measurement) {
  constexpr std::uint64_t kBarsMax = 150;
  Plot plot{.title = "Read latency: how many reads took so long",
            .x_label = "clocks from acceptance to answer",
            .y_label = "reads",
            .curves = {}};
  for (const ClassMeasurement& one : measurement.classes) {
    if (one.reads == 0) continue;
    const std::uint64_t width = 1 + std::min(one.read_latency.max(), LatencyCounts::kValueMax) / kBarsMax;
    Curve curve{.title = std::string(Name(one.port)) + ", in steps of " + std::to_string(width), .x = {}, .y = {}};
    const std::vector<std::uint64_t>& counts = one.read_latency.counts();
    for (std::uint64_t first = 0; first <= one.read_latency.max() && first < counts.size(); first += width) {
      std::uint64_t reads = 0;
      for (std::uint64_t i = first; i < std::min<std::uint64_t>(first + width, counts.size()); ++i) reads += counts[i];
      curve.x.push_back(static_cast<double>(first));
      curve.y.push_back(static_cast<double>(reads));
    }
    plot.curves.push_back(std::move(curve));
  }
  return plot;
}

Plot BusUsePlot(const channel::Preset& preset, const Measurement& measurement) {
  Plot plot{.title = "Use of the data bus, means over " + std::to_string(measurement.window_clocks) + " clocks",
            .x_label = "microseconds from the first command",
            .y_label = "percent of the clocks",
            .y_is_percent = true,
            .curves = {}};
  Curve curve{.title = "data on the bus", .x = {}, .y = {}};
  for (std::size_t i = 0; i < measurement.data_windows.size(); ++i) {
    const std::uint64_t begin = i * measurement.window_clocks;
    const std::uint64_t clocks = std::min(measurement.window_clocks, measurement.clocks - begin);
    curve.x.push_back(static_cast<double>(begin * preset.tck_ps) * 1e-6);
    curve.y.push_back(100.0 * measurement.data_windows[i] / static_cast<double>(clocks));
  }
  plot.curves.push_back(std::move(curve));
  return plot;
}

bool AnyReads(const Measurement& measurement) {
  return std::ranges::any_of(measurement.classes, [](const ClassMeasurement& one) { return one.reads != 0; });
}

}  // namespace

std::string ChannelToHtml(const channel::StudyDescription& description, const channel::Preset& preset,
                          const Measurement& measurement) {
  std::ostringstream out;
  WriteHead(out, "Tarn: the memory channel on " + description.traces.front());
  out << "<h1>Tarn: the memory channel alone</h1>\n<p class=note>preset " << Escaped(description.preset) << " ("
      << Escaped(preset.source) << "), " << Escaped(description.mode) << ", mapping " << Escaped(description.mapping)
      << "</p>\n<p class='verdict " << (measurement.passed() ? "good'>" : "bad'>")
      << (measurement.passed() ? "Every byte read was right, and no timing rule was broken." : "The replay failed.")
      << (measurement.interrupted ? " It was interrupted; this is what ran so far." : "") << "</p>\n";
  if (!measurement.failure.empty()) out << "<pre>" << Escaped(measurement.failure) << "</pre>\n";
  if (measurement.violations != 0) out << "<pre>" << Escaped(measurement.first_violation) << "</pre>\n";
  if (measurement.data_windows.size() > 1) WritePlot(out, BusUsePlot(preset, measurement));
  if (AnyReads(measurement)) {
    WritePlot(out, ReadHistogramPlot(measurement));
    WritePlot(out, ReadLatencyPlot(measurement));
  }
  out << "<h2>Figures</h2>\n<table class=text>";
  for (const channel::Figure& figure : channel::Figures(description, preset, measurement)) {
    out << "<tr><td>" << Escaped(figure.name) << "<td>" << Escaped(figure.value) << "</tr>\n";
  }
  out << "</table>\n</html>\n";
  return out.str();
}

std::string SlowStudyToHtml(const channel::SlowStudy& study) {
  std::ostringstream out;
  WriteHead(out, "Tarn: fast and slow cells on one channel");
  out << "<h1>Tarn: fast and slow cells on one channel</h1>\n<p class=note>a module of fast cells ("
      << Escaped(study.fast_preset) << ") and one of slow ones (" << Escaped(study.slow_preset)
      << "); reads that never run out, 70% of the fast ones hit an open row; " << Grouped(study.lines)
      << " reads a point</p>\n<p class='verdict " << (study.passed() ? "good'>" : "bad'>")
      << (study.passed() ? "Every read was answered, and no rule of the bus was broken." : "The study failed.")
      << (study.interrupted ? " It was interrupted; this is what ran so far." : "") << "</p>\n";
  if (!study.failure.empty()) out << "<pre>" << Escaped(study.failure) << "</pre>\n";
  Plot plot{.title = "Use of the data bus by when slow reads have their place on it",
            .x_label = "percent of the reads that are slow",
            .y_label = "percent of the clocks with data",
            .y_is_percent = true,
            .curves = {}};
  for (const channel::SlowStudy::Curve& one : study.curves) {
    if (one.points.empty()) continue;
    Curve curve{.title = Name(one.policy), .x = {}, .y = {}};
    for (const channel::SlowStudy::Point& point : one.points) {
      curve.x.push_back(point.slow_percent);
      curve.y.push_back(point.bus_percent);
    }
    plot.curves.push_back(std::move(curve));
  }
  WritePlot(out, plot);
  out << "<h2>Figures</h2>\n<table><tr><th>percent slow";
  for (const unsigned percent : channel::SlowStudy::kSlowPercents) out << "<th>" << percent;
  out << "</tr>\n";
  for (const channel::SlowStudy::Curve& one : study.curves) {
    out << "<tr><td>" << Name(one.policy);
    for (const channel::SlowStudy::Point& point : one.points) out << "<td>" << Fixed(point.bus_percent, 1);
    out << "</tr>\n";
  }
  out << "</table>\n</html>\n";
  return out.str();
}

}  // namespace tarn::report
