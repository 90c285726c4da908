#include "tb/channel/mixed_channel_simulation.h"

namespace tarn::channel {

template class BasicChannelSimulation<Vrtl_channel_mixed>;
template class BasicChannelSimulation<Vrtl_channel_mixed_four>;
template class BasicChannelSimulation<Vrtl_channel_eight>;

}  // namespace tarn::channel
