#include "sw/replay/program.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <utility>

#include "models/common/units.h"

namespace tarn::replay {

Result<Program> Program::Scan(const std::string& path, std::uint64_t lines_max, std::uint64_t segment_bytes) {
  Program program(path, segment_bytes);
  Result<trace::Reader> reader = trace::Reader::Open(path);
  if (!reader.ok()) return reader.status();
  program.lines_in_trace_ = reader->summary().accesses;
  program.lines_ = std::min(lines_max, program.lines_in_trace_);
  trace::Access access;
  for (std::uint64_t line = 0; line < program.lines_; ++line) {
    const Result<bool> more = reader->Next(access);
    if (!more.ok()) return more.status();
    program.Touch(access.line * kLineBytes);
  }
  // What only the whole file can tell (its length, the checksum of all) is checked behind the last access.
  if (program.lines_ == program.lines_in_trace_) {
    const Result<bool> more = reader->Next(access);
    if (!more.ok()) return more.status();
  }
  if (program.lines_ == 0) return Status::Error(path + ": has no accesses to replay");
  program.SortSegments();
  return program;
}

std::string Program::name() const { return std::filesystem::path(path_).stem().string(); }

void Program::Touch(std::uint64_t addr) {
  const std::uint64_t segment = addr / segment_bytes_;
  const std::uint64_t pages_per_segment = segment_bytes_ / kPageBytes;
  if (segment != last_segment_) {
    const auto [place, is_new] = index_.try_emplace(segment, static_cast<std::uint32_t>(segments_.size()));
    if (is_new) {
      segments_.push_back(segment);
      touched_.resize(segments_.size() * pages_per_segment);
    }
    last_segment_ = segment;
    last_index_ = place->second;
  }
  auto touched = touched_[last_index_ * pages_per_segment + addr % segment_bytes_ / kPageBytes];
  if (!touched) ++pages_;
  touched = true;
}

void Program::SortSegments() {
  const std::uint64_t pages_per_segment = segment_bytes_ / kPageBytes;
  std::vector<std::uint32_t> order(segments_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [this](std::uint32_t index) { return segments_[index]; });
  std::vector<std::uint64_t> segments;
  std::vector<bool> touched;
  for (const std::uint32_t index : order) {
    index_[segments_[index]] = static_cast<std::uint32_t>(segments.size());
    segments.push_back(segments_[index]);
    const auto first = touched_.begin() + static_cast<std::ptrdiff_t>(index * pages_per_segment);
    touched.insert(touched.end(), first, first + static_cast<std::ptrdiff_t>(pages_per_segment));
  }
  segments_ = std::move(segments);
  touched_ = std::move(touched);
  last_segment_ = ~std::uint64_t{0};
}

bool Program::Touches(std::size_t index, std::uint64_t inside, std::uint64_t size_bytes) const {
  const auto first = touched_.begin() + static_cast<std::ptrdiff_t>((index * segment_bytes_ + inside) / kPageBytes);
  const auto last = first + static_cast<std::ptrdiff_t>(size_bytes / kPageBytes);
  return std::find(first, last, true) != last;
}

Status Program::Rewind() {
  Result<trace::Reader> reader = trace::Reader::Open(path_);
  if (!reader.ok()) return reader.status();
  reader_ = std::move(*reader);
  replayed_ = 0;
  return {};
}

Result<bool> Program::Next(PlacedAccess& access) {
  if (replayed_ == lines_) return false;
  trace::Access recorded;
  const Result<bool> more = reader_->Next(recorded);
  if (!more.ok()) return more.status();
  if (!*more) return Status::Error(path_ + ": became shorter while it was read");
  ++replayed_;
  access.program_addr = recorded.line * kLineBytes;
  access.write = recorded.write;
  const std::uint64_t segment = access.program_addr / segment_bytes_;
  if (segment != last_segment_) {
    const auto place = index_.find(segment);
    if (place == index_.end()) return Status::Error(path_ + ": changed while it was read");
    last_segment_ = segment;
    last_index_ = place->second;
  }
  access.window_offset = places_[last_index_] * segment_bytes_ + access.program_addr % segment_bytes_;
  return true;
}

}  // namespace tarn::replay
