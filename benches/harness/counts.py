"""Instruction counts and the record of them, `benches/instructions.json`.

A count is the difference between two sizes of one program, so that starting, compiling and the environment have no part
in it; of `hello` it is all of a run. Counts are the same on every run within 0.1 %. They depend on the compiler and the C
library, which the record names: with others the bound is wide, but there is one."""
import concurrent.futures
import json
import os
import platform
import re

from .measure import BENCHES, count_instructions

RECORD = os.path.join(BENCHES, "instructions.json")

BOUND = 0.03
# With another compiler or C library than those of the record.
WIDE_BOUND = 0.15

# Programs of different kinds, with a small and a large size.
PROGRAMS = {
    "fib": (18, 25),
    "method_call": (2000, 60_000),
    "closures": (2, 40),
    "generators": (1000, 60_000),
    "fannkuch": (6, 8),
    "nbody": (100, 2000),
    "binary_trees": (6, 10),
    "map": (500, 5000),
    "strings": (1, 2),
    "sort": (500, 4000),
}
# Kinds of `ffi/turns.cot`, whose counts are for one turn.
CALLS = ["nop", "add", "strlen", "buffer", "struct", "callback", "pin"]
TURNS = (2_000, 102_000)


def jobs(cotter, library):
    """`{name: (smaller command, larger command, turns between them)}`; the smaller command of `hello` is None.

    Commands run in the folder of the benchmarks, so that the path to it has no part in the counts."""
    found = {"hello": (None, [cotter, "startup/hello.cot"], 1)}
    for name, (small, large) in PROGRAMS.items():
        source = "programs/%s/%s.cot" % (name, name)
        found[name] = [cotter, source, str(small)], [cotter, source, str(large)], 1
    for kind in CALLS if library else []:
        small, large = ([cotter, "ffi/turns.cot", library, kind, str(turns)] for turns in TURNS)
        found["call: " + kind] = small, large, TURNS[1] - TURNS[0]
    return found


def count_all(cotter, library):
    """`{name: instructions}`, None for what failed. Two at a time: counts do not mind."""
    def count(job):
        small, large, turns = job
        more = count_instructions(large, BENCHES)
        less = count_instructions(small, BENCHES) if small else 0
        if more is None or less is None:
            return None
        return more - less if turns == 1 else round((more - less) / turns, 1)
    found = jobs(cotter, library)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(found, pool.map(count, found.values())))


def made_with(cotter):
    """What counts depend on beside the source: the compiler that a program names in itself, the machine, the C library."""
    with open(cotter, "rb") as file:
        compiler = re.search(rb"rustc version ([0-9][^\0]*?)\0", file.read())
    return {
        "compiler": "rustc " + compiler.group(1).decode() if compiler else "unknown",
        "target": "%s %s" % (platform.machine(), platform.system()),
        "C library": " ".join(platform.libc_ver()),
    }


class Comparison:
    """Counts beside those of the record: rows of `(name, recorded, found, change)`, and what follows."""

    def __init__(self, record, counts, environment):
        self.other = [key for key, value in record["made with"].items() if environment.get(key) != value]
        self.bound = WIDE_BOUND if self.other else BOUND
        self.rows = []
        for name in dict.fromkeys([*record["counts"], *counts]):
            recorded, found = record["counts"].get(name), counts.get(name)
            change = found / recorded - 1 if found and recorded else None
            self.rows.append((name, recorded, found, change))

    def too_many(self):
        """Names that cost more than the bound allows, that failed, or that the record or this run does not have."""
        return [name for name, _, _, change in self.rows if change is None or change > self.bound]

    def gains(self):
        return [name for name, _, _, change in self.rows if change is not None and change < -self.bound]

    def text(self):
        def plain(value):
            return "–" if value is None else "{:,.1f}".format(value) if isinstance(value, float) else "{:,}".format(value)
        lines = ["%-16s %15s %15s %9s" % ("program", "recorded", "found", "change")]
        for name, recorded, found, change in self.rows:
            shown = "–" if change is None else "%+.2f %%" % (change * 100)
            verdict = "  <- missing" if change is None else "  <- too many" if change > self.bound else \
                "  <- fewer" if change < -self.bound else ""
            lines.append("%-16s %15s %15s %9s%s" % (name, plain(recorded), plain(found), shown, verdict))
        return "\n".join(lines)


def read_record():
    with open(RECORD) as file:
        return json.load(file)


def write_record(counts, environment):
    with open(RECORD, "w") as file:
        json.dump({"made with": environment, "counts": counts}, file, indent=2)
        file.write("\n")
