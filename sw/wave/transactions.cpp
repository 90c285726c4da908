#include "sw/wave/transactions.h"

#include <utility>

namespace tarn::wave {

namespace {
constexpr std::size_t kBatchBytes = 1 << 18;
}  // namespace

// Looks at each port at each edge of its clock.
class TransactionStream::Collector : public EdgeSink {
 public:
  Collector(const Plan& plan, std::vector<PortActivity>& activity, const BatchStream<Batch>::Give& give)
      : plan_(plan), activity_(activity), give_(give), waited_cycles_(plan.ports.size()), ports_(plan.clocks.size()) {
    for (std::uint32_t i = 0; i < plan.ports.size(); ++i) ports_[plan.ports[i].clock].push_back(i);
  }

  void Edge(std::uint32_t clock, const Moment& moment, Sampler& sampler) override {
    for (const std::uint32_t index : ports_[clock]) {
      const PlannedPort& port = plan_.ports[index];
      if (!sampler.IsOne(port.valid)) {
        if (sampler.Value(port.valid)[0] != '0') ++activity_[index].unknown_cycles;
        continue;
      }
      if (port.ready != kNone && !sampler.IsOne(port.ready)) {
        ++activity_[index].waiting_cycles;
        ++waited_cycles_[index];
        continue;
      }
      Take(index, moment, sampler);
    }
  }

  void Finish() {
    if (!batch_.heads.empty()) GiveBatch();
  }

 private:
  void Take(std::uint32_t index, const Moment& moment, const Sampler& sampler) {
    batch_.heads.push_back({.port = index,
                            .moment = moment,
                            .waited_cycles = std::exchange(waited_cycles_[index], 0),
                            .at = batch_.payloads.size()});
    for (const std::uint32_t signal : plan_.ports[index].payload) batch_.payloads += sampler.Value(signal);
    if (batch_.payloads.size() + batch_.heads.size() * sizeof(Head) >= kBatchBytes) GiveBatch();
  }

  void GiveBatch() { give_(std::exchange(batch_, {})); }

  const Plan& plan_;
  std::vector<PortActivity>& activity_;
  const BatchStream<Batch>::Give& give_;
  std::vector<std::uint64_t> waited_cycles_;       // by port, since the last transaction
  std::vector<std::vector<std::uint32_t>> ports_;  // by clock
  Batch batch_;
};

TransactionStream::TransactionStream(WaveReader& reader, const Plan& plan, Side side)
    : plan_(plan),
      activity_(plan.ports.size()),
      stream_([this, &reader, side](const auto& give) { return Make(reader, side, give); }) {}

Status TransactionStream::Make(WaveReader& reader, Side side, const BatchStream<Batch>::Give& give) {
  Collector collector(plan_, activity_, give);
  Sampler sampler(plan_, reader.header(), side, /*everything=*/false, collector);
  Status status = reader.ForEachChange(sampler.wanted(), sampler);
  sampler.Finish();
  collector.Finish();
  cycles_ = sampler.cycles();
  return status;
}

std::optional<Transaction> TransactionStream::Next() {
  while (next_ == batch_.heads.size()) {
    std::optional<Batch> batch = stream_.Next();
    if (!batch) return std::nullopt;
    batch_ = std::move(*batch);
    next_ = 0;
  }
  const Head& head = batch_.heads[next_++];
  return Transaction{.port = head.port,
                     .moment = head.moment,
                     .waited_cycles = head.waited_cycles,
                     .payload = std::string_view(batch_.payloads).substr(head.at, plan_.ports[head.port].payload_bits)};
}

}  // namespace tarn::wave
