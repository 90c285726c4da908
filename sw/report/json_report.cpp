#include "sw/report/json_report.h"

#include <cstdio>
#include <optional>

#include "sw/drivers/paging_mode.h"

namespace tarn::report {

namespace {

using Json = nlohmann::ordered_json;

Json LatencyToJson(const replay::Histogram& histogram) {
  Json buckets = Json::array();
  for (std::uint32_t bucket = 0; bucket < replay::Histogram::kBuckets; ++bucket) {
    const std::uint64_t count = histogram.bucket_count(bucket);
    if (count != 0) buckets.push_back({replay::Histogram::FloorOf(bucket), count});
  }
  return {{"count", histogram.count()},      {"mean", histogram.mean()},        {"p50", histogram.Percentile(50)},
          {"p95", histogram.Percentile(95)}, {"p99", histogram.Percentile(99)}, {"max", histogram.max()},
          {"buckets_floor_count", buckets}};
}

Json StageToJson(const std::optional<replay::StageSummary>& stage) {
  if (!stage) return nullptr;
  Json pages = Json::object();
  for (const auto& [size_bytes, count] : stage->pages) pages[drivers::PageSizeName(size_bytes)] = count;
  return {{"mode", stage->mode}, {"pages", pages}};
}

Json HostToJson(const replay::HostSummary& host) {
  char digest[20];
  std::snprintf(digest, sizeof digest, "%016llx", static_cast<unsigned long long>(host.statistics.digest));
  Json latency = Json::object();
  for (int path = 0; path < replay::kPaths; ++path) {
    const replay::Histogram& histogram = host.statistics.latency_cycles[static_cast<std::size_t>(path)];
    if (histogram.count() != 0) latency[replay::kPathNames[static_cast<std::size_t>(path)]] = LatencyToJson(histogram);
  }
  return {{"host", host.number},
          {"programs", host.programs},
          {"addressing", host.addressing},
          {"first_stage", StageToJson(host.first_stage)},
          {"second_stage", StageToJson(host.second_stage)},
          {"segments", host.segments},
          {"pages", host.pages},
          {"reads", host.statistics.reads},
          {"writes", host.statistics.writes},
          {"bytes_checked", host.statistics.bytes_checked},
          {"nonzero_reads", host.statistics.nonzero_reads},
          {"mismatches", host.statistics.mismatches},
          {"digest", digest},
          {"latency_cycles", latency}};
}

Json SampleToJson(const replay::Sample& sample) {
  return {{"cycle", sample.cycle},
          {"lines", sample.lines},
          {"resident_segments", sample.resident_segments},
          {"page_ins", sample.page_ins},
          {"pages_out_dirty", sample.pages_out_dirty},
          {"pages_dropped_clean", sample.pages_dropped_clean},
          {"bus_busy_cycles", sample.bus_busy_cycles}};
}

}  // namespace

Json ToJson(const replay::RunSummary& summary) {
  Json json = {{"passed", summary.passed()},
               {"platform", summary.platform},
               {"seed", summary.seed},
               {"bulk", summary.bulk},
               {"clock_hz", summary.clock_hz},
               {"segment_bytes", summary.segment_bytes},
               {"slots", summary.slots},
               {"footprint_segments", summary.footprint_segments},
               {"setup_cycles", summary.setup_cycles},
               {"cycles", summary.cycles},
               {"lines", summary.lines},
               {"lines_in_traces", summary.lines_in_traces},
               {"seconds", summary.seconds},
               {"model_seconds", summary.model_seconds},
               {"interrupted", summary.interrupted},
               {"failure", summary.failure},
               {"mismatches", summary.mismatches},
               {"remarks", summary.remarks}};
  for (const replay::HostSummary& host : summary.hosts) json["hosts"].push_back(HostToJson(host));
  for (const replay::Counter& counter : summary.counters) json["counters"][counter.name] = counter.value;
  for (const replay::Check& check : summary.checks) {
    json["checks"].push_back({{"name", check.name}, {"passed", check.passed}, {"detail", check.detail}});
  }
  for (const replay::Sample& sample : summary.samples) json["samples"].push_back(SampleToJson(sample));
  return json;
}

}  // namespace tarn::report
