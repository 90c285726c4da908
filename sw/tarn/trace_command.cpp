// tarn trace: tells what is in a trace (info), or converts it (convert).
#include <iostream>

#include "sw/tarn/cache_options.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/interrupt.h"
#include "sw/tarn/trace_report.h"
#include "sw/trace/convert.h"
#include "sw/trace/trace_input.h"

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

constexpr const char* kTraceUsage =
    "usage: tarn trace info FILE [OPTIONS]\n"
    "       tarn trace convert INPUT OUTPUT [OPTIONS]\n\n"
    "Formats: tarn (docs/trace-format.md), lackey (' L 04001000,8'), dramsim3 ('0x1234 READ 56'),\n"
    "ramulator ('0x1234 R'), loadstore ('LD 0x1234'), readwrite ('R 0,0,1,2,100,32') and pages ('R 12'); lackey and "
    "pages\n"
    "are only read.\n\n";

po::options_description TraceOptionsDescription() {
  po::options_description options("options");
  options.add_options()                                                                                           //
      ("help,h", "print this")                                                                                    //
      ("json", po::bool_switch(), "print as JSON")                                                                //
      ("from", po::value<std::string>(), "the input's format; if not given it is told by the first line")         //
      ("to", po::value<std::string>()->default_value("tarn"), "convert: the output's format")                     //
      ("skip", po::value<std::string>()->default_value("0"), "convert: leave out so many accesses at the start")  //
      ("max-lines", po::value<std::string>(), "convert: keep at most so many accesses");
  po::options_description cache("for lackey's output");
  AddCacheOptions(cache);
  options.add(cache);
  return options;
}

Result<trace::Format> FormatOption(const po::variables_map& map, const std::string& name) {
  const auto text = map[name].as<std::string>();
  const auto format = trace::FormatByName(text);
  if (!format) {
    return Status::Error("--" + name + ": '" + text +
                         "' is not one of tarn, lackey, dramsim3, ramulator, loadstore, readwrite, pages");
  }
  return *format;
}

Result<trace::InputOptions> InputOptionsFromMap(const po::variables_map& map) {
  trace::InputOptions options;
  if (map.count("from") != 0) {
    const auto format = FormatOption(map, "from");
    if (!format.ok()) return format.status();
    options.format = *format;
  }
  const auto filter = CacheFromOptions(map);
  if (!filter.ok()) return filter.status();
  options.filter = *filter;
  return options;
}

void PrintInfo(const trace::TraceInfo& info, bool json) {
  if (json) {
    nlohmann::ordered_json report = {
        {"file", info.path}, {"format", trace::FormatName(info.format)}, {"file_bytes", info.file_bytes}};
    report.update(MetadataToJson(info.metadata));
    report.update(SummaryToJson(info.summary));
    std::cout << JsonText(report) << "\n";
    return;
  }
  std::cout << "file:       " << info.path << " (" << info.file_bytes << " bytes, format "
            << trace::FormatName(info.format) << ")\n";
  PrintMetadata(std::cout, info.metadata);
  PrintSummary(std::cout, info.summary, info.metadata.gap_unit);
}

int RunInfo(const Words& files, const po::variables_map& map) {
  if (files.size() != 1) return BadInput("trace info", Status::Error("wants one file; see --help"));
  const auto options = InputOptionsFromMap(map);
  if (!options.ok()) return BadInput("trace info", options.status());
  const auto info = trace::Inspect(files[0], *options);
  if (!info.ok()) return BadInput("trace info", info.status());
  PrintInfo(*info, map["json"].as<bool>());
  return kExitSuccess;
}

Result<trace::ConvertOptions> ConvertOptionsFromMap(const Words& files, const po::variables_map& map) {
  if (files.size() != 2) return Status::Error("wants an input and an output file; see --help");
  trace::ConvertOptions options;
  options.input = files[0];
  options.output = files[1];
  const auto input_options = InputOptionsFromMap(map);
  if (!input_options.ok()) return input_options.status();
  options.input_options = *input_options;
  const auto format = FormatOption(map, "to");
  if (!format.ok()) return format.status();
  if (*format == trace::Format::kLackey || *format == trace::Format::kPages) {
    return Status::Error("--to " + std::string(trace::FormatName(*format)) + ": that format is only read");
  }
  options.format = *format;
  const auto skip = ParseCount("--skip", map["skip"].as<std::string>(), 0, ~std::uint64_t{0});
  if (!skip.ok()) return skip.status();
  options.skip = *skip;
  if (map.count("max-lines") != 0) {
    const auto limit = ParseCount("--max-lines", map["max-lines"].as<std::string>(), 1, ~std::uint64_t{0});
    if (!limit.ok()) return limit.status();
    options.limit = *limit;
  }
  return options;
}

int RunConvert(const Words& files, const po::variables_map& map) {
  const auto options = ConvertOptionsFromMap(files, map);
  if (!options.ok()) return BadInput("trace convert", options.status());
  const InterruptGuard interrupt;
  const auto summary = trace::Convert(*options, [&] { return !interrupt.Interrupted(); });
  if (!summary.ok()) return BadInput("trace convert", summary.status());
  if (map["json"].as<bool>()) {
    nlohmann::ordered_json report = {{"file", options->output}};
    report.update(SummaryToJson(*summary));
    std::cout << JsonText(report) << "\n";
  } else {
    std::cerr << "tarn trace convert: " << options->output << ": " << summary->accesses << " accesses\n";
  }
  return summary->ending == trace::Ending::kInterrupted ? kExitInterrupted : kExitSuccess;
}

}  // namespace

int TraceCommand(const Words& words) {
  const po::options_description description = TraceOptionsDescription();
  po::options_description with_files;
  with_files.add(description).add_options()("words", po::value<Words>());
  po::positional_options_description positional;
  positional.add("words", -1);
  const auto map = ParseWords(words, with_files, positional);
  if (!map.ok()) return BadInput("trace", map.status());
  if (map->count("help") != 0) {
    std::cout << kTraceUsage << description;
    return kExitSuccess;
  }
  const Words given = map->count("words") == 0 ? Words() : (*map)["words"].as<Words>();
  if (!given.empty() && given[0] == "info") return RunInfo(Words(given.begin() + 1, given.end()), *map);
  if (!given.empty() && given[0] == "convert") return RunConvert(Words(given.begin() + 1, given.end()), *map);
  return BadInput("trace", Status::Error("wants 'info' or 'convert'; see --help"));
}

}  // namespace tarn::tool
