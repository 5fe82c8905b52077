"""A Bascule with its apps and chaos proxies in a folder of its own, and what /proc says of them."""

import asyncio
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    """Ends everything that it started, whatever happens."""

    def __init__(self, products):
        self.products = pathlib.Path(products)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bascule-soak-"))
        self.processes = []
        self.bascule = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, arguments, **options):
        process = subprocess.Popen(
            [str(word) for word in arguments], stdin=subprocess.DEVNULL, **options
        )
        self.processes.append(process)
        return process

    def start_and_read_line(self, arguments):
        process = self.start(arguments, stdout=subprocess.PIPE, text=True)
        return process, process.stdout.readline().strip()

    def app(self, name, port=0):
        """The app of this folder; returns its process and its port. It logs into a file."""
        log = self.folder / f"{name}.log"
        process, line = self.start_and_read_line(
            [sys.executable, "-B", HERE / "app.py", port, log, name]
        )
        return process, int(line)

    def chaos(self, target, *rules):
        _, line = self.start_and_read_line(
            [self.products / "chaos-proxy", "--to", f"127.0.0.1:{target}", *rules]
        )
        return int(line.rpartition(":")[2])

    def serve(self, services, settings=""):
        """Starts Bascule with two workers; returns its port."""
        port = free_port()
        text = (
            f"listen: [{{address: '127.0.0.1:{port}'}}]\n"
            "workers: 2\nuser: ''\nworker_user: ''\n"
            f"control: {{socket: '{self.folder}/control.sock', group: ''}}\n"
            "admin: {address: ''}\naccess_log: {path: off}\n"
            f"state: '{self.folder}/state'\n{settings}services:\n{services}"
        )
        (self.folder / "bascule.yaml").write_text(text)
        self.bascule = self.start(
            [self.products / "bascule", "serve", "--config", self.folder / "bascule.yaml"],
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                if all(c["healthy"] for s in self.status()["services"] for c in s["colors"]):
                    return port
            except (subprocess.CalledProcessError, json.JSONDecodeError):
                if self.bascule.poll() is not None:
                    break
            time.sleep(0.1)
        raise RuntimeError("Bascule did not start")

    def command(self, *words):
        line = [self.products / "bascule", "--socket", self.folder / "control.sock", *words]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    def status(self):
        answer = self.command("status", "--json")
        answer.check_returncode()
        return json.loads(answer.stdout)

    def workers(self):
        return [worker["pid"] for worker in self.status()["workers"]]

    def resident(self):
        """Octets of memory of each worker."""
        return {pid: resident(pid) for pid in self.workers()}

    def descriptors(self):
        return {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in self.workers()}

    def counts(self):
        """What must be zero once nobody asks."""
        status = self.status()
        services = status["services"]
        return {
            "in_flight": sum(c["in_flight"] for s in services for c in s["colors"]),
            "held": sum(s["held"] for s in services),
            "connections": sum(w["connections"] for w in status["workers"]),
        }


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


async def head(reader):
    """Status and fields of an answer, names in lower case."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    return int(lines[0].split()[1]), fields
