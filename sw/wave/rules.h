// What a rules file says about a pair of waves (docs/waves.md, "Rules").
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

// One field of a structure, or a structure in it.
struct FieldRule {
  std::string name;
  std::uint32_t bits = 0;  // of a structure: the sum of its fields
  std::string type;        // of an enumeration or a structure; empty: a number
};

// How the bits of signals are to be read.
struct SignalRule {
  std::string pattern;
  std::string type;
};

struct PortRule {
  std::string name;
  std::string clock;  // empty: that of all
  std::string valid;
  std::string ready;                 // empty: what is valid is taken
  std::string tag;                   // a field or signal; empty: one order for all
  std::vector<std::string> payload;  // patterns
};

// Requests of one port and their answers on another, for `tarn wave summary`.
struct LatencyRule {
  std::string from;
  std::string to;
};

struct Rules {
  std::string clock;  // empty: found by its name
  bool falling_edge = false;
  std::string reset;  // empty: none
  char reset_active = '0';
  std::string dut_scope;  // what stands before the signals' names; empty: nothing
  std::string golden_scope;
  std::vector<std::string> ignore;
  std::vector<std::string> only;  // patterns of what is looked at, beside clock, reset and ports; empty: everything
  bool golden_x_is_anything = false;
  std::map<std::string, std::shared_ptr<const EnumNames>> enums;
  std::map<std::string, std::uint32_t> enum_bits;
  std::map<std::string, std::vector<FieldRule>> structs;
  std::vector<SignalRule> signals;
  std::vector<PortRule> ports;                    // empty: found by their names
  std::vector<std::string> tags = {"tag", "id"};  // names of fields by which transactions of such ports are paired
  std::vector<LatencyRule> latencies;
};

// Errors name the file and what in it is wrong; a word that means nothing is an error.
Result<Rules> ReadRules(const std::string& path);

}  // namespace tarn::wave
