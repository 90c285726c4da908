// tarn top: shows how a run of `tarn far` goes, a line a second.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "models/common/units.h"
#include "sw/pager/shared_memory.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/far_folder.h"
#include "sw/tarn/interrupt.h"

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

using Json = nlohmann::json;

constexpr const char* kTopUsage =
    "usage: tarn top [OPTIONS]\n\n"
    "Shows how a run of `tarn far` goes: faults, pages and bytes a second, what is resident, how long faults take in "
    "the\n"
    "pager. The same stands, for Prometheus, behind the run's socket (GET, HTTP); --socket-path prints its name.\n"
    "Exit status: 0 the run has ended, or --count lines were shown; 2 there is no run.\n\n";

constexpr int kTitleEvery = 20;

po::options_description TopOptionsDescription() {
  po::options_description options("options");
  options.add_options()                                                                           //
      ("help,h", "print this")                                                                    //
      ("socket", po::value<std::string>(), "the run's socket; the newest run's unless given")     //
      ("count", po::value<std::string>(), "end after so many lines")                              //
      ("interval-ms", po::value<std::string>()->default_value("1000"), "between two lines")       //
      ("socket-path", po::bool_switch(), "print the name of the run's socket, and nothing else")  //
      ("json", po::bool_switch(), "print what the run answers, a line of JSON each time");
  return options;
}

// Not open: nobody is there.
pager::Descriptor Connect(const std::string& path) {
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path) return {};
  path.copy(address.sun_path, path.size());
  pager::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience = {.tv_sec = 10, .tv_usec = 0};  // a node in RTL may be busy
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

// The newest run's socket; one that was killed leaves its own behind. Empty: there is no run.
std::string NewestSocket() {
  for (const std::string& path : FarWatchSockets()) {
    if (Connect(path).open()) return path;
  }
  return {};
}

// Nothing there: the run has ended.
Result<Json> Ask(const std::string& path) {
  const Status gone = Status::Error(path + ": no run of tarn far answers there");
  const pager::Descriptor socket = Connect(path);
  if (!socket.open()) return gone;
  if (::send(socket.number(), "json\n", 5, MSG_NOSIGNAL) != 5) return gone;
  std::string answer;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::recv(socket.number(), part.data(), part.size(), 0)) > 0;) {
    answer.append(part.data(), static_cast<std::size_t>(got));
  }
  Json json = Json::parse(answer, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? Result<Json>(std::move(json)) : Result<Json>(gone);
}

void PrintTitle() {
  std::printf("%10s %10s %10s %10s %10s %9s %9s %9s\n", "faults/s", "in MiB/s", "ahead/s", "out MiB/s", "clean/s",
              "resident", "p50 us", "p99 us");
}

void PrintLine(const Json& before, const Json& now, double seconds) {
  const auto rate = [&](const char* name) { return (now.value(name, 0.0) - before.value(name, 0.0)) / seconds; };
  constexpr double kMebibytesPerPage = static_cast<double>(kPageBytes) / (1 << 20);
  std::printf("%10.0f %10.1f %10.0f %10.1f %10.0f %8.1fM %9.1f %9.1f\n", rate("faults"),
              rate("page_ins") * kMebibytesPerPage, rate("prefetched"), rate("page_outs") * kMebibytesPerPage,
              rate("clean_drops"), now.value("resident_pages", 0.0) * kMebibytesPerPage,
              now.value("service_p50_ns", 0.0) / 1000, now.value("service_p99_ns", 0.0) / 1000);
}

// Whether what was printed has got through. If not, the tool tells why at its end, as it does for all that goes by
// cout.
bool OutputGoes() {
  if (std::fflush(stdout) != 0) std::cout.setstate(std::ios::badbit);
  return std::cout.good();
}

int Watch(const std::string& path, std::uint64_t lines, std::chrono::milliseconds interval, bool json) {
  Result<Json> before = Ask(path);
  if (!before.ok()) return BadInput("top", before.status());
  const InterruptGuard interrupt;
  for (std::uint64_t line = 0; line < lines && !interrupt.Interrupted(); ++line) {
    const auto start = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(interval);
    Result<Json> now = Ask(path);
    if (!now.ok()) break;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (json) {
      std::cout << now->dump() << std::endl;
    } else {
      if (line % kTitleEvery == 0) PrintTitle();
      PrintLine(*before, *now, seconds.count());
    }
    if (!OutputGoes()) break;
    before = std::move(now);
  }
  return kExitSuccess;
}

}  // namespace

int TopCommand(const Words& words) {
  const po::options_description description = TopOptionsDescription();
  const auto map = ParseWords(words, description);
  if (!map.ok()) return BadInput("top", map.status());
  if (map->count("help") != 0) {
    std::cout << kTopUsage << description;
    return kExitSuccess;
  }
  std::uint64_t lines = ~std::uint64_t{0};
  std::uint64_t interval = 0;
  if (Status status = TakeCount(*map, "count", 1, lines, lines); !status.ok()) return BadInput("top", status);
  if (Status status = TakeCount(*map, "interval-ms", 10, 3'600'000, interval); !status.ok())
    return BadInput("top", status);
  const bool given = map->count("socket") != 0;
  const std::string path = given ? (*map)["socket"].as<std::string>() : NewestSocket();
  if (!given && path.empty()) {
    return BadInput("top", Status::Error("no run of tarn far; start one with: tarn far -- PROGRAM"));
  }
  if ((*map)["socket-path"].as<bool>()) {
    std::cout << path << "\n";
    return kExitSuccess;
  }
  return Watch(path, lines, std::chrono::milliseconds(interval), (*map)["json"].as<bool>());
}

}  // namespace tarn::tool
