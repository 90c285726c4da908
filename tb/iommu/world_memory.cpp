// Where the world's tables and pages lie: host memory, guest memory in areas of every size, and the trees that map
// them.
#include <algorithm>
#include <cassert>
#include <optional>

#include "tb/iommu/world.h"

namespace tarn::tb {

namespace {

constexpr std::uint64_t kNarrowEnd = std::uint64_t{1} << 34;  // what Sv32 and SXL = 1 reach
constexpr std::uint64_t kNamedEnd = std::uint64_t{1} << 56;   // what the page numbers of entries and contexts reach
constexpr unsigned kNapotShift = 16;
constexpr int kTriesMax = 64;

std::uint64_t PpnOf(std::uint64_t pte) { return pte >> 10 & 0xFFF'FFFF'FFFF; }
std::uint64_t SizeOf(unsigned shift) { return std::uint64_t{1} << shift; }

}  // namespace

std::vector<unsigned> LeafShifts(Scheme scheme) {
  switch (scheme) {
    case Scheme::kBare:
      return {};
    case Scheme::kSv32:
      return {12, 22};
    case Scheme::kSv39:
      return {12, kNapotShift, 21, 30};
    case Scheme::kSv48:
      return {12, kNapotShift, 21, 30, 39};
    case Scheme::kSv57:
      return {12, kNapotShift, 21, 30, 39, 48};
  }
  return {};
}

std::uint64_t World::TakeHostPages(std::uint64_t pages, std::uint64_t alignment_pages) {
  next_page_ = (next_page_ + alignment_pages - 1) / alignment_pages * alignment_pages;
  const std::uint64_t first = next_page_;
  next_page_ += pages;
  assert(next_page_ < 0x20000);  // the fault queue comes next
  return first;
}

std::uint64_t World::TakeHostRegion(unsigned shift, bool narrow) {
  std::uint64_t& next = narrow ? next_narrow_region_ : next_region_;
  const std::uint64_t first = (next + SizeOf(shift) - 1) >> shift << shift;
  next = first + SizeOf(shift);
  assert(next <= (narrow ? kNarrowEnd : std::uint64_t{1} << 55));
  return first;
}

// Few values for the upper indices, so that tables are shared; they include both ends.
std::uint64_t World::RandomInput(const Geometry& geometry, unsigned shift, bool narrow) {
  std::uint64_t address = 0;
  const int leaf = std::min(geometry.LevelOf(shift), geometry.levels - 1);
  for (int level = geometry.levels - 1; level >= leaf; --level) {
    const unsigned bits = level == geometry.levels - 1 ? geometry.root_bits : geometry.index_bits;
    const std::uint64_t last = (std::uint64_t{1} << bits) - 1;
    const std::uint64_t few[] = {0, 1, last};
    const std::uint64_t index = level == leaf ? random_.Below(last + 1) : few[random_.Below(3)];
    address |= index << geometry.Shift(level);
  }
  if (narrow) address %= kNarrowEnd;
  return address >> shift << shift;
}

std::size_t World::AddArea(std::size_t vm, unsigned shift, bool narrow) {
  const Geometry geometry = GeometryOf(vms_[vm].scheme, true);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const std::uint64_t guest = RandomInput(geometry, shift, narrow) % kNamedEnd;
    const std::optional<std::size_t> entry = MapSecond(vm, guest, shift);
    if (!entry) continue;
    const std::uint64_t host = PpnOf(entries_[*entry].good[0]) << 12 >> shift << shift;
    vms_[vm].areas.push_back({.guest = guest, .host = host, .shift = shift, .entry = *entry});
    return vms_[vm].areas.size() - 1;
  }
  assert(!"guest memory is full");
  return 0;
}

