#include "sw/tarn/run_options.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "models/channel/preset_file.h"
#include "sw/tarn/addressing_option.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/data_folder.h"

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

// Lines of each bundled trace that the main job replays by default: as many as end within six million cycles of
// the RTL (docs/main-job.md says how that was measured).
constexpr std::uint64_t kDefaultLines = 27'000;
constexpr std::uint64_t kDefaultLinesOnBoard = 200;  // a page takes seconds on a simulated board
constexpr std::uint32_t kHostsMax = 64;

po::options_description Options() {
  po::options_description options("options");
  auto add = options.add_options();
  add("help,h", "this text");
  add("config", po::value<std::string>(), "INI file with options of this list; the command line wins");
  add("platform", po::value<std::string>()->default_value("rtl"),
      "rtl, model, tlm, or board: a node at a serial line, such as tarn board simulates");
  add("trace", po::value<std::vector<std::string>>()->composing(),
      "trace to replay, dealt to the hosts in turn; FILE, or HOST=FILE for a host of your choice; several on one "
      "host take turns, a line each (default: the bundled traces, one a host)");
  add("hosts", po::value<std::string>(), "deal traces to the first N hosts only");
  add("translate", po::value<std::vector<std::string>>()->composing(),
      "HOST or HOST=HOW: how the devices of a host are translated; may be given again for another host; all others go "
      "untranslated; none for no host at all. HOW: FIRST, a first stage (auto, sv39, sv48 or sv57; auto: the narrowest "
      "that reaches the addresses); SECOND, a second stage alone (sv39x4, sv48x4 or sv57x4); FIRST+SECOND, both; or "
      "bare. After a stage's mode may stand its pages' size, :4KiB (unless said otherwise), :64KiB, :2MiB or :1GiB, "
      "taken where the host's window has room for all that a page covers, smaller elsewhere. HOST alone: HOST=auto. "
      "(default: of the hosts that have an IOMMU and a trace, the last is HOST=auto+sv39x4, the one before "
      "HOST=auto:2MiB)");
  add("pool", po::value<std::string>()->default_value("50%"),
      "size of the pool: percent of what the traces touch, or bytes (such as 16MiB)");
  add("lines", po::value<std::string>(), "accesses of each trace to replay, from its start");
  add("all", po::bool_switch(), "replay whole traces");
  add("outstanding", po::value<std::string>()->default_value("16"), "accesses in flight per host, 1 to 64");
  add("seed", po::value<std::string>()->default_value("1"), "of content, latencies and uninitialised state");
  add("zero-pages", po::value<std::string>()->default_value("10"), "percent of pages that start as zero");
  add("zero-lines", po::value<std::string>()->default_value("5"), "percent of writes that write zero");
  add("bulk", po::value<std::string>()->default_value(""), "preset of the bulk device (default: low-latency)");
  add("bulk-latency-ns", po::value<std::string>()->default_value("0"), "mean read latency instead of the preset's");
  add("slow-cells", po::value<std::string>(),
      "preset of slow cells (pcm, pcm_dimm, stt_mram, rram, nand or 3us): the pool's slots beyond --fast-slots stand "
      "in them, hot "
      "segments move to the fast ones");
  add("fast-slots", po::value<std::string>()->default_value("50"),
      "with --slow-cells: percent of the slots that are fast, 1 to 99");
  add("tty", po::value<std::string>(), "with --platform board: the serial line that leads to it");
  add("baud", po::value<std::string>()->default_value("1000000"), "of that line: 115200 to 3000000");
  add("silence", po::value<std::string>()->default_value("10"),
      "seconds after which a board that says nothing is taken for dead");
  add("waves", po::value<std::string>(), "write an FST waveform (rtl only)");
  add("waves-from", po::value<std::string>(), "first cycle of the waveform (default: the last --waves-cycles)");
  add("waves-cycles", po::value<std::string>()->default_value("20000"), "length of the waveform in cycles");
  add("host-waves", po::value<std::string>(),
      "write what the hosts ask and get as FST, on any platform (FILE.fst), and what they get from the golden model "
      "beside it (FILE.golden.fst), for tarn wave compare");
  add("report", po::value<std::string>()->default_value("tarn-report.html"),
      "HTML report; its figures go to the same name with .json; none for no report");
  add("no-compare", po::bool_switch(), "do not replay on the golden model afterwards to compare every answer");
  add("json", po::bool_switch(), "print the summary as JSON");
  add("quiet,q", po::bool_switch(), "no progress");
  return options;
}

Result<replay::PoolSize> ParsePool(const std::string& text) {
  if (text.ends_with('%')) {
    const Result<std::uint64_t> percent = ParseCount("--pool", text.substr(0, text.size() - 1), 1, 100);
    if (!percent.ok()) return Status::Error("--pool: '" + text + "' is not a share from 1% to 100%, nor a size");
    return replay::PoolSize{.is_percent = true, .value = *percent};
  }
  const Result<std::uint64_t> bytes = ParseSize("--pool", text);
  if (!bytes.ok()) return Status::Error(bytes.status().message() + ", nor a share such as 50%");
  return replay::PoolSize{.is_percent = false, .value = *bytes};
}

