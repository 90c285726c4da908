// A random world for an IOMMU, built from the specification: device and process directories, page tables of both
// stages in every combination that the capabilities allow, MSI page tables; in few pages, so that caches are shared and
// under pressure. Beside the memory image stands its description: each entry with the place where it lies, what it is
// good for, and the commands that drop it from the caches, so that it can be changed as software would.
//
// Sections 3.1 (device contexts), 3.2 (process contexts), 3.3 (translation), 4.1 (commands); privileged specification
// for page tables. Whoever shares a table agrees on all that its caching is keyed by (sections 3.1.3 and 3.2.2).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/common/random.h"
#include "tb/iommu/world_tables.h"

namespace tarn::tb {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::uint64_t capabilities = 0;  // as the register reads
  int directory_levels = 1;        // 1..3
  bool gxl = false;                // fctl.GXL
  bool short_addresses = false;    // DC.tc.SXL may be 1 (fctl.GXL can be written)
  bool big_endian = false;         // fctl.BE
  bool mixed_endian = false;       // fctl.BE can be written, so DC.tc.SBE may differ from it
};

enum class EntryKind : std::uint8_t {
  kDirectory,
  kDeviceContext,
  kProcessDirectory,
  kProcessContext,
  kFirstStage,
  kSecondStage,
  kMsi
};

// An entry of a table in memory: what it was built to be, and what it is now.
struct Entry {
  static constexpr std::size_t kWordsMax = 8;

  EntryKind kind{};
  bool leaf = false;
  std::uint8_t level = 0;
  std::uint8_t word_bytes = 8;  // 4: Sv32
  std::uint8_t words = 1;       // of one copy
  std::uint8_t copies = 1;      // 16: the equal entries of a NAPOT page
  bool big_endian = false;
  bool maps_process_directory = false;  // a second-stage entry, on the way to a page of a process directory
  std::uint64_t address = 0;            // host physical, of its first byte
  std::uint64_t input = 0;              // the first IOVA or guest address, the device_id, the process_id behind it
  std::size_t owner = 0;                // index of its space, VM, device or process directory
  std::array<std::uint64_t, kWordsMax> good{}, now{};

  std::uint64_t size_bytes() const { return std::uint64_t{word_bytes} * words * copies; }
};

// A virtual machine's memory, or (the first one, scheme kBare) the host's own.
struct Vm {
  struct Area {  // mapped by one leaf
    std::uint64_t guest = 0, host = 0;
    unsigned shift = 12;
    std::size_t entry = 0;
    std::uint64_t tables = 0;  // pages of it that are in use as tables
  };
  Scheme scheme = Scheme::kBare;
  std::uint32_t gscid = 0;
  std::uint64_t root_ppn = 0;
  bool gade = false, sade = false, sbe = false;
  std::uint64_t empty_ppn = 0;  // of the guest: a page of zeros
  std::vector<Area> areas;
  std::uint64_t msi_mask = 0, msi_pattern = 0, msi_ppn = 0;  // msi_ppn 0: no MSI page table
};

// A 4 KiB part of a page that the second stage maps, or where MSIs go.
struct Spot {
  std::uint64_t offset = 0;
  unsigned second_shift = kNoShift;
  std::size_t second_entry = kNoEntry;  // its leaf
  bool msi = false;
  static constexpr unsigned kNoShift = 63;
  static constexpr std::size_t kNoEntry = ~std::size_t{0};
};

// What requests aim at: a leaf of a first stage, or without one a part of the guest's or the host's memory.
struct Target {
  std::uint64_t address = 0;  // as the device sends it
  std::uint64_t guest = 0;    // where the first stage leads to
  unsigned shift = Spot::kNoShift;
  std::size_t entry = Spot::kNoEntry;
  std::vector<Spot> spots;
};

// A first-stage address space.
struct Space {
  std::size_t vm = 0;
  Scheme scheme = Scheme::kBare;
  std::uint32_t pscid = 0;
  std::uint64_t root_ppn = 0;  // of the guest
  std::uint64_t root_host = 0;
  std::vector<Target> targets;
};

