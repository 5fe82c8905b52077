"""Clients for the row `switch`: `switch_load.py PORT PATH CLIENTS LOG`, until TERM.

Each client has one kept connection. A line of the log: start, end, whether the answer was good, and
whether the connection was closed without that being asked for.
"""

import asyncio
import signal
import sys
import time


class Client:
    def __init__(self, port, path, lines):
        self.port = port
        self.request = f"GET {path} HTTP/1.1\r\nHost: bench.example\r\n\r\n".encode()
        self.lines = lines
        self.streams = None

    async def ask(self):
        began = time.monotonic_ns()
        good = closed = 0
        try:
            if self.streams is None:
                self.streams = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.streams
            writer.write(self.request)
            head = await reader.readuntil(b"\r\n\r\n")
            good = int(head.startswith(b"HTTP/1.1 200"))
            lengths = [
                int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")]
            await reader.readexactly(lengths[0] if lengths else 0)
            closed = int(b"connection: close" in head.lower())
        except (asyncio.IncompleteReadError, ConnectionError):
            closed = 1
        if closed and self.streams:
            self.streams[1].close()
            self.streams = None
        self.lines.append(f"{began} {time.monotonic_ns()} {good} {closed}\n")

    async def run(self, ended):
        while not ended.is_set():
            await self.ask()
            await asyncio.sleep(0.005)


async def main():
    port, path, count, log = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    lines = []
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await asyncio.gather(*(Client(port, path, lines).run(ended) for _ in range(count)))
    with open(log, "w") as file:
        file.writelines(lines)


asyncio.run(main())
