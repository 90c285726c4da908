#include "sw/hal/host_recorder.h"

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/common/bits.h"
#include "models/common/message_fields.h"
#include "sw/wave/golden_wave.h"

namespace tarn {

namespace hal {

namespace {

// What is shown of an access, and of its completion: no number of a submitter's, and nothing of time.
struct ShownAccess {
  static constexpr int kBits = 670;
  static constexpr int kWords = (kBits + 31) / 32;
  const Access& access;

  void Pack(std::uint32_t* words) const {
    bits::Clear(words, kWords);
    bits::Put(words, 666, 4, static_cast<std::uint64_t>(access.op));
    bits::Put(words, 642, 24, access.device.value());
    bits::Put(words, 641, 1, access.privileged ? 1 : 0);
    bits::Put(words, 640, 1, access.execute ? 1 : 0);
    bits::Put(words, 576, 64, access.addr);
    bits::Put(words, 512, 64, access.mask);
    if (access.op != Op::kRead) bits::PutLine(words, 0, access.data);
  }
};

struct ShownCompletion {
  static constexpr int kBits = 583;
  static constexpr int kWords = (kBits + 31) / 32;
  Op op = Op::kRead;
  std::uint64_t addr = 0;
  LineStatus status = LineStatus::kOk;
  Line data{};

  void Pack(std::uint32_t* words) const {
    bits::Clear(words, kWords);
    bits::Put(words, 579, 4, static_cast<std::uint64_t>(op));
    bits::Put(words, 515, 64, addr);
    bits::Put(words, 512, 3, static_cast<std::uint64_t>(status));
    bits::PutLine(words, 0, data);
  }
};

}  // namespace

}  // namespace hal

template <>
inline constexpr auto kMessageFields<hal::ShownAccess> = std::to_array<MessageField>(
    {{"op", 4}, {"device", 24}, {"privileged", 1}, {"execute", 1}, {"addr", 64}, {"mask", 64}, {"data", 512}});

template <>
inline constexpr auto kMessageFields<hal::ShownCompletion> =
    std::to_array<MessageField>({{"op", 4}, {"addr", 64}, {"status", 3}, {"data", 512}});

namespace hal {

namespace {

class HostRecorder : public Platform {
 public:
  HostRecorder(std::unique_ptr<Platform> platform, const std::string& wave_file)
      : platform_(std::move(platform)), wave_(wave_file, "node", /*reset_cycles=*/1) {
    using Direction = wave::GoldenWave::Direction;
    for (std::uint32_t host = 0; host < platform_->parameters().hosts; ++host) {
      const std::string index = "[" + std::to_string(host) + "]";
      accesses_.push_back(wave_.AddPort<ShownAccess>("access", Direction::kInput, index));
      completions_.push_back(wave_.AddPort<ShownCompletion>("completion", Direction::kOutput, index));
    }
    under_way_.resize(platform_->parameters().hosts);
  }
  HostRecorder(const HostRecorder&) = delete;
  HostRecorder& operator=(const HostRecorder&) = delete;
  ~HostRecorder() override { wave_.Finish(platform_->cycle()); }

  bool TrySubmit(HostId host, const Access& access) override {
    if (!platform_->TrySubmit(host, access)) return false;
    under_way_[host.value()][access.id].push_back({.op = access.op, .addr = access.addr});
    wave_.Put(accesses_[host.value()], ShownAccess{access}, platform_->cycle());
    return true;
  }
  bool PopCompletion(HostId host, Completion& completion) override {
    if (!platform_->PopCompletion(host, completion)) return false;
    const auto found = under_way_[host.value()].find(completion.id);
    ShownCompletion shown = found->second.front();
    found->second.pop_front();
    if (found->second.empty()) under_way_[host.value()].erase(found);
    shown.status = completion.status;
    if (shown.op == Op::kRead && completion.status == LineStatus::kOk) shown.data = completion.data;
    wave_.Put(completions_[host.value()], shown, platform_->cycle());
    return true;
  }

  const NodeParameters& parameters() const override { return platform_->parameters(); }
  std::string name() const override { return platform_->name(); }
  std::string bulk_description() const override { return platform_->bulk_description(); }
  std::string check_description() const override { return platform_->check_description(); }
  std::vector<PlatformCounter> counters() const override { return platform_->counters(); }
  void Advance() override { platform_->Advance(); }
  std::uint64_t cycle() const override { return platform_->cycle(); }
  Result<std::uint32_t> ReadRegister(Aperture aperture, std::uint32_t offset) override {
    return platform_->ReadRegister(aperture, offset);
  }
  Status WriteRegister(Aperture aperture, std::uint32_t offset, std::uint32_t value) override {
    return platform_->WriteRegister(aperture, offset, value);
  }
  std::uint32_t Interrupts(Aperture aperture) const override { return platform_->Interrupts(aperture); }
  Status Health() const override { return platform_->Health(); }
  Status PolicyHealth() const override { return platform_->PolicyHealth(); }
  Status HotnessHealth() const override { return platform_->HotnessHealth(); }
  Status OptimumHealth() const override { return platform_->OptimumHealth(); }
  void set_probe_listener(ProbeListener listener) override { platform_->set_probe_listener(std::move(listener)); }
  void set_change_listener(ChangeListener listener) override { platform_->set_change_listener(std::move(listener)); }

 private:
  std::unique_ptr<Platform> platform_;
  wave::GoldenWave wave_;
  std::vector<wave::GoldenWave::Port> accesses_, completions_;  // by host
  // By host, and the access's number; a submitter who uses a number for several at once does not tell them apart.
  std::vector<std::unordered_map<std::uint64_t, std::deque<ShownCompletion>>> under_way_;
};

}  // namespace

std::unique_ptr<Platform> RecordHosts(std::unique_ptr<Platform> platform, const std::string& wave_file) {
  return std::make_unique<HostRecorder>(std::move(platform), wave_file);
}

}  // namespace hal

}  // namespace tarn
