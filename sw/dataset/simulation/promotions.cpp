// A learner becomes in sync, and the leader stops at that very moment: what it sent last has reached the learner and
// not another member in sync. That is rare by itself, so worlds bring it about: a leader that asks for a learner to be
// put in sync is no longer heard by one member, takes some writes, and stops before it hears what came of it.
// Afterwards the blocks are read at each member.
#include <algorithm>
#include <utility>

#include "sw/dataset/member_core.h"
#include "sw/dataset/simulation/world.h"

namespace tarn::dataset::simulation {

namespace {
constexpr std::uint64_t kPromotionsPercent = 15;
constexpr TimeNs kDeafNs = 50 * kMillisecondNs;
constexpr int kWritesAside = 3;
constexpr BlockRange kBlocksAside = {.first = 250, .count = 8};  // that clients use most
constexpr TimeNs kLookFirstNs = 2 * kSecondNs, kLookEveryNs = kSecondNs;
constexpr int kLooks = 6;
}  // namespace

void World::OnQuestion(MemberId asker, const AskMediator& ask) {
  const bool grows = ask.expected == record_.epoch && !(ask.next.in_sync - record_.in_sync).empty();
  const MemberSet others = record_.in_sync.Without(asker);
  if (!grows || others.empty() || paused_ || now_ < promotion_.until_ns || !random_.Percent(kPromotionsPercent)) return;
  if (!MayCrash(MemberSet::Of(asker))) return;
  auto skip = random_.Below(static_cast<std::uint64_t>(others.size()));
  MemberId deaf = kNobody;
  for (const MemberId member : others) {
    if (skip-- == 0) deaf = member;
  }
  promotion_ = {.leader = asker, .deaf = deaf, .until_ns = now_ + kDeafNs};
  if (options_.log) {
    Log("member " + std::to_string(asker) + " is to stop as it promotes; " + std::to_string(deaf) + " hears no more");
  }
  for (int i = 0; i < kWritesAside; ++i) {
    Schedule(static_cast<TimeNs>(random_.Below(static_cast<std::uint64_t>(latency_ns_))),
             {.what = What::kWriteAside, .node = asker, .life = nodes_[asker].life});
  }
  for (int i = 0; i < kLooks; ++i) Schedule(kLookFirstNs + i * kLookEveryNs, {.what = What::kReadAside});
}

bool World::IsDeafTo(MemberId member, MemberId speaker) const {
  return member == promotion_.deaf && speaker == promotion_.leader && now_ < promotion_.until_ns;
}

// Beside the clients: nobody waits for the answer, which counts if it comes.
void World::WriteAside(MemberId at) {
  SimulatedObject& object = *objects_.front();
  const std::uint64_t block = kBlocksAside.first + random_.Below(kBlocksAside.count);
  Operation operation = {.id = next_operation_++,
                         .member = at,
                         .life = nodes_[at].life,
                         .kind = IoRequest::Kind::kWrite,
                         .object = object.id,
                         .range = {.first = block, .count = 1},
                         .begun = ++moment_};
  object.history[block].BeginWrite(operation.id, operation.id, operation.begun);
  IoRequest request = {.id = operation.id,
                       .kind = IoRequest::Kind::kWrite,
                       .object = object.id,
                       .offset_bytes = block * config_.block_bytes,
                       .length_bytes = config_.block_bytes,
                       .data = Owned(Content(operation.id, block))};
  operations_[operation.id] = std::move(operation);
  ++report_.operations;
  ++report_.writes;
  StepMember(at, std::move(request));
}

void World::ReadAside() {
  if (paused_) return;
  for (std::uint32_t i = 1; i <= members_; ++i) {
    const Node& node = nodes_[i];
    const bool serves = node.up && node.member->status(LocalTime(node)).serves;
    if (serves && !node.paused) BeginRead(static_cast<MemberId>(i), *objects_.front(), kBlocksAside);
  }
}

void World::BeginRead(MemberId at, const SimulatedObject& object, BlockRange range) {
  Operation operation = {.id = next_operation_++,
                         .member = at,
                         .life = nodes_[at].life,
                         .object = object.id,
                         .range = range,
                         .begun = ++moment_};
  const RequestId id = operation.id;
  operations_[id] = std::move(operation);
  ++report_.operations;
  ++report_.reads;
  NoteActivity();
  StepMember(at, IoRequest{.id = id,
                           .object = object.id,
                           .offset_bytes = range.first * config_.block_bytes,
                           .length_bytes = range.count * config_.block_bytes});
}

}  // namespace tarn::dataset::simulation
