// tarn: the front door of the project. `tarn --help` lists the commands, `tarn COMMAND --help` their options.
#include <csignal>
#include <iostream>

#include "sw/tarn/commands.h"

namespace tarn::tool {

namespace {
void PrintHelp(std::ostream& out) {
  out << "usage: tarn COMMAND [OPTIONS]\n\nTarn, an open memory node.\n\ncommands:\n";
  for (const Command& command : Commands()) out << "  " << command.name << "\t" << command.summary << "\n";
  out << "\n`tarn COMMAND --help` tells a command's options.\n";
}
}  // namespace

int Main(const Words& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    PrintHelp(words.empty() ? std::cerr : std::cout);
    return words.empty() ? kExitBadInput : kExitSuccess;
  }
  for (const Command& command : Commands()) {
    if (words[0] == command.name) return command.run(Words(words.begin() + 1, words.end()));
  }
  std::cerr << "tarn: there is no command '" << words[0] << "'; `tarn --help` lists them\n";
  return kExitBadInput;
}

}  // namespace tarn::tool

int main(int argc, char** argv) {
  // A file that may grow no more (ulimit -f) is a write that fails, as on a full disk, with a message.
  std::signal(SIGXFSZ, SIG_IGN);
  return tarn::tool::Main(tarn::tool::Words(argv + 1, argv + argc));
}
