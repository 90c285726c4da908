#include "sw/tarn/trace_report.h"

#include <iomanip>
#include <sstream>
#include <string_view>

#include "models/common/units.h"
#include "sw/trace/file_format.h"

namespace tarn::tool {

namespace {

constexpr std::uint64_t kSegmentBytes = 65536;

double Mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

double Share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::ostream& Name(std::ostream& out, std::string_view name) {
  return out << std::left << std::setw(14) << (std::string(name) + ":") << std::right;
}

void PrintFootprint(std::ostream& out, std::string_view name, std::uint64_t count, std::uint64_t unit_bytes) {
  Name(out, name) << count << " of " << unit_bytes / 1024 << " KiB (" << std::fixed << std::setprecision(1)
                  << Mebibytes(count * unit_bytes) << " MiB)\n";
}

}  // namespace

nlohmann::ordered_json SummaryToJson(const trace::Summary& summary) {
  return {{"accesses", summary.accesses},     {"reads", summary.reads},
          {"writes", summary.writes},         {"write_share", Share(summary.writes, summary.accesses)},
          {"pages_4k", summary.pages},        {"footprint_4k_bytes", summary.pages * kPageBytes},
          {"segments_64k", summary.segments}, {"footprint_64k_bytes", summary.segments * kSegmentBytes},
          {"gap_total", summary.gap_total},   {"ending", trace::EndingName(summary.ending)}};
}

nlohmann::ordered_json MetadataToJson(const trace::Metadata& metadata) {
  nlohmann::ordered_json json = {{"command", metadata.command},
                                 {"source", metadata.source},
                                 {"skipped", metadata.skipped},
                                 {"gap_unit", trace::GapUnitName(metadata.gap_unit)}};
  if (metadata.filter) {
    json["filter"] = {{"size_bytes", metadata.filter->size_bytes},
                      {"ways", metadata.filter->ways},
                      {"line_bytes", metadata.filter->line_bytes},
                      {"instructions", metadata.filter->instructions},
                      {"flush", metadata.filter->flush}};
  }
  return json;
}

void PrintSummary(std::ostream& out, const trace::Summary& summary, trace::GapUnit gap_unit) {
  Name(out, "accesses") << summary.accesses << " (" << summary.reads << " reads, " << summary.writes
                        << " writes: " << std::fixed << std::setprecision(1)
                        << 100 * Share(summary.writes, summary.accesses) << "% writes)\n";
  PrintFootprint(out, "pages", summary.pages, kPageBytes);
  PrintFootprint(out, "segments", summary.segments, kSegmentBytes);
  if (gap_unit != trace::GapUnit::kNone) {
    Name(out, trace::GapUnitName(gap_unit)) << summary.gap_total << "\n";
  }
  Name(out, "ending") << trace::EndingName(summary.ending) << "\n";
}

void PrintMetadata(std::ostream& out, const trace::Metadata& metadata) {
  if (!metadata.command.empty()) Name(out, "command") << QuotedCommand(metadata.command) << "\n";
  Name(out, "source") << QuotedCommand({metadata.source}) << "\n";
  if (metadata.skipped != 0) Name(out, "skipped") << metadata.skipped << " accesses\n";
  if (metadata.filter) {
    Name(out, "cache") << static_cast<double>(metadata.filter->size_bytes) / 1024 << " KiB, " << metadata.filter->ways
                       << " ways, " << metadata.filter->line_bytes << " B lines"
                       << (metadata.filter->instructions ? ", instructions too" : "")
                       << (metadata.filter->flush ? ", flushed at the end" : "") << "\n";
  }
}

std::string QuotedCommand(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  std::ostringstream out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out << (i == 0 ? "" : " ");
    const bool plain = !words[i].empty() && words[i].find_first_not_of(kPlain) == std::string::npos;
    out << (plain ? "" : "'");
    for (const char c : words[i]) {
      if (c == '\'') {
        out << "'\\''";
      } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
        out << "\\x" << std::hex << std::setw(2) << std::setfill('0') << int{static_cast<unsigned char>(c)} << std::dec
            << std::setfill(' ');
      } else {
        out << c;
      }
    }
    out << (plain ? "" : "'");
  }
  return out.str();
}

std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace tarn::tool
