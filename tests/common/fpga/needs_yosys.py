"""What the tests of scripts/fpga's passes share: its library, and that they are skipped where Yosys is not installed."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts/lib"))
import ecp5  # noqa: E402: its folder is on the path only now

SKIPPED = 77


def main():
    try:
        ecp5.native_yosys()
    except ecp5.ToolMissing as missing:
        print(missing)
        sys.exit(SKIPPED)
    unittest.main()
