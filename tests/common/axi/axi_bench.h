// The AXI port between a random AXI manager and a memory that answers lines in any order, with every check on:
// the line requests one by one, each answer, and each byte read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tb/common/axi_driver.h"
#include "tb/common/line_responder.h"
#include "tb/common/test_options.h"
#include "tests/common/axi/axi_coverage.h"
#include "tests/common/axi/axi_reference.h"

namespace tarn::tb {

// What the memory behind the port may do wrong, to see that the checks notice.
enum class MemoryFault { kNone, kFlippedBit, kDroppedWrite };

struct AxiBenchOptions {
  unsigned bus_bytes = 64;
  unsigned ids = 4;
  unsigned outstanding_max = 48;
  unsigned pause_percent = 10;
  unsigned stall_percent = 10;
  LineResponderOptions memory = {.latency_cycles_min = 2, .latency_cycles_max = 20, .slow_percent = 5};
  unsigned slow_line_latency_cycles = 0;  // what AxiBench::kSlowLine takes longer
  MemoryFault fault = MemoryFault::kNone;
  unsigned faults_skipped = 200;  // requests before the planted fault begins
};

template <typename Dut>
class AxiBench {
 public:
  // Pages of the test's address space, by what becomes of accesses there.
  static constexpr std::uint64_t kBase = 0x00AB'CDEF'4000'0000;
  static constexpr unsigned kGoodPages = 2;
  static constexpr unsigned kDecerrPage = 2;
  static constexpr unsigned kFirstSlverrPage = 3;
  static constexpr unsigned kSlverrPages = 4;
  static constexpr unsigned kPartPage = 7;
  static constexpr std::uint64_t kSlowLine = 63;      // of the first page, see slow_line_latency_cycles
  static constexpr unsigned kFirstExclusivePage = 8;  // one an ID

  explicit AxiBench(const AxiBenchOptions& options)
      : options_(options),
        random_(GetTestOptions().seed),
        simulation_({.seed = GetTestOptions().seed, .wave_file = GetTestOptions().wave_file}),
        memory_view_([](std::uint64_t line) { return SeededLine(line); }),
        driver_(
            AxiPorts::Of(simulation_.dut()),
            {.seed = random_.Next(), .pause_percent = options.pause_percent, .stall_percent = options.stall_percent},
            simulation_.failures(), [this](const AxiWriteResult& result) { FinishWrite(result); },
            [this](const AxiReadResult& result) { FinishRead(result); }),
        responder_({dut().dev_req_o, dut().dev_req_valid_o, dut().dev_req_ready_i},
                   {dut().line_rsp_i, dut().line_rsp_valid_i, dut().line_rsp_ready_o}, options.memory,
                   simulation_.failures(), [this](const DeviceRequest& request) { return Answer(request); }) {
    responder_.set_extra_latency_cycles([this](const DeviceRequest& request) {
      return request.addr == kBase + kSlowLine * kLineBytes ? options_.slow_line_latency_cycles : 0;
    });
    simulation_.Add(driver_);
    simulation_.Add(responder_);
    simulation_.Reset();
  }

  Dut& dut() { return simulation_.dut(); }
  Simulation<Dut>& simulation() { return simulation_; }
  AxiDriver& driver() { return driver_; }
  Random& random() { return random_; }
  const AxiCoverage& coverage() const { return coverage_; }
  std::string failures() { return simulation_.failures().Text(); }
  std::uint64_t lines_asked() const { return requests_.compared(); }
  std::uint64_t bytes_checked() const { return bytes_checked_; }
  // Of the answers so far: when the first and the last came, and when the last's address was taken.
  std::uint64_t first_cycle() const { return first_cycle_; }
  std::uint64_t last_cycle() const { return last_cycle_; }
  std::uint64_t last_taken_cycle() const { return last_taken_cycle_; }
  std::uint64_t reads_done() const { return reads_done_; }
  std::uint64_t writes_done() const { return writes_done_; }

