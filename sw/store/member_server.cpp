#include "sw/store/member_server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <utility>

#include "sw/store/status_report.h"

namespace tarn::store {

namespace {

using Json = nlohmann::json;
using Kind = dataset::ControlRequest::Kind;

struct Verb {
  const char* word;
  Kind kind;
  bool has_object;
  const char* wants = "";  // what is told where the request makes no sense
};
constexpr const char* kWantsName = "a name is UTF-8 of 1 to 255 bytes, with no '/' and no control characters";
constexpr std::array kVerbs = {
    Verb{"create", Kind::kCreateVolume, false,
         "a volume has whole blocks, 1 to 2^46; its name is UTF-8 of 1 to 255 bytes, with no '/' and no control "
         "characters"},
    Verb{"snapshot", Kind::kSnapshot, true, kWantsName},
    Verb{"clone", Kind::kClone, true,
         "only a snapshot is cloned; a clone's name is UTF-8 of 1 to 255 bytes, with no '/' and no control characters"},
    Verb{"grow", Kind::kGrow, true, "a volume has whole blocks, 2^46 at most, and does not shrink"},
    Verb{"delete", Kind::kDelete, true},
    Verb{"add-member", Kind::kAddMember, false, "it is a member already"},
    Verb{"remove-member", Kind::kRemoveMember, false,
         "no member has that number, or it is the lowest in sync, which another takes out once it has ended"},
    Verb{"verify", Kind::kVerify, false},
    Verb{"scrub", Kind::kScrub, false},
    Verb{"take-over", Kind::kTakeOver, false},
};

// What to make of an outcome that says too little by itself. wants: what the verb wants.
std::string Why(dataset::Outcome outcome, const std::string& wants) {
  switch (outcome) {
    case dataset::Outcome::kInvalid:
      return wants;
    case dataset::Outcome::kExists:
      return "a volume or snapshot has that name";
    case dataset::Outcome::kReadOnly:
      return "a snapshot does not change; a clone of it may";
    case dataset::Outcome::kNoSpace:
      return "there are as many volumes, snapshots and clones as there may be";
    default:
      return "";
  }
}

// The request in the question, or why there is none.
Result<dataset::ControlRequest> RequestOf(const Json& question, const MemberHost& host) {
  const std::string word = question.value("do", "");
  const auto verb = std::ranges::find_if(kVerbs, [&](const Verb& one) { return word == one.word; });
  if (verb == kVerbs.end()) return Status::Error("'" + word + "' is nothing that a member does");
  dataset::ControlRequest request = {.kind = verb->kind,
                                     .name = question.value("name", ""),
                                     .size_bytes = question.value("size_bytes", std::uint64_t{0}),
                                     .member = question.value("member", dataset::kNobody)};
  // Nobody would know where it is.
  if (verb->kind == Kind::kAddMember && !host.config().initial_members.contains(request.member)) {
    return Status::Error("no --member has the number " + std::to_string(request.member));
  }
  if (!verb->has_object) return request;
  const std::string object = question.value("object", "");
  const std::vector<dataset::ObjectStatus> objects = host.objects();
  const auto found = std::ranges::find(objects, object, &dataset::ObjectStatus::name);
  if (found == objects.end()) return Status::Error("there is no volume or snapshot '" + object + "'");
  request.object = found->id;
  return request;
}

}  // namespace

std::string ControlPath(const std::string& folder) { return folder + "/control"; }

Result<std::unique_ptr<MemberServer>> MemberServer::Create(net::EventLoop& loop, Options options) {
  std::unique_ptr<MemberServer> server(new MemberServer(loop));
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error) return Status::Error("--folder: " + options.folder + ": " + error.message());
  options.host.log_file = options.folder + "/log";
  auto host = MemberHost::Create(loop, std::move(options.host));
  if (!host.ok()) return host.status();
  server->host_ = std::move(*host);
  if (Status status = server->Listen(std::move(options.nbd), ControlPath(options.folder)); !status.ok()) {
    server->host_->RemoveNewLog();
    return status;
  }
  return server;
}

Status MemberServer::Listen(nbd::Server::Options nbd, const std::string& control_path) {
  exports_ = std::make_unique<DatasetExports>(*host_);
  auto server = nbd::Server::Create(loop_, *exports_, std::move(nbd));
  if (!server.ok()) return server.status();
  nbd_ = std::move(*server);
  auto control = ControlServer::Create(
      loop_, control_path,
      [this](const Json& question, const ControlServer::Respond& respond) { Answer(question, respond); });
  if (!control.ok()) return control.status();
  control_ = std::move(*control);
  return {};
}

void MemberServer::Answer(const Json& question, const ControlServer::Respond& respond) {
  Result<dataset::ControlRequest> request = Status::Error("");
  try {
    if (question.value("do", "") == "status") return respond(StatusToJson(*host_, nbd_->connections()));
    request = RequestOf(question, *host_);
  } catch (const Json::exception& trouble) {
    request = Status::Error(std::string("the question is none: ") + trouble.what());
  }
  if (!request.ok()) return respond({{"error", request.status().message()}});
  const std::string wants = std::ranges::find(kVerbs, request->kind, &Verb::kind)->wants;
  host_->Control(std::move(*request), [this, respond, wants](const dataset::Reply& reply) {
    if (reply.outcome == dataset::Outcome::kOk) {
      return respond({{"object", reply.object}, {"text", reply.text}});
    }
    const std::string why = reply.text.empty() ? Why(reply.outcome, wants) : reply.text;
    respond({{"error", std::string(Name(reply.outcome)) + (why.empty() ? "" : ": " + why)},
             {"later", reply.outcome == dataset::Outcome::kUnavailable && IsStarting()}});
  });
}

bool MemberServer::IsStarting() const {
  constexpr std::chrono::seconds kStartMax(15);
  return !host_->status().serves && net::EventLoop::Clock::now() - started_ < kStartMax;
}

void MemberServer::ShutDown() {
  nbd_->ShutDown();
  host_->Control({.kind = Kind::kLeave}, [this](const dataset::Reply&) { left_ = true; });
}

}  // namespace tarn::store
