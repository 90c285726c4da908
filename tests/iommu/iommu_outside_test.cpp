// MSIs of devices to interrupt files outside the host's window: what a device writes there leaves through the outbound
// port, after its earlier writes (contracts.md, "Who is who").
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/iommu/iommu_msi_fixture.h"

namespace tarn::tests {
namespace {

constexpr std::uint64_t kWindowBytes = std::uint64_t{1} << 40;  // beyond it the host has nothing
constexpr std::uint64_t kOutsideFile = kWindowBytes + 0x2'8000;

DeviceRequest MakeWord(std::uint32_t device, std::uint64_t iova, std::uint32_t data) {
  DeviceRequest request = MakeRequest(device, iova, Op::kPartialWrite);
  request.mask = std::uint64_t{0xF} << iova % kLineBytes;
  std::memcpy(request.data.data() + iova % kLineBytes, &data, sizeof data);
  return request;
}

class IommuOutside : public IommuMsiScenario {
 protected:
  IommuOutside() {
    bench.memory.set_size_bytes(kWindowBytes);
    bench.outbound_agent().set_on_request([this](const HostRequest& request, std::uint64_t) {
      requests_.push_back(request);
      if (bench.is_open(watched_)) ++open_writes_seen_;
    });
  }
  void StartBare() {
    bench.EnableQueues();
    bench.SetMode(kBare);
  }
  std::uint64_t Outbound() { return bench.outbound_agent().requests(); }

