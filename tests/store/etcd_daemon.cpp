#include "tests/store/etcd_daemon.h"

#include <utility>

#include "sw/net/address.h"

namespace tarn::store {

namespace {

// Free a moment ago; etcd cannot be given port 0.
std::uint16_t FreePort() {
  const auto socket = net::Listen({.host = "127.0.0.1", .port = 0});
  return socket.ok() ? net::BoundPort(socket->number()) : 0;
}

}  // namespace

EtcdDaemon::EtcdDaemon(std::string folder, std::string host, std::string certificates, std::vector<std::string> prefix)
    : folder_(std::move(folder)),
      host_(std::move(host)),
      certificates_(std::move(certificates)),
      prefix_(std::move(prefix)),
      port_(FreePort()),
      peer_port_(FreePort()) {}

bool EtcdDaemon::Start() {
  const std::string client = (certificates_.empty() ? "http://" : "https://") + endpoint();
  const std::string peer = "http://127.0.0.1:" + std::to_string(peer_port_);
  std::vector<std::string> command = prefix_;
  command.insert(command.end(),
                 {"etcd", "--name", "test", "--data-dir", folder_, "--listen-client-urls", client,
                  "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                  "--initial-cluster", "test=" + peer, "--logger", "zap", "--log-outputs", "stderr"});
  if (!certificates_.empty()) {
    command.insert(command.end(),
                   {"--client-cert-auth", "--trusted-ca-file", certificates_ + "/ca-cert.pem", "--cert-file",
                    certificates_ + "/server-cert.pem", "--key-file", certificates_ + "/server-key.pem"});
  }
  return daemon_.Start(command, folder_ + ".log", "serving client traffic");
}

}  // namespace tarn::store
