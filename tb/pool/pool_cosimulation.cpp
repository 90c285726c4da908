#include "tb/pool/pool_cosimulation.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "models/pool/atomics.h"
#include "models/pool/pool_registers.h"

namespace tarn::tb {
namespace {

bool HasData(const HostRequest& request, LineStatus status) {
  return (request.op == Op::kRead || pool::IsAtomic(request.op)) &&
         (status == LineStatus::kOk || status == LineStatus::kExclusiveOk);
}

// Only what the answer says: data without meaning is left out, and so is `paged`, which is compared by itself.
LineResponse Meaning(const HostRequest& request, LineResponse response) {
  response.paged = false;
  if (!HasData(request, response.status)) response.data = Line{};
  return response;
}

void CopyLines(const BulkStub::StoredPage& from, Page& page) {
  for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
    std::memcpy(page.line(line), from.lines[line].data(), kLineBytes);
  }
}

}  // namespace

PoolCosimulation::ObservedDevice::ObservedDevice(const BulkStub& stub, Failures& failures)
    : store_([&stub](std::uint64_t lpn, Page& page) {
        const BulkStub::StoredPage initial = stub.InitialContent(lpn);
        CopyLines(initial, page);
      }),
      failures_(failures) {}

bulk::BulkStatus PoolCosimulation::ObservedDevice::Read(LogicalPage lpn, Page& page, std::uint64_t& poison) {
  const auto seen = reads_.find(lpn.value());
  if (seen == reads_.end()) {
    failures_.Add("the model reads page " + std::to_string(lpn.value()) + " from bulk, the RTL made it of zeros");
    return store_.Read(lpn, page, poison);
  }
  const BulkStub::ReadResult read = seen->second;
  reads_.erase(seen);
  if (read.status != bulk::BulkStatus::kOk) return read.status;
  if (read.changed) {
    poison = read.changed->poison;
    CopyLines(*read.changed, page);
    return read.status;
  }
  const bulk::BulkStatus status = store_.Read(lpn, page, poison);
  if (poison != read.poison) failures_.Add("page " + std::to_string(lpn.value()) + " came with other poison marks");
  return status;
}

PoolCosimulation::PoolCosimulation(const PoolShape& shape, std::uint32_t segments, BulkStub& bulk, Failures& failures)
    : shape_(shape),
      segments_(segments),
      bulk_(bulk),
      failures_(failures),
      device_(bulk, failures),
      policy_(failures),
      pool_({.num_hosts = shape.hosts,
             .num_slots = shape.slots,
             .segment_bytes = shape.segment_bytes,
             .segments_per_host = segments,
             .slots_beside_floors = shape.slots_beside_floors},
            memory_, device_, &policy_),
      control_(pool_),
      replacement_(shape.slots),
      prefetch_(shape.hosts, shape.pages()),
      answers_("answers", failures),
      vain_notices_(shape.hosts),
      early_(shape.hosts),
      hits_(shape.hosts),
      misses_(shape.hosts) {
  for (std::uint32_t host = 0; host < shape.hosts; ++host) {
    pool_.SetBounds(HostId(host), HostPhysAddr(shape.base(host)), segments);
  }
  pool_.set_notice_listener([this](const pool::ChangeNotice& notice) { NotifyDue(notice); });
}

void PoolCosimulation::NotifyDue(const pool::ChangeNotice& notice) {
  due_[notice.lpn].push_back(notice.change);
  if (on_notice_) on_notice_(notice, now_);
}

Line PoolCosimulation::Content(std::uint32_t host, std::uint64_t address) const {
  Line line{};
  pool_.Peek(HostId(host), HostPhysAddr(address), line);
  return line;
}

void PoolCosimulation::OnAccepted(std::uint32_t host, bool walk, const HostRequest& request, std::uint64_t cycle) {
  now_ = cycle;
  if (on_request_) on_request_(host, walk, request, cycle);
  const Key key = KeyOf(host, walk, request.tag);
  Access& access = accesses_[key] = {.request = request};
  // Nothing shows where it is refused, and nothing depends on it.
  const std::uint64_t offset = request.addr - shape_.base(host);
  if (offset / shape_.segment_bytes >= segments_) Perform(key, host, walk, access, cycle);
}

void PoolCosimulation::Expect(Key key, const Access& access, const LineResponse& response, std::uint64_t cycle) {
  answers_.Expect(key, Meaning(access.request, response));
  if (!on_expected_) return;
  const bool walk = (key >> 8 & 1) != 0;
  on_expected_(HostOf(key), walk, response, HasData(access.request, response.status), cycle);
}

