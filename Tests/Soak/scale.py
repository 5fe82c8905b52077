"""Three proofs of scale: scale.py PRODUCTS [slow-clients|large-bodies|slow-readers]...

slow-clients  10 000 clients that drip one octet of a body every few seconds beside 64 quick ones:
              the quick ones' p99 is at most twice what it is without them
large-bodies  2 GiB up and 2 GiB down: a worker stays under 64 MiB
slow-readers  1 000 clients that read answers of 10 MiB slowly: memory stays within response_buffers

Each prints its figures and ends with 1 where one is missed.
"""

import asyncio
import re
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time

import world

GIB = 1 << 30
MIB = 1 << 20
SLOW_CLIENTS = 10_000
READERS = 1_000
READER_BYTES = 10 * MIB
ROUND_SECONDS = 10
# `response_buffers` is 64 MiB a worker by default; the rest is connections and the allocator.
BUFFERS_BYTES = 64 * MIB
SLACK_BYTES = 24 * MIB


def service(port):
    return f"  web: {{colors: {{blue: {{targets: ['127.0.0.1:{port}']}}}}}}\n"


def quick(port):
    """p99 of 64 quick clients, in milliseconds."""
    text = subprocess.run(
        ["wrk", "-t1", "-c64", f"-d{ROUND_SECONDS}s", "--latency", f"http://127.0.0.1:{port}/echo"],
        capture_output=True, text=True, check=True,
    ).stdout
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit], float(rate), text


async def drip(port, stop, ready):
    """The slow clients: a body whose octets come every five seconds."""
    writers = []
    head = b"POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    for _ in range(SLOW_CLIENTS):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        writers.append(writer)
    ready.set()
    while not stop.is_set():
        for index, writer in enumerate(writers):
            writer.write(b"x")
            if index % 200 == 0:
                await asyncio.sleep(0.1)
    lost = sum(writer.is_closing() for writer in writers)
    for writer in writers:
        writer.close()
    return lost


def slow_clients(here):
    _, app = here.app("app")
    port = here.serve(service(app))
    alone, rate, _ = quick(port)
    stop, ready = threading.Event(), threading.Event()
    lost = []
    thread = threading.Thread(target=lambda: lost.append(asyncio.run(drip(port, stop, ready))))
    thread.start()
    ready.wait()
    connections = here.counts()["connections"]
    beside, rate_beside, text = quick(port)
    stop.set()
    thread.join()
    print(
        f"slow-clients: p99 {alone:.2f} ms alone ({rate:.0f}/s), {beside:.2f} ms beside "
        f"{connections} slow ones ({rate_beside:.0f}/s), ratio {beside / alone:.2f}; "
        f"{lost[0]} of them lost"
    )
    errors = "Socket errors" in text or "Non-2xx" in text
    return beside <= 2 * alone and connections >= SLOW_CLIENTS and lost[0] == 0 and not errors


class Peak:
    """The most memory that a worker had, looked at every 20 ms."""

    def __init__(self, here):
        self.pids = here.workers()
        self.most = {pid: 0 for pid in self.pids}
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.done.wait(0.02):
            for pid in self.pids:
                self.most[pid] = max(self.most[pid], world.resident(pid))

    def stop(self):
        self.done.set()
        self.thread.join()
        return max(self.most.values()) / MIB


def receive_head(client):
    octets = b""
    while b"\r\n\r\n" not in octets:
        more = client.recv(65536)
        if not more:
            raise OSError("no answer")
        octets += more
    head, _, rest = octets.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


def large_bodies(here):
    _, app = here.app("app")
    port = here.serve(service(app))
    peak, begin = Peak(here), time.monotonic()
    chunk = bytes(MIB)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(
            b"PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (2 * GIB)
        )
        for _ in range(2 * GIB // len(chunk)):
            client.sendall(chunk)
        head, rest = receive_head(client)
    is_up = " 200 " in head and rest == str(2 * GIB).encode()
    up, middle = peak.stop(), time.monotonic()
    peak = Peak(here)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /large/%d HTTP/1.1\r\nHost: a\r\n\r\n" % (2 * GIB))
        head, rest = receive_head(client)
        count = len(rest)
        view = memoryview(bytearray(MIB))
        while count < 2 * GIB:
            more = client.recv_into(view)
            if more == 0:
                break
            count += more
    down = peak.stop()
    print(
        f"large-bodies: 2 GiB up in {middle - begin:.1f} s, worker at most {up:.1f} MiB; 2 GiB "
        f"down in {time.monotonic() - middle:.1f} s, worker at most {down:.1f} MiB"
    )
    return is_up and count == 2 * GIB and max(up, down) < 64


def slow_readers(here):
    _, app = here.app("app")
    port = here.serve(service(app))
    before = here.resident()
    peak = Peak(here)
    clients = []
    for _ in range(READERS):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /large/%d HTTP/1.1\r\nHost: a\r\n\r\n" % READER_BYTES)
        clients.append(client)
    counts = [0] * READERS
    end = time.monotonic() + 2 * ROUND_SECONDS
    while time.monotonic() < end:
        for index, client in enumerate(clients):
            counts[index] += len(client.recv(4096))
    most = peak.stop()
    status = here.status()["services"][0]["colors"][0]
    # Then they read as fast as they can, all of them: every one gets all of its answer.
    whole = read_all(clients, counts)
    print(
        f"slow-readers: {READERS} readers of {READER_BYTES // MIB} MiB; worker "
        f"{max(before.values()) / MIB:.1f} MiB before, at most {most:.1f} MiB; "
        f"{status['in_flight']} in flight; {whole} got all of it"
    )
    limit = (BUFFERS_BYTES + SLACK_BYTES) / MIB + max(before.values()) / MIB
    return most <= limit and whole == READERS


def read_all(clients, counts):
    """How many get the rest; the head is in the count, so more than the body is enough."""
    waiting = selectors.DefaultSelector()
    for index, client in enumerate(clients):
        client.setblocking(False)
        waiting.register(client, selectors.EVENT_READ, index)
    while waiting.get_map():
        ready = waiting.select(30)
        if not ready:
            break
        for key, _ in ready:
            try:
                more = len(key.fileobj.recv(MIB))
            except OSError:
                more = 0
            counts[key.data] += more
            if more == 0 or counts[key.data] > READER_BYTES:
                waiting.unregister(key.fileobj)
                key.fileobj.close()
    return sum(count > READER_BYTES for count in counts)


PROOFS = {"slow-clients": slow_clients, "large-bodies": large_bodies, "slow-readers": slow_readers}


def main():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    wanted = sys.argv[2:] or list(PROOFS)
    missed = []
    for name in wanted:
        with world.World(sys.argv[1]) as here:
            if not PROOFS[name](here):
                missed.append(name)
    print(f"scale: {len(wanted) - len(missed)} of {len(wanted)} met", *missed)
    sys.exit(1 if missed else 0)


main()