  std::vector<HostRequest> requests_;
  std::uint8_t watched_ = 0;  // a write that must be answered first
  int open_writes_seen_ = 0;
};

TEST_F(IommuOutside, AWordLeavesThroughTheOutboundPort) {
  StartBare();
  EXPECT_EQ(bench.Ask(MakeWord(kDevice, kOutsideFile + 0x44, 0x1234'5678)).status, LineStatus::kOk);
  EXPECT_EQ(Outbound(), 1u);
  EXPECT_EQ(bench.outside.Read32(kOutsideFile + 0x44), 0x1234'5678u);
  EXPECT_EQ(bench.outside.Read32(kOutsideFile + 0x40), 0u);
  EXPECT_EQ(bench.outside.Read32(kOutsideFile + 0x48), 0u);
  EXPECT_TRUE(bench.TakeFaults().empty()) << "nothing is wrong with its translation";
}

TEST_F(IommuOutside, AWordInsideTheWindowDoesNot) {
  StartBare();
  EXPECT_EQ(bench.Ask(MakeWord(kDevice, kPage, 0x1234'5678)).status, LineStatus::kOk);
  EXPECT_EQ(bench.memory.Read32(kPage), 0x1234'5678u);
  EXPECT_EQ(Outbound(), 0u);
}

TEST_F(IommuOutside, AnMsiThroughAFlatEntryReachesItsInterruptFile) {
  StartMsi();
  SetEntry(3, Flat(kOutsideFile));
  EXPECT_EQ(bench.Ask(MakeWord(kDevice, FileAt(3), 77)).status, LineStatus::kOk);
  EXPECT_EQ(bench.outside.Read32(kOutsideFile), 77u);
}

TEST_F(IommuOutside, ItKeepsTheQosIdsThatItLeftTheTranslationWith) {
  UseSecond(kSv39);
  DeviceContextWords context = MsiContext();
  context.ta |= std::uint64_t{0xABC} << 40 | std::uint64_t{0x123} << 52;
  Start(context);
  SetEntry(3, Flat(kOutsideFile));
  EXPECT_EQ(bench.Ask(MakeWord(kDevice, FileAt(3), 77)).status, LineStatus::kOk);
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].rcid, 0xABC);
  EXPECT_EQ(requests_[0].mcid, 0x123);
}

TEST_F(IommuOutside, OtherAccessesOutsideAreRefused) {
  StartBare();
  DeviceRequest two_words = MakeWord(kDevice, kOutsideFile, 1);
  two_words.mask = 0xFF;
  DeviceRequest unaligned = MakeWord(kDevice, kOutsideFile, 1);
  unaligned.mask = 0x3C;
  DeviceRequest exclusive = MakeWord(kDevice, kOutsideFile, 1);
  exclusive.exclusive = true;
  DeviceRequest atomic = MakeWord(kDevice, kOutsideFile, 1);
  atomic.op = Op::kFetchOr;
  DeviceRequest read = MakeWord(kDevice, kOutsideFile, 1);
  read.op = Op::kRead;
  for (const DeviceRequest& request :
       {two_words, unaligned, exclusive, atomic, read, MakeRequest(kDevice, kOutsideFile, Op::kWrite)}) {
    EXPECT_EQ(bench.Ask(request).status, LineStatus::kAccessError) << DescribeValue(request);
  }
  EXPECT_EQ(Outbound(), 0u);
}

TEST_F(IommuOutside, WhatNobodyTakesThereIsAnAccessError) {
  StartBare();
  bench.outside.set_status(kOutsideFile, LineStatus::kAccessError);
  EXPECT_EQ(bench.Ask(MakeWord(kDevice, kOutsideFile, 1)).status, LineStatus::kAccessError);
  EXPECT_EQ(bench.Ask(MakeWord(kDevice, kOutsideFile + kLineBytes, 1)).status, LineStatus::kOk);
}

TEST_F(IommuOutside, ItLeavesAfterTheWritesThatCameBefore) {
  StartBare();
  for (unsigned latency_cycles = 1; latency_cycles < 200; latency_cycles += 13) {
    // The write is answered later than the word is refused.
    bench.host_agent().set_timing(
        {.latency_cycles_min = 100 + latency_cycles, .latency_cycles_max = 100 + latency_cycles});
    watched_ = bench.Send(MakeRequest(kDevice, kPage, Op::kWrite));
    bench.RunUntil([&] { return bench.is_accepted(watched_); }, "the write to be accepted");
    bench.simulation().Run(5);
    bench.host_agent().set_timing({.latency_cycles_min = 2, .latency_cycles_max = 2});
    bench.Send(MakeWord(kDevice, kOutsideFile, latency_cycles));
    bench.Drain();
    EXPECT_EQ(bench.outside.Read32(kOutsideFile), latency_cycles);
  }
  EXPECT_EQ(open_writes_seen_, 0);
}

TEST_F(IommuOutside, ItDoesNotWaitForWritesThatCameAfter) {
  StartBare();
  bench.host_agent().set_timing({.latency_cycles_min = 300, .latency_cycles_max = 300});
  const std::uint8_t before = bench.Send(MakeRequest(kDevice, kPage, Op::kWrite));
  bench.RunUntil([&] { return bench.is_accepted(before); }, "the write to be accepted");
  bench.simulation().Run(5);
  bench.host_agent().set_timing({.latency_cycles_min = 2, .latency_cycles_max = 2});
  const std::uint8_t word = bench.Send(MakeWord(kDevice, kOutsideFile, 1));
  bench.RunUntil([&] { return bench.is_accepted(word); }, "the word to be accepted");
  bench.simulation().Run(20);  // it waits now
  bench.host_agent().set_timing({.latency_cycles_min = 5000, .latency_cycles_max = 5000});
  const std::uint8_t after = bench.Send(MakeRequest(kDevice, kPage + kPageBytes, Op::kWrite));
  bench.RunUntil([&] { return !bench.is_open(word); }, "the word");
  EXPECT_TRUE(bench.is_open(after));
  bench.Drain();
}

TEST_F(IommuOutside, ManyAtOnceAllArriveInOrder) {
  StartBare();
  constexpr std::uint32_t kWords = 250;
  bench.outbound_agent().set_timing({.latency_cycles_min = 3, .latency_cycles_max = 9, .stall_percent = 30});
  for (std::uint32_t i = 0; i < kWords; ++i) {
    bench.Send(MakeWord(kDevice, kOutsideFile + i % 8 * kPageBytes, i));
    if (i % 3 == 0) bench.Send(MakeRequest(kDevice, kPage + i * kLineBytes, Op::kWrite));
  }
  bench.Drain();
  ASSERT_EQ(requests_.size(), kWords);
  for (std::uint32_t i = 0; i < kWords; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, requests_[i].data.data(), sizeof word);
    EXPECT_EQ(word, i);
  }
}

TEST_F(IommuOutside, AFenceWaitsForIt) {
  StartBare();
  bench.outbound_agent().set_timing({.latency_cycles_min = 400, .latency_cycles_max = 400});
  const std::uint8_t word = bench.Send(MakeWord(kDevice, kOutsideFile, 1));
  bench.RunUntil([&] { return bench.is_accepted(word); }, "the word to be accepted");
  bench.PushCommand(kIofence);
  bench.RunCommands();
  EXPECT_FALSE(bench.is_open(word));
}

}  // namespace
}  // namespace tarn::tests
