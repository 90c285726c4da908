#include "sw/wave/fst_reader.h"

#include <gtkwave/fstapi.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "sw/wave/fst_blocks.h"
#include "sw/wave/signal_name.h"

namespace tarn::wave {

namespace {

// While the library reads on this thread: the line for the case that it does not come back. Prepared before, since a
// handler of a signal may not build it.
thread_local std::string last_words;
// What the library handed out on this thread so far: names and changes.
thread_local std::uint64_t handed_out = 0;
std::atomic<int> reading = 0;

void GiveUp(int) {
  // On a thread that reads nothing: the library may have destroyed what others use.
  static constexpr std::string_view kUnknown = "tarn wave: a file is broken: its content makes no sense\n";
  const std::string_view words = last_words.empty() ? kUnknown : std::string_view(last_words);
  const ssize_t written = ::write(STDERR_FILENO, words.data(), words.size());
  ::_exit(written < 0 ? 1 : 2);
}

// The library calls exit(255) where it finds a mistake itself.
void GiveUpAtExit() {
  if (reading != 0) GiveUp(0);
}

// Called each time this thread has used so much of a processor while the library reads: a broken file may make the
// library loop for ever.
void GiveUpWithoutProgress(int) {
  static thread_local std::uint64_t before = ~std::uint64_t{0};
  if (last_words.empty()) return;
  if (handed_out == before) GiveUp(0);
  before = handed_out;
}

// A timer of the thread's own processor time, whose signal comes to this thread.
class ProgressTimer {
 public:
  // The largest block of an FST that Verilator writes (128 MB) unpacks in a fraction of this.
  static constexpr time_t kSeconds = 2;

  ProgressTimer() {
    struct sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGVTALRM;
    event._sigev_un._tid = ::gettid();  // NOLINT(readability-identifier-naming): the C library has no other name for it
    running_ = ::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0;
    const struct itimerspec every = {.it_interval = {.tv_sec = kSeconds, .tv_nsec = 0},
                                     .it_value = {.tv_sec = kSeconds, .tv_nsec = 0}};
    if (running_) ::timer_settime(timer_, 0, &every, nullptr);
  }
  ProgressTimer(const ProgressTimer&) = delete;
  ProgressTimer& operator=(const ProgressTimer&) = delete;
  ~ProgressTimer() {
    if (running_) ::timer_delete(timer_);
  }

 private:
  timer_t timer_{};
  bool running_ = false;
};

// While one of these lives on this thread, it reads a file with the library. From the first on, signals end in GiveUp
// to the end of the process: what the library destroys may come to light later.
class BrokenFileGuard {
 public:
  explicit BrokenFileGuard(const std::string& path) {
    static std::once_flag once;
    last_words = "tarn wave: " + path + ": is broken: its content makes no sense\n";
    std::call_once(once, [] {
      std::atexit(GiveUpAtExit);
      CatchSignals();
    });
    ++handed_out;
    ++reading;
    timer_.emplace();
  }
  BrokenFileGuard(const BrokenFileGuard&) = delete;
  BrokenFileGuard& operator=(const BrokenFileGuard&) = delete;
  ~BrokenFileGuard() {
    timer_.reset();
    last_words.clear();
    --reading;
  }

 private:
  static void CatchSignals() {
    struct sigaction action{};
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGVTALRM}) {
      action.sa_handler = signal == SIGVTALRM ? GiveUpWithoutProgress : GiveUp;
      ::sigaction(signal, &action, nullptr);
    }
  }

  std::optional<ProgressTimer> timer_;
};

// Tables of enumerations as the file declares them, before the signals that use them.
class EnumTables {
 public:
  void Declare(std::uint64_t number, const char* text) {
    fstETab* const table = fstUtilityExtractEnumTableFromString(text);
    if (table == nullptr) return;
    auto names = std::make_shared<EnumNames>();
    for (std::uint32_t i = 0; i < table->elem_count; ++i) names->emplace(table->val_arr[i], table->literal_arr[i]);
    fstUtilityFreeEnumTable(table);
    tables_[number] = std::move(names);
  }
  std::shared_ptr<const EnumNames> Find(std::uint64_t number) const {
    const auto table = tables_.find(number);
    return table == tables_.end() ? nullptr : table->second;
  }

 private:
  std::unordered_map<std::uint64_t, std::shared_ptr<const EnumNames>> tables_;
};

bool IsReal(int type) {
  return type == FST_VT_VCD_REAL || type == FST_VT_VCD_REAL_PARAMETER || type == FST_VT_VCD_REALTIME ||
         type == FST_VT_SV_SHORTREAL;
}

