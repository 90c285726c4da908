// tarn far: runs a program with its heap and large maps in far memory (docs/far.md).
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sw/pager/pager.h"
#include "sw/pager/service/program_file.h"
#include "sw/pager/service/service.h"
#include "sw/pager/shared_memory.h"
#include "sw/pager/slot_policies.h"
#include "sw/pager/user_fault.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/far_folder.h"

extern char** environ;

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

constexpr const char* kFarUsage =
    "usage: tarn far [OPTIONS] -- PROGRAM [ARGUMENTS]\n\n"
    "Runs the program, as it is, with its heap and large maps in far memory: so much of them stays resident, the rest\n"
    "is in the node's pool, and comes back page by page when it is touched. `tarn top` shows how it goes.\n"
    "Exit status: the program's; 128 and the signal's number when one ended it; 2 it was not started.\n\n";

constexpr int kSignalled = 128;
constexpr int kServeMilliseconds = 500;
constexpr std::uint64_t kResidentBytesMin = std::uint64_t{pager::Pager::kFramesMin} * kPageBytes;
constexpr std::uint64_t kResidentBytesMax = std::uint64_t{1} << 40;

po::options_description FarOptionsDescription() {
  po::options_description options("options");
  options.add_options()                                                      //
      ("help,h", "print this")                                               //
      ("config", po::value<std::string>(), "read options from an INI file")  //
      ("resident", po::value<std::string>()->default_value("50%"),
       "memory of each process that stays resident: a size, a share of the machine's memory, or 'all'")    //
      ("platform", po::value<std::string>()->default_value("model"), "what the node is: model, rtl, tlm")  //
      ("policy", po::value<std::string>()->default_value("hardware"),
       "who leaves: hardware (the pool's own policy), fifo, lru, clock")                                             //
      ("prefetch", po::value<std::string>()->default_value("31"), "pages brought along in a run of faults at most")  //
      ("sample", po::value<std::string>()->default_value("64"),
       "one page is unmapped, to see whether it is used, in so many evictions; 0: none")                     //
      ("report", po::value<std::string>(), "write the summary as JSON to a file")                            //
      ("json", po::bool_switch(), "print the summary as JSON; the program's output goes to standard error")  //
      ("quiet", po::bool_switch(), "print no summary");
  return options;
}

struct FarOptions {
  pager::ServiceOptions service;
  Words program;
  std::string program_path;
  std::string report;
  bool json = false;
  bool quiet = false;
};

std::uint64_t MachineBytes() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// In pages; 0: all stays resident.
Result<std::uint32_t> ParseResident(const std::string& text) {
  if (text == "all") return 0u;
  std::uint64_t bytes = 0;
  if (text.ends_with("%")) {
    const auto percent = ParseCount("--resident", text.substr(0, text.size() - 1), 1, 100);
    if (!percent.ok()) return percent.status();
    bytes = MachineBytes() / 100 * *percent;
  } else {
    const auto size = ParseSize("--resident", text);
    if (!size.ok()) return size.status();
    bytes = *size;
  }
  const std::uint64_t most = std::min(MachineBytes(), kResidentBytesMax);
  if (bytes < kResidentBytesMin || bytes > most) {
    return Status::Error("--resident: " + text + " is not between 256K and what the machine has, " +
                         std::to_string(most >> 20) + "M");
  }
  return static_cast<std::uint32_t>(bytes / kPageBytes);
}

Result<std::uint32_t> ParseSmallCount(const po::variables_map& map, const std::string& name, std::uint64_t max) {
  const auto count = ParseCount("--" + name, map[name].as<std::string>(), 0, max);
  if (!count.ok()) return count.status();
  return static_cast<std::uint32_t>(*count);
}

Status TakeNumbers(const po::variables_map& map, pager::ServiceOptions& service) {
  const auto frames = ParseResident(map["resident"].as<std::string>());
  if (!frames.ok()) return frames.status();
  service.frames = *frames;
  const auto prefetch = ParseSmallCount(map, "prefetch", pager::Pager::kPrefetchMax);
  if (!prefetch.ok()) return prefetch.status();
  service.prefetch_pages = *prefetch;
  const auto sample = ParseSmallCount(map, "sample", 1'000'000);
  if (!sample.ok()) return sample.status();
  service.sample_interval = *sample;
  return {};
}

