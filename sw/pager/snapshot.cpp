#include "sw/pager/snapshot.h"

#include <algorithm>
#include <span>
#include <sstream>

namespace tarn::pager {

namespace {

struct Field {
  const char* name;
  const char* help;
  std::uint64_t Snapshot::* value;
  Counter Counters::* source;
  bool total;  // grows for ever; else it stands for what is now
};

constexpr std::array kFields = {
    Field{"faults", "Missing pages that were touched.", &Snapshot::faults, &Counters::faults, true},
    Field{"write_faults", "Clean pages that were written.", &Snapshot::write_faults, &Counters::write_faults, true},
    Field{"zero_fills", "Pages that came as zero.", &Snapshot::zero_fills, &Counters::zero_fills, true},
    Field{"page_ins", "Pages that came from the node.", &Snapshot::page_ins, &Counters::page_ins, true},
    Field{"prefetched", "Pages that came before they were touched.", &Snapshot::prefetched, &Counters::prefetched,
          true},
    Field{"evictions", "Pages that left.", &Snapshot::evictions, &Counters::evictions, true},
    Field{"page_outs", "Dirty pages that were written to the node.", &Snapshot::page_outs, &Counters::page_outs, true},
    Field{"zero_page_outs", "Dirty pages of zeros, not written.", &Snapshot::zero_page_outs, &Counters::zero_page_outs,
          true},
    Field{"clean_drops", "Clean pages that left, not written.", &Snapshot::clean_drops, &Counters::clean_drops, true},
    Field{"bytes_written", "Bytes written to the node.", &Snapshot::bytes_written, &Counters::bytes_written, true},
    Field{"clean_bytes_written", "Bytes of clean pages written to the node.", &Snapshot::clean_bytes_written,
          &Counters::clean_bytes_written, true},
    Field{"samples", "Pages unmapped to see whether they are used.", &Snapshot::samples, &Counters::samples, true},
    Field{"sample_hits", "Of these, pages that were used.", &Snapshot::sample_hits, &Counters::sample_hits, true},
    Field{"forced_evictions", "Faults that had to wait for evictions.", &Snapshot::forced_evictions,
          &Counters::forced_evictions, true},
    Field{"resident_pages", "Pages that are resident.", &Snapshot::resident_pages, &Counters::resident_pages, false},
    Field{"resident_pages_max", "The most pages that a program had resident.", &Snapshot::resident_pages_max,
          &Counters::resident_pages_max, false},
    Field{"stored_pages", "Pages that the node holds.", &Snapshot::stored_pages, &Counters::stored_pages, false},
};

constexpr std::array kPercentiles = {50.0, 90.0, 99.0, 99.9};

}  // namespace

void Snapshot::Add(const Counters& counters, bool gone) {
  ++programs;
  for (const Field& field : kFields) {
    const std::uint64_t value = (counters.*field.source).value();
    if (field.source == &Counters::resident_pages_max) {
      resident_pages_max = std::max(resident_pages_max, value);
    } else if (field.total || !gone) {
      this->*field.value += value;
    }
  }
  for (std::size_t bucket = 0; bucket < latency.size(); ++bucket) latency[bucket] += counters.latency[bucket].value();
}

std::uint64_t Snapshot::LatencyPercentile(double percent) const {
  std::uint64_t count = 0;
  for (const std::uint64_t each : latency) count += each;
  const double rank = percent / 100 * static_cast<double>(count);
  std::uint64_t seen = 0;
  for (std::uint32_t bucket = 0; bucket < latency.size(); ++bucket) {
    seen += latency[bucket];
    if (seen != 0 && static_cast<double>(seen) >= rank) return replay::Histogram::FloorOf(bucket);
  }
  return 0;
}

nlohmann::ordered_json ToJson(const Snapshot& snapshot) {
  nlohmann::ordered_json json = {{"programs", snapshot.programs}};
  for (const Field& field : kFields) json[field.name] = snapshot.*field.value;
  json["service_p50_ns"] = snapshot.LatencyPercentile(50);
  json["service_p99_ns"] = snapshot.LatencyPercentile(99);
  return json;
}

std::string ToPrometheus(const Snapshot& snapshot) {
  std::ostringstream text;
  for (const Field& field : kFields) {
    const std::string name = std::string("tarn_far_") + field.name + (field.total ? "_total" : "");
    text << "# HELP " << name << " " << field.help << "\n# TYPE " << name << (field.total ? " counter\n" : " gauge\n")
         << name << " " << snapshot.*field.value << "\n";
  }
  const std::string name = "tarn_far_service_seconds";
  text << "# HELP " << name << " Time from taking a fault up until its page was there.\n# TYPE " << name
       << " summary\n";
  for (const double percent : kPercentiles) {
    text << name << "{quantile=\"" << percent / 100 << "\"} "
         << static_cast<double>(snapshot.LatencyPercentile(percent)) / 1e9 << "\n";
  }
  text << name << "_count " << snapshot.faults << "\n";
  return text.str();
}

}  // namespace tarn::pager
