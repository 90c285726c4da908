// The option --translate: HOST, or HOST=HOW.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "models/common/result.h"
#include "sw/replay/addressing.h"

namespace tarn::tool {

// HOW in words, for --help and messages.
inline constexpr const char* kAddressingForm =
    "bare, or FIRST, SECOND or FIRST+SECOND, each a mode (auto, sv39, sv48, sv57; sv39x4, sv48x4, sv57x4) and perhaps "
    ":4KiB, :64KiB, :2MiB or :1GiB";

// "3=sv39:2MiB" is host 3 and a first stage; "3" alone is "3=auto". Hosts: below `hosts_max`.
Result<std::pair<std::uint32_t, replay::Addressing>> ParseAddressing(const std::string& word, std::uint32_t hosts_max);

}  // namespace tarn::tool
