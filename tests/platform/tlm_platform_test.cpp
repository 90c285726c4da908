// The platform `tlm` under the scenarios of every platform, and what TLM-2.0 adds: debug transport and direct pointers.
#include "sw/hal/tlm_platform.h"

#include <cstring>

#include "models/platform/node_platform.h"
#include "models/platform/tlm_hosts.h"
#include "tests/platform/scenarios.h"

namespace tarn::scenarios {
namespace {

std::unique_ptr<hal::Platform> Make() {
  hal::PlatformOptions options;
  options.initial_content = FillPage;
  Result<std::unique_ptr<hal::Platform>> platform =
      hal::MakeTlmPlatform(options, *bulk::PresetByName("low-latency"), "low-latency");
  EXPECT_TRUE(platform.ok());
  return std::move(*platform);
}

TEST(TlmPlatform, FirstTouchPagesIn) { FirstTouchPagesIn(*Make()); }
TEST(TlmPlatform, OutsideTheWindowIsAnAccessError) { OutsideTheWindowIsAnAccessError(*Make()); }
TEST(TlmPlatform, RandomTrafficReadsWhatWasWritten) { RandomTrafficReadsWhatWasWritten(*Make(), 10000); }
TEST(TlmPlatform, ADeviceTranslates) { ADeviceTranslates(*Make()); }
TEST(TlmPlatform, AnUnmappedPageIsGoneAndReported) { AnUnmappedPageIsGoneAndReported(*Make()); }
TEST(TlmPlatform, EveryAccessIsAnsweredOnce) { EveryAccessIsAnsweredOnce(*Make()); }
TEST(TlmPlatform, AReleasedSegmentReadsAsZero) { AReleasedSegmentReadsAsZero(*Make()); }
TEST(TlmPlatform, RegistersOutsideABlockAreErrors) { RegistersOutsideABlockAreErrors(*Make()); }

TEST(TlmPlatform, OnlyOneStandsAtATimeAndAnotherMayFollow) {
  auto first = Make();
  const auto second = hal::MakeTlmPlatform({}, *bulk::PresetByName("low-latency"), "low-latency");
  EXPECT_FALSE(second.ok());
  first.reset();
  EXPECT_NE(Make(), nullptr);
}

class TlmSockets : public ::testing::Test {
 protected:
  void SetUp() override { BringUp(*platform_); }

  tlm::tlm_response_status Access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size_bytes) {
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    hosts_.Run([&] { status = hosts_.Access(kCpu, command, address, data, size_bytes, delay); });
    return status;
  }
  unsigned Debug(std::uint32_t host, tlm::tlm_command command, std::uint64_t address, void* data, unsigned size_bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(size_bytes);
    return hosts_.memory[host]->transport_dbg(payload);
  }
  void EvictSegmentZero() {
    ASSERT_EQ(node().pool().Evict(HostId(kCpu), 0), LineStatus::kOk);
    // Its slot holds something else now.
    for (std::uint32_t segment = 1; segment < kSegments; ++segment) {
      std::uint32_t word;
      ASSERT_EQ(Access(tlm::TLM_READ_COMMAND, kBase + segment * platform_->parameters().segment_bytes, &word, 4),
                tlm::TLM_OK_RESPONSE);
    }
    ASSERT_FALSE(node().pool().SlotOf(HostId(kCpu), 0).has_value());
  }
  node::Node& node() { return dynamic_cast<platform::NodePlatform&>(*platform_).node(); }

