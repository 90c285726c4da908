#include "sw/pager/preload/maps.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <vector>

#include "models/common/units.h"
#include "sw/pager/preload/heap.h"
#include "sw/pager/preload/near_memory.h"
#include "sw/pager/preload/runtime.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24  // Linux 5.18
#endif

namespace tarn::pager::preload {

namespace {

std::uintptr_t AddressOf(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
void* PointerTo(std::uintptr_t address) {
  return reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr): ranges are numbers here
}
std::size_t PagesUp(std::size_t size_bytes) { return (size_bytes + kPageBytes - 1) & ~std::size_t{kPageBytes - 1}; }

// Disjoint ranges of addresses.
class Ranges {
 public:
  void Add(std::uintptr_t begin, std::size_t size_bytes) { ranges_[begin] = size_bytes; }
  // The parts that lie in a range, in ascending order.
  std::vector<AddressRange> PartsIn(std::uintptr_t begin, std::size_t size_bytes) const {
    std::vector<AddressRange> parts;
    auto range = ranges_.upper_bound(begin);
    if (range != ranges_.begin()) --range;
    for (; range != ranges_.end() && range->first < begin + size_bytes; ++range) {
      const std::uintptr_t from = std::max(begin, range->first);
      const std::uintptr_t to = std::min(begin + size_bytes, range->first + range->second);
      if (from < to) parts.push_back({from, to - from});
    }
    return parts;
  }
  void Remove(const AddressRange& part) {
    auto range = --ranges_.upper_bound(part.begin);
    const std::uintptr_t begin = range->first;
    const std::uintptr_t end = begin + range->second;
    ranges_.erase(range);
    if (begin < part.begin) Add(begin, part.begin - begin);
    const std::uintptr_t part_end = part.begin + part.size_bytes;
    if (part_end < end) Add(part_end, end - part_end);
  }
  template <typename Do>
  void Visit(Do visit) const {
    for (const auto& [begin, size_bytes] : ranges_) visit(AddressRange{begin, size_bytes});
  }
  bool Has(std::uintptr_t begin, std::size_t size_bytes) const { return !PartsIn(begin, size_bytes).empty(); }
  // The ranges, whole, of which a part lies in a range.
  std::vector<AddressRange> Touching(std::uintptr_t begin, std::size_t size_bytes) const {
    std::vector<AddressRange> whole;
    for (const AddressRange& part : PartsIn(begin, size_bytes)) {
      const auto range = --ranges_.upper_bound(part.begin);
      whole.push_back({range->first, range->second});
    }
    return whole;
  }