  static LineOutcome OutcomeOf(std::uint64_t line) {
    static constexpr LineStatus kSlverrOfPage[kSlverrPages] = {LineStatus::kTranslationFault, LineStatus::kPoison,
                                                               LineStatus::kTimeout, LineStatus::kRetry};
    const std::uint64_t hash = Random::Mix(line);
    LineOutcome outcome{.paged = (hash & 3) == 0, .walked = (hash & 12) == 0};
    const std::uint64_t page = (line - kBase) / kPageBytes;
    if (page == kDecerrPage) outcome.status = LineStatus::kAccessError;
    if (page >= kFirstSlverrPage && page < kPartPage) outcome.status = kSlverrOfPage[page - kFirstSlverrPage];
    if (page == kPartPage && (line / kLineBytes & 1) != 0) {
      outcome.status = (hash & 16) != 0 ? LineStatus::kAccessError : LineStatus::kPoison;
    }
    return outcome;
  }

  // Asks for a burst, and notes what must come of it.
  void Read(const AxiAddress& address) {
    Begin(address, {});
    driver_.Read(address, next_token_++);
  }
  void Write(const AxiAddress& address, const std::vector<AxiWriteData>& beats) {
    Begin(address, beats);
    driver_.Write(address, beats, next_token_++);
  }

  // All bytes of all lines.
  void WriteLines(const AxiAddress& address) { Write(address, FullBeats(address)); }

  // A burst whose WLAST does not come with its last beat. Its data is written, and the answer says that it was wrong.
  void WriteWithWrongLast(const AxiAddress& address, bool is_early) {
    std::vector<AxiWriteData> beats = FullBeats(address);
    wrong_last_ = true;
    Begin(address, beats);
    wrong_last_ = false;
    if (is_early) beats.front().last = true;
    if (!is_early) beats.back().last = false;
    driver_.Write(address, beats, next_token_++);
  }

  std::vector<AxiWriteData> FullBeats(const AxiAddress& address) {
    std::vector<AxiWriteData> beats(BeatCount(address), {.strb = ~std::uint64_t{0}});
    for (AxiWriteData& beat : beats) beat.data = SeededLine(random_.Next());
    beats.back().last = true;
    return beats;
  }

  std::vector<AxiWriteData> RandomBeats(const AxiAddress& address) {
    const unsigned style = static_cast<unsigned>(random_.Below(4));  // all, all, some, none or few
    const std::uint64_t bus_mask = options_.bus_bytes == 64 ? ~std::uint64_t{0} : (1u << options_.bus_bytes) - 1;
    const bool is_legal = IsLegal(address, true, options_.bus_bytes);
    std::vector<AxiWriteData> beats(BeatCount(address));
    for (unsigned number = 0; number < beats.size(); ++number) {
      beats[number].data = SeededLine(random_.Next());
      for (unsigned byte = options_.bus_bytes; byte < kLineBytes; ++byte) beats[number].data[byte] = 0;
      std::uint64_t strobes = ~std::uint64_t{0};
      if (style == 2) strobes = random_.Next() | random_.Next();
      if (style == 3) strobes = random_.Percent(80) ? 0 : random_.Next() & random_.Next();
      // A manager strobes only the beat's bytes; now and then this one errs, and the port must not care.
      if (is_legal && !random_.Percent(10)) {
        const AxiBeat beat = BeatOf(address, number);
        strobes &= MaskOf(beat) >> beat.address % kLineBytes << beat.address % options_.bus_bytes;
      }
      beats[number].strb = strobes & bus_mask;
    }
    beats.back().last = true;
    return beats;
  }

  // Asks for `count` random bursts, of every kind, and waits for all answers.
  bool RunRandom(unsigned count) {
    unsigned asked = 0;
    const std::uint64_t cycles_max = 2'000 + std::uint64_t{count} * 400;
    return simulation_.RunUntil(
        [&] {
          while (asked < count && driver_.reads_outstanding() + driver_.writes_outstanding() < outstanding_max_) {
            RandomBurst();
            if (++asked % kPhaseBursts == 0)
              outstanding_max_ = 1 + random_.Below(random_.Percent(30) ? 2 : options_.outstanding_max);
          }
          return asked == count && driver_.idle();
        },
        cycles_max, "answers to " + std::to_string(count) + " bursts");
  }

