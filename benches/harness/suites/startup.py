"""Start-up: `hello` many times, and fifty million turns of an empty loop."""
import os
import sys

from ..measure import peak_kilobytes, run_once
from ..tables import median, number, table

HELLOS = 25


def suite(run):
    data = {}
    for program in ("hello", "loop"):
        commands = run.commands("startup", program)
        times = {name: [] for name in commands}
        for turn in range((HELLOS if program == "hello" else run.options.runs) + 1):
            for name, command in commands.items():
                wall, _, status, _, _ = run_once(command, run.options)
                if status == 0 and turn:  # the first round warms the file cache
                    times[name].append(wall)
        for name, command in commands.items():
            if not times[name]:
                continue
            row = data.setdefault(name, {})
            row[program] = median(times[name]) * 1e3
            if program == "hello":
                row["hello_min"] = min(times[name]) * 1e3
                row["kilobytes"] = peak_kilobytes(command, run.options)
                row["binary_mb"] = os.path.getsize(os.path.realpath(command[0])) / 1e6
        print(program, file=sys.stderr, flush=True)
    head = ["", "hello, ms", "best, ms", "peak memory, MB", "program, MB", "50 million empty turns, s"]
    rows = [[name, number(row.get("hello")), number(row.get("hello_min")),
             number(row["kilobytes"] / 1024 if row.get("kilobytes") else None), number(row.get("binary_mb")),
             number(row["loop"] / 1e3 if "loop" in row else None)] for name, row in data.items()]
    return data, {"startup": table(head, rows)}
