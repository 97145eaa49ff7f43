"""Instructions executed, by callgrind: the same numbers however busy the machine is. Small sizes, for valgrind is slow."""
import shutil
import sys

from ..measure import count_instructions
from ..tables import geometric_mean, number, table
from .programs import chosen

SIZES = {"fib": 24, "method_call": 20000, "closures": 15, "generators": 10000, "richards": 1, "queens": 7, "sieve": 50000,
         "fannkuch": 7, "nbody": 2000, "spectral_norm": 40, "mandelbrot": 50, "matmul": 40, "binary_trees": 8, "map": 3000,
         "strings": 1, "sort": 2000, "json": 1}


def suite(run):
    if not shutil.which("valgrind"):
        run.notes.append("instr: skipped, valgrind is not installed")
        return {}, {}
    hello = {name: count_instructions(command) or 0 for name, command in run.commands("startup", "hello").items()}
    data = {}
    for program in chosen(run):
        counts = data[program] = {}
        for name, command in run.commands("programs/" + program, program, [SIZES[program]]).items():
            count = count_instructions(command)
            if count:
                counts[name] = max(count - hello.get(name, 0), 1)
        print(program, counts, file=sys.stderr, flush=True)
    names = [peer.name for peer in run.peers if any(peer.name in counts for counts in data.values())]
    rows = [["%s %d" % (program, SIZES[program]), *["%.1f" % (counts[n] / 1e6) if n in counts else "–" for n in names]]
            for program, counts in data.items()]
    base = run.options.base
    if base in names:
        rows.append(["**geometric mean, of %s**" % base] + [
            "**%s**" % number(geometric_mean([c[n] / c[base] for c in data.values() if n in c and base in c])) for n in names])
    return {"programs": data, "hello": hello}, {"instr": table(["program", *names], rows)}
