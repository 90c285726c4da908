// The generic register test over every block's registers, through the node's own AXI4-Lite ports.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "Vrtl_node.h"
#include "models/bulk/bulk_device.h"
#include "models/channel/channel_register_file.h"
#include "models/node/node_register_file.h"
#include "models/pool/pool_host_register_file.h"
#include "models/pool/pool_hotness_register_file.h"
#include "models/pool/pool_register_file.h"
#include "sw/drivers/channel_driver.h"
#include "tb/common/axil_driver.h"
#include "tb/common/test_options.h"
#include "tb/node/make_rtl_platform.h"
#include "tests/common/register_test.h"

namespace tarn {
namespace {

using Node = tb::RtlPlatform<Vrtl_node>;
// Of each channel of the Verilated node.
std::vector<std::uint64_t> ChannelParameters() {
  std::vector<std::uint64_t> values;
  for (const RegisterParameter& parameter : channel::ChannelRegisterFile::Table().parameters) {
    values.push_back(parameter.name == std::string_view("NumModules") ? 2 : parameter.value);
  }
  return values;
}

class NodeRegisters : public testing::Test {
 protected:
  NodeRegisters() {
    hal::PlatformOptions options{.seed = tb::GetTestOptions().seed};
    options.initial_content = [](LogicalPage, std::span<std::uint8_t, kPageBytes>) {};
    auto platform = tb::MakeVerilatedNode<Vrtl_node>(options, *bulk::PresetByName("low-latency"), "low-latency");
    platform_ = std::move(*platform);
    node_ = static_cast<Node*>(platform_.get());
    // Modules stay in reset without a PHY: their timing may be anything meanwhile.
    node_->simulation().dut().dfi_init_complete_i = 0;
    node_->simulation().Reset();
  }

  std::string Check(hal::Aperture aperture, std::uint32_t base, const RegisterTable& table,
                    tests::RegisterTestOptions options) {
    options.seed = tb::GetTestOptions().seed;
    tb::AxilRegisterBus bus(node_->register_port(aperture), node_->simulation(), base);
    std::string text;
    for (const std::string& line : tests::CheckRegisters(bus, table, options)) text += line + "\n";
    return text;
  }

  std::unique_ptr<hal::Platform> platform_;
  Node* node_ = nullptr;
};

TEST_F(NodeRegisters, OfTheNodePassTheGenericTest) {
  // The simulated node has more modules than the default.
  EXPECT_EQ(Check(hal::Aperture::Management(), 0x0000, node::NodeRegisterFile::Table(),
                  {.only_read = {}, .unknown_reset = {"modules"}}),
            "");
}

TEST_F(NodeRegisters, OfThePoolPassTheGenericTest) {
  // Commands start something; status and counts move while the map is cleared.
  EXPECT_EQ(Check(hal::Aperture::Management(), 0x1000, pool::PoolRegisterFile::Table(),
                  {.only_read = {"control", "map_command", "slots_in_service", "events"},
                   .unknown_reset = {"status", "free_slots", "map_status", "events"}}),
            "");
}

TEST_F(NodeRegisters, OfAHostAtThePoolPassTheGenericTest) {
  EXPECT_EQ(Check(hal::Aperture::Host(HostId(1)), 0x1000, pool::PoolHostRegisterFile::Table(),
                  {.only_read = {"release_command", "hint"}, .unknown_reset = {}}),
            "");
}

TEST_F(NodeRegisters, OfTheHotnessMonitoringPassTheGenericTest) {
  EXPECT_EQ(Check(hal::Aperture::Management(), 0x4000, pool::PoolHotnessRegisterFile::Table(),
                  {.only_read = {"control"}, .unknown_reset = {"status"}}),
            "");
}

TEST_F(NodeRegisters, OfTheChannelPassTheGenericTest) {
  EXPECT_EQ(Check(hal::Aperture::Management(), drivers::ChannelDriver::Base(0), channel::ChannelRegisterFile::Table(),
                  {.parameters = ChannelParameters(), .only_read = {"control"}, .unknown_reset = {"status"}}),
            "");
}

// What leaves a host's port besides its accesses comes of its IOMMU; and who has none takes what his devices say.
TEST_F(NodeRegisters, NothingIsSaidByAHostWithoutAnIommu) {
  constexpr std::uint32_t kWithoutIommu = 2;  // hosts 0 and 1
  Vrtl_node& dut = node_->simulation().dut();
  for (int cycle = 0; cycle < 500; ++cycle) {
    node_->simulation().Step();
    for (std::uint32_t host = 0; host < kWithoutIommu; ++host) {
      ASSERT_EQ(dut.outbound_req_valid_o[host], 0) << "host " << host;
      ASSERT_EQ(dut.dev_msg_valid_o[host], 0) << "host " << host;
      ASSERT_EQ(dut.host_irq_o[host], 0) << "host " << host;
      ASSERT_NE(dut.outbound_rsp_ready_o[host], 0) << "host " << host;
      ASSERT_NE(dut.dev_msg_ready_o[host], 0) << "host " << host;
    }
    ASSERT_EQ(dut.management_irq_o, 0) << "no channel, no pool, no monitoring has had a reason";
  }
}

}  // namespace
}  // namespace tarn
