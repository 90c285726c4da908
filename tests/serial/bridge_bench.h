// The serial bridge between a computer's side of the link, at its line, and a node that is random: what is said on the
// one side must show on the other, once and in order.
#pragma once

#include <Vrtl_serial_bridge.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/bulk/bulk_protocol_fields.h"
#include "models/common/axi_protocol_fields.h"
#include "models/common/line_protocol_fields.h"
#include "models/common/random.h"
#include "models/pool/pool_messages.h"
#include "models/serial/serial_protocol.h"
#include "sw/serial/link.h"
#include "sw/serial/message_bytes.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"
#include "tb/common/uart.h"
#include "tests/serial/golden_bridge_wave.h"

namespace tarn::serial {

// Of the bridge as Verilated (tb/serial).
inline constexpr std::uint32_t kBridgeHosts = 2;
inline constexpr std::uint32_t kBridgeLines = 16;
inline constexpr std::uint64_t kBridgeStatusCycles = 4096;
inline constexpr std::uint64_t kBridgeResetCycles = 64;
inline constexpr std::uint64_t kBitCycles = 4;
inline constexpr std::uint64_t kBridgeWaitMax = 400'000;  // cycles

template <typename Message>
Message RandomMessageOf(Random& random) {
  std::array<std::uint32_t, Message::kWords> words;
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random.Next());
  return Message::Unpack(words.data());
}

// A subordinate of one of the bridge's register ports: takes an access some time, and answers it.
class RegisterPort : public tb::Component {
 public:
  struct Access {
    bool write;
    std::uint16_t address;
    std::uint32_t data;
    std::uint8_t strobe;
    friend bool operator==(const Access&, const Access&) = default;
  };
  RegisterPort(Vrtl_serial_bridge& dut, std::size_t port, std::uint64_t seed) : dut_(dut), port_(port), random_(seed) {
    Clear();
  }
  // What the next read gets, and how the next access ends.
  void set_answer(std::uint32_t data, std::uint8_t error) {
    data_ = data;
    error_ = error;
  }
  const std::vector<Access>& accesses() const { return accesses_; }
  // Of the access that came last.
  RegisterAnswer answer() const {
    const bool read = !accesses_.empty() && !accesses_.back().write;
    return {.port = static_cast<std::uint8_t>(port_), .error = error_, .data = read ? data_ : 0};
  }

  void Clear() {
    dut_.reg_awready_i[port_] = dut_.reg_wready_i[port_] = dut_.reg_arready_i[port_] = 0;
    dut_.reg_bvalid_i[port_] = dut_.reg_rvalid_i[port_] = 0;
    dut_.reg_rdata_i[port_] = 0;
    dut_.reg_bresp_i[port_] = dut_.reg_rresp_i[port_] = 0;
  }
  void Sample(std::uint64_t) override {
    if (dut_.reg_awvalid_o[port_] != 0 && dut_.reg_awready_i[port_] != 0) address_ = dut_.reg_awaddr_o[port_];
    if (dut_.reg_wvalid_o[port_] != 0 && dut_.reg_wready_i[port_] != 0)
      written_ = {dut_.reg_wdata_o[port_], dut_.reg_wstrb_o[port_]};
    if (dut_.reg_arvalid_o[port_] != 0 && dut_.reg_arready_i[port_] != 0) {
      accesses_.push_back({.write = false, .address = dut_.reg_araddr_o[port_], .data = 0, .strobe = 0});
      answers_read_ = true;
    }
    if (dut_.reg_bvalid_i[port_] != 0 && dut_.reg_bready_o[port_] != 0) answers_write_ = false;
    if (dut_.reg_rvalid_i[port_] != 0 && dut_.reg_rready_o[port_] != 0) answers_read_ = false;
    if (address_ && written_) {
      accesses_.push_back({.write = true, .address = *address_, .data = written_->first, .strobe = written_->second});
      address_.reset();
      written_.reset();
      answers_write_ = true;
    }
  }
  void Drive(std::uint64_t) override {
    dut_.reg_awready_i[port_] = random_.Percent(50);
    dut_.reg_wready_i[port_] = random_.Percent(50);
    dut_.reg_arready_i[port_] = random_.Percent(50);
    Offer(answers_write_, dut_.reg_bvalid_i[port_], dut_.reg_bresp_i[port_]);
    Offer(answers_read_, dut_.reg_rvalid_i[port_], dut_.reg_rresp_i[port_]);
    dut_.reg_rdata_i[port_] = answers_read_ ? data_ : static_cast<std::uint32_t>(random_.Next());
  }