void PoolCosimulation::Perform(Key key, std::uint32_t host, bool walk, Access& access, std::uint64_t cycle) {
  LineResponse response;
  pool_.Access(HostId(host), access.request, response, walk);
  access.performed = true;
  Expect(key, access, response, cycle);
  if (pool::IsAtomic(access.request.op)) ++counts_.atomics;
  if (access.request.op == Op::kPartialWrite) ++counts_.partial_writes;
  if (response.status == LineStatus::kPoison) ++counts_.poisons;
  if (response.status == LineStatus::kExclusiveOk && access.request.op != Op::kRead) ++counts_.exclusives_done;
}

void PoolCosimulation::OnHit(const pool::PoolProbe& event, std::uint64_t cycle) {
  const Key key = KeyOf(event.host, event.walk, event.tag);
  const auto found = accesses_.find(key);
  if (found == accesses_.end() || found->second.performed) {
    return Fail("an access takes effect that nobody waits for", cycle);
  }
  const HostRequest& request = found->second.request;
  const std::uint64_t page = std::uint64_t{event.segment} * shape_.pages() + event.page;
  if ((request.addr - shape_.base(event.host)) / kLineBytes != page * kLinesPerPage + event.line) {
    return Fail("an access takes effect on another line than it asked for", cycle);
  }
  const std::uint64_t lpn = LpnOf(event.host, event.segment, event.page);
  const bool dirty = pool_.PageDirty(HostId(event.host), static_cast<std::uint32_t>(page));
  if (!found->second.missed) ++hits_[event.host];
  Perform(key, event.host, event.walk, found->second, cycle);
  const bool dirty_now = pool_.PageDirty(HostId(event.host), static_cast<std::uint32_t>(page));
  if (dirty_now && !announced_.contains(lpn)) Fail("a write takes effect that was not announced", cycle);
  if (!dirty && !dirty_now && request.exclusive && event.write) excused_.insert(lpn);
}

// The page is still coming in, so that the model, which knows no half pages, has none: it is asked what is there. When
// the page has come, one read stands for all of these.
void PoolCosimulation::OnEarly(const pool::PoolProbe& event, std::uint64_t cycle) {
  const Key key = KeyOf(event.host, event.walk, event.tag);
  const auto found = accesses_.find(key);
  if (found == accesses_.end() || found->second.performed) {
    return Fail("a read is served that nobody waits for", cycle);
  }
  Access& access = found->second;
  const std::uint64_t page = std::uint64_t{event.segment} * shape_.pages() + event.page;
  if ((access.request.addr - shape_.base(event.host)) / kLineBytes != page * kLinesPerPage + event.line) {
    return Fail("a read is served early with another line than it asked for", cycle);
  }
  if (access.request.op != Op::kRead || access.request.exclusive) return Fail("no plain read is served early", cycle);
  LineResponse response{.tag = access.request.tag};
  response.data = Content(event.host, access.request.addr);
  if (const auto changed = bulk_.Changed(LpnOf(event.host, event.segment, event.page))) {
    response.data = changed->lines[event.line];  // it is found out when all of the page is there
  }
  access.performed = true;
  Expect(key, access, response, cycle);
  ++counts_.early;
  ++early_[event.host];
  if (!access.missed) ++hits_[event.host];
  early_reads_[LpnOf(event.host, event.segment, event.page)] = access.request;
}

void PoolCosimulation::OnPageIn(const pool::PoolProbe& event, std::uint64_t cycle) {
  ++counts_.page_ins;
  const std::uint64_t lpn = LpnOf(event.host, event.segment, event.page);
  if (const auto read = bulk_.TakeRead(lpn)) device_.Observe(lpn, *read);
  const auto early = early_reads_.extract(lpn);
  if (!early.empty()) {
    pool_.Access(HostId(event.host), early.mapped());
    --early_[event.host];
    return;
  }
  if (!IsWaitedFor(event)) {
    const bool prefetched = prefetch_.Wanted(event.host, std::uint64_t{event.segment} * shape_.pages() + event.page);
    if (!prefetched) ++counts_.ordered_page_ins;
    if (!prefetched && !ordered_.contains({event.host, event.segment}))
      Fail("a page came that nobody asked for", cycle);
  }
  if (pool_.BringIn(HostId(event.host), event.segment, event.page) != LineStatus::kOk) {
    Fail("the model could not bring in page " + std::to_string(lpn), cycle);
  }
}

void PoolCosimulation::OnMoved(const pool::PoolProbe& event, std::uint64_t cycle) {
  ++counts_.moves;
  for (std::uint32_t page = 0; page < shape_.pages(); ++page) {
    const std::uint64_t lpn = LpnOf(event.host, event.segment, page);
    if (moving_.erase(lpn) == 0) continue;
    told_[lpn].push_back(pool::Change::kMoved);
    --vain_notices_[event.host];
  }
  if (pool_.Move(HostId(event.host), event.segment, true) != LineStatus::kOk) Fail("the model could not move", cycle);
}

