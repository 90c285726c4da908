#include "tb/channel/mixed_channel_simulation.h"

namespace tarn::channel {

template class BasicChannelSimulation<Vrtl_channel_mixed>;

}  // namespace tarn::channel
