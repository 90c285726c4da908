"""From which input ports of a netlist (Yosys's write_json, flattened) values reach which output ports without a clock."""

import json

# Outputs of these hold state; a memory's read data depends on the address alone when it is not clocked.
SEQUENTIAL = ("$dff", "$adff", "$sdff", "$aldff", "$dlatch", "$adlatch", "$sr", "$ff", "$mem", "$_DFF", "$_SDFF", "$_DLATCH")
MEMORY_READS = ("$memrd", "$memrd_v2")
# Bit i of the result depends on bit i of these operands; all else depends on all.
BITWISE = {"$mux": "AB", "$bwmux": "ABS", "$and": "AB", "$or": "AB", "$xor": "AB", "$xnor": "AB", "$not": "A", "$pos": "A"}


def read(path, top):
    """The set of (input port, output port)."""
    module = json.loads(path.read_text())["modules"][top]
    driver = {}  # of a bit: (cell, port, position)
    for cell in module["cells"].values():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "output":
                for position, bit in enumerate(bits):
                    driver[bit] = (cell, position)
    source = {bit: name for name, port in module["ports"].items() if port["direction"] == "input" for bit in port["bits"]}
    paths = set()
    for name, port in module["ports"].items():
        if port["direction"] == "output":
            paths |= {(source[bit], name) for bit in _cone(port["bits"], driver) if bit in source}
    return paths


def _cone(bits, driver):
    """All bits that these depend on, themselves included."""
    seen = set()
    todo = [bit for bit in bits if isinstance(bit, int)]
    while todo:
        bit = todo.pop()
        if bit in seen:
            continue
        seen.add(bit)
        if bit in driver:
            todo += [other for other in _operands(*driver[bit]) if isinstance(other, int)]
    return seen


def _operands(cell, position):
    kind, ports = cell["type"], cell["connections"]
    if kind in MEMORY_READS:
        clocked = int(cell["parameters"]["CLK_ENABLE"], 2)
        return [] if clocked else ports["ADDR"]
    if kind.startswith(SEQUENTIAL):
        return []
    operands = []
    for port, bits in ports.items():
        if cell["port_directions"][port] == "output":
            continue
        if port in BITWISE.get(kind, ""):
            operands.append(bits[min(position, len(bits) - 1)])
        elif kind == "$pmux" and port == "B":
            operands += bits[position::len(ports["Y"])]
        elif kind == "$pmux" and port == "A":
            operands.append(bits[position])
        else:
            operands += bits
    return operands
