// What scenarios share, those on the wide pool most of all: one request after the other, and a look at registers.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/pool/wide_pool.h"

namespace tarn::tests {

inline constexpr std::uint64_t kSegment = WideShape::kSegmentBytes;

// Values of map_command.
enum Order : std::uint32_t { kUnpin = 3, kPin, kAssignSlot, kPageOut, kPageIn, kMarkHot, kMarkCold, kToFast, kToSlow };

template <typename Bench>
class PoolScenarioOn : public testing::Test {
 protected:
  void Make(const typename Bench::Options& options = {}) {
    bench_ = std::make_unique<Bench>(options);
    ASSERT_TRUE(bench_->Start()) << bench_->failures().Text();
    bench_->response_hook = [this](std::uint32_t, bool, const LineResponse& response, std::uint64_t) {
      answers_.push_back(response);
    };
  }
  // Sends, waits, and gives the answer.
  LineResponse Do(std::uint32_t host, const HostRequest& request) {
    bench_->Send(host, false, request);
    EXPECT_TRUE(bench_->Drain()) << bench_->failures().Text();
    return answers_.empty() ? LineResponse{} : answers_.back();
  }
  LineResponse Read(std::uint32_t host, std::uint64_t offset, bool exclusive = false, std::uint8_t id = 0) {
    return Do(host, {.op = Op::kRead,
                     .exclusive = exclusive,
                     .exclusive_id = id,
                     .addr = bench_->base(host) + offset,
                     .mask = ~std::uint64_t{0}});
  }
  LineResponse Write(std::uint32_t host, std::uint64_t offset, std::uint64_t key, bool exclusive = false,
                     std::uint8_t id = 0) {
    return Do(host, {.op = Op::kWrite,
                     .exclusive = exclusive,
                     .exclusive_id = id,
                     .addr = bench_->base(host) + offset,
                     .mask = ~std::uint64_t{0},
                     .data = SeededLine(key)});
  }
  std::uint64_t BulkPage(std::uint32_t host, std::uint64_t from = 0) const {
    while (!bench_->PageIsOnBulk(host, from)) ++from;
    return from;
  }
  // A page is served before all of it has come; this waits for the rest.
  void WaitForPage(std::uint32_t host, std::uint64_t offset) {
    const auto page = static_cast<std::uint32_t>(offset / kPageBytes % Bench::kPages);
    for (int tries = 0; tries < 100; ++tries) {
      ReadMap(host, static_cast<std::uint32_t>(offset / kPageBytes / Bench::kPages), page / 32);
      if ((bench_->management().Read(pool_registers::map_read_valid::kOffset).rdata >> page % 32 & 1) != 0) return;
    }
    ADD_FAILURE() << "the page at " << offset << " has not come";
  }
  std::uint32_t Status() { return bench_->management().Read(pool_registers::status::kOffset).rdata; }
  std::uint32_t Events() { return bench_->management().Read(pool_registers::events::kOffset).rdata; }
  // What the map says of the segment: `map_status`; the other map_read registers are of this word of it then.
  std::uint32_t ReadMap(std::uint32_t host, std::uint32_t segment, std::uint32_t word = 0) {
    namespace reg = pool_registers;
    bench_->management().Write(reg::map_host::kOffset, host);
    bench_->management().Write(reg::map_segment::kOffset, segment);
    if (Bench::kMapWords != 1) bench_->management().Write(reg::map_word::kOffset, word);
    bench_->management().Write(reg::map_command::kOffset, 2);
    bench_->simulation().Run(20);
    return bench_->management().Read(reg::map_status::kOffset).rdata;
  }
  // Whether it could be done for all of the segments.
  bool Command(Order order, std::uint32_t host, std::uint32_t segment, std::uint32_t count = 1) {
    namespace reg = pool_registers;
    RegisterBus& registers = bench_->management();
    registers.Write(reg::events::kOffset, reg::events::MapDone::kMask);
    registers.Write(reg::map_host::kOffset, host);
    registers.Write(reg::map_segment::kOffset, segment);
    registers.Write(reg::map_count::kOffset, count);
    registers.Write(reg::map_command::kOffset, order);
    EXPECT_TRUE(bench_->Wait([&] { return (Events() & reg::events::MapDone::kMask) != 0; }, 5000, "the order"));
    return (registers.Read(reg::map_status::kOffset).rdata & reg::map_status::Failed::kMask) == 0;
  }
  std::uint32_t FreeSlots() { return bench_->management().Read(pool_registers::free_slots::kOffset).rdata; }
  // Gives a segment back, waits, and gives release_status.
  std::uint32_t Release(std::uint32_t host, std::uint32_t segment) {
    RegisterBus& registers = bench_->host_registers(host);
    registers.Write(pool_host_registers::release_segment::kOffset, segment);
    registers.Write(pool_host_registers::release_command::kOffset, 1);
    EXPECT_TRUE(bench_->Wait(
        [&] {
          return (registers.Read(pool_host_registers::release_status::kOffset).rdata &
                  pool_host_registers::release_status::Busy::kMask) == 0;
        },
        2000, "the release"));
    return registers.Read(pool_host_registers::release_status::kOffset).rdata;
  }
  void TearDown() override {
    if (bench_) {
      EXPECT_FALSE(bench_->failures().any()) << bench_->failures().Text();
    }
  }
  std::unique_ptr<Bench> bench_;
  std::vector<LineResponse> answers_;
};
using PoolScenario = PoolScenarioOn<WideBench>;

}  // namespace tarn::tests
