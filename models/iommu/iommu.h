// Golden model of the IOMMU: RISC-V IOMMU Architecture 1.0, written from its text (functional: no time passes).
//
// Without caches (Parameters::cached_translations = 0, the default) every translation reads the tables as they are now.
// Hardware may use what it cached until an invalidation: comparisons must change a table only together with the
// invalidation and the fence that the specification demands, and send nothing that depends on it in between.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "models/common/line_protocol.h"
#include "models/common/register_bus.h"
#include "models/common/units.h"
#include "models/iommu/iommu_defs.h"
#include "models/iommu/iommu_register_file.h"

namespace tarn::iommu {

// What the model is made with.
struct Parameters {
  // Translations kept until invalidated, for speed; a power of two or 0. Legal by the text, see above.
  std::uint32_t cached_translations = 0;
  // The register `capabilities`: what the unit can do. Absent: the register description's defaults. Version, IGS and
  // PAS stand in the description.
  std::optional<std::uint64_t> capabilities = std::nullopt;
  // How long an ATS.INVAL waits for its completions, in the time that Advance tells.
  std::uint64_t invalidation_timeout_cycles = std::uint64_t{1} << 20;
  // The system's IMSICs have seteipnum_be: an MRIF takes big-endian MSIs too.
  bool big_endian_messages = false;
};

// Host physical memory as the IOMMU's walkers and queues reach it: their requests carry the host's identity.
class HostMemory {
 public:
  virtual ~HostMemory() = default;
  // size_bytes: 4 .. 64, naturally aligned, inside one line. paged: set when it waited for a page-in.
  virtual LineStatus Read(HostPhysAddr address, void* data, std::size_t size_bytes, bool& paged) = 0;
  virtual LineStatus Write(HostPhysAddr address, const void* data, std::size_t size_bytes) = 0;
  // Writes 4 or 8 bytes, naturally aligned, if they are `expected` (in the byte order of memory); swapped: they were.
  // For memory that others change at the same time it must be atomic.
  virtual LineStatus CompareSwap(HostPhysAddr address, std::uint64_t expected, std::uint64_t wanted,
                                 std::size_t size_bytes, bool& swapped);
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

// Where an MSI in MRIF mode goes (section 3.3.3): the file, and the notice for its host.
struct MemoryResidentFile {
  std::uint64_t address = 0;
  std::uint64_t notice_address = 0;
  std::uint32_t notice_data = 0;
  bool silent = false;  // DTF: a fault of the store is not recorded
  friend bool operator==(const MemoryResidentFile&, const MemoryResidentFile&) = default;
};

// How a translation ended.
struct Translation {
  // kOk; kTranslationFault (fault says why); kTimeout or kRetry when the memory under a table answered so: nothing is
  // recorded. (Poison there is a fault: causes 268 and 274.)
  LineStatus status = LineStatus::kOk;
  HostPhysAddr address{};        // of the request's line
  std::uint8_t page_shift = 12;  // the smaller of both stages' sizes; 63: no translation, any size
  bool readable = false, writable = false, executable = false;  // for this request's privilege
  bool walked = false;                                          // read a table
  bool paged = false;                                           // and one of the reads waited for a page-in
  bool global = false;                                          // by the first stage
  std::uint8_t memory_type = 0;                                 // Svpbmt: 0 PMA, 1 NC, 2 IO
  std::uint16_t rcid = 0, mcid = 0;
  bool msi = false;                        // an MSI page table gave the address
  std::optional<MemoryResidentFile> mrif;  // it is to be stored there instead; `address` is the file's
  // A translation request that succeeds: PCIe's completion entry, [63:12] address (S: with its size), 11 S, 5 Global,
  // 4 Priv, 3 Exe, 2 U, 1 W, 0 R. One that does not has a fault: Completer Abort or else Unsupported Request.
  std::optional<std::uint64_t> completion;
  bool completer_abort = false;
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
  std::uint64_t page_requests = 0;  // queued
};

enum class Event : std::uint8_t;
struct PageTables;
struct AccessNeed;
struct Leaf;
enum class StageEnd : std::uint8_t;

class Iommu {
 public:
  // Called with the new state of the wires (bit i: vector i) when it changes.
  using InterruptListener = std::function<void(std::uint32_t wires)>;
  // Called with each message to a device: page request group responses and invalidation requests.
  using MessageListener = std::function<void(const DeviceMessage& message)>;

  // memory: tables and queues. outbound: where 4-byte writes go (MSIs, IOFENCE.C) that memory answers with an access
  // error, having nothing there.
  Iommu(const Parameters& parameters, HostMemory& memory, HostMemory& outbound);
  ~Iommu();

  // Registers to their reset values, caches empty.
  void Reset();

