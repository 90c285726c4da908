// tarn channel: replays traces on the memory channel alone.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>

#include "sw/channel/channel_report.h"
#include "sw/channel/mapping.h"
#include "sw/channel/slow_study.h"
#include "sw/report/channel_html.h"
#include "sw/tarn/channel_options.h"
#include "sw/tarn/interrupt.h"
#include "sw/tarn/progress.h"
#include "sw/tarn/trace_report.h"
#include "sw/trace/atomic_file.h"

namespace tarn::tool {

namespace {

std::uint64_t ModuleLines(const channel::Preset& preset) {
  const unsigned left_out = preset.row_bits - std::min(preset.row_bits, channel::ChannelSimulation::kRowBits);
  return preset.lines() >> left_out;
}

// Traces of several classes keep their distance in time: the earliest access is in cycle 0.
void CountCyclesFromTheFirst(std::vector<channel::ChannelTrace>& traces) {
  std::uint64_t first = ~std::uint64_t{0};
  for (const channel::ChannelTrace& trace : traces) first = std::min(first, trace.accesses.front().cycle);
  for (channel::ChannelTrace& trace : traces) {
    for (channel::TraceAccess& access : trace.accesses) access.cycle -= first;
  }
}

// Traces of the format readwrite have the places of a module as DDR4 x8 has them.
bool NamesPlaces(const ChannelOptions& options) { return options.preset.preset.Geometry().HasBanksOf({}); }

Status CheckTraceFits(const ChannelOptions& options, const ChannelOptions::Source& source,
                      const channel::ChannelTrace& trace) {
  if (options.pace.timed && trace.accesses.size() > 1 && !trace.has_cycles) {
    return Status::Error("--mode timed: " + source.name + " gives no cycles; dramsim3 and tarn traces can have them");
  }
  if (trace.names_places && !NamesPlaces(options)) {
    return Status::Error("--preset: " + source.name + " names places in a module of 16 banks with rows of 128 lines");
  }
  const bool reset_map = options.mapping == channel::kResetMapping;
  if (trace.names_places && !reset_map) {
    return Status::Error("--mapping: " + source.name + " names places in the module, so that there is nothing to map");
  }
  return {};
}

Result<std::vector<channel::ChannelTrace>> ReadTraces(const ChannelOptions& options, channel::LinePlacer& placer,
                                                      const InterruptGuard& interrupt) {
  std::vector<channel::ChannelTrace> traces;
  for (const ChannelOptions::Source& source : options.sources) {
    const auto space = static_cast<unsigned>(traces.size());
    channel::ChannelTraceOptions reading = {.input = options.input, .space = space};
    if (options.lines != 0) reading.lines_max = options.lines;
    auto trace =
        source.made
            ? channel::MakeChannelTrace(source.name, options.lines, space, placer, options.preset.preset.Geometry())
            : channel::ReadChannelTrace(source.name, reading, placer, [&] { return !interrupt.Interrupted(); });
    if (!trace.ok()) return trace.status();
    if (Status status = CheckTraceFits(options, source, *trace); !status.ok()) return status;
    traces.push_back(std::move(*trace));
  }
  CountCyclesFromTheFirst(traces);
  return traces;
}

channel::StudyDescription Describe(const ChannelOptions& options, const std::vector<channel::ChannelTrace>& traces) {
  channel::StudyDescription description = {.preset = options.preset_name,
                                           .mode = options.pace.timed ? "timed" : "saturated",
                                           .mapping = options.mapping,
                                           .timed = options.pace.timed};
  if (options.pace.interval_cycles != 0) {
    description.mode = "an access in " + std::to_string(options.pace.interval_cycles) + " clocks";
  }
  for (const ChannelOptions::Source& source : options.sources) description.traces.push_back(source.name);
  for (const channel::ChannelTrace& trace : traces) description.lines_in_traces += trace.accesses.size();
  return description;
}

channel::Measurement Replay(const ChannelOptions& options, const std::vector<channel::ChannelTrace>& traces,
                            std::optional<channel::CommandTrace>& commands, const InterruptGuard& interrupt) {
  std::vector<channel::ClassTrace> classes;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    classes.push_back({.port = options.sources[i].port, .trace = &traces[i].accesses, .pace = options.pace});
  }
  Progress progress("replaying");
  channel::MeasurementOptions measuring = {.map = options.map,
                                           .registers = options.registers,
                                           .seed = options.seed,
                                           .golden_scheduler = options.golden_scheduler};
  if (commands) {
    measuring.on_command = [&](std::uint64_t clock, const DfiCommand& command) { commands->Append(clock, command); };
  }
  measuring.go_on = [&](std::uint64_t answered, std::uint64_t lines, std::uint64_t cycle) {
    if (!options.quiet) progress.Show(answered, lines, cycle);
    return !interrupt.Interrupted();
  };
  return channel::MeasureTraces(options.preset.preset, options.preset.rules, classes, measuring);
}

void Print(const ChannelOptions& options, const std::vector<channel::ChannelTrace>& traces,
           const channel::LinePlacer& placer, const channel::Measurement& measurement) {
  const channel::StudyDescription description = Describe(options, traces);
  if (options.json) {
    nlohmann::ordered_json json = channel::MeasurementToJson(description, options.preset.preset, measurement);
    json["wrapped"] = placer.wrapped();
    std::cout << JsonText(json) << "\n";
    return;
  }
  channel::PrintMeasurement(std::cout, description, options.preset.preset, measurement);
  if (placer.wrapped() != 0) {
    std::cout << "  remark  " << placer.wrapped()
              << " accesses lie beyond the module: their upper address bits were left out (--place first-touch gives\n"
                 "          pages the module's memory in the order in which they are touched)\n";
  }
}

// Before the simulation, so that a name that cannot be written to does not cost one. Nothing if no report is wanted.
Result<std::optional<trace::AtomicFile>> CreateReport(const ChannelOptions& options) {
  std::optional<trace::AtomicFile> report;
  if (options.report_file.empty()) return report;
  auto file = trace::AtomicFile::Create(options.report_file);
  if (!file.ok()) return Status::Error("--report: " + file.status().message());
  report.emplace(std::move(*file));
  return report;
}

Status WriteReport(std::optional<trace::AtomicFile>& report, const std::function<std::string()>& to_html) {
  if (!report) return {};
  const std::string html = to_html();
  Status status = report->Append({reinterpret_cast<const std::uint8_t*>(html.data()), html.size()});
  if (status.ok()) status = report->Commit();
  return status.ok() ? status : Status::Error("--report: " + status.message());
}

Result<channel::SlowStudy> StudySlowCells(const ChannelOptions& options) {
  const InterruptGuard interrupt;
  Progress progress("measuring");
  channel::SlowStudyOptions study_options = {
      .fast_preset = options.preset_name, .slow_preset = options.slow_study, .registers = options.registers};
  if (options.lines != 0) study_options.lines = options.lines;
  study_options.go_on = [&](std::size_t done, std::size_t all) {
    if (!options.quiet) progress.ShowPart(done, all, "streams");
    return !interrupt.Interrupted();
  };
  if (const Status status = channel::CheckSlowStudy(study_options); !status.ok()) {
    return Status::Error("--slow-study: " + status.message());
  }
  auto report = CreateReport(options);
  if (!report.ok()) return report.status();
  const channel::SlowStudy study = channel::RunSlowStudy(study_options);
  if (options.json) {
    std::cout << JsonText(channel::SlowStudyToJson(study)) << "\n";
  } else {
    channel::PrintSlowStudy(std::cout, study);
  }
  const Status status = WriteReport(*report, [&] { return report::SlowStudyToHtml(study); });
  if (!status.ok()) return status;
  return study;
}

Result<channel::Measurement> RunStudy(const ChannelOptions& options) {
  const InterruptGuard interrupt;
  channel::LinePlacer placer(options.placement, ModuleLines(options.preset.preset));
  const auto traces = ReadTraces(options, placer, interrupt);
  if (!traces.ok()) return traces.status();
  if (!options.export_file.empty() && options.export_format == trace::Format::kReadWrite && !NamesPlaces(options)) {
    return Status::Error("--to: readwrite names places in a module of 16 banks with rows of 128 lines");
  }
  if (!options.export_file.empty()) {
    const Status status =
        channel::WriteChannelTrace(options.export_file, options.export_format, traces->front(), options.map);
    if (!status.ok()) return Status::Error("--export: " + status.message());
  }
  std::optional<channel::CommandTrace> commands;
  if (!options.commands_file.empty()) {
    auto file = channel::CommandTrace::Create(options.commands_file, options.commands_format);
    if (!file.ok()) return Status::Error("--commands: " + file.status().message());
    commands.emplace(std::move(*file));
  }
  auto report = CreateReport(options);
  if (!report.ok()) return report.status();
  channel::Measurement measurement = Replay(options, *traces, commands, interrupt);
  Print(options, *traces, placer, measurement);
  const Status status = WriteReport(
      *report, [&] { return report::ChannelToHtml(Describe(options, *traces), options.preset.preset, measurement); });
  if (!status.ok()) return status;
  if (commands) {
    if (Status closed = commands->Close(); !closed.ok()) return Status::Error("--commands: " + closed.message());
  }
  return measurement;
}

}  // namespace

int ChannelCommand(const Words& words) {
  const Result<ChannelOptions> options = ParseChannelOptions(words);
  if (!options.ok()) return BadInput("channel", options.status());
  if (options->help) {
    std::cout << ChannelHelp();
    return kExitSuccess;
  }
  const auto exit_status = [&](const auto& outcome) {
    if (!outcome.ok()) return BadInput("channel", Located(options->places, outcome.status()));
    if (!outcome->passed()) return kExitFailure;
    return outcome->interrupted ? kExitInterrupted : kExitSuccess;
  };
  return options->slow_study.empty() ? exit_status(RunStudy(*options)) : exit_status(StudySlowCells(*options));
}

}  // namespace tarn::tool
