"""What a backup of a large database costs: how fast it is beside `sqlite3 .backup`, and what those
notice who write meanwhile."""

import contextlib
import json
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import time

from processes import Server, filled, free_port

MIB = 1024 * 1024
# A payment with its note, as rows of a small business are.
ROW_BYTES = 400
# What the writer waits between two transactions: 100 a second, a busy small business.
PAUSE_SECONDS = 0.01
# How long writers are watched without a backup, each time.
ALONE_SECONDS = 5
COMMAND_SECONDS_MAX = 600

WRITER = """
import sqlite3, sys, time
file = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
file.execute("PRAGMA synchronous = NORMAL")
while True:
    began = time.monotonic()
    file.execute("BEGIN IMMEDIATE")
    file.execute("UPDATE totals SET count = count + 1, sum = sum + 23.45")
    file.execute("INSERT INTO payments(note) VALUES (?)", ("w" * 400,))
    file.execute("COMMIT")
    ended = time.monotonic()
    print(f"{ended} {ended - began}", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def make(path, mib):
    """A database in WAL mode with rows of text, as an app leaves it."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = OFF")
        file.execute("CREATE TABLE payments(id INTEGER PRIMARY KEY, note TEXT NOT NULL)")
        file.execute("CREATE TABLE totals(count INTEGER NOT NULL, sum REAL NOT NULL)")
        file.execute("INSERT INTO totals VALUES (0, 0)")
        file.execute("BEGIN")
        # Random notes: neither disk nor file system can make them smaller.
        for _ in range(mib * MIB // (ROW_BYTES + 12) // 1000):
            notes = os.urandom(ROW_BYTES // 2 * 1000).hex()
            file.executemany(
                "INSERT INTO payments(note) VALUES (?)",
                ((notes[at:at + ROW_BYTES],) for at in range(0, len(notes), ROW_BYTES)))
        file.execute("COMMIT")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Writer:
    """Another process that writes, and says how long each transaction took."""

    def __init__(self, path, log):
        self.log = log
        with open(log, "w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WRITER, path, str(PAUSE_SECONDS)], stdout=output)

    def p99(self, start, end):
        """Milliseconds, of the transactions that were under way between two moments."""
        times = []
        for line in self.log.read_text().splitlines():
            ended, took = map(float, line.split())
            if ended >= start and ended - took <= end:
                times.append(took * 1000)
        times.sort()
        return times[len(times) * 99 // 100]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def timed(arguments):
    began = time.monotonic()
    subprocess.run(arguments, stdout=subprocess.DEVNULL, timeout=COMMAND_SECONDS_MAX, check=True)
    return began, time.monotonic()


def newest_copy_seconds(folder):
    manifests = sorted(folder.glob("*.json"))
    return json.loads(manifests[-1].read_text())["copy_ms"] / 1000


def measure(scratch, program, rounds, mib):
    """Prints a line for each round, then the medians' ratios."""
    folder = scratch / "copies"
    backups = folder / "backups"
    backups.mkdir(parents=True)
    database = folder / "app.db"
    make(database, mib)
    size = database.stat().st_size / MIB
    file = folder / "bascule.yaml"
    file.write_text(filled("copies.yaml", folder=folder, port=free_port(), admin=free_port()))
    server = Server("bascule", [program, "serve", "--config", file], None, None)
    command = [program, "--socket", folder / "control.sock", "db", "backup"]
    pause = PAUSE_SECONDS * 1000
    print(f"\nbackup: {size:.0f} MiB in WAL mode, a transaction every {pause:.0f} ms")
    # sqlite3 copies 100 pages at a time and begins anew whenever somebody has written: beside a
    # writer it never ends. It is measured while nobody writes, Bascule with the writer.
    print("round  sqlite3 s, nobody writes   copy s  verified s   writer's p99 ms: alone, beside")
    results = []
    try:
        server.wait_until(lambda: subprocess.run(
            [program, "--socket", folder / "control.sock", "status"],
            capture_output=True).returncode == 0)
        for number in range(rounds):
            other = folder / "other.db"
            began, ended = timed(["sqlite3", f"file:{database}?mode=ro", f".backup {other}"])
            plain = ended - began
            other.unlink()
            with Writer(database, folder / "writes") as writer:
                began = time.monotonic()
                time.sleep(ALONE_SECONDS)
                alone = writer.p99(began, time.monotonic())
                began, ended = timed(command)
                whole, p99 = ended - began, writer.p99(began, ended)
            copy = newest_copy_seconds(backups)
            results.append((plain, copy, whole, alone, p99))
            print(
                f"{number + 1:5} {plain:26.2f} {copy:8.2f} {whole:11.2f}"
                f" {alone:23.2f} {p99:7.2f}", flush=True)
    finally:
        server.stop()
    plain, copy, whole, alone, p99 = map(statistics.median, zip(*results))
    print(
        f"bascule / sqlite3: rate of the copy {plain / copy:.3f}, copied and verified"
        f" {plain / whole:.3f}; writers' p99 during a backup / alone {p99 / alone:.3f}")
