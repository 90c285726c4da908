// What the cosimulation says of what the RTL did.
#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string>

#include "tests/iommu/cosimulation.h"

namespace tarn::tests {

using namespace tb;  // NOLINT(google-build-using-namespace): every other word is of the testbench library
using iommu::Translation;

namespace {

constexpr std::uint64_t kQuietCycles = 500;  // longer than memory takes for one record
constexpr unsigned kAlternativesMax = 8;     // of the words that one translation reads

FaultFields FieldsOf(const iommu::FaultRecord& record) { return FaultFields::Unpack(record.Pack()); }

// What the device is to see. An address wider than the bus ends at the unit; a device may be told one.
LineStatus StatusOf(const Translation& translation) {
  if (translation.status != LineStatus::kOk || translation.completion) return translation.status;
  return translation.address.value() >> 56 != 0 ? LineStatus::kAccessError : LineStatus::kOk;
}
bool IsOfInterruptFile(std::uint32_t cause) { return (cause >= 261 && cause <= 264) || cause == 270 || cause == 271; }
// A translation request is answered by the unit, and so is what goes to a memory-resident interrupt file.
bool IsStored(const Translation& translation) { return translation.mrif && !translation.completion; }
bool Leaves(const Translation& translation) {
  return StatusOf(translation) == LineStatus::kOk && !translation.completion && !translation.mrif;
}

// What the unit itself answers: completions, and zeros.
Line DataOf(const DeviceRequest& request, const Translation& outcome) {
  Line data{};
  const auto put = [&data](std::uint64_t value) { std::memcpy(data.data(), &value, sizeof value); };
  if (outcome.completion) {
    put(*outcome.completion);
  } else if (outcome.fault && request.at == AddressType::kTranslationRequest) {
    put(outcome.completer_abort ? 1 : 0);
  }
  return data;
}

// Naturally aligned, 4 bytes: what may be an MSI.
bool IsWordWrite(const HostRequest& request) {
  return request.op == Op::kPartialWrite && !request.exclusive && WordOf(request.mask).has_value();
}

bool HaveSameIds(const Translation& a, const Translation& b) { return a.rcid == b.rcid && a.mcid == b.mcid; }

bool SameOutcome(const Translation& a, const Translation& b) {
  return a.status == b.status && (a.status != LineStatus::kOk || a.address == b.address) &&
         (!Leaves(a) || HaveSameIds(a, b)) && a.fault == b.fault && a.reported == b.reported &&
         a.completion == b.completion && a.completer_abort == b.completer_abort && a.mrif == b.mrif;
}

std::string Describe(const Translation& translation) {
  std::string text = Name(StatusOf(translation));
  if (Leaves(translation)) {
    text += " at " + DescribeValue(translation.address.value()) + " with ids " + std::to_string(translation.rcid) +
            "/" + std::to_string(translation.mcid);
  }
  if (translation.completion) text += " completion " + DescribeValue(*translation.completion);
  if (translation.completer_abort) text += " completer abort";
  if (translation.mrif) text += " file " + DescribeValue(translation.mrif->address);
  if (translation.fault) text += " " + DescribeValue(FieldsOf(*translation.fault));
  return text;
}

}  // namespace

// The model's translation; what goes to an interrupt file is stored at once, as it is one access with one report.
Translation Cosimulation::Outcome(const DeviceRequest& request) {
  Translation translation = model_.Translate(request);
  if (IsStored(translation)) translation.status = model_.StoreMessage(request, translation);
  return translation;
}

// All that come of reading the old or the new words of a change under way, and A and D bits that may or may not be set.
// What is certain is written; what is not may have been.
std::vector<Translation> Cosimulation::Outcomes(const DeviceRequest& request) {
  if (memory_.is_certain()) return {Outcome(request)};
  std::vector<Translation> outcomes;
  std::vector<ModelMemory::Written> unsettled;
  unsigned alternatives = 0;
  for (std::uint32_t choices = 0; choices < 1U << alternatives || choices == 0; ++choices) {
    memory_.BeginTry(choices);
    const Translation translation = Outcome(request);
    alternatives = std::max(alternatives, std::min(memory_.EndTry(), kAlternativesMax));
    if (alternatives == 0) {
      memory_.KeepTried();
    } else {
      memory_.CollectTried(unsettled);
    }
    const auto same = [&](const Translation& other) { return SameOutcome(translation, other); };
    if (std::none_of(outcomes.begin(), outcomes.end(), same)) outcomes.push_back(translation);
  }
  for (const ModelMemory::Written& written : unsettled) memory_.Unsettle(written.word_address, written.bits);
  if (alternatives != 0) UnsettleFiles(outcomes);
  return outcomes;
}

void Cosimulation::UnsettleFiles(const std::vector<Translation>& outcomes) {
  for (const Translation& outcome : outcomes) {
    if (IsStored(outcome)) unsure_files_.insert(outcome.mrif->address);
  }
}

// Requests on their way, once a change is: what they were thought to write may be written or not. Twice, since what one
// may write another may read.
void Cosimulation::JudgeAgain(const std::vector<std::uint8_t>& tags) {
  for (const std::uint8_t tag : tags) {
    UnsettleFiles(expected_[tag].outcomes);
    for (const ModelMemory::Written& written : expected_[tag].writes) {
      memory_.Unsettle(written.word_address, written.bits);
    }
    expected_[tag].writes.clear();
  }
  for (int round = 0; round < 2; ++round) {
    for (const std::uint8_t tag : tags) expected_[tag].outcomes = Outcomes(bench_.SentRequest(tag));
  }
}

void Cosimulation::Fail(const std::string& what, const DeviceRequest& request, const Expectation& expectation) {
  std::string text = what + "\n  request " + DescribeValue(request);
  for (const Translation& outcome : expectation.outcomes) text += "\n  expected " + Describe(outcome);
  bench_.failures().Add(text + "\n  cycle " + std::to_string(bench_.simulation().cycle()));
}

// Section 9.1; without quality-of-service ids of its own the unit leaves a request those that it came with.
HostRequest Cosimulation::ExpectedHostRequest(const DeviceRequest& from, const Translation& outcome) const {
  const bool has_ids = world_->has(kCapQosid);
  HostRequest want;
  want.tag = from.tag;
  want.op = from.op;
  want.attr = from.attr;
  want.rcid = has_ids ? outcome.rcid : from.rcid;
  want.mcid = has_ids ? outcome.mcid : from.mcid;
  want.qos = from.qos;
  want.exclusive = from.exclusive;
  want.exclusive_id = from.exclusive_id;
  want.addr = outcome.address.value();
  want.mask = from.mask;
  want.data = from.data;
  return want;
}

// The request, and what the model says of it now; what the host answers is known when it was asked.
void Cosimulation::ShowExpectation(const DeviceRequest& request, std::uint64_t cycle) {
  golden_wave_->Request(request, cycle);
  const Translation& outcome = expected_[request.tag].outcomes[0];
  if (outcome.reported) golden_wave_->Fault(*outcome.fault, cycle);
  if (Leaves(outcome)) return golden_wave_->HostRequestOf(ExpectedHostRequest(request, outcome), cycle);
  // W of a completion depends on D, which hardware may set for another request first.
  if (outcome.completion) return golden_wave_->SomeAnswer(request.tag, cycle);
  LineResponse answer;
  answer.tag = request.tag;
  answer.status = StatusOf(outcome);
  answer.data = DataOf(request, outcome);
  golden_wave_->Answer(answer, cycle);
}

void Cosimulation::OnHostRequest(const HostRequest& request, const DeviceRequest& from) {
  Expectation& expectation = expected_[request.tag];
  const bool has_ids = world_->has(kCapQosid);
  const auto goes_there = [&](const Translation& translation) {
    return Leaves(translation) && translation.address.value() == request.addr &&
           (!has_ids || (translation.rcid == request.rcid && translation.mcid == request.mcid));
  };
  const auto outcome = std::find_if(expectation.outcomes.begin(), expectation.outcomes.end(), goes_there);
  if (outcome == expectation.outcomes.end()) {
    Fail("host request to " + DescribeValue(request.addr) + " with ids " + std::to_string(request.rcid) + "/" +
             std::to_string(request.mcid),
         from, expectation);
  }
  if (expectation.left) Fail("a second host request", from, expectation);
  expectation.left = true;
  expectation.status = bench_.device_memory.status(request.addr);
  if (expectation.status == LineStatus::kOk) expectation.data = bench_.device_memory.Read(request.addr);
  expectation.goes_outside = expectation.status != LineStatus::kOk && IsWordWrite(request);
  if (golden_wave_ && expectation.goes_outside) golden_wave_->SomeAnswer(request.tag, bench_.simulation().cycle());
  if (golden_wave_ && !expectation.goes_outside) {
    golden_wave_->Answer({.tag = request.tag, .status = expectation.status, .data = expectation.data},
                         bench_.simulation().cycle());
  }
  const HostRequest want =
      outcome == expectation.outcomes.end() ? request : ExpectedHostRequest(from, *outcome);  // else it was told above
  expectation.sent = want;
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

// Sections 3.1.3 and 6.27: the unit's ids for the device directory, a device's for other tables. A damaged table may
// lead a walk from one into the other, but whole device contexts are read by their own alone.
void Cosimulation::OnWalkRequest(const HostRequest& request) {
  constexpr int kOtherBytesMax = 16;  // of what is read elsewhere
  if (!world_ || !world_->has(kCapQosid)) return;
  const std::optional<bool> is_of_directory = world_->IsOfDirectory(request.addr);
  if (!is_of_directory) return;
  const std::pair<std::uint16_t, std::uint16_t> ids = {request.rcid, request.mcid};
  const bool is_context = *is_of_directory && std::popcount(request.mask) > kOtherBytesMax;
  const bool is_right = (*is_of_directory && ids == unit_ids_) || (!is_context && world_->qos_ids().contains(ids));
  if (!is_right) {
    bench_.failures().Add("the table at " + DescribeValue(request.addr) + " is read with ids " +
                          std::to_string(request.rcid) + "/" + std::to_string(request.mcid));
  }
}

// Do two requests write the same word, with the same ids? What else of the line they carry does not matter.
static bool IsSameWordWrite(const HostRequest& a, const HostRequest& b) {
  const std::size_t at = WordOf(a.mask).value_or(0);
  return a.addr == b.addr && a.mask == b.mask && a.rcid == b.rcid && a.mcid == b.mcid &&
         std::equal(a.data.begin() + at, a.data.begin() + at + 4, b.data.begin() + at);
}

// A word that the host refused, as it was sent there; or the notice of an interrupt file, whose address is outside of
// all memory.
void Cosimulation::OnOutboundRequest(const HostRequest& request) {
  for (unsigned i = 0; i < expected_.size(); ++i) {
    const auto tag = static_cast<std::uint8_t>(i);
    Expectation& expectation = expected_[tag];
    if (!bench_.is_open(tag) || !expectation.goes_outside || expectation.is_outside) continue;
    if (!IsWordWrite(request) || !IsSameWordWrite(expectation.sent, request)) continue;
    expectation.is_outside = true;
    expectation.status = bench_.outside.status(request.addr);
    ++counts_.outside;
    CheckWritesBefore(tag);
    return;
  }
  if (bench_.memory.status(request.addr) != LineStatus::kAccessError) {
    bench_.failures().Add("nobody wrote " + DescribeValue(request) + " outside");
  }
}

// A word goes outside after all writes that were accepted before it, but those that go there as well.
void Cosimulation::CheckWritesBefore(std::uint8_t tag) {
  for (unsigned i = 0; i < expected_.size(); ++i) {
    const auto other = static_cast<std::uint8_t>(i);
    if (other == tag || !bench_.is_open(other) || !bench_.is_accepted(other) || expected_[other].goes_outside) continue;
    if (bench_.SentRequest(other).op == Op::kRead || bench_.accepted_cycle(other) > bench_.accepted_cycle(tag))
      continue;
    Fail("a word goes outside before the answer to an older write:\n  " + DescribeValue(bench_.SentRequest(other)),
         bench_.SentRequest(tag), expected_[tag]);
  }
}

bool Cosimulation::SharesOrder(std::uint8_t older, const DeviceRequest& request) const {
  const DeviceRequest& other = bench_.SentRequest(older);
  return other.process_valid == request.process_valid && other.process_id == request.process_id &&
         other.at == request.at;
}

// Which of two equal words was seen outside shows only when one is answered: that one.
void Cosimulation::TakeEqualWordOutside(std::uint8_t tag) {
  Expectation& expectation = expected_[tag];
  for (unsigned i = 0; i < expected_.size(); ++i) {
    Expectation& other = expected_[i];
    if (i == tag || !bench_.is_open(static_cast<std::uint8_t>(i)) || !other.is_outside) continue;
    if (!IsSameWordWrite(expectation.sent, other.sent)) continue;
    std::swap(expectation.is_outside, other.is_outside);
    std::swap(expectation.status, other.status);
    return;
  }
}

void Cosimulation::OnAnswer(const LineResponse& answer, const DeviceRequest& from) {
  Expectation& expectation = expected_[answer.tag];
  ++counts_.compared;
  auto& queue = order_[{from.device_id, from.addr}];
  queue.erase(std::remove(queue.begin(), queue.end(), answer.tag), queue.end());
  if (expectation.left) {
    CountBin(expectation);
    ++counts_.passed;
    if (expectation.goes_outside && !expectation.is_outside) TakeEqualWordOutside(answer.tag);
    if (expectation.goes_outside && !expectation.is_outside) Fail("answered, and never outside", from, expectation);
    if (answer.status != expectation.status || answer.data != expectation.data) {
      Fail(std::string("the host's answer was changed: ") + Name(answer.status), from, expectation);
    }
    return;
  }
  ++(answer.status == LineStatus::kOk ? counts_.passed : counts_.refused);  // told, or stored in an interrupt file
  std::vector<FaultFields> records;
  bool silent = false, right = false;
  for (const Translation& outcome : expectation.outcomes) {
    if (StatusOf(outcome) != answer.status || DataOf(from, outcome) != answer.data) continue;
    right = true;
    if (outcome.reported) records.push_back(FieldsOf(*outcome.fault));
    silent = silent || !outcome.reported;
  }
  CountBin(expectation);
  if (!right && MayDifferInWrite(from, answer, expectation)) return;
  if (!right) {
    Fail(std::string("answered ") + Name(answer.status) + " without the host, data " + DescribeValue(answer.data), from,
         expectation);
    return;
  }
  if (!records.empty()) records_.push_back({.any_of = std::move(records), .optional = silent});
}

void Cosimulation::CountBin(const Expectation& expectation) {
  const Translation& outcome = expectation.outcomes[0];
  const bool is_told = StatusOf(outcome) == LineStatus::kOk || outcome.fault;
  if (expectation.outcomes.size() != 1 || !expectation.bin || !is_told) return;
  Bin bin = *expectation.bin;
  if (outcome.fault) bin.cause = static_cast<std::uint32_t>(outcome.fault->cause);
  if (IsOfInterruptFile(bin.cause)) bin.shift = 12;  // a damaged entry may lead to one out of a larger page
  coverage_.Count(bin);
}

// W of a completion depends on D: where hardware sets it, on which of two requests came first.
bool Cosimulation::MayDifferInWrite(const DeviceRequest& request, const LineResponse& answer,
                                    const Expectation& expectation) {
  constexpr std::uint64_t kMayWrite = 2;
  std::uint64_t completion = 0;
  std::memcpy(&completion, answer.data.data(), sizeof completion);
  const auto but_for_write = [&](const Translation& outcome) {
    return outcome.completion && (*outcome.completion | kMayWrite) == (completion | kMayWrite);
  };
  if (std::none_of(expectation.outcomes.begin(), expectation.outcomes.end(), but_for_write)) return false;
  return std::any_of(world_->devices().begin(), world_->devices().end(), [&](const Device& device) {
    const Vm& vm = world_->vms()[device.vm];
    return device.id == request.device_id && (vm.gade || vm.sade);
  });
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
void Cosimulation::CompareTables() {
  for (const Entry& entry : world_->entries()) {
    std::uint64_t have = 0, want = 0, may = 0;
    for (std::uint64_t at = entry.address; at < entry.address + entry.size_bytes(); at += entry.word_bytes) {
      const bool page = entry.copies > 1;
      const auto load = [&](const LineMemory& memory) {
        return World::InMemory(entry, entry.word_bytes == 8 ? memory.Read64(at) : memory.Read32(at));
      };
      have = (page ? have : 0) | load(bench_.memory);
      want = (page ? want : 0) | load(memory_.image);
      const std::uint64_t unsettled = memory_.unsettled(at / 8 * 8) >> (at % 8 * 8);
      may |= World::InMemory(entry, entry.word_bytes == 8 ? unsettled : unsettled & 0xFFFF'FFFF) & (kPteA | kPteD);
      if (page && at + entry.word_bytes < entry.address + entry.size_bytes()) continue;
      if (((have ^ want) & ~may) != 0) {
        bench_.failures().Add("the table entry at " + DescribeValue(at) + " is " + DescribeValue(have) +
                              ", in the model " + DescribeValue(want));
      }
    }
    if (may == 0) continue;
    for (std::uint64_t at = entry.address / 8 * 8; at < entry.address + entry.size_bytes(); at += 8) {
      memory_.image.Write64(at, bench_.memory.Read64(at));
    }
  }
  memory_.Settle();
  CompareInterruptFiles();
}

// 512 bytes each; what an uncertain outcome may have stored is taken over.
void Cosimulation::CompareInterruptFiles() {
  for (const Entry& entry : world_->entries()) {
    if (entry.kind != EntryKind::kMsi || (entry.good[0] >> 1 & 3) != 1) continue;
    const std::uint64_t file = (entry.good[0] >> 7 & 0x7FFF'FFFF'FFFF) << 9;
    for (std::uint64_t at = file; at < file + 512; at += 8) {
      const std::uint64_t have = bench_.memory.Read64(at), want = memory_.image.Read64(at);
      if (have == want) continue;
      if (!unsure_files_.contains(file)) {
        bench_.failures().Add("the interrupt file's word at " + DescribeValue(at) + " is " + DescribeValue(have) +
                              ", in the model " + DescribeValue(want));
      }
      memory_.image.Write64(at, have);
    }
  }
  unsure_files_.clear();
}

}  // namespace tarn::tests
