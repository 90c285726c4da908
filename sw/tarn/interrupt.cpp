#include "sw/tarn/interrupt.h"

#include <signal.h>

#include <array>

namespace tarn::tool {

namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

volatile sig_atomic_t interrupted = 0;

void Note(int) { interrupted = 1; }

void Install(void (*handler)(int)) {
  for (const int number : kSignals) {
    struct sigaction action{};
    // Whoever started us with hang-ups ignored (nohup) wants the run to outlive the terminal.
    ::sigaction(number, nullptr, &action);
    if (number == SIGHUP && action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = handler;
    // A second Ctrl-C has its usual effect: the first one's orderly end may be what does not end.
    if (number == SIGINT) action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(number, &action, nullptr);
  }
}

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupted = 0;
  Install(Note);
}

InterruptGuard::~InterruptGuard() { Install(SIG_DFL); }

bool InterruptGuard::Interrupted() const { return interrupted != 0; }

}  // namespace tarn::tool
