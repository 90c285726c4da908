#include "sw/dataset/simulation/world.h"

#include <algorithm>
#include <cmath>

#include "sw/dataset/member_core.h"

namespace tarn::dataset::simulation {

namespace {
constexpr std::uint32_t kBlockBytes = 512;
constexpr std::uint32_t kSegmentBytes = 64 << 10;
constexpr std::uint64_t kSegments = 96;
constexpr std::uint64_t kMemoryBytes = 1 << 20;  // less than the disk: content is read from the log as well
constexpr std::uint32_t kDefaultClients = 5;
constexpr MemberId kMediator = 0;
constexpr double kDrift = 0.004;
constexpr TimeNs kSyncNsMin = 200'000, kSyncNsMax = 4'000'000;
constexpr TimeNs kSlowNsMax = 2 * kSecondNs;
constexpr std::uint64_t kFaultsAtSwapsPercent = 4;
constexpr std::uint64_t kLeaderStopsPercent = 10;
constexpr TimeNs kTickLateNsMax = 300'000;
constexpr std::size_t kMessageTypeAt = 4;
}  // namespace

World::World(std::uint64_t seed, const SimulationOptions& options, SimulationReport& report)
    : options_(options), report_(report), random_(seed), hash_(report.trace_hash) {
  members_ = options.members;
  if (members_ == 0) {
    const std::uint64_t roll = random_.Below(100);
    members_ = roll < 45 ? 2 : roll < 90 ? 3 : 4;
  }
  config_.dataset = {.high = random_.Next(), .low = random_.Next()};
  for (std::uint32_t id = 1; id <= members_; ++id)
    config_.initial_members = config_.initial_members.With(static_cast<MemberId>(id));
  config_.block_bytes = kBlockBytes;
  config_.update_blocks_max = 32;
  config_.heartbeat_ns = static_cast<TimeNs>(300 + random_.Below(200)) * kMillisecondNs;
  config_.lease_ns = config_.heartbeat_ns * static_cast<TimeNs>(4 + random_.Below(2));
  config_.clock_drift_ppm = static_cast<std::uint32_t>(kDrift * 1e6 * 2);
  config_.retransmit_ns = 250 * kMillisecondNs;
  config_.slow_ns = 3 * kSecondNs;
  config_.hold_ns = 6 * kSecondNs;
  config_.segment_bytes = kSegmentBytes;
  config_.device_bytes = kSegmentsBegin + kSegments * kSegmentBytes;
  config_.checkpoint_bytes = (4 + random_.Below(12)) * kSegmentBytes;
  config_.compress = random_.Percent(30);
  config_.planted = options.planted;
  drop_ = 0.02 * random_.Unit() * random_.Unit();
  duplicate_ = 0.02 * random_.Unit();
  delay_ = 0.005 * random_.Unit();
  latency_ns_ = static_cast<TimeNs>(100'000 + random_.Below(900'000));
  clients_.resize(options.clients == 0 ? kDefaultClients : options.clients);
  mediator_.emplace();
  MakeMembers();
}

World::~World() { report_.trace_hash = hash_; }

void World::MakeMembers() {
  nodes_.resize(members_ + 1);
  for (std::uint32_t i = 1; i <= members_; ++i) {
    Node& node = nodes_[i];
    node.disk = std::make_unique<Disk>(config_.device_bytes);
    node.rate = 1 + kDrift * (2 * random_.Unit() - 1);
    node.offset_ns = static_cast<TimeNs>(random_.Below(1'000'000)) * kMillisecondNs;
    Boot(static_cast<MemberId>(i), /*create=*/i == 1);
    Schedule(static_cast<TimeNs>(random_.Below(60)) * kSecondNs,
             {.what = What::kKeepImage, .node = static_cast<MemberId>(i)});
  }
}

void World::Boot(MemberId id, bool create) {
  Node& node = nodes_[id];
  MemberConfig config = config_;
  config.self = id;
  config.create = create;
  node.memory = std::make_unique<HeapMemory>(kMemoryBytes);
  node.member = std::make_unique<Member>(config, *node.memory);
  node.up = true;
  ++node.life;
  node.wake_at_ns = kNeverNs;
  node.phase_seen = Phase::kRecovering;
  StepMember(id, Start{.incarnation = random_.Next()});
}

