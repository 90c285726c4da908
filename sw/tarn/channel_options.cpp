#include "sw/tarn/channel_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "models/channel/channel_registers.h"
#include "sw/channel/mapping.h"
#include "sw/tarn/cache_options.h"
#include "sw/trace/trace_output.h"

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

po::options_description ChannelOptionsDescription() {
  po::options_description options("options");
  auto add = options.add_options();
  add("help,h", "this text");
  add("config", po::value<std::string>(), "INI file with options of this list; the command line wins");
  add("trace", po::value<Words>()->composing(),
      "trace to replay: FILE, or CLASS=FILE for another class port than host (walk, bulk); one a class");
  add("generate", po::value<Words>()->composing(),
      "replay a made trace: NAME or CLASS=NAME; seq_bg (sequential, bank groups interleaved), seq_row (sequential by "
      "row), rnd_r (random reads), rnd_67 (random, 67% reads), add_bg (two streams read, one written), stride (one "
      "bank, each access its next row)");
  add("slow-study", po::value<std::string>(),
      "instead of a trace: made streams on a channel with a module of fast cells and one of these slow ones (slow_pcm, "
      "slow_pcm_dimm, slow_stt_mram, slow_rram, slow_nand, slow_3us), the use of the data bus by the share of slow "
      "reads, "
      "with ready/send, with slots fixed at issue, and in order");
  add("preset", po::value<std::string>()->default_value("ddr4_2400_17"),
      "timing preset: a name of models/channel/presets, or a file of your own (….json)");
  add("mode", po::value<std::string>()->default_value("saturated"),
      "saturated: an access a cycle is offered, whatever the trace's times; timed: each in its cycle, counted from the "
      "first one's, or as soon after as it is taken (a gap in instructions counts as cycles)");
  add("interval", po::value<std::string>(), "saturated: so many cycles from one access to the next, at least");
  add("lines", po::value<std::string>(), "accesses to replay, from the start (made traces: 200000, stride 20000)");
  add("place", po::value<std::string>()->default_value("wrap"),
      "addresses wider than the module: wrap (upper bits left out) or first-touch (pages of 4 KiB get the module's "
      "next "
      "page when they are touched first)");
  add("mapping", po::value<std::string>()->default_value(channel::kResetMapping),
      "address bits as DRAMsim3 writes them, the highest first: row, bank, bank group, column (channel and rank are "
      "one)");
  add("bank-hash", po::value<std::string>(),
      "row bits that are added (XOR) to each bit of bank group and bank, the lowest first, such as 1,2,4,8");
  add("idle-precharge", po::value<std::string>(), "cycles after which a row that nobody uses is closed (0: never)");
  add("refresh", po::value<std::string>()->default_value("all"),
      "all banks at once, or bank after bank (banks), where the preset's standard has it");
  add("set", po::value<Words>()->composing(), "OFFSET=VALUE: a register to set before the start; may be repeated");
  add("seed", po::value<std::string>()->default_value("1"), "of content and uninitialised state");
  add("golden-scheduler", po::bool_switch(),
      "lay the golden scheduler beside the channel: each command must be the model's, in its clock");
  add("export", po::value<std::string>(), "write what the channel is fed with to this file");
  add("to", po::value<std::string>()->default_value("dramsim3"),
      "format of --export: dramsim3, ramulator, loadstore, readwrite or tarn");
  add("commands", po::value<std::string>(), "write the commands on the pins to this file");
  add("commands-to", po::value<std::string>()->default_value("dramsim3"),
      "format of --commands: dramsim3 or ramulator");
  add("report", po::value<std::string>(), "write an HTML report with plots of latency and of bandwidth over time");
  add("from", po::value<std::string>(), "the traces' format; if not given it is told by the first line");
  add("json", po::bool_switch(), "print the figures as JSON");
  add("quiet,q", po::bool_switch(), "no progress");
  po::options_description cache("for lackey's output");
  AddCacheOptions(cache);
  options.add(cache);
  return options;
}

// A number in decimal, or in hexadecimal with 0x, below 2^32.
bool ParseRegisterNumber(const std::string& text, std::uint32_t& value) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const char* const begin = text.data() + (hexadecimal ? 2 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value, hexadecimal ? 16 : 10);
  return error == std::errc() && end == text.data() + text.size() && end != begin;
}

Status AddSource(const std::string& option, const std::string& word, bool made, ChannelOptions& options) {
  ChannelOptions::Source source = {.name = word, .made = made};
  for (const TrafficClass port : {TrafficClass::kBulk, TrafficClass::kWalk, TrafficClass::kHost}) {
    const std::string prefix = std::string(Name(port)) + "=";
    if (!word.starts_with(prefix)) continue;
    source.port = port;
    source.name = word.substr(prefix.size());
  }
  const auto names = channel::TraceNames();
  if (made && std::find(names.begin(), names.end(), source.name) == names.end()) {
    std::string known;
    for (const char* name : names) known.append(known.empty() ? "" : ", ").append(name);
    return Status::Error(option + ": '" + source.name + "' is not one of " + known);
  }
  for (const ChannelOptions::Source& other : options.sources) {
    if (other.port != source.port) continue;
    return Status::Error(option + ": class " + Name(source.port) + " has a trace already, '" + other.name +
                         "'; each of host, walk and bulk can have one");
  }
  options.sources.push_back(source);
  return {};
}

