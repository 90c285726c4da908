#include "sw/replay/plan.h"

#include <algorithm>
#include <optional>

#include "sw/drivers/iommu_driver.h"

namespace tarn::replay {

namespace {

constexpr std::uint64_t kTableBytesMax = std::uint64_t{1} << 36;  // more than any window has; counted, not taken

// Windows begin far apart and not at zero, so that a swapped host or a lost base shows.
std::uint64_t WindowBase(std::uint32_t host) { return (std::uint64_t{host} + 1) << 40; }

// The first stage that reaches all addresses below `end`; nothing if none does.
std::optional<drivers::PagingMode> NarrowestMode(std::uint64_t end) {
  for (const drivers::PagingMode& mode : {drivers::kSv39, drivers::kSv48, drivers::kSv57}) {
    if (end <= mode.address_end()) return mode;
  }
  return {};
}

// Chooses what was left open, and refuses what cannot be reached.
Status ChooseFirstMode(HostPlan& plan) {
  StageChoice& first = *plan.addressing.first;
  const bool open = !first.mode;
  for (const Program& program : plan.programs) {
    const std::uint64_t end = (program.segment_numbers().back() + 1) * program.segment_bytes();
    const std::optional<drivers::PagingMode> reaching = NarrowestMode(end);
    if (!reaching) {
      return Status::Error(program.path() + ": has addresses beyond 2^56, which no first stage can map; --translate " +
                           std::to_string(plan.host.value()) + "=bare leaves them untranslated");
    }
    if (open && (!first.mode || first.mode->levels < reaching->levels)) first.mode = reaching;
    if (end <= first.mode->address_end()) continue;
    return Status::Error(program.path() + ": has addresses beyond 2^" + std::to_string(first.mode->address_bits() - 1) +
                         ", which " + first.mode->name() + " cannot map; " + reaching->name() + " can");
  }
  return {};
}

// The tables as they will be, counted.
Status CountTables(HostPlan& plan) {
  drivers::TranslationTables tables(plan.HostAddress(plan.program_bytes()), kTableBytesMax);
  for (std::uint64_t page = 0; page < drivers::IommuDriver::kPagesForQueues; ++page) {
    if (const auto taken = tables.Take(kPageBytes); !taken.ok()) return taken.status();
  }
  if (Status status = AddDevices(plan, tables); !status.ok()) return status;
  plan.mapped_first = tables.MappedInFirstStages();
  plan.mapped_second = tables.MappedInSecondStages();
  plan.window_segments = plan.program_segments + (tables.used_bytes() + plan.segment_bytes - 1) / plan.segment_bytes;
  return {};
}

// Places programs and tables, with so many segments to spare for what large pages cover untouched.
Status LayOut(HostPlan& plan, std::uint64_t spare_segments) {
  PlacementRoom room{.next_segment = 0, .spare_segments = spare_segments};
  plan.pages.clear();
  for (Program& program : plan.programs) {
    const auto page_bytes_max = plan.addressing.first ? plan.addressing.first->page_bytes_max : drivers::kPage4KiB;
    plan.pages.push_back(PlaceProgram(program, page_bytes_max, room));
  }
  plan.program_segments = room.next_segment;
  plan.window_segments = plan.program_segments;
  return plan.has_iommu ? CountTables(plan) : Status();
}

Status PlacePrograms(HostPlan& plan, const hal::NodeParameters& node) {
  std::uint64_t touched = 0;
  for (const Program& program : plan.programs) touched += program.segments();
  if (plan.addressing.first) {
    if (Status status = ChooseFirstMode(plan); !status.ok()) return status;
  }
  std::uint64_t spare = node.segments_per_host - std::min<std::uint64_t>(touched, node.segments_per_host);
  while (true) {
    if (Status status = LayOut(plan, spare); !status.ok()) return status;
    if (plan.window_segments <= node.segments_per_host) break;
    if (spare == 0) {
      return Status::Error("host " + std::to_string(plan.host.value()) + ": its programs and their tables take " +
                           std::to_string(plan.window_segments) + " segments; a window has at most " +
                           std::to_string(node.segments_per_host) + "; replay fewer lines with --lines");
    }
    spare -= std::min(spare, plan.window_segments - node.segments_per_host);
  }
  plan.footprint_segments = touched + plan.window_segments - plan.program_segments;
  return {};
}

Status CheckAddressing(const std::map<std::uint32_t, Addressing>& addressing,
                       const std::map<std::uint32_t, HostPlan>& plans, const hal::NodeParameters& node) {
  for (const auto& [host, how] : addressing) {
    if (host >= node.hosts || !node.host_has_iommu[host]) {
      return Status::Error("--translate: host " + std::to_string(host) + " has no IOMMU in front");
    }
    if (!plans.contains(host)) return Status::Error("--translate: host " + std::to_string(host) + " has no trace");
  }
  return {};
}

}  // namespace

Result<std::vector<HostPlan>> MakePlans(const std::vector<std::pair<std::uint32_t, std::string>>& traces,
                                        const std::map<std::uint32_t, Addressing>& addressing, std::uint64_t lines_max,
                                        const hal::NodeParameters& node) {
  std::map<std::uint32_t, HostPlan> plans;
  for (const auto& [host, path] : traces) {
    if (host >= node.hosts) {
      return Status::Error("there is no host " + std::to_string(host) + "; the node has hosts 0 to " +
                           std::to_string(node.hosts - 1));
    }
    Result<Program> program = Program::Scan(path, lines_max, node.segment_bytes);
    if (!program.ok()) return program.status();
    plans[host].programs.push_back(std::move(*program));
  }
  if (Status status = CheckAddressing(addressing, plans, node); !status.ok()) return status;
  std::vector<HostPlan> ordered;
  for (auto& [host, plan] : plans) {
    plan.host = HostId(host);
    plan.has_iommu = node.host_has_iommu[host];
    plan.window_base = WindowBase(host);
    plan.segment_bytes = node.segment_bytes;
    if (const auto place = addressing.find(host); place != addressing.end()) plan.addressing = place->second;
    if (Status status = PlacePrograms(plan, node); !status.ok()) return status;
    ordered.push_back(std::move(plan));
  }
  return ordered;
}

std::map<std::uint32_t, Addressing> DefaultAddressing(const std::vector<std::pair<std::uint32_t, std::string>>& traces,
                                                      const hal::NodeParameters& node) {
  const Addressing two_stages{.first = StageChoice{}, .second = StageChoice{.mode = drivers::kSv39x4}};
  const Addressing large_pages{.first = StageChoice{.mode = {}, .page_bytes_max = drivers::kPage2MiB}, .second = {}};
  const Addressing in_order_of_choice[] = {two_stages, large_pages};
  std::map<std::uint32_t, Addressing> addressing;
  for (std::uint32_t host = node.hosts; host-- > 0 && addressing.size() < std::size(in_order_of_choice);) {
    const bool has_trace = std::ranges::any_of(traces, [&](const auto& trace) { return trace.first == host; });
    if (has_trace && node.host_has_iommu[host]) addressing.emplace(host, in_order_of_choice[addressing.size()]);
  }
  return addressing;
}

std::uint64_t FootprintSegments(const std::vector<HostPlan>& plans) {
  std::uint64_t segments = 0;
  for (const HostPlan& plan : plans) segments += plan.footprint_segments;
  return segments;
}

}  // namespace tarn::replay
