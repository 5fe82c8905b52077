"""The row of handshakes, full and resumed, and what all rows over TLS share.

The same certificates for all proxies, one with an ECDSA key (P-256) and one with an RSA key (2048
bits), each on a port of its own; the same lists of ciphers; tickets on, and no sessions kept by the
server. Clients offer TLS 1.3 with one cipher and one group, and before anything is measured every
port is asked what it makes of that. A handshake is measured with one small request, as nobody
shakes hands for less, on a connection of its own.
"""

import statistics
import subprocess
import sys

import goals
from loads import OFFER
from processes import HERE, pinned, turns

NAME = "bench.test"
KEYS = {"ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}
# Bascule's own, which it has no setting for.
CIPHERS = ":".join(
    f"ECDHE-{key}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for key in ("ECDSA", "RSA"))
CIPHERSUITES = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
EXPECTED = (
    "New, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256", "Server Temp Key: X25519, 253 bits",
    "Verification: OK")
HANDSHAKES = 600
CLIENT_SECONDS_MAX = 60
# Of the handshakes a second of a core; resumed ones have no goal.
FULL_GOAL = 1.0


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


def check(servers, folder):
    """Throws unless all answer with the same version, cipher, group and kind of key."""
    for server in servers:
        for kind in KEYS:
            done = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports[kind]}",
                 "-servername", NAME, "-CAfile", folder / f"{kind}.pem", "-alpn", "h2"],
                input="", capture_output=True, text=True, errors="replace",
                env=OFFER, timeout=CLIENT_SECONDS_MAX)
            signed = "ECDSA" if kind == "ecdsa" else "RSA-PSS"
            for word in (*EXPECTED, f"Peer signature type: {signed}", "ALPN protocol: h2"):
                if word not in done.stdout:
                    raise RuntimeError(f"{server.name}, {kind}: no {word!r} in {done.stdout}")


def shake(server, kind, is_resumed, folder, core):
    """Microseconds of the proxy's CPU a handshake with its request."""
    arguments = [
        sys.executable, "-B", HERE / "shake.py", str(server.ports[kind]), folder / f"{kind}.pem",
        NAME, str(HANDSHAKES), "resumed" if is_resumed else "full"]
    _, spent, _ = server.spent(lambda: subprocess.run(
        arguments, check=True, timeout=CLIENT_SECONDS_MAX, env=OFFER, preexec_fn=pinned(core)))
    return spent.cpu * 1e6 / HANDSHAKES


def measure(servers, folder, rounds, core):
    """Prints a line for each kind; returns the claims."""
    print(f"\nhandshakes: TLS 1.3 with one small request each, {HANDSHAKES} a round")
    print("kind              proxy     us each   a second of a core   bascule / it (a second)")
    claims = []
    for kind in KEYS:
        for is_resumed in (False, True):
            costs = {server.name: [] for server in servers}
            for _, server in turns(servers, rounds):
                costs[server.name].append(shake(server, kind, is_resumed, folder, core))
            rates = {name: 1e6 / statistics.median(values) for name, values in costs.items()}
            words = f"{kind}, {'resumed' if is_resumed else 'full'}"
            for name, rate in rates.items():
                beside = f"{rates['bascule'] / rate:.3f}" if "bascule" in rates else "-"
                print(
                    f"{words:17} {name:8} {1e6 / rate:8.0f} {rate:20.0f} {beside:>25}",
                    flush=True)
            if "bascule" in rates and not is_resumed:
                claims.append(goals.ratio(f"{words}, a second", rates, "nginx", FULL_GOAL, True))
    return claims
