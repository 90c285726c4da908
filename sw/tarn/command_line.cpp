#include "sw/tarn/command_line.h"

#include <charconv>
#include <fstream>
#include <iostream>
#include <sstream>

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

// The line of `text` on which `key` is set, for messages; 0 if none.
int LineOfKey(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto start = line.find_first_not_of(" \t");
    if (start == std::string::npos || line[start] == '#') continue;
    if (line.compare(start, key.size(), key) != 0) continue;
    const auto next = line.find_first_not_of(" \t", start + key.size());
    if (next != std::string::npos && line[next] == '=') return number;
  }
  return 0;
}

// The first line that is neither blank, comment, section nor assignment; 0 if none.
int FirstMalformedLine(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto start = line.find_first_not_of(" \t\r");
    if (start == std::string::npos || line[start] == '#' || line[start] == '[') continue;
    if (line.find('=') == std::string::npos) return number;
  }
  return 0;
}

std::string Place(const std::string& file, int line) { return line == 0 ? file : file + ":" + std::to_string(line); }

Status ReadConfig(const std::string& file, const po::options_description& options, po::variables_map& map) {
  std::ifstream stream(file);
  if (!stream) return Status::Error(file + ": cannot be read; --config wants an INI file that exists");
  const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (const int line = FirstMalformedLine(text)) {
    return Status::Error(Place(file, line) + ": not of the form name = value");
  }
  try {
    std::istringstream again(text);
    po::store(po::parse_config_file(again, options, /*allow_unregistered=*/false), map);
  } catch (const po::unknown_option& error) {
    const std::string name = error.get_option_name();
    return Status::Error(Place(file, LineOfKey(text, name)) + ": unknown option '" + name +
                         "'; options are spelt as on the command line, without '--'");
  } catch (const po::error_with_option_name& error) {
    const std::string name = error.get_option_name();
    return Status::Error(Place(file, LineOfKey(text, name)) + ": " + error.what());
  } catch (const po::error& error) {
    return Status::Error(file + ": " + error.what());
  }
  return {};
}

}  // namespace

Result<po::variables_map> ParseWords(const Words& words, const po::options_description& options,
                                     const po::positional_options_description& positional,
                                     const std::string& config_option) {
  namespace style = po::command_line_style;
  const int spelt_whole = static_cast<int>(style::default_style) & ~static_cast<int>(style::allow_guessing);
  po::variables_map map;
  try {
    po::store(po::command_line_parser(words).options(options).positional(positional).style(spelt_whole).run(), map);
  } catch (const po::error& error) {
    return Status::Error(std::string(error.what()) + "; see --help");
  }
  if (!config_option.empty() && map.count(config_option) != 0) {
    if (Status status = ReadConfig(map[config_option].as<std::string>(), options, map); !status.ok()) return status;
  }
  try {
    po::notify(map);
  } catch (const po::error& error) {
    return Status::Error(std::string(error.what()) + "; see --help");
  }
  return map;
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