 private:
  std::map<std::uintptr_t, std::size_t> ranges_;
};

struct Book {
  Ranges far;         // what is paged: the heap, and maps
  Ranges unreadable;  // parts of these without PROT_READ: the pager must not look at them
};

constinit pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
constinit Book* book_made = nullptr;

Book& TheBook() {
  if (book_made == nullptr) book_made = new Book;
  return *book_made;
}

class Lock {
 public:
  Lock() { ::pthread_mutex_lock(&mutex); }
  ~Lock() { ::pthread_mutex_unlock(&mutex); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

bool CanBeFar(std::size_t size_bytes, int protection, int flags) {
  constexpr int kOthers =
      MAP_SHARED | MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN | MAP_HUGETLB | MAP_LOCKED | MAP_STACK | MAP_32BIT;
  return Runtime::paging() && size_bytes >= Maps::kMapBytesMin && protection == (PROT_READ | PROT_WRITE) &&
         (flags & MAP_PRIVATE) != 0 && (flags & MAP_ANONYMOUS) != 0 && (flags & kOthers) == 0;
}

void Ask(Request request, const std::vector<AddressRange>& parts) {
  for (const AddressRange& part : parts) Runtime::Ask(request, part.begin, part.size_bytes);
}

// Parts become readable, or go away: what was held of them is let go, what lies beside them is held again.
// REQUIRES: the lock is held.
void LetGo(std::uintptr_t begin, std::size_t size_bytes) {
  Book& book = TheBook();
  for (const AddressRange& whole : book.unreadable.Touching(begin, size_bytes)) {
    Runtime::Ask(Request::kThaw, whole.begin, whole.size_bytes);
    for (const AddressRange& part : book.unreadable.PartsIn(begin, size_bytes)) {
      if (whole.Holds(part.begin)) book.unreadable.Remove(part);
    }
    Ask(Request::kFreeze, book.unreadable.PartsIn(whole.begin, whole.size_bytes));
  }
}

// Does what takes the content of far parts away, with the pager looking elsewhere.
template <typename Change>
bool ChangeParts(const std::vector<AddressRange>& parts, Change change) {
  for (const AddressRange& part : parts) LetGo(part.begin, part.size_bytes);
  Ask(Request::kFreeze, parts);
  const bool changed = change();
  const int error = errno;
  Ask(changed ? Request::kForget : Request::kThaw, parts);
  errno = error;
  return changed;
}

// REQUIRES: the lock is held.
int UnmapLocked(std::uintptr_t begin, std::size_t size_bytes) {
  Book& book = TheBook();
  const std::vector<AddressRange> parts = book.far.PartsIn(begin, size_bytes);
  if (!ChangeParts(parts, [&] { return RawUnmap(PointerTo(begin), size_bytes) == 0; })) return -1;
  for (const AddressRange& part : parts) book.far.Remove(part);
  return 0;
}

// The old range becomes `target`, which is reserved. REQUIRES: the lock is held; the old range is far.
void* MoveTo(void* target, std::uintptr_t old, std::size_t old_bytes, std::size_t new_bytes) {
  Book& book = TheBook();
  LetGo(old, old_bytes);
  Runtime::Ask(Request::kFreeze, old, old_bytes);
  const long moved = ::syscall(SYS_mremap, PointerTo(old), old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, target);
  if (moved == -1) {
    const int error = errno;
    Runtime::Ask(Request::kThaw, old, old_bytes);
    RawUnmap(target, new_bytes);
    errno = error;
    return MAP_FAILED;
  }
  // Nobody knows the new place yet, so that nobody can touch a page that is missing there.
  if (!Runtime::Register(AddressOf(target), new_bytes)) ::abort();
  Runtime::Ask(Request::kMove, old, old_bytes, AddressOf(target));
  Runtime::Ask(Request::kForget, old, old_bytes);
  book.far.Remove({old, old_bytes});
  book.far.Add(AddressOf(target), new_bytes);
  return target;
}

}  // namespace

void Maps::AddHeap(std::uintptr_t begin, std::size_t size_bytes) {
  const Lock lock;
  TheBook().far.Add(begin, size_bytes);
}

void Maps::AdviseAll(int advice) {
  TheBook().far.Visit(
      [advice](const AddressRange& range) { RawAdvise(PointerTo(range.begin), range.size_bytes, advice); });
}

void Maps::LockAll() { ::pthread_mutex_lock(&mutex); }
void Maps::UnlockAll() { ::pthread_mutex_unlock(&mutex); }

bool Maps::IsFar(const void* address, std::size_t size_bytes) {
  if (!Runtime::paging()) return false;
  const Lock lock;
  return TheBook().far.Has(AddressOf(address), size_bytes);
}

void* Maps::Map(void* address, std::size_t size_bytes, int protection, int flags, int descriptor, off_t offset) {
  const std::size_t whole = PagesUp(size_bytes);
  if (CanBeFar(whole, protection, flags)) {
    void* const map = RawMap(address, whole, protection, (flags | MAP_NORESERVE) & ~MAP_POPULATE);
    if (IsRawError(map)) return map;
    const Lock lock;
    if (Runtime::Register(AddressOf(map), whole)) TheBook().far.Add(AddressOf(map), whole);
    return map;
  }
  if ((flags & MAP_FIXED) == 0 || !IsFar(address, whole)) {
    return RawMap(address, size_bytes, protection, flags, descriptor, offset);
  }
  const Lock lock;
  Book& book = TheBook();
  const std::vector<AddressRange> parts = book.far.PartsIn(AddressOf(address), whole);
  void* map = MAP_FAILED;
  const bool changed = ChangeParts(parts, [&] {
    map = RawMap(address, size_bytes, protection, flags, descriptor, offset);
    return !IsRawError(map);
  });
  if (!changed) return MAP_FAILED;
  for (const AddressRange& part : parts) book.far.Remove(part);
  return map;
}

int Maps::Unmap(void* address, std::size_t size_bytes) {
  if (!IsFar(address, size_bytes)) return RawUnmap(address, size_bytes);
  const Lock lock;
  return UnmapLocked(AddressOf(address), PagesUp(size_bytes));
}

void* Maps::Remap(void* address, std::size_t old_bytes, std::size_t new_bytes, int flags, void* wanted) {
  old_bytes = PagesUp(old_bytes);
  new_bytes = PagesUp(new_bytes);
  const bool fixed = (flags & MREMAP_FIXED) != 0;
  const bool to_far = fixed && IsFar(wanted, new_bytes);
  if (!IsFar(address, std::max<std::size_t>(old_bytes, 1)) && !to_far) {
    const long result = ::syscall(SYS_mremap, address, old_bytes, new_bytes, flags, wanted);
    return PointerTo(static_cast<std::uintptr_t>(result));
  }
  const Lock lock;
  const std::uintptr_t old = AddressOf(address);
  const auto parts = TheBook().far.PartsIn(old, old_bytes);
  if (old_bytes == 0 || new_bytes == 0 || (flags & MREMAP_DONTUNMAP) != 0 || parts.size() != 1 ||
      parts[0].size_bytes != old_bytes) {
    errno = EINVAL;  // also of a range that is far in part: it would have to become two
    return MAP_FAILED;
  }
  if (!fixed && new_bytes <= old_bytes) {
    if (new_bytes < old_bytes && UnmapLocked(old + new_bytes, old_bytes - new_bytes) != 0) return MAP_FAILED;
    return address;
  }
  if ((flags & MREMAP_MAYMOVE) == 0) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  if (fixed && UnmapLocked(AddressOf(wanted), new_bytes) != 0) return MAP_FAILED;
  void* const target =
      fixed ? wanted : RawMap(nullptr, new_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
  if (IsRawError(target)) return MAP_FAILED;
  if (new_bytes < old_bytes) {
    if (UnmapLocked(old + new_bytes, old_bytes - new_bytes) != 0) return MAP_FAILED;
    old_bytes = new_bytes;
  }
  return MoveTo(target, old, old_bytes, new_bytes);
}

int Maps::Advise(void* address, std::size_t size_bytes, int advice) {
  const std::size_t whole = PagesUp(size_bytes);
  const bool gives_up = advice == MADV_DONTNEED || advice == MADV_DONTNEED_LOCKED || advice == MADV_FREE;
  if (!gives_up || !IsFar(address, whole)) {
    // To bring pages in ahead is the pager's affair.
    if ((advice == MADV_WILLNEED || advice == MADV_DOFORK) && IsFar(address, whole)) return 0;
    if (advice == MADV_WIPEONFORK && IsFar(address, whole)) {
      errno = EINVAL;  // as a kernel without it: the pager would serve the copy what is stored
      return -1;
    }
    return RawAdvise(address, size_bytes, advice);
  }
  const Lock lock;
  const std::vector<AddressRange> parts = TheBook().far.PartsIn(AddressOf(address), whole);
  const bool changed = ChangeParts(parts, [&] { return RawAdvise(address, size_bytes, MADV_DONTNEED) == 0; });
  return changed ? 0 : -1;
}

int Maps::Protect(void* address, std::size_t size_bytes, int protection, int key) {
  const auto raw = [&] {
    return static_cast<int>(key == -1 ? ::syscall(SYS_mprotect, address, size_bytes, protection)
                                      : ::syscall(SYS_pkey_mprotect, address, size_bytes, protection, key));
  };
  const std::size_t whole = PagesUp(size_bytes);
  if (!IsFar(address, whole)) return raw();
  const Lock lock;
  Book& book = TheBook();
  const std::uintptr_t begin = AddressOf(address);
  LetGo(begin, whole);
  if ((protection & PROT_READ) != 0) return raw();
  const std::vector<AddressRange> parts = book.far.PartsIn(begin, whole);
  Ask(Request::kFreeze, parts);
  if (raw() != 0) {
    const int error = errno;
    Ask(Request::kThaw, parts);
    errno = error;
    return -1;
  }
  for (const AddressRange& part : parts) book.unreadable.Add(part.begin, part.size_bytes);
  return 0;
}

}  // namespace tarn::pager::preload
