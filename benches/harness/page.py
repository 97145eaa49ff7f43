"""The tables of docs/performance.md. Each stands between markers that name it:

    <!-- table: gc -->
    …
    <!-- end of table -->

and is written with the command that makes it and what it was measured on. All else on the page is left as it is."""
import os
import re

from .peers import ROOT

PAGE = os.path.join(ROOT, "docs", "performance.md")
BEGIN = re.compile(r"^<!-- table: ([a-z]+) -->$")
END = "<!-- end of table -->"


class Malformed(Exception):
    """Markers that do not come in pairs, or one name twice."""


def blocks(text):
    """`{name: (line behind the marker, line of the end)}`."""
    found, name, start = {}, None, None
    for index, line in enumerate(text.split("\n")):
        begin = BEGIN.match(line)
        if begin and name is not None or line == END and name is None:
            raise Malformed("line %d: %s" % (index + 1, line))
        if "<!-- table" in line and not begin:
            raise Malformed("line %d is no marker: %s" % (index + 1, line))
        if begin:
            name, start = begin.group(1), index + 1
            if name in found:
                raise Malformed("line %d: the table %s stands twice" % (index + 1, name))
        elif line == END:
            found[name] = start, index
            name = None
    if name is not None:
        raise Malformed("the table %s has no end" % name)
    return found


def check_tables(text):
    """That each table between markers has rows of one width. Returns what is wrong."""
    wrong = []
    lines = text.split("\n")
    for name, (start, end) in blocks(text).items():
        widths = []
        for line in lines[start:end] + [""]:
            if line.startswith("|"):
                widths.append(line.count("|"))
            elif widths:
                if len(widths) < 3 or len(set(widths)) > 1:
                    wrong.append("%s: %d rows with %s cells" % (name, len(widths), sorted(set(widths))))
                widths = []
        if not any(line.startswith("|") for line in lines[start:end]):
            wrong.append("%s: no table" % name)
    return wrong


def replace(text, name, content):
    """The text with the lines between the markers of `name` replaced."""
    start, end = blocks(text)[name]
    lines = text.split("\n")
    return "\n".join(lines[:start] + ["", *content.strip().split("\n"), ""] + lines[end:])


def write(path, made, sources):
    """Puts tables on the page; `sources` says of each what is written above and below it. Returns the names written."""
    with open(path) as file:
        text = file.read()
    names = [name for name in made if name in blocks(text)]
    for name in names:
        above, below = sources[name]
        text = replace(text, name, "%s\n\n%s\n\n%s" % (above, made[name], below))
    with open(path, "w") as file:
        file.write(text)
    return names
