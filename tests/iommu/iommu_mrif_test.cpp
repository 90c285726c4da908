// MSIs into memory-resident interrupt files: section 3.3.3 of the RISC-V IOMMU Architecture, and "MSI PTE, MRIF mode"
// and "Format of a memory-resident interrupt file" of the Advanced Interrupt Architecture.
#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include "tests/iommu/iommu_msi_fixture.h"

namespace tarn::tests {
namespace {

constexpr std::uint64_t kResidentFile = 0x4'7654'3200, kNotice = 0x5'1234'5000;  // of the host
constexpr std::uint64_t kNoticeId = 0x555;
constexpr std::uint64_t kIdentities = 2048;

// Messages to guest interrupt file 1 end in the file at kResidentFile.
class IommuMrif : public IommuMsiScenario {
 protected:
  static constexpr std::uint64_t kTarget = FileAt(1);

  void StartMrif(std::uint64_t tc = kTcV) {
    StartMsi(kNoScheme, tc);
    SetEntry(1, Mrif(kResidentFile), Notice(kNotice, kNoticeId));
    bench.walk_agent().set_on_request([this](const HostRequest& request, std::uint64_t cycle) {
      if (request.addr >> 9 == kResidentFile >> 9) update_ = {request.op, cycle};
      if (request.addr >> 12 == kNotice >> 12) {
        ++notices_;
        notice_cycle_ = cycle;
      }
    });
  }
  LineStatus Send(const DeviceRequest& request) { return bench.Ask(request).status; }
  LineStatus Send(std::uint32_t identity) { return Send(Access(kTarget, identity)); }
  std::uint64_t Word(std::uint64_t offset) { return bench.memory.Read64(kResidentFile + offset); }
  // Nothing reached the file or the notice's page, and nothing was recorded.
  void ExpectNoMessage() {
    for (std::uint64_t offset = 0; offset < 512; offset += 8) EXPECT_EQ(Word(offset), 0u) << offset;
    EXPECT_EQ(notices_, 0u);
    EXPECT_EQ(bench.host_agent().requests(), 0u) << "accesses are handled by the IOMMU";
    EXPECT_TRUE(bench.TakeFaults().empty());
  }

