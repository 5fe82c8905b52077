"""The row `idle`: what connections that rest cost in memory, and whether the others notice.

Each has asked once, as a browser's has. Memory is what all processes of a proxy have more of with
them than without; a few others are busy meanwhile, and the same few alone before. The relay takes
no part: it has a connection to the app for each client.
"""

import dataclasses
import resource
import selectors
import socket
import statistics

import goals
import rounds

WANTED = 10_000
# Of the load beside them.
BUSY = 10
# Connections whose answer is awaited at once: as many as are busy, so that no buffers are counted
# that only a crowd needs.
TOGETHER = BUSY
SECONDS_MAX = 30
EACH_GOAL = 1.0
EMPTY_MIB_GOAL = 40
GROWTH_GOAL = 1.2


def raise_limit():
    """For this process and the proxies that it starts. Returns how many connections can rest:
    Bascule takes half as many clients as it may have descriptors, so that each can have one to the
    app."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return WANTED
    return min(WANTED, hard // 2 - 100)


@dataclasses.dataclass
class Cost:
    # Octets a resting connection.
    each: float
    # MiB of the busiest process without any.
    empty: float
    # Microseconds a request of the busy ones, alone, and beside the resting ones.
    alone: float
    beside: float


class Resting:
    """Clients that have asked once and keep their connections."""

    REQUEST = b"GET /small HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    def __init__(self, port, count):
        self.sockets = []
        try:
            while len(self.sockets) < count:
                self.add(port, min(TOGETHER, count - len(self.sockets)))
        except BaseException:
            self.close()
            raise

    def add(self, port, count):
        new = [socket.create_connection(("127.0.0.1", port), SECONDS_MAX) for _ in range(count)]
        self.sockets += new
        with selectors.DefaultSelector() as waiting:
            for one in new:
                one.sendall(self.REQUEST)
                waiting.register(one, selectors.EVENT_READ)
            while waiting.get_map():
                ready = waiting.select(SECONDS_MAX)
                if not ready:
                    raise RuntimeError(f"{len(waiting.get_map())} clients got no answer")
                for key, _ in ready:
                    # The whole answer, as it is smaller than any segment of loopback.
                    if not key.fileobj.recv(65536).startswith(b"HTTP/1.1 200 "):
                        raise RuntimeError("an answer that is no 200")
                    waiting.unregister(key.fileobj)

    def still_open(self):
        """How many the proxy has not closed meanwhile."""
        count = 0
        for one in self.sockets:
            one.setblocking(False)
            try:
                count += one.recv(1) != b""
            except BlockingIOError:
                count += 1
        return count

    def close(self):
        for one in self.sockets:
            one.close()


def run(proxies, count, seconds, core):
    """Prints a line a proxy; returns the claims."""
    resting = raise_limit()
    print(f"\nidle: {resting} resting connections beside {BUSY} busy ones")
    print("proxy     bytes each   MiB of the busiest, empty   us a request: alone, beside   grows")
    costs = {}
    for name in ("nginx", "haproxy", "bascule"):
        if name in proxies:
            costs[name] = one = measure(proxies[name], resting, count, seconds, core)
            print(
                f"{name:8} {one.each:11.0f} {one.empty:27.1f} {one.alone:21.3f} {one.beside:7.3f}"
                f" {one.beside / one.alone:7.3f}", flush=True)
    if "bascule" not in costs:
        return []
    each = {name: cost.each for name, cost in costs.items()}
    own = costs["bascule"]
    return [
        goals.ratio("bascule's memory a connection", each, "nginx", EACH_GOAL),
        goals.Claim("MiB of an empty worker", own.empty, EMPTY_MIB_GOAL),
        goals.Claim("growth of CPU a request", own.beside / own.alone, GROWTH_GOAL)]


def measure(server, resting_count, count, seconds, core):
    """One proxy with and without the resting connections beside the busy ones; both kinds take
    turns, so that what else goes on here meets both alike."""
    small = rounds.WORKS["small"]

    def load():
        return rounds.measure(server, small, seconds, core, connections=BUSY)

    alone, beside, grown = [], [], []
    for _ in range(count):
        alone.append(load())
        before = server.resident()
        resting = Resting(server.port, resting_count)
        try:
            grown.append((server.resident() - before) / resting_count)
            beside.append(load())
            if (left := resting.still_open()) != resting_count:
                raise RuntimeError(f"{server.name} closed {resting_count - left} connections")
        finally:
            resting.close()
        server.wait_until_answering("/small")
    cpu = [
        statistics.median(one.each(one.spent.cpu, small) for one in part)
        for part in (alone, beside)]
    # Memory that was freed is seldom given back: only the first time shows what it takes.
    return Cost(grown[0], alone[0].busiest.resident / rounds.MIB, *cpu)
