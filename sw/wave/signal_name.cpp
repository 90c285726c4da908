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

std::string PathWord(const std::string& name) {
  const std::string plain = name.starts_with('\\') ? name.substr(1) : name;
  return plain.find('.') == std::string::npos ? plain : "\\" + plain;
}

std::vector<std::string> PathWords(const std::string& path) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= path.size();) {
    const std::string joint = path[at] == '\\' ? " ." : ".";
    const std::size_t end = std::min(path.find(joint, at), path.size());
    words.push_back(path.substr(at, end - at));
    at = end + joint.size();
  }
  return words;
}

std::string Below(const std::string& scope) {
  if (scope.empty()) return "";
  return scope + (BaseName(scope).starts_with('\\') ? " ." : ".");
}

std::string BaseName(const std::string& path) { return PathWords(path).back(); }

std::string ScopeOf(const std::string& path) {
  std::string scope;
  std::vector<std::string> words = PathWords(path);
  words.pop_back();
  for (const std::string& word : words) scope = Below(scope).append(word);
  return scope;
}

bool MatchesAny(const std::vector<std::string>& patterns, const std::string& path) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return pattern == path || ::fnmatch(pattern.c_str(), path.c_str(), FNM_NOESCAPE) == 0;
  });
}

}  // namespace tarn::wave
