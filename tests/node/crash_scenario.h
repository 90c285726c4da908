// A node that crashes and comes back: its memory is gone, what bulk completed is there, and the map comes back from
// the log of change notices. Two hosts page on a pool smaller than their windows; what each may find in each line
// afterwards is known.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "models/bulk/bulk_store.h"
#include "models/common/random.h"
#include "models/pool/pool_host_registers.h"
#include "sw/drivers/channel_driver.h"
#include "sw/drivers/map_log.h"
#include "sw/drivers/pool_driver.h"
#include "sw/hal/factory.h"
#include "sw/hal/wait.h"
#include "tb/common/test_options.h"
#include "tests/platform/map_files.h"

namespace tarn::tests {

class CrashScenario : public testing::TestWithParam<hal::PlatformKind> {
 protected:
  static constexpr std::uint32_t kHosts = 2;  // CPUs, without an IOMMU
  static constexpr std::uint32_t kSegments = 9;
  static constexpr std::uint32_t kPagesPerSegment = 16;
  static constexpr std::uint32_t kPages = kSegments * kPagesPerSegment;  // of a host's window
  static constexpr std::uint64_t kCyclesMax = 2'000'000;
  static constexpr std::size_t kOutstanding = 8;  // of a host while it runs

  void SetUp() override {
    random_ = std::make_unique<Random>(tb::GetTestOptions().seed);
    store_ = std::make_shared<bulk::BulkStore>([](std::uint64_t lpn, Page& page) {
      for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
        const Line content = SeededLine(lpn * kLinesPerPage + line);
        std::copy(content.begin(), content.end(), page.line(line));
      }
    });
    for (std::uint32_t page = 0; page < kHosts * kPages; ++page) {
      for (std::uint32_t line = 0; DeclaredOnBulk(page) && line < kLinesPerPage; ++line) {
        pages_[page].lines[line].data = SeededLine(LpnOf(page) * kLinesPerPage + line);
      }
    }
  }
  void TearDown() override {
    if (platform_ != nullptr) ExpectHealthy();
  }

  // What software declares at the first start: one page in three is zero, though bulk has something there.
  static bool DeclaredOnBulk(std::uint32_t page) { return page % 3 != 0; }
  static drivers::MapState Declared() {
    drivers::MapState state;
    for (std::uint32_t page = 0; page < kHosts * kPages; ++page) {
      if (!DeclaredOnBulk(page)) continue;
      const std::uint32_t word = page % kPages / drivers::MapState::kPagesPerWord;
      drivers::MapWord pages = state.At(HostId(page / kPages), word);
      pages.on_bulk |= 1U << page % kPages % drivers::MapState::kPagesPerWord;
      state.Set(HostId(page / kPages), word, pages);
    }
    return state;
  }

