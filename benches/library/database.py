"""A hundred thousand rows into a table and out again. Each line is `name milliseconds = result`."""
import sqlite3
import time

ROWS = 100_000


def best(name, work):
    least, result = 1e9, None
    for _ in range(3):
        start = time.monotonic()
        result = work()
        least = min(least, time.monotonic() - start)
    print("%s %.3f = %s" % (name, least * 1000, result))


db = sqlite3.connect(":memory:", isolation_level=None)
db.row_factory = sqlite3.Row  # rows whose columns have names, as Cotter's have


def insert():
    db.executescript("drop table if exists birds; create table birds (id integer primary key, name text, weight real)")
    db.execute("begin")
    for i in range(ROWS):
        db.execute("insert into birds values (?, ?, ?)", (i, "wren %d" % (i % 1000), i * 0.5))
    db.execute("commit")
    return db.execute("select count(*) from birds").fetchone()[0]


def select():
    total = 0
    for row in db.execute("select id, name, weight from birds"):
        total += row["id"] + len(row["name"]) + row["weight"]
    return int(total)


def look_up():
    total = 0
    for i in range(ROWS // 2):
        total += len(db.execute("select name from birds where id = ?", (i * 2,)).fetchone()["name"])
    return total


best("sqlite_insert", insert)
best("sqlite_select", select)
best("sqlite_all", lambda: len(db.execute("select id, name, weight from birds").fetchall()))
best("sqlite_look_up", look_up)