// ---------------------------------------------------------------- time and events

TimeNs World::LocalTime(const Node& node) const {
  return node.offset_ns + static_cast<TimeNs>(std::floor(static_cast<double>(now_) * node.rate));
}

TimeNs World::GlobalTime(const Node& node, TimeNs local) const {
  return static_cast<TimeNs>(std::ceil(static_cast<double>(local - node.offset_ns) / node.rate)) + 1000;
}

void World::Schedule(TimeNs after, Event event) {
  event.at = now_ + after;
  event.order = ++order_;
  queue_.push(event);
}

std::uint32_t World::Keep(Payload payload) {
  if (free_payloads_.empty()) {
    payloads_.push_back(std::move(payload));
    return static_cast<std::uint32_t>(payloads_.size() - 1);
  }
  const std::uint32_t index = free_payloads_.back();
  free_payloads_.pop_back();
  payloads_[index] = std::move(payload);
  return index;
}

World::Payload World::TakePayload(std::uint32_t index) {
  free_payloads_.push_back(index);
  return std::exchange(payloads_[index], {});
}

bool World::RunUntil(TimeNs end_ns) {
  while (!stopped_ && !queue_.empty() && queue_.top().at <= end_ns) {
    const Event event = queue_.top();
    queue_.pop();
    now_ = event.at;
    ++report_.events;
    Mix(static_cast<std::uint64_t>(event.at) << 8 ^ static_cast<std::uint64_t>(event.what) << 4 ^ event.node);
    Handle(event);
  }
  now_ = std::max(now_, end_ns);
  return !stopped_;
}

void World::Violate(const std::string& text) {
  if (!report_.violation) {
    report_.violation = text + " (" + std::to_string(static_cast<double>(now_) / kSecondNs) + " s into world " +
                        std::to_string(report_.world) + ")";
  }
  stopped_ = true;
}

void World::Log(const std::string& text) const {
  if (options_.log) options_.log(std::to_string(static_cast<double>(now_) / kSecondNs) + " s: " + text);
}

