"""What `cargo bench` measures: the heap, and pins beside Go's own benchmarks of them. It prints tables."""
import os
import shutil
import subprocess
import tempfile

from ..peers import ROOT, which

GO_BENCHMARKS = ["test", "-run", "xxx", "-bench", "Pinner", "-count", "50", "-benchtime", "2ms", "runtime"]


def bench(run, name, *arguments):
    """The lines that a benchmark of this package prints, or None with a note."""
    cargo = shutil.which("cargo")
    if not cargo:
        run.notes.append("%s: skipped, cargo is not installed" % name)
        return None
    result = subprocess.run([cargo, "bench", "--quiet", "--bench", name, "--", *arguments], cwd=ROOT,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode:
        run.notes.append("%s: failed: %s" % (name, result.stderr.decode(errors="replace").strip()[-500:]))
        return None
    return result.stdout.decode()


def cells(text):
    """`{first cell: [other cells]}` of the rows of all tables in a text."""
    found = {}
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("| ---"):
            first, *others = [cell.strip() for cell in line.strip("|").split("|")]
            found[first] = others
    return found


def heap(run):
    text = bench(run, "heap", "4096", "growth")
    return (cells(text), {"heap": text.strip()}) if text else ({}, {})


def pins(run):
    go = which("GO", "go")
    if not go:
        run.notes.append("pins: skipped, Go is not installed ($GO names another)")
        return {}, {}
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "go")
        with open(output, "w") as file:
            subprocess.run([go, *GO_BENCHMARKS], stdout=file, stderr=subprocess.STDOUT)
        text = bench(run, "pinner", output)
    return (cells(text), {"pins": text.strip()}) if text else ({}, {})
