#include "sw/wave/comparison_report.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "sw/wave/value_text.h"

namespace tarn::wave {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNamesShown = 5;

std::string Plural(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

void PrintDifference(std::ostream& out, const Comparison& comparison, const Difference& difference) {
  out << "  " << difference.signal << ": " << DifferenceText(comparison, difference) << "\n";
  if (!difference.dut_fields.empty()) out << "    dut     " << difference.dut_fields << "\n";
  if (!difference.golden_fields.empty()) out << "    golden  " << difference.golden_fields << "\n";
  if (!difference.before.empty()) out << "    before it:\n";
  for (const std::string& line : difference.before) out << "      " << line << "\n";
}

void PrintPorts(std::ostream& out, const Comparison& comparison) {
  for (const ComparedPort& port : comparison.ports) {
    out << "  port " << port.name << ": " << Plural(port.compared, "transaction");
    if (port.compared != 0) {
      out << ", dut later by " << port.later_min_cycles << " to " << port.later_max_cycles << " cycles";
    }
    out << "\n";
  }
}

void PrintNotCompared(std::ostream& out, const Comparison& comparison) {
  if (comparison.not_compared.empty()) return;
  out << "  not compared, on no port: " << Plural(comparison.not_compared.size(), "signal") << " (";
  for (std::size_t i = 0; i < std::min(kNamesShown, comparison.not_compared.size()); ++i) {
    out << (i == 0 ? "" : ", ") << comparison.not_compared[i];
  }
  out << (comparison.not_compared.size() > kNamesShown ? ", …" : "") << ")\n";
}

Json MomentToJson(const std::optional<Moment>& moment) {
  return moment ? Json{{"cycle", moment->cycle}, {"time", moment->time}} : Json();
}

Json DifferenceToJson(const Comparison& comparison, const Difference& difference) {
  Json json = {{"signal", difference.signal},
               {"kind", KindName(difference.kind)},
               {"count", difference.count},
               {"dut", MomentToJson(difference.dut)},
               {"golden", MomentToJson(difference.golden)},
               {"dut_value", difference.dut_value},
               {"golden_value", difference.golden_value},
               {"dut_transaction", difference.dut_fields},
               {"golden_transaction", difference.golden_fields},
               {"before", difference.before}};
  if (difference.port != kNone) json["port"] = comparison.ports[difference.port].name;
  return json;
}

// For XML: also in attributes, and without what XML cannot hold.
std::string XmlText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') {
      out += c;
    }
  }
  return out;
}

// A test case of JUnit: what was compared under one name, and what was found.
struct TestCase {
  std::string group;
  std::uint64_t compared = 0;
  std::vector<const Difference*> differences;
};

void PrintTestCase(std::string& out, const Comparison& comparison, const std::string& name, const TestCase& one) {
  out += "  <testcase classname=\"" + XmlText(one.group) + "\" name=\"" + XmlText(name) + "\"";
  if (one.differences.empty() && one.compared != 0) {
    out += "/>\n";
    return;
  }
  out += ">\n";
  if (one.differences.empty()) out += "    <skipped message=\"nothing was compared\"/>\n";
  for (const Difference* const difference : one.differences) {
    std::string detail;
    for (const std::string& line : difference->before) detail += "\n" + line;
    out += "    <failure type=\"" + std::string(KindName(difference->kind)) + "\" message=\"" +
           XmlText(DifferenceText(comparison, *difference)) + "\">before it:" + XmlText(detail) + "</failure>\n";
  }
  out += "  </testcase>\n";
}

}  // namespace

std::string MomentText(const Moment& moment, int time_exponent) {
  return "cycle " + std::to_string(moment.cycle) + ", " + TimeText(moment.time, time_exponent);
}

