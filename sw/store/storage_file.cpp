#include "sw/store/storage_file.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <utility>

namespace tarn::store {

namespace {

using dataset::StorageResult;

constexpr std::size_t kWritesMax = 256;  // in one system call; their pieces stay below IOV_MAX
constexpr std::array<std::uint8_t, 512> kZeroes{};
// Between two rounds of plain writes, for which nobody waits: the thread need not be woken for each, and more of them
// are written with one call.
constexpr std::chrono::milliseconds kRest(1);
constexpr std::uint64_t kRestBytesMax = 1 << 20;  // with more it goes on at once

// Names of new files are safe only once their folder is.
bool SyncFolderOf(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const net::FileDescriptor folder(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.valid() && ::fsync(folder.number()) == 0;
}

// Gets the file its blocks now: a disk that is too full says so here, and the first writes of each part of the log need
// not look for any. Where the file system cannot, the file has holes that are filled as it is written.
bool MakeWhole(int file, std::uint64_t size_bytes) {
  if (::fallocate(file, 0, 0, static_cast<off_t>(size_bytes)) == 0) return true;
  return (errno == EOPNOTSUPP || errno == ENOSYS) && ::ftruncate(file, static_cast<off_t>(size_bytes)) == 0;
}

void AddPieces(dataset::WriteStorage& write, std::vector<iovec>& pieces) {
  const auto add = [&](const std::uint8_t* bytes, std::size_t count) {
    if (count != 0) pieces.push_back({.iov_base = const_cast<std::uint8_t*>(bytes), .iov_len = count});
  };
  add(write.bytes.data(), write.bytes.size());
  add(write.data.bytes.data(), write.data.bytes.size());
  add(kZeroes.data(), write.padding_bytes);
}

bool WriteAll(int file, std::vector<iovec>& pieces, std::uint64_t offset) {
  std::size_t first = 0;
  while (first < pieces.size()) {
    const ssize_t written =
        ::pwritev(file, pieces.data() + first, static_cast<int>(pieces.size() - first), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    offset += static_cast<std::uint64_t>(written);
    auto left = static_cast<std::size_t>(written);
    while (first < pieces.size() && left >= pieces[first].iov_len) left -= pieces[first++].iov_len;
    if (first < pieces.size()) {
      pieces[first].iov_base = static_cast<std::uint8_t*>(pieces[first].iov_base) + left;
      pieces[first].iov_len -= left;
    }
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<StorageFile>> StorageFile::Open(net::EventLoop& loop, const std::string& path,
                                                       std::uint64_t size_bytes, bool must_be_new, Done done) {
  net::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_CREAT | (must_be_new ? O_EXCL : 0), 0600));
  if (!file.valid() && errno == EEXIST) return Status::Error(path + ": is there already: this is no new member");
  if (!file.valid()) return Status::Error(net::SystemError(path));
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    return Status::Error(path + ": is in use by another process");
  }
  struct stat info{};
  if (::fstat(file.number(), &info) != 0) return Status::Error(net::SystemError(path));
  if (info.st_size == 0) {
    const bool made = MakeWhole(file.number(), size_bytes) && ::fsync(file.number()) == 0;
    if (!made || !SyncFolderOf(path)) {
      Status status =
          Status::Error(net::SystemError(path + ": cannot be made with " + std::to_string(size_bytes) + " bytes"));
      ::unlink(path.c_str());  // the next attempt begins anew
      return status;
    }
  } else if (static_cast<std::uint64_t>(info.st_size) != size_bytes) {
    return Status::Error(path + ": has " + std::to_string(info.st_size) + " bytes, but --log-size is " +
                         std::to_string(size_bytes));
  }
  net::FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return Status::Error(net::SystemError("eventfd"));
  std::unique_ptr<StorageFile> storage(new StorageFile(loop, std::move(file), std::move(wake), std::move(done)));
  Status status = loop.Watch(storage->wake_.number(), EPOLLIN, storage.get());
  if (!status.ok()) return status;
  return storage;
}

StorageFile::StorageFile(net::EventLoop& loop, net::FileDescriptor file, net::FileDescriptor wake, Done done)
    : loop_(loop), file_(std::move(file)), wake_(std::move(wake)), done_(std::move(done)), thread_([this] {
        Work();
      }) {}

StorageFile::~StorageFile() {
  HandOver();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  work_there_.notify_one();
  thread_.join();
  loop_.Forget(wake_.number());
}

void StorageFile::Write(dataset::WriteStorage write) {
  const std::uint64_t bytes = write.size();
  Add(std::move(write), bytes);
}

void StorageFile::Sync(std::uint64_t token) {
  gathered_urgent_ = true;
  Add(SyncJob{.token = token}, 0);
}

void StorageFile::Read(const dataset::ReadStorage& read) {
  gathered_urgent_ = true;
  Add(read, 0);
}

void StorageFile::Add(Job job, std::uint64_t bytes) {
  if (gathered_.empty()) loop_.Defer([this] { HandOver(); });
  gathered_.push_back(std::move(job));
  gathered_bytes_ += bytes;
}

void StorageFile::HandOver() {
  bool wakes = false;
  std::vector<Job> spent;
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) {
      std::swap(jobs_, gathered_);
    } else {
      std::move(gathered_.begin(), gathered_.end(), std::back_inserter(jobs_));
    }
    waiting_bytes_ += gathered_bytes_;
    urgent_ = urgent_ || gathered_urgent_;
    wakes = asleep_ || urgent_ || waiting_bytes_ > kRestBytesMax;
    std::swap(spent, spent_);
  }
  gathered_.clear();
  gathered_bytes_ = 0;
  gathered_urgent_ = false;
  if (wakes) work_there_.notify_one();
}

std::uint64_t StorageFile::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return waiting_bytes_ + gathered_bytes_;
}

