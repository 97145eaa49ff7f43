"""Running programs: time, memory, instructions, lines of `name value`."""
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from . import tables

BENCHES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Measurements of peak memory, of which the median counts.
PEAK_RUNS = 3


class Run:
    """What a suite is given: the options, the peers, a folder to build in, and a list for its notes."""

    def __init__(self, options, peers, build_folder, notes):
        self.options, self.peers, self.build_folder, self.notes = options, peers, build_folder, notes

    def path(self, *parts):
        return os.path.join(BENCHES, *parts)

    def commands(self, folder, name, arguments=()):
        """The command of each peer that has the program `folder/name.EXTENSION`, by the peer's name."""
        found = {}
        for peer in self.peers:
            source = self.path(folder, name + "." + peer.extension)
            command = peer.command(source, self.build_folder, arguments) if os.path.exists(source) else None
            if command:
                found[peer.name] = command
        return found


def child_environment(changes=None):
    environment = dict(os.environ, PYTHONHASHSEED="0")
    environment.update(changes or {})
    return environment


def run_once(command, options, environment=None):
    """(seconds, processor seconds, exit status, output, messages)"""
    def settle():
        os.sched_setaffinity(0, options.pin)
    start = time.perf_counter()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=messages,
                                   env=child_environment(environment), preexec_fn=settle if options.pin else None)
        timer = threading.Timer(options.timeout, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode == -9 and wall >= options.timeout:
            return wall, wall, 124, b"", b"took too long"
        output.seek(0)
        messages.seek(0)
        return wall, usage.ru_utime + usage.ru_stime, process.returncode, output.read(), messages.read()


def last_line(text):
    lines = text.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def peak_kilobytes(command, options):
    """Peak memory, the median of some runs: where the system places a program decides which pages of it are mapped."""
    peaks = [peak for _ in range(PEAK_RUNS) if (peak := peak_of_run(command, options)) is not None]
    return statistics.median(peaks) if peaks else None


def peak_of_run(command, options):
    """Peak memory by GNU time, which starts its child from a small process: a child of this one would inherit this one's peak."""
    gnu_time = shutil.which("time")
    if not gnu_time:
        return None
    with tempfile.NamedTemporaryFile() as file:
        try:
            subprocess.run([gnu_time, "-f", "%M", "-o", file.name, *command], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=child_environment(),
                           timeout=options.timeout)
            return int(file.read().decode().split()[-1])
        except (subprocess.TimeoutExpired, ValueError, IndexError, OSError):
            return None


LINE = re.compile(r"(\S+) ([-+0-9.eE]+)(?: = (.*))?$")


def collect(commands, run):
    """Runs programs that print lines `name value`, or `name value = result`, interleaved; `{peer: {name: median}}`.

    `commands` is `{peer: (command, changes to the environment)}`. Peers whose results differ are noted as wrong."""
    values = {peer: {} for peer in commands}
    results, failed = {}, set()
    for _ in range(run.options.runs):
        for peer, (command, environment) in commands.items():
            if peer in failed:
                continue
            _, _, status, output, messages = run_once(command, run.options, environment)
            if status:
                failed.add(peer)
                run.notes.append("%s: %s failed: %s" % (peer, os.path.basename(command[-1]), last_line(messages)))
            for line in output.decode(errors="replace").splitlines():
                match = LINE.match(line.strip())
                if match:
                    values[peer].setdefault(match.group(1), []).append(float(match.group(2)))
                    if match.group(3) is not None:
                        results.setdefault(match.group(1), {})[peer] = match.group(3)
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for name, of_peers in results.items():
        if len(set(of_peers.values())) > 1:
            run.notes.append("wrong: %s has different results: %s" % (name, of_peers))
    return {peer: {name: tables.median(v) for name, v in found.items()} for peer, found in values.items() if found}


def count_instructions(command, folder=None):
    """Instructions executed, by callgrind. None if the program fails.

    The environment is the same wherever this runs, for programs walk through it when they start."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONHASHSEED": "0"}
    valgrind = shutil.which("valgrind")
    result = subprocess.run([valgrind, "--tool=callgrind", "--callgrind-out-file=" + os.devnull, *command],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                            cwd=folder)
    match = re.search(r"Collected : (\d+)", result.stderr.decode(errors="replace"))
    if result.returncode or not match:
        sys.stderr.write("%s failed under valgrind\n%s\n" % (" ".join(command), result.stderr.decode(errors="replace")[-2000:]))
        return None
    return int(match.group(1))


def machine():
    """The processor and the system, in one line."""
    processor = ""
    try:
        with open("/proc/cpuinfo") as file:
            processor = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        pass
    return "%s, %s cores, %s %s" % (processor or "unknown processor", os.cpu_count(), platform.system(), platform.machine())
