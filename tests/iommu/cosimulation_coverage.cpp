// Reaches the bins of the coverage that the random rounds have left out, one by one, as far as this world can.
#include <optional>

#include "tests/iommu/cosimulation.h"

namespace tarn::tests {

using namespace tb;  // NOLINT(google-build-using-namespace): every other word is of the testbench library

void Cosimulation::ReachMissingBins() {
  std::vector<std::size_t> bad = std::move(bad_);
  bad_.clear();
  ClearErrors();
  for (const std::size_t entry : bad) world_->Apply(world_->Heal(entry));
  Push(world_->FlushAll());
  bench_.PushCommand(kIofence);
  bench_.RunCommands();
  for (const Bin& bin : Coverage::Bins(capabilities_)) {
    if (bin.cause == 256) continue;
    for (const Aim& aim : aims_) {
      if (coverage_.count(bin) + options_.wanted->count(bin) != 0 || bench_.failures().any()) break;
      const Bin base = BinOf(aim);
      if (base.first != bin.first || base.second != bin.second || base.shift != bin.shift) continue;
      if (Provoke(bin, aim)) SendForBin(bin, aim);
      for (const std::size_t entry : bad_) world_->Apply(world_->Heal(entry));
      bad_.clear();
      ClearErrors();
    }
  }
  TurnOn(false);  // cause 256
  for (const Aim& aim : aims_) {
    Bin bin = BinOf(aim);
    bin.cause = 256;
    if (coverage_.count(bin) + options_.wanted->count(bin) == 0) SendForBin(bin, aim);
  }
}

// A leaf that is read for it: the first stage's, or else the second's.
std::optional<std::size_t> Cosimulation::WalkedLeaf(const Aim& aim) const {
  if (aim.target->entry != Spot::kNoEntry) return aim.target->entry;
  if (aim.spot->second_entry != Spot::kNoEntry) return aim.spot->second_entry;
  return std::nullopt;
}

std::optional<std::size_t> Cosimulation::MsiEntry(const Aim& aim) const {
  if (!aim.spot->msi) return std::nullopt;
  const Requester& requester = world_->requesters()[aim.requester];
  const std::uint64_t guest = aim.target->guest + aim.spot->offset;
  for (std::size_t i = 0; i < world_->entries().size(); ++i) {
    const Entry& entry = world_->entries()[i];
    if (entry.kind == EntryKind::kMsi && entry.owner == requester.vm && entry.input == guest) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> Cosimulation::ProcessEntry(const Aim& aim) const {
  const Requester& requester = world_->requesters()[aim.requester];
  const Device& device = world_->devices()[requester.device];
  if (!device.directory || !requester.process_id) return std::nullopt;
  for (const Process& process : world_->process_directories()[*device.directory].processes) {
    if (process.id == *requester.process_id) return process.entry;
  }
  return std::nullopt;
}

void Cosimulation::SpoilBit(std::optional<std::size_t> entry, std::uint64_t clear, std::uint64_t set) {
  if (!entry) return;
  auto words = world_->entries()[*entry].good;
  words[0] = (words[0] & ~clear) | set;
  world_->Apply(world_->ChangeTo(*entry, words));
  bad_.push_back(*entry);
}

// Errors under a memory-resident interrupt file.
bool Cosimulation::SpoilFile(const Aim& aim, LineStatus status) {
  const std::optional<std::size_t> entry = MsiEntry(aim);
  if (!entry || (world_->entries()[*entry].good[0] >> 1 & 3) != 1) return false;
  const std::uint64_t file = (world_->entries()[*entry].good[0] >> 7 & 0x7FFF'FFFF'FFFF) << 9;
  for (std::uint64_t line = file; line < file + 512; line += kLineBytes) {
    bench_.memory.set_status(line, status);
    memory_.image.set_status(line, status);
    error_lines_.push_back(line);
  }
  return true;
}

// Makes the tables such that the cause can come. False: not with this aim.
bool Cosimulation::Provoke(const Bin& bin, const Aim& aim) {
  const std::size_t context = world_->devices()[world_->requesters()[aim.requester].device].entry;
  const auto error_at = [&](std::optional<std::size_t> entry, LineStatus status) {
    if (entry) SetError(world_->entries()[*entry], status);
    return entry.has_value();
  };
  const auto spoil = [&](std::optional<std::size_t> entry, std::uint64_t clear, std::uint64_t set) {
    SpoilBit(entry, clear, set);
    return entry.has_value();
  };
  constexpr std::uint64_t kTop = std::uint64_t{1} << 63;
  switch (bin.cause) {
    case 0:
    case 260:
      return true;
    case 1:
    case 5:
    case 7:
      return error_at(WalkedLeaf(aim), LineStatus::kAccessError);
    case 274:
      return error_at(WalkedLeaf(aim), LineStatus::kPoison);
    case 12:
    case 13:
    case 15:
      return aim.target->entry != Spot::kNoEntry && spoil(aim.target->entry, kPteV, 0);
    case 20:
    case 21:
    case 23:
      return aim.spot->second_entry != Spot::kNoEntry && spoil(aim.spot->second_entry, kPteV, 0);
    case 257:
      return error_at(context, LineStatus::kAccessError);
    case 268:
      return error_at(context, LineStatus::kPoison);
    case 258:
      return spoil(context, kTcV, 0);
    case 259:
      return spoil(context, 0, kTop);
    case 261:
      return error_at(MsiEntry(aim), LineStatus::kAccessError);
    case 270:
      return error_at(MsiEntry(aim), LineStatus::kPoison);
    case 262:
      return spoil(MsiEntry(aim), 1, 0);
    case 263:
      return spoil(MsiEntry(aim), 6, 0);
    case 264:
      return SpoilFile(aim, LineStatus::kAccessError);
    case 271:
      return SpoilFile(aim, LineStatus::kPoison);
    case 265:
      return error_at(ProcessEntry(aim), LineStatus::kAccessError);
    case 269:
      return error_at(ProcessEntry(aim), LineStatus::kPoison);
    case 266:
      return spoil(ProcessEntry(aim), 1, 0);
    case 267:
      return spoil(ProcessEntry(aim), 0, kTop);
    default:
      return false;
  }
}

// A read, a write and a fetch.
void Cosimulation::SendForBin(const Bin& bin, const Aim& aim) {
  Push(world_->FlushAll());
  bench_.PushCommand(kIofence);
  bench_.RunCommands();
  for (const Op op : {Op::kRead, Op::kWrite}) {
    for (const bool exec : {false, true}) {
      if (exec && op == Op::kWrite) continue;
      DeviceRequest request = RequestFor(aim);
      request.op = op;
      request.mask = ~std::uint64_t{0};
      request.exec = exec;
      request.at = AddressType::kUntranslated;
      if (bin.cause == 264 || bin.cause == 271) MakeMessage(request);
      if (bin.cause == 260) request.at = AddressType::kTranslated;
      Expectation expectation;
      expectation.bin = BinOf(aim);
      expectation.outcomes = Outcomes(request);
      const std::uint8_t tag = bench_.Reserve();
      expected_[tag] = expectation;
      bench_.SendWithTag(tag, request);
    }
  }
  bench_.Drain();
  CompareRecords();
}

}  // namespace tarn::tests
