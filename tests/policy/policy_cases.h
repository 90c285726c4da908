// The cases that the hardware's policy is measured on: every bundled trace, the reference trace and four adversaries,
// at 5, 10, 25 and 50% of the footprint, in segments of 4 KiB.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "models/common/result.h"
#include "models/policy/page_cache.h"

namespace tarn::policy {

struct PolicyCase {
  std::string trace;
  std::uint32_t percent = 0;
  std::uint32_t frames = 0;
  std::span<const PageId> accesses;
  PageId pages = 0;  // all accesses are to pages below
};

// data_folder: of the bundled traces. An error says which of them cannot be read.
Status ForEachPolicyCase(const std::string& data_folder, const std::function<void(const PolicyCase&)>& visit);

// The fewest misses of the policies that IsPeer names.
std::uint64_t BestPeerMisses(std::span<const PageId> accesses, std::uint32_t frames, PageId pages);

}  // namespace tarn::policy
