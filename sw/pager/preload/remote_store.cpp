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
constexpr std::uint32_t kSharedAskedAtOnce = 16;
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

void RemoteStore::Own(std::uint32_t extent, const FreePages& pages) {
  own_[extent] = pages;
  if (!pages.none()) roomy_.insert(extent);
  if (pages.all()) ++whole_extents_;
}

Status RemoteStore::AskForExtent() {
  std::uint32_t entry = 0;
  if (Status status = Post(CommandKind::kExtent, 0, nullptr, entry); !status.ok()) return status;
  if (Status status = WaitFor(posted_); !status.ok()) return status;
  FreePages pages;
  pages.AddAll();
  Own(ring_.commands[entry].id, pages);
  return {};
}

// Asks for some extents of which a part is free, in turn, whether the copies that had them are gone.
Status RemoteStore::TakeBackShared() {
  for (std::uint32_t count = 0; count < kSharedAskedAtOnce && !shared_.empty(); ++count) {
    auto extent = shared_.upper_bound(asked_);
    if (extent == shared_.end()) extent = shared_.begin();
    asked_ = extent->first;
    if (extent->second.none()) continue;
    std::uint32_t entry = 0;
    if (Status status = Post(CommandKind::kAlone, asked_, nullptr, entry); !status.ok()) return status;
    if (Status status = WaitFor(posted_); !status.ok()) return status;
    if (ring_.commands[entry].id == 0) continue;
    Own(asked_, extent->second);
    shared_.erase(extent);
  }
  return {};
}

// The lowest, so that what is stored lies close together.
Result<StoreId> RemoteStore::Allocate() {
  if (roomy_.empty()) {
    if (Status status = TakeBackShared(); !status.ok()) return status;
  }
  if (roomy_.empty()) {
    if (Status status = AskForExtent(); !status.ok()) return status;
  }
  const std::uint32_t extent = *roomy_.begin();
  FreePages& pages = own_[extent];
  if (pages.all()) --whole_extents_;
  const StoreId id = extent * kExtentPages + pages.TakeLowest();
  if (pages.none()) roomy_.erase(extent);
  return id;
}

// Where that fails, so does the next command.
void RemoteStore::GiveBack(std::uint32_t extent) {
  std::uint32_t entry = 0;
  [[maybe_unused]] const Status status = Post(CommandKind::kFree, extent, nullptr, entry);
}

void RemoteStore::Free(StoreId id) {
  const std::uint32_t extent = id / kExtentPages;
  if (const auto found = shared_.find(extent); found != shared_.end()) {
    found->second.Add(id % kExtentPages);
    if (!found->second.all()) return;
    shared_.erase(found);
    return GiveBack(extent);
  }
  FreePages& pages = own_[extent];
  pages.Add(id % kExtentPages);
  roomy_.insert(extent);
  if (!pages.all()) return;
  if (whole_extents_ == 0) {
    ++whole_extents_;
    return;
  }
  own_.erase(extent);
  roomy_.erase(extent);
  GiveBack(extent);
}

void RemoteStore::Share() {
  std::erase_if(own_, [this](const auto& extent) {
    if (extent.second.all()) GiveBack(extent.first);
    return extent.second.all();
  });
  shared_.merge(own_);
  own_.clear();
  roomy_.clear();
  whole_extents_ = 0;
}

void RemoteStore::BeginAsCopy(const Connection& connection) {
  connection_ = connection;
  posted_ = checked_ = 0;
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
