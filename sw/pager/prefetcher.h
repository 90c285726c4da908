// Which pages to bring along with one that is missing: those that follow it in a run of missing pages, upwards or
// downwards, ever more while the run goes on. A run may leave pages out, and take neighbours in another order, as
// programs do that walk over objects larger than a page. Where no runs are, or what was brought along was not asked
// for, it brings nothing but a rare try.
#pragma once

#include <array>
#include <cstdint>

#include "sw/pager/page_memory.h"

namespace tarn::pager {

struct PrefetchAdvice {
  int direction = 1;
  std::uint32_t pages = 0;  // beside the missing one
};

class Prefetcher {
 public:
  // pages_max: brought along at once; 0: never any.
  explicit Prefetcher(std::uint32_t pages_max) : pages_max_(pages_max) {}

  // REQUIRES: what is advised and missing is brought in.
  PrefetchAdvice OnMissing(PageNumber page);

 private:
  static constexpr std::uint32_t kStreams = 16;
  static constexpr std::uint32_t kRecent = 16;
  static constexpr int kCreditMax = 16;
  static constexpr std::uint32_t kTryInterval = 64;

  struct Stream {
    PageNumber next = 0;  // missing next, or near it, if the run goes on
    int direction = 0;    // 0: there is no stream
    std::uint32_t pages = 0;
    bool confirmed = false;  // went on after pages were brought along
    std::uint64_t used = 0;

    bool IsNear(PageNumber page) const;
    void MoveOn(PageNumber page);
  };

  PrefetchAdvice GoOn(Stream& stream, PageNumber page);
  PrefetchAdvice Begin(PageNumber page, int direction);
  int DirectionOfNewRun(PageNumber page) const;

  std::uint32_t pages_max_;
  std::array<Stream, kStreams> streams_;
  std::array<PageNumber, kRecent> recent_{};
  std::uint32_t recent_at_ = 0;
  int credit_ = kCreditMax / 2;  // runs that went on, less those that did not
  std::uint32_t tries_ = 0;
  std::uint64_t time_ = 0;
};

}  // namespace tarn::pager