  // The process to translate an IOVA, the fault record included. request.addr: the line; a fault's iotval holds
  // addr + first_byte. Reads (exec: for execute), writes and atomics (as writes).
  // A burst (from a request with first_of_burst to the next such one of that direction) logs one fault at most.
  Translation Translate(const DeviceRequest& request);
  // The same without any effect (no record, no counter, no cache), with tables read through `memory`: for debuggers and
  // direct memory pointers.
  Translation Look(const DeviceRequest& request, HostMemory& memory) const;

  // Carries out a request whose translation tells an MRIF: stores the MSI (request.mask, request.data) in the file and
  // sends the notice. Answers as memory does; a fault (causes 264, 271) is recorded as Translate does it. A read that
  // answers kOk has the value 0.
  LineStatus StoreMessage(const DeviceRequest& request, Translation& translation);

  // A device's message: a page request or an invalidation completion. What it starts has happened when this returns.
  void Receive(const DeviceMessage& message);
  // Time passes: the cycles counter runs, invalidations may time out.
  void Advance(std::uint64_t cycles);
  // Invalidation requests that no completion has answered yet; an IOFENCE.C waits for them.
  std::size_t invalidations_waiting() const;

  // Registers (section 6). A write takes effect at once: commands are processed to the end of the queue (or its first
  // error) when cqt is written.
  RegisterBus& registers() { return registers_; }
  // Low half first; then high. High half first when writing, so that what the low half starts finds both.
  std::uint64_t ReadRegister64(std::uint32_t offset);
  void WriteRegister64(std::uint32_t offset, std::uint64_t value);

  // The interrupt wires, bit i: vector i (only with fctl.WSI = 1).
  std::uint32_t wires() const { return wires_; }
  void set_interrupt_listener(InterruptListener listener) { on_interrupt_ = std::move(listener); }
  void set_message_listener(MessageListener listener) { on_message_ = std::move(listener); }

  const Parameters& parameters() const { return parameters_; }
  const IommuCounters& counters() const { return counters_; }

 private:
  struct DeviceContext {
    std::uint64_t tc = 0;
    std::uint64_t iohgatp = 0;
    std::uint64_t ta = 0;
    std::uint64_t fsc = 0;
    // Extended format.
    std::uint64_t msiptp = 0;
    std::uint64_t msi_addr_mask = 0;
    std::uint64_t msi_addr_pattern = 0;
    std::uint64_t reserved = 0;
  };
  // An ATS.INVAL that waits for its completions (section 4.1.4); its place is its tag.
  struct Invalidation {
    bool waits = false;
    std::uint32_t device_id = 0;
    unsigned completions = 0;
    std::uint64_t age_cycles = 0;
  };
  // How a command ended. kStops: a bit of cqcsr says why, or it waits and is executed again.
  enum class CommandEnd : std::uint8_t { kDone, kIllegal, kStops };
  // A translation under way.
  struct Walk;
  struct CachedTranslation;

  // What the tables are read by, as the registers have it: taken from them when they are written.
  struct Settings {
    std::uint64_t capabilities = 0;
    std::uint64_t directory = 0;  // host physical address
    std::uint16_t rcid = 0, mcid = 0;
    Mode mode = Mode::kOff;
    bool big_endian = false;  // fctl.BE
    bool gxl = false;
  };
  std::uint64_t Capability(std::uint64_t mask) const { return settings_.capabilities & mask; }

