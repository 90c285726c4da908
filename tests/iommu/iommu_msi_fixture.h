// A guest whose device sends MSIs to virtual interrupt files, for scenarios.
#pragma once

#include <cstdint>

#include "tests/iommu/iommu_guest_fixture.h"

namespace tarn::tests {

class IommuMsiScenario : public IommuGuestScenario {
 protected:
  // Eight files: bits 0, 1 and 4 of the page number are the file's number.
  static constexpr std::uint64_t kMask = 0x13, kPattern = 0x102'8000, kFileCount = 8;
  static constexpr std::uint64_t kBesideFiles = (kPattern | 4) << 12;

  IommuMsiScenario() { msi_table_ = TakePage(); }

  // The guest address of a file's page.
  static constexpr std::uint64_t FileAt(std::uint64_t number) {
    return (kPattern | (number & 3) | (number & 4) << 2) << 12;
  }
  DeviceContextWords MsiContext(std::uint64_t tc = kTcV) const {
    DeviceContextWords context = Context(tc);
    context.msiptp = std::uint64_t{1} << 60 | msi_table_;
    context.msi_addr_mask = kMask;
    context.msi_addr_pattern = kPattern;
    return context;
  }
  void StartMsi(unsigned first = kNoScheme, std::uint64_t tc = kTcV, unsigned second = kSv39) {
    UseSecond(second);
    UseFirst(first);
    Start(MsiContext(tc));
  }
  std::uint64_t MsiEntry(std::uint64_t number) const { return (msi_table_ << 12) + number * 16; }
  void SetEntry(std::uint64_t number, std::uint64_t low, std::uint64_t high = 0) {
    bench.memory.Write64(MsiEntry(number), bench.InMemory(low));
    bench.memory.Write64(MsiEntry(number) + 8, bench.InMemory(high));
  }
  // M = 3: the file is the page at `address`.
  static constexpr std::uint64_t Flat(std::uint64_t address) { return address >> 12 << 10 | 3 << 1 | 1; }
  // M = 1: messages go into the 512 bytes at `file`, then notice_id to the page at `notice`.
  static constexpr std::uint64_t Mrif(std::uint64_t file) { return file >> 9 << 7 | 1 << 1 | 1; }
  static constexpr std::uint64_t Notice(std::uint64_t notice, std::uint64_t notice_id) {
    return notice_id >> 10 << 60 | notice >> 12 << 10 | (notice_id & 0x3FF);
  }
  // An access to size_bytes bytes; for a write or an atomic with the data.
  static DeviceRequest Access(std::uint64_t address, std::uint32_t data, unsigned size_bytes = 4,
                              Op op = Op::kPartialWrite) {
    DeviceRequest request = MakeRequest(kDevice, address, op);
    request.mask = ((std::uint64_t{1} << size_bytes) - 1) << address % kLineBytes;
    request.data = {};
    for (std::uint64_t i = 0; i < 4 && address % kLineBytes + i < kLineBytes; ++i) {
      request.data[address % kLineBytes + i] = static_cast<std::uint8_t>(data >> 8 * i);
    }
    return request;
  }

  std::uint64_t msi_table_ = 0;
};

}  // namespace tarn::tests