std::size_t World::FindArea(std::size_t vm, unsigned shift, bool narrow) {
  std::vector<std::size_t> fit;
  for (std::size_t i = 0; i < vms_[vm].areas.size(); ++i) {
    const Vm::Area& area = vms_[vm].areas[i];
    if (area.shift == shift && (!narrow || area.guest + SizeOf(shift) <= kNarrowEnd)) fit.push_back(i);
  }
  return fit.empty() || random_.Percent(30) ? AddArea(vm, shift, narrow) : fit[random_.Below(fit.size())];
}

World::TablePage World::TakeTable(std::size_t vm, bool narrow) {
  if (vms_[vm].scheme == Scheme::kBare) {
    const std::uint64_t page = TakeHostPages(1);
    return {page, page << 12};
  }
  std::vector<std::size_t> fit;
  for (std::size_t i = 0; i < vms_[vm].areas.size(); ++i) {
    const Vm::Area& area = vms_[vm].areas[i];
    const bool room = area.tables < std::min<std::uint64_t>(SizeOf(area.shift - 12), 32);
    if (room && (!narrow || area.guest + SizeOf(area.shift) <= kNarrowEnd)) fit.push_back(i);
  }
  const std::vector<unsigned> shifts = LeafShifts(vms_[vm].scheme);
  const unsigned shift = shifts[random_.Below(std::min<std::size_t>(shifts.size(), narrow ? 4 : 6))];
  const std::size_t chosen =
      fit.empty() || random_.Percent(30) ? AddArea(vm, shift, narrow) : fit[random_.Below(fit.size())];
  Vm::Area& area = vms_[vm].areas[chosen];
  Entry& entry = entries_[area.entry];
  entry.good[0] |= kPteR | kPteW;  // it is read as a table, and its A and D are written
  entry.now = entry.good;
  Write(entry);
  const std::uint64_t offset = area.tables++ << 12;
  return {(area.guest + offset) >> 12, area.host + offset};
}

void World::MarkProcessDirectory(std::size_t vm, std::uint64_t guest) {
  const Geometry geometry = GeometryOf(vms_[vm].scheme, true);
  std::uint64_t table = vms_[vm].root_ppn << 12;
  for (int level = geometry.levels - 1; level >= 0; --level) {
    const auto found = entry_at_.find(table + geometry.Index(guest, level) * geometry.pte_bytes);
    if (found == entry_at_.end()) return;
    entries_[found->second].maps_process_directory = true;
    if (entries_[found->second].leaf) return;
    table = table_under_[entries_[found->second].address];
  }
}

// --- trees -----------------------------------------------------------------------------------------------------------

std::size_t World::AddEntry(const Entry& entry) {
  entries_.push_back(entry);
  entries_.back().now = entry.good;
  by_kind_[static_cast<std::size_t>(entry.kind)].push_back(entries_.size() - 1);
  for (unsigned copy = 0; copy < entry.copies; ++copy) {
    entry_at_[entry.address + std::uint64_t{copy} * entry.words * entry.word_bytes] = entries_.size() - 1;
  }
  first_entry_of_.emplace(entry.address >> 12, entries_.size() - 1);
  Write(entries_.back());
  return entries_.size() - 1;
}

std::optional<std::uint64_t> World::Descend(Entry pattern, const std::function<TablePage()>& take) {
  const auto found = entry_at_.find(pattern.address);
  if (found != entry_at_.end()) {
    if (entries_[found->second].leaf) return std::nullopt;
    return table_under_[pattern.address];
  }
  const TablePage page = take();
  pattern.good[0] = page.ppn << 10 | kPteV;  // the same in directories and page tables
  AddEntry(pattern);
  table_under_[pattern.address] = page.host;
  return page.host;
}

