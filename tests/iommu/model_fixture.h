// The IOMMU's model over sparse memory, and helpers that build its tables there.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "models/common/sparse_memory.h"
#include "models/iommu/iommu.h"
#include "models/iommu/iommu_registers.h"
#include "tests/iommu/capabilities.h"

namespace tarn::iommu {

// Memory whose lines can be made to answer badly. window_end: beyond it there is nothing.
class TestMemory : public HostMemory {
 public:
  explicit TestMemory(std::uint64_t window_end = ~std::uint64_t{0}) : window_end_(window_end) {}

  LineStatus Read(HostPhysAddr address, void* data, std::size_t size_bytes, bool& /*paged*/) override {
    const LineStatus status = StatusOf(address);
    if (status == LineStatus::kOk) content.Read(address.value(), data, size_bytes);
    ++reads;
    return status;
  }
  LineStatus Write(HostPhysAddr address, const void* data, std::size_t size_bytes) override {
    const LineStatus status = StatusOf(address);
    if (status == LineStatus::kOk) content.Write(address.value(), data, size_bytes);
    return status;
  }
  std::uint64_t Load(std::uint64_t address) const {
    std::uint64_t value = 0;
    content.Read(address, &value, 8);
    return value;
  }
  void Store(std::uint64_t address, std::uint64_t value) { content.Write(address, &value, 8); }

  SparseMemory content;
  std::map<std::uint64_t, LineStatus> line_status;  // by line number; others are ok
  std::uint64_t reads = 0;

 private:
  LineStatus StatusOf(HostPhysAddr address) const {
    if (address.value() >= window_end_) return LineStatus::kAccessError;
    const auto found = line_status.find(address.value() / kLineBytes);
    return found == line_status.end() ? LineStatus::kOk : found->second;
  }

  std::uint64_t window_end_;
};

inline constexpr std::uint64_t kPteV = 1, kPteR = 2, kPteW = 4, kPteX = 8, kPteU = 16, kPteA = 64, kPteD = 128;
inline constexpr std::uint64_t kPteAll = kPteV | kPteR | kPteW | kPteX | kPteU | kPteA | kPteD;

// The device context's tc field, by the specification's bits.
inline constexpr std::uint64_t kTcAts = 2, kTcPri = 4, kTcT2gpa = 8, kTcDtf = 16, kTcPdtv = 32, kTcPrpr = 64,
                               kTcGade = 128, kTcSade = 256, kTcDpe = 512, kTcSbe = 1024, kTcSxl = 2048;
inline constexpr std::uint64_t kIova = 0x12'3456'7000;  // what most tests translate

constexpr std::uint64_t Bit(int at) { return std::uint64_t{1} << at; }

struct IommuFixture {
  static constexpr std::uint64_t kDirectory = 0x10'0000;
  static constexpr std::uint64_t kCommands = 0x20'0000;
  static constexpr std::uint64_t kFaults = 0x30'0000;
  static constexpr std::uint64_t kTables = 0x40'0000;  // page tables are taken from here on
  static constexpr std::uint32_t kDevice = 5;

  explicit IommuFixture(const Parameters& parameters = {.capabilities = kFewCapabilities})
      : memory(std::uint64_t{1} << 40), iommu(parameters, memory, outbound) {
    iommu.Reset();
  }

  void EnableQueues(std::uint64_t log2_size = 4) {
    namespace r = iommu_registers;
    iommu.WriteRegister64(r::cqb::kOffset, kCommands / kPageBytes << 10 | (log2_size - 1));
    iommu.WriteRegister64(r::fqb::kOffset, kFaults / kPageBytes << 10 | (log2_size - 1));
    Write(r::cqcsr::kOffset, 1);
    Write(r::fqcsr::kOffset, 1);
  }
  void SetMode(Mode mode) {
    iommu.WriteRegister64(iommu_registers::ddtp::kOffset,
                          kDirectory / kPageBytes << 10 | static_cast<std::uint64_t>(mode));
  }
  // One device with Sv39 tables at kTables, one-level directory.
  void Start() {
    EnableQueues();
    SetContext(kDevice, 1, std::uint64_t{8} << 60 | kTables / kPageBytes);
    SetMode(Mode::kOneLevel);
    next_table = kTables + kPageBytes;
  }
  void SetContext(std::uint32_t device, std::uint64_t tc, std::uint64_t fsc, std::uint64_t ta = 0,
                  std::uint64_t iohgatp = 0) {
    const std::uint64_t at = kDirectory + device * 32;
    memory.Store(at, tc);
    memory.Store(at + 8, iohgatp);
    memory.Store(at + 16, ta);
    memory.Store(at + 24, fsc);
  }
  // Maps iova by a leaf at `level` (0: 4 KiB); makes the tables above. Returns the leaf's address.
  std::uint64_t Map(std::uint64_t iova, std::uint64_t physical, std::uint64_t flags = kPteAll, int level = 0) {
    std::uint64_t table = kTables;
    for (int at = 2; at > level; --at) {
      const std::uint64_t entry = table + (iova >> (12 + 9 * at) & 0x1FF) * 8;
      std::uint64_t pte = memory.Load(entry);
      if ((pte & kPteV) == 0) {
        pte = next_table / kPageBytes << 10 | kPteV;
        next_table += kPageBytes;
        memory.Store(entry, pte);
      }
      table = (pte >> 10) * kPageBytes;
    }
    const std::uint64_t entry = table + (iova >> (12 + 9 * level) & 0x1FF) * 8;
    memory.Store(entry, physical / kPageBytes << 10 | flags);
    return entry;
  }

  static DeviceRequest Request(Op op, std::uint64_t iova, std::uint32_t device = kDevice) {
    DeviceRequest request;
    request.op = op;
    request.device_id = device;
    request.addr = iova;
    request.mask = ~std::uint64_t{0};
    request.first_of_burst = true;
    return request;
  }
  Translation Read(std::uint64_t iova, std::uint32_t device = kDevice) {
    return iommu.Translate(Request(Op::kRead, iova, device));
  }
  Translation Write(Op op, std::uint64_t iova) { return iommu.Translate(Request(op, iova)); }
  Translation Execute(std::uint64_t iova) {
    DeviceRequest request = Request(Op::kRead, iova);
    request.exec = true;
    return iommu.Translate(request);
  }
  // The cause, or 0 without a fault.
  static int CauseOf(const Translation& translation) {
    return translation.fault.has_value() ? static_cast<int>(translation.fault->cause) : 0;
  }

  void Write(std::uint32_t offset, std::uint32_t value) { iommu.registers().Write(offset, value); }
  std::uint32_t Register(std::uint32_t offset) { return iommu.registers().Read(offset).rdata; }

  // Puts commands into the queue and tells the tail.
  void Command(std::uint64_t low, std::uint64_t high = 0) {
    memory.Store(kCommands + tail * 16, low);
    memory.Store(kCommands + tail * 16 + 8, high);
    tail = (tail + 1) % 16;
    Write(iommu_registers::cqt::kOffset, tail);
  }
  FaultRecord Fault(std::uint32_t index) const {
    std::array<std::uint64_t, 4> words;
    memory.content.Read(kFaults + index * 32, words.data(), sizeof words);
    return FaultRecord::Unpack(words);
  }

  TestMemory memory;
  TestMemory outbound;
  Iommu iommu;
  std::uint64_t next_table = kTables + kPageBytes;
  std::uint32_t tail = 0;
};

}  // namespace tarn::iommu
