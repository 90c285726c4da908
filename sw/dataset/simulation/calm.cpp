// A world's course: it begins, runs with faults, and is calmed now and then: all heals, all members serve within a
// time, and mean the same.
#include <algorithm>

#include "sw/dataset/member_core.h"
#include "sw/dataset/simulation/world.h"

namespace tarn::dataset::simulation {

namespace {
constexpr std::uint64_t kVolumeBlocks = 300;
constexpr TimeNs kCalmEveryNs = 600 * kSecondNs;
constexpr TimeNs kLivenessNs = 60 * kSecondNs;
constexpr TimeNs kQuietNs = 600 * kMillisecondNs;
constexpr std::uint64_t kSetUpRequest = std::uint64_t{1} << 63;
}  // namespace

bool World::AllServe() const {
  for (std::uint32_t i = 1; i <= members_; ++i) {
    const Node& node = nodes_[i];
    if (!node.up || !node.member->status(LocalTime(node)).serves) return false;
    if (node.member->core().record().in_sync.size() != static_cast<int>(members_)) return false;
  }
  return true;
}

// Until all members are in sync and serve.
bool World::Settle(TimeNs within_ns) {
  const TimeNs begin = now_;
  while (!AllServe()) {
    if (now_ - begin > within_ns) {
      std::string text =
          "all faults are healed, but not all serve after " + std::to_string(within_ns / kSecondNs) + " s:";
      for (std::uint32_t i = 1; i <= members_; ++i) {
        const Node& node = nodes_[i];
        text += " " + std::to_string(i) + " " + (node.up ? Name(node.member->core().phase()) : "down") + " in " +
                (node.up ? ToText(node.member->core().record()) : "") + WhatHoldsUp(node) + ";";
      }
      Violate(text);
      return false;
    }
    if (calm_) TakeOver();
    if (!RunUntil(now_ + 100 * kMillisecondNs)) return false;
  }
  report_.longest_recovery_seconds =
      std::max(report_.longest_recovery_seconds, static_cast<double>(now_ - begin) / kSecondNs);
  return true;
}

// Of a member that does not serve.
std::string World::WhatHoldsUp(const Node& node) const {
  if (!node.up) return "";
  const MemberStatus status = node.member->status(LocalTime(node));
  std::string text = " (free " + std::to_string(status.free_bytes >> 10) + " KiB, used " +
                     std::to_string(status.used_bytes >> 10) + " KiB, checked " +
                     std::to_string(status.blocks_checked) + " blocks, " + std::to_string(status.blocks_to_check) +
                     " to check";
  for (const PeerStatus& peer : status.peers) {
    if (peer.updates_waiting == 0) continue;
    text += ", " + std::to_string(peer.updates_waiting) + " updates wait for member " + std::to_string(peer.member) +
            " since " + std::to_string(peer.lag_ns / kMillisecondNs) + " ms";
  }
  if (!status.waits_for.empty()) text += ", waits for " + status.waits_for;
  return text + (status.trouble.empty() ? "" : ", " + status.trouble) + ")";
}

void World::StartWorld() {
  if (!Settle(kLivenessNs)) return;
  auto volume = std::make_unique<SimulatedObject>();
  volume->blocks = kVolumeBlocks;
  volume->history.assign(kVolumeBlocks, BlockHistory({0}));
  StepMember(1,
             ControlRequest{.id = kSetUpRequest, .name = "volume", .size_bytes = kVolumeBlocks * config_.block_bytes});
  StepMember(1, ControlRequest{.id = kSetUpRequest | 1, .name = "filled", .size_bytes = config_.device_bytes});
  if (!RunUntil(now_ + 3 * kSecondNs)) return;
  for (const ObjectStatus& object : nodes_[1].member->objects()) {
    (object.name == "volume" ? volume->id : fill_object_) = object.id;
  }
  if (volume->id == kNoObject || fill_object_ == kNoObject) {
    Violate("no volume was made in a world without faults");
    return;
  }
  objects_.push_back(std::move(volume));
}

// Pauses the clients for less than a second, until nothing is under way, and compares all members with the first.
bool World::CompareAll() {
  paused_ = true;
  const TimeNs begin = now_;
  const auto quiet = [&] {
    for (std::uint32_t i = 1; i <= members_; ++i) {
      if (!nodes_[i].up || !nodes_[i].member->core().is_quiet()) return false;
    }
    return AllServe() && operations_.empty();
  };
  while (now_ - begin < kQuietNs && !quiet()) {
    if (!RunUntil(now_ + 10 * kMillisecondNs)) return false;
  }
  const bool is_quiet = quiet();
  for (std::uint32_t i = 2; is_quiet && i <= members_; ++i) {
    const Store* const stores[] = {&nodes_[1].member->core().store(), &nodes_[i].member->core().store()};
    const auto checksum = [&](int side, const Piece& piece, std::uint64_t block) {
      return stores[side]->BlockChecksum(piece.content, piece.index + static_cast<std::uint32_t>(block));
    };
    ++report_.comparisons;
    if (const auto difference = CompareMeaning(stores[0]->graph(), stores[1]->graph(), checksum)) {
      Violate("members 1 and " + std::to_string(i) + " differ in meaning: " + *difference);
    }
  }
  paused_ = false;
  return !stopped_;
}

// Each block, at each member, as a client reads it.
bool World::ReadEverything() {
  paused_ = true;
  for (std::uint32_t i = 1; i <= members_; ++i) {
    for (std::size_t at = 0; at < objects_.size(); ++at) {
      const SimulatedObject& object = *objects_[at];
      for (std::uint64_t first = 0; first < object.blocks && !object.busy; first += 32) {
        BeginRead(static_cast<MemberId>(i), object,
                  {.first = first, .count = std::min<std::uint64_t>(32, object.blocks - first)});
      }
    }
  }
  if (!RunUntil(now_ + kQuietNs)) return false;
  paused_ = false;
  return true;
}

bool World::Run(TimeNs duration_ns, const std::function<bool()>& go_on) {
  ++report_.worlds;
  StartWorld();
  begun_ = true;
  last_activity_ns_ = now_;
  for (std::uint32_t client = 0; client < clients_.size() && !stopped_; ++client) NextOperation(client);
  Schedule(5 * kSecondNs, {.what = What::kFault});
  Schedule(8 * kSecondNs, {.what = What::kOperate});
  const TimeNs end = now_ + duration_ns;
  while (!stopped_ && now_ < end) {
    if (!RunUntil(std::min(end, now_ + kCalmEveryNs))) break;
    HealEverything();
    calm_ = true;
    if (!Settle(kLivenessNs) || !CompareAll() || !ReadEverything()) break;
    calm_ = false;
    AdoptStrays();
    if (!go_on()) break;
  }
  report_.simulated_hours += static_cast<double>(now_) / kSecondNs / 3600;
  report_.trace_hash = hash_;
  return !stopped_;
}

}  // namespace tarn::dataset::simulation