  // A node whose map is this one, and that logs from its first notice on.
  void Start(const drivers::MapState& state) {
    hal::PlatformOptions options;
    options.seed = tb::GetTestOptions().seed + lives_++;
    options.bulk_store = store_;
    Result<std::unique_ptr<hal::Platform>> platform = hal::MakePlatform(GetParam(), options);
    ASSERT_TRUE(platform.ok()) << platform.status().message();
    platform_ = std::move(*platform);
    ASSERT_EQ(platform_->parameters().segment_bytes, kPagesPerSegment * kPageBytes);
    pool_ = std::make_unique<drivers::PoolDriver>(*platform_);
    ASSERT_TRUE(drivers::ChannelDriver(*platform_).WaitReady().ok());
    ASSERT_TRUE(pool_->WaitCleared().ok());
    ASSERT_TRUE(pool_->SetSlotsInService(hal::kSlotsMin).ok());
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      ASSERT_TRUE(pool_->SetWindow(HostId(host), HostPhysAddr(Base(host)), kSegments).ok());
    }
    ASSERT_TRUE(pool_->WaitCleared().ok());
    const Result<std::vector<drivers::LostPage>> lost = drivers::RestoreMap(*pool_, state, kPagesPerSegment);
    ASSERT_TRUE(lost.ok()) << lost.status().message();
    TakeLosses(*lost);
    log_ = std::make_unique<drivers::MapLog>(files_);
    ASSERT_TRUE(log_->Begin(state).ok());
    log_->Listen(*platform_);
    ASSERT_TRUE(pool_->Enable().ok());
  }

  // Random accesses and now and then a release, until so many were made or the log's storage failed; what is under way
  // then stays so.
  void Run(std::uint32_t accesses) {
    for (std::uint32_t made = 0; made < accesses && !files_.failed() && !HasFailure();) {
      for (std::uint32_t host = 0; host < kHosts; ++host) {
        if (!Submit(host)) continue;
        ++made;
        if (random_->Percent(3)) Release(host);
      }
      Step();
    }
  }
  // Until all that is under way was answered.
  void Settle() {
    const std::uint64_t start = platform_->cycle();
    while (!under_way_.empty() && !HasFailure()) {
      ASSERT_LT(platform_->cycle() - start, kCyclesMax);
      Step();
    }
  }

  // Power goes: the node's memory and what it had under way are gone. Gives what the log says.
  drivers::MapState Crash() {
    ExpectHealthy();
    platform_.reset();
    store_->PowerLoss();
    files_.FailAt(~std::size_t{0});
    for (const auto& [id, access] : under_way_) {
      if (access.op != Op::kRead) unanswered_[LineOf(access)] = access;
    }
    under_way_.clear();
    Result<drivers::MapState> state = drivers::MapLog::Recover(files_);
    EXPECT_TRUE(state.ok()) << (state.ok() ? "" : state.status().message());
    return state.ok() ? *state : drivers::MapState();
  }

  // Every line of every host: pages that hold what they may not.
  std::set<std::uint32_t> WrongPages() {
    constexpr std::size_t kReads = 32;
    std::set<std::uint32_t> wrong;
    std::array<std::vector<std::uint32_t>, kHosts> waiting;  // lines, last first
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      for (std::uint32_t line = kPages * kLinesPerPage; line-- > 0;) waiting[host].push_back(line);
    }
    std::array<std::size_t, kHosts> reads{};
    const auto busy = [&] { return !waiting[0].empty() || !waiting[1].empty() || reads[0] != 0 || reads[1] != 0; };
    while (busy() && !HasFailure()) {
      for (std::uint32_t host = 0; host < kHosts; ++host) {
        while (reads[host] < kReads && !waiting[host].empty()) {
          const std::uint32_t line = waiting[host].back();
          if (!platform_->TrySubmit(HostId(host), {.id = line, .op = Op::kRead, .addr = AddressOf(host, line)})) break;
          waiting[host].pop_back();
          ++reads[host];
        }
        hal::Completion answer;
        while (platform_->PopCompletion(HostId(host), answer)) {
          --reads[host];
          const auto line = static_cast<std::uint32_t>(host * kPages * kLinesPerPage + answer.id);
          if (!IsAllowed(line, answer)) wrong.insert(line / kLinesPerPage);
        }
      }
      if (const Status health = platform_->Health(); !health.ok()) ADD_FAILURE() << health.message();
      platform_->Advance();
    }
    unanswered_.clear();
    released_.clear();
    return wrong;
  }

  // A checkpoint of the map as it stands, in the middle of it all.
  void Checkpoint() { ASSERT_TRUE(log_->Begin(log_->state()).ok()); }

  const std::set<std::uint32_t>& lost() const {
    return lost_;
  }  // pages that the last restore reported, host * kPages + page
  Files& files() { return files_; }
  Random& random() { return *random_; }
  hal::Platform& platform() { return *platform_; }
  drivers::PoolDriver& pool() { return *pool_; }
  drivers::MapLog& log() { return *log_; }
  // A read or write of a host's line, its answer awaited.
  hal::Completion Perform(std::uint32_t host, const hal::Access& access) {
    const Result<hal::Completion> answer = hal::Perform(*platform_, HostId(host), access, kCyclesMax);
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.status().message());
    return answer.ok() ? *answer : hal::Completion{.status = LineStatus::kTimeout};
  }
  static std::uint64_t Base(std::uint32_t host) { return (std::uint64_t{host} + 1) << 40; }
  static std::uint64_t AddressOf(std::uint32_t host, std::uint32_t line) { return Base(host) + line * kLineBytes; }

 private:
  struct LineTruth {
    Line data{};
    bool lost = false;
  };
  struct PageTruth {
    std::array<LineTruth, kLinesPerPage> lines;
    bool written = false;  // since the node started, or lost then: only such a page may be lost
  };

  static std::uint64_t LpnOf(std::uint32_t page) { return bulk::LpnOf(HostId(page / kPages), page % kPages).value(); }
  // Among all hosts' lines.
  static std::uint32_t LineOf(const hal::Access& access) {
    const auto host = static_cast<std::uint32_t>((access.addr >> 40) - 1);
    return static_cast<std::uint32_t>(host * kPages * kLinesPerPage + (access.addr - Base(host)) / kLineBytes);
  }
  LineTruth& TruthOf(std::uint32_t line) { return pages_[line / kLinesPerPage].lines[line % kLinesPerPage]; }

  void ExpectHealthy() const {
    const Status health = platform_->Health();
    EXPECT_TRUE(health.ok()) << (health.ok() ? "" : health.message()) << tb::ReplayCommand();
  }

  void TakeLosses(const std::vector<drivers::LostPage>& lost) {
    lost_.clear();
    for (const drivers::LostPage& page : lost) {
      const std::uint32_t index = page.host * kPages + page.page;
      lost_.insert(index);
      PageTruth& truth = pages_[index];
      EXPECT_TRUE(truth.written) << "host " << page.host << " page " << page.page << " was lost without need";
      truth.lines.fill({.lost = true});
    }
    // What is lost and was not written since stays so, crash by crash.
    for (std::uint32_t page = 0; page < kHosts * kPages; ++page) pages_[page].written = lost_.contains(page);
  }
  static void Apply(const hal::Access& access, LineTruth& truth) {
    MergeLine(truth.data, access.data, access.mask);
    if (access.op == Op::kWrite) truth.lost = false;
  }
  static bool Matches(const hal::Completion& answer, const LineTruth& truth) {
    if (truth.lost) return answer.status == LineStatus::kPoison;
    return answer.status == LineStatus::kOk && answer.data == truth.data;
  }
  // After a crash a write that was not answered may have been done or not, a release too. What is found is so from now
  // on.
  bool IsAllowed(std::uint32_t line, const hal::Completion& answer) {
    LineTruth& truth = TruthOf(line);
    if (Matches(answer, truth)) return true;
    std::vector<LineTruth> allowed;
    const bool reported = lost_.contains(line / kLinesPerPage);
    if (const auto write = unanswered_.find(line); write != unanswered_.end() && !reported) {
      allowed.push_back(truth);
      Apply(write->second, allowed.back());
    }
    if (released_.contains(line / kLinesPerPage / kPagesPerSegment) && !reported) allowed.emplace_back();
    const auto found = std::ranges::find_if(allowed, [&](const LineTruth& one) { return Matches(answer, one); });
    if (found == allowed.end()) return false;
    truth = *found;
    return true;
  }

  bool Submit(std::uint32_t host) {
    const auto mine = std::ranges::count_if(under_way_, [&](const auto& one) { return (one.first >> 32) == host; });
    if (static_cast<std::size_t>(mine) >= kOutstanding) return false;
    // Half of the accesses to a quarter of the segments, to few of their lines: some hit, some go to marked lines.
    const std::uint64_t segments = random_->Percent(50) ? kSegments / 4 : kSegments;
    const std::uint64_t page = random_->Below(segments) * kPagesPerSegment + random_->Below(kPagesPerSegment);
    const auto line = static_cast<std::uint32_t>(page * kLinesPerPage + random_->Below(12) * 5);
    hal::Access access{.id = std::uint64_t{host} << 32 | line, .op = Op::kRead, .addr = AddressOf(host, line)};
    if (under_way_.contains(access.id)) return false;
    if (random_->Percent(55)) {
      access.op = random_->Percent(70) ? Op::kWrite : Op::kPartialWrite;
      access.data = random_->Percent(10) ? Line{} : SeededLine(random_->Next());
      if (access.op == Op::kPartialWrite) access.mask = random_->Next() | 1;
    }
    if (!platform_->TrySubmit(HostId(host), access)) return false;
    if (access.op != Op::kRead) pages_[LineOf(access) / kLinesPerPage].written = true;
    under_way_[access.id] = access;
    return true;
  }
  void Step() {
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      hal::Completion answer;
      while (platform_->PopCompletion(HostId(host), answer)) TakeAnswer(answer);
    }
    if (const Status health = platform_->Health(); !health.ok()) ADD_FAILURE() << health.message();
    platform_->Advance();
  }
  void TakeAnswer(const hal::Completion& answer) {
    const auto found = under_way_.find(answer.id);
    ASSERT_NE(found, under_way_.end());
    const hal::Access access = found->second;
    under_way_.erase(found);
    LineTruth& truth = TruthOf(LineOf(access));
    if (access.op != Op::kRead) {
      EXPECT_EQ(answer.status, LineStatus::kOk);
      Apply(access, truth);
    } else {
      EXPECT_TRUE(Matches(answer, truth)) << "line " << LineOf(access) << " status " << Name(answer.status);
    }
  }
  // One segment of which nothing is under way.
  void Release(std::uint32_t host) {
    namespace reg = pool_host_registers;
    constexpr std::uint32_t kPoolBase = 0x1000;
    const auto segment = static_cast<std::uint32_t>(random_->Below(kSegments));
    const std::uint32_t index = host * kSegments + segment;
    for (const auto& [id, access] : under_way_) {
      if (LineOf(access) / kLinesPerPage / kPagesPerSegment == index) return;
    }
    const hal::Aperture aperture = hal::Aperture::Host(HostId(host));
    released_.insert(index);
    const auto write = [&](std::uint32_t offset, std::uint32_t value) {
      EXPECT_TRUE(platform_->WriteRegister(aperture, kPoolBase + offset, value).ok());
    };
    write(reg::release_segment::kOffset, segment);
    write(reg::release_command::kOffset, 1);
    std::uint32_t status = reg::release_status::Busy::kMask;
    while (!files_.failed() && (status & reg::release_status::Busy::kMask) != 0 && !HasFailure()) {
      const Result<std::uint32_t> read = platform_->ReadRegister(aperture, kPoolBase + reg::release_status::kOffset);
      ASSERT_TRUE(read.ok());
      status = *read;
      Step();
    }
    if (files_.failed()) return;
    EXPECT_EQ(status & reg::release_status::Failed::kMask, 0U);
    released_.erase(index);
    ++releases_;
    for (std::uint32_t page = 0; page < kPagesPerSegment; ++page) {
      pages_[index * kPagesPerSegment + page].lines.fill({});
    }
  }

 protected:
  std::uint32_t releases_ = 0;

 private:
  std::unique_ptr<Random> random_;
  std::shared_ptr<bulk::BulkStore> store_;
  Files files_;
  std::unique_ptr<drivers::MapLog> log_;
  std::unique_ptr<hal::Platform> platform_;
  std::unique_ptr<drivers::PoolDriver> pool_;
  std::uint64_t lives_ = 0;
  std::array<PageTruth, kHosts * kPages> pages_;
  std::map<std::uint64_t, hal::Access> under_way_;   // by id: the host's line
  std::map<std::uint32_t, hal::Access> unanswered_;  // writes, by line: at the crash
  std::set<std::uint32_t> released_;                 // segments whose release did not end
  std::set<std::uint32_t> lost_;
};

}  // namespace tarn::tests
