// PCIe ATS translation requests, translated requests and page requests: sections 3.6, 3.7 and 4.3.
#include <array>
#include <cstdint>
#include <vector>

#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {
namespace {

namespace reg = iommu_registers;

constexpr std::uint64_t kTcValid = 1, kTcAts = 2, kTcPri = 4, kTcDtf = 16, kTcPrpr = 64;
constexpr std::uint64_t kPageQueue = 0x3000'0000;
constexpr std::uint32_t kMessageType = 9;  // TTYP

class IommuAtsTranslation : public IommuScenario {
 protected:
  void SetUp() override {
    ASSERT_NE(bench.Read64(reg::capabilities::kOffset) & reg::capabilities::Ats::kMask, 0u);
    StartSv39(kLevel2, kTcValid | kTcAts | kTcPri);
  }
};

TEST_F(IommuAtsTranslation, ACompletionHasThePageAndWhatItPermits) {
  const std::uint64_t page = kPage >> 12 << 12;
  ExpectCompletion(kIova, page | kReads | kWrites);
  ExpectCompletion(kIova, page | kReads | kWrites);  // from the caches
  ExpectCompletion(kIova, page | kReads | kWrites | kExecutes, true, true);
  const std::uint64_t next = kIova + 0x1000;
  Map(next, kPage, 0, kPteUserAll & ~std::uint64_t{kPteW});
  ExpectCompletion(next, page | kReads | kExecutes, false, true);
  Map(next + 0x1000, kPage, 0, kPteUserAll & ~std::uint64_t{kPteD});
  ExpectCompletion(next + 0x1000, page | kReads, false);
  Map(next + 0x2000, kPage, 0, kPteUserAll & ~std::uint64_t{kPteR | kPteW});
  ExpectCompletion(next + 0x2000, 0, true, true);  // executing needs reading
  EXPECT_EQ(bench.host_agent().requests(), 0u);
}

TEST_F(IommuAtsTranslation, ALargerPageIsToldByItsSize) {
  Map(0x4000'0000, 0x8000'0000, 1);
  Map(0x8000'0000, 0x4'0000'0000, 2);
  ExpectCompletion(0x4000'5000, 0x8000'0000 | 0xFF << 12 | kLarger | kReads | kWrites);
  ExpectCompletion(0x8123'4000, 0x4'0000'0000 | std::uint64_t{0x1FFFF} << 12 | kLarger | kReads | kWrites);
}

TEST_F(IommuAtsTranslation, WhatOnlyLacksAPageIsASuccessWithoutPermissions) {
  ExpectCompletion(kIova + 0x10'0000, 0);       // no page
  ExpectCompletion(std::uint64_t{1} << 40, 0);  // no page can be there
  Map(kIova + 0x1000, kPage, 0, kPteUserAll & ~std::uint64_t{kPteU});
  ExpectCompletion(kIova + 0x1000, 0);
  Map(kIova + 0x2000, kPage, 0, kPteUserAll & ~std::uint64_t{kPteA});
  ExpectCompletion(kIova + 0x2000, 0);
}

TEST_F(IommuAtsTranslation, ConfigurationErrorsAreAbortsAndPermanentOnesUnsupported) {
  ExpectRefused(kIova, 258, false, kDevice + 1);  // no context
  bench.tables.SetContext(kDirectoryPpn, 2, kDevice + 2, Sv39Context(root_, kPscid));
  ExpectRefused(kIova, 260, false, kDevice + 2);  // EN_ATS is 0
  ExpectRefused(kIova, 260, false, 1 << 20);      // too wide
  bench.memory.set_status(root_ << 12, LineStatus::kAccessError);
  ExpectRefused(0x1000, 5, true);
  bench.memory.set_status(root_ << 12, LineStatus::kPoison);
  ExpectRefused(0x1000, 274, true);
  bench.memory.ClearStatus(root_ << 12);
  bench.SetMode(kBare);
  ExpectRefused(kIova, 260, false);
  bench.SetMode(kOff);
  ExpectRefused(kIova, 256, false);
}

TEST_F(IommuAtsTranslation, DtfHidesTheRecordOfARefusal) {
  bench.tables.SetContext(kDirectoryPpn, 2, kDevice + 3, Sv39Context(root_, kPscid, kTcValid | kTcDtf));
  EXPECT_EQ(Translate(kIova, true, false, kDevice + 3).status, LineStatus::kTranslationFault);
  bench.simulation().Run(100);
  EXPECT_TRUE(bench.TakeFaults().empty());
}

TEST_F(IommuAtsTranslation, TranslatedRequestsPassAsTheyAre) {
  DeviceRequest request = MakeRequest(kDevice, kPage + 0x40, Op::kWrite);
  request.at = AddressType::kTranslated;
  ExpectPasses(request, kPage + 0x40);
  request.device_id = kDevice + 4;
  bench.tables.SetContext(kDirectoryPpn, 2, request.device_id, Sv39Context(root_, kPscid));
  ExpectFault(request, 260, 7);  // EN_ATS is 0
}

TEST_F(IommuAtsTranslation, ContextsThatContradictThemselvesAreMisconfigured) {
  for (const std::uint64_t tc : {kTcValid | kTcPri, kTcValid | kTcAts | kTcPrpr, kTcValid | kTcPrpr}) {
    bench.tables.SetContext(kDirectoryPpn, 2, kDevice + 5, Sv39Context(root_, kPscid, tc));
    bench.InvalidateAll();
    ExpectFault(MakeRequest(kDevice + 5, kIova), 259, 2);
  }
}

class IommuPageRequest : public IommuAtsTranslation {
 protected:
  static constexpr std::uint64_t kLast = 4, kPayload = 0x7654'3000 | 0x155 << 3 | 1;  // a read, group 0x155

  void EnablePageQueue(int log2 = 4) {
    bench.Write(reg::pqcsr::kOffset, 0);
    bench.Write64(reg::pqb::kOffset, kPageQueue >> 12 << 10 | static_cast<unsigned>(log2 - 1));
    bench.Write(reg::pqh::kOffset, 0);
    bench.Write(reg::pqcsr::kOffset, 3);
    EXPECT_EQ(bench.Read(reg::pqcsr::kOffset).rdata, 3u | reg::pqcsr::Pqon::kMask);
  }
  static DeviceMessage Request(std::uint64_t payload, bool with_process = false) {
    DeviceMessage message;
    message.device_id = kDevice;
    message.payload = payload;
    message.process_valid = with_process;
    message.process_id = 0x54321;
    message.priv = true;
    message.exec = true;
    return message;
  }
  void Send(const DeviceMessage& message) {
    bench.messages().Push(message);
    ASSERT_TRUE(bench.RunUntil([&] { return bench.messages().pending() == 0; }, "a page request to be taken"));
    bench.simulation().Run(100);
  }
  std::uint32_t Tail() { return bench.Read(reg::pqt::kOffset).rdata; }
  std::array<std::uint64_t, 2> Record(std::uint32_t index) {
    return {bench.memory.Read64(kPageQueue + index * 16), bench.memory.Read64(kPageQueue + index * 16 + 8)};
  }
  // Exactly this answer; code < 0: none.
  void ExpectAnswer(int code, bool with_process) {
    ASSERT_EQ(bench.message_answers().size(), code < 0 ? 0u : 1u);
    if (code < 0) return;
    const DeviceMessage& answer = bench.message_answers()[0];
    EXPECT_EQ(answer.kind, 2);
    EXPECT_EQ(answer.code, code);
    EXPECT_EQ(answer.payload, std::uint64_t{0x155} << 32 | static_cast<std::uint64_t>(code) << 44);
    EXPECT_EQ(answer.process_valid, with_process);
    EXPECT_EQ(answer.process_id, with_process ? 0x54321u : 0u);
    bench.message_answers().clear();
  }
};

TEST_F(IommuPageRequest, RecordsSayWhatTheMessageSays) {
  EnablePageQueue();
  const std::uint64_t stop_marker = 0x155 << 3 | kLast;
  Send(Request(kPayload | kLast, true));
  Send(Request(kPayload));
  Send(Request(stop_marker, true));
  EXPECT_EQ(Tail(), 3u);
  const std::uint64_t device = std::uint64_t{kDevice} << 40;
  const std::uint64_t process = std::uint64_t{7} << 32 | std::uint64_t{0x54321} << 12;  // EXEC, PRIV, PV
  EXPECT_EQ(Record(0), (std::array{device | process, kPayload | kLast}));
  EXPECT_EQ(Record(1), (std::array{device, kPayload})) << "PID, PRIV and EXEC are 0 without a process_id";
  EXPECT_EQ(Record(2), (std::array{device | process, stop_marker}));
  ExpectAnswer(-1, false);  // software's matter
  EXPECT_NE(bench.Read(reg::ipsr::kOffset).rdata & reg::ipsr::Pip::kMask, 0u);
  EXPECT_TRUE(bench.TakeFaults().empty());
}

TEST_F(IommuPageRequest, WhatCannotBeQueuedIsAnswered) {
  // The queue is off: Response Failure, with the process_id that was given.
  Send(Request(kPayload | kLast, true));
  ExpectAnswer(15, true);
  Send(Request(kPayload, true));
  ExpectAnswer(-1, false);  // not the last of its group
  Send(Request(0x155 << 3 | kLast, true));
  ExpectAnswer(-1, false);  // a stop marker
  // Full: Success; without PRPR, without the process_id.
  EnablePageQueue(1);
  Send(Request(kPayload | kLast, true));
  ExpectAnswer(-1, false);
  EXPECT_EQ(Tail(), 1u);
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Pip::kMask);
  EXPECT_EQ(bench.Read(reg::ipsr::kOffset).rdata & reg::ipsr::Pip::kMask, 0u);
  Send(Request(kPayload | kLast, true));
  ExpectAnswer(0, false);
  EXPECT_NE(bench.Read(reg::pqcsr::kOffset).rdata & reg::pqcsr::Pqof::kMask, 0u);
  EXPECT_NE(bench.Read(reg::ipsr::kOffset).rdata & reg::ipsr::Pip::kMask, 0u) << "an overflow interrupts";
  bench.Write(reg::pqh::kOffset, 1);
  Send(Request(kPayload | kLast, true));
  ExpectAnswer(0, false);  // discarded until software clears pqof
  bench.Write(reg::pqcsr::kOffset, 3 | reg::pqcsr::Pqof::kMask);
  Send(Request(kPayload | kLast, true));
  ExpectAnswer(-1, false);
  EXPECT_EQ(Tail(), 0u) << "it wraps around";
  // No memory there: Response Failure.
  bench.Write(reg::pqh::kOffset, 0);
  bench.memory.set_status(kPageQueue, LineStatus::kAccessError);
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Pip::kMask);
  EXPECT_EQ(bench.Read(reg::ipsr::kOffset).rdata & reg::ipsr::Pip::kMask, 0u);
  for (int i = 0; i < 2; ++i) {
    Send(Request(kPayload | kLast, true));
    ExpectAnswer(15, true);
    EXPECT_NE(bench.Read(reg::pqcsr::kOffset).rdata & reg::pqcsr::Pqmf::kMask, 0u);
    EXPECT_NE(bench.Read(reg::ipsr::kOffset).rdata & reg::ipsr::Pip::kMask, 0u);
  }
  EXPECT_TRUE(bench.TakeFaults().empty()) << "nothing of this is a fault";
}

TEST_F(IommuPageRequest, PrprPutsTheProcessIntoAnswers) {
  bench.tables.SetContext(kDirectoryPpn, 2, kDevice, Sv39Context(root_, kPscid, kTcValid | kTcAts | kTcPri | kTcPrpr));
  bench.InvalidateAll();
  EnablePageQueue(1);
  Send(Request(kPayload | kLast, true));
  Send(Request(kPayload | kLast, true));
  ExpectAnswer(0, true);
  Send(Request(kPayload | kLast, false));
  ExpectAnswer(0, false);
}

TEST_F(IommuPageRequest, WithoutPriTheyAreInvalidAndFaults) {
  bench.tables.SetContext(kDirectoryPpn, 2, kDevice, Sv39Context(root_, kPscid, kTcValid | kTcAts));
  bench.InvalidateAll();
  EnablePageQueue();
  Send(Request(kPayload | kLast, true));
  ExpectAnswer(1, false);
  EXPECT_EQ(Tail(), 0u);
  const auto faults = bench.WaitForFaults(1);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].cause, 260u);
  EXPECT_EQ(faults[0].type, kMessageType);
}

TEST_F(IommuPageRequest, AFloodNeverStopsRequests) {
  EnablePageQueue(8);
  bench.Ask(MakeRequest(kDevice, kIova));  // the translation is kept
  bench.walk_agent().set_timing({.latency_cycles_min = 400, .latency_cycles_max = 400});
  for (int i = 0; i < 40; ++i) bench.messages().Push(Request(kPayload | kLast, true));
  bench.simulation().Run(50);
  const std::uint8_t tag = bench.Send(MakeRequest(kDevice, kIova));
  ASSERT_TRUE(bench.RunUntil([&] { return !bench.is_open(tag); }, "a hit"));
  EXPECT_GT(bench.messages().pending(), 20u) << "they wait at the port";
  ASSERT_TRUE(bench.RunUntil([&] { return Tail() == 40; }, "all page requests"));
}

}  // namespace
}  // namespace tarn::tests
