#include "models/bulk/bulk_store.h"

#include <utility>

namespace tarn::bulk {

BulkStore::BulkStore(SparseMemory::InitialContent initial, bool volatile_cache)
    : volatile_cache_(volatile_cache), has_initial_(initial != nullptr), pages_(std::move(initial)) {}

std::uint64_t BulkStore::MarksOf(LogicalPage lpn) const {
  if (marks_.empty()) return 0;
  const auto found = marks_.find(lpn.value());
  return found == marks_.end() ? 0 : found->second;
}

void BulkStore::SetMarks(LogicalPage lpn, std::uint64_t poison) {
  if (!lost_.empty()) lost_.erase(lpn.value());
  if (poison != 0) {
    marks_[lpn.value()] = poison;
  } else if (!marks_.empty()) {
    marks_.erase(lpn.value());
  }
}

BulkStatus BulkStore::Read(LogicalPage lpn, Page& page, std::uint64_t& poison) {
  if (!lost_.empty() && lost_.contains(lpn.value())) {
    page.bytes.fill(0);
    poison = ~std::uint64_t{0};
    return BulkStatus::kPoison;
  }
  pages_.ReadPage(lpn.value(), page);
  poison = MarksOf(lpn);
  return BulkStatus::kOk;
}

void BulkStore::KeepDurable(LogicalPage lpn) {
  if (!volatile_cache_ || before_.contains(lpn.value())) return;
  Version& version = before_[lpn.value()];
  pages_.ReadPage(lpn.value(), version.page);
  version.poison = MarksOf(lpn);
}

BulkStatus BulkStore::Write(LogicalPage lpn, const Page& page, std::uint64_t poison) {
  KeepDurable(lpn);
  SetMarks(lpn, poison);
  pages_.WritePage(lpn.value(), page);
  return BulkStatus::kOk;
}

BulkStatus BulkStore::Trim(LogicalPage lpn) {
  KeepDurable(lpn);
  SetMarks(lpn, 0);
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

void BulkStore::Poison(LogicalPage lpn) { lost_.insert(lpn.value()); }

void BulkStore::PowerLoss() {
  for (const auto& [lpn, version] : before_) {
    pages_.WritePage(lpn, version.page);
    SetMarks(LogicalPage(lpn), version.poison);
  }
  before_.clear();
}

std::uint64_t BulkStore::Peek(LogicalPage lpn, Page& page) const {
  pages_.ReadPage(lpn.value(), page);
  return lost_.contains(lpn.value()) ? ~std::uint64_t{0} : MarksOf(lpn);
}

void BulkStore::Poke(LogicalPage lpn, const Page& page) { pages_.WritePage(lpn.value(), page); }

}  // namespace tarn::bulk
