// One world of a simulation: members, mediator, clients, network and disks in one thread, in the order of simulated
// time; all that happens follows from its seed. Checks what clients see against histories of each block.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/common/random.h"
#include "sw/dataset/mediator.h"
#include "sw/dataset/member.h"
#include "sw/dataset/simulation/disk.h"
#include "sw/dataset/simulation/linearizability.h"
#include "sw/dataset/simulation/report.h"

namespace tarn::dataset::simulation {

class World {
 public:
  // seed: of this world; report: is added to.
  World(std::uint64_t seed, const SimulationOptions& options, SimulationReport& report);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Runs for so much simulated time, then heals everything and checks that all agree. False: there is a violation in
  // the report.
  bool Run(TimeNs duration_ns, const std::function<bool()>& go_on);

 private:
  // ---------------------------------------------------------------- events
  enum class What : std::uint8_t {
    kWake,           // member: a Tick is due
    kMessage,        // payload: bytes; from
    kSynced,         // token, writes
    kRead,           // token, payload
    kQuestion,       // of a member to the mediator
    kPersisted,      // mediator
    kAnswer,         // of the mediator to a member
    kClient,         // a client begins its next operation
    kClientTimeout,  // operation
    kFault,          // the next fault
    kRestart,        // member
    kMediatorUp,
    kHealNetwork,
    kHealSlow,
    kResume,
    kEnd,
    kFill,
    kScrub,
    kLoseAndCrash,
    kKeepImage,
    kOperate,
    kWriteAside,
    kReadAside,
    kCalm,
  };
  struct Event {
    TimeNs at = 0;
    std::uint64_t order = 0;
    What what = What::kWake;
    MemberId node = kNobody;  // whom it reaches
    MemberId from = kNobody;
    std::uint32_t life = 0;
    std::uint32_t payload = 0;
    std::uint64_t number = 0;
    std::uint64_t number_b = 0;
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  struct Payload {
    SharedBytes shared;
    Bytes bytes;
  };

  // ---------------------------------------------------------------- who is there
  struct Node {
    std::unique_ptr<HeapMemory> memory;
    std::unique_ptr<Member> member;
    std::unique_ptr<Disk> disk;
    bool up = false;
    std::uint32_t life = 0;
    double rate = 1;
    TimeNs offset_ns = 0;
    TimeNs wake_at_ns = kNeverNs;
    bool slow = false;
    bool paused = false;                // its process stands still: what reaches it waits
    std::vector<dataset::Event> inbox;  // then
    bool fail_next_write = false;
    bool latent = false;              // its disk has a fault that nothing has found yet
    std::uint32_t latent_faults = 0;  // that it ever had
    Bytes old_image, first_image;
    Phase phase_seen = Phase::kRecovering;
  };
  struct SimulatedObject {
    ObjectId id = kNoObject;
    std::string name;
    std::uint64_t blocks = 0;
    bool writable = true;
    bool busy = false;  // an operation on objects is under way
    std::vector<BlockHistory> history;
  };
  struct Operation {
    std::uint64_t id = 0;
    std::uint32_t client = 0;
    MemberId member = kNobody;
    std::uint32_t life = 0;
    IoRequest::Kind kind = IoRequest::Kind::kRead;
    std::optional<ControlRequest> control;
    ObjectId object = kNoObject;
    BlockRange range;
    Moment begun = 0;
    bool fua = false;
    bool fills = false;
  };
  struct Client {
    std::uint64_t current = 0;
    MemberId favourite = 1;
    std::uint32_t burst = 0;
  };

  TimeNs LocalTime(const Node& node) const;
  TimeNs GlobalTime(const Node& node, TimeNs local) const;
  void Schedule(TimeNs after, Event event);
  std::uint32_t Keep(Payload payload);
  Payload TakePayload(std::uint32_t index);

  // world.cpp
  void MakeMembers();
  void Boot(MemberId id, bool create);
  void Handle(const Event& event);
  void StepMember(MemberId id, dataset::Event event);
  void Carry(MemberId id, Actions& actions);
  void CarrySend(MemberId id, const Send& send);
  void Deliver(const Event& event);
  void CarryWrite(MemberId id, const WriteStorage& write);
  void OnMediatorActions(std::vector<Mediator::Action>& actions);
  void OnSwap(MemberId asker, std::uint32_t life);
  void NoteReached(const Bytes& bytes);
  void Mix(std::uint64_t value) { hash_ = Random::Mix(hash_ ^ value); }
  void Violate(const std::string& text);
  void Log(const std::string& text) const;

  // clients.cpp
  void BeginOperation(std::uint32_t client);
  void BeginIo(Operation& operation, IoRequest& request);
  bool BeginChange(Operation& operation);
  void OnReply(MemberId id, Reply& reply);
  void OnIoReply(const Operation& operation, Reply& reply);
  void OnChangeReply(const Operation& operation, const Reply& reply);
  void CheckRead(const Operation& operation, const Reply& reply);
  void OnClientTimeout(std::uint64_t operation);
  void NextOperation(std::uint32_t client);
  void StepFill(const Reply* reply);
  void AbandonAt(MemberId id);
  Bytes Content(std::uint64_t operation, std::uint64_t block) const;
  SimulatedObject* FindObject(ObjectId id);
  Moment OldestBegin() const;
  void NoteActivity();
  void AdoptStrays();