Result<FarOptions> FarOptionsFromMap(const po::variables_map& map, Words program) {
  FarOptions options;
  if (program.empty()) return Status::Error("no program; write it behind '--', as in: --resident 64M -- sqlite3 my.db");
  if (Status status = TakeNumbers(map, options.service); !status.ok()) return status;
  const auto platform = hal::ParsePlatformKind(map["platform"].as<std::string>());
  if (!platform.ok()) return platform.status();
  options.service.store.platform = *platform;
  options.service.policy = map["policy"].as<std::string>();
  if (std::ranges::find(pager::SlotPolicyNames(), options.service.policy) == pager::SlotPolicyNames().end()) {
    return Status::Error("--policy: there is no policy '" + options.service.policy +
                         "'; hardware, fifo, lru and clock are");
  }
  options.service.folder = FarFolder();
  options.json = map["json"].as<bool>();
  options.quiet = map["quiet"].as<bool>();
  if (map.count("report") != 0) {
    options.report = map["report"].as<std::string>();
    if (options.report.empty()) return Status::Error("--report: the name of a file is missing");
  }
  const auto path = pager::FindFarProgram(program[0]);
  if (!path.ok()) return path.status();
  options.program_path = *path;
  options.program = std::move(program);
  return options;
}

// Beside the tool, where it was built or installed.
Result<std::string> FindLibrary() {
  std::error_code error;
  const auto tool = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const char* const place : {"libtarn_far.so", "../lib/libtarn_far.so"}) {
    const auto library = tool.parent_path() / place;
    if (std::filesystem::exists(library, error)) return library.string();
  }
  return Status::Error("libtarn_far.so is not beside " + tool.string());
}

// The environment of the program.
std::vector<std::string> Environment(const std::string& library, const std::string& socket) {
  std::vector<std::string> words;
  std::string preload = library;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string word(*each);
    if (word.starts_with("LD_PRELOAD=")) {
      preload += ":" + word.substr(word.find('=') + 1);
    } else if (!word.starts_with(std::string(pager::kSocketVariable) + "=")) {
      words.push_back(word);
    }
  }
  words.push_back("LD_PRELOAD=" + preload);
  words.push_back(std::string(pager::kSocketVariable) + "=" + socket);
  return words;
}

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

constexpr std::array kPassedOn = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH};

