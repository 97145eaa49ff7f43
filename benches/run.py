#!/usr/bin/env python3
"""Side-by-side benchmarks of Cotter and its peers. Python's standard library only.

    run.py                                   whole programs: the release build of this checkout and the peers found
    run.py --programs fib,nbody --peers lua5.4,luajit --runs 7
    run.py --cotter old=a/cotter --cotter new=b/cotter --peers lua5.4       two builds in one interleaved run
    run.py --suite gc                        another suite; --suite all: all of them
    run.py --list                            suites, programs, peers
    run.py --write                           all suites, and their tables into docs/performance.md

A peer is looked for under its usual names on PATH; an environment variable (`--list` shows it) names another program.
Peers that are missing are skipped with a note. Runs are interleaved: each round runs every peer once, so that a change of
the machine's speed touches all of them. Times are medians. README.md beside this file says what the suites are.
"""
import argparse
import json
import os
import sys
import tempfile

from harness import marks, page, peers
from harness.measure import Run, machine
from harness.suites import calls, cargo, collection, instructions, library, programs, startup

INTERPRETERS = ["lua5.4", "lua5.5", "luajit-joff", "luau", "python3", "qjs"]

# Each suite: the function, the peers it has unless others are asked for, the titles of its tables.
SUITES = {
    "programs": (programs.suite, INTERPRETERS, {
        "seconds": "Seconds, median of up to RUNS runs", "programs": "Time relative to BASE (median of the ratios within each round)",
        "memory": "Peak memory, MB"}),
    "gc": (collection.suite, INTERPRETERS + ["go"], {"gc": "Allocation and collection"}),
    "ffi": (calls.suite, ["c", "lua5.4", "lua5.4-C-API", "luajit-joff", "python3", "ctypes", "cgo", "koffi"], {
        "ffi": "Nanoseconds for one turn of a loop that calls C"}),
    "startup": (startup.suite, ["c", *INTERPRETERS, "node"], {"startup": "Start-up"}),
    "library": (library.suite, ["python3"], {"library": "The library beside Python's"}),
    "heap": (cargo.heap, [], {"heap": "The heap from 1 MB to 4 GB, nanoseconds for each object"}),
    "pins": (cargo.pins, [], {"pins": "Pins beside Go's, nanoseconds"}),
    "instr": (instructions.suite, ["lua5.4", "luajit-joff"], {
        "instr": "Instructions executed, millions (callgrind, without those of `hello`)"}),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", help="%s, or all; several with commas (default: programs)" % ", ".join(SUITES))
    parser.add_argument("--programs", help="names with commas; default all")
    parser.add_argument("--peers", help="names with commas, or all; default: those of the suite")
    parser.add_argument("--cotter", action="append", metavar="[NAME=]PATH", help="a build of Cotter; may be given again")
    parser.add_argument("--cotter-args", default="", help="arguments between the program and the file")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--n", type=int, help="the size given to the programs, instead of each one's own")
    parser.add_argument("--budget", type=float, default=10.0, help="seconds after which a slow peer gets no third run")
    parser.add_argument("--metric", choices=["wall", "cpu"], default="cpu",
                        help="for whole programs; cpu (user and system) is steadier on a busy machine, but adds up threads")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds that one run may take")
    parser.add_argument("--pin", type=int, action="append", help="a processor to run on; may be given again")
    parser.add_argument("--base", default="lua5.4", help="the peer that ratios are taken to")
    parser.add_argument("--json", metavar="FILE",
                        help="write the numbers there too; suites that stand there already are kept, and count for the marks")
    parser.add_argument("--write", nargs="?", const=page.PAGE, metavar="PAGE",
                        help="write the tables between the markers of a page (default: docs/performance.md)")
    parser.add_argument("--marks", action="store_true", help="compare with the marks, and fail if one is missed")
    parser.add_argument("--list", action="store_true", help="show suites, programs and peers")
    return parser.parse_args()


def show_list():
    for name, (_, of_suite, titles) in SUITES.items():
        print("%-9s %s (peers: %s)" % (name, "; ".join(titles.values()), ", ".join(of_suite) or "none"))
    print("\nprograms:", " ".join(programs.PROGRAMS), "\n")
    for peer in peers.PEERS:
        print("%-13s .%-4s $%-8s %s" % (peer.name, peer.extension, peer.variable, peer.version() if peer.find() else "not found"))


def source_of(suite, options, found):
    """What stands above and below a table on the page: the command, and what it was measured on."""
    command = "`python3 benches/run.py --suite %s`" % suite
    versions = ["%s is %s" % (peer.name, peer.version()) for peer in found if peer.extension != "cot"]
    on = "Measured on %s%s." % (machine(), "; " + "; ".join(versions) if versions else "")
    runs = "" if suite in ("heap", "pins") else ", medians of %d rounds" % options.runs
    return command + runs, on


def run_suite(name, options, build_folder, notes):
    """The numbers of a suite, its tables, and what stands around them on the page."""
    function, of_suite, titles = SUITES[name]
    asked = options.peers.split(",") if options.peers else of_suite
    options.peers_wanted = None if asked == ["all"] else asked
    found, missing = peers.choose(options.peers_wanted, options.cotter, options.cotter_args)
    notes += [note for note in missing if note not in notes]
    data, made = function(Run(options, found, build_folder, notes))
    source = source_of(name, options, found)
    titles = {key: title.replace("RUNS", str(options.runs)).replace("BASE", options.base) for key, title in titles.items()}
    return data, made, titles, source


def earlier_numbers(path):
    """The numbers of suites that a file of `--json` holds already."""
    if not path or not os.path.exists(path):
        return {}
    with open(path) as file:
        return {name: numbers for name, numbers in json.load(file).items() if name in SUITES}


def main():
    options = arguments()
    if options.list:
        show_list()
        return 0
    if options.suite in (None, "all"):
        names = list(SUITES) if options.suite or options.write or options.marks else ["programs"]
    else:
        names = options.suite.split(",")
    if [name for name in names if name not in SUITES]:
        sys.exit("no such suite; there are: %s" % ", ".join(SUITES))
    data, tables, sources, notes = earlier_numbers(options.json), {}, {}, []
    print(machine() + "\n", flush=True)
    for name in names:
        with tempfile.TemporaryDirectory() as build_folder:
            data[name], made, titles, source = run_suite(name, options, build_folder, notes)
        for key, text in made.items():
            tables[key], sources[key] = text, source
            print("### %s\n\n%s\n" % (titles[key], text), flush=True)
    missed = marks.missed(data)
    if options.marks or options.write:
        tables["marks"] = marks.marks_table(data)
        sources["marks"] = "`python3 benches/run.py --marks`", "Measured on %s." % machine()
        print("### Marks\n\n%s\n" % tables["marks"])
    if notes:
        print("Notes:\n" + "\n".join("- " + note for note in notes))
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": machine(), "runs": options.runs, **data, "notes": notes}, file, indent=1)
    if options.write:
        if not set(SUITES) - {"instr"} <= set(data):
            del tables["marks"]  # they need all suites
        print("written to %s: %s" % (options.write, ", ".join(page.write(options.write, tables, sources))))
    return 1 if [note for note in notes if note.startswith("wrong:")] or options.marks and missed else 0


if __name__ == "__main__":
    sys.exit(main())
