#include "tests/dataset/local_disk.h"

#include <algorithm>
#include <cstring>

namespace tarn::dataset {

MemberConfig SmallConfig() {
  MemberConfig config;
  config.dataset = {.high = 1, .low = 2};
  config.block_bytes = 512;
  config.update_blocks_max = 32;
  config.segment_bytes = 64 << 10;
  config.device_bytes = kSegmentsBegin + std::uint64_t{64} * config.segment_bytes;
  config.checkpoint_bytes = 256 << 10;
  return config;
}

Bytes BlockOf(std::uint64_t number, std::uint32_t block_bytes) {
  Bytes bytes(block_bytes);
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    const std::uint64_t word = number * 0x9E3779B97F4A7C15u + at;
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  return bytes;
}

LocalHost::LocalHost(MemberConfig config, std::uint32_t members) : config_(config) {
  for (std::uint32_t id = 1; id <= members; ++id) {
    config_.initial_members = config_.initial_members.With(static_cast<MemberId>(id));
    nodes_[static_cast<MemberId>(id)].image.resize(config.device_bytes);
  }
}

void LocalHost::Boot(MemberId id, bool create) {
  Node& node = nodes_[id];
  MemberConfig config = config_;
  config.self = id;
  config.create = create;
  node.member.reset();
  node.memory = std::make_unique<HeapMemory>(memory_bytes_);
  node.member = std::make_unique<Member>(config, *node.memory);
  Give(id, Start{.incarnation = ++node.lives * 100 + id});
  Drain();
}

void LocalHost::Give(MemberId id, Event event) { queue_.emplace_back(id, std::move(event)); }

void LocalHost::Drain() {
  while (!queue_.empty()) {
    auto batch = std::move(queue_);
    queue_.clear();
    for (auto& [id, event] : batch) {
      if (!nodes_[id].member) continue;
      Actions actions;
      nodes_[id].member->Step(now_, std::move(event), actions);
      Carry(id, actions);
    }
  }
}

void LocalHost::CarrySend(MemberId id, const Send& send) {
  const SharedBytes bytes = Joined(send);
  const auto message = passes ? DecodeMessage(*bytes, config_.block_bytes) : std::nullopt;
  for (const MemberId to : send.to) {
    if (message && !passes(id, to, message->body)) continue;
    Give(to, MessageReceived{.from = id, .bytes = bytes});
  }
}

void LocalHost::Carry(MemberId id, Actions& actions) {
  Node& node = nodes_[id];
  for (Action& action : actions) {
    if (auto* send = std::get_if<Send>(&action)) {
      CarrySend(id, *send);
    } else if (auto* write = std::get_if<WriteStorage>(&action)) {
      WriteStorage whole = {.offset = write->offset, .bytes = Joined(*write)};
      std::ranges::copy(whole.bytes, node.image.begin() + static_cast<std::ptrdiff_t>(whole.offset));
      if (keeps_writes_) node.writes.push_back(std::move(whole));
    } else if (auto* sync = std::get_if<SyncStorage>(&action)) {
      node.syncs.push_back(node.writes.size());
      Give(id, StorageSynced{.token = sync->token});
    } else if (auto* read = std::get_if<ReadStorage>(&action)) {
      const auto begin = node.image.begin() + static_cast<std::ptrdiff_t>(read->offset);
      Give(id,
           StorageRead{.token = read->token, .bytes = Bytes(begin, begin + static_cast<std::ptrdiff_t>(read->length))});
    } else if (auto* ask = std::get_if<AskMediator>(&action)) {
      std::vector<Mediator::Action> answers;
      mediator_.Step(Mediator::Question{.client = id, .bytes = EncodeQuestion(config_.dataset, *ask)}, answers);
      for (std::size_t i = 0; i < answers.size(); ++i) {
        if (const auto* persist = std::get_if<Mediator::Persist>(&answers[i])) {
          mediator_.Step(Mediator::Persisted{.token = persist->token}, answers);
        } else {
          const auto answer = DecodeAnswer(std::get<Mediator::Answer>(answers[i]).bytes);
          Give(id, *answer);
        }
      }
    } else if (auto* reply = std::get_if<Reply>(&action)) {
      replies_[reply->id] = std::move(*reply);
    }
  }
}

void LocalHost::Advance(TimeNs time_ns) {
  const TimeNs end = now_ + time_ns;
  while (now_ < end) {
    TimeNs next = end;
    for (auto& [id, node] : nodes_) {
      if (node.member) next = std::min(next, std::max(now_ + 1, node.member->wake_time()));
    }
    now_ = next;
    for (auto& [id, node] : nodes_) {
      if (node.member && node.member->wake_time() <= now_) Give(id, Tick{});
    }
    Drain();
  }
}

bool LocalHost::Serves(MemberId id) {
  for (int tries = 0; tries < 600 && !member(id).status(now_).serves; ++tries) Advance(100 * kMillisecondNs);
  return member(id).status(now_).serves;
}

Reply LocalHost::Wait(RequestId id) {
  constexpr TimeNs kAtOnceNs = 10;  // ticks that are due at once
  Drain();
  for (int tries = 0; tries < 600 && !replies_.contains(id); ++tries) {
    Advance(tries == 0 ? kAtOnceNs : 50 * kMillisecondNs);
  }
  Reply reply = std::move(replies_[id]);
  replies_.erase(id);
  if (reply.id != id) reply.outcome = Outcome::kUnknown;  // no answer
  return reply;
}

Reply LocalHost::Do(MemberId id, IoRequest request) {
  request.id = next_request_++;
  if (request.kind == IoRequest::Kind::kWrite) request.length_bytes = request.data.bytes.size();
  const RequestId number = request.id;
  Give(id, std::move(request));
  return Wait(number);
}

Reply LocalHost::Do(MemberId id, ControlRequest request) {
  request.id = next_request_++;
  const RequestId number = request.id;
  Give(id, std::move(request));
  return Wait(number);
}

}  // namespace tarn::dataset
