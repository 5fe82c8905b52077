"""The rows of TLS: small answers on connections that are kept, and handshakes, full and resumed.

The same certificates for all: ECDSA (P-256) and RSA (2048 bits), each on a port of its own.
"""

import os
import ssl
import socket
import statistics
import subprocess

NAME = "bench.test"
KEYS = {"ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}
HANDSHAKES = 1500
REQUEST = f"GET /small HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode()


def make_certificates(folder):
    """KIND.pem, KIND.key, and both in one as HAProxy reads them."""
    for kind, words in KEYS.items():
        subprocess.run(
            ["openssl", "req", "-x509", "-nodes", "-newkey", *words, "-keyout", f"{kind}.key",
             "-out", f"{kind}.pem", "-days", "30", "-subj", f"/CN={NAME}", "-addext",
             f"subjectAltName=DNS:{NAME},IP:127.0.0.1"],
            cwd=folder, check=True, capture_output=True)
        both = (folder / f"{kind}.pem").read_text() + (folder / f"{kind}.key").read_text()
        (folder / f"{kind}.both").write_text(both)


class Door:
    """A port with TLS of a server that has others too."""

    def __init__(self, server, port):
        self.name = server.name
        self.port = port
        self.usage = server.usage
        self.scheme = "https"


def shake(port, certificate, resumed, core):
    """So many handshakes with one small request each; every session is as it was asked for."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        context = ssl.create_default_context(cafile=certificate)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        session = None
        for number in range(HANDSHAKES):
            raw = socket.create_connection(("127.0.0.1", port))
            with context.wrap_socket(raw, server_hostname=NAME, session=session) as peer:
                peer.sendall(REQUEST)
                while peer.recv(65536):
                    pass
                if resumed and number == 0:
                    session = peer.session
                elif peer.session_reused != resumed:
                    raise RuntimeError(f"handshake {number}: resumed is {peer.session_reused}")
    finally:
        os.sched_setaffinity(0, own)


def measure_handshakes(servers, ports, folder, rounds, core):
    """By work and proxy, microseconds of CPU a handshake with its request."""
    print(f"\nhandshakes: TLS 1.3 with one small request each, {HANDSHAKES} a round")
    for kind in KEYS:
        for resumed in (False, True):
            costs = {server.name: [] for server in servers}
            for number in range(rounds):
                first = number % len(servers)
                for server in servers[first:] + servers[:first]:
                    before = server.usage()
                    port = ports[server.name][kind]
                    shake(port, folder / f"{kind}.pem", resumed, core)
                    after = server.usage()
                    spent = sum(sum(after[pid][:2]) - sum(before[pid][:2]) for pid in after)
                    costs[server.name].append(spent / HANDSHAKES)
            medians = {name: statistics.median(values) for name, values in costs.items()}
            work = f"{kind}, {'resumed' if resumed else 'full'}"
            rates = ", ".join(
                f"{name} {cost * 1e6:.0f} us ({1 / cost:.0f} a second)"
                for name, cost in medians.items())
            print(f"{work}: {rates}", flush=True)
            for other in ("nginx", "haproxy"):
                if "bascule" in medians and other in medians:
                    ratio = medians[other] / medians["bascule"]
                    print(f"  bascule / {other}: handshakes a second of a core {ratio:.3f}")
