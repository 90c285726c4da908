#include "tests/iommu/cosimulation.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace tarn::tests {

using namespace tb;  // NOLINT(google-build-using-namespace): every other word is of the testbench library
using iommu::Translation;
namespace reg = iommu_registers;

namespace {

constexpr int kRequestsPerRound = 120;
constexpr std::uint64_t kTop = ~std::uint64_t{0} << 30;
constexpr std::uint64_t kDataPage = 1 << 24;  // translated pages lie from here on, tables far below

FaultFields FieldsOf(const iommu::FaultRecord& record) { return FaultFields::Unpack(record.Pack()); }

// What the device is to see. An address wider than the bus ends at the unit.
LineStatus StatusOf(const Translation& translation) {
  if (translation.status != LineStatus::kOk) return translation.status;
  return translation.address.value() >> 56 != 0 ? LineStatus::kAccessError : LineStatus::kOk;
}
bool Leaves(const Translation& translation) { return StatusOf(translation) == LineStatus::kOk; }

bool SameOutcome(const Translation& a, const Translation& b) {
  return a.status == b.status && (a.status != LineStatus::kOk || a.address == b.address) && a.fault == b.fault;
}

}  // namespace

LineStatus Cosimulation::SharedMemory::Read(HostPhysAddr address, void* data, std::size_t size_bytes, bool& paged) {
  paged = false;
  const LineStatus status = memory_.status(address.value());
  std::memcpy(data, memory_.Read(address.value()).data() + address.value() % kLineBytes, size_bytes);
  return status;
}

Cosimulation::Cosimulation(const CosimulationOptions& options)
    : options_(options),
      random_(options.seed * 77 + 5),
      bench_(options.plant, options.seed),
      shared_(bench_.memory),
      model_({}, shared_, shared_) {
  bench_.set_on_host_request(
      [this](const HostRequest& request, const DeviceRequest& from, std::uint64_t) { OnHostRequest(request, from); });
  bench_.set_on_answer(
      [this](const LineResponse& answer, const DeviceRequest& from, std::uint64_t) { OnAnswer(answer, from); });
  bench_.set_on_accepted([this](const DeviceRequest& request, std::uint64_t) {
    order_[{request.device_id, request.addr}].push_back(request.tag);
  });
}

void Cosimulation::Run() {
  BuildWorld();
  while (counts_.compared < options_.translations && !bench_.failures().any()) {
    SetTimings();
    if (random_.Percent(65)) {
      RoundWithChange();
    } else {
      Round();
    }
  }
  counts_.cycles = bench_.simulation().cycle();
  if (counts_.compared == 0) bench_.failures().Add("compared nothing");
}

// --- the world -------------------------------------------------------------------------------------------------------

void Cosimulation::BuildWorld() {
  mode_ = 2 + static_cast<std::uint32_t>(random_.Below(3));
  const std::uint32_t id_mask = mode_ == 2 ? 0x7F : mode_ == 3 ? 0xFFFF : 0xFFFFFF;
  for (std::size_t i = 0; i < spaces_.size(); ++i)
    BuildSpace(spaces_[i], static_cast<std::uint32_t>(random_.Below(1 << 20)));
  for (int i = 0; i < 12; ++i) {
    devices_.push_back(static_cast<std::uint32_t>(random_.Next()) & id_mask);
    SetContext(devices_.back());
  }
  bench_.EnableQueues(false, 12);
  bench_.SetMode(mode_);
  model_.WriteRegister64(reg::ddtp::kOffset, kDirectoryPpn << 10 | mode_);
}

// A gibibyte has leaves of one size; the last one is at the top of the address space, and may have NAPOT entries: its
// pages stand 64 KiB apart, since the sixteen entries of a NAPOT page would have to be equal.
void Cosimulation::BuildSpace(Space& space, std::uint32_t pscid) {
  static constexpr int kLevels[] = {0, 0, 1, 2, 0};
  space.root_ppn = bench_.tables.TakePage();
  space.pscid = pscid;
  for (std::uint64_t region = 0; region < 5; ++region) {
    const int level = kLevels[region];
    const std::uint64_t base = region == 4 ? kTop : (region + 1) << 30;
    const int pages = level == 0 ? 24 : level == 1 ? 6 : 1;
    for (int i = 0; i < pages; ++i) {
      std::uint64_t page = level == 2 ? 0 : random_.Below(4) << 21;
      if (level == 0) page |= random_.Below(32) << (region == 4 ? 16 : 12);
      space.pages.emplace_back(base | page, level);
      bench_.memory.Write64(bench_.tables.EntryAddress(space.root_ppn, base | page, level),
                            RandomEntry(base | page, level));
    }
  }
}

