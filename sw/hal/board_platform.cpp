#include "sw/hal/board_platform.h"

#include <chrono>
#include <deque>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "models/bulk/bulk_protocol.h"
#include "models/bulk/bulk_store.h"
#include "models/common/axi_status.h"
#include "models/common/line_protocol.h"
#include "sw/hal/bulk_store.h"
#include "sw/hal/identify.h"
#include "sw/serial/link.h"
#include "sw/serial/message_bytes.h"
#include "sw/serial/tty.h"

namespace tarn::hal {

namespace {

using serial::Bytes;
using serial::BytesOf;
using serial::FromBoard;
using serial::MessageOf;
using serial::ToBoard;

// An event of the pool, with the low bits of its cycle.
struct Event {
  static constexpr int kBits = 32 + pool::PoolProbe::kBits;
  static constexpr int kWords = (kBits + 31) / 32;
  std::uint32_t cycle = 0;
  pool::PoolProbe probe;

  static Event Unpack(const std::uint32_t* words) { return {words[0], pool::PoolProbe::Unpack(words + 1)}; }
};

// The bulk device that this computer is: its golden model, whose time passes as fast as it can.
class BulkService {
 public:
  BulkService(const bulk::BulkConfig& config, std::shared_ptr<bulk::BulkStore> store)
      : store_(std::move(store)), device_(config, *store_) {}

  void Take(const bulk::BulkCommand& command) { commands_.push_back(command); }
  void Take(const bulk::BulkBeat& beat) { beats_.push_back(beat); }

  // Hands what came to the device, and what it answers to `send`.
  template <typename Send>
  void Serve(Send send) {
    for (std::uint64_t ticks = 0; ticks < kTicksMax && !Idle(); ++ticks) {
      if (!commands_.empty() && device_.command_ready()) {
        device_.Accept(commands_.front());
        commands_.pop_front();
      } else if (commands_.empty() && !beats_.empty() && device_.beat_ready()) {
        device_.Accept(beats_.front());
        beats_.pop_front();
      }
      if (const bulk::BulkBeat* beat = device_.beat()) {
        send(BytesOf(ToBoard::kBulkBeat, *beat));
        device_.PopBeat();
      }
      if (const bulk::BulkCompletion* completion = device_.completion()) {
        send(BytesOf(ToBoard::kBulkCompletion, *completion));
        device_.PopCompletion();
      }
      device_.Tick();
    }
  }

  const bulk::BulkDevice& device() const { return device_; }

 private:
  static constexpr std::uint64_t kTicksMax = 100'000;  // then others have their turn

  bool Idle() const { return commands_.empty() && beats_.empty() && device_.idle(); }

  std::shared_ptr<bulk::BulkStore> store_;
  bulk::BulkDevice device_;
  std::deque<bulk::BulkCommand> commands_;
  std::deque<bulk::BulkBeat> beats_;
};

class BoardPlatform : public Platform {
 public:
  BoardPlatform(serial::Tty tty, const serial::LinkOptions& link, const PlatformOptions& options,
                const bulk::BulkConfig& bulk, std::string bulk_description)
      : tty_(std::move(tty)),
        link_(link),
        path_(options.tty),
        bulk_description_(std::move(bulk_description)),
        bulk_(bulk, BulkStoreOf(options)) {}

  // The session and the node's parameters.
  Status Open() {
    while (!link_.opened()) {
      Exchange();
      if (!link_.status().ok()) return Located(link_.status());
    }
    hosts_.resize(link_.opened()->hosts);
    registers_.resize(hosts_.size() + 1);
    Result<NodeParameters> parameters = IdentifyNode(*this);
    if (!parameters.ok()) return parameters.status();
    parameters_ = std::move(*parameters);
    parameters_.outstanding_max = kOutstandingMax;
    return {};
  }

  const NodeParameters& parameters() const override { return parameters_; }
  std::string name() const override { return "board"; }
  std::string bulk_description() const override { return bulk_description_ + ", served over the serial line"; }
  std::string check_description() const override { return "the serial link, and rules of the bulk port"; }
  std::vector<PlatformCounter> counters() const override {
    const bulk::BulkCounters& bulk = bulk_.device().counters();
    const serial::LinkCounters link = link_.counters();
    return {{"bulk.reads", bulk.reads},
            {"bulk.writes", bulk.writes},
            {"bulk.trims", bulk.trims},
            {"bulk.errors", bulk.errors},
            {"bulk.poisons", bulk.poisons},
            {"link.frames_sent", link.frames_sent},
            {"link.frames_again", link.frames_again},
            {"link.frames_received", link.frames_received},
            {"link.frames_broken", link.frames_broken},
            {"link.frames_out_of_order", link.frames_out_of_order}};
  }

