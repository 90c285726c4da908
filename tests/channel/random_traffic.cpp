#include "tests/channel/random_traffic.h"

namespace tarn::channel {

template class BasicRandomTraffic<ChannelSimulation>;
template class BasicRandomTraffic<TwoSlotSimulation>;
template class BasicRandomTraffic<FourSlotSimulation>;
template class BasicRandomTraffic<NarrowSimulation>;
template class BasicRandomTraffic<SmallSimulation>;
template class BasicRandomTraffic<BoardSimulation>;

}  // namespace tarn::channel
