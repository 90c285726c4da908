// A member alone with its disk and a mediator that answers at once: for tests and figures of what needs no network.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sw/dataset/mediator.h"
#include "sw/dataset/member.h"
#include "sw/dataset/member_core.h"

namespace tarn::dataset {

// Carries out what members ask for: writes go to a byte image each, messages to each other, questions to one mediator;
// all of it at once, in order. Time goes on by Advance.
class LocalHost {
 public:
  explicit LocalHost(MemberConfig config, std::uint32_t members = 1);

  // (Re)starts a member, on its image as it is.
  void Boot(MemberId id, bool create);
  void Stop(MemberId id) { nodes_[id].member.reset(); }
  // Gives ticks until so much time has passed.
  void Advance(TimeNs time_ns);
  // Advances until the member serves; false: it does not within a minute.
  bool Serves(MemberId id);

  // A request, with time going on until it is answered.
  Reply Do(MemberId id, IoRequest request);
  Reply Do(MemberId id, ControlRequest request);

  TimeNs now() const { return now_; }
  Bytes& image(MemberId id) { return nodes_[id].image; }
  Member& member(MemberId id) { return *nodes_[id].member; }
  // Everything written to a member's disk, in order.
  const std::vector<WriteStorage>& writes(MemberId id) const { return nodes_.at(id).writes; }
  // For each sync: how many writes it covers.
  const std::vector<std::size_t>& syncs(MemberId id) const { return nodes_.at(id).syncs; }
  void KeepWrites() { keeps_writes_ = true; }
  // Of the next lives.
  void SetMemory(std::uint64_t bytes) { memory_bytes_ = bytes; }
  MemberConfig& config() { return config_; }
  void Give(MemberId id, Event event);
  void ForgetMediator() { mediator_ = {}; }
  // Which messages arrive; all, where nothing is set.
  std::function<bool(MemberId from, MemberId to, const MessageBody& body)> passes;

 private:
  struct Node {
    std::unique_ptr<HeapMemory> memory;
    std::unique_ptr<Member> member;
    Bytes image;
    std::vector<WriteStorage> writes;
    std::vector<std::size_t> syncs;
    std::uint64_t lives = 0;
  };
  void Carry(MemberId id, Actions& actions);
  void CarrySend(MemberId id, const Send& send);
  Reply Wait(RequestId id);
  void Drain();

  MemberConfig config_;
  std::map<MemberId, Node> nodes_;
  Mediator mediator_;
  TimeNs now_ = kSecondNs;
  std::map<RequestId, Reply> replies_;
  std::vector<std::pair<MemberId, Event>> queue_;
  RequestId next_request_ = 1;
  bool keeps_writes_ = false;
  std::uint64_t memory_bytes_ = std::uint64_t{1} << 30;
};

// Small blocks and segments, quick timing.
MemberConfig SmallConfig();
// A block's bytes, a function of a number.
Bytes BlockOf(std::uint64_t number, std::uint32_t block_bytes);

}  // namespace tarn::dataset
