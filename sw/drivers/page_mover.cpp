#include "sw/drivers/page_mover.h"

#include <algorithm>
#include <cstdio>

#include "sw/hal/wait.h"

namespace tarn::drivers {

namespace {

std::string Describe(HostId host, bool write, HostPhysAddr address) {
  char text[96];
  std::snprintf(text, sizeof text, "%s of the page at 0x%llx of host %u", write ? "write" : "read",
                static_cast<unsigned long long>(address.value()), host.value());
  return text;
}

}  // namespace

Status PageMover::Write(HostId host, HostPhysAddr address, const Page& page) {
  outgoing_ = page;
  return Move(host, true, address, outgoing_);
}

Status PageMover::Move(HostId host, bool write, HostPhysAddr address, Page& page) {
  if (dead_) return *dead_;
  if (pages_ == nullptr) {
    Status status = MoveLines(host, write, address, page);
    if (!status.ok()) dead_ = status;
    return status;
  }
  const LineStatus status = pages_->MovePage(host, write, address, page);
  if (status == LineStatus::kOk) return {};
  return Status::Error("the node refuses the " + Describe(host, write, address));
}

Status PageMover::MoveLines(HostId host, bool write, HostPhysAddr address, Page& page) {
  submitted_ = answered_ = 0;
  Status refused;
  Status waited = hal::WaitUntil(
      platform_,
      [&] {
        Submit(host, write, address, page);
        refused = Collect(host, write, page);
        return !refused.ok() || answered_ == kLinesPerPage;
      },
      watchdog_cycles_, "answer of the node to the " + Describe(host, write, address));
  if (!waited.ok()) return waited;
  return refused.ok()
             ? refused
             : Status::Error("the node refuses the " + Describe(host, write, address) + ": " + refused.message());
}

void PageMover::Submit(HostId host, bool write, HostPhysAddr address, const Page& page) {
  const std::uint32_t in_flight_max = platform_.parameters().outstanding_max;
  while (submitted_ < kLinesPerPage && submitted_ - answered_ < in_flight_max) {
    hal::Access access;
    access.id = submitted_;
    access.op = write ? Op::kWrite : Op::kRead;
    access.addr = address.value() + submitted_ * kLineBytes;
    if (write) std::copy_n(page.line(submitted_), kLineBytes, access.data.begin());
    if (!platform_.TrySubmit(host, access)) return;
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
