#include "sw/wave/signal_name.h"

#include <fnmatch.h>

#include <algorithm>

namespace tarn::wave {

std::string WithoutRange(const std::string& name) {
  std::string whole;
  std::copy_if(name.begin(), name.end(), std::back_inserter(whole), [](char c) { return c != ' '; });
  const std::size_t open = whole.rfind('[');
  const bool range =
      whole.ends_with(']') && open != std::string::npos && open > 0 && whole.find(':', open) != std::string::npos;
  return range ? whole.substr(0, open) : whole;
}

std::string BaseName(const std::string& path) { return path.substr(path.rfind('.') + 1); }

std::string ScopeOf(const std::string& path) { return path.substr(0, path.rfind('.') + 1); }

bool MatchesAny(const std::vector<std::string>& patterns, const std::string& path) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return pattern == path || ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0;
  });
}

}  // namespace tarn::wave
