// Counts which kinds of burst a run has seen: direction x burst x size x alignment x ID order x fault, each cell.
// The cells that are not reached are listed in a file, by pattern, each with its reason; the test compares.
#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace tarn::tb {

enum class IdOrder { kAlone, kBehind, kOvertakes };  // behind: another of its ID; overtakes: an older one of another
enum class BurstFault { kNone, kIllegal, kSlverr, kDecerr, kPart };  // part: of its lines some failed

class AxiCoverage {
  static constexpr std::size_t kDimensions = 6;
  using Names = std::array<std::string, kDimensions>;

 public:
  struct Cell {
    bool is_write;
    unsigned burst;
    unsigned size;
    bool is_unaligned;
    IdOrder order;
    BurstFault fault;
  };

  void Count(const Cell& cell) {
    ++counts_[cell.is_write][cell.burst][cell.size][cell.is_unaligned][static_cast<int>(cell.order)]
             [static_cast<int>(cell.fault)];
  }

  // What differs from the file: cells neither reached nor listed, and patterns that are listed but reached, or match
  // nothing. Empty when all is as listed.
  std::string CompareWith(const std::string& file_name) const {
    std::ifstream file(file_name);
    if (!file) return file_name + ": cannot be read";
    std::vector<Pattern> patterns = Read(file);
    std::ostringstream differences;
    ForEach([&](const Names& names, std::uint64_t count) {
      bool is_listed = false;
      for (Pattern& pattern : patterns) {
        if (!pattern.Matches(names)) continue;
        is_listed = true;
        ++pattern.matched;
        if (count != 0) differences << "listed as unreachable, but reached:" << Join(names) << "\n";
      }
      if (count == 0 && !is_listed) differences << "not reached, and not listed:" << Join(names) << "\n";
    });
    for (const Pattern& pattern : patterns) {
      if (pattern.matched == 0) differences << "matches no cell:" << Join(pattern.words) << "\n";
      if (!pattern.has_reason) differences << "has no reason:" << Join(pattern.words) << "\n";
    }
    return differences.str();
  }

  // "1234 of 2000 cells reached"
  std::string Summary() const {
    std::uint64_t reached = 0;
    std::uint64_t all = 0;
    ForEach([&](const Names&, std::uint64_t count) {
      reached += count != 0 ? 1 : 0;
      ++all;
    });
    return std::to_string(reached) + " of " + std::to_string(all) + " cells reached";
  }

 private:
  static constexpr std::array kDirections = {"read", "write"};
  static constexpr std::array kBursts = {"fixed", "incr", "wrap", "reserved"};
  static constexpr std::array kAlignments = {"aligned", "unaligned"};
  static constexpr std::array kOrders = {"alone", "behind", "overtakes"};
  static constexpr std::array kFaults = {"none", "illegal", "slverr", "decerr", "part"};

  // A word a dimension; `*` stands for any, `a|b` for either. After `#`, the reason.
  struct Pattern {
    Names words;
    bool has_reason = false;
    std::uint64_t matched = 0;

    bool Matches(const Names& names) const {
      for (std::size_t i = 0; i < kDimensions; ++i) {
        if (words[i] != "*" && ("|" + words[i] + "|").find("|" + names[i] + "|") == std::string::npos) return false;
      }
      return true;
    }
  };

  static std::vector<Pattern> Read(std::ifstream& file) {
    std::vector<Pattern> patterns;
    for (std::string line; std::getline(file, line);) {
      if (line.empty() || line[0] == '#') continue;
      std::istringstream words(line);
      Pattern pattern;
      for (std::string& word : pattern.words) words >> word;
      std::string mark, reason;
      words >> mark >> reason;
      pattern.has_reason = mark == "#" && !reason.empty();
      patterns.push_back(pattern);
    }
    return patterns;
  }

  static std::string Join(const Names& words) {
    std::string text;
    for (const std::string& word : words) text += " " + word;
    return text;
  }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (std::size_t direction = 0; direction < kDirections.size(); ++direction) {
      for (std::size_t burst = 0; burst < kBursts.size(); ++burst) {
        for (std::size_t size = 0; size < 8; ++size) {
          for (std::size_t alignment = 0; alignment < kAlignments.size(); ++alignment) {
            for (std::size_t order = 0; order < kOrders.size(); ++order) {
              for (std::size_t fault = 0; fault < kFaults.size(); ++fault) {
                visit(Names{kDirections[direction], kBursts[burst], std::to_string(1 << size), kAlignments[alignment],
                            kOrders[order], kFaults[fault]},
                      counts_[direction][burst][size][alignment][order][fault]);
              }
            }
          }
        }
      }
    }
  }

  std::uint64_t counts_[2][4][8][2][3][5] = {};
};

}  // namespace tarn::tb