void World::Handle(const Event& event) {
  Node* const node = event.node == kNobody ? nullptr : &nodes_[event.node];
  const bool lives = node != nullptr && node->up && node->life == event.life;
  switch (event.what) {
    case What::kWake:
      if (!lives || node->wake_at_ns != event.at) return;
      node->wake_at_ns = kNeverNs;
      StepMember(event.node, Tick{});
      return;
    case What::kMessage:
      Deliver(event);
      return;
    case What::kSynced:
      if (!lives) return;
      node->disk->MakeStable(event.number_b);
      StepMember(event.node, StorageSynced{.token = event.number});
      return;
    case What::kRead: {
      Payload payload = TakePayload(event.payload);
      if (lives) StepMember(event.node, StorageRead{.token = event.number, .bytes = std::move(payload.bytes)});
      return;
    }
    case What::kQuestion: {
      Payload payload = TakePayload(event.payload);
      if (!mediator_up_ || cut_[event.from][kMediator]) return;
      std::vector<Mediator::Action> actions;
      const std::uint64_t client = std::uint64_t{event.life} << 8 | event.from;
      mediator_->Step(Mediator::Question{.client = client, .bytes = std::move(payload.bytes)}, actions);
      for (const auto& [dataset, record] : mediator_->records()) {
        if (record.epoch > epoch_) OnSwap(event.from, event.life);
      }
      OnMediatorActions(actions);
      return;
    }
    case What::kPersisted: {
      if (!mediator_up_ || event.life != mediator_life_) return;
      std::vector<Mediator::Action> actions;
      mediator_->Step(Mediator::Persisted{.token = event.number}, actions);
      OnMediatorActions(actions);
      return;
    }
    case What::kAnswer: {
      Payload payload = TakePayload(event.payload);
      if (!lives || cut_[kMediator][event.node]) return;
      if (const auto answer = DecodeAnswer(payload.bytes)) StepMember(event.node, *answer);
      return;
    }
    case What::kClient:
      BeginOperation(static_cast<std::uint32_t>(event.number));
      return;
    case What::kClientTimeout:
      OnClientTimeout(event.number);
      return;
    case What::kFault:
      InjectFault();
      if (event.number != 0) return;
      Schedule(static_cast<TimeNs>(2000 + random_.Below(24000)) * kMillisecondNs, {.what = What::kFault});
      return;
    case What::kRestart:
      if (!node->up) Boot(event.node, /*create=*/false);
      return;
    case What::kMediatorUp:
      if (mediator_up_) return;
      mediator_up_ = true;
      ++mediator_life_;
      mediator_.emplace();
      if (!mediator_->Restore(mediator_state_)) Violate("the mediator cannot read its own state");
      return;
    case What::kHealNetwork:
      if (event.number != partition_) return;
      cut_ = {};
      one_way_ = two_way_ = false;
      return;
    case What::kHealSlow:
      node->slow = false;
      return;
    case What::kResume:
      if (lives) Resume(*node, event.node);
      return;
    case What::kEnd:
      if (!lives) return;
      if (paused_) return Schedule(kSecondNs, event);
      Crash(event.node, static_cast<TimeNs>(1 + random_.Below(5)) * kSecondNs);
      return;
    case What::kFill:
      StepFill(nullptr);
      return;
    case What::kScrub: {
      if (!node->latent) return;
      if (node->up && node->member->core().phase() == Phase::kServing) {
        const RequestId id = kHostRequest | std::uint64_t{node->latent_faults} << 8 | event.node;
        StepMember(event.node, ControlRequest{.id = id, .kind = ControlRequest::Kind::kScrub});
      }
      Schedule(5 * kSecondNs, event);
      return;
    }
    case What::kLoseAndCrash:
      if (!lives) return;
      if (!paused_ && MayCrash(MemberSet::Of(event.node))) {
        Crash(event.node, static_cast<TimeNs>(1 + random_.Below(5)) * kSecondNs);
      } else {
        Schedule(kSecondNs, event);
      }
      return;
    case What::kKeepImage:
      // Not with a fault of its disk in it, which nobody would know of when it comes back.
      if (node->up && !node->latent && random_.Percent(50)) node->old_image = node->disk->StableImage();
      if (node->first_image.empty()) node->first_image = node->old_image;
      Schedule(static_cast<TimeNs>(60 + random_.Below(240)) * kSecondNs, event);
      return;
    case What::kOperate:
      Operate();
      return;
    case What::kWriteAside:
      if (lives) WriteAside(event.node);
      return;
    case What::kReadAside:
      ReadAside();
      return;
    case What::kCalm:
      return;
  }
}

// ---------------------------------------------------------------- members

void World::StepMember(MemberId id, dataset::Event event) {
  Node& node = nodes_[id];
  if (node.paused) {
    node.inbox.push_back(std::move(event));
    return;
  }
  Actions actions;
  node.member->Step(LocalTime(node), std::move(event), actions);
  const Phase phase = node.member->core().phase();
  if (phase != node.phase_seen) {
    Mix(static_cast<std::uint64_t>(phase) << 8 | id);
    node.phase_seen = phase;
    if (options_.log) Log("member " + std::to_string(id) + " is " + dataset::Name(phase));
    if (phase == Phase::kServing) {
      for (std::uint32_t i = 1; i <= members_; ++i) {
        const Node& other = nodes_[i];
        const bool both = other.up && other.member->status(LocalTime(other)).serves;
        if (both && other.member->core().record().epoch != node.member->core().record().epoch &&
            node.member->status(LocalTime(node)).serves) {
          Violate("members " + std::to_string(id) + " and " + std::to_string(i) + " serve in two epochs at once");
        }
      }
    }
    if (phase == Phase::kFailed && !failing_.contains(id)) {
      Violate("member " + std::to_string(id) + " failed: " + node.member->status(LocalTime(node)).trouble);
    }
  }
  Carry(id, actions);
  if (!node.up) return;
  const TimeNs wake = node.member->wake_time();
  if (wake == kNeverNs) return;
  TimeNs at = std::max(now_, GlobalTime(node, wake));
  // A host has other events to give before a tick that is due at once.
  if (wake <= LocalTime(node)) at += static_cast<TimeNs>(random_.Below(kTickLateNsMax));
  if (at >= node.wake_at_ns) return;
  node.wake_at_ns = at;
  Schedule(at - now_, {.what = What::kWake, .node = id, .life = node.life});
}

