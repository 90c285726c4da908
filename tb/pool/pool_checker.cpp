#include "tb/pool/pool_checker.h"

#include <algorithm>

#include "models/pool/atomics.h"

namespace tarn::tb {
namespace {

std::string Describe(std::uint32_t host, bool walk, const HostRequest& request) {
  return "host " + std::to_string(host) + (walk ? " walk" : "") + " tag " + std::to_string(request.tag) + " " +
         Name(request.op) + " at " + std::to_string(request.addr);
}

bool IsZero(const Line& line) {
  return std::all_of(line.begin(), line.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

PoolChecker::PoolChecker(const PoolShape& shape, std::uint32_t segments, BulkStub* bulk, std::uint64_t bound_cycles,
                         Failures& failures)
    : shape_(shape),
      segments_(shape.hosts, segments),
      bulk_(bulk),
      bound_cycles_(bound_cycles),
      failures_(failures),
      replacement_(shape.slots),
      prefetch_(shape.hosts, shape.pages()),
      requesters_(shape.hosts * 2),
      monitors_(shape.hosts),
      tallies_(shape.hosts) {}

void PoolChecker::OnAccepted(std::uint32_t host, bool walk, const HostRequest& request, std::uint64_t cycle) {
  Requester& requester = RequesterOf(host, walk);
  Access access{.request = request, .accepted_at = cycle};
  access.outside =
      request.addr < shape_.base(host) || (request.addr - shape_.base(host)) / shape_.segment_bytes >= segments_[host];
  if (!access.outside) requester.order[LineOf(host, request.addr)].push_back(request.tag);
  if (!requester.accesses.emplace(request.tag, access).second) Fail("testbench: tag in use", cycle);
  deadlines_.push_back({cycle + bound_cycles_, {host * 2 + (walk ? 1 : 0), request.tag}});
  ++in_flight_;
}

PoolChecker::Access* PoolChecker::Find(const pool::PoolProbe& event, std::uint64_t cycle) {
  auto& accesses = RequesterOf(event.host, event.walk).accesses;
  const auto found = accesses.find(event.tag);
  if (found == accesses.end() || found->second.expected.has_value()) {
    Fail("the probe shows an access that nobody waits for: host " + std::to_string(event.host) + " tag " +
             std::to_string(event.tag),
         cycle);
    return nullptr;
  }
  const std::uint64_t line = (std::uint64_t{event.segment} * shape_.pages() + event.page) * 64 + event.line;
  if (found->second.outside || line != LineOf(event.host, found->second.request.addr)) {
    Fail("the probe shows another line than was asked for: " + Describe(event.host, event.walk, found->second.request),
         cycle);
    return nullptr;
  }
  return &found->second;
}

void PoolChecker::OnProbe(const pool::PoolProbe& event, std::uint64_t cycle) {
  if (event.kind == pool::ProbeEvent::kNone) return;
  const Status status = replacement_.Observe(event);
  if (!status.ok()) Fail("replacement: " + status.message(), cycle);
  const Status prefetch = prefetch_.Observe(event, segments_[event.host]);
  if (!prefetch.ok()) Fail(prefetch.message(), cycle);
  if (event.kind == pool::ProbeEvent::kHit || event.kind == pool::ProbeEvent::kEarly) OnHit(event, cycle);
  if (event.kind == pool::ProbeEvent::kPageIn) OnPageIn(event, cycle);
  if (event.kind == pool::ProbeEvent::kMoved) OnMoved(event, cycle);
  if (event.kind == pool::ProbeEvent::kEvict || event.kind == pool::ProbeEvent::kOrderedOut ||
      event.kind == pool::ProbeEvent::kColdOut) {
    ++tallies_[event.host].evictions;
  }
  if (event.kind == pool::ProbeEvent::kMiss) {
    Access* access = Find(event, cycle);
    if (access == nullptr) return;
    if (access->missed) Fail("missed twice: " + Describe(event.host, event.walk, access->request), cycle);
    access->missed = true;
    ++tallies_[event.host].misses;
  }
}

void PoolChecker::OnHit(const pool::PoolProbe& event, std::uint64_t cycle) {
  Access* access = Find(event, cycle);
  if (access == nullptr) return;
  Requester& requester = RequesterOf(event.host, event.walk);
  std::deque<std::uint8_t>& order = requester.order[LineOf(event.host, access->request.addr)];
  if (order.empty() || order.front() != event.tag) {
    Fail(
        "overtook an earlier access of its requester to the line: " + Describe(event.host, event.walk, access->request),
        cycle);
    return;
  }
  order.pop_front();
  if (event.write != pool::ChangesLine(access->request.op)) Fail("the probe's write bit is wrong", cycle);
  const bool early = event.kind == pool::ProbeEvent::kEarly;
  if (early && (access->request.op != Op::kRead || access->request.exclusive)) {
    Fail("only a plain read may be served before its page is there", cycle);
  }
  if (!access->missed) ++tallies_[event.host].hits;
  Perform(event.host, *access);
  access->expected->tag = event.tag;
  access->expected->paged = access->missed;
  if (early) {
    ++tallies_[event.host].early;
    access->expected->status =
        LineStatus::kOk;  // marks of an earlier stay say nothing: a marked line is not served early
    // The page is checked when all of it is there.
    const std::uint64_t lpn =
        std::uint64_t{event.host} << 32 | (std::uint64_t{event.segment} * shape_.pages() + event.page);
    if (const auto changed = bulk_->Changed(lpn)) access->expected->data = changed->lines[event.line];
  }
  const bool done = access->expected->status == LineStatus::kExclusiveOk || !access->request.exclusive;
  const std::uint64_t page = Key(event.host, std::uint64_t{event.segment} * shape_.pages() + event.page);
  if (early && dirty_.contains(page)) Fail("a dirty page is coming in", cycle);
  if (event.write && done && !dirty_.contains(page)) {
    Fail("a write took effect before its page's first-write notice was accepted", cycle);
  }
}

void PoolChecker::OnPageIn(const pool::PoolProbe& event, std::uint64_t cycle) {
  const std::uint64_t page = std::uint64_t{event.segment} * shape_.pages() + event.page;
  const std::uint64_t lpn = std::uint64_t{event.host} << 32 | page;
  std::uint64_t poison = 0;
  if (const auto read = bulk_->TakeRead(lpn)) {
    poison = read->poison;
    if (read->changed) {
      poison = ~std::uint64_t{0};
      ++tallies_[event.host].corrupt;
      if (!stored_.contains(Key(event.host, page))) Fail("testbench: a page without checksum came back changed", cycle);
    }
    ++tallies_[event.host].page_ins;
    if (lost_pages_.contains(Key(event.host, page))) Fail("a lost page was read from bulk", cycle);
  } else {
    ++tallies_[event.host].zero_fills;
    if (lost_pages_.contains(Key(event.host, page))) poison = ~std::uint64_t{0};
  }
  for (std::uint64_t line = 0; line < kLinesPerPage; ++line) {
    const std::uint64_t key = Key(event.host, page * kLinesPerPage + line);
    if ((poison >> line & 1) != 0) {
      poison_.insert(key);
    } else {
      poison_.erase(key);
    }
  }
  if (dirty_.contains(Key(event.host, page))) Fail("a dirty page was brought in again", cycle);
}

void PoolChecker::OnLost(std::uint32_t host, std::uint64_t page) {
  lost_pages_.insert(Key(host, page));
  for (std::uint64_t line = 0; line < kLinesPerPage; ++line) poison_.insert(Key(host, page * kLinesPerPage + line));
}

// What was written stands in the other slot from here on: each such page was announced.
void PoolChecker::OnMoved(const pool::PoolProbe& event, std::uint64_t cycle) {
  ++tallies_[event.host].moves;
  for (std::uint32_t i = 0; i < shape_.pages(); ++i) {
    const std::uint64_t page = Key(event.host, std::uint64_t{event.segment} * shape_.pages() + i);
    if (moving_.erase(page) == 0 && dirty_.contains(page)) Fail("a page moved that was not announced", cycle);
  }
}

Line& PoolChecker::Content(std::uint32_t host, std::uint64_t line) {
  const std::uint64_t key = Key(host, line);
  auto found = lines_.find(key);
  if (found == lines_.end()) {
    Line initial{};
    const std::uint64_t page = line / kLinesPerPage;
    if (!released_.contains(Key(host, page))) {
      initial = bulk_->InitialContent(std::uint64_t{host} << 32 | page).lines[line % kLinesPerPage];
    }
    found = lines_.emplace(key, initial).first;
  }
  return found->second;
}

Line PoolChecker::Expected(std::uint32_t host, std::uint64_t address) { return Content(host, LineOf(host, address)); }

void PoolChecker::Perform(std::uint32_t host, Access& access) {
  const HostRequest& request = access.request;
  const std::uint64_t line = LineOf(host, request.addr);
  Line& content = Content(host, line);
  LineResponse response;
  response.status = poison_.contains(Key(host, line)) ? LineStatus::kPoison : LineStatus::kOk;
  if (request.op == Op::kRead) {
    response.data = content;
    if (request.exclusive) {
      monitors_[host].Set(request.exclusive_id, line);
      if (response.status == LineStatus::kOk) response.status = LineStatus::kExclusiveOk;
    }
  } else if (pool::IsAtomic(request.op)) {
    ++tallies_[host].atomics;
    response.data = content;
    if (!pool::AtomicIsLegal(request.op, request.mask)) {
      response.status = LineStatus::kAccessError;
    } else if (response.status == LineStatus::kOk) {
      pool::ApplyAtomic(request.op, request.mask, request.data, content);
    }
    monitors_[host].OnWrite(line);
  } else {
    response.status = LineStatus::kOk;
    if (request.exclusive) {
      if (monitors_[host].Holds(request.exclusive_id, line)) {
        response.status = LineStatus::kExclusiveOk;
        ++tallies_[host].exclusives_done;
      }
    }
    if (!request.exclusive || response.status == LineStatus::kExclusiveOk) {
      const std::uint64_t mask = request.op == Op::kWrite ? ~std::uint64_t{0} : request.mask;
      MergeLine(content, request.data, mask);
      if (request.op == Op::kWrite) poison_.erase(Key(host, line));
      monitors_[host].OnWrite(line);
    }
  }
  access.expected = response;
}

void PoolChecker::OnResponse(std::uint32_t host, bool walk, const LineResponse& response, std::uint64_t cycle) {
  Requester& requester = RequesterOf(host, walk);
  const auto found = requester.accesses.find(response.tag);
  if (found == requester.accesses.end()) {
    Fail("an answer that nobody waits for: host " + std::to_string(host) + " tag " + std::to_string(response.tag),
         cycle);
    return;
  }
  const Access access = found->second;
  requester.accesses.erase(found);
  --in_flight_;
  Tally& tally = tallies_[host];
  ++tally.accesses;
  latency_max_cycles_ = std::max(latency_max_cycles_, cycle - access.accepted_at);
  if (access.missed) ++tally.paged;
  if (access.outside || closed_) {
    std::deque<std::uint8_t>& waiting = requester.order[LineOf(host, access.request.addr)];
    std::erase(waiting, response.tag);
    ++tally.access_errors;
    if (response.status != LineStatus::kAccessError)
      Fail("not to be served, but answered " + std::string(Name(response.status)), cycle);
    return;
  }
  if (!access.expected.has_value()) {
    const bool refused = response.status == LineStatus::kTimeout || response.status == LineStatus::kRetry;
    if (!refused || !refusals_allowed_) {
      Fail("answered " + std::string(Name(response.status)) +
               " without having taken effect: " + Describe(host, walk, access.request),
           cycle);
    }
    ++tally.refused;
    std::deque<std::uint8_t>& order = requester.order[LineOf(host, access.request.addr)];
    order.erase(std::find(order.begin(), order.end(), response.tag));
    return;
  }
  const LineResponse& expected = *access.expected;
  if (response.status == LineStatus::kPoison) ++tally.poisons;
  const bool has_data = access.request.op == Op::kRead || pool::IsAtomic(access.request.op);
  const bool compare = has_data && (expected.status == LineStatus::kOk || expected.status == LineStatus::kExclusiveOk);
  if (response.status != expected.status || response.paged != expected.paged || response.walked) {
    Fail(Describe(host, walk, access.request) + ": status " + Name(response.status) + ", expected " +
             Name(expected.status) + "; paged " + std::to_string(response.paged) + ", expected " +
             std::to_string(expected.paged),
         cycle);
  } else if (compare && response.data != expected.data) {
    Fail(Describe(host, walk, access.request) + ": wrong data", cycle);
  }
  if (compare) {
    ++tally.compared_reads;
    if (!IsZero(expected.data)) ++tally.nonzero_reads;
  }
}

void PoolChecker::OnChange(const pool::ChangeNotice& notice, std::uint64_t cycle) {
  ++tallies_[notice.host].notices;
  const std::uint64_t page = Key(notice.host, notice.page);
  if (notice.lpn != (std::uint64_t{notice.host} << 32 | notice.page)) Fail("notice: wrong lpn", cycle);
  switch (notice.change) {
    case pool::Change::kFirstWrite:
      if (!dirty_.insert(page).second) Fail("first write of a page that is dirty", cycle);
      lost_pages_.erase(page);
      break;
    case pool::Change::kWrittenOut:
      ++tallies_[notice.host].written_out;
      if (dirty_.erase(page) == 0) Fail("a page was written out that was clean", cycle);
      stored_.insert(page);
      break;
    case pool::Change::kReleased: {
      dirty_.erase(page);
      stored_.erase(page);
      lost_pages_.erase(page);
      released_.insert(page);
      for (std::uint64_t line = 0; line < kLinesPerPage; ++line) {
        lines_[Key(notice.host, std::uint64_t{notice.page} * kLinesPerPage + line)] = Line{};
        poison_.erase(Key(notice.host, std::uint64_t{notice.page} * kLinesPerPage + line));
      }
      break;
    }
    case pool::Change::kMoved:
      ++tallies_[notice.host].moved_pages;
      moving_.insert(page);
      break;
  }
}

void PoolChecker::OnCycle(std::uint64_t cycle) {
  while (!deadlines_.empty() && deadlines_.front().first <= cycle) {
    const auto [when, who] = deadlines_.front();
    deadlines_.pop_front();
    const Requester& requester = requesters_[who.first];
    const auto found = requester.accesses.find(who.second);
    if (found != requester.accesses.end() && found->second.accepted_at + bound_cycles_ == when) {
      Fail("not answered within " + std::to_string(bound_cycles_) +
               " cycles: " + Describe(who.first / 2, who.first % 2 != 0, found->second.request),
           cycle);
    }
  }
}

PoolChecker::Tally PoolChecker::Sum() const {
  Tally sum;
  for (const Tally& tally : tallies_) {
    sum.accesses += tally.accesses;
    sum.hits += tally.hits;
    sum.misses += tally.misses;
    sum.access_errors += tally.access_errors;
    sum.page_ins += tally.page_ins;
    sum.zero_fills += tally.zero_fills;
    sum.evictions += tally.evictions;
    sum.notices += tally.notices;
    sum.refused += tally.refused;
    sum.moves += tally.moves;
    sum.moved_pages += tally.moved_pages;
    sum.poisons += tally.poisons;
    sum.atomics += tally.atomics;
    sum.exclusives_done += tally.exclusives_done;
    sum.paged += tally.paged;
    sum.early += tally.early;
    sum.corrupt += tally.corrupt;
    sum.compared_reads += tally.compared_reads;
    sum.nonzero_reads += tally.nonzero_reads;
    sum.written_out += tally.written_out;
  }
  return sum;
}

void PoolChecker::ExpectAllAnswered(std::uint64_t cycle) {
  if (in_flight_ != 0) Fail(std::to_string(in_flight_) + " accesses were never answered", cycle);
}

void PoolChecker::ExpectBulkHoldsEverything() {
  for (const auto& [key, expected] : lines_) {
    const std::uint64_t host = key >> 40;
    const std::uint64_t line = key & ((std::uint64_t{1} << 40) - 1);
    const BulkStub::StoredPage& page = bulk_->Content(host << 32 | line / kLinesPerPage);
    const bool lost = poison_.contains(key);
    const bool marked = (page.poison >> (line % kLinesPerPage) & 1) != 0;
    if (!lost && (marked || page.lines[line % kLinesPerPage] != expected)) {
      failures_.Add("after the flush bulk holds another content: host " + std::to_string(host) + " line " +
                    std::to_string(line));
      return;
    }
  }
}

}  // namespace tarn::tb
