#include "sw/wave/rules.h"

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>

namespace tarn::wave {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kBitsMax = 1 << 16;

// The library's exceptions, and ours, end in ReadRules.
struct Mistake {
  std::string what;
};

Mistake Wrong(const std::string& where, const std::string& what) { return {where + ": " + what}; }
std::string Quoted(const std::string& word) { return "'" + word + "'"; }

void CheckWords(const Json& object, const std::string& where, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) throw Mistake{where + ": is no object"};
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw Wrong(where, Quoted(name) + " means nothing here");
    }
  }
}

std::string TextOr(const Json& object, const char* name, const std::string& otherwise) {
  return object.contains(name) ? object.at(name).get<std::string>() : otherwise;
}

std::vector<std::string> Texts(const Json& object, const char* name) {
  return object.contains(name) ? object.at(name).get<std::vector<std::string>>() : std::vector<std::string>();
}

std::string Binary(std::uint64_t value, std::uint32_t bits) {
  std::string text(bits, '0');
  for (std::uint32_t i = 0; i < bits && i < 64; ++i) {
    if ((value >> i & 1) != 0) text[bits - 1 - i] = '1';
  }
  return text;
}

// {"bits": 2, "values": {"Idle": 0, …}}
void ReadEnum(const std::string& name, const Json& json, Rules& rules) {
  const std::string where = "enums." + name;
  CheckWords(json, where, {"bits", "values"});
  const auto bits = json.at("bits").get<std::uint32_t>();
  if (bits == 0 || bits > 64) throw Mistake{where + ": bits must be 1 to 64"};
  auto names = std::make_shared<EnumNames>();
  for (const auto& [literal, number] : json.at("values").items()) {
    const auto value = number.get<std::uint64_t>();
    if (bits < 64 && value >> bits != 0) throw Wrong(where, literal + " does not fit");
    if (!names->emplace(Binary(value, bits), literal).second) throw Wrong(where, literal + " has the value of another");
  }
  rules.enums[name] = std::move(names);
  rules.enum_bits[name] = bits;
}

// [["name", BITS or "type"], …], the highest bits first; types stand before those that use them.
void ReadStruct(const std::string& name, const Json& json, Rules& rules) {
  const std::string where = "structs." + name;
  std::vector<FieldRule> fields;
  for (const Json& item : json) {
    if (!item.is_array() || item.size() != 2) throw Mistake{where + ": a field is [name, bits or type]"};
    FieldRule field = {.name = item.at(0).get<std::string>()};
    if (item.at(1).is_string()) {
      field.type = item.at(1).get<std::string>();
      if (const auto known = rules.enum_bits.find(field.type); known != rules.enum_bits.end()) {
        field.bits = known->second;
      } else if (const auto inner = rules.structs.find(field.type); inner != rules.structs.end()) {
        for (const FieldRule& one : inner->second) field.bits += one.bits;
      } else {
        throw Mistake{where + ": type '" + field.type + "' is not declared before"};
      }
    } else {
      field.bits = item.at(1).get<std::uint32_t>();
    }
    if (field.bits == 0 || field.bits > kBitsMax) throw Mistake{where + "." + field.name + ": wants bits"};
    fields.push_back(std::move(field));
  }
  if (fields.empty()) throw Mistake{where + ": has no field"};
  rules.structs[name] = std::move(fields);
}

void ReadTypes(const Json& json, Rules& rules) {
  if (json.contains("enums")) {
    for (const auto& [name, value] : json.at("enums").items()) ReadEnum(name, value, rules);
  }
  if (json.contains("structs")) {
    for (const auto& [name, value] : json.at("structs").items()) ReadStruct(name, value, rules);
  }
  if (!json.contains("signals")) return;
  for (const auto& [pattern, type] : json.at("signals").items()) {
    rules.signals.push_back({.pattern = pattern, .type = type.get<std::string>()});
    const std::string& name = rules.signals.back().type;
    if (!rules.enums.contains(name) && !rules.structs.contains(name)) {
      throw Mistake{"signals: type '" + name + "' is not declared"};
    }
  }
}

void ReadPorts(const Json& json, Rules& rules) {
  if (json.contains("ports")) {
    for (const Json& port : json.at("ports")) {
      CheckWords(port, "ports", {"name", "clock", "valid", "ready", "tag", "payload"});
      rules.ports.push_back({.name = port.at("name").get<std::string>(),
                             .clock = TextOr(port, "clock", ""),
                             .valid = port.at("valid").get<std::string>(),
                             .ready = TextOr(port, "ready", ""),
                             .tag = TextOr(port, "tag", ""),
                             .payload = Texts(port, "payload")});
    }
  }
  if (json.contains("latencies")) {
    for (const Json& latency : json.at("latencies")) {
      CheckWords(latency, "latencies", {"from", "to"});
      rules.latencies.push_back(
          {.from = latency.at("from").get<std::string>(), .to = latency.at("to").get<std::string>()});
    }
  }
}

Rules FromJson(const Json& json) {
  Rules rules;
  CheckWords(json, "the file",
             {"clock", "clock_edge", "reset", "reset_active", "dut_scope", "golden_scope", "ignore", "only",
              "golden_x_is_anything", "enums", "structs", "signals", "ports", "tags", "latencies"});
  rules.clock = TextOr(json, "clock", "");
  const std::string edge = TextOr(json, "clock_edge", "rising");
  if (edge != "rising" && edge != "falling") throw Mistake{"clock_edge: '" + edge + "' is not rising or falling"};
  rules.falling_edge = edge == "falling";
  rules.reset = TextOr(json, "reset", "");
  const std::string active = TextOr(json, "reset_active", "0");
  if (active != "0" && active != "1") throw Mistake{"reset_active: '" + active + "' is not \"0\" or \"1\""};
  rules.reset_active = active[0];
  rules.dut_scope = TextOr(json, "dut_scope", "");
  rules.golden_scope = TextOr(json, "golden_scope", "");
  rules.ignore = Texts(json, "ignore");
  rules.only = Texts(json, "only");
  if (json.contains("tags")) rules.tags = Texts(json, "tags");
  rules.golden_x_is_anything = json.contains("golden_x_is_anything") && json.at("golden_x_is_anything").get<bool>();
  ReadTypes(json, rules);
  ReadPorts(json, rules);
  return rules;
}

}  // namespace

Result<Rules> ReadRules(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Status::Error((path.empty() ? "''" : path) + ": cannot be read");
  try {
    return FromJson(Json::parse(file));
  } catch (const Mistake& mistake) {
    return Status::Error(path + ": " + mistake.what);
  } catch (const Json::exception& error) {
    return Status::Error(path + ": " + error.what());
  }
}

}  // namespace tarn::wave
