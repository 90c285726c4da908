#include "sw/report/html_report.h"

#include <algorithm>
#include <sstream>

#include "sw/report/html.h"
#include "sw/report/plot.h"
#include "sw/trace/atomic_file.h"

namespace tarn::report {

namespace {

using replay::Histogram;
using replay::HostSummary;
using replay::RunSummary;
using replay::Sample;

double Microseconds(const RunSummary& summary, std::uint64_t cycles) {
  return static_cast<double>(cycles) * 1e6 / static_cast<double>(summary.clock_hz);
}

std::string HostName(const HostSummary& host) {
  std::string name = "host " + std::to_string(host.number) + ":";
  for (const std::string& program : host.programs) name += " " + program;
  return name;
}

Plot LatencyPlot(const RunSummary& summary) {
  static constexpr const char* kTitles[] = {"resident", "IOTLB hit", "walk", "page-in"};
  Plot plot{.title = "Latency per path: share of accesses answered within",
            .x_label = "cycles from acceptance to answer",
            .y_label = "percent of the path's accesses",
            .x_logarithmic = true,
            .y_is_percent = true,
            .curves = {}};
  for (std::size_t path = 0; path < replay::kPaths; ++path) {
    Histogram all;
    for (const HostSummary& host : summary.hosts) all.Merge(host.statistics.latency_cycles[path]);
    if (all.count() == 0) continue;
    Curve curve{.title = kTitles[path], .x = {}, .y = {}};
    std::uint64_t seen = 0;
    for (std::uint32_t bucket = 0; bucket < Histogram::kBuckets; ++bucket) {
      if (all.bucket_count(bucket) == 0) continue;
      seen += all.bucket_count(bucket);
      curve.x.push_back(static_cast<double>(std::max<std::uint64_t>(Histogram::FloorOf(bucket), 1)));
      curve.y.push_back(100.0 * static_cast<double>(seen) / static_cast<double>(all.count()));
    }
    plot.curves.push_back(std::move(curve));
  }
  return plot;
}

// A curve of what `value` grew by between samples, scaled: of a long run the means over several, since curves of a
// thousand points hide one another.
template <typename Value>
Curve RateCurve(const RunSummary& summary, const std::string& title, double scale_per_cycle, Value value) {
  constexpr std::size_t kPointsMax = 150;
  const std::size_t stride = 1 + summary.samples.size() / kPointsMax;
  Curve curve{.title = title, .x = {}, .y = {}};
  for (std::size_t i = stride; i < summary.samples.size(); i += stride) {
    const Sample& before = summary.samples[i - stride];
    const Sample& now = summary.samples[i];
    if (now.cycle == before.cycle) continue;
    curve.x.push_back(Microseconds(summary, now.cycle - summary.samples[0].cycle));
    curve.y.push_back(static_cast<double>(value(now) - value(before)) * scale_per_cycle /
                      static_cast<double>(now.cycle - before.cycle));
  }
  return curve;
}

Plot BandwidthPlot(const RunSummary& summary) {
  Plot plot{.title = "Bandwidth of the hosts, stacked",
            .x_label = "microseconds",
            .y_label = "GB/s",
            .stacked = true,
            .curves = {}};
  const double scale = 64.0 * static_cast<double>(summary.clock_hz) / 1e9;
  for (std::size_t host = 0; host < summary.hosts.size(); ++host) {
    plot.curves.push_back(RateCurve(summary, HostName(summary.hosts[host]), scale,
                                    [host](const Sample& sample) { return sample.lines[host]; }));
  }
  return plot;
}

Plot BusPlot(const RunSummary& summary) {
  Plot plot{.title = "Use of the memory channel's data bus",
            .x_label = "microseconds",
            .y_label = "percent of the cycles",
            .y_is_percent = true,
            .curves = {}};
  plot.curves.push_back(
      RateCurve(summary, "bus busy", 100, [](const Sample& sample) { return sample.bus_busy_cycles; }));
  return plot;
}

Plot ResidentPlot(const RunSummary& summary) {
  Plot plot{.title = "Segments resident in the pool, stacked",
            .x_label = "microseconds",
            .y_label = "segments",
            .stacked = true,
            .curves = {}};
  for (std::size_t host = 0; host < summary.hosts.size(); ++host) {
    Curve curve{.title = HostName(summary.hosts[host]), .x = {}, .y = {}};
    for (const Sample& sample : summary.samples) {
      curve.x.push_back(Microseconds(summary, sample.cycle - summary.samples[0].cycle));
      curve.y.push_back(static_cast<double>(sample.resident_segments[host]));
    }
    plot.curves.push_back(std::move(curve));
  }
  return plot;
}

Plot PagingPlot(const RunSummary& summary) {
  const double per_microsecond = static_cast<double>(summary.clock_hz) / 1e6;
  Plot plot{.title = "Paging", .x_label = "microseconds", .y_label = "pages per microsecond", .curves = {}};
  plot.curves.push_back(
      RateCurve(summary, "page-ins", per_microsecond, [](const Sample& sample) { return sample.page_ins; }));
  plot.curves.push_back(RateCurve(summary, "page-outs, dirty: written", per_microsecond,
                                  [](const Sample& sample) { return sample.pages_out_dirty; }));
  plot.curves.push_back(RateCurve(summary, "page-outs, clean: dropped", per_microsecond,
                                  [](const Sample& sample) { return sample.pages_dropped_clean; }));
  return plot;
}

void WritePlots(std::ostream& out, const RunSummary& summary) {
  if (summary.samples.size() < 2) {
    out << "<p class=note>The run was too short for plots over time.</p>\n";
    return;
  }
  for (const Plot& plot :
       {LatencyPlot(summary), BandwidthPlot(summary), BusPlot(summary), ResidentPlot(summary), PagingPlot(summary)}) {
    WritePlot(out, plot);
  }
}

void WriteHosts(std::ostream& out, const RunSummary& summary) {
  out << "<h2>Hosts</h2>\n<table><tr><th>host<th>addressing<th>pages mapped<th>segments<th>reads<th>writes<th>bytes "
         "checked<th>non-zero reads<th>mismatches</tr>\n";
  for (std::size_t host = 0; host < summary.hosts.size(); ++host) {
    const HostSummary& one = summary.hosts[host];
    const replay::HostStatistics& s = one.statistics;
    const double nonzero =
        s.reads == 0 ? 0 : 100.0 * static_cast<double>(s.nonzero_reads) / static_cast<double>(s.reads);
    out << "<tr><td>" << Escaped(HostName(one)) << "<td>" << one.addressing << "<td>" << one.PagesText() << "<td>"
        << Grouped(one.segments) << "<td>" << Grouped(s.reads) << "<td>" << Grouped(s.writes) << "<td>"
        << Grouped(s.bytes_checked) << "<td>" << Fixed(nonzero, 1) << "%<td>" << Grouped(s.mismatches) << "</tr>\n";
  }
  out << "</table>\n";
}

void WriteLatencies(std::ostream& out, const RunSummary& summary) {
  out << "<h2>Latency in "
         "cycles</h2>\n<table><tr><th>host<th>path<th>accesses<th>mean<th>p50<th>p95<th>p99<th>max</tr>\n";
  for (std::size_t host = 0; host < summary.hosts.size(); ++host) {
    for (std::size_t path = 0; path < replay::kPaths; ++path) {
      const Histogram& h = summary.hosts[host].statistics.latency_cycles[path];
      if (h.count() == 0) continue;
      out << "<tr><td>" << Escaped(HostName(summary.hosts[host])) << "<td>" << replay::kPathNames[path] << "<td>"
          << Grouped(h.count()) << "<td>" << Fixed(h.mean(), 1) << "<td>" << Grouped(h.Percentile(50)) << "<td>"
          << Grouped(h.Percentile(95)) << "<td>" << Grouped(h.Percentile(99)) << "<td>" << Grouped(h.max())
          << "</tr>\n";
    }
  }
  out << "</table>\n";
}

void WriteVerdict(std::ostream& out, const RunSummary& summary) {
  out << "<p class='verdict " << (summary.passed() ? "good'>" : "bad'>")
      << (summary.passed() ? "Every byte read was right, and every check passed." : "The run failed.")
      << (summary.interrupted ? " It was interrupted; this is what ran so far." : "") << "</p>\n";
  if (!summary.failure.empty()) out << "<pre>" << Escaped(summary.failure) << "</pre>\n";
  for (const std::string& mismatch : summary.mismatches) out << "<pre>" << Escaped(mismatch) << "</pre>\n";
  for (const std::string& remark : summary.remarks) out << "<p>Remark: " << Escaped(remark) << ".</p>\n";
  out << "<table class=text>";
  for (const replay::Check& check : summary.checks) {
    out << "<tr><td>" << (check.passed ? "&#10003; " : "&#10007; ") << Escaped(check.name) << "<td>"
        << Escaped(check.detail) << "</tr>\n";
  }
  out << "</table>\n";
}

void WriteFigures(std::ostream& out, const RunSummary& summary) {
  const double cycles = static_cast<double>(std::max<std::uint64_t>(summary.cycles, 1));
  const double time = std::max(summary.seconds, 1e-9);
  out << "<h2>Figures</h2>\n<table><tr><th>figure<th>value</tr>\n"
      << "<tr><td>lines replayed<td>" << Grouped(summary.lines) << " of " << Grouped(summary.lines_in_traces)
      << "</tr>\n<tr><td>node cycles<td>" << Grouped(summary.cycles) << "</tr>\n<tr><td>cycles a line<td>"
      << Fixed(cycles / static_cast<double>(std::max<std::uint64_t>(summary.lines, 1)), 2) << "</tr>\n<tr><td>pool<td>"
      << Grouped(summary.slots) << " slots of " << summary.segment_bytes / 1024 << " KiB for "
      << Grouped(summary.footprint_segments) << " segments touched</tr>\n<tr><td>simulated cycles a "
      << "second<td>" << Grouped(static_cast<std::uint64_t>(cycles / time)) << "</tr>\n<tr><td>lines a second<td>"
      << Grouped(static_cast<std::uint64_t>(static_cast<double>(summary.lines) / time)) << "</tr>\n";
  for (const replay::Counter& counter : summary.counters) {
    out << "<tr><td>" << Escaped(counter.name) << "<td>" << Grouped(counter.value) << "</tr>\n";
  }
  out << "</table>\n";
}

}  // namespace

std::string ToHtml(const RunSummary& summary) {
  std::ostringstream out;
  WriteHead(out, "Tarn: run on " + summary.platform);
  out << "<h1>Tarn: real programs on the node</h1>\n<p class=note>platform " << Escaped(summary.platform) << ", seed "
      << summary.seed << ", bulk " << Escaped(summary.bulk) << ", clock "
      << Fixed(static_cast<double>(summary.clock_hz) / 1e6, 0) << " MHz<br><code>" << Escaped(summary.command)
      << "</code></p>\n";
  WriteVerdict(out, summary);
  WriteHosts(out, summary);
  WritePlots(out, summary);
  WriteLatencies(out, summary);
  WriteFigures(out, summary);
  out << "</html>\n";
  return out.str();
}

Status WriteWhole(const std::string& path, const std::string& text) {
  Result<trace::AtomicFile> file = trace::AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (Status status = file->Append({bytes, text.size()}); !status.ok()) return status;
  return file->Commit();
}

}  // namespace tarn::report
