#include "sw/wave/summary.h"

#include <array>
#include <cstdio>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "sw/wave/plan.h"
#include "sw/wave/transactions.h"

namespace tarn::wave {

namespace {

// The port that answers requests of the port of this name; kNone if there is none.
std::uint32_t FindAnswers(const Plan& plan, const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kNames = {
      {{"request", "response"}, {"req", "rsp"}, {"req", "resp"}}};
  for (const auto& [request, response] : kNames) {
    const std::size_t at = name.rfind(request);
    if (at == std::string::npos) continue;
    std::string answers = name;
    answers.replace(at, request.size(), response);
    if (const std::uint32_t port = plan.FindPort(answers); port != kNone) return port;
  }
  return kNone;
}

// Requests that wait for their answers.
struct Link {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::unordered_map<std::string, std::deque<std::uint64_t>> asked;  // cycles, by tag
};

class Summer {
 public:
  explicit Summer(const Plan& plan) : plan_(plan) {
    for (const PlannedPort& port : plan.ports) summary_.ports.push_back({.name = port.name});
  }

  Status AddLatencies(const std::vector<LatencyRule>& rules) {
    for (const LatencyRule& rule : rules) {
      for (const std::string& name : {rule.from, rule.to}) {
        if (plan_.FindPort(name) == kNone) return Status::Error("latencies: there is no port '" + name + "'");
      }
      AddLink(plan_.FindPort(rule.from), plan_.FindPort(rule.to));
    }
    if (!rules.empty()) return {};
    for (std::uint32_t from = 0; from < plan_.ports.size(); ++from) {
      const std::uint32_t to = FindAnswers(plan_, plan_.ports[from].name);
      if (to != kNone) AddLink(from, to);
    }
    return {};
  }

  void Take(const Transaction& transaction) {
    summary_.ports[transaction.port].wait_cycles.Add(transaction.waited_cycles);
    for (std::size_t i = 0; i < links_.size(); ++i) {
      Link& link = links_[i];
      if (transaction.port == link.from) link.asked[TagOf(link, transaction)].push_back(transaction.moment.cycle);
      if (transaction.port == link.to) TakeAnswer(link, transaction, summary_.latencies[i]);
    }
  }

  Summary Finish(const TransactionStream& stream) {
    summary_.cycles = stream.cycles();
    for (std::size_t i = 0; i < summary_.ports.size(); ++i) {
      summary_.ports[i].waiting_cycles = stream.activity()[i].waiting_cycles;
      summary_.ports[i].unknown_cycles = stream.activity()[i].unknown_cycles;
    }
    for (std::size_t i = 0; i < links_.size(); ++i) {
      for (const auto& [tag, cycles] : links_[i].asked) summary_.latencies[i].unanswered += cycles.size();
    }
    return std::move(summary_);
  }

 private:
  void AddLink(std::uint32_t from, std::uint32_t to) {
    links_.push_back({.from = from, .to = to});
    summary_.latencies.push_back({.from = plan_.ports[from].name, .to = plan_.ports[to].name});
  }

  // Only where both ports have tags do these decide.
  std::string TagOf(const Link& link, const Transaction& transaction) const {
    if (!plan_.ports[link.from].tag || !plan_.ports[link.to].tag) return "";
    const Field& tag = *plan_.ports[transaction.port].tag;
    return std::string(transaction.payload.substr(tag.offset, tag.bits));
  }

  void TakeAnswer(Link& link, const Transaction& transaction, LatencySummary& latency) const {
    const auto asked = link.asked.find(TagOf(link, transaction));
    if (asked == link.asked.end()) {
      ++latency.unasked;
      return;
    }
    latency.cycles.Add(transaction.moment.cycle - asked->second.front());
    asked->second.pop_front();
    if (asked->second.empty()) link.asked.erase(asked);
  }

  const Plan& plan_;
  std::vector<Link> links_;
  Summary summary_;
};

std::string OneDecimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

nlohmann::ordered_json LatencyToJson(const LatencySummary& latency) {
  return {{"from", latency.from},
          {"to", latency.to},
          {"pairs", latency.cycles.count()},
          {"min_cycles", latency.cycles.min()},
          {"mean_cycles", latency.cycles.mean()},
          {"p50_cycles", latency.cycles.Percentile(50)},
          {"p99_cycles", latency.cycles.Percentile(99)},
          {"max_cycles", latency.cycles.max()},
          {"unanswered", latency.unanswered},
          {"unasked", latency.unasked}};
}

}  // namespace

double PortSummary::back_pressure_percent() const {
  const std::uint64_t valid_cycles = waiting_cycles + transactions();
  return valid_cycles == 0 ? 0 : 100.0 * static_cast<double>(waiting_cycles) / static_cast<double>(valid_cycles);
}

Result<Summary> SumUp(WaveReader& reader, const Rules& rules) {
  const Result<Plan> plan = MakePlan(reader.header(), rules);
  if (!plan.ok()) return plan.status();
  if (plan->ports.empty()) return Status::Error("no signal is a port's valid; name ports by --rules");
  Summer summer(*plan);
  if (Status status = summer.AddLatencies(rules.latencies); !status.ok()) return status;
  TransactionStream stream(reader, *plan, kDut);
  while (const std::optional<Transaction> transaction = stream.Next()) summer.Take(*transaction);
  if (!stream.status().ok()) return stream.status();
  return summer.Finish(stream);
}

void PrintSummary(std::ostream& out, const Summary& summary) {
  out << summary.cycles << " cycles\n";
  for (const PortSummary& port : summary.ports) {
    out << "  " << port.name << ": " << port.transactions() << " transactions, valid and not ready in "
        << port.waiting_cycles << " cycles (" << OneDecimal(port.back_pressure_percent()) << "% of valid), wait mean "
        << OneDecimal(port.wait_cycles.mean()) << ", max " << port.wait_cycles.max() << " cycles";
    if (port.unknown_cycles != 0) out << "; valid is unknown in " << port.unknown_cycles << " cycles";
    out << "\n";
  }
  for (const LatencySummary& latency : summary.latencies) {
    out << "  " << latency.from << " to " << latency.to << ": " << latency.cycles.count() << " pairs, cycles min "
        << latency.cycles.min() << ", mean " << OneDecimal(latency.cycles.mean()) << ", p50 "
        << latency.cycles.Percentile(50) << ", p99 " << latency.cycles.Percentile(99) << ", max "
        << latency.cycles.max() << "; " << latency.unanswered << " without an answer, " << latency.unasked
        << " answers without a request\n";
  }
}

nlohmann::ordered_json SummaryToJson(const Summary& summary) {
  nlohmann::ordered_json json = {{"cycles", summary.cycles}};
  json["ports"] = nlohmann::ordered_json::array();
  for (const PortSummary& port : summary.ports) {
    json["ports"].push_back({{"name", port.name},
                             {"transactions", port.transactions()},
                             {"waiting_cycles", port.waiting_cycles},
                             {"back_pressure_pct", port.back_pressure_percent()},
                             {"wait_mean_cycles", port.wait_cycles.mean()},
                             {"wait_max_cycles", port.wait_cycles.max()},
                             {"unknown_cycles", port.unknown_cycles}});
  }
  json["latencies"] = nlohmann::ordered_json::array();
  for (const LatencySummary& latency : summary.latencies) json["latencies"].push_back(LatencyToJson(latency));
  return json;
}

}  // namespace tarn::wave
