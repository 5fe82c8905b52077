"""Measures Bascule beside nginx, HAProxy, h2o and a bare relay, in one run on this machine.

    python3 -B Tests/Bench/bench.py [--bascule FILE] [--rounds N] [--seconds N] [--rows small,p99]

The proxies share one core and are driven one at a time, in turns, so that what else goes on here
meets all of them alike; the app and the clients have another core. Without --bascule only the
others are measured. The last lines say for each row whether its goal was kept, and with what
figures. The rows, each in the file that says what it measures and why that is fair:

    idle                        idle.py       connections that rest
    small, large, tls, http2    rounds.py     answers as fast as they come
    p99                         latency.py    at half of nginx's top rate
    handshakes                  sealed.py     full and resumed
    backup                      copies.py     of a large database, beside sqlite3's
    switch                      switching.py  under load, beside a reload and a runtime API
"""

import argparse
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import copies
import goals
import idle
import latency
import proxies
import rounds
import sealed
import switching

# Connections that rest come first: a proxy that was busy before has memory to spare for them.
ROWS = ("idle", *rounds.WORKS, "p99", "handshakes", "backup", "switch")


def measured(row, options, scratch, servers, cores):
    """Measures one row; returns its claims."""
    each = options.rounds, options.seconds, cores[1]
    if row in rounds.WORKS:
        return rounds.run(row, servers, *each)
    if row == "idle":
        return idle.run(servers, *each)
    if row == "p99":
        return latency.run(servers, *each)
    if row == "handshakes":
        sealers = [servers[name] for name in rounds.SEALED if name in servers]
        return sealed.measure(sealers, scratch, options.rounds, cores[1])
    if row == "backup":
        return copies.measure(scratch, options.bascule, options.rounds, options.database_mib)
    return switching.measure(
        scratch, options.bascule, options.rounds, options.switches, cores)


def print_settings(scratch):
    for program in (["nginx", "-v"], ["haproxy", "-v"], ["h2o", "-v"], ["openssl", "version"]):
        version = subprocess.run(program, capture_output=True, text=True, check=True)
        print((version.stderr + version.stdout).splitlines()[0])
    print(f"Linux {os.uname().release}, {os.cpu_count()} cores")
    files = [
        file for kind in ("conf", "cfg", "yaml") for file in scratch.glob(f"*/*.{kind}")]
    for file in sorted(files):
        print(f"\n--- {file.relative_to(scratch)}")
        print(file.read_text().strip().replace(str(scratch), "FOLDER"))
    print(f"\n--- clients.cnf\n{(proxies.HERE / 'clients.cnf').read_text().strip()}")


def rows(text):
    chosen = text.split(",")
    if unknown := [row for row in chosen if row not in ROWS]:
        raise argparse.ArgumentTypeError(f"no row {unknown[0]}; there are {','.join(ROWS)}")
    return [row for row in ROWS if row in chosen]


def read_options():
    parser = argparse.ArgumentParser(description="Bascule beside other proxies")
    parser.add_argument(
        "--bascule", type=lambda path: pathlib.Path(path).resolve(strict=True),
        help="the executable to measure")
    parser.add_argument("--rounds", type=int, default=5, help="at least 5 for a result")
    parser.add_argument("--seconds", type=int, default=5, help="of load, a proxy and a round")
    parser.add_argument(
        "--rows", type=rows, default=ROWS, help=f"which ones to measure, of {','.join(ROWS)}")
    parser.add_argument("--database-mib", type=int, default=1024, help="of the row backup")
    parser.add_argument("--switches", type=int, default=20, help="a round, of the row switch")
    return parser.parse_args()


def start_all(running, scratch, program, cores):
    """The app on the clients' core and the proxies on theirs, by name; ended with `running`."""
    def started(server, path):
        running.callback(server.stop)
        server.wait_until_answering(path)
        return server

    sealed.make_certificates(scratch)
    app = started(proxies.Starter(scratch, cores[1]).app(), "/health")
    starter = proxies.Starter(scratch, cores[0], app.port)
    servers = [starter.nginx(), starter.haproxy(), starter.h2o()]
    servers += [starter.bascule(program)] if program else []
    servers += [starter.relay()]
    servers = {server.name: started(server, "/small") for server in servers}
    sealed.check([servers[name] for name in rounds.SEALED if name in servers], scratch)
    return servers


def main():
    options = read_options()
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        sys.exit("This needs two cores: one for the proxy, one for the app and the clients.")
    idle.raise_limit()
    # Whoever stops this stops what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with contextlib.ExitStack() as running:
        scratch = pathlib.Path(running.enter_context(tempfile.TemporaryDirectory()))
        servers = start_all(running, scratch, options.bascule, cores)
        verdicts = []
        for row in options.rows:
            claims = measured(row, options, scratch, servers, cores)
            verdicts.append(goals.judged(row, claims))
        print()
        print_settings(scratch)
    print("\nGoals:", *verdicts, sep="\n")


if __name__ == "__main__":
    main()
