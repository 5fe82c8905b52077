"""An origin that reads requests with h11 and answers what it read, as JSON.

    /usr/bin/python3 h11_reader.py

Prints the port that it listens on. What h11 refuses ends the connection, and the answer says why.
"""

import asyncio
import hashlib
import json
import signal

import h11

HEAD_BYTES_MAX = 1 << 17
# Belong to one connection or to its framing: every proxy writes its own.
OWN = {b"connection", b"keep-alive", b"content-length", b"transfer-encoding"}


class Reader(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.start()

    def start(self):
        self.peer = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES_MAX)

    def data_received(self, data):
        try:
            self.peer.receive_data(data)
            self.read()
        except h11.RemoteProtocolError as error:
            self.refuse(error)

    def read(self):
        while True:
            event = self.peer.next_event()
            if event is h11.NEED_DATA:
                if self.peer.they_are_waiting_for_100_continue:
                    head = h11.InformationalResponse(status_code=100, headers=[])
                    self.transport.write(self.peer.send(head))
                return
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return
            if isinstance(event, h11.Request):
                self.request, self.content = event, hashlib.sha256()
                self.count = 0
            elif isinstance(event, h11.Data):
                self.content.update(event.data)
                self.count += len(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self.answer()
                if self.peer.our_state is h11.MUST_CLOSE:
                    self.transport.close()
                    return
                self.peer.start_next_cycle()

    def answer(self):
        fields = sorted(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in self.request.headers
            if name not in OWN
        )
        seen = {
            "method": self.request.method.decode("latin-1"),
            "target": self.request.target.decode("latin-1"),
            "fields": [f"{name}: {value}" for name, value in fields],
            "count": self.count,
            "content": self.content.hexdigest(),
        }
        body = json.dumps(seen).encode()
        head = h11.Response(status_code=200, headers=[("Content-Length", str(len(body)))])
        self.transport.write(self.peer.send(head))
        self.transport.write(self.peer.send(h11.Data(data=body)) or b"")
        self.transport.write(self.peer.send(h11.EndOfMessage()) or b"")

    def refuse(self, error):
        body = f"h11: {error}".encode()
        self.transport.write(
            b"HTTP/1.1 %d Refused\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
            % (error.error_status_hint, len(body), body)
        )
        self.transport.close()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Reader, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


asyncio.run(main())