class FstReader : public WaveReader {
 public:
  explicit FstReader(const std::string& path) : WaveReader(path) {}
  FstReader(const FstReader&) = delete;
  FstReader& operator=(const FstReader&) = delete;
  ~FstReader() override {
    const BrokenFileGuard guard(path());
    if (context_ != nullptr) fstReaderClose(context_);
  }

  Status ReadHeader() {
    const BrokenFileGuard guard(path());
    context_ = fstReaderOpen(path().c_str());
    if (context_ == nullptr) return Status::Error(path() + ": is broken: no FST header");
    WaveHeader& header = mutable_header();
    header.handles_end = fstReaderGetMaxHandle(context_) + 1;
    // A power of ten, not a character. NOLINTNEXTLINE(bugprone-signed-char-misuse)
    header.time_exponent = fstReaderGetTimescale(context_);
    real_.resize(header.handles_end);
    fstReaderIterateHierRewind(context_);
    while (const fstHier* const item = fstReaderIterateHier(context_)) Take(*item);
    return {};
  }

  Status ForEachChange(const std::vector<bool>& wanted, ChangeSink& sink) override {
    const BrokenFileGuard guard(path());  // this may be another thread than the one that opened the file
    fstReaderClrFacProcessMaskAll(context_);
    for (Handle handle = 1; handle < wanted.size(); ++handle) {
      if (wanted[handle]) fstReaderSetFacProcessMask(context_, handle);
    }
    fstReaderIterBlocksSetNativeDoublesOnCallback(context_, 1);
    sink_ = &sink;
    const int done = fstReaderIterBlocks2(context_, &FstReader::OnChange, &FstReader::OnText, this, nullptr);
    return done == 0 ? Status::Error(path() + ": is broken: its changes cannot be read") : Status();
  }

 private:
  void Take(const fstHier& item) {
    ++handed_out;
    switch (item.htyp) {
      case FST_HT_SCOPE:
        scope_lengths_.push_back(scope_.size());
        scope_ += Below(PathWord(item.u.scope.name));
        break;
      case FST_HT_UPSCOPE:
        if (scope_lengths_.empty()) break;
        scope_.resize(scope_lengths_.back());
        scope_lengths_.pop_back();
        break;
      case FST_HT_ATTRBEGIN:
        if (item.u.attr.typ != FST_AT_MISC || item.u.attr.subtype != FST_MT_ENUMTABLE) break;
        // With a text it declares a table; without, the next signal uses one.
        if (item.u.attr.name_length != 0) enums_.Declare(item.u.attr.arg, item.u.attr.name);
        if (item.u.attr.name_length == 0) next_enum_ = enums_.Find(item.u.attr.arg);
        break;
      case FST_HT_VAR:
        TakeSignal(item.u.var.name, item.u.var.typ, item.u.var.length, item.u.var.handle);
        break;
      default:
        break;
    }
  }

  void TakeSignal(const char* name, int type, std::uint32_t length, Handle handle) {
    auto names = std::move(next_enum_);
    next_enum_ = nullptr;
    if (type == FST_VT_GEN_STRING || length == 0) {
      ++mutable_header().text_signals;
      return;
    }
    std::string path = scope_ + PathWord(WithoutRange(name));
    if (!paths_.insert(path).second || handle >= real_.size()) return;
    const bool real = IsReal(type);
    real_[handle] = real;
    mutable_header().signals.push_back({.path = std::move(path),
                                        .bits = real ? 64 : length,
                                        .handle = handle,
                                        .real = real,
                                        .names = std::move(names)});
  }

  static void OnChange(void* user, std::uint64_t time, fstHandle handle, const unsigned char* value) {
    ++handed_out;
    auto& self = *static_cast<FstReader*>(user);
    if (!self.real_[handle]) return self.sink_->Change(time, handle, reinterpret_cast<const char*>(value));
    double number = 0;
    std::memcpy(&number, value, sizeof number);
    self.sink_->Change(time, handle, RealBits(number).data());
  }
  static void OnText(void*, std::uint64_t, fstHandle, const unsigned char*, std::uint32_t) {}

  void* context_ = nullptr;
  std::vector<bool> real_;  // by handle
  ChangeSink* sink_ = nullptr;
  std::string scope_;
  std::vector<std::size_t> scope_lengths_;
  EnumTables enums_;
  std::shared_ptr<const EnumNames> next_enum_;
  std::unordered_set<std::string> paths_;
};

}  // namespace

Result<std::unique_ptr<WaveReader>> OpenFst(const std::string& path) {
  if (!IsWholeFst(path)) return Status::Error(path + ": is no FST file that was written to its end");
  auto reader = std::make_unique<FstReader>(path);
  if (Status status = reader->ReadHeader(); !status.ok()) return status;
  return std::unique_ptr<WaveReader>(std::move(reader));
}

}  // namespace tarn::wave
