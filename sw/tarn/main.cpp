// tarn: the front door of the project. `tarn --help` lists the commands, `tarn COMMAND --help` their options.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
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

namespace {

// If the caller closed a standard stream, the next file opened would take its number, and get what is printed.
void OpenStandardStreams() {
  int descriptor = 0;
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDWR);
  if (descriptor >= 0) ::close(descriptor);
}

// Whether whoever read our output through a pipe has gone.
bool ReaderIsGone() {
  pollfd output = {.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

// What was printed may still stand in a buffer, or have been lost on a full disk.
int CheckOutput(int exit_status) {
  errno = 0;
  std::cout.flush();
  if (std::cout.good() || exit_status != kExitSuccess) return exit_status;
  if (ReaderIsGone()) {
    // All is in order by now, so that the usual end of a program in a pipe (`tarn run --help | head`) does no harm.
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  // What filled the buffer failed earlier, and its reason is gone: asked once more, the system says it again.
  if (errno == 0 && ::write(STDOUT_FILENO, "\n", 1) == 1) errno = 0;
  std::cerr << "tarn: standard output: cannot be written" << (errno == 0 ? "" : ": ")
            << (errno == 0 ? "" : std::strerror(errno)) << "\n";
  return kExitBadInput;
}

}  // namespace

}  // namespace tarn::tool

int main(int argc, char** argv) {
  // A file that may grow no more (ulimit -f) is a write that fails, as on a full disk, with a message.
  std::signal(SIGXFSZ, SIG_IGN);
  // A reader that goes away does not end a command half way, which would leave its temporary files.
  std::signal(SIGPIPE, SIG_IGN);
  tarn::tool::OpenStandardStreams();
  return tarn::tool::CheckOutput(tarn::tool::Main(tarn::tool::Words(argv + 1, argv + argc)));
}
