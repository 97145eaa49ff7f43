"""Whole programs: each prints `name size checksum…`, and the checksums must agree."""
import statistics
import sys

from ..measure import last_line, peak_kilobytes, run_once
from ..tables import geometric_mean, median, number, table

PROGRAMS = ["fib", "method_call", "closures", "generators", "richards", "queens", "sieve", "fannkuch", "nbody",
            "spectral_norm", "mandelbrot", "matmul", "binary_trees", "map", "strings", "sort", "json"]


def chosen(run):
    return run.options.programs.split(",") if run.options.programs else PROGRAMS


def measure_program(name, run):
    """`{peer: {"wall": […], "cpu": […], "kilobytes": …}}`, rounds interleaved."""
    arguments = [run.options.n] if run.options.n else ()
    commands = run.commands("programs/" + name, name, arguments)
    cells = {peer: {"wall": [], "cpu": []} for peer in commands}
    outputs = {}
    for turn in range(run.options.runs):
        for peer, command in commands.items():
            cell = cells[peer]
            # A slow peer gets fewer runs: its share of the time is bounded.
            if "failed" in cell or turn >= 2 and sum(cell["wall"]) > run.options.budget:
                continue
            wall, cpu, status, output, messages = run_once(command, run.options)
            if status:
                cell["failed"] = True
                run.notes.append("%s %s: exit status %d: %s" % (name, peer, status, last_line(messages)))
                continue
            cell["wall"].append(wall)
            cell["cpu"].append(cpu)
            outputs[peer] = last_line(output)
    agreed = statistics.mode(outputs.values()) if outputs else ""
    run.notes += ["wrong: %s %s printed %r, others %r" % (name, peer, output, agreed)
                  for peer, output in outputs.items() if output != agreed]
    for peer, cell in cells.items():
        if cell["wall"]:
            cell["kilobytes"] = peak_kilobytes(commands[peer], run.options)
    return cells


def ratio(cells, peer, base, metric):
    """The median over the rounds of this peer's time to the base's in the same round."""
    times, base_times = (cells.get(name, {}).get(metric) for name in (peer, base))
    if not times or not base_times:
        return None
    return statistics.median(a / max(b, 1e-4) for a, b in zip(times, base_times))


def suite(run):
    metric, base = run.options.metric, run.options.base
    results = {}
    for name in chosen(run):
        results[name] = measure_program(name, run)
        print("%-14s " % name + "  ".join("%s %s" % (peer, number(median(cell[metric])))
                                          for peer, cell in results[name].items()), file=sys.stderr, flush=True)
    peers = [p.name for p in run.peers if any(results[n].get(p.name, {}).get(metric) for n in results)]

    def rows(value):
        return [[name, *[value(results[name], peer) for peer in peers]] for name in results]

    made = {"seconds": table(["program", *peers],
                             rows(lambda cells, peer: number(median(cells.get(peer, {}).get(metric)))))}
    ratios = {peer: [ratio(results[name], peer, base, metric) for name in results] for peer in peers}
    means = {peer: geometric_mean(ratios[peer]) for peer in peers}
    if base in peers:
        mean_row = ["**geometric mean**"] + ["**%s**" % number(means[peer]) for peer in peers]
        made["programs"] = table(["program", *peers],
                                 rows(lambda cells, peer: number(ratio(cells, peer, base, metric))) + [mean_row])

    def megabytes(cells, peer):
        kilobytes = cells.get(peer, {}).get("kilobytes")
        return "%.1f" % (kilobytes / 1024) if kilobytes else "–"
    made["memory"] = table(["program", *peers], rows(megabytes))
    data = {name: {peer: {"seconds": median(cell[metric]), "ratio": ratio(results[name], peer, base, metric),
                          "kilobytes": cell.get("kilobytes")} for peer, cell in results[name].items()} for name in results}
    return data, made
