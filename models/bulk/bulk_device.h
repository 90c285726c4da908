// The bulk memory device behind the bulk port, cycle by cycle: when things happen. What they do is BulkStore's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "models/bulk/bulk_protocol.h"
#include "models/bulk/bulk_store.h"
#include "models/bulk/latency.h"
#include "models/common/random.h"
#include "models/common/result.h"

namespace tarn::bulk {

// Probabilities per command, drawn from the seed.
struct FaultModel {
  double read_error = 0;       // kError, no beats
  double read_poison = 0;      // kPoison; the content is lost for good
  double write_error = 0;      // kError, content unchanged
  double lost_completion = 0;  // beats come, the completion never does
  double late_completion = 0;  // the completion comes late_ns later
  double late_ns = 0;
};

struct BulkConfig {
  LatencyModel read;
  LatencyModel write;
  LatencyModel flush;
  double read_bytes_per_ns = 16;   // bandwidth over all reads
  double write_bytes_per_ns = 16;  // and writes
  std::uint32_t queue_depth = 64;  // commands taken and not completed; more wait at the port
  bool volatile_cache = false;     // for whoever makes the BulkStore: a completed write is durable when this is off
  double clock_ns = 0.833;         // of the node
  FaultModel faults;
  std::uint64_t seed = 1;
};

// Presets by name: "low-latency" (2 us, the default), "ssd-p4800x", "ssd-p3700" A preset is data (bulk_presets.cpp),
// with its source. An unknown name is an error that lists the known ones.
Result<BulkConfig> PresetByName(std::string_view name);
std::vector<std::string_view> PresetNames();

struct BulkCounters {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t trims = 0;
  std::uint64_t flushes = 0;
  std::uint64_t not_supported = 0;
  std::uint64_t errors = 0;  // completions with kError
  std::uint64_t poisons = 0;
  std::uint64_t lost = 0;
  std::uint64_t late = 0;
  std::uint64_t offline = 0;  // completions with kOffline
  std::uint64_t beats_in = 0;
  std::uint64_t beats_out = 0;
  std::uint64_t queue_max = 0;  // most commands at once
};

// One cycle at the port: look at the readys and the heads, accept and pop, then Tick. Ready does not depend on what is
// offered. The 64 beats of a read come in wrapped order, not interleaved with another's; a read that does not end with
// kOk sends no beat, so that whoever forwards a beat before the completion forwards nothing wrong.
class BulkDevice {
 public:
  enum class Fault : std::uint8_t { kNone, kError, kPoison, kLostCompletion, kLateCompletion };

  // store must live as long as the device.
  BulkDevice(const BulkConfig& config, BulkStore& store);

  // Sinks. Who breaks the port's rules (a command while not ready, a tag in use or in quarantine, a beat that no write
  // waits for or out of its order) is found in violation(), and the message is dropped.
  bool command_ready() const { return queued_ < config_.queue_depth; }
  void Accept(const BulkCommand& command);
  bool beat_ready() const { return true; }
  void Accept(const BulkBeat& beat);

  // Sources: null when there is none this cycle; the message holds until popped.
  const BulkBeat* beat() const { return beat_.has_value() ? &*beat_ : nullptr; }
  void PopBeat() { beat_.reset(); }
  const BulkCompletion* completion() const { return completion_.has_value() ? &*completion_ : nullptr; }
  void PopCompletion() { completion_.reset(); }
  const BulkNotice* notice() const { return notices_.empty() ? nullptr : &notices_.front(); }
  void PopNotice() { notices_.pop_front(); }

  // Ends the cycle.
  void Tick() {
    ++now_;
    if (queued_ != 0) Advance();
  }
  // That many cycles at once. REQUIRES: idle().
  void SkipIdle(std::uint64_t cycles) { now_ += cycles; }
  bool idle() const { return queued_ == 0 && !beat_.has_value() && !completion_.has_value() && notices_.empty(); }
  std::uint64_t now_cycles() const { return now_; }

  // Drops everything in flight (a reset of the port); the store keeps what completed.
  void Reset();
  // Away for so long: commands in flight and new ones complete with kOffline, without effect.
  void GoOffline(std::uint64_t cycles) { offline_until_ = now_ + cycles; }
  bool offline() const { return now_ < offline_until_; }
  // Sends an unsolicited notice.
  void Notify(const BulkNotice& notice) { notices_.push_back(notice); }

  // Faults on demand, beside the seeded ones: asked once per command, when it is accepted. Empty: none.
  void set_fault_hook(std::function<Fault(const BulkCommand&)> hook) { fault_hook_ = std::move(hook); }

  // Ok, or the first breach of the port's rules by the other side.
  const Status& violation() const { return violation_; }
  const BulkCounters& counters() const { return counters_; }
  const BulkConfig& config() const { return config_; }
  std::uint32_t in_flight() const { return queued_; }

 private:
  enum class Phase : std::uint8_t {
    kFree,
    kWriteData,  // the write's beats are coming
    kWait,       // its latency passes
    kSend,       // read data wait for the beat port
    kFinish,     // waits for the completion port
    kLost,       // its completion was lost: the tag is gone until a reset
  };

  struct Command {
    Phase phase = Phase::kFree;
    BulkCommand command;
    std::uint32_t beats = 0;     // sent or received
    std::uint64_t ready_at = 0;  // cycle from which it may go on
    BulkStatus status = BulkStatus::kOk;
    Fault fault = Fault::kNone;
    Page page;
    std::uint64_t poison = 0;  // marks of its lines
  };

  void Advance();
  void Start(Command& command);
  Fault DrawFault(const BulkCommand& command);
  std::uint64_t DrawLatency(const LatencyModel& model);
  std::uint64_t Cycles(double ns) const;
  void Perform(Command& command);
  void SendBeat();
  void Step(Command& command);
  void Complete(Command& command);
  void Free(Command& command, Phase phase);
  void Violate(const BulkCommand& command, const char* what);

  BulkConfig config_;
  BulkStore& store_;
  Random random_;
  std::uint64_t now_ = 0;
  std::uint64_t offline_until_ = 0;
  std::uint32_t queued_ = 0;
  double read_beat_cycles_;  // between beats, from the bandwidth; at least 1
  double write_beat_cycles_;
  double next_beat_at_ = 0;
  double write_free_at_ = 0;
  std::uint64_t next_event_ = 0;      // no command goes on before
  std::vector<Command> commands_;     // by tag
  std::vector<std::uint8_t> active_;  // tags in flight, in order of acceptance
  int sending_ = -1;                  // tag whose beats go out
  std::optional<BulkBeat> beat_;
  std::optional<BulkCompletion> completion_;
  std::deque<BulkNotice> notices_;
  std::function<Fault(const BulkCommand&)> fault_hook_;
  BulkCounters counters_;
  Status violation_;
};

}  // namespace tarn::bulk
