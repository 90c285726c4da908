#include "sw/store/control.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "sw/net/deferrals.h"
#include "sw/store/frame_channel.h"

namespace tarn::store {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kClientsMax = 64;
constexpr std::size_t kBytesMax = std::size_t{16} << 20;

dataset::SharedBytes Encoded(const Json& json) {
  // What is no UTF-8 (a name from elsewhere) must not end the server.
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return std::make_shared<const dataset::Bytes>(text.begin(), text.end());
}

class Server : public ControlServer, public net::EventLoop::Handler {
 public:
  Server(net::EventLoop& loop, net::FileDescriptor socket, std::string path, ControlServer::Handler handler)
      : loop_(loop), socket_(std::move(socket)), path_(std::move(path)), handler_(std::move(handler)) {}
  ~Server() override {
    loop_.Forget(socket_.number());
    ::unlink(path_.c_str());
  }

  Status Watch() { return loop_.Watch(socket_.number(), EPOLLIN, this); }

  void OnReady(std::uint32_t) override {
    net::FileDescriptor socket(::accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid() || (clients_.size() >= kClientsMax && !EndOneThatIsIdle())) return;
    const std::uint64_t client = next_client_++;
    FrameChannel::Events events;
    events.opened = [] {};
    events.frame = [this, client](const dataset::Bytes& frame) { Take(client, frame); };
    events.closed = [this, client](const std::string&) { Forget(client); };
    clients_[client].channel = std::make_unique<FrameChannel>(loop_, std::move(socket), nullptr, "", kBytesMax, events);
  }

 private:
  struct Client {
    std::unique_ptr<FrameChannel> channel;
    std::size_t asked = 0;  // and not answered yet
  };

  void Take(std::uint64_t client, const dataset::Bytes& frame) {
    const Json question = Json::parse(frame.begin(), frame.end(), nullptr, /*allow_exceptions=*/false);
    if (!question.is_object()) return End(client);
    ++clients_[client].asked;
    handler_(question, [this, client](const Json& answer) {
      // Whoever asked may have gone meanwhile.
      const auto found = clients_.find(client);
      if (found == clients_.end()) return;
      --found->second.asked;
      if (found->second.channel->open()) found->second.channel->Send(Encoded(answer));
    });
  }
  // The one that came first of those that wait for nothing: whoever only holds a connection locks nobody out.
  bool EndOneThatIsIdle() {
    const auto idle = std::ranges::find_if(
        clients_, [](const auto& entry) { return entry.second.asked == 0 && !entry.second.channel->closed(); });
    if (idle != clients_.end()) End(idle->first);
    return idle != clients_.end();
  }
  void End(std::uint64_t client) {
    clients_[client].channel->Close();
    Forget(client);
  }
  void Forget(std::uint64_t client) {
    deferrals_.Defer([this, client] { clients_.erase(client); });
  }

  net::EventLoop& loop_;
  net::Deferrals deferrals_{loop_};
  net::FileDescriptor socket_;
  std::string path_;
  ControlServer::Handler handler_;
  std::map<std::uint64_t, Client> clients_;
  std::uint64_t next_client_ = 1;
};

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::Create(net::EventLoop& loop, const std::string& path,
                                                             Handler handler) {
  const Result<net::Address> address = net::ParseAddress("--folder", "unix:" + path);
  if (!address.ok()) return address.status();
  Result<net::FileDescriptor> socket = net::Listen(*address);
  if (!socket.ok()) return socket.status();
  auto server = std::make_unique<Server>(loop, std::move(*socket), path, std::move(handler));
  if (Status status = server->Watch(); !status.ok()) return status;
  return std::unique_ptr<ControlServer>(std::move(server));
}

namespace {

constexpr std::chrono::milliseconds kPause(50);

Result<net::FileDescriptor> ConnectSoon(const net::Address& address, net::EventLoop::Clock::duration wait_max) {
  const auto give_up = net::EventLoop::Clock::now() + wait_max;
  Result<net::FileDescriptor> socket = net::Connect(address);
  while (!socket.ok() && net::EventLoop::Clock::now() < give_up) {
    std::this_thread::sleep_for(kPause);
    socket = net::Connect(address);
  }
  return socket;
}

// Nothing where none comes.
std::optional<Json> AskOnce(net::FileDescriptor socket, const Json& question,
                            net::EventLoop::Clock::duration wait_max) {
  Result<std::unique_ptr<net::EventLoop>> loop = net::EventLoop::Create();
  if (!loop.ok()) return std::nullopt;
  std::optional<Json> answer;
  bool closed = false;
  std::unique_ptr<FrameChannel> channel;
  FrameChannel::Events events;
  events.opened = [&] { channel->Send(Encoded(question)); };
  events.frame = [&](const dataset::Bytes& frame) { answer = Json::parse(frame.begin(), frame.end(), nullptr, false); };
  events.closed = [&](const std::string&) { closed = true; };
  channel = std::make_unique<FrameChannel>(**loop, std::move(socket), nullptr, "", kBytesMax, std::move(events));
  const auto give_up = net::EventLoop::Clock::now() + wait_max;
  (*loop)->Run([&] { return answer.has_value() || closed || net::EventLoop::Clock::now() > give_up; });
  return answer.has_value() && answer->is_object() ? answer : std::nullopt;
}

}  // namespace

Result<Json> AskControl(const std::string& path, const Json& question, net::EventLoop::Clock::duration wait_max,
                        net::EventLoop::Clock::duration start_max) {
  const Status no_member = Status::Error(path + ": no member answers there; is `tarn store serve` running?");
  const Result<net::Address> address = net::ParseAddress("--folder", "unix:" + path);
  if (!address.ok()) return address.status();
  const auto give_up = net::EventLoop::Clock::now() + wait_max;
  while (true) {
    Result<net::FileDescriptor> socket = ConnectSoon(*address, start_max);
    if (!socket.ok()) return no_member;
    std::optional<Json> answer = AskOnce(std::move(*socket), question, wait_max);
    if (!answer) return no_member;
    if (!answer->contains("error")) return *std::move(answer);
    if (!answer->value("later", false) || net::EventLoop::Clock::now() >= give_up)
      return Status::Error((*answer)["error"].get<std::string>());
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace tarn::store
