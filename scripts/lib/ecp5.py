"""Synthesis, place and route for Lattice ECP5: Yosys with read_slang, a native Yosys, nextpnr-ecp5 and ecppack.

The front end's netlist (RTLIL) goes to the native Yosys, which maps it to cells; nextpnr places, routes and times it. Where
the PATH has none, or an old one, it runs inside a small root of Debian 14 in the user's cache, which
scripts/setup makes: with the work folder as its /mnt, in mount (and, without root, user) namespaces of its own.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import slang_yosys

SUITE = "forky"  # whose nextpnr-ecp5 (0.11) and fpga-trellis are taken where the system has none, or older ones
OLDEST_NEXTPNR = (0, 11)  # whose electrostatic placer ends for a design of a board's size; scripts/setup has the same number
LIBRARY = pathlib.Path(__file__).parent
DISTRIBUTED_RAM = "ecp5_distributed_ram.v"
PROGRESS_SECONDS = 60
ROUTERS = ("router1", "router2")  # of nextpnr
# What a part has: places for LUT4, and block RAMs (Lattice FPGA-DS-02012, table 1.1; nextpnr counts the same).
CAPACITY = {"25k": (24_288, 56), "45k": (43_848, 108), "85k": (83_640, 208)}
# Places of a LUT4 that other cells take: a distributed RAM its four words' and the write port's two, a carry two.
PLACES = {"lut4": 1, "distributed_ram": 6, "carry": 2}
# Arguments: work folder, root, program and its arguments. ecppack finds its library and its tables by where it stands itself, which takes a /proc.
INSIDE = """mount --bind "$1" "$2/mnt" && mount --rbind /proc "$2/proc" && root=$2 && shift 2 &&
exec chroot "$root" /bin/sh -c 'cd /mnt && exec "$@"' sh "$@" """

# Memories stay whole and wide multiplexers stay multiplexers on their way to the other Yosys.
FRONT_END = """
{read}
hierarchy -check -top {top}
proc
opt
bwmuxmap
opt_clean
write_rtlil out/design.il
"""

# The passes of synth_ecp5 but two: `share` takes long and finds nothing in this RTL; arithmetic of up to six bits becomes LUTs, which
# are no more than its carries would take and join with what is around them; opt_merge before the mapping to LUTs
# leaves one inverter of the reset, where Yosys 0.23 leaves one for each flip-flop. cmp2lut sees no signed numbers: in Yosys 0.23 it takes
# a negative constant for a positive one, and so the bounds of an index into an array of two, as the front end writes them, for never kept.
# Unused address inputs of distributed RAM lose their nets: some 7,000 of a board's, which came from one driver.
SYNTHESIS = """
read_verilog -lib -specify +/ecp5/cells_sim.v +/ecp5/cells_bb.v
read_rtlil design.il
{harness}
hierarchy -check -top {top}
proc
{flatten}
tribuf -logic
deminout
opt_expr
opt_clean
check
opt -nodffe -nosdff
fsm
opt
wreduce
peepopt
opt_clean
techmap -map +/cmp2lut.v -D LUT_WIDTH=4 r:A_SIGNED=0
opt_expr
opt_clean
techmap -map +/mul2dsp.v -map +/ecp5/dsp_map.v -D DSP_A_MAXWIDTH=18 -D DSP_B_MAXWIDTH=18 -D DSP_A_MINWIDTH=2 -D DSP_B_MINWIDTH=2 -D DSP_NAME=$__MUL18X18
chtype -set $mul t:$__soft_mul
alumacc
opt
techmap t:$alu r:Y_WIDTH<=6 %i
opt_clean
memory -nomap
opt_clean
synth_ecp5 -nowidelut -top {top} -run map_ram:map_luts
opt_merge
synth_ecp5 -nowidelut -top {top} -run map_luts:check
techmap -map {distributed_ram}
opt_clean
{names}
hierarchy -check
tee -o stat.txt stat
check -noinit
blackbox =A:whitebox
{outputs}
"""


class FlowFailed(Exception):
    """A step of the flow failed; the text says which and why."""


class ToolMissing(Exception):
    """A tool is not installed; the text says how to get it."""


def cache_folder():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "tarn" / f"place-and-route-{SUITE}"


def path_is_new():
    """Whether the PATH's nextpnr-ecp5 is new enough; its ecppack comes with it."""
    if not shutil.which("nextpnr-ecp5"):
        return False
    said = subprocess.run(["nextpnr-ecp5", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"Version (\d+)\.(\d+)", said.stdout + said.stderr)
    return version is not None and tuple(map(int, version.groups())) >= OLDEST_NEXTPNR


def find_tool(name, work):
    """The words that run nextpnr-ecp5 or ecppack on files of the folder `work`. Raises ToolMissing."""
    if path_is_new():
        return [name]
    root = cache_folder()
    if not (root / "usr/bin" / name).exists():
        raise ToolMissing(f"{name} is not installed: run scripts/setup fpga")
    namespaces = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    return namespaces + ["sh", "-c", INSIDE, "sh", str(work), str(root), f"/usr/bin/{name}"]


def run_logged(words, log, cwd, seconds, what, progress=None):
    """Runs a program with its output in `log`; progress() is called each minute. Raises FlowFailed with the log's errors."""
    began = time.monotonic()
    with open(log, "w", encoding="utf-8") as out, \
         subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, cwd=cwd, stdin=subprocess.DEVNULL, start_new_session=True) as process:
        while True:
            try:
                process.wait(timeout=max(0, min(PROGRESS_SECONDS, began + seconds - time.monotonic())))
                break
            except subprocess.TimeoutExpired as expired:
                if time.monotonic() < began + seconds:
                    if progress:
                        progress()
                    continue
                os.killpg(process.pid, signal.SIGKILL)
                raise FlowFailed(f"{what} did not end within {seconds} s: {log}") from expired
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
    if process.returncode != 0:
        lines = pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines()
        errors = [line for line in lines if line.startswith(("ERROR", "terminate", "Error"))] or lines[-3:]
        raise FlowFailed(f"{what} failed (log: {log}):\n" + "\n".join(errors[:10]))


