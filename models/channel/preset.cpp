#include "models/channel/preset.h"

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

namespace tarn::channel {
namespace {

constexpr std::array kNames = {"CL",    "CWL",  "RCD",   "RP",    "RAS",    "RC",       "CCD_S",  "CCD_L", "RRD_S",
                               "RRD_L", "FAW",  "WTR_S", "WTR_L", "WR",     "RTP",      "RFC",    "REFI",  "RTW_GAP",
                               "XS",    "DLLK", "MRD",   "MOD",   "ZQINIT", "CCD_L_WR", "RP_ALL", "PPD"};

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
      {"RC", "RAS", "RP"},     {"CCD_L", "CCD_S", nullptr},    {"RRD_L", "RRD_S", nullptr}, {"WTR_L", "WTR_S", nullptr},
      {"RAS", "RCD", nullptr}, {"REFI", "RFC", "RP"},          {"XS", "RFC", nullptr},      {"CL", "CWL", nullptr},
      {"MOD", "MRD", nullptr}, {"CCD_L_WR", "CCD_L", nullptr}, {"RP_ALL", "RP", nullptr}};
  for (const Order& order : kOrders) {
    const std::uint64_t sum = preset.Clocks(order.shorter) + (order.plus != nullptr ? preset.Clocks(order.plus) : 0);
    if (preset.Clocks(order.longer) >= sum) continue;
    return Broken(Text(preset, order.longer) + " >= " + Text(preset, order.shorter) +
                  (order.plus != nullptr ? " + " + Text(preset, order.plus) : ""));
  }
  return std::nullopt;
}

// Clocks cover the times: minimum times round up, less the 2.6% that the standards' rounding takes off (JESD79-4 13.5);
// intervals down.
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
  constexpr std::size_t kWritesMax = 7;
  if (preset.mode_registers.size() + preset.bank_refresh_modes.size() > kWritesMax) {
    return Broken("at most 7 mode registers: what the controller writes");
  }
  for (const std::uint32_t needed : NeededModeRegisters(preset.standard)) {
    if (std::ranges::none_of(preset.mode_registers, [&](const ModeWrite& write) { return write.number == needed; })) {
      return Status::Error("the preset has no mode register MR" + std::to_string(needed));
    }
  }
  for (const ModeWrite& write : preset.mode_registers) {
    if (write.number > 0xFF || write.value > 0xFFFF) return Broken("a mode register's number has 8 bits, its value 16");
    for (const CodedTiming& coded : TimingsCodedBy(preset.standard, write)) {
      const std::string name(coded.timing);
      if (coded.clocks == preset.Clocks(name)) continue;
      return Broken("MR" + std::to_string(write.number) + " codes " + Text(preset, name));
    }
  }
  return std::nullopt;
}

// What the controller can be built for (rtl/channel/README.md, parameters).
std::optional<Status> CheckGeometry(const Preset& preset) {
  const std::uint32_t banks = preset.bank_groups * preset.banks_per_group;
  if (!std::has_single_bit(preset.bank_groups) || !std::has_single_bit(preset.banks_per_group) || banks < 4) {
    return Broken("bank groups, and banks in each, are powers of two, 4 banks at least");
  }
  const ModuleGeometry geometry = preset.Geometry();
  if (geometry.bank_group_bits > 3 || geometry.bank_bits > 2) return Broken("at most 8 bank groups of 4 banks");
  if (!std::has_single_bit(preset.lines_per_row) || preset.lines_per_row < 8 || preset.lines_per_row > 128) {
    return Broken("rows of 8, 16, 32, 64 or 128 lines");
  }
  if (preset.row_bits < 10 || preset.row_bits > 23) return Broken("10 <= row_bits <= 23");
  const std::uint32_t clock_bits = preset.bus_bits * preset.beats_per_clock();
  if (!std::has_single_bit(clock_bits) || clock_bits < 16 || clock_bits > 128) {
    return Broken("bus_bits is 64, 32, 16 or 8 (at single rate 64, 32 or 16)");
  }
  if (preset.burst_clocks != geometry.burst_clocks()) {
    return Broken("a burst is a line: " + std::to_string(512 / preset.bus_bits) + " on " +
                  std::to_string(preset.bus_bits) + " bits");
  }
  if (preset.check_bits && clock_bits < 64) return Broken("check bits want 64 bits of data a clock");
  return std::nullopt;
}

