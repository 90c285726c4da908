"""Finds a Yosys that has read_slang (full SystemVerilog) and runs scripts in it.

Preferred: a `yosys` on the PATH whose read_slang works (0.67 or later). Else the WebAssembly Yosys that
fpga/package.json pins, with the Node.js from there. Where neither is installed, `find` says what is missing.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
LATCHES = "t:$dlatch t:$adlatch t:$dlatchsr t:$_DLATCH_*"  # what `select` finds them by
USAGE_ERROR = 2


class ToolMissing(Exception):
    """No Yosys with read_slang here; the text says what to install."""


class YosysFailed(Exception):
    """Yosys or slang rejected the design, or ran out of time; the text is the part of the log that says why."""


def name_of(path):
    """The name under which a source is known to Yosys, and so in messages: relative to the project if inside."""
    path = pathlib.Path(os.path.abspath(path))
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path).lstrip("/")


def sources(files, include_folders):
    """Every input as {name: path}: the files, and the headers in the include folders and beside the files."""
    folders = {pathlib.Path(f).absolute() for f in include_folders} | {pathlib.Path(f).absolute().parent for f in files}
    headers = [header for folder in folders for header in folder.glob("*.*vh")]
    return {name_of(f): os.path.abspath(f) for f in [*files, *headers]}


def read_slang_command(top, files, include_folders, defines=(), parameters=()):
    """The read_slang line. --threads 1: WebAssembly has no threads."""
    words = ["read_slang --threads 1", f"--top {top}"]
    words += [f"-I {name_of(folder)}" for folder in include_folders]
    words += [f"-D {define}" for define in defines]
    words += [f"-G {parameter}" for parameter in parameters]
    return " ".join(words + [name_of(f) for f in files])


class NativeYosys:
    """A Yosys on the PATH that has read_slang."""

    def __init__(self, program):
        self.program = program

    def run(self, script, inputs, output_folder, seconds):
        """Runs in a folder where each input is a link under its name, as in the WebAssembly one."""
        stage = pathlib.Path(output_folder) / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        for name, path in inputs.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).symlink_to(path)
        (stage / "out").symlink_to(pathlib.Path(output_folder).absolute())
        (stage / "script.ys").write_text(script)
        return _run([self.program, "-Q", "-T", "-s", "script.ys"], output_folder, seconds, cwd=stage)


class WasmYosys:
    """The pinned npm package, under the pinned Node.js."""

    def __init__(self, node, package):
        self.node = node
        self.package = package

    def run(self, script, inputs, output_folder, seconds):
        request = pathlib.Path(output_folder) / "request.json"
        request.write_text(json.dumps({"package": str(self.package), "script": script, "inputs": inputs,
                                       "output_folder": str(output_folder)}))
        # Only the quick compiler: on designs of this size the optimising one costs more than it saves (measured: 0.9
        # instead of 2.4 CPU seconds on a small harness, 1.3 instead of 2.3 on the AXI port's elaboration).
        return _run([self.node, "--liftoff-only", str(ROOT / "scripts/lib/yosys_wasm.mjs"), str(request)], output_folder, seconds)


def tools_folder():
    """Where scripts/setup puts what fpga/package-lock.json names: one folder per version, shared by all clones."""
    version = hashlib.sha256((ROOT / "fpga/package-lock.json").read_bytes()).hexdigest()[:12]
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "tarn" / f"synthesis-{version}"


def find():
    """A Yosys with read_slang. Raises ToolMissing."""
    native = shutil.which("yosys")
    if native and subprocess.run([native, "-Q", "-T", "-p", "help read_slang"], capture_output=True, text=True,
                                 timeout=60, check=False).stdout.find("--top <name>") >= 0:
        return NativeYosys(native)
    modules = tools_folder() / "node_modules"
    node = modules / ".bin/node"
    package = modules / "@yowasp/yosys"
    if node.exists() and (package / "gen/bundle.js").exists():
        return WasmYosys(str(node), package)
    raise ToolMissing("no Yosys with read_slang: run scripts/setup")


def _run(command, output_folder, seconds, cwd=None):
    """Runs Yosys, keeps its log in yosys.log, returns it. Raises YosysFailed."""
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                              stdin=subprocess.DEVNULL, text=True, errors="replace", check=False)
    except subprocess.TimeoutExpired as expired:
        raise YosysFailed(f"Yosys did not end within {seconds} s") from expired
    log = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    (pathlib.Path(output_folder) / "yosys.log").write_text(log)
    if done.returncode != 0:
        raise YosysFailed(_reason(log))
    return log


def lost_registers(design_il):
    """Registers of an RTLIL file (names that end in _q) that have no driver. read_slang takes one whose every assignment but that at reset stands
    under a condition that is never true, by a parameter, for a net without one: its reset value would be lost without a word."""
    lost = re.compile(r"^  connect (\\\S+_q(?:\[\d+\])?(?: \[[\d:]+\])?) \d+'x+$")
    with open(design_il, encoding="utf-8") as lines:
        return [match.group(1).lstrip("\\") for match in map(lost.match, lines) if match]


def _reason(log):
    """The diagnostics of slang, the warnings of `check` and the error of Yosys, without the progress around them."""
    keep = []
    inside = False
    for line in log.splitlines():
        starts = ": error:" in line or line.startswith(("Warning: found", "Warning: multiple", "ERROR"))
        inside = starts or (inside and line.startswith((" ", "rtl/")))
        if inside:
            keep.append(line)
    return "\n".join(keep[:60]) or "\n".join(log.splitlines()[-15:])


def fail(program, text, status=1):
    """Ends the program with one message."""
    print(f"{program}: {text}", file=sys.stderr)
    sys.exit(status)
