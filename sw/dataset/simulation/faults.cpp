// The faults of a world, and what they are allowed to destroy: never the last copy of what was acknowledged, but with
// the power of all.
#include <algorithm>
#include <utility>

#include "sw/dataset/member_core.h"
#include "sw/dataset/simulation/world.h"

namespace tarn::dataset::simulation {

namespace {
constexpr MemberId kMediator = 0;

struct Weight {
  Fault fault;
  std::uint32_t weight;
};
constexpr Weight kWeights[] = {
    {Fault::kMemberDown, 16},
    {Fault::kMemberSlow, 10},
    {Fault::kPartition, 12},
    {Fault::kOneWayPartition, 12},
    {Fault::kOldState, 6},
    {Fault::kMediatorDown, 12},
    {Fault::kMemberAndMediatorDown, 6},
    {Fault::kPowerCut, 4},
    {Fault::kLostWrite, 8},
    {Fault::kBitRot, 8},
    {Fault::kFullDisk, 3},
    {Fault::kWriteError, 4},
    {Fault::kMemberPaused, 8},
    {Fault::kNewDisk, 2},
    {Fault::kMediatorForgets, 2},
};
}  // namespace

std::uint32_t World::LastingFaults() const {
  std::uint32_t lasting = 0;
  const auto set = [&](Fault fault, bool is) {
    lasting |= static_cast<std::uint32_t>(is) << static_cast<std::uint32_t>(fault);
  };
  bool down = false, slow = false, paused = false;
  for (std::uint32_t i = 1; i <= members_; ++i) {
    down = down || !nodes_[i].up;
    slow = slow || nodes_[i].slow;
    paused = paused || nodes_[i].paused;
  }
  set(Fault::kMemberDown, down);
  set(Fault::kMemberSlow, slow);
  set(Fault::kPartition, two_way_);
  set(Fault::kOneWayPartition, one_way_);
  set(Fault::kMediatorDown, !mediator_up_);
  set(Fault::kMemberAndMediatorDown, down && !mediator_up_);
  set(Fault::kPowerCut, power_is_out_);
  set(Fault::kMemberPaused, paused);
  set(Fault::kOldState, !failing_.empty());
  return lasting;
}

// Whether what was acknowledged is whole somewhere that runs on; or nowhere, as if the power of all had gone, which
// only what was not flushed may pay for: then no disk may have a fault of its own.
bool World::MayCrash(MemberSet who) const {
  MemberSet latent;
  for (std::uint32_t i = 1; i <= members_; ++i) {
    if (nodes_[i].latent) latent = latent.With(static_cast<MemberId>(i));
  }
  const MemberSet left = unbroken_ - who;
  return !(left - latent - removing_).empty() || (left.empty() && latent.empty());
}

void World::Crash(MemberId id, TimeNs down_ns) {
  Node& node = nodes_[id];
  if (!node.up) return;
  node.up = false;
  failing_ = failing_.Without(id);
  const std::uint64_t torn = node.disk->LosePower(random_);
  report_.faults[static_cast<std::size_t>(Fault::kTornWrite)] += torn;
  node.member.reset();
  node.paused = false;
  node.inbox.clear();
  node.fail_next_write = false;
  const bool was_last = unbroken_ == MemberSet::Of(id);
  unbroken_ = unbroken_.Without(id);
  if (options_.log) Log("member " + std::to_string(id) + " stops" + (was_last ? ", the last whole one" : ""));
  AbandonAt(id);
  if (was_last) LosePower();
  Schedule(down_ns, {.what = What::kRestart, .node = id});
}

// No copy has run on: what is left is any state since the last flush.
void World::LosePower() {
  std::erase_if(operations_, [](const auto& entry) {
    return entry.second.kind == IoRequest::Kind::kRead && !entry.second.control && !entry.second.fills;
  });
  for (const auto& object : objects_) {
    for (BlockHistory& history : object->history) history.LosePower(stable_before_, ++moment_);
  }
  for (std::uint32_t client = 0; client < clients_.size(); ++client) {
    const std::uint64_t current = clients_[client].current;
    if (current != 0 && !operations_.contains(current)) NextOperation(client);
  }
}

void World::PowerCut(TimeNs down_ns) {
  for (std::uint32_t i = 1; i <= members_; ++i) {
    if (nodes_[i].latent || nodes_[i].disk->is_losing()) return;
  }
  Count(Fault::kPowerCut);
  power_is_out_ = true;
  for (std::uint32_t i = 1; i <= members_; ++i) {
    Crash(static_cast<MemberId>(i), down_ns + static_cast<TimeNs>(random_.Below(3000)) * kMillisecondNs);
  }
}

void World::StopMediator(TimeNs down_ns) {
  if (!mediator_up_) return;
  mediator_up_ = false;
  Schedule(down_ns, {.what = What::kMediatorUp});
}

// What has reached it meanwhile comes now, one after the other.
void World::Resume(Node& node, MemberId id) {
  node.paused = false;
  const std::uint32_t life = node.life;
  for (dataset::Event& event : std::exchange(node.inbox, {})) {
    if (!node.up || node.life != life) return;
    StepMember(id, std::move(event));
  }
}

bool World::AnyServes() const {
  return std::any_of(nodes_.begin() + 1, nodes_.end(),
                     [&](const Node& node) { return node.up && node.member->status(LocalTime(node)).serves; });
}

void World::FaultSoon(TimeNs within_ns) {
  Schedule(static_cast<TimeNs>(random_.Below(static_cast<std::uint64_t>(within_ns))),
           {.what = What::kFault, .number = 1});
}

void World::Partition(bool one_way, TimeNs for_ns) {
  cut_ = {};
  one_way_ = one_way;
  two_way_ = !one_way;
  ++partition_;
  // A side: some of the members, and perhaps the mediator.
  const auto side = static_cast<std::uint32_t>(1 + random_.Below((1u << members_) - 1));
  const bool mediator_with = random_.Percent(50);
  const auto in_side = [&](std::uint32_t node) {
    return node == kMediator ? mediator_with : (side >> (node - 1) & 1) != 0;
  };
  for (std::uint32_t from = 0; from <= members_; ++from) {
    for (std::uint32_t to = 0; to <= members_; ++to) {
      const bool crosses = in_side(from) && !in_side(to);
      cut_[from][to] = cut_[from][to] || crosses;
      if (!one_way) cut_[to][from] = cut_[to][from] || crosses;
    }
  }
  Schedule(for_ns, {.what = What::kHealNetwork, .number = partition_});
}

void World::InjectFault() {
  if (!paused_) {
    std::uint32_t sum = 0;
    for (const Weight& weight : kWeights) sum += weight.weight;
    auto roll = static_cast<std::uint32_t>(random_.Below(sum));
    Fault fault = Fault::kMemberDown;
    for (const Weight& weight : kWeights) {
      if (roll < weight.weight) {
        fault = weight.fault;
        break;
      }
      roll -= weight.weight;
    }
    const TimeNs lasts = static_cast<TimeNs>(500 + random_.Below(random_.Percent(80) ? 8000 : 25000)) * kMillisecondNs;
    const MemberId id = AnyMember();
    Node& node = nodes_[id];
    const MemberSet others = (unbroken_ - removing_).Without(id);
    power_is_out_ = false;
    if (options_.log) {
      Log(std::string("fault: ") + Name(fault) + " at " + std::to_string(id) + " for " +
          std::to_string(lasts / kMillisecondNs) + " ms");
    }
    switch (fault) {
      case Fault::kMemberDown:
      case Fault::kMemberAndMediatorDown:
        if (!node.up || !MayCrash(MemberSet::Of(id))) break;
        Count(fault);
        if (fault == Fault::kMemberAndMediatorDown)
          StopMediator(lasts + static_cast<TimeNs>(random_.Below(3000)) * kMillisecondNs);
        Crash(id, lasts);
        break;
      case Fault::kMemberSlow:
        if (node.slow) break;
        Count(fault);
        node.slow = true;
        Schedule(lasts, {.what = What::kHealSlow, .node = id});
        break;
      case Fault::kPartition:
      case Fault::kOneWayPartition:
        Count(fault);
        Partition(fault == Fault::kOneWayPartition, lasts);
        break;
      case Fault::kOldState:
        if (!node.up || node.old_image.empty() || others.empty() || !MayCrash(MemberSet::Of(id))) break;
        Count(fault);
        Crash(id, lasts);
        node.disk->Restore(random_.Percent(80) ? node.old_image : node.first_image);
        break;
      case Fault::kNewDisk:
        if (!node.up || others.empty() || !MayCrash(MemberSet::Of(id))) break;
        Count(fault);
        Crash(id, lasts);
        node.disk->Restore(Bytes(node.disk->bytes()));
        break;
      case Fault::kMemberPaused:
        if (!node.up || node.paused) break;
        Count(fault);
        node.paused = true;
        Schedule(lasts, {.what = What::kResume, .node = id, .life = node.life});
        break;
      // It comes back with nothing. Who serves gives it what it had; where nobody does, the operator must.
      case Fault::kMediatorForgets:
        if (!mediator_up_ || !AnyServes()) break;
        Count(fault);
        mediator_state_.clear();
        StopMediator(lasts / 4);
        break;
      case Fault::kMediatorDown:
        if (!mediator_up_) break;
        Count(fault);
        StopMediator(lasts);
        break;
      case Fault::kPowerCut:
        PowerCut(lasts / 2);
        break;
      case Fault::kLostWrite:
        if (!node.up || others.empty() || !MayCrash(MemberSet::Of(id)) ||
            node.member->core().phase() != Phase::kServing)
          break;
        node.disk->LoseNextWrite();
        break;
      case Fault::kBitRot: {
        if (!node.up || others.empty() || !MayCrash(MemberSet::Of(id)) ||
            node.member->core().phase() != Phase::kServing)
          break;
        Count(fault);
        HasFault(node);
        for (int i = 0; i < 40; ++i) node.disk->Rot(random_.Next() % node.disk->bytes());
        Schedule(2 * kSecondNs, {.what = What::kScrub, .node = id});
        if (random_.Percent(30)) Schedule(kSecondNs, {.what = What::kLoseAndCrash, .node = id, .life = node.life});
        break;
      }
      case Fault::kFullDisk:
        if (fill_ != FillStage::kIdle) break;
        fill_ = FillStage::kFilling;
        fill_operation_ = 0;
        Schedule(0, {.what = What::kFill});
        break;
      case Fault::kWriteError:
        if (!node.up || others.empty() || !MayCrash(MemberSet::Of(id))) break;
        node.fail_next_write = true;
        Schedule(lasts, {.what = What::kLoseAndCrash, .node = id, .life = node.life});
        break;
      default:
        break;
    }
  }
}

void World::HealEverything() {
  cut_ = {};
  one_way_ = two_way_ = false;
  ++partition_;
  for (std::uint32_t i = 1; i <= members_; ++i) {
    nodes_[i].slow = false;
    if (nodes_[i].paused) Resume(nodes_[i], static_cast<MemberId>(i));
    if (nodes_[i].up && nodes_[i].member->core().phase() == Phase::kLeft) Crash(static_cast<MemberId>(i), 0);
    if (!nodes_[i].up) Boot(static_cast<MemberId>(i), /*create=*/false);
  }
  if (!mediator_up_) Handle({.what = What::kMediatorUp});
}

}  // namespace tarn::dataset::simulation
