#include "tests/policy/traces.h"

#include <algorithm>

namespace tarn::policy {

namespace {

constexpr std::uint32_t kAdversaryAccesses = 400'000;
constexpr std::uint32_t kPhaseAccesses = 40'000;

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : state_(seed) {}

  // In [0, bound), from the upper 32 bits.
  std::uint32_t Below(std::uint32_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>((state_ >> 32) * bound >> 32);
  }

 private:
  std::uint64_t state_;
};

class AdversaryMaker {
 public:
  AdversaryMaker(Adversary adversary, std::uint32_t frames)
      : adversary_(adversary),
        frames_(frames),
        loop_pages_(std::min(frames + frames / 10 + 1, kReferencePages)),
        random_(static_cast<std::uint64_t>(adversary) + 1) {}

  PageId Next(std::uint32_t index) {
    switch (adversary_) {
      case Adversary::kScan:
        return HotSetAndScan();
      case Adversary::kLoop:
        return Loop(index);
      case Adversary::kAllHot:
        return random_.Below(kReferencePages);
      case Adversary::kPhases:
        break;
    }
    switch (index / kPhaseAccesses % 3) {
      case 0:
        return Loop(index);
      case 1:
        return DriftingSet();
      default:
        return HotSetAndScan();
    }
  }

 private:
  PageId HotSetAndScan() {
    if (random_.Below(2) != 0) return random_.Below(std::max(1u, frames_ / 2));
    const PageId page = scan_;
    scan_ = (scan_ + 1) % kReferencePages;
    return page;
  }

  PageId Loop(std::uint32_t index) {
    const std::uint32_t places = (kReferencePages + loop_pages_ - 1) / loop_pages_;
    const auto place = static_cast<std::uint32_t>(std::uint64_t{index} * places / kAdversaryAccesses);
    const PageId base = std::min(place * loop_pages_, kReferencePages - loop_pages_);
    return base + scan_++ % loop_pages_;
  }

  // Recent pages more often than older ones, back to a quarter more than the memory.
  PageId DriftingSet() {
    const std::uint64_t u = random_.Below(1 << 16);
    const auto distance = static_cast<std::uint32_t>((u * u >> 16) * (frames_ + frames_ / 4) >> 16);
    if (random_.Below(8) == 0) head_ = (head_ + 1) % kReferencePages;
    return (head_ + kReferencePages - distance % kReferencePages) % kReferencePages;
  }

  Adversary adversary_;
  std::uint32_t frames_;
  std::uint32_t loop_pages_;
  Generator random_;
  std::uint32_t scan_ = 0;
  std::uint32_t head_ = 0;
};

}  // namespace

std::vector<ReferenceAccess> ReferenceTrace(std::uint64_t seed) {
  constexpr std::uint32_t kReferences = 1'000'000;
  constexpr std::uint32_t kPhases = 8;
  constexpr std::uint32_t kHotPages = 600;
  constexpr std::uint32_t kLoopPages = 450;
  Generator random(seed);
  std::vector<ReferenceAccess> accesses;
  std::uint32_t loop = 0;
  std::uint32_t scan = 0;
  while (accesses.size() < kReferences) {
    const auto phase = static_cast<std::uint32_t>(accesses.size() * kPhases / kReferences);
    const std::uint32_t kind = random.Below(100);
    PageId page = 0;
    if (kind < 70) {
      const std::uint64_t u = random.Below(1 << 16);
      // The cube times kHotPages passes 2^57: exact in 64 bits.
      page = (phase * 389 + static_cast<std::uint32_t>(u * u * u * kHotPages >> 48)) % kReferencePages;
    } else if (kind < 90) {
      page = (kReferencePages / 2 + phase * 211 + loop) % kReferencePages;
      loop = (loop + 1) % kLoopPages;
    } else {
      page = scan;
      scan = (scan + 1) % kReferencePages;
    }
    for (std::uint32_t times = 1 + random.Below(8); times > 0; --times) {
      accesses.push_back({.page = page, .write = random.Below(100) < 30});
    }
  }
  accesses.resize(kReferences);
  return accesses;
}

std::string ReferenceText(const std::vector<ReferenceAccess>& accesses) {
  std::string text;
  for (const ReferenceAccess& access : accesses) {
    text += (access.write ? "W " : "R ") + std::to_string(access.page) + "\n";
  }
  return text;
}

std::vector<PageId> PagesOf(const std::vector<ReferenceAccess>& accesses) {
  std::vector<PageId> pages;
  pages.reserve(accesses.size());
  for (const ReferenceAccess& access : accesses) pages.push_back(access.page);
  return pages;
}

std::vector<PageId> AdversaryTrace(Adversary adversary, std::uint32_t frames) {
  AdversaryMaker maker(adversary, frames);
  std::vector<PageId> pages;
  pages.reserve(kAdversaryAccesses);
  for (std::uint32_t index = 0; index < kAdversaryAccesses; ++index)
    pages.push_back(maker.Next(index) % kReferencePages);
  return pages;
}

}  // namespace tarn::policy
