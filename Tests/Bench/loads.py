"""The clients of the benchmark: wrk and h2load, on a core of their own.

They keep so many requests under way and ask again at once (wrk for HTTP/1.1, h2load for HTTP/2), or
ask at a given rate (h2load). Every answer has to be a 200, or the run ends: a proxy that refuses is
fast. Clients of TLS offer the one version, cipher and group of clients.cnf to all.
"""

import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile

from processes import HERE, pinned

# The most requests that are under way at once, for the rows that do not say otherwise.
CONNECTIONS = 64
# Of one connection of HTTP/2; there are so many connections that as many requests are under way.
STREAMS = 32
# What a client may take beyond its time.
SLACK_SECONDS = 30
OFFER = dict(os.environ, OPENSSL_CONF=str(HERE / "clients.cnf"))


@dataclasses.dataclass
class Load:
    requests: int
    # A second.
    rate: float
    # As the client prints it; h2load's is not known.
    p99: str


def run(arguments, seconds, core):
    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=seconds + SLACK_SECONDS, check=True,
        env=OFFER, preexec_fn=pinned(core))
    return done.stdout


def wrk(url, seconds, core, connections=CONNECTIONS):
    said = run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url], seconds, core)
    if wrong := re.findall(r"(?:Socket errors|Non-2xx).*", said):
        raise RuntimeError(f"not every answer was right: {'; '.join(wrong)}")
    return Load(
        int(re.search(r"(\d+) requests in", said)[1]),
        float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),
        re.search(r"^ +99% +(\S+)", said, re.MULTILINE)[1])


def h2load(url, seconds, core):
    said = run(
        ["h2load", "-t1", f"-c{CONNECTIONS // STREAMS}", f"-m{STREAMS}", f"-D{seconds}",
         "--tls13-ciphers=TLS_AES_128_GCM_SHA256", "--groups=X25519", url], seconds, core)
    if "Application protocol: h2\n" not in said:
        raise RuntimeError(f"this was no HTTP/2: {said}")
    done = int(re.search(r"(\d+) done", said)[1])
    # Whoever is under way when the time is over is cut, and neither done nor failed.
    if (good := int(re.search(r"status codes: (\d+) 2xx", said)[1])) < done or done == 0:
        raise RuntimeError(f"{good} of {done} answers were right")
    return Load(done, done / seconds, "-")


def latencies(url, rate, seconds, core):
    """Microseconds of every request at so many a second, sorted, as h2load's log tells them."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        run(["h2load", "--h1", f"-c{CONNECTIONS}", "-t1", f"-D{seconds}", "--warm-up-time=1",
             f"--rps={rate / CONNECTIONS:.1f}", f"--log-file={log}", url], seconds, core)
        times = []
        for line in log.read_text().splitlines():
            _, status, microseconds = line.split("\t")
            if status != "200":
                raise RuntimeError(f"an answer with status {status}")
            times.append(int(microseconds))
    return sorted(times)
