#include "tb/iommu/world.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace tarn::tb {

namespace {

constexpr std::uint64_t kModeShift = 60;
constexpr std::size_t kSpacesMin = 6;

}  // namespace

std::uint64_t MsiAddress(const Vm& vm, std::uint64_t number) {
  std::uint64_t page = vm.msi_pattern & ~vm.msi_mask;
  for (std::uint64_t rest = vm.msi_mask; rest != 0; rest &= rest - 1, number >>= 1) {
    if ((number & 1) != 0) page |= rest & (~rest + 1);
  }
  return page << 12;
}

World::World(const WorldOptions& options, Store store)
    : options_(options), store_(std::move(store)), random_(options.seed * 31 + 7) {
  directory_ppn_ = TakeHostPages(1);
  BuildVm(Scheme::kBare);
  for (const Scheme scheme : Schemes(true)) BuildVm(scheme);
  if (vms_.size() > 1 && random_.Percent(50)) BuildVm(vms_[1 + random_.Below(vms_.size() - 1)].scheme);
  memory_targets_.resize(vms_.size());
  for (std::size_t vm = 0; vm < vms_.size(); ++vm) {
    BuildMsi(vm);
    const std::vector<Scheme> schemes = Schemes(false);
    for (std::size_t i = 0; i < std::max(schemes.size(), kSpacesMin / vms_.size()); ++i) {
      BuildSpace(vm, schemes[i % schemes.size()]);
    }
    if (!options_.gxl) BuildProcessDirectory(vm, false);
    if (options_.short_addresses) BuildProcessDirectory(vm, true);
    BuildMemoryTargets(vm);
    BuildDevices(vm);
  }
}

std::vector<Scheme> World::Schemes(bool second_stage) const {
  static constexpr std::pair<Scheme, std::uint64_t> kFirst[] = {
      {Scheme::kSv39, kCapSv39}, {Scheme::kSv48, kCapSv48}, {Scheme::kSv57, kCapSv57}};
  static constexpr std::pair<Scheme, std::uint64_t> kSecond[] = {
      {Scheme::kSv39, kCapSv39x4}, {Scheme::kSv48, kCapSv48x4}, {Scheme::kSv57, kCapSv57x4}};
  std::vector<Scheme> schemes;
  if (!options_.gxl) {
    for (const auto& [scheme, capability] : second_stage ? kSecond : kFirst) {
      if (has(capability)) schemes.push_back(scheme);
    }
  }
  const bool narrow = second_stage ? options_.gxl && has(kCapSv32x4) : options_.short_addresses && has(kCapSv32);
  if (narrow) schemes.push_back(Scheme::kSv32);
  return schemes;
}

// --- memories --------------------------------------------------------------------------------------------------------

void World::BuildVm(Scheme scheme) {
  Vm vm{.scheme = scheme};
  const bool updates = has(kCapHwad);
  vm.sade = updates && random_.Percent(50);
  vm.gade = updates && scheme != Scheme::kBare && random_.Percent(50);
  vm.sbe = options_.mixed_endian ? random_.Percent(50) : options_.big_endian;
  vms_.push_back(vm);
  if (scheme != Scheme::kBare) {
    // Numbers that differ from those of the others.
    vms_.back().gscid = static_cast<std::uint32_t>(random_.Below(1 << 12) << 4 | vms_.size());
    vms_.back().root_ppn = TakeHostPages(4, 4);
  }
  vms_.back().empty_ppn = TakeTable(vms_.size() - 1, true).ppn;
}

