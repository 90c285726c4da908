// A member of a dataset as a server: the member's host, the NBD server before it, and the operator's socket.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/nbd/server.h"
#include "sw/store/control.h"
#include "sw/store/dataset_export.h"
#include "sw/store/member_host.h"

namespace tarn::store {

// The socket on which a member in this folder answers `tarn store status` and the others.
std::string ControlPath(const std::string& folder);

class MemberServer {
 public:
  struct Options {
    std::string folder;        // for the log, its lock and the operator's socket; made if it is not there
    MemberHost::Options host;  // log_file is set here
    nbd::Server::Options nbd;
  };

  static Result<std::unique_ptr<MemberServer>> Create(net::EventLoop& loop, Options options);

  // Leaves the dataset in order, so that the others go on at once, and refuses what clients ask for.
  void ShutDown();
  bool ended() const { return left_ && nbd_->idle(); }
  std::uint16_t nbd_port() const { return nbd_->port(); }

 private:
  explicit MemberServer(net::EventLoop& loop) : loop_(loop) {}
  Status Listen(nbd::Server::Options nbd, const std::string& control_path);
  void Answer(const nlohmann::json& question, const ControlServer::Respond& respond);
  // It was started a moment ago, and does not serve yet.
  bool IsStarting() const;

  net::EventLoop& loop_;
  net::EventLoop::Clock::time_point started_ = net::EventLoop::Clock::now();
  std::unique_ptr<MemberHost> host_;
  std::unique_ptr<DatasetExports> exports_;
  std::unique_ptr<nbd::Server> nbd_;
  std::unique_ptr<ControlServer> control_;
  bool left_ = false;
};

}  // namespace tarn::store