struct Process {
  std::uint32_t id = 0;
  std::optional<std::size_t> space;  // none: bare
  bool supervisor = false, sum = false;
  std::size_t entry = 0;
};

struct ProcessDirectory {
  std::size_t vm = 0;
  bool sxl = false;
  int levels = 1;
  std::uint64_t root_ppn = 0;  // of the guest
  std::vector<Process> processes;
};

struct Device {
  std::uint32_t id = 0;
  std::size_t vm = 0;
  std::optional<std::size_t> space, directory;  // neither: bare
  bool sxl = false, ats = false, t2gpa = false, default_process = false;
  std::size_t entry = 0;
};

// Someone whose requests are translated: a device, or a process of one.
struct Requester {
  std::size_t device = 0;
  std::optional<std::uint32_t> process_id;
  std::optional<std::size_t> space;
  std::size_t vm = 0;
};

// Entries given new words, and what software must then tell the unit (before its fence).
struct Change {
  struct Part {
    std::size_t entry;
    std::array<std::uint64_t, Entry::kWordsMax> before, after;
  };
  std::vector<Part> parts;
  std::vector<std::array<std::uint64_t, 2>> commands;
};

class World {
 public:
  // Writes size_bytes (4 or 8) of a table; the value as the bytes lie in memory, lowest first.
  using Store = std::function<void(std::uint64_t address, std::uint64_t value, std::size_t size_bytes)>;

  World(const WorldOptions& options, Store store);

  const WorldOptions& options() const { return options_; }
  std::uint64_t directory_ppn() const { return directory_ppn_; }
  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<Vm>& vms() const { return vms_; }
  const std::vector<Space>& spaces() const { return spaces_; }
  const std::vector<Device>& devices() const { return devices_; }
  const std::vector<ProcessDirectory>& process_directories() const { return process_directories_; }
  const std::vector<Requester>& requesters() const { return requesters_; }
  const std::vector<Target>& targets(const Requester& requester) const {
    return requester.space ? spaces_[*requester.space].targets : memory_targets_[requester.vm];
  }
  const std::vector<Target>& guest_targets(std::size_t vm) const { return memory_targets_[vm]; }
  bool has(std::uint64_t capability) const { return (options_.capabilities & capability) != 0; }
  std::uint32_t device_id_mask() const;

  // An entry of a kind at random: leaves rather than what is above them, which hurts many. Nothing if there is none.
  std::optional<std::size_t> RandomEntry();
  // New words for one entry, bad or good ones, with the commands that follow from it; nothing is written yet.
  Change Spoil(std::size_t entry) { return ChangeTo(entry, BadWords(entries_[entry])); }
  Change Heal(std::size_t entry) { return ChangeTo(entry, entries_[entry].good); }
  Change ChangeTo(std::size_t entry, const std::array<std::uint64_t, Entry::kWordsMax>& words);
  void Apply(const Change& change);
  // Whether the page that holds `address` is of a device directory, or of another table; nothing if it is of none.
  std::optional<bool> IsOfDirectory(std::uint64_t address) const;
  // QoS ids (RCID, MCID) that device contexts have or have had.
  const std::set<std::pair<std::uint16_t, std::uint16_t>>& qos_ids() const { return qos_ids_; }
  // Commands that leave nothing in any cache.
  std::vector<std::array<std::uint64_t, 2>> FlushAll() const;
  // As `value` of one of its words lies in memory.
  static std::uint64_t InMemory(const Entry& entry, std::uint64_t value);

 private:
  struct TablePage {
    std::uint64_t ppn;   // as pointers to it say: the guest's, where there is one
    std::uint64_t host;  // host physical address
  };

