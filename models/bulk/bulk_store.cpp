#include "models/bulk/bulk_store.h"

#include <utility>

namespace tarn::bulk {

BulkStore::BulkStore(SparseMemory::InitialContent initial, bool volatile_cache)
    : volatile_cache_(volatile_cache), has_initial_(initial != nullptr), pages_(std::move(initial)) {}

BulkStatus BulkStore::Read(LogicalPage lpn, Page& page) {
  if (!poisoned_.empty() && poisoned_.contains(lpn.value())) {
    page.bytes.fill(0);
    return BulkStatus::kPoison;
  }
  pages_.ReadPage(lpn.value(), page);
  return BulkStatus::kOk;
}

void BulkStore::KeepDurable(LogicalPage lpn) {
  if (!volatile_cache_ || before_.contains(lpn.value())) return;
  pages_.ReadPage(lpn.value(), before_[lpn.value()]);
}

BulkStatus BulkStore::Write(LogicalPage lpn, const Page& page) {
  KeepDurable(lpn);
  if (!poisoned_.empty()) poisoned_.erase(lpn.value());
  pages_.WritePage(lpn.value(), page);
  return BulkStatus::kOk;
}

BulkStatus BulkStore::Trim(LogicalPage lpn) {
  KeepDurable(lpn);
  if (!poisoned_.empty()) poisoned_.erase(lpn.value());
  if (has_initial_) {
    pages_.Touch(lpn.value()).bytes.fill(0);  // must not fall back to the initial content
  } else {
    pages_.Drop(lpn.value());
  }
  return BulkStatus::kOk;
}

BulkStatus BulkStore::Flush() {
  before_.clear();
  return BulkStatus::kOk;
}

void BulkStore::Poison(LogicalPage lpn) { poisoned_.insert(lpn.value()); }

void BulkStore::PowerLoss() {
  for (const auto& [lpn, page] : before_) pages_.WritePage(lpn, page);
  before_.clear();
}

void BulkStore::Peek(LogicalPage lpn, Page& page) const { pages_.ReadPage(lpn.value(), page); }

void BulkStore::Poke(LogicalPage lpn, const Page& page) { pages_.WritePage(lpn.value(), page); }

}  // namespace tarn::bulk
