"""The row `backup`: how fast `bascule db backup` is beside `sqlite3 .backup`, and what a process
notices that writes meanwhile.

Bascule's time is that of the whole command, which also checks the copy, counts its rows, takes its
SHA-256 and syncs it, and so it is judged; sqlite3 copies and syncs. Printed beside are how long the
copying took alone, and the rate against sqlite3 with integrity_check and sha256sum after it, which
is what the same would be by hand.
Neither's time has the removal of an older copy in it.
Both are measured while nobody writes, and beside a writer. There the shell's plain `.backup` would
never end, as it begins anew after every commit of another process: it gets a read transaction
around it, which holds its moment fast as Bascule does for itself.
"""

import contextlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time

import goals
from processes import Server, filled, free_port

MIB = 1024 * 1024
# A payment with its note, as rows of a small business are.
ROW_BYTES = 400
# What the writer waits between two transactions: 100 a second, a busy small business.
PAUSE_SECONDS = 0.01
# How long writers are watched without a backup, each time.
ALONE_SECONDS = 5
COMMAND_SECONDS_MAX = 600
RATE_GOAL = 0.7
P99_GOAL = 2

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

    def times(self, start, end):
        """Milliseconds of the transactions that were under way between two moments."""
        rows = (map(float, line.split()) for line in self.log.read_text().splitlines())
        return [took * 1000 for ended, took in rows if ended >= start and ended - took <= end]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def p99(times):
    return sorted(times)[len(times) * 99 // 100]


class Copier:
    """One database, and the two commands that copy it."""

    def __init__(self, folder, program, database):
        self.database = database
        self.backups = folder / "backups"
        self.other = folder / "other.db"
        self.command = [program, "--socket", folder / "control.sock", "db", "backup"]
        # What Bascule says of its last copying, and what checking sqlite3's copy took.
        self.copying = self.checking = 0

    def copy(self, name, is_beside):
        """Beginning and end of a copy by this one, beside a writer or not."""
        return self.sqlite3(is_beside) if name == "sqlite3" else self.bascule()

    def sqlite3(self, is_beside):
        pin = ["BEGIN", "SELECT count FROM totals"] if is_beside else []
        span = timed(["sqlite3", f"file:{self.database}?mode=ro", *pin, f".backup {self.other}"])
        checks = [["sqlite3", self.other, "PRAGMA integrity_check"], ["sha256sum", self.other]]
        self.checking = sum(ended - began for began, ended in map(timed, checks))
        self.other.unlink()
        return span

    def bascule(self):
        span = timed(self.command)
        manifest = next(self.backups.glob("*.json"))
        self.copying = json.loads(manifest.read_text())["copy_ms"] / 1000
        for file in self.backups.glob("*.db*"):
            file.unlink()
        return span


def timed(arguments):
    # What an earlier copy has left to be written is nobody else's.
    os.sync()
    began = time.monotonic()
    subprocess.run(arguments, stdout=subprocess.DEVNULL, timeout=COMMAND_SECONDS_MAX, check=True)
    return began, time.monotonic()


def run_round(copier, log, names):
    """Seconds by who copied and how, and the writer's times by what went on beside it."""
    seconds, times = {}, {}

    def copy(name, how):
        span = copier.copy(name, is_beside=how != "")
        seconds[name + how] = span[1] - span[0]
        seconds["copying" + how] = copier.copying
        seconds["checking" + how] = copier.checking
        return span

    for name in names:
        copy(name, "")
    with Writer(copier.database, log) as writer:
        began = time.monotonic()
        time.sleep(ALONE_SECONDS)
        times["alone"] = writer.times(began, time.monotonic())
        for name in names:
            times[name] = writer.times(*copy(name, ", writer"))
    return seconds, times


def run_rounds(copier, log, rounds):
    """The medians of the seconds, and the p99 of the writer's times of all rounds together."""
    print("seconds    nobody writes                beside a writer              writer's p99 ms,")
    print("round    sqlite3  bascule (copying)   sqlite3  bascule (copying)  alone, beside the two",
          flush=True)
    results = []
    names = ["sqlite3", "bascule"]
    for number in range(rounds):
        seconds, times = run_round(copier, log, names)
        # The other one begins the next round.
        names.reverse()
        results.append((seconds, times))
        words = "".join(
            f" {seconds['sqlite3' + how]:9.2f} {seconds['bascule' + how]:8.2f}"
            f" ({seconds['copying' + how]:7.2f})" for how in ("", ", writer"))
        late = " ".join(f"{p99(times[name]):7.2f}" for name in ("alone", "sqlite3", "bascule"))
        print(f"{number + 1:5} {words} {late}", flush=True)
    middle = {
        name: statistics.median(seconds[name] for seconds, _ in results) for name in results[0][0]}
    late = {
        name: p99([one for _, times in results for one in times[name]]) for name in results[0][1]}
    return middle, late


def measure(scratch, program, rounds, mib):
    """Prints a line for each round; returns the claims."""
    if program is None:
        return []
    folder = scratch / "copies"
    (folder / "backups").mkdir(parents=True)
    database = folder / "app.db"
    make(database, mib)
    file = folder / "bascule.yaml"
    file.write_text(filled("copies.yaml", folder=folder, port=free_port(), admin=free_port()))
    size = database.stat().st_size / MIB
    print(f"\nbackup: {size:.0f} MiB in WAL mode; who writes, {1 / PAUSE_SECONDS:.0f} a second")
    server = Server("bascule", [program, "serve", "--config", file], None, None)
    try:
        server.wait_until(lambda: subprocess.run(
            [program, "--socket", folder / "control.sock", "status"],
            capture_output=True).returncode == 0)
        copier = Copier(folder, program, database)
        seconds, late = run_rounds(copier, folder / "writes", rounds)
    finally:
        server.stop()
        for copy in (database, *(folder / "backups").iterdir()):
            copy.unlink()
    for how in ("", ", writer"):
        plain, whole = seconds["sqlite3" + how], seconds["bascule" + how]
        by_hand = plain + seconds["checking" + how]
        print(f"bascule / sqlite3{how}: copying {plain / seconds['copying' + how]:.3f},"
              f" all of it against the same by hand {by_hand / whole:.3f}")
    print(f"writer's p99 beside / alone: sqlite3 {late['sqlite3'] / late['alone']:.3f}")
    return [
        goals.Claim("rate of the whole command / sqlite3, nobody writes",
                    seconds["sqlite3"] / seconds["bascule"], RATE_GOAL, True),
        goals.Claim("and beside a writer",
                    seconds["sqlite3, writer"] / seconds["bascule, writer"], RATE_GOAL, True),
        goals.Claim("writer's p99 beside it / alone", late["bascule"] / late["alone"], P99_GOAL)]
