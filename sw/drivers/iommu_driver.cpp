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
constexpr std::uint32_t kQueueMask = (1U << kQueueLog2Entries) - 1;
constexpr std::uint64_t kFaultBytes = 32, kCommandBytes = 16;
constexpr std::uint32_t kVersion = 0x10;  // 1.0

// ddtp.iommu_mode (section 6.5): kModeBare, and above it the levels of the directory.
constexpr std::uint64_t kModeBare = 1;

// Commands (section 4.1).
constexpr std::uint64_t kInvalidatePage = 1 | 1 << 10 | std::uint64_t{1} << 32;  // IOTINVAL.VMA, AV and PSCV
constexpr std::uint64_t kFence = 2 | 1 << 12 | 1 << 13;                          // IOFENCE.C, PR and PW

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

Status IommuDriver::Failed(const std::string& what) const {
  return Status::Error("iommu of host " + std::to_string(host_.value()) + ": " + what);
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

// Section 8.2: capabilities first; without what is needed, stop.
Status IommuDriver::Probe() {
  namespace capabilities = registers::capabilities;
  const Result<std::uint64_t> found =
      ReadRegister64(platform_, hal::Aperture::Host(host_), registers::capabilities::kOffset);
  if (!found.ok()) return found.status();
  if (capabilities::Version::Get(*found) != kVersion) return Failed("its version is not 1.0");
  if (capabilities::Sv39::Get(*found) == 0) return Failed("it has no Sv39");
  context_bytes_ = capabilities::MsiFlat::Get(*found) != 0 ? 64 : 32;
  return {};
}

Status IommuDriver::Prepare() {
  if (Status status = Probe(); !status.ok()) return status;
  const std::array<std::uint64_t, kPageBytes / 8> empty{};
  for (HostPhysAddr* page : {&directory_[0], &directory_[1], &directory_[2], &commands_, &faults_}) {
    const Result<HostPhysAddr> taken = TakePage();
    if (!taken.ok()) return taken.status();
    *page = *taken;
    if (Status status = WritePage(*page, empty.data()); !status.ok()) return status;
  }
  // Small device ids: the first entry of each level leads to the next one.
  for (int level = 1; level < 3; ++level) {
    const std::uint64_t entry = PageNumberField(directory_[level - 1]) | kContextValid;
    if (Status status = WriteBytes(directory_[level].value(), &entry, sizeof entry); !status.ok()) return status;
  }
  if (Status status = WriteDeviceContext(DeviceId(kOwnDevice), 0); !status.ok()) return status;
  const auto aperture = hal::Aperture::Host(host_);
  const std::uint64_t size_field = kQueueLog2Entries - 1;
  if (Status s = WriteRegister64(platform_, hal::Aperture::Host(host_), registers::cqb::kOffset,
                                 PageNumberField(commands_) | size_field);
      !s.ok())
    return s;
  if (Status s = WriteRegister64(platform_, hal::Aperture::Host(host_), registers::fqb::kOffset,
                                 PageNumberField(faults_) | size_field);
      !s.ok())
    return s;
  if (Status s = platform_.WriteRegister(aperture, registers::cqcsr::kOffset, 1); !s.ok()) return s;
  if (Status s = WaitForBit(registers::cqcsr::kOffset, 16, true, "cqon"); !s.ok()) return s;
  if (Status s = platform_.WriteRegister(aperture, registers::fqcsr::kOffset, 1); !s.ok()) return s;
  return WaitForBit(registers::fqcsr::kOffset, 16, true, "fqon");
}

// Inside one line, which others may share: a partial write leaves them alone.
Status IommuDriver::WriteBytes(std::uint64_t address, const std::uint64_t* words, std::uint64_t size_bytes) {
  const std::uint64_t inside = address % kLineBytes;
  hal::Access access{.op = Op::kPartialWrite,
                     .addr = address - inside,
                     .mask = (~std::uint64_t{0} >> (kLineBytes - size_bytes)) << inside,
                     .device = DeviceId(kOwnDevice)};
  std::memcpy(access.data.data() + inside, words, size_bytes);
  const Result<hal::Completion> answer = hal::Perform(platform_, host_, access, kCyclesMax);
  if (!answer.ok()) return answer.status();
  return answer->status == LineStatus::kOk ? Status() : Failed("its memory cannot be written");
}

Result<Line> IommuDriver::ReadLine(std::uint64_t address) {
  const hal::Access access{.addr = address / kLineBytes * kLineBytes, .device = DeviceId(kOwnDevice)};
  const Result<hal::Completion> answer = hal::Perform(platform_, host_, access, kCyclesMax);
  if (!answer.ok()) return answer.status();
  if (answer->status != LineStatus::kOk) return Failed("its memory cannot be read");
  return answer->data;
}

// A device's number is its address space's as well.
Status IommuDriver::WriteDeviceContext(DeviceId device, std::uint64_t first_stage) {
  const std::uint64_t attributes = first_stage == 0 ? 0 : std::uint64_t{device.value()} << 12;
  const std::array<std::uint64_t, 8> context = {kContextValid, 0, attributes, first_stage};
  return WriteBytes(directory_[0].value() + device.value() * context_bytes_, context.data(), context_bytes_);
}

Status IommuDriver::AddDevice(DeviceId device, const std::vector<std::pair<std::uint64_t, HostPhysAddr>>& mappings) {
  if (device.value() >= kDevicesMax) return Failed("devices are 0 to 62");
  Status failed;
  Sv39Table table([this, &failed] {
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
  const std::uint64_t root_ppn = table.root().value() / kPageBytes;
  tables_.insert_or_assign(device, std::move(table));
  return WriteDeviceContext(device, kFirstStageSv39 | root_ppn);
}

Status IommuDriver::AddBareDevice(DeviceId device) {
  if (device.value() >= kDevicesMax) return Failed("devices are 0 to 62");
  return WriteDeviceContext(device, 0);
}

// A mode that the unit has not is not taken on (section 6.5): the next smaller one begins a level further down.
Status IommuDriver::EnableDirectory() {
  const auto aperture = hal::Aperture::Host(host_);
  for (int levels = 3; levels > 0; --levels) {
    const std::uint64_t mode = kModeBare + static_cast<std::uint64_t>(levels);
    const std::uint64_t value = PageNumberField(directory_[levels - 1]) | mode;
    if (Status s = WriteRegister64(platform_, aperture, registers::ddtp::kOffset, value); !s.ok()) return s;
    if (Status s = WaitForBit(registers::ddtp::kOffset, 4, false, "end of busy in ddtp"); !s.ok()) return s;
    const Result<std::uint64_t> now = ReadRegister64(platform_, aperture, registers::ddtp::kOffset);
    if (!now.ok()) return now.status();
    if (*now != value) continue;
    directory_levels_ = levels;
    return {};
  }
  return Failed("it takes no directory");
}

Status IommuDriver::Command(std::uint64_t low, std::uint64_t high) {
  const std::array<std::uint64_t, 2> words = {low, high};
  const std::uint64_t address = commands_.value() + command_tail_ * kCommandBytes;
  command_tail_ = (command_tail_ + 1) & kQueueMask;
  return WriteBytes(address, words.data(), kCommandBytes);
}

// Section 4.1: done when the head has come to the tail; an error bit stops the queue.
Status IommuDriver::RunCommands() {
  const auto aperture = hal::Aperture::Host(host_);
  constexpr std::uint32_t kErrors =
      registers::cqcsr::Cqmf::kMask | registers::cqcsr::CmdTo::kMask | registers::cqcsr::CmdIll::kMask;
  if (Status s = platform_.WriteRegister(aperture, registers::cqt::kOffset, command_tail_); !s.ok()) return s;
  const std::uint64_t start = platform_.cycle();
  while (platform_.cycle() - start <= kCyclesMax) {
    const Result<std::uint32_t> head = platform_.ReadRegister(aperture, registers::cqh::kOffset);
    if (!head.ok()) return head.status();
    if (*head == command_tail_) return {};
    const Result<std::uint32_t> state = platform_.ReadRegister(aperture, registers::cqcsr::kOffset);
    if (!state.ok()) return state.status();
    if ((*state & kErrors) != 0) return Failed("a command ended with an error, cqcsr " + std::to_string(*state));
  }
  return Failed("commands do not end");
}

Status IommuDriver::Unmap(DeviceId device, std::uint64_t virtual_addr) {
  const auto table = tables_.find(device);
  if (table == tables_.end()) return Failed("no such device: " + std::to_string(device.value()));
  const Result<HostPhysAddr> entry = table->second.Unmap(virtual_addr);
  if (!entry.ok()) return entry.status();
  constexpr std::uint64_t kNothing = 0;
  if (Status s = WriteBytes(entry->value(), &kNothing, sizeof kNothing); !s.ok()) return s;
  const std::uint64_t page = virtual_addr / kPageBytes;
  if (Status s = Command(kInvalidatePage | std::uint64_t{device.value()} << 12, page << 10); !s.ok()) return s;
  if (Status s = Command(kFence, 0); !s.ok()) return s;
  return RunCommands();
}

Result<std::vector<IommuFault>> IommuDriver::TakeFaults() {
  const auto aperture = hal::Aperture::Host(host_);
  const Result<std::uint32_t> tail = platform_.ReadRegister(aperture, registers::fqt::kOffset);
  const Result<std::uint32_t> head = platform_.ReadRegister(aperture, registers::fqh::kOffset);
  if (!tail.ok()) return tail.status();
  if (!head.ok()) return head.status();
  std::vector<IommuFault> faults;
  for (std::uint32_t at = *head; at != *tail; at = (at + 1) & kQueueMask) {
    const std::uint64_t address = faults_.value() + at * kFaultBytes;
    const Result<Line> line = ReadLine(address);
    if (!line.ok()) return line.status();
    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), line->data() + address % kLineBytes, kFaultBytes);
    faults.push_back({.cause = static_cast<std::uint32_t>(words[0] & 0xFFF),
                      .device = DeviceId(static_cast<std::uint32_t>(words[0] >> 40)),
                      .iova = words[2]});
  }
  if (Status s = platform_.WriteRegister(aperture, registers::fqh::kOffset, *tail); !s.ok()) return s;
  return faults;
}

Result<std::uint32_t> IommuDriver::PendingFaults() {
  const auto aperture = hal::Aperture::Host(host_);
  const Result<std::uint32_t> head = platform_.ReadRegister(aperture, registers::fqh::kOffset);
  const Result<std::uint32_t> tail = platform_.ReadRegister(aperture, registers::fqt::kOffset);
  if (!head.ok()) return head.status();
  if (!tail.ok()) return tail.status();
  return (*tail - *head) & kQueueMask;
}

}  // namespace tarn::drivers
