// How the library meets the service, and the user.
#pragma once

#include <cstdint>
#include <string>

#include "models/common/result.h"
#include "sw/pager/preload/remote_store.h"

namespace tarn::pager::preload {

// One line on standard error.
void Say(const std::string& message);
// And the process ends.
[[noreturn]] void End(const std::string& message);

// The service at a path. copy_of: the identity of this program, if the connection is for a copy of it, which sees the
// node's memory already; else 0.
Result<Connection> ConnectToService(const char* path, std::uint64_t copy_of);
// Lets go of one that nobody uses.
void Close(const Connection& connection);

}  // namespace tarn::pager::preload
