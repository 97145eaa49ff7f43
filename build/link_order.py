#!/usr/bin/env python3
"""Finds which functions of the program scripts use, and writes their names to build/link_order.txt: what
`hello` uses, then the most used first.

    cargo build --release && python3 build/link_order.py

It runs the benchmarks with small arguments under valgrind's callgrind, which counts per function. To be repeated when much has
changed; what the list is for is told in build/link_order.rs. The part of a name that changes with each build becomes a `*`.
"""
import collections
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, "target/release/cotter")
LIST = os.path.join(ROOT, "build/link_order.txt")
# What is told to each program, so that it takes a second under callgrind.
ARGUMENTS = {"fib": 20, "method_call": 2000, "closures": 12, "generators": 1000, "richards": 1, "queens": 6, "sieve": 5000,
             "fannkuch": 6, "nbody": 200, "spectral_norm": 20, "mandelbrot": 20, "matmul": 20, "binary_trees": 6, "map": 1000,
             "strings": 1, "sort": 500, "json": 1}


def functions(arguments):
    """The mangled names of the program's own functions that a run calls."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind")
        command = ["valgrind", "-q", "--tool=callgrind", "--demangle=no", "--callgrind-out-file=" + out, PROGRAM, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        names, objects, here, found = {}, {}, None, set()
        for line in open(out):
            match = re.match(r"(c?)(ob|fn)=\((\d+)\)(?: (.*))?$", line)
            if not match:
                continue
            called, kind, number, name = match.groups()
            table = objects if kind == "ob" else names
            if name:
                table[number] = name
            if called:
                continue
            if kind == "ob":
                here = objects[number]
            elif here == PROGRAM:
                found.add(names[number])
        return found


def pattern(name):
    """The name without what identifies a build or a compiler: the hash of a function, or those of crates."""
    name = re.sub(r"('\d+|\.llvm\.\d+|\.cold|\.\d+)+$", "", name)
    name = re.sub(r"17h[0-9a-f]{16}E$", "17h*E", name)
    return re.sub(r"Cs[0-9A-Za-z]+_", "Cs*_", name)


def main():
    benches = os.path.join(ROOT, "benches")
    runs = [[os.path.join(benches, "startup/hello.cot")]]
    for name, argument in ARGUMENTS.items():
        runs.append([os.path.join(benches, "programs", name, name + ".cot"), str(argument)])
    count, first = collections.Counter(), None
    for run in runs:
        found = {pattern(name) for name in functions(run) if name[0] not in "(0"}
        count.update(found)
        first = first or found
        print("%5d functions: %s" % (len(found), os.path.basename(run[0])), file=sys.stderr)
    with open(LIST, "w") as file:
        file.write("# Functions that scripts use: those of `hello`, then the most used first. Written by build/link_order.py; read by build/link_order.rs.\n")
        for name in sorted(count, key=lambda name: (name not in first, -count[name], name)):
            file.write(name + "\n")


main()