std::string DifferenceText(const Comparison& comparison, const Difference& difference) {
  std::string text;
  if (difference.dut) text += MomentText(*difference.dut, comparison.time_exponents[kDut]) + ": ";
  if (!difference.dut) {
    text += "golden " + MomentText(*difference.golden, comparison.time_exponents[kGolden]) + ": ";
  }
  switch (difference.kind) {
    case DifferenceKind::kValue:
      text += "dut " + difference.dut_value + ", golden " + difference.golden_value;
      break;
    case DifferenceKind::kLatency:
      text += "too far from the golden one's cycle";
      break;
    case DifferenceKind::kOnlyDut:
      text += "a transaction of dut only";
      break;
    case DifferenceKind::kOnlyGolden:
      text += "a transaction of golden only";
      break;
    case DifferenceKind::kCycles:
      return text + "dut has " + difference.dut_value + " cycles, golden " + difference.golden_value;
  }
  if (difference.dut && difference.golden) {
    text += " (golden " + MomentText(*difference.golden, comparison.time_exponents[kGolden]) + ")";
  }
  return text + "; " + Plural(difference.count, "difference") + " of this kind";
}

void PrintComparison(std::ostream& out, const Comparison& comparison) {
  const std::string what = comparison.exact ? "cycle" : "transaction";
  out << (comparison.same() ? "SAME: " : "DIFFERENT: ") << Plural(comparison.compared, what) << " compared, "
      << Plural(comparison.signals.size(), "signal");
  if (!comparison.same()) out << ", " << Plural(comparison.differences.size(), "kind") << " of difference";
  out << "\n";
  for (const Difference& difference : comparison.differences) PrintDifference(out, comparison, difference);
  PrintPorts(out, comparison);
  PrintNotCompared(out, comparison);
}

Json ComparisonToJson(const Comparison& comparison) {
  Json json = {{"same", comparison.same()},
               {"exact", comparison.exact},
               {"dut", comparison.files[kDut]},
               {"golden", comparison.files[kGolden]},
               {"dut_cycles", comparison.cycles[kDut]},
               {"golden_cycles", comparison.cycles[kGolden]},
               {"dut_time_exponent", comparison.time_exponents[kDut]},
               {"golden_time_exponent", comparison.time_exponents[kGolden]},
               {"compared", comparison.compared},
               {"signals", comparison.signals.size()}};
  json["differences"] = Json::array();
  for (const Difference& difference : comparison.differences) {
    json["differences"].push_back(DifferenceToJson(comparison, difference));
  }
  json["ports"] = Json::array();
  for (const ComparedPort& port : comparison.ports) {
    json["ports"].push_back({{"name", port.name},
                             {"compared", port.compared},
                             {"different", port.different},
                             {"dut_later_min_cycles", port.later_min_cycles},
                             {"dut_later_max_cycles", port.later_max_cycles}});
  }
  json["not_compared"] = comparison.not_compared;
  return json;
}

std::string ComparisonToJUnit(const Comparison& comparison) {
  std::map<std::string, TestCase> cases;
  const auto group = [&](std::uint32_t port) { return port == kNone ? "signals" : comparison.ports[port].name; };
  for (const ComparedSignal& signal : comparison.signals) {
    cases[signal.name] = {.group = group(signal.port), .compared = signal.compared};
  }
  for (std::uint32_t i = 0; i < comparison.ports.size(); ++i) {
    cases[comparison.ports[i].name] = {.group = group(i), .compared = comparison.ports[i].compared};
  }
  for (const Difference& difference : comparison.differences) {
    TestCase& one = cases[difference.signal];
    one.group = group(difference.port);
    one.differences.push_back(&difference);
  }
  const auto failures =
      std::count_if(cases.begin(), cases.end(), [](const auto& one) { return !one.second.differences.empty(); });
  const auto skipped = std::count_if(cases.begin(), cases.end(), [](const auto& one) {
    return one.second.differences.empty() && one.second.compared == 0;
  });
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"tarn wave compare\" tests=\"" +
                    std::to_string(cases.size()) + "\" failures=\"" + std::to_string(failures) + "\" skipped=\"" +
                    std::to_string(skipped) + "\" errors=\"0\">\n";
  for (const auto& [name, one] : cases) PrintTestCase(out, comparison, name, one);
  return out + "</testsuite>\n";
}

}  // namespace tarn::wave
