// Transactions of two waves, paired in order per port and tag.
#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sw/wave/comparison.h"
#include "sw/wave/difference_log.h"
#include "sw/wave/transactions.h"

namespace tarn::wave {

namespace {

constexpr std::uint64_t kWaitingBytesMax = std::uint64_t{96} << 20;
constexpr std::size_t kHistory = 4;
constexpr std::size_t kIdleLanesMax = 4096;

// A transaction that outlives its batch.
struct Kept {
  Moment moment;
  std::string payload;
};

// A transaction that waits for its like on the other side costs about this.
std::uint64_t CostOf(const Kept& kept) { return sizeof(Kept) + kept.payload.size(); }

// Those of one port and tag that only one side has had so far.
struct Lane {
  Side side = kDut;
  std::deque<Kept> waiting;
};

struct TextHash {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using Lanes = std::unordered_map<std::string, Lane, TextHash, std::equal_to<>>;

// The last pairs of a port.
class History {
 public:
  void Add(const Moment& dut_moment, std::string_view dut, const Moment& golden_moment, std::string_view golden) {
    Pair& pair = pairs_[next_++ % kHistory];
    pair.dut.moment = dut_moment;
    pair.dut.payload = dut;
    pair.golden.moment = golden_moment;
    pair.golden.payload = golden;
  }
  std::vector<std::string> Lines(const std::vector<Field>& fields) const {
    std::vector<std::string> lines;
    for (std::size_t i = next_ < kHistory ? 0 : next_ - kHistory; i < next_; ++i) {
      const Pair& pair = pairs_[i % kHistory];
      const std::string golden = "golden cycle " + std::to_string(pair.golden.moment.cycle);
      std::string line = "cycle " + std::to_string(pair.dut.moment.cycle) + " (" + golden + ")  ";
      line += FieldsText(fields, pair.dut.payload);
      if (pair.dut.payload != pair.golden.payload) line += "; golden " + FieldsText(fields, pair.golden.payload);
      lines.push_back(std::move(line));
    }
    return lines;
  }

 private:
  struct Pair {
    Kept dut;
    Kept golden;
  };
  std::array<Pair, kHistory> pairs_;
  std::size_t next_ = 0;
};

class TransactionComparer {
 public:
  TransactionComparer(const Plan& plan, const CompareOptions& options)
      : plan_(plan), options_(options), lanes_(plan.ports.size()), history_(plan.ports.size()) {
    for (const PlannedPort& port : plan.ports) result_.ports.push_back({.name = port.name});
  }

  // Takes the transactions from the side that gave fewer so far, so that few wait, whatever the two waves' times.
  Status Run(std::array<TransactionStream*, 2> streams) {
    std::array<std::uint64_t, 2> taken{};
    std::array<bool, 2> ended{};
    while (!ended[kDut] || !ended[kGolden]) {
      const bool dut = ended[kGolden] || (!ended[kDut] && taken[kDut] <= taken[kGolden]);
      const Side side = dut ? kDut : kGolden;
      const std::optional<Transaction> transaction = streams[side]->Next();
      if (!transaction) {
        ended[side] = true;
        if (!streams[side]->status().ok()) return streams[side]->status();
        result_.cycles[side] = streams[side]->cycles();
        continue;
      }
      ++taken[side];
      Take(side, *transaction);
      if (waiting_bytes_ > kWaitingBytesMax) return TooManyWait(side, *transaction);
    }
    ReportLeftovers();
    return {};
  }

  Comparison TakeResult() {
    log_.Take(result_);
    for (std::uint32_t i = 0; i < plan_.ports.size(); ++i) {
      result_.compared += result_.ports[i].compared;
      for (const Field& field : plan_.ports[i].fields) {
        result_.signals.push_back({.name = field.name, .port = i, .compared = result_.ports[i].compared});
      }
    }
    for (const std::uint32_t signal : plan_.outside_ports) {
      result_.not_compared.push_back(plan_.signals[signal].path);
    }
    return std::move(result_);
  }

 private:
  void Take(Side side, const Transaction& transaction) {
    const PlannedPort& port = plan_.ports[transaction.port];
    std::string_view tag;
    if (port.tag) tag = transaction.payload.substr(port.tag->offset, port.tag->bits);
    Lanes& lanes = lanes_[transaction.port];
    auto found = lanes.find(tag);
    if (found == lanes.end()) found = lanes.emplace(tag, Lane()).first;
    Lane& lane = found->second;
    if (lane.waiting.empty() || lane.side == side) {
      lane.side = side;
      lane.waiting.push_back({.moment = transaction.moment, .payload = std::string(transaction.payload)});
      waiting_bytes_ += CostOf(lane.waiting.back());
      return;
    }
    const Kept& other = lane.waiting.front();
    waiting_bytes_ -= CostOf(other);
    if (side == kDut) {
      Judge(transaction.port, transaction.moment, transaction.payload, other.moment, other.payload);
    } else {
      Judge(transaction.port, other.moment, other.payload, transaction.moment, transaction.payload);
    }
    lane.waiting.pop_front();
    if (lane.waiting.empty() && lanes.size() > kIdleLanesMax) lanes.erase(found);
  }

