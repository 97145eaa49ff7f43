"""Calls to C: the programs of `ffi/`, which print nanoseconds for one turn of a loop that makes the call."""
import os
import shutil
import subprocess

from ..measure import collect
from ..peers import which
from ..tables import by_operation

LABELS = {
    "loop": "the empty loop",
    "nop": "nothing",
    "add_i32": "`add(i32, i32)`",
    "add_i64": "`add(i64, i64)`",
    "add_f64": "`add(f64, f64)`",
    "add6_i64": "six integers",
    "strlen16": "`strlen` of a string",
    "sum_i32_16": "sum of a buffer of 16 ints",
    "sum_i32_1024": "sum of a buffer of 1,024 ints",
    "point": "struct of two doubles by value, both ways",
    "ipoint": "struct of two ints by value, both ways",
    "quad": "struct of four doubles by value, both ways",
    "callback": "callback, each",
    "qsort1000": "`qsort` of 1,000, per comparison",
    "writev16_reuse": "`writev` of 16 `iovec`s that are there",
    "writev16_build": "16 `iovec`s filled, then `writev`",
    "snprintf": "`snprintf`, variadic",
    "pin_slice": "a slice pinned, passed in a struct, unpinned",
    "pinned_slice": "a struct with a slice that is pinned",
}


def build_library(run):
    """The C library that all of them call, or None without a C compiler."""
    compiler = which("CC", "gcc", "cc")
    if not compiler:
        run.notes.append("ffi: no C compiler")
        return None
    library = os.path.join(run.build_folder, "libffibench.so")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, run.path("ffi/ffibench.c")], check=True)
    return library


def built(run, name, *words, **options):
    """Runs the words that build a program, and says where it is; None, with a note, if that fails."""
    out = os.path.join(run.build_folder, name)
    result = subprocess.run([out if word == "OUT" else word for word in words], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, **options)
    if result.returncode:
        message = result.stdout.decode(errors="replace").strip().splitlines()
        run.notes.append("%s: skipped, not built (%s)" % (name, message[0] if message else "no message"))
        return None
    return out


def lua_include_flags():
    if os.environ.get("LUA54_INCLUDE"):
        return ["-I" + os.environ["LUA54_INCLUDE"]]
    if shutil.which("pkg-config"):
        result = subprocess.run(["pkg-config", "--cflags", "lua5.4"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return result.stdout.decode().split()
    return []


def commands_of_peers(run, library, wanted):
    """`{name: (command, changes to the environment)}` for the ways to C that are installed here."""
    def is_wanted(*names):
        return wanted is None or any(name in wanted for name in names)
    compiler, found = which("CC", "gcc", "cc"), {}
    if is_wanted("c"):
        program = built(run, "ffi_c", compiler, "-O2", "-o", "OUT", run.path("ffi/ffi_c.c"), "-ldl")
        if program:
            found["c"] = [program, library], {}
    lua = which("LUA54", "lua5.4", "lua54")
    if lua and is_wanted("lua5.4-C-API"):
        sources = [run.path("ffi/lua_capi.c"), run.path("ffi/ffibench.c")]
        if built(run, "lua_capi.so", compiler, "-O2", "-shared", "-fPIC", *lua_include_flags(), "-o", "OUT", *sources):
            found["lua5.4-C-API"] = [lua, run.path("ffi/ffi_lua_capi.lua"), run.build_folder], {}
    luajit = which("LUAJIT", "luajit")
    for name, words in {"luajit": [luajit], "luajit-joff": [luajit, "-joff"]}.items():
        if luajit and is_wanted(name):
            found[name] = [*words, run.path("ffi/ffi_luajit.lua"), library], {}
    go = which("GO", "go")
    if go and is_wanted("cgo", "cgo-nocheck"):
        program = built(run, "cgobench", go, "build", "-o", "OUT", ".", cwd=run.path("ffi/cgo"),
                        env=dict(os.environ, CGO_ENABLED="1"))
        if program:
            found["cgo"] = [program], {}
            found["cgo-nocheck"] = [program], {"GODEBUG": "cgocheck=0"}
    node = which("NODE", "node")
    if node and is_wanted("koffi"):
        folder = os.environ.get("KOFFI_DIR", os.getcwd())
        if os.path.exists(os.path.join(folder, "node_modules", "koffi")):
            found["koffi"] = [node, run.path("ffi/ffi_koffi.mjs"), library], {}
        else:
            run.notes.append("koffi: skipped, not installed ($KOFFI_DIR names the folder whose node_modules has it)")
    python = next((peer.executable for peer in run.peers if peer.name == "python3"), None)
    if python and is_wanted("ctypes"):
        found["ctypes"] = [python, run.path("ffi/ffi_ctypes.py"), library], {}
    return {name: spec for name, spec in found.items() if is_wanted(name)}


def suite(run):
    library = build_library(run)
    if not library:
        return {}, {}
    commands = {peer.name: (peer.command(run.path("ffi/ffi_cotter.cot"), run.build_folder, [library]), {})
                for peer in run.peers if peer.extension == "cot"}
    commands.update(commands_of_peers(run, library, run.options.peers_wanted))
    data = collect(commands, run)
    return data, {"ffi": by_operation(data, [name for name in commands if name in data], LABELS)}
