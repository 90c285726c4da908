// A channel of two modules, each of which may have slow cells.
#pragma once

#include "Vrtl_channel_eight.h"
#include "Vrtl_channel_mixed.h"
#include "Vrtl_channel_mixed_four.h"
#include "tb/channel/basic_channel_simulation.h"

namespace tarn::channel {

extern template class BasicChannelSimulation<Vrtl_channel_mixed>;
extern template class BasicChannelSimulation<Vrtl_channel_mixed_four>;
extern template class BasicChannelSimulation<Vrtl_channel_eight>;
using MixedChannelSimulation = BasicChannelSimulation<Vrtl_channel_mixed>;
using FourSlotMixedSimulation = BasicChannelSimulation<Vrtl_channel_mixed_four>;
using EightModulesSimulation = BasicChannelSimulation<Vrtl_channel_eight>;

}  // namespace tarn::channel
