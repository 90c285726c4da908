// The library's own descriptors.
#pragma once

namespace tarn::pager::preload {

// Out of the way of what programs open and close by number.
int MoveUp(int descriptor);
// The system call; -1 is none. (The C library's `close` is the program's, and leaves ours open.)
void RawClose(int descriptor);

void SendDescriptor(int socket, int descriptor);
// Waits. -1: the other end is gone.
int ReceiveDescriptor(int socket);

}  // namespace tarn::pager::preload
