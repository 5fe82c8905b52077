"""What a switch under load costs: Bascule's beside `nginx -s reload` with an edited upstream and
HAProxy's runtime API. Every request is kept, at the client and at the apps."""

import dataclasses
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import time

from processes import HERE, Server, filled, free_port

CLIENTS = 32
OTHER_CLIENTS = 4
# Between two switches: longer than any request.
REST_SECONDS = 0.6
# Beyond the longest request, a hold may last so long (p95).
HOLD_SLACK_MS = 25


@dataclasses.dataclass
class Result:
    requests: int
    lost: int
    closed: int
    # Milliseconds in which both colors were at work, a switch at the median.
    both_busy: float
    # The longest answer around a switch, less the longest piece of work at an app then; p95.
    beyond: float
    # Of the other service, in microseconds: alone, and around switches.
    other: tuple


def python(name, *words):
    return [sys.executable, "-B", HERE / name, *map(str, words)]


class Stage:
    """Three apps, their load, and how a proxy switches."""

    def __init__(self, scratch, name, cores):
        self.folder = scratch / f"switch-{name}"
        self.folder.mkdir()
        self.cores = cores
        self.port = free_port()
        self.apps = {}
        for color in ("blue", "green", "other"):
            port = free_port()
            arguments = python("switch_app.py", port, self.folder / color)
            self.apps[color] = Server(color, arguments, port, cores[1])
        for app in self.apps.values():
            app.wait_until_answering("/health")
        self.proxy = getattr(self, f"start_{name}")()
        self.switch = getattr(self, f"switch_{name}")
        self.proxy.wait_until_answering("/health")

    def words(self):
        ports = {color: app.port for color, app in self.apps.items()}
        return {"folder": self.folder, "port": self.port, **ports}

    def start_nginx(self):
        self.write_nginx("blue")
        self.nginx = ["nginx", "-p", self.folder, "-e", "stderr", "-c", self.folder / "nginx.conf"]
        return Server("nginx", self.nginx, self.port, self.cores[0])

    def write_nginx(self, color):
        text = filled("switch-nginx.conf", target=self.apps[color].port, **self.words())
        head = "user root;\n" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(head + text)

    def switch_nginx(self, color):
        self.write_nginx(color)
        subprocess.run([*self.nginx, "-s", "reload"], check=True, stderr=subprocess.DEVNULL)

    def start_haproxy(self):
        file = self.folder / "haproxy.cfg"
        file.write_text(filled("switch-haproxy.cfg", **self.words()))
        return Server("haproxy", ["haproxy", "-db", "-q", "-f", file], self.port, self.cores[0])

    def switch_haproxy(self, color):
        old = "blue" if color == "green" else "green"
        for line in (f"set server web/{color} state ready", f"set server web/{old} state drain"):
            with socket.socket(socket.AF_UNIX) as admin:
                admin.connect(str(self.folder / "admin.sock"))
                admin.sendall(line.encode() + b"\n")
                admin.recv(4096)

    def start_bascule(self):
        file = self.folder / "bascule.yaml"
        file.write_text(filled("switch-bascule.yaml", admin=free_port(), **self.words()))
        arguments = [self.program, "serve", "--config", file]
        return Server("bascule", arguments, self.port, self.cores[0])

    def switch_bascule(self, color):
        socket_path = self.folder / "control.sock"
        command = [self.program, "--socket", socket_path, "--json", "switch", "web", color]
        # Both colors have to be healthy: the first probes may still be under way.
        for _ in range(50):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 3:
                break
            time.sleep(0.1)
        last = json.loads(done.stdout.splitlines()[-1])
        if done.returncode != 0:
            raise RuntimeError(f"a switch ended with {done.returncode}: {last['message']}")
        return last["report"]["longest_hold_ms"]

    def start_load(self, path, count):
        log = self.folder / ("load" + path.replace("/", "-"))
        arguments = python("switch_load.py", self.port, path, count, log)
        return Server("load", arguments, self.port, self.cores[1]), log

    def stop(self):
        for server in (self.proxy, *self.apps.values()):
            server.stop()


def numbers(path):
    return [tuple(map(int, line.split())) for line in path.read_text().splitlines()]


def end(server):
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(15)


def overlap(blue, green, begin, finish):
    """Nanoseconds between two moments in which both lists have somebody at work."""
    events = []
    for color, rows in enumerate((blue, green)):
        for start, stop in rows:
            if stop > begin and start < finish:
                events += [(start, 1, color), (stop, -1, color)]
    busy, both, last = [0, 0], 0, begin
    for moment, change, color in sorted(events):
        if busy[0] and busy[1]:
            both += moment - last
        busy[color] += change
        last = moment
    return both


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0


def judge(stage, moments, holds, load, other):
    apps = {color: numbers(stage.folder / color) for color in ("blue", "green")}
    rows, others = numbers(load), numbers(other)
    both, beyond = [], []
    for index, (begin, _) in enumerate(moments):
        finish = begin + int(REST_SECONDS * 1e9)
        both.append(overlap(apps["blue"], apps["green"], begin, finish) / 1e6)
        work = [b - a for app in apps.values() for a, b in app if b > begin and a < finish]
        waits = [b - a for a, b, good, _ in rows if good and b > begin and a < finish]
        hold = holds[index] * 1e6 if holds[index] is not None else max(waits)
        beyond.append((hold - max(work)) / 1e6)
    def near(row):
        return any(begin <= row[1] and row[0] <= begin + 3e8 for begin, _ in moments)
    around = [(row[1] - row[0]) / 1e3 for row in others if near(row)]
    alone = [(row[1] - row[0]) / 1e3 for row in others if not near(row)]
    return Result(
        len(rows), sum(not row[2] for row in rows), sum(row[3] for row in rows),
        statistics.median(both), percentile(beyond, 0.95),
        (percentile(alone, 0.99), percentile(around, 0.99)))


def run(scratch, name, program, switches, cores):
    Stage.program = program
    stage = Stage(scratch, name, cores)
    web, web_log = stage.start_load("/work", CLIENTS)
    other, other_log = stage.start_load("/other/", OTHER_CLIENTS)
    time.sleep(2 * REST_SECONDS)
    moments, holds = [], []
    for number in range(switches):
        began = time.monotonic_ns()
        holds.append(stage.switch("blue" if number % 2 else "green"))
        moments.append((began, time.monotonic_ns()))
        time.sleep(REST_SECONDS)
    end(web)
    end(other)
    stage.stop()
    return judge(stage, moments, holds, web_log, other_log)


def measure(scratch, program, switches, cores):
    print(
        f"\nswitch: {switches} switches under {CLIENTS} clients,"
        f" {OTHER_CLIENTS} at another service")
    print("proxy     requests  lost  closed  both busy ms  hold beyond longest request ms (p95)"
          "  other's p99 us: alone, around switches")
    names = ["nginx", "haproxy"] + (["bascule"] if program else [])
    for name in names:
        one = run(pathlib.Path(scratch), name, program, switches, cores)
        print(
            f"{name:8} {one.requests:9} {one.lost:5} {one.closed:7} {one.both_busy:13.1f}"
            f" {one.beyond:37.1f} {one.other[0]:24.0f} {one.other[1]:10.0f}", flush=True)
        if name == "bascule":
            kept = one.lost == 0 and one.closed == 0 and one.both_busy == 0
            print(f"bascule: goal {'kept' if kept and one.beyond <= HOLD_SLACK_MS else 'MISSED'}:"
                  f" 0 lost, 0 closed, 0 ms both busy, hold within {HOLD_SLACK_MS} ms of the"
                  " longest request")
