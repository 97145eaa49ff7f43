"""Numbers and tables as text."""
import math
import statistics


def geometric_mean(numbers):
    numbers = [n for n in numbers if n]
    return math.exp(sum(map(math.log, numbers)) / len(numbers)) if numbers else None


def number(value):
    """Three digits that count, or a dash where nothing was measured."""
    if value is None:
        return "–"
    if abs(value) < 1:
        return "%.3f" % value
    return "%.2f" % value if abs(value) < 100 else "{:,.0f}".format(value)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def by_operation(data, names, labels=None):
    """A table of `{peer: {operation: value}}`: operations down, in the order the first peers have them, peers across."""
    operations = list(dict.fromkeys(operation for name in names for operation in data[name]))
    labels = labels or {}
    rows = [[labels.get(o, o), *[number(data[name].get(o)) for name in names]] for o in operations]
    return table(["", *names], rows)


def median(values):
    return statistics.median(values) if values else None