 private:
  void Offer(bool answers, CData& valid, CData& response) {
    if (valid == 0 && answers) valid = random_.Percent(50);
    if (!answers) valid = 0;
    response = error_;
  }

  Vrtl_serial_bridge& dut_;
  std::size_t port_;
  Random random_;
  std::uint32_t data_ = 0;
  std::uint8_t error_ = 0;
  std::optional<std::uint16_t> address_;
  std::optional<std::pair<std::uint32_t, std::uint8_t>> written_;
  bool answers_write_ = false, answers_read_ = false;
  std::vector<Access> accesses_;
};

// What a port of the node took, as bytes, beside what it should.
class TakenMessages {
 public:
  void Expect(const Bytes& bytes) { expected_.push_back(bytes); }
  // Answers what is wrong with it; empty: nothing.
  std::string Take(const Bytes& bytes) {
    if (expected_.empty()) return "a message that nobody said";
    const bool same = bytes == expected_.front();
    expected_.pop_front();
    return same ? "" : "another message than was said";
  }
  bool done() const { return expected_.empty(); }
  // In the golden wave.
  void set_wave_port(GoldenBridgeWave::Port port) { wave_port_ = port; }
  GoldenBridgeWave::Port wave_port() const { return wave_port_; }

 private:
  std::deque<Bytes> expected_;
  GoldenBridgeWave::Port wave_port_ = 0;
};

struct BridgeBenchOptions {
  std::uint64_t seed = 1;
  std::string wave_file;         // empty: none; likewise
  std::string golden_wave_file;  // REQUIRES: one session, interrupts that stand still, no event is lost
};

class BridgeBench : private tb::Component {
 public:
  explicit BridgeBench(const BridgeBenchOptions& options)
      : simulation_({.seed = options.seed, .wave_file = options.wave_file}), random_(options.seed) {
    const std::uint64_t seed = options.seed;
    if (!options.golden_wave_file.empty()) OpenGoldenWave(options.golden_wave_file);
    Vrtl_serial_bridge& dut = simulation_.dut();
    dut.rx_i = 1;
    dut.plant_i = 0;
    dut.management_irq_i = 0;
    tb::MessagePort<pool::PoolProbe>(dut.probe_i).Write({});
    for (std::size_t host = 0; host < kBridgeHosts; ++host) {
      dut.host_irq_i[host] = 0;
      hosts_.push_back(std::make_unique<Host>(*this, host));
    }
    for (std::size_t port = 0; port <= kBridgeHosts; ++port) {
      registers_.push_back(std::make_unique<RegisterPort>(dut, port, seed + port));
      simulation_.Add(*registers_.back());
    }
    for (tb::Component* stream : std::initializer_list<tb::Component*>{&bulk_read_, &bulk_completion_, &bulk_notice_,
                                                                       &bulk_command_, &bulk_write_, &change_})
      simulation_.Add(*stream);
    simulation_.Add(*this);
    simulation_.Reset();
  }

