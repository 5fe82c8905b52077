"""The rows in which clients ask as fast as they are answered: small and large answers, small ones
over TLS, and over HTTP/2.

What counts is the CPU time of the proxy's processes a request, or a GiB carried: it does not depend
on how fast the clients and the app are on their one core, as the rate does.
"""

import collections.abc
import dataclasses
import statistics

import goals
import loads
from processes import Usage, turns

MIB = 1024 * 1024


@dataclasses.dataclass
class Work:
    """What is asked for and how, by which proxies, and what Bascule's CPU time may be of theirs."""

    door: str
    path: str
    drive: collections.abc.Callable
    words: str
    proxies: tuple
    goals: dict
    unit: str = "us a request"
    # From seconds a request to the unit.
    scale: float = 1e6


KEPT = f"{loads.CONNECTIONS} connections"
STREAMED = f"{loads.CONNECTIONS // loads.STREAMS} connections with {loads.STREAMS} streams each"
PLAIN = ("nginx", "haproxy", "bascule", "relay")
SEALED = ("nginx", "haproxy", "h2o", "bascule")
WORKS = {
    "small": Work("plain", "/small", loads.wrk, KEPT, PLAIN, {"nginx": 0.88, "relay": 1.12}),
    "large": Work("plain", "/large", loads.wrk, KEPT, PLAIN, {"nginx": 0.70}, "s a GiB", 1024),
    "tls": Work("ecdsa", "/small", loads.wrk, f"{KEPT}, TLS 1.3", SEALED, {"nginx": 0.90}),
    "http2": Work("ecdsa", "/small", loads.h2load, f"{STREAMED}, TLS 1.3", SEALED, {"nginx": 0.90}),
}


@dataclasses.dataclass
class Round:
    """One proxy under load for some seconds."""

    load: loads.Load
    spent: Usage
    # Of the process that spent most.
    busiest: Usage

    def each(self, seconds, work):
        return seconds * work.scale / self.load.requests


def measure(server, work, seconds, core, **more):
    load, spent, busiest = server.spent(
        lambda: work.drive(server.url(work.door, work.path), seconds, core, **more))
    return Round(load, spent, busiest)


def run(name, proxies, rounds, seconds, core):
    """Prints every round, the medians and the ratios; returns the claims."""
    work = WORKS[name]
    servers = [proxies[one] for one in work.proxies if one in proxies]
    print(f"\n{name}: GET {work.path}, {work.words}, {seconds} s each")
    print(f"round  proxy     requests  a second    p99       user    system  {work.unit}")
    results = {server.name: [] for server in servers}
    for server in servers:
        measure(server, work, 1, core)
    for number, server in turns(servers, rounds):
        one = measure(server, work, seconds, core)
        results[server.name].append(one)
        print(
            f"{number + 1:5}  {server.name:8} {one.load.requests:9} {one.load.rate:9.0f}"
            f"  {one.load.p99:>8} {one.each(one.spent.user, work):9.3f}"
            f" {one.each(one.spent.system, work):9.3f} {one.each(one.spent.cpu, work):9.3f}",
            flush=True)
    return compare(name, work, {name: middle(rounds, work) for name, rounds in results.items()})


def middle(rounds, work):
    """The medians of a proxy's rounds."""
    values = {
        "cpu": lambda one: one.each(one.spent.cpu, work),
        "user": lambda one: one.each(one.spent.user, work),
        "system": lambda one: one.each(one.spent.system, work),
        "rate": lambda one: one.load.rate,
        "resident": lambda one: one.spent.resident / MIB,
        "worker": lambda one: one.busiest.resident / MIB,
    }
    return {key: statistics.median(map(value, rounds)) for key, value in values.items()}


def compare(name, work, medians):
    print(f"\n{name}, medians:")
    print(f"proxy      {work.unit} (user + system)      a second   resident MiB: all, busiest")
    for proxy, one in medians.items():
        print(
            f"{proxy:8} {one['cpu']:9.3f} ({one['user']:.3f} + {one['system']:.3f})"
            f" {one['rate']:12.0f} {one['resident']:12.1f} {one['worker']:8.1f}")
    pairs = [("bascule", other) for other in medians if other != "bascule"] + [("relay", "nginx")]
    for one, other in pairs:
        if one in medians and other in medians:
            cpu = medians[one]["cpu"] / medians[other]["cpu"]
            rate = medians[one]["rate"] / medians[other]["rate"]
            print(f"{one} / {other}: CPU {cpu:.3f}, rate {rate:.3f}")
    if "bascule" not in medians:
        return []
    cpu = {proxy: one["cpu"] for proxy, one in medians.items()}
    return [goals.ratio("bascule's CPU", cpu, other, most) for other, most in work.goals.items()]
