#include "tb/channel/timing_rules.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace tarn::tb {

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
    rules.burst = json.at("geometry").at("burst_length").get<std::uint64_t>() / 2;
    rules.bank_groups = json.at("geometry").at("bank_groups");
    rules.banks_per_group = json.at("geometry").at("banks_per_group");
    rules.postponed_max = json.at("refresh").at("postponed_max");
    const nlohmann::json& power_up = json.at("power_up");
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