  // A session with the bridge; what it waits for is a failure if it takes too long.
  bool Open(std::uint16_t session, bool reset_node) {
    link_ = std::make_unique<Link>(LinkOptions{
        .session = session, .reset_node = reset_node, .resend_after = 1'000'000, .silence_max = 100'000'000});
    return Until([&] { return link_->opened().has_value(); }, "a session");
  }
  bool Until(const std::function<bool()>& done, const std::string& what) {
    return simulation_.RunUntil(done, kBridgeWaitMax, what);
  }
  void Run(std::uint64_t cycles) { simulation_.Run(cycles); }
  std::string Failures() const { return simulation_.failures().Text(); }
  Vrtl_serial_bridge& dut() { return simulation_.dut(); }
  RegisterPort& registers(std::size_t port) { return *registers_[port]; }
  std::uint64_t node_cycle() const { return node_cycle_; }
  // When a port of the node first took what it should not.
  std::optional<std::uint64_t> first_wrong_cycle() const { return first_wrong_cycle_; }
  void CloseWaves() {
    simulation_.CloseWave();
    if (wave_) wave_->Finish(simulation_.cycle() - 1);
  }

  // --- From the computer. The message must show at its port.
  void Send(Bytes message) {
    if (wave_) wave_->PutIn(message, simulation_.cycle());
    link_->Send(std::move(message));
  }
  void SendWrite(std::uint8_t host, const HostWrite& write) {
    Send(BytesOf(ToBoard::kHostWrite, write));
    Expect(aw_[host], AddressOf(write.address));
    Expect(w_[host], AxiWriteData{.last = true, .strb = write.strobe, .data = write.data});
  }
  void SendRead(std::uint8_t host, const HostAddress& address) {
    Send(BytesOf(ToBoard::kHostRead, address));
    Expect(ar_[host], AddressOf(address));
  }
  void SendOutboundAnswer(std::uint8_t host, const LineResponse& answer) {
    Send(BytesOf(ToBoard::kOutboundAnswer, host, answer));
    Expect(outbound_answer_[host], answer);
  }
  void SendDeviceMessage(std::uint8_t host, const DeviceMessage& message) {
    Send(BytesOf(ToBoard::kDeviceMessage, host, message));
    Expect(device_message_[host], message);
    ExpectFromBoard(FromBoard::kDeviceMessageTaken, host, {host});
  }
  template <typename Message>
  void SendBulk(ToBoard kind, const Message& message) {
    Send(BytesOf(kind, message));
    Expect(bulk_[static_cast<std::size_t>(kind)], message);
  }

  // --- From the node. The message must come to the computer.
  void OfferWriteAnswer(std::size_t host, const AxiWriteResponse& answer) { hosts_[host]->b.Push(answer); }
  void OfferReadAnswer(std::size_t host, const AxiReadData& answer) { hosts_[host]->r.Push(answer); }
  void OfferOutbound(std::uint8_t host, const HostRequest& request) {
    hosts_[host]->outbound_request.Push(request);
    ExpectFromBoard(FromBoard::kOutboundRequest, host, WithHost(host, request));
  }
  // The node does not take messages of the host's devices for so long.
  void HoldDeviceMessages(std::uint8_t host, bool hold) {
    hosts_[host]->message_from_device.set_stall_percent(hold ? 100 : Host::kStall);
  }
  std::uint64_t outbound_answers_taken(std::uint8_t host) const { return hosts_[host]->outbound_answer.taken(); }
  void OfferDeviceMessage(std::uint8_t host, const DeviceMessage& message) {
    hosts_[host]->message_to_device.Push(message);
    ExpectFromBoard(FromBoard::kDeviceMessage, host, WithHost(host, message));
  }
  void OfferBulkCommand(const bulk::BulkCommand& command) {
    bulk_command_.Push(command);
    ExpectFromBoard(FromBoard::kBulkCommand, 0, BytesOf(command));
  }
  void OfferBulkBeat(const bulk::BulkBeat& beat) {
    bulk_write_.Push(beat);
    ExpectFromBoard(FromBoard::kBulkBeat, 0, BytesOf(beat));
  }
  // comes: the computer asked for notices.
  void OfferChange(const pool::ChangeNotice& notice, bool comes) {
    change_.Push(notice);
    if (comes) ExpectFromBoard(FromBoard::kChangeNotice, 0, BytesOf(notice));
  }
  std::size_t changes_waiting() const { return change_.pending(); }
  void OfferEvent(const pool::PoolProbe& probe) { events_.push_back(probe); }
  // From now on: more of them than there is room for.
  void set_events_get_lost() { events_get_lost_ = true; }

