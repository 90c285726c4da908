// Waiting with a bound, for software on a platform.
#pragma once

#include <cstdint>
#include <string>

#include "sw/hal/platform.h"

namespace tarn::hal {

// Advances until `done()`. After `cycles_max` cycles without it, an error that names `what`.
template <typename Done>
Status WaitUntil(Platform& platform, Done done, std::uint64_t cycles_max, const std::string& what) {
  const std::uint64_t start = platform.cycle();
  while (!done()) {
    if (Status health = platform.Health(); !health.ok()) return health;
    if (platform.cycle() - start > cycles_max) {
      return Status::Error("no " + what + " within " + std::to_string(cycles_max) + " cycles");
    }
    platform.Advance();
  }
  return {};
}

// One access from submission to completion.
// REQUIRES: no other access of this host is in flight.
inline Result<Completion> Perform(Platform& platform, HostId host, const Access& access, std::uint64_t cycles_max) {
  bool submitted = false;
  Completion completion;
  const Status status = WaitUntil(
      platform,
      [&] {
        submitted = submitted || platform.TrySubmit(host, access);
        return submitted && platform.PopCompletion(host, completion);
      },
      cycles_max, "answer to host " + std::to_string(host.value()));
  if (!status.ok()) return status;
  return completion;
}

}  // namespace tarn::hal