  // Call at the end: nothing is missing, and memory holds what was written.
  void Finish() {
    const std::uint64_t cycle = simulation_.cycle();
    requests_.Finish(cycle);
    if (writes_done_ != 0) write_answers_.Finish(cycle);
    if (reads_done_ != 0) read_answers_.Finish(cycle);
    for (const std::uint64_t line : memory_view_.TouchedLines()) {
      if (Memory(line) != memory_view_.Content(line)) {
        simulation_.failures().Add("memory differs from what was written at " + DescribeValue(line) + "\n  expected " +
                                   DescribeValue(memory_view_.Content(line)) + "\n  observed " +
                                   DescribeValue(Memory(line)));
      }
    }
  }

  void RandomBurst() {
    const bool is_write = random_.Percent(50);
    const AxiAddress address = random_.Percent(4) ? RandomExclusive(is_write) : RandomAddress(is_write);
    if (is_write) {
      Write(address, RandomBeats(address));
    } else {
      Read(address);
    }
  }

 private:
  struct Burst {
    std::vector<DeviceRequest> lines;  // that take effect
    std::uint64_t memory_id = 0;       // of AxiMemory
    std::uint64_t number = 0;          // in the order of its channel
    AxiCoverage::Cell cell = {};
    bool is_legal = false;
  };

  static constexpr unsigned kPhaseBursts = 64;  // then another number of bursts is kept outstanding

  unsigned size_log2_max() const { return static_cast<unsigned>(std::countr_zero(options_.bus_bytes)); }

  // Half of the fields random, the rest such that kinds of burst are about equally frequent.
  AxiAddress RandomAddress(bool is_write) {
    AxiAddress address;
    address.id = static_cast<std::uint8_t>(random_.Below(options_.ids));
    address.cache = static_cast<std::uint8_t>(random_.Below(16));
    address.prot = static_cast<std::uint8_t>(random_.Below(8));
    address.qos = static_cast<std::uint8_t>(random_.Below(16));
    address.user.device_id = static_cast<std::uint32_t>(random_.Below(1 << 24));
    address.user.process_id = static_cast<std::uint32_t>(random_.Below(1 << 20));
    address.user.process_valid = random_.Percent(50);
    address.user.at = static_cast<std::uint8_t>(random_.Percent(50) ? 0 : 2);
    if (!is_write && random_.Percent(10)) address.user.at = 1;
    address.user.rcid = static_cast<std::uint16_t>(random_.Below(1 << 12));
    address.user.mcid = static_cast<std::uint16_t>(random_.Below(1 << 12));
    address.addr = kBase + RandomPage() * kPageBytes;
    if (random_.Percent(20)) {
      do MakeIllegal(address);
      while (IsLegal(address, is_write, options_.bus_bytes));
      return address;
    }
    address.burst = static_cast<AxiBurst>(random_.Below(3));
    address.size = static_cast<std::uint8_t>(random_.Below(size_log2_max() + 1));
    PlaceLegally(address);
    return address;
  }

  std::uint64_t RandomPage() {
    switch (random_.Below(4)) {
      case 0:
        return kDecerrPage;
      case 1:
        return kFirstSlverrPage + random_.Below(kSlverrPages);
      case 2:
        return kPartPage;
      default:
        return random_.Below(kGoodPages);
    }
  }

  // Length and place of a legal burst of the type and size set already.
  void PlaceLegally(AxiAddress& address) {
    const std::uint64_t bytes = BeatBytes(address);
    const std::uint64_t beats_max = std::min<std::uint64_t>(256, kPageBytes / bytes);
    if (address.burst == AxiBurst::kWrap) {
      address.len = static_cast<std::uint8_t>((2u << random_.Below(4)) - 1);
    } else if (address.burst == AxiBurst::kFixed) {
      address.len = static_cast<std::uint8_t>(random_.Below(16));
    } else {
      address.len = static_cast<std::uint8_t>(
          random_.Below(random_.Percent(90) ? std::min<std::uint64_t>(beats_max, 12) : beats_max));
    }
    // Short sizes cross lines only now and then: help them.
    const std::uint64_t total = address.burst == AxiBurst::kFixed ? bytes : bytes * BeatCount(address);
    std::uint64_t offset = random_.Below((kPageBytes - total) / bytes + 1) * bytes;
    if (random_.Percent(30) && total >= 2 * bytes && offset >= 64) offset = offset / 64 * 64 - bytes;
    if (random_.Percent(10)) offset = kPageBytes - total;
    if (address.burst != AxiBurst::kWrap && random_.Percent(50)) offset += random_.Below(bytes);
    address.addr += std::min<std::uint64_t>(offset, kPageBytes - 1);
  }