void World::Carry(MemberId id, Actions& actions) {
  Node& node = nodes_[id];
  const std::uint32_t life = node.life;
  for (Action& action : actions) {
    if (!node.up || node.life != life) return;
    if (auto* send = std::get_if<Send>(&action)) {
      CarrySend(id, *send);
    } else if (auto* write = std::get_if<WriteStorage>(&action)) {
      CarryWrite(id, *write);
    } else if (auto* sync = std::get_if<SyncStorage>(&action)) {
      const TimeNs slow = node.slow ? static_cast<TimeNs>(random_.Below(kSlowNsMax)) : 0;
      const TimeNs takes = kSyncNsMin + static_cast<TimeNs>(random_.Below(kSyncNsMax)) + slow;
      Schedule(
          takes,
          {.what = What::kSynced, .node = id, .life = life, .number = sync->token, .number_b = node.disk->writes()});
    } else if (auto* read = std::get_if<ReadStorage>(&action)) {
      const std::uint32_t payload = Keep({.bytes = node.disk->Read(read->offset, read->length)});
      Schedule(kSyncNsMin, {.what = What::kRead, .node = id, .life = life, .payload = payload, .number = read->token});
    } else if (auto* ask = std::get_if<AskMediator>(&action)) {
      if (begun_) OnQuestion(id, *ask);
      const std::uint32_t payload = Keep({.bytes = EncodeQuestion(config_.dataset, *ask)});
      Schedule(latency_ns_, {.what = What::kQuestion, .from = id, .life = life, .payload = payload});
    } else if (auto* reply = std::get_if<Reply>(&action)) {
      OnReply(id, *reply);
    } else if (const auto* note = std::get_if<Note>(&action); note != nullptr && options_.log) {
      Log("member " + std::to_string(id) + ": " + note->text);
    }
  }
}

void World::CarryWrite(MemberId id, const WriteStorage& write) {
  Node& node = nodes_[id];
  // Not of the last whole copy: that would be more than one fault.
  if (node.fail_next_write && !(unbroken_ - removing_).Without(id).empty() && MayCrash(MemberSet::Of(id))) {
    node.fail_next_write = false;
    unbroken_ = unbroken_.Without(id);
    Count(Fault::kWriteError);
    failing_ = failing_.With(id);
    StepMember(id, StorageWritten{.offset = write.offset, .result = StorageResult::kFailed});
    return;
  }
  const bool was_losing = node.disk->is_losing();
  node.disk->Write(write.offset, Joined(write));
  if (was_losing && !node.disk->is_losing()) {
    Count(Fault::kLostWrite);
    HasFault(node);
    Schedule(static_cast<TimeNs>(500 + random_.Below(3000)) * kMillisecondNs,
             {.what = What::kLoseAndCrash, .node = id, .life = node.life});
  }
}

// ---------------------------------------------------------------- network

void World::NoteReached(const Bytes& bytes) {
  const std::uint32_t lasting = LastingFaults();
  if (lasting == 0) return;
  auto& row = report_.met[bytes[kMessageTypeAt]];
  for (std::size_t fault = 0; fault < kLastingFaults; ++fault) row[fault] += lasting >> fault & 1;
}

