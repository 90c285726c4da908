#include "sw/pager/pager.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "sw/pager/slot_policies.h"

namespace tarn::pager {

namespace {

// Unmapping costs most for the first page of each region of 2 MiB and for the flush at the end, so that many leave at
// once; but not so many that a small memory is emptied.
constexpr std::uint32_t kBatchMax = 240;  // with samples what a pipe holds, 256, of which each part costs a flush
constexpr std::uint32_t kBatchShare = 8;  // one frame in so many
constexpr std::uint32_t kRunShare = 16;   // of the frames, for what comes along at once
constexpr PageNumber kObjectPages = 4;    // a larger object may well be used in part

constexpr std::uint32_t kKeyMask = (1u << 28) - 1;

pool::SegmentKey KeyOf(PageNumber page) { return {.host = 0, .segment = static_cast<std::uint32_t>(page) & kKeyMask}; }

bool IsZero(const Page& page) {
  return std::ranges::all_of(page.bytes, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

Pager::Pager(const PagerSettings& settings, PageMemory& memory, PageStore& store, Counters& counters)
    : settings_(settings),
      memory_(memory),
      store_(store),
      counters_(counters),
      slots_(std::min(settings.frames, settings.frames_at_first)),
      policy_(MakeSlotPolicy(settings.policy, slots_)),
      prefetcher_(std::min({settings.prefetch_pages, kPrefetchMax, settings.frames / kRunShare})),
      page_in_slot_(slots_, 0),
      buffer_(kPrefetchMax + 1),
      batch_(std::clamp(settings.frames / kBatchShare, 1u, kBatchMax)),
      low_(batch_ / 2 + 1) {
  assert(policy_ != nullptr && settings.frames >= kFramesMin);
  for (pool::SlotIndex slot = slots_; slot-- != 0;) free_.push_back(slot);
  contents_.resize(2 * std::max<std::size_t>(batch_, buffer_.size()));  // there are fewer samples than victims
  coming_.reserve(buffer_.size());
}

Pager::~Pager() = default;

pool::SlotUse Pager::UseOf(pool::SlotIndex slot) const {
  const PageNumber page = page_in_slot_[slot];
  // What came along lately is about to be used, or the run has ended; the policy cannot tell, since nobody touched it.
  const bool fresh = std::ranges::any_of(runs_, [page](const PageRange& run) { return run.Holds(page); });
  return fresh || Frozen(page) ? pool::SlotUse::kBusy : pool::SlotUse::kEvictable;
}

bool Pager::Frozen(PageNumber page) const {
  return std::ranges::any_of(frozen_, [page](const PageRange& range) { return range.Holds(page); });
}

void Pager::Fail(const std::string& message) {
  if (failure_) return;
  failure_ = message;
  if (settings_.on_failure) settings_.on_failure(message);
}

// ---- pages that come

void Pager::OnMissing(PageNumber page, bool write, PageRange object) {
  if (Frozen(page)) return;  // the thaw wakes it
  counters_.faults.Add();
  PageEntry& entry = table_.Touch(page);
  if (entry.resident() && !entry.sampled && !failure_) return OnMissingAgain(page);
  if (failure_) {  // a page that is there all the same is not harmed
    memory_.Poison(page);
    return;
  }
  if (entry.sampled) {
    TakeBackSample(page, write);
  } else {
    BringIn(page, write, object);
  }
  if (failure_) memory_.Poison(page);  // it failed on the way; a page that is there all the same is not harmed
}

// A resident page is missing. Either this was reported twice, for the thread that waited was interrupted by a signal;
// or the program gave the page back by a system call that nobody told of, and it is zero.
void Pager::OnMissingAgain(PageNumber page) {
  buffer_[0].bytes.fill(0);
  if (memory_.Place(page, 1, buffer_.data(), /*protect=*/false) == 0) return memory_.Wake(page, 1);
  PageEntry& entry = table_.Touch(page);
  entry.dirty = true;
  entry.shared = false;
}

bool Pager::CanComeAlong(PageNumber page, bool stored) {
  const PageEntry* entry = table_.Find(page);
  if (entry == nullptr) return !stored && !Frozen(page);
  return !entry->resident() && (entry->store != kNotStored) == stored && !Frozen(page);
}

// The page and, of as many beside it as are advised and of its object, those that are missing as it is; into coming_,
// in ascending order.
void Pager::ChooseComing(PageNumber page, const PrefetchAdvice& advice, PageRange object, bool stored) {
  PageNumber first = advice.direction > 0 ? page : page - std::min<PageNumber>(page, advice.pages);
  PageNumber last = advice.direction > 0 ? page + advice.pages : page;
  if (object.count <= kObjectPages) {
    first = std::min(first, object.first);
    last = std::max(last, object.first + object.count - 1);
  }
  coming_.clear();
  for (PageNumber each = first; each <= last && coming_.size() < buffer_.size(); ++each) {
    if (each == page || CanComeAlong(each, stored)) coming_.push_back(each);
  }
}

void Pager::BringIn(PageNumber page, bool write, PageRange object) {
  const PrefetchAdvice advice = prefetcher_.OnMissing(page);
  const bool stored = table_.Touch(page).store != kNotStored;
  ChooseComing(page, advice, object, stored);
  EnsureFree(static_cast<std::uint32_t>(coming_.size()));
  if (free_.empty()) return Fail("every resident page is held fast; a larger limit is needed");
  if (coming_.size() > free_.size()) coming_ = {page};
  if (coming_.size() > 1) runs_[runs_at_++ % runs_.size()] = {coming_.front(), coming_.back() - coming_.front() + 1};
  if (!Fill()) return;
  const std::uint32_t placed = PlaceAll(page, write);
  const bool there = table_.Touch(page).resident();
  // It was there although nothing was known of it: the program's own business (a page from before the pager's start).
  if (!there) memory_.Wake(page, 1);
  if (placed > 1) counters_.prefetched.Add(placed - 1);
  if (there) policy_->OnAccess(table_.Touch(page).slot);
}

// The contents of the coming pages, all stored or all zero, into the buffer.
bool Pager::Fill() {
  for (std::size_t index = 0; index < coming_.size(); ++index) {
    const PageEntry* entry = table_.Find(coming_[index]);
    if (entry == nullptr || entry->store == kNotStored) {
      buffer_[index].bytes.fill(0);
      continue;
    }
    if (Status status = store_.Read(entry->store, buffer_[index]); !status.ok()) {
      Fail(status.message());
      return false;
    }
  }
  return true;
}

// The buffer's pages go to their places, as many at once as are neighbours and treated alike.
std::uint32_t Pager::PlaceAll(PageNumber wanted, bool write) {
  run_comes_open_ = store_.reads_cheaply() && (write || table_.HabitOf(wanted).NextComeOpen());
  std::uint32_t placed = 0;
  for (std::size_t at = 0; at < coming_.size();) {
    const bool open = ComesOpen(coming_[at], wanted, write);
    std::size_t end = at + 1;
    while (end < coming_.size() && coming_[end] == coming_[end - 1] + 1 &&
           ComesOpen(coming_[end], wanted, write) == open) {
      ++end;
    }
    while (at < end) {
      const std::uint32_t done =
          memory_.Place(coming_[at], static_cast<std::uint32_t>(end - at), &buffer_[at], /*protect=*/!open);
      for (std::uint32_t index = 0; index < done; ++index) {
        const PageNumber page = coming_[at + index];
        AddResident(page, open, /*presumed=*/!write || page != wanted);
      }
      placed += done;
      at += done;
      if (at < end) ++at;  // past one that was there
    }
  }
  return placed;
}

// Whether writes to a page are not reported: it is being written, or those about it are written as a rule, and to
// compare it when it leaves costs less than the report.
bool Pager::ComesOpen(PageNumber page, PageNumber wanted, bool write) const {
  return (write && page == wanted) || run_comes_open_;
}

void Pager::AddResident(PageNumber page, bool dirty, bool presumed) {
  PageEntry& entry = table_.Touch(page);
  (entry.store == kNotStored ? counters_.zero_fills : counters_.page_ins).Add();
  entry.slot = free_.back();
  free_.pop_back();
  entry.dirty = dirty;
  entry.presumed = dirty && presumed;
  page_in_slot_[entry.slot] = page;
  policy_->OnAssign(entry.slot, KeyOf(page));
  counters_.resident_pages.Set(settings_.frames - free_frames());
  counters_.resident_pages_max.Set(std::max(counters_.resident_pages_max.value(), counters_.resident_pages.value()));
}

void Pager::TakeBackSample(PageNumber page, bool write) {
  PageEntry& entry = table_.Touch(page);
  coming_ = {page};
  if (!Fill()) return;
  entry.sampled = entry.shared = false;
  if (memory_.Place(page, 1, buffer_.data(), !write) == 0) memory_.Wake(page, 1);
  entry.dirty = write;
  entry.presumed = false;
  counters_.sample_hits.Add();
  policy_->OnAccess(entry.slot);
}

void Pager::OnGuarded(PageNumber page) {
  if (Frozen(page)) return;
  PageEntry& entry = table_.Touch(page);
  if (entry.resident() && !entry.sampled) {
    if (!entry.dirty) {
      counters_.write_faults.Add();
      policy_->OnAccess(entry.slot);
      table_.HabitOf(page).OnWrittenWhileGuarded();
    }
    entry.dirty = true;
  }
  memory_.AllowWrites(page);
}

// ---- pages that leave

void Pager::Maintain() {
  if (!failure_ && free_frames() < low_) Evict(batch_);
}

// Twice as many slots. Pages keep theirs, and their order, in a new policy.
void Pager::Grow() {
  class AnyMayGo : public pool::SlotUses {
    pool::SlotUse UseOf(pool::SlotIndex) const override { return pool::SlotUse::kEvictable; }
  };
  const std::uint32_t before = slots_;
  slots_ = std::min(2 * before, settings_.frames);
  std::unique_ptr<pool::ReplacementPolicy> grown = MakeSlotPolicy(settings_.policy, slots_);
  for (std::size_t resident = before - free_.size(); resident != 0; --resident) {
    const pool::SlotIndex slot = policy_->ChooseVictim(AnyMayGo());
    grown->OnAssign(slot, KeyOf(page_in_slot_[slot]));
  }
  policy_ = std::move(grown);
  page_in_slot_.resize(slots_, 0);
  for (pool::SlotIndex slot = slots_; slot-- != before;) free_.push_back(slot);
}

void Pager::EnsureFree(std::uint32_t frames) {
  while (free_.size() < frames && slots_ < settings_.frames) Grow();
  if (free_frames() >= frames) return;
  counters_.forced_evictions.Add();
  while (!failure_ && free_frames() < frames && Evict(std::max(batch_, frames - free_frames())) != 0) {
  }
}

// Returns how many frames were freed.
std::uint32_t Pager::Evict(std::uint32_t wanted) {
  ChooseVictims(wanted);
  if (victims_.empty()) return 0;
  ChooseDropped();
  ForbidSharedWrites();
  if (!memory_.Take(dropped_, kept_, contents_.data())) {
    Fail("the kernel does not unmap pages of the program");
    KeepVictims(0);
    return 0;
  }
  for (std::size_t index = 0; index < kept_.size(); ++index) {
    if (Status status = WriteOut(table_.Touch(kept_[index]), contents_[index]); !status.ok()) {
      Fail(status.message());
      KeepVictims(index);
      return 0;
    }
  }
  store_.Flush();
  for (const PageNumber page : victims_) {
    counters_.evictions.Add();
    ReleaseFrame(table_.Touch(page));
  }
  return static_cast<std::uint32_t>(victims_.size());
}

void Pager::ChooseVictims(std::uint32_t wanted) {
  victims_.clear();
  while (victims_.size() < wanted) {
    const pool::SlotIndex slot = policy_->ChooseVictim(*this);
    if (slot == pool::kNoSlot) break;
    victims_.push_back(page_in_slot_[slot]);
  }
  std::ranges::sort(victims_);
}

// What of the victims is still there, and the samples; and what has to be looked at before it is gone.
void Pager::ChooseDropped() {
  dropped_.clear();
  kept_.clear();
  for (const PageNumber page : victims_) {
    const PageEntry& entry = table_.Touch(page);
    if (!entry.sampled) dropped_.push_back(page);
    if (entry.dirty) {
      kept_.push_back(page);
    } else {
      counters_.clean_drops.Add();
      table_.HabitOf(page).OnLeftUnwritten();
    }
  }
  AddSamples();
}

// Whether what leaves is what the store has: nobody wrote to the page after all, or what it wrote was the same again.
Result<bool> Pager::IsAsStored(const PageEntry& entry, const Page& content) {
  if (entry.store == kNotStored || !(entry.presumed || store_.reads_cheaply())) return false;
  return store_.Holds(entry.store, content);
}

// A dirty page becomes clean.
Status Pager::WriteOut(PageEntry& entry, const Page& content) {
  const Result<bool> same = IsAsStored(entry, content);
  if (!same.ok()) return same.status();
  if (*same) {
    counters_.clean_drops.Add();
  } else if (IsZero(content)) {
    FreeStored(entry);
    counters_.zero_page_outs.Add();
  } else {
    if (entry.store != kNotStored && store_.IsShared(entry.store)) FreeStored(entry);
    if (entry.store == kNotStored) {
      const Result<StoreId> id = store_.Allocate();
      if (!id.ok()) return id.status();
      entry.store = *id;
      counters_.stored_pages.Add();
    }
    if (Status status = store_.Write(entry.store, content); !status.ok()) return status;
    counters_.page_outs.Add();
    counters_.bytes_written.Add(kPageBytes);
    if (!entry.dirty) counters_.clean_bytes_written.Add(kPageBytes);
  }
  entry.dirty = entry.presumed = false;
  return {};
}

// A page that a copy of the process has as well becomes another one when it is written, and what was held of it before
// would be out of date.
void Pager::ForbidSharedWrites() {
  for (const PageNumber page : kept_) {
    if (table_.Touch(page).shared) memory_.ForbidWrites(page);
  }
}

// Pages that stay, but are unmapped with the victims: when they are touched, the policy learns that they are used.
void Pager::AddSamples() {
  if (settings_.sample_interval == 0) return;
  since_sample_ += static_cast<std::uint32_t>(victims_.size());
  for (; since_sample_ >= settings_.sample_interval; since_sample_ -= settings_.sample_interval) {
    const PageNumber page = page_in_slot_[RandomSlot()];
    PageEntry& entry = table_.Touch(page);
    const bool leaves = std::ranges::binary_search(victims_, page);
    if (!entry.resident() || entry.sampled || leaves || Frozen(page)) continue;
    if (entry.dirty) kept_.push_back(page);
    entry.sampled = true;
    counters_.samples.Add();
    dropped_.push_back(page);
  }
  std::ranges::sort(dropped_);
  std::ranges::sort(kept_);
}

std::uint32_t Pager::RandomSlot() {
  random_ = random_ * 6364136223846793005u + 1442695040888963407u;
  return static_cast<std::uint32_t>((random_ >> 32) * slots_ >> 32);
}

// After a failure the victims stay, if they can: what may be newer than the store, from index `written` of kept_ on,
// comes back; what is stored counts as unmapped.
void Pager::KeepVictims(std::size_t written) {
  for (std::size_t index = written; index < kept_.size(); ++index) {
    memory_.Place(kept_[index], 1, &contents_[index], /*protect=*/false);
  }
  for (const PageNumber page : victims_) {
    PageEntry& entry = table_.Touch(page);
    entry.sampled = !entry.dirty;
    policy_->OnKept(entry.slot, KeyOf(page));
  }
  victims_.clear();
}

// The policy has let go of it already.
void Pager::ReleaseFrame(PageEntry& entry) {
  free_.push_back(entry.slot);
  entry.slot = pool::kNoSlot;
  entry.dirty = entry.presumed = entry.shared = entry.sampled = false;
  counters_.resident_pages.Set(settings_.frames - free_frames());
}

void Pager::FreeStored(PageEntry& entry) {
  if (entry.store == kNotStored) return;
  store_.Free(entry.store);
  entry.store = kNotStored;
  counters_.stored_pages.Set(counters_.stored_pages.value() - 1);
}

// ---- what the program does itself

void Pager::Freeze(PageNumber first, PageNumber count) { frozen_.push_back({first, count}); }

void Pager::Thaw(PageNumber first, PageNumber count, bool forget) {
  const auto range =
      std::ranges::find_if(frozen_, [&](const PageRange& each) { return each.first == first && each.count == count; });
  assert(range != frozen_.end());
  frozen_.erase(range);
  if (forget) table_.VisitRange(first, count, [this](PageNumber page, PageEntry& entry) { Forget(page, entry); });
  memory_.Wake(first, static_cast<std::uint32_t>(count));
}

void Pager::Forget(PageNumber, PageEntry& entry) {
  FreeStored(entry);
  if (!entry.resident()) return;
  policy_->OnRelease(entry.slot);
  ReleaseFrame(entry);
}

void Pager::Move(PageNumber from, PageNumber to, PageNumber count) {
  for (PageNumber index = 0; index < count; ++index) {
    PageEntry* source = table_.Find(from + index);
    if (source == nullptr) continue;
    const PageEntry moved = *source;
    *source = PageEntry();
    PageEntry& target = table_.Touch(to + index);
    Forget(to + index, target);
    target = moved;
    if (!moved.resident()) continue;
    page_in_slot_[moved.slot] = to + index;
    if (moved.sampled) continue;
    target.dirty = true;  // moving took the guard away
    target.presumed = true;
  }
}

// ---- copies of the process

template <typename Visit>
void Pager::VisitResident(Visit visit) {
  for (pool::SlotIndex slot = 0; slot < slots_; ++slot) {
    PageEntry* const entry = table_.Find(page_in_slot_[slot]);
    if (entry != nullptr && entry->slot == slot && !entry->sampled) visit(*entry);
  }
}

void Pager::Share() {
  VisitResident([](PageEntry& entry) { entry.shared = true; });
}

void Pager::BeginAsCopy() {
  VisitResident([](PageEntry& entry) {
    entry.presumed = entry.presumed || !entry.dirty;
    entry.dirty = true;
  });
}

Status Pager::Look(PageNumber page, Page& content) {
  const PageEntry* const entry = table_.Find(page);
  const bool stored = entry != nullptr && entry->store != kNotStored && (!entry->resident() || entry->sampled);
  if (stored) return store_.Read(entry->store, content);
  content.bytes.fill(0);
  return {};
}

}  // namespace tarn::pager
