"""Starts and ends the processes of the benchmark, and reads what they used.

CPU time comes from each process's own clock, which the scheduler keeps to the nanosecond; how it
splits between program and kernel from /proc, which counts hundredths of seconds. A server counts
with all its children: whatever it leaves to another process is still its work.
"""

import dataclasses
import http.client
import os
import pathlib
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
START_SECONDS = 15
STOP_SECONDS = 15


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core):
    """What a child does first to stay on one core; None for any core."""
    return None if core is None else lambda: os.sched_setaffinity(0, {core})


def turns(servers, rounds):
    """Every server once a round, and another one first each time, so that none is always first or
    always after another, and what else goes on here meets all of them alike."""
    for number in range(rounds):
        first = number % len(servers)
        for server in servers[first:] + servers[:first]:
            yield number, server


def filled(name, **words):
    """A configuration of this folder with its @WORDS@ filled in."""
    text = (HERE / name).read_text()
    for word, value in words.items():
        text = text.replace(f"@{word.upper()}@", str(value))
    return text


@dataclasses.dataclass
class Usage:
    """Of one process or of several together: seconds of CPU, and bytes in memory."""

    cpu: float = 0
    user: float = 0
    system: float = 0
    resident: int = 0

    def __add__(self, other):
        return Usage(
            self.cpu + other.cpu, self.user + other.user, self.system + other.system,
            self.resident + other.resident)

    def since(self, earlier):
        """What was spent in between, and what is in memory at its end."""
        return Usage(
            self.cpu - earlier.cpu, self.user - earlier.user, self.system - earlier.system,
            self.resident)


class Server:
    """A process and its children, on one core, answering on ports of 127.0.0.1: one without TLS,
    and where it has them one by the kind of its certificate's key."""

    def __init__(self, name, arguments, port, core, sealed_ports=None):
        self.name = name
        self.port = port
        self.ports = {"plain": port, **(sealed_ports or {})}
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=pinned(core),
        )

    def url(self, door, path):
        scheme = "http" if door == "plain" else "https"
        return f"{scheme}://127.0.0.1:{self.ports[door]}{path}"

    def wait_until(self, condition):
        end = time.monotonic() + START_SECONDS
        while not condition():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}")
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} was not ready in {START_SECONDS} s")
            time.sleep(0.05)

    def wait_until_answering(self, path):
        end = time.monotonic() + START_SECONDS
        seen = "no connection"
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", path)
                seen = connection.getresponse().status
                connection.close()
                if seen == 200:
                    return
            except OSError as error:
                seen = error
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} did not answer in {START_SECONDS} s: {seen}")

    def stop(self):
        """Ends it; its children end with it. Killed when it takes too long."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"{self.name} had to be killed after {STOP_SECONDS} s") from None

    def resident(self):
        """Bytes that all its processes have in memory."""
        return sum((used.resident for used in self.usage().values()), 0)

    def usage(self):
        """By process id."""
        return {pid: used(pid) for pid in family(self.process.pid)}

    def spent(self, work):
        """Does the work; what it returns, what all processes spent meanwhile, and the busiest."""
        before = self.usage()
        done = work()
        after = self.usage()
        if before.keys() != after.keys():
            raise RuntimeError(f"a process of {self.name} was replaced: {before} {after}")
        parts = [after[pid].since(before[pid]) for pid in after]
        return done, sum(parts, Usage()), max(parts, key=lambda part: part.cpu)


def family(pid):
    """A process and all that descend from it."""
    found = [pid]
    for member in found:
        for task in pathlib.Path(f"/proc/{member}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def used(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    # The name in parentheses may hold anything; the fields after it count from 3.
    fields = text.rpartition(")")[2].split()
    user, system, pages = int(fields[11]), int(fields[12]), int(fields[21])
    return Usage(cpu_seconds(pid), user / TICKS, system / TICKS, pages * PAGE_BYTES)


def cpu_seconds(pid):
    # clock_getcpuclockid(3), which Python does not have: the id of a process's clock is made of
    # the process's, inverted, and the kind of clock (2: what the scheduler counted).
    return time.clock_gettime((~pid << 3) | 2)
