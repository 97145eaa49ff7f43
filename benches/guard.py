#!/usr/bin/env python3
"""Counts the instructions of ten programs, of `hello` and of calls to C, and compares them with benches/instructions.json.

    guard.py                    fails if one costs over 3 % more than the record says
    guard.py --record           writes the record anew
    guard.py --cotter PATH      another program than target/release/cotter

It needs valgrind and a C compiler. Counts do not depend on how busy the machine is."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from harness import counts
from harness.measure import BENCHES
from harness.peers import ROOT, which

ADVICE = """
{number} of {all} cost over {bound:.0%} more instructions than benches/instructions.json records: {names}.
If that is not meant, see where they are spent, here and in a build from before the change:
    valgrind --tool=callgrind --callgrind-out-file=callgrind.out target/release/cotter benches/programs/NAME/NAME.cot SIZE
    callgrind_annotate callgrind.out
    python3 benches/run.py --suite instr --cotter before=PATH --cotter after=target/release/cotter
If it is meant, record it, and say in the commit what it buys:
    python3 benches/guard.py --record"""


def build_library(folder):
    compiler = which("CC", "gcc", "cc")
    if not compiler:
        sys.exit("guard: a C compiler is needed, for the library that the calls go to")
    library = os.path.join(folder, "libffibench.so")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, os.path.join(BENCHES, "ffi", "ffibench.c")], check=True)
    return library


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cotter", default=os.path.join(ROOT, "target", "release", "cotter"), metavar="PATH")
    parser.add_argument("--record", action="store_true", help="write benches/instructions.json anew")
    options = parser.parse_args()
    cotter = os.path.abspath(options.cotter)
    if not os.access(cotter, os.X_OK):
        sys.exit("guard: there is no program %s; `cargo build --release` makes it" % cotter)
    if not shutil.which("valgrind"):
        sys.exit("guard: valgrind is needed to count instructions")
    with tempfile.TemporaryDirectory() as folder:
        found = counts.count_all(cotter, build_library(folder))
    environment = counts.made_with(cotter)
    if options.record:
        if None in found.values():
            sys.exit("guard: nothing recorded, for some programs failed")
        if os.path.exists(counts.RECORD):
            print(counts.Comparison(counts.read_record(), found, environment).text())
        counts.write_record(found, environment)
        print("recorded %d counts" % len(found))
        return 0
    comparison = counts.Comparison(counts.read_record(), found, environment)
    print(comparison.text())
    if comparison.other:
        print("note: the %s is not that of the record (%s), so the bound is %.0f %%" % (
            " and the ".join(comparison.other), ", ".join(environment[key] for key in comparison.other), comparison.bound * 100))
    if comparison.gains():
        print("note: fewer instructions than recorded: %s. `python3 benches/guard.py --record` keeps the gain." % ", ".join(comparison.gains()))
    names = comparison.too_many()
    if names:
        print(ADVICE.format(number=len(names), all=len(comparison.rows), bound=comparison.bound, names=", ".join(names)))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