  void Judge(std::uint32_t index, const Moment& dut_moment, std::string_view dut, const Moment& golden_moment,
             std::string_view golden) {
    if (!options_.IsInside(dut_moment.cycle)) return;
    ComparedPort& port = result_.ports[index];
    const auto later = static_cast<std::int64_t>(dut_moment.cycle - golden_moment.cycle);
    port.later_min_cycles = port.compared == 0 ? later : std::min(port.later_min_cycles, later);
    port.later_max_cycles = port.compared == 0 ? later : std::max(port.later_max_cycles, later);
    ++port.compared;
    const bool late =
        options_.latency_max && static_cast<std::uint64_t>(later < 0 ? -later : later) > *options_.latency_max;
    const bool different = !options_.Same(dut, golden);
    const std::vector<Field>& fields = plan_.ports[index].fields;
    const auto describe = [&](Difference& difference) {
      difference.dut_fields = FieldsText(fields, dut);
      difference.golden_fields = FieldsText(fields, golden);
      difference.before = history_[index].Lines(fields);
    };
    if (late) {
      log_.Add(DifferenceKind::kLatency, index, port.name, dut_moment, golden_moment, describe);
    }
    if (different) {
      for (const Field& field : fields) {
        const std::string_view dut_bits = dut.substr(field.offset, field.bits);
        const std::string_view golden_bits = golden.substr(field.offset, field.bits);
        if (options_.Same(dut_bits, golden_bits)) continue;
        log_.Add(DifferenceKind::kValue, index, field.name, dut_moment, golden_moment, [&](Difference& difference) {
          describe(difference);
          difference.dut_value = ValueText(field, dut_bits);
          difference.golden_value = ValueText(field, golden_bits);
        });
      }
    }
    if (late || different) ++port.different;
    history_[index].Add(dut_moment, dut, golden_moment, golden);
  }

  void ReportLeftovers() {
    for (std::uint32_t index = 0; index < lanes_.size(); ++index) {
      for (const auto& [tag, lane] : lanes_[index]) {
        for (const Kept& kept : lane.waiting) {
          if (options_.IsInside(kept.moment.cycle)) ReportLeftover(index, lane.side, kept);
        }
      }
    }
  }

  void ReportLeftover(std::uint32_t index, Side side, const Kept& kept) {
    const bool dut = side == kDut;
    const std::optional<Moment> moment = kept.moment;
    log_.Add(dut ? DifferenceKind::kOnlyDut : DifferenceKind::kOnlyGolden, index, result_.ports[index].name,
             dut ? moment : std::nullopt, dut ? std::nullopt : moment, [&](Difference& difference) {
               const std::vector<Field>& fields = plan_.ports[index].fields;
               (dut ? difference.dut_fields : difference.golden_fields) = FieldsText(fields, kept.payload);
               difference.before = history_[index].Lines(fields);
             });
    ++result_.ports[index].different;
  }

  Status TooManyWait(Side side, const Transaction& transaction) const {
    return Status::Error("port " + plan_.ports[transaction.port].name + ": too many transactions have no like on the " +
                         "other side, by cycle " + std::to_string(transaction.moment.cycle) + " of " +
                         (side == kDut ? "dut" : "golden") + "; is the tag the right one?");
  }

  const Plan& plan_;
  const CompareOptions& options_;
  std::vector<Lanes> lanes_;      // by port
  std::vector<History> history_;  // by port
  std::uint64_t waiting_bytes_ = 0;
  DifferenceLog log_;
  Comparison result_;
};

}  // namespace

Result<Comparison> CompareTransactions(WaveReader& dut, WaveReader& golden, const Plan& plan,
                                       const CompareOptions& options) {
  if (plan.ports.empty()) {
    return Status::Error("nothing to compare: no signal is a port's valid; name ports by --rules, or see --exact");
  }
  TransactionComparer comparer(plan, options);
  {
    TransactionStream dut_stream(dut, plan, kDut);
    TransactionStream golden_stream(golden, plan, kGolden);
    if (Status status = comparer.Run({&dut_stream, &golden_stream}); !status.ok()) return status;
  }
  Comparison result = comparer.TakeResult();
  if (result.compared == 0 && result.same()) return Status::Error("nothing was compared: no transaction on any port");
  return result;
}

}  // namespace tarn::wave
