// The commands, in the order in which `tarn --help` lists them. Each is one file, <command>_command.cpp.
#include "sw/tarn/commands.h"

#include <array>

namespace tarn::tool {

namespace {
constexpr std::array kCommands = {
    Command{"run", "run the node on traces of real programs", RunCommand},
    Command{"record", "record the memory traffic of a program into a trace", RecordCommand},
    Command{"trace", "tell what is in a trace, or convert it", TraceCommand},
    Command{"channel", "replay a trace on the memory channel alone", ChannelCommand},
    Command{"policy", "count the misses of replacement policies on a trace", PolicyCommand},
    Command{"wave", "compare a waveform with a golden model's, or sum it up", WaveCommand},
    Command{"simulate", "run a replicated dataset with faults in simulated time, and check what its clients see",
            SimulateCommand},
    Command{"store", "serve volumes that several machines hold, over NBD", StoreCommand},
    Command{"board", "simulate a board at a pseudo-terminal", BoardCommand},
    Command{"far", "run a program with its memory in the node", FarCommand},
    Command{"top", "show how a run of far goes", TopCommand},
};
}  // namespace

std::span<const Command> Commands() { return kCommands; }

}  // namespace tarn::tool
