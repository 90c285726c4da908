// Boost.Program_options the way all commands use it: one clear line for a mistake, exit status 2; options
// must be spelt whole; numbers that are negative or out of range are refused; INI errors name file and line.
#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "models/common/result.h"
#include "sw/tarn/commands.h"

namespace tarn::tool {

// Where options that came from an INI file stand in it: name -> "file:line: ".
using Places = std::map<std::string, std::string>;

struct ParsedWords : boost::program_options::variables_map {
  Places places;  // of the options that the command line does not give
};

// Parses `words` against `options` (and `positional`), then, if `config_option` is set and given, the INI file
// it names; the command line wins. Errors are a Status with the one line to print.
Result<ParsedWords> ParseWords(const Words& words, const boost::program_options::options_description& options,
                               const boost::program_options::positional_options_description& positional = {},
                               const std::string& config_option = "");

// A complaint about an option ("--name: ..."), with its place in front if the option came from an INI file.
Status Located(const Places& places, const Status& status);

// A count such as 5000, in [min, max]. Unlike lexical_cast<unsigned>, refuses "-1".
Result<std::uint64_t> ParseCount(const std::string& name, const std::string& text, std::uint64_t min,
                                 std::uint64_t max);

// An option's text as a count, if it was given; else value stays.
Status TakeCount(const boost::program_options::variables_map& map, const char* name, std::uint64_t min,
                 std::uint64_t max, std::uint64_t& value);

// A size in bytes, such as 65536, 64K, 64KiB, 16M, 1GiB (powers of 1024).
Result<std::uint64_t> ParseSize(const std::string& name, const std::string& text);

// Prints "tarn COMMAND: message" to stderr; returns kExitBadInput.
int BadInput(const std::string& command, const Status& status);

}  // namespace tarn::tool
