// Where the sockets of `tarn far` are, and whom `tarn top` asks.
#pragma once

#include <string>
#include <vector>

namespace tarn::tool {

// Of this user alone; may not exist yet.
std::string FarFolder();
// Sockets that tell how runs go, the newest run first.
std::vector<std::string> FarWatchSockets();

}  // namespace tarn::tool
