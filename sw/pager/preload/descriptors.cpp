#include "sw/pager/preload/descriptors.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tarn::pager::preload {

namespace {

constexpr int kHighDescriptor = 1000;  // where programs do not look for theirs

// A message of one byte that carries a descriptor.
struct Carrier {
  Carrier() {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  char byte = 0;
  iovec part = {.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
};

}  // namespace

int MoveUp(int descriptor) {
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, kHighDescriptor);
  if (moved < 0) return descriptor;
  RawClose(descriptor);
  return moved;
}

void RawClose(int descriptor) {
  if (descriptor >= 0) ::syscall(SYS_close, descriptor);
}

void SendDescriptor(int socket, int descriptor) {
  Carrier carrier;
  cmsghdr* const header = CMSG_FIRSTHDR(&carrier.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ::sendmsg(socket, &carrier.message, MSG_NOSIGNAL);
}

int ReceiveDescriptor(int socket) {
  Carrier carrier;
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &carrier.message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  const cmsghdr* const header = CMSG_FIRSTHDR(&carrier.message);
  int descriptor = -1;
  if (got == 1 && header != nullptr) std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

}  // namespace tarn::pager::preload
