#include "sw/pager/prefetcher.h"

#include <algorithm>

namespace tarn::pager {

namespace {

constexpr std::uint32_t kFirstPages = 2;
constexpr PageNumber kReach = 4;  // pages that a run may leave out, or go back

}  // namespace

bool Prefetcher::Stream::IsNear(PageNumber page) const {
  return direction != 0 && page + kReach >= next && page <= next + kReach;
}

void Prefetcher::Stream::MoveOn(PageNumber page) { next = direction > 0 ? page + pages + 1 : page - pages - 1; }

PrefetchAdvice Prefetcher::OnMissing(PageNumber page) {
  if (pages_max_ == 0) return {};
  ++time_;
  const auto stream = std::ranges::find_if(streams_, [page](const Stream& each) { return each.IsNear(page); });
  if (stream != streams_.end()) return GoOn(*stream, page);
  const int direction = DirectionOfNewRun(page);
  recent_[recent_at_++ % kRecent] = page;
  return direction == 0 ? PrefetchAdvice{} : Begin(page, direction);
}

// Upwards when there was a page below it lately, and none above.
int Prefetcher::DirectionOfNewRun(PageNumber page) const {
  const auto was = [this](PageNumber from, PageNumber to) {
    return std::ranges::any_of(recent_, [=](PageNumber each) { return each >= from && each <= to; });
  };
  if (was(page - kReach, page - 1)) return 1;
  return was(page + 1, page + kReach) ? -1 : 0;
}

PrefetchAdvice Prefetcher::GoOn(Stream& stream, PageNumber page) {
  stream.used = time_;
  if (!stream.confirmed) credit_ = std::min(credit_ + 1, kCreditMax);
  stream.confirmed = true;
  stream.pages = std::min(2 * stream.pages, pages_max_);
  stream.MoveOn(page);
  return {.direction = stream.direction, .pages = stream.pages};
}

PrefetchAdvice Prefetcher::Begin(PageNumber page, int direction) {
  if (credit_ <= 0 && ++tries_ % kTryInterval != 0) return {};
  Stream& oldest = *std::ranges::min_element(streams_, {}, &Stream::used);
  if (oldest.direction != 0 && !oldest.confirmed) credit_ = std::max(credit_ - 1, 0);
  oldest = {
      .next = 0, .direction = direction, .pages = std::min(kFirstPages, pages_max_), .confirmed = false, .used = time_};
  oldest.MoveOn(page);
  return {.direction = direction, .pages = oldest.pages};
}

}  // namespace tarn::pager
