"""A client of HTTP/2 that says exactly what a case wants: frames are hyperframe's, field blocks
hpack's. It understands what comes back, and judges nothing by itself."""

import collections
import dataclasses
import socket
import ssl
import time

import hpack
from hyperframe import frame as frames

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATIENCE = 5
# What every server takes in one frame.
FRAME = 16_384
NO_ERROR, PROTOCOL, INTERNAL, FLOW_CONTROL = 0, 1, 2, 3
STREAM_CLOSED, FRAME_SIZE, REFUSED, CANCEL, COMPRESSION, CALM = 5, 6, 7, 8, 9, 11


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a listener is; `authority` names the file of who signed its certificate, over TLS."""

    port: int
    authority: str = ""

    @property
    def scheme(self):
        return "https" if self.authority else "http"

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.authority:
            return plain
        context = ssl.create_default_context(cafile=self.authority)
        context.set_alpn_protocols(["h2"])
        sealed = context.wrap_socket(plain, server_hostname="a.test")
        assert sealed.selected_alpn_protocol() == "h2", "h2 was not agreed on"
        return sealed


class Ended(AssertionError):
    """The server has closed or reset the connection."""


class Answer:
    """What came of one stream."""

    def __init__(self):
        self.heads = []
        self.content = b""
        self.is_whole = False
        self.error = None

    @property
    def status(self):
        return int(dict(self.heads[-1])[":status"]) if self.heads else None

    @property
    def text(self):
        return self.content.decode()


class Peer:
    def __init__(self, place, settings=None, begins=True):
        self.place = place
        self.socket = place.connect()
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.frames = []
        self.answers = collections.defaultdict(Answer)
        self.octets = b""
        self.block = b""
        self.goaway = None
        self.is_over = False
        if begins:
            self.raw(PREFACE)
            self.send(frames.SettingsFrame(0, settings=settings or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # What is sent.

    def raw(self, octets):
        try:
            self.socket.sendall(octets)
        except OSError as error:
            self.is_over = True
            raise Ended(f"ended while sending: {error}") from error

    def send(self, *several):
        self.raw(b"".join(one.serialize() for one in several))

    def frame(self, kind, stream=0, payload=b"", flags=0, length=None):
        """A frame that hyperframe would not make."""
        count = len(payload) if length is None else length
        self.raw(count.to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
                 + payload)

    def fields(self, method="GET", path="/", extra=(), **changed):
        """A good request's fields, some of them changed; None leaves one out."""
        pseudo = {"method": method, "scheme": self.place.scheme, "path": path,
                  "authority": "a.test"} | changed
        return [(f":{name}", value) for name, value in pseudo.items() if value is not None] + list(
            extra)

    def head(self, stream, fields, ends=True, is_whole=True, **options):
        block = self.encoder.encode(fields, huffman=False)
        flags = (["END_STREAM"] if ends else []) + (["END_HEADERS"] if is_whole else [])
        return frames.HeadersFrame(stream, block, flags=flags, **options)

    def ask(self, stream=1, method="GET", path="/", extra=(), ends=True, **changed):
        head = self.head(stream, self.fields(method, path, extra, **changed), ends)
        block, head.data = head.data, head.data[:FRAME]
        if len(block) <= FRAME:
            return self.send(head)
        head.flags.discard("END_HEADERS")
        pieces = [block[at:at + FRAME] for at in range(FRAME, len(block), FRAME)]
        rest = [frames.ContinuationFrame(stream, piece) for piece in pieces]
        rest[-1].flags.add("END_HEADERS")
        self.send(head, *rest)

    def data(self, stream, octets=b"", ends=False, **options):
        flags = (["END_STREAM"] if ends else []) + (["PADDED"] if options else [])
        self.send(frames.DataFrame(stream, octets, flags=flags, **options))

    def reset(self, stream, error=CANCEL):
        self.send(frames.RstStreamFrame(stream, error))

    def window(self, stream, count):
        self.frame(0x8, stream, count.to_bytes(4, "big"))

    def setting(self, *pairs):
        self.frame(0x4, payload=b"".join(
            name.to_bytes(2, "big") + value.to_bytes(4, "big") for name, value in pairs))

    # What comes.

    def wait(self, wanted, patience=PATIENCE):
        """Reads until a frame is there that is wanted; what was there already counts."""
        seen = 0
        end = time.monotonic() + patience
        while True:
            for one in self.frames[seen:]:
                if wanted(one):
                    return one
            seen = len(self.frames)
            self.read(end - time.monotonic())

    def read(self, patience):
        if self.is_over:
            raise Ended("the connection has ended")
        if patience <= 0:
            raise AssertionError(f"nothing more came after {self.frames[-3:]}")
        self.socket.settimeout(patience)
        try:
            octets = self.socket.recv(65_536)
        except TimeoutError as error:
            raise AssertionError(f"nothing more came after {self.frames[-3:]}") from error
        except (OSError, ssl.SSLError) as error:
            self.is_over = True
            raise Ended(f"ended: {error}") from error
        if not octets:
            self.is_over = True
            raise Ended("closed")
        self.octets += octets
        while len(self.octets) >= 9:
            one, length = frames.Frame.parse_frame_header(memoryview(self.octets[:9]))
            if len(self.octets) < 9 + length:
                return
            one.parse_body(memoryview(self.octets[9:9 + length]))
            self.octets = self.octets[9 + length:]
            self.frames.append(one)
            self.note(one)

    def note(self, one):
        answer = self.answers[one.stream_id]
        if isinstance(one, (frames.HeadersFrame, frames.ContinuationFrame)):
            self.block += one.data
            if "END_HEADERS" in one.flags:
                answer.heads.append(self.decoder.decode(self.block))
                self.block = b""
        elif isinstance(one, frames.DataFrame):
            answer.content += one.data
        elif isinstance(one, frames.RstStreamFrame):
            answer.error = one.error_code
        elif isinstance(one, frames.GoAwayFrame):
            self.goaway = one
        if "END_STREAM" in one.flags:
            answer.is_whole = True

    def answer(self, stream=1):
        """The whole answer of a stream."""
        self.wait(lambda one: one.stream_id == stream and (
            "END_STREAM" in one.flags or isinstance(one, frames.RstStreamFrame)))
        answer = self.answers[stream]
        assert answer.error is None or answer.is_whole, f"stream ended with {answer.error}"
        return answer

    # What is to be so.

    def is_alive(self):
        """A ping comes back with its own octets."""
        octets = len(self.frames).to_bytes(8, "big")
        self.send(frames.PingFrame(0, octets))
        self.wait(lambda one: isinstance(one, frames.PingFrame) and one.opaque_data == octets
                  and "ACK" in one.flags)

    def expect_end(self, *errors):
        """The connection is ended with one of these errors, and closed."""
        try:
            goaway = self.wait(lambda one: isinstance(one, frames.GoAwayFrame))
            assert goaway.error_code in errors, f"GOAWAY with {goaway.error_code}"
            while True:
                self.wait(lambda one: False)
        except Ended:
            assert self.goaway, "closed without GOAWAY"

    def error(self, stream=1):
        """With which error the stream or the connection is ended, whichever comes first."""
        try:
            self.wait(lambda one: isinstance(one, frames.GoAwayFrame) or (
                isinstance(one, frames.RstStreamFrame) and one.stream_id == stream))
        except Ended:
            pass
        if self.goaway:
            return self.goaway.error_code
        return self.answers[stream].error

    def expect_reset(self, stream, *errors):
        """The stream is ended with one of these errors, and the connection goes on."""
        self.wait(lambda one: one.stream_id == stream and isinstance(one, frames.RstStreamFrame))
        assert self.answers[stream].error in errors, f"reset with {self.answers[stream].error}"
        assert not self.answers[stream].heads, "answered all the same"
        self.is_alive()