bool PoolCosimulation::IsWaitedFor(const pool::PoolProbe& event) const {
  const std::uint64_t page = std::uint64_t{event.segment} * shape_.pages() + event.page;
  return std::ranges::any_of(accesses_, [&](const auto& access) {
    const HostRequest& request = access.second.request;
    return access.second.missed && !access.second.performed && HostOf(access.first) == event.host &&
           (request.addr - shape_.base(event.host)) / kPageBytes == page;
  });
}

void PoolCosimulation::OnProbe(const pool::PoolProbe& event, std::uint64_t cycle) {
  if (event.kind == pool::ProbeEvent::kNone) return;
  now_ = cycle;
  const Status status = replacement_.Observe(event);
  if (!status.ok()) Fail("replacement: " + status.message(), cycle);
  const Status prefetch = prefetch_.Observe(event, segments_);
  if (!prefetch.ok()) Fail(prefetch.message(), cycle);
  counts_.prefetches = prefetch_.prefetches();
  switch (event.kind) {
    case pool::ProbeEvent::kHit:
      OnHit(event, cycle);
      break;
    case pool::ProbeEvent::kAssign:
    case pool::ProbeEvent::kKept:
      pool_.Pin(HostId(event.host), event.segment, true);
      pool_.Pin(HostId(event.host), event.segment, false);
      break;
    case pool::ProbeEvent::kEvict:
    case pool::ProbeEvent::kOrderedOut:
    case pool::ProbeEvent::kColdOut:
      Evict(event.host, event.segment);
      break;
    case pool::ProbeEvent::kReleased: {
      // Where there was nothing to announce: the slot of a segment without pages.
      const auto release = releasing_.find(event.host);
      if (release != releasing_.end() && release->second == event.segment) Release(event.host);
      break;
    }
    case pool::ProbeEvent::kEarly:
      OnEarly(event, cycle);
      break;
    case pool::ProbeEvent::kMiss:
      ++misses_[event.host];
      accesses_[KeyOf(event.host, event.walk, event.tag)].missed = true;
      break;
    case pool::ProbeEvent::kPageIn:
      OnPageIn(event, cycle);
      break;
    case pool::ProbeEvent::kMoved:
      OnMoved(event, cycle);
      break;
    default:
      break;
  }
}

void PoolCosimulation::OnResponse(std::uint32_t host, bool walk, const LineResponse& response, std::uint64_t cycle) {
  const Key key = KeyOf(host, walk, response.tag);
  const auto found = accesses_.find(key);
  if (found == accesses_.end()) return Fail("an answer that nobody waits for", cycle);
  answers_.Observe(key, Meaning(found->second.request, response), cycle);
  if (found->second.missed != response.paged)
    Fail("an answer does not say rightly whether it waited for its page", cycle);
  ++counts_.answers;
  const bool zero =
      std::all_of(response.data.begin(), response.data.end(), [](std::uint8_t byte) { return byte == 0; });
  if (HasData(found->second.request, response.status) && !zero) ++counts_.nonzero_reads;
  accesses_.erase(found);
}

void PoolCosimulation::OnChange(const pool::ChangeNotice& notice, std::uint64_t cycle) {
  now_ = cycle;
  ++counts_.notices;
  // Whether it moves, or that is given up, shows later.
  if (notice.change == pool::Change::kMoved) {
    ++vain_notices_[notice.host];
    moving_.insert(notice.lpn);
    return;
  }
  told_[notice.lpn].push_back(notice.change);
  if (notice.change == pool::Change::kFirstWrite) announced_.insert(notice.lpn);
  // The first page's tells that the release took effect; the others are compared with the model's at the end.
  const auto release = releasing_.find(notice.host);
  if (notice.change != pool::Change::kReleased || release == releasing_.end()) return;
  if (notice.page / shape_.pages() != release->second) return Fail("another segment was released", cycle);
  Release(notice.host);
}

void PoolCosimulation::Evict(std::uint32_t host, std::uint32_t segment) {
  ++counts_.evictions;
  SettleVainNotices(host, segment, End::kWritten);
  pool_.Evict(HostId(host), segment);
}

// The RTL must announce before it knows whether an exclusive write will be done, and counts the page dirty then.
void PoolCosimulation::SettleVainNotices(std::uint32_t host, std::uint32_t segment, End end) {
  for (std::uint32_t page = 0; page < shape_.pages(); ++page) {
    const std::uint64_t lpn = LpnOf(host, segment, page);
    if (announced_.erase(lpn) == 0) continue;
    const bool excused = excused_.erase(lpn) != 0;
    if (pool_.PageDirty(HostId(host), segment * shape_.pages() + page)) continue;
    if (!excused) failures_.Add("page " + std::to_string(lpn) + ": a first write was announced that never came");
    NotifyDue({.host = static_cast<std::uint8_t>(host),
               .page = segment * shape_.pages() + page,
               .lpn = lpn,
               .change = pool::Change::kFirstWrite});
    ++vain_notices_[host];
    if (end == End::kWritten) pool_.MarkAnnounced(HostId(host), segment * shape_.pages() + page);
  }
}

