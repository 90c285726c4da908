// The program's large maps in far memory: mmap and its family. What is not a private, anonymous map for reading and
// writing of kMapBytesMin or more is left to the kernel.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace tarn::pager::preload {

class Maps {
 public:
  static constexpr std::size_t kMapBytesMin = 128 * 1024;

  // As the C library's functions of these names: errors by MAP_FAILED or -1, with errno.
  static void* Map(void* address, std::size_t size_bytes, int protection, int flags, int descriptor, off_t offset);
  static int Unmap(void* address, std::size_t size_bytes);
  static void* Remap(void* address, std::size_t old_bytes, std::size_t new_bytes, int flags, void* wanted);
  static int Advise(void* address, std::size_t size_bytes, int advice);
  static int Protect(void* address, std::size_t size_bytes, int protection, int key = -1);
  // The heap, where it is paged, is treated as a map is.
  static void AddHeap(std::uintptr_t begin, std::size_t size_bytes);
  // Around a fork: no other thread is inside.
  static void LockAll();
  static void UnlockAll();
  // To the kernel, about all far memory. REQUIRES: the calling thread holds the lock.
  static void AdviseAll(int advice);
  // Whether a part of the range is far memory.
  static bool IsFar(const void* address, std::size_t size_bytes);
};

}  // namespace tarn::pager::preload
