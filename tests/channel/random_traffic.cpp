#include "tests/channel/random_traffic.h"

namespace tarn::channel {

template class BasicRandomTraffic<ChannelSimulation>;

}  // namespace tarn::channel
