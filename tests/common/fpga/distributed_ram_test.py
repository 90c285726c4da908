#!/usr/bin/env python3
"""A memory with fewer words than a distributed RAM has: inputs of its read address that are not needed have no net, and are 1 then;
the same inputs of its write address are 1; and what a memory holds from the beginning stands where it is read."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import needs_yosys
from needs_yosys import ecp5

DESIGN = """
module short_memory (input clk, input we, input [{last}:0] waddr, input [{last}:0] raddr, input [3:0] d, output [3:0] q);
  (* ram_style = "distributed" *) reg [3:0] words [0:{words} - 1];
  integer i;
  initial for (i = 0; i < {words}; i = i + 1) words[i] = i + 5;
  always @(posedge clk) if (we) words[waddr] <= d;
  assign q = words[raddr];
endmodule
"""


def distributed_ram(address_bits):
    """{"RAD": nets, "WAD": nets, "words": what it holds from the beginning} of the one that a memory is made of; a constant is text."""
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "memory.v").write_text(DESIGN.format(last=address_bits - 1, words=1 << address_bits), encoding="utf-8")
        subprocess.run([ecp5.native_yosys(), "-q", "-p", "read_verilog memory.v; proc; write_rtlil design.il"], cwd=work, check=True, timeout=60)
        ecp5.synthesise(work, "short_memory", seconds=100)
        cells = json.loads((work / "design.json").read_text(encoding="utf-8"))["modules"]["short_memory"]["cells"].values()
    found, = (cell for cell in cells if cell["type"] == "TRELLIS_DPR16X4")
    bits = found["parameters"]["INITVAL"][::-1]
    words = [int(bits[4 * i:4 * i + 4][::-1], 2) for i in range(16)]
    return {"RAD": found["connections"]["RAD"], "WAD": found["connections"]["WAD"], "words": words}


class DistributedRam(unittest.TestCase):
    def check(self, address_bits):
        ram = distributed_ram(address_bits)
        used = [isinstance(net, int) for net in ram["RAD"]]
        self.assertEqual(sum(used), address_bits)
        self.assertEqual([isinstance(net, int) for net in ram["WAD"]], used)
        self.assertEqual({net for net in ram["RAD"] if not isinstance(net, int)}, {"x"} if address_bits < 4 else set())
        self.assertEqual({net for net in ram["WAD"] if not isinstance(net, int)}, {"1"} if address_bits < 4 else set())
        places = [sum(1 << i for i in range(4) if not used[i] or (address >> sum(used[:i])) & 1) for address in range(1 << address_bits)]
        self.assertEqual([ram["words"][place] for place in places], [(address + 5) % 16 for address in range(1 << address_bits)])

    def test_four_words(self):
        self.check(2)

    def test_eight_words(self):
        self.check(3)

    def test_all_words(self):
        self.check(4)


if __name__ == "__main__":
    needs_yosys.main()
