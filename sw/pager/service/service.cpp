#include "sw/pager/service/service.h"

#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <new>
#include <optional>
#include <utility>

#include "sw/pager/futex.h"

namespace tarn::pager {

namespace {

constexpr int kBacklog = 64;
constexpr auto kBetweenMoves = std::chrono::milliseconds(10);
constexpr std::size_t kDescriptorsMax = 4;
constexpr std::size_t kWatchersMax = 64;       // who asks nothing makes room for others
constexpr std::uint32_t kCommandsAtOnce = 64;  // of one program, before the others have their turn

Status SystemError(const std::string& what) { return Status::Error(what + ": " + std::strerror(errno)); }

// Of the user alone, whatever the umask.
Result<Descriptor> ListenAt(const std::string& path, int type) {
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path) return Status::Error(path + ": too long a name for a socket");
  path.copy(address.sun_path, path.size());
  Descriptor socket(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const mode_t mask = ::umask(S_IRWXG | S_IRWXO);
  const bool bound =
      socket.open() && ::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::umask(mask);
  errno = error;
  if (!bound || ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(socket.number(), kBacklog) != 0) {
    return SystemError(path + ": no socket");
  }
  return socket;
}

bool SendWithDescriptors(int socket, const Welcome& welcome, const std::vector<int>& descriptors) {
  iovec part = {.iov_base = const_cast<Welcome*>(&welcome), .iov_len = sizeof welcome};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kDescriptorsMax)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
  std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof(int) * descriptors.size());
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof welcome);
}

}  // namespace

struct Service::Program {
  Descriptor socket;
  Descriptor doorbell;
  SharedMemory memory;
  Hello hello;
  bool welcome = false;
  std::uint64_t identity = 0;

  Ring& ring() { return *static_cast<Ring*>(memory.data()); }
  bool has_work() { return welcome && ring().posted.load() != ring().completed.load(); }
};

Result<std::unique_ptr<Service>> Service::Make(const ServiceOptions& options) {
  std::unique_ptr<Service> service(new Service);
  service->options_ = options;
  ::sched_getaffinity(0, sizeof service->allowed_, &service->allowed_);
  if (options.frames != 0) {
    Result<std::unique_ptr<NodeStore>> store = NodeStore::Make(options.store);
    if (!store.ok()) return store.status();
    service->store_ = std::move(*store);
    service->owners_.resize(service->store_->pages() / kExtentPages);
  }
  if (Status status = service->Listen(); !status.ok()) return status;
  return service;
}

Service::~Service() {
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
  if (!watch_path_.empty()) ::unlink(watch_path_.c_str());
}

Status Service::Listen() {
  const std::string& folder = options_.folder;
  struct stat found{};
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) return SystemError(folder);
  if (::lstat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != ::geteuid() ||
      (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Status::Error(folder + ": is not a folder of this user alone");
  }
  const std::string stem = folder + "/" + std::to_string(::getpid());
  for (const char* const suffix : {".far", ".watch"}) ::unlink((stem + suffix).c_str());  // of one that was killed
  Result<Descriptor> listener = ListenAt(stem + ".far", SOCK_SEQPACKET);
  if (!listener.ok()) return listener.status();
  listener_ = std::move(*listener);
  socket_path_ = stem + ".far";
  Result<Descriptor> watch = ListenAt(stem + ".watch", SOCK_STREAM);
  if (!watch.ok()) return watch.status();
  watch_listener_ = std::move(*watch);
  watch_path_ = stem + ".watch";
  return {};
}

bool Service::AnyWork() const {
  return std::ranges::any_of(programs_, [](const auto& program) { return program->has_work(); });
}

