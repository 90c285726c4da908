#include "tb/channel/expected_content.h"

#include <string>

#include "models/common/describe.h"
#include "models/common/random.h"
#include "tb/channel/seeded_memory.h"

namespace tarn::channel {

Line ExpectedContent::Read(std::uint64_t line) const {
  const auto found = written_.find(line);
  return found != written_.end() ? found->second : SeededMemory::InitialLine(seed_, map_.ModuleLineOf(line));
}

const Line& ExpectedContent::Write(std::uint64_t line) {
  // The numbers of lines, which the initial content is made of, end below this bit.
  constexpr std::uint64_t kWritten = std::uint64_t{1} << 39;
  return written_[line] = SeededLine(seed_ << 40 | kWritten | ++writes_);
}

void ExpectedContent::CompareWithModule(SlotMemory& module, tb::Failures& failures) const {
  for (const auto& [line, expected] : written_) {
    Line observed;
    const LineStatus status = module.ReadLine(map_.ModuleLineOf(line), observed);
    if (status == LineStatus::kOk && observed == expected) continue;
    failures.Add("the module does not hold what was written to line " + std::to_string(line) + "\n  expected " +
                 DescribeValue(expected) + "\n  observed " + Name(status) + " " + DescribeValue(observed));
  }
}

bool ExpectedContent::MayTouch(std::uint64_t line, unsigned port) const {
  const auto owner = owners_.find(line);
  return owner == owners_.end() || owner->second.port == port;
}

void ExpectedContent::Taken(std::uint64_t line, unsigned port) {
  Owner& owner = owners_[line];
  owner.port = port;
  ++owner.under_way;
}

void ExpectedContent::Answered(std::uint64_t line) {
  const auto owner = owners_.find(line);
  if (--owner->second.under_way == 0) owners_.erase(owner);
}

}  // namespace tarn::channel