// pattern: kind, owner, endianness, and the address to map as input.
std::optional<std::size_t> World::MapLeaf(Entry pattern, std::uint64_t table, const Geometry& geometry, unsigned shift,
                                          std::uint64_t ppn, const std::function<TablePage()>& take) {
  const std::uint64_t input = pattern.input;
  const int leaf = geometry.LevelOf(shift);
  pattern.word_bytes = static_cast<std::uint8_t>(geometry.pte_bytes);
  for (int level = geometry.levels - 1; level > leaf; --level) {
    pattern.level = static_cast<std::uint8_t>(level);
    pattern.input = input >> geometry.Shift(level) << geometry.Shift(level);
    pattern.address = table + geometry.Index(input, level) * geometry.pte_bytes;
    const std::optional<std::uint64_t> next = Descend(pattern, take);
    if (!next) return std::nullopt;
    table = *next;
  }
  pattern.leaf = true;
  pattern.level = static_cast<std::uint8_t>(leaf);
  pattern.input = input;
  pattern.address = table + geometry.Index(input, leaf) * geometry.pte_bytes;
  pattern.copies = shift == kNapotShift ? 16 : 1;
  for (unsigned copy = 0; copy < pattern.copies; ++copy) {
    if (entry_at_.contains(pattern.address + std::uint64_t{copy} * geometry.pte_bytes)) return std::nullopt;
  }
  const std::uint64_t napot = shift == kNapotShift ? kPteN | 8 << 10 : 0;
  pattern.good[0] = ppn << 10 | LeafFlags(pattern) | napot;
  return AddEntry(pattern);
}

std::optional<std::size_t> World::MapSecond(std::size_t vm, std::uint64_t guest, unsigned shift) {
  const std::uint64_t next_region = next_region_;
  const std::uint64_t host = shift == 12 ? TakeHostPages(1) << 12 : TakeHostRegion(shift, false);
  const Entry pattern{.kind = EntryKind::kSecondStage, .big_endian = options_.big_endian, .input = guest, .owner = vm};
  const auto take = [this] {
    const std::uint64_t page = TakeHostPages(1);
    return TablePage{page, page << 12};
  };
  const std::optional<std::size_t> entry =
      MapLeaf(pattern, vms_[vm].root_ppn << 12, GeometryOf(vms_[vm].scheme, true), shift, host >> 12, take);
  if (!entry) next_region_ = next_region;
  return entry;
}

std::optional<std::size_t> World::MapFirst(std::size_t space, std::uint64_t iova, unsigned shift, std::uint64_t guest) {
  const std::size_t vm = spaces_[space].vm;
  const Scheme scheme = spaces_[space].scheme;
  const Entry pattern{.kind = EntryKind::kFirstStage, .big_endian = vms_[vm].sbe, .input = iova, .owner = space};
  return MapLeaf(pattern, spaces_[space].root_host, GeometryOf(scheme, false), shift, guest >> 12,
                 [this, vm, scheme] { return TakeTable(vm, scheme == Scheme::kSv32); });
}

std::uint64_t World::LeafFlags(const Entry& entry) {
  const bool first_stage = entry.kind == EntryKind::kFirstStage;
  static constexpr std::uint64_t kRights[] = {kPteR, kPteR | kPteW, kPteR | kPteX, kPteX};
  std::uint64_t flags = kPteV | kPteR | kPteW | kPteX;
  if (random_.Percent(15)) flags = kPteV | kRights[random_.Below(4)];
  // Only processes reach pages of supervisors.
  const unsigned user_percent = has(kCapPd8 | kCapPd17 | kCapPd20) ? 80 : 95;
  if (!first_stage || random_.Percent(user_percent)) flags |= kPteU;
  const Vm& vm = vms_[first_stage ? spaces_[entry.owner].vm : entry.owner];
  const bool updated = first_stage ? vm.sade : vm.gade;
  if (!updated || random_.Percent(20)) flags |= kPteA | kPteD;
  if (first_stage && random_.Percent(10)) flags |= kPteG;
  flags |= random_.Next() & kPteRsw;
  if (entry.word_bytes == 8) {
    if (has(kCapSvpbmt) && random_.Percent(30)) flags |= random_.Below(3) << kPtePbmtShift;
    if (has(kCapSvrsw)) flags |= random_.Below(4) << 59;
  }
  return flags;
}

