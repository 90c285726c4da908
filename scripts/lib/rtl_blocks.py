"""The blocks of the RTL and their source files: rtl/blocks.json and each block's files.f, which CMake reads too."""

import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE_FOLDER = ROOT / "rtl/common"  # of the headers


class UnknownBlock(Exception):
    """No block has that name; the text says which there are."""


class Block:
    """One entry of rtl/blocks.json: `name`, `folder`, `top` (None where nothing stands alone), `depends` (names), `tests` (programs
    that test it in simulation)."""

    def __init__(self, entry):
        self.name = entry["name"]
        self.folder = ROOT / "rtl" / entry.get("folder", self.name)
        self.top = entry.get("top")
        self.depends = entry.get("depends", [])
        self.tests = entry.get("tests", [])

    def own_files(self):
        """The block's own sources in compile order, packages first."""
        lines = (self.folder / "files.f").read_text(encoding="utf-8").splitlines() if (self.folder / "files.f").exists() else []
        return [self.folder / line.strip() for line in lines if line.strip() and not line.startswith("//")]

    def headers(self):
        return sorted(self.folder.glob("*.svh"))

    def waivers(self):
        """Verilator's lint waivers, or None."""
        path = self.folder / "lint.vlt"
        return path if path.exists() else None


def load():
    """All blocks by name, each after those that it depends on."""
    entries = json.loads((ROOT / "rtl/blocks.json").read_text(encoding="utf-8"))
    return {entry["name"]: Block(entry) for entry in entries}


def with_dependencies(name):
    """The block and those that it depends on, in compile order."""
    blocks = load()
    if name not in blocks:
        raise UnknownBlock(f"no block '{name}': there are {', '.join(blocks)}")
    wanted = {name}
    for block in reversed(blocks.values()):
        if block.name in wanted:
            wanted.update(block.depends)
    return [block for block in blocks.values() if block.name in wanted]


def files(*names):
    """Every source that the blocks need, in compile order."""
    found = {}
    for name in names:
        for block in with_dependencies(name):
            found.update(dict.fromkeys(block.own_files()))
    return list(found)