  void MakeIllegal(AxiAddress& address) {
    address.addr = address.addr / kPageBytes * kPageBytes + random_.Below(kPageBytes);
    address.burst = static_cast<AxiBurst>(random_.Below(4));
    address.size = static_cast<std::uint8_t>(random_.Below(8));
    address.len = static_cast<std::uint8_t>(random_.Percent(80) ? random_.Below(24) : random_.Below(256));
    address.lock = random_.Percent(20);
    if (random_.Percent(35)) address.user.at = 3;
    if (random_.Percent(50)) address.addr = address.addr / BeatBytes(address) * BeatBytes(address);
    if (address.burst == AxiBurst::kIncr && random_.Percent(50)) {
      address.addr = address.addr / kPageBytes * kPageBytes + kPageBytes - 1 - random_.Below(BeatBytes(address));
    }
  }

  // Exclusive accesses go to a page of their ID's own, one at a time: then whether they hold is known.
  AxiAddress RandomExclusive(bool is_write) {
    AxiAddress address = RandomAddress(is_write);
    if (exclusive_outstanding_[address.id] != 0) return address;
    address.lock = true;
    address.burst = random_.Percent(50) ? AxiBurst::kIncr : AxiBurst::kWrap;
    address.user.at = 0;
    address.size = static_cast<std::uint8_t>(random_.Below(size_log2_max() + 1));
    const unsigned beats_log2_max = std::min(4u, 6u - address.size);
    const std::uint64_t beats_log2 = random_.Below(beats_log2_max + 1);
    if (beats_log2 == 0) address.burst = AxiBurst::kIncr;
    address.len = static_cast<std::uint8_t>((1u << beats_log2) - 1);
    const std::uint64_t total = BeatBytes(address) << beats_log2;
    address.addr = kBase + (kFirstExclusivePage + address.id) * kPageBytes + random_.Below(128 / total) * total;
    return address;
  }

  // ---- What must come of a burst.
  void Begin(const AxiAddress& address, const std::vector<AxiWriteData>& beats) {
    const bool is_write = !beats.empty();
    Burst burst;
    burst.is_legal = IsLegal(address, is_write, options_.bus_bytes);
    burst.lines = LineRequestsOf(address, beats, options_.bus_bytes);
    for (const DeviceRequest& line : burst.lines) requests_.Expect(is_write, line);
    auto& outstanding = outstanding_[is_write];
    burst.cell = {is_write,        static_cast<unsigned>(address.burst),
                  address.size,    address.addr % BeatBytes(address) != 0,
                  IdOrder::kAlone, FaultOf(burst)};
    for (const auto& [number, id] : outstanding) {
      if (id == address.id) burst.cell.order = IdOrder::kBehind;
    }
    burst.number = burst_number_++;
    outstanding[burst.number] = address.id;
    if (address.lock) ++exclusive_outstanding_[address.id];
    if (is_write) {
      ExpectWrite(address, burst);
    } else {
      ExpectRead(address, burst);
    }
    bursts_[next_token_] = std::move(burst);
  }

  static BurstFault FaultOf(const Burst& burst) {
    if (!burst.is_legal) return BurstFault::kIllegal;
    unsigned failed = 0;
    bool is_decerr = false;
    for (const DeviceRequest& line : burst.lines) {
      const LineStatus status = OutcomeOf(line.addr).status;
      failed += status != LineStatus::kOk ? 1 : 0;
      is_decerr = is_decerr || status == LineStatus::kAccessError;
    }
    if (failed == 0) return BurstFault::kNone;
    if (failed != burst.lines.size()) return BurstFault::kPart;
    return is_decerr ? BurstFault::kDecerr : BurstFault::kSlverr;
  }