  bool TrySubmit(HostId host, const Access& access) override {
    Host& port = hosts_[host.value()];
    if (port.free_ids.empty()) return false;
    const std::uint8_t id = port.free_ids.back();
    port.free_ids.pop_back();
    port.in_flight[id] = {.id = access.id};
    const serial::HostAddress address = {
        .host = static_cast<std::uint8_t>(host.value()),
        .id = id,
        .addr = access.addr,
        .device_id = access.device.value(),
        .prot = static_cast<std::uint8_t>((access.privileged ? 1 : 0) | (access.execute ? 4 : 0))};
    if (access.op == Op::kRead) {
      link_.Send(BytesOf(ToBoard::kHostRead, address));
    } else {
      link_.Send(BytesOf(ToBoard::kHostWrite,
                         serial::HostWrite{.address = address, .strobe = access.mask, .data = access.data}));
    }
    return true;
  }

  bool PopCompletion(HostId host, Completion& completion) override {
    Host& port = hosts_[host.value()];
    if (port.completions.empty()) return false;
    completion = port.completions.front();
    port.completions.pop_front();
    return true;
  }

  void Advance() override { Exchange(); }
  std::uint64_t cycle() const override { return cycle_; }

  Result<std::uint32_t> ReadRegister(Aperture aperture, std::uint32_t offset) override {
    return AccessRegister(aperture, {.address = static_cast<std::uint16_t>(offset)});
  }
  Status WriteRegister(Aperture aperture, std::uint32_t offset, std::uint32_t value) override {
    return AccessRegister(aperture,
                          {.write = true, .strobe = 0xF, .address = static_cast<std::uint16_t>(offset), .data = value})
        .status();
  }
  std::uint32_t Interrupts(Aperture aperture) const override {
    constexpr unsigned kPerHost = 5;
    if (!aperture.is_host) return status_.management_irq;
    return static_cast<std::uint32_t>(status_.host_irq >> kPerHost * aperture.host.value()) & ((1u << kPerHost) - 1);
  }

  Status Health() const override {
    if (!link_.status().ok()) return Located(link_.status());
    if (status_.probes_lost) return Status::Error(path_ + ": events of the pool came faster than the line can carry");
    return bulk_.device().violation();
  }
  void set_probe_listener(ProbeListener listener) override { probe_listener_ = std::move(listener); }
  void set_change_listener(ChangeListener listener) override {
    change_listener_ = std::move(listener);
    link_.Send(BytesOf(ToBoard::kOptions, serial::Options{.notices = change_listener_ != nullptr}));
  }

 private:
  static constexpr std::uint32_t kOutstandingMax = 8;  // of a host: what the board's pool has places for
  static constexpr std::uint32_t kWaitMilliseconds = 2;
  static constexpr std::uint64_t kRegisterSeconds = 60;  // behind pages on their way, on a simulated board

  struct Host {
    Host() {
      for (std::uint32_t id = kOutstandingMax; id-- > 0;) free_ids.push_back(static_cast<std::uint8_t>(id));
    }
    std::vector<std::uint8_t> free_ids;
    Completion in_flight[kOutstandingMax];
    std::deque<Completion> completions;
  };

  Status Located(const Status& status) const { return Status::Error(path_ + ": " + status.message()); }

  static serial::Microseconds Now() {
    using std::chrono::duration_cast;
    using std::chrono::steady_clock;
    return static_cast<serial::Microseconds>(
        duration_cast<std::chrono::microseconds>(steady_clock::now().time_since_epoch()).count());
  }

  // Bytes in both directions, and whatever they mean.
  void Exchange() {
    OfferNotice();
    link_.Poll(Now());
    if (output_.empty()) output_ = link_.TakeOutput();
    tty_.Write(output_);
    Bytes input = tty_.Read();
    if (input.empty()) {
      tty_.Wait(kWaitMilliseconds);
      input = tty_.Read();
    }
    link_.Receive(input, Now());
    while (std::optional<Bytes> message = link_.TakeMessage()) Take(*message);
    bulk_.Serve([this](Bytes bytes) { link_.Send(std::move(bytes)); });
  }