  // --- What came of it.
  bool done() const {
    const auto all = [](const auto& ports) {
      return std::all_of(ports.begin(), ports.end(), [](const TakenMessages& port) { return port.done(); });
    };
    const bool came =
        std::all_of(expected_.begin(), expected_.end(), [](const auto& one) { return one.second.empty(); });
    return came && events_.empty() && link_->pending() == 0 && all(aw_) && all(w_) && all(ar_) &&
           all(outbound_answer_) && all(device_message_) && all(bulk_);
  }
  // Messages of this kind that came so far.
  std::size_t came(FromBoard kind) const {
    const auto found = came_.find(kind);
    return found == came_.end() ? 0 : found->second;
  }
  const std::optional<BoardStatus>& status() const { return status_; }
  const std::deque<RegisterAnswer>& register_answers() const { return register_answers_; }

 private:
  // Streams of one host's ports.
  struct Host {
    Host(BridgeBench& bench, std::size_t host)
        : Host(bench, bench.simulation_.dut(), host, bench.random_.Next(), std::to_string(host)) {}
    Host(BridgeBench& bench, Vrtl_serial_bridge& dut, std::size_t host, std::uint64_t seed, const std::string& name)
        : aw("aw " + name, {dut.aw_o[host], dut.aw_valid_o[host], dut.aw_ready_i[host]}, seed, kStall, bench.failures(),
             [&bench, host](const AxiAddress& address, std::uint64_t cycle) {
               bench.TakeAddress(host, address, bench.aw_, cycle);
             }),
          w("w " + name, {dut.w_o[host], dut.w_valid_o[host], dut.w_ready_i[host]}, seed + 1, kStall, bench.failures(),
            [&bench, host](const AxiWriteData& data, std::uint64_t cycle) {
              bench.Take(bench.w_[host], data, "w", cycle);
            }),
          ar("ar " + name, {dut.ar_o[host], dut.ar_valid_o[host], dut.ar_ready_i[host]}, seed + 2, kStall,
             bench.failures(),
             [&bench, host](const AxiAddress& address, std::uint64_t cycle) {
               bench.TakeAddress(host, address, bench.ar_, cycle);
             }),
          outbound_answer("outbound answer " + name,
                          {dut.outbound_rsp_o[host], dut.outbound_rsp_valid_o[host], dut.outbound_rsp_ready_i[host]},
                          seed + 3, kStall, bench.failures(),
                          [&bench, host](const LineResponse& answer, std::uint64_t cycle) {
                            bench.Take(bench.outbound_answer_[host], answer, "outbound answer", cycle);
                          }),
          message_from_device("device message " + name,
                              {dut.dev_msg_o[host], dut.dev_msg_valid_o[host], dut.dev_msg_ready_i[host]}, seed + 4,
                              kStall, bench.failures(),
                              [&bench, host](const DeviceMessage& message, std::uint64_t cycle) {
                                bench.Take(bench.device_message_[host], message, "device message", cycle);
                              }),
          b({dut.b_i[host], dut.b_valid_i[host], dut.b_ready_o[host]}, seed + 5, kStall),
          r({dut.r_i[host], dut.r_valid_i[host], dut.r_ready_o[host]}, seed + 6, kStall),
          outbound_request({dut.outbound_req_i[host], dut.outbound_req_valid_i[host], dut.outbound_req_ready_o[host]},
                           seed + 7, kStall),
          message_to_device({dut.dev_msg_i[host], dut.dev_msg_valid_i[host], dut.dev_msg_ready_o[host]}, seed + 8,
                            kStall) {
      b.set_on_taken([&bench, host](const AxiWriteResponse& answer, std::uint64_t) {
        bench.ExpectFromBoard(FromBoard::kWriteAnswer, host, BytesOf(bench.AnswerOf(host, answer)));
      });
      r.set_on_taken([&bench, host](const AxiReadData& answer, std::uint64_t) {
        bench.ExpectFromBoard(FromBoard::kReadAnswer, host,
                              BytesOf(ReadAnswer{.answer = bench.AnswerOf(host, answer), .data = answer.data}));
      });
      for (tb::Component* stream : std::initializer_list<tb::Component*>{
               &aw, &w, &ar, &outbound_answer, &message_from_device, &b, &r, &outbound_request, &message_to_device})
        bench.simulation_.Add(*stream);
    }

