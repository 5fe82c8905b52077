"""Sections 3 and 4: the beginning of a connection, frames, field blocks."""

import hpack
from hyperframe import frame as frames

from cases import case
from peer import (COMPRESSION, FRAME_SIZE, NO_ERROR, PREFACE, PROTOCOL, Ended)


@case("3.4", "settings are the first frame that comes, before anything was sent but the preface")
def first(world):
    with world.peer(begins=False) as peer:
        peer.raw(PREFACE)
        one = peer.wait(lambda one: True)
        assert isinstance(one, frames.SettingsFrame) and "ACK" not in one.flags, one


@case("3.4", "a client's settings are acknowledged, and not before they came")
def acknowledged(world):
    with world.peer(begins=False) as peer:
        peer.raw(PREFACE)
        peer.wait(lambda one: True)
        assert not any("ACK" in one.flags for one in peer.frames), peer.frames
        peer.send(frames.SettingsFrame(0, settings={}))
        peer.wait(lambda one: isinstance(one, frames.SettingsFrame) and "ACK" in one.flags)


@case("3.4", "a preface in single octets is a preface")
def slow_preface(world):
    with world.peer(begins=False) as peer:
        for octet in PREFACE + frames.SettingsFrame(0).serialize():
            peer.raw(bytes([octet]))
        peer.ask()
        assert peer.answer().status == 200


@case("3.4", "something else than a preface is not served")
def other_preface(world):
    with world.peer(begins=False) as peer:
        try:
            peer.raw(PREFACE[:-2] + b"XX" + frames.SettingsFrame(0).serialize())
            peer.wait(lambda one: isinstance(one, frames.HeadersFrame))
        except Ended:
            return
        raise AssertionError("it goes on")


@case("3.4", "a first frame that is no SETTINGS ends the connection")
def first_frame(world):
    with world.peer(begins=False) as peer:
        peer.raw(PREFACE)
        peer.send(frames.PingFrame(0, b"12345678"))
        peer.expect_end(PROTOCOL)


@case("4.1", "frames of unknown types are ignored, on any stream and with any flags")
def unknown(world):
    with world.peer() as peer:
        peer.frame(0xfa, 0, b"greased", 0xff)
        peer.frame(0x42, 7, b"")
        peer.ask()
        peer.frame(0xfb, 1, b"x" * 16_384)
        assert peer.answer().status == 200


@case("4.1", "the reserved bit of a stream's number is ignored")
def reserved(world):
    with world.peer() as peer:
        block = peer.encoder.encode(peer.fields())
        peer.frame(0x1, 0x8000_0001, block, 0x5)
        assert peer.answer().status == 200


@case("4.1", "flags that a type does not have are ignored")
def flags(world):
    with world.peer() as peer:
        peer.frame(0x6, 0, b"12345678", 0xfe)
        peer.wait(lambda one: isinstance(one, frames.PingFrame) and "ACK" in one.flags)


@case("4.2", "a frame of 16384 octets is taken, and one of 16385 is too large")
def largest(world):
    with world.peer() as peer:
        peer.ask(method="POST", ends=False)
        peer.data(1, b"x" * 16_384, ends=True)
        assert peer.answer().text.endswith("x" * 16_384)
        peer.ask(3, "POST", ends=False)
        peer.frame(0x0, 3, b"x" * 16_385)
        peer.expect_end(FRAME_SIZE)


@case("4.2", "a head that is too large for a frame ends the connection, as its table is lost")
def large_head(world):
    with world.peer() as peer:
        peer.frame(0x1, 1, b"\0" * 16_385, 0x5)
        peer.expect_end(FRAME_SIZE)


SIZES = [
    ("PRIORITY of 4 octets", 0x2, 1, 4), ("RST_STREAM of 3 octets", 0x3, 1, 3),
    ("RST_STREAM of 5 octets", 0x3, 1, 5), ("SETTINGS of 5 octets", 0x4, 0, 5),
    ("PING of 7 octets", 0x6, 0, 7), ("PING of 9 octets", 0x6, 0, 9),
    ("GOAWAY of 7 octets", 0x7, 0, 7), ("WINDOW_UPDATE of 3 octets", 0x8, 0, 3),
    ("WINDOW_UPDATE of 5 octets on a stream", 0x8, 1, 5),
]


