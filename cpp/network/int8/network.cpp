#include "network/int8/network.h"

namespace digitcli::network {

template class Engine<int8::Network>;

}  // namespace digitcli::network
