"""The slowest paths of an ECP5 netlist (Yosys' JSON, flattened) by counting cells, before anything is placed.

Each cell on a path counts with its delay, each net between two cells with the same wire delay; a carry passes on without one.
Placement makes about twice as much of it, yet the order of the paths is much the same, and it takes seconds instead of an hour."""

import collections
import dataclasses
import json

# ns, LFE5U speed grade 6, as nextpnr 0.7 counts them: through a cell, or from its clock to its output.
WIRE = 0.85
THROUGH = {"LUT4": 0.24, "TRELLIS_DPR16X4": 0.24, "MULT18X18D": 3.9, "PFUMX": 0.24, "L6MUX21": 0.24}
FROM_CLOCK = {"TRELLIS_FF": 0.52, "DP16KD": 5.7}
CARRY = {("A", "COUT"): 0.45, ("A", "S"): 0.45, ("CIN", "COUT"): 0.07, ("CIN", "S"): 0.44}
CLOCKED_INPUTS = {"TRELLIS_DPR16X4": ("DI", "WAD", "WRE", "WCK")}  # the others read at once


@dataclasses.dataclass
class Path:
    """From a register's output to a register's input."""
    delay: float  # ns
    end: str      # the net that the register takes, or the cell's input
    steps: list   # [(delay so far, cell's type, net)]


def arcs_of(cell):
    """[(input bits, output bits, delay, wire delay counted)] of what passes through a cell at once."""
    kind, ports, directions = cell["type"], cell["connections"], cell["port_directions"]
    outputs = {name: bits for name, bits in ports.items() if directions[name] == "output"}
    inputs = {name: bits for name, bits in ports.items() if directions[name] == "input"}
    if kind == "CCU2C":
        operands = [bit for name in inputs if name != "CIN" for bit in inputs[name]]
        sums = [bit for name in ("S0", "S1") for bit in outputs.get(name, [])]
        carry_out, carry_in = outputs.get("COUT", []), inputs.get("CIN", [])
        return [(operands, carry_out, CARRY["A", "COUT"], True), (operands, sums, CARRY["A", "S"], True),
                (carry_in, carry_out, CARRY["CIN", "COUT"], False), (carry_in, sums, CARRY["CIN", "S"], False)]
    if kind in THROUGH:
        clocked = CLOCKED_INPUTS.get(kind, ())
        return [([bit for name in inputs if name not in clocked for bit in inputs[name]], [bit for bits in outputs.values() for bit in bits], THROUGH[kind], True)]
    return []


def net_names(module):
    """{bit: its name}: of several the one from the RTL, then the shortest."""
    names = {}
    for name, net in module["netnames"].items():
        width = len(net["bits"])
        rank = (net.get("hide_name", 0), len(name), name)
        for index, bit in enumerate(net["bits"]):
            if isinstance(bit, int) and (bit not in names or rank < names[bit][0]):
                names[bit] = (rank, f"{name}[{index}]" if width > 1 else name)
    return {bit: name for bit, (_, name) in names.items()}


class Netlist:
    """Arrival times of all nets."""

    def __init__(self, design_json, top):
        with open(design_json, encoding="utf-8") as file:
            self.module = json.load(file)["modules"][top]
        self.arrival = {}  # {bit: ns after the clock}
        self.before = {}   # {bit: (the bit that it waits for last, the type of the cell between)}
        self.names = net_names(self.module)
        self.propagate()

    def propagate(self):
        fanout = collections.defaultdict(list)  # {bit: [arc]}
        arcs, waits = [], []
        drivers_left = collections.Counter()    # {bit: arcs that still drive it}
        for cell in self.module["cells"].values():
            for inputs, outputs, delay, wire in arcs_of(cell):
                outputs = [bit for bit in outputs if isinstance(bit, int)]
                needed = {bit for bit in inputs if isinstance(bit, int)}
                if not outputs:
                    continue
                for bit in needed:
                    fanout[bit].append(len(arcs))
                drivers_left.update(outputs)
                arcs.append((inputs, outputs, delay, wire, cell["type"]))
                waits.append(len(needed))
        ready = []
        for cell in self.module["cells"].values():
            for name, bits in cell["connections"].items():
                if cell["port_directions"][name] == "output":
                    for bit in bits:
                        if isinstance(bit, int) and not drivers_left[bit]:
                            self.arrival[bit] = FROM_CLOCK.get(cell["type"], 0.0)
                            self.before[bit] = (None, cell["type"])
                            ready.append(bit)
        for port in self.module["ports"].values():
            if port["direction"] != "output":
                ready += [bit for bit in port["bits"] if isinstance(bit, int) and self.arrival.setdefault(bit, 0.0) == 0.0]
        done = set()
        free = [index for index, count in enumerate(waits) if count == 0]
        while ready or free:
            while free:
                ready += self.pass_on(arcs[free.pop()], drivers_left)
            if not ready:
                break
            bit = ready.pop()
            if bit in done:
                continue
            done.add(bit)
            for index in fanout[bit]:
                waits[index] -= 1
                if waits[index] == 0:
                    free.append(index)

    def pass_on(self, arc, drivers_left):
        """The arc's outputs whose time is known now."""
        inputs, outputs, delay, wire, kind = arc
        last = max((bit for bit in inputs if bit in self.arrival), key=self.arrival.get, default=None)
        time = delay if last is None else self.arrival[last] + delay + (WIRE if wire else 0.0)
        known = []
        for bit in outputs:
            if time > self.arrival.get(bit, -1.0):
                self.arrival[bit] = time
                self.before[bit] = (last, kind)
            drivers_left[bit] -= 1
            if drivers_left[bit] == 0:
                known.append(bit)
        return known

    def ends(self):
        """(bit, name of the end) of each input that a clock takes."""
        for name, cell in self.module["cells"].items():
            clocked = CLOCKED_INPUTS.get(cell["type"], None if cell["type"] in FROM_CLOCK else ())
            for port, bits in cell["connections"].items():
                if cell["port_directions"][port] == "input" and (clocked is None or port in clocked):
                    for bit in bits:
                        if bit in self.arrival:
                            yield bit, f"{name}.{port}"

    def path_to(self, bit, end):
        steps = []
        at = bit
        while at is not None:
            last, kind = self.before.get(at, (None, "port"))
            steps.append((self.arrival[at], kind, self.names.get(at, str(at))))
            at = last
        return Path(self.arrival[bit] + WIRE, end, steps[::-1])

    def slowest(self, count):
        """The slowest paths, of those that begin and end alike (but for the bit of a word) the first."""
        found, seen = [], set()
        for bit, end in sorted(self.ends(), key=lambda item: -self.arrival[item[0]]):
            path = self.path_to(bit, end)
            alike = (word_of(path.steps[0][2]), word_of(end))
            if alike not in seen:
                seen.add(alike)
                found.append(path)
            if len(found) == count:
                break
        return found


def word_of(name):
    """A cell's or net's name without what tells bits of a word apart."""
    return name.split("_TRELLIS_FF")[0].split("_LUT4")[0].rsplit("[", 1)[0]
