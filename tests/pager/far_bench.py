#!/usr/bin/env python3
"""Measures far memory: single faults, pages in sequence, and sqlite3 with little of its memory resident.

Slowdowns are against the same allocator with all memory resident; the runs that are compared take turns, and medians
count. Beside them stands what the machine takes without any pager, measured in turn with the rest: `far.fault_floor_p50_us`
for a page of zeros from the kernel, `far.handling_floor_p50_us` for one that a thread places by userfaultfd and nothing else,
`far.touch_floor_p50_us` for the touch of a page that was placed before. `far.sqlite_floor_at_7_5pct` is the slowdown that sqlite3
would have if its faults and the pages that came along cost these, and all the rest of the pager nothing.
Exit status: 0, 1 something was wrong, 77 this machine has no userfaultfd or no sqlite3.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

SALES = 200_000
SALES_QUICK = 4_000
ROUNDS = 5


class Bench:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.report = pathlib.Path(folder) / "report.json"
        self.clean_bytes = 0

    def far(self, resident, program, source=subprocess.DEVNULL):
        """(standard output, report) of a program in far memory."""
        command = [self.arguments.tarn, "far", "--quiet", "--report", self.report, "--resident", resident, "--", *program]
        done = subprocess.run(command, stdin=source, capture_output=True, text=True, check=False)
        if done.returncode == 2 and "userfaultfd" in done.stderr:
            print(done.stderr, end="", file=sys.stderr)
            sys.exit(77)
        if done.returncode != 0:
            sys.exit(f"far_bench: {command}: exit status {done.returncode}\n{done.stderr}")
        report = json.loads(self.report.read_text())
        self.clean_bytes += report["clean_bytes_written"]
        return done.stdout, report

    def probe(self, resident, case):
        return json.loads(self.far(resident, [self.arguments.probe, case])[0])

    def sqlite(self, resident, script):
        with open(script, encoding="utf-8") as source:
            return self.far(resident, ["sqlite3", ":memory:"], source)

    def slowdowns(self, script, rounds, shares):
        """{share: slowdown}. Answers must be the same whatever is resident."""
        answer, report = self.sqlite("100%", script)
        peak_kib = report["resident_pages_max"] * 4
        seconds = {name: [] for name in ("all", *shares)}
        reports = {}
        for _ in range(rounds):
            for name in seconds:
                resident = "all" if name == "all" else f"{max(256, int(peak_kib * name))}K"
                output, report = self.sqlite(resident, script)
                if output != answer:
                    sys.exit(f"far_bench: sqlite3 gives other answers with {resident} resident")
                seconds[name].append(report["seconds"])
                reports[name] = report
        base = statistics.median(seconds["all"])
        return {share: statistics.median(seconds[share]) / base for share in shares}, peak_kib, base, reports


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("tarn", "probe", "shop", "json"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    if shutil.which("sqlite3") is None:
        print("far_bench: no sqlite3", file=sys.stderr)
        return 77
    rounds = 1 if arguments.quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="tarn-far-bench-") as folder:
        bench = Bench(arguments, folder)
        faults = [bench.probe("16M", "measure-faults") for _ in range(rounds)]
        floors, handling = (
            [json.loads(subprocess.run([arguments.probe, case], capture_output=True, check=True).stdout) for _ in range(rounds)]
            for case in ("measure-floor", "measure-handling"))
        sequences = [bench.probe("32M", "measure-sequence") for _ in range(rounds)]
        script = pathlib.Path(folder) / "shop.sql"
        sales = SALES_QUICK if arguments.quick else SALES
        script.write_text(f"create table size as select {sales} as sales;\n" + pathlib.Path(arguments.shop).read_text())
        slowdowns, peak_kib, base, reports = bench.slowdowns(script, 1 if arguments.quick else 3, (0.075, 0.25))
        if bench.clean_bytes != 0:
            print(f"far_bench: {bench.clean_bytes} bytes of clean pages were written", file=sys.stderr)
            return 1

    def median(values, name):
        return round(statistics.median(value[name] for value in values), 3)

    report = reports[0.075]
    along = report["page_ins"] + report["zero_fills"] - report["faults"]
    handled = report["faults"] + report["write_faults"]
    floor_us = handled * median(handling, "handling_p50_us") + along * median(handling, "touch_p50_us")
    figures = {
        "far.fault_p50_us": (median(faults, "p50_us"), "us"),
        "far.fault_p99_us": (median(faults, "p99_us"), "us"),
        "far.fault_floor_p50_us": (median(floors, "p50_us"), "us"),
        "far.handling_floor_p50_us": (median(handling, "handling_p50_us"), "us"),
        "far.touch_floor_p50_us": (median(handling, "touch_p50_us"), "us"),
        "far.pages_per_second_seq": (median(sequences, "pages_per_second"), "pages/s"),
        "far.sqlite_slowdown_at_7_5pct": (round(slowdowns[0.075], 3), "times"),
        "far.sqlite_slowdown_at_25pct": (round(slowdowns[0.25], 3), "times"),
        "far.sqlite_floor_at_7_5pct": (round(1 + floor_us / 1e6 / base, 3), "times"),
        "far.sqlite_peak_kib": (peak_kib, "KiB"),
        "far.sqlite_resident_seconds": (round(base, 3), "s"),
        "far.bytes_written_clean": (bench.clean_bytes, "bytes"),
    }
    pathlib.Path(arguments.json).write_text(
        json.dumps({name: {"value": value, "unit": unit} for name, (value, unit) in figures.items()}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
