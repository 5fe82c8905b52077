"""Starts the proxies that are measured, and the app behind them.

All have one worker on the same core, the same app, certificates, ciphers and timeouts, connections
kept on both sides, the fields that Bascule adds, and no log. The configurations stand beside this
file and are printed with the result.
"""

import os
import subprocess

import sealed
from processes import HERE, Server, filled, free_port

SMALL = '{"id":4711,"category":"groceries","amount":"23.45","note":"' + "x" * 69 + '"}'
LARGE_BYTES = 1024 * 1024


def as_root(words):
    """Started by root, nginx and h2o run their workers as nobody, who may not enter the folder."""
    return words if os.geteuid() == 0 else ""


class Starter:
    """Starts servers in folders of their own below `scratch`, where the certificates are."""

    def __init__(self, scratch, core, origin=None):
        self.scratch = scratch
        self.core = core
        self.origin = origin

    def start(self, name, file, head, command, is_sealed=True, **words):
        """`file` filled in, with its head before it; `command` tells the arguments, given it."""
        folder = self.scratch / name
        folder.mkdir()
        port = free_port()
        ports = {kind: free_port() for kind in sealed.KEYS} if is_sealed else {}
        text = filled(
            file, folder=folder, plain=port, origin=self.origin, keys=self.scratch,
            ciphers=sealed.CIPHERS, ciphersuites=sealed.CIPHERSUITES, **ports, **words)
        (folder / file).write_text(head + text)
        return Server(name, command(folder, folder / file), port, self.core, ports)

    def app(self):
        server = self.start(
            "origin", "origin.conf", as_root("user root;\n"), nginx, is_sealed=False, small=SMALL)
        (self.scratch / "origin" / "large").write_bytes(bytes(LARGE_BYTES))
        return server

    def nginx(self):
        return self.start("nginx", "nginx.conf", as_root("user root;\n"), nginx)

    def haproxy(self):
        return self.start(
            "haproxy", "haproxy.cfg", "", lambda _, file: ["haproxy", "-db", "-q", "-f", file])

    def h2o(self):
        return self.start(
            "h2o", "h2o.conf", as_root("user: root\n"), lambda _, file: ["h2o", "-c", file])

    def relay(self):
        program = self.scratch / "relay"
        subprocess.run(["cc", "-O2", "-Wall", "-o", program, HERE / "relay.c"], check=True)
        port = free_port()
        return Server("relay", [program, str(port), str(self.origin)], port, self.core)

    def bascule(self, program):
        return self.start(
            "bascule", "bascule.yaml", "", lambda _, file: [program, "serve", "--config", file],
            admin=free_port())


def nginx(folder, file):
    return ["nginx", "-p", folder, "-e", "stderr", "-c", file]
