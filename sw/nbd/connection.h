// A session on a socket, in an event loop. Output is sent once per round of the loop, all replies of the round
// together.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sw/nbd/session.h"
#include "sw/net/deferrals.h"
#include "sw/net/event_loop.h"
#include "sw/net/stream.h"
#include "sw/net/tls.h"

namespace tarn::nbd {

class Connection : public net::EventLoop::Handler {
 public:
  struct Options {
    TlsMode tls = TlsMode::kOff;
    std::shared_ptr<net::TlsContext> tls_context;
    net::EventLoop::Clock::duration handshake_max = std::chrono::seconds(30);
  };

  // ended: called once, from the loop's end of a round, when the socket is closed and nothing is at the export any
  // more. why: empty after an orderly end. The owner may destroy the connection then.
  Connection(net::EventLoop& loop, net::FileDescriptor socket, ExportDirectory& directory, const Options& options,
             std::function<void(Connection&, const std::string& why)> ended);
  ~Connection() override;

  void OnReady(std::uint32_t events) override;
  // Refuses what comes, and ends when what is under way is done.
  void ShutDown();

 private:
  void Read();
  void ScheduleFlush();
  void Flush();
  void Send();
  void FollowState();
  void StartTls();
  void ContinueTlsHandshake();
  void UpdateInterest();
  void Close(const std::string& why);
  void EndIfIdle();

  net::EventLoop& loop_;
  net::Deferrals deferrals_{loop_};
  Options options_;
  std::function<void(Connection&, const std::string&)> ended_;
  std::unique_ptr<net::Stream> stream_;
  Session session_;
  net::EventLoop::Timer handshake_timer_;
  std::string why_;
  bool tls_handshake_ = false;
  bool flush_scheduled_ = false;
  bool output_blocked_ = false;
  bool closed_ = false;
  bool ended_called_ = false;
};

}  // namespace tarn::nbd
