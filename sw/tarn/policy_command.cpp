// tarn policy: counts the misses of replacement policies on traces, at given memory sizes.
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <optional>
#include <span>

#include "sw/policy/study.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/data_folder.h"
#include "sw/tarn/interrupt.h"
#include "sw/tarn/trace_report.h"

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

constexpr const char* kPolicyUsage =
    "usage: tarn policy [TRACE...] [OPTIONS]\n\n"
    "Replays each trace (without one: the bundled ones) through replacement policies and prints their misses, beside "
    "the\n"
    "best of lru, clock, sieve, s3-fifo, 2q, arc, lirs and slru, and Belady's optimum (opt). The first access to a\n"
    "segment is a miss too. `hardware` is the policy proposed for the pool (docs/policy.md).\n\n";

struct PolicyOptions {
  Words traces;
  std::vector<policy::MemorySize> sizes;
  std::vector<std::string> policies;
  policy::SegmentTraceOptions reading;
};

po::options_description PolicyOptionsDescription() {
  po::options_description options("options");
  options.add_options()                                                                                          //
      ("help,h", "print this")                                                                                   //
      ("json", po::bool_switch(), "print as JSON")                                                               //
      ("percent", po::value<std::string>(), "memory sizes in percent of the footprint (5,10,25,50)")             //
      ("frames", po::value<std::string>(), "memory sizes in segments, such as 205,410; beside --percent")        //
      ("policies", po::value<std::string>(), "those to replay, such as opt,lru,hardware (all)")                  //
      ("segment-size", po::value<std::string>()->default_value("4K"), "unit of replacement: 64 bytes to 1 GiB")  //
      ("max-lines", po::value<std::string>(), "replay at most so many accesses of each trace")                   //
      ("from", po::value<std::string>(), "the traces' format; if not given it is told by the first line");
  return options;
}

Words SplitAtCommas(const std::string& text) {
  Words words;
  std::size_t begin = 0;
  for (std::size_t comma = 0; comma != std::string::npos; begin = comma + 1) {
    comma = text.find(',', begin);
    words.push_back(text.substr(begin, comma == std::string::npos ? comma : comma - begin));
  }
  return words;
}

Status AddSizes(const po::variables_map& map, std::vector<policy::MemorySize>& sizes) {
  constexpr std::uint64_t kFramesMax = std::uint64_t{1} << 30;
  const bool defaults = map.count("percent") + map.count("frames") == 0;
  if (defaults || map.count("percent") != 0) {
    for (const std::string& word : SplitAtCommas(defaults ? "5,10,25,50" : map["percent"].as<std::string>())) {
      const auto percent = ParseCount("--percent", word, 1, 100);
      if (!percent.ok()) return percent.status();
      sizes.push_back({.frames = std::nullopt, .percent = static_cast<std::uint32_t>(*percent)});
    }
  }
  if (map.count("frames") == 0) return {};
  for (const std::string& word : SplitAtCommas(map["frames"].as<std::string>())) {
    const auto frames = ParseCount("--frames", word, 1, kFramesMax);
    if (!frames.ok()) return frames.status();
    sizes.push_back({.frames = static_cast<std::uint32_t>(*frames)});
  }
  return {};
}

Status NoSuchPolicy(const std::string& word, std::span<const std::string> known) {
  std::string names = known.front();
  for (const std::string& name : known.subspan(1)) names.append(", ").append(name);
  return Status::Error("--policies: '" + word + "' is not one of " + names);
}

Status AddPolicies(const po::variables_map& map, std::vector<std::string>& policies) {
  const std::vector<std::string> known = policy::StudyPolicies();
  if (map.count("policies") == 0) {
    policies = known;
    return {};
  }
  for (const std::string& word : SplitAtCommas(map["policies"].as<std::string>())) {
    if (std::find(known.begin(), known.end(), word) == known.end()) {
      return NoSuchPolicy(word, known);
    }
    if (std::find(policies.begin(), policies.end(), word) == policies.end()) policies.push_back(word);
  }
  return {};
}

Status AddReading(const po::variables_map& map, policy::SegmentTraceOptions& reading) {
  constexpr std::uint64_t kSegmentBytesMax = std::uint64_t{1} << 30;
  const auto bytes = ParseSize("--segment-size", map["segment-size"].as<std::string>());
  if (!bytes.ok()) return bytes.status();
  if (!std::has_single_bit(*bytes) || *bytes < 64 || *bytes > kSegmentBytesMax) {
    return Status::Error("--segment-size: " + std::to_string(*bytes) + " is not a power of two from 64 to 1 GiB");
  }
  reading.segment_bytes = static_cast<std::uint32_t>(*bytes);
  if (map.count("max-lines") != 0) {
    const auto lines = ParseCount("--max-lines", map["max-lines"].as<std::string>(), 1, ~std::uint64_t{0});
    if (!lines.ok()) return lines.status();
    reading.accesses_max = *lines;
  }
  if (map.count("from") == 0) return {};
  const auto name = map["from"].as<std::string>();
  reading.input.format = trace::FormatByName(name);
  return reading.input.format ? Status() : Status::Error("--from: '" + name + "' is no format; see tarn trace --help");
}

