// A channel with one module of any preset, without slow cells, with one, two and four command slots a cycle; and a
// small one.
#pragma once

#include "Vrtl_channel.h"
#include "Vrtl_channel_board.h"
#include "Vrtl_channel_four.h"
#include "Vrtl_channel_narrow.h"
#include "Vrtl_channel_small.h"
#include "Vrtl_channel_two.h"
#include "tb/channel/basic_channel_simulation.h"

namespace tarn::channel {

template <>
inline constexpr bool kOneModuleHasSlowCells<Vrtl_channel_small> = true;
template <>
inline constexpr bool kOneModuleHasSlowCells<Vrtl_channel_board> = true;
template <>
inline constexpr bool kHoldsAtPort<Vrtl_channel_small> = true;
template <>
inline constexpr bool kHoldsAtPort<Vrtl_channel_board> = true;

extern template class BasicChannelSimulation<Vrtl_channel>;
extern template class BasicChannelSimulation<Vrtl_channel_two>;
extern template class BasicChannelSimulation<Vrtl_channel_four>;
extern template class BasicChannelSimulation<Vrtl_channel_narrow>;
extern template class BasicChannelSimulation<Vrtl_channel_small>;
extern template class BasicChannelSimulation<Vrtl_channel_board>;
using ChannelSimulation = BasicChannelSimulation<Vrtl_channel>;
using TwoSlotSimulation = BasicChannelSimulation<Vrtl_channel_two>;
using FourSlotSimulation = BasicChannelSimulation<Vrtl_channel_four>;
// Of modules without check bits, of any width.
using NarrowSimulation = BasicChannelSimulation<Vrtl_channel_narrow>;
// As small boards have it: few places, what is read-only, slow cells.
using SmallSimulation = BasicChannelSimulation<Vrtl_channel_small>;
// The same with half the places.
using BoardSimulation = BasicChannelSimulation<Vrtl_channel_board>;
// The first row of slow cells in its module.
inline constexpr std::uint32_t kSmallSlowRow = 1024;

}  // namespace tarn::channel
