"""What `run.py` and `guard.py` are made of. Python's standard library only.

    peers.py         the languages that Cotter is compared with, and how each runs a file
    measure.py       running programs: time, memory, instructions, lines of `name value`
    tables.py        numbers and tables as text
    suites/          one file for each suite: what it runs, and the tables it makes
    marks.py         what Cotter is to reach, and whether it did
    page.py          the tables between the markers of docs/performance.md
    counts.py        the record of instruction counts that guard.py compares with
    test_harness.py  tests of the above

A suite is a function that takes a `Run` (`measure.py`) and returns its numbers and its tables, by the names that the
markers of the page have.
"""
