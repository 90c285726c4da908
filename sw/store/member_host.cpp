#include "sw/store/member_host.h"

#include <fcntl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>
#include <variant>

#include "sw/dataset/store.h"
#include "sw/net/spare_bytes.h"

namespace tarn::store {

namespace {

constexpr std::uint64_t kStorageBehindBytes = std::uint64_t{128} << 20;

std::uint64_t RandomNumber() {
  std::uint64_t number = 0;
  while (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) {
  }
  return number;
}

// Before the member starts: a log that is not its own is a mistake of whoever starts it, as is to make a dataset anew.
// A log that was never part of one is of a member that was to make it and did not come to it: that may be tried again.
Status CheckLog(const std::string& path, const dataset::MemberConfig& config) {
  const net::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Status::Error(net::SystemError(path));
  const auto read = [&](std::uint64_t offset, std::uint64_t size) {
    dataset::Bytes bytes(size);
    const ssize_t got = ::pread(file.number(), bytes.data(), size, static_cast<off_t>(offset));
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  };
  const dataset::Bytes begin = read(0, dataset::kSegmentsBegin);
  if (begin.size() != dataset::kSegmentsBegin) return Status::Error(net::SystemError(path));
  Status status = dataset::Store::CheckSuperblocks(begin, config);
  if (!status.ok()) return Status::Error(path + ": " + status.message());
  if (config.create && dataset::Store::HasJoined(begin, config, read))
    return Status::Error(path + ": is of a dataset already: this is no new member, and starts without --create");
  return status;
}

}  // namespace

MemberHost::MemberHost(net::EventLoop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      memory_(options_.memory ? options_.memory : std::make_shared<dataset::HeapMemory>(options_.memory_bytes)),
      member_(options_.member, *memory_) {}

MemberHost::~MemberHost() { loop_.Cancel(timer_); }

Result<std::unique_ptr<MemberHost>> MemberHost::Create(net::EventLoop& loop, Options options) {
  if (Status status = options.member.Check(); !status.ok()) return status;
  std::unique_ptr<MemberHost> host(new MemberHost(loop, std::move(options)));
  if (Status status = host->Open(); !status.ok()) {
    host->RemoveNewLog();
    return status;
  }
  // Never the number of an earlier life.
  host->Step(dataset::Start{.incarnation = RandomNumber()});
  return host;
}

Status MemberHost::Open() {
  log_is_new_ = !std::filesystem::exists(options_.log_file);
  auto storage = StorageFile::Open(loop_, options_.log_file, options_.member.device_bytes,
                                   [this](dataset::Event event) { Step(std::move(event)); });
  if (!storage.ok()) return storage.status();
  storage_ = std::move(*storage);
  if (Status status = CheckLog(options_.log_file, options_.member); !status.ok()) return status;
  Links::Options links;
  links.dataset = options_.member.dataset;
  links.self = options_.member.self;
  links.block_bytes = options_.member.block_bytes;
  links.lease_ns = options_.member.lease_ns;
  links.members = options_.members;
  links.server_tls = options_.server_tls;
  links.client_tls = options_.client_tls;
  links.received = [this](dataset::MemberId from, dataset::Bytes bytes) {
    Step(dataset::MessageReceived{.from = from, .bytes = net::ShareSpare(std::move(bytes))});
  };
  links.log = options_.log;
  auto made = Links::Create(loop_, std::move(links));
  if (!made.ok()) return made.status();
  links_ = std::move(*made);
  return OpenMediator();
}

Status MemberHost::OpenMediator() {
  const MediatorClient::Answered answered = [this](const dataset::MediatorAnswer& answer) { Step(answer); };
  const MediatorPlace& place = options_.mediator;
  if (!place.etcd.empty()) {
    auto client =
        EtcdMediatorClient(loop_, place.etcd, options_.certificates, options_.member.dataset, answered, options_.log);
    if (!client.ok()) return client.status();
    mediator_ = std::move(*client);
    return {};
  }
  mediator_ =
      MediatorProcessClient(loop_, place.process, options_.client_tls, options_.member.dataset, answered, options_.log);
  return {};
}

void MemberHost::RemoveNewLog() {
  if (log_is_new_ && storage_ != nullptr) ::unlink(options_.log_file.c_str());
}

dataset::TimeNs MemberHost::Now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * dataset::kSecondNs + now.tv_nsec;
}

void MemberHost::Step(dataset::Event event) {
  // Carrying out an action may bring the next event at once (a client that submits from within its reply).
  if (stepping_) return events_.push_back(std::move(event));
  stepping_ = true;
  while (true) {
    stepped_at_ = Now();
    member_.Step(stepped_at_, std::move(event), actions_);
    for (dataset::Action& action : actions_) Perform(action);
    actions_.clear();
    if (events_.empty()) break;
    event = std::move(events_.front());
    events_.pop_front();
  }
  stepping_ = false;
  SetTimer();
}

void MemberHost::Perform(dataset::Action& action) {
  if (const auto* const send = std::get_if<dataset::Send>(&action)) {
    links_->Send(*send);
  } else if (auto* const write = std::get_if<dataset::WriteStorage>(&action)) {
    storage_->Write(std::move(*write));
  } else if (const auto* const sync = std::get_if<dataset::SyncStorage>(&action)) {
    storage_->Sync(sync->token);
  } else if (const auto* const read = std::get_if<dataset::ReadStorage>(&action)) {
    storage_->Read(*read);
  } else if (const auto* const ask = std::get_if<dataset::AskMediator>(&action)) {
    mediator_->Ask(*ask);
  } else if (auto* const reply = std::get_if<dataset::Reply>(&action)) {
    TellReply(*reply);
  } else if (const auto* const note = std::get_if<dataset::Note>(&action)) {
    options_.log(note->text);
  }
}

void MemberHost::TellReply(dataset::Reply& reply) {
  const auto found = under_way_.find(reply.id);
  if (found == under_way_.end()) return;
  const Done done = std::move(found->second);
  under_way_.erase(found);
  done(std::move(reply));
  SubmitHeld();
}

void MemberHost::SetTimer() {
  const dataset::TimeNs wake = member_.wake_time();
  if (wake <= stepped_at_) return TickSoon();
  // A timer that fires too early does no harm, and setting one anew at each step costs more.
  if (wake >= timer_at_) return;
  loop_.Cancel(timer_);
  timer_at_ = wake;
  const auto wait = std::chrono::nanoseconds(std::max<dataset::TimeNs>(wake - Now(), 0));
  timer_ = loop_.After(wait, [this] {
    timer_at_ = dataset::kNeverNs;
    timer_ = {};
    Step(dataset::Tick{});
    SubmitHeld();
  });
}

// Due at once: what came of this round's events is told, before it is sent.
void MemberHost::TickSoon() {
  if (std::exchange(ticks_soon_, true)) return;
  deferrals_.Defer([this] {
    ticks_soon_ = false;
    Step(dataset::Tick{});
  });
}

bool MemberHost::MustHold() const {
  return under_way_.size() >= options_.member.requests_max || storage_->waiting_bytes() > kStorageBehindBytes;
}

void MemberHost::Submit(dataset::IoRequest request, Done done) {
  if (!held_.empty() || MustHold()) {
    held_.push_back({.request = std::move(request), .done = std::move(done)});
    return;
  }
  Begin(std::move(request), std::move(done));
}

void MemberHost::Begin(dataset::IoRequest request, Done done) {
  request.id = next_request_++;
  under_way_[request.id] = std::move(done);
  Step(std::move(request));
}

void MemberHost::SubmitHeld() {
  while (!held_.empty() && !MustHold()) {
    Held held = std::move(held_.front());
    held_.pop_front();
    Begin(std::move(held.request), std::move(held.done));
  }
}

void MemberHost::Control(dataset::ControlRequest request, Done done) {
  request.id = next_request_++;
  under_way_[request.id] = std::move(done);
  Step(std::move(request));
}

}  // namespace tarn::store
