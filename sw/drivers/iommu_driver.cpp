#include "sw/drivers/iommu_driver.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "models/iommu/iommu_registers.h"
#include "sw/drivers/register_access.h"
#include "sw/hal/wait.h"

namespace tarn::drivers {

namespace {

namespace registers = iommu_registers;

constexpr std::uint64_t kCyclesMax = 10'000'000;  // a page may come over a serial line
constexpr std::uint32_t kQueueLog2Entries = 7;    // 128 entries: a page of commands, half a page of fault records
constexpr std::uint32_t kQueueMask = (1U << kQueueLog2Entries) - 1;
constexpr std::uint64_t kFaultBytes = 32, kCommandBytes = 16;
constexpr std::uint32_t kVersion = 0x10;  // 1.0

// ddtp.iommu_mode (section 6.5): kModeBare, and above it the levels of the directory.
constexpr std::uint64_t kModeBare = 1;

// Commands (section 4.1).
constexpr std::uint64_t kInvalidateFirstStage = 1;                    // IOTINVAL.VMA
constexpr std::uint64_t kInvalidateSecondStage = 1 | 1 << 7;          // IOTINVAL.GVMA
constexpr std::uint64_t kAddressValid = 1 << 10;                      // AV
constexpr std::uint64_t kProcessSpaceValid = std::uint64_t{1} << 32;  // PSCV
constexpr std::uint64_t kGuestValid = std::uint64_t{1} << 33;         // GV
constexpr std::uint64_t kFence = 2 | 1 << 12 | 1 << 13;               // IOFENCE.C, PR and PW
constexpr int kProcessSpaceShift = 12;                                // PSCID, here as in a device context's ta
constexpr int kGuestShift = 44;                                       // GSCID, here as in iohgatp

// Device context (section 3.1): tc.V; MODE in iohgatp and fsc.
constexpr std::uint64_t kContextValid = 1;
constexpr int kModeShift = 60;
constexpr std::uint32_t kGuestsMax = 65536;

std::uint64_t PageNumberField(HostPhysAddr page) { return page.value() / kPageBytes << 10; }
std::uint64_t InvalidatedAddress(std::uint64_t address) { return address / kPageBytes << 10; }

// The bit of capabilities that says that a mode is there.
std::uint64_t CapabilityOf(PagingMode mode) {
  namespace capabilities = registers::capabilities;
  static constexpr std::uint64_t kFirst[] = {capabilities::Sv39::kMask, capabilities::Sv48::kMask,
                                             capabilities::Sv57::kMask};
  static constexpr std::uint64_t kSecond[] = {capabilities::Sv39x4::kMask, capabilities::Sv48x4::kMask,
                                              capabilities::Sv57x4::kMask};
  return (mode.second_stage ? kSecond : kFirst)[mode.levels - 3];
}

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

// As many at once as the port takes: nobody uses what is written before all of it is there.
Status IommuDriver::WriteLines(const std::vector<TranslationTables::TableLine>& lines) {
  std::size_t submitted = 0;
  std::size_t answered = 0;
  Status status;
  const auto pump = [&] {
    hal::Completion answer;
    while (platform_.PopCompletion(host_, answer)) {
      ++answered;
      if (answer.status != LineStatus::kOk && status.ok()) {
        status = Failed(std::string("its tables cannot be written: ") + Name(answer.status));
      }
    }
    for (; submitted < lines.size(); ++submitted) {
      hal::Access access{.op = Op::kWrite, .addr = lines[submitted].address.value(), .device = DeviceId(kOwnDevice)};
      std::memcpy(access.data.data(), lines[submitted].words, kLineBytes);
      if (!platform_.TrySubmit(host_, access)) break;
    }
    return answered == lines.size();
  };
  const Status waited = hal::WaitUntil(platform_, pump, kCyclesMax * (1 + lines.size()), "answers to writes of tables");
  return waited.ok() ? status : waited;
}

bool IommuDriver::IsThereAlready(const TranslationTables::TableLine& line) {
  const bool zero = std::all_of(line.words, line.words + kLineBytes / 8, [](std::uint64_t word) { return word == 0; });
  if (memory_ == Memory::kReadsZero && zero && !written_.contains(line.address.value())) return true;
  written_.insert(line.address.value());
  return false;
}

// For a directory or a queue.
Result<HostPhysAddr> IommuDriver::TakeEmptyPage() {
  Result<HostPhysAddr> page = tables_.Take(kPageBytes);
  if (!page.ok()) return Failed(page.status().message());
  if (memory_ == Memory::kReadsZero) return page;
  const std::array<std::uint64_t, kLineBytes / 8> empty{};
  std::vector<TranslationTables::TableLine> lines;
  for (std::uint64_t line = 0; line < kLinesPerPage; ++line) {
    lines.push_back({.address = HostPhysAddr(page->value() + line * kLineBytes), .words = empty.data()});
  }
  const Status status = WriteLines(lines);
  if (!status.ok()) return status;
  return page;
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
  capabilities_ = *found;
  context_bytes_ = capabilities::MsiFlat::Get(*found) != 0 ? 64 : 32;
  return {};
}

Status IommuDriver::Require(PagingMode mode) const {
  return (capabilities_ & CapabilityOf(mode)) != 0 ? Status() : Failed("it has no " + mode.name());
}

Status IommuDriver::Prepare() {
  if (Status status = Probe(); !status.ok()) return status;
  for (HostPhysAddr* page : {&directory_[0], &directory_[1], &directory_[2], &commands_, &faults_}) {
    const Result<HostPhysAddr> taken = TakeEmptyPage();
    if (!taken.ok()) return taken.status();
    *page = *taken;
  }
  // Small device ids: the first entry of each level leads to the next one.
  for (int level = 1; level < 3; ++level) {
    const std::uint64_t entry = PageNumberField(directory_[level - 1]) | kContextValid;
    if (Status status = WriteBytes(directory_[level].value(), &entry, sizeof entry); !status.ok()) return status;
  }
  if (Status status = WriteDeviceContext(DeviceId(kOwnDevice), DeviceTables()); !status.ok()) return status;
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
Status IommuDriver::WriteDeviceContext(DeviceId device, const DeviceTables& tables) {
  std::array<std::uint64_t, 8> context = {kContextValid};
  if (tables.guest) {
    context[1] = tables.second_mode->code() << kModeShift | std::uint64_t{tables.guest->value()} << kGuestShift |
                 tables.second_root.value() / kPageBytes;
  }
  if (tables.first_mode) {
    context[2] = std::uint64_t{device.value()} << kProcessSpaceShift;
    context[3] = tables.first_mode->code() << kModeShift | tables.first_root / kPageBytes;
  }
  return WriteBytes(directory_[0].value() + device.value() * context_bytes_, context.data(), context_bytes_);
}

Status IommuDriver::CheckDevice(DeviceId device) const {
  return device.value() < kDevicesMax ? Status() : Failed("devices are 0 to 62");
}

Status IommuDriver::WriteChangedLines() {
  std::vector<TranslationTables::TableLine> lines = tables_.TakeChangedLines();
  std::erase_if(lines, [this](const TranslationTables::TableLine& line) { return IsThereAlready(line); });
  return WriteLines(lines);
}

// Tables first, then what leads to them.
Status IommuDriver::Publish(DeviceId device, const Status& added) {
  if (!added.ok()) return Failed(added.message());
  if (Status status = WriteChangedLines(); !status.ok()) return status;
  const Result<DeviceTables> tables = tables_.TablesOf(device);
  return tables.ok() ? WriteDeviceContext(device, *tables) : tables.status();
}

Status IommuDriver::AddDevice(DeviceId device, const SingleStage& stage) {
  if (Status status = CheckDevice(device); !status.ok()) return status;
  if (Status status = Require(stage.mode); !status.ok()) return status;
  return Publish(device, tables_.AddDevice(device, stage));
}

Status IommuDriver::AddBareDevice(DeviceId device) {
  if (Status status = CheckDevice(device); !status.ok()) return status;
  return Publish(device, tables_.AddBareDevice(device));
}

Status IommuDriver::AddGuest(GuestId guest, const SecondStage& stage, GuestPhysAddr tables) {
  if (guest.value() >= kGuestsMax) return Failed("guests are 0 to 65535");
  if (Status status = Require(stage.mode); !status.ok()) return status;
  const Status added = tables_.AddGuest(guest, stage, tables);
  return added.ok() ? WriteChangedLines() : Failed(added.message());
}

Status IommuDriver::AddGuestDevice(DeviceId device, GuestId guest, const GuestStage& stage) {
  if (Status status = CheckDevice(device); !status.ok()) return status;
  if (Status status = Require(stage.mode); !status.ok()) return status;
  return Publish(device, tables_.AddGuestDevice(device, guest, stage));
}

Status IommuDriver::AddBareGuestDevice(DeviceId device, GuestId guest) {
  if (Status status = CheckDevice(device); !status.ok()) return status;
  return Publish(device, tables_.AddBareGuestDevice(device, guest));
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

// Clears entries, then sends the invalidation and waits for the fence behind it.
Status IommuDriver::Revoke(const TranslationTables::Leaf& leaf, std::uint64_t low, std::uint64_t high) {
  constexpr std::uint64_t kNothing = 0;
  for (std::uint64_t entry = 0; entry < leaf.entries; ++entry) {
    Status cleared = WriteBytes(leaf.address.value() + entry * sizeof kNothing, &kNothing, sizeof kNothing);
    if (!cleared.ok()) return cleared;
  }
  if (Status s = Command(low, high); !s.ok()) return s;
  if (Status s = Command(kFence, 0); !s.ok()) return s;
  return RunCommands();
}

Status IommuDriver::Unmap(DeviceId device, Iova iova) {
  const Result<TranslationTables::Leaf> leaf = tables_.Unmap(device, iova);
  if (!leaf.ok()) return Failed(leaf.status().message());
  const Result<DeviceTables> tables = tables_.TablesOf(device);
  if (!tables.ok()) return tables.status();
  std::uint64_t command =
      kInvalidateFirstStage | kAddressValid | kProcessSpaceValid | std::uint64_t{device.value()} << kProcessSpaceShift;
  if (tables->guest) command |= kGuestValid | std::uint64_t{tables->guest->value()} << kGuestShift;
  return Revoke(*leaf, command, InvalidatedAddress(iova.value()));
}

Status IommuDriver::UnmapGuest(GuestId guest, GuestPhysAddr address) {
  const Result<TranslationTables::Leaf> leaf = tables_.UnmapGuest(guest, address);
  if (!leaf.ok()) return Failed(leaf.status().message());
  const std::uint64_t command =
      kInvalidateSecondStage | kAddressValid | kGuestValid | std::uint64_t{guest.value()} << kGuestShift;
  return Revoke(*leaf, command, InvalidatedAddress(address.value()));
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
                      .iova = words[2],
                      .iotval2 = words[3]});
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
