#include "sw/drivers/iommu_driver.h"

#include <array>
#include <cstring>

#include "models/iommu/iommu_registers.h"
#include "sw/drivers/register_access.h"
#include "sw/hal/wait.h"

namespace tarn::drivers {

namespace {

namespace registers = iommu_registers;

constexpr std::uint64_t kCyclesMax = 1'000'000;
constexpr std::uint32_t kQueueLog2Entries = 7;  // 128 entries: a page of commands, half a page of fault records
constexpr std::uint64_t kDeviceContextBytes = 32;

// ddtp.iommu_mode (section 6.4).
constexpr std::uint64_t kModeBare = 1;
constexpr std::uint64_t kModeOneLevel = 2;

// Device context, base format (section 3.1): tc.V; fsc.MODE of Sv39.
constexpr std::uint64_t kContextValid = 1;
constexpr std::uint64_t kFirstStageSv39 = std::uint64_t{8} << 60;

std::uint64_t PageNumberField(HostPhysAddr page) { return page.value() / kPageBytes << 10; }

}  // namespace

Status IommuDriver::WaitForBit(std::uint32_t offset, std::uint32_t bit, bool value, const std::string& what) {
  const std::uint64_t start = platform_.cycle();
  while (true) {
    const Result<std::uint32_t> now = platform_.ReadRegister(hal::Aperture::Host(host_), offset);
    if (!now.ok()) return now.status();
    if ((*now >> bit & 1) == (value ? 1U : 0U)) return {};
    if (platform_.cycle() - start > kCyclesMax) {
      return Status::Error("iommu of host " + std::to_string(host_.value()) + ": no " + what + " within " +
                           std::to_string(kCyclesMax) + " cycles");
    }
  }
}

Result<HostPhysAddr> IommuDriver::TakePage() {
  if (next_page_.value() + kPageBytes > memory_end_) {
    return Status::Error("iommu of host " + std::to_string(host_.value()) + ": no memory left for tables");
  }
  const HostPhysAddr page = next_page_;
  next_page_ = HostPhysAddr(page.value() + kPageBytes);
  return page;
}

Status IommuDriver::WriteLine(HostPhysAddr line, const std::uint64_t* words) {
  hal::Access access{.op = Op::kWrite, .addr = line.value()};
  std::memcpy(access.data.data(), words, kLineBytes);
  const Result<hal::Completion> answer = hal::Perform(platform_, host_, access, kCyclesMax);
  if (!answer.ok()) return answer.status();
  if (answer->status == LineStatus::kOk) return {};
  return Status::Error("iommu of host " + std::to_string(host_.value()) +
                       ": its tables cannot be written: " + Name(answer->status));
}

Status IommuDriver::WritePage(HostPhysAddr page, const std::uint64_t* words) {
  for (std::uint64_t line = 0; line < kLinesPerPage; ++line) {
    const HostPhysAddr address(page.value() + line * kLineBytes);
    if (Status status = WriteLine(address, words + line * kLineBytes / 8); !status.ok()) return status;
  }
  return {};
}

Status IommuDriver::SetBare() {
  if (Status status = WriteRegister64(platform_, hal::Aperture::Host(host_), registers::ddtp::kOffset, kModeBare);
      !status.ok())
    return status;
  return WaitForBit(registers::ddtp::kOffset, 4, false, "end of busy in ddtp");
}

Status IommuDriver::Prepare() {
  const std::array<std::uint64_t, kPageBytes / 8> empty{};
  const Result<HostPhysAddr> directory = TakePage();
  const Result<HostPhysAddr> commands = TakePage();
  const Result<HostPhysAddr> faults = TakePage();
  if (!faults.ok()) return faults.status();
  directory_ = *directory;
  for (const HostPhysAddr page : {*directory, *commands, *faults}) {
    if (Status status = WritePage(page, empty.data()); !status.ok()) return status;
  }
  const auto aperture = hal::Aperture::Host(host_);
  const std::uint64_t size_field = kQueueLog2Entries - 1;
  if (Status s = WriteRegister64(platform_, hal::Aperture::Host(host_), registers::cqb::kOffset,
                                 PageNumberField(*commands) | size_field);
      !s.ok())
    return s;
  if (Status s = WriteRegister64(platform_, hal::Aperture::Host(host_), registers::fqb::kOffset,
                                 PageNumberField(*faults) | size_field);
      !s.ok())
    return s;
  if (Status s = platform_.WriteRegister(aperture, registers::cqcsr::kOffset, 1); !s.ok()) return s;
  if (Status s = WaitForBit(registers::cqcsr::kOffset, 16, true, "cqon"); !s.ok()) return s;
  if (Status s = platform_.WriteRegister(aperture, registers::fqcsr::kOffset, 1); !s.ok()) return s;
  return WaitForBit(registers::fqcsr::kOffset, 16, true, "fqon");
}

Status IommuDriver::WriteDeviceContext(DeviceId device, std::uint64_t first_stage) {
  // Two contexts share a line: a partial write leaves the neighbour alone.
  const std::uint64_t address = directory_.value() + device.value() * kDeviceContextBytes;
  const std::uint64_t inside = address % kLineBytes;
  const std::array<std::uint64_t, 4> context = {kContextValid, 0, 0, first_stage};
  hal::Access access{.op = Op::kPartialWrite,
                     .addr = address - inside,
                     .mask = ((std::uint64_t{1} << kDeviceContextBytes) - 1) << inside};
  std::memcpy(access.data.data() + inside, context.data(), kDeviceContextBytes);
  const Result<hal::Completion> answer = hal::Perform(platform_, host_, access, kCyclesMax);
  if (!answer.ok()) return answer.status();
  if (answer->status == LineStatus::kOk) return {};
  return Status::Error("iommu of host " + std::to_string(host_.value()) + ": the device directory cannot be written");
}

Status IommuDriver::AddDevice(DeviceId device, const std::vector<std::pair<std::uint64_t, HostPhysAddr>>& mappings) {
  if (device.value() >= kDevicesMax) return Status::Error("a one-level directory has devices 0 to 127");
  Status failed;
  Sv39Table table([&] {
    const Result<HostPhysAddr> page = TakePage();
    if (!page.ok()) failed = page.status();
    return page.ok() ? *page : HostPhysAddr(0);
  });
  for (const auto& [virtual_addr, physical_addr] : mappings) {
    if (Status status = table.Map(virtual_addr, physical_addr); !status.ok()) return status;
    if (!failed.ok()) return failed;
  }
  for (const Sv39Table::Page& page : table.pages()) {
    if (Status status = WritePage(page.address, page.entries.data()); !status.ok()) return status;
  }
  return WriteDeviceContext(device, kFirstStageSv39 | table.root().value() / kPageBytes);
}

Status IommuDriver::AddBareDevice(DeviceId device) {
  if (device.value() >= kDevicesMax) return Status::Error("a one-level directory has devices 0 to 127");
  return WriteDeviceContext(device, 0);
}

Status IommuDriver::EnableDirectory() {
  if (Status s = WriteRegister64(platform_, hal::Aperture::Host(host_), registers::ddtp::kOffset,
                                 PageNumberField(directory_) | kModeOneLevel);
      !s.ok()) {
    return s;
  }
  return WaitForBit(registers::ddtp::kOffset, 4, false, "end of busy in ddtp");
}

Result<std::uint32_t> IommuDriver::PendingFaults() {
  const auto aperture = hal::Aperture::Host(host_);
  const Result<std::uint32_t> head = platform_.ReadRegister(aperture, registers::fqh::kOffset);
  const Result<std::uint32_t> tail = platform_.ReadRegister(aperture, registers::fqt::kOffset);
  if (!head.ok()) return head.status();
  if (!tail.ok()) return tail.status();
  return (*tail - *head) & ((1U << kQueueLog2Entries) - 1);
}

}  // namespace tarn::drivers
