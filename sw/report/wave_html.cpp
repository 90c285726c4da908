#include "sw/report/wave_html.h"

#include <optional>
#include <sstream>

#include "sw/report/html.h"
#include "sw/wave/comparison_report.h"
#include "sw/wave/value_text.h"

namespace tarn::report {

namespace {

using wave::CycleSpan;
using wave::Row;
using wave::Surroundings;

constexpr const char* kSideNames[] = {"dut", "golden"};

// Sizes in pixels.
constexpr int kNameWidth = 250, kCycleWidth = 44, kRowHeight = 26, kWaveHeight = 16, kHeadHeight = 22, kSlope = 4;
constexpr std::size_t kCharacterWidth = 7;

constexpr const char* kWaveStyle = R"css(
  body { max-width: 76em; }
  .wave text { font: 11px ui-monospace, monospace; fill: #1f2937; } .wave .cycle { fill: #6b7280; text-anchor: middle; }
  .wave .line { fill: none; stroke: #1d4ed8; stroke-width: 1.5; } .wave .bus { fill: #eff6ff; stroke: #1d4ed8; }
  .wave .unknown { fill: #fef3c7; stroke: #b45309; } .wave .grid { stroke: #e5e7eb; } .wave .here { fill: #fee2e2; }
  .wave .differs { fill: #b91c1c; font-weight: 700; }
)css";

// Places in a picture of one side.
class Picture {
 public:
  Picture(std::ostream& out, const Surroundings& surroundings, const CycleSpan& span, const std::string& differs)
      : out_(out), rows_(surroundings.rows), span_(span), differs_(differs) {}

  void Draw() {
    const int width = kNameWidth + kCycleWidth * static_cast<int>(span_.values.size());
    const int height = kHeadHeight + kRowHeight * static_cast<int>(rows_.size());
    out_ << "<svg class=wave viewBox='0 0 " << width << " " << height << "' width=" << width << ">\n";
    DrawCycles(height);
    for (std::size_t row = 0; row < rows_.size(); ++row) DrawRow(row);
    out_ << "</svg>\n";
  }

 private:
  static int Left(std::size_t column) { return kNameWidth + kCycleWidth * static_cast<int>(column); }
  static int Top(std::size_t row) {
    return kHeadHeight + kRowHeight * static_cast<int>(row) + (kRowHeight - kWaveHeight) / 2;
  }
  const std::string& Value(std::size_t column, std::size_t row) const { return span_.values[column][row]; }

  void DrawCycles(int height) {
    for (std::size_t column = 0; column < span_.values.size(); ++column) {
      const std::uint64_t cycle = span_.first_cycle + column;
      const int left = Left(column);
      if (cycle == span_.centre.cycle) {
        out_ << "<rect class=here x=" << left << " y=0 width=" << kCycleWidth << " height=" << height << " />";
      }
      out_ << "<line class=grid x1=" << left << " x2=" << left << " y1=" << kHeadHeight << " y2=" << height
           << " /><text class=cycle x=" << left + kCycleWidth / 2 << " y=14>" << cycle << "</text>\n";
    }
  }

  void DrawRow(std::size_t row) {
    const Row& one = rows_[row];
    const int base = Top(row) + kWaveHeight - 4;
    constexpr std::size_t kCharacters = kNameWidth / kCharacterWidth - 1;
    const bool cut = one.name.size() > kCharacters;
    const std::string shown = cut ? "…" + one.name.substr(one.name.size() - kCharacters + 1) : one.name;
    out_ << "<text" << (one.name == differs_ ? " class=differs" : "") << " x=0 y=" << base << "><title>"
         << Escaped(one.name) << "</title>" << Escaped(shown) << "</text>";
    if (one.field.bits == 1) {
      DrawBit(row);
    } else {
      DrawBus(row);
    }
    out_ << "\n";
  }

  // A line, high or low; half way up where it is unknown.
  void DrawBit(std::size_t row) {
    std::string points;
    for (std::size_t column = 0; column < span_.values.size(); ++column) {
      const char bit = Value(column, row)[0];
      const int y = bit == '1' ? Top(row) : bit == '0' ? Top(row) + kWaveHeight : Top(row) + kWaveHeight / 2;
      for (const int x : {Left(column), Left(column) + kCycleWidth}) {
        points += std::to_string(x) + "," + std::to_string(y) + " ";
      }
    }
    out_ << "<polyline class=line points='" << points << "' />";
  }

  // A box for each run of cycles with the same value.
  void DrawBus(std::size_t row) {
    for (std::size_t first = 0; first < span_.values.size();) {
      std::size_t end = first + 1;
      while (end < span_.values.size() && Value(end, row) == Value(first, row)) ++end;
      DrawBox(row, Left(first), Left(end), Value(first, row));
      first = end;
    }
  }

  void DrawBox(std::size_t row, int left, int right, const std::string& bits) {
    const bool unknown = bits.find_first_not_of("01") != std::string::npos;
    const std::string value = wave::ValueText(
        {.bits = rows_[row].field.bits, .real = rows_[row].field.real, .names = rows_[row].field.names}, bits);
    const int top = Top(row), middle = top + kWaveHeight / 2, bottom = top + kWaveHeight;
    out_ << "<g><title>" << Escaped(value) << "</title><polygon class=" << (unknown ? "unknown" : "bus") << " points='"
         << left << "," << middle << " " << left + kSlope << "," << top << " " << right - kSlope << "," << top << " "
         << right << "," << middle << " " << right - kSlope << "," << bottom << " " << left + kSlope << "," << bottom
         << "' /><text x=" << left + 2 * kSlope << " y=" << bottom - 4 << ">"
         << Escaped(Fitting(value, static_cast<std::size_t>(right - left - 3 * kSlope) / kCharacterWidth))
         << "</text></g>";
  }

  // The end of a number tells more than its start; of a name, the start.
  static std::string Fitting(const std::string& value, std::size_t characters) {
    if (value.size() <= characters) return value;
    if (characters < 2) return "";
    if (!value.starts_with("0x") && !value.starts_with("0b")) return value.substr(0, characters - 1) + "…";
    return "…" + value.substr(value.size() - characters + 1);
  }

  std::ostream& out_;
  const std::vector<Row>& rows_;
  const CycleSpan& span_;
  const std::string& differs_;
};

void WriteSide(std::ostream& out, const wave::Comparison& comparison, const Surroundings& surroundings,
               wave::Side side) {
  out << "<h3>" << kSideNames[side];
  const std::optional<CycleSpan>& span = surroundings.sides[side];
  if (!span) {
    out << "</h3><p class=note>has no such transaction</p>\n";
    return;
  }
  out << ", " << wave::MomentText(span->centre, comparison.time_exponents[side]) << "</h3>\n";
  Picture(out, surroundings, *span, comparison.differences[surroundings.difference].signal).Draw();
}

void WriteDifference(std::ostream& out, const wave::Comparison& comparison, const Surroundings& surroundings) {
  const wave::Difference& difference = comparison.differences[surroundings.difference];
  out << "<h2>" << Escaped(difference.signal) << "</h2>\n<p>" << Escaped(wave::DifferenceText(comparison, difference))
      << "</p>\n";
  for (const wave::Side side : wave::kSides) WriteSide(out, comparison, surroundings, side);
  if (difference.before.empty()) return;
  out << "<details><summary>transactions before it</summary><pre>";
  for (const std::string& line : difference.before) out << Escaped(line) << "\n";
  out << "</pre></details>\n";
}

void WritePorts(std::ostream& out, const wave::Comparison& comparison) {
  if (comparison.ports.empty()) return;
  out << "<h2>Ports</h2>\n<table><tr><th>port<th>transactions<th>different<th>dut later by, cycles</tr>\n";
  for (const wave::ComparedPort& port : comparison.ports) {
    out << "<tr><td>" << Escaped(port.name) << "<td>" << Grouped(port.compared) << "<td>" << Grouped(port.different)
        << "<td>";
    if (port.compared != 0) out << port.later_min_cycles << " to " << port.later_max_cycles;
    out << "</tr>\n";
  }
  out << "</table>\n";
}

}  // namespace

std::string WavesToHtml(const wave::Comparison& comparison, const std::vector<Surroundings>& surroundings) {
  std::ostringstream out;
  WriteHead(out, "Tarn: " + comparison.files[wave::kDut] + " against " + comparison.files[wave::kGolden]);
  out << "<style>" << kWaveStyle << "</style>\n<h1>" << Escaped(comparison.files[wave::kDut]) << " against "
      << Escaped(comparison.files[wave::kGolden]) << "</h1>\n<p class=note>compared "
      << (comparison.exact ? "cycle by cycle" : "by transaction, whatever their cycles") << "</p>\n<p class='verdict "
      << (comparison.same() ? "good'>The same: " : "bad'>Different: ") << Grouped(comparison.compared)
      << (comparison.exact ? " cycles" : " transactions") << " compared, " << Grouped(comparison.signals.size())
      << " signals";
  if (!comparison.same()) out << ", " << comparison.differences.size() << " kinds of difference";
  out << "</p>\n";
  for (const Surroundings& one : surroundings) WriteDifference(out, comparison, one);
  if (surroundings.size() < comparison.differences.size()) {
    out << "<h2>And</h2>\n<ul>\n";
    for (std::size_t i = surroundings.size(); i < comparison.differences.size(); ++i) {
      const wave::Difference& difference = comparison.differences[i];
      out << "<li>" << Escaped(difference.signal) << ": " << Escaped(wave::DifferenceText(comparison, difference))
          << "</li>\n";
    }
    out << "</ul>\n";
  }
  WritePorts(out, comparison);
  out << "</html>\n";
  return out.str();
}

}  // namespace tarn::report
