// Replies of the transmission phase as bytes: simple, or structured where that was negotiated.
#pragma once

#include <cstdint>
#include <string>

#include "sw/nbd/export.h"
#include "sw/nbd/output_queue.h"
#include "sw/nbd/request.h"

namespace tarn::nbd {

// What a reply needs to know of its request.
struct ReplyTo {
  Command command = Command::kRead;
  bool one_piece = false;  // DF, REQ_ONE
  std::uint64_t cookie = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
};

// context: the id of base:allocation, for block status.
void EncodeReply(const ReplyTo& to, const Negotiated& negotiated, std::uint32_t context, Completion completion,
                 OutputQueue& output);

// An error without an offset. A read is answered in the form it must be.
void EncodeError(std::uint64_t cookie, const Negotiated& negotiated, Error error, const std::string& message,
                 OutputQueue& output);

}  // namespace tarn::nbd
