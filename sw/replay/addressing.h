// How the devices of a host reach its memory: untranslated, or through one or two stages of page tables.
#pragma once

#include <cstdint>
#include <optional>

#include "sw/drivers/paging_mode.h"

namespace tarn::replay {

struct StageChoice {
  std::optional<drivers::PagingMode> mode;  // nothing, of a first stage: the narrowest that reaches the addresses
  // Larger pages than 4 KiB are used where the window has room for what they cover (docs/main-job.md).
  std::uint64_t page_bytes_max = drivers::kPage4KiB;
};

struct Addressing {
  std::optional<StageChoice> first;   // of the programs' addresses; nothing: bare
  std::optional<StageChoice> second;  // of a guest's physical addresses; nothing: they are the host's

  bool translated() const { return first || second; }
};

}  // namespace tarn::replay
