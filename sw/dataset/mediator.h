// The mediator: a register per dataset that is swapped against the epoch expected in it, so that after a split at most
// one side goes on. A pure state machine that stands on a third failure domain, never inside a member. etcd can stand
// in its place: a key per dataset with EncodeMembership's bytes, and a transaction that compares the value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "sw/dataset/interface.h"

namespace tarn::dataset {

inline constexpr std::size_t kMediatorDatasetsMax = 1024;

// Wire form of a question and an answer; Decode answers nothing for bytes that are none.
Bytes EncodeQuestion(const DatasetId& dataset, const AskMediator& question);
struct MediatorQuestion {
  DatasetId dataset;
  AskMediator question;
};
std::optional<MediatorQuestion> DecodeQuestion(std::span<const std::uint8_t> bytes);
Bytes EncodeAnswer(const MediatorAnswer& answer);
std::optional<MediatorAnswer> DecodeAnswer(std::span<const std::uint8_t> bytes);

// Whether a mediator that holds `held` (epoch 0: nothing) makes the swap that is asked for.
bool MaySwap(const AskMediator& question, const MembershipRecord& held);

class Mediator {
 public:
  // `client` is the host's name for whom to answer.
  struct Question {
    std::uint64_t client = 0;
    Bytes bytes;
  };
  // The bytes of Persist{token} are on stable storage.
  struct Persisted {
    std::uint64_t token = 0;
  };
  using Event = std::variant<Question, Persisted>;

  // The whole state, to replace what was persisted before, atomically. An answer that depends on it follows Persisted.
  struct Persist {
    std::uint64_t token = 0;
    Bytes bytes;
  };
  struct Answer {
    std::uint64_t client = 0;
    Bytes bytes;
  };
  using Action = std::variant<Persist, Answer>;

  // From what was persisted last (empty: nothing ever was). False where the bytes are no state: then it must not run.
  bool Restore(std::span<const std::uint8_t> bytes);

  void Step(Event event, std::vector<Action>& actions);

  const std::map<DatasetId, MembershipRecord>& records() const { return records_; }
  std::uint64_t refused() const { return refused_; }

 private:
  struct Waiting {
    std::uint64_t token = 0;
    std::uint64_t client = 0;
    MediatorAnswer answer;
  };

  void Ask(const Question& question, std::vector<Action>& actions);
  Bytes Encoded() const;

  std::map<DatasetId, MembershipRecord> records_;
  std::vector<Waiting> waiting_;
  std::uint64_t next_token_ = 1;
  std::uint64_t refused_ = 0;
};

}  // namespace tarn::dataset
