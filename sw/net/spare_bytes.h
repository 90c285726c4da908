// Buffers for payloads, used again: each payload wants some KiB for a while, and the system's allocator is slow with
// blocks of that size of which many live at once. One store of spare ones per thread, with a bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tarn::net {

using Bytes = std::vector<std::uint8_t>;

// A buffer of this size, with anything in it: to be written before it is read.
Bytes TakeSpare(std::size_t bytes);
// For the next one who wants some. What does not come from TakeSpare is freed, and so is what is too much.
void GiveSpare(Bytes bytes);
// Given back when nobody holds it any more, by whoever was the last.
std::shared_ptr<const Bytes> ShareSpare(Bytes bytes);

}  // namespace tarn::net