  struct Update {
    Op op;
    std::uint64_t cycle;
  };
  std::optional<Update> update_;
  std::uint64_t notices_ = 0, notice_cycle_ = 0;
};

TEST_F(IommuMrif, AMessageSetsItsBitAndNoOther) {
  StartMrif();
  for (const std::uint32_t identity : {0u, 1u, 63u, 64u, 127u, 1000u, 1984u, 2047u}) {
    SCOPED_TRACE(identity);
    const std::uint64_t at = identity / 64 * 16;
    const std::uint64_t pending = Word(at);
    bench.memory.Write64(kResidentFile + at + 8, 0xF0F0);  // enable bits
    EXPECT_EQ(Send(identity), LineStatus::kOk);
    EXPECT_EQ(Word(at), pending | std::uint64_t{1} << identity % 64);
    EXPECT_EQ(Word(at + 8), 0xF0F0u);
    EXPECT_EQ(update_->op, Op::kFetchOr);
  }
  std::uint64_t pending = 0;
  for (std::uint64_t at = 0; at < 512; at += 16) pending += std::bitset<64>(Word(at)).count();
  EXPECT_EQ(pending, 8u);
  EXPECT_EQ(bench.host_agent().requests(), 0u) << "the write itself goes nowhere";
}

// "Once the MRIF update operation is visible to all agents in the system, the 11-bit NID value … is written".
TEST_F(IommuMrif, TheNoticeComesAfterTheUpdateAndTheAnswerAfterTheNotice) {
  constexpr unsigned kLatency = 200;
  StartMrif();
  bench.walk_agent().set_timing({.latency_cycles_min = kLatency, .latency_cycles_max = kLatency});
  bench.set_on_answer([this](const LineResponse&, const DeviceRequest&, std::uint64_t cycle) {
    EXPECT_GE(cycle, notice_cycle_ + kLatency);
  });
  EXPECT_EQ(Send(7), LineStatus::kOk);
  EXPECT_EQ(notices_, 1u);
  EXPECT_GE(notice_cycle_, update_->cycle + kLatency);
  EXPECT_EQ(bench.memory.Read32(kNotice), kNoticeId);
  EXPECT_EQ(bench.memory.Read32(kNotice + 4), 0u) << "a word of 32 bits";
  EXPECT_EQ(Send(7), LineStatus::kOk);
  EXPECT_EQ(notices_, 2u) << "always, even when the bit was set before";
}

// "Any page address must be accepted for NPPN."
TEST_F(IommuMrif, ANoticeForAPageOutsideTheWindowGoesOutside) {
  StartMrif();
  bench.memory.set_status(kNotice, LineStatus::kAccessError);
  for (const std::uint64_t identity : {0x001u, 0x400u, 0x7FFu}) {
    SetEntry(1, Mrif(kResidentFile), Notice(kNotice, identity));
    Fence(kIotinvalGvma);
    EXPECT_EQ(Send(9), LineStatus::kOk);
    EXPECT_EQ(bench.outside.Read64(kNotice), identity);
  }
}

// "The data of an incoming MSI is assumed to be in little-endian byte order if bit 2 of the destination address is
// zero, and in big-endian byte order if bit 2 of the destination address is one." This unit takes both.
TEST_F(IommuMrif, BitTwoOfTheAddressSaysTheByteOrder) {
  StartMrif();
  EXPECT_EQ(Send(Access(kTarget + 4, 0x4600'0000)), LineStatus::kOk);
  EXPECT_EQ(Word(0x10), std::uint64_t{1} << 6) << "identity 0x46";
  EXPECT_EQ(bench.memory.Read64(kNotice), kNoticeId) << "the notice is little-endian, at offset 0";
}

// "If either A[11:3] or D[31:11] is not zero … then the incoming write is accepted but discarded."
TEST_F(IommuMrif, WhatIsNoMessageIsAcceptedAndDiscarded) {
  StartMrif();
  for (unsigned bit = 11; bit < 32; ++bit) EXPECT_EQ(Send(1u | 1u << bit), LineStatus::kOk);
  for (unsigned bit = 2; bit < 12; ++bit) {
    EXPECT_EQ(Send(Access(kTarget + (std::uint64_t{1} << bit), 1)), LineStatus::kOk) << bit;
  }
  EXPECT_FALSE(update_.has_value());
  ExpectNoMessage();
}

// "For a naturally aligned 32-bit read, the IOMMU should preferably return zero."
TEST_F(IommuMrif, AlignedReadsOfFourBytesReadZero) {
  StartMrif();
  for (const std::uint64_t offset : {0u, 4u, 0x7Cu, 0xFFCu}) {
    const LineResponse answer = bench.Ask(Access(kTarget + offset, 0, 4, Op::kRead));
    EXPECT_EQ(answer.status, LineStatus::kOk);
    EXPECT_EQ(answer.data, Line{});
  }
  ExpectNoMessage();
}

// "If a memory access, read or write, is not for 32 bits of data, or if the access address is not aligned to a 4-byte
// boundary, the access should be aborted as unsupported."
TEST_F(IommuMrif, OtherAccessesAreAborted) {
  StartMrif();
  for (const Op op : {Op::kRead, Op::kPartialWrite}) {
    for (const unsigned size_bytes : {1u, 2u, 3u, 8u, 16u}) {
      EXPECT_EQ(Send(Access(kTarget, 1, size_bytes, op)), LineStatus::kAccessError) << size_bytes;
    }
    for (const unsigned offset : {1u, 2u, 3u, 0x41u}) {
      EXPECT_EQ(Send(Access(kTarget + offset, 1, 4, op)), LineStatus::kAccessError) << offset;
    }
  }
  EXPECT_EQ(Send(MakeRequest(kDevice, kTarget, Op::kWrite)), LineStatus::kAccessError) << "a whole line";
  EXPECT_EQ(Send(Access(kTarget, 1, 4, Op::kFetchOr)), LineStatus::kAccessError) << "neither read nor write";
  ExpectNoMessage();
}

TEST_F(IommuMrif, NobodyExecutesAFile) {
  StartMrif();
  ExpectFault(Fetch(kTarget), 1, kExecute);
  ExpectNoMessage();
}

TEST_F(IommuMrif, ReservedBitsOfBothDoublewordsAreMisconfigurations) {
  StartMrif();
  const auto expect = [&](std::uint64_t low, std::uint64_t high) {
    SetEntry(1, Mrif(kResidentFile) | low, Notice(kNotice, kNoticeId) | high);
    ExpectFault(Access(kTarget, 3), 263, kWrite);
  };
  for (unsigned bit = 3; bit < 63; ++bit) {
    if (bit < 7 || bit > 53) expect(std::uint64_t{1} << bit, 0);
  }
  for (unsigned bit = 54; bit < 64; ++bit) {
    if (bit != 60) expect(0, std::uint64_t{1} << bit);
  }
  ExpectNoMessage();
}

// Section 4.2: causes 264 and 271, of the device's own write; no notice then.
TEST_F(IommuMrif, MemoryErrorsOfTheFileAreCauses264And271) {
  StartMrif();
  bench.memory.set_status(kResidentFile, LineStatus::kAccessError);
  ExpectFault(Access(kTarget, 5), 264, kWrite);
  bench.memory.set_status(kResidentFile, LineStatus::kPoison);
  ExpectFault(Access(kTarget, 5), 271, kWrite);
  EXPECT_EQ(notices_, 0u);
  EXPECT_EQ(Send(Access(kTarget, 5, 4, Op::kRead)), LineStatus::kOk) << "a read does not look into the file";
  bench.memory.ClearStatus(kResidentFile);
  EXPECT_EQ(Send(5), LineStatus::kOk);
  EXPECT_EQ(notices_, 1u);
}

TEST_F(IommuMrif, DtfHidesThoseToo) {
  StartMrif(kTcV | kTcDtf);
  for (const LineStatus status : {LineStatus::kAccessError, LineStatus::kPoison}) {
    bench.memory.set_status(kResidentFile, status);
    ExpectNoRecord(Access(kTarget, 5));
  }
  EXPECT_EQ(notices_, 0u);
}

// Section 3.6: "a Success response is generated with the U bit (Untranslated access only) set to 1"; X is not
// permitted.
TEST_F(IommuMrif, ATranslationRequestIsToldToStayUntranslated) {
  StartMrif(kTcV | kTcAts);
  for (const bool execute : {false, true}) {
    const LineResponse answer = Translate(kTarget, false, execute);
    EXPECT_EQ(answer.status, LineStatus::kOk);
    EXPECT_EQ(Completion(answer) & 0xFFF, kReads | kWrites | kUntranslatedOnly) << "4 KiB, neither executed nor global";
  }
  ExpectNoMessage();
}

// An entry that is moved from a file in memory to one of an IMSIC and back ("Use of memory-resident interrupt files
// with atomic update"): after the fence no message goes where they went before.
TEST_F(IommuMrif, AfterAFenceMessagesGoWhereTheNewEntrySays) {
  StartMrif();
  for (int times = 0; times < 3; ++times) {
    EXPECT_EQ(Send(3), LineStatus::kOk);
    EXPECT_EQ(Word(0), 8u);
    SetEntry(1, Flat(kPage));
    Fence(kIotinvalGvma | kCommandGv | CommandGscid(kGscid));
    bench.memory.Write64(kResidentFile, 0);
    ExpectPasses(Access(kTarget, 3), kPage);
    EXPECT_EQ(Word(0), 0u);
    SetEntry(1, Mrif(kResidentFile), Notice(kNotice, kNoticeId));
    Fence(kIotinvalGvma | kCommandGv | CommandGscid(kGscid));
  }
}

// "Hypervisor software can safely set and clear the interrupt-pending and interrupt-enable bits of the MRIF using AMOOR
// and AMOAND operations, even as an IOMMU may be storing incoming MSIs into the same MRIF."
class IommuMrifRace : public IommuMrif {
 protected:
  // In any cycle the host takes some pending bits (AMOAND), or flips enable bits (AMOOR, AMOAND).
  void HostActs() {
    const std::uint64_t pair = random_.Below(32);
    const std::uint64_t at = kResidentFile + pair * 16;
    const std::uint64_t taken = bench.memory.Read64(at) & random_.Next();
    for (unsigned bit = 0; bit < 64; ++bit) {
      if ((taken >> bit & 1) != 0) ++claims_[pair * 64 + bit];
    }
    bench.memory.Write64(at, bench.memory.Read64(at) & ~taken);
    EXPECT_EQ(bench.memory.Read64(at + 8), enabled_[pair]) << "enable bits are the host's";
    enabled_[pair] = random_.Next();
    bench.memory.Write64(at + 8, enabled_[pair]);
  }
  // All identities in an order of their own, a few under way at once.
  void SendAll() {
    std::vector<std::uint32_t> order;
    for (std::uint32_t identity = 0; identity < kIdentities; ++identity) order.push_back(identity);
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random_.Below(i + 1)]);
    for (const std::uint32_t identity : order) {
      bench.Send(Access(kTarget, identity));
      for (std::uint64_t wait = random_.Below(12); wait > 0; --wait) {
        HostActs();
        bench.Step();
      }
    }
    while (bench.unanswered() > 0 && bench.Step()) HostActs();
  }

  Random random_{GetTestOptions().seed};
  std::vector<unsigned> claims_ = std::vector<unsigned>(kIdentities);
  std::vector<std::uint64_t> enabled_ = std::vector<std::uint64_t>(32);
};

TEST_F(IommuMrifRace, NoMessageAndNoUpdateOfTheHostIsLost) {
  StartMrif();
  bench.walk_agent().set_timing({.latency_cycles_min = 1, .latency_cycles_max = 40, .stall_percent = 30});
  constexpr unsigned kRounds = 4;
  for (unsigned round = 1; round <= kRounds; ++round) {
    SendAll();
    for (std::uint64_t identity = 0; identity < kIdentities; ++identity) {
      const bool pending = (Word(identity / 64 * 16) >> identity % 64 & 1) != 0;
      // What is pending from the round before and comes again is one interrupt.
      EXPECT_LE(claims_[identity] + pending, round) << "no bit comes up by itself: " << identity;
      EXPECT_TRUE(pending || claims_[identity] > 0) << identity;
      bench.memory.Write64(kResidentFile + identity / 64 * 16,
                           Word(identity / 64 * 16) & ~(std::uint64_t{1} << identity % 64));
      claims_[identity] += pending ? 1 : 0;
      EXPECT_EQ(claims_[identity], round) << "one interrupt for each message: " << identity;
    }
    EXPECT_EQ(notices_, round * kIdentities);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace tarn::tests
