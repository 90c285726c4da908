// One client's session on the server: handshake, then transmission. Bytes in, bytes out, requests to an export; knows
// no socket. Bounded: requests and bytes under way, and what waits to be sent; at the bound it takes no more input.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sw/nbd/export.h"
#include "sw/nbd/handshake.h"
#include "sw/nbd/input_buffer.h"
#include "sw/nbd/output_queue.h"
#include "sw/nbd/reply.h"
#include "sw/nbd/request.h"

namespace tarn::nbd {

class Session {
 public:
  static constexpr std::size_t kInputBytes = 256 << 10;
  static constexpr std::size_t kRequestsMax = 1024;                // under way
  static constexpr std::size_t kBytesMax = std::size_t{64} << 20;  // of their data, and likewise waiting to be sent

  enum class State : std::uint8_t {
    kOpen,
    kStartTls,  // once the output is sent, TLS begins; then TlsStarted()
    kFinished,  // to be closed in order, once the output is sent
    kBroken,    // to be closed at once; why() says the reason
  };

  // replied: called when there is output that did not come of Received() or Resume().
  Session(ExportDirectory& directory, TlsMode tls, std::function<void()> replied);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Where the next received bytes go. Empty: takes none now.
  std::span<std::uint8_t> Space();
  bool WantsInput() const;
  // REQUIRES: count is not more than the Space() just before had.
  void Received(std::size_t count);
  // Goes on with what was received before; to be called when output was sent, or after `replied`.
  void Resume();
  // Whether bytes were received that nothing was made of. When TLS is to start, there must not be any.
  bool HasInput() const { return input_.size() != 0; }

  OutputQueue& output() { return output_; }
  State state() const;
  const std::string& why() const { return handshake_.phase() == Handshake::Phase::kBroken ? handshake_.why() : why_; }
  bool transmitting() const { return target_ != nullptr; }
  // Whether no operation is at the export: only then may the session be destroyed.
  bool idle() const { return in_flight_ == 0; }

  void TlsStarted() { handshake_.TlsStarted(); }
  // Refuses what comes, and is finished when what is under way is done.
  void ShutDown();

 private:
  struct Slot {
    ReplyTo to;
    std::size_t bytes = 0;
  };

  void EnterTransmission();
  void TakeRequests();
  bool AtBound() const;
  void Handle(Request& request);
  void Submit(Request& request);
  std::uint32_t NewSlot(const Slot& slot);
  void Done(std::uint32_t slot, Completion completion);

  OutputQueue output_;
  InputBuffer input_{kInputBytes};
  Handshake handshake_;
  std::function<void()> replied_;
  std::string why_;
  // Of the transmission.
  std::shared_ptr<Export> target_;
  Negotiated negotiated_;
  RequestReader reader_{0};
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t in_flight_ = 0;
  std::size_t in_flight_bytes_ = 0;
  bool shutting_down_ = false;
  bool disconnected_ = false;  // the client has said that it sends no more
  bool broken_ = false;
  bool taking_ = false;  // replies that come while requests are taken need no wake-up
};

}  // namespace tarn::nbd
