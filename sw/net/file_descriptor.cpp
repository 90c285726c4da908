#include "sw/net/file_descriptor.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tarn::net {

void FileDescriptor::Close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

std::string SystemError(const std::string& what) { return what + ": " + std::strerror(errno); }

}  // namespace tarn::net
