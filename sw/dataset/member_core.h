// The state of a member and its steps, by topic: member_core.cpp (dispatch, time), membership_steps.cpp (leases,
// epochs, mediator), update_steps.cpp (replication), request_steps.cpp (clients), control_steps.cpp (objects, members),
// resync_steps.cpp, repair_steps.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "sw/dataset/block_set.h"
#include "sw/dataset/config.h"
#include "sw/dataset/interface.h"
#include "sw/dataset/messages.h"
#include "sw/dataset/status.h"
#include "sw/dataset/store.h"

namespace tarn::dataset {

// How far a member is with taking over what others have.
struct Resync {
  bool merging = false;  // the whole set returns: what is newer counts; else: what the source has counts
  MemberId source = kNobody;
  MemberSet to_merge;  // still to come
  bool has_table = false;
  std::vector<ObjectId> objects;
  std::size_t at_object = 0;
  std::deque<std::pair<ObjectId, ChunkRange>> uncompared;  // to be asked for, before the next object
  struct Asked {
    MessageBody body;
    TimeNs sent_ns = 0;
    const char* why_again = nullptr;  // an answer came, and was of no use
  };
  std::map<std::uint64_t, Asked> asked;
  std::deque<std::pair<ObjectId, BlockRange>> wanted;  // content
  std::map<ObjectId, BlockSet> verified;
  bool syncing = false;
  // Where there is no room for what is to come: what does not stay is dropped first.
  bool dropping = false;
  TimeNs dropped_ns = INT64_MIN / 2;
  std::uint64_t checked_blocks = 0, fetched_blocks = 0;
};

class MemberCore {
 public:
  MemberCore(const MemberConfig& config, ContentMemory& memory);

  void Step(TimeNs now, Event event, Actions& actions);
  TimeNs wake_time() const { return Owes() ? now_ : wake_ns_; }
  MemberStatus status(TimeNs now) const;
  std::vector<ObjectStatus> objects() const;

  const Store& store() const { return store_; }
  Phase phase() const { return phase_; }
  const MembershipRecord& record() const { return record_; }
  bool is_quiet() const { return pending_.empty() && !chair_change_ && frozen_ == 0; }

 private:
  // ---------------------------------------------------------------- what there is
  struct Peer {
    Phase phase = Phase::kRecovering;
    bool heard_in_epoch = false;
    bool settled = false;
    bool up_to_date = false;
    bool incomplete = false;
    TimeNs heard_ns = 0;       // when, in this epoch or (at its begin) before
    TimeNs their_sent_ns = 0;  // to be echoed; 0: none in this epoch
    TimeNs lease_from_ns = 0;  // my own time that they echoed: my lease from them runs from there
    TimeNs promised_ns = 0;    // when I last sent an echo: their lease may run until a lease after that
    TimeNs pushed_ns = 0;      // when I last told them that they are behind
    std::uint64_t incarnation = 0;
    std::uint64_t floor = 0;
    std::uint64_t free_bytes = 0;
  };

  struct ReadPart {
    ContentId content = kNoContent;
    std::uint32_t index = 0;
    std::uint32_t count = 0;
    std::uint64_t offset = 0;  // in the answer
  };
  struct Request {
    IoRequest io;
    TimeNs arrived_ns = 0;
    std::uint32_t updates_left = 0;
    bool begun = false;
    Bytes data;                   // of a read
    RangeVector unread;           // of its blocks; all, where it has not begun
    std::vector<ReadPart> parts;  // content of those
  };
  struct PendingUpdate {
    ObjectId object = kNoObject;
    BlockRange range;
    ExtentKind kind = ExtentKind::kZero;
    bool fua = false;
    ChecksumVector checksums;
    SharedSpan data;
    bool mine = false;   // it is for me to see that all apply it
    bool stable = true;  // here, where fua asks for it
    MemberSet applied;   // of others
    TimeNs begun_ns = 0;
    TimeNs sent_ns = 0;
    std::optional<RequestId> request;
  };
  struct Flush {
    RequestId request = 0;
    bool here = false;
    MemberSet done;
    TimeNs sent_ns = 0;
  };
  struct SyncWaiter {
    enum class What : std::uint8_t {
      kFlushHere,
      kFlushOfPeer,
      kUpdateHere,
      kUpdateOfPeer,
      kIntent,
      kUpToDate,
      kPromoted,
      kScrubbed,
      kMerged,
      kLeft,
      kChangeHere,
      kChangeOfPeer
    };
    What what = What::kFlushHere;
    MemberId from = kNobody;
    std::uint64_t token = 0;
    Stamp stamp;
    Epoch epoch = 0;
  };
  // A change of objects that this member, the chair, brings about.
  struct ChairChange {
    std::uint64_t serial = 0;
    ObjectChange change;
    bool applying = false;
    bool stable = false;  // here, once it is applied
    MemberSet done;       // prepared, then applied
    TimeNs sent_ns = 0;
    MemberId from = kNobody;  // who asked; self: a client of mine
    std::uint64_t token = 0;
  };
  struct WaitingControl {
    MemberId from = kNobody;
    std::uint64_t token = 0;
    ControlRequest request;
  };

