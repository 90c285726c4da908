#include "tb/channel/channel_simulation.h"

namespace tarn::channel {

template class BasicChannelSimulation<Vrtl_channel>;

}  // namespace tarn::channel
