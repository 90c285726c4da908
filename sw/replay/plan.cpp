#include "sw/replay/plan.h"

#include <algorithm>
#include <map>

#include "sw/drivers/iommu_driver.h"
#include "sw/drivers/sv39_table.h"

namespace tarn::replay {

namespace {

// Windows begin far apart and not at zero, so that a swapped host or a lost base shows.
std::uint64_t WindowBase(std::uint32_t host) { return (std::uint64_t{host} + 1) << 40; }

// Pages for the IOMMU of a host: queues, directory, and a table per program.
std::uint64_t TablePages(const HostPlan& plan) {
  if (!plan.has_iommu) return 0;
  std::uint64_t pages = drivers::IommuDriver::kPagesForQueues;
  if (!plan.translated) return pages;
  for (const Program& program : plan.programs) {
    std::vector<std::uint64_t> numbers;
    program.VisitPages(
        [&](std::uint64_t program_addr, std::uint64_t) { numbers.push_back(program_addr / kPageBytes); });
    pages += drivers::Sv39Table::CountPages(numbers);
  }
  return pages;
}

Status CheckProgram(const HostPlan& plan, const Program& program) {
  if (!plan.translated) return {};
  bool fits = true;
  program.VisitPages([&](std::uint64_t program_addr, std::uint64_t) {
    fits = fits && program_addr < drivers::Sv39Table::kVirtualEnd;
  });
  if (fits) return {};
  return Status::Error(program.path() +
                       ": has addresses beyond 2^38, which Sv39 cannot map; run it on a host without --translate");
}

Status PlacePrograms(HostPlan& plan, const hal::NodeParameters& node) {
  std::uint64_t segments = 0;
  for (Program& program : plan.programs) {
    if (Status status = CheckProgram(plan, program); !status.ok()) return status;
    program.Place(segments);
    segments += program.segments();
  }
  const std::uint64_t table_bytes = TablePages(plan) * kPageBytes;
  segments += (table_bytes + node.segment_bytes - 1) / node.segment_bytes;
  if (segments > node.segments_per_host) {
    return Status::Error("host " + std::to_string(plan.host.value()) + ": its programs touch " +
                         std::to_string(segments) + " segments; a window has at most " +
                         std::to_string(node.segments_per_host) + "; replay fewer lines with --lines");
  }
  plan.window_segments = segments;
  plan.window_base = WindowBase(plan.host.value());
  return {};
}

}  // namespace

Result<std::vector<HostPlan>> MakePlans(const std::vector<std::pair<std::uint32_t, std::string>>& traces,
                                        const std::vector<std::uint32_t>& translated, std::uint64_t lines_max,
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
  for (const std::uint32_t host : translated) {
    if (host >= node.hosts || !node.host_has_iommu[host]) {
      return Status::Error("--translate: host " + std::to_string(host) + " has no IOMMU in front");
    }
    if (!plans.contains(host)) return Status::Error("--translate: host " + std::to_string(host) + " has no trace");
  }
  std::vector<HostPlan> ordered;
  for (auto& [host, plan] : plans) {
    plan.host = HostId(host);
    plan.has_iommu = node.host_has_iommu[host];
    plan.translated = std::ranges::find(translated, host) != translated.end();
    if (Status status = PlacePrograms(plan, node); !status.ok()) return status;
    ordered.push_back(std::move(plan));
  }
  return ordered;
}

std::uint64_t FootprintSegments(const std::vector<HostPlan>& plans) {
  std::uint64_t segments = 0;
  for (const HostPlan& plan : plans) segments += plan.window_segments;
  return segments;
}

}  // namespace tarn::replay
