"""Starts and ends the processes of the benchmark, and reads from /proc what they used."""

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


def filled(name, **words):
    """A configuration of this folder with its @WORDS@ filled in."""
    text = (HERE / name).read_text()
    for word, value in words.items():
        text = text.replace(f"@{word.upper()}@", str(value))
    return text


class Server:
    """A process and its children, on one core, answering on one port of 127.0.0.1."""

    def __init__(self, name, arguments, port, core):
        self.name = name
        self.port = port
        self.scheme = "http"
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # None: on any core.
            preexec_fn=(lambda: os.sched_setaffinity(0, {core})) if core is not None else None,
        )

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
        return sum(resident for _, _, resident in self.usage().values())

    def usage(self):
        """By process id: (seconds in user mode, seconds in the kernel, resident bytes)."""
        return {pid: used(pid) for pid in family(self.process.pid)}


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
    return user / TICKS, system / TICKS, pages * PAGE_BYTES
