"""scripts/generate_registers refuses bad descriptions with one clear line and exit status 2, and sees stale files."""

import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GENERATOR = os.path.join(ROOT, "scripts", "generate_registers")

GOOD = {
    "name": "sample", "block": "sample", "description": "A sample.", "size": "0x40",
    "parameters": [{"name": "Wide", "width": 4, "default": 7, "description": "a number"}],
    "registers": [
        {"name": "first", "offset": 0, "description": "One.", "fields": [
            {"name": "low", "bits": "3:0", "access": "RW", "description": "a field"},
            {"name": "mode", "bits": "7:4", "access": "WARL", "legal": {"values": [1, 2, 4]}, "reset": 1,
             "description": "a field"}]},
        {"name": "second", "offset": 8, "width": 64, "description": "Two.", "fields": [
            {"name": "all", "bits": "63:0", "access": "RW", "description": "a field"}]},
    ],
}


def run(arguments):
    return subprocess.run([sys.executable, GENERATOR, *arguments], capture_output=True, text=True, check=False)


class GenerateRegisters(unittest.TestCase):
    def generate(self, text, name="sample_registers.json"):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            result = run(["--output-root", os.path.join(folder, "out"), path])
            made = [file for file in os.listdir(folder) if file != name]
        return result, made

    def refused(self, change, *words):
        """The description with `change` applied ends with status 2 and one line that has all of `words`."""
        description = copy.deepcopy(GOOD)
        change(description, description["registers"][0], description["registers"][0]["fields"][1])
        self.refused_text(json.dumps(description), *words)

    def refused_text(self, text, *words, name="sample_registers.json"):
        result, made = self.generate(text, name)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        for word in (name, *words):
            self.assertIn(word, result.stderr)
        self.assertEqual(made, [], "nothing may be left of a refused description")

    def test_the_sample_is_accepted(self):
        result, _ = self.generate(json.dumps(GOOD))
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_text_that_is_not_json(self):
        self.refused_text('{"name": "sample",\n "block": }', "line 2")

    def test_a_key_twice(self):
        self.refused_text('{"name": "sample", "name": "sample"}', "'name' appears twice")

    def test_a_list_instead_of_an_object(self):
        self.refused_text("[]", "expected an object")

    def test_a_name_that_is_not_the_file_s(self):
        self.refused_text(json.dumps(GOOD), "sample_registers.json", name="other_registers.json")

    def test_an_unknown_key(self):
        self.refused(lambda d, r, f: r.update(widht=32), "register first", "unknown key 'widht'", "width")

    def test_a_missing_key(self):
        self.refused(lambda d, r, f: r.pop("offset"), "register first", "'offset' is missing")

    def test_registers_that_overlap(self):
        self.refused(lambda d, r, f: r.update(count=3), "register second", "overlaps register first at offset 0x8")

    def test_a_name_twice(self):
        self.refused(lambda d, r, f: r.update(name="second"), "register second", "twice")

    def test_a_misaligned_register(self):
        self.refused(lambda d, r, f: d["registers"][1].update(offset=12), "register second", "misaligned", "multiple of 8")

    def test_a_register_beyond_the_window(self):
        self.refused(lambda d, r, f: d["registers"][1].update(offset=64), "register second", "beyond the block's size")

    def test_a_width_that_does_not_exist(self):
        self.refused(lambda d, r, f: r.update(width=16), "register first", "32 or 64")

    def test_a_stride_that_is_no_power_of_two(self):
        self.refused(lambda d, r, f: r.update(count=2, stride=12), "register first", "power of two")

    def test_elements_of_what_is_no_array(self):
        self.refused(lambda d, r, f: r.update(elements="Wide"), "register first", "stored arrays")

    def test_fixed_fields_that_the_hardware_changes(self):
        self.refused(lambda d, r, f: (r.update(fixed="Wide"), f.update(hw="rw")), "register first", "software alone")

    def test_fields_that_overlap(self):
        self.refused(lambda d, r, f: f.update(bits="6:3"), "register first", "low and mode overlap at bit 3")

    def test_a_field_outside_its_register(self):
        self.refused(lambda d, r, f: f.update(bits="35:32"), "field mode", "bit 35", "31:0")

    def test_bits_the_wrong_way_round(self):
        self.refused(lambda d, r, f: f.update(bits="4:7"), "field mode", "high comes first")

    def test_an_unknown_access_type(self):
        self.refused(lambda d, r, f: f.update(access="R/W"), "field mode", "unknown access type", "W1C")

    def test_a_reset_value_outside_the_legal_list(self):
        self.refused(lambda d, r, f: f.update(reset=3), "field mode", "reset value 0x3", "legal set")

    def test_a_reset_value_outside_the_legal_mask(self):
        self.refused(lambda d, r, f: f.update(legal={"mask": "0x6"}), "field mode", "reset value 0x1", "legal set")

    def test_a_reset_value_outside_the_legal_range(self):
        self.refused(lambda d, r, f: f.update(legal={"range": [2, 5]}), "field mode", "reset value 0x1", "legal set")

    def test_a_reset_value_too_wide(self):
        self.refused(lambda d, r, f: f.update(reset=16), "field mode", "does not fit 4 bits")

    def test_a_legal_set_on_a_plain_field(self):
        self.refused(lambda d, r, f: f.update(access="RW"), "field mode", "legal is for WARL")

    def test_a_warl_field_without_a_legal_set(self):
        self.refused(lambda d, r, f: f.pop("legal"), "field mode", "needs legal")

    def test_a_parameter_that_is_not_there(self):
        self.refused(lambda d, r, f: f.update(reset={"parameter": "Narrow"}), "field mode", "'Narrow'")
        self.refused(lambda d, r, f: r.update(when="Narrow"), "register first", "'Narrow'")

    def test_wait_without_hardware(self):
        self.refused(lambda d, r, f: r.update(wait=True), "register first", "wait needs hwext")

    def test_memory_for_what_is_no_plain_storage(self):
        self.refused(lambda d, r, f: r.update(memory=True), "register first", "memory is for registers of RW fields")
        self.refused(lambda d, r, f: d["registers"][1].update(memory=True, strobe=True), "register second", "memory is for")

    def test_a_number_that_is_none(self):
        self.refused(lambda d, r, f: r.update(offset="0xg"), "register first", "offset must be a number")

    def test_a_word_of_the_language_as_name(self):
        self.refused(lambda d, r, f: r.update(name="logic"), "reserved")

    def test_a_missing_file(self):
        result = run(["no/such/none_registers.json"])
        self.assertEqual(result.returncode, 2)
        self.assertIn("none_registers.json: No such file", result.stderr)

    def test_stale_files_are_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "sample_registers.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(GOOD, file)
            self.assertEqual(run([path]).returncode, 0)
            self.assertEqual(run(["--check", path]).returncode, 0)
            with open(os.path.join(folder, "sample_registers.h"), "a", encoding="utf-8") as file:
                file.write("// edited by hand\n")
            stale = run(["--check", path])
            self.assertEqual(stale.returncode, 1)
            self.assertIn("sample_registers.h", stale.stdout)


if __name__ == "__main__":
    unittest.main()
