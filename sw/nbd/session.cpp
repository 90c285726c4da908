#include "sw/nbd/session.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tarn::nbd {

namespace {

const char* Explanation(Error error) {
  switch (error) {
    case Error::kPermission:
      return "the export is read-only";
    case Error::kNoSpace:
      return "beyond the end of the export";
    case Error::kOverflow:
      return "longer than the maximum payload";
    case Error::kShutdown:
      return "the server is shutting down";
    default:
      return "the request is not allowed: range, alignment, flags or what was negotiated";
  }
}

}  // namespace

Session::Session(ExportDirectory& directory, TlsMode tls, std::function<void()> replied)
    : handshake_(directory, tls, output_), replied_(std::move(replied)) {}

bool Session::AtBound() const {
  return in_flight_ >= kRequestsMax || in_flight_bytes_ >= kBytesMax || output_.bytes() >= kBytesMax;
}

bool Session::WantsInput() const { return state() == State::kOpen && !disconnected_ && !AtBound(); }

std::span<std::uint8_t> Session::Space() {
  if (!WantsInput()) return {};
  if (transmitting() && input_.size() == 0) {
    if (const std::span<std::uint8_t> space = reader_.PayloadSpace(); space.size() >= kInputBytes / 8) return space;
  }
  return input_.Space();
}

void Session::Received(std::size_t count) {
  // Space() gave the payload's own place only if there was nothing in the input, which is so until now.
  if (transmitting() && input_.size() == 0 && reader_.PayloadSpace().size() >= kInputBytes / 8) {
    reader_.PayloadReceived(count);
  } else {
    input_.Received(count);
  }
  Resume();
}

void Session::Resume() {
  if (!transmitting()) {
    handshake_.Take(input_);
    if (handshake_.phase() == Handshake::Phase::kTransmission) EnterTransmission();
  }
  if (transmitting()) TakeRequests();
}

Session::State Session::state() const {
  switch (handshake_.phase()) {
    case Handshake::Phase::kTalking:
      return State::kOpen;
    case Handshake::Phase::kStartTls:
      return State::kStartTls;
    case Handshake::Phase::kFinished:
      return State::kFinished;
    case Handshake::Phase::kBroken:
      return State::kBroken;
    case Handshake::Phase::kTransmission:
      break;
  }
  if (broken_) return State::kBroken;
  return (disconnected_ || shutting_down_) && idle() ? State::kFinished : State::kOpen;
}

void Session::ShutDown() {
  shutting_down_ = true;
  handshake_.ShutDown();
}

void Session::EnterTransmission() {
  const Handshake::Chosen& chosen = handshake_.chosen();
  target_ = chosen.target;
  negotiated_ = {.structured_replies = chosen.structured_replies, .block_status = chosen.block_status};
  reader_ = RequestReader(target_->info().block_sizes.payload_max);
}

void Session::TakeRequests() {
  taking_ = true;
  while (!disconnected_ && !broken_ && !AtBound()) {
    const RequestReader::Event event = reader_.Next(input_);
    if (event == RequestReader::Event::kNone) break;
    if (event == RequestReader::Event::kBroken) {
      broken_ = true;
      why_ = "a request without its magic number";
      break;
    }
    Handle(reader_.taken());
  }
  taking_ = false;
}

void Session::Handle(Request& request) {
  if (request.is(Command::kDisconnect)) {
    disconnected_ = true;
    return;
  }
  const Error error = shutting_down_ ? Error::kShutdown : CheckRequest(request, target_->info(), negotiated_);
  if (error == Error::kNone) return Submit(request);
  EncodeError(request.cookie, negotiated_, error, Explanation(error), output_);
}

void Session::Submit(Request& request) {
  const auto command = static_cast<Command>(request.type);
  const bool has_data = command == Command::kRead || command == Command::kWrite;
  const std::uint32_t slot = NewSlot({.to = {.command = command,
                                             .one_piece = request.has(kFlagDf) || request.has(kFlagReqOne),
                                             .cookie = request.cookie,
                                             .offset = request.offset,
                                             .length = request.length},
                                      .bytes = has_data ? request.length : 0});
  target_->Submit({.command = command,
                   .fua = request.has(kFlagFua),
                   .no_hole = request.has(kFlagNoHole),
                   .fast_zero = request.has(kFlagFastZero),
                   .one_extent = request.has(kFlagReqOne),
                   .offset = request.offset,
                   .length = request.length,
                   .data = std::move(request.payload)},
                  [this, slot](Completion completion) { Done(slot, std::move(completion)); });
}

std::uint32_t Session::NewSlot(const Slot& slot) {
  ++in_flight_;
  in_flight_bytes_ += slot.bytes;
  if (free_slots_.empty()) {
    slots_.push_back(slot);
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t number = free_slots_.back();
  free_slots_.pop_back();
  slots_[number] = slot;
  return number;
}

void Session::Done(std::uint32_t slot, Completion completion) {
  const Slot& done = slots_[slot];
  assert(in_flight_ != 0);
  --in_flight_;
  in_flight_bytes_ -= done.bytes;
  EncodeReply(done.to, negotiated_, Handshake::kAllocationContext, std::move(completion), output_);
  free_slots_.push_back(slot);
  if (!taking_) replied_();
}

}  // namespace tarn::nbd
