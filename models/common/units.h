// Sizes and the strong types of the address spaces (see docs/architecture.md): mixing two does not compile.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace tarn {

inline constexpr std::uint32_t kLineBytes = 64;
inline constexpr std::uint32_t kPageBytes = 4096;
inline constexpr std::uint32_t kLinesPerPage = kPageBytes / kLineBytes;

// An integer that belongs to one space. Arithmetic goes through value(), so that it is seen.
template <typename Tag, typename Representation = std::uint64_t>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(Representation value) : value_(value) {}
  constexpr Representation value() const { return value_; }
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  Representation value_ = 0;
};

using Iova = Strong<struct IovaTag>;                     // bytes, what a device sends
using GuestPhysAddr = Strong<struct GuestPhysAddrTag>;   // bytes, between two stages of translation
using HostPhysAddr = Strong<struct HostPhysAddrTag>;     // bytes, inside one host
using SlotAddr = Strong<struct SlotAddrTag>;             // bytes, in the channel's address space
using LogicalPage = Strong<struct LogicalPageTag>;       // bulk page number (LPN)
using HostId = Strong<struct HostIdTag, std::uint32_t>;  // which host port
using DeviceId = Strong<struct DeviceIdTag, std::uint32_t>;
using ProcessId = Strong<struct ProcessIdTag, std::uint32_t>;
using GuestId = Strong<struct GuestIdTag, std::uint32_t>;  // a guest's soft-context id (GSCID)

}  // namespace tarn

template <typename Tag, typename Representation>
struct std::hash<tarn::Strong<Tag, Representation>> {
  std::size_t operator()(tarn::Strong<Tag, Representation> value) const noexcept {
    return std::hash<Representation>{}(value.value());
  }
};
