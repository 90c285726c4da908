// Address mappings as DRAMsim3 writes them: fields of two letters each, the highest first.
#pragma once

#include <string>

#include "models/channel/address_map.h"
#include "models/common/result.h"

namespace tarn::channel {

inline constexpr const char* kResetMapping = "rochrababgco";

// ro, ba, bg and co (row, bank, bank group, line of the row), each once; ch and ra (channel, rank) may stand anywhere,
// there is one of each. row_bits: the module's.
Result<AddressMap> ParseMapping(const std::string& text, const ModuleGeometry& geometry);

}  // namespace tarn::channel
