// What the cosimulation says of what the RTL did.
#include <algorithm>
#include <string>

#include "tests/iommu/cosimulation.h"

namespace tarn::tests {

using namespace tb;  // NOLINT(google-build-using-namespace): every other word is of the testbench library
using iommu::Translation;

namespace {

constexpr std::uint64_t kQuietCycles = 500;  // longer than memory takes for one record
constexpr unsigned kChoicesMax = 5;          // reads of a changed entry by one translation that are told apart

FaultFields FieldsOf(const iommu::FaultRecord& record) { return FaultFields::Unpack(record.Pack()); }

// What the device is to see. An address wider than the bus ends at the unit.
LineStatus StatusOf(const Translation& translation) {
  if (translation.status != LineStatus::kOk) return translation.status;
  return translation.address.value() >> 56 != 0 ? LineStatus::kAccessError : LineStatus::kOk;
}
bool Leaves(const Translation& translation) { return StatusOf(translation) == LineStatus::kOk; }

bool SameOutcome(const Translation& a, const Translation& b) {
  return a.status == b.status && (a.status != LineStatus::kOk || a.address == b.address) && a.fault == b.fault &&
         a.reported == b.reported;
}

std::string Describe(const Translation& translation) {
  std::string text = Name(StatusOf(translation));
  if (Leaves(translation)) text += " at " + DescribeValue(translation.address.value());
  if (translation.fault) text += " " + DescribeValue(FieldsOf(*translation.fault));
  return text;
}

}  // namespace

// While a change is under way, all that come of reading the old or the new words, whenever the changed entry is read.
std::vector<Translation> Cosimulation::Outcomes(const DeviceRequest& request) {
  if (!under_way_) return {model_.Translate(request)};
  std::vector<Translation> outcomes;
  unsigned reads = 0;
  for (std::uint32_t choices = 0; choices < 1U << reads || choices == 0; ++choices) {
    memory_.BeginTry(choices);
    const Translation translation = model_.Translate(request);
    reads = std::max(reads, std::min(memory_.EndTry(), kChoicesMax));
    const auto same = [&](const Translation& other) { return SameOutcome(translation, other); };
    if (std::none_of(outcomes.begin(), outcomes.end(), same)) outcomes.push_back(translation);
  }
  return outcomes;
}

void Cosimulation::Fail(const std::string& what, const DeviceRequest& request, const Expectation& expectation) {
  std::string text = what + "\n  request " + DescribeValue(request);
  for (const Translation& outcome : expectation.outcomes) text += "\n  expected " + Describe(outcome);
  bench_.failures().Add(text + "\n  cycle " + std::to_string(bench_.simulation().cycle()));
}

void Cosimulation::OnHostRequest(const HostRequest& request, const DeviceRequest& from) {
  Expectation& expectation = expected_[request.tag];
  const auto goes_there = [&](const Translation& translation) {
    return Leaves(translation) && translation.address.value() == request.addr;
  };
  if (std::none_of(expectation.outcomes.begin(), expectation.outcomes.end(), goes_there)) {
    Fail("host request to " + DescribeValue(request.addr), from, expectation);
  }
  if (expectation.left) Fail("a second host request", from, expectation);
  expectation.left = true;
  expectation.data = bench_.device_memory.Read(request.addr);
  HostRequest want;
  want.tag = from.tag;
  want.op = from.op;
  want.attr = from.attr;
  want.rcid = from.rcid;
  want.mcid = from.mcid;
  want.qos = from.qos;
  want.exclusive = from.exclusive;
  want.exclusive_id = from.exclusive_id;
  want.addr = request.addr;
  want.mask = from.mask;
  want.data = from.data;
  if (!(want == request)) Fail("host request differs:\n" + DescribeDifference(want, request), from, expectation);
  // Older requests of this device to this line have left before, or will be refused.
  auto& queue = order_[{from.device_id, from.addr}];
  const auto self = std::find(queue.begin(), queue.end(), request.tag);
  for (auto tag = queue.begin(); tag != self; ++tag) {
    const Expectation& older = expected_[*tag];
    if (SharesOrder(*tag, from) && older.outcomes.size() == 1 && Leaves(older.outcomes[0])) {
      Fail("passes an older request to its line:\n  " + DescribeValue(bench_.SentRequest(*tag)), from, expectation);
    }
  }
  if (self != queue.end()) queue.erase(self);
}

bool Cosimulation::SharesOrder(std::uint8_t older, const DeviceRequest& request) const {
  const DeviceRequest& other = bench_.SentRequest(older);
  return other.process_valid == request.process_valid && other.process_id == request.process_id &&
         other.at == request.at;
}

void Cosimulation::OnAnswer(const LineResponse& answer, const DeviceRequest& from) {
  Expectation& expectation = expected_[answer.tag];
  ++counts_.compared;
  auto& queue = order_[{from.device_id, from.addr}];
  queue.erase(std::remove(queue.begin(), queue.end(), answer.tag), queue.end());
  const bool certain = expectation.outcomes.size() == 1;
  if (certain && expectation.bin && (Leaves(expectation.outcomes[0]) || expectation.outcomes[0].fault)) {
    Bin bin = *expectation.bin;
    if (expectation.outcomes[0].fault) bin.cause = static_cast<std::uint32_t>(expectation.outcomes[0].fault->cause);
    coverage_.Count(bin);
  }
  if (expectation.left) {
    ++counts_.passed;
    if (answer.status != LineStatus::kOk || answer.data != expectation.data) {
      Fail(std::string("the host's answer was changed: ") + Name(answer.status), from, expectation);
    }
    return;
  }
  ++counts_.refused;
  std::vector<FaultFields> records;
  bool silent = false, right = false;
  for (const Translation& outcome : expectation.outcomes) {
    if (StatusOf(outcome) != answer.status) continue;
    right = true;
    if (outcome.reported) records.push_back(FieldsOf(*outcome.fault));
    silent = silent || !outcome.reported;
  }
  if (!right || answer.status == LineStatus::kOk) {
    Fail(std::string("answered ") + Name(answer.status) + " without the host", from, expectation);
    return;
  }
  Line allowed{};  // nothing, but a refused translation request is told whether it is a Completer Abort
  if (from.at == AddressType::kTranslationRequest) allowed[0] = answer.data[0] & 1;
  if (answer.data != allowed) Fail("a refusal brings data", from, expectation);
  if (!records.empty()) records_.push_back({.any_of = std::move(records), .optional = silent});
}

void Cosimulation::CompareRecords() {
  if (bench_.failures().any()) return;
  const auto needed = static_cast<std::size_t>(
      std::count_if(records_.begin(), records_.end(), [](const ExpectedRecord& record) { return !record.optional; }));
  std::vector<FaultFields> observed = bench_.WaitForFaults(needed);
  // Those that need not come may be among them: what is on its way to memory comes within the quiet time.
  for (std::size_t before = observed.size() + 1; before != observed.size() && !bench_.failures().any();) {
    before = observed.size();
    bench_.simulation().Run(needed == records_.size() ? 100 : kQuietCycles);
    const std::vector<FaultFields> more = bench_.TakeFaults();
    observed.insert(observed.end(), more.begin(), more.end());
  }
  // Those that are certain first, so that the others do not take theirs away.
  std::stable_sort(records_.begin(), records_.end(), [](const ExpectedRecord& a, const ExpectedRecord& b) {
    return a.any_of.size() + (a.optional ? 1 : 0) < b.any_of.size() + (b.optional ? 1 : 0);
  });
  for (const ExpectedRecord& expected : records_) {
    const auto found = std::find_if(observed.begin(), observed.end(), [&](const FaultFields& record) {
      return std::find(expected.any_of.begin(), expected.any_of.end(), record) != expected.any_of.end();
    });
    if (found == observed.end()) {
      if (!expected.optional) bench_.failures().Add("missing fault record " + DescribeValue(expected.any_of[0]));
      continue;
    }
    ++counts_.records;
    ++counts_.causes[found->cause];
    observed.erase(found);
  }
  for (const FaultFields& record : observed) bench_.failures().Add("unexpected fault record " + DescribeValue(record));
  records_.clear();
}

// Both images hold the same tables. A and D may be set in any of a NAPOT page's entries (Svnapot); and where a change
// was under way, the RTL may have set what an old or a new word allowed.
void Cosimulation::CompareTables(bool changed_under_way) {
  for (const Entry& entry : world_->entries()) {
    std::uint64_t have = 0, want = 0, may = 0;
    for (std::uint64_t at = entry.address; at < entry.address + entry.size_bytes(); at += entry.word_bytes) {
      const bool page = entry.copies > 1;
      const auto load = [&](const LineMemory& memory) {
        return World::InMemory(entry, entry.word_bytes == 8 ? memory.Read64(at) : memory.Read32(at));
      };
      have = (page ? have : 0) | load(bench_.memory);
      want = (page ? want : 0) | load(memory_.image);
      const auto found = memory_.may_be_set.find(at / 8 * 8);
      if (changed_under_way && found != memory_.may_be_set.end()) {
        const std::uint64_t raw = entry.word_bytes == 8 ? found->second : found->second >> (at % 8 * 8);
        may |= World::InMemory(entry, raw) & (kPteA | kPteD);
      }
      if (page && at + entry.word_bytes < entry.address + entry.size_bytes()) continue;
      const bool same = ((have ^ want) & ~may) == 0;
      if (!same) {
        bench_.failures().Add("the table entry at " + DescribeValue(at) + " is " + DescribeValue(have) +
                              ", in the model " + DescribeValue(want));
      }
    }
    if (may == 0) continue;
    for (std::uint64_t at = entry.address / 8 * 8; at < entry.address + entry.size_bytes(); at += 8) {
      memory_.image.Write64(at, bench_.memory.Read64(at));
    }
  }
  memory_.may_be_set.clear();
}

}  // namespace tarn::tests
