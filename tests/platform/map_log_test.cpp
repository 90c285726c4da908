// The map's log and checkpoints: crashes at every record, inside records and inside checkpoints, on the platform
// `model`.
#include "sw/drivers/map_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <string_view>

#include "models/common/random.h"
#include "models/platform/node_platform.h"
#include "models/pool/pool_host_registers.h"
#include "sw/hal/wait.h"
#include "tests/platform/map_files.h"

namespace tarn {
namespace {

using drivers::LostPage;
using drivers::MapLog;
using drivers::MapState;
using drivers::MapStorage;
using tests::Files;
using tests::kRecordBytes;

constexpr std::uint32_t kHosts = 2;  // CPUs, without an IOMMU
constexpr std::uint32_t kSegments = 24;
constexpr std::uint32_t kPagesPerSegment = 16;
constexpr std::uint32_t kPages = kSegments * kPagesPerSegment;  // of a host's window
constexpr std::uint64_t kBase = 0x4000'0000;
constexpr std::uint64_t kCyclesMax = 10'000'000;

// What a page holds, and which of its lines are lost.
struct Content {
  Page page;
  std::uint64_t lost = 0;
};
using Contents = std::map<std::uint64_t, Content>;  // by LPN; others are zero
std::uint64_t LpnOf(std::uint32_t host, std::uint32_t page) { return std::uint64_t{host} << 32 | page; }
// What a lost line holds says nothing.
std::uint64_t DigestOf(Content content) {
  for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
    if ((content.lost >> line & 1) != 0) std::fill_n(content.page.line(line), kLineBytes, std::uint8_t{0});
  }
  const auto& bytes = content.page.bytes;
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()}) ^ content.lost;
}
Page InitialPage(std::uint64_t lpn) {
  Page page;
  Random random(lpn + 1);
  for (std::uint8_t& byte : page.bytes) byte = static_cast<std::uint8_t>(random.Next());
  return page;
}
// One page in three is zero for the host, though the device has something there.
bool DeclaredOnBulk(std::uint32_t page) { return page % 3 != 0; }

class Machine : public platform::NodePlatform {
 public:
  using NodePlatform::NodePlatform;
  std::string name() const override { return "model"; }
};

// A node from its start to its crash. What hosts were told is there, and what bulk holds, are known at each byte of the
// log.
class World {
 public:
  // What stood at a byte of the files: before the record that begins there.
  struct Moment {
    std::size_t at = 0;
    std::vector<std::uint64_t> hosts, bulk;  // digest of each page
    std::vector<bool> dirty;                 // or lost, as the pool's own map has it
    std::uint32_t subject = ~0u;             // the page that the record is about, if it is one of the log
  };

  World(std::shared_ptr<bulk::BulkStore> bulk, Contents hosts, Files files, std::uint64_t seed)
      : random_(seed), bulk_(std::move(bulk)), hosts_(std::move(hosts)), files_(std::move(files)), log_(files_) {
    hal::PlatformOptions options;
    options.bulk_store = bulk_;
    machine_ = std::make_unique<Machine>(options, *bulk::PresetByName("low-latency"), "low-latency");
    driver_ = std::make_unique<drivers::PoolDriver>(*machine_);
    machine_->node().pool().set_notice_listener([this](const pool::ChangeNotice& notice) { OnNotice(notice); });
    for (std::uint32_t page = 0; page < kHosts * kPages; ++page) {
      bulk_digests_.push_back(DigestOf(BulkPage(page)));
      host_digests_.push_back(DigestOf(HostPage(page)));
    }
  }

