// The clients of a world: what they do, and what their answers must be.
#include <algorithm>
#include <cstring>

#include "sw/dataset/member_core.h"
#include "sw/dataset/simulation/world.h"

namespace tarn::dataset::simulation {

namespace {
constexpr TimeNs kPatienceNs = 700 * kMillisecondNs;
constexpr std::size_t kObjectsMax = 5;
constexpr std::uint64_t kGrowBlocks = 16;
constexpr std::uint64_t kObjectBlocksMax = 480;
constexpr std::uint32_t kFillBlocks = 32;
constexpr std::uint64_t kFaultsAtChangesPercent = 10;
constexpr TimeNs kFullForNs = 2 * kSecondNs;
}  // namespace

World::SimulatedObject* World::FindObject(ObjectId id) {
  for (const auto& object : objects_) {
    if (object->id == id) return object.get();
  }
  return nullptr;
}

// What a write puts into a block: its number, the block's, and a pattern.
Bytes World::Content(std::uint64_t operation, std::uint64_t block) const {
  Bytes bytes(config_.block_bytes, static_cast<std::uint8_t>(operation * 7 + block));
  std::memcpy(bytes.data(), &operation, sizeof operation);
  std::memcpy(bytes.data() + sizeof operation, &block, sizeof block);
  const std::uint64_t mixed = Random::Mix(operation ^ block << 40);
  std::memcpy(bytes.data() + bytes.size() - sizeof mixed, &mixed, sizeof mixed);
  return bytes;
}

Moment World::OldestBegin() const {
  Moment oldest = moment_;
  for (const auto& [id, operation] : operations_) {
    if (operation.kind == IoRequest::Kind::kRead || operation.control) oldest = std::min(oldest, operation.begun);
  }
  return oldest;
}

void World::NoteActivity() {
  report_.longest_gap_seconds =
      std::max(report_.longest_gap_seconds, static_cast<double>(now_ - last_activity_ns_) / kSecondNs);
  last_activity_ns_ = now_;
}

void World::NextOperation(std::uint32_t number) {
  NoteActivity();  // one has ended, were it that its member is gone
  Client& client = clients_[number];
  client.current = 0;
  if (client.burst == 0 && random_.Percent(10)) client.burst = 8;
  TimeNs think = static_cast<TimeNs>(250 + random_.Below(650)) * kMillisecondNs;
  if (client.burst != 0) {
    --client.burst;
    think = static_cast<TimeNs>(random_.Below(6000)) * 1000;
  }
  Schedule(think, {.what = What::kClient, .number = number});
}

void World::BeginOperation(std::uint32_t number) {
  Client& client = clients_[number];
  if (paused_) {
    Schedule(20 * kMillisecondNs, {.what = What::kClient, .number = number});
    return;
  }
  if (random_.Percent(3) || client.favourite == kNobody) client.favourite = AnyMember();
  for (std::uint32_t tries = 0; tries < members_ && !nodes_[client.favourite].up; ++tries) {
    client.favourite = static_cast<MemberId>(client.favourite % members_ + 1);
  }
  ++report_.operations;
  NoteActivity();
  Node& node = nodes_[client.favourite];
  if (!node.up) {  // refused at once
    ++report_.refused;
    client.burst = 0;
    NextOperation(number);
    return;
  }
  Operation operation = {
      .id = next_operation_++, .client = number, .member = client.favourite, .life = node.life, .begun = ++moment_};
  client.current = operation.id;
  Schedule(kPatienceNs, {.what = What::kClientTimeout, .number = operation.id});
  if (changes_under_way_ == 0 && random_.Below(250) == 0 && BeginChange(operation)) {
    ++report_.changes;
    ++changes_under_way_;
    const ControlRequest request = *operation.control;
    if (options_.log) {
      Log("operation " + std::to_string(operation.id) + " at member " + std::to_string(operation.member) + ": change " +
          std::to_string(static_cast<int>(request.kind)) + " of object " + std::to_string(request.object));
    }
    const MemberId member = operation.member;
    operations_[operation.id] = std::move(operation);
    if (random_.Percent(kFaultsAtChangesPercent)) FaultSoon(20 * kMillisecondNs);
    StepMember(member, request);
    return;
  }
  IoRequest request = {.id = operation.id};
  BeginIo(operation, request);
  if (options_.log) {
    Log("operation " + std::to_string(operation.id) + " at member " + std::to_string(operation.member) + ": kind " +
        std::to_string(static_cast<int>(operation.kind)) + " object " + std::to_string(operation.object) + " blocks " +
        std::to_string(operation.range.first) + "+" + std::to_string(operation.range.count) +
        (operation.fua ? " fua" : ""));
  }
  const MemberId member = operation.member;
  operations_[operation.id] = std::move(operation);
  StepMember(member, std::move(request));
}

void World::BeginIo(Operation& operation, IoRequest& request) {
  using Kind = IoRequest::Kind;
  SimulatedObject* object = objects_[random_.Below(objects_.size())].get();
  if (object->busy) object = objects_.front().get();
  const std::uint64_t roll = random_.Below(100);
  Kind kind = Kind::kRead;
  if (object->writable && roll < 38) kind = Kind::kWrite;
  if (object->writable && roll >= 38 && roll < 44) kind = Kind::kTrim;
  if (object->writable && roll >= 44 && roll < 46) kind = Kind::kWriteZeroes;
  if (roll >= 46 && roll < 50) kind = Kind::kFlush;
  if (roll == 50) kind = Kind::kBlockStatus;
  const std::uint64_t count = random_.Percent(70) ? 1 : 1 + random_.Below(random_.Percent(90) ? 8 : 40);
  // Half of all to a few blocks, so that operations meet.
  std::uint64_t first = random_.Percent(50) ? 250 + random_.Below(8) : random_.Below(object->blocks);
  if (first >= object->blocks) first = object->blocks - 1;
  operation.kind = kind;
  operation.object = object->id;
  operation.range = {.first = first, .count = std::min(count, object->blocks - first)};
  operation.fua = random_.Percent(10);
  request.kind = kind;
  request.object = object->id;
  request.offset_bytes = first * config_.block_bytes;
  request.length_bytes = operation.range.count * config_.block_bytes;
  request.fua = operation.fua;
  if (kind == Kind::kFlush) {
    ++report_.flushes;
    return;
  }
  if (kind == Kind::kRead || kind == Kind::kBlockStatus) {
    ++report_.reads;
    return;
  }
  ++(kind == Kind::kWrite ? report_.writes : report_.trims);
  Bytes data;
  for (std::uint64_t block = first; block < operation.range.end(); ++block) {
    object->history[block].BeginWrite(operation.id, kind == Kind::kWrite ? operation.id : 0, operation.begun);
    if (kind != Kind::kWrite) continue;
    const Bytes content = Content(operation.id, block);
    data.insert(data.end(), content.begin(), content.end());
  }
  request.data = Owned(std::move(data));
}

bool World::BeginChange(Operation& operation) {
  using Kind = ControlRequest::Kind;
  SimulatedObject& object = *objects_[random_.Below(objects_.size())];
  ControlRequest request = {.id = operation.id, .object = object.id};
  const bool room = objects_.size() < kObjectsMax;
  const bool may_delete = &object != objects_.front().get();
  if (may_delete && (!room || random_.Percent(30))) {
    request.kind = Kind::kDelete;
    object.busy = true;
  } else if (!room) {
    return false;
  } else if (object.writable && object.blocks + kGrowBlocks <= kObjectBlocksMax && random_.Percent(20)) {
    request.kind = Kind::kGrow;
    request.size_bytes = (object.blocks + kGrowBlocks) * config_.block_bytes;
  } else {
    request.kind = object.writable ? Kind::kSnapshot : Kind::kClone;
    request.name = "object " + std::to_string(next_name_++);
  }
  operation.control = request;
  operation.object = object.id;
  return true;
}

void World::OnClientTimeout(std::uint64_t id) {
  const auto found = operations_.find(id);
  if (found == operations_.end() || clients_[found->second.client].current != id) return;
  const std::uint32_t client = found->second.client;
  // A write stays under way, as far as anyone knows; its answer still counts if it comes.
  if (found->second.kind == IoRequest::Kind::kRead && !found->second.control) operations_.erase(found);
  clients_[client].favourite = AnyMember();
  clients_[client].current = 0;
  clients_[client].burst = 0;
  Schedule(0, {.what = What::kClient, .number = client});
}

// ---------------------------------------------------------------- answers

void World::OnReply(MemberId id, Reply& reply) {
  Mix(reply.id * 16 + static_cast<std::uint64_t>(reply.outcome));
  if ((reply.id & kHostRequest) != 0) {
    // A scrub of this member's disk. What it found is repaired; what has come since it began may not be.
    Node& node = nodes_[id];
    const bool is_newest = (reply.id & (kHostRequest - 1)) >> 8 == node.latent_faults;
    if (reply.outcome == Outcome::kOk && is_newest) node.latent = node.disk->has_lost();
    return;
  }
  if ((reply.id & kOperatorRequest) != 0) return OnOperatorReply(id, reply);
  const auto found = operations_.find(reply.id);
  if (found == operations_.end()) return;
  const Operation operation = std::move(found->second);
  operations_.erase(found);
  NoteActivity();
  if (options_.log)
    Log("operation " + std::to_string(operation.id) + ": " + Name(reply.outcome) + " " + std::to_string(reply.object));
  ++report_.answered;
  ++moment_;
  if (operation.fills) {
    StepFill(&reply);
    return;
  }
  if (operation.control) {
    OnChangeReply(operation, reply);
  } else {
    OnIoReply(operation, reply);
  }
  if (clients_[operation.client].current != operation.id) return;
  if (reply.outcome != Outcome::kOk) {
    clients_[operation.client].favourite = AnyMember();
    clients_[operation.client].burst = 0;
  }
  NextOperation(operation.client);
}

void World::OnIoReply(const Operation& operation, Reply& reply) {
  using Kind = IoRequest::Kind;
  SimulatedObject* const object = FindObject(operation.object);
  if (operation.kind == Kind::kFlush) {
    if (reply.outcome == Outcome::kOk) stable_before_ = std::max(stable_before_, operation.begun);
    return;
  }
  if (object == nullptr) return;  // deleted
  const bool known = reply.outcome == Outcome::kOk || reply.outcome == Outcome::kUnavailable ||
                     reply.outcome == Outcome::kUnknown || reply.outcome == Outcome::kNoSpace ||
                     (reply.outcome == Outcome::kNoSuchObject && object->busy) ||
                     // Its only copy in sync, for the moment, is on a disk with a fault.
                     (reply.outcome == Outcome::kIo && nodes_[operation.member].latent);
  if (!known) {
    Violate(std::string("answer '") + Name(reply.outcome) + "' to a request that is in order");
    return;
  }
  if (reply.outcome == Outcome::kNoSpace && fill_ == FillStage::kIdle && now_ - fill_ended_ns_ > 60 * kSecondNs) {
    Violate("no space, although nobody fills anything");
    return;
  }
  if (reply.outcome != Outcome::kOk && reply.outcome != Outcome::kUnknown) ++report_.refused;
  if (operation.kind == Kind::kBlockStatus) return;
  if (operation.kind == Kind::kRead) {
    if (reply.outcome == Outcome::kOk) CheckRead(operation, reply);
    return;
  }
  if (reply.outcome == Outcome::kUnknown) {
    ++report_.indeterminate;
    return;
  }
  const Moment floor = OldestBegin();
  for (std::uint64_t block = operation.range.first; block < operation.range.end(); ++block) {
    BlockHistory& history = object->history[block];
    if (reply.outcome != Outcome::kOk) {
      history.CancelWrite(operation.id);
    } else if (!history.EndWrite(operation.id, moment_, operation.fua)) {
      Violate("a write to block " + std::to_string(block) + " fits no order of what was seen");
    }
    history.Prune(floor);
    report_.states_max = std::max<std::uint64_t>(report_.states_max, history.states());
  }
}

void World::CheckRead(const Operation& operation, const Reply& reply) {
  SimulatedObject& object = *FindObject(operation.object);
  if (reply.data.size() != operation.range.count * config_.block_bytes) {
    Violate("a read answered with another length");
    return;
  }
  const Moment floor = OldestBegin();
  for (std::uint64_t i = 0; i < operation.range.count; ++i) {
    const std::uint64_t block = operation.range.first + i;
    const std::uint8_t* const bytes = reply.data.data() + i * config_.block_bytes;
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    const Bytes expected = value == 0 ? Bytes(config_.block_bytes) : Content(value, block);
    Mix(value);
    const std::string place = "block " + std::to_string(block) + " of object " + std::to_string(object.id) +
                              " at member " + std::to_string(operation.member) + ": ";
    if (std::memcmp(bytes, expected.data(), expected.size()) != 0) {
      Violate(place + "bytes that nobody wrote");
      return;
    }
    ++report_.checked_reads;
    report_.nonzero_reads += value != 0 ? 1 : 0;
    BlockHistory& history = object.history[block];
    if (!history.EndRead(value, operation.begun, moment_)) {
      Violate(place + "what write " + std::to_string(value) + " wrote fits no order of what was seen");
      return;
    }
    history.Prune(floor);
    report_.states_max = std::max<std::uint64_t>(report_.states_max, history.states());
  }
}

void World::OnChangeReply(const Operation& operation, const Reply& reply) {
  using Kind = ControlRequest::Kind;
  --changes_under_way_;
  SimulatedObject* const object = FindObject(operation.object);
  const Kind kind = operation.control->kind;
  const bool done = reply.outcome == Outcome::kOk;
  const bool unknown = reply.outcome == Outcome::kUnknown;
  if (object == nullptr) return;
  if (kind == Kind::kDelete) {
    object->busy = false;
    if (done || unknown) std::erase_if(objects_, [&](const auto& other) { return other.get() == object; });
    return;
  }
  if (kind == Kind::kGrow) {
    if (unknown) {
      // It may have grown or not: nobody uses what it may have grown by.
      object->writable = object->writable;
      return;
    }
    if (!done) return;
    object->blocks = std::max(object->blocks, operation.control->size_bytes / config_.block_bytes);
    while (object->history.size() < object->blocks) object->history.emplace_back(std::vector<BlockHistory::Value>{0});
    return;
  }
  if (!done) return;
  auto made = std::make_unique<SimulatedObject>();
  made->id = reply.object;
  made->name = operation.control->name;
  made->blocks = object->blocks;
  made->writable = kind == Kind::kClone;
  for (std::uint64_t block = 0; block < made->blocks; ++block) {
    made->history.emplace_back(object->history[block].ValuesSince(operation.begun));
  }
  objects_.push_back(std::move(made));
}

// Requests of a member that stopped get no answer.
void World::AbandonAt(MemberId id) {
  std::vector<std::uint64_t> gone;
  for (const auto& [number, operation] : operations_) {
    if (operation.member == id) gone.push_back(number);
  }
  std::sort(gone.begin(), gone.end());
  for (const std::uint64_t number : gone) {
    const Operation operation = std::move(operations_.at(number));
    operations_.erase(number);
    if (operation.fills) {
      fill_operation_ = 0;
      Schedule(100 * kMillisecondNs, {.what = What::kFill});
      continue;
    }
    if (operation.control) {
      OnChangeReply(operation, {.outcome = Outcome::kUnknown});
    } else if (operation.kind != IoRequest::Kind::kRead) {
      ++report_.indeterminate;
    }
    if (clients_[operation.client].current == number) NextOperation(operation.client);
  }
}

// Objects whose making was answered by nobody are deleted again. While an answer may still come, they are no strays.
void World::AdoptStrays() {
  if (changes_under_way_ != 0) return;
  for (std::uint32_t i = 1; i <= members_; ++i) {
    Node& node = nodes_[i];
    if (!node.up || node.member->core().phase() != Phase::kServing) continue;
    for (const ObjectStatus& object : node.member->objects()) {
      if (FindObject(object.id) != nullptr || object.id == fill_object_) continue;
      StepMember(static_cast<MemberId>(i), ControlRequest{.id = kHostRequest << 1 | next_operation_++,
                                                          .kind = ControlRequest::Kind::kDelete,
                                                          .object = object.id});
    }
    return;
  }
}

// ---------------------------------------------------------------- filling up

// Writes until there is no space, leaves it so for a while, and trims all.
void World::StepFill(const Reply* reply) {
  if (fill_ == FillStage::kIdle) return;
  if (reply == nullptr && fill_operation_ != 0) return;
  fill_operation_ = 0;
  if (reply != nullptr && reply->outcome == Outcome::kOk) {
    if (fill_ == FillStage::kTrimming) {
      fill_ = FillStage::kIdle;
      fill_ended_ns_ = now_;
      return;
    }
    fill_block_ += kFillBlocks;
  }
  if (reply != nullptr && reply->outcome == Outcome::kNoSpace) {
    Count(Fault::kFullDisk);
    fill_ = FillStage::kFull;
    Schedule(kFullForNs, {.what = What::kFill});
    return;
  }
  const bool failed = reply != nullptr && reply->outcome != Outcome::kOk;
  if (failed) {
    Schedule(200 * kMillisecondNs, {.what = What::kFill});
    return;
  }
  if (fill_ == FillStage::kFull) fill_ = FillStage::kTrimming;
  MemberId member = AnyMember();
  if (!nodes_[member].up || nodes_[member].member->core().phase() != Phase::kServing) {
    Schedule(200 * kMillisecondNs, {.what = What::kFill});
    return;
  }
  const std::uint64_t blocks = config_.device_bytes / config_.block_bytes;
  IoRequest request = {.id = next_operation_++, .object = fill_object_};
  Operation operation = {
      .id = request.id, .member = member, .life = nodes_[member].life, .object = fill_object_, .begun = ++moment_};
  operation.fills = true;
  operation.kind = request.kind = IoRequest::Kind::kWrite;
  if (fill_ == FillStage::kTrimming) {
    operation.kind = request.kind = IoRequest::Kind::kTrim;
    request.length_bytes = blocks * config_.block_bytes;
    request.fua = true;  // else a loss of all power may fill the disk again
  } else {
    request.offset_bytes = fill_block_ % (blocks - kFillBlocks) * config_.block_bytes;
    Bytes content(std::size_t{kFillBlocks} * config_.block_bytes);
    for (std::size_t at = 0; at + 8 <= content.size(); at += 8) {
      const std::uint64_t word = random_.Next();  // what no compression makes smaller
      std::memcpy(content.data() + at, &word, sizeof word);
    }
    request.length_bytes = content.size();
    request.data = Owned(std::move(content));
  }
  fill_operation_ = request.id;
  ++report_.operations;
  operations_[operation.id] = std::move(operation);
  StepMember(member, std::move(request));
}

}  // namespace tarn::dataset::simulation