// FILE, or HOST=FILE. A file whose own name has such a beginning is taken for a file if it exists.
Status AddTrace(const std::string& word, std::uint32_t hosts, std::uint32_t& next_host, RunOptions& options) {
  const auto sign = word.find('=');
  if (sign != std::string::npos && sign != 0 && !std::filesystem::exists(word) &&
      std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(sign),
                  [](char c) { return c >= '0' && c <= '9'; })) {
    const Result<std::uint64_t> host = ParseCount("HOST in '" + word + "'", word.substr(0, sign), 0, kHostsMax - 1);
    if (!host.ok()) return host.status();
    options.session.traces.emplace_back(static_cast<std::uint32_t>(*host), word.substr(sign + 1));
    return {};
  }
  options.session.traces.emplace_back(next_host, word);
  next_host = (next_host + 1) % hosts;
  return {};
}

Status TakeTraces(const po::variables_map& map, RunOptions& options) {
  const bool board = options.session.platform == hal::PlatformKind::kBoard;
  std::uint64_t hosts = board ? 2 : 4;
  if (Status status = TakeCount(map, "hosts", 1, kHostsMax, hosts); !status.ok()) return status;
  options.session.hosts_min = static_cast<std::uint32_t>(hosts);
  std::vector<std::string> words;
  if (map.count("trace") != 0) words = map["trace"].as<std::vector<std::string>>();
  options.bundled = words.empty();
  if (options.bundled) {
    const Result<std::vector<std::string>> bundled = BundledTraces();
    if (!bundled.ok()) return bundled.status();
    words = *bundled;
  }
  std::uint32_t next_host = 0;
  for (const std::string& word : words) {
    if (Status status = AddTrace(word, static_cast<std::uint32_t>(hosts), next_host, options); !status.ok()) {
      return status;
    }
  }
  return {};
}

Status TakeTranslation(const po::variables_map& map, RunOptions& options) {
  if (map.count("translate") == 0) return {};
  auto& addressing = options.session.addressing.emplace();
  for (const std::string& word : map["translate"].as<std::vector<std::string>>()) {
    if (word == "none") continue;
    const auto parsed = ParseAddressing(word, kHostsMax);
    if (!parsed.ok()) return parsed.status();
    if (addressing.insert(*parsed).second) continue;
    return Status::Error("--translate: host " + std::to_string(parsed->first) + " is given for the second time");
  }
  return {};
}

Status TakeWaves(const po::variables_map& map, hal::PlatformOptions& platform) {
  if (map.count("waves") != 0) {
    platform.wave_file = map["waves"].as<std::string>();
    if (platform.wave_file.empty()) return Status::Error("--waves: '' names no file to write");
  }
  if (map.count("host-waves") != 0) {
    platform.host_wave_file = map["host-waves"].as<std::string>();
    if (platform.host_wave_file.empty()) return Status::Error("--host-waves: '' names no file to write");
    if (map.count("waves") != 0) return Status::Error("--host-waves: not together with --waves");
  }
  platform.wave_from_end = map.count("waves-from") == 0;
  if (Status status = TakeCount(map, "waves-from", 0, ~std::uint64_t{0}, platform.wave_from_cycle); !status.ok()) {
    return status;
  }
  return TakeCount(map, "waves-cycles", 1, 100'000'000, platform.wave_cycles);
}

