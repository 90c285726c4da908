// A device of a guest: tables of both stages, for scenarios.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "tb/iommu/guest_tables.h"
#include "tb/iommu/world_tables.h"
#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {

// A guest's memory, host's tables for it, and the guest's own tables.
class IommuGuestScenario : public IommuScenario, protected GuestTables {
 protected:
  static constexpr std::uint32_t kGscid = 0x1234;
  static constexpr std::uint64_t kGuestPage = 0x1'5000'0000;  // an address of the guest

  IommuGuestScenario() : GuestTables(bench.memory, bench.tables) {}

  // fctl and tc.SBE, before anything is started: the byte order of the host's structures and of the guest's tables, and
  // guest addresses of 32-bit schemes (GXL).
  void UseFormat(bool big_endian, bool guest_big_endian, bool narrow = false) {
    namespace fctl = iommu_registers::fctl;
    bench.Write(fctl::kOffset, (big_endian ? fctl::Be::kMask : 0) | (narrow ? fctl::Gxl::kMask : 0));
    bench.set_big_endian(big_endian);
    set_big_endian(big_endian, guest_big_endian);
  }
  DeviceContextWords Context(std::uint64_t tc = kTcV) const {
    return {tc, Iohgatp(kGscid), std::uint64_t{kPscid} << 12, Fsc()};
  }
  void SetContext(const DeviceContextWords& context) { bench.tables.SetContext(kDirectoryPpn, 1, kDevice, context); }
  void SetContext(std::uint64_t tc, std::uint64_t fsc) {
    DeviceContextWords context = Context(tc);
    context.fsc = fsc;
    SetContext(context);
  }
  void Start(const DeviceContextWords& context) {
    SetContext(context);
    bench.EnableQueues();
    bench.SetMode(kLevel1);
  }
  void Start(std::uint64_t tc = kTcV) { Start(Context(tc)); }

  // As ExpectFault, with iotval2.
  void ExpectGuestFault(const DeviceRequest& request, std::uint32_t cause, std::uint64_t iotval2) {
    EXPECT_EQ(bench.Ask(request).status, LineStatus::kTranslationFault);
    const auto faults = bench.WaitForFaults(1);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].cause, cause);
    EXPECT_EQ(faults[0].iotval, request.addr + request.first_byte);
    EXPECT_EQ(faults[0].rest, iotval2) << std::hex << faults[0].rest << " instead of " << iotval2;
  }
  void Fence(std::uint64_t low, std::uint64_t high = 0) {
    bench.PushCommand(low, high);
    bench.PushCommand(kIofence);
    bench.RunCommands();
  }
  // Translations of hosts and guests, of both stages; with contexts.
  void ForgetTranslations() {
    bench.PushCommand(kIotinvalVma);
    bench.PushCommand(kIotinvalVma | kCommandGv | CommandGscid(kGscid));
    Fence(kIotinvalGvma);
  }
  void ForgetAll() {
    bench.PushCommand(kIodirDdt);
    ForgetTranslations();
  }
  static DeviceRequest OfProcess(std::uint32_t process_id, std::uint64_t iova, Op op = Op::kRead) {
    DeviceRequest request = MakeRequest(kDevice, iova, op);
    request.process_valid = true;
    request.process_id = process_id;
    return request;
  }
  static DeviceRequest Fetch(std::uint64_t iova) {
    DeviceRequest request = MakeRequest(kDevice, iova);
    request.exec = true;
    return request;
  }
};

}  // namespace tarn::tests
