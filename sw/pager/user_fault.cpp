#include "sw/pager/user_fault.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#ifndef USERFAULTFD_IOC_NEW
// Debian 12's headers are older than this (Linux 6.1).
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif

#ifndef UFFD_FEATURE_EXACT_ADDRESS
#define UFFD_FEATURE_EXACT_ADDRESS (1 << 11)
#endif

namespace tarn::pager {

Result<UserFaultDescriptor> OpenUserFault() {
  int descriptor = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
  if (descriptor < 0 && errno == EPERM) {  // the other way to be allowed
    const int device = ::open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
    if (device >= 0) {
      descriptor = ::ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
      ::close(device);
    }
    if (descriptor < 0) errno = EPERM;
  }
  if (descriptor < 0) {
    return Status::Error(errno == EPERM ? "userfaultfd is not allowed: it wants root, CAP_SYS_PTRACE, or the sysctl "
                                          "vm.unprivileged_userfaultfd = 1"
                                        : std::string("this kernel has no userfaultfd: ") + std::strerror(errno));
  }
  constexpr std::uint64_t kNeeded = UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_THREAD_ID;
  constexpr std::uint64_t kCopies = UFFD_FEATURE_EVENT_FORK;
  constexpr std::uint64_t kAddress = UFFD_FEATURE_EXACT_ADDRESS;
  for (const std::uint64_t wished : {kAddress | kCopies, kAddress, kCopies, std::uint64_t{0}}) {
    uffdio_api api = {.api = UFFD_API, .features = kNeeded | wished, .ioctls = 0};
    if (::ioctl(descriptor, UFFDIO_API, &api) != 0) continue;
    return UserFaultDescriptor{.descriptor = descriptor, .reports_copies = (wished & kCopies) != 0};
  }
  ::close(descriptor);
  return Status::Error("this kernel's userfaultfd cannot report writes (Linux 5.7 can)");
}

Status CheckUserFault() {
  const Result<UserFaultDescriptor> opened = OpenUserFault();
  if (opened.ok()) ::close(opened->descriptor);
  return opened.status();
}

}  // namespace tarn::pager