  void ExpectWrite(const AxiAddress& address, Burst& burst) {
    AxiWriteResponse expected{.id = address.id};
    if (!burst.is_legal || wrong_last_) expected.resp = AxiResp::kSlverr;
    bool took_effect = true;
    if (address.lock && !burst.lines.empty()) {
      const auto monitor = expected_monitor_.find(address.id);
      took_effect = monitor != expected_monitor_.end() && monitor->second == burst.lines.front().addr;
      expected_monitor_.erase(address.id);
      if (took_effect) expected.resp = AxiResp::kExokay;
    }
    for (const DeviceRequest& line : burst.lines) {
      const LineOutcome outcome = OutcomeOf(line.addr);
      expected.resp = std::max(expected.resp, RespOf(outcome.status));
      expected.paged = expected.paged || outcome.paged;
      expected.walked = expected.walked || outcome.walked;
    }
    write_answers_.Expect(address.id, expected);
    std::erase_if(burst.lines, [&](const DeviceRequest& line) {
      return OutcomeOf(line.addr).status != LineStatus::kOk || !took_effect;
    });
    burst.memory_id = memory_view_.BeginWrite(burst.lines);
  }

  void ExpectRead(const AxiAddress& address, Burst& burst) {
    for (unsigned number = 0; number < BeatCount(address); ++number) {
      AxiReadData expected{.id = address.id, .resp = AxiResp::kSlverr, .last = number + 1 == BeatCount(address)};
      if (burst.is_legal) {
        const LineOutcome outcome = OutcomeOf(LineOf(BeatOf(address, number).address));
        expected.resp = RespOf(outcome.status);
        if (address.lock) expected.resp = AxiResp::kExokay;
        expected.paged = outcome.paged;
        expected.walked = outcome.walked;
      }
      read_answers_.Expect(address.id, expected);
    }
    if (address.lock && burst.is_legal) expected_monitor_[address.id] = burst.lines.front().addr;
    burst.memory_id = memory_view_.BeginRead(burst.lines);
  }

  // ---- What did come of it.
  void NoteCycles(std::uint64_t taken_cycle, std::uint64_t done_cycle) {
    if (reads_done_ + writes_done_ == 0) first_cycle_ = done_cycle;
    last_cycle_ = done_cycle;
    last_taken_cycle_ = taken_cycle;
  }

  Burst End(std::uint64_t token, const AxiAddress& address) {
    Burst burst = std::move(bursts_.at(token));
    bursts_.erase(token);
    auto& outstanding = outstanding_[burst.cell.is_write];
    outstanding.erase(burst.number);
    if (!outstanding.empty() && outstanding.begin()->first < burst.number) burst.cell.order = IdOrder::kOvertakes;
    if (address.lock) --exclusive_outstanding_[address.id];
    coverage_.Count(burst.cell);
    return burst;
  }

  void FinishWrite(const AxiWriteResult& result) {
    const Burst burst = End(result.token, result.address);
    write_answers_.Observe(result.address.id, result.response, result.done_cycle);
    memory_view_.FinishWrite(burst.memory_id, burst.lines);
    NoteCycles(result.taken_cycle, result.done_cycle);
    ++writes_done_;
  }

  void FinishRead(const AxiReadResult& result) {
    const Burst burst = End(result.token, result.address);
    for (unsigned number = 0; number < result.beats.size(); ++number) {
      AxiReadData header = result.beats[number];
      header.data = {};
      read_answers_.Observe(result.address.id, header, result.done_cycle);
      CheckData(result, burst, number);
    }
    memory_view_.EndRead(burst.lines);
    NoteCycles(result.taken_cycle, result.done_cycle);
    ++reads_done_;
  }