// The files of a virtual machine's interrupt controllers lie in one area of it, a mega-page.
void World::BuildMsi(std::size_t index) {
  if (!has(kCapMsiFlat) || vms_[index].scheme == Scheme::kBare || random_.Percent(20)) return;
  const unsigned shift = vms_[index].scheme == Scheme::kSv32 ? 22 : 21;
  const std::uint64_t guest = vms_[index].areas[AddArea(index, shift, true)].guest;
  Vm& vm = vms_[index];
  for (int bits = 0; bits < 3; ++bits) vm.msi_mask |= std::uint64_t{1} << random_.Below(9);
  vm.msi_pattern = guest >> 12 | random_.Below(1 << 9);
  vm.msi_ppn = TakeHostPages(1);
  for (std::uint64_t file = 0; file < std::uint64_t{1} << std::popcount(vm.msi_mask); ++file) {
    AddEntry({.kind = EntryKind::kMsi,
              .leaf = true,
              .words = 2,
              .big_endian = options_.big_endian,
              .address = (vm.msi_ppn << 12) + file * 16,
              .input = MsiAddress(vm, file),
              .owner = index,
              .good = MsiWords()});
  }
}

// MSI page-table entries of the Advanced Interrupt Architecture: basic translate mode, or memory-resident files.
std::array<std::uint64_t, Entry::kWordsMax> World::MsiWords() {
  if (has(kCapMsiMrif) && random_.Percent(40)) {
    const std::uint64_t file = TakeHostPages(1) << 12 | random_.Below(8) << 9;
    const std::uint64_t notice = TakeHostPages(1);
    return {1 | 1 << 1 | file >> 9 << 7, random_.Below(1 << 10) | notice << 10 | random_.Below(2) << 60};
  }
  return {1 | 3 << 1 | TakeHostPages(1) << 10, 0};
}

void World::BuildSpace(std::size_t vm, Scheme scheme) {
  const std::size_t index = spaces_.size();
  const bool narrow = scheme == Scheme::kSv32;
  const TablePage root = TakeTable(vm, narrow);
  // One address space of a VM, one PSCID; those of other VMs may have the same.
  std::uint32_t inside = 0;
  for (const Space& space : spaces_) inside += space.vm == vm ? 1 : 0;
  const std::uint32_t number = random_.Percent(50) ? 5 : static_cast<std::uint32_t>(random_.Below(1 << 12));
  spaces_.push_back({.vm = vm,
                     .scheme = scheme,
                     .pscid = number << 8 | inside,
                     .root_ppn = root.ppn,
                     .root_host = root.host,
                     .targets = {}});
  const Geometry geometry = GeometryOf(scheme, false);
  std::vector<unsigned> shifts = LeafShifts(scheme);
  for (const unsigned more : {12U, 12U, 12U, shifts[1], shifts[2 % shifts.size()]}) shifts.push_back(more);
  for (std::size_t i = 0; i < shifts.size() + 2; ++i) {
    const bool to_msi = i >= shifts.size();
    if (to_msi && vms_[vm].msi_ppn == 0) break;
    const unsigned shift = to_msi ? (i == shifts.size() ? 12 : (narrow ? 22 : 21)) : shifts[i];
    Target target = to_msi ? MsiTarget(vm, shift) : MakeTarget(vm, shift, narrow);
    target.guest = target.address;
    for (int tries = 0; tries < 16 && target.entry == Spot::kNoEntry; ++tries) {
      target.address = RandomInput(geometry, shift, false);
      if (!narrow) {
        const unsigned unused = 64 - geometry.address_bits();
        target.address = static_cast<std::uint64_t>(static_cast<std::int64_t>(target.address << unused) >> unused);
      }
      target.entry = MapFirst(index, target.address, shift, target.guest).value_or(Spot::kNoEntry);
    }
    if (target.entry != Spot::kNoEntry) spaces_[index].targets.push_back(std::move(target));
  }
}

// A page, or a larger one around it, that leads to an interrupt file; and beside the file to the area's memory.
Target World::MsiTarget(std::size_t index, unsigned shift) {
  const Vm& vm = vms_[index];
  const std::uint64_t files = std::uint64_t{1} << std::popcount(vm.msi_mask);
  const std::uint64_t file = MsiAddress(vm, random_.Below(files));
  const std::uint64_t size = std::uint64_t{1} << shift;
  Target target{.address = file & ~(size - 1), .shift = shift, .entry = Spot::kNoEntry, .spots = {}};
  target.spots.push_back({.offset = file & (size - 1), .second_shift = 12, .msi = true});
  for (const Vm::Area& area : vm.areas) {
    const std::uint64_t beside = file ^ (std::uint64_t{1} << 12 << random_.Below(9));
    const bool is_msi = ((beside >> 12 ^ vm.msi_pattern) & ~vm.msi_mask) == 0;
    if (shift == 12 || is_msi || area.guest >> area.shift != beside >> area.shift) continue;
    target.spots.push_back(
        {.offset = beside & (size - 1), .second_shift = area.shift, .second_entry = area.entry, .msi = false});
  }
  return target;
}

