// `tarn board`: a simulated board at a pseudo-terminal.
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <thread>

#include "sw/tarn/command_line.h"
#include "sw/tarn/commands.h"
#include "sw/tarn/interrupt.h"
#include "tb/board/board_simulation.h"

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

constexpr std::uint64_t kSliceCycles = 20'000;
constexpr std::uint64_t kMillion = 1'000'000;

struct BoardCommandOptions {
  tb::BoardOptions board;
  std::string link;
  bool help = false;
};

po::options_description Options() {
  po::options_description options("options");
  auto add = options.add_options();
  add("help,h", "this text");
  add("config", po::value<std::string>(), "INI file with options of this list; the command line wins");
  add("link", po::value<std::string>(), "a symbolic link to the pseudo-terminal, for as long as the board runs");
  add("seed", po::value<std::string>()->default_value("1"), "of uninitialised state, and of what the line suffers");
  add("changed", po::value<std::string>()->default_value("0"), "bytes in a million of which the line changes a bit");
  add("lost", po::value<std::string>()->default_value("0"), "bytes in a million that the line loses");
  return options;
}

std::string Help() {
  std::ostringstream out;
  out << "usage: tarn board [OPTIONS]\n\n"
         "Simulates a board: the Verilated board top with its SDRAM, its UART a pseudo-terminal, whose name is "
         "printed.\n"
         "Runs until it is interrupted. In another terminal: tarn run --platform board --tty NAME\n\n"
         "exit status: 0 ended by a signal, 1 an assertion failed or the SDRAM was misused, 2 the input is wrong\n\n"
      << Options();
  return out.str();
}

Result<BoardCommandOptions> ParseOptions(const Words& words) {
  const Result<ParsedWords> map = ParseWords(words, Options(), {}, "config");
  if (!map.ok()) return map.status();
  BoardCommandOptions options;
  options.help = map->count("help") != 0;
  std::uint64_t changed = 0;
  std::uint64_t lost = 0;
  for (const Status& status :
       {TakeCount(*map, "seed", 0, ~std::uint64_t{0}, options.board.seed),
        TakeCount(*map, "changed", 0, kMillion, changed), TakeCount(*map, "lost", 0, kMillion, lost)}) {
    if (!status.ok()) return Located(map->places, status);
  }
  options.board.changed_per_million = static_cast<std::uint32_t>(changed);
  options.board.lost_per_million = static_cast<std::uint32_t>(lost);
  if (map->count("link") != 0) options.link = map.value()["link"].as<std::string>();
  return options;
}

// A symbolic link that goes when this goes.
class Link {
 public:
  static Result<Link> Create(const std::string& target, const std::string& path) {
    if (path.empty()) return Link("");
    if (::symlink(target.c_str(), path.c_str()) != 0) {
      return Status::Error("--link: " + path + ": " + std::strerror(errno));
    }
    return Link(path);
  }
  Link(Link&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

 private:
  explicit Link(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

int Simulate(tb::BoardSimulation& board, const InterruptGuard& interrupt) {
  while (!interrupt.Interrupted()) {
    if (!board.Run(kSliceCycles)) {
      std::cerr << "tarn board: " << board.Failures() << "\n";
      return kExitFailure;
    }
    // Nobody is there: no need to be fast.
    if (!board.open()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  std::cout << board.cycle() << " cycles simulated\n";
  return kExitSuccess;
}

}  // namespace

int BoardCommand(const Words& words) {
  const Result<BoardCommandOptions> options = ParseOptions(words);
  if (!options.ok()) return BadInput("board", options.status());
  if (options->help) {
    std::cout << Help();
    return kExitSuccess;
  }
  Result<std::unique_ptr<tb::BoardSimulation>> board = tb::BoardSimulation::Create(options->board);
  if (!board.ok()) return BadInput("board", board.status());
  const Result<Link> link = Link::Create((*board)->tty(), options->link);
  if (!link.ok()) return BadInput("board", link.status());
  const InterruptGuard interrupt;
  std::cout << "serial line: " << (*board)->tty() << std::endl;
  return Simulate(**board, interrupt);
}

}  // namespace tarn::tool
