#include "sw/nbd/request.h"

#include <algorithm>

#include "sw/net/spare_bytes.h"

namespace tarn::nbd {

namespace {

// The flags that the protocol's text allows for the command.
std::uint16_t AllowedFlags(const Request& request, const ExportInfo& info, const Negotiated& negotiated) {
  std::uint16_t allowed = kFlagFua;  // "valid for all commands"
  if (request.is(Command::kRead) && negotiated.structured_replies) allowed |= kFlagDf;
  if (request.is(Command::kWriteZeroes)) {
    allowed |= kFlagNoHole;
    if (info.fast_zero) allowed |= kFlagFastZero;
  }
  if (request.is(Command::kBlockStatus)) allowed |= kFlagReqOne;
  return allowed;
}

bool Writes(const Request& request) {
  return request.is(Command::kWrite) || request.is(Command::kTrim) || request.is(Command::kWriteZeroes);
}

Error CheckRange(const Request& request, const ExportInfo& info) {
  // "ENOSPC if it receives a write request including one or more sectors beyond the size", EINVAL for others.
  if (request.offset > info.size_bytes || request.length > info.size_bytes - request.offset) {
    const bool fills = request.is(Command::kWrite) || request.is(Command::kWriteZeroes);
    return fills ? Error::kNoSpace : Error::kInvalid;
  }
  const std::uint64_t mask = info.block_sizes.minimum - 1;
  if (request.length == 0 || ((request.offset | request.length) & mask) != 0) return Error::kInvalid;
  return Error::kNone;
}

}  // namespace

Error CheckRequest(const Request& request, const ExportInfo& info, const Negotiated& negotiated) {
  if (request.type > static_cast<std::uint16_t>(Command::kBlockStatus)) return Error::kInvalid;
  if ((request.flags & ~AllowedFlags(request, info, negotiated)) != 0) return Error::kInvalid;
  if (request.is(Command::kFlush)) {
    return request.offset == 0 && request.length == 0 ? Error::kNone : Error::kInvalid;
  }
  if (request.is(Command::kBlockStatus) && !negotiated.block_status) return Error::kInvalid;
  if (Writes(request) && info.read_only) return Error::kPermission;
  if (request.payload_skipped) return Error::kInvalid;
  if (Error error = CheckRange(request, info); error != Error::kNone) return error;
  if (request.is(Command::kRead) && request.length > info.block_sizes.payload_max) {
    return negotiated.structured_replies ? Error::kOverflow : Error::kInvalid;
  }
  return Error::kNone;
}

RequestReader::Event RequestReader::Next(InputBuffer& input) {
  if (step_ == Step::kHeader) {
    if (input.size() < kRequestHeaderBytes) return Event::kNone;
    if (!TakeHeader(input.data())) return Event::kBroken;
    input.Drop(kRequestHeaderBytes);
  }
  if (step_ != Step::kHeader) TakePayload(input);
  return step_ == Step::kHeader ? Event::kRequest : Event::kNone;
}

bool RequestReader::TakeHeader(const std::uint8_t* header) {
  if (Load<std::uint32_t>(header) != kRequestMagic) return false;
  request_ = {.flags = Load<std::uint16_t>(header + 4),
              .type = Load<std::uint16_t>(header + 6),
              .cookie = Load<std::uint64_t>(header + 8),
              .offset = Load<std::uint64_t>(header + 16),
              .length = Load<std::uint32_t>(header + 24)};
  received_ = 0;
  if (!request_.is(Command::kWrite) || request_.length == 0) return true;
  request_.payload_skipped = request_.length > payload_max_;
  step_ = request_.payload_skipped ? Step::kSkip : Step::kPayload;
  return true;
}

void RequestReader::TakePayload(InputBuffer& input) {
  const std::size_t count = std::min<std::size_t>(input.size(), request_.length - received_);
  if (step_ == Step::kPayload && count != 0) {
    Grow(received_ + count);
    std::copy_n(input.data(), count, request_.payload.begin() + static_cast<std::ptrdiff_t>(received_));
  }
  input.Drop(count);
  received_ += count;
  if (received_ != request_.length) return;
  if (step_ == Step::kPayload) request_.payload.resize(received_);  // it may have had space for more
  step_ = Step::kHeader;
}

// A claimed length takes little memory before its bytes come.
void RequestReader::Grow(std::size_t bytes) {
  if (request_.payload.empty()) request_.payload = net::TakeSpare(std::min<std::size_t>(request_.length, kGrowBytes));
  if (request_.payload.size() < bytes) request_.payload.resize(bytes);
}

std::span<std::uint8_t> RequestReader::PayloadSpace() {
  if (step_ != Step::kPayload) return {};
  const std::size_t count = std::min(request_.length - received_, kGrowBytes);
  Grow(received_ + count);
  return {request_.payload.data() + received_, count};
}

void RequestReader::PayloadReceived(std::size_t count) { received_ += count; }

}  // namespace tarn::nbd
