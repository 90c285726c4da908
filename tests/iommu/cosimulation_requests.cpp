// Which requests the cosimulation sends.
#include <algorithm>
#include <cstring>

#include "tests/iommu/cosimulation.h"

namespace tarn::tests {

using namespace tb;  // NOLINT(google-build-using-namespace): every other word is of the testbench library

std::vector<Cosimulation::Aim> Cosimulation::AllAims() const {
  std::vector<Aim> aims;
  for (std::size_t requester = 0; requester < world_->requesters().size(); ++requester) {
    for (const Target& target : world_->targets(world_->requesters()[requester])) {
      for (const Spot& spot : target.spots) aims.push_back({requester, &target, &spot});
    }
  }
  return aims;
}

bool Cosimulation::LeadsThrough(const Aim& aim, const Entry& entry, std::size_t index) const {
  const Requester& requester = world_->requesters()[aim.requester];
  const Device& device = world_->devices()[requester.device];
  switch (entry.kind) {
    case EntryKind::kDirectory:
      return true;
    case EntryKind::kDeviceContext:
      return device.entry == index;
    case EntryKind::kProcessDirectory:
      return device.directory == entry.owner;
    case EntryKind::kProcessContext:
      return device.directory == entry.owner && requester.process_id.value_or(0) == entry.input;
    case EntryKind::kFirstStage: {
      if (requester.space != entry.owner) return false;
      if (entry.leaf) return aim.target->entry == index;
      const unsigned shift = GeometryOf(world_->spaces()[entry.owner].scheme, false).Shift(entry.level);
      return aim.target->address >> shift == entry.input >> shift;
    }
    case EntryKind::kSecondStage:  // half of the time those whose own page it maps, else all that may meet it
      return requester.vm == entry.owner && (aim.spot->second_entry == index || index % 2 == 0);
    case EntryKind::kMsi:
      return requester.vm == entry.owner && aim.spot->msi;
  }
  return false;
}

Bin Cosimulation::BinOf(const Aim& aim) const {
  const Requester& requester = world_->requesters()[aim.requester];
  return {.first = requester.space ? world_->spaces()[*requester.space].scheme : Scheme::kBare,
          .second = world_->vms()[requester.vm].scheme,
          .shift = std::min(aim.target->shift, aim.spot->second_shift)};
}

void Cosimulation::SendRandom(bool burst) {
  Expectation expectation;
  DeviceRequest request = RandomRequest(expectation);
  const std::uint64_t lines = burst ? 1 + random_.Below(8) : 1;
  for (std::uint64_t line = 0; line < lines && !bench_.failures().any(); ++line) {
    if (line > 0 && request.addr % kPageBytes == kPageBytes - kLineBytes) break;
    if (line > 0) {
      request.addr += kLineBytes;
      request.first_byte = 0;
      request.first_of_burst = false;
    }
    memory_.TakeWrites();
    expectation.outcomes = Outcomes(request);
    expectation.writes = memory_.TakeWrites();
    const std::uint8_t tag = bench_.Reserve();
    expected_[tag] = expectation;
    bench_.SendWithTag(tag, request);
  }
}

DeviceRequest Cosimulation::RequestFor(const Aim& aim) {
  const Requester& requester = world_->requesters()[aim.requester];
  const std::uint64_t inside = random_.Below(3) * kLineBytes + random_.Below(kLineBytes);
  const Op op = random_.Percent(55) ? Op::kRead : static_cast<Op>(1 + random_.Below(7));
  DeviceRequest request =
      MakeRequest(world_->devices()[requester.device].id, aim.target->address + aim.spot->offset + inside, op);
  request.process_valid = requester.process_id.has_value();
  request.process_id = requester.process_id.value_or(0);
  request.exec = random_.Percent(25);
  request.priv = random_.Percent(25);
  request.qos = static_cast<std::uint8_t>(random_.Below(16));
  request.attr = static_cast<std::uint8_t>(random_.Below(16));
  request.rcid = static_cast<std::uint16_t>(random_.Below(1 << 12));
  request.mcid = static_cast<std::uint16_t>(random_.Below(1 << 12));
  request.exclusive = random_.Percent(3);
  request.exclusive_id = static_cast<std::uint8_t>(random_.Below(256));
  if (op == Op::kPartialWrite) {  // half of them a word, as MSIs are
    request.mask = random_.Percent(50) ? std::uint64_t{0xF} << (4 * random_.Below(16)) : random_.Next();
  }
  if (aim.spot->msi && random_.Percent(70)) MakeMessage(request);
  const Device& device = world_->devices()[requester.device];
  if (device.ats && random_.Percent(15)) request.at = AddressType::kTranslationRequest;
  if (device.ats && device.t2gpa && random_.Percent(10)) AskTranslated(request, aim);
  return request;
}

// A message for an interrupt file, most of them well-formed.
void Cosimulation::MakeMessage(DeviceRequest& request) {
  const std::uint64_t word = random_.Percent(80) ? random_.Below(2) : random_.Below(16);
  const auto identity = static_cast<std::uint32_t>(random_.Below(random_.Percent(90) ? 1 << 11 : 1 << 14));
  const std::uint32_t data = word % 2 != 0 ? __builtin_bswap32(identity) : identity;
  request.op = random_.Percent(90) ? Op::kPartialWrite : Op::kRead;
  request.mask = std::uint64_t{0xF} << (4 * word);
  request.addr = request.addr / kPageBytes * kPageBytes;
  request.first_byte = static_cast<std::uint8_t>(4 * word);
  std::memcpy(request.data.data() + 4 * word, &data, sizeof data);
}

// What a device does that was told guest addresses (T2GPA).
void Cosimulation::AskTranslated(DeviceRequest& request, const Aim& aim) {
  request.at = AddressType::kTranslated;
  request.addr = (aim.target->entry == Spot::kNoEntry ? aim.target->address : aim.target->guest) + aim.spot->offset +
                 request.addr % kPageBytes / kLineBytes * kLineBytes;
}

DeviceRequest Cosimulation::RandomRequest(Expectation& expectation) {
  const std::vector<Aim>& aims = focus_.empty() || random_.Percent(15) ? aims_ : focus_;
  // Now and then of a few only, which then are in the caches.
  const std::size_t among = random_.Percent(30) ? std::min<std::size_t>(aims.size(), 12) : aims.size();
  const Aim& aim = aims[random_.Below(among)];
  expectation.bin = BinOf(aim);
  DeviceRequest request = RequestFor(aim);
  if (random_.Percent(10)) Disturb(request, expectation);
  return request;
}

// Away from what the world knows of.
void Cosimulation::Disturb(DeviceRequest& request, Expectation& expectation) {
  expectation.bin.reset();
  switch (random_.Below(6)) {
    case 0:
      request.addr ^= std::uint64_t{1} << (12 + random_.Below(52));
      break;
    case 1:
      request.addr = random_.Next() >> random_.Below(40) & ~std::uint64_t{kLineBytes - 1};
      break;
    case 2:
      request.device_id ^= 1U << random_.Below(24);
      break;
    case 3:
      request.process_valid = !request.process_valid;
      request.process_id = request.process_valid ? static_cast<std::uint32_t>(random_.Below(1 << 20)) : 0;
      break;
    default:
      request.at = random_.Percent(50) ? AddressType::kTranslated : AddressType::kTranslationRequest;
  }
}

}  // namespace tarn::tests
