#include "tests/pool/figures.h"

#include <cstdlib>
#include <iostream>

#include "tests/pool/wide_pool.h"

namespace tarn::tests {
namespace {

class Rig {
 public:
  explicit Rig(bool all_zero = false) : bench(Ideal(all_zero)) {
    bench.Start();
    bench.accept_hook = [this](std::uint32_t, bool, const HostRequest&, std::uint64_t cycle) { accepted = cycle; };
    bench.response_hook = [this](std::uint32_t, bool, const LineResponse&, std::uint64_t cycle) {
      if (answers++ == 0) first_answered = cycle;
      answered = cycle;
    };
  }
  ~Rig() {
    if (!bench.failures().any()) return;
    std::cerr << bench.failures().Text();
    std::exit(1);
  }
  // What was asked for is answered before the rest of its page is there.
  void WaitForPages() {
    constexpr std::uint64_t kPagesInCycles = 4 * (1000 + 64 + 100);  // four pages, one after the other
    bench.Drain();
    bench.simulation().Run(kPagesInCycles);
  }
  // More segments than there are slots, one line of each.
  void PassThroughAllSlots() {
    for (std::uint64_t segment = 1; segment < WideShape::kWindowSegments; ++segment) {
      bench.Read(1, segment * WideShape::kSegmentBytes);
      bench.Drain();
    }
  }
  double BulkBytesPerPage(std::uint64_t pages) {
    return static_cast<double>(bench.bulk().write_beats() * kLineBytes) / static_cast<double>(pages);
  }

  WideBench bench;
  std::uint64_t accepted = 0, first_answered = 0, answered = 0, answers = 0;

 private:
  static WideBench::Options Ideal(bool all_zero) {
    WideBench::Options options;
    options.channel.in_order = true;
    options.bulk.latency_min_cycles = 1000;
    options.bulk.latency_max_cycles = 1000;
    options.all_zero = all_zero;
    return options;
  }
};

}  // namespace

std::uint64_t MeasureHitAddedCycles() {
  Rig rig;
  rig.bench.Read(0, 0);
  rig.WaitForPages();
  rig.bench.Read(0, 64);
  rig.bench.Drain();
  return rig.answered - rig.accepted - 1;
}

double MeasureHitLinesPerCycle(std::uint32_t lines) {
  Rig rig;
  for (std::uint32_t host = 0; host < WideShape::kHosts; ++host) rig.bench.Read(host, 0);
  rig.WaitForPages();
  rig.answers = 0;
  for (std::uint32_t line = 0; line < lines; ++line) {
    for (std::uint32_t host = 0; host < WideShape::kHosts; ++host) rig.bench.Read(host, line % 64 * 64);
    // No more than there are tags.
    if (line % 32 == 31) rig.bench.simulation().RunUntil([&] { return rig.answers + 512 > 4 * line; }, 10000, "hits");
  }
  rig.bench.Drain();
  return static_cast<double>(rig.answers) / static_cast<double>(rig.answered - rig.first_answered + 1);
}

MissFigures MeasureMiss(bool written_out) {
  Rig rig;
  std::uint64_t page = 0;
  while (!rig.bench.PageIsOnBulk(0, page)) ++page;
  if (written_out) {
    rig.bench.Write(0, page * kPageBytes, 1);
    rig.WaitForPages();
    rig.PassThroughAllSlots();
    rig.WaitForPages();
  }
  rig.bench.Read(0, page * kPageBytes + 5 * kLineBytes);
  rig.bench.Drain();
  const tb::BulkStub& bulk = rig.bench.bulk();
  const std::uint64_t bulk_cycles = bulk.last_read_first_beat_cycle() - bulk.last_read_accept_cycle();
  return {.to_bulk_cycles = bulk.last_read_accept_cycle() - rig.accepted,
          .from_bulk_cycles = rig.answered - bulk.last_read_first_beat_cycle(),
          .critical_line_extra_cycles = rig.answered - rig.accepted - bulk_cycles};
}

double MeasureCleanPageOutBytes() {
  Rig rig;
  rig.PassThroughAllSlots();
  return rig.BulkBytesPerPage(rig.bench.Counter(1, 7));
}

double MeasureZeroPageOutBytes() {
  Rig rig(true);
  rig.bench.Send(0, false, {.op = Op::kWrite, .addr = rig.bench.base(0), .mask = ~std::uint64_t{0}});
  rig.bench.Drain();
  rig.PassThroughAllSlots();
  return rig.BulkBytesPerPage(rig.bench.Counter(0, 8));  // one page, in a segment of its own
}

}  // namespace tarn::tests
