// A real etcd of one member, for tests.
#pragma once

#include <cstdint>
#include <string>

#include "tests/nbd/daemon.h"

namespace tarn::store {

class EtcdDaemon {
 public:
  // folder: for what it keeps. host: an address to listen on; prefix: words before the command (ip netns exec …).
  // certificates: a folder with the server's; empty: plain.
  explicit EtcdDaemon(std::string folder, std::string host = "127.0.0.1", std::string certificates = "",
                      std::vector<std::string> prefix = {});

  static bool IsInstalled() { return nbd::HasProgram("etcd"); }
  // Anew, on what it kept, at the same port. False: it does not get ready.
  bool Start();
  void Kill() { daemon_.Kill(); }
  void Signal(int signal) const { daemon_.Signal(signal); }
  std::uint16_t port() const { return port_; }
  std::string endpoint() const { return host_ + ":" + std::to_string(port_); }

 private:
  std::string folder_;
  std::string host_;
  std::string certificates_;
  std::vector<std::string> prefix_;
  std::uint16_t port_;
  std::uint16_t peer_port_;
  nbd::Daemon daemon_;
};

}  // namespace tarn::store
