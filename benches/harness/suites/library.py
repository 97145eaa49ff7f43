"""The library beside Python's: the programs of `library/`, which print `task milliseconds = result`."""
from ..measure import collect
from ..tables import number, table

PROGRAMS = ["documents", "compression", "database", "text"]


def suite(run):
    data = {}
    for program in PROGRAMS:
        commands = run.commands("library", program)
        for name, found in collect({n: (command, {}) for n, command in commands.items()}, run).items():
            data.setdefault(name, {}).update(found)
    names = list(data)
    base = "python3" if "python3" in data else None
    tasks = list(dict.fromkeys(task for name in names for task in data[name]))
    rows = []
    for task in tasks:
        row = [task] + [number(data[name].get(task)) for name in names]
        if base:
            of_base = data[base].get(task)
            row += [number(data[n][task] / of_base if of_base and task in data[n] else None) for n in names if n != base]
        rows.append(row)
    head = ["milliseconds", *names] + (["%s, of Python's" % name for name in names if name != base] if base else [])
    return data, {"library": table(head, rows)} if rows else {}