    static constexpr unsigned kStall = 50;
    tb::StreamSink<AxiAddress> aw;
    tb::StreamSink<AxiWriteData> w;
    tb::StreamSink<AxiAddress> ar;
    tb::StreamSink<LineResponse> outbound_answer;
    tb::StreamSink<DeviceMessage> message_from_device;
    tb::StreamSource<AxiWriteResponse> b;
    tb::StreamSource<AxiReadData> r;
    tb::StreamSource<HostRequest> outbound_request;
    tb::StreamSource<DeviceMessage> message_to_device;
  };

  tb::Failures& failures() { return simulation_.failures(); }
  // A line of the host, as AXI4 has it.
  static AxiAddress AddressOf(const HostAddress& address) {
    return {
        .id = address.id,
        .addr = address.addr,
        .size = 6,
        .burst = AxiBurst::kIncr,
        .prot = address.prot,
        .qos = address.qos,
        .user = {
            .device_id = address.device_id, .process_id = address.process_id, .process_valid = address.process_valid}};
  }
  template <typename Message>
  static Bytes WithHost(std::uint8_t host, const Message& message) {
    Bytes bytes = {host};
    AppendMessage(message, bytes);
    return bytes;
  }
  template <typename Message>
  void Expect(TakenMessages& port, const Message& message) {
    port.Expect(BytesOf(message));
    if (wave_) wave_->Put(port.wave_port(), message, simulation_.cycle());
  }
  template <typename Message>
  void Take(TakenMessages& port, const Message& message, const std::string& name, std::uint64_t cycle) {
    const std::string wrong = port.Take(BytesOf(message));
    if (wrong.empty()) return;
    if (!first_wrong_cycle_) first_wrong_cycle_ = cycle;
    failures().Add(name + ": " + wrong + " in cycle " + std::to_string(cycle));
  }
  template <typename Ports>
  void TakeAddress(std::size_t host, const AxiAddress& address, Ports& ports, std::uint64_t cycle) {
    Take(ports[host], address, "address", cycle);
    submitted_[host][address.id % kBridgeLines] = node_cycle_;
  }
  template <typename Answer>
  WriteAnswer AnswerOf(std::size_t host, const Answer& answer) const {
    return {.completed = static_cast<std::uint32_t>(node_cycle_),
            .submitted = static_cast<std::uint32_t>(submitted_[host][answer.id % kBridgeLines]),
            .host = static_cast<std::uint8_t>(host),
            .id = answer.id,
            .paged = answer.paged,
            .walked = answer.walked,
            .resp = static_cast<std::uint8_t>(answer.resp)};
  }
  template <typename Message, typename Signal>
  tb::StreamSink<Message> BulkSink(const std::string& name, ToBoard kind, Signal& message, CData& valid, CData& ready) {
    return {name,
            {message, valid, ready},
            random_.Next(),
            Host::kStall,
            failures(),
            [this, name, kind](const Message& taken, std::uint64_t cycle) {
              Take(bulk_[static_cast<std::size_t>(kind)], taken, name, cycle);
            }};
  }
  void ExpectFromBoard(FromBoard kind, std::size_t host, const Bytes& content) {
    expected_[{kind, host}].push_back(content);
  }