  // ---------------------------------------------------------------- steps
  void Start(const dataset::Start& start);
  void OnReady();
  void OnTime();
  void Take(const MessageReceived& received);
  void Dispatch(MemberId from, const Message& message, const SharedBytes& bytes);
  void OnSynced(const StorageSynced& synced);
  void OnWaiter(const SyncWaiter& waiter);
  void OnStorageRead(const StorageRead& read);
  void Fail(const std::string& trouble);
  void Warn(const std::string& text);
  void WakeAt(TimeNs time) { wake_ns_ = std::min(wake_ns_, time); }
  // data: of an update, which is sent as it is.
  void SendTo(MemberSet to, MessageBody body, SharedSpan data = {});
  void AfterSync(SyncWaiter waiter);
  // That updates are applied, here or by all, is told with the next tick, which is due at once: what comes of several
  // events goes out as one message.
  bool Owes() const { return !committed_.empty() || !owed_to_.empty(); }
  void OweApplied(MemberId to, const Stamp& stamp);
  void OweCommit(const Stamp& stamp);
  void TellOwed();
  void ForgetOwed();
  bool LearnersKeep() const;
  bool IsInSync() const { return phase_ == Phase::kSettling || phase_ == Phase::kServing; }
  MemberSet OthersInSync() const { return record_.in_sync.Without(config_.self); }
  MemberSet OtherCopies() const { return record_.copies().Without(config_.self); }
  MemberId Chair() const { return record_.in_sync.first(); }

  // membership_steps.cpp
  void SendHeartbeats(MemberSet to);
  void OnHeartbeat(MemberId from, const Message& message, const Heartbeat& body);
  void Adopt(const MembershipRecord& next);
  void EnterPhaseOf(const MembershipRecord& next, bool was_whole);
  void StepOut(Phase phase);
  void BeginSettling();
  void CheckSettled();
  void BeginServing();
  bool HasLease() const { return HasLease(now_); }
  bool HasLease(TimeNs now) const;
  TimeNs LeaseEnd(MemberId member) const;
  void DriveMembership();
  void DriveSet();
  void DriveReturn();
  void DriveGrowth();
  bool PromisesHaveEnded(MemberSet members) const;
  bool MayGoOnWithout(MemberSet silent);
  MemberSet SilentMembers() const;
  MemberSet GoneMembers() const;
  MemberSet BadLearners() const;
  bool IsSlow(MemberId member) const;
  void AskForRecord();
  void Propose(const MembershipRecord& next);
  void AskForProposal();
  void LookAfterMediator();
  bool LacksSomething() const { return store_.note().incomplete || store_.was_blank(); }
  void OnMediator(const MediatorAnswer& answer);
  void ClaimAlone();
  bool KnowsMembership() const;
  bool CameAbout(ControlRequest::Kind kind, MemberId member) const;

  // update_steps.cpp
  void BeginUpdates(Request& request);
  void BeginUpdate(Request& request, BlockRange range, const SharedSpan& data);
  void SendUpdate(const Stamp& stamp, PendingUpdate& update, MemberSet to);
  void ApplyHere(ObjectId object, BlockRange range, const Stamp& stamp, ExtentKind kind, const SharedSpan& data,
                 const ChecksumVector& checksums);
  // bytes: of the message, which body.data is a part of.
  void OnUpdate(MemberId from, const Update& body, const SharedBytes& bytes);
  void OnUpdateApplied(MemberId from, const std::vector<Stamp>& stamps);
  void OnCommit(const std::vector<Stamp>& stamps);
  void OnCommitted(const Stamp& stamp);
  void CheckComplete(std::map<Stamp, PendingUpdate>::iterator entry);
  void Complete(std::map<Stamp, PendingUpdate>::iterator entry);
  void DropCommitted(MemberId member, std::uint64_t floor);
  std::uint64_t Floor() const;
  void RetransmitUpdates();
  ChecksumVector Checksums(std::span<const std::uint8_t> data) const;

