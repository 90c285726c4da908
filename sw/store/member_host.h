// Hosts one member of a dataset: gives the pure core its clock, storage, links and mediator, and carries out what it
// says (see sw/dataset/README.md, "The host's duties"). Clients' requests go in through Submit() and Control().
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/common/result.h"
#include "sw/dataset/content_memory.h"
#include "sw/dataset/member.h"
#include "sw/net/deferrals.h"
#include "sw/net/event_loop.h"
#include "sw/store/etcd_client.h"
#include "sw/store/links.h"
#include "sw/store/mediator_client.h"
#include "sw/store/storage_file.h"

namespace tarn::store {

// A mediator's process, or the members of an etcd cluster.
struct MediatorPlace {
  net::Address process;  // where etcd is empty
  std::vector<net::Address> etcd;

  bool IsLocal() const {
    return etcd.empty() ? process.IsLocal()
                        : std::ranges::all_of(etcd, [](const net::Address& one) { return one.IsLocal(); });
  }
};

class MemberHost {
 public:
  using Done = std::function<void(dataset::Reply)>;

  struct Options {
    dataset::MemberConfig member;  // device_bytes is the log's size
    std::string log_file;
    std::uint64_t memory_bytes = 0;                  // for content
    std::shared_ptr<dataset::ContentMemory> memory;  // where it lies; null: in so many bytes of the process's own
    std::vector<Peer> members;
    MediatorPlace mediator;
    std::string certificates;  // the folder that the contexts are of; empty: plain
    std::shared_ptr<net::TlsContext> server_tls;
    std::shared_ptr<net::TlsContext> client_tls;
    std::function<void(const std::string& line)> log;
  };

  static Result<std::unique_ptr<MemberHost>> Create(net::EventLoop& loop, Options options);
  ~MemberHost();

  // A log that was made for a member that cannot begin would be in the way of the next attempt.
  void RemoveNewLog();

  // Answered once each; the ids are ours. More than the core takes, or while the disk is far behind, wait their turn.
  void Submit(dataset::IoRequest request, Done done);
  void Control(dataset::ControlRequest request, Done done);

  dataset::MemberStatus status() const { return member_.status(Now()); }
  std::vector<dataset::ObjectStatus> objects() const { return member_.objects(); }
  const dataset::MemberConfig& config() const { return options_.member; }
  const std::vector<Peer>& members() const { return options_.members; }
  dataset::MemberSet connected() const { return links_->connected(); }
  bool mediator_connected() const { return mediator_->connected(); }

 private:
  struct Held {
    dataset::IoRequest request;
    Done done;
  };

  MemberHost(net::EventLoop& loop, Options options);
  Status Open();
  Status OpenMediator();
  static dataset::TimeNs Now();
  void Step(dataset::Event event);
  void Perform(dataset::Action& action);
  void SetTimer();
  void TickSoon();
  void SubmitHeld();
  bool MustHold() const;
  void Begin(dataset::IoRequest request, Done done);
  void TellReply(dataset::Reply& reply);

  net::EventLoop& loop_;
  net::Deferrals deferrals_{loop_};
  Options options_;
  std::shared_ptr<dataset::ContentMemory> memory_;
  dataset::Member member_;
  std::unique_ptr<StorageFile> storage_;
  bool log_is_new_ = false;  // made by this start
  std::unique_ptr<Links> links_;
  std::unique_ptr<MediatorClient> mediator_;
  dataset::TimeNs timer_at_ = dataset::kNeverNs;
  dataset::TimeNs stepped_at_ = 0;
  net::EventLoop::Timer timer_;
  bool ticks_soon_ = false;
  std::unordered_map<dataset::RequestId, Done> under_way_;
  std::deque<Held> held_;
  dataset::RequestId next_request_ = 1;
  dataset::Actions actions_;           // of the step that is carried out
  std::deque<dataset::Event> events_;  // that came of carrying out actions
  bool stepping_ = false;
};

}  // namespace tarn::store
