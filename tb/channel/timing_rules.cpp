#include "tb/channel/timing_rules.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace tarn::tb {

namespace {

// By the standards' initialisation sequences: JESD79-3 3.3.1, JESD79-4 3.3.1; of JESD79-5 and JESD209-4 the registers
// with latencies, which have no useful value before.
std::vector<unsigned> ModesNeeded(const std::string& standard) {
  if (standard == "DDR3") return {0, 1, 2, 3};
  if (standard == "DDR5") return {0, 6, 13};
  if (standard == "LPDDR4") return {1, 2, 3};
  if (standard == "SDR") return {0};
  return {0, 1, 2, 3, 4, 5, 6};
}

// JESD209-4: REFpb, of one bank; JESD79-5: REFsb, of a bank of each group.
void ReadBankRefresh(const nlohmann::json& preset, TimingRules& rules) {
  const std::string alone = preset.at("refresh").value("alone", std::string("none"));
  if (alone == "none") return;
  const std::uint64_t groups = preset.at("geometry").at("bank_groups");
  const std::uint64_t in_group = preset.at("geometry").at("banks_per_group");
  rules.banks_refreshed = alone == "one_bank" ? 1 : groups;
  rules.bank_refreshes = groups * in_group / rules.banks_refreshed;
  const nlohmann::json& timing = preset.at("timing");
  rules.rfc_bank = timing.at("RFC_BANK").at("clocks");
  rules.refi_bank = timing.at("REFI_BANK").at("clocks");
  rules.bank_to_activate = timing.at("BANK_TO_ACT").at("clocks");
}

}  // namespace

Result<TimingRules> LoadTimingRules(const std::string& preset_file, bool full_power_up) {
  std::ifstream in(preset_file);
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if (json.is_discarded()) return Status::Error(preset_file + ": cannot be read as JSON");
  TimingRules rules{};
  try {
    const nlohmann::json& timing = json.at("timing");
    const auto clocks = [&](const char* name) { return timing.at(name).at("clocks").get<std::uint64_t>(); };
    rules.cl = clocks("CL");
    rules.cwl = clocks("CWL");
    rules.rcd = clocks("RCD");
    rules.rp = clocks("RP");
    rules.ras = clocks("RAS");
    rules.rc = clocks("RC");
    rules.ccd_s = clocks("CCD_S");
    rules.ccd_l = clocks("CCD_L");
    rules.rrd_s = clocks("RRD_S");
    rules.rrd_l = clocks("RRD_L");
    rules.faw = clocks("FAW");
    rules.wtr_s = clocks("WTR_S");
    rules.wtr_l = clocks("WTR_L");
    rules.wr = clocks("WR");
    rules.rtp = clocks("RTP");
    rules.rfc = clocks("RFC");
    rules.refi = clocks("REFI");
    rules.rtw_gap = clocks("RTW_GAP");
    rules.xs = clocks("XS");
    rules.dllk = clocks("DLLK");
    rules.mrd = clocks("MRD");
    rules.mod = clocks("MOD");
    rules.zq_init = clocks("ZQINIT");
    if (timing.contains("ZQCS")) rules.zq_short = clocks("ZQCS");
    const std::string standard = json.at("standard");
    rules.burst = json.at("geometry").at("burst_length").get<std::uint64_t>() / (standard == "SDR" ? 1 : 2);
    rules.ccd_l_wr = clocks("CCD_L_WR");
    rules.rp_all = clocks("RP_ALL");
    rules.ppd = clocks("PPD");
    const nlohmann::json& commands = json.at("command_clocks");
    rules.activate_clocks = commands.at("activate");
    rules.column_clocks = commands.at("column");
    rules.precharge_clocks = commands.at("precharge");
    rules.other_clocks = commands.at("other");
    rules.modes_needed = ModesNeeded(standard);
    rules.mode_max = standard == "DDR5" ? 255 : standard == "LPDDR4" ? 63 : rules.modes_needed.back();
    rules.dll_reset_in_mr0 = standard == "DDR3" || standard == "DDR4";
    rules.postponed_max = json.at("refresh").at("postponed_max");
    ReadBankRefresh(json, rules);
    const nlohmann::json& power_up = json.at("power_up");
    rules.precharge_first = power_up.value("precharge", false);
    rules.refreshes_first = power_up.value("refreshes", std::uint64_t{0});
    const auto tck_ps = json.at("tck_ps").get<std::uint64_t>();
    const auto rounded_up = [&](const char* name) {
      return (power_up.at(name).get<std::uint64_t>() + tck_ps - 1) / tck_ps;
    };
    rules.reset = full_power_up ? rounded_up("reset_ps") : power_up.at("simulation_reset_clocks").get<std::uint64_t>();
    rules.cke = full_power_up ? rounded_up("cke_ps") : power_up.at("simulation_cke_clocks").get<std::uint64_t>();
  } catch (const nlohmann::json::exception& error) {  // the library's way to say what is missing; it ends here
    return Status::Error(preset_file + ": " + error.what());
  }
  return rules;
}

}  // namespace tarn::tb
