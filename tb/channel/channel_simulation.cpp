#include "tb/channel/channel_simulation.h"

namespace tarn::channel {

template class BasicChannelSimulation<Vrtl_channel>;
template class BasicChannelSimulation<Vrtl_channel_two>;
template class BasicChannelSimulation<Vrtl_channel_four>;
template class BasicChannelSimulation<Vrtl_channel_narrow>;
template class BasicChannelSimulation<Vrtl_channel_small>;
template class BasicChannelSimulation<Vrtl_channel_board>;

}  // namespace tarn::channel