// For requests without a first stage.
void World::BuildMemoryTargets(std::size_t index) {
  std::vector<Target>& targets = memory_targets_[index];
  Vm& vm = vms_[index];
  if (vm.scheme == Scheme::kBare) {
    for (const unsigned shift : {32U, 40U, 55U, 63U})
      targets.push_back({.address = random_.Next() >> (64 - shift) >> 12 << 12, .spots = {Spot{}}});
    return;
  }
  if (vm.scheme == Scheme::kSv57) {  // what no first stage can name
    const std::uint64_t guest = (random_.Below(4) << 57 | std::uint64_t{1} << 56) + (random_.Below(2) << 12);
    const std::optional<std::size_t> entry = MapSecond(index, guest, 12);
    if (entry) vm.areas.push_back({.guest = guest, .entry = *entry});
  }
  for (const Vm::Area& area : vm.areas) {
    Target target{.address = area.guest, .shift = Spot::kNoShift, .entry = Spot::kNoEntry, .spots = {}};
    for (const std::uint64_t page : {std::uint64_t{0}, random_.Next() % (std::uint64_t{1} << (area.shift - 12))}) {
      target.spots.push_back({.offset = page << 12, .second_shift = area.shift, .second_entry = area.entry});
    }
    targets.push_back(std::move(target));
  }
  if (vm.msi_ppn == 0) return;
  for (std::uint64_t file = 0; file < 2; ++file) {
    targets.push_back({.address = MsiAddress(vm, file),
                       .guest = MsiAddress(vm, file),
                       .spots = {Spot{.second_shift = 12, .msi = true}}});
  }
}

// --- processes -------------------------------------------------------------------------------------------------------

void World::BuildProcessDirectory(std::size_t vm, bool sxl) {
  std::vector<int> levels;
  if (has(kCapPd8)) levels.push_back(1);
  if (has(kCapPd17)) levels.push_back(2);
  if (has(kCapPd20)) levels.push_back(3);
  if (levels.empty()) return;
  const std::size_t index = process_directories_.size();
  const TablePage root = TakeTable(vm, sxl);
  MarkProcessDirectory(vm, root.ppn << 12);
  process_directories_.push_back(
      {.vm = vm, .sxl = sxl, .levels = levels[random_.Below(levels.size())], .root_ppn = root.ppn, .processes = {}});
  std::vector<std::optional<std::size_t>> spaces = {std::nullopt};
  for (std::size_t space = 0; space < spaces_.size(); ++space) {
    if (spaces_[space].vm != vm || (spaces_[space].scheme == Scheme::kSv32) != sxl) continue;
    for (int times = 0; times < 2; ++times) spaces.emplace_back(space);
  }
  for (std::size_t i = 0; i < spaces.size(); ++i) {
    static constexpr std::uint64_t kFew[] = {0, 1, 511};
    Process process{.space = spaces[i], .supervisor = random_.Percent(60), .sum = random_.Percent(50)};
    const std::uint64_t id = random_.Below(256) | kFew[random_.Below(3)] << 8 | random_.Below(2) * 7 << 17;
    const int id_bits = process_directories_[index].levels == 1 ? 8 : process_directories_[index].levels == 2 ? 17 : 20;
    // Process 0 is the default one.
    process.id = i == spaces.size() - 1 ? 0 : static_cast<std::uint32_t>(id & ((std::uint64_t{1} << id_bits) - 1));
    AddProcess(index, root.host, process);
  }
}

