"""A file of six megabytes written, read and searched. Each line is `name milliseconds = result`."""
import os
import re
import tempfile
import time


def best(name, work):
    least, result = 1e9, None
    for _ in range(3):
        start = time.monotonic()
        result = work()
        least = min(least, time.monotonic() - start)
    print("%s %.3f = %s" % (name, least * 1000, result))


lines, seed = [], 42
for i in range(100_000):
    seed = seed * 16807 % 2147483647
    lines.append("2026-11-%02d host%d request=%d took %d ms for user%d@example.org" % (i % 28 + 1, seed % 50, seed,
                                                                                  seed % 977, i))
name = os.path.join(tempfile.gettempdir(), "cotter-bench-text")


def write():
    with open(name, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")
    return os.path.getsize(name)


def by_lines():
    size = 0
    with open(name, encoding="utf-8") as file:
        for line in file:
            size += len(line.rstrip("\n"))
    return size


def whole():
    with open(name, encoding="utf-8") as file:
        return file.read()


def find_all():
    size = 0
    for found in address.finditer(text):
        size += len(found.group())
    return size


def groups():
    total = 0
    for line in lines:
        total += int(fields.search(line).group(4))
    return total


best("file_write_lines", write)
best("file_lines", by_lines)
best("file_whole", lambda: len(whole()))
text = whole()
best("split_lines", lambda: len(text.split("\n")))
address = re.compile(r"[a-z0-9]+@[a-z]+\.org")
best("regex_find_all", find_all)
fields = re.compile(r"^(\d+)-(\d+)-(\d+) host(\d+) request=(\d+)")
best("regex_groups", groups)
best("regex_replace", lambda: len(address.sub("someone", text)))
os.remove(name)
