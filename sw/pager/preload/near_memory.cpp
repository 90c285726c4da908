#include "sw/pager/preload/near_memory.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace tarn::pager::preload {

namespace {

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::size_t kHeaderBytes = 16;
constexpr int kClasses = 17;  // powers of two up to 64 KiB; larger ones are maps
constexpr std::uint32_t kMapClass = ~0u;

struct Header {
  std::uint32_t size_class;
  std::uint32_t before;     // bytes from the block's beginning to the object
  std::uint64_t map_bytes;  // of a map
};
static_assert(sizeof(Header) == kHeaderBytes);

struct FreeBlock {
  FreeBlock* next;
};

// Held for some instructions only, by threads that wait for nothing.
class SpinLock {
 public:
  void Lock() {
    while (taken_.exchange(true, std::memory_order_acquire)) ::sched_yield();
  }
  void Unlock() { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_ = false;
};

constinit SpinLock lock;
constinit std::array<FreeBlock*, kClasses> free_blocks{};
constinit std::uint8_t* chunk = nullptr;
constinit std::size_t chunk_left = 0;

void* NewMap(std::size_t size_bytes) {
  void* const map = RawMap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
  return IsRawError(map) ? nullptr : map;
}

// REQUIRES: the lock is held. Null: no memory.
std::uint8_t* TakeBlock(std::uint32_t size_class) {
  if (FreeBlock* const block = free_blocks[size_class]) {
    free_blocks[size_class] = block->next;
    return reinterpret_cast<std::uint8_t*>(block);
  }
  const std::size_t size_bytes = std::size_t{1} << size_class;
  if (chunk_left < size_bytes) {
    chunk = static_cast<std::uint8_t*>(NewMap(kChunkBytes));
    if (chunk == nullptr) return nullptr;
    chunk_left = kChunkBytes;
  }
  std::uint8_t* const block = chunk;
  chunk += size_bytes;
  chunk_left -= size_bytes;
  return block;
}

}  // namespace

void* RawMap(void* address, std::size_t size_bytes, int protection, int flags, int descriptor, off_t offset) {
  const long result = ::syscall(SYS_mmap, address, size_bytes, protection, flags, descriptor, offset);
  return reinterpret_cast<void*>(result);  // NOLINT(performance-no-int-to-ptr): what the system call returns
}
int RawUnmap(void* address, std::size_t size_bytes) {
  return static_cast<int>(::syscall(SYS_munmap, address, size_bytes));
}
int RawAdvise(void* address, std::size_t size_bytes, int advice) {
  return static_cast<int>(::syscall(SYS_madvise, address, size_bytes, advice));
}
bool IsRawError(const void* address) { return address == MAP_FAILED; }

void* NearAllocate(std::size_t size_bytes, std::size_t alignment) {
  const std::size_t need = size_bytes + kHeaderBytes + (alignment > kHeaderBytes ? alignment : 0);
  const auto size_class = static_cast<std::uint32_t>(std::bit_width(std::max<std::size_t>(need, 32) - 1));
  std::uint8_t* block = nullptr;
  const bool map = size_class >= kClasses;
  if (map) {
    block = static_cast<std::uint8_t*>(NewMap(need));
  } else {
    lock.Lock();
    block = TakeBlock(size_class);
    lock.Unlock();
  }
  if (block == nullptr) return nullptr;
  const auto begin = reinterpret_cast<std::uintptr_t>(block) + kHeaderBytes;
  const std::size_t before = ((begin + alignment - 1) & ~(alignment - 1)) - reinterpret_cast<std::uintptr_t>(block);
  *reinterpret_cast<Header*>(block + before - kHeaderBytes) = {
      .size_class = map ? kMapClass : size_class, .before = static_cast<std::uint32_t>(before), .map_bytes = need};
  return block + before;
}

void NearFree(void* object) {
  if (object == nullptr) return;
  auto* const bytes = static_cast<std::uint8_t*>(object);
  const Header header = *reinterpret_cast<Header*>(bytes - kHeaderBytes);
  std::uint8_t* const block = bytes - header.before;
  if (header.size_class == kMapClass) {
    RawUnmap(block, header.map_bytes);
    return;
  }
  lock.Lock();
  auto* const freed = reinterpret_cast<FreeBlock*>(block);
  freed->next = free_blocks[header.size_class];
  free_blocks[header.size_class] = freed;
  lock.Unlock();
}

}  // namespace tarn::pager::preload

// This library's own operators; it is linked so that nobody else sees them.
namespace {
void* New(std::size_t size_bytes, std::size_t alignment) {
  void* const object = tarn::pager::preload::NearAllocate(size_bytes, alignment);
  if (object == nullptr) std::abort();  // without the memory to page there is no going on
  return object;
}
constexpr std::size_t kUsualAlignment = 16;
}  // namespace

void* operator new(std::size_t size) { return New(size, kUsualAlignment); }
void* operator new[](std::size_t size) { return New(size, kUsualAlignment); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return New(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return New(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* object) noexcept { tarn::pager::preload::NearFree(object); }
void operator delete[](void* object) noexcept { tarn::pager::preload::NearFree(object); }
void operator delete(void* object, std::size_t) noexcept { tarn::pager::preload::NearFree(object); }
void operator delete[](void* object, std::size_t) noexcept { tarn::pager::preload::NearFree(object); }
void operator delete(void* object, std::align_val_t) noexcept { tarn::pager::preload::NearFree(object); }
void operator delete[](void* object, std::align_val_t) noexcept { tarn::pager::preload::NearFree(object); }
void operator delete(void* object, std::size_t, std::align_val_t) noexcept { tarn::pager::preload::NearFree(object); }
void operator delete[](void* object, std::size_t, std::align_val_t) noexcept { tarn::pager::preload::NearFree(object); }