Status TakeSources(const po::variables_map& map, ChannelOptions& options) {
  for (const std::string name : {"trace", "generate"}) {
    if (map.count(name) == 0) continue;
    for (const std::string& word : map[name].as<Words>()) {
      if (Status status = AddSource("--" + name, word, name == "generate", options); !status.ok()) return status;
    }
  }
  if (map.count("slow-study") != 0) {
    options.slow_study = map["slow-study"].as<std::string>();
    if (!options.sources.empty()) return Status::Error("--slow-study: has streams of its own, and takes no trace");
    return {};
  }
  if (options.sources.empty()) return Status::Error("wants a trace, or --generate NAME; see --help");
  return {};
}

Status TakePreset(const po::variables_map& map, ChannelOptions& options) {
  options.preset_name = map["preset"].as<std::string>();
  const auto preset = channel::FindPreset(options.preset_name);
  if (!preset.ok()) return Status::Error("--preset: " + preset.status().message());
  options.preset = *preset;
  return {};
}

Status TakePace(const po::variables_map& map, ChannelOptions& options) {
  const auto mode = map["mode"].as<std::string>();
  if (mode != "saturated" && mode != "timed") {
    return Status::Error("--mode: '" + mode + "' is neither saturated nor timed");
  }
  options.pace.timed = mode == "timed";
  if (options.pace.timed && map.count("interval") != 0) {
    return Status::Error("--interval: a timed trace has its own times");
  }
  return TakeCount(map, "interval", 1, 1'000'000, options.pace.interval_cycles);
}

Status TakePlacement(const po::variables_map& map, ChannelOptions& options) {
  const auto place = map["place"].as<std::string>();
  if (place != "wrap" && place != "first-touch") {
    return Status::Error("--place: '" + place + "' is neither wrap nor first-touch");
  }
  options.placement = place == "wrap" ? channel::Placement::kWrap : channel::Placement::kFirstTouch;
  return {};
}

Status TakeBankHash(const std::string& text, channel::AddressMap& map) {
  std::size_t begin = 0;
  const std::size_t bits = map.geometry.bank_group_bits + map.geometry.bank_bits;
  for (std::size_t i = 0; i < bits; ++i) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const bool last = i + 1 == bits;
    const bool ok = begin <= text.size() && ParseRegisterNumber(text.substr(begin, comma - begin), map.hash_rows[i]) &&
                    map.hash_rows[i] >> channel::ChannelSimulation::kRowBits == 0 && (comma == text.size()) == last;
    if (!ok) {
      return Status::Error("--bank-hash: '" + text + "' is not " + std::to_string(bits) +
                           " sets of row bits below 0x10000, one for each bit of bank group and bank, such as 1,2,4,8");
    }
    begin = comma + 1;
  }
  return {};
}

Status TakeMap(const po::variables_map& map, ChannelOptions& options) {
  options.mapping = map["mapping"].as<std::string>();
  channel::ModuleGeometry geometry = options.preset.preset.Geometry();
  geometry.row_bits = std::min(geometry.row_bits, channel::ChannelSimulation::kRowBits);
  const auto mapping = channel::ParseMapping(options.mapping, geometry);
  if (!mapping.ok()) return Status::Error("--mapping: " + mapping.status().message());
  options.map = *mapping;
  if (map.count("bank-hash") == 0) return {};
  options.mapping += " hashed " + map["bank-hash"].as<std::string>();
  return TakeBankHash(map["bank-hash"].as<std::string>(), options.map);
}

Status TakeRefresh(const po::variables_map& map, ChannelOptions& options) {
  const auto refresh = map["refresh"].as<std::string>();
  if (refresh == "all") return {};
  if (refresh != "banks") return Status::Error("--refresh: '" + refresh + "' is neither all nor banks");
  const channel::Preset& preset = options.preset.preset;
  if (preset.bank_refresh == channel::BankRefresh::kNone) {
    return Status::Error("--refresh: " + std::string(Name(preset.standard)) + " (" + preset.name +
                         ") has no refresh of banks alone");
  }
  if (map["golden-scheduler"].as<bool>()) {
    return Status::Error("--refresh: the golden scheduler knows only refresh of all banks");
  }
  options.registers = TimingRegisters(preset, channel::RefreshOf::kBanksAlone);
  return {};
}

