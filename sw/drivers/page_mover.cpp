#include "sw/drivers/page_mover.h"

#include <algorithm>
#include <cstdio>

#include "sw/hal/wait.h"

namespace tarn::drivers {

std::string PageMover::Describe(const Place& place, bool write) {
  char text[96];
  std::snprintf(text, sizeof text, "%s of the page at 0x%llx of host %u", write ? "write" : "read",
                static_cast<unsigned long long>(place.address), place.host.value());
  return text;
}

Status PageMover::Send(const Place& place, const Page& page) {
  outgoing_ = page;
  return Move(place, true, outgoing_);
}

Status PageMover::Move(const Place& place, bool write, Page& page) {
  if (dead_) return *dead_;
  if (pages_ == nullptr || place.device) {
    Status status = MoveLines(place, write, page);
    if (!status.ok()) dead_ = status;
    return status;
  }
  const LineStatus status = pages_->MovePage(place.host, write, HostPhysAddr(place.address), page);
  if (status == LineStatus::kOk) return {};
  return Status::Error("the node refuses the " + Describe(place, write));
}

Status PageMover::MoveLines(const Place& place, bool write, Page& page) {
  submitted_ = answered_ = 0;
  Status refused;
  Status waited = hal::WaitUntil(
      platform_,
      [&] {
        Submit(place, write, page);
        refused = Collect(place.host, write, page);
        return !refused.ok() || answered_ == kLinesPerPage;
      },
      watchdog_cycles_, "answer of the node to the " + Describe(place, write));
  if (!waited.ok()) return waited;
  return refused.ok() ? refused
                      : Status::Error("the node refuses the " + Describe(place, write) + ": " + refused.message());
}

void PageMover::Submit(const Place& place, bool write, const Page& page) {
  const std::uint32_t in_flight_max = platform_.parameters().outstanding_max;
  while (submitted_ < kLinesPerPage && submitted_ - answered_ < in_flight_max) {
    hal::Access access;
    access.id = submitted_;
    access.op = write ? Op::kWrite : Op::kRead;
    access.addr = place.address + submitted_ * kLineBytes;
    if (place.device) access.device = *place.device;
    if (write) std::copy_n(page.line(submitted_), kLineBytes, access.data.begin());
    if (!platform_.TrySubmit(place.host, access)) return;
    ++submitted_;
  }
}

Status PageMover::Collect(HostId host, bool write, Page& page) {
  hal::Completion completion;
  while (platform_.PopCompletion(host, completion)) {
    if (completion.status != LineStatus::kOk) {
      return Status::Error(completion.status == LineStatus::kAccessError ? "outside its window"
                                                                         : "its content is lost");
    }
    if (!write) std::copy_n(completion.data.begin(), kLineBytes, page.line(static_cast<std::uint32_t>(completion.id)));
    ++answered_;
  }
  return {};
}

}  // namespace tarn::drivers