void Cosimulation::SetContext(std::uint32_t device_id) {
  space_of_[device_id] = random_.Below(spaces_.size());
  const Space& space = spaces_[space_of_[device_id]];
  DeviceContextWords words = Sv39Context(space.root_ppn, space.pscid);
  const std::uint64_t kind = random_.Below(50);
  if (kind == 0) words = {1, 0, 0, 0};            // bare
  if (kind == 1) words = {1 | kTcPdtv, 0, 0, 0};  // bare, with process ids
  if (kind == 2) words.tc |= std::uint64_t{1} << (32 + random_.Below(32));
  if (kind == 3) words.fsc |= std::uint64_t{1} << 60;
  if (kind == 4) words.tc = 0;
  if (random_.Percent(15)) words.tc |= kTcDtf;
  bench_.tables.SetContext(kDirectoryPpn, static_cast<int>(mode_) - 1, device_id, words);
}

std::uint64_t Cosimulation::RandomEntry(std::uint64_t iova, int level) {
  const std::uint64_t align = (std::uint64_t{1} << (9 * level)) - 1;
  std::uint64_t ppn = (kDataPage + random_.Below(1 << 20) * 64) & ~align;
  std::uint64_t flags = kPteUserAll;
  switch (random_.Below(40)) {
    case 0:
      flags = kPteV | random_.Below(256);
      break;
    case 1:
      flags &= ~(std::uint64_t{1} << random_.Below(8));
      break;
    case 2:
      flags |= std::uint64_t{1} << (54 + random_.Below(9));
      break;
    case 3:
      ppn |= std::uint64_t{1} << random_.Below(18);
      break;
    default:
      break;
  }
  if (iova >= kTop && random_.Percent(40)) {
    flags |= kPteN;
    ppn = (ppn & ~std::uint64_t{15}) | 8;
  }
  if ((flags & (kPteR | kPteW | kPteX)) == 0) flags |= kPteR;  // a pointer would lead into the data
  return ppn << 10 | flags;
}

// A leaf, or (to hurt, and to heal) an entry on the way to it.
Cosimulation::Change Cosimulation::RandomChange() {
  Change change;
  change.space = random_.Below(spaces_.size());
  const Space& space = spaces_[change.space];
  const auto& [iova, level] = space.pages[random_.Below(space.pages.size())];
  const std::uint64_t pscid = kCommandPscv | std::uint64_t{space.pscid} << 12;
  change.iova = iova;
  const std::uint64_t hurt = std::uint64_t{1} << 57;  // reserved; tables.h reads past it
  change.address = bench_.tables.EntryAddress(space.root_ppn, iova, 2);
  change.before = bench_.memory.Read64(change.address);
  if (level < 2 && ((change.before & hurt) != 0 || random_.Percent(10))) {
    change.after = change.before ^ hurt;
    change.invalidation = {kIotinvalVma | pscid, 0};
    return change;
  }
  change.address = bench_.tables.EntryAddress(space.root_ppn, iova, level);
  change.before = bench_.memory.Read64(change.address);
  change.after = random_.Percent(10) ? 0 : RandomEntry(iova, level);
  change.invalidation = {kIotinvalVma | (random_.Percent(70) ? pscid : 0), 0};
  if (random_.Percent(80)) {
    change.invalidation[0] |= kCommandAv;
    change.invalidation[1] = CommandAddress(iova + (level == 0 ? 0 : random_.Below(512) << 12));
  }
  return change;
}

