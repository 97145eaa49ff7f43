"""Allocation and collection: the programs of `gc/`, which print lines `name value`."""
from ..measure import collect, peak_kilobytes
from ..tables import by_operation

LABELS = {
    "alloc_small": "small object, ns",
    "live_build": "object of a tree that stays, ns",
    "live_alloc": "small object beside a million live ones, ns",
    "batch_p999_us": "1,000 of these, 99.9th percentile, µs",
    "batch_max_us": "1,000 of these, slowest, µs",
    "peak_mb": "peak memory, MB",
    "collections": "collections",
    "stw_max_us": "longest stop that Go reports, µs",
    "stw_mean_us": "mean stop that Go reports, µs",
    "heap_mb": "heap that Go reports, MB",
}


def suite(run):
    commands = run.commands("gc", "gc", [run.options.n] if run.options.n else ())
    data = collect({name: (command, {}) for name, command in commands.items()}, run)
    for name in data:
        kilobytes = peak_kilobytes(commands[name], run.options)
        if kilobytes:
            data[name]["peak_mb"] = kilobytes / 1024
    return data, {"gc": by_operation(data, list(data), LABELS)}
