#include "sw/replay/replayer.h"

#include <bit>
#include <cstring>
#include <utility>

#include "models/common/describe.h"
#include "models/common/random.h"

namespace tarn::replay {

namespace {

constexpr std::uint64_t kProgressLines = 4096;

// Logical pages of a host's window start here (docs/architecture.md).
LogicalPage FirstLogicalPage(HostId host) { return LogicalPage(std::uint64_t{host.value()} << 32); }

std::uint64_t HashAnswer(std::uint64_t sequence, const hal::Completion& completion, bool is_read) {
  std::uint64_t hash = Random::Mix(sequence + 1) ^ static_cast<std::uint64_t>(completion.status);
  if (!is_read) return Random::Mix(hash);
  for (std::uint32_t word = 0; word < kLineBytes; word += 8) {
    std::uint64_t value = 0;
    std::memcpy(&value, completion.data.data() + word, 8);
    hash = std::rotl((hash ^ value) * 0x9E3779B97F4A7C15u, 29);
  }
  return Random::Mix(hash);
}

Path PathOf(bool has_iommu, const hal::Completion& completion) {
  if (completion.paged) return Path::kPageIn;
  if (completion.walked) return Path::kWalk;
  return has_iommu ? Path::kIotlbHit : Path::kResident;
}

}  // namespace

struct Replayer::HostState {
  struct InFlight {
    bool used = false;
    bool write = false;
    std::uint64_t sequence = 0;
    std::uint64_t program_addr = 0;
    std::uint64_t window_offset = 0;
  };

  HostState(HostPlan& host_plan, HostStatistics& host_statistics, const Content& content, std::uint64_t segment_bytes,
            std::uint32_t outstanding)
      : plan(host_plan),
        statistics(host_statistics),
        memory(content, plan.window_segments * segment_bytes / kPageBytes, FirstLogicalPage(plan.host)),
        in_flight(outstanding) {
    for (std::uint32_t id = outstanding; id-- > 0;) free_ids.push_back(id);
  }

  bool finished() const { return exhausted && !has_head && free_ids.size() == in_flight.size(); }