  void Drive(std::uint64_t cycle) override {
    Vrtl_serial_bridge& dut = simulation_.dut();
    if (link_ && cycle % kPollCycles == 0) {
      link_->Poll(cycle);
      for (const std::uint8_t byte : link_->TakeOutput()) to_board_.push_back(byte);
    }
    dut.rx_i = uart_.Transmit(to_board_);
    event_shows_ = !events_.empty() && dut.node_rst_no != 0 && random_.Percent(50);
    tb::MessagePort<pool::PoolProbe>(dut.probe_i).Write(event_shows_ ? events_.front() : pool::PoolProbe{});
  }
  void Sample(std::uint64_t cycle) override {
    const Vrtl_serial_bridge& dut = simulation_.dut();
    if (event_shows_) {
      Bytes content;
      for (unsigned i = 0; i < 4; ++i) content.push_back(static_cast<std::uint8_t>(node_cycle_ >> 8 * i));
      AppendMessage(events_.front(), content);
      if (!events_get_lost_) ExpectFromBoard(FromBoard::kProbe, 0, content);
      events_.pop_front();
      event_shows_ = false;
    }
    node_cycle_ = dut.node_rst_no != 0 ? node_cycle_ + 1 : 0;
    const std::optional<std::uint8_t> byte = uart_.Receive(dut.tx_o != 0);
    if (!link_) return;
    if (byte) link_->Receive(std::vector<std::uint8_t>{*byte}, cycle);
    while (const std::optional<Bytes> message = link_->TakeMessage()) TakeMessage(*message);
  }
  // By its kind, and the port that it names.
  void TakeMessage(const Bytes& message) {
    const auto kind = static_cast<FromBoard>(message[0]);
    const Bytes content(message.begin() + 1, message.end());
    ++came_[kind];
    if (kind == FromBoard::kStatus) {
      constexpr std::size_t kCycleBytes = 6;  // the last ones: a matter of time
      status_ = MessageOf<BoardStatus>(content);
      return ShowMessage(kind, BytesOf(StatusNow()), content.size() - kCycleBytes);
    }
    if (kind == FromBoard::kRegisterAnswer) {
      const auto answer = MessageOf<RegisterAnswer>(content);
      if (answer.port <= kBridgeHosts) ShowMessage(kind, BytesOf(registers_[answer.port]->answer()), content.size());
      return register_answers_.push_back(answer);
    }
    std::size_t host = 0;
    if (kind == FromBoard::kWriteAnswer) host = MessageOf<WriteAnswer>(content).host;
    if (kind == FromBoard::kReadAnswer) host = MessageOf<ReadAnswer>(content).answer.host;
    if (kind == FromBoard::kDeviceMessage || kind == FromBoard::kDeviceMessageTaken ||
        kind == FromBoard::kOutboundRequest)
      host = content[0];
    if (kind == FromBoard::kProbe && events_get_lost_) return;
    std::deque<Bytes>& expected = expected_[{kind, host}];
    if (expected.empty())
      return failures().Add("a message of kind " + std::to_string(message[0]) + " that nobody said");
    if (expected.front() != content) failures().Add("another message of kind " + std::to_string(message[0]));
    ShowMessage(kind, expected.front(), expected.front().size());
    expected.pop_front();
  }

