#include "sw/channel/channel_report.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>

namespace tarn::channel {

namespace {

using Json = nlohmann::ordered_json;

template <typename... Values>
std::string Formatted(const char* format, Values... values) {
  std::array<char, 240> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

std::string Count(std::uint64_t value) { return std::to_string(value); }

double GigabytesPerSecond(const Preset& preset, double bytes_per_clock) {
  return bytes_per_clock * 1000.0 / static_cast<double>(preset.tck_ps);
}

double PeakBandwidth(const Preset& preset) {
  return GigabytesPerSecond(preset, static_cast<double>(kLineBytes) / preset.burst_clocks);
}

std::string LatencyText(const LatencyCounts& latency) {
  return Formatted(
      "mean %.1f, p50 %llu, p95 %llu, p99 %llu, max %llu", latency.mean(),
      static_cast<unsigned long long>(latency.Percentile(50)), static_cast<unsigned long long>(latency.Percentile(95)),
      static_cast<unsigned long long>(latency.Percentile(99)), static_cast<unsigned long long>(latency.max()));
}

// Four buckets to a power of two; empty ones are left out.
void PrintHistogram(std::ostream& out, const LatencyCounts& latency) {
  constexpr double kBarWidth = 40;
  struct Bucket {
    std::uint64_t first, last, count;
  };
  std::vector<Bucket> buckets;
  const std::vector<std::uint64_t>& counts = latency.counts();
  for (std::uint64_t first = 1; first < counts.size();) {
    const std::uint64_t width = std::max<std::uint64_t>(std::bit_floor(first) / 4, 1);
    Bucket bucket = {first, first + width - 1, 0};
    for (; first <= bucket.last && first < counts.size(); ++first) bucket.count += counts[first];
    first = bucket.last + 1;
    if (bucket.count != 0) buckets.push_back(bucket);
  }
  std::uint64_t most = 1;
  for (const Bucket& bucket : buckets) most = std::max(most, bucket.count);
  for (const Bucket& bucket : buckets) {
    const double share = static_cast<double>(bucket.count) / static_cast<double>(most);
    out << Formatted("    %6llu to %6llu  %9llu  ", static_cast<unsigned long long>(bucket.first),
                     static_cast<unsigned long long>(bucket.last), static_cast<unsigned long long>(bucket.count))
        << std::string(static_cast<std::size_t>(std::lround(share * kBarWidth)), '#') << "\n";
  }
}

void AddClass(std::vector<Figure>& figures, const ClassMeasurement& one, const std::string& trace, bool timed) {
  const std::string name = Name(one.port);
  figures.push_back({"class " + name, trace + ": " + Count(one.reads) + " reads, " + Count(one.writes) + " writes"});
  if (one.reads != 0) figures.push_back({"  read, accept to answer", LatencyText(one.read_latency)});
  if (one.reads != 0 && timed) figures.push_back({"  read, due to answer", LatencyText(one.read_latency_since_due)});
  if (one.writes != 0) figures.push_back({"  write, until queued", LatencyText(one.write_latency)});
}

Json LatencyToJson(const LatencyCounts& latency, bool with_counts) {
  Json json = {{"mean", latency.mean()},
               {"p50", latency.Percentile(50)},
               {"p95", latency.Percentile(95)},
               {"p99", latency.Percentile(99)},
               {"max", latency.max()}};
  if (!with_counts) return json;
  json["counts"] = Json::array();
  for (std::size_t value = 0; value < latency.counts().size(); ++value) {
    if (latency.counts()[value] != 0) json["counts"].push_back({value, latency.counts()[value]});
  }
  return json;
}

Json ClassToJson(const ClassMeasurement& one, const std::string& trace, bool timed) {
  Json json = {{"class", Name(one.port)}, {"trace", trace}, {"reads", one.reads}, {"writes", one.writes}};
  if (one.reads != 0) json["read_clocks"] = LatencyToJson(one.read_latency, true);
  if (one.reads != 0 && timed) json["read_clocks_since_due"] = LatencyToJson(one.read_latency_since_due, true);
  if (one.writes != 0) json["write_clocks"] = LatencyToJson(one.write_latency, false);
  return json;
}

double CyclesPerSecond(const Measurement& measurement) {
  return measurement.seconds == 0 ? 0 : static_cast<double>(measurement.cycles) / measurement.seconds;
}

}  // namespace

std::vector<Figure> Figures(const StudyDescription& description, const Preset& preset, const Measurement& measurement) {
  const double peak = PeakBandwidth(preset);
  std::vector<Figure> figures = {
      {"share of the data bus",
       Formatted("%.2f%% (%.2f of %.2f GB/s)", measurement.BusPercent(), measurement.BusPercent() / 100 * peak, peak)},
      {"data on the bus",
       Formatted("%.2f%% of the clocks (without lines forwarded or merged)", measurement.DataPercent())},
      {"lines", Count(measurement.lines) + " of " + Count(description.lines_in_traces)},
      {"clocks", Formatted("%llu, from the first command to the last beat (%.1f us)",
                           static_cast<unsigned long long>(measurement.clocks),
                           static_cast<double>(measurement.clocks) * static_cast<double>(preset.tck_ps) * 1e-6)},
      {"row hits", Count(measurement.row_hits)},
      {"row misses", Count(measurement.row_misses)},
      {"row conflicts", Count(measurement.row_conflicts)},
      {"activates", Count(measurement.activates)},
      {"refreshes", Count(measurement.refreshes)},
      {"forwarded", Count(measurement.forwarded) + " reads, from a queued write"},
      {"merged", Count(measurement.merged) + " writes, into a queued one"},
      {"turnarounds", Count(measurement.turnarounds)},
      {"stalls", Count(measurement.stalls) + " cycles in which a request could not be taken"}};
  if (measurement.read_to_last_beat != 0) {
    figures.push_back(
        {"accept to last beat", Formatted("%.2f clocks, mean of the reads", measurement.read_to_last_beat)});
  }
  for (std::size_t i = 0; i < measurement.classes.size(); ++i) {
    AddClass(figures, measurement.classes[i], description.traces[i], description.timed);
  }
  figures.push_back({"timing violations", Count(measurement.violations)});
  figures.push_back({"wrong answers", Count(measurement.mismatches)});
  if (measurement.golden_commands != 0) {
    figures.push_back({"golden scheduler", Count(measurement.golden_commands) + " commands equal to its"});
  }
  figures.push_back({"simulated", Formatted("%llu cycles in %.2f s: %.0f a second",
                                            static_cast<unsigned long long>(measurement.cycles), measurement.seconds,
                                            CyclesPerSecond(measurement))});
  return figures;
}

void PrintMeasurement(std::ostream& out, const StudyDescription& description, const Preset& preset,
                      const Measurement& measurement) {
  constexpr std::size_t kNameWidth = 24;
  out << (measurement.passed() ? "PASSED" : "FAILED") << (measurement.interrupted ? ", interrupted" : "") << ": preset "
      << description.preset << ", " << description.mode << ", mapping " << description.mapping << "\n";
  for (const Figure& figure : Figures(description, preset, measurement)) {
    const std::size_t blanks = figure.name.size() < kNameWidth ? kNameWidth - figure.name.size() : 1;
    out << "  " << figure.name << std::string(blanks, ' ') << figure.value << "\n";
  }
  for (const ClassMeasurement& one : measurement.classes) {
    if (one.reads == 0) continue;
    out << "  clocks from accept to answer of class " << Name(one.port) << "'s reads\n";
    PrintHistogram(out, one.read_latency);
  }
  if (measurement.violations != 0) out << "first violation: " << measurement.first_violation << "\n";
  if (!measurement.failure.empty()) out << "failure: " << measurement.failure;
}

Json MeasurementToJson(const StudyDescription& description, const Preset& preset, const Measurement& measurement) {
  Json json = {{"preset", description.preset},
               {"mode", description.mode},
               {"mapping", description.mapping},
               {"clock_ps", preset.tck_ps},
               {"passed", measurement.passed()},
               {"interrupted", measurement.interrupted},
               {"bus_pct", measurement.BusPercent()},
               {"data_pct", measurement.DataPercent()},
               {"gigabytes_per_second", measurement.BusPercent() / 100 * PeakBandwidth(preset)},
               {"lines", measurement.lines},
               {"clocks", measurement.clocks},
               {"row_hits", measurement.row_hits},
               {"row_misses", measurement.row_misses},
               {"row_conflicts", measurement.row_conflicts},
               {"activates", measurement.activates},
               {"refreshes", measurement.refreshes},
               {"forwarded", measurement.forwarded},
               {"merged", measurement.merged},
               {"turnarounds", measurement.turnarounds},
               {"stalls", measurement.stalls}};
  if (measurement.read_to_last_beat != 0) json["read_accept_to_last_beat_clocks"] = measurement.read_to_last_beat;
  json["classes"] = Json::array();
  for (std::size_t i = 0; i < measurement.classes.size(); ++i) {
    json["classes"].push_back(ClassToJson(measurement.classes[i], description.traces[i], description.timed));
  }
  json["violations"] = measurement.violations;
  if (measurement.golden_commands != 0) json["golden_scheduler_commands"] = measurement.golden_commands;
  if (measurement.violations != 0) json["first_violation"] = measurement.first_violation;
  json["wrong_answers"] = measurement.mismatches;
  if (!measurement.failure.empty()) json["failure"] = measurement.failure;
  json["cycles"] = measurement.cycles;
  json["seconds"] = measurement.seconds;
  json["cycles_per_second"] = CyclesPerSecond(measurement);
  return json;
}

}  // namespace tarn::channel
