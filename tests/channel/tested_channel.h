// The channel that a test program is about. The same tests are built for one, two and four DRAM clocks a cycle.
#pragma once

#include "tb/channel/channel_simulation.h"

#ifndef TARN_CLOCKS_PER_CYCLE  // set by CMake where it is not 1
#define TARN_CLOCKS_PER_CYCLE 1
#endif

namespace tarn::channel {

template <unsigned kClocks>
struct ChannelWith;
template <>
struct ChannelWith<1> {
  using Type = ChannelSimulation;
};
template <>
struct ChannelWith<2> {
  using Type = TwoSlotSimulation;
};
template <>
struct ChannelWith<4> {
  using Type = FourSlotSimulation;
};
using TestedChannel = ChannelWith<TARN_CLOCKS_PER_CYCLE>::Type;

}  // namespace tarn::channel
