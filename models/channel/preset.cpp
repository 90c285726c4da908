#include "models/channel/preset.h"

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

namespace tarn::channel {
namespace {

constexpr std::array kNames = {"CL",    "CWL",     "RCD", "RP",    "RAS",   "RC",  "CCD_S", "CCD_L",
                               "RRD_S", "RRD_L",   "FAW", "WTR_S", "WTR_L", "WR",  "RTP",   "RFC",
                               "REFI",  "RTW_GAP", "XS",  "DLLK",  "MRD",   "MOD", "ZQINIT"};

Status Broken(const std::string& rule) { return Status::Error("the preset breaks the rule " + rule); }

std::string Text(const Preset& preset, const std::string& name) {
  return "t" + name + " (" + std::to_string(preset.Clocks(name)) + ")";
}

// Rules of the form a >= b + c.
std::optional<Status> CheckOrder(const Preset& preset) {
  struct Order {
    const char* longer;
    const char* shorter;
    const char* plus;  // may be null
  };
  static constexpr Order kOrders[] = {
      {"RC", "RAS", "RP"},         {"CCD_L", "CCD_S", nullptr}, {"RRD_L", "RRD_S", nullptr},
      {"WTR_L", "WTR_S", nullptr}, {"RAS", "RCD", nullptr},     {"REFI", "RFC", "RP"},
      {"XS", "RFC", nullptr},      {"CL", "CWL", nullptr},      {"MOD", "MRD", nullptr}};
  for (const Order& order : kOrders) {
    const std::uint64_t sum = preset.Clocks(order.shorter) + (order.plus != nullptr ? preset.Clocks(order.plus) : 0);
    if (preset.Clocks(order.longer) >= sum) continue;
    return Broken(Text(preset, order.longer) + " >= " + Text(preset, order.shorter) +
                  (order.plus != nullptr ? " + " + Text(preset, order.plus) : ""));
  }
  return std::nullopt;
}

// Clocks cover the times: minimum times round up, less the 2.5% that JESD79-4 (13.5) takes off; intervals down.
std::optional<Status> CheckTimes(const Preset& preset) {
  for (const auto& [name, value] : preset.timing) {
    const std::uint64_t ps = value.clocks * preset.tck_ps;
    if (ps * 1000 < value.min_ps * 974) {
      return Broken(Text(preset, name) + " x tCK >= " + std::to_string(value.min_ps) + " ps");
    }
    if (value.max_ps != 0 && ps > value.max_ps) {
      return Broken(Text(preset, name) + " x tCK <= " + std::to_string(value.max_ps) + " ps");
    }
  }
  return std::nullopt;
}

std::optional<Status> CheckModeRegisters(const Preset& preset) {
  for (int number = 0; number <= 6; ++number) {
    if (!preset.mode_registers.contains("MR" + std::to_string(number))) {
      return Status::Error("the preset has no mode register MR" + std::to_string(number));
    }
  }
  const std::uint32_t mr0 = preset.mode_registers.at("MR0");
  if (CasLatencyOf(mr0) != preset.Clocks("CL")) return Broken("MR0 codes " + Text(preset, "CL"));
  if (WriteRecoveryOf(mr0) != preset.Clocks("WR")) return Broken("MR0 codes " + Text(preset, "WR"));
  if (CasWriteLatencyOf(preset.mode_registers.at("MR2")) != preset.Clocks("CWL")) {
    return Broken("MR2 codes " + Text(preset, "CWL"));
  }
  if ((preset.mode_registers.at("MR6") >> 10 & 7) + 4 != preset.Clocks("CCD_L")) {
    return Broken("MR6 codes " + Text(preset, "CCD_L"));
  }
  return std::nullopt;
}

}  // namespace

std::uint32_t CasLatencyOf(std::uint32_t mr0) {
  static constexpr std::array<std::uint32_t, 16> kCodes = {9,  10, 11, 12, 13, 14, 15, 16,
                                                           18, 20, 22, 24, 23, 17, 19, 21};
  return kCodes[(mr0 >> 4 & 7) << 1 | (mr0 >> 2 & 1)];
}

std::uint32_t CasWriteLatencyOf(std::uint32_t mr2) {
  static constexpr std::array<std::uint32_t, 8> kCodes = {9, 10, 11, 12, 14, 16, 18, 20};
  return kCodes[mr2 >> 3 & 7];
}

std::uint32_t WriteRecoveryOf(std::uint32_t mr0) {
  static constexpr std::array<std::uint32_t, 8> kCodes = {10, 12, 14, 16, 18, 20, 24, 22};
  return (mr0 >> 13 & 1) != 0 ? 0 : kCodes[mr0 >> 9 & 7];
}

Status ValidatePreset(const Preset& preset) {
  if (preset.tck_ps == 0) return Status::Error("the preset has no clock period tck_ps");
  for (const char* name : kNames) {
    if (!preset.timing.contains(name) || preset.Clocks(name) == 0) {
      return Status::Error("the preset has no timing value " + std::string(name));
    }
  }
  if (preset.bank_groups != 4 || preset.banks_per_group != 4 || preset.lines_per_row != 128) {
    return Broken("4 bank groups of 4 banks, rows of 128 lines: the geometry that the controller has");
  }
  if (preset.row_bits < 10 || preset.row_bits > 23) return Broken("10 <= row_bits <= 23");
  if (preset.Clocks("CCD_S") < preset.burst_clocks) return Broken(Text(preset, "CCD_S") + " >= clocks of a burst");
  if (preset.Clocks("FAW") < 4 * preset.Clocks("RRD_S")) {
    return Broken(Text(preset, "FAW") + " >= 4 x " + Text(preset, "RRD_S"));
  }
  if (auto broken = CheckOrder(preset)) return *broken;
  if (auto broken = CheckTimes(preset)) return *broken;
  if (auto broken = CheckModeRegisters(preset)) return *broken;
  return Status();
}

Result<Preset> LoadPreset(const std::string& file) {
  std::ifstream in(file);
  if (!in) return Status::Error(file + ": cannot be read");
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if (json.is_discarded()) return Status::Error(file + ": not JSON");
  Preset preset;
  try {
    preset.name = json.at("name");
    preset.source = json.at("source");
    preset.tck_ps = json.at("tck_ps");
    const nlohmann::json& geometry = json.at("geometry");
    preset.bank_groups = geometry.at("bank_groups");
    preset.banks_per_group = geometry.at("banks_per_group");
    preset.lines_per_row = geometry.at("lines_per_row");
    preset.row_bits = geometry.at("row_bits");
    preset.burst_clocks = geometry.at("burst_length").get<std::uint32_t>() / 2;
    preset.postponed_max = json.at("refresh").at("postponed_max");
    for (const auto& [name, value] : json.at("timing").items()) {
      preset.timing[name] = {.clocks = value.at("clocks"),
                             .min_ps = value.value("min_ps", std::uint64_t{0}),
                             .max_ps = value.value("max_ps", std::uint64_t{0})};
    }
    for (const auto& [name, value] : json.at("mode_registers").items()) preset.mode_registers[name] = value;
  } catch (const nlohmann::json::exception& error) {  // the library's way to say what is missing; it ends here
    return Status::Error(file + ": " + error.what());
  }
  const Status status = ValidatePreset(preset);
  if (!status.ok()) return Status::Error(file + ": " + status.message());
  return preset;
}

}  // namespace tarn::channel
