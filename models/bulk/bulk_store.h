// What the bulk device holds: pages by LPN, sparse, with a volatile write cache (functional: no time passes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "models/bulk/bulk_protocol.h"
#include "models/bulk/page_device.h"
#include "models/common/sparse_memory.h"
#include "models/common/units.h"

namespace tarn::bulk {

// LPN of a host's window page: fixed (contracts.md, bulk port).
constexpr LogicalPage LpnOf(HostId host, std::uint32_t window_page) {
  return LogicalPage((std::uint64_t{host.value()} << 32) | window_page);
}

class BulkStore : public PageDevice {
 public:
  // initial: content of pages that nobody wrote (SparseMemory::InitialContent, by LPN); empty function: zero.
  // volatile_cache: a write is durable only after a flush; else at once.
  explicit BulkStore(SparseMemory::InitialContent initial = {}, bool volatile_cache = false);

  // kOk or kPoison.
  BulkStatus Read(LogicalPage lpn, Page& page, std::uint64_t& poison) override;
  // A whole page with its marks; heals a page that is lost.
  BulkStatus Write(LogicalPage lpn, const Page& page, std::uint64_t poison) override;
  // The page reads as zero from now on.
  BulkStatus Trim(LogicalPage lpn) override;
  // Every write and trim before it is durable now.
  BulkStatus Flush() override;
  bool volatile_cache() const { return volatile_cache_; }

  // Faults.
  void Poison(LogicalPage lpn);  // the whole page is lost, until the next write or trim
  // Each page is its last durable version afterwards.
  void PowerLoss();

  // Backdoor, past caches; for loaders and tests. A page that is lost has all its marks set.
  std::uint64_t Peek(LogicalPage lpn, Page& page) const override;
  void Poke(LogicalPage lpn, const Page& page);

  // Pages that hold memory.
  std::size_t touched_pages() const { return pages_.touched_pages(); }
  std::size_t volatile_pages() const { return before_.size(); }

 private:
  struct Version {
    Page page;
    std::uint64_t poison = 0;
  };

  void KeepDurable(LogicalPage lpn);
  std::uint64_t MarksOf(LogicalPage lpn) const;
  void SetMarks(LogicalPage lpn, std::uint64_t poison);

  bool volatile_cache_;
  bool has_initial_;
  SparseMemory pages_;
  std::unordered_set<std::uint64_t> lost_;
  std::unordered_map<std::uint64_t, std::uint64_t> marks_;  // of pages that have one
  // Pages whose newest version is not durable: their last durable one.
  std::unordered_map<std::uint64_t, Version> before_;
};

}  // namespace tarn::bulk
