#include "sw/pager/shared_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace tarn::pager {

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Result<SharedMemory> SharedMemory::Make(const char* name, std::size_t size_bytes) {
  SharedMemory memory;
  memory.descriptor_ = Descriptor(::memfd_create(name, MFD_CLOEXEC));
  if (!memory.descriptor_.open() || ::ftruncate(memory.descriptor(), static_cast<off_t>(size_bytes)) != 0) {
    return Status::Error(std::string("no shared memory: ") + std::strerror(errno));
  }
  void* const data = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.descriptor(), 0);
  if (data == MAP_FAILED) return Status::Error(std::string("no shared memory: ") + std::strerror(errno));
  memory.data_ = data;
  memory.size_bytes_ = size_bytes;
  return memory;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_bytes_);
}

}  // namespace tarn::pager
