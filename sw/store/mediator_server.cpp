#include "sw/store/mediator_server.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace tarn::store {

namespace {

constexpr std::size_t kClientsMax = 1024;
constexpr std::size_t kBytesMax = 1 << 20;

// In front of the state: bit rot must not bring back who was in sync at another time.
dataset::Bytes WithChecksum(const dataset::Bytes& bytes) {
  const auto sum = static_cast<std::uint32_t>(::crc32_z(0, bytes.data(), bytes.size()));
  dataset::Bytes all(sizeof sum);
  std::memcpy(all.data(), &sum, sizeof sum);
  all.insert(all.end(), bytes.begin(), bytes.end());
  return all;
}
std::optional<dataset::Bytes> WithoutChecksum(const dataset::Bytes& all) {
  std::uint32_t sum = 0;
  if (all.size() < sizeof sum) return std::nullopt;
  std::memcpy(&sum, all.data(), sizeof sum);
  dataset::Bytes bytes(all.begin() + sizeof sum, all.end());
  if (sum != ::crc32_z(0, bytes.data(), bytes.size())) return std::nullopt;
  return bytes;
}

bool WriteAndSync(const std::string& path, const dataset::Bytes& bytes) {
  const net::FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.valid()) return false;
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::write(file.number(), bytes.data() + written, bytes.size() - written);
    if (count <= 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return ::fsync(file.number()) == 0;
}

}  // namespace

Result<std::unique_ptr<MediatorServer>> MediatorServer::Create(net::EventLoop& loop, Options options) {
  std::unique_ptr<MediatorServer> server(new MediatorServer(loop, std::move(options)));
  if (Status status = server->Restore(); !status.ok()) return status;
  Result<net::FileDescriptor> socket = net::Listen(server->options_.listen);
  if (!socket.ok()) return socket.status();
  server->socket_ = std::move(*socket);
  if (Status status = loop.Watch(server->socket_.number(), EPOLLIN, server.get()); !status.ok()) return status;
  return server;
}

MediatorServer::~MediatorServer() {
  if (!socket_.valid()) return;
  loop_.Forget(socket_.number());
  if (options_.listen.is_unix()) ::unlink(options_.listen.path.c_str());
}

Status MediatorServer::Restore() {
  std::error_code error;
  std::filesystem::create_directories(options_.folder, error);
  const std::string lock_path = options_.folder + "/lock";
  lock_ = net::FileDescriptor(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.valid()) return Status::Error(net::SystemError("--folder: " + lock_path));
  if (::flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) {
    return Status::Error("--folder: " + options_.folder + ": is in use by another mediator");
  }
  std::optional<dataset::Bytes> bytes = dataset::Bytes();
  if (std::filesystem::exists(StatePath())) {
    std::ifstream stream(StatePath(), std::ios::binary);
    bytes = WithoutChecksum(dataset::Bytes(std::istreambuf_iterator<char>(stream), {}));
  }
  if (bytes.has_value() && mediator_.Restore(*bytes)) return {};
  return Status::Error("--folder: " + StatePath() +
                       ": is damaged; without what it held, two halves of a split could both go on");
}

void MediatorServer::OnReady(std::uint32_t) {
  while (true) {
    net::FileDescriptor socket(::accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) return;
    if (clients_.size() >= kClientsMax) continue;  // closed
    net::PrepareConnected(socket.number());
    const std::uint64_t client = next_client_++;
    FrameChannel::Events events;
    events.opened = [] {};
    events.frame = [this, client](dataset::Bytes frame) {
      Handle(dataset::Mediator::Question{.client = client, .bytes = std::move(frame)});
    };
    events.closed = [this, client](const std::string&) {
      deferrals_.Defer([this, client] { clients_.erase(client); });
    };
    clients_[client] =
        std::make_unique<FrameChannel>(loop_, std::move(socket), options_.tls.get(), "", kBytesMax, std::move(events));
  }
}

void MediatorServer::Handle(dataset::Mediator::Event event) {
  std::vector<dataset::Mediator::Action> actions;
  mediator_.Step(std::move(event), actions);
  for (dataset::Mediator::Action& action : actions) {
    if (const auto* const persist = std::get_if<dataset::Mediator::Persist>(&action)) {
      failed_ = failed_ || !Persist(persist->bytes);
      if (failed_) return options_.log(net::SystemError(StatePath() + ": cannot be written"));
      Handle(dataset::Mediator::Persisted{.token = persist->token});
      continue;
    }
    auto& answer = std::get<dataset::Mediator::Answer>(action);
    const auto client = clients_.find(answer.client);
    if (client == clients_.end() || !client->second->open()) continue;
    client->second->Send(std::make_shared<const dataset::Bytes>(std::move(answer.bytes)));
  }
}

bool MediatorServer::Persist(const dataset::Bytes& bytes) const {
  const std::string part = StatePath() + ".part";
  if (!WriteAndSync(part, WithChecksum(bytes)) || ::rename(part.c_str(), StatePath().c_str()) != 0) return false;
  const net::FileDescriptor folder(::open(options_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.valid() && ::fsync(folder.number()) == 0;
}

}  // namespace tarn::store