// Signals as a descriptor, for as long as a program runs: what a terminal sends to all it gets itself.
class Signals {
 public:
  Signals() {
    sigset_t taken;
    ::sigemptyset(&taken);
    ::sigaddset(&taken, SIGCHLD);
    for (const int number : kPassedOn) ::sigaddset(&taken, number);
    ::sigprocmask(SIG_BLOCK, &taken, &before_);
    descriptor_ = ::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    ::close(descriptor_);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  int descriptor() const { return descriptor_; }
  const sigset_t& before() const { return before_; }
  // Passes on to the program what was meant for the run as a whole.
  void PassOn(pid_t program) const {
    signalfd_siginfo info{};
    while (::read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const int number = static_cast<int>(info.ssi_signo);
      const bool of_terminal = info.ssi_code == SI_KERNEL && number != SIGHUP;
      if (number != SIGCHLD && !of_terminal) ::kill(program, number);
    }
  }

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

Result<pid_t> Spawn(const FarOptions& options, const std::string& library, const std::string& socket,
                    const Signals& signals) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  if (options.json) ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  sigset_t defaults;
  ::sigemptyset(&defaults);
  for (const int number : {SIGXFSZ, SIGPIPE}) ::sigaddset(&defaults, number);  // which the tool ignores
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setsigmask(&attributes, &signals.before());
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const std::vector<std::string> environment = Environment(library, socket);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, options.program_path.c_str(), &actions, &attributes,
                                  Pointers(options.program).data(), Pointers(environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Status::Error(options.program_path + ": cannot be started: " + std::strerror(error));
  return pid;
}

// The service has some descriptors for each program that runs: as many as the system gives, while the programs, which
// have been started, keep the limit that they were to have.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Serves until the program has ended, and whatever it started in far memory.
int ServeProgram(pager::Service& service, pid_t program, const Signals& signals) {
  std::optional<int> ended;
  while (!ended || service.programs() != 0) {
    service.Serve(kServeMilliseconds, signals.descriptor());
    signals.PassOn(program);
    int status = 0;
    if (!ended && ::waitpid(program, &status, WNOHANG) == program) ended = status;
  }
  return *ended;
}

void PrintFarSummary(const pager::Snapshot& snapshot, double seconds) {
  const auto mebibytes = [](std::uint64_t pages) { return static_cast<double>(pages) * kPageBytes / (1 << 20); };
  std::cerr << std::fixed << std::setprecision(1) << "tarn far: " << seconds << " s; " << snapshot.faults
            << " faults, p50 " << static_cast<double>(snapshot.LatencyPercentile(50)) / 1000 << " us, p99 "
            << static_cast<double>(snapshot.LatencyPercentile(99)) / 1000 << " us in the pager; "
            << mebibytes(snapshot.page_ins) << " MiB in (" << mebibytes(snapshot.prefetched) << " ahead), "
            << mebibytes(snapshot.page_outs) << " MiB out; at most " << mebibytes(snapshot.resident_pages_max)
            << " MiB resident\n";
}

nlohmann::ordered_json Report(const FarOptions& options, const pager::Snapshot& snapshot, double seconds, int status) {
  nlohmann::ordered_json report = {{"program", options.program}, {"seconds", seconds}};
  report["program_exit_status"] = WIFEXITED(status) ? nlohmann::ordered_json(WEXITSTATUS(status)) : nullptr;
  report["program_signal"] = WIFSIGNALED(status) ? nlohmann::ordered_json(WTERMSIG(status)) : nullptr;
  report["frames"] = options.service.frames;
  report["policy"] = options.service.policy;
  report.update(pager::ToJson(snapshot));
  return report;
}

// Arguments may be no UTF-8, which JSON is.
std::string ToText(const nlohmann::ordered_json& report) {
  return report.dump(1, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// Where the summary goes as JSON: standard output, a file, both or neither. They are opened before the program starts,
// and begin with an empty line, so that a place that cannot be written is known while nothing has happened yet.
class ReportPlaces {
 public:
  Status Open(const FarOptions& options) {
    constexpr mode_t kMode = 0666;  // less the umask
    if (options.json)
      places_.push_back({"standard output", pager::Descriptor(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0))});
    if (!options.report.empty()) {
      const int file = ::open(options.report.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
      if (file < 0) return CannotBeWritten(options.report);
      places_.push_back({options.report, pager::Descriptor(file)});
    }
    return Write("\n");
  }
  // To each, whatever becomes of the others.
  Status Write(const std::string& text) {
    Status status;
    for (const Place& place : places_) {
      if (WriteAll(place.file.number(), text)) continue;
      status = CannotBeWritten(place.name);
    }
    return status;
  }

 private:
  struct Place {
    std::string name;
    pager::Descriptor file;
  };
  static Status CannotBeWritten(const std::string& name) {
    return Status::Error(name + ": cannot be written: " + std::strerror(errno));
  }
  static bool WriteAll(int descriptor, std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor, text.data(), text.size());
      if (written < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  std::vector<Place> places_;
};

int RunFar(const FarOptions& options) {
  if (options.service.frames != 0) {
    if (Status status = pager::CheckUserFault(); !status.ok()) return BadInput("far", status);
  }
  const Result<std::string> library = FindLibrary();
  if (!library.ok()) return BadInput("far", library.status());
  const auto service = pager::Service::Make(options.service);
  if (!service.ok()) return BadInput("far", service.status());
  ReportPlaces places;
  if (Status status = places.Open(options); !status.ok()) return BadInput("far", status);
  const Signals signals;
  const auto start = std::chrono::steady_clock::now();
  const Result<pid_t> program = Spawn(options, *library, (*service)->socket_path(), signals);
  if (!program.ok()) return BadInput("far", program.status());
  RaiseDescriptorLimit();
  const int status = ServeProgram(**service, *program, signals);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const pager::Snapshot snapshot = (*service)->TakeSnapshot();
  const nlohmann::ordered_json report = Report(options, snapshot, seconds.count(), status);
  if (!options.json && !options.quiet) PrintFarSummary(snapshot, seconds.count());
  // The program has run, and its exit status is what the caller waits for.
  if (Status written = places.Write(ToText(report)); !written.ok()) BadInput("far", written);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

}  // namespace

int FarCommand(const Words& words) {
  const auto separator = std::find(words.begin(), words.end(), "--");
  const po::options_description description = FarOptionsDescription();
  po::options_description with_strays;
  with_strays.add(description).add_options()("strays", po::value<Words>());
  po::positional_options_description positional;
  positional.add("strays", -1);
  const auto map = ParseWords(Words(words.begin(), separator), with_strays, positional, "config");
  if (!map.ok()) return BadInput("far", map.status());
  if (map->count("help") != 0) {
    std::cout << kFarUsage << description;
    return kExitSuccess;
  }
  if (map->count("strays") != 0) {
    const std::string& stray = (*map)["strays"].as<Words>().front();
    return BadInput("far", Status::Error("'" + stray + "' is no option; the program stands behind '--'"));
  }
  const auto options = FarOptionsFromMap(*map, separator == words.end() ? Words() : Words(separator + 1, words.end()));
  if (!options.ok()) return BadInput("far", Located(map->places, options.status()));
  return RunFar(*options);
}

}  // namespace tarn::tool
