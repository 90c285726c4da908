// A small pool model over sparse memory, and requests to it.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "models/bulk/bulk_store.h"
#include "models/common/random.h"
#include "models/common/slot_memory.h"
#include "models/pool/pool.h"

namespace tarn::pool {

inline constexpr std::uint32_t kTestSegmentBytes = 16 * 1024;  // 4 pages

inline Page SeededPage(std::uint64_t key) {
  Page page;
  for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
    const Line data = SeededLine(key * kLinesPerPage + line);
    std::memcpy(page.line(line), data.data(), kLineBytes);
  }
  return page;
}

inline Line LineOf(const Page& page, std::uint32_t line) {
  Line data;
  std::memcpy(data.data(), page.line(line), kLineBytes);
  return data;
}

// Fails commands when told to.
class FaultyDevice : public bulk::PageDevice {
 public:
  explicit FaultyDevice(bulk::BulkStore& store) : store_(store) {}

  bulk::BulkStatus Read(LogicalPage lpn, Page& page, std::uint64_t& poison) override {
    return read_status != bulk::BulkStatus::kOk ? read_status : store_.Read(lpn, page, poison);
  }
  bulk::BulkStatus Write(LogicalPage lpn, const Page& page, std::uint64_t poison) override {
    ++writes;
    return write_status != bulk::BulkStatus::kOk ? write_status : store_.Write(lpn, page, poison);
  }
  bulk::BulkStatus Trim(LogicalPage lpn) override { return store_.Trim(lpn); }
  bulk::BulkStatus Flush() override { return store_.Flush(); }
  std::uint64_t Peek(LogicalPage lpn, Page& page) const override { return store_.Peek(lpn, page); }

  bulk::BulkStatus read_status = bulk::BulkStatus::kOk;
  bulk::BulkStatus write_status = bulk::BulkStatus::kOk;
  std::uint64_t writes = 0;

 private:
  bulk::BulkStore& store_;
};

struct PoolFixture {
  explicit PoolFixture(std::uint32_t num_slots = 4, std::uint32_t num_hosts = 2, ReplacementPolicy* policy = nullptr)
      : store([](std::uint64_t lpn, Page& page) { page = SeededPage(lpn); }),
        device(store),
        pool({.num_hosts = num_hosts, .num_slots = num_slots, .segment_bytes = kTestSegmentBytes}, memory, device,
             policy) {
    pool.set_notice_listener([this](const ChangeNotice& notice) { notices.push_back(notice); });
    pool.set_probe_listener([this](const PoolProbe& event) { probes.push_back(event); });
    for (std::uint32_t host = 0; host < num_hosts; ++host) SetWindow(host, 16, true);
  }

  void SetWindow(std::uint32_t host, std::uint32_t segments, bool on_bulk) {
    const Status status =
        pool.SetWindow(HostId(host), {.base = HostPhysAddr(Base(host)), .segments = segments, .on_bulk = on_bulk});
    if (!status.ok()) std::abort();
  }
  static std::uint64_t Base(std::uint32_t host) { return 0x8000'0000 + host * 0x1000'0000ull; }
  static std::uint64_t Address(std::uint32_t host, std::uint32_t segment, std::uint32_t offset = 0) {
    return Base(host) + std::uint64_t{segment} * kTestSegmentBytes + offset;
  }

  LineResponse Do(std::uint32_t host, Op op, std::uint64_t address, const Line& data = {},
                  std::uint64_t mask = ~std::uint64_t{0}) {
    HostRequest request;
    request.op = op;
    request.addr = address;
    request.data = data;
    request.mask = mask;
    return pool.Access(HostId(host), request);
  }
  LineResponse Read(std::uint32_t host, std::uint32_t segment, std::uint32_t offset = 0) {
    return Do(host, Op::kRead, Address(host, segment, offset));
  }
  LineResponse Write(std::uint32_t host, std::uint32_t segment, std::uint64_t key, std::uint32_t offset = 0) {
    return Do(host, Op::kWrite, Address(host, segment, offset), SeededLine(key));
  }
  LineResponse Exclusive(std::uint32_t host, Op op, std::uint64_t address, std::uint8_t id, const Line& data = {}) {
    HostRequest request;
    request.op = op;
    request.addr = address;
    request.data = data;
    request.mask = ~std::uint64_t{0};
    request.exclusive = true;
    request.exclusive_id = id;
    return pool.Access(HostId(host), request);
  }

  bulk::BulkStore store;
  FaultyDevice device;
  SparseSlotMemory memory;
  std::vector<ChangeNotice> notices;
  std::vector<PoolProbe> probes;
  Pool pool;
};

}  // namespace tarn::pool
