"""Measures Bascule beside nginx, HAProxy and a bare relay, in one run on this machine.

    python3 -B Tests/Bench/bench.py [--bascule FILE] [--rounds N] [--seconds N] [--rows small,p99]

The proxies share one core and are driven one at a time, in rounds, so that what else goes on
here meets all of them alike; the origin and wrk have another core. What counts is the CPU time
of the proxy's processes a request, user and system: it does not depend on how fast wrk is.
Without --bascule only the others are measured. The rows: small and large answers, connections that
rest (idle), the 99th percentile at half of nginx's top rate (p99), small answers over TLS 1.3
(tls), handshakes (handshakes), a backup of a large database beside sqlite3's (backup), and a switch
under load (switch).
"""

import argparse
import contextlib
import dataclasses
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import copies
import idle
import latency
import sealed
import switching
from processes import HERE, Server, filled, free_port

CONNECTIONS = 64
SMALL = '{"id":4711,"category":"groceries","amount":"23.45","note":"' + "x" * 69 + '"}'
LARGE_BYTES = 1024 * 1024
# What is asked for, and how its CPU is given: a request, or a GiB carried.
WORKS = {"small": ("/small", "us a request", 1e6), "large": ("/large", "s a GiB", 1024)}
SEALED_WORKS = {"tls": ("/small", "us a request", 1e6)}


@dataclasses.dataclass
class Round:
    """One proxy under load for some seconds."""

    requests: int
    rate: float
    p99: str
    user: float
    system: float
    resident: int
    worker_resident: int

    def cpu(self, scale):
        return (self.user + self.system) * scale / self.requests