  // --- The golden wave. Messages from the board stand in it in the order in which they came.
  void OpenGoldenWave(const std::string& path) {
    wave_.emplace(path, tb::Simulation<Vrtl_serial_bridge>::kResetCycles);
    for (std::size_t host = 0; host < kBridgeHosts; ++host) {
      const std::string index = "[" + std::to_string(host) + "]";
      aw_[host].set_wave_port(wave_->AddPort<AxiAddress>("aw", index));
      w_[host].set_wave_port(wave_->AddPort<AxiWriteData>("w", index));
      ar_[host].set_wave_port(wave_->AddPort<AxiAddress>("ar", index));
      outbound_answer_[host].set_wave_port(wave_->AddPort<LineResponse>("outbound_rsp", index));
      device_message_[host].set_wave_port(wave_->AddPort<DeviceMessage>("dev_msg", index));
    }
    const auto port = [this](ToBoard kind) -> TakenMessages& { return bulk_[static_cast<std::size_t>(kind)]; };
    port(ToBoard::kBulkBeat).set_wave_port(wave_->AddPort<bulk::BulkBeat>("bulk_rdata", ""));
    port(ToBoard::kBulkCompletion).set_wave_port(wave_->AddPort<bulk::BulkCompletion>("bulk_cpl", ""));
    port(ToBoard::kBulkNotice).set_wave_port(wave_->AddPort<bulk::BulkNotice>("bulk_notice", ""));
  }
  // known_bytes: of the content, from its start.
  void ShowMessage(FromBoard kind, Bytes content, std::size_t known_bytes) {
    content.insert(content.begin(), static_cast<std::uint8_t>(kind));
    if (wave_) wave_->PutOut(content, 1 + known_bytes, simulation_.cycle());
  }
  BoardStatus StatusNow() {
    BoardStatus status = {.management_irq = simulation_.dut().management_irq_i};
    for (std::size_t host = 0; host < kBridgeHosts; ++host)
      status.host_irq |= std::uint64_t{simulation_.dut().host_irq_i[host]} << 5 * host;
    return status;
  }

  static constexpr std::uint64_t kPollCycles = 64;

  tb::Simulation<Vrtl_serial_bridge> simulation_;
  Random random_;
  tb::Uart uart_{kBitCycles, 1};
  std::deque<std::uint8_t> to_board_;
  std::unique_ptr<Link> link_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<RegisterPort>> registers_;

  std::array<TakenMessages, kBridgeHosts> aw_, w_, ar_, outbound_answer_, device_message_;
  std::array<TakenMessages, 8> bulk_;  // by kind
  tb::StreamSink<bulk::BulkBeat> bulk_read_ =
      BulkSink<bulk::BulkBeat>("bulk beat", ToBoard::kBulkBeat, simulation_.dut().bulk_rdata_o,
                               simulation_.dut().bulk_rdata_valid_o, simulation_.dut().bulk_rdata_ready_i);
  tb::StreamSink<bulk::BulkCompletion> bulk_completion_ =
      BulkSink<bulk::BulkCompletion>("bulk completion", ToBoard::kBulkCompletion, simulation_.dut().bulk_cpl_o,
                                     simulation_.dut().bulk_cpl_valid_o, simulation_.dut().bulk_cpl_ready_i);
  tb::StreamSink<bulk::BulkNotice> bulk_notice_ =
      BulkSink<bulk::BulkNotice>("bulk notice", ToBoard::kBulkNotice, simulation_.dut().bulk_notice_o,
                                 simulation_.dut().bulk_notice_valid_o, simulation_.dut().bulk_notice_ready_i);
  tb::StreamSource<bulk::BulkCommand> bulk_command_{
      {simulation_.dut().bulk_cmd_i, simulation_.dut().bulk_cmd_valid_i, simulation_.dut().bulk_cmd_ready_o}, 11, 50};
  tb::StreamSource<bulk::BulkBeat> bulk_write_{
      {simulation_.dut().bulk_wdata_i, simulation_.dut().bulk_wdata_valid_i, simulation_.dut().bulk_wdata_ready_o},
      12,
      50};
  tb::StreamSource<pool::ChangeNotice> change_{
      {simulation_.dut().change_i, simulation_.dut().change_valid_i, simulation_.dut().change_ready_o}, 13, 50};
  std::deque<pool::PoolProbe> events_;
  bool event_shows_ = false;
  bool events_get_lost_ = false;

  std::optional<GoldenBridgeWave> wave_;
  std::optional<std::uint64_t> first_wrong_cycle_;
  std::uint64_t node_cycle_ = 0;  // since the node's reset
  std::array<std::array<std::uint64_t, kBridgeLines>, kBridgeHosts> submitted_{};
  std::map<std::pair<FromBoard, std::size_t>, std::deque<Bytes>> expected_;
  std::map<FromBoard, std::size_t> came_;
  std::optional<BoardStatus> status_;
  std::deque<RegisterAnswer> register_answers_;
};

}  // namespace tarn::serial
