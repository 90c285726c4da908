#include "sw/tarn/data_folder.h"

#include <algorithm>
#include <filesystem>

namespace tarn::tool {

Result<std::vector<std::string>> BundledTraces() {
  const std::filesystem::path folder(TARN_DATA_FOLDER);
  std::error_code error;
  std::vector<std::string> traces;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".tarntrace") traces.push_back(entry.path().string());
  }
  if (traces.empty()) {
    return Status::Error("no bundled traces in " + folder.string() + "; name a trace, or run from a whole clone");
  }
  std::ranges::sort(traces);
  return traces;
}

}  // namespace tarn::tool
