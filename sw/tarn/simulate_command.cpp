// tarn simulate: members of a replicated dataset, their clients and faults in one process, from a seed.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>

#include "sw/dataset/simulation/report.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/interrupt.h"
#include "sw/tarn/progress.h"
#include "sw/tarn/trace_report.h"

namespace tarn::tool {

namespace po = boost::program_options;
namespace sim = dataset::simulation;

namespace {

constexpr const char* kSimulateUsage =
    "usage: tarn simulate [OPTIONS]\n\n"
    "Runs the replication of `tarn store` in simulated time, with clients and with faults of members, disks, network "
    "and\n"
    "mediator, and checks what clients see: each block linearizable at all members, nothing lost that was "
    "acknowledged, equal\n"
    "meaning after resynchronisation, all serving again once faults are healed. The same seed does the same again: the "
    "trace\n"
    "hash says so. Exit status 1: something was found.\n\n";
constexpr double kHoursMax = 1e6;
constexpr std::uint64_t kMembersMax = 8, kJobsMax = 1024;

struct SimulateOptions {
  sim::SimulationOptions simulation;
  std::string log_file;
  bool json = false;
};

po::options_description SimulateOptionsDescription() {
  std::string bugs = "plant a bug that is to be found:";
  for (const std::string& name : sim::BugNames()) bugs += " " + name;
  po::options_description options("options");
  options.add_options()                                                                                               //
      ("help,h", "print this")                                                                                        //
      ("json", po::bool_switch(), "print as JSON")                                                                    //
      ("seed", po::value<std::string>()->default_value("1"), "what everything follows from")                          //
      ("hours", po::value<std::string>()->default_value("1"), "simulated time, such as 100 or 0.25")                  //
      ("world", po::value<std::string>(), "only this one of the worlds of two hours, from 1, as a finding names it")  //
      ("members", po::value<std::string>(), "1 to 8 (two to four, by turns)")                                         //
      ("clients", po::value<std::string>(), "1 to 64 (5)")                                                            //
      ("jobs", po::value<std::string>(), "worlds at a time (as many as there are cores)")                             //
      ("operator", po::bool_switch(), "members are also scrubbed, taken out and in again")                            //
      ("plant", po::value<std::string>(), bugs.c_str())                                                               //
      ("log", po::value<std::string>(), "write what happens to this file, line by line");
  return options;
}

Result<double> ParseHours(const std::string& text) {
  const Status wrong = Status::Error("--hours: '" + text + "' is not a number above 0, up to 1000000");
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos ||
      std::count(text.begin(), text.end(), '.') > 1 || text == ".") {
    return wrong;
  }
  const double hours = std::strtod(text.c_str(), nullptr);
  if (!(hours > 0) || hours > kHoursMax) return wrong;
  return hours;
}

Result<SimulateOptions> SimulateOptionsFromMap(const po::variables_map& map) {
  SimulateOptions options;
  options.json = map["json"].as<bool>();
  sim::SimulationOptions& simulation = options.simulation;
  if (Status status = TakeCount(map, "seed", 0, ~std::uint64_t{0}, simulation.seed); !status.ok()) return status;
  const Result<double> hours = ParseHours(map["hours"].as<std::string>());
  if (!hours.ok()) return hours.status();
  simulation.hours = *hours;
  if (Status status = TakeCount(map, "world", 1, 1'000'000, simulation.world); !status.ok()) return status;
  if (simulation.world != 0 && !map["hours"].defaulted()) {
    return Status::Error("--world: has two hours, and not together with --hours");
  }
  if (simulation.world != 0) simulation.hours = 2;
  std::uint64_t members = 0, clients = 0, jobs = 0;
  if (Status status = TakeCount(map, "members", 1, kMembersMax, members); !status.ok()) return status;
  if (Status status = TakeCount(map, "clients", 1, 64, clients); !status.ok()) return status;
  simulation.members = static_cast<std::uint32_t>(members);
  simulation.clients = static_cast<std::uint32_t>(clients);
  if (Status status = TakeCount(map, "jobs", 1, kJobsMax, jobs); !status.ok()) return status;
  simulation.jobs = static_cast<std::uint32_t>(jobs);
  simulation.operates = map["operator"].as<bool>();
  if (map.count("log") != 0) options.log_file = map["log"].as<std::string>();
  if (map.count("plant") == 0) return options;
  const auto name = map["plant"].as<std::string>();
  const auto bug = sim::BugByName(name);
  if (!bug) return Status::Error("--plant: '" + name + "' is no bug; see tarn simulate --help");
  simulation.planted = *bug;
  return options;
}

int RunSimulation(SimulateOptions options) {
  std::ofstream log;
  if (!options.log_file.empty()) {
    log.open(options.log_file);
    if (!log) return BadInput("simulate", Status::Error("--log: " + options.log_file + " cannot be written"));
    options.simulation.log = [&](const std::string& line) { log << line << "\n"; };
  }
  const InterruptGuard interrupt;
  Progress progress("simulate");
  const bool shown = ::isatty(STDERR_FILENO) == 1;
  options.simulation.progress = [&](double hours) {
    const auto total = static_cast<std::size_t>(std::ceil(options.simulation.hours));
    if (shown) progress.ShowPart(static_cast<std::size_t>(hours), total, "simulated hours");
    return !interrupt.Interrupted();
  };
  const auto begin = std::chrono::steady_clock::now();
  const sim::SimulationReport report = sim::Simulate(options.simulation);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (options.json) {
    auto json = sim::ReportToJson(report);
    json["wall_seconds"] = took.count();
    std::cout << JsonText(json) << "\n";
  } else {
    sim::PrintReport(std::cout, report);
    std::cout << "  took                      " << took.count() << " s\n";
  }
  log.flush();
  if (!options.log_file.empty() && !log) {
    return BadInput("simulate", Status::Error("--log: " + options.log_file + " cannot be written"));
  }
  if (interrupt.Interrupted()) return kExitInterrupted;
  return report.violation ? kExitFailure : kExitSuccess;
}

}  // namespace

int SimulateCommand(const Words& words) {
  const po::options_description description = SimulateOptionsDescription();
  const auto map = ParseWords(words, description);
  if (!map.ok()) return BadInput("simulate", map.status());
  if (map->count("help") != 0) {
    std::cout << kSimulateUsage << description;
    return kExitSuccess;
  }
  const auto options = SimulateOptionsFromMap(*map);
  if (!options.ok()) return BadInput("simulate", options.status());
  return RunSimulation(*options);
}

}  // namespace tarn::tool
