"""An app that works 5 to 25 ms on each request and writes down when: `switch_app.py PORT LOG`.

A line of the log: when a request's head was read and when its answer was given, in nanoseconds of
the monotonic clock, which all processes share. It is written at TERM.
"""

import asyncio
import random
import signal
import sys
import time

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"


async def serve(reader, writer, lines):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            began = time.monotonic_ns()
            # Probes and the other service are answered at once, and are no work.
            works = head.startswith(b"GET /work ")
            if works:
                await asyncio.sleep(random.uniform(0.005, 0.025))
                lines.append(f"{began} {time.monotonic_ns()}\n")
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        # The proxy has left.
        writer.close()


async def main():
    port, log = int(sys.argv[1]), sys.argv[2]
    lines = []
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await asyncio.start_server(
        lambda reader, writer: serve(reader, writer, lines), "127.0.0.1", port, backlog=512)
    await ended.wait()
    with open(log, "w") as file:
        file.writelines(lines)


asyncio.run(main())
