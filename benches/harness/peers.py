"""The languages that Cotter is compared with, and how each runs a file."""
import os
import re
import shlex
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Peer:
    """A program that runs files of one extension, perhaps after building them."""

    def __init__(self, name, extension, executables, variable, arguments=(), version=("--version",), build=None):
        self.name, self.extension, self.executables, self.variable = name, extension, executables, variable
        self.arguments, self.version_arguments, self.build = list(arguments), version, build
        self.executable = None

    def find(self):
        """Looks for the program: the one that the environment variable names, or else the usual names on PATH."""
        given = os.environ.get(self.variable) if self.variable else None
        for name in [given] if given else self.executables:
            path = shutil.which(os.path.expanduser(name))
            if path:
                self.executable = path
                return True
        return False

    def version(self):
        """The line in which the program names itself."""
        try:
            result = subprocess.run([self.executable, *self.version_arguments], stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            return "unknown version"
        lines = [line.strip() for line in result.stdout.decode(errors="replace").splitlines() if line.strip()]
        if not lines or lines[0].startswith("Usage"):
            return self.name + ", which prints no version"
        return re.sub(r"\s*(Copyright|--).*", "", lines[0])[:90]

    def command(self, source, build_folder, extra=()):
        """The words that run `source` with the arguments `extra`, or None if it cannot be built."""
        extra = [str(word) for word in extra]
        if self.build:
            program = os.path.join(build_folder, self.name + "-" + os.path.basename(source).replace(".", "_"))
            if not os.path.exists(program):
                words = [word.format(exe=self.executable, src=source, out=program) for word in self.build]
                result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                if result.returncode:
                    sys.stderr.write("%s: %s was not built\n%s\n" % (self.name, os.path.basename(source),
                                                                      result.stdout.decode(errors="replace")[:500]))
                    return None
            return [program, *extra]
        if self.variable == "LUAU":
            return [self.executable, *self.arguments, source, *(["-a", *extra] if extra else [])]
        return [self.executable, *self.arguments, source, *extra]


PEERS = [
    Peer("c", "c", ["gcc", "cc", "clang"], "CC", build=["{exe}", "-O2", "-o", "{out}", "{src}", "-lm"]),
    Peer("go", "go", ["go"], "GO", version=("version",), build=["{exe}", "build", "-o", "{out}", "{src}"]),
    Peer("lua5.4", "lua", ["lua5.4", "lua54"], "LUA54", version=("-v",)),
    Peer("lua5.5", "lua", ["lua5.5", "lua55"], "LUA55", version=("-v",)),
    Peer("luajit", "lua", ["luajit"], "LUAJIT", version=("-v",)),
    Peer("luajit-joff", "lua", ["luajit"], "LUAJIT", ["-joff"], version=("-v",)),
    Peer("luau", "lua", ["luau"], "LUAU", ["-O2"], version=("--help",)),
    # The Python that runs this, and not a script that chooses one, which would be measured too.
    Peer("python3", "py", [sys.executable], "PYTHON3"),
    Peer("node", "js", ["node"], "NODE"),
    Peer("node-jitless", "js", ["node"], "NODE", ["--jitless"]),
    Peer("qjs", "js", ["qjs"], "QJS", version=("--help",)),
]


def cotters(specifications, arguments=""):
    """A peer for each `[NAME=]PATH`; without any, the release build of this checkout."""
    found = []
    for specification in specifications or [os.path.join(ROOT, "target", "release", "cotter")]:
        name, _, path = specification.rpartition("=")
        path = shutil.which(path) or os.path.abspath(path)
        found.append(Peer(name or "cotter", "cot", [path], None, shlex.split(arguments)))
    return found


def choose(wanted, specifications, arguments=""):
    """The peers that were found of the names `wanted` (None: all), Cotter's builds first, and notes about the others."""
    found, notes = [], []
    for peer in cotters(specifications, arguments):
        if peer.find():
            found.append(peer)
        else:
            notes.append("%s: there is no program %s (`cargo build --release` makes it)" % (peer.name, peer.executables[0]))
    for peer in PEERS:
        if wanted is not None and peer.name not in wanted:
            continue
        if peer.find():
            found.append(peer)
        else:
            notes.append("%s: skipped, not installed (looked on PATH; $%s names another)" % (peer.name, peer.variable))
    return found, notes


def which(variable, *names):
    """A helper program, such as the C compiler."""
    for name in [os.environ[variable]] if os.environ.get(variable) else names:
        path = shutil.which(os.path.expanduser(name))
        if path:
            return path
    return None