  void Start(const MapState& state) {
    ASSERT_TRUE(driver_->WaitCleared().ok());
    ASSERT_TRUE(driver_->SetSlotsInService(hal::kSlotsMin).ok());
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      ASSERT_TRUE(driver_->SetWindow(HostId(host), HostPhysAddr(kBase), kSegments).ok());
    }
    Result<std::vector<LostPage>> lost = drivers::RestoreMap(*driver_, state, kPagesPerSegment);
    ASSERT_TRUE(lost.ok()) << lost.status().message();
    lost_ = *lost;
    for (const LostPage& page : lost_) SetHostPage(page.host * kPages + page.page, {.lost = ~std::uint64_t{0}});
    ASSERT_TRUE(log_.Begin(state).ok());
    ASSERT_TRUE(driver_->Enable().ok());
  }

  // Random accesses, and now and then a release.
  void Run(std::uint32_t accesses) {
    for (std::uint32_t i = 0; i < accesses; ++i) {
      const auto host = static_cast<std::uint32_t>(random_.Below(kHosts));
      if (random_.Percent(1)) {
        Release(host, static_cast<std::uint32_t>(random_.Below(kSegments)));
        continue;
      }
      const auto page = static_cast<std::uint32_t>(random_.Below(kPages));
      const auto line = static_cast<std::uint32_t>(random_.Below(kLinesPerPage));
      if (random_.Percent(50)) {
        Write(host, page, line, random_.Percent(10) ? Line{} : SeededLine(random_.Next()));
      } else {
        EXPECT_TRUE(LineIsRight(host, page, line)) << "host " << host << " page " << page;
      }
    }
  }
  // Map reads of the quiet pool agree with the log, and become a checkpoint.
  void Checkpoint() {
    ASSERT_TRUE(driver_->Quiesce().ok());
    MapState read;
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      const Result<MapState> map = drivers::ReadMap(*driver_, HostId(host), kSegments, kPagesPerSegment);
      ASSERT_TRUE(map.ok()) << map.status().message();
      for (const auto& [key, pages] : map->words()) read.Set(HostId(key.first), key.second, pages);
    }
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      for (std::uint32_t word = 0; word < kPages / MapState::kPagesPerWord; ++word) {
        const drivers::MapWord by_log = log_.state().At(HostId(host), word);
        const drivers::MapWord by_read = read.At(HostId(host), word);
        EXPECT_EQ(by_log.dirty, by_read.dirty);
        EXPECT_EQ(by_read.on_bulk & ~by_log.on_bulk, 0u) << "the log knows of all; of pages of zeros bulk has none";
      }
    }
    Remember();
    ASSERT_TRUE(log_.Begin(read).ok());
    ASSERT_TRUE(driver_->Enable().ok());
  }

  // What a crash after so many bytes leaves: the number of pages for which that is wrong. lost: counts those reported.
  std::uint32_t WrongAfterCrashAt(std::size_t bytes, std::uint64_t& lost) {
    Remember();
    const auto moment = std::prev(std::upper_bound(moments_.begin(), moments_.end(), bytes,
                                                   [](std::size_t at, const Moment& m) { return at < m.at; }));
    const Result<MapState> state = MapLog::Recover(files_.CutAt(bytes));
    if (!state.ok()) return kHosts * kPages;
    std::uint32_t wrong = 0;
    for (std::uint32_t page = 0; page < kHosts * kPages; ++page) {
      const drivers::MapWord word = state->At(HostId(page / kPages), page % kPages / MapState::kPagesPerWord);
      const std::uint32_t bit = page % MapState::kPagesPerWord;
      const bool is_lost = (word.dirty >> bit & 1) != 0;
      const bool on_bulk = (word.on_bulk >> bit & 1) != 0;
      static const std::uint64_t kZero = DigestOf({});
      lost += is_lost ? 1 : 0;
      if (!is_lost && (on_bulk ? moment->bulk[page] : kZero) != moment->hosts[page]) ++wrong;
      // Nothing is lost without need, but what the record that begins here is about.
      if (is_lost && !moment->dirty[page] && page != moment->subject) ++wrong;
    }
    return wrong;
  }

  const std::vector<Moment>& moments() const { return moments_; }
  const Files& files() const { return files_; }
  const std::vector<LostPage>& lost() const { return lost_; }
  const std::shared_ptr<bulk::BulkStore>& bulk() const { return bulk_; }
  const Contents& hosts() const { return hosts_; }
  void set_forgetful(bool forgetful) { forgetful_ = forgetful; }  // every other first write is not logged
  std::uint32_t checkpoints() const { return files_.Generations().back(); }

  // What is read there is what the host was told.
  bool LineIsRight(std::uint32_t host, std::uint32_t page, std::uint32_t line) {
    const auto done =
        hal::Perform(*machine_, HostId(host), {.op = Op::kRead, .addr = AddressOf(page, line)}, kCyclesMax);
    if (!done.ok()) return false;
    const Content expected = HostPage(host * kPages + page);
    if ((expected.lost >> line & 1) != 0) return done->status == LineStatus::kPoison;
    return done->status == LineStatus::kOk && std::memcmp(done->data.data(), expected.page.line(line), kLineBytes) == 0;
  }

 private:
  static std::uint64_t AddressOf(std::uint32_t page, std::uint32_t line) {
    return kBase + std::uint64_t{page} * kPageBytes + line * kLineBytes;
  }
  // page: of all hosts.
  Content BulkPage(std::uint32_t page) {
    Content content;
    content.lost = bulk_->Peek(LogicalPage(LpnOf(page / kPages, page % kPages)), content.page);
    return content;
  }
  Content HostPage(std::uint32_t page) const {
    const auto found = hosts_.find(LpnOf(page / kPages, page % kPages));
    return found == hosts_.end() ? Content{} : found->second;
  }
  void SetHostPage(std::uint32_t page, const Content& content) {
    hosts_[LpnOf(page / kPages, page % kPages)] = content;
    host_digests_[page] = DigestOf(content);
  }
  void Write(std::uint32_t host, std::uint32_t page, std::uint32_t line, const Line& data) {
    const auto done = hal::Perform(*machine_, HostId(host),
                                   {.op = Op::kWrite, .addr = AddressOf(page, line), .data = data}, kCyclesMax);
    ASSERT_TRUE(done.ok() && done->status == LineStatus::kOk);
    Content content = HostPage(host * kPages + page);
    std::memcpy(content.page.line(line), data.data(), kLineBytes);
    content.lost &= ~(std::uint64_t{1} << line);
    SetHostPage(host * kPages + page, content);
  }
  void Release(std::uint32_t host, std::uint32_t segment) {
    namespace reg = pool_host_registers;
    constexpr std::uint32_t kPoolBase = 0x1000;
    const hal::Aperture aperture = hal::Aperture::Host(HostId(host));
    ASSERT_TRUE(machine_->WriteRegister(aperture, kPoolBase + reg::release_segment::kOffset, segment).ok());
    ASSERT_TRUE(machine_->WriteRegister(aperture, kPoolBase + reg::release_command::kOffset, 1).ok());
  }
  void OnNotice(const pool::ChangeNotice& notice) {
    const std::uint32_t page = notice.host * kPages + static_cast<std::uint32_t>(notice.page);
    bulk_digests_[page] = DigestOf(BulkPage(page));
    if (notice.change == pool::Change::kReleased) SetHostPage(page, {});
    Remember(page);
    if (forgetful_ && notice.change == pool::Change::kFirstWrite && random_.Percent(50)) return;
    EXPECT_TRUE(log_.Append(notice).ok());
  }
  void Remember(std::uint32_t subject = ~0u) {
    if (!moments_.empty() && moments_.back().at == files_.bytes()) moments_.pop_back();
    Moment moment{.at = files_.bytes(), .hosts = host_digests_, .bulk = bulk_digests_, .dirty = {}, .subject = subject};
    for (std::uint32_t page = 0; page < kHosts * kPages; ++page) {
      const pool::Pool& pool = machine_->node().pool();
      const HostId host(page / kPages);
      const std::uint32_t lost = pool.StatesOf(host, page % kPages / kPagesPerSegment, 0).lost;
      const bool is_lost = (lost >> page % kPagesPerSegment & 1) != 0;
      moment.dirty.push_back(is_lost || pool.PageDirty(host, page % kPages));
    }
    moments_.push_back(std::move(moment));
  }

  Random random_;
  std::shared_ptr<bulk::BulkStore> bulk_;
  Contents hosts_;  // what each host was told is there
  Files files_;
  MapLog log_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<drivers::PoolDriver> driver_;
  std::vector<std::uint64_t> bulk_digests_, host_digests_;
  std::vector<Moment> moments_;
  std::vector<LostPage> lost_;
  bool forgetful_ = false;
};

