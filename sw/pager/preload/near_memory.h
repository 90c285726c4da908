// Memory of the preloaded library's own, which is never paged: its objects (operator new of this library), and plain
// maps. The program's malloc is far memory, and what pages it must not wait for itself.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace tarn::pager::preload {

// System calls themselves: the C library's functions of these names are the program's, replaced by this library.
// Errors: as the kernel's, a negative errno as pointer or number.
void* RawMap(void* address, std::size_t size_bytes, int protection, int flags, int descriptor = -1, off_t offset = 0);
int RawUnmap(void* address, std::size_t size_bytes);
int RawAdvise(void* address, std::size_t size_bytes, int advice);
bool IsRawError(const void* address);

void* NearAllocate(std::size_t size_bytes, std::size_t alignment);
void NearFree(void* object);

}  // namespace tarn::pager::preload
