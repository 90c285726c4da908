"""bench.json: one object from figure name to {"value": …, "unit": …}, with one entry "config" that names the build and the
parameters that all figures came from."""

import json
import os
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = ROOT / "bench.json"


def output_of(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else "unknown"


def config():
    """What the figures depend on. The hardware's parameters are the defaults of the RTL of this revision."""
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                if line.startswith("model name")), platform.machine())
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=ROOT, check=False).returncode != 0
    return {
        "build": "build/release (-O2, assertions on)",
        "parameters": "defaults",
        "revision": output_of("git", "rev-parse", "--short", "HEAD") + (" with changes" if changed else ""),
        "verilator": output_of("verilator", "--version"),
        "compiler": output_of("c++", "--version"),
        "cpu": f"{cpu}, {os.cpu_count()} cores",
    }


def merge(output, figures):
    """Merges into an existing file of the same config; the file appears whole or not at all."""
    now = config()
    merged = {"config": now}
    if output.exists():
        try:
            old = json.loads(output.read_text())
        except ValueError:
            old = {}
        if old.get("config") == now:
            merged = old
    merged.update(figures)
    part = output.with_suffix(".part")
    part.write_text(json.dumps(merged, indent=1, sort_keys=True, allow_nan=False) + "\n")
    part.replace(output)
