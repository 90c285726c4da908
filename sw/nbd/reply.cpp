#include "sw/nbd/reply.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

namespace tarn::nbd {

namespace {

void AppendSimple(Bytes& out, std::uint64_t cookie, Error error) {
  Append(out, kSimpleReplyMagic);
  Append(out, static_cast<std::uint32_t>(error));
  Append(out, cookie);
}

void AppendHeader(Bytes& out, std::uint64_t cookie, ReplyType type, std::uint16_t flags, std::size_t payload_bytes) {
  Append(out, kStructuredReplyMagic);
  Append(out, flags);
  Append(out, static_cast<std::uint16_t>(type));
  Append(out, cookie);
  Append(out, static_cast<std::uint32_t>(payload_bytes));
}

void EncodeStructuredError(std::uint64_t cookie, Error error, std::string message, std::optional<std::uint64_t> offset,
                           OutputQueue& output) {
  message.resize(std::min(message.size(), kStringBytesMax));
  Bytes& out = output.Tail();
  AppendHeader(out, cookie, offset.has_value() ? ReplyType::kErrorOffset : ReplyType::kError, kReplyDone,
               6 + message.size() + (offset.has_value() ? 8 : 0));
  Append(out, static_cast<std::uint32_t>(error));
  Append(out, static_cast<std::uint16_t>(message.size()));
  out.insert(out.end(), message.begin(), message.end());
  if (offset.has_value()) Append(out, *offset);
  output.Commit();
}

// Pieces with the zeroes written out.
Bytes Expanded(const std::vector<Piece>& pieces, Bytes data) {
  if (pieces.empty()) return data;
  Bytes whole;
  std::size_t at = 0;
  for (const Piece& piece : pieces) {
    if (piece.zero) {
      whole.resize(whole.size() + piece.length);
    } else {
      assert(data.size() - at >= piece.length);
      const auto from = data.begin() + static_cast<std::ptrdiff_t>(at);
      whole.insert(whole.end(), from, from + piece.length);
      at += piece.length;
    }
  }
  return whole;
}

void EncodeDataChunk(const ReplyTo& to, std::uint64_t offset, std::uint16_t flags, Bytes data, OutputQueue& output) {
  Bytes& out = output.Tail();
  AppendHeader(out, to.cookie, ReplyType::kOffsetData, flags, 8 + data.size());
  Append(out, offset);
  output.Commit();
  output.Add(std::move(data));
}

// Chunks in order; the last one is marked as such, unless an error follows.
void EncodePieces(const ReplyTo& to, const Completion& completion, OutputQueue& output) {
  std::uint64_t offset = to.offset;
  auto from = completion.data.begin();
  for (std::size_t i = 0; i < completion.pieces.size(); ++i) {
    const Piece& piece = completion.pieces[i];
    const bool last = i + 1 == completion.pieces.size() && completion.error == Error::kNone;
    const std::uint16_t flags = last ? kReplyDone : 0;
    if (piece.zero) {
      Bytes& out = output.Tail();
      AppendHeader(out, to.cookie, ReplyType::kOffsetHole, flags, 12);
      Append(out, offset);
      Append(out, piece.length);
      output.Commit();
    } else {
      EncodeDataChunk(to, offset, flags, Bytes(from, from + piece.length), output);
      from += piece.length;
    }
    offset += piece.length;
  }
}

void EncodeStructuredRead(const ReplyTo& to, Completion completion, OutputQueue& output) {
  const bool failed = completion.error != Error::kNone;
  if (!failed || completion.error_offset.has_value()) {
    if (completion.pieces.empty() || to.one_piece) {
      Bytes data = Expanded(completion.pieces, std::move(completion.data));
      if (!data.empty()) EncodeDataChunk(to, to.offset, failed ? 0 : kReplyDone, std::move(data), output);
    } else {
      EncodePieces(to, completion, output);
    }
  }
  if (failed) EncodeStructuredError(to.cookie, completion.error, completion.message, completion.error_offset, output);
}

void EncodeSimpleRead(const ReplyTo& to, Completion completion, OutputQueue& output) {
  AppendSimple(output.Tail(), to.cookie, completion.error);
  output.Commit();
  if (completion.error == Error::kNone) output.Add(Expanded(completion.pieces, std::move(completion.data)));
}

std::uint32_t StateOf(const Piece& piece) { return (piece.hole ? kStateHole : 0) | (piece.zero ? kStateZero : 0); }

// Neighbours of the same state become one. With one_piece, the first one only, no longer than the request.
std::vector<Piece> Descriptors(const ReplyTo& to, const std::vector<Piece>& pieces) {
  std::vector<Piece> merged;
  for (const Piece& piece : pieces) {
    const bool fits = !merged.empty() && StateOf(merged.back()) == StateOf(piece) &&
                      std::uint64_t{merged.back().length} + piece.length <= UINT32_MAX;
    if (fits) {
      merged.back().length += piece.length;
    } else if (merged.size() < (to.one_piece ? 1 : kExtentsMax)) {
      merged.push_back(piece);
    } else {
      break;
    }
  }
  assert(!merged.empty());
  if (to.one_piece) merged[0].length = std::min(merged[0].length, to.length);
  return merged;
}

void EncodeBlockStatus(const ReplyTo& to, std::uint32_t context, const Completion& completion, OutputQueue& output) {
  const std::vector<Piece> descriptors = Descriptors(to, completion.pieces);
  Bytes& out = output.Tail();
  AppendHeader(out, to.cookie, ReplyType::kBlockStatus, kReplyDone, 4 + 8 * descriptors.size());
  Append(out, context);
  for (const Piece& piece : descriptors) {
    Append(out, piece.length);
    Append(out, StateOf(piece));
  }
  output.Commit();
}

}  // namespace

void EncodeReply(const ReplyTo& to, const Negotiated& negotiated, std::uint32_t context, Completion completion,
                 OutputQueue& output) {
  if (to.command == Command::kRead) {
    return negotiated.structured_replies ? EncodeStructuredRead(to, std::move(completion), output)
                                         : EncodeSimpleRead(to, std::move(completion), output);
  }
  if (completion.error != Error::kNone && negotiated.structured_replies) {
    return EncodeStructuredError(to.cookie, completion.error, completion.message, completion.error_offset, output);
  }
  if (completion.error == Error::kNone && to.command == Command::kBlockStatus) {
    return EncodeBlockStatus(to, context, completion, output);
  }
  AppendSimple(output.Tail(), to.cookie, completion.error);
  output.Commit();
}

void EncodeError(std::uint64_t cookie, const Negotiated& negotiated, Error error, const std::string& message,
                 OutputQueue& output) {
  if (negotiated.structured_replies) return EncodeStructuredError(cookie, error, message, std::nullopt, output);
  AppendSimple(output.Tail(), cookie, error);
  output.Commit();
}

}  // namespace tarn::nbd
