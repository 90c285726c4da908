// fork in far memory. The copy begins with the pages that are resident, which the kernel shares until one of the two
// writes to them, with the books of the pager as they are, and with the same pages of the store, which neither writes
// to from then on. The pager's thread keeps no books while this happens: it serves who forks, and then the copy, until
// that has a pager's thread of its own; everybody else who touches a missing page waits.
#pragma once

namespace tarn::pager::preload {

class ProcessCopy {
 public:
  // Before anybody else's handlers of fork are registered.
  static void Watch();
  // Whether the kernel tells of copies.
  static bool possible();
  // What the calling thread's last fork made has no memory, and ends by itself.
  static bool failed();
  // For the pager's thread: serves until the copy does so itself, or there is none.
  static void Serve();
  // For the pager's thread of the copy.
  static void TakeOver(int handover);
};

}  // namespace tarn::pager::preload