void PoolCosimulation::Release(std::uint32_t host) {
  const auto release = releasing_.find(host);
  if (release == releasing_.end()) return;
  SettleVainNotices(host, release->second, End::kReleased);
  const Status released = pool_.Release(HostId(host), release->second, 1);
  if (!released.ok()) failures_.Add(released.message());
  releasing_.erase(release);
  ++counts_.releases;
}

void PoolCosimulation::Finish(const std::function<std::uint64_t(std::uint32_t)>& counter, bool page_outs_failed,
                              std::uint64_t cycle) {
  now_ = cycle;
  answers_.Finish(cycle);
  for (std::uint32_t host = 0; host < shape_.hosts; ++host) {
    for (std::uint32_t segment = 0; segment < segments_; ++segment) SettleVainNotices(host, segment, End::kWritten);
  }
  if (pool_.Flush() != LineStatus::kOk) failures_.Add("the model's flush failed");
  if (device_.reads_not_made() != 0) failures_.Add("the RTL read pages that the model did not need");
  CompareNotices();
  CompareCounters(counter, page_outs_failed);
  CompareBulk();
}

void PoolCosimulation::CompareNotices() {
  if (told_.empty()) failures_.Add("no change notice was compared");
  for (const auto& [lpn, changes] : due_) {
    if (told_[lpn] == changes) continue;
    std::string text = "page " + std::to_string(lpn) + ": notices differ\n     expected";
    for (const pool::Change change : changes) text += std::string(" ") + Name(change);
    text += "\n     observed";
    for (const pool::Change change : told_[lpn]) text += std::string(" ") + Name(change);
    failures_.Add(text);
  }
  if (told_.size() != due_.size()) failures_.Add("notices of pages that the model never changed");
}

void PoolCosimulation::CompareCounters(const std::function<std::uint64_t(std::uint32_t)>& counter,
                                       bool page_outs_failed) {
  static constexpr const char* kNames[] = {
      "accesses",      "hits",      "misses",      "access errors", "page-ins", "zero fills", "pages written",
      "pages dropped", "evictions", "bulk errors", "refused",       "notices",  "releases",   "zero pages"};
  constexpr std::uint32_t kAccesses = 0, kHits = 1, kMisses = 2, kBulkErrors = 9, kNotices = 11, kZeroPages = 13;
  namespace reg = pool_registers;
  for (std::uint32_t host = 0; host < shape_.hosts; ++host) {
    for (std::uint32_t kind = 0; kind < std::size(kNames); ++kind) {
      const std::uint32_t index = 16 * host + kind;
      std::uint64_t expected = management().Read(reg::counter::kOffset + 8 * index).rdata;
      const std::uint64_t observed = counter(index);
      if (kind == kAccesses) expected += early_[host];
      // A request that met its page on the way in is a miss; a model without time sees it hit.
      if (kind == kHits) expected = hits_[host];
      if (kind == kMisses) expected = misses_[host];
      if (kind == kZeroPages) counts_.zero_pages += observed;
      if (kind == kNotices) expected += vain_notices_[host];
      if (kind == kBulkErrors && page_outs_failed) expected = std::max(expected, observed);
      if (observed == expected) continue;
      failures_.Add("host " + std::to_string(host) + ", " + kNames[kind] + ": counted " + std::to_string(observed) +
                    ", expected " + std::to_string(expected));
    }
  }
}

void PoolCosimulation::CompareBulk() {
  for (std::uint32_t host = 0; host < shape_.hosts; ++host) {
    for (std::uint32_t page = 0; page < segments_ * shape_.pages(); ++page) {
      const std::uint32_t inside = page % shape_.pages();
      const auto states = pool_.StatesOf(HostId(host), page / shape_.pages(), inside / 32);
      if ((states.on_bulk >> inside % 32 & 1) == 0) continue;
      const LogicalPage lpn = bulk::LpnOf(HostId(host), page);
      Page expected;
      const std::uint64_t marks = device_.Peek(lpn, expected);
      const BulkStub::StoredPage& observed = bulk_.Content(lpn.value());
      bool same = observed.poison == marks;
      for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
        if ((marks >> line & 1) != 0) continue;
        same = same && std::memcmp(expected.line(line), observed.lines[line].data(), kLineBytes) == 0;
      }
      if (!same) failures_.Add("after the flush bulk holds another content: page " + std::to_string(lpn.value()));
      ++counts_.pages_on_bulk;
    }
  }
  if (counts_.pages_on_bulk == 0) failures_.Add("no page on bulk was compared");
}

}  // namespace tarn::tb