Status TakeBoard(const po::variables_map& map, RunOptions& options) {
  hal::PlatformOptions& platform = options.session.platform_options;
  if (options.session.platform != hal::PlatformKind::kBoard) {
    if (map.count("tty") != 0) return Status::Error("--tty: only the platform board is at a serial line");
    return {};
  }
  if (map.count("tty") == 0) return Status::Error("--tty: the platform board needs the serial line that leads to it");
  platform.tty = map["tty"].as<std::string>();
  std::uint64_t baud = 0;
  for (const Status& status :
       {TakeCount(map, "baud", 1, 10'000'000, baud), TakeCount(map, "silence", 1, 86'400, platform.silence_seconds)}) {
    if (!status.ok()) return status;
  }
  platform.baud = static_cast<std::uint32_t>(baud);
  // A page takes hundreds of thousands of cycles on the line, and whoever waits for several waits for all of them.
  options.session.replay.quiet_cycles_max = 2'000'000'000;
  options.session.replay.sample_cycles = 20'000'000;
  return {};
}

Status TakeNumbers(const po::variables_map& map, RunOptions& options) {
  replay::SessionOptions& session = options.session;
  std::uint64_t outstanding = 0;
  std::uint64_t zero_pages = 0;
  std::uint64_t zero_lines = 0;
  const bool board = session.platform == hal::PlatformKind::kBoard;
  session.lines_max = !options.bundled ? 0 : board ? kDefaultLinesOnBoard : kDefaultLines;
  for (const Status& status :
       {TakeCount(map, "lines", 1, ~std::uint64_t{0} >> 1, session.lines_max),
        TakeCount(map, "outstanding", 1, 64, outstanding), TakeCount(map, "seed", 0, ~std::uint64_t{0}, session.seed),
        TakeCount(map, "zero-pages", 0, 100, zero_pages), TakeCount(map, "zero-lines", 0, 100, zero_lines),
        TakeCount(map, "bulk-latency-ns", 0, 1'000'000'000, session.platform_options.bulk_latency_ns),
        TakeWaves(map, session.platform_options)}) {
    if (!status.ok()) return status;
  }
  if (map["all"].as<bool>() && map.count("lines") != 0) return Status::Error("--all and --lines exclude each other");
  if (map["all"].as<bool>()) session.lines_max = 0;
  session.replay.outstanding = static_cast<std::uint32_t>(outstanding);
  session.zero_page_percent = static_cast<unsigned>(zero_pages);
  session.zero_line_percent = static_cast<unsigned>(zero_lines);
  return {};
}

std::string CommandOf(const Words& words) {
  std::string command = "tarn run";
  for (const std::string& word : words) command += " " + word;
  return command;
}

}  // namespace

std::string RunHelp() {
  std::ostringstream out;
  out << "usage: tarn run [OPTIONS] [TRACE...]\n\n"
         "Replays traces of real programs on the node: hosts, IOMMUs, pool, channel and a bulk device, with a pool\n"
         "smaller than what the programs touch. Every byte read is checked.\n\n"
         "exit status: 0 all was right, 1 something differed or failed, 2 the input is wrong, 130 interrupted\n\n"
      << Options();
  return out.str();
}

namespace {

Status TakeReport(const po::variables_map& map, RunOptions& options) {
  const auto file = map["report"].as<std::string>();
  if (file == "none") return {};
  if (file.ends_with(".json")) {
    return Status::Error("--report: '" + file + "' is the name of the JSON; name the HTML file that it stands beside");
  }
  if (file.empty()) return Status::Error("--report: '' names no file; none for no report");
  options.report_file = file;
  return {};
}

Status TakeSlowCells(const po::variables_map& map, RunOptions& options) {
  if (map.count("slow-cells") == 0) {
    if (map["fast-slots"].defaulted()) return {};
    return Status::Error("--fast-slots: without --slow-cells all slots are fast");
  }
  const std::string name = map["slow-cells"].as<std::string>();
  const std::string preset = name.starts_with("slow_") ? name : "slow_" + name;
  if (!std::filesystem::exists(channel::PresetFile(preset))) {
    return Status::Error("--slow-cells: there is no preset '" + name +
                         "'; pcm, pcm_dimm, stt_mram, rram, nand and 3us are");
  }
  std::uint64_t percent = 0;
  if (Status status = TakeCount(map, "fast-slots", 1, 99, percent); !status.ok()) return status;
  options.session.slow_cells = {.preset = preset, .fast_percent = static_cast<unsigned>(percent)};
  return {};
}

Result<RunOptions> OptionsFromMap(const Words& words, const ParsedWords& map) {
  RunOptions options;
  options.places = map.places;
  options.json = map["json"].as<bool>();
  options.quiet = map["quiet"].as<bool>();
  options.compare = !map["no-compare"].as<bool>();
  if (Status status = TakeReport(map, options); !status.ok()) return status;
  options.session.command = CommandOf(words);
  options.session.platform_options.bulk_preset = map["bulk"].as<std::string>();

  const Result<hal::PlatformKind> kind = hal::ParsePlatformKind(map["platform"].as<std::string>());
  if (!kind.ok()) return kind.status();
  options.session.platform = *kind;
  if (map.count("waves") != 0 && *kind != hal::PlatformKind::kRtl) {
    return Status::Error("--waves: only the platform rtl has waves");
  }
  if (Status status = TakeBoard(map, options); !status.ok()) return status;
  const Result<replay::PoolSize> pool = ParsePool(map["pool"].as<std::string>());
  if (!pool.ok()) return pool.status();
  options.session.pool = *pool;
  if (Status status = TakeTraces(map, options); !status.ok()) return status;
  if (Status status = TakeTranslation(map, options); !status.ok()) return status;
  if (Status status = TakeNumbers(map, options); !status.ok()) return status;
  if (Status status = TakeSlowCells(map, options); !status.ok()) return status;
  options.content_is_known = options.bundled && map["zero-pages"].defaulted() && map["zero-lines"].defaulted();
  options.main_job = options.bundled && map.count("lines") == 0 && map["pool"].defaulted() &&
                     !options.session.slow_cells && options.session.platform == hal::PlatformKind::kRtl;
  return options;
}

}  // namespace

Result<RunOptions> ParseRunOptions(const Words& words) {
  po::positional_options_description positional;
  positional.add("trace", -1);
  const Result<ParsedWords> parsed = ParseWords(words, Options(), positional, "config");
  if (!parsed.ok()) return parsed.status();
  if (parsed->count("help") != 0) {
    RunOptions options;
    options.help = true;
    return options;
  }
  Result<RunOptions> options = OptionsFromMap(words, *parsed);
  if (!options.ok()) return Located(parsed->places, options.status());
  return options;
}

}  // namespace tarn::tool