  HostPlan& plan;
  HostStatistics& statistics;
  ExpectedMemory memory;
  std::vector<InFlight> in_flight;  // by id
  std::vector<std::uint32_t> free_ids;
  std::size_t turn = 0;  // the program that the next access comes from
  bool exhausted = false;
  bool has_head = false;
  PlacedAccess head;
  std::size_t head_program = 0;
  std::uint64_t sequence = 0;
};

Replayer::Replayer(hal::Platform& platform, std::vector<HostPlan>& plans, const Content& content, ReplayOptions options)
    : platform_(platform), content_(content), options_(std::move(options)), statistics_(plans.size()) {
  for (std::size_t i = 0; i < plans.size(); ++i) {
    hosts_.push_back(std::make_unique<HostState>(plans[i], statistics_[i], content_,
                                                 platform.parameters().segment_bytes, options_.outstanding));
  }
}

Replayer::~Replayer() = default;

Status Replayer::Run() {
  for (const auto& host : hosts_) {
    for (Program& program : host->plan.programs) {
      if (Status status = program.Rewind(); !status.ok()) return status;
    }
  }
  for (const auto& host : hosts_) {
    for (const Program& program : host->plan.programs) lines_total_ += program.lines();
  }
  last_answer_cycle_ = platform_.cycle();
  Status status = Drive();
  if (options_.on_progress) options_.on_progress(lines_done_, lines_total_, platform_.cycle());
  return status;
}

Status Replayer::Drive() {
  std::uint64_t next_sample = platform_.cycle();
  std::uint64_t next_progress = 0;
  while (true) {
    bool finished = true;
    for (const auto& host : hosts_) {
      if (Status status = Pump(*host); !status.ok()) return status;
      finished = finished && host->finished();
    }
    if (Status health = platform_.Health(); !health.ok()) return health;
    if (platform_.cycle() >= next_sample || finished) {
      if (options_.on_sample) options_.on_sample(platform_.cycle());
      next_sample = platform_.cycle() + options_.sample_cycles;
    }
    if (finished) return {};
    if (lines_done_ >= next_progress && options_.on_progress) {
      options_.on_progress(lines_done_, lines_total_, platform_.cycle());
      next_progress = lines_done_ + kProgressLines;
    }
    if (platform_.cycle() - last_answer_cycle_ > options_.quiet_cycles_max) {
      return Status::Error("no access was answered for " + std::to_string(options_.quiet_cycles_max) +
                           " cycles, up to cycle " + std::to_string(platform_.cycle()) + ": the node hangs");
    }
    platform_.Advance();
  }
}

Status Replayer::Pump(HostState& host) {
  hal::Completion completion;
  while (platform_.PopCompletion(host.plan.host, completion)) Complete(host, completion);
  while (!host.free_ids.empty()) {
    if (Status status = LoadHead(host); !status.ok()) return status;
    if (!host.has_head || Conflicts(host) || !Submit(host)) break;
  }
  return {};
}

// Programs take turns, a line each; one that has ended is passed over.
Status Replayer::LoadHead(HostState& host) {
  if (host.has_head || host.exhausted) return {};
  if (stopped_cycle_ || platform_.cycle() >= options_.stop_cycle || (options_.stop && options_.stop())) {
    if (!stopped_cycle_) stopped_cycle_ = platform_.cycle();
    host.exhausted = true;
    return {};
  }
  for (std::size_t tried = 0; tried < host.plan.programs.size(); ++tried) {
    const std::size_t program = host.turn;
    host.turn = (host.turn + 1) % host.plan.programs.size();
    const Result<bool> more = host.plan.programs[program].Next(host.head);
    if (!more.ok()) return more.status();
    if (*more) {
      host.has_head = true;
      host.head_program = program;
      return {};
    }
  }
  host.exhausted = true;
  return {};
}

// Accesses to one line, one of them a write, follow each other: AXI promises no order between its channels.
bool Replayer::Conflicts(const HostState& host) const {
  for (const HostState::InFlight& other : host.in_flight) {
    if (other.used && other.window_offset == host.head.window_offset && (other.write || host.head.write)) return true;
  }
  return false;
}

bool Replayer::Submit(HostState& host) {
  const std::uint32_t id = host.free_ids.back();
  hal::Access access;
  access.id = id;
  access.op = host.head.write ? Op::kWrite : Op::kRead;
  access.addr = host.plan.BusAddress(host.head);
  access.device = DeviceOfProgram(host.head_program);
  if (host.head.write) access.data = content_.WrittenLine(host.plan.host, host.sequence);
  if (!platform_.TrySubmit(host.plan.host, access)) return false;
  if (host.head.write) host.memory.At(host.head.window_offset) = access.data;
  host.in_flight[id] = {.used = true,
                        .write = host.head.write,
                        .sequence = host.sequence,
                        .program_addr = host.head.program_addr,
                        .window_offset = host.head.window_offset};
  host.free_ids.pop_back();
  ++host.sequence;
  host.has_head = false;
  return true;
}

void Replayer::Complete(HostState& host, const hal::Completion& completion) {
  HostState::InFlight& access = host.in_flight[completion.id];
  HostStatistics& statistics = host.statistics;
  if (access.write) {
    ++statistics.writes;
    if (completion.status != LineStatus::kOk) ReportMismatch(host, completion, Line{});
  } else {
    const Line& expected = host.memory.At(access.window_offset);
    ++statistics.reads;
    statistics.bytes_checked += kLineBytes;
    if (expected != Line{}) ++statistics.nonzero_reads;
    if (completion.status != LineStatus::kOk || completion.data != expected) {
      ReportMismatch(host, completion, expected);
    }
  }
  statistics.digest += HashAnswer(access.sequence, completion, !access.write);
  if (completion.walked) ++statistics.walked;
  const Path path = PathOf(host.plan.has_iommu, completion);
  statistics.latency_cycles[static_cast<std::size_t>(path)].Add(completion.completed_cycle -
                                                                completion.submitted_cycle);
  access.used = false;
  host.free_ids.push_back(static_cast<std::uint32_t>(completion.id));
  ++lines_done_;
  last_answer_cycle_ = platform_.cycle();
}

void Replayer::ReportMismatch(const HostState& host, const hal::Completion& completion, const Line& expected) {
  ++statistics_[static_cast<std::size_t>(&host.statistics - statistics_.data())].mismatches;
  if (mismatches_.size() >= kMismatchesKept) return;
  const HostState::InFlight& access = host.in_flight[completion.id];
  std::string text = "host " + std::to_string(host.plan.host.value()) + ", access " + std::to_string(access.sequence) +
                     (access.write ? " (write" : " (read") + " of program address " +
                     DescribeValue(access.program_addr) + ", host physical " +
                     DescribeValue(host.plan.window_base + access.window_offset) + "), taken in cycle " +
                     std::to_string(completion.submitted_cycle) + ", answered in cycle " +
                     std::to_string(completion.completed_cycle) + ": status " + Name(completion.status);
  if (!access.write) {
    text += "\n     expected " + DescribeValue(expected) + "\n     observed " + DescribeValue(completion.data);
  }
  mismatches_.push_back(std::move(text));
}

}  // namespace tarn::replay
