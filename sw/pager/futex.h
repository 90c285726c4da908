// Waiting for a word in memory that two processes share.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace tarn::pager {

inline constexpr long kNanosecondsPerMillisecond = 1'000'000;

// Until the word is no longer `value`, or somebody wakes us, or the time is up.
inline void FutexWait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint32_t milliseconds) {
  const timespec limit = {.tv_sec = milliseconds / 1000,
                          .tv_nsec = static_cast<long>(milliseconds % 1000) * kNanosecondsPerMillisecond};
  ::syscall(SYS_futex, &word, FUTEX_WAIT, value, &limit, nullptr, 0);
}

inline void FutexWake(std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, 1 << 30, nullptr, nullptr, 0);
}

}  // namespace tarn::pager
