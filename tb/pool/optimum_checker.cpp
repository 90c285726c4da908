#include "tb/pool/optimum_checker.h"

namespace tarn::tb {

namespace {
std::string ToString(const pool::OptimumResult& result) {
  return std::to_string(result.accesses) + " accesses, " + std::to_string(result.pool_misses) +
         " misses of the pool, " + std::to_string(result.misses) + " of the optimum, " +
         std::to_string(result.dropped) + " dropped";
}
}  // namespace

void OptimumChecker::Fail(const std::string& what, std::uint64_t cycle) {
  failures_.Add("optimum, cycle " + std::to_string(cycle) + ": " + what);
}

void OptimumChecker::Observe(const pool::PoolProbe& event, const pool::OptimumProbe& did, std::uint32_t slots,
                             std::uint32_t log2_sampling, std::uint64_t cycle) {
  if (did.active == 0) {
    model_.reset();
    expected_.clear();
    expected_result_.reset();
    last_result_.reset();
    return;
  }
  if (!model_) Begin(did, slots, log2_sampling, cycle);
  Hear(did, cycle);
  Compare(did, cycle);
  before_ = event;
}

void OptimumChecker::Begin(const pool::OptimumProbe& did, std::uint32_t slots, std::uint32_t log2_sampling,
                           std::uint64_t cycle) {
  model_.emplace(pool::OptimumMonitor::Config{.shape = shape_.shape,
                                              .settings = {.slots = slots, .log2_sampling = log2_sampling},
                                              .segments_per_host = shape_.segments_per_host,
                                              .log2_epoch = did.log2_epoch});
  before_ = {};
  ++counts_.begun;
  if (model_->log2_sampling() != did.log2_sampling) {
    Fail("one segment in 2^" + std::to_string(did.log2_sampling) + " is sampled, the model: 2^" +
             std::to_string(model_->log2_sampling()),
         cycle);
  }
}

void OptimumChecker::Hear(const pool::OptimumProbe& did, std::uint64_t cycle) {
  const bool dropped = did.dropped != 0;
  const pool::OptimumMonitor::Heard heard = model_->Observe(before_, dropped);
  // Beside what has yet to be judged an end of an epoch may wait.
  if (dropped && !heard.followed) Fail("drops an event that does not concern it", cycle);
  if (dropped && expected_.size() + 2 < shape_.queue_depth) Fail("drops an event though its queue has room", cycle);
  if (dropped) ++counts_.dropped;
  if (heard.missed) expected_.push_back(*heard.missed);
  if (heard.result) {
    if (expected_result_) Fail("an epoch's result has not come, and the next one is over", cycle);
    expected_result_ = heard.result;
  }
  if (expected_.size() > shape_.queue_depth + 2) Fail("does not judge what it heard", cycle);
}

void OptimumChecker::Compare(const pool::OptimumProbe& did, std::uint64_t cycle) {
  if (did.judged != 0) {
    ++counts_.judged;
    if (did.missed != 0) ++counts_.missed;
    if (expected_.empty()) {
      Fail("judges what nobody referenced", cycle);
    } else {
      if (expected_.front() != (did.missed != 0))
        Fail(expected_.front() ? "the optimum misses, it says hit" : "the optimum hits, it says miss", cycle);
      expected_.pop_front();
    }
  }
  if (did.epoch_end == 0) return;
  ++counts_.epochs;
  last_result_ = pool::OptimumResult{
      .accesses = did.accesses, .pool_misses = did.pool_misses, .misses = did.misses, .dropped = did.lost};
  if (!expected_result_) {
    Fail("an epoch ends too early", cycle);
  } else if (*expected_result_ != *last_result_) {
    Fail("an epoch had " + ToString(*last_result_) + "; the model: " + ToString(*expected_result_), cycle);
  }
  expected_result_.reset();
}

}  // namespace tarn::tb