void Cosimulation::ChangeTables() {
  for (std::uint64_t changes = random_.Below(6); changes > 0; --changes) {
    const Change change = RandomChange();
    bench_.memory.Write64(change.address, change.after);
    bench_.PushCommand(change.invalidation[0], change.invalidation[1]);
  }
  if (random_.Percent(30)) {
    const std::uint32_t device_id = devices_[random_.Below(devices_.size())];
    SetContext(device_id);
    bench_.PushCommand(kIodirDdt | (random_.Percent(70) ? kCommandDv | std::uint64_t{device_id} << 40 : 0));
  }
  PlantErrors();
  bench_.PushCommand(kIofence);
  bench_.RunCommands();
}

// Lines of tables that answer with an error, until the next time. What is kept of them must go, both times.
void Cosimulation::PlantErrors() {
  if (error_lines_.empty() && !random_.Percent(40)) return;
  for (const std::uint64_t line : error_lines_) bench_.memory.ClearStatus(line);
  error_lines_.clear();
  static constexpr LineStatus kErrors[] = {LineStatus::kAccessError, LineStatus::kPoison, LineStatus::kRetry,
                                           LineStatus::kTimeout};
  for (std::uint64_t errors = random_.Below(8); errors > 0; --errors) {
    const Space& space = spaces_[random_.Below(spaces_.size())];
    const auto& [iova, level] = space.pages[random_.Below(space.pages.size())];
    std::uint64_t address = bench_.tables.EntryAddress(space.root_ppn, iova, level);
    if (random_.Percent(20)) {
      address = bench_.tables.ContextAddress(kDirectoryPpn, static_cast<int>(mode_) - 1,
                                             devices_[random_.Below(devices_.size())]);
    }
    bench_.memory.set_status(address, kErrors[random_.Below(4)]);
    error_lines_.push_back(address);
  }
  bench_.PushCommand(kIodirDdt);
  bench_.PushCommand(kIotinvalVma);
}

void Cosimulation::SetTimings() {
  const auto random_timing = [this] {
    MemoryTiming timing;
    timing.latency_cycles_min = 1 + static_cast<unsigned>(random_.Below(20));
    timing.latency_cycles_max = timing.latency_cycles_min + static_cast<unsigned>(random_.Below(120));
    timing.stall_percent = random_.Percent(50) ? 0 : static_cast<unsigned>(random_.Below(70));
    return timing;
  };
  bench_.walk_agent().set_timing(random_timing());
  bench_.host_agent().set_timing(random_timing());
  bench_.answers().set_stall_percent(random_.Percent(50) ? 0 : static_cast<unsigned>(random_.Below(60)));
  bench_.requests().set_pause_percent(random_.Percent(50) ? 0 : static_cast<unsigned>(random_.Below(60)));
}

// --- rounds ----------------------------------------------------------------------------------------------------------

void Cosimulation::Round() {
  ChangeTables();
  for (int sent = 0; sent < kRequestsPerRound && !bench_.failures().any();) {
    const bool burst = random_.Percent(20);
    SendRandom(burst);
    sent += burst ? 4 : 1;
  }
  bench_.Drain();
  CompareRecords();
}

void Cosimulation::RoundWithChange() {
  const Change change = RandomChange();
  focus_ = change;
  const auto send = [this](std::uint64_t count) {
    for (; count > 0 && !bench_.failures().any(); --count) SendRandom(false);
  };
  if (random_.Percent(70)) {  // the page is not kept: a walk of it is under way when it changes
    bench_.PushCommand(change.invalidation[0], change.invalidation[1]);
    bench_.PushCommand(kIofence);
    bench_.RunCommands();
  }
  send(1 + random_.Below(kRequestsPerRound / 6));
  bench_.simulation().Run(random_.Below(150));
  // Those on their way may go either way from now on.
  bench_.memory.Write64(change.address, change.after);
  under_way_ = change;
  ++counts_.changed_under_way;
  for (unsigned i = 0; i < expected_.size(); ++i) {
    const auto tag = static_cast<std::uint8_t>(i);
    if (!bench_.is_open(tag)) continue;
    Expectation& expectation = expected_[tag];
    expectation.before_fence = bench_.is_accepted(tag);
    const Translation before = expectation.now;
    expectation.now = model_.Translate(bench_.SentRequest(tag));
    if (!SameOutcome(before, expectation.now)) expectation.also = before;
  }
  bench_.PushCommand(change.invalidation[0], change.invalidation[1]);
  bench_.PushCommand(kIofence);
  bench_.RingCommands();
  const std::uint64_t start = bench_.simulation().cycle();
  while (!bench_.CommandsDone() && !bench_.failures().any()) {
    send(random_.Below(3));
    if (bench_.simulation().cycle() - start > IommuBench::kWaitCyclesMax) bench_.failures().Add("a fence does not end");
  }
  under_way_.reset();
  for (unsigned i = 0; i < expected_.size(); ++i) {
    const auto tag = static_cast<std::uint8_t>(i);
    if (!bench_.is_open(tag)) continue;
    if (expected_[tag].before_fence) {
      Fail("a fence was done before the answer to an older request", bench_.SentRequest(tag), expected_[tag]);
    }
    if (!bench_.is_accepted(tag)) expected_[tag].also.reset();  // from here on, only the new outcome
  }
  send(kRequestsPerRound / 6);
  focus_.reset();
  bench_.Drain();
  CompareRecords();
}

