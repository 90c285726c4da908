#include "sw/store/storage_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <utility>

namespace tarn::store {

namespace {

using dataset::StorageResult;

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

}  // namespace

Result<std::unique_ptr<StorageFile>> StorageFile::Open(net::EventLoop& loop, const std::string& path,
                                                       std::uint64_t size_bytes, Done done) {
  net::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_CREAT, 0600));
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
  net::FileDescriptor for_writing(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!for_writing.valid()) return Status::Error(net::SystemError(path));
  net::FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return Status::Error(net::SystemError("eventfd"));
  std::unique_ptr<StorageFile> storage(
      new StorageFile(loop, std::move(file), std::move(for_writing), size_bytes, std::move(wake), std::move(done)));
  Status status = loop.Watch(storage->wake_.number(), EPOLLIN, storage.get());
  if (!status.ok()) return status;
  return storage;
}

StorageFile::StorageFile(net::EventLoop& loop, net::FileDescriptor file, net::FileDescriptor for_writing,
                         std::uint64_t size_bytes, net::FileDescriptor wake, Done done)
    : loop_(loop),
      file_(std::move(file)),
      wake_(std::move(wake)),
      done_(std::move(done)),
      writer_(std::move(for_writing), size_bytes),
      thread_([this] { Work(); }) {
  ::pthread_setname_np(thread_.native_handle(), "tarn-log");
}

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
  if (gathered_.empty()) {
    deferrals_.DeferSending([this] { HandOver(); });
  }
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

void StorageFile::Work() {
  std::vector<Job> jobs;
  bool rests = false;  // something was done just now
  while (Take(jobs, rests)) {
    rests = true;
    Do(jobs);
    GiveBack(jobs);
  }
  FlushNow();
}

// Waits until there are jobs; false: it is to end.
bool StorageFile::Take(std::vector<Job>& jobs, bool rests) {
  std::unique_lock lock(mutex_);
  if (rests) {
    work_there_.wait_for(lock, kRest, [this] { return ended_ || urgent_ || waiting_bytes_ > kRestBytesMax; });
  }
  if (jobs_.empty() && writer_.waits()) {
    // Nothing follows for the moment that would fill the last block.
    lock.unlock();
    FlushNow();
    GiveBack(jobs);
    lock.lock();
  }
  asleep_ = true;
  work_there_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
  asleep_ = false;
  std::swap(jobs, jobs_);
  urgent_ = false;
  return !jobs.empty();
}

void StorageFile::GiveBack(std::vector<Job>& jobs) {
  std::uint64_t written = 0;
  for (const Job& job : jobs) {
    if (const auto* const write = std::get_if<dataset::WriteStorage>(&job)) written += write->size();
  }
  waiting_bytes_ -= written;
  const bool tells = !came_.empty();
  {
    const std::lock_guard lock(mutex_);
    std::move(jobs.begin(), jobs.end(), std::back_inserter(spent_));
    std::move(came_.begin(), came_.end(), std::back_inserter(events_));
  }
  jobs.clear();
  came_.clear();
  if (!tells) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.number(), &one, sizeof one);
}

void StorageFile::Do(const std::vector<Job>& jobs) {
  for (const Job& job : jobs) {
    if (const auto* const write = std::get_if<dataset::WriteStorage>(&job)) {
      WriteNow(*write);
    } else if (const auto* const read = std::get_if<dataset::ReadStorage>(&job)) {
      ReadNow(*read);
    } else {
      syncs_.push_back(std::get<SyncJob>(job).token);
    }
  }
  if (!syncs_.empty()) return SyncNow();
  if (!writer_.WriteWhole()) Failed();
}

void StorageFile::WriteNow(const dataset::WriteStorage& write) {
  const std::uint64_t data_at = write.offset + write.bytes.size();
  const bool done = writer_.Put(write.offset, write.bytes) && writer_.Put(data_at, write.data.bytes) &&
                    writer_.PutZeroes(data_at + write.data.bytes.size(), write.padding_bytes);
  if (!done) Failed();
}

void StorageFile::FlushNow() {
  if (!writer_.Flush()) Failed();
}

void StorageFile::Failed() { came_.emplace_back(dataset::StorageWritten{.result = StorageResult::kFailed}); }

// One for all that came meanwhile: each covers what was handed out before it.
void StorageFile::SyncNow() {
  const bool done = writer_.Flush() && writer_.Sync();
  for (const std::uint64_t token : syncs_) {
    came_.emplace_back(
        dataset::StorageSynced{.token = token, .result = done ? StorageResult::kOk : StorageResult::kFailed});
  }
  syncs_.clear();
}

void StorageFile::ReadNow(const dataset::ReadStorage& read) {
  FlushNow();
  dataset::StorageRead answer = {.token = read.token, .bytes = dataset::Bytes(read.length)};
  std::size_t done = 0;
  while (done < answer.bytes.size()) {
    const ssize_t count = ::pread(file_.number(), answer.bytes.data() + done, answer.bytes.size() - done,
                                  static_cast<off_t>(read.offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      answer.result = StorageResult::kFailed;
      answer.bytes.clear();
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  came_.emplace_back(std::move(answer));
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
