// A bench with a directory and one page table, for scenarios.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "tb/iommu/iommu_bench.h"

namespace tarn::tests {

using namespace tb;  // NOLINT(google-build-using-namespace): scenarios read better without it

inline constexpr std::uint32_t kLevel1 = 2, kLevel2 = 3, kLevel3 = 4, kBare = 1, kOff = 0;  // ddtp.iommu_mode
inline constexpr std::uint32_t kExecute = 1, kRead = 2, kWrite = 3, kAtsRequest = 8;        // TTYP
// A PCIe ATS translation completion's permissions, that translated requests are not allowed, that S says the size.
inline constexpr std::uint64_t kReads = 1, kWrites = 2, kUntranslatedOnly = 4, kExecutes = 8, kLarger = 1 << 11;

class IommuScenario : public testing::Test {
 protected:
  static constexpr std::uint32_t kDevice = 5;
  static constexpr std::uint32_t kPscid = 7;
  static constexpr std::uint64_t kIova = 0x12'3456'7000;
  static constexpr std::uint64_t kPage = 0x8765'4000;  // host physical

  IommuScenario() { root_ = bench.tables.TakePage(); }
  ~IommuScenario() override { EXPECT_EQ(bench.FailureText(), ""); }

  static constexpr std::uint64_t kDirectoryPpn = IommuBench::kDirectory >> 12;

  // One device with an Sv39 table, kIova mapped to kPage; queues on.
  void StartSv39(std::uint32_t mode = kLevel1, std::uint64_t tc = 1) {
    bench.tables.SetContext(kDirectoryPpn, static_cast<int>(mode) - 1, kDevice, Sv39Context(root_, kPscid, tc));
    Map(kIova, kPage);
    bench.EnableQueues();
    bench.SetMode(mode);
  }
  void Map(std::uint64_t iova, std::uint64_t address, int level = 0, std::uint64_t flags = kPteUserAll) {
    bench.tables.Map(root_, iova, address, level, flags);
  }

  // The request is answered well, and went to `address` with all that it brought.
  void ExpectPasses(const DeviceRequest& request, std::uint64_t address) {
    bench.memory.Write(address, SeededLine(address), ~std::uint64_t{0});
    const LineResponse answer = bench.Ask(request);
    ASSERT_EQ(answer.status, LineStatus::kOk) << Name(answer.status);
    const HostRequest& host = bench.host_request();
    EXPECT_EQ(host.addr, address / kLineBytes * kLineBytes);
    EXPECT_EQ(host.op, request.op);
    EXPECT_EQ(host.mask, request.mask);
    EXPECT_EQ(host.data, request.data);
    if (request.op == Op::kRead) {
      EXPECT_EQ(answer.data, SeededLine(address));
    }
  }

  // The request is refused, and this is its record.
  void ExpectFault(const DeviceRequest& request, std::uint32_t cause, std::uint32_t type) {
    EXPECT_EQ(bench.Ask(request).status, LineStatus::kTranslationFault);
    const auto faults = bench.WaitForFaults(1);
    ASSERT_EQ(faults.size(), 1u);
    FaultFields want;
    want.cause = cause;
    want.type = type;
    want.device_id = request.device_id;
    want.process_valid = request.process_valid;
    want.process_id = request.process_valid ? request.process_id : 0;
    want.priv = request.process_valid && request.priv;
    want.iotval = request.addr + request.first_byte;
    EXPECT_EQ(DescribeDifference(want, faults[0]), DescribeDifference(want, want));
  }
  void ExpectNoRecord(const DeviceRequest& request, LineStatus status = LineStatus::kTranslationFault) {
    EXPECT_EQ(bench.Ask(request).status, status);
    bench.simulation().Run(100);
    EXPECT_TRUE(bench.TakeFaults().empty());
  }

  // A PCIe ATS translation request, and the first doubleword of its answer.
  LineResponse Translate(std::uint64_t iova, bool no_write = true, bool execute = false,
                         std::uint32_t device = kDevice) {
    DeviceRequest request = MakeRequest(device, iova, no_write ? Op::kRead : Op::kWrite);
    request.at = AddressType::kTranslationRequest;
    request.exec = execute;
    return bench.Ask(request);
  }
  static std::uint64_t Completion(const LineResponse& response) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) value |= std::uint64_t{response.data[i]} << (8 * i);
    return value;
  }
  void ExpectCompletion(std::uint64_t iova, std::uint64_t completion, bool no_write = true, bool execute = false) {
    const LineResponse response = Translate(iova, no_write, execute);
    EXPECT_EQ(response.status, LineStatus::kOk) << Name(response.status);
    EXPECT_EQ(Completion(response), completion) << DescribeValue(Completion(response));
    EXPECT_TRUE(bench.TakeFaults().empty()) << "a success records nothing";
  }
  // Unsupported Request, or Completer Abort, and its record.
  void ExpectRefused(std::uint64_t iova, std::uint32_t cause, bool abort, std::uint32_t device = kDevice) {
    const LineResponse response = Translate(iova, true, false, device);
    EXPECT_EQ(response.status, LineStatus::kTranslationFault) << Name(response.status);
    EXPECT_EQ(Completion(response), abort ? 1u : 0u);
    const auto faults = bench.WaitForFaults(1);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].cause, cause);
    EXPECT_EQ(faults[0].type, kAtsRequest);
    EXPECT_EQ(faults[0].iotval, iova);
  }

  IommuBench bench;         // NOLINT(readability-identifier-naming): scenarios read better without an underscore
  std::uint64_t root_ = 0;  // page number of the page table's root
};

}  // namespace tarn::tests
