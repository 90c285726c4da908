// Page requests and the page-request queue: RISC-V IOMMU 1.0, sections 3.7, 4.3 and 6.17.
#include <gtest/gtest.h>

#include <vector>

#include "tests/iommu/two_stage_fixture.h"

namespace tarn::iommu {
namespace {

namespace pqb = iommu_registers::pqb;
namespace pqcsr = iommu_registers::pqcsr;
namespace pqh = iommu_registers::pqh;
namespace pqt = iommu_registers::pqt;
namespace fqt = iommu_registers::fqt;
namespace ipsr = iommu_registers::ipsr;

constexpr std::uint64_t kRead = 1, kWrite = 2, kLast = 4;
constexpr std::uint64_t kGroup = 0x155;
constexpr std::uint64_t kPayload = 0x1234'5678'9ABC'D000 | kGroup << 3 | kLast | kRead;
constexpr std::uint8_t kSuccess = 0, kInvalidRequest = 1, kFailure = 15;

// A device with PRI, a queue of four entries, and what the IOMMU sends.
struct Pages : TwoStageFixture {
  static constexpr std::uint64_t kPages = 0x38'0000;
  explicit Pages(std::uint64_t tc = 1 | kTcAts | kTcPri) {
    context.tc = tc;
    StartGuest();
    iommu.WriteRegister64(pqb::kOffset, kPages / kPageBytes << 10 | 1);
    Write(pqcsr::kOffset, pqcsr::Pqen::kMask);
    iommu.set_message_listener([this](const DeviceMessage& message) { sent.push_back(message); });
  }
  static DeviceMessage Message(std::uint64_t payload = kPayload, bool process = true) {
    DeviceMessage message;
    message.kind = static_cast<std::uint8_t>(MessageKind::kPageRequest);
    message.device_id = kDevice;
    message.process_valid = process;
    message.process_id = 0xABCDE;
    message.priv = message.exec = true;
    message.payload = payload;
    return message;
  }
  void Ask(const DeviceMessage& message = Message()) { iommu.Receive(message); }
  // The code of the one answer; -1: there is none.
  int Code() const { return sent.size() == 1 ? sent[0].code : -1; }
  bool Has(std::uint32_t bits) { return (Register(pqcsr::kOffset) & bits) != 0; }

