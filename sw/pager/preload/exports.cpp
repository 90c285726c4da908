// The functions of the C library that the preloaded library replaces, by their names. Built with -fno-builtin, so that
// the compiler does not take their insides for what they are called.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <limits>

#include "models/common/units.h"
#include "sw/pager/preload/heap.h"
#include "sw/pager/preload/maps.h"
#include "sw/pager/preload/process_copy.h"
#include "sw/pager/preload/runtime.h"
#include "sw/pager/preload/service_link.h"

using tarn::kPageBytes;
using tarn::pager::preload::Heap;
using tarn::pager::preload::Maps;
using tarn::pager::preload::ProcessCopy;
using tarn::pager::preload::Runtime;
using tarn::pager::preload::Say;

#define TARN_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

// Before the constructors of the program and of most libraries.
__attribute__((constructor(101))) void Begin() { Runtime::Start(); }

bool Multiplies(std::size_t count, std::size_t size, std::size_t& product) {
  if (!__builtin_mul_overflow(count, size, &product)) return true;
  errno = ENOMEM;
  return false;
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// What the kernel moves past the page tables (O_DIRECT) may be a page that has left meanwhile: such files go through
// the kernel's cache instead.
int Buffered(int flags) { return Runtime::paging() ? flags & ~O_DIRECT : flags; }

int OpenFile(int folder, const char* path, int flags, std::va_list mode) {
  const bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return static_cast<int>(
      ::syscall(SYS_openat, folder, path, Buffered(flags) | O_LARGEFILE, makes ? va_arg(mode, mode_t) : 0));
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the names are the C library's
TARN_EXPORT void* malloc(std::size_t size) { return Heap::Allocate(size); }
TARN_EXPORT void free(void* block) { Heap::Free(block); }
TARN_EXPORT void* calloc(std::size_t count, std::size_t size) {
  std::size_t product = 0;
  return Multiplies(count, size, product) ? Heap::AllocateZeroed(product) : nullptr;
}
TARN_EXPORT void* realloc(void* block, std::size_t size) {
  if (block != nullptr && size == 0) {
    Heap::Free(block);
    return nullptr;
  }
  return Heap::Reallocate(block, size);
}
TARN_EXPORT void* reallocarray(void* block, std::size_t count, std::size_t size) {
  std::size_t product = 0;
  return Multiplies(count, size, product) ? realloc(block, product) : nullptr;
}
TARN_EXPORT void* memalign(std::size_t alignment, std::size_t size) {
  return Heap::AllocateAligned(std::bit_ceil(std::max<std::size_t>(alignment, 1)), size);
}
TARN_EXPORT void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (std::has_single_bit(alignment)) return Heap::AllocateAligned(alignment, size);
  errno = EINVAL;
  return nullptr;
}
TARN_EXPORT int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  if (!std::has_single_bit(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
  const int error = errno;
  void* const made = Heap::AllocateAligned(alignment, size);
  errno = error;
  if (made == nullptr) return ENOMEM;
  *block = made;
  return 0;
}
TARN_EXPORT void* valloc(std::size_t size) { return Heap::AllocateAligned(kPageBytes, size); }
TARN_EXPORT void* pvalloc(std::size_t size) {
  return Heap::AllocateAligned(kPageBytes, (size + kPageBytes - 1) & ~std::size_t{kPageBytes - 1});
}
TARN_EXPORT std::size_t malloc_usable_size(void* block) { return Heap::UsableBytes(block); }
TARN_EXPORT int malloc_trim(std::size_t) { return 0; }

TARN_EXPORT void* mmap(void* address, std::size_t size, int protection, int flags, int descriptor, off_t offset) {
  return Maps::Map(address, size, protection, flags, descriptor, offset);
}
TARN_EXPORT void* mmap64(void* address, std::size_t size, int protection, int flags, int descriptor, off_t offset) {
  return Maps::Map(address, size, protection, flags, descriptor, offset);
}
TARN_EXPORT int munmap(void* address, std::size_t size) { return Maps::Unmap(address, size); }
TARN_EXPORT void* mremap(void* address, std::size_t old_size, std::size_t new_size, int flags, ...) {
  va_list more;
  va_start(more, flags);
  void* const wanted = (flags & MREMAP_FIXED) != 0 ? va_arg(more, void*) : nullptr;
  va_end(more);
  return Maps::Remap(address, old_size, new_size, flags, wanted);
}
TARN_EXPORT int madvise(void* address, std::size_t size, int advice) { return Maps::Advise(address, size, advice); }
TARN_EXPORT int mprotect(void* address, std::size_t size, int protection) {
  return Maps::Protect(address, size, protection);
}
TARN_EXPORT int pkey_mprotect(void* address, std::size_t size, int protection, int key) {
  if (key == -1 || !Maps::IsFar(address, size)) return Maps::Protect(address, size, protection, key);
  errno = EINVAL;  // the pager could not look at it
  return -1;
}

// To hold memory fast is what far memory is not for: refused as where the limit on it is reached.
TARN_EXPORT int mlock2(const void* address, std::size_t size, unsigned flags) {
  if (!Maps::IsFar(address, size)) return static_cast<int>(::syscall(SYS_mlock2, address, size, flags));
  errno = ENOMEM;
  return -1;
}
TARN_EXPORT int mlock(const void* address, std::size_t size) { return mlock2(address, size, 0); }
TARN_EXPORT int mlockall(int flags) {
  if (!Runtime::paging()) return static_cast<int>(::syscall(SYS_mlockall, flags));
  errno = ENOMEM;
  return -1;
}

TARN_EXPORT pid_t fork() {
  if (Runtime::paging() && !ProcessCopy::possible()) {
    Say("a program in far memory cannot fork without CAP_SYS_PTRACE; it can start others (posix_spawn)");
    errno = ENOSYS;
    return -1;
  }
  const pid_t copy = Next<pid_t()>("fork")();
  if (copy <= 0 || !ProcessCopy::failed()) return copy;
  ::waitpid(copy, nullptr, 0);
  errno = EAGAIN;
  return -1;
}
// Ours come before all others, so that what they do before a copy is done when ours begins, and its memory is there
// when they go on.
// NOLINTNEXTLINE(bugprone-reserved-identifier): what pthread_atfork calls, by the C library's name
TARN_EXPORT int __register_atfork(void (*before)(), void (*original)(), void (*copy)(), void* object) {
  ProcessCopy::Watch();
  return Next<int(void (*)(), void (*)(), void (*)(), void*)>("__register_atfork")(before, original, copy, object);
}

// Programs that close every descriptor leave ours alone: without them the kernel would give zeros for missing pages.
TARN_EXPORT int close(int descriptor) {
  if (!Runtime::IsOwnDescriptor(descriptor)) return static_cast<int>(::syscall(SYS_close, descriptor));
  errno = EBADF;
  return -1;
}
TARN_EXPORT int dup3(int from, int to, int flags) {
  if (!Runtime::IsOwnDescriptor(to)) return static_cast<int>(::syscall(SYS_dup3, from, to, flags));
  errno = EBADF;
  return -1;
}
TARN_EXPORT int dup2(int from, int to) {
  if (!Runtime::IsOwnDescriptor(to)) return static_cast<int>(::syscall(SYS_dup2, from, to));
  errno = EBADF;
  return -1;
}
TARN_EXPORT int close_range(unsigned first, unsigned last, int flags) {
  for (unsigned begin = first; begin <= last;) {
    unsigned end = begin;
    const bool own = Runtime::NextOwnDescriptor(begin, last, end);
    if (!own) return static_cast<int>(::syscall(SYS_close_range, begin, last, flags));
    if (end > begin && ::syscall(SYS_close_range, begin, end - 1, flags) != 0) return -1;
    begin = end + 1;
  }
  return 0;
}
TARN_EXPORT void closefrom(int first) {
  close_range(static_cast<unsigned>(std::max(first, 0)), std::numeric_limits<unsigned>::max(), 0);
}

#define TARN_EXPORT_OPEN(name)                                    \
  TARN_EXPORT int name(const char* path, int flags, ...) {        \
    std::va_list mode;                                            \
    va_start(mode, flags);                                        \
    const int descriptor = OpenFile(AT_FDCWD, path, flags, mode); \
    va_end(mode);                                                 \
    return descriptor;                                            \
  }
#define TARN_EXPORT_OPENAT(name)                                       \
  TARN_EXPORT int name(int folder, const char* path, int flags, ...) { \
    std::va_list mode;                                                 \
    va_start(mode, flags);                                             \
    const int descriptor = OpenFile(folder, path, flags, mode);        \
    va_end(mode);                                                      \
    return descriptor;                                                 \
  }
TARN_EXPORT_OPEN(open)
TARN_EXPORT_OPEN(open64)
TARN_EXPORT_OPEN(__open_2)    // NOLINT(bugprone-reserved-identifier): what open is in programs built with checks
TARN_EXPORT_OPEN(__open64_2)  // NOLINT(bugprone-reserved-identifier): what open64 is in these
TARN_EXPORT_OPENAT(openat)
TARN_EXPORT_OPENAT(openat64)
TARN_EXPORT_OPENAT(__openat_2)    // NOLINT(bugprone-reserved-identifier): what openat is in these
TARN_EXPORT_OPENAT(__openat64_2)  // NOLINT(bugprone-reserved-identifier): what openat64 is in these

#define TARN_EXPORT_FCNTL(name)                                                                                 \
  TARN_EXPORT int name(int descriptor, int command, ...) {                                                      \
    std::va_list more;                                                                                          \
    va_start(more, command);                                                                                    \
    const long argument = va_arg(more, long);                                                                   \
    va_end(more);                                                                                               \
    if (command == F_SETFL) {                                                                                   \
      return static_cast<int>(::syscall(SYS_fcntl, descriptor, command, Buffered(static_cast<int>(argument)))); \
    }                                                                                                           \
    return Next<int(int, int, ...)>(#name)(descriptor, command, argument);                                      \
  }
TARN_EXPORT_FCNTL(fcntl)
TARN_EXPORT_FCNTL(fcntl64)
// NOLINTEND(readability-identifier-naming): the end of the C library's names
