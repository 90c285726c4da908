#include "sw/pager/preload/heap.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <new>
#include <set>
#include <utility>

#include "models/common/units.h"
#include "sw/pager/preload/near_memory.h"

namespace tarn::pager::preload {

namespace {

constexpr std::size_t kUnitBytes = 64 * 1024;
constexpr std::size_t kArenaBytesMax = std::size_t{1} << 40;
constexpr std::size_t kArenaBytesMin = std::size_t{1} << 28;
constexpr std::size_t kSmallBytesMax = 32 * 1024;
constexpr std::uint32_t kClasses = 72;
constexpr std::size_t kStep = 16;
constexpr std::uint32_t kSteps = 8;  // sizes up to 128 are multiples of 16, then eight to a doubling
constexpr std::uint32_t kObjectsMax = kUnitBytes / kStep;
constexpr std::uint32_t kWordBits = 64;
constexpr std::uint32_t kCachedMax = 16;
constexpr std::size_t kCachedBytesMax = 16 * 1024;  // of one size, by one thread

std::uint32_t ClassOf(std::size_t size_bytes) {
  if (size_bytes <= kSteps * kStep)
    return static_cast<std::uint32_t>((std::max<std::size_t>(size_bytes, 1) - 1) / kStep);
  const auto power = static_cast<std::uint32_t>(std::bit_width(size_bytes - 1)) - 1;
  return kSteps + 8 * (power - 7) + static_cast<std::uint32_t>((size_bytes - 1) >> (power - 3)) - 8;
}
std::size_t BytesOfClass(std::uint32_t size_class) {
  if (size_class < kSteps) return (size_class + 1) * kStep;
  const std::uint32_t power = 7 + (size_class - kSteps) / 8;
  return std::size_t{9 + (size_class - kSteps) % 8} << (power - 3);
}
std::uint32_t UnitsOfClass(std::uint32_t size_class) { return BytesOfClass(size_class) > kUnitBytes / 8 ? 4 : 1; }
std::uint32_t CachedOfClass(std::uint32_t size_class) {
  return std::clamp(static_cast<std::uint32_t>(kCachedBytesMax / BytesOfClass(size_class)), 1u, kCachedMax);
}

enum class SpanKind : std::uint8_t { kFree, kSmall, kLarge };

struct Span {
  std::uint32_t first = 0;  // unit
  std::uint32_t units = 0;
  SpanKind kind = SpanKind::kLarge;  // kFree: among the runs, which changes under their lock alone
  bool zero = false;                 // nobody wrote to it since it was given back
  std::uint8_t size_class = 0;
  bool listed = false;    // among those of its size that have room
  std::size_t bytes = 0;  // of a large block, a multiple of the page
  std::uint32_t capacity = 0;
  std::uint32_t room = 0;
  Span* next = nullptr;
  Span* previous = nullptr;
  std::array<std::uint64_t, kObjectsMax / kWordBits> free{};  // a bit for each object
};

class Lock {
 public:
  explicit Lock(pthread_mutex_t& mutex) : mutex_(mutex) { ::pthread_mutex_lock(&mutex_); }
  ~Lock() { ::pthread_mutex_unlock(&mutex_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

// Units, and the runs of them that are free.
class Arena {
 public:
  bool Reserve();
  bool reserved() const { return base_ != 0; }
  AddressRange range() const { return {base_, std::size_t{units_} * kUnitBytes}; }
  // Null: full.
  Span* Take(std::uint32_t units);
  void Give(Span* span);
  // Makes a span longer with the free run behind it. False: there is not enough.
  bool Extend(Span& span, std::uint32_t units);
  // The first units of a span become a free run.
  void CutFront(Span& span, std::uint32_t units);
  void CutBack(Span& span, std::uint32_t units);
  Span* At(std::uintptr_t address) const { return table_[(address - base_) / kUnitBytes]; }
  std::uintptr_t AddressOf(const Span& span) const { return base_ + std::size_t{span.first} * kUnitBytes; }
  void BeginFar(std::size_t kept_bytes, Heap::Forget forget);
  pthread_mutex_t& mutex() { return mutex_; }

 private:
  using Key = std::pair<std::uint32_t, std::uint32_t>;  // units, first
  static Key KeyOf(const Span& span) { return {span.units, span.first}; }
  void Enter(Span& span);
  void Leave(Span& span);
  void Mark(Span& span);
  Span* MergeWith(Span* span, Span* behind);
  void ForgetAll();
  Span* NewSpan(std::uint32_t first, std::uint32_t units, bool zero);

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  std::uintptr_t base_ = 0;
  std::uint32_t units_ = 0;
  std::uint32_t top_ = 0;  // units from here on were never used
  Span** table_ = nullptr;
  std::set<Key>* runs_ = nullptr;
  std::size_t kept_units_ = ~std::size_t{0};
  std::size_t stale_units_ = 0;  // free, but not given back
  Heap::Forget forget_ = nullptr;
};

bool Arena::Reserve() {
  const Lock lock(mutex_);
  if (reserved()) return true;
  for (std::size_t size_bytes = kArenaBytesMax; size_bytes >= kArenaBytesMin; size_bytes /= 2) {
    void* const range =
        RawMap(nullptr, size_bytes + kUnitBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
    if (IsRawError(range)) continue;
    units_ = static_cast<std::uint32_t>(size_bytes / kUnitBytes);
    void* const table =
        RawMap(nullptr, units_ * sizeof(Span*), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
    if (IsRawError(table)) return false;
    table_ = static_cast<Span**>(table);
    runs_ = new std::set<Key>;
    base_ = (reinterpret_cast<std::uintptr_t>(range) + kUnitBytes - 1) & ~(kUnitBytes - 1);
    RawAdvise(range, size_bytes + kUnitBytes, MADV_NOHUGEPAGE);
    return true;
  }
  return false;
}

Span* Arena::NewSpan(std::uint32_t first, std::uint32_t units, bool zero) {
  auto* const span = new Span;
  span->first = first;
  span->units = units;
  span->zero = zero;
  return span;
}

void Arena::Mark(Span& span) {
  for (std::uint32_t unit = 0; unit < span.units; ++unit) table_[span.first + unit] = &span;
}

// A free run is found by its ends.
void Arena::Enter(Span& span) {
  span.kind = SpanKind::kFree;
  table_[span.first] = table_[span.first + span.units - 1] = &span;
  runs_->insert(KeyOf(span));
  if (!span.zero) stale_units_ += span.units;
}

void Arena::Leave(Span& span) {
  runs_->erase(KeyOf(span));
  if (!span.zero) stale_units_ -= span.units;
}

Span* Arena::Take(std::uint32_t units) {
  const Lock lock(mutex_);
  const auto found = runs_->lower_bound({units, 0});
  if (found != runs_->end()) {
    Span* const span = table_[found->second];
    Leave(*span);
    span->kind = SpanKind::kLarge;  // until its taker says otherwise; not free for a neighbour to merge with
    if (span->units > units) {
      Enter(*NewSpan(span->first + units, span->units - units, span->zero));
      span->units = units;
    }
    Mark(*span);
    return span;
  }
  if (units > units_ - top_) return nullptr;
  Span* const span = NewSpan(top_, units, true);
  top_ += units;
  Mark(*span);
  return span;
}

// Both are free, and not entered. Returns what they are together.
Span* Arena::MergeWith(Span* span, Span* behind) {
  span->units += behind->units;
  span->zero = span->zero && behind->zero;
  delete behind;
  return span;
}

void Arena::Give(Span* span) {
  const Lock lock(mutex_);
  if (span->first != 0) {
    Span* const before = table_[span->first - 1];
    if (before != nullptr && before->kind == SpanKind::kFree) {
      Leave(*before);
      span = MergeWith(before, span);
    }
  }
  if (const std::uint32_t end = span->first + span->units; end < top_) {
    Span* const behind = table_[end];
    if (behind != nullptr && behind->kind == SpanKind::kFree) {
      Leave(*behind);
      span = MergeWith(span, behind);
    }
  }
  Enter(*span);
  if (stale_units_ > kept_units_) ForgetAll();
}

void Arena::ForgetAll() {
  for (const auto& [units, first] : *runs_) {
    Span& span = *table_[first];
    if (span.zero) continue;
    forget_(AddressOf(span), std::size_t{units} * kUnitBytes);
    span.zero = true;
  }
  stale_units_ = 0;
}

bool Arena::Extend(Span& span, std::uint32_t units) {
  const Lock lock(mutex_);
  const std::uint32_t end = span.first + span.units;
  const std::uint32_t more = units - span.units;
  if (end == top_) {
    if (more > units_ - top_) return false;
    top_ += more;
  } else {
    Span* const behind = table_[end];
    if (behind == nullptr || behind->kind != SpanKind::kFree || behind->units < more) return false;
    Leave(*behind);
    behind->first += more;
    behind->units -= more;
    if (behind->units == 0) {
      delete behind;
    } else {
      Enter(*behind);
    }
  }
  span.units = units;
  Mark(span);
  return true;
}

void Arena::CutFront(Span& span, std::uint32_t units) {
  Span* front = nullptr;
  {
    const Lock lock(mutex_);
    front = NewSpan(span.first, units, span.zero);
    span.first += units;
    span.units -= units;
    Mark(*front);
  }
  Give(front);
}

void Arena::CutBack(Span& span, std::uint32_t units) {
  Span* back = nullptr;
  {
    const Lock lock(mutex_);
    span.units -= units;
    back = NewSpan(span.first + span.units, units, span.zero);
    Mark(*back);
  }
  Give(back);
}

void Arena::BeginFar(std::size_t kept_bytes, Heap::Forget forget) {
  const Lock lock(mutex_);
  // What was freed so far stays away from far memory: its pages are there, and nobody knows of them.
  for (const auto& [units, first] : *runs_) table_[first]->kind = SpanKind::kLarge;
  runs_->clear();
  stale_units_ = 0;
  kept_units_ = kept_bytes / kUnitBytes;
  forget_ = forget;
}

// The spans of one size.
class SizeClass {
 public:
  // Takes up to `count` objects. Returns how many.
  std::uint32_t Take(std::uint32_t size_class, void** objects, std::uint32_t count);
  void Give(void* const* objects, std::uint32_t count);
  // Spans from before are not filled up any more.
  void Retire();
  pthread_mutex_t& mutex() { return mutex_; }

 private:
  Span* Grow(std::uint32_t size_class);
  void List(Span& span);
  void Unlist(Span& span);

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  Span* first_ = nullptr;
};

constinit Arena arena;
constinit std::array<SizeClass, kClasses> classes;

void SizeClass::List(Span& span) {
  span.next = first_;
  span.previous = nullptr;
  if (first_ != nullptr) first_->previous = &span;
  first_ = &span;
  span.listed = true;
}

void SizeClass::Unlist(Span& span) {
  (span.previous == nullptr ? first_ : span.previous->next) = span.next;
  if (span.next != nullptr) span.next->previous = span.previous;
  span.next = span.previous = nullptr;
  span.listed = false;
}

Span* SizeClass::Grow(std::uint32_t size_class) {
  Span* const span = arena.Take(UnitsOfClass(size_class));
  if (span == nullptr) return nullptr;
  span->kind = SpanKind::kSmall;
  span->zero = false;
  span->size_class = static_cast<std::uint8_t>(size_class);
  span->capacity = static_cast<std::uint32_t>(span->units * kUnitBytes / BytesOfClass(size_class));
  span->room = span->capacity;
  span->free.fill(0);
  for (std::uint32_t object = 0; object < span->capacity; ++object) {
    span->free[object / kWordBits] |= std::uint64_t{1} << (object % kWordBits);
  }
  List(*span);
  return span;
}

std::uint32_t SizeClass::Take(std::uint32_t size_class, void** objects, std::uint32_t count) {
  const Lock lock(mutex_);
  std::uint32_t taken = 0;
  while (taken < count) {
    Span* const span = first_ != nullptr ? first_ : Grow(size_class);
    if (span == nullptr) break;
    const std::uintptr_t begin = arena.AddressOf(*span);
    for (std::uint32_t word = 0; word < span->free.size() && taken < count; ++word) {
      while (span->free[word] != 0 && taken < count) {
        const auto bit = static_cast<std::uint32_t>(std::countr_zero(span->free[word]));
        span->free[word] &= span->free[word] - 1;
        --span->room;
        // NOLINTNEXTLINE(performance-no-int-to-ptr): an allocator makes pointers
        objects[taken++] = reinterpret_cast<void*>(begin + (word * kWordBits + bit) * BytesOfClass(size_class));
      }
    }
    if (span->room == 0) Unlist(*span);
  }
  return taken;
}

void SizeClass::Give(void* const* objects, std::uint32_t count) {
  const Lock lock(mutex_);
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto address = reinterpret_cast<std::uintptr_t>(objects[index]);
    Span& span = *arena.At(address);
    const auto object = static_cast<std::uint32_t>((address - arena.AddressOf(span)) / BytesOfClass(span.size_class));
    span.free[object / kWordBits] |= std::uint64_t{1} << (object % kWordBits);
    ++span.room;
    if (!span.listed) List(span);
    const bool others = first_ != &span || span.next != nullptr;
    if (span.room == span.capacity && others) {
      Unlist(span);
      arena.Give(&span);
    }
  }
}

void SizeClass::Retire() {
  const Lock lock(mutex_);
  while (first_ != nullptr) {
    Span& span = *first_;
    Unlist(span);
    span.room = 0;
    span.capacity = ~0u;  // never whole again
    span.listed = true;   // never listed again
  }
}

// What a thread keeps.
struct ThreadCache {
  struct Bin {
    std::uint32_t count = 0;
    std::array<void*, kCachedMax> objects{};
  };
  bool registered = false;
  bool ended = false;
  std::array<Bin, kClasses> bins;

  void Flush();
};

constinit thread_local ThreadCache cache;
constinit pthread_key_t thread_end_key = 0;
constinit pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

void ThreadCache::Flush() {
  for (std::uint32_t size_class = 0; size_class < kClasses; ++size_class) {
    Bin& bin = bins[size_class];
    if (bin.count != 0) classes[size_class].Give(bin.objects.data(), bin.count);
    bin.count = 0;
  }
}

void OnThreadEnd(void*) {
  cache.ended = true;
  cache.Flush();
}

void RegisterThread() {
  cache.registered = true;
  ::pthread_once(&thread_end_once, [] { ::pthread_key_create(&thread_end_key, OnThreadEnd); });
  ::pthread_setspecific(thread_end_key, &cache);
}

void* AllocateSmall(std::uint32_t size_class) {
  ThreadCache::Bin& bin = cache.bins[size_class];
  if (bin.count == 0) {
    if (!arena.reserved() && !arena.Reserve()) return nullptr;
    if (!cache.registered) RegisterThread();
    const std::uint32_t wanted = cache.ended ? 1 : (CachedOfClass(size_class) + 1) / 2;
    bin.count = classes[size_class].Take(size_class, bin.objects.data(), wanted);
    // Lower addresses first: neighbours in time become neighbours in memory.
    std::reverse(bin.objects.begin(), bin.objects.begin() + bin.count);
    if (bin.count == 0) return nullptr;
  }
  return bin.objects[--bin.count];
}

void FreeSmall(void* block, std::uint32_t size_class) {
  ThreadCache::Bin& bin = cache.bins[size_class];
  if (cache.ended) return classes[size_class].Give(&block, 1);
  if (bin.count == CachedOfClass(size_class)) {
    if (!cache.registered) RegisterThread();
    const std::uint32_t kept = bin.count / 2;
    classes[size_class].Give(bin.objects.data() + kept, bin.count - kept);
    bin.count = kept;
  }
  bin.objects[bin.count++] = block;
}

std::uint32_t UnitsOf(std::size_t size_bytes) {
  return static_cast<std::uint32_t>((size_bytes + kUnitBytes - 1) / kUnitBytes);
}

std::size_t PagesUp(std::size_t size_bytes) { return (size_bytes + kPageBytes - 1) & ~std::size_t{kPageBytes - 1}; }

// zero: set to whether the block reads as zero.
void* AllocateLarge(std::size_t size_bytes, bool* zero = nullptr) {
  if (!arena.reserved() && !arena.Reserve()) return nullptr;
  if (size_bytes > arena.range().size_bytes) return nullptr;
  Span* const span = arena.Take(UnitsOf(size_bytes));
  if (span == nullptr) return nullptr;
  span->kind = SpanKind::kLarge;
  span->bytes = PagesUp(size_bytes);
  if (zero != nullptr) *zero = span->zero;
  span->zero = false;
  // NOLINTNEXTLINE(performance-no-int-to-ptr,clang-analyzer-cplusplus.NewDeleteLeaks): the arena's table has the span
  return reinterpret_cast<void*>(arena.AddressOf(*span));
}

void* OrNoMemory(void* block) {
  if (block == nullptr) errno = ENOMEM;
  return block;
}

// Not: what the dynamic linker allocated before it knew of us.
bool IsOurs(const void* block) { return arena.range().Holds(reinterpret_cast<std::uintptr_t>(block)); }

Span& SpanOf(const void* block) { return *arena.At(reinterpret_cast<std::uintptr_t>(block)); }

// True: the block has its new size where it is.
bool ResizeInPlace(Span& span, std::size_t size_bytes) {
  if (span.kind == SpanKind::kSmall) {
    return size_bytes <= kSmallBytesMax && ClassOf(size_bytes) == span.size_class;
  }
  if (size_bytes <= kSmallBytesMax) return false;
  const std::uint32_t units = UnitsOf(size_bytes);
  if (units > span.units && (size_bytes > arena.range().size_bytes || !arena.Extend(span, units))) return false;
  if (units < span.units) arena.CutBack(span, span.units - units);
  span.bytes = PagesUp(size_bytes);
  return true;
}

}  // namespace

void* Heap::Allocate(std::size_t size_bytes) {
  return OrNoMemory(size_bytes <= kSmallBytesMax ? AllocateSmall(ClassOf(size_bytes)) : AllocateLarge(size_bytes));
}

void* Heap::AllocateZeroed(std::size_t size_bytes) {
  bool zero = false;
  void* const block =
      size_bytes <= kSmallBytesMax ? AllocateSmall(ClassOf(size_bytes)) : AllocateLarge(size_bytes, &zero);
  if (block != nullptr && !zero) std::memset(block, 0, size_bytes);
  return OrNoMemory(block);
}

void* Heap::AllocateAligned(std::size_t alignment, std::size_t size_bytes) {
  if (alignment <= kStep) return Allocate(size_bytes);
  const std::size_t rounded = std::bit_ceil(std::max(size_bytes, alignment));
  // A size that is a power of two, in a span that begins at a multiple of it.
  if (rounded <= kSmallBytesMax && alignment <= kUnitBytes) return OrNoMemory(AllocateSmall(ClassOf(rounded)));
  if (alignment <= kUnitBytes) return OrNoMemory(AllocateLarge(std::max(size_bytes, kSmallBytesMax + 1)));
  if (size_bytes > kArenaBytesMax || alignment > kArenaBytesMax) return OrNoMemory(nullptr);
  void* const block = AllocateLarge(std::max<std::size_t>(size_bytes, 1) + alignment);
  if (block == nullptr) return OrNoMemory(nullptr);
  Span& span = SpanOf(block);
  const std::uintptr_t begin = arena.AddressOf(span);
  const std::uintptr_t wanted = (begin + alignment - 1) & ~(alignment - 1);
  if (wanted != begin) arena.CutFront(span, UnitsOf(wanted - begin));
  span.bytes = PagesUp(std::max<std::size_t>(size_bytes, 1));
  return reinterpret_cast<void*>(wanted);  // NOLINT(performance-no-int-to-ptr): an allocator makes pointers
}

void* Heap::Reallocate(void* block, std::size_t size_bytes) {
  if (block == nullptr) return Allocate(size_bytes);
  if (ResizeInPlace(SpanOf(block), size_bytes)) return block;
  void* const moved = Allocate(size_bytes);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, std::min(size_bytes, UsableBytes(block)));
  Free(block);
  return moved;
}

void Heap::Free(void* block) {
  if (block == nullptr || !IsOurs(block)) return;
  const int error = errno;
  Span& span = SpanOf(block);
  if (span.kind == SpanKind::kSmall) {
    FreeSmall(block, span.size_class);
  } else {
    arena.Give(&span);
  }
  errno = error;
}

std::size_t Heap::UsableBytes(const void* block) {
  if (block == nullptr || !IsOurs(block)) return 0;
  const Span& span = SpanOf(block);
  return span.kind == SpanKind::kSmall ? BytesOfClass(span.size_class) : span.bytes;
}

AddressRange Heap::SmallBlockAt(std::uintptr_t address) {
  if (!arena.range().Holds(address) || ::pthread_mutex_trylock(&arena.mutex()) != 0) return {};
  AddressRange block;
  const Span* const span = arena.At(address);
  if (span != nullptr && span->kind == SpanKind::kSmall) {
    const std::size_t size_bytes = BytesOfClass(span->size_class);
    const std::uintptr_t begin = arena.AddressOf(*span);
    block = {begin + (address - begin) / size_bytes * size_bytes, size_bytes};
  }
  ::pthread_mutex_unlock(&arena.mutex());
  return block;
}

AddressRange Heap::BeginFar(std::size_t kept_bytes, Forget forget) {
  if (!arena.Reserve()) return {};
  cache.Flush();
  for (SizeClass& each : classes) each.Retire();
  arena.BeginFar(kept_bytes, forget);
  return arena.range();
}

void Heap::LockAll() {
  for (SizeClass& each : classes) ::pthread_mutex_lock(&each.mutex());
  ::pthread_mutex_lock(&arena.mutex());
}

void Heap::UnlockAll() {
  ::pthread_mutex_unlock(&arena.mutex());
  for (SizeClass& each : classes) ::pthread_mutex_unlock(&each.mutex());
}

}  // namespace tarn::pager::preload
