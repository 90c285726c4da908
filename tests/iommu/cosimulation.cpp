#include "tests/iommu/cosimulation.h"

#include <algorithm>
#include <string>

namespace tarn::tests {

using namespace tb;  // NOLINT(google-build-using-namespace): every other word is of the testbench library
namespace reg = iommu_registers;

namespace {

constexpr std::uint64_t kRequestsPerRound = 150;
constexpr std::uint64_t kSpoiltPerRoundMax = 8;
constexpr std::uint32_t kCommandsMax = 100;                   // at once in the queue, which holds 256
constexpr std::uint64_t kMemoryEnd = std::uint64_t{1} << 55;  // beyond it there is nothing
constexpr std::uint32_t kFctlBe = 1, kFctlGxl = 4;

// One page in `share`, told by its number.
bool IsOneIn(std::uint64_t share, std::uint64_t address) { return Random(address / kPageBytes).Below(share) == 0; }

}  // namespace

Cosimulation::Cosimulation(const CosimulationOptions& options)
    : options_(options),
      random_(options.seed * 77 + 5),
      bench_(options.plant, options.seed, true, options.wave_file),
      capabilities_(bench_.Read64(reg::capabilities::kOffset)),
      model_({.capabilities = capabilities_, .big_endian_messages = true}, memory_, memory_) {
  bench_.set_on_host_request(
      [this](const HostRequest& request, const DeviceRequest& from, std::uint64_t) { OnHostRequest(request, from); });
  bench_.walk_agent().set_on_request([this](const HostRequest& request, std::uint64_t) { OnWalkRequest(request); });
  bench_.outbound_agent().set_on_request(
      [this](const HostRequest& request, std::uint64_t) { OnOutboundRequest(request); });
  bench_.set_on_answer(
      [this](const LineResponse& answer, const DeviceRequest& from, std::uint64_t) { OnAnswer(answer, from); });
  if (!options.golden_wave_file.empty()) golden_wave_.emplace(options.golden_wave_file);
  bench_.set_on_accepted([this](const DeviceRequest& request, std::uint64_t cycle) {
    if (golden_wave_) ShowExpectation(request, cycle);
    order_[{request.device_id, request.addr}].push_back(request.tag);
  });
}

void Cosimulation::Run() {
  BuildWorld();
  while (counts_.compared < options_.translations && !bench_.failures().any()) {
    SetTimings();
    SetParity();
    if (random_.Percent(55) && options_.changes_under_way) {
      RoundWithChange();
    } else {
      Round();
    }
  }
  if (options_.wanted != nullptr) ReachMissingBins();
  counts_.parity_errors = bench_.Read(reg::ram_parity_errors::kOffset).rdata;
  counts_.cycles = bench_.simulation().cycle();
  if (golden_wave_) golden_wave_->Finish(counts_.cycles);
  if (counts_.compared == 0) bench_.failures().Add("compared nothing");
}

// --- the world -------------------------------------------------------------------------------------------------------

// The unit is off, so that fctl may be written (section 6.4).
bool Cosimulation::FctlBitIsWritable(std::uint32_t mask) {
  bench_.Write(reg::fctl::kOffset, mask);
  return (bench_.Read(reg::fctl::kOffset).rdata & mask) != 0;
}

void Cosimulation::BuildWorld() {
  WorldOptions options{.seed = options_.seed, .capabilities = capabilities_};
  options.directory_levels = 1 + static_cast<int>(random_.Below(3));
  options.mixed_endian = (capabilities_ & kCapEnd) != 0 && FctlBitIsWritable(kFctlBe);
  options.big_endian = options.mixed_endian && random_.Percent(30);
  const bool gxl_writable = FctlBitIsWritable(kFctlGxl);
  options.short_addresses = gxl_writable;
  options.gxl = gxl_writable && random_.Percent(25);
  const std::uint32_t control = (options.big_endian ? kFctlBe : 0) | (options.gxl ? kFctlGxl : 0);
  bench_.Write(reg::fctl::kOffset, control);
  bench_.set_big_endian(options.big_endian);
  model_.registers().Write(reg::fctl::kOffset, control);
  SetUnitIds();
  bench_.memory.set_size_bytes(kMemoryEnd);
  memory_.image.set_size_bytes(kMemoryEnd);
  if (random_.Percent(50)) {
    bench_.device_memory.set_holes([](std::uint64_t address) { return IsOneIn(4, address); });
    bench_.outside.set_holes([](std::uint64_t address) { return IsOneIn(8, address + kPageBytes); });
  }
  world_ = std::make_unique<World>(options, [this](std::uint64_t address, std::uint64_t value, std::size_t size_bytes) {
    for (LineMemory* memory : {&bench_.memory, &memory_.image}) {
      if (size_bytes == 8) memory->Write64(address, value);
      if (size_bytes == 4) memory->Write32(address, static_cast<std::uint32_t>(value));
    }
  });
  aims_ = AllAims();
  bench_.EnableQueues(false, 12);
  TurnOn(true);
}

void Cosimulation::SetUnitIds() {
  if ((capabilities_ & kCapQosid) == 0) return;
  unit_ids_ = {static_cast<std::uint16_t>(random_.Below(1 << 12)), static_cast<std::uint16_t>(random_.Below(1 << 12))};
  const std::uint32_t ids = std::uint32_t{unit_ids_.second} << 16 | unit_ids_.first;
  bench_.Write(reg::iommu_qosid::kOffset, ids);
  model_.registers().Write(reg::iommu_qosid::kOffset, ids);
}

void Cosimulation::TurnOn(bool on) {
  const auto mode = static_cast<std::uint32_t>(on ? 1 + world_->options().directory_levels : 0);
  bench_.SetMode(mode, world_->directory_ppn());
  model_.WriteRegister64(reg::ddtp::kOffset, world_->directory_ppn() << 10 | mode);
}

void Cosimulation::Push(const std::vector<std::array<std::uint64_t, 2>>& commands) {
  for (const auto& [low, high] : commands) bench_.PushCommand(low, high);
}

// Nothing is under way meanwhile. Most of what was spoilt is healed.
void Cosimulation::ChangeTables() {
  std::vector<Change> changes;
  std::vector<std::size_t> still_bad;
  for (const std::size_t entry : bad_) {
    if (random_.Percent(85)) {
      changes.push_back(world_->Heal(entry));
    } else {
      still_bad.push_back(entry);
    }
  }
  bad_ = std::move(still_bad);
  for (std::uint64_t count = random_.Below(kSpoiltPerRoundMax); count > 0; --count) {
    const std::optional<std::size_t> entry = world_->RandomEntry();
    if (!entry || std::find(bad_.begin(), bad_.end(), *entry) != bad_.end()) continue;
    changes.push_back(world_->Spoil(*entry));
    bad_.push_back(*entry);
  }
  for (const Change& change : changes) {
    world_->Apply(change);
    Push(change.commands);
    if (bench_.commands_pending() > kCommandsMax) bench_.RunCommands();
  }
  if (!error_lines_.empty() || random_.Percent(40)) ChangeErrors();
  bench_.PushCommand(kIofence);
  bench_.RunCommands();
}

void Cosimulation::ClearErrors() {
  for (const std::uint64_t line : error_lines_) {
    bench_.memory.ClearStatus(line);
    memory_.image.ClearStatus(line);
  }
  error_lines_.clear();
}

// All copies: a NAPOT page's translation may come from any of its entries.
void Cosimulation::SetError(const Entry& entry, LineStatus status) {
  const std::uint64_t first = entry.address / kLineBytes * kLineBytes;
  for (std::uint64_t line = first; line < entry.address + entry.size_bytes(); line += kLineBytes) {
    bench_.memory.set_status(line, status);
    memory_.image.set_status(line, status);
    error_lines_.push_back(line);
  }
}

// Lines of tables that answer with an error, until the next time. What is kept of them must go, both times.
void Cosimulation::ChangeErrors() {
  static constexpr LineStatus kErrors[] = {LineStatus::kAccessError, LineStatus::kPoison, LineStatus::kPoison,
                                           LineStatus::kAccessError, LineStatus::kRetry,  LineStatus::kTimeout};
  ClearErrors();
  for (std::uint64_t errors = random_.Below(10); errors > 0; --errors) {
    const std::optional<std::size_t> entry = world_->RandomEntry();
    if (entry) SetError(world_->entries()[*entry], kErrors[random_.Below(6)]);
  }
  Push(world_->FlushAll());
}

void Cosimulation::SetTimings() {
  const auto random_timing = [this] {
    MemoryTiming timing;
    timing.latency_cycles_min = 1 + static_cast<unsigned>(random_.Below(8));
    timing.latency_cycles_max =
        timing.latency_cycles_min + static_cast<unsigned>(random_.Below(random_.Percent(20) ? 100 : 12));
    timing.stall_percent = random_.Percent(60) ? 0 : static_cast<unsigned>(random_.Below(60));
    return timing;
  };
  bench_.walk_agent().set_timing(random_timing());
  bench_.host_agent().set_timing(random_timing());
  bench_.answers().set_stall_percent(random_.Percent(60) ? 0 : static_cast<unsigned>(random_.Below(50)));
  bench_.requests().set_pause_percent(random_.Percent(60) ? 0 : static_cast<unsigned>(random_.Below(50)));
}

// Now and then what the unit keeps is broken, which changes no answer.
void Cosimulation::SetParity() {
  bench_.Write(reg::ram_parity_inject::kOffset, random_.Percent(15) ? static_cast<std::uint32_t>(random_.Below(8)) : 0);
}

// --- rounds ----------------------------------------------------------------------------------------------------------

void Cosimulation::Round() {
  ChangeTables();
  for (std::uint64_t sent = 0; sent < kRequestsPerRound && !bench_.failures().any();) {
    const bool burst = random_.Percent(20);
    SendRandom(burst);
    sent += burst ? 4 : 1;
  }
  bench_.Drain();
  CompareRecords();
  CompareTables();
}

void Cosimulation::RoundWithChange() {
  const bool heal = !bad_.empty() && random_.Percent(50);
  const std::size_t index = heal ? bad_[random_.Below(bad_.size())] : world_->RandomEntry().value_or(0);
  const auto bad = std::find(bad_.begin(), bad_.end(), index);
  const Change change = bad == bad_.end() ? world_->Spoil(index) : world_->Heal(index);
  if (bad == bad_.end()) {
    bad_.push_back(index);
  } else {
    bad_.erase(bad);
  }
  focus_.clear();
  for (const Aim& aim : aims_) {
    if (LeadsThrough(aim, world_->entries()[index], index)) focus_.push_back(aim);
  }
  if (random_.Percent(60)) {  // it is not kept: walks through it are under way when it changes
    Push(change.commands);
    bench_.PushCommand(kIofence);
    bench_.RunCommands();
  }
  for (std::uint64_t count = 1 + random_.Below(30); count > 0 && !bench_.failures().any(); --count) SendRandom(false);
  bench_.simulation().Run(random_.Below(100));
  ChangeUnderWay(change);
  Push(change.commands);
  bench_.PushCommand(kIofence);
  RingAndSend();
  FenceIsDone();
  for (std::uint64_t count = kRequestsPerRound / 5; count > 0 && !bench_.failures().any(); --count) SendRandom(false);
  focus_.clear();
  bench_.Drain();
  CompareRecords();
  CompareTables();
}

// Those on their way may go either way from now on.
void Cosimulation::ChangeUnderWay(const Change& change) {
  for (const Change::Part& part : change.parts) {
    const Entry& entry = world_->entries()[part.entry];
    for (std::uint64_t word = entry.address / 8 * 8; word < entry.address + entry.size_bytes(); word += 8) {
      memory_.Remember(word);
    }
  }
  world_->Apply(change);
  ++counts_.changed_under_way;
  std::vector<std::uint8_t> open;
  for (unsigned i = 0; i < expected_.size(); ++i) {
    const auto tag = static_cast<std::uint8_t>(i);
    if (!bench_.is_open(tag)) continue;
    expected_[tag].before_fence = bench_.is_accepted(tag);
    open.push_back(tag);
  }
  JudgeAgain(open);
}

void Cosimulation::RingAndSend() {
  bench_.RingCommands();
  const std::uint64_t start = bench_.simulation().cycle();
  while (!bench_.CommandsDone() && !bench_.failures().any()) {
    for (std::uint64_t count = random_.Below(3); count > 0 && !bench_.failures().any(); --count) SendRandom(false);
    if (bench_.simulation().cycle() - start > IommuBench::kWaitCyclesMax) bench_.failures().Add("a fence does not end");
  }
}

// From here on, only the new words.
void Cosimulation::FenceIsDone() {
  memory_.ForgetOld();
  std::vector<std::uint8_t> waiting;
  for (unsigned i = 0; i < expected_.size(); ++i) {
    const auto tag = static_cast<std::uint8_t>(i);
    if (!bench_.is_open(tag)) continue;
    if (expected_[tag].before_fence) {
      Fail("a fence was done before the answer to an older request", bench_.SentRequest(tag), expected_[tag]);
    }
    if (!bench_.is_accepted(tag)) waiting.push_back(tag);
  }
  JudgeAgain(waiting);
}

}  // namespace tarn::tests