def wrong_size(kind, stream, count):
    def function(world):
        with world.peer() as peer:
            peer.ask(method="POST", ends=False)
            peer.frame(kind, stream, b"\0" * count)
            peer.expect_end(FRAME_SIZE)
    return function


for name, kind, stream, count in SIZES:
    case("4.2", f"{name} ends the connection")(wrong_size(kind, stream, count))


@case("4.2", "padding or a priority that a frame is too short for ends the connection")
def short(world):
    for kind, flags, payload in [(0x1, 0x0d, b"\x09"), (0x1, 0x0d, b""), (0x0, 0x09, b""),
                                 (0x1, 0x25, b"\0\0\0\0")]:
        with world.peer() as peer:
            if kind == 0:
                peer.ask(method="POST", ends=False)
            peer.frame(kind, 1, payload, flags)
            peer.expect_end(FRAME_SIZE, PROTOCOL)


@case("4.3", "another frame between the parts of a head ends the connection")
def contiguous(world):
    for between in (frames.PingFrame(0, b"12345678"), frames.DataFrame(1, b"x"),
                    frames.ContinuationFrame(3, b"", flags=["END_HEADERS"]),
                    frames.ExtensionFrame(0xfa, 0, flag_byte=0, body=b"")):
        with world.peer() as peer:
            peer.send(peer.head(1, peer.fields(), is_whole=False), between)
            peer.expect_end(PROTOCOL)


@case("4.3", "what cannot be decoded ends the connection")
def undecodable(world):
    for block in (b"\xff\xff\xff\xff\x7f", b"\xc0", b"\x80", b"\x40\x85\xff\xff\xff\xff\xff\x01a",
                  b"\x00\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"):
        with world.peer() as peer:
            peer.frame(0x1, 1, block, 0x5)
            peer.expect_end(COMPRESSION)


@case("4.3", "half a field at the end of a head ends the connection")
def half(world):
    with world.peer() as peer:
        peer.frame(0x1, 1, peer.encoder.encode(peer.fields())[:-1], 0x5)
        peer.expect_end(COMPRESSION)


@case("4.3", "a head that is refused is decoded all the same, for the table's sake")
def decoded_anyway(world):
    with world.peer() as peer:
        # Both fields enter the table of both sides; the second makes the request malformed.
        peer.ask(extra=[("x-kept", "for later"), ("Upper", "no")])
        peer.expect_reset(1, PROTOCOL)
        peer.ask(3, extra=[("x-kept", "for later")])
        assert "x-kept: for later\n" in peer.answer(3).text


@case("4.3.1", "a smaller table is kept to: the next head begins with its size")
def smaller(world):
    with world.peer(settings={1: 0}) as peer:
        # hpack refuses a head that comes without the size once it may not be larger.
        peer.decoder.max_allowed_table_size = 0
        for stream in (1, 3):
            peer.ask(stream)
            assert peer.answer(stream).status == 200
        assert len(peer.decoder.header_table.dynamic_entries) == 0


@case("4.3.1", "a client may empty its own table, and must not make it larger than allowed")
def own_table(world):
    with world.peer() as peer:
        peer.ask(extra=[("x-first", "1")])
        assert peer.answer().status == 200
        peer.encoder.header_table_size = 0
        peer.ask(3, extra=[("x-first", "1")])
        assert "x-first: 1\n" in peer.answer(3).text
        # An update of the size to 4097.
        peer.frame(0x1, 5, b"\x3f\xe2\x1f" + hpack.Encoder().encode(peer.fields()), 0x5)
        peer.expect_end(COMPRESSION)


@case("4.3.1", "an update of the table's size after a field ends the connection")
def late_update(world):
    with world.peer() as peer:
        peer.frame(0x1, 1, hpack.Encoder().encode(peer.fields()) + b"\x20", 0x5)
        peer.expect_end(COMPRESSION)


@case("5.5", "settings that nobody knows are ignored")
def unknown_settings(world):
    with world.peer(settings={0x4a4a: 1, 0xff: 0xffff_ffff}) as peer:
        peer.ask()
        assert peer.answer().status == 200
        assert not peer.goaway or peer.goaway.error_code == NO_ERROR
