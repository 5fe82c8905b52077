"""The row `switch`: what a switch under load costs, beside `nginx -s reload` with an edited
upstream and HAProxy's runtime API.

The same clients ask the same apps through each proxy, 5 to 25 ms of work a request, while another
service has clients of its own. Clients and apps write down every request by one clock, and all is
judged by what they wrote, not by what a proxy says of itself: only a hold counts with what Bascule
reports where that is longer than what the apps saw.

How long a hold lasts is how long no app began on a request around the switch; what may be in it is
the longest request that the old color had in flight when it began on its last one.

The proxies take turns. What may not happen at all counts over all rounds. What the other service
feels is the median of the rounds' ratios: in each it hangs on the worst few dozen of its requests,
and so on what else this machine did in two or three of twenty moments.
"""

import contextlib
import dataclasses
import json
import math
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import time

import goals
from processes import HERE, Server, filled, free_port

WORK, CLIENTS = "/work", 32
OTHER, OTHER_CLIENTS = "/other/", 4
# Between two switches: longer than any request.
REST_SECONDS = 0.6
# From a switch's beginning on, the other service's requests count as around it.
AROUND_SECONDS = 0.3
# Beyond the longest request in flight, a hold may last so long (p95).
HOLD_SLACK_MS = 25
# The other service's p99 may be so many times what it is alone: what clients and apps on one core
# do to each other moves it as much without a switch.
OTHER_GOAL = 1.25


@dataclasses.dataclass
class Switch:
    """One of them, in milliseconds."""

    # Both colors were at work.
    both: float
    # The longest answer at a client, around it.
    longest: float
    # No app began on a request, or somebody was held.
    hold: float
    # Of that, beyond the longest request that was in flight.
    beyond: float


@dataclasses.dataclass
class Result:
    requests: int
    lost: int
    closed: int
    switches: list
    # The p99 of the other service in microseconds: alone, and around switches.
    alone: float
    around: float

    def values(self, name):
        return [getattr(one, name) for one in self.switches]


def python(name, is_other, *words):
    """The other service comes first on the core of clients and apps, so that what those of the
    busy one do to each other at a switch is not held against the proxy."""
    modest = [] if is_other else ["chrt", "--idle", "0"]
    return [*modest, sys.executable, "-B", HERE / name, *map(str, words)]


def other(color):
    return "blue" if color == "green" else "green"


