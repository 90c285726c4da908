#!/usr/bin/env python3
"""scripts/bench merges good figures, and names each program whose figures are not to be had."""

import json
import pathlib
import subprocess
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[3] / "scripts/bench"
GOOD = '{"a.seconds": {"value": 1.5, "unit": "s"}}'


class Bench(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.output = self.path / "bench.json"

    def tearDown(self):
        self.folder.cleanup()

    def run_bench(self, programs):
        """programs: {name: shell text, in which $2 is the file to write}."""
        listed = {name: ["/bin/sh", "-c", text, name] for name, text in programs.items()}
        (self.path / "bench_programs.json").write_text(json.dumps(listed))
        return subprocess.run([BENCH, "--no-build", "--build", self.path, "--output", self.output], capture_output=True,
                              text=True, check=False)

    def test_figures_of_all_programs_are_merged(self):
        other = '{"b.bytes": {"value": 7, "unit": "B"}}'
        done = self.run_bench({"one": f"echo '{GOOD}' > $2", "two": f"echo '{other}' > $2"})
        self.assertEqual(done.returncode, 0, done.stderr)
        figures = json.loads(self.output.read_text())
        self.assertEqual(figures["a.seconds"], {"value": 1.5, "unit": "s"})
        self.assertEqual(figures["b.bytes"], {"value": 7, "unit": "B"})
        self.assertIn("revision", figures["config"])

    def test_bad_programs_are_named_and_the_others_kept(self):
        bad = {
            "fails": "exit 3",
            "silent": "true",
            "no_json": "echo nonsense > $2",
            "no_unit": """echo '{"x": {"value": 1}}' > $2""",
            "text_value": """echo '{"x": {"value": "1", "unit": "s"}}' > $2""",
            "takes_config": """echo '{"config": {"value": 1, "unit": "s"}}' > $2""",
        }
        done = self.run_bench({**bad, "good": f"echo '{GOOD}' > $2"})
        self.assertEqual(done.returncode, 1)
        for name in bad:
            self.assertIn(f"bench: {name} failed:", done.stderr)
        self.assertEqual(set(json.loads(self.output.read_text())), {"config", "a.seconds"})

    def test_a_value_that_is_not_finite_is_told_in_one_line(self):
        for value, told in (("NaN", "nan"), ("Infinity", "inf"), ("-Infinity", "-inf"), ("1e999", "inf")):
            figures = f'{{"x.share": {{"value": {value}, "unit": "%"}}}}'
            done = self.run_bench({"divides": f"echo '{figures}' > $2", "good": f"echo '{GOOD}' > $2"})
            self.assertEqual(done.returncode, 1, value)
            self.assertEqual(done.stderr, f"bench: divides failed: x.share is {told}, which is not a finite number\n")
            self.assertEqual(set(json.loads(self.output.read_text())), {"config", "a.seconds"})

    def test_nothing_declared_is_an_error(self):
        self.assertEqual(self.run_bench({}).returncode, 2)
        self.assertFalse(self.output.exists())


if __name__ == "__main__":
    unittest.main()