Result<PolicyOptions> PolicyOptionsFromMap(const po::variables_map& map) {
  PolicyOptions options;
  if (Status status = AddSizes(map, options.sizes); !status.ok()) return status;
  if (Status status = AddPolicies(map, options.policies); !status.ok()) return status;
  if (Status status = AddReading(map, options.reading); !status.ok()) return status;
  if (map.count("traces") != 0) {
    options.traces = map["traces"].as<Words>();
    return options;
  }
  const auto bundled = BundledTraces();
  if (!bundled.ok()) return bundled.status();
  options.traces = *bundled;
  return options;
}

// What is being done, on one line of a terminal.
class StudyProgress {
 public:
  void Show(const std::string& text) {
    if (shown_) std::cerr << "\r\x1b[K" << text << std::flush;
  }
  void Show(const std::string& trace, std::uint32_t frames, const std::string& policy) {
    Show("");
    if (shown_) std::cerr << trace << ", " << frames << " frames: " << policy << std::flush;
  }
  ~StudyProgress() { Show(""); }

 private:
  bool shown_ = ::isatty(STDERR_FILENO) == 1;
};

double Ratio(std::uint64_t misses, const std::optional<std::uint64_t>& other) {
  return static_cast<double>(misses) / static_cast<double>(*other);
}

nlohmann::ordered_json StudyToJson(const policy::SizeStudy& study) {
  nlohmann::ordered_json json = {{"frames", study.frames}};
  if (!study.size.frames) json["percent"] = study.size.percent;
  for (const policy::PolicyMissCount& count : study.counts) {
    nlohmann::ordered_json& entry = json["policies"][count.policy];
    entry["misses"] = count.misses;
    if (study.best_peer) entry["to_best"] = Ratio(count.misses, study.best_peer);
    if (study.optimum) entry["to_optimum"] = Ratio(count.misses, study.optimum);
  }
  return json;
}

std::string SizeTitle(const policy::SizeStudy& study) {
  const std::string share = study.size.frames ? "" : " (" + std::to_string(study.size.percent) + "%)";
  return std::to_string(study.frames) + " frames" + share;
}

void PrintRatio(std::uint64_t misses, const std::optional<std::uint64_t>& other) {
  constexpr int kWidth = 8;
  if (other) {
    std::cout << std::setw(kWidth) << Ratio(misses, other);
  } else {
    std::cout << std::setw(kWidth) << "-";
  }
}

void PrintStudies(const std::string& trace, const policy::SegmentTrace& segments, std::uint32_t segment_bytes,
                  std::span<const policy::SizeStudy> studies) {
  constexpr int kNameWidth = 10, kMissWidth = 12;
  std::cout << trace << ": " << segments.accesses.size() << " accesses to " << segments.segments << " segments of "
            << segment_bytes << " bytes\n";
  std::cout << std::fixed << std::setprecision(3);
  for (const policy::SizeStudy& study : studies) {
    std::cout << "  " << SizeTitle(study) << "\n    " << std::left << std::setw(kNameWidth) << "policy" << std::right
              << std::setw(kMissWidth) << "misses" << "   /best    /opt\n";
    for (const policy::PolicyMissCount& count : study.counts) {
      std::cout << "    " << std::left << std::setw(kNameWidth) << count.policy << std::right << std::setw(kMissWidth)
                << count.misses;
      PrintRatio(count.misses, study.best_peer);
      PrintRatio(count.misses, study.optimum);
      std::cout << "\n";
    }
  }
}

int RunStudies(const PolicyOptions& options, bool json) {
  const InterruptGuard interrupt;
  const auto go_on = [&] { return !interrupt.Interrupted(); };
  StudyProgress progress;
  nlohmann::ordered_json report = {{"segment_bytes", options.reading.segment_bytes},
                                   {"traces", nlohmann::ordered_json::array()}};
  for (const std::string& path : options.traces) {
    if (!go_on()) break;
    progress.Show("reading " + path);
    const auto segments = policy::ReadSegmentTrace(path, options.reading, go_on);
    if (!segments.ok()) return BadInput("policy", segments.status());
    const std::string name = std::filesystem::path(path).filename().string();
    const auto studies = policy::StudyTrace(*segments, options.sizes, options.policies,
                                            [&](const std::string& policy, std::uint32_t frames) {
                                              progress.Show(name, frames, policy);
                                              return go_on();
                                            });
    progress.Show("");
    if (!json) {
      PrintStudies(path, *segments, options.reading.segment_bytes, studies);
      continue;
    }
    nlohmann::ordered_json entry = {
        {"file", path}, {"accesses", segments->accesses.size()}, {"segments", segments->segments}};
    entry["sizes"] = nlohmann::ordered_json::array();
    for (const policy::SizeStudy& study : studies) entry["sizes"].push_back(StudyToJson(study));
    report["traces"].push_back(entry);
  }
  if (json) std::cout << JsonText(report) << "\n";
  return go_on() ? kExitSuccess : kExitInterrupted;
}

}  // namespace

int PolicyCommand(const Words& words) {
  const po::options_description description = PolicyOptionsDescription();
  po::options_description with_traces;
  with_traces.add(description).add_options()("traces", po::value<Words>());
  po::positional_options_description positional;
  positional.add("traces", -1);
  const auto map = ParseWords(words, with_traces, positional);
  if (!map.ok()) return BadInput("policy", map.status());
  if (map->count("help") != 0) {
    std::cout << kPolicyUsage << description;
    return kExitSuccess;
  }
  const auto options = PolicyOptionsFromMap(*map);
  if (!options.ok()) return BadInput("policy", options.status());
  return RunStudies(*options, (*map)["json"].as<bool>());
}

}  // namespace tarn::tool
