// Requests of the transmission phase: bytes in, requests out, and what the protocol says against them. Knows no socket
// and no export. No length is trusted: payload is kept up to the export's maximum, and skipped beyond.
#pragma once

#include <cstdint>
#include <span>

#include "sw/nbd/export.h"
#include "sw/nbd/input_buffer.h"

namespace tarn::nbd {

struct Request {
  std::uint16_t flags = 0;
  std::uint16_t type = 0;  // a Command, or a number that is none
  std::uint64_t cookie = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  Bytes payload;
  bool payload_skipped = false;  // it was too long

  bool is(Command command) const { return type == static_cast<std::uint16_t>(command); }
  bool has(std::uint16_t flag) const { return (flags & flag) != 0; }
};

// What was negotiated, as far as requests depend on it.
struct Negotiated {
  bool structured_replies = false;
  bool block_status = false;
};

// The error the protocol asks for, kNone if the request is in order. REQUIRES: it is no disconnect.
Error CheckRequest(const Request& request, const ExportInfo& info, const Negotiated& negotiated);

class RequestReader {
 public:
  explicit RequestReader(std::uint32_t payload_max) : payload_max_(payload_max) {}

  enum class Event : std::uint8_t {
    kNone,     // more bytes are needed
    kRequest,  // taken() is whole
    kBroken,   // not a request: there is no way to find the next one
  };
  Event Next(InputBuffer& input);
  Request& taken() { return request_; }

  // Where the next bytes may go instead of into the input buffer, which is empty: the rest of a long payload. Empty:
  // nowhere.
  std::span<std::uint8_t> PayloadSpace();
  void PayloadReceived(std::size_t count);
  // Of the payload that is being received: what of it is in memory.
  std::size_t payload_bytes() const { return request_.payload.size(); }

 private:
  enum class Step : std::uint8_t { kHeader, kPayload, kSkip };
  static constexpr std::size_t kGrowBytes = 1 << 18;  // that memory is ahead of the bytes, at most

  bool TakeHeader(const std::uint8_t* header);
  void TakePayload(InputBuffer& input);
  void Grow(std::size_t bytes);

  std::uint32_t payload_max_;
  Step step_ = Step::kHeader;
  Request request_;
  std::size_t received_ = 0;  // bytes of the payload that were received or skipped
};

}  // namespace tarn::nbd
