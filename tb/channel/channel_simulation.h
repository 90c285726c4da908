// A channel with one module of any preset, without slow cells.
#pragma once

#include "Vrtl_channel.h"
#include "tb/channel/basic_channel_simulation.h"

namespace tarn::channel {

extern template class BasicChannelSimulation<Vrtl_channel>;
using ChannelSimulation = BasicChannelSimulation<Vrtl_channel>;

}  // namespace tarn::channel