std::optional<Status> CheckCommands(const Preset& preset) {
  for (const std::uint32_t clocks :
       {preset.activate_clocks, preset.column_clocks, preset.precharge_clocks, preset.other_clocks}) {
    if (clocks < 1 || clocks > 4) return Broken("a command takes 1 to 4 clocks");
    // Initialisation and refresh leave so many before each command.
    for (const char* wait : {"RP_ALL", "RFC", "MRD", "ZQINIT", "XS"}) {
      if (preset.Clocks(wait) < clocks && preset.Clocks(wait) != 0)
        return Broken(Text(preset, wait) + " >= clocks of a command");
    }
  }
  return std::nullopt;
}

// Refresh of some banks alone, where the standard has it.
std::optional<Status> CheckBankRefresh(const Preset& preset) {
  if (preset.bank_refresh == BankRefresh::kNone) return std::nullopt;
  for (const char* name : {"RFC_BANK", "REFI_BANK", "BANK_TO_ACT"}) {
    if (!preset.timing.contains(name) || preset.Clocks(name) == 0) {
      return Status::Error("the preset refreshes banks alone, but has no timing value " + std::string(name));
    }
  }
  if (preset.Clocks("RFC_BANK") > preset.Clocks("RFC")) {
    return Broken(Text(preset, "RFC") + " >= " + Text(preset, "RFC_BANK"));
  }
  if (preset.Clocks("REFI_BANK") * preset.BankRefreshes() > preset.Clocks("REFI")) {
    return Broken(Text(preset, "REFI") + " >= " + std::to_string(preset.BankRefreshes()) + " x " +
                  Text(preset, "REFI_BANK"));
  }
  if (preset.Clocks("REFI_BANK") < preset.Clocks("RFC_BANK") + preset.Clocks("RC")) {
    return Broken(Text(preset, "REFI_BANK") + " >= " + Text(preset, "RFC_BANK") + " + " + Text(preset, "RC"));
  }
  if (preset.Clocks("BANK_TO_ACT") < preset.Clocks("RRD_S") || preset.Clocks("BANK_TO_ACT") > 255) {
    return Broken("tRRD_S <= " + Text(preset, "BANK_TO_ACT") + " <= 255");
  }
  return std::nullopt;
}

std::optional<BankRefresh> BankRefreshByName(const std::string& name) {
  if (name == "none") return BankRefresh::kNone;
  if (name == "one_bank") return BankRefresh::kOne;
  if (name == "same_bank_of_each_group") return BankRefresh::kSameOfEachGroup;
  return std::nullopt;
}

std::optional<DramStandard> StandardByName(const std::string& name) {
  for (const DramStandard standard :
       {DramStandard::kDdr3, DramStandard::kDdr4, DramStandard::kDdr5, DramStandard::kLpddr4, DramStandard::kSdr}) {
    if (name == Name(standard)) return standard;
  }
  return std::nullopt;
}

void ReadGeometry(const nlohmann::json& geometry, Preset& preset) {
  preset.bus_bits = geometry.at("bus_bits");
  preset.bank_groups = geometry.at("bank_groups");
  preset.banks_per_group = geometry.at("banks_per_group");
  preset.lines_per_row = geometry.at("lines_per_row");
  preset.row_bits = geometry.at("row_bits");
  preset.burst_clocks = geometry.at("burst_length").get<std::uint32_t>() / preset.beats_per_clock();
  preset.check_bits = geometry.value("check_bits", true);
}

void ReadPowerUp(const nlohmann::json& power_up, Preset& preset) {
  preset.precharge_first = power_up.value("precharge", false);
  preset.refreshes_first = power_up.value("refreshes", 0u);
}

void ReadCommands(const nlohmann::json& clocks, Preset& preset) {
  preset.activate_clocks = clocks.at("activate");
  preset.column_clocks = clocks.at("column");
  preset.precharge_clocks = clocks.at("precharge");
  preset.other_clocks = clocks.at("other");
}

}  // namespace

ModuleGeometry Preset::Geometry() const {
  const auto bits = [](std::uint32_t power) { return static_cast<unsigned>(std::bit_width(power) - 1); };
  ModuleGeometry geometry = {.standard = standard,
                             .bank_group_bits = bits(bank_groups),
                             .bank_bits = bits(banks_per_group),
                             .column_bits = bits(lines_per_row),
                             .row_bits = row_bits,
                             .narrowing = 7 - bits(bus_bits * beats_per_clock()),
                             .single_rate = beats_per_clock() == 1,
                             .check_bits = check_bits};
  if (bank_groups == 1) {
    const unsigned all = geometry.bank_bits;
    geometry.bank_group_bits = std::min(all, 2u);
    geometry.bank_bits = all - geometry.bank_group_bits;
  }
  return geometry;
}