  std::unique_ptr<hal::Platform> platform_ = Make();
  platform::TlmHosts& hosts_ = platform::TlmWorld::Get().hosts;
};

TEST_F(TlmSockets, TransactionsOfAnyAddressAndLengthAreSplitIntoLines) {
  std::vector<std::uint8_t> written(1000);
  Random random(4);
  for (std::uint8_t& byte : written) byte = static_cast<std::uint8_t>(random.Next());
  ASSERT_EQ(Access(tlm::TLM_WRITE_COMMAND, kBase + 4093, written.data(), 1000), tlm::TLM_OK_RESPONSE);
  std::vector<std::uint8_t> read(1000);
  ASSERT_EQ(Access(tlm::TLM_READ_COMMAND, kBase + 4093, read.data(), 1000), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(read, written);
  const Line before = InitialLine(kCpu, 4032);
  std::uint8_t byte = 0;
  Access(tlm::TLM_READ_COMMAND, kBase + 4092, &byte, 1);
  EXPECT_EQ(byte, before[60]);
}

TEST_F(TlmSockets, OutsideTheWindowIsAnAddressErrorResponse) {
  std::uint32_t word;
  EXPECT_EQ(Access(tlm::TLM_READ_COMMAND, kBase - 4, &word, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_F(TlmSockets, DebugTransportSeesPagedOutContentAndBringsNothingIn) {
  Line line;
  ASSERT_EQ(Debug(kCpu, tlm::TLM_READ_COMMAND, kBase + 0x3040, line.data(), 64), 64u);
  EXPECT_EQ(line, InitialLine(kCpu, 0x3040));
  const Line data = SeededLine(8);
  ASSERT_EQ(Debug(kCpu, tlm::TLM_WRITE_COMMAND, kBase + 0x3040, const_cast<std::uint8_t*>(data.data()), 64), 64u);
  EXPECT_EQ(node().pool().counters(HostId(kCpu)).page_ins, 0u);
  EXPECT_EQ(Read(*platform_, kCpu, kBase + 0x3040).data, data);
  EXPECT_EQ(Read(*platform_, kCpu, kBase + 0x3080).data, InitialLine(kCpu, 0x3080));
  EXPECT_EQ(Debug(kCpu, tlm::TLM_READ_COMMAND, kBase - 64, line.data(), 64), 0u);
  EXPECT_EQ(Debug(kDevice, tlm::TLM_READ_COMMAND, kBase, line.data(), 64), 0u);  // its IOMMU is off
}

TEST_F(TlmSockets, ADirectPointerServesAResidentPageAndIsWritableOnceThePageIsDirty) {
  std::uint32_t word = 0;
  Access(tlm::TLM_READ_COMMAND, kBase, &word, 4);
  ASSERT_EQ(hosts_.pointers(kCpu).size(), 1u);
  EXPECT_FALSE(hosts_.pointers(kCpu).begin()->second.is_write_allowed());
  const std::uint64_t direct = hosts_.direct_accesses();
  Access(tlm::TLM_READ_COMMAND, kBase + 4, &word, 4);
  EXPECT_EQ(hosts_.direct_accesses(), direct + 1);
  const std::uint64_t notices = node().pool().counters(HostId(kCpu)).notices;
  word = 0x1234'5678;
  Access(tlm::TLM_WRITE_COMMAND, kBase + 8, &word, 4);  // not direct: the first write is noticed
  EXPECT_EQ(node().pool().counters(HostId(kCpu)).notices, notices + 1);
  Access(tlm::TLM_WRITE_COMMAND, kBase + 12, &word, 4);
  EXPECT_EQ(hosts_.direct_accesses(), direct + 2);
  const hal::Completion completion = Read(*platform_, kCpu, kBase);
  std::uint32_t stored[2];
  std::memcpy(stored, completion.data.data() + 8, 8);
  EXPECT_EQ(stored[0], 0x1234'5678u);
  EXPECT_EQ(stored[1], 0x1234'5678u);
}

// Who keeps a pointer beyond its invalidation sees another page's bytes; who drops it as told sees the right ones.
TEST_F(TlmSockets, AStalePointerIsTakenBackWhenItsPageIsEvicted) {
  std::uint64_t word = 0;
  Access(tlm::TLM_READ_COMMAND, kBase, &word, 8);
  const std::uint64_t expected = word;
  ASSERT_TRUE(hosts_.pointers(kCpu).contains(kBase));
  const unsigned char* stale = hosts_.pointers(kCpu).at(kBase).get_dmi_ptr();
  EvictSegmentZero();
  EXPECT_FALSE(hosts_.pointers(kCpu).contains(kBase));
  std::uint64_t through_stale = 0;
  std::memcpy(&through_stale, stale, 8);
  EXPECT_NE(through_stale, expected);
  Access(tlm::TLM_READ_COMMAND, kBase, &word, 8);
  EXPECT_EQ(word, expected);
}

TEST_F(TlmSockets, PointersAreTakenBackByAFlushAndByRegistersThatMayMoveThings) {
  std::uint64_t word = 7;
  Access(tlm::TLM_WRITE_COMMAND, kBase, &word, 8);
  ASSERT_TRUE(hosts_.pointers(kCpu).contains(kBase));
  ASSERT_EQ(node().pool().Flush(), LineStatus::kOk);  // clean again: the next write must be noticed
  EXPECT_FALSE(hosts_.pointers(kCpu).contains(kBase));
  Access(tlm::TLM_READ_COMMAND, kBase, &word, 8);
  ASSERT_TRUE(hosts_.pointers(kCpu).contains(kBase));
  TARN_ASSERT_OK(drivers::PoolDriver(*platform_).SetWindow(HostId(kCpu), HostPhysAddr(kBase), kSegments));
  EXPECT_FALSE(hosts_.pointers(kCpu).contains(kBase));
}

}  // namespace
}  // namespace tarn::scenarios
