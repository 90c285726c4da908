// A host and what runs on it: programs, where their memory and tables lie, and how their addresses are translated.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "models/common/result.h"
#include "models/common/units.h"
#include "sw/drivers/translation_tables.h"
#include "sw/replay/addressing.h"
#include "sw/replay/placement.h"
#include "sw/replay/program.h"

namespace tarn::replay {

// Program i is device i + 1 where the host has an IOMMU; several programs take turns.
struct HostPlan {
  HostId host;
  std::vector<Program> programs;
  std::vector<std::vector<PlacedPage>> pages;  // of the first stage, per program
  std::uint64_t window_base = 0;               // host physical address of the window
  std::uint64_t window_segments = 0;           // programs' segments, then those of tables
  std::uint64_t program_segments = 0;          // of them, what large pages cover without need included
  std::uint64_t footprint_segments = 0;        // of the window, touched
  bool has_iommu = false;
  Addressing addressing;                                 // its modes chosen
  std::map<std::uint64_t, std::uint64_t> mapped_first;   // pages by size, over all programs
  std::map<std::uint64_t, std::uint64_t> mapped_second;  // tables of first stages among them
  std::uint64_t segment_bytes = 0;

  std::uint64_t program_bytes() const { return program_segments * segment_bytes; }
  HostPhysAddr HostAddress(std::uint64_t window_offset) const { return HostPhysAddr(window_base + window_offset); }

  // A guest's memory does not lie as the host's does: its blocks, as large as the largest page of either stage, run the
  // other way, so that an address that misses a stage shows.
  static constexpr std::uint64_t kGuestMemory = 0x8000'0000;
  std::uint64_t guest_block_bytes() const {
    return std::max(addressing.first ? addressing.first->page_bytes_max : kPageBytes,
                    addressing.second ? addressing.second->page_bytes_max : kPageBytes);
  }
  std::uint64_t guest_blocks() const { return (program_bytes() + guest_block_bytes() - 1) / guest_block_bytes(); }
  GuestPhysAddr GuestAddress(std::uint64_t window_offset) const {
    const std::uint64_t block = guest_blocks() - 1 - window_offset / guest_block_bytes();
    return GuestPhysAddr(kGuestMemory + block * guest_block_bytes() + window_offset % guest_block_bytes());
  }

  // What the host's port is to send for an access of a program.
  std::uint64_t BusAddress(const PlacedAccess& access) const {
    if (addressing.first) return access.program_addr;
    return addressing.second ? GuestAddress(access.window_offset).value() : HostAddress(access.window_offset).value();
  }
};

inline DeviceId DeviceOfProgram(std::size_t program) { return DeviceId(static_cast<std::uint32_t>(program + 1)); }

// What the host's second stage maps: the programs' part of the window. REQUIRES: addressing.second.
inline drivers::SecondStage SecondStageOf(const HostPlan& plan) {
  drivers::SecondStage stage{.mode = *plan.addressing.second->mode, .mappings = {}};
  for (std::uint64_t offset = 0; offset < plan.program_bytes(); offset += plan.guest_block_bytes()) {
    stage.mappings.push_back({.from = plan.GuestAddress(offset),
                              .to = plan.HostAddress(offset),
                              .size_bytes = std::min(plan.guest_block_bytes(), plan.program_bytes() - offset),
                              .page_bytes_max = plan.addressing.second->page_bytes_max});
  }
  return stage;
}

// What a program's first stage maps, to what `target` says of a window offset. REQUIRES: addressing.first.
template <typename To, typename Target>
drivers::Stage<Iova, To> FirstStageOf(const HostPlan& plan, std::size_t program, Target&& target) {
  drivers::Stage<Iova, To> stage{.mode = *plan.addressing.first->mode, .mappings = {}};
  for (const PlacedPage& page : plan.pages[program]) {
    stage.mappings.push_back({.from = Iova(page.program_addr),
                              .to = target(page.window_offset),
                              .size_bytes = page.page_bytes,
                              .page_bytes_max = page.page_bytes});
  }
  return stage;
}

// Adds the host's guest, if it has one, and a device for each program, to what makes tables of them: an IommuDriver,
// or the TranslationTables that a plan counts.
template <typename Tables>
Status AddDevices(const HostPlan& plan, Tables& tables) {
  const GuestId guest(plan.host.value() + 1);
  if (plan.addressing.second) {
    const GuestPhysAddr guest_tables(HostPlan::kGuestMemory + plan.guest_blocks() * plan.guest_block_bytes());
    if (Status status = tables.AddGuest(guest, SecondStageOf(plan), guest_tables); !status.ok()) return status;
  }
  const auto add = [&](std::size_t program) {
    const DeviceId device = DeviceOfProgram(program);
    const bool first = plan.addressing.first.has_value();
    if (plan.addressing.second && first) {
      const auto target = [&](std::uint64_t offset) { return plan.GuestAddress(offset); };
      return tables.AddGuestDevice(device, guest, FirstStageOf<GuestPhysAddr>(plan, program, target));
    }
    if (plan.addressing.second) return tables.AddBareGuestDevice(device, guest);
    if (!first) return tables.AddBareDevice(device);
    const auto target = [&](std::uint64_t offset) { return plan.HostAddress(offset); };
    return tables.AddDevice(device, FirstStageOf<HostPhysAddr>(plan, program, target));
  };
  for (std::size_t program = 0; program < plan.programs.size(); ++program) {
    if (Status status = add(program); !status.ok()) return status;
  }
  return {};
}

}  // namespace tarn::replay
