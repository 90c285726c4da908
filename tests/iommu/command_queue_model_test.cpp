// Commands: RISC-V IOMMU 1.0, sections 4.1 and 6.15.
#include <gtest/gtest.h>

#include "tests/iommu/model_fixture.h"

namespace tarn::iommu {
namespace {

namespace cqb = iommu_registers::cqb;
namespace cqcsr = iommu_registers::cqcsr;
namespace cqh = iommu_registers::cqh;
namespace cqt = iommu_registers::cqt;
namespace fctl = iommu_registers::fctl;

TEST(IommuModelCommands, LegalCommandsAreConsumed) {
  IommuFixture f;
  f.Start();
  f.Command(1);                                               // IOTINVAL.VMA, all
  f.Command(1 | Bit(10) | Bit(32) | 7u << 12, 0x1234 << 10);  // by address and PSCID
  f.Command(1 | Bit(33) | Bit(44));                           // by GSCID
  f.Command(1 | 1 << 7);                                      // IOTINVAL.GVMA
  f.Command(2 | Bit(12) | Bit(13));                           // IOFENCE.C PR PW
  f.Command(3);                                               // IODIR.INVAL_DDT, all
  f.Command(3 | Bit(33) | Bit(40));                           // one device
  EXPECT_EQ(f.Register(cqh::kOffset), 7u);
  EXPECT_EQ(f.Register(cqcsr::kOffset), cqcsr::Cqen::kMask | cqcsr::Cqon::kMask);
  EXPECT_EQ(f.iommu.counters().invalidations, 6u);
}

TEST(IommuModelCommands, EachIllegalOrUnsupportedCommandStopsTheQueueAtItself) {
  struct Case {
    const char* what;
    std::uint64_t low, high;
  };
  for (const Case& c : {Case{"opcode 0", 0, 0},
                        Case{"opcode 5", 5, 0},
                        Case{"custom opcode", 64, 0},
                        Case{"IOTINVAL func3 2", 1 | 2 << 7, 0},
                        Case{"IOTINVAL bit 11", 1 | Bit(11), 0},
                        Case{"IOTINVAL NL without the extension", 1 | Bit(34), 0},
                        Case{"IOTINVAL bit 35", 1 | Bit(35), 0},
                        Case{"IOTINVAL bit 60", 1 | Bit(60), 0},
                        Case{"IOTINVAL high bit 0", 1, 1},
                        Case{"IOTINVAL S without the extension", 1, Bit(9)},
                        Case{"IOTINVAL high bit 63", 1, Bit(63)},
                        Case{"GVMA with PSCV", 1 | 1 << 7 | Bit(32), 0},
                        Case{"IOFENCE func3 1", 2 | 1 << 7, 0},
                        Case{"IOFENCE bit 14", 2 | Bit(14), 0},
                        Case{"IOFENCE high bit 62", 2, Bit(62)},
                        Case{"IOFENCE WSI while interrupts are messages", 2 | Bit(11), 0},
                        Case{"IODIR func3 2", 3 | 2 << 7, 0},
                        Case{"INVAL_DDT with PID", 3 | Bit(12), 0},
                        Case{"INVAL_DDT bit 32", 3 | Bit(32), 0},
                        Case{"INVAL_DDT high word", 3, 1},
                        Case{"INVAL_PDT without process directories", 3 | 1 << 7 | Bit(33), 0}}) {
    IommuFixture f;
    f.Start();
    f.Command(2);
    f.Command(c.low, c.high);
    EXPECT_EQ(f.Register(cqh::kOffset), 1u) << c.what;
    EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::CmdIll::kMask, 0u) << c.what;
    f.Command(2);
    EXPECT_EQ(f.Register(cqh::kOffset), 1u) << c.what;
  }
}

// "When DV operand is 1, the value of the DID operand must not be wider than that supported by the ddtp.iommu_mode."
TEST(IommuModelCommands, ADeviceIdWiderThanTheDirectoryIsIllegal) {
  const auto device = [](std::uint64_t id) { return 3 | Bit(33) | id << 40; };
  IommuFixture f;
  f.Start();
  f.iommu.WriteRegister64(iommu_registers::ddtp::kOffset,
                          static_cast<std::uint64_t>(iommu_registers::ddtp::IommuModeValue::kLvl1));
  f.Command(device(0x7F));
  EXPECT_EQ(f.Register(cqh::kOffset), 1u);
  f.Command(device(0x80));
  EXPECT_EQ(f.Register(cqh::kOffset), 1u);
  EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::CmdIll::kMask, 0u);
}

