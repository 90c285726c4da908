// The fault queue: section 4.2.
#include <cassert>

#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace fqb = iommu_registers::fqb;
namespace fqcsr = iommu_registers::fqcsr;

}  // namespace

std::array<std::uint64_t, 4> FaultRecord::Pack() const {
  std::array<std::uint64_t, 4> words{};
  words[0] = static_cast<std::uint64_t>(cause) | std::uint64_t{process_id} << 12 | std::uint64_t{process_valid} << 32 |
             std::uint64_t{priv} << 33 | static_cast<std::uint64_t>(type) << 34 | std::uint64_t{device_id} << 40;
  words[2] = iotval;
  words[3] = iotval2;
  return words;
}

FaultRecord FaultRecord::Unpack(const std::array<std::uint64_t, 4>& words) {
  FaultRecord record;
  record.cause = static_cast<Cause>(words[0] & 0xFFF);
  record.process_id = static_cast<std::uint32_t>(words[0] >> 12 & 0xFFFFF);
  record.process_valid = (words[0] >> 32 & 1) != 0;
  record.priv = (words[0] >> 33 & 1) != 0;
  record.type = static_cast<TransactionType>(words[0] >> 34 & 0x3F);
  record.device_id = static_cast<std::uint32_t>(words[0] >> 40);
  record.iotval = words[2];
  record.iotval2 = words[3];
  return record;
}

void Iommu::Report(const FaultRecord& record) {
  // "While either error bit is set in fqcsr, the IOMMU discards the record that led to the fault and all further".
  const std::uint32_t blocked = fqcsr_ & (fqcsr::Fqof::kMask | fqcsr::Fqmf::kMask);
  if ((fqcsr_ & fqcsr::Fqon::kMask) == 0 || blocked != 0) return;
  const auto entries = std::uint64_t{2} << registers_.Get<fqb::Log2szMinus1>(fqb::kOffset);
  const auto mask = static_cast<std::uint32_t>(entries - 1);
  const std::uint32_t next = (fqt_ + 1) & mask;
  if (next == fqh_) {
    fqcsr_ |= fqcsr::Fqof::kMask;
    UpdateInterrupts();
    return;
  }
  std::array<std::uint64_t, 4> words = record.Pack();
  if (settings_.big_endian) SwapWords(words.data(), sizeof words, 8);
  const std::uint64_t address = registers_.Get<fqb::Ppn>(fqb::kOffset) * kPageBytes + std::uint64_t{fqt_} * 32;
  if (memory_.Write(HostPhysAddr(address), words.data(), sizeof words) != LineStatus::kOk) {
    fqcsr_ |= fqcsr::Fqmf::kMask;
    UpdateInterrupts();
    return;
  }
  fqt_ = next;
  ++counters_.faults_reported;
  if ((fqcsr_ & fqcsr::Fie::kMask) != 0) SetInterruptPending(InterruptSource::kFaultQueue);
}

}  // namespace tarn::iommu