Status ValidatePreset(const Preset& preset) {
  if (preset.tck_ps == 0) return Status::Error("the preset has no clock period tck_ps");
  for (const char* name : kNames) {
    const bool may_be_none = preset.standard == DramStandard::kSdr && name == std::string_view("ZQINIT");
    if (!preset.timing.contains(name) || (preset.Clocks(name) == 0 && !may_be_none)) {
      return Status::Error("the preset has no timing value " + std::string(name));
    }
  }
  if (auto broken = CheckGeometry(preset)) return *broken;
  if (preset.Clocks("CCD_S") < preset.burst_clocks) return Broken(Text(preset, "CCD_S") + " >= clocks of a burst");
  if (preset.Clocks("FAW") < 4 * preset.Clocks("RRD_S")) {
    return Broken(Text(preset, "FAW") + " >= 4 x " + Text(preset, "RRD_S"));
  }
  if (auto broken = CheckOrder(preset)) return *broken;
  if (auto broken = CheckTimes(preset)) return *broken;
  if (auto broken = CheckCommands(preset)) return *broken;
  if (auto broken = CheckModeRegisters(preset)) return *broken;
  if (auto broken = CheckBankRefresh(preset)) return *broken;
  if (preset.refreshes_first > 8) return Broken("at most 8 refreshes first");
  return Status();
}

Status ValidateTogether(std::span<const Preset> modules) {
  for (const Preset& preset : modules) {
    const Preset& first = modules.front();
    const auto broken = [&](const std::string& rule) {
      return Status::Error("presets " + first.name + " and " + preset.name + " cannot share a channel: " + rule);
    };
    if (preset.standard != first.standard) return broken("they are of one standard");
    if (preset.tck_ps != first.tck_ps) return broken("they have one clock, tck_ps");
    if (preset.bus_bits != first.bus_bits || preset.check_bits != first.check_bits ||
        !preset.Geometry().HasBanksOf(first.Geometry())) {
      return broken("they have as many data pins, banks and lines of a row");
    }
    for (const char* name : {"CL", "CWL", "PPD"}) {
      if (preset.Clocks(name) != first.Clocks(name)) {
        return broken("t" + std::string(name) + " is one for all (" + std::to_string(first.Clocks(name)) + ", " +
                      std::to_string(preset.Clocks(name)) + ")");
      }
    }
    const auto all_hear = [](const std::vector<ModeWrite>& one, const std::vector<ModeWrite>& other) {
      return std::ranges::equal(one, other, [](const ModeWrite& a, const ModeWrite& b) {
        return a.number == b.number && a.value == b.value;
      });
    };
    if (!all_hear(preset.mode_registers, first.mode_registers)) {
      return broken("all hear the same mode registers' writes");
    }
    if (preset.bank_refresh != first.bank_refresh) return broken("banks are refreshed alone in all of them or in none");
  }
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
    const auto standard = StandardByName(json.at("standard"));
    if (!standard) return Status::Error(file + ": the standard is none of DDR3, DDR4, DDR5, LPDDR4, SDR");
    preset.standard = *standard;
    ReadGeometry(json.at("geometry"), preset);
    ReadCommands(json.at("command_clocks"), preset);
    ReadPowerUp(json.at("power_up"), preset);
    preset.postponed_max = json.at("refresh").at("postponed_max");
    const auto bank_refresh = BankRefreshByName(json.at("refresh").value("alone", std::string("none")));
    if (!bank_refresh) {
      return Status::Error(file + ": refresh.alone is none of none, one_bank, same_bank_of_each_group");
    }
    preset.bank_refresh = *bank_refresh;
    if (json.at("refresh").contains("mode_registers")) {
      for (const nlohmann::json& write : json.at("refresh").at("mode_registers")) {
        preset.bank_refresh_modes.push_back({.number = write.at("number"), .value = write.at("value")});
      }
    }
    for (const auto& [name, value] : json.at("timing").items()) {
      preset.timing[name] = {.clocks = value.at("clocks"),
                             .min_ps = value.value("min_ps", std::uint64_t{0}),
                             .max_ps = value.value("max_ps", std::uint64_t{0})};
    }
    for (const nlohmann::json& write : json.at("mode_registers")) {
      preset.mode_registers.push_back({.number = write.at("number"), .value = write.at("value")});
    }
  } catch (const nlohmann::json::exception& error) {  // the library's way to say what is missing; it ends here
    return Status::Error(file + ": " + error.what());
  }
  const Status status = ValidatePreset(preset);
  if (!status.ok()) return Status::Error(file + ": " + status.message());
  return preset;
}

}  // namespace tarn::channel