TEST(IommuModelCommands, ClearingTheErrorGoesOnWithTheSameCommand) {
  IommuFixture f;
  f.Start();
  f.Command(0);
  f.memory.Store(IommuFixture::kCommands, 2);  // software mends it
  f.Write(cqcsr::kOffset, 1 | cqcsr::CmdIll::kMask);
  EXPECT_EQ(f.Register(cqh::kOffset), 1u);
  EXPECT_EQ(f.Register(cqcsr::kOffset) & cqcsr::CmdIll::kMask, 0u);
}

TEST(IommuModelCommands, AFenceWritesItsWord) {
  IommuFixture f;
  f.Start();
  f.Command(2 | Bit(10) | std::uint64_t{0xCAFE'F00D} << 32, 0x60'0004 >> 2);
  EXPECT_EQ(f.memory.Load(0x60'0000), 0xCAFE'F00D'0000'0000u);
}

TEST(IommuModelCommands, AFenceOutsideTheWindowWritesThroughTheOutboundPort) {
  IommuFixture f;
  f.Start();
  f.Command(2 | Bit(10) | std::uint64_t{7} << 32, std::uint64_t{1} << 48 >> 2);
  EXPECT_EQ(f.outbound.Load(std::uint64_t{1} << 48), 7u);
}

TEST(IommuModelCommands, MemoryFaultsStopTheQueueUntilTheyAreCleared) {
  IommuFixture f;
  f.Start();
  f.memory.line_status[IommuFixture::kCommands / kLineBytes] = LineStatus::kPoison;
  f.Command(2);
  EXPECT_EQ(f.Register(cqh::kOffset), 0u);
  EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::Cqmf::kMask, 0u);
  f.memory.line_status.clear();
  f.Write(cqcsr::kOffset, 1 | cqcsr::Cqmf::kMask);
  EXPECT_EQ(f.Register(cqh::kOffset), 1u);
  f.memory.line_status[0x60'0000 / kLineBytes] = LineStatus::kPoison;
  f.Command(2 | Bit(10), 0x60'0000 >> 2);
  EXPECT_EQ(f.Register(cqh::kOffset), 1u);
  EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::Cqmf::kMask, 0u);
  EXPECT_EQ(f.Register(cqcsr::kOffset) & cqcsr::CmdIll::kMask, 0u);
}

TEST(IommuModelCommands, NothingIsFetchedWhileTheQueueIsOffAndEnablingResetsTheHead) {
  IommuFixture f;
  f.Start();
  f.Command(2);
  f.Write(cqcsr::kOffset, 0);
  EXPECT_EQ(f.Register(cqcsr::kOffset), 0u);
  f.Command(2);
  EXPECT_EQ(f.Register(cqh::kOffset), 1u);
  f.Write(cqt::kOffset, 0);
  f.Write(cqcsr::kOffset, 1);
  EXPECT_EQ(f.Register(cqh::kOffset), 0u);
}

TEST(IommuModelCommands, IndicesHaveOnlyTheBitsOfTheQueuesSize) {
  IommuFixture f;
  f.EnableQueues(3);
  f.Write(cqcsr::kOffset, 0);
  f.Write(cqt::kOffset, 0xFFFF'FFFF);
  EXPECT_EQ(f.Register(cqt::kOffset), 7u);
  f.Write(iommu_registers::fqh::kOffset, 0x1'0009);
  EXPECT_EQ(f.Register(iommu_registers::fqh::kOffset), 1u);
  f.iommu.WriteRegister64(cqb::kOffset, 1);  // 4 entries
  EXPECT_EQ(f.Register(cqt::kOffset), 3u);
}

TEST(IommuModelCommands, TheQueueWraps) {
  IommuFixture f;
  f.Start();
  for (int command = 0; command < 40; ++command) f.Command(2);
  EXPECT_EQ(f.Register(cqh::kOffset), 40u % 16);
  EXPECT_EQ(f.iommu.counters().commands, 40u);
}

TEST(IommuModelCommands, AWiredFenceSetsItsBit) {
  IommuFixture f;
  f.Write(fctl::kOffset, fctl::Wsi::kMask);
  f.Start();
  f.Command(2 | Bit(11));
  EXPECT_EQ(f.Register(cqh::kOffset), 1u);
  EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::FenceWIp::kMask, 0u);
}

TEST(IommuModelCommands, TheExtensionsOfIotinvalAreAcceptedWhereTheCapabilitiesTellThem) {
  namespace capabilities = iommu_registers::capabilities;
  const std::uint64_t vma = 1 | Bit(10), gvma = vma | 1 << 7 | Bit(33);
  const auto accepted = [](std::uint64_t capability, std::uint64_t low, std::uint64_t high) {
    IommuFixture f(Parameters{.capabilities = capability});
    f.EnableQueues();
    f.Command(low, high);
    return f.Register(cqh::kOffset) == 1;
  };
  for (const std::uint64_t command : {vma, gvma}) {
    EXPECT_TRUE(accepted(capabilities::NonLeafInval::kMask, command | Bit(34), 0x1234 << 10));
    EXPECT_FALSE(accepted(capabilities::RangeInval::kMask, command | Bit(34), 0x1234 << 10));
    EXPECT_TRUE(accepted(capabilities::RangeInval::kMask, command, 0x1234 << 10 | Bit(9)));
    EXPECT_FALSE(accepted(capabilities::NonLeafInval::kMask, command, 0x1234 << 10 | Bit(9)));
  }
}

// "The PID operand of IODIR.INVAL_PDT must not be wider than the width supported by the IOMMU."
TEST(IommuModelCommands, AProcessIdWiderThanTheCapabilitiesIsIllegal) {
  namespace capabilities = iommu_registers::capabilities;
  const auto accepted = [](std::uint64_t capability, std::uint64_t process) {
    IommuFixture f(Parameters{.capabilities = capability});
    f.EnableQueues();
    f.SetMode(Mode::kThreeLevel);
    f.Command(3 | 1 << 7 | Bit(33) | process << 12);
    return f.Register(cqh::kOffset) == 1;
  };
  EXPECT_TRUE(accepted(capabilities::Pd8::kMask, 0xFF));
  EXPECT_FALSE(accepted(capabilities::Pd8::kMask, 0x100));
  EXPECT_TRUE(accepted(capabilities::Pd17::kMask, 0x1'FFFF));
  EXPECT_FALSE(accepted(capabilities::Pd17::kMask, 0x2'0000));
  EXPECT_TRUE(accepted(capabilities::Pd20::kMask, 0xF'FFFF));
}

// Section 6.4: fctl.BE rules the queues, what commands write, and messages.
TEST(IommuModelCommands, WithBigEndianMemoryCommandsRecordsAndWordsAreSwapped) {
  IommuFixture f(Parameters{.capabilities = iommu_registers::capabilities::BothEndian::kMask});
  f.Write(fctl::kOffset, fctl::Be::kMask);
  f.EnableQueues();
  f.Write(iommu_registers::fqcsr::kOffset, 3);  // with its interrupt: a message of vector 0
  f.iommu.WriteRegister64(iommu_registers::msi_addr::Offset(0), 0x61'0000);
  f.Write(iommu_registers::msi_data::Offset(0), 0x1234'5678);
  f.Command(__builtin_bswap64(2 | Bit(10) | std::uint64_t{0xCAFE'F00D} << 32), __builtin_bswap64(0x60'0000 >> 2));
  EXPECT_EQ(f.Register(cqh::kOffset), 1u);
  EXPECT_EQ(f.memory.Load(0x60'0000), __builtin_bswap32(0xCAFE'F00D));
  const Translation refused = f.Read(0x1240);
  ASSERT_TRUE(refused.fault.has_value());
  EXPECT_EQ(f.memory.Load(IommuFixture::kFaults), __builtin_bswap64(refused.fault->Pack()[0]));
  EXPECT_EQ(f.memory.Load(IommuFixture::kFaults + 16), __builtin_bswap64(0x1240));
  EXPECT_EQ(f.memory.Load(0x61'0000), __builtin_bswap32(0x1234'5678));
}

}  // namespace
}  // namespace tarn::iommu
