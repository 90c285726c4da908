// Keeps the resident part of a program's memory within a limit, the rest in a store. Everything that it acts on is
// injected: the address space (PageMemory), the store (PageStore), the replacement policy (the pool's seam). It knows
// no threads and no system calls, and is driven by events; what each does is a function of the events before it.
//
// What it promises: a page's content is what the program wrote last, or the program is told (Poison) that it is lost. A
// page that is clean is dropped without a write, one of zeros is never stored, and frames are freed before they are
// needed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "models/pool/replacement.h"
#include "sw/pager/counters.h"
#include "sw/pager/page_memory.h"
#include "sw/pager/page_store.h"
#include "sw/pager/page_table.h"
#include "sw/pager/prefetcher.h"

namespace tarn::pager {

struct PagerSettings {
  std::function<void(const std::string& message)> on_failure = {};  // once, if it fails
  std::uint32_t frames = 0;                                         // resident pages at most; kFramesMin or more
  std::string policy = "hardware";
  std::uint32_t prefetch_pages = 31;   // brought along with a missing page at most
  std::uint32_t sample_interval = 64;  // of so many evictions one page is unmapped as a sample; 0: none
  // For so many the policy is made at first; it grows with the use, so that a large limit costs nothing by itself.
  std::uint32_t frames_at_first = 1 << 14;
};

class Pager : private pool::SlotUses {
 public:
  static constexpr std::uint32_t kFramesMin = 64;
  static constexpr std::uint32_t kPrefetchMax = 63;

  // REQUIRES: the policy exists (SlotPolicyNames). memory, store and counters live as long as the pager.
  Pager(const PagerSettings& settings, PageMemory& memory, PageStore& store, Counters& counters);
  ~Pager() override;

  // The program touched a page that is missing. object: pages, that one among them, that are used together.
  void OnMissing(PageNumber page, bool write) { OnMissing(page, write, {page, 1}); }
  void OnMissing(PageNumber page, bool write, PageRange object);
  // The program wrote to a page whose writes are reported.
  void OnGuarded(PageNumber page);
  // Frees frames ahead of need; after each event.
  void Maintain();

  // Until the thaw the range is left alone: the program is about to change it itself. Who touches a missing page waits.
  void Freeze(PageNumber first, PageNumber count);
  // What was frozen goes on. forget: its content is gone (unmapped, or given back with MADV_DONTNEED).
  // REQUIRES: the same range was frozen.
  void Thaw(PageNumber first, PageNumber count, bool forget);
  // A range's content moved to another place, page for page; both are frozen. What is resident counts as dirty.
  void Move(PageNumber from, PageNumber to, PageNumber count);

  // The process is about to be copied, with this pager: what is resident is the copy's as well.
  void Share();
  // In the copy: who served it until now did not keep book.
  void BeginAsCopy();
  // What a missing page holds. Nothing changes; pages that are placed without OnMissing stay resident, and are not
  // counted.
  Status Look(PageNumber page, Page& content);

  // From now on every missing page is lost. The first message stays, and is told before any page is.
  void Fail(const std::string& message);
  const std::optional<std::string>& failure() const { return failure_; }
  std::uint32_t frames() const { return settings_.frames; }
  std::uint32_t free_frames() const { return settings_.frames - slots_ + static_cast<std::uint32_t>(free_.size()); }

 private:
  pool::SlotUse UseOf(pool::SlotIndex slot) const override;
  bool Frozen(PageNumber page) const;
  void OnMissingAgain(PageNumber page);
  bool CanComeAlong(PageNumber page, bool stored);
  void ChooseComing(PageNumber page, const PrefetchAdvice& advice, PageRange object, bool stored);
  void BringIn(PageNumber page, bool write, PageRange object);
  bool Fill();
  std::uint32_t PlaceAll(PageNumber wanted, bool write);
  bool ComesOpen(PageNumber page, PageNumber wanted, bool write) const;
  void AddResident(PageNumber page, bool dirty, bool presumed);
  void TakeBackSample(PageNumber page, bool write);

  void EnsureFree(std::uint32_t frames);
  void Grow();
  std::uint32_t Evict(std::uint32_t wanted);
  void ChooseVictims(std::uint32_t wanted);
  void ChooseDropped();
  Result<bool> IsAsStored(const PageEntry& entry, const Page& content);
  Status WriteOut(PageEntry& entry, const Page& content);
  void AddSamples();
  void ForbidSharedWrites();
  void KeepVictims(std::size_t written);
  void ReleaseFrame(PageEntry& entry);
  void FreeStored(PageEntry& entry);
  template <typename Visit>
  void VisitResident(Visit visit);
  void Forget(PageNumber page, PageEntry& entry);
  std::uint32_t RandomSlot();

  PagerSettings settings_;
  PageMemory& memory_;
  PageStore& store_;
  Counters& counters_;
  std::uint32_t slots_;  // of the policy: frames that were ever used, or are next
  std::unique_ptr<pool::ReplacementPolicy> policy_;
  Prefetcher prefetcher_;
  PageTable table_;
  std::vector<PageNumber> page_in_slot_;
  std::vector<pool::SlotIndex> free_;
  std::vector<PageRange> frozen_;
  std::array<PageRange, 4> runs_;  // that came lately
  std::uint32_t runs_at_ = 0;
  std::vector<PageNumber> victims_;  // of the eviction under way, ascending
  std::vector<PageNumber> dropped_;  // of these and the samples, what is to be unmapped
  std::vector<PageNumber> kept_;     // of the victims, those that may be newer than the store
  std::vector<Page> contents_;       // and what they held
  std::vector<PageNumber> coming_;   // what is being placed, ascending
  std::vector<Page> buffer_;         // and its contents
  bool run_comes_open_ = false;      // what is being placed is written, as a rule
  std::uint32_t batch_;              // pages that leave at once
  std::uint32_t low_;                // fewer free frames than these are made up for
  std::uint32_t since_sample_ = 0;
  std::uint64_t random_ = 1;
  std::optional<std::string> failure_;
};

}  // namespace tarn::pager
