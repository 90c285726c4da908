#include "sw/tarn/command_line.h"

#include <charconv>
#include <fstream>
#include <iostream>
#include <sstream>

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

constexpr std::streamsize kConfigBytesMax = 1 << 20;

// Options that make no sense in a file of options.
bool IsForCommandLineOnly(const std::string& name, const std::string& config_option) {
  return name == config_option || name == "help";
}

std::string Trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Result<std::string> ReadConfigText(const std::string& file) {
  const Status cannot_read =
      Status::Error((file.empty() ? "''" : file) + ": cannot be read; --config wants an INI file that exists");
  std::ifstream stream(file);
  if (!stream) return cannot_read;
  std::string text(kConfigBytesMax + 1, '\0');
  stream.read(text.data(), kConfigBytesMax + 1);
  if (stream.bad()) return cannot_read;
  if (stream.gcount() > kConfigBytesMax) {
    return Status::Error(file + ": holds more than 1 MiB; --config wants an INI file of options");
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

// An INI file of options, gone through line by line, since Boost's parser names no line.
class ConfigLines {
 public:
  ConfigLines(std::string file, const po::options_description& options, std::string config_option)
      : file_(std::move(file)), options_(options), config_option_(std::move(config_option)) {}

  // The first mistake in the names; values are the options' own business.
  Status Check(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      const std::string content = Trimmed(line.substr(0, line.find('#')));
      if (content.empty()) continue;
      if (Status status = CheckLine(content); !status.ok()) return Status::Error(Place(number) + status.message());
      places_.try_emplace(Trimmed(content.substr(0, content.find('='))), Place(number));
    }
    return {};
  }

  const Places& places() const { return places_; }

 private:
  std::string Place(int number) const { return file_ + ":" + std::to_string(number) + ": "; }

  Status CheckLine(const std::string& content) const {
    if (content[0] == '[') return Status::Error("a section; options stand in no section");
    const auto sign = content.find('=');
    const std::string name = Trimmed(content.substr(0, sign));
    const bool spelt = !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos;
    if (sign == std::string::npos || !spelt) return Status::Error("not of the form name = value");
    const po::option_description* const option = options_.find_nothrow(name, /*approx=*/false);
    if (option == nullptr) {
      return Status::Error("unknown option '" + name + "'; options are spelt as on the command line, without '--'");
    }
    if (IsForCommandLineOnly(name, config_option_)) {
      return Status::Error("option '" + name + "' has a meaning on the command line only");
    }
    if (places_.contains(name) && !option->semantic()->is_composing()) {
      return Status::Error("option '" + name + "' is given for the second time");
    }
    return {};
  }

  std::string file_;
  const po::options_description& options_;
  std::string config_option_;
  Places places_;
};

// Adds the file's options to `parsed`, which holds those of the command line.
Status ReadConfig(const std::string& file, const po::options_description& options, const std::string& config_option,
                  ParsedWords& parsed) {
  const Result<std::string> text = ReadConfigText(file);
  if (!text.ok()) return text.status();
  ConfigLines lines(file, options, config_option);
  if (Status status = lines.Check(*text); !status.ok()) return status;
  for (const auto& [name, place] : lines.places()) {
    const bool from_file = parsed.count(name) == 0 || parsed[name].defaulted();
    if (from_file) parsed.places[name] = place;
  }
  try {
    std::istringstream stream(*text);
    po::store(po::parse_config_file(stream, options, /*allow_unregistered=*/false), parsed);
  } catch (const po::error_with_option_name& error) {
    const auto place = lines.places().find(error.get_option_name());
    return Status::Error((place == lines.places().end() ? file + ": " : place->second) + error.what());
  } catch (const po::error& error) {
    return Status::Error(file + ": " + error.what());
  }
  return {};
}

}  // namespace

Result<ParsedWords> ParseWords(const Words& words, const po::options_description& options,
                               const po::positional_options_description& positional, const std::string& config_option) {
  namespace style = po::command_line_style;
  const int spelt_whole = static_cast<int>(style::default_style) & ~static_cast<int>(style::allow_guessing);
  ParsedWords map;
  try {
    po::store(po::command_line_parser(words).options(options).positional(positional).style(spelt_whole).run(), map);
  } catch (const po::error& error) {
    return Status::Error(std::string(error.what()) + "; see --help");
  }
  if (!config_option.empty() && map.count(config_option) != 0) {
    if (Status status = ReadConfig(map[config_option].as<std::string>(), options, config_option, map); !status.ok()) {
      return status;
    }
  }
  try {
    po::notify(map);
  } catch (const po::error& error) {
    return Status::Error(std::string(error.what()) + "; see --help");
  }
  return map;
}

Status Located(const Places& places, const Status& status) {
  const std::string& message = status.message();
  if (!message.starts_with("--")) return status;
  const auto place = places.find(message.substr(2, message.find_first_of(": ") - 2));
  return place == places.end() ? status : Status::Error(place->second + message);
}

Result<std::uint64_t> ParseCount(const std::string& name, const std::string& text, std::uint64_t min,
                                 std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max) {
    return Status::Error(name + ": '" + text + "' is not a whole number from " + std::to_string(min) + " to " +
                         std::to_string(max));
  }
  return value;
}

Status TakeCount(const boost::program_options::variables_map& map, const char* name, std::uint64_t min,
                 std::uint64_t max, std::uint64_t& value) {
  if (map.count(name) == 0) return {};
  const Result<std::uint64_t> count = ParseCount(std::string("--") + name, map[name].as<std::string>(), min, max);
  if (!count.ok()) return count.status();
  value = *count;
  return {};
}

Result<std::uint64_t> ParseSize(const std::string& name, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit(end, text.data() + text.size());
  if (unit.size() == 3 && unit.ends_with("iB")) unit.resize(unit.size() - 2);
  static constexpr std::string_view kUnits = "KMGT";
  int shift = -1;
  if (unit.empty()) shift = 0;
  if (unit.size() == 1) {
    if (const auto index = kUnits.find(unit[0]); index != std::string_view::npos) {
      shift = 10 * (static_cast<int>(index) + 1);
    }
  }
  if (error != std::errc() || shift < 0 || (value << shift) >> shift != value) {
    return Status::Error(name + ": '" + text + "' is not a size such as 65536, 64K, 16MiB or 1G");
  }
  return value << shift;
}

int BadInput(const std::string& command, const Status& status) {
  std::cerr << "tarn " << command << ": " << status.message() << "\n";
  return kExitBadInput;
}

}  // namespace tarn::tool