void Service::Serve(int milliseconds, int woken) {
  for (const auto& program : programs_) {
    if (program->welcome) program->ring().service_sleeps.store(1);
  }
  std::vector<pollfd> watched = {
      {woken, POLLIN, 0}, {listener_.number(), POLLIN, 0}, {watch_listener_.number(), POLLIN, 0}};
  const std::size_t first_program = watched.size();
  for (const auto& program : programs_) {
    watched.push_back({program->socket.number(), POLLIN, 0});
    watched.push_back({program->doorbell.number(), POLLIN, 0});
  }
  const std::size_t first_watcher = watched.size();
  for (const Watcher& watcher : watchers_) watched.push_back({watcher.socket.number(), POLLIN, 0});
  if (::poll(watched.data(), watched.size(), AnyWork() ? 0 : milliseconds) < 0) return;
  for (std::size_t index = watchers_.size(); index-- != 0;) {
    if (watched[first_watcher + index].revents == 0) continue;
    AnswerWatcher(watchers_[index].socket.number());
    watchers_.erase(watchers_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  for (std::size_t index = programs_.size(); index-- != 0;) {
    Program& program = *programs_[index];
    if (watched[first_program + 2 * index + 1].revents != 0) {
      std::uint64_t rings = 0;
      [[maybe_unused]] const ssize_t taken = ::read(program.doorbell.number(), &rings, sizeof rings);
    }
    ServeRing(program);
    if (watched[first_program + 2 * index].revents != 0 && !Welcome(program)) Part(index);
  }
  if (watched[1].revents != 0) Accept();
  if (watched[2].revents != 0) {
    Descriptor socket(::accept4(watch_listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (watchers_.size() == kWatchersMax) watchers_.erase(watchers_.begin());
    if (socket.open()) watchers_.push_back({std::move(socket)});
  }
}

void Service::Accept() {
  Descriptor socket(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.open()) return;
  Result<SharedMemory> memory = SharedMemory::Make("tarn-ring", sizeof(Ring));
  Descriptor doorbell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!memory.ok() || !doorbell.open()) return;  // the program sees that the connection is closed
  auto program = std::make_unique<Program>();
  program->socket = std::move(socket);
  program->doorbell = std::move(doorbell);
  program->memory = std::move(*memory);
  new (program->memory.data()) Ring;
  programs_.push_back(std::move(program));
}

// The program's one message. False: it is gone, or does not speak as it should.
bool Service::Welcome(Program& program) {
  Hello hello;
  const ssize_t got = ::recv(program.socket.number(), &hello, sizeof hello, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got != static_cast<ssize_t>(sizeof hello) || hello.version != kChannelVersion || program.welcome) return false;
  program.hello = hello;
  program.hello.name.back() = '\0';
  if (hello.copy_of != 0 && !ShareExtents(hello.copy_of, program)) return false;
  program.identity = ++identities_;
  pager::Welcome welcome;
  welcome.identity = program.identity;
  welcome.frames = options_.frames;
  welcome.prefetch_pages = options_.prefetch_pages;
  welcome.sample_interval = options_.sample_interval;
  options_.policy.copy(welcome.policy.data(), welcome.policy.size() - 1);
  std::vector<int> descriptors = {program.memory.descriptor(), program.doorbell.number()};
  if (store_ != nullptr && store_->direct_pages() != 0) {
    welcome.store_pages = store_->pages();
    welcome.direct_pages = store_->direct_pages();
    descriptors.push_back(store_->directory());
    descriptors.push_back(store_->frames());
  }
  program.welcome = SendWithDescriptors(program.socket.number(), welcome, descriptors);
  return program.welcome;
}

// What the other has written is in the store first. False: there is no such program.
bool Service::ShareExtents(std::uint64_t identity, const Program& copy) {
  const auto original =
      std::ranges::find_if(programs_, [&](const auto& program) { return program->identity == identity; });
  if (original == programs_.end()) return false;
  while ((*original)->has_work()) ServeRing(**original);
  for (Owners& owners : owners_) {
    if (std::ranges::find(owners, original->get()) != owners.end()) owners.push_back(&copy);
  }
  return true;
}

void Service::ServeRing(Program& program) {
  if (!program.has_work()) return;
  Ring& ring = program.ring();
  StayOff(ring.pager_processor.load(std::memory_order_relaxed));
  ring.service_sleeps.store(0);
  for (std::uint32_t count = 0; count < kCommandsAtOnce && program.has_work(); ++count) {
    const std::uint32_t completed = ring.completed.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    const std::uint32_t entry = completed % Ring::kEntries;
    Obey(program, ring.commands[entry], ring.pages[entry]);
    ring.completed.store(completed + 1);
    if (ring.program_waits.load() != 0) FutexWake(ring.completed);
  }
}

// The pager's thread gives way to everybody, so that its processor looks free to the kernel, which would have the
// service run there while the program waits. Of several programs the one that was served last counts, but not all the
// time.
void Service::StayOff(int processor) {
  if (processor == avoided_ || processor < 0 || processor >= CPU_SETSIZE) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - moved_ < kBetweenMoves) return;
  moved_ = now;
  cpu_set_t others = allowed_;
  CPU_CLR(processor, &others);
  if (CPU_COUNT(&others) != 0 && ::sched_setaffinity(0, sizeof others, &others) == 0) avoided_ = processor;
}

// What comes from a program is not trusted: an id that is not its own is refused.
void Service::Obey(Program& program, Command& command, Page& page) {
  Status status;
  const bool of_extent = command.kind == CommandKind::kFree || command.kind == CommandKind::kAlone;
  const bool owns = Owns(program, of_extent ? command.id : command.id / kExtentPages);
  if (store_ == nullptr || (command.kind != CommandKind::kExtent && !owns)) {
    status = Status::Error("a page that is not the program's");
  } else if (command.kind == CommandKind::kWrite) {
    status = IsShared(command.id / kExtentPages) ? Status::Error("a page that is another program's as well")
                                                 : store_->Write(command.id, page);
  } else if (command.kind == CommandKind::kRead) {
    status = store_->Read(command.id, page);
  } else if (command.kind == CommandKind::kFree) {
    status = FreeExtent(program, command.id, /*give_back=*/true);
  } else if (command.kind == CommandKind::kAlone) {
    command.id = IsShared(command.id) ? 0 : 1;
  } else {
    const Result<std::uint32_t> extent = store_->AllocateExtent();
    status = extent.status();
    if (extent.ok()) {
      command.id = *extent;
      owners_[*extent] = {&program};
    }
  }
  command.status = status.ok() ? CommandStatus::kOk : CommandStatus::kFailed;
  if (status.ok()) return;
  auto& text = program.ring().failure;
  std::snprintf(text.data(), text.size(), "%s", status.message().c_str());
}

Status Service::FreeExtent(Program& program, std::uint32_t extent, bool give_back) {
  assert(Owns(program, extent));
  std::erase(owners_[extent], &program);
  return owners_[extent].empty() ? store_->FreeExtent(extent, give_back) : Status();
}

bool Service::Owns(const Program& program, std::uint32_t extent) const {
  return extent < owners_.size() && std::ranges::find(owners_[extent], &program) != owners_[extent].end();
}

void Service::Part(std::size_t index) {
  Program& program = *programs_[index];
  while (program.has_work()) ServeRing(program);
  if (program.welcome) ended_.Add(program.ring().counters, /*gone=*/true);
  for (std::uint32_t extent = 0; extent < owners_.size(); ++extent) {
    // Where no other program is, there is nobody whom the memory would serve; and a node that does not take it back has
    // failed, as who uses it next is told.
    if (!Owns(program, extent)) continue;
    [[maybe_unused]] const Status status = FreeExtent(program, extent, /*give_back=*/programs_.size() > 1);
  }
  programs_.erase(programs_.begin() + static_cast<std::ptrdiff_t>(index));
}

Snapshot Service::TakeSnapshot() const {
  Snapshot snapshot = ended_;
  for (const auto& program : programs_) {
    if (program->welcome) snapshot.Add(program->ring().counters, /*gone=*/false);
  }
  return snapshot;
}

// A request that begins with "GET" is a scrape by HTTP; anything else, a line say, is answered with JSON.
void Service::AnswerWatcher(int socket) const {
  std::array<char, 1024> request{};
  const ssize_t got = ::recv(socket, request.data(), request.size() - 1, 0);
  if (got <= 0) return;
  const bool scrape = std::strncmp(request.data(), "GET", 3) == 0;
  std::string answer;
  if (scrape) {
    const std::string text = ToPrometheus(TakeSnapshot());
    answer =
        "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: " + std::to_string(text.size()) +
        "\r\n\r\n" + text;
  } else {
    nlohmann::ordered_json json = ToJson(TakeSnapshot());
    json["running"] = programs_.size();
    json["frames"] = options_.frames;
    answer = json.dump() + "\n";
  }
  // Far less than a socket holds: it does not wait.
  [[maybe_unused]] const ssize_t sent = ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
}

}  // namespace tarn::pager
