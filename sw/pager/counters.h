// What a pager has done, for those who watch it from another process: each value has one writer and is read as it
// stands.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "sw/replay/histogram.h"

namespace tarn::pager {

class Counter {
 public:
  void Add(std::uint64_t amount = 1) { value_.store(value() + amount, std::memory_order_relaxed); }
  void Set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

struct Counters {
  Counter faults;               // a missing page was touched
  Counter write_faults;         // a clean page was written for the first time
  Counter zero_fills;           // pages that came as zero
  Counter page_ins;             // pages that came from the store
  Counter prefetched;           // of both, those that nobody had touched yet
  Counter evictions;            // pages that left
  Counter page_outs;            // of these, written to the store
  Counter zero_page_outs;       // dirty, but zero: not written
  Counter clean_drops;          // clean: not written
  Counter bytes_written;        // to the store
  Counter clean_bytes_written;  // of pages that were clean: always 0
  Counter samples;              // pages unmapped to see whether they are used
  Counter sample_hits;          // and they were
  Counter forced_evictions;     // times when a fault had to wait for evictions
  Counter resident_pages;
  Counter resident_pages_max;
  Counter stored_pages;
  // From the moment when the fault was taken up until the page was there, in ns.
  std::array<Counter, replay::Histogram::kBuckets> latency;
};

}  // namespace tarn::pager