  // world.cpp
  std::vector<Scheme> Schemes(bool second_stage) const;
  void BuildVm(Scheme scheme);
  void BuildMsi(std::size_t vm);
  std::array<std::uint64_t, Entry::kWordsMax> MsiWords();
  void BuildSpace(std::size_t vm, Scheme scheme);
  Target MsiTarget(std::size_t vm, unsigned shift);
  void BuildMemoryTargets(std::size_t vm);
  void BuildProcessDirectory(std::size_t vm, bool sxl);
  void AddProcess(std::size_t directory, std::uint64_t root_host, Process process);
  void BuildDevices(std::size_t vm);
  void AddDevice(Device device);
  std::array<std::uint64_t, Entry::kWordsMax> DeviceWords(const Device& device);
  void AddQosIds(const std::array<std::uint64_t, Entry::kWordsMax>& context);
  void AddRequesters(std::size_t device);
  // world_memory.cpp
  std::uint64_t TakeHostPages(std::uint64_t pages, std::uint64_t alignment_pages = 1);
  std::uint64_t TakeHostRegion(unsigned shift, bool narrow);
  TablePage TakeTable(std::size_t vm, bool narrow);
  std::size_t AddArea(std::size_t vm, unsigned shift, bool narrow);
  std::size_t FindArea(std::size_t vm, unsigned shift, bool narrow);
  std::uint64_t RandomInput(const Geometry& geometry, unsigned shift, bool narrow);
  std::optional<std::size_t> MapSecond(std::size_t vm, std::uint64_t guest, unsigned shift);
  std::optional<std::size_t> MapFirst(std::size_t space, std::uint64_t iova, unsigned shift, std::uint64_t guest);
  std::optional<std::size_t> MapLeaf(Entry pattern, std::uint64_t table, const Geometry& geometry, unsigned shift,
                                     std::uint64_t ppn, const std::function<TablePage()>& take);
  Target MakeTarget(std::size_t vm, unsigned shift, bool narrow);
  bool MapInPieces(std::size_t vm, unsigned shift, unsigned second_shift, bool narrow, Target& target);
  void MarkProcessDirectory(std::size_t vm, std::uint64_t guest);
  // One step down a tree: the table behind the entry `pattern`, made if there is none; nothing if a leaf is there.
  std::optional<std::uint64_t> Descend(Entry pattern, const std::function<TablePage()>& take);
  std::uint64_t LeafFlags(const Entry& entry);
  std::size_t AddEntry(const Entry& entry);
  void Write(const Entry& entry);
  // world_changes.cpp
  std::array<std::uint64_t, Entry::kWordsMax> BadWords(const Entry& entry);
  std::uint64_t BadPte(const Entry& entry);
  std::uint64_t BadPointer(const Entry& entry);
  void SpoilDeviceContext(std::array<std::uint64_t, Entry::kWordsMax>& words);
  void SpoilProcessContext(std::array<std::uint64_t, Entry::kWordsMax>& words);
  void AddCommands(const Change::Part& part, Change& change);
  void AddDirectoryCommands(const Entry& entry, Change& change);
  void AddPageCommand(const Entry& entry, const Change::Part& part, std::uint64_t command, Change& change);
  unsigned RangeBits(unsigned bits, bool whole);

  WorldOptions options_;
  Store store_;
  Random random_;
  std::uint64_t directory_ppn_ = 0;
  std::uint64_t next_page_ = 0x100;                            // host pages for tables, below 512 MiB
  std::uint64_t next_narrow_region_ = std::uint64_t{1} << 32;  // host memory that 34 bits reach
  std::uint64_t next_region_ = std::uint64_t{1} << 36;         // and other
  std::vector<Entry> entries_;
  std::unordered_map<std::uint64_t, std::size_t> entry_at_;       // by host address
  std::unordered_map<std::uint64_t, std::uint64_t> table_under_;  // host address of an entry: that of its table
  std::vector<Vm> vms_;
  std::vector<Space> spaces_;
  std::vector<ProcessDirectory> process_directories_;
  std::vector<Device> devices_;
  std::vector<Requester> requesters_;
  std::array<std::vector<std::size_t>, 7> by_kind_;                // entries
  std::unordered_map<std::uint64_t, std::size_t> first_entry_of_;  // by page of a table
  std::set<std::pair<std::uint16_t, std::uint16_t>> qos_ids_;
  std::vector<std::vector<Target>> memory_targets_;  // by VM
};

// Sizes of leaves, as shifts.
std::vector<unsigned> LeafShifts(Scheme scheme);
// The guest address of the interrupt file `number` (section 3.3.3: extract, turned round).
std::uint64_t MsiAddress(const Vm& vm, std::uint64_t number);

}  // namespace tarn::tb
