// Golden model of the IOMMU: RISC-V IOMMU Architecture 1.0, written from its text (functional: no time passes).
//
// Without caches (Parameters::cached_translations = 0, the default) every translation reads the tables as they are now.
// Hardware may use what it cached until an invalidation: comparisons must change a table only together with the
// invalidation and the fence that the specification demands, and send nothing that depends on it in between.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "models/common/line_protocol.h"
#include "models/common/units.h"
#include "models/iommu/iommu_defs.h"

namespace tarn::iommu {

// What the instance can do; `capabilities` (section 6.3) shows it. Absent features behave as the text says for absent
// ones.
struct Parameters {
  bool sv39 = true;
  std::uint8_t physical_address_bits = 56;  // capabilities.PAS
  Igs igs = Igs::kBoth;                     // how interrupts may be sent
  std::uint8_t directory_levels_max = 3;    // of ddtp.iommu_mode
  std::uint8_t queue_log2_max = 16;         // entries of a queue: 2^1 .. 2^this
  std::uint8_t vector_bits = 2;             // width of icvec's fields; 2^this vectors (at most 4)
  // Translations kept until invalidated, for speed; a power of two or 0. Legal by the text, see above.
  std::uint32_t cached_translations = 0;
};

// Host physical memory as the IOMMU's walkers and queues reach it: their requests carry the host's identity.
class HostMemory {
 public:
  virtual ~HostMemory() = default;
  // size_bytes: 4 .. 64, naturally aligned, inside one line. paged: set when it waited for a page-in.
  virtual LineStatus Read(HostPhysAddr address, void* data, std::size_t size_bytes, bool& paged) = 0;
  virtual LineStatus Write(HostPhysAddr address, const void* data, std::size_t size_bytes) = 0;
};

// A fault or event, as a record of the fault queue (section 4.2).
struct FaultRecord {
  Cause cause{};
  TransactionType type{};
  std::uint32_t device_id = 0;
  std::uint32_t process_id = 0;
  bool process_valid = false;  // PV
  bool priv = false;           // PRIV
  std::uint64_t iotval = 0;
  std::uint64_t iotval2 = 0;

  // The four doublewords, as in memory.
  std::array<std::uint64_t, 4> Pack() const;
  static FaultRecord Unpack(const std::array<std::uint64_t, 4>& words);
  friend bool operator==(const FaultRecord&, const FaultRecord&) = default;
};

// How a translation ended.
struct Translation {
  // kOk; kTranslationFault (fault says why); kPoison and kRetry/kTimeout from the memory under the tables never come
  // here as such: poison is a fault (causes 268..270), retry is answered as it is and records nothing.
  LineStatus status = LineStatus::kOk;
  HostPhysAddr address{};        // of the request's line
  std::uint8_t page_shift = 12;  // the leaf's size: 12, 21, 30; 63: no translation, any size
  bool readable = false, writable = false, executable = false;  // for this request's privilege
  bool walked = false;                                          // read a table
  bool paged = false;                                           // and one of the reads waited for a page-in
  std::optional<FaultRecord> fault;
  bool reported = false;  // the fault went to the fault queue (or would have, if that had room)
};

struct IommuCounters {
  std::uint64_t translations = 0;
  std::uint64_t walks = 0;  // translations that read a table
  std::uint64_t table_reads = 0;
  std::uint64_t faults = 0;  // found
  std::uint64_t faults_reported = 0;
  std::uint64_t commands = 0;
  std::uint64_t invalidations = 0;
};

class Iommu {
 public:
  // Where MSIs and IOFENCE.C completions outside the host's window go; may be the same memory.
  // interrupts: called with the new state of the wires (bit i: vector i) when it changes; may be empty.
  using InterruptListener = std::function<void(std::uint32_t wires)>;

  Iommu(const Parameters& parameters, HostMemory& memory, HostMemory& outbound);
  ~Iommu();

  // Registers to their reset values, caches empty.
  void Reset();

  // Section 3.3: the process to translate an IOVA, the fault record included. request.addr: the line; a fault's iotval
  // holds addr + first_byte. Reads (exec: for execute), writes and atomics (as writes).
  Translation Translate(const DeviceRequest& request);

  // Registers (section 6), 32 bits at a naturally aligned offset 0..4095. A write takes effect at once: commands are
  // processed to the end of the queue (or its first error) when cqt is written.
  std::uint32_t ReadRegister(std::uint32_t offset) const;
  void WriteRegister(std::uint32_t offset, std::uint32_t value);
  std::uint64_t ReadRegister64(std::uint32_t offset) const {
    return ReadRegister(offset) | std::uint64_t{ReadRegister(offset + 4)} << 32;
  }
  // Low half, then high half, as section 6.1 recommends software to do.
  void WriteRegister64(std::uint32_t offset, std::uint64_t value) {
    WriteRegister(offset, static_cast<std::uint32_t>(value));
    WriteRegister(offset + 4, static_cast<std::uint32_t>(value >> 32));
  }

  // The interrupt wires, bit i: vector i (only with fctl.WSI = 1).
  std::uint32_t wires() const { return wires_; }
  void set_interrupt_listener(InterruptListener listener) { on_interrupt_ = std::move(listener); }

  const Parameters& parameters() const { return parameters_; }
  const IommuCounters& counters() const { return counters_; }

 private:
  struct DeviceContext;
  struct Walk;
  struct CachedTranslation;

  // directory.cpp
  std::optional<Cause> LocateDeviceContext(Walk& walk, DeviceContext& context);
  std::optional<Cause> CheckDeviceContext(const DeviceContext& context) const;
  // translate.cpp
  std::optional<Cause> Process(Walk& walk);
  std::optional<Cause> WalkFirstStage(Walk& walk, std::uint64_t root_ppn);
  LineStatus ReadTable(Walk& walk, std::uint64_t address, void* data, std::size_t size_bytes);
  bool FindCached(const DeviceRequest& request, Translation& translation) const;
  void FillCache(const DeviceRequest& request, const Walk& walk);
  void DropCaches();
  // fault_queue.cpp
  void Report(const FaultRecord& record);
  // command_queue.cpp
  void ProcessCommands();
  bool Execute(const std::array<std::uint64_t, 2>& command);
  bool ExecuteFence(const std::array<std::uint64_t, 2>& command);
  // interrupts.cpp
  void RaiseInterrupt(InterruptSource source);
  void UpdateInterrupts();
  void SendMsi(std::uint32_t vector);
  void FlushPendingMsis();
  // registers.cpp
  void WriteQueueControl(std::uint32_t offset, std::uint32_t value);
  void WriteDdtp();
  std::uint32_t Word(std::uint32_t offset) const { return registers_[offset / 4]; }
  void SetWord(std::uint32_t offset, std::uint32_t value) { registers_[offset / 4] = value; }
  std::uint64_t Doubleword(std::uint32_t offset) const { return Word(offset) | std::uint64_t{Word(offset + 4)} << 32; }
  void SetDoubleword(std::uint32_t offset, std::uint64_t value) {
    SetWord(offset, static_cast<std::uint32_t>(value));
    SetWord(offset + 4, static_cast<std::uint32_t>(value >> 32));
  }

  Parameters parameters_;
  HostMemory& memory_;
  HostMemory& outbound_;
  std::array<std::uint32_t, 1024> registers_{};  // as last written, legal values only
  std::uint32_t wires_ = 0;
  std::uint32_t pending_msis_ = 0;  // masked vectors with a message to send
  InterruptListener on_interrupt_;
  IommuCounters counters_;
  std::vector<CachedTranslation> cache_;
};

}  // namespace tarn::iommu
