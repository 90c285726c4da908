// The program's heap in far memory: malloc and its family. What it knows of its blocks stands in near memory, so that
// neither allocating nor freeing touches a page that is not the caller's; freed memory is not even read.
//
// One range of addresses is reserved and dealt out in units of 64 KiB. Small blocks (up to 32 KiB) are of 72 sizes,
// each in spans of its own, with a few free ones kept by each thread; larger blocks are runs of units. What is touched
// costs memory, what is only reserved does not.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tarn::pager::preload {

struct AddressRange {
  std::uintptr_t begin = 0;
  std::size_t size_bytes = 0;
  bool Holds(std::uintptr_t address) const { return address - begin < size_bytes; }
};

class Heap {
 public:
  // Gives a range of free memory back: it reads as zero afterwards.
  using Forget = void (*)(std::uintptr_t begin, std::size_t size_bytes);

  // Null, with errno ENOMEM: no memory.
  static void* Allocate(std::size_t size_bytes);
  static void* AllocateZeroed(std::size_t size_bytes);
  // alignment: a power of two.
  static void* AllocateAligned(std::size_t alignment, std::size_t size_bytes);
  static void* Reallocate(void* block, std::size_t size_bytes);
  static void Free(void* block);
  static std::size_t UsableBytes(const void* block);
  // The small block that an address lies in, as far as it is known without waiting; else none. It may be out of date.
  static AddressRange SmallBlockAt(std::uintptr_t address);

  // From now on blocks come from pages that nobody has touched before; returns the range that they all lie in.
  // kept_bytes: freed memory that is not given back at once.
  static AddressRange BeginFar(std::size_t kept_bytes, Forget forget);
  // Around a fork: no other thread is inside.
  static void LockAll();
  static void UnlockAll();
};

}  // namespace tarn::pager::preload