void World::CarrySend(MemberId id, const Send& send) {
  const SharedBytes bytes = Joined(send);
  for (const MemberId to : send.to) {
    if (to > members_) continue;
    NoteReached(*bytes);
    if (cut_[id][to] || IsDeafTo(to, id)) continue;
    if (drop_ > 0 && random_.Unit() < drop_) {
      Count(Fault::kDropped);
      continue;
    }
    const int copies = random_.Unit() < duplicate_ ? 2 : 1;
    if (copies == 2) Count(Fault::kDuplicated);
    for (int copy = 0; copy < copies; ++copy) {
      TimeNs takes = latency_ns_ / 2 + static_cast<TimeNs>(random_.Below(static_cast<std::uint64_t>(latency_ns_)));
      if (nodes_[id].slow || nodes_[to].slow) takes += static_cast<TimeNs>(random_.Below(kSlowNsMax));
      if (random_.Unit() < delay_) {
        takes += static_cast<TimeNs>(random_.Below(8000)) * kMillisecondNs;
        Count(Fault::kDelayed);
      }
      Schedule(takes,
               {.what = What::kMessage, .node = to, .from = id, .payload = Keep({.shared = bytes}), .number = ++sent_});
    }
  }
}

void World::Deliver(const Event& event) {
  const Payload payload = TakePayload(event.payload);
  Node& node = nodes_[event.node];
  std::uint64_t& last = last_delivered_[event.from][event.node];
  if (event.number < last) Count(Fault::kReordered);
  last = std::max(last, event.number);
  if (!node.up || cut_[event.from][event.node]) return;
  StepMember(event.node, MessageReceived{.from = event.from, .bytes = payload.shared});
}

// ---------------------------------------------------------------- mediator

void World::OnMediatorActions(std::vector<Mediator::Action>& actions) {
  for (Mediator::Action& action : actions) {
    if (auto* persist = std::get_if<Mediator::Persist>(&action)) {
      // Stable at once; what the mediator says about it comes later.
      mediator_state_ = std::move(persist->bytes);
      Schedule(kMillisecondNs, {.what = What::kPersisted, .life = mediator_life_, .number = persist->token});
    } else if (auto* answer = std::get_if<Mediator::Answer>(&action)) {
      const auto id = static_cast<MemberId>(answer->client & 0xff);
      Schedule(latency_ns_, {.what = What::kAnswer,
                             .node = id,
                             .life = static_cast<std::uint32_t>(answer->client >> 8),
                             .payload = Keep({.bytes = std::move(answer->bytes)})});
    }
  }
}

// Who has every acknowledged write from now on: known here, whatever the members think.
void World::OnSwap(MemberId asker, std::uint32_t life) {
  const MembershipRecord& record = mediator_->records().begin()->second;
  MemberSet unbroken = unbroken_ & record.in_sync;
  for (const MemberId member : record.in_sync - unbroken) {
    Node& node = nodes_[member];
    if (node.up && node.member->core().phase() == Phase::kLearning) {
      unbroken = unbroken.With(member);
      ++report_.resyncs;
    }
  }
  if (unbroken_.empty() && nodes_[asker].up && nodes_[asker].life == life) unbroken = MemberSet::Of(asker);
  unbroken_ = unbroken;
  if (options_.log) {
    Log("mediator: " + ToText(record) + ", asked by " + std::to_string(asker) + ", unbroken " +
        std::to_string(unbroken.bits()));
  }
  // Whoever is in sync since now may be the only one that has what is in flight, if the leader stops.
  const bool grew = !(record.in_sync - record_.in_sync).empty();
  if (grew && promotion_.leader == asker && now_ < promotion_.until_ns) {
    Schedule(latency_ns_, {.what = What::kLoseAndCrash, .node = asker, .life = life});
  } else if (begun_ && grew && random_.Percent(kLeaderStopsPercent)) {
    Schedule(static_cast<TimeNs>(random_.Below(50)) * kMillisecondNs,
             {.what = What::kLoseAndCrash, .node = asker, .life = life});
  }
  epoch_ = record.epoch;
  record_ = record;
  ++report_.epochs;
  if (begun_ && random_.Percent(kFaultsAtSwapsPercent)) FaultSoon(100 * kMillisecondNs);
}

}  // namespace tarn::dataset::simulation
