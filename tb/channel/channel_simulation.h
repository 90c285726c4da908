// A channel with one module of any preset, without slow cells; with one, two and four command slots a cycle.
#pragma once

#include "Vrtl_channel.h"
#include "Vrtl_channel_four.h"
#include "Vrtl_channel_narrow.h"
#include "Vrtl_channel_two.h"
#include "tb/channel/basic_channel_simulation.h"

namespace tarn::channel {

extern template class BasicChannelSimulation<Vrtl_channel>;
extern template class BasicChannelSimulation<Vrtl_channel_two>;
extern template class BasicChannelSimulation<Vrtl_channel_four>;
extern template class BasicChannelSimulation<Vrtl_channel_narrow>;
using ChannelSimulation = BasicChannelSimulation<Vrtl_channel>;
using TwoSlotSimulation = BasicChannelSimulation<Vrtl_channel_two>;
using FourSlotSimulation = BasicChannelSimulation<Vrtl_channel_four>;
// Of modules without check bits, of any width.
using NarrowSimulation = BasicChannelSimulation<Vrtl_channel_narrow>;

}  // namespace tarn::channel
