// Opening the kernel's userfaultfd, for the tool, which asks whether it can be had, and for the library, which uses it.
#pragma once

#include "models/common/result.h"

namespace tarn::pager {

struct UserFaultDescriptor {
  int descriptor = -1;
  bool reports_copies = false;  // of the process, each with a descriptor of its own: wants CAP_SYS_PTRACE
};

// A descriptor that reports missing pages and writes to protected ones. Errors: what the kernel lacks, or does not
// allow.
Result<UserFaultDescriptor> OpenUserFault();
// Whether OpenUserFault would work.
Status CheckUserFault();

}  // namespace tarn::pager
