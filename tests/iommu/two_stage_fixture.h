// The IOMMU's model with every capability, and tables for both stages.
#pragma once

#include <cstdint>

#include "tests/iommu/model_fixture.h"

namespace tarn::iommu {

inline constexpr std::uint64_t kGuest = 0x4'5678'9000, kHost = 0x9'8765'4000;  // kIova's pages of guest and host

// A device in a guest: first stage Sv39 in guest addresses, second stage Sv39x4, extended context, three levels of a
// directory can be chosen. Guest address g of the tables lies at host address g + kGuestBase.
struct TwoStageFixture : IommuFixture {
  static constexpr std::uint64_t kGuestBase = 0x1000'0000;
  static constexpr std::uint64_t kSecondRoot = 0x800'0000;
  static constexpr std::uint64_t kGuestTables = 0x40'0000;
  static constexpr std::uint64_t kSv39 = std::uint64_t{8} << 60;
  static constexpr std::uint64_t kMode8 = std::uint64_t{8} << 60;

  explicit TwoStageFixture(std::uint64_t capabilities = kEveryCapability)
      : TwoStageFixture(Parameters{.capabilities = capabilities}) {}
  explicit TwoStageFixture(const Parameters& parameters) : IommuFixture(parameters) {}

  struct Context {
    std::uint64_t tc = 1;
    std::uint64_t iohgatp = kMode8 | kSecondRoot / kPageBytes;
    std::uint64_t ta = 0;
    std::uint64_t fsc = kSv39 | kGuestTables / kPageBytes;
    std::uint64_t msiptp = 0, msi_addr_mask = 0, msi_addr_pattern = 0, reserved = 0;
  };
  void SetExtendedContext(const Context& value, std::uint32_t device = kDevice) {
    memory.content.Write(kDirectory + device * 64, &value, sizeof value);
  }
  void StartGuest() {
    EnableQueues();
    SetExtendedContext(context);
    SetMode(Mode::kOneLevel);
    for (std::uint64_t page = 0; page < 64; ++page) {
      MapSecond(kGuestTables + page * kPageBytes, kGuestTables + kGuestBase + page * kPageBytes);
    }
  }
  // One leaf of 4 KiB in tables of three levels of 8-byte entries; `to_host` is added to a table's address to reach it.
  std::uint64_t MapIn(std::uint64_t root, std::uint64_t& next, std::uint64_t to_host, std::uint64_t address,
                      std::uint64_t physical, std::uint64_t flags, int levels = 3, int level = 0) {
    std::uint64_t table = root;
    for (int at = levels - 1;; --at) {
      const std::uint64_t index =
          at == levels - 1 ? address >> (12 + 9 * at) & 0x7FF : address >> (12 + 9 * at) & 0x1FF;
      const std::uint64_t entry = table + to_host + index * 8;
      if (at == level) {
        memory.Store(entry, physical / kPageBytes << 10 | flags);
        return entry;
      }
      std::uint64_t pte = memory.Load(entry);
      if ((pte & kPteV) == 0) {
        pte = next / kPageBytes << 10 | kPteV;
        next += kPageBytes;
        memory.Store(entry, pte);
      }
      table = (pte >> 10) * kPageBytes;
    }
  }
  std::uint64_t MapFirst(std::uint64_t iova, std::uint64_t guest, std::uint64_t flags = kPteAll, int level = 0) {
    return MapIn(kGuestTables, next_first, kGuestBase, iova, guest, flags, 3, level);
  }
  std::uint64_t MapSecond(std::uint64_t guest, std::uint64_t host, std::uint64_t flags = kPteAll, int level = 0) {
    return MapIn(kSecondRoot, next_second, 0, guest, host, flags, 3, level);
  }
  static DeviceRequest Ask(Op op, std::uint64_t iova, AddressType at) {
    DeviceRequest request = Request(op, iova);
    request.at = at;
    return request;
  }
  Translation Completion(std::uint64_t iova, bool write = false, bool execute = false) {
    DeviceRequest request = Ask(write ? Op::kWrite : Op::kRead, iova, AddressType::kTranslationRequest);
    request.exec = execute;
    return iommu.Translate(request);
  }

  Context context;
  std::uint64_t next_first = kGuestTables + 8 * kPageBytes;
  std::uint64_t next_second = kSecondRoot + 8 * kPageBytes;
};

}  // namespace tarn::iommu
