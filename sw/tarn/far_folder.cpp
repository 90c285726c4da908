#include "sw/tarn/far_folder.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace tarn::tool {

std::string FarFolder() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  const bool usable = runtime != nullptr && runtime[0] == '/' && ::access(runtime, W_OK) == 0;
  return std::string(usable ? runtime : "/tmp") + "/tarn-far-" + std::to_string(::geteuid());
}

std::vector<std::string> FarWatchSockets() {
  std::error_code error;
  std::vector<std::filesystem::directory_entry> found;
  for (const auto& entry : std::filesystem::directory_iterator(FarFolder(), error)) {
    if (entry.path().extension() == ".watch") found.push_back(entry);
  }
  std::ranges::sort(found, [](const auto& one, const auto& other) {
    std::error_code ignored;
    return one.last_write_time(ignored) > other.last_write_time(ignored);
  });
  std::vector<std::string> paths;
  for (const auto& entry : found) paths.push_back(entry.path().string());
  return paths;
}

}  // namespace tarn::tool