void StorageFile::Work() {
  std::vector<Job> jobs;
  bool rests = false;  // something was done just now
  while (true) {
    {
      std::unique_lock lock(mutex_);
      WaitForWork(lock, rests);
      if (jobs_.empty()) return;
      std::swap(jobs, jobs_);
      urgent_ = false;
    }
    rests = true;
    std::vector<dataset::Event> events = Do(jobs);
    GiveBack(jobs, events);
  }
}

// Until there are jobs, or it is to end.
void StorageFile::WaitForWork(std::unique_lock<std::mutex>& lock, bool rests) {
  if (rests) {
    work_there_.wait_for(lock, kRest, [this] { return ended_ || urgent_ || waiting_bytes_ > kRestBytesMax; });
  }
  asleep_ = true;
  work_there_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
  asleep_ = false;
}

void StorageFile::GiveBack(std::vector<Job>& jobs, std::vector<dataset::Event>& events) {
  std::uint64_t written = 0;
  for (const Job& job : jobs) {
    if (const auto* const write = std::get_if<dataset::WriteStorage>(&job)) written += write->size();
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_bytes_ -= written;
    std::move(jobs.begin(), jobs.end(), std::back_inserter(spent_));
    std::move(events.begin(), events.end(), std::back_inserter(events_));
  }
  jobs.clear();
  if (events.empty()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.number(), &one, sizeof one);
}

std::vector<dataset::Event> StorageFile::Do(std::vector<Job>& jobs) {
  std::vector<dataset::Event> events;
  std::vector<std::uint64_t> syncs;
  for (std::size_t i = 0; i < jobs.size();) {
    if (const auto* const sync = std::get_if<SyncJob>(&jobs[i])) {
      syncs.push_back(sync->token);
      ++i;
    } else if (const auto* const read = std::get_if<dataset::ReadStorage>(&jobs[i])) {
      events.emplace_back(ReadNow(*read));
      ++i;
    } else {
      i += WriteRun(jobs, i, events);
    }
  }
  if (syncs.empty()) return events;
  // One for all that came meanwhile: each covers what was handed out before it.
  const StorageResult result = ::fdatasync(file_.number()) == 0 ? StorageResult::kOk : StorageResult::kFailed;
  for (const std::uint64_t token : syncs) events.emplace_back(dataset::StorageSynced{.token = token, .result = result});
  return events;
}

std::size_t StorageFile::WriteRun(std::vector<Job>& jobs, std::size_t first, std::vector<dataset::Event>& events) {
  std::vector<iovec> pieces;
  const std::uint64_t offset = std::get<dataset::WriteStorage>(jobs[first]).offset;
  std::uint64_t end = offset;
  std::size_t count = 0;
  for (; first + count < jobs.size() && count < kWritesMax; ++count) {
    auto* const write = std::get_if<dataset::WriteStorage>(&jobs[first + count]);
    if (write == nullptr || write->offset != end) break;
    AddPieces(*write, pieces);
    end += write->size();
  }
  if (!WriteAll(file_.number(), pieces, offset)) {
    events.emplace_back(dataset::StorageWritten{.offset = offset, .result = StorageResult::kFailed});
  }
  return count;
}

dataset::StorageRead StorageFile::ReadNow(const dataset::ReadStorage& read) const {
  dataset::StorageRead answer = {.token = read.token, .bytes = dataset::Bytes(read.length)};
  std::size_t done = 0;
  while (done < answer.bytes.size()) {
    const ssize_t count = ::pread(file_.number(), answer.bytes.data() + done, answer.bytes.size() - done,
                                  static_cast<off_t>(read.offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      answer.result = StorageResult::kFailed;
      answer.bytes.clear();
      return answer;
    }
    done += static_cast<std::size_t>(count);
  }
  return answer;
}

void StorageFile::OnReady(std::uint32_t) {
  std::uint64_t ignored = 0;
  [[maybe_unused]] const ssize_t count = ::read(wake_.number(), &ignored, sizeof ignored);
  std::vector<dataset::Event> events;
  {
    const std::lock_guard lock(mutex_);
    std::swap(events, events_);
  }
  for (dataset::Event& event : events) done_(std::move(event));
}

}  // namespace tarn::store