  void Take(const Bytes& message) {
    if (message.empty()) return;
    const std::span<const std::uint8_t> content = std::span(message).subspan(1);
    switch (static_cast<FromBoard>(message[0])) {
      case FromBoard::kStatus:
        status_ = MessageOf<serial::BoardStatus>(content);
        cycle_ = status_.cycle;
        break;
      case FromBoard::kRegisterAnswer: {
        const auto answer = MessageOf<serial::RegisterAnswer>(content);
        if (answer.port < registers_.size()) registers_[answer.port] = answer;
        break;
      }
      case FromBoard::kWriteAnswer:
        Finish(MessageOf<serial::WriteAnswer>(content), nullptr);
        break;
      case FromBoard::kReadAnswer: {
        const auto answer = MessageOf<serial::ReadAnswer>(content);
        Finish(answer.answer, &answer.data);
        break;
      }
      case FromBoard::kBulkCommand:
        bulk_.Take(MessageOf<bulk::BulkCommand>(content));
        break;
      case FromBoard::kBulkBeat:
        bulk_.Take(MessageOf<bulk::BulkBeat>(content));
        break;
      case FromBoard::kChangeNotice:
        notice_ = MessageOf<pool::ChangeNotice>(content);
        break;
      case FromBoard::kOutboundRequest: {
        // Message-signalled interrupts: outside the pool's windows nothing else listens.
        if (content.empty()) break;
        const auto request = MessageOf<HostRequest>(content.subspan(1));
        link_.Send(BytesOf(ToBoard::kOutboundAnswer, content[0], LineResponse{.tag = request.tag}));
        break;
      }
      case FromBoard::kProbe: {
        const auto event = MessageOf<Event>(content);
        if (probe_listener_) probe_listener_(event.probe, Extend(event.cycle));
        break;
      }
      case FromBoard::kDeviceMessage:
      case FromBoard::kDeviceMessageTaken:
        break;  // no device here sends any
    }
  }

  // A cycle from its low bits: the one nearest to what was heard last.
  std::uint64_t Extend(std::uint32_t low) const {
    const auto difference = static_cast<std::int32_t>(low - static_cast<std::uint32_t>(cycle_));
    return cycle_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(difference));
  }

  void Finish(const serial::WriteAnswer& answer, const Line* data) {
    if (answer.host >= hosts_.size() || answer.id >= kOutstandingMax) return;
    Host& port = hosts_[answer.host];
    Completion completion = port.in_flight[answer.id];
    completion.status = StatusOf(static_cast<AxiResp>(answer.resp));
    completion.walked = answer.walked;
    completion.paged = answer.paged;
    if (data != nullptr) completion.data = *data;
    completion.submitted_cycle = Extend(answer.submitted);
    completion.completed_cycle = Extend(answer.completed);
    if (completion.completed_cycle > cycle_) cycle_ = completion.completed_cycle;
    port.completions.push_back(completion);
    port.free_ids.push_back(answer.id);
  }

  void OfferNotice() {
    if (!notice_ || (change_listener_ && !change_listener_(*notice_))) return;
    notice_.reset();
    link_.Send({static_cast<std::uint8_t>(ToBoard::kChangeTaken)});
  }

  Result<std::uint32_t> AccessRegister(Aperture aperture, serial::RegisterAccess access) {
    access.port = static_cast<std::uint8_t>(aperture.is_host ? aperture.host.value() : hosts_.size());
    std::optional<serial::RegisterAnswer>& answer = registers_[access.port];
    answer.reset();
    link_.Send(BytesOf(ToBoard::kRegisterAccess, access));
    const serial::Microseconds start = Now();
    while (!answer) {
      if (Status health = Health(); !health.ok()) return health;
      if (Now() - start > kRegisterSeconds * 1'000'000) {
        return Status::Error(path_ + ": a register access was not answered within " + std::to_string(kRegisterSeconds) +
                             " s");
      }
      Exchange();
    }
    if (answer->error != 0) {
      return Status::Error("register " + std::to_string(access.address) + " of port " + std::to_string(access.port) +
                           " answers an error");
    }
    return answer->data;
  }

  serial::Tty tty_;
  serial::Link link_;
  std::string path_;
  std::string bulk_description_;
  BulkService bulk_;
  Bytes output_;  // on its way into the line
  NodeParameters parameters_;
  std::vector<Host> hosts_;
  std::vector<std::optional<serial::RegisterAnswer>> registers_;  // by port
  serial::BoardStatus status_;
  std::uint64_t cycle_ = 0;
  std::optional<pool::ChangeNotice> notice_;  // that nobody has taken yet
  ProbeListener probe_listener_;
  ChangeListener change_listener_;
};

}  // namespace

Result<std::unique_ptr<Platform>> MakeBoardPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                    const std::string& bulk_description) {
  if (options.tty.empty()) return Status::Error("--tty: the platform board needs the serial line that leads to it");
  Result<serial::Tty> tty = serial::Tty::Open(options.tty, options.baud);
  if (!tty.ok()) return Status::Error("--tty: " + tty.status().message());
  const serial::LinkOptions link = {.session = static_cast<std::uint16_t>(1 + std::random_device()() % 0xFFFF),
                                    .silence_max = options.silence_seconds * 1'000'000};
  auto platform = std::make_unique<BoardPlatform>(std::move(*tty), link, options, bulk, bulk_description);
  if (Status status = platform->Open(); !status.ok()) return Status::Error("--tty: " + status.message());
  return std::unique_ptr<Platform>(std::move(platform));
}

}  // namespace tarn::hal
