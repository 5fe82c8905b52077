"""A client at work: Python's `h2`, which objects to whatever a server must not send; and WebSockets
over HTTP/2 (RFC 8441)."""

import h2.config
import h2.connection
import h2.events
import h2.settings

from cases import case
from peer import PROTOCOL


class Client:
    """`h2` on a socket. A frame that is not allowed raises within `receive`."""

    def __init__(self, world):
        self.scheme = world.place.scheme
        self.socket = world.place.connect()
        self.socket.settimeout(5)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.h2.initiate_connection()
        self.statuses, self.content, self.ended, self.trailers = {}, {}, set(), {}
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def ask(self, stream, method="GET", path="/", extra=(), ends=True):
        self.h2.send_headers(stream, [
            (":method", method), (":scheme", self.scheme), (":path", path),
            (":authority", "a.test"), *extra], end_stream=ends)
        self.flush()

    def send(self, stream, octets, ends=True):
        """Content within the windows, which are waited for."""
        at = 0
        while at < len(octets):
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if room == 0:
                self.receive()
                continue
            self.h2.send_data(stream, octets[at:at + room])
            at += room
            self.flush()
        if ends:
            self.h2.end_stream(stream)
        self.flush()

    def receive(self):
        octets = self.socket.recv(65_536)
        assert octets, "closed"
        for event in self.h2.receive_data(octets):
            match event:
                case h2.events.ResponseReceived():
                    fields = {bytes(name): bytes(value) for name, value in event.headers}
                    self.statuses[event.stream_id] = int(fields[b":status"])
                case h2.events.DataReceived():
                    self.content.setdefault(event.stream_id, bytearray()).extend(event.data)
                    self.h2.acknowledge_received_data(
                        event.flow_controlled_length, event.stream_id)
                case h2.events.TrailersReceived():
                    self.trailers[event.stream_id] = list(event.headers)
                case h2.events.StreamEnded():
                    self.ended.add(event.stream_id)
                case h2.events.StreamReset() | h2.events.ConnectionTerminated():
                    raise AssertionError(str(event))
        self.flush()

    def answer(self, stream):
        while stream not in self.ended:
            self.receive()
        return self.statuses[stream], bytes(self.content.get(stream, b""))


@case("h2", "a hundred streams at once, each with its own answer")
def many(world):
    with Client(world) as client:
        for index in range(100):
            client.ask(index * 2 + 1, path=f"/{index}")
        for index in range(100):
            status, content = client.answer(index * 2 + 1)
            assert status == 200 and content.startswith(f"GET /{index} HTTP/1.1\n".encode())


@case("h2", "three megabytes up on each of three streams side by side, and down again")
def large(world):
    octets = bytes(range(256)) * 12_000
    with Client(world) as client:
        for stream in (1, 3, 5):
            client.ask(stream, "POST", "/echo", ends=False)
        for stream in (1, 3, 5):
            client.send(stream, octets)
        for stream in (1, 3, 5):
            status, content = client.answer(stream)
            assert status == 200 and content == octets, len(content)


@case("h2", "content as large as a window, and an octet less and more, in both framings")
def windows(world):
    with Client(world) as client:
        stream = 1
        for count in (65_534, 65_535, 65_536, 65_537, 131_072):
            for extra in ([], [("content-length", str(count))]):
                client.ask(stream, "POST", "/echo", extra, ends=False)
                client.send(stream, b"x" * count)
                assert client.answer(stream) == (200, b"x" * count), count
                stream += 2


@case("h2", "content with a length, without one, and with trailers")
def framings(world):
    with Client(world) as client:
        client.ask(1, "POST", extra=[("content-length", "3")], ends=False)
        client.send(1, b"abc")
        assert b"content-length: 3\n" in client.answer(1)[1]
        client.ask(3, "POST", ends=False)
        client.send(3, b"abc", ends=False)
        client.h2.send_headers(3, [("x-sum", "7")], end_stream=True)
        client.flush()
        text = client.answer(3)[1]
        assert b"transfer-encoding: chunked\n" in text and text.endswith(b"\n\nabc")


@case("h2", "an early hint, an answer with trailers, one without content")
def answers(world):
    with Client(world) as client:
        for stream, path in [(1, "/hints"), (3, "/trailers"), (5, "/204")]:
            client.ask(stream, path=path)
        assert client.answer(1)[0] == 200
        assert client.answer(3)[1] == b"body" and client.trailers[3] == [(b"x-sum", b"7")]
        assert client.answer(5) == (204, b"")


def socket(peer, stream=1, extra=(), **changed):
    pseudo = {"path": "/socket", "protocol": "websocket"} | changed
    peer.ask(stream, "CONNECT", extra=[("sec-websocket-version", "13"), *extra], ends=False,
             **pseudo)


@case("RFC 8441", "a WebSocket opens by CONNECT, passes frames both ways, and ends with its stream")
def opens(world):
    with world.peer() as peer:
        ours = peer.wait(lambda one: getattr(one, "settings", None))
        assert ours.settings[8] == 1, "not advertised"
        socket(peer)
        peer.wait(lambda one: one.stream_id == 1 and peer.answers[1].heads)
        fields = dict(peer.answers[1].heads[0])
        assert fields[":status"] == "200"
        assert not {"connection", "upgrade", "sec-websocket-accept"} & set(fields), fields
        # A text of two octets, masked with noughts; it comes back without a mask.
        peer.data(1, b"\x81\x82\0\0\0\0hi")
        peer.wait(lambda one: peer.answers[1].content == b"\x81\x02hi")
        peer.data(1, b"\x88\x82\0\0\0\0\x03\xe8", ends=True)
        peer.answer(1)


@case("RFC 8441", "trailers on a WebSocket are a mistake of its stream alone (section 8.5)")
def trailed(world):
    with world.peer() as peer:
        socket(peer)
        peer.wait(lambda one: one.stream_id == 1 and peer.answers[1].heads)
        peer.send(peer.head(1, [("x-sum", "7")]))
        assert peer.error() == PROTOCOL, peer.error()
        peer.is_alive()


@case("RFC 8441", "another protocol than websocket is not offered")
def other(world):
    before = world.asked()
    with world.peer() as peer:
        socket(peer, protocol="connect-udp")
        assert peer.answer().status == 501
    assert world.asked() == before


def malformed(what, extra=(), **changed):
    def function(world):
        with world.refuses(PROTOCOL) as peer:
            socket(peer, extra=extra, **changed)
    case("RFC 8441", f"{what} is malformed")(function)


malformed("an opening without a scheme", scheme=None)
malformed("an opening without a path", path=None)
malformed("an opening without an authority", authority=None)
malformed("an opening with a length", [("content-length", "3")])
malformed("an opening with an upgrade", [("upgrade", "websocket")])


@case("RFC 8441", ":protocol on another method than CONNECT is malformed")
def not_connect(world):
    with world.refuses(PROTOCOL) as peer:
        peer.ask(protocol="websocket")


@case("RFC 8441", "a key that a client sends is not the one that the app gets")
def own_key(world):
    with world.peer() as peer:
        peer.ask(1, "CONNECT", "/refused", [
            ("sec-websocket-version", "13"), ("sec-websocket-key", "of the client")],
            protocol="websocket", ends=False)
        text = peer.answer().text
        assert text.count("sec-websocket-key:") == 1 and "of the client" not in text