void World::AddProcess(std::size_t index, std::uint64_t root_host, Process process) {
  static constexpr unsigned kShifts[] = {0, 8, 17};
  const std::size_t vm = process_directories_[index].vm;
  const bool sxl = process_directories_[index].sxl;
  Entry entry{.kind = EntryKind::kProcessDirectory, .big_endian = vms_[vm].sbe, .owner = index};
  std::uint64_t table = root_host;
  for (int level = process_directories_[index].levels - 1; level > 0; --level) {
    entry.level = static_cast<std::uint8_t>(level);
    entry.address = table + (process.id >> kShifts[level] & 0x1FF) * 8;
    table = *Descend(entry, [&] {
      const TablePage page = TakeTable(vm, sxl);
      MarkProcessDirectory(vm, page.ppn << 12);
      return page;
    });
  }
  entry.kind = EntryKind::kProcessContext;
  entry.leaf = true;
  entry.level = 0;
  entry.words = 2;
  entry.address = table + (process.id & 0xFF) * 16;
  entry.input = process.id;
  if (entry_at_.contains(entry.address)) return;
  const std::uint64_t pscid = process.space ? spaces_[*process.space].pscid : 0;
  const std::uint64_t supervisor = process.supervisor ? 2 | (process.sum ? 4 : 0) : 0;
  entry.good[0] = 1 | supervisor | pscid << 12;
  if (process.space) {
    entry.good[1] = ModeField(spaces_[*process.space].scheme) << kModeShift | spaces_[*process.space].root_ppn;
  }
  process.entry = AddEntry(entry);
  process_directories_[index].processes.push_back(process);
}

// --- devices ---------------------------------------------------------------------------------------------------------

std::uint32_t World::device_id_mask() const {
  const unsigned leaf_bits = has(kCapMsiFlat) ? 6 : 7;
  const unsigned bits = options_.directory_levels == 3 ? 24 : leaf_bits + (options_.directory_levels == 2 ? 9 : 0);
  return (1U << bits) - 1;
}

void World::BuildDevices(std::size_t vm) {
  const auto ats = [this] { return has(kCapAts) && random_.Percent(60); };
  const auto t2gpa = [&] { return has(kCapT2gpa) && vms_[vm].scheme != Scheme::kBare && random_.Percent(50); };
  for (std::size_t space = 0; space < spaces_.size(); ++space) {
    if (spaces_[space].vm != vm) continue;
    AddDevice(
        {.vm = vm, .space = space, .sxl = spaces_[space].scheme == Scheme::kSv32, .ats = ats(), .t2gpa = t2gpa()});
  }
  for (const bool sxl : {false, true}) {
    if (sxl ? options_.short_addresses : !options_.gxl)
      AddDevice({.vm = vm, .sxl = sxl, .ats = ats(), .t2gpa = t2gpa()});
  }
  for (std::size_t directory = 0; directory < process_directories_.size(); ++directory) {
    if (process_directories_[directory].vm != vm) continue;
    for (const bool default_process : {false, true}) {
      AddDevice({.vm = vm,
                 .directory = directory,
                 .sxl = process_directories_[directory].sxl,
                 .ats = ats(),
                 .t2gpa = t2gpa(),
                 .default_process = default_process});
    }
  }
}