  // request_steps.cpp
  void OnIo(IoRequest io);
  bool TryBegin(Request& request);  // false: it is held
  std::optional<Outcome> Judge(const IoRequest& io) const;
  bool BeginRead(Request& request);
  bool BeginWrite(Request& request);
  bool BeginFlush(Request& request);
  void AnswerStatus(Request& request);
  void FinishParts(Request& request);
  bool FillPart(Request& request, const ReadPart& part);
  bool IsInFlight(ObjectId object, BlockRange range) const;
  void OnContentLoaded(ContentId content);
  void RunHeld();
  void ExpireHeld();
  void Answer(Request& request, Outcome outcome);
  void OnFlushRequest(MemberId from, std::uint64_t token);
  void OnFlushDone(MemberId from, std::uint64_t token);
  void CheckFlush(std::uint64_t token);
  void RetransmitFlushes();
  void FailRequestsUnderWay();

  // control_steps.cpp
  void OnControl(const ControlRequest& request);
  void BeginControl(WaitingControl waiting);
  void BeginObjectChange(const WaitingControl& waiting);
  void BeginMemberChange(const WaitingControl& waiting);
  void AnswerControl(MemberId from, std::uint64_t token, Outcome outcome, ObjectId object);
  void DriveChair();
  void SendChairChange();
  void OnPrepare(MemberId from, std::uint64_t serial);
  void CheckPrepared();
  void OnPrepared(MemberId from, std::uint64_t serial);
  void OnApply(MemberId from, const ControlApply& body);
  void ApplyChange(const ObjectChange& change);
  void OnApplied(MemberId from, std::uint64_t serial);
  void OnControlDone(std::uint64_t serial);
  void FinishChairChange();
  void ReplayChange();
  void AbortControl();
  void DriveLeave();

  // resync_steps.cpp
  void BeginResync(bool merging);
  void BeginSource(MemberId source);
  void DriveResync();
  void AskAgain();
  void AskContents();
  void AskDigests();
  std::uint64_t AskDigestsOf(ObjectId object, const ChunkRange& range);
  bool BeginNextObject();
  bool IsThrough() const;
  void FinishWalk();
  void AskSource(MessageBody body);
  void BeginWalk();
  void BeginDropping();
  void DropOwn(ObjectId object, BlockRange range);
  void OnTable(const TableAnswer& body);
  void OnDigests(const DigestAnswer& body);
  void MarkSame(ObjectId object, const ChunkRange& compared, const std::vector<ChunkRun>& differing);
  void OnContent(MemberId from, const ContentAnswer& body);
  void TakeRun(ObjectId object, const ChunkRun& run);
  bool TakeContentRun(ObjectId object, const ContentRun& run);
  // The parts of a range that what comes from the source, or in an update, is to replace.
  RangeVector ToReplace(ObjectId object, BlockRange range, const Stamp& stamp) const;
  RangeVector ToReplaceOfOwn(ObjectId object, BlockRange range, const Stamp& stamp) const;
  void MarkVerified(ObjectId object, BlockRange range);
  const BlockSet& Verified(ObjectId object) const;
  void ResyncAfterChange(const ObjectChange& change, ObjectId made);
  void AnswerTable(MemberId from, const TableRequest& body);
  void AnswerDigests(MemberId from, const DigestRequest& body);
  void TellRuns(ObjectId object, std::uint64_t chunk, std::vector<ChunkRun>& runs) const;
  void AnswerContent(MemberId from, const ContentRequest& body);
  bool TryAnswerContent(MemberId from, const ContentRequest& body);
  void RetryContentAnswers();
  MemberId PickSource() const;
  std::string ResyncWaitsFor() const;

  // repair_steps.cpp
  void DriveRepair();
  bool RepairFromMemory(ContentId content);
  bool OnRepairContent(const ContentAnswer& body);
  void OnVerify(MemberId from, const VerifyAnswer& body);
  void BeginCheck(const ControlRequest& request);
  void DriveCheck();
  void EndScrub();
  BlockRange NextToVerify(ObjectId object, const BlockRange& range) const;
  void AnswerVerify(MemberId from, const VerifyRequest& body);
  std::optional<std::uint64_t> CountDiffering(const Piece& piece, const VerifyRun& run);
  void FinishCheck(const std::string& text, Outcome outcome);

