// What can be wrong with an entry, and the commands by which software makes a change known (sections 4.1.1 and 4.1.3).
#include <algorithm>
#include <optional>

#include "tb/iommu/world.h"

namespace tarn::tb {

namespace {

using Words = std::array<std::uint64_t, Entry::kWordsMax>;

std::uint64_t Bit(std::uint64_t number) { return std::uint64_t{1} << number; }

// A pointer to a table, or what a walker may take for one.
bool IsPointer(std::uint64_t pte) { return (pte & kPteV) != 0 && (pte & (kPteR | kPteW | kPteX)) == 0; }

}  // namespace

std::vector<std::array<std::uint64_t, 2>> World::FlushAll() const {
  std::vector<std::array<std::uint64_t, 2>> commands = {{kIodirDdt, 0}, {kIotinvalVma, 0}};
  for (const Vm& vm : vms_) {
    if (vm.scheme != Scheme::kBare) commands.push_back({kIotinvalVma | kCommandGv | CommandGscid(vm.gscid), 0});
  }
  commands.push_back({kIotinvalGvma, 0});
  return commands;
}

std::optional<std::size_t> World::RandomEntry() {
  // In the order of EntryKind, of a hundred.
  static constexpr unsigned kShare[] = {2, 8, 3, 9, 42, 30, 6};
  auto draw = static_cast<unsigned>(random_.Below(100));
  for (std::size_t kind = 0; kind < by_kind_.size(); draw -= kShare[kind++]) {
    if (draw >= kShare[kind]) continue;
    if (by_kind_[kind].empty()) return std::nullopt;
    const std::size_t entry = by_kind_[kind][random_.Below(by_kind_[kind].size())];
    if (entries_[entry].leaf || random_.Percent(40)) return entry;
    return by_kind_[kind][random_.Below(by_kind_[kind].size())];
  }
  return std::nullopt;
}

Change World::ChangeTo(std::size_t index, const Words& words) {
  Change change;
  change.parts.push_back({.entry = index, .before = entries_[index].now, .after = words});
  AddCommands(change.parts[0], change);
  return change;
}

// --- what is wrong with them -----------------------------------------------------------------------------------------

Words World::BadWords(const Entry& entry) {
  Words words = entry.good;
  switch (entry.kind) {
    case EntryKind::kDirectory:
    case EntryKind::kProcessDirectory: {
      const std::uint64_t reserved = random_.Percent(50) ? Bit(1 + random_.Below(9)) : Bit(54 + random_.Below(10));
      words[0] = random_.Percent(50) ? words[0] & ~kPteV : words[0] | reserved;
      break;
    }
    case EntryKind::kDeviceContext:
      SpoilDeviceContext(words);
      break;
    case EntryKind::kProcessContext:
      SpoilProcessContext(words);
      break;
    case EntryKind::kFirstStage:
    case EntryKind::kSecondStage:
      words[0] = entry.leaf ? BadPte(entry) : BadPointer(entry);
      if (entry.word_bytes == 4) words[0] &= 0xFFFF'FFFF;
      break;
    case EntryKind::kMsi: {
      static constexpr std::uint64_t kFlips[] = {
          1, 1 << 1, 1 << 2, 1 << 3, 1 << 9, std::uint64_t{1} << 54, std::uint64_t{1} << 62};
      words[0] ^= kFlips[random_.Below(7)];
      break;
    }
  }
  return words;
}

// A leaf that faults, or permits less, or is another one. Bits 63:54 exist in eight-byte entries alone.
std::uint64_t World::BadPte(const Entry& entry) {
  const std::uint64_t pte = entry.good[0];
  switch (random_.Below(12)) {
    case 0:
    case 1:
      return pte & ~kPteV;
    case 2:
      return pte & ~kPteA;
    case 3:
      return pte & ~kPteD;
    case 4:
      return pte ^ kPteU;
    case 5:
      return (pte & ~kPteR) | kPteW;
    case 6:
      return pte ^ (Bit(1 + random_.Below(3)));
    case 7:
      return entry.word_bytes == 8 ? pte | Bit(54 + random_.Below(10)) : pte & ~kPteV;
    case 8:
      return entry.word_bytes == 8 ? pte ^ (Bit(kPtePbmtShift) << random_.Below(2)) : pte & ~kPteA;
    case 9:  // misaligned, or for a page of 4 KiB another one
      return pte ^ Bit(10 + random_.Below(entry.level == 0 ? 4 : 9 * entry.level));
    case 10:  // a pointer where none may be, or to an empty table
      return (pte & (kPteRsw | kPteV)) | vms_[0].empty_ppn << 10;
    default:
      return pte & ~(kPteR | kPteX);
  }
}

std::uint64_t World::BadPointer(const Entry& entry) {
  const std::uint64_t pte = entry.good[0];
  const std::size_t vm = entry.kind == EntryKind::kFirstStage ? spaces_[entry.owner].vm : 0;
  switch (random_.Below(8)) {
    case 0:
      return pte | kPteA;
    case 1:
      return pte | kPteD;
    case 2:
      return pte | kPteU;
    case 3:
      return entry.word_bytes == 8 ? pte | Bit(54 + random_.Below(10)) : pte | kPteW;
    case 4:
      return vms_[vm].empty_ppn << 10 | kPteV;
    case 5:  // far away: no memory, or nothing mapped there
      return pte | (entry.word_bytes == 8 ? Bit(53) | Bit(52) : Bit(31));
    default:
      return pte & ~kPteV;
  }
}

// Section 3.1.4, and what may be chosen either way.
void World::SpoilDeviceContext(Words& words) {
  std::uint64_t& tc = words[0];
  switch (random_.Below(14)) {
    case 0:
    case 1:
    case 2:
      tc &= ~kTcV;
      return;
    case 3:
      tc |= random_.Percent(50) ? Bit(12 + random_.Below(12)) : Bit(32 + random_.Below(32));
      return;
    case 4:
      tc = (tc & ~kTcAts) | (random_.Percent(50) ? kTcPri : kTcT2gpa);
      return;
    case 5:
      tc = (tc & ~kTcPri) | kTcPrpr;
      return;
    case 6:
      words[1] |= Bit(random_.Below(2)) | std::uint64_t{8} << 60;  // an unaligned root
      return;
    case 7:
      words[1] = (words[1] & ~(std::uint64_t{15} << 60)) | (1 + random_.Below(7)) << 60;
      return;
    case 8:
      words[3] = (words[3] & ~(std::uint64_t{15} << 60)) | (4 + random_.Below(4)) << 60;
      return;
    case 9:
      words[3] |= Bit(44 + random_.Below(16));
      return;
    case 10:
      words[2] |= random_.Percent(50) ? Bit(random_.Below(12)) : Bit(32 + random_.Below(8));
      return;
    case 11:
      if (has(kCapMsiFlat)) {
        words[4 + random_.Below(4)] |= Bit(52 + random_.Below(12));
        words[4] |= std::uint64_t{2} << 60;
        return;
      }
      [[fallthrough]];
    case 12:
      tc ^= kTcDtf;
      return;
    default:  // other QoS ids, or reserved
      words[2] ^= Bit(40 + random_.Below(24));
  }
}

// Section 3.2.3.
void World::SpoilProcessContext(Words& words) {
  switch (random_.Below(6)) {
    case 0:
      words[0] |= random_.Percent(50) ? Bit(3 + random_.Below(9)) : Bit(32 + random_.Below(32));
      return;
    case 1:
      words[1] |= Bit(44 + random_.Below(16));
      return;
    case 2:
      words[1] = (words[1] & ~(std::uint64_t{15} << 60)) | (1 + random_.Below(7)) << 60;
      return;
    case 3:
      words[0] ^= 2 << random_.Below(2);  // ENS, SUM
      return;
    default:
      words[0] &= ~std::uint64_t{1};
  }
}

// --- what must be told -----------------------------------------------------------------------------------------------

void World::AddCommands(const Change::Part& part, Change& change) {
  const Entry& entry = entries_[part.entry];
  if (entry.kind == EntryKind::kFirstStage) {
    const Space& space = spaces_[entry.owner];
    const Vm& vm = vms_[space.vm];
    std::uint64_t command = kIotinvalVma;
    if (vm.scheme != Scheme::kBare) command |= kCommandGv | CommandGscid(vm.gscid);
    const bool global = ((part.before[0] | part.after[0]) & kPteG) != 0;
    if (!global && random_.Percent(70)) command |= kCommandPscv | CommandPscid(space.pscid);
    AddPageCommand(entry, part, command, change);
    return;
  }
  if (entry.kind == EntryKind::kSecondStage || entry.kind == EntryKind::kMsi) {
    const std::uint64_t gscid = kCommandGv | CommandGscid(vms_[entry.owner].gscid);
    AddPageCommand(entry, part, kIotinvalGvma | gscid, change);
    if (entry.maps_process_directory) change.commands.push_back({kIodirDdt, 0});
    return;
  }
  AddDirectoryCommands(entry, change);
}

// An address that a leaf maps names all of it. A pointer goes with NL, and what was kept of the leaves under it with
// their own addresses (sections 9.2 and 9.3): so all of them are named by a range, or by no address at all.
void World::AddPageCommand(const Entry& entry, const Change::Part& part, std::uint64_t command, Change& change) {
  const bool was_pointer = entry.kind != EntryKind::kMsi && (IsPointer(part.before[0]) || IsPointer(part.after[0]));
  if (random_.Percent(25) || (was_pointer && !(has(kCapNl) && has(kCapRange)))) {
    change.commands.push_back({command, 0});
    return;
  }
  const bool second = entry.kind != EntryKind::kFirstStage;
  const Geometry geometry = GeometryOf(second ? vms_[entry.owner].scheme : spaces_[entry.owner].scheme, second);
  const unsigned shift = entry.copies == 16 ? 16 : entry.kind == EntryKind::kMsi ? 12 : geometry.Shift(entry.level);
  const std::uint64_t page = entry.input >> 12 | random_.Next() % Bit(shift - 12);
  const std::array<std::uint64_t, 2> one_page = {command | kCommandAv, page << 10};
  const std::array<std::uint64_t, 2> range = {command | kCommandAv,
                                              CommandRange(page, RangeBits(shift - 12, was_pointer))};
  if (!was_pointer) {
    change.commands.push_back(has(kCapRange) && random_.Percent(40) ? range : one_page);
    if (has(kCapNl) && random_.Percent(20)) change.commands.back()[0] |= kCommandNl;
  } else if (entry.level == 1 && random_.Percent(30)) {  // the only pointer of all its pages; it first
    change.commands.push_back({one_page[0] | kCommandNl, one_page[1]});
    change.commands.push_back(range);
  } else {
    change.commands.push_back({range[0] | kCommandNl, range[1]});
  }
}

// Of a range that meets an entry of 2^bits pages: as long as the entry is or longer, and where it is a leaf shorter
// too.
unsigned World::RangeBits(unsigned bits, bool whole) {
  if (!whole && random_.Percent(40)) return 1 + static_cast<unsigned>(random_.Below(bits + 1));
  return std::max(1U, bits + static_cast<unsigned>(random_.Below(4)));
}

void World::AddDirectoryCommands(const Entry& entry, Change& change) {
  if (entry.kind == EntryKind::kDirectory || random_.Percent(20)) {
    change.commands.push_back({kIodirDdt, 0});
    return;
  }
  for (const Device& device : devices_) {
    const std::uint64_t did = kCommandDv | CommandDid(device.id);
    if (entry.kind == EntryKind::kDeviceContext) {
      if (device.id == entry.input) change.commands.push_back({kIodirDdt | did, 0});
    } else if (device.directory == entry.owner) {
      const bool leaf = entry.kind == EntryKind::kProcessContext;
      change.commands.push_back(
          {(leaf ? kIodirPdt | CommandPscid(static_cast<std::uint32_t>(entry.input)) : kIodirDdt) | did, 0});
    }
  }
}

}  // namespace tarn::tb