def drive(port, path, seconds, core, connections=CONNECTIONS, scheme="http"):
    """Runs wrk; (requests, requests a second, the 99th percentile as wrk prints it)."""
    arguments = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    done = subprocess.run(
        [*arguments, f"{scheme}://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, timeout=seconds + 30, check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    wrong = re.findall(r"(?:Socket errors|Non-2xx).*", done.stdout)
    if wrong:
        raise RuntimeError(f"not every answer was right: {'; '.join(wrong)}")
    requests = int(re.search(r"(\d+) requests in", done.stdout)[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
    return requests, rate, re.search(r"99%\s+(\S+)", done.stdout)[1]


def measure(server, path, seconds, core, connections=CONNECTIONS):
    before = server.usage()
    requests, rate, p99 = drive(
        server.port, path, seconds, core, connections, server.scheme)
    after = server.usage()
    if before.keys() != after.keys():
        raise RuntimeError(f"a process of {server.name} was replaced: {before} {after}")
    spent = {pid: (after[pid][0] - before[pid][0], after[pid][1] - before[pid][1]) for pid in after}
    worker = max(spent, key=lambda pid: sum(spent[pid]))
    return Round(
        requests, rate, p99,
        user=sum(user for user, _ in spent.values()),
        system=sum(system for _, system in spent.values()),
        resident=sum(resident for _, _, resident in after.values()),
        worker_resident=after[worker][2],
    )


def nginx(name, folder, configuration, port, core):
    folder.mkdir()
    file = folder / "nginx.conf"
    # nginx started by root runs its worker as nobody, who may not enter this run's folder.
    file.write_text(("user root;\n" if os.geteuid() == 0 else "") + configuration)
    return Server(name, ["nginx", "-p", folder, "-e", "stderr", "-c", file], port, core)


def start_origin(scratch, core):
    port = free_port()
    folder = scratch / "origin"
    configuration = filled("origin.conf", folder=folder, port=port, small=SMALL)
    origin = nginx("origin", folder, configuration, port, core)
    (folder / "large").write_bytes(bytes(LARGE_BYTES))
    return origin


def start_nginx(scratch, origin, core, doors):
    port = free_port()
    folder = scratch / "nginx"
    configuration = filled(
        "nginx.conf", folder=folder, port=port, origin=origin, keys=scratch, **doors)
    return nginx("nginx", folder, configuration, port, core)


def start_haproxy(scratch, origin, core, doors):
    port = free_port()
    folder = scratch / "haproxy"
    folder.mkdir()
    file = folder / "haproxy.cfg"
    file.write_text(filled("haproxy.cfg", port=port, origin=origin, keys=scratch, **doors))
    return Server("haproxy", ["haproxy", "-db", "-q", "-f", file], port, core)


def start_relay(scratch, origin, core):
    port = free_port()
    program = scratch / "relay"
    subprocess.run(["cc", "-O2", "-Wall", "-o", program, HERE / "relay.c"], check=True)
    return Server("relay", [program, str(port), str(origin)], port, core)


def start_bascule(scratch, origin, core, doors, program):
    port = free_port()
    folder = scratch / "bascule"
    folder.mkdir()
    file = folder / "bascule.yaml"
    words = {"folder": folder, "port": port, "admin": free_port(), "origin": origin}
    file.write_text(filled("bascule.yaml", keys=scratch, **words, **doors))
    return Server("bascule", [program, "serve", "--config", file], port, core)


def run_rounds(proxies, options, core, chosen):
    """By work and proxy, the rounds."""
    works = {work: values for work, values in chosen.items() if work in options.rows}
    results = {work: {proxy.name: [] for proxy in proxies} for work in works}
    for work, (path, unit, scale) in works.items():
        print(f"\n{work}: GET {path}, {CONNECTIONS} connections, {options.seconds} s each")
        print("round  proxy     requests  a second    p99       user    system  " + unit)
        for proxy in proxies:
            drive(proxy.port, path, 1, core, scheme=proxy.scheme)
        for number in range(options.rounds):
            # Another one begins each round, so that none is always first or always after another.
            first = number % len(proxies)
            for proxy in proxies[first:] + proxies[:first]:
                one = measure(proxy, path, options.seconds, core)
                results[work][proxy.name].append(one)
                user, system = (part * scale / one.requests for part in (one.user, one.system))
                print(
                    f"{number + 1:5}  {proxy.name:8} {one.requests:9} {one.rate:9.0f}"
                    f"  {one.p99:>8} {user:9.3f} {system:9.3f} {user + system:9.3f}",
                    flush=True,
                )
    return results


def print_medians(results):
    mib = 1024 * 1024
    for work in results:
        _, unit, scale = (WORKS | SEALED_WORKS)[work]
        print(f"\n{work}: medians of {len(next(iter(results[work].values())))} rounds")
        print(f"proxy      {unit} (user + system)      a second   resident MiB: all, busiest")
        medians = {}
        for name, rounds in results[work].items():
            middle = {
                key: statistics.median(values)
                for key, values in {
                    "cpu": [one.cpu(scale) for one in rounds],
                    "user": [one.user * scale / one.requests for one in rounds],
                    "system": [one.system * scale / one.requests for one in rounds],
                    "rate": [one.rate for one in rounds],
                    "resident": [one.resident / mib for one in rounds],
                    "worker": [one.worker_resident / mib for one in rounds],
                }.items()
            }
            medians[name] = middle
            print(
                f"{name:8} {middle['cpu']:9.3f} ({middle['user']:.3f} + {middle['system']:.3f})"
                f" {middle['rate']:12.0f} {middle['resident']:12.1f} {middle['worker']:8.1f}"
            )
        print_ratios(medians)


def print_ratios(medians):
    pairs = [("bascule", "nginx"), ("bascule", "haproxy"), ("bascule", "relay"), ("relay", "nginx")]
    for one, other in pairs:
        if one in medians and other in medians:
            cpu = medians[one]["cpu"] / medians[other]["cpu"]
            rate = medians[one]["rate"] / medians[other]["rate"]
            print(f"{one} / {other}: CPU {cpu:.3f}, rate {rate:.3f}")


def run_idle(proxies, options, core):
    """Memory and CPU with connections that rest."""
    print(f"\nidle: {options.resting} resting connections beside {idle.BUSY} busy ones")
    print("proxy     bytes each   MiB of the busiest, empty   us a request: alone, beside   grows")
    costs = {}
    for proxy in proxies:
        cost = idle.measure(
            proxy, options.resting, options.rounds,
            lambda: measure(proxy, "/small", options.seconds, core, idle.BUSY))
        costs[proxy.name] = cost
        alone, beside = (
            statistics.median(one.cpu(1e6) for one in part) for part in (cost.alone, cost.beside))
        empty = cost.alone[0].worker_resident / 1024 / 1024
        print(
            f"{proxy.name:8} {cost.each:11.0f} {empty:27.1f} {alone:21.3f} {beside:7.3f}"
            f" {beside / alone:7.3f}", flush=True)
    for other in ("nginx", "haproxy"):
        if "bascule" in costs and other in costs:
            ratio = costs["bascule"].each / costs[other].each
            print(f"bascule / {other}: memory a connection {ratio:.3f}")


def run_p99(proxies, options, core):
    """Latency at half of what nginx can do."""
    nginx = next(proxy for proxy in proxies if proxy.name == "nginx")
    rate = measure(nginx, "/small", options.seconds, core).rate / 2
    print(f"\np99: GET /small, {latency.CONNECTIONS} connections, {rate:.0f} requests a second")
    print("round  proxy     requests   median us      p99 us")
    results = {proxy.name: [] for proxy in proxies}
    for number in range(options.rounds):
        first = number % len(proxies)
        for proxy in proxies[first:] + proxies[:first]:
            half, most, count = latency.percentiles(
                proxy.port, "/small", rate, options.seconds, core)
            results[proxy.name].append(most)
            print(f"{number + 1:5}  {proxy.name:8} {count:9} {half:11} {most:11}", flush=True)
    medians = {name: statistics.median(rounds) for name, rounds in results.items()}
    print(", ".join(f"{name} {most:.0f} us" for name, most in medians.items()))
    for other in ("nginx", "haproxy"):
        if "bascule" in medians:
            print(f"bascule / {other}: p99 {medians['bascule'] / medians[other]:.3f}")


def print_settings(scratch):
    for program in (["nginx", "-v"], ["haproxy", "-v"]):
        version = subprocess.run(program, capture_output=True, text=True, check=True)
        print((version.stderr + version.stdout).splitlines()[0])
    print(f"Linux {os.uname().release}, {os.cpu_count()} cores")
    patterns = ("*/*.conf", "*/*.cfg", "*/*.yaml")
    for file in sorted(file for pattern in patterns for file in scratch.glob(pattern)):
        print(f"\n--- {file.relative_to(scratch)}")
        print(file.read_text().strip().replace(str(scratch), "FOLDER"))


def main():
    parser = argparse.ArgumentParser(description="Bascule beside nginx and a bare relay")
    parser.add_argument("--bascule", type=pathlib.Path, help="the executable to measure")
    parser.add_argument("--rounds", type=int, default=5, help="at least 5 for a result")
    parser.add_argument("--seconds", type=int, default=5, help="of load, a proxy and a round")
    parser.add_argument(
        "--rows", default="small,large,idle,p99,tls,handshakes,backup,switch",
        type=lambda text: text.split(","),
        help="which ones to measure")
    parser.add_argument("--copies", type=int, default=3, help="rounds of the row backup")
    parser.add_argument("--switches", type=int, default=20, help="of the row switch")
    parser.add_argument("--database-mib", type=int, default=1024, help="of the row backup")
    options = parser.parse_args()
    options.resting = idle.raise_limit()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("This needs two cores: one for the proxy, one for the origin and wrk.")
    proxy_core, load_core = cores[0], cores[1]

    with contextlib.ExitStack() as running:
        scratch = pathlib.Path(running.enter_context(tempfile.TemporaryDirectory()))

        def started(server, path):
            running.callback(server.stop)
            server.wait_until_answering(path)
            return server

        origin = started(start_origin(scratch, load_core), "/health").port
        sealed.make_certificates(scratch)
        doors = {
            name: {kind: free_port() for kind in sealed.KEYS}
            for name in ("nginx", "haproxy", "bascule")}
        proxies = [
            started(start(scratch, origin, proxy_core, doors[name]), "/small")
            for name, start in (("nginx", start_nginx), ("haproxy", start_haproxy))]
        if options.bascule:
            bascule = start_bascule(
                scratch, origin, proxy_core, doors["bascule"], options.bascule.resolve())
            proxies.append(started(bascule, "/small"))
        proxies.append(started(start_relay(scratch, origin, proxy_core), "/small"))
        print_medians(run_rounds(proxies, options, load_core, WORKS))
        sealers = [one for one in proxies if one.name != "relay"]
        sealed_doors = [sealed.Door(one, doors[one.name]["ecdsa"]) for one in sealers]
        print_medians(run_rounds(sealed_doors, options, load_core, SEALED_WORKS))
        if "handshakes" in options.rows:
            sealed.measure_handshakes(sealers, doors, scratch, options.rounds, load_core)
        # The relay has a connection to the app for each client: it is no measure for these.
        if "idle" in options.rows:
            run_idle([one for one in proxies if one.name != "relay"], options, load_core)
        if "p99" in options.rows:
            run_p99([one for one in proxies if one.name != "relay"], options, load_core)
        if "backup" in options.rows and options.bascule:
            copies.measure(
                scratch, options.bascule.resolve(), options.copies, options.database_mib)
        if "switch" in options.rows:
            program = options.bascule.resolve() if options.bascule else None
            switching.measure(scratch, program, options.switches, (proxy_core, load_core))
        print_settings(scratch)


if __name__ == "__main__":
    main()