class Stage:
    """Three apps, their load, and how a proxy switches."""

    def __init__(self, scratch, name, program, cores, running):
        self.program = program
        self.folder = scratch / f"switch-{name}"
        if self.folder.exists():
            shutil.rmtree(self.folder)  # of the round before
        self.folder.mkdir()
        self.cores = cores
        self.running = running
        self.port = free_port()
        self.apps = {color: self.start_app(color) for color in ("blue", "green", "other")}
        for app in self.apps.values():
            app.wait_until_answering("/health")
        proxy = self.kept(getattr(self, f"start_{name}")())
        self.switch = getattr(self, f"switch_{name}")
        proxy.wait_until_answering("/health")

    def kept(self, server):
        """Ended with the stage, those that came last first."""
        self.running.callback(server.stop)
        return server

    def start_app(self, color):
        port = free_port()
        arguments = python("switch_app.py", color == "other", port, self.folder / color)
        return self.kept(Server(color, arguments, port, self.cores[1]))

    def start_load(self, path, count):
        log = self.folder / ("load" + path.replace("/", "-"))
        arguments = python(
            "switch_load.py", path != WORK, self.port, path, count, log)
        self.kept(Server("load", arguments, self.port, self.cores[1]))
        return log

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
        """As the others below: when it began, and the hold in milliseconds that was reported."""
        began = time.monotonic_ns()
        self.write_nginx(color)
        subprocess.run([*self.nginx, "-s", "reload"], check=True, stderr=subprocess.DEVNULL)
        return began, 0

    def start_haproxy(self):
        file = self.folder / "haproxy.cfg"
        file.write_text(filled("switch-haproxy.cfg", **self.words()))
        return Server("haproxy", ["haproxy", "-db", "-q", "-f", file], self.port, self.cores[0])

    def switch_haproxy(self, color):
        began = time.monotonic_ns()
        for line in (f"set server web/{color} state ready",
                     f"set server web/{other(color)} state drain"):
            with socket.socket(socket.AF_UNIX) as admin:
                admin.connect(str(self.folder / "admin.sock"))
                admin.sendall(line.encode() + b"\n")
                admin.recv(4096)
        return began, 0

    def start_bascule(self):
        file = self.folder / "bascule.yaml"
        file.write_text(filled("switch-bascule.yaml", admin=free_port(), **self.words()))
        arguments = [self.program, "serve", "--config", file]
        return Server("bascule", arguments, self.port, self.cores[0])

    def switch_bascule(self, color):
        """By the control socket's API, as HAProxy's: what a program costs that starts to say a
        word is not the proxy's."""
        body = json.dumps({"to": color}).encode()
        request = (
            b"POST /v1/services/web/switch HTTP/1.1\r\nHost: bascule\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
        # Both colors have to be healthy: the first probes may still be under way.
        for _ in range(50):
            began = time.monotonic_ns()
            with socket.socket(socket.AF_UNIX) as control:
                control.connect(str(self.folder / "control.sock"))
                control.sendall(request + body)
                answer = b"".join(iter(lambda: control.recv(65536), b""))
            events = [
                json.loads(line) for line in answer.splitlines() if line.startswith(b"{")]
            last = events[-1]
            if last["outcome"] != "refused":
                break
            time.sleep(0.1)
        if last["outcome"] != "done":
            raise RuntimeError(f"a switch ended with {last['outcome']}: {last['message']}")
        return began, last["report"]["longest_hold_ms"]


def numbers(path):
    return [tuple(map(int, line.split())) for line in path.read_text().splitlines()]


def overlap(blue, green, begin, finish):
    """Milliseconds between two moments in which both lists have somebody at work."""
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
    return both / 1e6


def percentile(values, share):
    """The least value that so many of all are not above."""
    return sorted(values)[math.ceil(len(values) * share) - 1]


def judge_switch(old, new, answers, begin, reported):
    """One switch, from the beginnings and ends at both apps and at the clients."""
    finish = begin + int(REST_SECONDS * 1e9)
    last = max(start for start, _ in old if start < finish)
    first = min(start for start, _ in new if start > begin)
    hold = max((first - last) / 1e6, reported)
    in_flight = max(stop - start for start, stop in old if start <= last < stop) / 1e6
    waits = [stop - start for start, stop in answers if stop > begin and start < finish]
    return Switch(
        overlap(old, new, begin, finish), max(waits) / 1e6, hold, hold - in_flight)


def judge(stage, moments, web_log, other_log):
    """From the logs of all, and for each switch: the new color, when, and the hold reported."""
    apps = {color: numbers(stage.folder / color) for color in ("blue", "green")}
    rows, others = numbers(web_log), numbers(other_log)
    answers = [(start, stop) for start, stop, good, _ in rows if good]
    switches = [
        judge_switch(apps[other(color)], apps[color], answers, *when)
        for color, *when in moments]
    around, alone = [], []
    for start, stop, *_ in others:
        near = any(
            begin <= stop and start <= begin + AROUND_SECONDS * 1e9 for _, begin, _ in moments)
        (around if near else alone).append((stop - start) / 1e3)
    everything = rows + others
    return Result(
        len(everything), sum(not row[2] for row in everything), sum(row[3] for row in everything),
        switches, percentile(alone, 0.99), percentile(around, 0.99))


def run(scratch, name, program, switches, cores):
    with contextlib.ExitStack() as running:
        stage = Stage(scratch, name, program, cores, running)
        web_log = stage.start_load(WORK, CLIENTS)
        other_log = stage.start_load(OTHER, OTHER_CLIENTS)
        moments = []
        for number in range(switches):
            time.sleep(REST_SECONDS)
            color = "blue" if number % 2 else "green"
            moments.append((color, *stage.switch(color)))
            time.sleep(REST_SECONDS)
    return judge(stage, moments, web_log, other_log)


def print_round(name, one):
    both, longest = one.values("both"), one.values("longest")
    print(
        f"{name:8} {one.requests:9} {one.lost:6} {one.closed:6}"
        f" {statistics.median(both):9.1f} {max(both):7.1f} {statistics.median(longest):10.1f}"
        f" {max(longest):8.1f} {max(one.values('hold')):7.1f} {one.alone:23.0f}"
        f" {one.around:7.0f}", flush=True)


def measure(scratch, program, rounds, switches, cores):
    """Prints a line for each proxy and round; returns the claims."""
    print(
        f"\nswitch: {switches} switches a round under {CLIENTS} clients,"
        f" {OTHER_CLIENTS} at another service")
    print("                                    both busy ms    longest request ms    hold ms")
    print("proxy     requests failed closed    median    most     median     most    most"
          "   other's p99 us: alone, around")
    results = {name: [] for name in ("nginx", "haproxy") + (("bascule",) if program else ())}
    for _ in range(rounds):
        for name, all_rounds in results.items():
            one = run(scratch, name, program, switches, cores)
            all_rounds.append(one)
            print_round(name, one)
    felt = {
        name: statistics.median(one.around / one.alone for one in all_rounds)
        for name, all_rounds in results.items()}
    print("other's p99 around switches / alone, median of the rounds: "
          + ", ".join(f"{name} {ratio:.3f}" for name, ratio in felt.items()))
    if program is None:
        return []
    own = results["bascule"]
    beyond = [value for one in own for value in one.values("beyond")]
    return [
        goals.Claim("failed", sum(one.lost for one in own), 0),
        goals.Claim("client connections closed", sum(one.closed for one in own), 0),
        goals.Claim(
            "ms with both colors busy", max(max(one.values("both")) for one in own), 0),
        goals.Claim("ms of hold beyond the longest request in flight, p95",
                    percentile(beyond, 0.95), HOLD_SLACK_MS),
        goals.Claim("other service's p99 around switches / alone",
                    felt["bascule"], OTHER_GOAL)]
