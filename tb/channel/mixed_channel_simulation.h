// A channel of two modules, each of which may have slow cells.
#pragma once

#include "Vrtl_channel_mixed.h"
#include "tb/channel/basic_channel_simulation.h"

namespace tarn::channel {

extern template class BasicChannelSimulation<Vrtl_channel_mixed>;
using MixedChannelSimulation = BasicChannelSimulation<Vrtl_channel_mixed>;

}  // namespace tarn::channel
