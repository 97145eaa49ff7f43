"""What Cotter is to reach, and whether it did. Ratios are taken within one run, so they hold on other machines too;
nanoseconds are those of a machine of 2023 or later."""
from .tables import geometric_mean, number, table


def _ratios(data):
    return [cells["cotter"]["ratio"] for cells in data["programs"].values() if cells.get("cotter", {}).get("ratio")]


def _memory(data):
    return [cells["cotter"]["kilobytes"] / cells["lua5.4"]["kilobytes"] for cells in data["programs"].values()
            if cells.get("cotter", {}).get("kilobytes") and cells.get("lua5.4", {}).get("kilobytes")]


def _call(name):
    return lambda data: data["ffi"]["cotter"][name]


def _collection(name, scale=1):
    return lambda data: data["gc"]["cotter"][name] * scale


def _growth(data):
    """How much more an object costs at the largest size than at 16 MB, at worst."""
    small, large = data["heap"]["16 MB"], data["heap"]["4096 MB"]
    return max(float(large[i]) / float(small[i]) for i in (0, 1, 3))


def _questions(data):
    return max(float(values[0]) for name, values in data["heap"].items() if name.startswith(("is_managed", "is_pinned")))


def _pins(data):
    return max(float(values[2]) for values in data["pins"].values() if len(values) > 3 and values[2] not in ("–", "ratio"))


# What it is, what is a must, what is the aim, and where the number comes from.
MARKS = [
    ("whole programs, geometric mean, of Lua 5.4's time", 0.80, 0.66, lambda data: geometric_mean(_ratios(data))),
    ("the slowest program, of Lua 5.4's time", 1.20, 1.00, lambda data: max(_ratios(data))),
    ("peak memory, the worst program, of Lua 5.4's", 1.5, 1.0, lambda data: max(_memory(data))),
    ("small objects, ns each", 40, 25, _collection("alloc_small")),
    ("allocation with a million live objects, ns", 190, 100, _collection("live_alloc")),
    ("longest pause with a million live objects, ms", 20, 2, _collection("batch_max_us", 1e-3)),
    ("hello, of Lua 5.4's time", 2, 1.2,
     lambda data: data["startup"]["cotter"]["hello"] / data["startup"]["lua5.4"]["hello"]),
    ("call: `add(i32, i32)`, ns", 20, 12, _call("add_i32")),
    ("call: six integers, ns", 30, 20, _call("add6_i64")),
    ("call: `strlen` of a string, ns", 25, 18, _call("strlen16")),
    ("call: struct of two doubles by value, both ways, ns", 60, 35, _call("point")),
    ("callback from C, ns", 60, 30, _call("callback")),
    ("`qsort` of 1,000, per comparison, ns", 80, 40, _call("qsort1000")),
    ("16 `iovec`s filled, then `writev`, ns", 2000, 1200, _call("writev16_build")),
    ("call: `snprintf`, variadic, ns", 250, 150, _call("snprintf")),
    ("a slice pinned, passed, unpinned, ns", 100, 50, _call("pin_slice")),
    ("pins: the worst row, of Go's time", 1, 1, _pins),
    ("is_managed, is_pinned from Rust, ns", 3, 3, _questions),
    ("allocating, marking, sweeping an object at 4 GB, of 16 MB", 2, 1.2, _growth),
]


def judge(data):
    """Rows of `(what, must, aim, found)`; `found` is None where nothing was measured."""
    rows = []
    for what, must, aim, find in MARKS:
        try:
            found = find(data)
        except (KeyError, ValueError, TypeError):
            found = None
        rows.append((what, must, aim, found))
    return rows


def missed(data):
    return [what for what, must, _, found in judge(data) if found is not None and found > must]


def marks_table(data):
    def verdict(must, aim, found):
        if found is None:
            return "not measured"
        return "aim" if found <= aim else "must" if found <= must else "**missed**"
    return table(["what", "must", "aim", "found", "reached"],
                 [[what, number(must), number(aim), number(found), verdict(must, aim, found)]
                  for what, must, aim, found in judge(data)])
