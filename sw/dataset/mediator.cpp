#include "sw/dataset/mediator.h"

#include <algorithm>

#include "sw/dataset/wire.h"

namespace tarn::dataset {

namespace {

constexpr std::uint32_t kQuestionMark = 0x3151'4d54;  // "TMQ1"
constexpr std::uint32_t kAnswerMark = 0x3141'4d54;    // "TMA1"
constexpr std::uint32_t kStateMark = 0x3153'4d54;     // "TMS1"
constexpr std::size_t kMediatorWaitingMax = 4096;

void PutRecord(WireWriter& writer, const MembershipRecord& record) { writer.Blob(EncodeMembership(record)); }

// Epoch 0 for none.
MembershipRecord TakeRecord(WireReader& reader) {
  const auto bytes = reader.Blob();
  if (bytes.empty()) return {};
  const auto record = DecodeMembership(bytes);
  if (!record) reader.Fail();
  return record.value_or(MembershipRecord{});
}

}  // namespace

Bytes EncodeQuestion(const DatasetId& dataset, const AskMediator& question) {
  Bytes bytes;
  WireWriter writer(bytes);
  writer.U32(kQuestionMark);
  writer.U64(dataset.high);
  writer.U64(dataset.low);
  writer.U64(question.id);
  writer.U32(question.expected);
  if (question.next.exists()) {
    PutRecord(writer, question.next);
  } else {
    writer.U32(0);
  }
  return bytes;
}

std::optional<MediatorQuestion> DecodeQuestion(std::span<const std::uint8_t> bytes) {
  WireReader reader(bytes);
  if (reader.U32() != kQuestionMark) return std::nullopt;
  MediatorQuestion asked;
  asked.dataset.high = reader.U64();
  asked.dataset.low = reader.U64();
  asked.question.id = reader.U64();
  asked.question.expected = reader.U32();
  asked.question.next = TakeRecord(reader);
  if (!reader.ended()) return std::nullopt;
  return asked;
}

Bytes EncodeAnswer(const MediatorAnswer& answer) {
  Bytes bytes;
  WireWriter writer(bytes);
  writer.U32(kAnswerMark);
  writer.U64(answer.id);
  writer.U8(answer.swapped ? 1 : 0);
  if (answer.record.exists()) {
    PutRecord(writer, answer.record);
  } else {
    writer.U32(0);
  }
  return bytes;
}

std::optional<MediatorAnswer> DecodeAnswer(std::span<const std::uint8_t> bytes) {
  WireReader reader(bytes);
  if (reader.U32() != kAnswerMark) return std::nullopt;
  MediatorAnswer answer;
  answer.id = reader.U64();
  answer.swapped = reader.U8() != 0;
  answer.record = TakeRecord(reader);
  if (!reader.ended()) return std::nullopt;
  return answer;
}

bool MaySwap(const AskMediator& question, const MembershipRecord& held) {
  if (question.expected == AskMediator::kOnlyRead || !question.next.IsValid()) return false;
  if (question.expected == AskMediator::kIfNothing) return !held.exists();
  return question.next.epoch == question.expected + 1 && held.epoch == question.expected;
}

bool Mediator::Restore(std::span<const std::uint8_t> bytes) {
  records_.clear();
  if (bytes.empty()) return true;
  WireReader reader(bytes);
  if (reader.U32() != kStateMark) return false;
  const std::uint32_t count = reader.Count(2 * sizeof(std::uint64_t));
  for (std::uint32_t i = 0; i < count; ++i) {
    DatasetId dataset;
    dataset.high = reader.U64();
    dataset.low = reader.U64();
    records_[dataset] = TakeRecord(reader);
  }
  return reader.ended() && records_.size() == count;
}

Bytes Mediator::Encoded() const {
  Bytes bytes;
  WireWriter writer(bytes);
  writer.U32(kStateMark);
  writer.U32(static_cast<std::uint32_t>(records_.size()));
  for (const auto& [dataset, record] : records_) {
    writer.U64(dataset.high);
    writer.U64(dataset.low);
    PutRecord(writer, record);
  }
  return bytes;
}

void Mediator::Step(Event event, std::vector<Action>& actions) {
  if (const auto* question = std::get_if<Question>(&event)) {
    Ask(*question, actions);
    return;
  }
  const std::uint64_t token = std::get<Persisted>(event).token;
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    if (waiting.token > token) return false;
    actions.emplace_back(Answer{.client = waiting.client, .bytes = EncodeAnswer(waiting.answer)});
    return true;
  });
}

void Mediator::Ask(const Question& question, std::vector<Action>& actions) {
  const auto asked = DecodeQuestion(question.bytes);
  if (!asked || waiting_.size() >= kMediatorWaitingMax) {
    ++refused_;
    return;
  }
  const auto found = records_.find(asked->dataset);
  MembershipRecord held = found == records_.end() ? MembershipRecord{} : found->second;
  const AskMediator& swap = asked->question;
  const bool makes_sense = MaySwap(swap, held) && (held.exists() || records_.size() < kMediatorDatasetsMax);
  if (makes_sense) {
    held = swap.next;
    records_[asked->dataset] = held;
    actions.emplace_back(Persist{.token = next_token_, .bytes = Encoded()});
    ++next_token_;
  }
  const MediatorAnswer answer = {.id = swap.id, .swapped = makes_sense, .record = held};
  // An answer tells what is held; where that is not on stable storage yet, it waits for it.
  if (makes_sense || !waiting_.empty()) {
    waiting_.push_back({.token = next_token_ - 1, .client = question.client, .answer = answer});
    return;
  }
  actions.emplace_back(Answer{.client = question.client, .bytes = EncodeAnswer(answer)});
}

}  // namespace tarn::dataset
