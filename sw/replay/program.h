// One recorded program on a host: the part of its trace that is replayed, and where its memory lies in the
// host's window.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/common/result.h"
#include "models/common/units.h"
#include "sw/trace/reader.h"

namespace tarn::replay {

// One access of a program, placed.
struct PlacedAccess {
  std::uint64_t program_addr = 0;   // bytes, the program's virtual address of the line
  std::uint64_t window_offset = 0;  // bytes, from the start of the host's window
  bool write = false;
};

class Program {
 public:
  // Reads the trace once, at most `lines_max` accesses, for what they touch. Memory is constant per segment.
  static Result<Program> Scan(const std::string& path, std::uint64_t lines_max, std::uint64_t segment_bytes);

  const std::string& path() const { return path_; }
  std::string name() const;                       // the file's name without folder and ending
  std::uint64_t lines() const { return lines_; }  // that will be replayed
  std::uint64_t lines_in_trace() const { return lines_in_trace_; }
  std::uint64_t segments() const { return segments_.size(); }
  std::uint64_t pages() const { return pages_; }  // distinct 4 KiB pages touched

  std::uint64_t segment_bytes() const { return segment_bytes_; }
  // Of the program's address space, touched, ascending.
  const std::vector<std::uint64_t>& segment_numbers() const { return segments_; }
  // Whether anything of the `index`-th segment in [inside, inside + size_bytes) is touched. Both: multiples of 4096.
  bool Touches(std::size_t index, std::uint64_t inside, std::uint64_t size_bytes) const;

  // Where in the window each touched segment lies, in segments; ascending by the program's address.
  void Place(std::vector<std::uint64_t> places) { places_ = std::move(places); }
  const std::vector<std::uint64_t>& places() const { return places_; }

  // The pages touched, for setting up maps and page tables: calls visit(program_addr, window_offset) for each.
  // REQUIRES: Place.
  template <typename Visit>
  void VisitPages(Visit&& visit) const {
    for (std::size_t index = 0; index < segments_.size(); ++index) {
      for (std::uint64_t page = 0; page < segment_bytes_ / kPageBytes; ++page) {
        if (!touched_[index * (segment_bytes_ / kPageBytes) + page]) continue;
        const std::uint64_t inside = page * kPageBytes;
        visit(segments_[index] * segment_bytes_ + inside, places_[index] * segment_bytes_ + inside);
      }
    }
  }

  // Starts, or restarts, the replay.
  Status Rewind();
  // The next access; false after the last.
  Result<bool> Next(PlacedAccess& access);

 private:
  Program(std::string path, std::uint64_t segment_bytes) : path_(std::move(path)), segment_bytes_(segment_bytes) {}
  void Touch(std::uint64_t addr);
  void SortSegments();

  std::string path_;
  std::uint64_t segment_bytes_;
  std::uint64_t lines_ = 0;
  std::uint64_t lines_in_trace_ = 0;
  std::uint64_t pages_ = 0;
  std::vector<std::uint64_t> segments_;                     // segment number of the program's address, sorted
  std::vector<bool> touched_;                               // per page of segments_
  std::vector<std::uint64_t> places_;                       // of segments_, in the window
  std::unordered_map<std::uint64_t, std::uint32_t> index_;  // segment number -> index in segments_
  std::optional<trace::Reader> reader_;
  std::uint64_t replayed_ = 0;
  std::uint64_t last_segment_ = ~std::uint64_t{0};  // of Next and Touch, with its index: programs stay near
  std::uint32_t last_index_ = 0;
};

}  // namespace tarn::replay
