#include "tests/dataset/fuzz.h"

#include <algorithm>
#include <cstdlib>

#include "sw/dataset/mediator.h"
#include "sw/dataset/messages.h"

namespace tarn::dataset {

namespace {
void Require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

void FuzzMessage(std::span<const std::uint8_t> bytes) {
  for (const std::uint32_t block_bytes : {512u, 4096u}) {
    const auto message = DecodeMessage(bytes, block_bytes);
    if (!message) continue;
    // Flags have bits that mean nothing; what is written from a message reads as the same message.
    const Bytes again = EncodeMessage(*message);
    const auto twice = DecodeMessage(again, block_bytes);
    Require(twice.has_value() && EncodeMessage(*twice) == again);
  }
}

void FuzzMediator(std::span<const std::uint8_t> bytes) {
  std::vector<Mediator::Action> actions;
  Mediator mediator;
  mediator.Restore(bytes);
  mediator.Step(Mediator::Question{.client = 1, .bytes = Bytes(bytes.begin(), bytes.end())}, actions);
  if (const auto answer = DecodeAnswer(bytes)) Require(!answer->record.exists() || answer->record.IsValid());
}

void FuzzLog(std::span<const std::uint8_t> bytes) {
  DecodeSuperblock(bytes);
  DecodeSet(bytes);
  DecodeNote(bytes);
  DecodeChange(bytes);
  DecodeTable(bytes);
  const std::uint64_t sequence = SequenceAt(bytes);
  const auto record = DecodeRecord(bytes, sequence, 0, /*check_payload=*/true);
  if (!record) return;
  Require(record->meta.size() + record->payload.size() + kRecordHeaderBytes <= record->header.total_bytes);
  DecodeSet(record->meta);
}

}  // namespace tarn::dataset