  static void HasFault(Node& node) {
    node.latent = true;
    ++node.latent_faults;
  }
  std::string WhatHoldsUp(const Node& node) const;
  // operator.cpp
  void Operate();
  bool TakeBack(MemberId at);
  void TakeOver();
  void Ask(MemberId at, ControlRequest request);
  void OnOperatorReply(MemberId at, const Reply& reply);

  // faults.cpp
  void InjectFault();
  void Crash(MemberId id, TimeNs down_ns);
  bool MayCrash(MemberSet who) const;
  void PowerCut(TimeNs down_ns);
  void LosePower();
  void StopMediator(TimeNs down_ns);
  void Resume(Node& node, MemberId id);
  bool AnyServes() const;
  // A fault more, within so long.
  void FaultSoon(TimeNs within_ns);
  void Partition(bool one_way, TimeNs for_ns);
  void HealEverything();
  std::uint32_t LastingFaults() const;
  MemberId AnyMember() { return static_cast<MemberId>(1 + random_.Below(members_)); }
  void Count(Fault fault) { ++report_.faults[static_cast<std::size_t>(fault)]; }

  // promotions.cpp
  void OnQuestion(MemberId asker, const AskMediator& ask);
  bool IsDeafTo(MemberId member, MemberId speaker) const;
  void WriteAside(MemberId at);
  void ReadAside();
  void BeginRead(MemberId at, const SimulatedObject& object, BlockRange range);

  // calm.cpp
  bool AllServe() const;
  bool Settle(TimeNs within_ns);
  bool CompareAll();
  bool ReadEverything();
  void StartWorld();
  bool RunUntil(TimeNs end_ns);

  const SimulationOptions& options_;
  SimulationReport& report_;
  Random random_;
  std::uint32_t members_ = 2;
  MemberConfig config_;
  std::vector<Node> nodes_;  // [1..members_]
  std::optional<Mediator> mediator_;
  Bytes mediator_state_;
  bool mediator_up_ = true;
  std::uint32_t mediator_life_ = 1;
  Epoch epoch_ = 0;
  MembershipRecord record_;  // of that epoch
  MemberSet unbroken_;       // in sync, and running since: have every acknowledged write
  Moment stable_before_ = 0;

  std::priority_queue<Event> queue_;
  std::vector<Payload> payloads_;
  std::vector<std::uint32_t> free_payloads_;
  TimeNs now_ = 0;
  std::uint64_t order_ = 0;
  Moment moment_ = 1;
  std::uint64_t hash_ = 0;
  bool begun_ = false;  // all serve and the volume is made: faults may come
  bool stopped_ = false;

  // Network.
  std::array<std::array<bool, kMembersMax + 1>, kMembersMax + 1> cut_ = {};
  std::array<std::array<std::uint64_t, kMembersMax + 1>, kMembersMax + 1> last_delivered_ = {};
  std::uint64_t partition_ = 0;  // number of the one in force
  bool one_way_ = false, two_way_ = false;
  double drop_ = 0, duplicate_ = 0, delay_ = 0;
  TimeNs latency_ns_ = 0;
  std::uint64_t sent_ = 0;

  // A leader that stops when a learner becomes in sync; see promotions.cpp.
  struct Promotion {
    MemberId leader = kNobody;
    MemberId deaf = kNobody;  // hears nothing of it
    TimeNs until_ns = 0;
  };
  Promotion promotion_;

  // Clients.
  std::vector<Client> clients_;
  std::unordered_map<std::uint64_t, Operation> operations_;
  std::vector<std::unique_ptr<SimulatedObject>> objects_;
  std::uint64_t next_operation_ = 1;
  std::uint64_t next_name_ = 1;
  bool paused_ = false;
  TimeNs last_activity_ns_ = 0;
  std::uint32_t changes_under_way_ = 0;

  // Filling up.
  enum class FillStage : std::uint8_t { kIdle, kFilling, kFull, kTrimming };
  FillStage fill_ = FillStage::kIdle;
  ObjectId fill_object_ = kNoObject;
  std::uint64_t fill_block_ = 0;
  std::uint64_t fill_operation_ = 0;
  TimeNs fill_ended_ns_ = INT64_MIN / 2;

  // Of the host itself: scrubs after a fault; below, which fault of the member's disk, and the member.
  static constexpr RequestId kHostRequest = RequestId{1} << 62;
  // The operator.
  static constexpr RequestId kOperatorRequest = RequestId{1} << 61;
  std::unordered_map<RequestId, ControlRequest::Kind> operator_asked_;
  MemberSet removing_;  // was, or may be, taken out, and is not in sync again
  TimeNs removed_ns_ = 0;
  TimeNs takeover_ns_ = INT64_MIN / 2;
  Epoch removed_epoch_ = 0;
  bool calm_ = false;  // nobody is taken out

  bool power_is_out_ = false;
  MemberSet failing_;
};

}  // namespace tarn::dataset::simulation