void Cosimulation::SendRandom(bool burst) {
  DeviceRequest request = RandomRequest();
  const std::uint64_t lines = burst ? 1 + random_.Below(8) : 1;
  for (std::uint64_t line = 0; line < lines && !bench_.failures().any(); ++line) {
    if (line > 0 && request.addr % kPageBytes == kPageBytes - kLineBytes) break;
    if (line > 0) {
      request.addr += kLineBytes;
      request.first_byte = 0;
      request.first_of_burst = false;
    }
    Expect(request);
  }
}

DeviceRequest Cosimulation::RandomRequest() {
  std::uint32_t device_id = devices_[random_.Below(devices_.size())];
  const Space& space = spaces_[random_.Percent(90) ? space_of_[device_id] : random_.Below(spaces_.size())];
  const auto& [page, level] = space.pages[random_.Below(random_.Percent(30) ? 3 : space.pages.size())];
  std::uint64_t iova = page + (level == 0 ? 0 : random_.Below(8) << 12) + random_.Below(3) * 64 + random_.Below(64);
  if (focus_ && space_of_[device_id] == focus_->space && random_.Percent(80)) {
    iova = focus_->iova + random_.Below(kPageBytes);
  }
  if (random_.Percent(4)) iova = random_.Next() >> random_.Below(40);
  if (random_.Percent(2)) iova ^= std::uint64_t{1} << (38 + random_.Below(26));
  if (random_.Percent(2)) device_id ^= 1u << random_.Below(24);
  const Op op = random_.Percent(60) ? Op::kRead : static_cast<Op>(1 + random_.Below(7));
  DeviceRequest request = MakeRequest(device_id, iova, op);
  request.exec = random_.Percent(10);
  request.priv = random_.Percent(10);
  request.qos = static_cast<std::uint8_t>(random_.Below(16));
  request.attr = static_cast<std::uint8_t>(random_.Below(16));
  request.rcid = static_cast<std::uint16_t>(random_.Below(1 << 12));
  request.mcid = static_cast<std::uint16_t>(random_.Below(1 << 12));
  request.exclusive = random_.Percent(3);
  request.exclusive_id = static_cast<std::uint8_t>(random_.Below(256));
  if (op == Op::kPartialWrite) request.mask = random_.Next();
  if (random_.Percent(3)) {
    request.process_valid = true;
    request.process_id = static_cast<std::uint32_t>(random_.Below(1 << 20));
  }
  if (random_.Percent(3))
    request.at = random_.Percent(50) ? AddressType::kTranslated : AddressType::kTranslationRequest;
  request.addr |= 1 << 30;  // below are the tables, which bare devices must not write
  return request;
}

Translation Cosimulation::TranslateBefore(const Change& change, const DeviceRequest& request) {
  bench_.memory.Write64(change.address, change.before);
  const Translation before = model_.Translate(request);
  bench_.memory.Write64(change.address, change.after);
  return before;
}

void Cosimulation::Expect(const DeviceRequest& request) {
  Expectation expectation;
  std::optional<Translation> before;
  if (under_way_) before = TranslateBefore(*under_way_, request);
  expectation.now = model_.Translate(request);
  if (before && !SameOutcome(*before, expectation.now)) expectation.also = before;
  const std::uint8_t tag = bench_.Reserve();
  expected_[tag] = expectation;
  bench_.SendWithTag(tag, request);
}

