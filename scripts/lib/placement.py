"""How crowded a placed design is: which of several placements is worth routing (docs/fpga.md, "The whole board")."""

import collections
import json
import re

SQUARE = 6  # tiles a side
FANOUT_MAX = 2000  # nets beyond it are clocks and resets, which have wires of their own
DETOUR = 0.03  # what each sink beyond the third adds to a net's length, up to SINKS_MAX
SINKS_MAX = 60


def _tile(cell):
    return tuple(map(int, re.match(r"X(\d+)/Y(\d+)", cell["attributes"]["NEXTPNR_BEL"]).groups()))


def _nets(module):
    """(tile of the driver, tiles of the sinks) of each net, as (x, y)."""
    drivers, sinks = {}, collections.defaultdict(list)
    for cell in module["cells"].values():
        if "NEXTPNR_BEL" not in cell["attributes"]:
            continue
        tile = _tile(cell)
        for port, bits in cell["connections"].items():
            for bit in bits:
                if isinstance(bit, int) and cell["port_directions"][port] == "output":
                    drivers[bit] = tile
                elif isinstance(bit, int):
                    sinks[bit].append(tile)
    return [(tile, sinks[bit]) for bit, tile in drivers.items() if bit in sinks]


def squares(nets):
    """{(column, row): length of wires, in tiles} of squares of SQUARE tiles: each net's length is spread over its box."""
    lengths = collections.Counter()
    for driver, sinks in nets:
        if len(sinks) > FANOUT_MAX:
            continue
        xs, ys = zip(driver, *sinks)
        left, right, low, high = min(xs), max(xs), min(ys), max(ys)
        length = (right - left + high - low) * (1 + DETOUR * max(0, min(len(set(sinks)), SINKS_MAX) - 3))
        density = length / ((right - left + 1) * (high - low + 1))
        for column in range(left // SQUARE, right // SQUARE + 1):
            width = min(right, column * SQUARE + SQUARE - 1) - max(left, column * SQUARE) + 1
            for row in range(low // SQUARE, high // SQUARE + 1):
                lengths[column, row] += density * width * (min(high, row * SQUARE + SQUARE - 1) - max(low, row * SQUARE) + 1)
    return lengths


def fullest_square(placed):
    """The length of wires, in tiles, in the fullest square of a design that nextpnr placed (a path)."""
    design = json.loads(placed.read_text(encoding="utf-8"))
    return round(max(squares(_nets(next(iter(design["modules"].values())))).values(), default=0))
