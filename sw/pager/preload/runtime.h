// Far memory inside a program: connects to the service, registers memory with the kernel, and runs the pager in a
// thread of its own. The thread owns the pager; what other threads want of it they ask for, and wait.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tarn::pager::preload {

enum class Request : std::uint8_t {
  kFreeze,  // a range: the caller is about to change it
  kForget,  // and has done so: its content is gone
  kThaw,    // or is what it was
  kMove,    // a range's content went to another place; both ranges are frozen
  kCopy,    // the process is about to be copied
  kCopied,  // it is, or it could not be, and everything goes on
};

class Runtime {
 public:
  // Once, before the program's main. Ends the process with one line when far memory was asked for and cannot be had.
  static void Start();
  // Whether memory is paged.
  static bool paging();
  // Waits until it is done. Bytes, multiples of the page. REQUIRES: paging().
  static void Ask(Request request, std::uintptr_t begin, std::size_t size_bytes, std::uintptr_t to = 0);
  // Descriptors that the library needs for as long as the program lives.
  static bool IsOwnDescriptor(int descriptor);
  // The first of them from first to last. False: there is none.
  static bool NextOwnDescriptor(unsigned first, unsigned last, unsigned& found);
  // A range of the program's memory is paged from now on. False: the kernel does not take it.
  static bool Register(std::uintptr_t begin, std::size_t size_bytes);
};

}  // namespace tarn::pager::preload