// --- judgement -------------------------------------------------------------------------------------------------------

void Cosimulation::Fail(const std::string& what, const DeviceRequest& request, const Expectation& expectation) {
  std::string text = what + "\n  request " + DescribeValue(request) + "\n  expected " +
                     Name(StatusOf(expectation.now)) + " at " + DescribeValue(expectation.now.address.value());
  if (expectation.also) {
    text += std::string(", or ") + Name(StatusOf(*expectation.also)) + " at " +
            DescribeValue(expectation.also->address.value());
  }
  bench_.failures().Add(text + ", cycle " + std::to_string(bench_.simulation().cycle()));
}

void Cosimulation::OnHostRequest(const HostRequest& request, const DeviceRequest& from) {
  Expectation& expectation = expected_[request.tag];
  const auto goes_there = [&](const Translation& translation) {
    return Leaves(translation) && translation.address.value() == request.addr;
  };
  if (!goes_there(expectation.now) && !(expectation.also && goes_there(*expectation.also))) {
    Fail("host request to " + DescribeValue(request.addr), from, expectation);
  }
  if (expectation.left) Fail("a second host request", from, expectation);
  expectation.left = true;
  expectation.data = bench_.memory.Read(request.addr);
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
  for (; !queue.empty() && queue.front() != request.tag; queue.pop_front()) {
    const std::uint8_t older = queue.front();
    if (SharesOrder(older, from) && Leaves(expected_[older].now) && !expected_[older].also) {
      Fail("passes an older request to its line, tag " + std::to_string(older), from, expectation);
    }
  }
  if (!queue.empty()) queue.pop_front();
}

bool Cosimulation::SharesOrder(std::uint8_t older, const DeviceRequest& request) const {
  const DeviceRequest& other = bench_.SentRequest(older);
  return other.process_valid == request.process_valid && other.process_id == request.process_id;
}

void Cosimulation::OnAnswer(const LineResponse& answer, const DeviceRequest& from) {
  Expectation& expectation = expected_[answer.tag];
  ++counts_.compared;
  auto& queue = order_[{from.device_id, from.addr}];
  queue.erase(std::remove(queue.begin(), queue.end(), answer.tag), queue.end());
  if (expectation.left) {
    ++counts_.passed;
    if (answer.status != LineStatus::kOk || answer.data != expectation.data) {
      Fail(std::string("the host's answer was changed: ") + Name(answer.status), from, expectation);
    }
    return;
  }
  ++counts_.refused;
  std::vector<const Translation*> right;
  if (StatusOf(expectation.now) == answer.status) right.push_back(&expectation.now);
  if (expectation.also && StatusOf(*expectation.also) == answer.status) right.push_back(&*expectation.also);
  if (right.empty() || answer.status == LineStatus::kOk) {
    Fail(std::string("answered ") + Name(answer.status) + " without the host", from, expectation);
    return;
  }
  Line allowed{};  // nothing, but a refused translation request is told whether it is a Completer Abort
  if (from.at == AddressType::kTranslationRequest) allowed[0] = answer.data[0] & 1;
  if (answer.data != allowed) Fail("a refusal brings data", from, expectation);
  if (right.front()->reported) records_.emplace_back(FieldsOf(*right.front()->fault), FieldsOf(*right.back()->fault));
}

void Cosimulation::CompareRecords() {
  if (bench_.failures().any()) return;
  std::vector<FaultFields> observed = bench_.WaitForFaults(records_.size());
  bench_.simulation().Run(100);
  const std::vector<FaultFields> more = bench_.TakeFaults();
  observed.insert(observed.end(), more.begin(), more.end());
  for (const auto& [now, also] : records_) {
    auto found = std::find(observed.begin(), observed.end(), now);
    if (found == observed.end()) found = std::find(observed.begin(), observed.end(), also);
    if (found == observed.end()) {
      bench_.failures().Add("missing fault record " + DescribeValue(now));
      continue;
    }
    ++counts_.records;
    ++counts_.causes[found->cause];
    observed.erase(found);
  }
  for (const FaultFields& record : observed) bench_.failures().Add("unexpected fault record " + DescribeValue(record));
  records_.clear();
}

}  // namespace tarn::tests
