#include "sw/pager/preload/remote_store.h"

#include <poll.h>
#include <unistd.h>

#include <bit>
#include <cstring>

#include "sw/pager/futex.h"

namespace tarn::pager::preload {

namespace {

constexpr std::uint32_t kSpins = 2000;  // before sleeping: a microsecond or so
constexpr std::uint32_t kPatienceMilliseconds = 100;
constexpr const char* kGone = "the far-memory service is gone";

}  // namespace

bool RemoteStore::ServiceIsGone() const {
  pollfd watched = {.fd = connection_.socket, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 0) == 1;  // it says nothing after its welcome: this is its end
}

void RemoteStore::FreePages::Add(std::uint32_t page) {
  bits_[page / kWordBits] |= std::uint64_t{1} << (page % kWordBits);
  ++count_;
}

void RemoteStore::FreePages::AddAll() {
  bits_.fill(~std::uint64_t{0});
  count_ = kExtentPages;
}

std::uint32_t RemoteStore::FreePages::TakeLowest() {
  std::uint32_t word = 0;
  while (bits_[word] == 0) ++word;
  const auto bit = static_cast<std::uint32_t>(std::countr_zero(bits_[word]));
  bits_[word] &= bits_[word] - 1;
  --count_;
  return word * kWordBits + bit;
}

Status RemoteStore::AskForExtent() {
  std::uint32_t entry = 0;
  if (Status status = Post(CommandKind::kExtent, 0, nullptr, entry); !status.ok()) return status;
  if (Status status = WaitFor(posted_); !status.ok()) return status;
  free_[ring_.commands[entry].id].AddAll();
  ++whole_extents_;
  return {};
}

// The lowest, so that what is stored lies close together.
Result<StoreId> RemoteStore::Allocate() {
  if (free_.empty()) {
    if (Status status = AskForExtent(); !status.ok()) return status;
  }
  const auto extent = free_.begin();
  if (extent->second.all()) --whole_extents_;
  const StoreId id = extent->first * kExtentPages + extent->second.TakeLowest();
  if (extent->second.none()) free_.erase(extent);
  return id;
}

void RemoteStore::Free(StoreId id) {
  const auto extent = free_.try_emplace(id / kExtentPages).first;
  extent->second.Add(id % kExtentPages);
  if (!extent->second.all()) return;
  std::uint32_t entry = 0;
  // Where that fails, so does the next command.
  if (whole_extents_ != 0 && Post(CommandKind::kFree, extent->first, nullptr, entry).ok()) {
    free_.erase(extent);
  } else {
    ++whole_extents_;
  }
}

Status RemoteStore::Write(StoreId id, const Page& content) {
  std::uint32_t entry = 0;
  return Post(CommandKind::kWrite, id, &content, entry);
}

Status RemoteStore::Read(StoreId id, Page& content) {
  if (const Page* const under_way = UnderWay(id)) {
    content = *under_way;
    return {};
  }
  if (LookDirectly(id, [&content](const Page& page) { content = page; })) return {};
  std::uint32_t entry = 0;
  if (Status status = Post(CommandKind::kRead, id, nullptr, entry); !status.ok()) return status;
  if (Status status = WaitFor(posted_); !status.ok()) return status;
  content = ring_.pages[entry];
  return {};
}

Result<bool> RemoteStore::Holds(StoreId id, const Page& content) {
  if (const Page* const under_way = UnderWay(id)) return *under_way == content;
  bool same = false;
  if (LookDirectly(id, [&](const Page& page) { same = page == content; })) return same;
  if (Status status = Read(id, compared_); !status.ok()) return status;
  return compared_ == content;
}

// A write that the service has not done yet, or perhaps has: its page stays in the ring until the entry is used again.
const Page* RemoteStore::UnderWay(StoreId id) const {
  const std::uint32_t completed = ring_.completed.load();
  for (std::uint32_t command = posted_; command != completed;) {
    --command;
    const std::uint32_t entry = command % Ring::kEntries;
    if (ring_.commands[entry].kind == CommandKind::kWrite && ring_.commands[entry].id == id) return &ring_.pages[entry];
  }
  return nullptr;
}

// Where the node's memory is shared, and the page is in it: look sees it in place. False: it is not, or it moved while
// it was looked at.
template <typename Look>
bool RemoteStore::LookDirectly(StoreId id, Look look) const {
  if (connection_.directory == nullptr) return false;
  const std::atomic<std::uint64_t>& word = connection_.directory[id].word;
  const std::uint64_t before = word.load(std::memory_order_acquire);
  const auto frame = static_cast<std::uint32_t>(before);
  if (frame == 0) return false;
  look(connection_.frames[frame - 1]);
  std::atomic_thread_fence(std::memory_order_acquire);
  return word.load(std::memory_order_relaxed) == before;
}

Status RemoteStore::Post(CommandKind kind, StoreId id, const Page* content, std::uint32_t& entry) {
  if (posted_ - ring_.completed.load() == Ring::kEntries) {
    if (Status status = WaitFor(posted_ - Ring::kEntries + 1); !status.ok()) return status;
  }
  if (Status status = CheckAnswers(); !status.ok()) return status;
  entry = posted_ % Ring::kEntries;
  ring_.commands[entry] = {.kind = kind, .id = id};
  if (content != nullptr) ring_.pages[entry] = *content;
  ring_.posted.store(++posted_);
  return {};
}

// To wake the service costs more than to post a page.
void RemoteStore::Flush() {
  if (ring_.service_sleeps.exchange(0) == 0) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t told = ::write(connection_.doorbell, &one, sizeof one);
}

// Until so many commands are done, and all of them went well.
Status RemoteStore::WaitFor(std::uint32_t completed) {
  Flush();
  const auto done = [&] { return static_cast<std::int32_t>(ring_.completed.load() - completed) >= 0; };
  for (std::uint32_t spin = 0; spin < kSpins && !done(); ++spin) {
  }
  while (!done()) {
    ring_.program_waits.store(1);
    const std::uint32_t now = ring_.completed.load();
    if (!done()) FutexWait(ring_.completed, now, kPatienceMilliseconds);
    ring_.program_waits.store(0);
    if (!done() && ServiceIsGone()) return Status::Error(kGone);
  }
  return CheckAnswers();
}

Status RemoteStore::CheckAnswers() {
  for (const std::uint32_t completed = ring_.completed.load(); checked_ != completed; ++checked_) {
    if (ring_.commands[checked_ % Ring::kEntries].status == CommandStatus::kOk) continue;
    return Status::Error(ring_.failure.data());
  }
  return {};
}

}  // namespace tarn::pager::preload
