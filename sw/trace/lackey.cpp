#include "sw/trace/lackey.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace tarn::trace {

namespace {
constexpr std::uint32_t kReferenceBytesMax = 4096;
constexpr std::string_view kDataKinds = "LSM";
}  // namespace

bool IsValgrindMessage(std::string_view line) {
  return line.starts_with("==") || line.starts_with("--") || line.starts_with("**");
}

std::optional<LackeyReference> ParseLackeyLine(std::string_view line) {
  // "I  address,size" or " L address,size"
  if (line.size() < 6 || line[2] != ' ') return std::nullopt;
  const bool instruction = line[0] == 'I' && line[1] == ' ';
  if (!instruction && (line[0] != ' ' || kDataKinds.find(line[1]) == std::string_view::npos)) return std::nullopt;
  const char kind = instruction ? 'I' : line[1];
  LackeyReference reference{.kind = static_cast<LackeyReference::Kind>(kind)};
  const char* const end = line.data() + line.size();
  const auto [comma, bad_address] = std::from_chars(line.data() + 3, end, reference.address, 16);
  if (bad_address != std::errc() || comma == end || *comma != ',') return std::nullopt;
  const auto [last, bad_size] = std::from_chars(comma + 1, end, reference.size_bytes, 10);
  if (bad_size != std::errc() || last != end) return std::nullopt;
  if (reference.size_bytes < 1 || reference.size_bytes > kReferenceBytesMax) return std::nullopt;
  if (reference.address > std::numeric_limits<std::uint64_t>::max() - (reference.size_bytes - 1)) return std::nullopt;
  return reference;
}

LackeyDecoder::LackeyDecoder(const std::optional<CacheFilterConfig>& filter, bool instructions)
    : with_instructions_(filter ? filter->instructions : instructions) {
  if (filter) {
    filter_.emplace(*filter);
    flush_ = filter->flush;
  }
}

void LackeyDecoder::Decode(const LackeyReference& reference, std::vector<Access>& traffic) {
  using Kind = LackeyReference::Kind;
  ++references_;
  const std::size_t before = traffic.size();
  if (reference.kind == Kind::kInstruction) {
    ++instructions_;
    if (with_instructions_) Refer(reference, /*write=*/false, traffic);
  } else {
    if (reference.kind != Kind::kStore) Refer(reference, /*write=*/false, traffic);
    if (reference.kind != Kind::kLoad) Refer(reference, /*write=*/true, traffic);
  }
  if (traffic.size() == before) return;
  const std::uint64_t gap = instructions_ - instructions_at_last_access_;
  traffic[before].gap = static_cast<std::uint32_t>(std::min<std::uint64_t>(gap, 0xffffffff));
  instructions_at_last_access_ = instructions_;
}

void LackeyDecoder::Refer(const LackeyReference& reference, bool write, std::vector<Access>& traffic) {
  if (filter_) {
    filter_->Reference(reference.address, reference.size_bytes, write, traffic);
    return;
  }
  const std::uint64_t last = (reference.address + (reference.size_bytes - 1)) / 64;
  for (std::uint64_t line = reference.address / 64; line <= last; ++line) {
    traffic.push_back({.line = line, .write = write});
  }
}

void LackeyDecoder::End(std::vector<Access>& traffic) {
  if (filter_ && flush_) filter_->Flush(traffic);
}

}  // namespace tarn::trace