  // directory.cpp
  bool DeviceIsWiderThan(Mode mode, std::uint32_t device_id) const;
  bool LocateDeviceContext(Walk& walk) const;
  bool FirstStageIsSupported(std::uint64_t mode, bool short_addresses) const;
  bool SecondStageIsSupported(std::uint64_t mode) const;
  std::uint64_t ReservedOfMsiPages() const;
  bool MsiFieldsAreMisconfigured(const DeviceContext& context) const;
  bool DeviceContextIsMisconfigured(const DeviceContext& context) const;
  // process_directory.cpp
  static bool ProcessIsWiderThan(std::uint64_t pdtp_mode, std::uint32_t process_id);
  bool ReadProcessDirectory(Walk& walk, std::uint64_t address, std::uint64_t* words, std::size_t size_bytes) const;
  bool LocateProcessContext(Walk& walk, std::uint32_t process_id) const;
  // page_table.cpp
  bool EntryIsReserved(const PageTables& tables, std::uint64_t pte) const;
  StageEnd ReadEntry(Walk& walk, const PageTables& tables, std::uint64_t address, bool for_update,
                     std::uint64_t& host_address, std::uint64_t& pte) const;
  StageEnd UpdateEntry(Walk& walk, const PageTables& tables, std::uint64_t address, std::uint64_t pte,
                       std::uint64_t bits, bool& changed) const;
  StageEnd FinishLeaf(Walk& walk, const PageTables& tables, std::uint64_t entry_address, std::uint64_t pte,
                      const AccessNeed& need, Leaf& leaf, bool& changed) const;
  StageEnd WalkStage(Walk& walk, const PageTables& tables, std::uint64_t address, const AccessNeed& need,
                     Leaf& leaf) const;
  StageEnd TranslateImplicit(Walk& walk, std::uint64_t guest_address, bool write, Leaf& leaf) const;
  static LineStatus ReadTable(Walk& walk, std::uint64_t address, void* data, std::size_t size_bytes,
                              std::size_t word_bytes, bool big_endian);
  // msi.cpp
  static bool HasMsiPage(const DeviceContext& context, std::uint64_t address, int page_shift);
  void TranslateMsi(Walk& walk, std::uint64_t address, Leaf& leaf) const;
  // ats.cpp
  static void CompleteTranslationRequest(Walk& walk);
  // translate.cpp
  void Process(Walk& walk) const;
  static void SetFirstStage(Walk& walk, std::uint64_t fsc, std::uint64_t ta);
  void SetSecondStage(Walk& walk) const;
  void TranslateBothStages(Walk& walk) const;
  StageEnd WalkSecondStage(Walk& walk, std::uint64_t address, const AccessNeed& need, Leaf& leaf) const;
  static void StopAt(Walk& walk, StageEnd end, Cause page_fault);
  static FaultRecord RecordOf(const Walk& walk);
  static bool IsSilenced(const Walk& walk);
  void RecordFault(const Walk& walk);
  CachedTranslation* CacheEntry(const DeviceRequest& request);
  static bool Hits(const CachedTranslation& cached, const DeviceRequest& request);
  static void Fill(CachedTranslation& cached, const DeviceRequest& request, const Translation& result);
  // fault_queue.cpp
  void Report(const FaultRecord& record);
  // command_queue.cpp
  void ProcessCommands();
  CommandEnd Execute(std::uint64_t low, std::uint64_t high);
  bool ExecuteInvalidateTranslations(std::uint64_t low, std::uint64_t high);
  CommandEnd ExecuteFence(std::uint64_t low, std::uint64_t high);
  CommandEnd ExecuteAts(std::uint64_t low, std::uint64_t high);
  int ProcessBits() const;
  bool ExecuteInvalidateDirectory(std::uint64_t low, std::uint64_t high);
  void DropCaches();
  // page_requests.cpp
  void ReceivePageRequest(const DeviceMessage& message);
  void LocatePageRequester(Walk& walk) const;
  void ReportMessageFault(const DeviceMessage& message, const Walk& walk);
  std::optional<PageResponse> QueuePageRequest(const DeviceMessage& message);
  void Respond(const DeviceMessage& request, PageResponse code, bool prpr);
  void CompleteInvalidation(const DeviceMessage& message);
  void ExpireInvalidations(std::uint64_t cycles);
  // mrif.cpp
  LineStatus SetPending(std::uint64_t address, unsigned bit);
  LineStatus RecordStoreFault(const DeviceRequest& request, LineStatus status, Translation& translation);
  void SendNotice(const MemoryResidentFile& file);
  // monitor.cpp
  void ConnectMonitor();
  static bool IsCounted(std::uint64_t selector, Event event, const Walk& walk);
  void CountEvents(Walk& walk);
  void CountCycles(std::uint64_t cycles);
  void Overflow(std::uint32_t selector);
  std::uint64_t CountersOverflown() const;
  // debug_interface.cpp
  void ConnectDebugInterface();
  DeviceRequest DebugRequest(std::uint64_t control) const;
  std::uint64_t TranslateForDebug(const DeviceRequest& request);
  // interrupts.cpp
  void SetInterruptPending(InterruptSource source);
  void UpdateInterrupts();
  void SendMessage(std::uint32_t vector);
  void ReportMessageWriteFault(std::uint64_t address);
  LineStatus WriteWordByFctl(HostPhysAddr address, std::uint32_t data);
  LineStatus WriteWord(HostPhysAddr address, std::uint32_t data);
  // registers.cpp
  void ConnectRegisters();
  void ConnectQueues();
  void TakeSettings();
  void WriteIpsr(const RegisterWrite& write);

  Parameters parameters_;
  HostMemory& memory_;
  HostMemory& outbound_;
  IommuRegisterFile registers_;
  Settings settings_;
  // What the hardware holds (the fields marked hwext).
  std::uint32_t cqh_ = 0, cqt_ = 0, fqh_ = 0, fqt_ = 0, pqh_ = 0, pqt_ = 0;
  std::uint32_t cqcsr_ = 0, fqcsr_ = 0, pqcsr_ = 0, ipsr_ = 0;
  std::array<Invalidation, 32> invalidations_ = {};
  bool invalidation_timed_out_ = false;
  bool monitors_ = false;  // an event counter has an event
  std::uint32_t wires_ = 0;
  std::uint32_t pending_messages_ = 0;  // bit i: vector i is masked and has a message to send
  bool burst_reported_[2] = {};         // read, write: the burst under way logged its fault
  InterruptListener on_interrupt_;
  MessageListener on_message_;
  IommuCounters counters_;
  std::vector<CachedTranslation> cache_;
};

}  // namespace tarn::iommu
