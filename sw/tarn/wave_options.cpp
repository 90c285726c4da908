#include "sw/tarn/wave_options.h"

#include <sstream>

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

constexpr const char* kWaveUsage =
    "usage: tarn wave compare DUT GOLDEN [OPTIONS]\n"
    "       tarn wave summary FILE [OPTIONS]\n\n"
    "Compares a wave with that of a golden model, by transaction; or tells what happens on the ports of a wave. FST "
    "and\n"
    "VCD are read. Exit status of compare: 0 the same, 1 different, 2 not comparable. docs/waves.md tells the "
    "rest.\n\n";

po::options_description WaveOptionsDescription() {
  po::options_description options("options");
  auto add = options.add_options();
  add("help,h", "this text");
  add("rules", po::value<std::string>(), "JSON file with clock, ports, types and more (docs/waves.md)");
  add("clock", po::value<std::string>(), "the clock's name (the outermost clk_i, clk, clock_i or clock)");
  add("dut-scope", po::value<std::string>(), "scope of the (first) wave whose signals are looked at, such as TOP.dut");
  add("golden-scope", po::value<std::string>(), "compare: that of the golden wave");
  add("ignore", po::value<Words>()->composing(),
      "leave out signals of this name, which may have * and ?; may be repeated");
  add("only", po::value<Words>()->composing(),
      "look at signals of this name only, and at those that the rules name; may be repeated");
  add("exact", po::bool_switch(), "compare: every signal in every cycle, not transactions");
  add("latency-max", po::value<std::string>(),
      "compare: cycles from a transaction of the one wave to that of the other, at most");
  add("window", po::value<Words>()->composing(),
      "compare: FROM:TO, cycles of the DUT between which differences count; may be repeated");
  add("json", po::bool_switch(), "print as JSON");
  add("junit", po::value<std::string>(), "compare: write a JUnit report to this file");
  add("merged", po::value<std::string>(),
      "compare: write both waves and what differs to this file (FILE.fst), and a save file of GTKWave beside it "
      "(FILE.gtkw)");
  add("html", po::value<std::string>(), "compare: write a page with pictures of the first differences to this file");
  return options;
}

std::string TextOption(const po::variables_map& map, const char* name) {
  return map.count(name) == 0 ? std::string() : map[name].as<std::string>();
}

// FROM:TO
Result<wave::Window> ParseWindow(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return Status::Error("--window: '" + text + "' is not FROM:TO, such as 100:200");
  const auto from = ParseCount("--window", text.substr(0, colon), 0, ~std::uint64_t{0});
  if (!from.ok()) return from.status();
  const auto to = ParseCount("--window", text.substr(colon + 1), *from, ~std::uint64_t{0});
  if (!to.ok()) return to.status();
  return wave::Window{.from = *from, .to = *to};
}

// The rules of the file, if one is given, and what options say instead.
Status TakeRules(const po::variables_map& map, wave::Rules& rules) {
  if (map.count("rules") != 0) {
    Result<wave::Rules> read = wave::ReadRules(map["rules"].as<std::string>());
    if (!read.ok()) return Status::Error("--rules: " + read.status().message());
    rules = std::move(*read);
  }
  if (map.count("clock") != 0) rules.clock = TextOption(map, "clock");
  if (map.count("dut-scope") != 0) rules.dut_scope = TextOption(map, "dut-scope");
  if (map.count("golden-scope") != 0) rules.golden_scope = TextOption(map, "golden-scope");
  for (const auto& [name, patterns] : {std::pair("ignore", &rules.ignore), std::pair("only", &rules.only)}) {
    if (map.count(name) == 0) continue;
    const Words& words = map[name].as<Words>();
    patterns->insert(patterns->end(), words.begin(), words.end());
  }
  return {};
}

Status TakeCompareOptions(const po::variables_map& map, WaveOptions& options) {
  options.exact = map["exact"].as<bool>();
  if (map.count("latency-max") != 0) {
    if (options.exact) return Status::Error("--latency-max: has no meaning with --exact");
    std::uint64_t cycles = 0;
    if (Status status = TakeCount(map, "latency-max", 0, std::uint64_t{1} << 62, cycles); !status.ok()) return status;
    options.compare.latency_max = cycles;
  }
  if (map.count("window") != 0) {
    for (const std::string& text : map["window"].as<Words>()) {
      const Result<wave::Window> window = ParseWindow(text);
      if (!window.ok()) return window.status();
      options.compare.windows.push_back(*window);
    }
  }
  options.compare.golden_x_is_anything = options.rules.golden_x_is_anything;
  options.junit_file = TextOption(map, "junit");
  options.merged_file = TextOption(map, "merged");
  options.html_file = TextOption(map, "html");
  for (const auto& [name, file] : {std::pair("junit", &options.junit_file), std::pair("html", &options.html_file)}) {
    if (map.count(name) != 0 && file->empty()) {
      return Status::Error("--" + std::string(name) + ": '' names no file to write");
    }
  }
  if (map.count("merged") != 0 && !options.merged_file.ends_with(".fst")) {
    return Status::Error("--merged: '" + options.merged_file + "' is no name such as merged.fst");
  }
  return {};
}

Status CheckFiles(const Words& words, WaveOptions& options) {
  const bool compare = !words.empty() && words[0] == "compare";
  if (!compare && (words.empty() || words[0] != "summary")) {
    return Status::Error("wants 'compare' or 'summary'; see --help");
  }
  options.action = compare ? WaveOptions::Action::kCompare : WaveOptions::Action::kSummary;
  options.files.assign(words.begin() + 1, words.end());
  if (compare && options.files.size() != 2) return Status::Error("compare: wants two files; see --help");
  if (!compare && options.files.size() != 1) return Status::Error("summary: wants one file; see --help");
  return {};
}

Status CheckSummaryOptions(const po::variables_map& map) {
  for (const char* name : {"golden-scope", "latency-max", "window", "junit", "merged", "html"}) {
    if (map.count(name) != 0) return Status::Error(std::string("--") + name + ": has no meaning for a summary");
  }
  return map["exact"].as<bool>() ? Status::Error("--exact: has no meaning for a summary") : Status();
}

}  // namespace

std::string WaveHelp() {
  std::ostringstream out;
  out << kWaveUsage << WaveOptionsDescription();
  return out.str();
}

Result<WaveOptions> ParseWaveOptions(const Words& words) {
  po::options_description with_files;
  with_files.add(WaveOptionsDescription()).add_options()("words", po::value<Words>());
  po::positional_options_description positional;
  positional.add("words", -1);
  const auto map = ParseWords(words, with_files, positional);
  if (!map.ok()) return map.status();
  WaveOptions options;
  if (map->count("help") != 0) return options;
  Status status = CheckFiles(map->count("words") == 0 ? Words() : (*map)["words"].as<Words>(), options);
  if (status.ok() && options.action == WaveOptions::Action::kSummary) status = CheckSummaryOptions(*map);
  if (status.ok()) status = TakeRules(*map, options.rules);
  if (status.ok()) status = TakeCompareOptions(*map, options);
  if (!status.ok()) return status;
  options.json = (*map)["json"].as<bool>();
  return options;
}

}  // namespace tarn::tool
