#!/usr/bin/env python3
"""The passes of scripts/fpga keep a register whose enable is a comparison of signed numbers, as the front end makes one of every write to
an element of an array of two: cmp2lut of Yosys 0.23 takes a negative constant for a positive one, and such registers were lost without a word."""

import pathlib
import tempfile
import unittest

import needs_yosys
from needs_yosys import ecp5

# The register takes `d` while a >= -2 (of two bits, signed): always.
DESIGN = r"""
module \kept
  wire width 2 input 1 \a
  wire input 2 \clk
  wire input 3 \d
  wire output 4 \q
  wire \enable
  cell $ge \compares
    parameter \A_SIGNED 1
    parameter \B_SIGNED 1
    parameter \A_WIDTH 2
    parameter \B_WIDTH 2
    parameter \Y_WIDTH 1
    connect \A \a
    connect \B 2'10
    connect \Y \enable
  end
  cell $dffe \stores
    parameter \WIDTH 1
    parameter \CLK_POLARITY 1
    parameter \EN_POLARITY 1
    connect \CLK \clk
    connect \EN \enable
    connect \D \d
    connect \Q \q
  end
end
"""


class SignedComparison(unittest.TestCase):
    def test_register_is_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            (work / "design.il").write_text(DESIGN, encoding="utf-8")
            ecp5.synthesise(work, "kept", seconds=100)
            self.assertEqual(ecp5.cells((work / "stat.txt").read_text(encoding="utf-8"))["ff"], 1)


if __name__ == "__main__":
    needs_yosys.main()