MapState Declared() {
  MapState state;
  for (std::uint32_t host = 0; host < kHosts; ++host) {
    for (std::uint32_t word = 0; word < kPages / MapState::kPagesPerWord; ++word) {
      drivers::MapWord pages;
      for (std::uint32_t bit = 0; bit < MapState::kPagesPerWord; ++bit) {
        if (DeclaredOnBulk(word * MapState::kPagesPerWord + bit)) pages.on_bulk |= 1u << bit;
      }
      state.Set(HostId(host), word, pages);
    }
  }
  return state;
}
Contents DeclaredContents() {
  Contents contents;
  for (std::uint32_t page = 0; page < kHosts * kPages; ++page) {
    const std::uint64_t lpn = LpnOf(page / kPages, page % kPages);
    if (DeclaredOnBulk(page % kPages)) contents[lpn].page = InitialPage(lpn);
  }
  return contents;
}
std::unique_ptr<World> FreshWorld(std::uint64_t seed) {
  auto store = std::make_shared<bulk::BulkStore>([](std::uint64_t lpn, Page& page) { page = InitialPage(lpn); });
  auto world = std::make_unique<World>(std::move(store), DeclaredContents(), Files(), seed);
  world->Start(Declared());
  return world;
}

TEST(MapLog, ACrashAtAnyByteLosesOnlyWhatWasDirtyAndNeverServesWhatIsOld) {
  const auto world = FreshWorld(1);
  for (int part = 0; part < 4; ++part) {
    world->Run(120);
    world->Checkpoint();
  }
  world->Run(120);
  std::uint64_t lost = 0;
  std::size_t cuts = 0;
  std::size_t begun = 0;  // once the first checkpoint is whole
  while (!MapLog::Recover(world->files().CutAt(begun)).ok()) ++begun;
  ASSERT_GT(begun, 0u);
  // At each record, at the byte before and the byte after; and at every byte of the first and the last thousand.
  for (std::size_t at = begun; at <= world->files().bytes(); ++at, ++cuts) {
    ASSERT_EQ(world->WrongAfterCrashAt(at, lost), 0u) << "byte " << at;
    const bool every_byte = at < begun + 1000 || world->files().bytes() - at < 1000;
    if (!every_byte && (at - begun) % kRecordBytes == 1) at += kRecordBytes - 3;
  }
  std::cout << cuts << " crashes in " << world->files().bytes() << " bytes, " << world->moments().size() << " records, "
            << lost << " pages lost\n";
  EXPECT_GT(lost, 1000u);
  EXPECT_EQ(world->checkpoints(), 5u);
}