void World::AddDevice(Device device) {
  const unsigned leaf_bits = has(kCapMsiFlat) ? 6 : 7;
  const unsigned shifts[] = {0, leaf_bits, leaf_bits + 9};
  const std::uint64_t context_bytes = has(kCapMsiFlat) ? 64 : 32;
  static constexpr std::uint64_t kFew[] = {0, 1, 511};
  Entry entry{.kind = EntryKind::kDirectory, .big_endian = options_.big_endian, .owner = devices_.size()};
  do {
    const std::uint64_t id = random_.Below(1U << leaf_bits) | kFew[random_.Below(3)] << leaf_bits |
                             kFew[random_.Below(3)] << (leaf_bits + 9);
    device.id = static_cast<std::uint32_t>(id) & device_id_mask();
    std::uint64_t table = directory_ppn_ << 12;
    for (int level = options_.directory_levels - 1; level > 0; --level) {
      entry.kind = EntryKind::kDirectory;
      entry.level = static_cast<std::uint8_t>(level);
      entry.address = table + (device.id >> shifts[level] & 0x1FF) * 8;
      table = *Descend(entry, [this] {
        const std::uint64_t page = TakeHostPages(1);
        return TablePage{page, page << 12};
      });
    }
    entry.address = table + (device.id & ((1U << leaf_bits) - 1)) * context_bytes;
  } while (entry_at_.contains(entry.address));
  entry.kind = EntryKind::kDeviceContext;
  entry.leaf = true;
  entry.level = 0;
  entry.words = static_cast<std::uint8_t>(context_bytes / 8);
  entry.input = device.id;
  entry.good = DeviceWords(device);
  device.entry = AddEntry(entry);
  AddQosIds(entry.good);
  devices_.push_back(device);
  AddRequesters(devices_.size() - 1);
}

std::array<std::uint64_t, Entry::kWordsMax> World::DeviceWords(const Device& device) {
  const Vm& vm = vms_[device.vm];
  std::uint64_t tc = kTcV;
  if (random_.Percent(15)) tc |= kTcDtf;
  if (device.ats) {
    tc |= kTcAts;
    if (random_.Percent(70)) tc |= kTcPri | (random_.Percent(50) ? kTcPrpr : 0);
    if (device.t2gpa) tc |= kTcT2gpa;
  }
  if (vm.gade) tc |= kTcGade;
  if (vm.sade) tc |= kTcSade;
  if (vm.sbe) tc |= kTcSbe;
  if (device.sxl) tc |= kTcSxl;
  std::uint64_t ta = has(kCapQosid) ? random_.Below(1 << 12) << 40 | random_.Below(1 << 12) << 52 : 0;
  std::uint64_t fsc = 0;
  if (device.directory) {
    const ProcessDirectory& directory = process_directories_[*device.directory];
    tc |= kTcPdtv | (device.default_process ? kTcDpe : 0);
    fsc = static_cast<std::uint64_t>(directory.levels) << kModeShift | directory.root_ppn;
  } else if (device.space) {
    fsc = ModeField(spaces_[*device.space].scheme) << kModeShift | spaces_[*device.space].root_ppn;
    ta |= std::uint64_t{spaces_[*device.space].pscid} << 12;
  }
  const std::uint64_t iohgatp = ModeField(vm.scheme) << kModeShift | std::uint64_t{vm.gscid} << 44 | vm.root_ppn;
  const std::uint64_t msiptp = vm.msi_ppn == 0 ? 0 : std::uint64_t{1} << kModeShift | vm.msi_ppn;
  return {tc, iohgatp, ta, fsc, msiptp, vm.msi_mask, vm.msi_pattern, 0};
}

void World::AddQosIds(const std::array<std::uint64_t, Entry::kWordsMax>& context) {
  qos_ids_.emplace(context[2] >> 40 & 0xFFF, context[2] >> 52);
}

void World::AddRequesters(std::size_t index) {
  const Device& device = devices_[index];
  Requester plain{.device = index, .process_id = std::nullopt, .space = device.space, .vm = device.vm};
  if (device.directory) {
    for (const Process& process : process_directories_[*device.directory].processes) {
      requesters_.push_back({.device = index, .process_id = process.id, .space = process.space, .vm = device.vm});
      if (process.id == 0 && device.default_process) plain.space = process.space;
    }
  }
  requesters_.push_back(plain);
}

// --- changes ---------------------------------------------------------------------------------------------------------

void World::Apply(const Change& change) {
  for (const Change::Part& part : change.parts) {
    Entry& entry = entries_[part.entry];
    entry.now = part.after;
    if (entry.kind == EntryKind::kDeviceContext) AddQosIds(entry.now);
    Write(entry);
  }
}

}  // namespace tarn::tb
