"""Connections that rest: what each one costs in memory, and whether the others notice."""

import dataclasses
import resource
import selectors
import socket

WANTED = 10_000
# Of the load beside them.
BUSY = 10
# Connections whose answer is awaited at once: as many as are busy, so that no buffers are counted
# that only a crowd needs.
TOGETHER = BUSY
SECONDS_MAX = 30


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
    # The rounds of the load alone, and beside the resting ones.
    alone: list
    beside: list


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


def measure(server, count, rounds, measure_load):
    """One proxy with and without so many resting connections beside the busy ones.

    `measure_load` puts the busy ones to work and tells what they cost. Both kinds take turns, so
    that what else goes on here meets both alike."""
    alone, beside, grown = [], [], []
    for _ in range(rounds):
        alone.append(measure_load())
        before = server.resident()
        resting = Resting(server.port, count)
        try:
            grown.append((server.resident() - before) / count)
            beside.append(measure_load())
            if (left := resting.still_open()) != count:
                raise RuntimeError(f"{server.name} closed {count - left} resting connections")
        finally:
            resting.close()
        server.wait_until_answering("/small")
    # Memory that was freed is seldom given back: only the first time shows what it takes.
    return Cost(grown[0], alone, beside)
