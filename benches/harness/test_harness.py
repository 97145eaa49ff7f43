"""Tests of what the benchmarks decide and write: `python3 -m unittest discover benches/harness -t benches`."""
import json
import os
import tempfile
import unittest

from harness import counts, marks, page, tables

HERE = {"compiler": "rustc 1", "target": "x86_64 Linux", "C library": "glibc 2"}


def compared(found, environment=HERE):
    return counts.Comparison({"made with": HERE, "counts": {"fib": 1000, "call: nop": 100.0}}, found, environment)


class Guard(unittest.TestCase):
    def test_what_stays_within_the_bound_passes(self):
        comparison = compared({"fib": 1029, "call: nop": 97.5})
        self.assertEqual((comparison.too_many(), comparison.gains()), ([], []))

    def test_more_is_refused_and_named(self):
        comparison = compared({"fib": 1031, "call: nop": 100.0})
        self.assertEqual(comparison.too_many(), ["fib"])
        self.assertRegex(comparison.text(), r"fib +1,000 +1,031 +\+3\.10 % +<- too many")

    def test_fewer_is_a_gain_and_no_failure(self):
        comparison = compared({"fib": 1000, "call: nop": 90.0})
        self.assertEqual((comparison.too_many(), comparison.gains()), ([], ["call: nop"]))

    def test_another_compiler_widens_the_bound_and_does_not_lift_it(self):
        other = dict(HERE, compiler="rustc 2")
        self.assertEqual(compared({"fib": 1140, "call: nop": 100.0}, other).too_many(), [])
        comparison = compared({"fib": 1160, "call: nop": 100.0}, other)
        self.assertEqual((comparison.too_many(), comparison.other), (["fib"], ["compiler"]))

    def test_programs_that_fail_or_are_not_recorded_are_refused(self):
        self.assertEqual(compared({"fib": None, "call: nop": 100.0, "new": 5}).too_many(), ["fib", "new"])

    def test_the_record_has_each_program(self):
        with open(counts.RECORD) as file:
            record = json.load(file)
        self.assertEqual(list(record["counts"]), list(counts.jobs("cotter", "library")))
        self.assertEqual(set(record["made with"]), {"compiler", "target", "C library"})


class Page(unittest.TestCase):
    TEXT = "above\n<!-- table: gc -->\nold\n<!-- end of table -->\nbelow\n"

    def test_only_what_is_between_the_markers_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "page.md")
            with open(path, "w") as file:
                file.write(self.TEXT)
            made = {"gc": tables.table(["", "cotter"], [["small", "1"]]), "elsewhere": "| |"}
            written = page.write(path, made, {"gc": ("`command`", "on a machine"), "elsewhere": ("", "")})
            with open(path) as file:
                text = file.read()
        self.assertEqual(written, ["gc"])
        self.assertTrue(text.startswith("above\n<!-- table: gc -->\n\n`command`\n\n| "))
        self.assertTrue(text.endswith("\n\non a machine\n\n<!-- end of table -->\nbelow\n"))
        self.assertEqual(page.check_tables(text), [])

    def test_markers_without_a_partner_are_refused(self):
        for text in ("<!-- table: gc -->", page.END, self.TEXT + self.TEXT, "<!-- table: gc-->"):
            with self.assertRaises(page.Malformed):
                page.blocks(text)

    def test_ragged_tables_are_found(self):
        text = self.TEXT.replace("old", "| a | b |\n| --- | ---: |\n| 1 |")
        self.assertEqual(page.check_tables(text), ["gc: 3 rows with [2, 3] cells"])

    def test_the_page_of_the_project_is_well_formed(self):
        with open(page.PAGE) as file:
            text = file.read()
        self.assertEqual(page.check_tables(text), [])
        self.assertEqual(set(page.blocks(text)),
                         {"marks", "programs", "memory", "gc", "ffi", "startup", "library", "heap", "pins"})


class Marks(unittest.TestCase):
    def test_what_was_not_measured_is_not_missed(self):
        self.assertEqual(marks.missed({}), [])
        self.assertIn("not measured", marks.marks_table({}))

    def test_what_is_above_a_must_is_missed(self):
        data = {"ffi": {"cotter": {"add_i32": 20.5, "add6_i64": 30.0}}}
        self.assertEqual(marks.missed(data), ["call: `add(i32, i32)`, ns"])


class Numbers(unittest.TestCase):
    def test_three_digits_count(self):
        self.assertEqual([tables.number(n) for n in (None, 0.1234, 1.234, 123.4, 12345)],
                         ["–", "0.123", "1.23", "123", "12,345"])


if __name__ == "__main__":
    unittest.main()