// --- what requests aim at --------------------------------------------------------------------------------------------

Target World::MakeTarget(std::size_t vm, unsigned shift, bool narrow) {
  Target target{.address = 0, .shift = shift, .entry = Spot::kNoEntry, .spots = {}};
  const std::uint64_t pages = SizeOf(shift - 12);
  const std::uint64_t random_page = shift == 12 ? 0 : random_.Next() % pages;
  if (vms_[vm].scheme == Scheme::kBare) {
    target.address = TakeHostRegion(shift, narrow);
    for (const std::uint64_t page : {std::uint64_t{0}, pages - 1, random_page})
      target.spots.push_back({.offset = page << 12});
    return target;
  }
  const std::vector<unsigned> shifts = LeafShifts(vms_[vm].scheme);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const unsigned second_shift = shifts[random_.Below(shifts.size())];
    if (narrow && second_shift > 30) continue;
    if (second_shift < shift) {
      if (MapInPieces(vm, shift, second_shift, narrow, target)) return target;
      continue;
    }
    const Vm::Area area = vms_[vm].areas[FindArea(vm, second_shift, narrow)];
    target.address = area.guest + (random_.Next() % SizeOf(second_shift - shift) << shift);
    for (const std::uint64_t page : {std::uint64_t{0}, random_page}) {
      target.spots.push_back({.offset = page << 12, .second_shift = second_shift, .second_entry = area.entry});
    }
    return target;
  }
  assert(!"no place for a target");
  return target;
}

// A first-stage page over several second-stage ones, of which a few are there.
bool World::MapInPieces(std::size_t vm, unsigned shift, unsigned second_shift, bool narrow, Target& target) {
  const Geometry geometry = GeometryOf(vms_[vm].scheme, true);
  const unsigned bits = std::min(geometry.address_bits(), narrow ? 34U : 56U);
  target.address = shift >= bits ? 0 : RandomInput(geometry, shift, narrow) % kNamedEnd;
  const std::uint64_t pieces = SizeOf(std::min(shift, bits) - second_shift);
  for (const std::uint64_t piece : {std::uint64_t{0}, pieces - 1, random_.Next() % pieces}) {
    const std::uint64_t offset = piece << second_shift;
    const std::optional<std::size_t> entry = MapSecond(vm, target.address + offset, second_shift);
    if (!entry) continue;
    const std::uint64_t page = random_.Next() % SizeOf(second_shift - 12);
    target.spots.push_back({.offset = offset + (page << 12), .second_shift = second_shift, .second_entry = *entry});
    if (target.spots.size() == 2) break;
  }
  return !target.spots.empty();
}

// --- memory ----------------------------------------------------------------------------------------------------------

std::uint64_t World::InMemory(const Entry& entry, std::uint64_t value) {
  if (!entry.big_endian) return value;
  return entry.word_bytes == 8 ? __builtin_bswap64(value) : __builtin_bswap32(static_cast<std::uint32_t>(value));
}

std::optional<bool> World::IsOfDirectory(std::uint64_t address) const {
  const auto found = first_entry_of_.find(address >> 12);
  if (found == first_entry_of_.end()) return std::nullopt;
  const EntryKind kind = entries_[found->second].kind;
  return kind == EntryKind::kDirectory || kind == EntryKind::kDeviceContext;
}

void World::Write(const Entry& entry) {
  for (unsigned copy = 0; copy < entry.copies; ++copy) {
    for (unsigned word = 0; word < entry.words; ++word) {
      const std::uint64_t address = entry.address + std::uint64_t{copy * entry.words + word} * entry.word_bytes;
      store_(address, InMemory(entry, entry.now[word]), entry.word_bytes);
    }
  }
}

}  // namespace tarn::tb
