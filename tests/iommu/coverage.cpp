#include "tests/iommu/coverage.h"

#include <array>
#include <fstream>
#include <sstream>
#include <utility>

namespace tarn::tests {

using tb::Scheme;

namespace {

// Table "Fault record CAUSE field encodings" (section 4.2), but for what no device's request causes: 4 and 6 (lines and
// atomics are aligned), 272 (a broken data path), 273 (the unit's own messages).
constexpr std::uint32_t kCauses[] = {0,   1,   5,   7,   12,  13,  15,  20,  21,  23,  256, 257, 258, 259,
                                     260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 270, 271, 274};

std::string SizeName(unsigned shift) {
  if (shift >= 63) return "none";
  static constexpr const char* kUnits[] = {"", "Ki", "Mi", "Gi", "Ti"};
  return std::to_string(1U << shift % 10) + kUnits[shift / 10];
}

struct Pattern {
  std::string line;
  std::array<std::string, 4> fields;

  bool Matches(const Bin& bin) const {
    const std::array<std::string, 4> names = {Name(bin.first), std::string(Name(bin.second)), SizeName(bin.shift),
                                              std::to_string(bin.cause)};
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (fields[i] != "*" && ("," + fields[i] + ",").find("," + names[i] + ",") == std::string::npos) return false;
    }
    return true;
  }
};

std::vector<Pattern> ReadPatterns(const std::string& file) {
  std::ifstream in(file);
  std::vector<Pattern> patterns;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    Pattern pattern{.line = line};
    std::istringstream words(line.substr(0, line.find(':')));
    for (std::string& field : pattern.fields) words >> field;
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

// Causes of features that are absent do not exist.
bool IsPresent(std::uint32_t cause, std::uint64_t capabilities) {
  const bool processes = (capabilities & (tb::kCapPd8 | tb::kCapPd17 | tb::kCapPd20)) != 0;
  if (cause == 265 || cause == 266 || cause == 267 || cause == 269) return processes;
  if (cause == 264 || cause == 271) return (capabilities & tb::kCapMsiMrif) != 0;
  if ((cause >= 261 && cause <= 263) || cause == 270) return (capabilities & tb::kCapMsiFlat) != 0;
  return true;
}

std::vector<std::pair<Scheme, Scheme>> Pairs(std::uint64_t capabilities) {
  const auto has = [&](Scheme scheme, bool second) {
    static constexpr std::uint64_t kFirst[] = {0, tb::kCapSv32, tb::kCapSv39, tb::kCapSv48, tb::kCapSv57};
    static constexpr std::uint64_t kSecond[] = {0, tb::kCapSv32x4, tb::kCapSv39x4, tb::kCapSv48x4, tb::kCapSv57x4};
    const std::uint64_t capability = (second ? kSecond : kFirst)[static_cast<int>(scheme)];
    return scheme == Scheme::kBare || (capabilities & capability) != 0;
  };
  constexpr Scheme kAll[] = {Scheme::kBare, Scheme::kSv32, Scheme::kSv39, Scheme::kSv48, Scheme::kSv57};
  std::vector<std::pair<Scheme, Scheme>> pairs;
  for (const Scheme first : kAll) {
    for (const Scheme second : kAll) {
      // fctl.GXL = 1 is Sv32x4, and makes SXL 1 (section 3.1.3).
      const bool together = second != Scheme::kSv32 || first == Scheme::kBare || first == Scheme::kSv32;
      if (together && has(first, false) && has(second, true)) pairs.emplace_back(first, second);
    }
  }
  return pairs;
}

}  // namespace

std::string Name(const Bin& bin) {
  return std::string(tb::Name(bin.first)) + " " + tb::Name(bin.second) + " " + SizeName(bin.shift) + " " +
         std::to_string(bin.cause);
}

std::vector<Bin> Coverage::Bins(std::uint64_t capabilities) {
  std::vector<Bin> bins;
  for (const auto& [first, second] : Pairs(capabilities)) {
    std::vector<unsigned> shifts;
    for (const unsigned shift : {12U, 16U, 21U, 22U, 30U, 39U, 48U, 63U}) {
      const auto in = [&](Scheme scheme) {
        for (const unsigned leaf : tb::LeafShifts(scheme)) {
          if (leaf == shift) return true;
        }
        return scheme == Scheme::kBare && shift == 63;
      };
      const auto largest = [](Scheme scheme) { return scheme == Scheme::kBare ? 63U : tb::LeafShifts(scheme).back(); };
      const bool smaller_of_both = (in(first) && shift <= largest(second)) || (in(second) && shift <= largest(first));
      if (smaller_of_both) shifts.push_back(shift);
    }
    for (const unsigned shift : shifts) {
      for (const std::uint32_t cause : kCauses) {
        if (IsPresent(cause, capabilities)) bins.push_back({first, second, shift, cause});
      }
    }
  }
  return bins;
}

std::string Coverage::Differences(std::uint64_t capabilities, const std::string& unreached_file) const {
  const std::vector<Pattern> patterns = ReadPatterns(unreached_file);
  std::string text = patterns.empty() ? "no list of unreached bins in " + unreached_file + "\n" : "";
  for (const Bin& bin : Bins(capabilities)) {
    const Pattern* match = nullptr;
    for (const Pattern& pattern : patterns) {
      if (pattern.Matches(bin)) match = &pattern;
    }
    if (count(bin) == 0 && match == nullptr) text += "not reached: " + Name(bin) + "\n";
    if (count(bin) != 0 && match != nullptr) text += "reached: " + Name(bin) + ", against: " + match->line + "\n";
  }
  return text;
}

}  // namespace tarn::tests