def front_end(design, work, seconds, *, hierarchical=False):
    """Writes design.il into `work`. `design`: `top`, `files`, `include`, `defines`, `parameters`, `black_boxes`."""
    read = slang_yosys.read_slang_command(design.top, design.files, design.include, design.defines, design.parameters)
    options = ["--ignore-assertions", *(["--keep-hierarchy"] if hierarchical else []), *(f"--blackboxed-module {module}" for module in design.black_boxes)]
    read = read.replace("read_slang ", f"read_slang {' '.join(options)} ", 1)
    inputs = slang_yosys.sources(design.files, design.include)
    try:
        slang_yosys.find().run(FRONT_END.format(read=read, top=design.top), inputs, work, seconds)
    except slang_yosys.YosysFailed as failed:
        raise FlowFailed(f"the front end rejects {design.top}:\n{failed}") from failed


def ports(design_il, top):
    """[(name, width, "input"|"output")] of a module in an RTLIL file, as they are declared."""
    found = []
    inside = False
    with open(design_il, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("module "):
                inside = line.split()[1].lstrip("\\") == top
            port = inside and re.match(r"\s+wire (?:width (\d+) )?.*?\b(input|output) \d+.* \\(\S+)$", line)
            if port:
                found.append((port.group(3), int(port.group(1) or 1), port.group(2)))
    return found


def register_harness(top, top_ports, clock):
    """Verilog of `<top>_harness`: the same ports, each behind a register, so that every path begins and ends in one."""
    declarations, registers, updates, connections = [], [], [], []
    for number, (name, width, direction) in enumerate(top_ports):
        if name == clock:
            declarations.append("input clock")
            connections.append(f".\\{name} (clock)")
            continue
        declarations.append(f"{direction} [{width - 1}:0] p{number}")
        if direction == "input":
            registers.append(f"reg [{width - 1}:0] r{number};")
            updates.append(f"r{number} <= p{number};")
            connections.append(f".\\{name} (r{number})")
        else:
            registers.append(f"reg [{width - 1}:0] r{number}; wire [{width - 1}:0] w{number}; assign p{number} = r{number};")
            updates.append(f"r{number} <= w{number};")
            connections.append(f".\\{name} (w{number})")
    return (f"module {top}_harness (" + ", ".join(declarations) + ");\n" + "\n".join(registers) + "\nalways @(posedge clock) begin\n"
            + "\n".join(updates) + f"\nend\n\\{top} dut (" + ", ".join(connections) + ");\nendmodule\n")


def native_yosys():
    yosys = shutil.which("yosys")
    if not yosys:
        raise ToolMissing("yosys is not installed")
    return yosys


def synthesise(work, top, *, harness=None, hierarchical=False, seconds=3600):
    """design.il to design.json (cells of ECP5) and stat.txt, in `work`. `harness`: a Verilog file around it."""
    outputs = "write_json design.json"
    shutil.copy(LIBRARY / DISTRIBUTED_RAM, work)
    script = SYNTHESIS.format(distributed_ram=DISTRIBUTED_RAM, top=f"{top}_harness" if harness else top, harness=f"read_verilog {harness}" if harness else "",
                              flatten="" if hierarchical else "flatten", names="" if hierarchical else "autoname", outputs=outputs)
    (work / "synthesis.ys").write_text(script, encoding="utf-8")
    run_logged([native_yosys(), "-Q", "-T", "-s", "synthesis.ys"], work / "synthesis.log", work, seconds, "synthesis")


def cells(stat):
    """{"lut4": …, "ff": …, "bram": …, "distributed_ram": …, "carry": …, "multiplier": …} of what `stat` printed last."""
    counts = {}
    for line in stat.splitlines():
        match = re.match(r"\s*(?:(\w+)\s+(\d+)|(\d+)\s+(\w+))\s*$", line)
        if match:
            counts[match.group(1) or match.group(4)] = int(match.group(2) or match.group(3))
    return {"lut4": counts.get("LUT4", 0), "ff": counts.get("TRELLIS_FF", 0), "bram": counts.get("DP16KD", 0),
            "distributed_ram": counts.get("TRELLIS_DPR16X4", 0), "carry": counts.get("CCU2C", 0), "multiplier": counts.get("MULT18X18D", 0)}


def excess(counts, device):
    """What of `cells` is more than the part has, as text; "" if it fits. A part that is not known has room for all."""
    if device not in CAPACITY:
        return ""
    places = sum(counts[kind] * weight for kind, weight in PLACES.items())
    wanted = {"places of a LUT4 (distributed RAM and carries counted)": (places, CAPACITY[device][0]), "block RAMs": (counts["bram"], CAPACITY[device][1])}
    return ", ".join(f"{needed:,} {what}, the part has {there:,}" for what, (needed, there) in wanted.items() if needed > there)


def nextpnr(work, part, *, clock_mhz, seed, constraints, options, log, seconds, progress=None):
    """One run of nextpnr-ecp5 in `work`, whose timing may fail. Without `constraints` (a file of pins and clocks) out of context."""
    words = find_tool("nextpnr-ecp5", work) + [f"--{part['device']}", "--package", part["package"], "--speed", str(part["speed"]),
                                               "--freq", str(clock_mhz), "--seed", str(seed), "--timing-allow-fail", *options]
    if constraints:
        shutil.copy(constraints, work / "design.lpf")
        words += ["--lpf", "design.lpf"]
    else:
        words += ["--out-of-context"]
    run_logged(words, work / log, work, seconds, log.removesuffix(".log"), progress)


def place(work, part, *, clock_mhz, seed, constraints=None, seconds=7200):
    """design.json to placed.json. A board's part is full: the electrostatic placer makes its nets a fifth shorter, and shorter
    still, in a third of the time, where it does not look at timing."""
    nextpnr(work, part, clock_mhz=clock_mhz, seed=seed, constraints=constraints, seconds=seconds, log="place.log",
            options=["--json", "design.json", "--no-route", "--write", "placed.json", *(["--placer", "static", "--no-tmdriv"] if constraints else [])])


# Of router2 for a full part. Ways around a wire that is used twice are looked at before what seems the shortest way (its own: 1.25), and such
# a wire becomes dearer slowly (0.5 and 2 are its own): with these the ULX3S's node is routed after some 100 rounds, and with its own it never is
# (docs/fpga.md). A number without a point would be read as bits.
ROUTER2_SETTINGS = {"router2/estimateWeight": "0.5", "router2/initCurrCongWeight": "3.0", "router2/currCongWeightMult": "1.0"}


def set_router(placed, router, settings):
    """nextpnr heeds the settings in the placed design, which are those of the run which placed it, and not its arguments."""
    text = re.sub(r'"router2/[^"]*": "[^"]*",\s*', "", placed.read_text(encoding="utf-8"))
    text, count = re.subn(r'"router": "\w+"', ", ".join(f'"{name}": "{value}"' for name, value in {**settings, "router": router}.items()), text, count=1)
    if count != 1:
        raise FlowFailed(f"{placed}: names no router: it is not what nextpnr-ecp5 writes")
    placed.write_text(text, encoding="utf-8")


def rounds_of_router2(log):
    """What the last round said, as text; "" before the first, or of another router."""
    rounds = re.findall(r"iter=(\d+) wires=\d+ overused=(\d+)", log.read_text(encoding="utf-8", errors="replace"))
    return f"round {rounds[-1][0]}: {int(rounds[-1][1]):,} wires are used twice" if rounds else ""


def route(work, part, *, clock_mhz, seed, router, constraints=None, seconds=7200, progress=None):
    """placed.json to report.json and (with constraints) design.config; the report. Timing that fails is no error here.
    progress(text): what there is to say, now and then."""
    said = [""]

    def say_round():
        text = rounds_of_router2(work / "route.log")
        if progress and text != said[0]:
            progress(text)
        said[0] = text

    set_router(work / "placed.json", router, ROUTER2_SETTINGS if constraints and router == "router2" else {})
    nextpnr(work, part, clock_mhz=clock_mhz, seed=seed, constraints=constraints, seconds=seconds, log="route.log", progress=say_round,
            options=["--json", "placed.json", "--no-pack", "--no-place", "--router", router, "--report", "report.json",
                     *(["--textcfg", "design.config"] if constraints else [])])
    return json.loads((work / "report.json").read_text(encoding="utf-8"))


def bitstream(work):
    words = find_tool("ecppack", work) + ["--compress", "design.config", "design.bit"]
    run_logged(words, work / "bitstream.log", work, 600, "ecppack")
    return work / "design.bit"
