#include "tb/channel/seeded_memory.h"

#include <algorithm>

namespace tarn::channel {

LineStatus SeededMemory::ReadLine(std::uint64_t line, Line& data) {
  const auto found = written_.find(line);
  if (found == written_.end()) {
    data = InitialLine(seed_, line);
    return LineStatus::kOk;
  }
  data = found->second.data;
  return found->second.poison ? LineStatus::kPoison : LineStatus::kOk;
}

void SeededMemory::WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask, bool poison) {
  auto found = written_.find(line);
  if (found == written_.end()) found = written_.emplace(line, Written{InitialLine(seed_, line), false}).first;
  Written& written = found->second;
  MergeLine(written.data, data, mask);
  const bool whole = mask == ~std::uint64_t{0};
  written.poison = poison || (written.poison && !whole);
}

std::uint64_t SeededMemory::ReadPage(std::uint64_t page, Page& data) {
  std::uint64_t poison = 0;
  for (std::uint32_t i = 0; i < kLinesPerPage; ++i) {
    Line line;
    if (ReadLine(page * kLinesPerPage + i, line) == LineStatus::kPoison) poison |= std::uint64_t{1} << i;
    std::copy(line.begin(), line.end(), data.line(i));
  }
  return poison;
}

void SeededMemory::WritePage(std::uint64_t page, const Page& data, std::uint64_t poison) {
  for (std::uint32_t i = 0; i < kLinesPerPage; ++i) {
    Line line;
    std::copy_n(data.line(i), kLineBytes, line.begin());
    WriteLine(page * kLinesPerPage + i, line, ~std::uint64_t{0}, (poison >> i & 1) != 0);
  }
}

}  // namespace tarn::channel