  // ---------------------------------------------------------------- state
  const MemberConfig config_;
  Store store_;
  TimeNs now_ = 0;
  TimeNs wake_ns_ = 0;
  Actions* actions_ = nullptr;
  std::uint64_t incarnation_ = 0;
  Phase phase_ = Phase::kRecovering;
  std::string trouble_;

  MembershipRecord record_;
  bool seen_out_ = false;  // this life has seen a membership without itself: what comes after, it takes part in
  bool settled_ = false;
  bool up_to_date_ = false;
  bool must_sync_ = false;  // was a learner: what it has may not be on stable storage, though it was flushed by others
  TimeNs epoch_begun_ns_ = 0;
  std::array<Peer, kMembersMax + 1> peers_;
  TimeNs next_heartbeat_ns_ = 0;
  TimeNs silent_since_ns_ = kNeverNs;
  std::optional<MembershipRecord> proposal_;
  bool proposal_is_stable_ = false;
  bool proposal_gives_back_ = false;       // to a mediator that holds nothing, and to no other
  std::optional<MembershipRecord> claim_;  // asked for as the one that has it all
  std::uint64_t next_ask_ = 1;
  TimeNs asked_ns_ = 0;
  TimeNs mediator_heard_ns_ = INT64_MIN / 2;
  Epoch mediator_epoch_ = 0;
  bool mediator_is_empty_ = false;
  bool takes_over_ = false;              // by the operator's word
  bool warned_of_old_mediator_ = false;  // once is enough
  std::optional<MemberId> removing_;

  std::uint64_t counter_ = 0;
  std::map<Stamp, PendingUpdate> pending_;
  std::uint32_t mine_ = 0;        // of them
  std::uint64_t mine_bytes_ = 0;  // of content of those
  TimeNs next_retransmit_ns_ = 0;
  MemberSet owed_to_;
  std::array<std::vector<Stamp>, kMembersMax + 1> applied_;  // of others' updates, not told yet
  std::vector<Stamp> committed_;                             // of mine

  std::unordered_map<RequestId, std::unique_ptr<Request>> requests_;
  std::deque<RequestId> held_;
  std::unordered_map<ContentId, std::vector<RequestId>> loading_;
  std::map<std::uint64_t, Flush> flushes_;
  bool run_held_ = false;
  std::multimap<std::uint64_t, SyncWaiter> sync_waiters_;
  std::uint64_t next_token_ = 1;

  std::uint64_t frozen_ = 0;  // no write begins until this change is done
  bool owes_prepared_ = false;
  std::uint64_t control_done_ = 0;
  std::optional<std::pair<std::uint64_t, ObjectChange>> last_change_;
  MemberSet replayed_to_;
  std::optional<ChairChange> chair_change_;
  std::deque<WaitingControl> waiting_control_;
  std::set<std::pair<MemberId, std::uint64_t>> control_seen_;  // of this epoch: a message may come twice
  struct Forwarded {
    RequestId id = 0;
    TimeNs since_ns = 0;
    ControlRequest::Kind kind = ControlRequest::Kind::kCreateVolume;
    MemberId member = kNobody;
  };
  std::map<std::uint64_t, Forwarded> forwarded_;  // to the chair, or waiting here
  std::optional<WaitingControl> member_change_;
  std::optional<RequestId> leave_;

  std::optional<Resync> resync_;
  std::deque<std::pair<MemberId, ContentRequest>> content_answers_;

  struct Repair {
    ContentId content = kNoContent;
    ObjectId object = kNoObject;
    Piece piece;
    std::uint64_t token = 0;
    TimeNs sent_ns = 0;
    MemberSet tried;
  };
  std::optional<Repair> repair_;
  std::set<ContentId> lost_;  // nobody had them whole
  struct Check {
    ControlRequest request;
    MemberId peer = kNobody;
    std::vector<ObjectId> objects;
    std::size_t at_object = 0;
    std::uint64_t at_block = 0;
    std::uint64_t token = 0;
    ObjectId object = kNoObject;
    BlockRange range;
    TimeNs sent_ns = 0;
    std::uint64_t blocks = 0, differing = 0;
    std::uint64_t rotten_before = 0;
    bool syncing = false;  // what a scrub has repaired
  };
  std::optional<Check> check_;
  std::deque<std::pair<MemberId, VerifyRequest>> verify_answers_;

  std::uint64_t refused_ = 0;
  std::uint64_t repaired_blocks_ = 0;
};

}  // namespace tarn::dataset