Status TakeRegisters(const po::variables_map& map, ChannelOptions& options) {
  namespace r = channel_registers;
  if (Status status = TakeRefresh(map, options); !status.ok()) return status;
  if (map.count("idle-precharge") != 0) {
    std::uint64_t cycles = 0;
    if (Status status = TakeCount(map, "idle-precharge", 0, 255, cycles); !status.ok()) return status;
    const auto field = static_cast<std::uint32_t>(cycles);
    options.registers.push_back({r::scheduler::kOffset, r::scheduler::IdlePrecharge::Set(r::scheduler::kReset, field)});
  }
  if (map.count("set") == 0) return {};
  for (const std::string& word : map["set"].as<Words>()) {
    const std::size_t sign = word.find('=');
    channel::RegisterWrite write{};
    const bool ok = sign != std::string::npos && ParseRegisterNumber(word.substr(0, sign), write.offset) &&
                    ParseRegisterNumber(word.substr(sign + 1), write.value) && write.offset % 4 == 0 &&
                    write.offset < r::kWindowBytes;
    if (!ok) {
      return Status::Error("--set: '" + word + "' is not OFFSET=VALUE, such as 0x8=0x40656 (rtl/channel/registers.md)");
    }
    options.registers.push_back(write);
  }
  return {};
}

Status TakeExports(const po::variables_map& map, ChannelOptions& options) {
  for (const auto& [name, file] :
       {std::pair("export", &options.export_file), std::pair("commands", &options.commands_file),
        std::pair("report", &options.report_file)}) {
    if (map.count(name) == 0) continue;
    *file = map[name].as<std::string>();
    if (file->empty()) return Status::Error(std::string("--") + name + ": '' names no file to write");
  }
  if (!options.slow_study.empty() &&
      (options.golden_scheduler || !(options.export_file + options.commands_file).empty())) {
    return Status::Error("--slow-study: goes without --export, --commands and --golden-scheduler");
  }
  if (!options.export_file.empty() && options.sources.size() != 1) {
    return Status::Error("--export: a file holds one trace; several are replayed");
  }
  const auto format = trace::FormatByName(map["to"].as<std::string>());
  if (!format || !trace::IsWritten(*format)) {
    return Status::Error("--to: '" + map["to"].as<std::string>() +
                         "' is not one of dramsim3, ramulator, loadstore, readwrite, tarn");
  }
  options.export_format = *format;
  const auto commands = channel::CommandFormatByName(map["commands-to"].as<std::string>());
  if (!commands) {
    return Status::Error("--commands-to: '" + map["commands-to"].as<std::string>() +
                         "' is not one of dramsim3, ramulator");
  }
  options.commands_format = *commands;
  return {};
}

Status TakeInput(const po::variables_map& map, trace::InputOptions& input) {
  if (map.count("from") != 0) {
    const auto name = map["from"].as<std::string>();
    input.format = trace::FormatByName(name);
    if (!input.format) return Status::Error("--from: '" + name + "' is no format; see tarn trace --help");
  }
  const auto filter = CacheFromOptions(map);
  if (!filter.ok()) return filter.status();
  input.filter = *filter;
  return {};
}

Result<ChannelOptions> OptionsFromMap(const ParsedWords& map) {
  ChannelOptions options;
  options.places = map.places;
  options.json = map["json"].as<bool>();
  options.golden_scheduler = map["golden-scheduler"].as<bool>();
  if (options.golden_scheduler && !options.preset.preset.check_bits) {
    return Status::Error("--golden-scheduler: goes with modules that have check bits, not with " +
                         options.preset.preset.name);
  }
  options.quiet = map["quiet"].as<bool>();
  for (const auto take : {TakeSources, TakePreset, TakePace, TakePlacement, TakeMap, TakeRegisters, TakeExports}) {
    if (Status status = take(map, options); !status.ok()) return status;
  }
  if (Status status = TakeInput(map, options.input); !status.ok()) return status;
  for (const Status& status : {TakeCount(map, "lines", 1, channel::kTraceLinesMax, options.lines),
                               TakeCount(map, "seed", 0, (1 << 24) - 1, options.seed)}) {
    if (!status.ok()) return status;
  }
  return options;
}

}  // namespace

std::string ChannelHelp() {
  std::ostringstream out;
  out << "usage: tarn channel [OPTIONS] [TRACE...]\n\n"
         "Replays a trace on the memory channel alone, in RTL, with a DRAM module behind it: how full the data bus is, "
         "how\n"
         "long reads take. Every byte read is checked, and every command, by a timing checker of its own. Traces of\n"
         "DRAMsim3, Ramulator and Tarn are read and written, so that the same accesses can go through those "
         "simulators.\n\n"
         "exit status: 0 all was right, 1 a timing rule was broken or an answer was wrong, 2 the input is wrong, 130 "
         "interrupted\n\n"
      << ChannelOptionsDescription();
  return out.str();
}

Result<ChannelOptions> ParseChannelOptions(const Words& words) {
  po::positional_options_description positional;
  positional.add("trace", -1);
  const Result<ParsedWords> parsed = ParseWords(words, ChannelOptionsDescription(), positional, "config");
  if (!parsed.ok()) return parsed.status();
  if (parsed->count("help") != 0) {
    ChannelOptions options;
    options.help = true;
    return options;
  }
  Result<ChannelOptions> options = OptionsFromMap(*parsed);
  if (!options.ok()) return Located(parsed->places, options.status());
  return options;
}

}  // namespace tarn::tool