TEST(MapLog, AFirstWriteThatIsNotLoggedIsFound) {
  const auto world = FreshWorld(2);
  world->set_forgetful(true);
  world->Run(800);
  std::uint64_t lost = 0;
  EXPECT_GT(world->WrongAfterCrashAt(world->files().bytes(), lost), 0u);
}

TEST(MapLog, ARestoredPoolServesWhatHostsWroteAndCrashesAgain) {
  auto world = FreshWorld(3);
  Random random(5);
  for (int crash = 0; crash < 6; ++crash) {
    world->Run(static_cast<std::uint32_t>(200 + random.Below(300)));
    if (crash % 2 == 1) world->Checkpoint();
    world->Run(static_cast<std::uint32_t>(random.Below(200)));
    Files files = world->files();
    // A record that did not get through as a whole: its write was not answered either.
    const std::vector<std::uint8_t> torn(random.Below(kRecordBytes), 0x5A);
    ASSERT_TRUE(files.Append(MapStorage::File::kLog, files.Generations().back(), torn).ok());
    const Result<MapState> state = MapLog::Recover(files);
    ASSERT_TRUE(state.ok()) << state.status().message();
    auto next = std::make_unique<World>(world->bulk(), world->hosts(), files, 100 + crash);
    next->Start(*state);
    EXPECT_GT(next->lost().size(), 5u);
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      for (std::uint32_t page = 0; page < kPages; ++page) {
        const auto line = static_cast<std::uint32_t>(random.Below(kLinesPerPage));
        ASSERT_TRUE(next->LineIsRight(host, page, line)) << host << " " << page;
      }
    }
    world = std::move(next);
  }
}

TEST(MapLog, ADamagedRecordBeforeWholeOnesIsAnErrorAndATornOneIsNot) {
  const auto world = FreshWorld(4);
  world->Run(200);
  Files files = world->files();
  std::vector<std::uint8_t>& log = files.file(MapStorage::File::kLog, 1);
  ASSERT_GT(log.size(), kRecordBytes * 10);
  log[kRecordBytes * 5 + 9] ^= 1;
  const Result<MapState> damaged = MapLog::Recover(files);
  ASSERT_FALSE(damaged.ok());
  EXPECT_NE(damaged.status().message().find("record 5 of generation 1 is damaged"), std::string::npos);
  log[kRecordBytes * 5 + 9] ^= 1;
  log.back() ^= 1;
  EXPECT_TRUE(MapLog::Recover(files).ok());
}

TEST(MapLog, WithoutAWholeCheckpointNothingIsKnown) {
  EXPECT_FALSE(MapLog::Recover(Files()).ok());
  const auto world = FreshWorld(6);
  world->Run(100);
  Files files = world->files();
  files.file(MapStorage::File::kCheckpoint, 1)[30] ^= 1;
  const Result<MapState> state = MapLog::Recover(files);
  ASSERT_FALSE(state.ok());
  EXPECT_NE(state.status().message().find("checkpoint of generation 1 is damaged"), std::string::npos);
}

}  // namespace
}  // namespace tarn