  std::vector<DeviceMessage> sent;
};

TEST(IommuModelPageRequests, AMessageBecomesARecord) {
  Pages f;
  f.Ask();
  EXPECT_EQ(f.Register(pqt::kOffset), 1u);
  EXPECT_EQ(f.memory.Load(Pages::kPages), std::uint64_t{Pages::kDevice} << 40 | 0x7'ABCD'E000);  // PV, PRIV, EXEC, PID
  EXPECT_EQ(f.memory.Load(Pages::kPages + 8), kPayload);
  EXPECT_TRUE(f.sent.empty());
}

TEST(IommuModelPageRequests, WithoutAPasidItsFieldsAreZero) {
  Pages f;
  f.Ask(Pages::Message(kPayload, false));
  EXPECT_EQ(f.memory.Load(Pages::kPages), std::uint64_t{Pages::kDevice} << 40);
}

TEST(IommuModelPageRequests, AStopMarkerIsQueuedToo) {
  Pages f;
  f.Ask(Pages::Message(kLast));
  EXPECT_EQ(f.Register(pqt::kOffset), 1u);
}

TEST(IommuModelPageRequests, RecordsFollowTheByteOrderOfFctl) {
  Pages f;
  f.Write(pqcsr::kOffset, 0);
  f.SetMode(Mode::kOff);
  f.Write(iommu_registers::fctl::kOffset, iommu_registers::fctl::Be::kMask);
  const std::uint64_t tc = __builtin_bswap64(1 | kTcAts | kTcPri);
  f.SetExtendedContext({.tc = tc, .iohgatp = 0, .fsc = 0});
  f.SetMode(Mode::kOneLevel);
  f.Write(pqcsr::kOffset, pqcsr::Pqen::kMask);
  f.Ask(Pages::Message(kPayload, false));
  EXPECT_EQ(f.memory.Load(Pages::kPages), __builtin_bswap64(std::uint64_t{Pages::kDevice} << 40));
  EXPECT_EQ(f.memory.Load(Pages::kPages + 8), __builtin_bswap64(kPayload));
}

TEST(IommuModelPageRequests, AFullQueueOverflowsAndTheAnswerIsSuccess) {
  Pages f;
  for (int message = 0; message < 3; ++message) f.Ask();
  EXPECT_EQ(f.Register(pqt::kOffset), 3u);
  EXPECT_FALSE(f.Has(pqcsr::Pqof::kMask));
  f.Ask();
  EXPECT_TRUE(f.Has(pqcsr::Pqof::kMask));
  EXPECT_EQ(f.Register(pqt::kOffset), 3u);
  EXPECT_EQ(f.Code(), kSuccess);
  EXPECT_EQ(f.sent[0].payload, kGroup << 32);
}

TEST(IommuModelPageRequests, AfterAnOverflowMessagesAreDiscardedUntilItIsCleared) {
  Pages f;
  for (int message = 0; message < 4; ++message) f.Ask();
  f.Write(pqh::kOffset, 2);  // there is room again
  f.Ask();
  EXPECT_EQ(f.Register(pqt::kOffset), 3u);
  EXPECT_EQ(f.sent.size(), 2u);
  f.Write(pqcsr::kOffset, pqcsr::Pqen::kMask | pqcsr::Pqof::kMask);
  f.Ask();
  EXPECT_EQ(f.Register(pqt::kOffset), 0u);
  EXPECT_EQ(f.sent.size(), 2u);
}

TEST(IommuModelPageRequests, AMemoryFaultOfTheQueueIsAResponseFailureUntilItIsCleared) {
  Pages f;
  f.memory.line_status[Pages::kPages / kLineBytes] = LineStatus::kAccessError;
  f.Ask();
  EXPECT_TRUE(f.Has(pqcsr::Pqmf::kMask));
  EXPECT_EQ(f.Code(), kFailure);
  f.memory.line_status.clear();
  f.Ask();
  EXPECT_EQ(f.Register(pqt::kOffset), 0u);
  EXPECT_EQ(f.sent.size(), 2u);
  EXPECT_EQ(f.Register(fqt::kOffset), 0u);  // "No faults are logged in the fault queue"
}

TEST(IommuModelPageRequests, AQueueThatIsOffAnswersResponseFailure) {
  Pages f;
  f.Write(pqcsr::kOffset, 0);
  f.Ask();
  EXPECT_EQ(f.Code(), kFailure);
  EXPECT_EQ(f.Register(fqt::kOffset), 0u);
}

TEST(IommuModelPageRequests, EnablingTheQueueResetsItsTailAndItsErrors) {
  Pages f;
  for (int message = 0; message < 4; ++message) f.Ask();
  f.Write(pqcsr::kOffset, 0);
  EXPECT_FALSE(f.Has(pqcsr::Pqon::kMask));
  f.Write(pqcsr::kOffset, pqcsr::Pqen::kMask);
  EXPECT_EQ(f.Register(pqt::kOffset), 0u);
  EXPECT_EQ(f.Register(pqcsr::kOffset), pqcsr::Pqen::kMask | pqcsr::Pqon::kMask);
}

TEST(IommuModelPageRequests, OnlyTheLastOfAGroupIsAnsweredAndNeverAStopMarker) {
  for (const std::uint64_t flags : {kRead, kWrite, kRead | kWrite, kLast}) {
    Pages f;
    f.Write(pqcsr::kOffset, 0);
    f.Ask(Pages::Message(kGroup << 3 | flags));
    EXPECT_TRUE(f.sent.empty()) << flags;
  }
  Pages f;
  f.Write(pqcsr::kOffset, 0);
  f.Ask(Pages::Message(kGroup << 3 | kLast | kWrite));
  EXPECT_EQ(f.Code(), kFailure);
}

// Section 3.7, its two lists of causes.
TEST(IommuModelPageRequests, EachFaultHasItsResponseCodeAndItsRecord) {
  struct Case {
    const char* what;
    Mode mode;
    std::uint64_t tc;
    std::uint32_t device;
    LineStatus directory;
    int cause;
    int code;
  };
  const std::uint64_t good = 1 | kTcAts | kTcPri;
  const std::uint32_t device = Pages::kDevice;
  for (const Case& c : {Case{"off", Mode::kOff, good, device, LineStatus::kOk, 256, kFailure},
                        Case{"bare", Mode::kBare, good, device, LineStatus::kOk, 260, kInvalidRequest},
                        Case{"wide device id", Mode::kOneLevel, good, 64, LineStatus::kOk, 260, kInvalidRequest},
                        Case{"access error", Mode::kOneLevel, good, device, LineStatus::kAccessError, 257, kFailure},
                        Case{"corruption", Mode::kOneLevel, good, device, LineStatus::kPoison, 268, kFailure},
                        Case{"not valid", Mode::kOneLevel, 0, device, LineStatus::kOk, 258, kFailure},
                        Case{"misconfigured", Mode::kOneLevel, 1 | kTcPri, device, LineStatus::kOk, 259, kFailure},
                        Case{"no PRI", Mode::kOneLevel, 1 | kTcAts, device, LineStatus::kOk, 260, kInvalidRequest},
                        Case{"no ATS", Mode::kOneLevel, 1, device, LineStatus::kOk, 260, kInvalidRequest}}) {
    Pages f(c.tc);
    f.memory.line_status[(Pages::kDirectory + Pages::kDevice * 64) / kLineBytes] = c.directory;
    f.SetMode(c.mode);
    DeviceMessage message = Pages::Message();
    message.device_id = c.device;
    f.Ask(message);
    EXPECT_EQ(f.Code(), c.code) << c.what;
    EXPECT_EQ(f.Register(pqt::kOffset), 0u) << c.what;
    ASSERT_EQ(f.Register(fqt::kOffset), 1u) << c.what;
    const FaultRecord expected{.cause = static_cast<Cause>(c.cause),
                               .type = TransactionType::kMessage,
                               .device_id = c.device,
                               .process_id = 0xABCDE,
                               .process_valid = true,
                               .priv = true,
                               .iotval = 4};  // PCIe's code of a page request
    EXPECT_EQ(f.Fault(0), expected) << c.what;
  }
}

TEST(IommuModelPageRequests, DtfSilencesADeviceWithoutPri) {
  Pages f(1 | kTcAts | kTcDtf);
  f.Ask();
  EXPECT_EQ(f.Code(), kInvalidRequest);
  EXPECT_EQ(f.Register(fqt::kOffset), 0u);
}

TEST(IommuModelPageRequests, AFailureHasThePasidAndTheOthersHaveItOnlyWithPrpr) {
  const auto pasid = [](std::uint64_t tc, bool on, bool asks_with_process) {
    Pages f(tc);
    if (on) {
      for (int message = 0; message < 3; ++message) f.Ask();
    } else {
      f.Write(pqcsr::kOffset, 0);
    }
    f.Ask(Pages::Message(kPayload, asks_with_process));
    EXPECT_EQ(f.sent.size(), 1u);
    EXPECT_EQ(f.sent[0].process_id, f.sent[0].process_valid ? 0xABCDEu : 0u);
    return f.sent[0].process_valid;
  };
  const std::uint64_t tc = 1 | kTcAts | kTcPri;
  EXPECT_TRUE(pasid(tc, false, true));             // failure
  EXPECT_FALSE(pasid(tc, true, true));             // success: overflow
  EXPECT_TRUE(pasid(tc | kTcPrpr, true, true));    // with PRPR
  EXPECT_FALSE(pasid(tc | kTcPrpr, true, false));  // the request had none
}

TEST(IommuModelPageRequests, ARecordAndEachErrorRaiseTheInterrupt) {
  Pages f;
  f.Ask();
  EXPECT_EQ(f.Register(ipsr::kOffset), 0u);  // pie is 0
  f.Write(pqcsr::kOffset, pqcsr::Pqen::kMask | pqcsr::Pie::kMask);
  f.Ask();
  EXPECT_EQ(f.Register(ipsr::kOffset), ipsr::Pip::kMask);
  f.Write(ipsr::kOffset, ipsr::Pip::kMask);
  EXPECT_EQ(f.Register(ipsr::kOffset), 0u);
  f.Ask();
  f.Write(ipsr::kOffset, ipsr::Pip::kMask);
  f.Ask();  // overflows
  EXPECT_EQ(f.Register(ipsr::kOffset), ipsr::Pip::kMask);
  f.Write(ipsr::kOffset, ipsr::Pip::kMask);
  EXPECT_EQ(f.Register(ipsr::kOffset), ipsr::Pip::kMask);  // the condition stays
  Pages faulting;
  faulting.Write(pqcsr::kOffset, pqcsr::Pqen::kMask | pqcsr::Pie::kMask);
  faulting.memory.line_status[Pages::kPages / kLineBytes] = LineStatus::kAccessError;
  faulting.Ask();
  EXPECT_EQ(faulting.Register(ipsr::kOffset), ipsr::Pip::kMask);
}

// What has no ATS does not know what messages are: none is recorded or answered.
TEST(IommuModelPageRequests, WithoutAtsTheyAreDropped) {
  for (const std::uint64_t capabilities :
       {kEveryCapability, kEveryCapability & ~iommu_registers::capabilities::Ats::kMask}) {
    const bool has_ats = capabilities == kEveryCapability;
    TwoStageFixture f(capabilities);
    f.context.tc = 1;  // no PRI for this device
    f.StartGuest();
    int sent = 0;
    f.iommu.set_message_listener([&sent](const DeviceMessage&) { ++sent; });
    f.iommu.Receive(Pages::Message());
    EXPECT_EQ(sent, has_ats ? 1 : 0);
    EXPECT_EQ(f.Register(fqt::kOffset), has_ats ? 1u : 0u);
  }
}

}  // namespace
}  // namespace tarn::iommu