  void CheckData(const AxiReadResult& result, const Burst& burst, unsigned number) {
    const AxiReadData& observed = result.beats[number];
    if (observed.resp == AxiResp::kSlverr || observed.resp == AxiResp::kDecerr) {
      if (observed.data != Line{}) simulation_.failures().Add("a beat that failed carries data");
      return;
    }
    if (!burst.is_legal) return;  // reported already
    const AxiBeat beat = BeatOf(result.address, number);
    for (std::uint64_t byte = beat.address; byte < beat.address + beat.bytes; ++byte) {
      const std::uint8_t value = observed.data[byte % options_.bus_bytes];
      ++bytes_checked_;
      if (memory_view_.MayRead(burst.memory_id, byte, value)) continue;
      simulation_.failures().Add("wrong data at " + DescribeValue(byte) + ": " + DescribeValue(value) + ", beat " +
                                 std::to_string(number) + " of " + DescribeValue(result.address) + " in cycle " +
                                 std::to_string(result.done_cycle));
      return;
    }
  }

  // ---- The memory behind the port.
  Line& Memory(std::uint64_t line) {
    const auto [place, is_new] = memory_.try_emplace(line);
    if (is_new) place->second = SeededLine(line);
    return place->second;
  }

  bool FaultIsDue(MemoryFault fault) const {
    return options_.fault == fault && requests_.compared() > options_.faults_skipped;
  }

  LineResponse Answer(const DeviceRequest& request) {
    const bool is_write = request.op != Op::kRead;
    DeviceRequest seen = request;
    seen.tag = 0;
    for (unsigned byte = 0; byte < kLineBytes; ++byte) {
      if (!is_write || (request.mask >> byte & 1) == 0) seen.data[byte] = 0;
    }
    requests_.Observe(is_write, seen, simulation_.cycle());

    const LineOutcome outcome = OutcomeOf(request.addr);
    LineResponse response{.status = outcome.status,
                          .walked = outcome.walked,
                          .paged = outcome.paged,
                          .data = SeededLine(random_.Next())};  // what has no meaning is anything
    if (outcome.status != LineStatus::kOk) return response;
    if (is_write) {
      bool takes_effect = true;
      if (request.exclusive) {
        takes_effect = monitor_.count(request.exclusive_id) != 0 && monitor_[request.exclusive_id] == request.addr;
        monitor_.erase(request.exclusive_id);
        if (takes_effect) response.status = LineStatus::kExclusiveOk;
      }
      if (takes_effect && !FaultIsDue(MemoryFault::kDroppedWrite)) {
        MergeLine(Memory(request.addr), request.data, request.mask);
      }
      return response;
    }
    if (request.exclusive) {
      monitor_[request.exclusive_id] = request.addr;
      response.status = LineStatus::kExclusiveOk;
    }
    response.data = Memory(request.addr);
    if (FaultIsDue(MemoryFault::kFlippedBit)) {
      response.data[static_cast<std::size_t>(std::countr_zero(request.mask))] ^= 1;
    }
    return response;
  }

  AxiBenchOptions options_;
  Random random_;
  Simulation<Dut> simulation_;
  AxiMemory memory_view_;
  Scoreboard<bool, DeviceRequest> requests_{"line requests", simulation_.failures()};
  Scoreboard<std::uint8_t, AxiWriteResponse> write_answers_{"B", simulation_.failures()};
  Scoreboard<std::uint8_t, AxiReadData> read_answers_{"R", simulation_.failures()};
  AxiDriver driver_;
  LineResponder<DeviceRequest> responder_;
  AxiCoverage coverage_;
  std::map<std::uint64_t, Burst> bursts_;                 // by token
  std::map<std::uint64_t, std::uint8_t> outstanding_[2];  // number to ID, of reads and of writes
  std::map<std::uint8_t, unsigned> exclusive_outstanding_;
  std::map<std::uint8_t, std::uint64_t> expected_monitor_, monitor_;  // line, by ID
  std::map<std::uint64_t, Line> memory_;
  std::uint64_t next_token_ = 0;
  std::uint64_t burst_number_ = 0;
  std::uint64_t bytes_checked_ = 0;
  std::uint64_t first_cycle_ = 0;
  std::uint64_t last_cycle_ = 0;
  std::uint64_t last_taken_cycle_ = 0;
  std::uint64_t reads_done_ = 0;
  std::uint64_t writes_done_ = 0;
  std::uint64_t outstanding_max_ = options_.outstanding_max;
  bool wrong_last_ = false;
};

}  // namespace tarn::tb
