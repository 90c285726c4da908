#include "sw/dataset/simulation/report.h"

#include <algorithm>
#include <array>
#include <iomanip>

#include "sw/dataset/simulation/world.h"

namespace tarn::dataset::simulation {

namespace {

constexpr std::array kFaultNames = {"member down",
                                    "member slow",
                                    "partition",
                                    "one-way partition",
                                    "old state",
                                    "mediator down",
                                    "member and mediator down",
                                    "power cut",
                                    "member paused",
                                    "torn write",
                                    "lost write",
                                    "bit rot",
                                    "full disk",
                                    "write error",
                                    "new disk",
                                    "mediator forgets",
                                    "reordered",
                                    "duplicated",
                                    "delayed",
                                    "dropped"};
static_assert(kFaultNames.size() == kFaults);

struct NamedBug {
  const char* name;
  PlantedBug bug;
};
constexpr std::array kBugs = {
    NamedBug{"acknowledge-before-peer", PlantedBug::kAcknowledgeBeforePeer},
    NamedBug{"skip-fencing", PlantedBug::kSkipFencing},
    NamedBug{"stale-lease", PlantedBug::kStaleLease},
    NamedBug{"forget-trim", PlantedBug::kForgetTrim},
    NamedBug{"read-in-flight", PlantedBug::kReadInFlight},
    NamedBug{"evict-without-waiting", PlantedBug::kEvictWithoutWaiting},
    NamedBug{"skip-settling", PlantedBug::kSkipSettling},
    NamedBug{"resync-skips-newer", PlantedBug::kResyncSkipsNewer},
    NamedBug{"serve-after-restart", PlantedBug::kServeAfterRestart},
    NamedBug{"ignore-stamps", PlantedBug::kIgnoreStamps},
    NamedBug{"learner-forgets", PlantedBug::kLearnerForgets},
};

}  // namespace

const char* Name(Fault fault) { return kFaultNames[static_cast<std::size_t>(fault)]; }

std::optional<PlantedBug> BugByName(const std::string& name) {
  for (const NamedBug& bug : kBugs) {
    if (bug.name == name) return bug.bug;
  }
  return std::nullopt;
}

std::vector<std::string> BugNames() {
  std::vector<std::string> names;
  for (const NamedBug& bug : kBugs) names.emplace_back(bug.name);
  return names;
}

std::vector<std::string> UnreachedPairs(const SimulationReport& report) {
  std::vector<std::string> pairs;
  for (std::size_t message = 0; message < report.met.size(); ++message) {
    for (std::size_t fault = 0; fault < kLastingFaults; ++fault) {
      if (report.met[message][fault] != 0) continue;
      pairs.push_back(std::string(MessageName(message)) + " x " + kFaultNames[fault]);
    }
  }
  return pairs;
}

nlohmann::ordered_json ReportToJson(const SimulationReport& report) {
  nlohmann::ordered_json json = {{"seed", report.seed},
                                 {"simulated_hours", report.simulated_hours},
                                 {"worlds", report.worlds},
                                 {"events", report.events},
                                 {"operations", report.operations},
                                 {"reads", report.reads},
                                 {"writes", report.writes},
                                 {"trims", report.trims},
                                 {"flushes", report.flushes},
                                 {"changes_of_objects", report.changes},
                                 {"answered", report.answered},
                                 {"indeterminate", report.indeterminate},
                                 {"refused", report.refused},
                                 {"checked_reads", report.checked_reads},
                                 {"nonzero_reads", report.nonzero_reads},
                                 {"comparisons", report.comparisons},
                                 {"epochs", report.epochs},
                                 {"resyncs", report.resyncs},
                                 {"verifications", report.verifications},
                                 {"scrubs", report.scrubs},
                                 {"member_changes", report.member_changes},
                                 {"leaves", report.leaves},
                                 {"takeovers", report.takeovers},
                                 {"states_max", report.states_max},
                                 {"longest_gap_seconds", report.longest_gap_seconds},
                                 {"longest_recovery_seconds", report.longest_recovery_seconds}};
  for (std::size_t fault = 0; fault < kFaults; ++fault) json["faults"][kFaultNames[fault]] = report.faults[fault];
  json["unreached"] = UnreachedPairs(report);
  json["trace_hash"] = report.trace_hash;
  json["violation"] = report.violation ? nlohmann::ordered_json(*report.violation) : nlohmann::ordered_json();
  return json;
}

void PrintReport(std::ostream& out, const SimulationReport& report) {
  const auto line = [&](const std::string& name, const auto& value) {
    out << "  " << std::left << std::setw(26) << name << value << "\n";
  };
  out << (report.violation ? "FAILED: " + *report.violation : "PASSED") << "\n";
  line("seed", report.seed);
  line("simulated hours", report.simulated_hours);
  line("worlds", report.worlds);
  line("operations", report.operations);
  line("indeterminate, refused", std::to_string(report.indeterminate) + ", " + std::to_string(report.refused));
  line("reads checked (blocks)",
       std::to_string(report.checked_reads) + ", " + std::to_string(report.nonzero_reads) + " not zero");
  line("comparisons of meaning", report.comparisons);
  line("epochs, resyncs", std::to_string(report.epochs) + ", " + std::to_string(report.resyncs));
  line("verifications, scrubs", std::to_string(report.verifications) + ", " + std::to_string(report.scrubs));
  line("members out and in", report.member_changes);
  line("leaves, takeovers", std::to_string(report.leaves) + ", " + std::to_string(report.takeovers));
  line("longest gap", std::to_string(report.longest_gap_seconds) + " s");
  line("longest way back", std::to_string(report.longest_recovery_seconds) + " s");
  for (std::size_t fault = 0; fault < kFaults; ++fault)
    line(std::string("fault: ") + kFaultNames[fault], report.faults[fault]);
  for (const std::string& pair : UnreachedPairs(report)) line("never met", pair);
  line("trace hash", report.trace_hash);
}

}  // namespace tarn::dataset::simulation
